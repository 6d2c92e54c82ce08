//! Opening a database: its schema is brought up to date once, and one that is not ours is refused.

use std::sync::Barrier;

use super::bench::{Kind, SetClock, with_database};
use crate::store::conn::{Access, Conn, Value};
use crate::store::migrate::newest;
use crate::store::{Backend, Database, StoreError};

fn on_both(test: impl Fn(&Backend, &dyn Fn() -> Result<Database, StoreError>, &mut dyn Conn)) {
    for kind in [Kind::sqlite, Kind::postgres] {
        with_database(kind, |backend, runtime| {
            let open = || Database::open(backend, &SetClock::new(), Some(runtime.handle().clone()));
            open().unwrap();
            let mut conn = backend.open(Access::Write, Some(runtime.handle())).unwrap();
            test(backend, &open, &mut *conn);
        });
    }
}

#[test]
fn a_database_is_opened_again_as_it_is() {
    on_both(|_, open, conn| {
        assert_eq!(open().unwrap().cluster(), Ok(None));
        let steps = conn.query("SELECT MAX(version) FROM schema_version", &[]).unwrap();
        assert_eq!(crate::store::conn::count(steps), Ok(newest()));
    });
}

#[test]
fn a_newer_schema_is_refused() {
    on_both(|_, open, conn| {
        let newer = "INSERT INTO schema_version (version, name, sha256, applied_at) VALUES (99, 'later', '', 0)";
        conn.batch(newer).unwrap();
        assert_eq!(open().err(), Some(StoreError::NewerSchema { found: 99, known: newest() }));
    });
}

#[test]
fn a_step_that_is_not_the_one_that_was_applied_is_refused() {
    on_both(|_, open, conn| {
        for change in ["UPDATE schema_version SET sha256 = ?1", "UPDATE schema_version SET name = ?1"] {
            conn.execute(change, &[Value::from("another")]).unwrap();
            let error = open().err().unwrap();
            assert!(matches!(error, StoreError::Migration { version: 1, .. }), "{error:?}");
        }
    });
}

#[test]
fn two_that_open_a_new_database_at_once_both_find_it_whole() {
    for kind in [Kind::sqlite, Kind::postgres] {
        with_database(kind, |backend, runtime| {
            let barrier = Barrier::new(4);
            std::thread::scope(|scope| {
                let open = || {
                    barrier.wait();
                    let mut database = Database::open(backend, &SetClock::new(), Some(runtime.handle().clone()))?;
                    database.keyring()
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
                for thread in threads {
                    assert_eq!(thread.join().unwrap(), Ok(vec![]));
                }
            });
        });
    }
}
