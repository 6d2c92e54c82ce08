//! Many at once. On SQLite there is one writer and nothing to race; PostgreSQL has several, and needs the WHERE.

use std::sync::{Arc, Barrier};

use tokenfleet_domain::operator::Scope;

use super::bench::{Bench, Kind, accepted, full_token, run};
use crate::store::conn::args;
use crate::store::{StoreError, Tx};

const PRESENTED: u64 = 64;
const STEP: i64 = 1001;

pub(super) async fn one_code_presented_by_64_is_accepted_once(bench: &Bench) {
    let held = bench.stock(full_token(5)).await;
    let next = accepted(&held, STEP);
    let done = at_once(bench, move |tx| tx.token_accept(&held, &next)).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(done.iter().all(|done| matches!(done, Ok(()) | Err(StoreError::Stale))), "{done:?}");
    let found = bench.read(|tx| tx.token_by_id(&Scope::All, full_token(5).id)).await.unwrap();
    assert_eq!((found.token.last_step, found.token.version, found.intact), (STEP, 2, true));
}

pub(super) async fn one_code_judged_anew_by_64_is_accepted_once(bench: &Bench) {
    bench.stock(full_token(5)).await;
    let done = at_once(bench, judge).await;
    let accepted = done.iter().filter(|done| **done == Ok(true)).count();
    let refused = done.iter().filter(|done| **done == Ok(false)).count();
    assert_eq!((accepted, refused), (1, 63), "each is told whether its code counts: {done:?}");
}

/// What a verification does: a stale row is read and judged anew.
fn judge(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let held = tx.token_by_id(&Scope::All, full_token(5).id)?.unwrap().token;
    if held.last_step >= STEP {
        return Ok(false);
    }
    tx.token_accept(&held, &accepted(&held, STEP))?;
    Ok(true)
}

/// One job 64 times, on all lanes there are.
async fn at_once<T: Send + 'static>(
    bench: &Bench,
    job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Clone + Send + 'static,
) -> Vec<Result<T, StoreError>> {
    let tasks: Vec<_> = (0..PRESENTED)
        .map(|lane| {
            let (store, job) = (bench.store.clone(), job.clone());
            tokio::spawn(async move { store.write(lane, job).await })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// All four lanes have read the row before any of them writes.
async fn after_all_have_read(
    bench: &Bench,
    write: impl Fn(&mut Tx<'_>) -> Result<bool, StoreError> + Copy + Send + 'static,
) -> usize {
    bench.stock(full_token(5)).await;
    let barrier = Arc::new(Barrier::new(4));
    let tasks: Vec<_> = (0..4_u64)
        .map(|lane| {
            let (store, barrier, mut waited) = (bench.store.clone(), Arc::clone(&barrier), false);
            tokio::spawn(async move {
                let job = move |tx: &mut Tx<'_>| {
                    let held = tx.token_by_id(&Scope::All, full_token(5).id)?.unwrap().token;
                    if !std::mem::replace(&mut waited, true) {
                        barrier.wait();
                    }
                    if held.last_step >= STEP { Ok(false) } else { write(tx) }
                };
                store.write(lane, job).await
            })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += usize::from(task.await.unwrap() == Ok(true));
    }
    accepted
}

#[test]
fn on_postgresql_a_code_is_accepted_once_though_all_lanes_read_the_row_before_it_was_used() {
    run(Kind::postgres, async |bench: &Bench| {
        let swap = |tx: &mut Tx<'_>| {
            let held = full_token(5);
            tx.token_accept(&held, &accepted(&held, STEP)).map(|()| true)
        };
        assert_eq!(after_all_have_read(bench, swap).await, 1);
    });
}

#[test]
fn on_postgresql_the_same_race_without_the_where_clause_accepts_a_code_four_times() {
    const PLAIN: &str = "UPDATE token SET last_step = ?2 WHERE id = ?1";
    run(Kind::postgres, async |bench: &Bench| {
        let plain = |tx: &mut Tx<'_>| Ok(tx.conn.execute(PLAIN, args![full_token(5).id, STEP])? == 1);
        assert_eq!(after_all_have_read(bench, plain).await, 4);
    });
}
