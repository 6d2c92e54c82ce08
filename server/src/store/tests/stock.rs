//! The stock: where tokens are kept, how many there are, which is the next.

use tokenfleet_domain::location::Location;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::stock::{Arrival, Stocktake, StocktakeEnd, StocktakeWord, Transfer};
use tokenfleet_domain::token::{Custody, Hold, Token};

use super::bench::{Bench, Kind, at, bare_token, full_token, lent_token, lot, row, run};
use crate::store::conn::args;
use crate::store::stock::COVERED;
use crate::store::{
    ArrivalEnd, Model, ModelName, Reservation, Scan, StockCount, StockKind, StockLevel, StocktakeLine, StoreError,
    TransferItem, Tx,
};

fn place(name: &str) -> Location {
    Location {
        name: name.parse().unwrap(),
        title_en: name.to_uppercase(),
        title_ja: "本郷".to_owned(),
        created_at: at(5),
        created_by: "alice".parse().unwrap(),
    }
}

pub(super) async fn locations_read_back_and_are_added_once(bench: &Bench) {
    for name in ["komaba", "hongo", "kashiwa-2"] {
        assert!(bench.write(move |tx| tx.location_insert(&place(name))).await);
    }
    let again = Location { title_en: "another".to_owned(), ..place("hongo") };
    assert!(!bench.write(move |tx| tx.location_insert(&again)).await);
    let found = bench.read(|tx| tx.location_find(&"hongo".parse().unwrap())).await;
    assert_eq!(found, Some(place("hongo")));
    assert_eq!(bench.read(|tx| tx.location_find(&"asano".parse().unwrap())).await, None);
    let page = |after: &'static str| bench.read(move |tx| tx.location_page(after, 2));
    assert_eq!(page("").await, [place("hongo"), place("kashiwa-2")]);
    assert_eq!(page("kashiwa-2").await, [place("komaba")]);
}

pub(super) async fn the_stock_is_counted_by_place_kind_and_custody_within_the_scope(bench: &Bench) {
    let at_hongo = |token: Token| Token { location: Some("hongo".to_owned()), model: "c200".to_owned(), ..token };
    for token in [
        bare_token(1),
        at_hongo(Token { seed: full_token(2).seed, ..bare_token(2) }),
        at_hongo(bare_token(3)),
        at_hongo(lent_token(4, "law")),
        at_hongo(lent_token(5, "letters")),
    ] {
        bench.stock(token).await;
    }
    let count = |location: &str, model: &str, custody, have_seeds| StockCount {
        kind: StockKind { location: location.to_owned(), vendor: "unknown".to_owned(), model: model.to_owned() },
        custody,
        have_seeds,
        count: 1,
    };
    let shelf = [
        count("", "", Custody::InStock, false),
        count("hongo", "c200", Custody::InStock, false),
        count("hongo", "c200", Custody::InStock, true),
    ];
    let lent = count("hongo", "c200", Custody::Lent, false);
    let counted = |scope: Scope| async move {
        let mut counts = bench.read(move |tx| tx.stock_counts(&scope)).await;
        counts.sort_by_key(|count| (count.custody.as_str(), count.kind.clone(), count.have_seeds));
        counts
    };
    assert_eq!(counted(Scope::All).await, [&shelf[..], &[lent.clone(), lent.clone()]].concat());
    let law = || Scope::Departments(vec!["law".to_owned()]);
    assert_eq!(counted(law()).await, [&shelf[..], &[lent]].concat());
    let held =
        || bench.read(|tx| Ok(tx.stock_on_hold()?.into_iter().map(|(kind, n)| (kind.location, n)).collect::<Vec<_>>()));
    for number in [2, 3] {
        for hold in [Hold::Integrity, Hold::Recovery] {
            bench.write(move |tx| tx.hold_add(row(number), hold, "a test")).await;
        }
    }
    assert_eq!(held().await, [("hongo".to_owned(), 1)], "once, and the one without a seed is counted as that");
    bench
        .write(|tx| {
            let quarantined = tokenfleet_domain::lot::LotState::Quarantined;
            tx.lot_swap(&lot(1), &tokenfleet_domain::lot::Lot { state: quarantined, version: 2, ..lot(1) })
        })
        .await;
    assert_eq!(counted(Scope::All).await, []);
}

fn on_the_shelf(number: u8) -> Token {
    let seed = full_token(number).seed;
    Token { location: Some("hongo".to_owned()), model: "c200".to_owned(), seed, ..bare_token(number) }
}

fn transfer(name: &str, micros: i64) -> Transfer {
    Transfer {
        name: name.parse().unwrap(),
        to: "hongo".parse().unwrap(),
        note: "箱 3".to_owned(),
        sent_at: at(micros),
        sent_by: "alice".parse().unwrap(),
        completed_at: None,
    }
}

pub(super) async fn transfers_read_back_and_a_token_is_on_one_way_at_a_time(bench: &Bench) {
    let sent = bench.stock(on_the_shelf(5)).await;
    let (first, second) = (transfer("2026-11-24-a", 1), transfer("2026-11-24-b", 2));
    let (one, two) = (first.clone(), second.clone());
    bench
        .write(move |tx| {
            tx.location_insert(&place("hongo"))?;
            tx.transfer_insert(&one)?;
            tx.transfer_insert(&two)?;
            tx.transfer_item_insert(&one.name, row(5), Some("komaba"))
        })
        .await;
    let name = first.name.clone();
    assert_eq!(bench.read(move |tx| tx.transfer_find(&name)).await, Some(first.clone()));
    assert_eq!(bench.read(|tx| tx.transfer_of_token(row(5))).await, Some(first.name.clone()));
    assert_eq!(bench.read(|tx| tx.transfer_of_token(row(6))).await, None);
    let kind = StockKind { location: "hongo".to_owned(), vendor: sent.vendor.to_string(), model: sent.model };
    assert_eq!(bench.read(|tx| Ok(tx.transfer_counts()?.pop())).await, Some((kind, 1)));
    let twice = second.name.clone();
    let twice = bench.store.write(0, move |tx| tx.transfer_item_insert(&twice, row(5), None)).await;
    assert!(matches!(twice, Err(StoreError::Constraint { .. })), "{twice:?}");
    let page = |open, before| bench.read(move |tx| tx.transfer_page(open, before, 1));
    assert_eq!(page(true, None).await, std::slice::from_ref(&second));
    assert_eq!(page(true, Some((at(2), second.name.clone()))).await, std::slice::from_ref(&first));

    let end = ArrivalEnd { at: at(9), by: "bob".parse().unwrap(), arrival: Arrival::Received };
    let (name, ended) = (first.name.clone(), end.clone());
    let finish = move |tx: &mut Tx<'_>| {
        tx.transfer_item_end(&name, row(5), &ended)?;
        tx.transfer_complete(&name, at(9))
    };
    bench.write(finish.clone()).await;
    assert_eq!(bench.store.write(0, finish).await, Err(StoreError::Stale));
    let name = first.name.clone();
    let items = bench.read(move |tx| tx.transfer_items(&name)).await;
    let serial = sent.serial.shown().to_owned();
    let item = TransferItem { token: row(5), serial, origin: Some("komaba".to_owned()), end: Some(end) };
    assert_eq!(items, [item]);
    assert_eq!(page(true, Some((at(2), second.name.clone()))).await, []);
    assert_eq!(page(false, Some((at(2), second.name))).await, [Transfer { completed_at: Some(at(9)), ..first }]);
    assert_eq!(bench.read(|tx| tx.transfers_of_day("2026-11-24T03:00:00Z".parse().unwrap())).await, 2);
}

pub(super) async fn stocktakes_read_back_and_end_once(bench: &Bench) {
    for number in [4, 5] {
        bench.stock(on_the_shelf(number)).await;
    }
    let begun = Stocktake {
        name: "2026-11-24-a".parse().unwrap(),
        location: "hongo".parse().unwrap(),
        started_at: at(1),
        started_by: "alice".parse().unwrap(),
        closed: None,
    };
    let (name, new) = (begun.name.clone(), begun.clone());
    bench
        .write(move |tx| {
            tx.location_insert(&place("hongo"))?;
            tx.stocktake_insert(&new)
        })
        .await;
    let scan = |what: &str, token| Scan { scanned: what.to_owned(), token, at: at(2), by: "bob".parse().unwrap() };
    let scans = [scan("26", None), scan("tokens/a~1", Some(row(4)))];
    for (scan, new) in [(&scans[1], true), (&scans[0], true), (&scans[0], false)] {
        let (name, scan) = (name.clone(), scan.clone());
        assert_eq!(bench.write(move |tx| tx.stocktake_scan(&name, &scan)).await, new);
    }
    let of = name.clone();
    assert_eq!(bench.read(move |tx| tx.stocktake_scans(&of, "", 9)).await, scans);
    let of = name.clone();
    assert_eq!(bench.read(move |tx| tx.stocktake_scan_count(&of)).await, 2);
    let shelf = bench.read(|tx| tx.stocktake_shelf(&"hongo".parse().unwrap())).await;
    assert_eq!(shelf, [row(4), row(5)]);
    let open = bench.read(|tx| tx.stocktake_open_at(&"hongo".parse().unwrap())).await;
    assert_eq!(open, Some(begun.clone()));

    let end = StocktakeEnd { at: at(9), by: "bob".parse().unwrap(), found: 1, missing: 1, surplus: 1 };
    let line = |place, serial: &str, token, word| StocktakeLine { place, serial: serial.to_owned(), token, word };
    let lines = [line(1, "26", None, StocktakeWord::Unknown), line(2, "sn 5", Some(row(5)), StocktakeWord::Missing)];
    let (of, ended, said) = (name.clone(), end.clone(), lines.clone());
    let close = move |tx: &mut Tx<'_>| tx.stocktake_close(&of, &ended, &said);
    bench.write(close.clone()).await;
    assert_eq!(bench.store.write(0, close).await, Err(StoreError::Stale));
    let of = name.clone();
    assert_eq!(bench.read(move |tx| tx.stocktake_lines(&of, 1, 9)).await, lines[1..]);
    let closed = Stocktake { closed: Some(end), ..begun };
    let of = name.clone();
    assert_eq!(bench.read(move |tx| tx.stocktake_find(&of)).await, Some(closed.clone()));
    assert_eq!(bench.read(|tx| tx.stocktake_page(None, 9)).await, [closed]);
    assert_eq!(bench.read(|tx| tx.stocktake_open_at(&"hongo".parse().unwrap())).await, None);
    assert_eq!(bench.read(|tx| tx.stocktakes_of_day("2026-11-24T03:00:00Z".parse().unwrap())).await, 1);
}

pub(super) async fn a_reservation_reads_back_until_it_is_dropped_or_runs_out(bench: &Bench) {
    for number in [4, 5, 6] {
        bench.stock(Token { fingerprint: Some([number; 32]), ..on_the_shelf(number) }).await;
    }
    // One without a seed is never free.
    bench.stock(Token { seed: None, ..on_the_shelf(7) }).await;
    let reservation = |number: u8, until: i64| Reservation {
        token: row(number),
        user: "0123456789".parse().unwrap(),
        department: Some("law".to_owned()),
        note: "郵送".to_owned(),
        made_at: at(1),
        made_by: "alice".parse().unwrap(),
        until: at(until),
    };
    let (soon, late) = (reservation(4, 20), reservation(5, 30));
    for new in [late.clone(), soon.clone()] {
        bench.write(move |tx| tx.reservation_insert(&new)).await;
    }
    let twice = Reservation { until: at(99), ..soon.clone() };
    let twice = bench.store.write(0, move |tx| tx.reservation_insert(&twice)).await;
    assert!(matches!(twice, Err(StoreError::Constraint { .. })), "{twice:?}");
    assert_eq!(bench.read(|tx| tx.reservation_of_token(row(4))).await, Some(soon.clone()));
    let page = |after| bench.read(move |tx| tx.reservation_page(after, 9));
    assert_eq!(page((at(10), None)).await, [soon.clone(), late.clone()]);
    assert_eq!(page((at(20), None)).await, std::slice::from_ref(&late));
    assert_eq!(page((at(20), Some(soon.token))).await, std::slice::from_ref(&late));
    let free = |now| bench.read(move |tx| tx.stock_free(&"hongo".parse().unwrap(), "c200", at(now), 9));
    assert_eq!(free(10).await, [row(6)]);
    assert_eq!(free(20).await, [row(4), row(6)]);
    let counted =
        |now| async move { bench.read(move |tx| tx.reservation_counts(at(now))).await.first().map(|(_, n)| *n) };
    assert_eq!((counted(10).await, counted(20).await, counted(30).await), (Some(2), Some(1), None));
    for _ in 0..2 {
        bench.write(|tx| tx.reservation_drop(row(5))).await;
    }
    assert_eq!(bench.read(|tx| tx.reservation_of_token(row(5))).await, None);
    assert_eq!(free(10).await, [row(5), row(6)]);
    bench.write(|tx| tx.reservations_drop_past(at(19))).await;
    assert_eq!(bench.read(|tx| tx.reservation_of_token(row(4))).await, Some(soon));
    bench.write(|tx| tx.reservations_drop_past(at(20))).await;
    assert_eq!(bench.read(|tx| tx.reservation_of_token(row(4))).await, None);
}

pub(super) async fn models_are_those_of_tokens_and_what_is_said_of_them_is_written_over(bench: &Bench) {
    for number in [4, 5] {
        bench.stock(on_the_shelf(number)).await;
    }
    bench.stock(Token { model: "c100".to_owned(), ..bare_token(6) }).await;
    let name = |model: &str| ModelName { vendor: "unknown".to_owned(), model: model.to_owned() };
    let first = ModelName { vendor: String::new(), model: String::new() };
    let next = |after: ModelName| bench.read(move |tx| tx.model_next(&after));
    assert_eq!(next(first.clone()).await, Some(name("c100")));
    assert_eq!(next(name("c100")).await, Some(name("c200")));
    assert_eq!(next(name("c200")).await, None);
    let newest = |name: ModelName| bench.read(move |tx| tx.model_newest(&name));
    assert_eq!((newest(name("c200")).await, newest(name("c300")).await), (Some(row(5)), None));

    let model = |battery_years, drift_ppb| Model {
        name: name("c200"),
        battery_years,
        drift_ppb,
        updated_at: at(7),
        updated_by: "alice".parse().unwrap(),
    };
    for said in [model(Some(5), None), model(None, Some(3_900))] {
        let new = said.clone();
        bench.write(move |tx| tx.model_put(&new)).await;
        assert_eq!(bench.read(move |tx| tx.model_find(&name("c200"))).await, Some(said.clone()));
        assert_eq!(
            bench.read(|tx| tx.model_page(&ModelName { vendor: String::new(), model: String::new() }, 9)).await,
            [said]
        );
    }
    let level = |location: &str, least| StockLevel { name: name("c200"), location: location.to_owned(), least };
    for new in [level("hongo", 1), level("", 9), level("hongo", 3)] {
        bench.write(move |tx| tx.stock_level_put(&new)).await;
    }
    let levels = [level("", 9), level("hongo", 3)];
    assert_eq!(bench.read(move |tx| tx.stock_levels(&name("c200"))).await, levels);
    assert_eq!(bench.read(|tx| tx.stock_levels_of_all(9)).await, levels);
    for _ in 0..2 {
        let none = level("", 0);
        bench.write(move |tx| tx.stock_level_put(&none)).await;
    }
    assert_eq!(bench.read(|tx| tx.stock_levels_of_all(9)).await, levels[1..]);
}

#[test]
fn what_is_on_its_way_or_kept_is_counted_without_walking_the_tokens() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        for sql in [crate::store::transfer::COUNT, crate::store::reservation::COUNT, crate::store::stock::COUNT] {
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            let used = usize::from(sql.contains("?1"));
            let plan = bench.read(move |tx| tx.conn.query(explain, &args![0_i64][..used])).await;
            let steps: Vec<_> = plan.into_iter().map(|row| row.at(3).text().unwrap()).collect();
            let walked: Vec<_> = steps.iter().filter(|step| step.starts_with("SCAN")).collect();
            assert!(
                walked.iter().all(|step| step.contains("_open") || step.contains("_due") || step.contains(" h ")),
                "{steps:?}"
            );
        }
    });
}

#[test]
fn what_is_counted_is_counted_from_an_index_alone() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        for sql in COVERED {
            let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
            let plan = bench.read(move |tx| tx.conn.query(explain, args![])).await;
            let steps: Vec<_> = plan.into_iter().map(|row| row.at(3).text().unwrap()).collect();
            let of_tokens: Vec<_> = steps.iter().filter(|step| step.contains(" t ")).collect();
            assert!(!of_tokens.is_empty(), "{sql}: {steps:?}");
            assert!(of_tokens.iter().all(|step| step.contains("SEARCH t USING COVERING INDEX")), "{sql}: {steps:?}");
        }
    });
}
