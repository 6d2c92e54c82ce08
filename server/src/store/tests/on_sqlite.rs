//! What is peculiar to SQLite: the file, its disk and its log.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokenfleet_domain::operator::Scope;

use super::bench::{Bench, Kind, SetClock, at, bare_token, event, full_token, row, run};
use crate::store::conn::{Access, Conn as _, args};
use crate::store::sqlite::Sqlite;
use crate::store::{Backend, Database, Order, StoreError};

fn path(bench: &Bench) -> PathBuf {
    match &bench.backend {
        Backend::Sqlite { path } => path.clone(),
        Backend::Postgres { .. } => panic!("this list is SQLite's"),
    }
}

fn open(path: &Path) -> Result<Database, StoreError> {
    Database::open(&Backend::Sqlite { path: path.to_owned() }, &SetClock::new(), None)
}

#[test]
fn connections_are_as_durable_and_as_careful_as_they_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    open(&path).unwrap();
    let mut writer = Sqlite::open(&path, Access::Write).unwrap();
    for (pragma, value) in [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA secure_delete", 1),
        ("PRAGMA trusted_schema", 0),
        ("PRAGMA wal_autocheckpoint", 0),
        ("PRAGMA cell_size_check", 1),
        ("PRAGMA query_only", 0),
    ] {
        assert_eq!(writer.query(pragma, &[]).unwrap().pop().unwrap().int(), Ok(value), "{pragma}");
    }
    let mode = writer.query("PRAGMA journal_mode", &[]).unwrap().pop().unwrap().text();
    assert_eq!(mode.as_deref(), Ok("wal"));
    let mut reader = Sqlite::open(&path, Access::Read).unwrap();
    assert_eq!(reader.query("PRAGMA query_only", &[]).unwrap().pop().unwrap().int(), Ok(1));
    assert!(reader.batch("UPDATE import_lease SET holder = ''").is_err());
}

#[test]
fn only_the_owner_can_read_the_file_and_its_log() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        let path = path(bench);
        for suffix in ["", "-wal", "-shm"] {
            let name = PathBuf::from(format!("{}{suffix}", path.display()));
            assert_eq!(std::fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600, "{suffix}");
        }
    });
}

#[test]
fn a_place_that_can_not_be_written_is_unavailable() {
    // /proc takes no files from anybody, not even from root.
    for place in ["/proc/tokenfleet.db", "/no/such/folder/tokenfleet.db"] {
        let refused = open(Path::new(place)).err().unwrap();
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{place}: {refused:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.db"), "this is no database, and long enough to be seen as none".repeat(99))
        .unwrap();
    assert!(matches!(open(&folder.path().join("t.db")), Err(StoreError::Unavailable { .. })));
}

#[test]
fn a_database_that_became_read_only_refuses_and_changes_nothing() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        // As the writer sees a file system that was mounted anew, read-only.
        bench.write(|tx| tx.conn.batch("PRAGMA query_only = 1")).await;
        for _ in 0..2 {
            let refused = bench.store.write(0, |tx| tx.drift_append(row(5), at(0), 1, "read-only")).await;
            assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        }
        assert_eq!(bench.read(|tx| tx.drift_last(row(5))).await, None);
    });
}

#[test]
fn a_full_disk_refuses_and_the_lane_goes_on_when_there_is_room_again() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        bench.write(|tx| tx.conn.batch("PRAGMA max_page_count = 1")).await;
        let big = || {
            bench.store.write(0, |tx| {
                tx.audit_append(event("big"))?;
                tx.request_put("alice", "m", &[1; 16], &[1; 32], &vec![0; 100_000], at(10))
            })
        };
        let refused = big().await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        assert_eq!(bench.read(|tx| tx.request_find("alice", "m", &[1; 16])).await, None);
        assert_eq!(bench.read(|tx| tx.audit_of_chain("0", 0, 9)).await, []);
        bench.write(|tx| tx.conn.batch("PRAGMA max_page_count = 4294967294")).await;
        big().await.unwrap();
        assert_eq!(bench.read(|tx| tx.audit_of_chain("0", 0, 9)).await.len(), 1);
    });
}

#[test]
fn deleted_rows_are_overwritten() {
    run(Kind::sqlite, async |bench: &Bench| {
        let marker = b"a mark that stands nowhere else".to_vec();
        let mut token = full_token(5);
        token.seed.as_mut().unwrap().blob = marker.clone();
        bench.stock(token).await;
        let holds = |path: &Path| std::fs::read(path).unwrap().windows(marker.len()).any(|bytes| bytes == marker);
        let wal = PathBuf::from(format!("{}-wal", path(bench).display()));
        assert!(holds(&path(bench)) || holds(&wal));
        bench.write(|tx| tx.conn.batch("DELETE FROM token")).await;
        bench.store.clone().close().await;
        assert!(!holds(&path(bench)) && (!wal.exists() || !holds(&wal)));
    });
}

#[test]
fn the_log_stays_bounded_and_is_emptied_when_idle() {
    run(Kind::sqlite, async |bench: &Bench| {
        let wal = PathBuf::from(format!("{}-wal", path(bench).display()));
        let size = || std::fs::metadata(&wal).map_or(0, |wal| wal.len());
        let mut largest = 0;
        for number in 0..100_u8 {
            bench
                .write(move |tx| {
                    let id = [number; 16];
                    tx.request_put("alice", "m", &id, &[1; 32], &vec![number; 2 << 20], at(10))?;
                    tx.conn.execute("DELETE FROM request WHERE request_id = ?1", args![&id]).map(drop)
                })
                .await;
            largest = largest.max(size());
        }
        assert!((16 << 20..=80 << 20).contains(&largest), "{largest}");
        let emptied = async {
            while size() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), emptied).await.unwrap();
    });
}

#[test]
fn a_lane_whose_commit_breaks_off_stops_and_says_so() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(bare_token(5)).await;
        // A commit that fails in a way the lane does not know: the transaction is not there any more.
        let broken = bench
            .store
            .write(0, |tx| {
                tx.drift_append(row(5), at(0), 1, "lost")?;
                tx.conn.batch("ROLLBACK; BEGIN; SAVEPOINT job; RELEASE job; COMMIT; SAVEPOINT job")
            })
            .await;
        assert!(matches!(broken, Err(StoreError::UnknownOutcome { .. })), "{broken:?}");
        bench.store.failed().await;
        let after = bench.store.write(0, |tx| tx.drift_append(row(5), at(0), 1, "after")).await;
        assert_eq!(after, Err(StoreError::Closed));
        assert_eq!(bench.read(|tx| tx.drift_last(row(5))).await, None);
    });
}

#[test]
fn hot_reads_walk_an_index_and_sort_nothing() {
    run(Kind::sqlite, async |bench: &Bench| {
        bench.stock(full_token(5)).await;
        let plan = bench
            .read(|tx| {
                let mut plans = Vec::new();
                for sql in super::hot() {
                    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
                    let args = args![0_i64, 0_i64, 0_i64, 0_i64, 0_i64];
                    let used = (1..=5).take_while(|place| sql.contains(&format!("?{place}"))).count();
                    for mut row in tx.conn.query(explain, &args[..used])? {
                        let (_, _, _, step) = (row.int()?, row.int()?, row.int()?, row.text()?);
                        plans.push((sql, step));
                    }
                }
                tx.token_page(&Scope::All, Order::Oldest, None, 1)?;
                Ok(plans)
            })
            .await;
        for (sql, step) in plan {
            let sorted = step.contains("TEMP B-TREE");
            let scanned = step.starts_with("SCAN");
            assert!(!sorted && !scanned, "{step}: {sql}");
        }
    });
}
