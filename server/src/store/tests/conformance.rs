//! What jobs, lanes and nouns guarantee.

#![expect(clippy::redundant_closure_for_method_calls, reason = "a method is not general over the lifetime of its Tx")]

use std::future::Future as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use chrono::TimeDelta;
use tokenfleet_domain::audit::{Entry, Head};
use tokenfleet_domain::ids::{KeyId, TokenRef, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::operator::{Operator, Scope};
use tokenfleet_domain::ports::{RowAuthority as _, Timestamp, WrappedKey};
use tokenfleet_domain::token::{Authenticator, Custody, Hold, Token};

use super::bench::{
    Bench, Keys, accepted, at, bare_token, event, full_token, lent_token, lot, open_loan, operator, row,
};
use crate::store::{AuditBy, Database, Found, Order, StoreError, StoredRequest, Tx};

fn numbers(found: &[Found]) -> Vec<u8> {
    found.iter().map(|found| found.token.id.0[15]).collect()
}

pub(super) async fn a_fleet_is_founded_once(bench: &Bench) {
    let (backend, runtime) = (bench.backend.clone(), tokio::runtime::Handle::current());
    let clock = Arc::clone(&bench.clock);
    tokio::task::spawn_blocking(move || {
        let mut database = Database::open(&backend, &*clock, Some(runtime)).unwrap();
        let key = |kind: &str, id| {
            let (kind, kek_id) = (kind.to_owned(), "file".to_owned());
            WrappedKey { kind, id, kek_id, wrapped: vec![1, 2], created_at: at(3) }
        };
        assert_eq!((database.cluster(), database.keyring()), (Ok(None), Ok(vec![])));
        assert!(database.found([7; 16], &[key("mac", 1), key("no such kind", 1)], at(0)).is_err());
        assert_eq!(database.cluster(), Ok(None), "a founding that failed leaves nothing");
        let keys = [key("dek", 1), key("mac", 1), key("mac", 2)];
        database.found([7; 16], &keys, at(0)).unwrap();
        assert_eq!((database.cluster(), database.keyring()), (Ok(Some([7; 16])), Ok(keys.to_vec())));
        assert_eq!(database.found([8; 16], &[key("dek", 9)], at(0)), Err(StoreError::AlreadyFounded));
        assert_eq!((database.cluster(), database.keyring()), (Ok(Some([7; 16])), Ok(keys.to_vec())));
    })
    .await
    .unwrap();
}

pub(super) async fn only_the_next_version_is_written_and_only_over_the_one_held(bench: &Bench) {
    let held = bench.stock(full_token(5)).await;
    let next = accepted(&held, 1001);
    for wrong in [
        Token { version: 1, ..next.clone() },
        Token { version: 3, ..next.clone() },
        Token { id: row(6), ..next.clone() },
    ] {
        let held = held.clone();
        let wrong = bench.store.write(0, move |tx| tx.token_swap(&held, &wrong)).await;
        assert!(matches!(wrong, Err(StoreError::Broken { .. })), "{wrong:?}");
    }
    let swap = async |held: &Token, next: Token| {
        let held = held.clone();
        bench.store.write(0, move |tx| tx.token_swap(&held, &next)).await
    };
    let accept = async |held: &Token, next: Token| {
        let held = held.clone();
        bench.store.write(0, move |tx| tx.token_accept(&held, &next)).await
    };
    assert_eq!(accept(&held, accepted(&held, 1000)).await, Err(StoreError::Stale), "a used step");
    assert_eq!(accept(&held, accepted(&held, 999)).await, Err(StoreError::Stale), "an older step");
    assert_eq!(accept(&held, next.clone()).await, Ok(()));
    assert_eq!(accept(&held, accepted(&held, 1002)).await, Err(StoreError::Stale), "another version");
    assert_eq!(swap(&held, next.clone()).await, Err(StoreError::Stale));
    assert_eq!(swap(&next, accepted(&next, 5)).await, Ok(()), "a swap may lower a step");

    let nextlot = Lot { version: 2, ..lot(1) };
    bench.write(move |tx| tx.lot_swap(&lot(1), &nextlot)).await;
    let again = Lot { version: 2, ..lot(1) };
    assert_eq!(bench.store.write(0, move |tx| tx.lot_swap(&lot(1), &again)).await, Err(StoreError::Stale));

    assert!(bench.write(|tx| tx.operator_insert(&operator("alice"))).await);
    assert!(!bench.write(|tx| tx.operator_insert(&operator("alice"))).await, "a name is never used again");
    let revoke = |tx: &mut Tx<'_>| {
        let revoked = Operator { revoked_at: Some(at(1)), version: 2, ..operator("alice") };
        tx.operator_swap(&operator("alice"), &revoked)
    };
    assert_eq!(bench.store.write(0, revoke).await, Ok(()));
    assert_eq!(bench.store.write(0, revoke).await, Err(StoreError::Stale));
}

pub(super) async fn whatever_changed_a_row_reads_back_as_it_was_written(bench: &Bench) {
    let changes: [fn(&mut Token); 11] = [
        |_| {},
        |token| token.fail_count += 1,
        |token| token.next_try_at = Some(at(900)),
        |token| token.last_request = None,
        |token| (token.drift_steps, token.drift_at) = (-3, Some(at(901))),
        |token| token.last_ok_at = Some(at(902)),
        |token| token.proven_at = Some(at(903)),
        |token| token.location = Some("desk".to_owned()),
        |token| token.model = "another".to_owned(),
        |token| token.expires_at = Some(at(904)),
        |token| token.fingerprint = Some([9; 32]),
    ];
    let mut held = bench.stock(full_token(5)).await;
    for (number, change) in changes.iter().enumerate() {
        for accept in [false, true] {
            let mut next = Token { version: held.version + 1, updated_at: at(1_000), ..held.clone() };
            next.last_step += i64::from(accept);
            change(&mut next);
            let (from, to) = (held, next.clone());
            let write =
                move |tx: &mut Tx<'_>| if accept { tx.token_accept(&from, &to) } else { tx.token_swap(&from, &to) };
            bench.write(write).await;
            let read = bench.read(|tx| tx.token_by_id(&Scope::All, row(5))).await.unwrap();
            assert_eq!((&read.token, read.intact), (&next, true), "change {number}, accepted: {accept}");
            held = next;
        }
    }
}

pub(super) async fn a_sketch_is_of_each_token_that_a_page_has(bench: &Bench) {
    let first = bench.stock(full_token(5)).await;
    let department = first.department.clone().unwrap();
    let others = [bare_token(6), bare_token(7)];
    bench.write(move |tx| tx.token_insert_many(&others)).await;
    for scope in [Scope::All, Scope::Departments(vec![department]), Scope::Departments(vec!["another".to_owned()])] {
        let (of_page, of_sketches) = (scope.clone(), scope);
        let page = bench.read(move |tx| tx.token_page(&of_page, Order::Oldest, None, 2)).await;
        let sketches = bench.read(move |tx| tx.token_sketches(&of_sketches, None, 2)).await;
        assert_eq!((sketches.in_scope, sketches.next), (page.found.len(), page.next));
        for (sketch, Found { token, .. }) in sketches.sketches.iter().zip(&page.found) {
            assert_eq!((sketch.id, &sketch.seed, sketch.profile), (token.id, &token.seed, token.profile));
            assert_eq!((sketch.last_step, sketch.drift_steps), (token.last_step, token.drift_steps));
            assert_eq!(sketch.seed_context(&[7; 16], 1, 1), token.seed_context(&[7; 16], 1, 1));
        }
    }
    let nextlot = Lot { version: 2, state: LotState::Reverted, ..lot(1) };
    bench.write(move |tx| tx.lot_swap(&lot(1), &nextlot)).await;
    assert_eq!(bench.read(|tx| tx.token_sketches(&Scope::All, None, 9)).await.in_scope, 0, "a lot that was taken out");
}

pub(super) async fn a_serial_is_unique_for_its_vendor_and_key(bench: &Bench) {
    let first = Token { vendor: "feitian".parse().unwrap(), ..bare_token(5) };
    let serial = |number, token: &Token| Token { id: row(number), serial: token.serial.clone(), ..token.clone() };
    let batch = vec![
        first.clone(),
        serial(6, &first),
        Token { vendor: "token2".parse().unwrap(), ..serial(7, &first) },
        Token { key_id: "2".parse().unwrap(), ..serial(8, &first) },
        Token { serial: "ＳＮ５".parse().unwrap(), ..serial(9, &first) },
    ];
    bench.write(|tx| tx.lot_insert(&lot(1))).await;
    assert_eq!(bench.write(move |tx| tx.token_insert_many(&batch)).await, 3, "what is there is left out");

    let plain: TokenRef = "sn5".parse().unwrap();
    let found = bench.read(move |tx| tx.token_find(&Scope::All, &plain)).await;
    assert_eq!(numbers(&found), [5, 8, 7]);
    let name: TokenRef = "tokens/feitian~SN5".parse().unwrap();
    assert_eq!(numbers(&bench.read(move |tx| tx.token_find(&Scope::All, &name)).await), [5]);

    let many = (10..40).map(|number| Token {
        vendor: format!("v{number}").parse().unwrap(),
        serial: "SN5".parse().unwrap(),
        ..bare_token(number)
    });
    let many: Vec<_> = many.collect();
    bench.write(move |tx| tx.token_insert_many(&many)).await;
    let plain: TokenRef = "SN5".parse().unwrap();
    assert_eq!(bench.read(move |tx| tx.token_find(&Scope::All, &plain)).await.len(), 10);
}

/// What each read sees of the one token: by id, serial, name, user, in its lot, in the page, in the counts.
async fn seen(bench: &Bench) -> [usize; 7] {
    bench
        .read(|tx| {
            let (name, user) = (full_token(5).name(), full_token(5).user.unwrap());
            Ok([
                usize::from(tx.token_by_id(&Scope::All, row(5))?.is_some()),
                tx.token_find(&Scope::All, &TokenRef::Serial(full_token(5).serial))?.len(),
                tx.token_find(&Scope::All, &TokenRef::Name(name))?.len(),
                tx.tokens_of_user(&Scope::All, &user)?.len(),
                tx.tokens_of_lot(&Scope::All, row(1), Order::Oldest, None, 9)?.found.len(),
                tx.token_page(&Scope::All, Order::Oldest, None, 9)?.found.len(),
                tx.token_counts(&Scope::All)?.len(),
            ])
        })
        .await
}

pub(super) async fn tokens_of_staging_and_reverted_lots_are_invisible(bench: &Bench) {
    let mut held = Lot { state: LotState::Staging, ..lot(1) };
    let staging = held.clone();
    bench.write(move |tx| tx.lot_insert(&staging)).await;
    bench.stock(full_token(5)).await;
    for (state, visible, counted, hold) in [
        (LotState::Staging, 0, 0, Hold::Lot),
        (LotState::Closed, 1, 0, Hold::Lot),
        (LotState::Open, 1, 1, Hold::None),
        (LotState::Quarantined, 1, 0, Hold::Lot),
        // It is lent.
        (LotState::Recalled, 1, 1, Hold::None),
        (LotState::Reverted, 0, 0, Hold::Lot),
    ] {
        let next = Lot { state, version: held.version + 1, ..held.clone() };
        let (from, to) = (held, next.clone());
        bench.write(move |tx| tx.lot_swap(&from, &to)).await;
        held = next;
        assert_eq!(seen(bench).await, [visible, visible, visible, visible, visible, visible, counted], "{state:?}");
        let known = bench
            .read(|tx| {
                let token = full_token(5);
                Ok([
                    tx.token_known(&token.vendor, token.serial.key(), &token.key_id)?,
                    tx.token_by_fingerprint(&[5; 32])?,
                ])
            })
            .await;
        assert!(known.iter().flatten().all(|found| found.hold == hold) && known.iter().all(Option::is_some));
    }
    let unknown = bench
        .read(|tx| {
            let token = full_token(5);
            Ok([
                tx.token_known(&Vendor::unknown(), token.serial.key(), &token.key_id)?,
                tx.token_known(&token.vendor, token.serial.key(), &KeyId::default())?,
                tx.token_by_fingerprint(&[6; 32])?,
            ])
        })
        .await;
    assert_eq!(unknown, [None, None, None]);
}

pub(super) async fn a_scope_sees_stock_and_its_own_loans(bench: &Bench) {
    let nobodys = Token { department: None, ..lent_token(8, "") };
    for token in [bare_token(5), lent_token(6, "letters"), lent_token(7, "law"), nobodys] {
        bench.stock(token).await;
    }
    let law = || Scope::Departments(vec!["law".to_owned()]);
    let found = bench
        .read(move |tx| {
            let serial = |text: &str| TokenRef::Serial(text.parse().unwrap());
            let user = "0123456789".parse().unwrap();
            Ok((
                numbers(&tx.token_page(&law(), Order::Oldest, None, 9)?.found),
                numbers(&tx.tokens_of_lot(&law(), row(1), Order::Oldest, None, 9)?.found),
                numbers(&tx.tokens_of_user(&law(), &user)?),
                numbers(&tx.token_find(&law(), &serial("SN6"))?),
                numbers(&tx.token_find(&law(), &serial("SN7"))?),
                tx.token_by_id(&law(), row(6))?.is_some(),
                tx.token_by_id(&law(), row(7))?.is_some(),
            ))
        })
        .await;
    assert_eq!(found, (vec![5, 7], vec![5, 7], vec![7], vec![], vec![7], false, true));

    let loan = crate::store::Loan { department: Some("letters".to_owned()), ..open_loan() };
    bench.write(move |tx| tx.loan_insert(&loan)).await;
    assert_eq!(bench.read(move |tx| tx.loan_find(&law(), row(77))).await, None);
}

pub(super) async fn pages_say_where_to_go_on_and_end(bench: &Bench) {
    bench.write(|tx| tx.lot_insert(&Lot { state: LotState::Staging, ..lot(2) })).await;
    for number in 10..30 {
        let token = match number % 4 {
            0 => Token { lent_at: Some(at(-i64::from(number))), ..lent_token(number, "letters") },
            1 => Token { lot: row(2), ..bare_token(number) },
            _ => bare_token(number),
        };
        bench.stock(token).await;
    }
    let law = Scope::Departments(vec!["law".to_owned()]);
    let page = async |scope: &Scope, after: u8, limit| {
        let scope = scope.clone();
        let page = bench.read(move |tx| tx.token_page(&scope, Order::Oldest, Some(row(after)), limit)).await;
        (numbers(&page.found), page.next)
    };
    assert_eq!(page(&Scope::All, 9, 5).await, (vec![10, 11, 12, 14, 15], Some(row(15))));
    assert_eq!(page(&Scope::All, 15, 5).await, (vec![16, 18, 19, 20, 22], Some(row(22))));
    assert_eq!(page(&Scope::All, 26, 5).await, (vec![27, 28], None));
    assert_eq!(page(&Scope::All, 28, 5).await, (vec![], None));
    // What is out of the scope was looked at all the same, so a page may be short and still not the last.
    assert_eq!(page(&law, 9, 5).await, (vec![10, 11, 14, 15], Some(row(15))));
    assert_eq!(page(&law, 15, 1).await, (vec![], Some(row(16))));
    assert_eq!(page(&law, 27, 5).await, (vec![], None));
    let of_lot = bench.read(|tx| tx.tokens_of_lot(&Scope::All, row(1), Order::Oldest, Some(row(20)), 3)).await;
    assert_eq!((numbers(&of_lot.found), of_lot.next), (vec![22, 23, 24], Some(row(24))));
    let back = bench.read(|tx| tx.tokens_of_lot(&Scope::All, row(1), Order::Newest, Some(row(24)), 2)).await;
    assert_eq!((numbers(&back.found), back.next), (vec![23, 22], Some(row(22))));
    let newest = bench.read(|tx| tx.token_page(&Scope::All, Order::Newest, None, 2)).await;
    assert_eq!((numbers(&newest.found), newest.next), (vec![28, 27], Some(row(27))));
    let user = "0123456789".parse().unwrap();
    let of_user = bench.read(move |tx| tx.tokens_of_user(&Scope::All, &user)).await;
    assert_eq!(numbers(&of_user), [28, 24, 20, 16, 12], "the oldest loan comes first");
}

pub(super) async fn counts_are_of_open_lots(bench: &Bench) {
    bench.write(|tx| tx.lot_insert(&Lot { state: LotState::Closed, ..lot(2) })).await;
    let proven = Token { proven_at: Some(at(1)), ..lent_token(8, "law") };
    for token in [bare_token(5), bare_token(6), lent_token(7, "law"), proven, Token { lot: row(2), ..bare_token(9) }] {
        bench.stock(token).await;
    }
    let counts = bench.read(|tx| tx.token_counts(&Scope::All)).await;
    assert_eq!(
        counts,
        [
            (Custody::InStock, Authenticator::None, false, 2),
            (Custody::Lent, Authenticator::Ready, false, 1),
            (Custody::Lent, Authenticator::Ready, true, 1),
        ]
    );
    let of = async |department: &str| {
        let scope = Scope::Departments(vec![department.to_owned()]);
        let counts = bench.read(move |tx| tx.token_counts(&scope)).await;
        counts.iter().map(|(.., count)| count).sum::<i64>()
    };
    assert_eq!((of("law").await, of("letters").await), (4, 2), "stock is everybody's");
}

pub(super) async fn lots_are_counted_paged_and_taken_out_again(bench: &Bench) {
    let staging = || Lot { state: LotState::Staging, ..lot(3) };
    let tomorrow = Lot { name: LotName::nth(at(0) + TimeDelta::days(1), 0), ..lot(4) };
    for lot in [lot(1), lot(2), staging(), tomorrow] {
        bench.write(move |tx| tx.lot_insert(&lot)).await;
    }
    let taken = Lot { id: row(9), ..lot(1) };
    assert_eq!(bench.store.write(0, move |tx| tx.lot_insert(&taken)).await, Err(StoreError::Stale));

    let page = async |before| {
        let page = bench.read(move |tx| tx.lot_page(before, 2)).await;
        page.iter().map(|lot| lot.id).collect::<Vec<_>>()
    };
    assert_eq!((page(None).await, page(Some(row(2))).await), (vec![row(4), row(2)], vec![row(1)]));
    let of_file = async |sha256: String| bench.read(move |tx| tx.lot_of_file(&sha256)).await.map(|lot| lot.id);
    assert_eq!(of_file(lot(4).file_sha256).await, Some(row(4)), "the newest");
    assert_eq!(of_file("00".to_owned()).await, None);
    assert_eq!(bench.read(|tx| tx.lots_unfinished()).await, [staging()]);
    assert_eq!(bench.read(|tx| tx.lot_count_of_day(&LotName::day_prefix(at(0)))).await, 3);

    let unnamed = |number| Token { serial: "SN5".parse().unwrap(), ..bare_token(number) };
    for token in [
        bare_token(5),
        Token { version: 2, ..bare_token(6) },
        bare_token(7),
        Token { lot: row(3), key_id: "1".parse().unwrap(), ..unnamed(8) },
        Token { lot: row(3), key_id: "2".parse().unwrap(), ..unnamed(9) },
    ] {
        bench.stock(token).await;
    }
    let touched = bench.read(|tx| tx.lot_touched(row(1))).await;
    assert_eq!(touched, (1, Some(bare_token(6).serial)));
    assert_eq!(bench.read(|tx| tx.lot_touched(row(2))).await, (0, None));

    let staged = bench.read(|tx| tx.tokens_of_lot_by_serial(row(3), "SN5")).await;
    assert_eq!(numbers(&staged), [8, 9]);
    assert_eq!(bench.write(|tx| tx.token_drop(row(8))).await, 1);
    assert_eq!(bench.write(|tx| tx.token_drop(row(5))).await, 0, "a token of an open lot stays");
    assert!(bench.store.write(0, |tx| tx.lot_delete(row(3))).await.is_err(), "a lot with a token stays");
    let dropped = async |lot| bench.write(move |tx| tx.lot_drop_tokens(lot, 2)).await;
    assert_eq!((dropped(row(3)).await, dropped(row(3)).await), (1, 0));
    bench
        .write(|tx| {
            tx.lot_delete(row(3))?;
            tx.lot_delete(row(2))
        })
        .await;
    let left = bench.read(|tx| Ok((tx.lot_find(&lot(3).name)?, tx.lot_find(&lot(2).name)?))).await;
    assert_eq!(left, (None, Some(lot(2))), "only a lot that is being imported can be deleted");

    bench
        .write(|tx| {
            tx.hold_add(row(5), Hold::Recovery, "a test")?;
            tx.drift_append(row(5), at(1), 1, "verify")
        })
        .await;
    assert_eq!(dropped(row(1)).await, 0, "the tokens of an open lot stay");
    let reverted = Lot { state: LotState::Reverted, version: 2, ..lot(1) };
    let unfinished = [reverted.clone()];
    bench.write(move |tx| tx.lot_swap(&lot(1), &reverted)).await;
    assert_eq!(bench.read(|tx| tx.lots_unfinished()).await, unfinished, "a revert has not removed its tokens yet");
    assert_eq!((dropped(row(1)).await, dropped(row(1)).await, dropped(row(1)).await), (2, 1, 0));
    assert_eq!(bench.read(|tx| tx.lots_unfinished()).await, []);
    bench.stock(bare_token(5)).await;
    bench.write(|tx| tx.loan_insert(&open_loan())).await;
    assert!(bench.store.write(0, |tx| tx.lot_drop_tokens(row(1), 2)).await.is_err(), "a loan keeps its token");
}

/// The events of a chain, which must verify up to the head that is stored.
async fn verified(bench: &Bench, chain: &'static str) -> Vec<Entry> {
    let (entries, heads) = bench.read(move |tx| Ok((tx.audit_of_chain(chain, 0, 1000)?, tx.audit_chains()?))).await;
    let mut head = Head::genesis(chain);
    for entry in &entries {
        head.verify_next(entry, Keys.audit_key()).unwrap();
    }
    assert!(heads.contains(&head), "{heads:?} lacks {head:?}");
    entries
}

pub(super) async fn the_chain_has_no_gap_after_a_job_was_rolled_back(bench: &Bench) {
    let record = |fails: bool| {
        bench.store.write(0, move |tx| {
            tx.audit_append(event("first"))?;
            tx.audit_append(event("second"))?;
            if fails { Err(StoreError::Broken { what: "a test".to_owned() }) } else { Ok(()) }
        })
    };
    record(false).await.unwrap();
    record(true).await.unwrap_err();
    // Some of one batch and some of several, as it happens.
    let all = (0..30).map(|number| record(number % 3 == 0));
    let done = futures_of(all.collect()).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 20);
    assert_eq!(verified(bench, "0").await.len(), 2 + 40);
    record(false).await.unwrap();
    assert_eq!(verified(bench, "0").await.len(), 2 + 40 + 2);
}

pub(super) async fn two_processes_on_one_database_keep_one_chain(bench: &Bench) {
    let (backend, runtime) = (bench.backend.clone(), tokio::runtime::Handle::current());
    let clock = Arc::clone(&bench.clock);
    let opened = tokio::task::spawn_blocking(move || {
        let database = Database::open(&backend, &*clock, Some(runtime)).unwrap();
        database.start(Arc::new(Keys), clock).unwrap()
    });
    let other = opened.await.unwrap();
    for store in [&bench.store, &other, &bench.store, &bench.store, &other] {
        store.write(0, |tx| tx.audit_append(event("either"))).await.unwrap();
    }
    other.close().await;
    assert_eq!(verified(bench, "0").await.len(), 5);
}

/// Waits for all of them, which go on at once.
async fn futures_of<T: Send + 'static>(jobs: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = jobs.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (job, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(result) = job.as_mut().poll(context)
            {
                *done = Some(result);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

pub(super) async fn the_record_is_paged_by_time_chain_and_place(bench: &Bench) {
    let about = |number: u8| tokenfleet_domain::audit::Event {
        operator: if number < 3 { "alice" } else { "bob" }.to_owned(),
        subject: (number != 2).then(|| "lots/1".to_owned()),
        user: (number == 4).then(|| "0123456789".parse().unwrap()),
        ..event(&format!("e{number}"))
    };
    for (number, when) in [(1, 5), (2, 5), (3, 9), (4, 2), (5, 9)] {
        bench.clock.set(at(when));
        bench.write(move |tx| tx.audit_append(about(number))).await;
    }
    assert_eq!(verified(bench, "0").await.len(), 5);
    let walk = async |by: AuditBy, order, after: Option<(Timestamp, String, i64)>, limit| {
        let page = bench.read(move |tx| tx.audit_page(&by, order, after, limit)).await;
        let actions: Vec<_> = page.iter().map(|entry| entry.event.action.clone()).collect();
        (actions.join(" "), page.last().map(|last| (last.recorded_at, last.chain.clone(), last.seq)))
    };
    let page = async |by, after, limit| walk(by, Order::Oldest, after, limit).await;
    let (first, after) = page(AuditBy::All, None, 2).await;
    let (second, after) = page(AuditBy::All, after, 2).await;
    let (third, after) = page(AuditBy::All, after, 2).await;
    assert_eq!([first, second, third], ["e4 e1", "e2 e3", "e5"]);
    assert_eq!(page(AuditBy::All, after, 2).await.0, "");
    assert_eq!(page(AuditBy::Subject("lots/1".to_owned()), None, 9).await.0, "e4 e1 e3 e5");
    assert_eq!(page(AuditBy::User("0123456789".parse().unwrap()), None, 9).await.0, "e4");
    assert_eq!(page(AuditBy::Operator("alice".parse().unwrap()), None, 9).await.0, "e1 e2");
    let back = async |by, after, limit| walk(by, Order::Newest, after, limit).await;
    let (first, before) = back(AuditBy::All, None, 3).await;
    assert_eq!([first, back(AuditBy::All, before, 3).await.0], ["e5 e3 e2", "e1 e4"]);
    assert_eq!(back(AuditBy::Subject("lots/1".to_owned()), None, 9).await.0, "e5 e3 e1 e4");
    assert_eq!(back(AuditBy::User("0123456789".parse().unwrap()), None, 9).await.0, "e4");
    assert_eq!(back(AuditBy::Operator("alice".parse().unwrap()), None, 9).await.0, "e2 e1");
    assert_eq!(bench.read(|tx| tx.audit_of_chain("0", 3, 1)).await[0].event.action, "e4");
}

async fn observations(bench: &Bench) -> i64 {
    const COUNT: &str = "SELECT COUNT(*) FROM drift_observation";
    bench.read(|tx| crate::store::conn::count(tx.conn.query(COUNT, &[])?)).await
}

fn observe(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.drift_append(row(5), at(0), 1, "a test")
}

pub(super) async fn a_failing_job_takes_only_its_own_writes_back(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let jobs = (0..40).map(|number| {
        bench.store.write(0, move |tx| {
            observe(tx)?;
            match number % 4 {
                // The database itself refuses: no such token.
                0 => tx.drift_append(row(6), at(0), 1, "a test"),
                1 => Err(StoreError::Broken { what: "a test".to_owned() }),
                _ => observe(tx),
            }
        })
    });
    let done = futures_of(jobs.collect()).await;
    let kinds: Vec<_> = done[..4].iter().map(|done| matches!(done, Err(StoreError::Constraint { .. }))).collect();
    assert_eq!(
        (kinds, &done[1..3]),
        (vec![true, false, false, false], &[Err(StoreError::Broken { what: "a test".to_owned() }), Ok(())][..])
    );
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 20);
    assert_eq!(observations(bench).await, 40);
}

pub(super) async fn a_panicking_job_is_an_error_of_its_own(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let jobs = (0..10).map(|number| {
        bench.store.write(0, move |tx| {
            observe(tx)?;
            tx.audit_append(event("observe"))?;
            assert!(number % 2 == 0, "this panic belongs to the test");
            Ok(())
        })
    });
    let done = futures_of(jobs.collect()).await;
    assert_eq!(done[..2], [Ok(()), Err(StoreError::Panicked)]);
    assert_eq!(observations(bench).await, 5);
    assert_eq!(verified(bench, "0").await.len(), 5);
    let read: Result<(), _> = bench.store.read(|_| panic!("this panic belongs to the test")).await;
    assert_eq!((read, observations(bench).await), (Err(StoreError::Panicked), 5));
}

pub(super) async fn a_job_that_swallows_an_error_is_never_told_more_than_was_done(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let done = bench
        .store
        .write(0, |tx| {
            observe(tx)?;
            assert!(tx.drift_append(row(6), at(0), 1, "no such token").is_err());
            Ok(())
        })
        .await;
    assert_eq!(observations(bench).await, i64::from(done.is_ok()));
    bench.write(observe).await;
}

pub(super) async fn a_stale_job_is_run_again_at_most_eight_times(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let stale = async |times: u32| {
        let runs = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&runs);
        let done = bench.store.write(0, move |tx| {
            observe(tx)?;
            tx.audit_append(event("observe"))?;
            if counter.fetch_add(1, Ordering::SeqCst) < times { Err(StoreError::Stale) } else { Ok(()) }
        });
        (done.await, runs.load(Ordering::SeqCst))
    };
    assert_eq!(stale(0).await, (Ok(()), 1));
    assert_eq!(stale(3).await, (Ok(()), 4));
    assert_eq!(stale(8).await, (Ok(()), 9));
    assert_eq!(stale(9).await, (Err(StoreError::Stale), 9));
    assert_eq!((observations(bench).await, verified(bench, "0").await.len()), (3, 3));
}

pub(super) async fn a_job_whose_caller_went_away_is_done(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    {
        let mut job = Box::pin(bench.store.write(0, observe));
        assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    // One lane does its jobs in their order.
    bench.write(|_| Ok(())).await;
    assert_eq!(observations(bench).await, 1);
}

pub(super) async fn a_closed_store_has_done_what_was_queued(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    let mut jobs: Vec<_> = (0..50).map(|_| Box::pin(bench.store.write(0, observe))).collect();
    let mut background = Box::pin(bench.store.write_background(observe));
    let mut context = Context::from_waker(Waker::noop());
    for job in &mut jobs {
        assert!(job.as_mut().poll(&mut context).is_pending());
    }
    assert!(background.as_mut().poll(&mut context).is_pending());
    bench.store.clone().close().await;
    assert_eq!(futures_of(jobs).await, vec![Ok(()); 50]);
    assert_eq!(background.await, Ok(()));
    assert_eq!(bench.store.write(0, observe).await, Err(StoreError::Closed));
    assert_eq!(bench.store.read(|_| Ok(())).await, Err(StoreError::Closed));
    let failed = tokio::time::timeout(std::time::Duration::from_millis(1), bench.store.failed()).await;
    assert!(failed.is_err(), "an end in good order is no failure");
}

pub(super) async fn nothing_is_written_while_reading(bench: &Bench) {
    bench.stock(bare_token(5)).await;
    assert!(matches!(bench.store.read(observe).await, Err(StoreError::Unavailable { .. })));
    assert!(bench.store.read(|tx| tx.audit_append(event("read"))).await.is_err());
    assert_eq!((observations(bench).await, verified_len(bench).await), (0, 0));
}

async fn verified_len(bench: &Bench) -> usize {
    verified(bench, "0").await.len()
}

pub(super) async fn a_request_is_answered_until_it_expires(bench: &Bench) {
    let find = async || bench.read(|tx| tx.request_find("alice", "AssignToken", &[1; 16])).await;
    let put = async |hash: u8, until| {
        let put =
            move |tx: &mut Tx<'_>| tx.request_put("alice", "AssignToken", &[1; 16], &[hash; 32], &[hash], at(until));
        bench.store.write(0, put).await
    };
    assert_eq!(find().await, None);
    assert_eq!(put(7, 10).await, Ok(()));
    assert_eq!(put(8, 20).await, Err(StoreError::Stale), "the first outcome stays");
    assert_eq!(find().await, Some(StoredRequest { hash: [7; 32], outcome: vec![7] }));
    for (principal, method, id) in [("bob", "AssignToken", 1), ("alice", "ReturnToken", 1), ("alice", "AssignToken", 2)]
    {
        assert_eq!(bench.read(move |tx| tx.request_find(principal, method, &[id; 16])).await, None);
    }
    bench.clock.set(at(9));
    assert_eq!(bench.write(|tx| tx.request_purge(tx.now(), 9)).await, 0);
    bench.clock.set(at(10));
    assert_eq!(find().await, None);
    assert_eq!(put(9, 20).await, Ok(()), "what has expired makes room");
    for id in 2..5 {
        bench.write(move |tx| tx.request_put("alice", "m", &[id; 16], &[0; 32], &[], at(11))).await;
    }
    bench.clock.set(at(15));
    let purged = async || bench.write(|tx| tx.request_purge(tx.now(), 2)).await;
    assert_eq!((purged().await, purged().await, purged().await), (2, 1, 0));
    assert_eq!(find().await, Some(StoredRequest { hash: [9; 32], outcome: vec![9] }));
}

pub(super) async fn a_budget_is_charged_up_to_its_limit(bench: &Bench) {
    let charge = async |subject: &'static str, kind: &'static str, window, limit| {
        bench.write(move |tx| tx.budget_charge(subject, kind, at(window), 1, limit)).await
    };
    let several = async |count| bench.write(move |tx| tx.budget_charge("dave", "loan", at(2), count, 5)).await;
    let mut charged = 0;
    for _ in 0..5 {
        charged += i64::from(charge("alice", "resync", 0, 3).await);
    }
    assert_eq!(charged, 3);
    assert!(charge("bob", "resync", 0, 3).await && charge("alice", "loan", 0, 3).await);
    assert!(charge("alice", "resync", 1, 3).await, "each window has a budget of its own");
    assert!(charge("alice", "resync", 0, 4).await, "a limit that was raised holds at once");
    assert!(!charge("carol", "resync", 0, 0).await && !charge("alice", "resync", 1, 0).await);
    let charged = [several(6).await, several(3).await, several(3).await, several(2).await, several(1).await];
    assert_eq!(charged, [false, true, false, true, false], "all of them or none");
    let purge = async |before| bench.write(move |tx| tx.budget_purge(at(before), 2)).await;
    assert_eq!((purge(0).await, purge(1).await, purge(1).await, purge(2).await), (0, 2, 1, 1));
}

pub(super) async fn the_lease_has_one_holder(bench: &Bench) {
    let take =
        async |holder: &'static str, now, until| bench.write(move |tx| tx.lease_take(holder, at(now), at(until))).await;
    let renew = async |epoch, now, until| bench.write(move |tx| tx.lease_renew(epoch, at(now), at(until))).await;
    let alice = || Err::<i64, String>("alice".to_owned());
    assert_eq!(take("alice", 0, 10).await, Ok(1));
    assert_eq!((take("bob", 9, 19).await, take("alice", 9, 19).await), (alice(), alice()));
    assert!(renew(1, 9, 20).await);
    assert_eq!(take("bob", 19, 29).await, alice());
    assert!(!renew(1, 20, 30).await, "a lease that has run out is not prolonged");
    assert_eq!(take("bob", 20, 30).await, Ok(2));
    assert!(!renew(1, 21, 40).await, "one that was overtaken neither");
    bench.write(|tx| tx.lease_release(1)).await;
    assert_eq!(take("alice", 21, 31).await, Err("bob".to_owned()));
    bench.write(|tx| tx.lease_release(2)).await;
    assert!(!renew(2, 21, 31).await);
    assert_eq!(take("alice", 21, 31).await, Ok(3));
}
