//! What is peculiar to PostgreSQL.

use super::bench::{Bench, Kind, at, bare_token, row, run, with_database};
use crate::store::conn::{Access, CommitFault};
use crate::store::{Backend, StoreError};

#[test]
fn a_warning_during_a_commit_makes_its_outcome_unknown() {
    with_database(Kind::postgres, |backend, runtime| {
        let mut conn = backend.open(Access::Write, Some(runtime.handle())).unwrap();
        conn.begin().unwrap();
        conn.commit().unwrap();
        // The warning at hand: there is no transaction. The one that matters can't be had with one server.
        let warned = conn.commit();
        assert!(matches!(warned, Err(CommitFault::Unknown { poisoned: false, .. })), "{warned:?}");
    });
}

#[test]
fn a_connection_lost_before_its_commit_makes_the_outcome_unknown() {
    with_database(Kind::postgres, |backend, runtime| {
        let mut conn = backend.open(Access::Write, Some(runtime.handle())).unwrap();
        conn.begin().unwrap();
        let ended = conn.query("SELECT pg_terminate_backend(pg_backend_pid())::int", &[]);
        assert!(matches!(ended, Err(StoreError::Unavailable { .. })), "{ended:?}");
        let lost = conn.commit();
        assert!(matches!(lost, Err(CommitFault::Unknown { poisoned: false, .. })), "{lost:?}");
        assert!(!conn.is_usable());
    });
}

#[test]
fn a_lane_whose_connection_was_lost_opens_another() {
    run(Kind::postgres, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        let lost = bench.store.write(0, |tx| {
            tx.drift_append(row(5), at(0), 1, "lost")?;
            tx.conn.query("SELECT pg_terminate_backend(pg_backend_pid())::int", &[]).map(drop)
        });
        assert!(matches!(lost.await, Err(StoreError::Unavailable { .. })));
        bench.write(|tx| tx.drift_append(row(5), at(1), 2, "kept")).await;
        let lost =
            bench.store.read(|tx| tx.conn.query("SELECT pg_terminate_backend(pg_backend_pid())::int", &[]).map(drop));
        assert!(lost.await.is_err());
        assert_eq!(bench.read(|tx| tx.drift_last(row(5))).await, Some((at(1), 2)));
    });
}

#[test]
fn jobs_of_two_lanes_that_wait_for_each_other_are_both_done() {
    run(Kind::postgres, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        bench.stock(bare_token(6)).await;
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
        let job = |first, second| {
            let (barrier, mut waited) = (std::sync::Arc::clone(&barrier), false);
            move |tx: &mut crate::store::Tx<'_>| {
                const LOCK: &str = "UPDATE token SET fail_count = 1 WHERE id = ?1";
                tx.conn.execute(LOCK, crate::store::conn::args![row(first)])?;
                if !std::mem::replace(&mut waited, true) {
                    barrier.wait();
                }
                tx.conn.execute(LOCK, crate::store::conn::args![row(second)]).map(drop)
            }
        };
        let one = tokio::spawn({
            let (store, job) = (bench.store.clone(), job(5, 6));
            async move { store.write(0, job).await }
        });
        let other = bench.store.write(1, job(6, 5)).await;
        assert_eq!((one.await.unwrap(), other), (Ok(()), Ok(())));
    });
}

#[test]
fn every_hot_read_has_an_index() {
    run(Kind::postgres, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        let plans = bench
            .read(|tx| {
                // A table of few rows is read whole where that is allowed; with unknown values a plan is of use to all.
                tx.conn.batch("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")?;
                let mut plans = Vec::new();
                for (number, sql) in super::hot().enumerate() {
                    let used = (1..=9).take_while(|place| sql.contains(&format!("?{place}"))).count();
                    tx.conn.batch(&format!("PREPARE hot{number} AS {}", sql.replace('?', "$")))?;
                    let values =
                        if used == 0 { String::new() } else { format!("({})", ["NULL"].repeat(used).join(", ")) };
                    let explain: &'static str = format!("EXPLAIN EXECUTE hot{number}{values}").leak();
                    for mut line in tx.conn.query(explain, &[])? {
                        plans.push((sql, line.text()?));
                    }
                }
                Ok(plans)
            })
            .await;
        assert!(plans.len() > 20);
        for (sql, line) in plans {
            assert!(!line.contains("Seq Scan"), "{line}: {sql}");
        }
    });
}

#[test]
fn a_server_on_another_machine_is_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for url in ["host=db.example user=u", "host=192.0.2.1 user=u", "host=localhost hostaddr=192.0.2.1 user=u"] {
        let backend = Backend::Postgres { url: url.to_owned(), schema: None, lanes: 1 };
        let refused = backend.open(Access::Read, Some(runtime.handle())).err().unwrap().to_string();
        assert!(refused.contains("must be on this machine"), "{refused}");
    }
}
