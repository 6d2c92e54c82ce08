//! What boxes held, and what the lots of their files hold.

use tokenfleet_domain::delivery::{Delivery, DeliveryEnd, DeliveryState, Differs};
use tokenfleet_domain::ids::Serial;
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::token::Token;

use super::bench::{Bench, at, bare_token, full_token, lot, row};
use crate::store::Tx;

fn delivery(number: u64, has_serials: bool) -> Delivery {
    Delivery {
        lot: LotName::nth(at(0), number),
        vendor: "feitian".parse().unwrap(),
        model: "c200".to_owned(),
        order: "PO-4711".to_owned(),
        state: DeliveryState::Expected,
        tokens: 2,
        has_serials,
        entered_at: at(1),
        entered_by: "alice".parse().unwrap(),
        end: None,
        version: 1,
    }
}

fn met(delivery: &Delivery) -> Delivery {
    let differs = Differs { missing: 1, surplus: 2, others: 3 };
    delivery.ended(DeliveryState::Met, DeliveryEnd { at: at(9), by: "bob".parse().unwrap(), differs })
}

fn serials() -> Vec<Serial> {
    ["sn 1", "ＳＮ-2"].map(|text| text.parse().unwrap()).to_vec()
}

pub(super) async fn deliveries_read_back_and_are_swapped_by_version(bench: &Bench) {
    let first = delivery(0, true);
    let insert = || {
        let delivery = first.clone();
        move |tx: &mut Tx<'_>| tx.delivery_insert(&delivery, &serials())
    };
    bench.write(insert()).await;
    assert!(bench.store.write(0, insert()).await.is_err(), "a lot has one delivery");
    let name = first.lot.clone();
    let found = bench.read(move |tx| Ok((tx.delivery_find(&name)?, tx.delivery_serials(&name)?))).await;
    assert_eq!(found, (Some(first.clone()), serials()));
    assert_eq!(bench.read(|tx| tx.delivery_find(&LotName::nth(at(0), 9))).await, None);
    assert_eq!(bench.read(|tx| tx.delivery_serials(&LotName::nth(at(0), 9))).await, []);

    let (held, next) = (first.clone(), met(&first));
    let swap = move |tx: &mut Tx<'_>| {
        tx.delivery_swap(&held, &next)?;
        tx.delivery_put_serials(&held.lot, &[])?;
        Ok((tx.delivery_find(&held.lot)?, tx.delivery_serials(&held.lot)?))
    };
    assert_eq!(bench.write(swap.clone()).await, (Some(met(&first)), vec![]));
    assert!(bench.store.write(0, swap).await.is_err(), "it is another version by now");
}

pub(super) async fn only_what_is_waited_for_is_listed(bench: &Bench) {
    let all = [delivery(0, false), met(&delivery(1, false)), delivery(2, false), delivery(3, false)];
    for delivery in all.clone() {
        bench.write(move |tx| tx.delivery_insert(&delivery, &[])).await;
    }
    let [first, _, third, fourth] = all;
    assert_eq!(bench.read(|tx| tx.deliveries_open("", 2)).await, [first, third.clone()]);
    assert_eq!(bench.read(move |tx| tx.deliveries_open(third.lot.as_str(), 2)).await, [fourth]);
}

pub(super) async fn tokens_of_a_lot_are_walked_and_a_serial_with_two_keys_is_one(bench: &Bench) {
    let second_key = Token { serial: bare_token(5).serial, key_id: "2".parse().unwrap(), ..bare_token(7) };
    for token in [bare_token(5), bare_token(6), second_key] {
        bench.stock(token).await;
    }
    let walk = async |after| {
        let items = bench.read(move |tx| tx.lot_items(row(1), after, 2)).await;
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!((walk(row(1)).await, walk(row(6)).await), (vec![row(5), row(6)], vec![row(7)]));
    let item = bench.read(|tx| tx.lot_items(row(1), row(5), 1)).await.remove(0);
    assert_eq!((&item.serial, &item.vendor), (&bare_token(6).serial, &bare_token(6).vendor));
    assert_eq!(item.created_at, bare_token(6).created_at);
    assert_eq!(bench.read(|tx| tx.lot_devices(row(1))).await, 2);
}

pub(super) async fn a_serial_has_its_seed_once_its_lot_is_visible(bench: &Bench) {
    let token = bench.stock(full_token(5)).await;
    bench.stock(bare_token(6)).await;
    let has_seed =
        async |token: Token| bench.read(move |tx| tx.serial_has_seed(&token.vendor, token.serial.key())).await;
    assert!(has_seed(token.clone()).await);
    assert!(!has_seed(bare_token(6)).await, "it has none");
    assert!(!has_seed(Token { vendor: bare_token(6).vendor, ..token.clone() }).await, "it is another vendor's");
    for (held, state) in [(lot(1), LotState::Staging), (lot(1), LotState::Reverted)] {
        let stored = bench.read(|tx| tx.lot_find(&lot(1).name)).await.unwrap();
        let next = Lot { state, version: stored.version + 1, ..held };
        bench.write(move |tx| tx.lot_swap(&stored, &next)).await;
        assert!(!has_seed(token.clone()).await, "{state:?}");
    }
}
