//! Every row reads back as it was written, and a row that was changed past the service is known for it.

use tokenfleet_domain::audit::Event;
use tokenfleet_domain::ids::{RowId, TokenRef};
use tokenfleet_domain::lot::{Lot, LotState};
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::token::Hold;

use super::bench::{Bench, at, bare_token, event, full_token, lot, open_loan, operator, row};
use crate::store::conn::Value;
use crate::store::{Found, Loan, LoanEnd, Order, StoreError, token_write};

pub(super) async fn every_token_reads_back_with_all_its_columns(bench: &Bench) {
    for token in [bench.stock(bare_token(5)).await, bench.stock(full_token(6)).await] {
        let name = TokenRef::Name(token.name());
        let found = bench.read(move |tx| tx.token_find(&Scope::All, &name)).await;
        let lot = lot(1).name;
        let lot_state = LotState::Open;
        assert_eq!(found, [Found { token: token.clone(), lot, lot_state, hold: Hold::None, intact: true }]);

        let next = tokenfleet_domain::token::Token { version: 2, id: token.id, ..full_token(9) };
        let swap = next.clone();
        bench.write(move |tx| tx.token_swap(&token, &swap)).await;
        let id = next.id;
        let found = bench.read(move |tx| tx.token_by_id(&Scope::All, id)).await.unwrap();
        assert_eq!((&found.token, found.intact), (&next, true));
        // Makes room for the other.
        bench.tamper("DELETE FROM token WHERE version = 2", vec![]).await;
    }
}

pub(super) async fn every_lot_reads_back(bench: &Bench) {
    for (number, state) in (1..).zip(LotState::ALL) {
        let stored = Lot { state, ..lot(number) };
        let (insert, next) =
            (stored.clone(), Lot { version: 2, tokens: 0, file_sha256: String::new(), ..stored.clone() });
        let swap = next.clone();
        let found = bench
            .write(move |tx| {
                tx.lot_insert(&insert)?;
                let found = tx.lot_find(&insert.name)?;
                tx.lot_swap(&insert, &swap)?;
                Ok((found, tx.lot_find(&swap.name)?))
            })
            .await;
        assert_eq!(found, (Some(stored), Some(next)));
    }
    assert_eq!(bench.read(|tx| tx.lot_find(&lot(26).name)).await, None);
}

pub(super) async fn every_loan_reads_back_and_ends_once(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let end = LoanEnd { at: at(9), by: "bob".parse().unwrap(), reason: "battery".to_owned(), note: "空".to_owned() };
    let ended = Loan {
        id: row(76),
        department: Some("law".to_owned()),
        checked: Some("staff-card".to_owned()),
        start_note: "窓口".to_owned(),
        route: Some("proxy".to_owned()),
        ticket: Some("R-1024".to_owned()),
        due_at: Some(at(8)),
        source: Some("貸出簿.csv".to_owned()),
        ended: Some(end.clone()),
        ..open_loan()
    };
    let found = bench
        .write({
            let ended = ended.clone();
            move |tx| {
                tx.loan_insert(&ended)?;
                tx.loan_insert(&open_loan())?;
                Ok((tx.loan_find(&Scope::All, row(76))?, tx.loan_find(&Scope::All, row(77))?))
            }
        })
        .await;
    assert_eq!(found, (Some(ended), Some(open_loan())));

    let second = bench.store.write(0, |tx| tx.loan_insert(&Loan { id: row(78), ..open_loan() })).await;
    assert!(matches!(second, Err(StoreError::Constraint { .. })), "a token has one open loan: {second:?}");

    let close = |tx: &mut crate::store::Tx<'_>| tx.loan_close(row(77), at(9), &"bob".parse().unwrap(), "battery", "空");
    bench.write(close).await;
    let closed = bench.read(|tx| tx.loan_find(&Scope::All, row(77))).await;
    assert_eq!(closed, Some(Loan { ended: Some(end), ..open_loan() }));
    assert_eq!(bench.store.write(0, close).await, Err(StoreError::Stale));
}

pub(super) async fn every_operator_reads_back(bench: &Bench) {
    let full = Operator {
        roles: Role::ALL.to_vec(),
        scope: Scope::Departments(vec!["文学部".to_owned(), "law, economics".to_owned()]),
        user: Some("0123456789".parse().unwrap()),
        revoked_at: Some(at(2)),
        ..operator("full")
    };
    let nowhere = Operator { scope: Scope::Departments(Vec::new()), ..operator("nowhere") };
    let all = [full.clone(), nowhere.clone(), operator("plain")];
    for stored in all.clone() {
        assert!(bench.write(move |tx| tx.operator_insert(&stored)).await);
    }
    assert_eq!(bench.read(|tx| tx.operator_page(None, 9)).await, all);
    assert_eq!(bench.read(move |tx| tx.operator_page(Some(&full.name), 1)).await, [nowhere]);
    assert_eq!(bench.read(|tx| tx.operator_find(&"plain".parse().unwrap())).await, Some(operator("plain")));
    let one = bench.read(|tx| Ok(tx.operator_count_chiefs()? == 1)).await;
    assert!(one, "neither the revoked nor one of no department");

    for department in ["", "two\nlines"] {
        let scope = Scope::Departments(vec![department.to_owned()]);
        let refused = Operator { scope, ..operator("refused") };
        let refused = bench.store.write(0, move |tx| tx.operator_insert(&refused)).await;
        assert!(matches!(refused, Err(StoreError::Broken { .. })), "{refused:?}");
    }
}

pub(super) async fn every_event_reads_back(bench: &Bench) {
    let full = Event {
        outcome: "CODE_WRONG".to_owned(),
        subject: Some("tokens/feitian~1".to_owned()),
        user: Some("0123456789".parse().unwrap()),
        details: vec![("note".to_owned(), "two\nlines: 二".to_owned()), ("empty".to_owned(), String::new())],
        request_id: Some("r-1".to_owned()),
        ..event("code.verify")
    };
    let stored = [full, event("token.list")];
    for event in stored.clone() {
        bench.write(move |tx| tx.audit_append(event.clone())).await;
    }
    let entries = bench.read(|tx| tx.audit_of_chain("0", 0, 9)).await;
    assert_eq!(entries.iter().map(|entry| &entry.event).collect::<Vec<_>>(), stored.iter().collect::<Vec<_>>());
    assert_eq!(entries.iter().map(|entry| entry.recorded_at).collect::<Vec<_>>(), [at(0), at(0)]);
}

pub(super) async fn holds_are_added_once_and_rank(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    bench.stock(bare_token(6)).await;
    let hold = async || bench.read(|tx| Ok(tx.token_by_id(&Scope::All, row(5))?.unwrap().hold)).await;
    let add = async |hold| bench.write(move |tx| tx.hold_add(row(5), hold, "a test")).await;
    let count = async |hold| bench.read(move |tx| tx.hold_count(&Scope::All, hold)).await;
    assert_eq!((hold().await, count(Hold::None).await, count(Hold::Lot).await), (Hold::None, 2, 0));

    let closed = Lot { state: LotState::Closed, version: 2, ..lot(1) };
    bench.write(move |tx| tx.lot_swap(&lot(1), &closed)).await;
    assert_eq!((hold().await, count(Hold::None).await, count(Hold::Lot).await), (Hold::Lot, 0, 2));
    assert_eq!((add(Hold::Recovery).await, add(Hold::Recovery).await), (true, false));
    assert_eq!((hold().await, count(Hold::Recovery).await), (Hold::Recovery, 1));
    assert_eq!((add(Hold::Integrity).await, add(Hold::Integrity).await), (true, false));
    assert_eq!((hold().await, count(Hold::Integrity).await), (Hold::Integrity, 1));
    for hold in [Hold::None, Hold::Lot] {
        assert!(bench.store.write(0, move |tx| tx.hold_add(row(5), hold, "no row")).await.is_err());
    }
}

pub(super) async fn drift_is_a_series(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let last = async || bench.read(|tx| tx.drift_last(row(5))).await;
    assert_eq!(last().await, None);
    for (when, steps) in [(2, -3), (9, 4), (5, 1)] {
        bench.write(move |tx| tx.drift_append(row(5), at(when), steps, "verify")).await;
    }
    assert_eq!(last().await, Some((at(9), 4)));
}

pub(super) async fn a_change_of_any_column_of_a_token_is_seen(bench: &Bench) {
    bench.write(|tx| tx.lot_insert(&lot(2))).await;
    let changes: &[(&str, &'static str, Value)] = &[
        ("id", "UPDATE token SET id = ?1", row(66).into()),
        ("vendor", "UPDATE token SET vendor = ?1", "token2".into()),
        ("serial", "UPDATE token SET serial = ?1", "SN  5".into()),
        ("serial_key", "UPDATE token SET serial_key = ?1", "SN6".into()),
        ("key_id", "UPDATE token SET key_id = ?1", "slot 3".into()),
        ("manufacturer", "UPDATE token SET manufacturer = ?1", "".into()),
        ("model", "UPDATE token SET model = ?1", "c100".into()),
        ("lot", "UPDATE token SET lot = ?1", row(2).into()),
        ("algorithm", "UPDATE token SET algorithm = ?1", "sha1".into()),
        ("digits", "UPDATE token SET digits = ?1", 6_i64.into()),
        ("moving", "UPDATE token SET moving = ?1, period = NULL, epoch = NULL", "hotp".into()),
        ("period", "UPDATE token SET period = ?1", 30_i64.into()),
        ("epoch", "UPDATE token SET epoch = ?1", 0_i64.into()),
        ("expires_at", "UPDATE token SET expires_at = ?1", Value::Null),
        ("custody", "UPDATE token SET custody = ?1, authenticator = 'none'", "in_stock".into()),
        ("authenticator", "UPDATE token SET authenticator = ?1", "suspended".into()),
        ("user_id", "UPDATE token SET user_id = ?1", "9876543210".into()),
        ("loan", "UPDATE token SET loan = ?1", row(78).into()),
        ("lent_at", "UPDATE token SET lent_at = ?1", Value::Null),
        ("department", "UPDATE token SET department = ?1", "law".into()),
        ("location", "UPDATE token SET location = ?1", Value::Null),
        ("last_step", "UPDATE token SET last_step = ?1", 999_i64.into()),
        ("drift_steps", "UPDATE token SET drift_steps = ?1", 2_i64.into()),
        ("drift_at", "UPDATE token SET drift_at = ?1", at(1).into()),
        ("last_ok_at", "UPDATE token SET last_ok_at = ?1", at(1).into()),
        ("proven_at", "UPDATE token SET proven_at = ?1", Value::Null),
        ("fail_count", "UPDATE token SET fail_count = ?1", 0_i64.into()),
        ("next_try_at", "UPDATE token SET next_try_at = ?1", Value::Null),
        ("last_request_id", "UPDATE token SET last_request_id = ?1", (&[9; 16]).into()),
        ("last_request_hash", "UPDATE token SET last_request_hash = ?1", (&[9; 32]).into()),
        ("last_request_outcome", "UPDATE token SET last_request_outcome = ?1", "ACCEPTED".into()),
        ("dek_id", "UPDATE token SET dek_id = ?1", 5_i64.into()),
        ("salt", "UPDATE token SET salt = ?1", (&[9; 32]).into()),
        ("seed_gen", "UPDATE token SET seed_gen = ?1", 1_i64.into()),
        ("sealed", "UPDATE token SET sealed = ?1", vec![0, 255, 8].into()),
        ("fingerprint", "UPDATE token SET fingerprint = ?1", Value::Null),
        ("version", "UPDATE token SET version = ?1", 2_i64.into()),
        ("created_at", "UPDATE token SET created_at = ?1", at(1).into()),
        ("updated_at", "UPDATE token SET updated_at = ?1", at(1).into()),
        ("row_format", "UPDATE token SET row_format = ?1", 2_i64.into()),
        ("mac_key_id", "UPDATE token SET mac_key_id = ?1", 1_i64.into()),
        ("row_mac", "UPDATE token SET row_mac = ?1", (&[9; 32]).into()),
    ];
    let tried: Vec<_> = changes.iter().map(|(column, ..)| *column).collect();
    let columns: Vec<_> = token_write::INSERT.columns.iter().map(|(column, _)| *column).collect();
    assert_eq!(tried, columns, "every column is tried");

    let the_one = async || bench.read(|tx| tx.token_page(&Scope::All, Order::Oldest, None, 2)).await.found;
    for (column, sql, value) in changes {
        bench.stock(full_token(5)).await;
        assert!(the_one().await[0].intact);
        assert_eq!(bench.tamper(sql, vec![value.clone()]).await, 1);
        let found = the_one().await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].intact, found[0].hold), (false, Hold::Integrity), "{column}");
        bench.tamper("DELETE FROM token", vec![]).await;
    }
}

pub(super) async fn a_token_that_can_not_be_read_is_on_hold_and_hides_no_other(bench: &Bench) {
    for (sql, value) in [
        ("UPDATE token SET vendor = ?1", Value::from("No Slug")),
        ("UPDATE token SET serial = ?1", "a~b".into()),
        ("UPDATE token SET user_id = ?1", "12345678901".into()),
        ("UPDATE token SET expires_at = ?1", i64::MAX.into()),
    ] {
        bench.stock(full_token(5)).await;
        bench.tamper(sql, vec![value]).await;
        bench.stock(full_token(6)).await;
        let found = bench.read(|tx| tx.token_page(&Scope::All, Order::Oldest, None, 9)).await.found;
        let seen: Vec<_> = found.iter().map(|found| (found.token.id, found.intact, found.hold)).collect();
        assert_eq!(seen, [(row(5), false, Hold::Integrity), (row(6), true, Hold::None)], "{sql}");
        assert_eq!(found[0].token.seed, None, "nothing of it is used");
        bench.tamper("DELETE FROM token", vec![]).await;
    }
}

pub(super) async fn a_change_of_any_column_of_a_lot_is_seen(bench: &Bench) {
    let changes: &[(&'static str, Value)] = &[
        ("UPDATE lot SET name = ?1", "2026-01-01-a".into()),
        ("UPDATE lot SET state = ?1", "closed".into()),
        ("UPDATE lot SET file_name = ?1", "".into()),
        ("UPDATE lot SET file_sha256 = ?1", "".into()),
        ("UPDATE lot SET format = ?1", "".into()),
        ("UPDATE lot SET secret_encoding = ?1", "base32".into()),
        ("UPDATE lot SET tokens = ?1", 11_i64.into()),
        ("UPDATE lot SET imported_by = ?1", "bob".into()),
        ("UPDATE lot SET created_at = ?1", at(2).into()),
        ("UPDATE lot SET version = ?1", 2_i64.into()),
        ("UPDATE lot SET readings = ?1", "hex".into()),
        ("UPDATE lot SET rereading = ?1", "- - sha1 6 30 0 sha1 6 60 0".into()),
        ("UPDATE lot SET seed_gen = ?1", 2_i64.into()),
        ("UPDATE lot SET row_format = ?1", 1_i64.into()),
        ("UPDATE lot SET mac_key_id = ?1", 1_i64.into()),
        ("UPDATE lot SET row_mac = ?1", (&[9; 32]).into()),
    ];
    for (sql, value) in changes {
        bench.stock(full_token(5)).await;
        bench.tamper(sql, vec![value.clone()]).await;
        let found = bench.read(|tx| tx.token_by_id(&Scope::All, row(5))).await.unwrap();
        assert_eq!((found.intact, found.hold), (false, Hold::Integrity), "{sql}");
        let page = bench.store.read(|tx| tx.lot_page(None, 9)).await;
        assert!(matches!(page, Err(StoreError::Broken { .. })), "{sql}");
        bench.tamper("DELETE FROM token", vec![]).await;
        bench.tamper("DELETE FROM lot", vec![]).await;
    }
    // The id of a lot that has no token can be changed without the database minding.
    bench.write(|tx| tx.lot_insert(&lot(1))).await;
    bench.tamper("UPDATE lot SET id = ?1", vec![RowId([9; 16]).into()]).await;
    assert!(matches!(bench.store.read(|tx| tx.lot_find(&lot(1).name)).await, Err(StoreError::Broken { .. })));
}

pub(super) async fn a_change_of_any_column_of_an_operator_is_seen(bench: &Bench) {
    let changes: &[(&'static str, Value)] = &[
        ("UPDATE operator SET name = ?1", "alice".into()),
        ("UPDATE operator SET roles = ?1", "admin".into()),
        ("UPDATE operator SET roles = ?1", "stock,admin".into()),
        ("UPDATE operator SET departments = ?1", "law".into()),
        ("UPDATE operator SET departments = ?1", "".into()),
        ("UPDATE operator SET user_id = ?1", "0123456789".into()),
        ("UPDATE operator SET created_at = ?1", at(2).into()),
        ("UPDATE operator SET revoked_at = ?1", Value::Null),
        ("UPDATE operator SET version = ?1", 2_i64.into()),
        ("UPDATE operator SET row_format = ?1", 2_i64.into()),
        ("UPDATE operator SET mac_key_id = ?1", 1_i64.into()),
        ("UPDATE operator SET row_mac = ?1", (&[9; 32]).into()),
    ];
    for (sql, value) in changes {
        let revoked = Operator { revoked_at: Some(at(9)), ..operator("mallory") };
        bench.write(move |tx| tx.operator_insert(&revoked)).await;
        bench.tamper(sql, vec![value.clone()]).await;
        for name in ["mallory", "alice"] {
            let found = bench.store.read(move |tx| tx.operator_find(&name.parse().unwrap())).await;
            assert!(matches!(found, Ok(None) | Err(StoreError::Broken { .. })), "{sql}: {found:?}");
        }
        assert!(bench.store.read(|tx| tx.operator_page(None, 9)).await.is_err());
        assert!(bench.read(|tx| Ok(tx.operator_count_chiefs()? == 0)).await);
        bench.tamper("DELETE FROM operator", vec![]).await;
    }
}
