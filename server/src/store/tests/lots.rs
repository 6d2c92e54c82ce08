//! How lots may be read, and who proved them.

#![expect(clippy::redundant_closure_for_method_calls, reason = "a method is not general over the lifetime of its Tx")]

use tokenfleet_domain::lot::{Destruction, DestructionMethod, Lot, LotProof, LotState, Rereading};
use tokenfleet_domain::ports::RowAuthority as _;
use tokenfleet_domain::spelling::Spelling;
use tokenfleet_domain::token::Token;

use super::bench::{Bench, Keys, at, bare_token, full_token, lot, row};
use crate::store::lot::{FIRST_FORMAT, canonical};
use crate::store::{StoreError, conn::Value};

/// A lot that is being read anew, with nothing absent.
fn in_doubt() -> Lot {
    let profile = full_token(5).profile;
    let rereading = Rereading { spelling: Some((Spelling::Hex, Spelling::Base32)), from: profile, to: profile };
    Lot { readings: Spelling::ALL.to_vec(), rereading: Some(rereading), seed_generation: 2, ..lot(1) }
}

pub(super) async fn a_lot_keeps_its_readings_until_it_is_settled(bench: &Bench) {
    bench.write(|tx| tx.lot_insert(&in_doubt())).await;
    assert_eq!(bench.read(|tx| tx.lot_find(&lot(1).name)).await, Some(in_doubt()));
    assert_eq!(bench.read(|tx| tx.lots_rereading()).await, [in_doubt()]);
    bench.write(|tx| tx.lot_swap(&in_doubt(), &Lot { version: 2, ..lot(1) })).await;
    assert_eq!(bench.read(|tx| tx.lots_rereading()).await, []);
}

pub(super) async fn a_lot_of_the_first_format_is_right_as_far_as_that_goes(bench: &Bench) {
    let sign = |lot: &Lot| Value::from(Keys.sign(&canonical(lot, FIRST_FORMAT, Keys.key_id())));
    let as_first = "UPDATE lot SET row_format = 1, row_mac = ?1";
    let found = async || bench.store.read(|tx| tx.lot_find(&lot(1).name)).await;
    bench.write(|tx| tx.lot_insert(&lot(1))).await;
    bench.tamper(as_first, vec![sign(&lot(1))]).await;
    assert_eq!(found().await, Ok(Some(lot(1))));
    for change in ["UPDATE lot SET readings = 'hex'", "UPDATE lot SET readings = '', seed_gen = 2"] {
        bench.tamper(change, vec![]).await;
        assert!(matches!(found().await, Err(StoreError::Broken { .. })), "{change}: its MAC does not cover that");
    }
}

pub(super) async fn a_token_that_was_read_anew_is_untouched(bench: &Bench) {
    let sealed = full_token(5).seed;
    let read_anew = |number, version| Token { version, seed: sealed.clone(), ..bare_token(number) };
    // Their seeds are of the second generation.
    for token in [bare_token(4), read_anew(5, 2), read_anew(6, 3)] {
        bench.stock(token).await;
    }
    assert_eq!(bench.read(|tx| tx.lot_touched(row(1))).await, (1, Some(bare_token(6).serial)));
}

pub(super) async fn proofs_of_a_lot_are_paged_from_the_newest(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let proof = |number| LotProof {
        id: row(number),
        lot: row(1),
        token: row(5),
        name: bare_token(5).name(),
        serial: "sn 5".to_owned(),
        secret_encoding: "hex".to_owned(),
        profile: if number == 90 { bare_token(5).profile } else { full_token(5).profile },
        reread: number == 91,
        proven_at: at(i64::from(number)),
        proven_by: "alice".parse().unwrap(),
    };
    for number in [90, 91, 92] {
        let proof = proof(number);
        bench.write(move |tx| tx.lot_proof_append(&proof)).await;
    }
    let page = async |before| bench.read(move |tx| tx.lot_proofs(row(1), before, 2)).await;
    assert_eq!((page(None).await, page(Some(row(91))).await), (vec![proof(92), proof(91)], vec![proof(90)]));
    assert_eq!(bench.read(|tx| tx.lot_proof_find(row(91))).await, Some(proof(91)));
    assert_eq!(bench.read(|tx| tx.lot_proofs(row(2), None, 2)).await, []);
}

pub(super) async fn the_destruction_of_a_file_stands_beside_its_lot(bench: &Bench) {
    let adopted = Lot { format: Lot::ADOPTED.to_owned(), ..lot(3) };
    for lot in [lot(1), lot(2), adopted.clone(), Lot { state: LotState::Reverted, ..lot(4) }] {
        bench.write(move |tx| tx.lot_insert(&lot)).await;
    }
    let destruction = Destruction {
        method: DestructionMethod::MediaDestroyed,
        by: "the archive".to_owned(),
        at: at(5),
        note: "箱7".to_owned(),
        confirmed_by: "alice".parse().unwrap(),
        confirmed_at: at(6),
    };
    let with_file = async || bench.read(|tx| tx.lot_page_with_file(None, 9)).await;
    assert_eq!(with_file().await, [lot(2), lot(1)]);
    let insert = {
        let destruction = destruction.clone();
        move |tx: &mut crate::store::Tx<'_>| tx.lot_destruction_insert(row(2), &destruction)
    };
    bench.write(insert.clone()).await;
    assert!(bench.store.write(0, insert).await.is_err(), "it is destroyed once");
    let shown = Lot { destruction: Some(destruction), ..lot(2) };
    assert_eq!(bench.read(|tx| tx.lot_find(&lot(2).name)).await, Some(shown.clone()));
    assert_eq!(bench.read(|tx| tx.lot_page(None, 9)).await[1..], [adopted, shown, lot(1)]);
    assert_eq!(with_file().await, [lot(1)]);
}
