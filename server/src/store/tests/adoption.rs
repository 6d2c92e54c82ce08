//! What adopting a list asks of the store.

use tokenfleet_domain::lot::{Lot, LotState};
use tokenfleet_domain::token::Token;

use super::bench::{Bench, bare_token, lent_token, lot, row};

pub(super) async fn lent_tokens_are_walked_person_by_person(bench: &Bench) {
    bench.write(|tx| tx.lot_insert(&Lot { state: LotState::Staging, ..lot(2) })).await;
    let of = |number, user: &str| Token { user: user.parse().ok(), ..lent_token(number, "law") };
    for token in [
        of(13, "0123456789"),
        of(12, "1234567890"),
        of(11, "0123456789"),
        bare_token(10),
        Token { lot: row(2), ..of(14, "0123456789") },
    ] {
        bench.stock(token).await;
    }
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let place = after.clone();
        let page = bench.read(move |tx| tx.tokens_lent(place, 1)).await;
        let Some(found) = page.into_iter().next() else { break };
        after = found.token.user.clone().map(|user| (user, found.token.id));
        seen.push(found.token.id);
    }
    assert_eq!(seen, [row(11), row(13), row(12)], "by person, then by row; what is not there yet is not seen");
}
