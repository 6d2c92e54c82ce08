//! SQLite with nothing of ours around it, writing the rows that the service writes: same tables, same indexes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::times::Times;
use crate::tokens::Dice;

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
     PRAGMA foreign_keys = OFF; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY";

/// A moment, in microseconds, that is later than any of a fleet's.
const BEHIND_ALL: i64 = 4_000_000_000_000_000;

/// Rows that are read at a time for the bare insert.
const SLICE: usize = 20_000;

/// A copy of a fleet's file that nobody serves.
pub(crate) struct Bare {
    conn: Connection,
    tokens: usize,
    seq: i64,
    dice: Dice,
}

impl Bare {
    /// Copies a fleet that is not served just now.
    pub(crate) fn copy_of(fleet: &Path, folder: &Path) -> Self {
        let copy = folder.join("copy.db");
        fs::copy(fleet, &copy).unwrap();
        let conn = Connection::open(copy).unwrap();
        conn.execute_batch(PRAGMAS).unwrap();
        let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let tokens = usize::try_from(one("SELECT COUNT(*) FROM token")).unwrap();
        let seq = one("SELECT COALESCE(MAX(seq), 0) FROM audit_chain");
        Self { conn, tokens, seq, dice: Dice::new(1) }
    }

    /// Commits with so many verifications each: what each took. A verification writes its token's row twice, an event, and
    /// once a commit the end of the chain.
    pub(crate) fn commits(&mut self, commits: usize, verifications: usize) -> Times {
        let mut took = Vec::new();
        for _ in 0..commits {
            let tokens: Vec<_> = (0..verifications).map(|_| self.random_token()).collect();
            let started = Instant::now();
            self.commit(&tokens);
            took.push(started.elapsed());
        }
        self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        Times::new(took)
    }

    fn random_token(&mut self) -> Vec<u8> {
        let at = i64::try_from(self.dice.below(self.tokens)).unwrap() + 1;
        let mut found = self.conn.prepare_cached("SELECT id FROM token WHERE rowid = ?1").unwrap();
        found.query_row([at], |row| row.get(0)).unwrap()
    }

    fn commit(&mut self, tokens: &[Vec<u8>]) {
        self.conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        for token in tokens {
            self.seq += 1;
            write_twice(&self.conn, token, self.seq);
            append_event(&self.conn, self.seq);
        }
        let mut head = self.conn.prepare_cached("UPDATE audit_chain SET seq = ?1, hash = randomblob(32)").unwrap();
        head.execute([self.seq]).unwrap();
        drop(head);
        self.conn.execute_batch("COMMIT").unwrap();
    }
}

/// What an attempt writes, and what its success does.
const CHARGE: &str = "UPDATE token SET fail_count = 1, next_try_at = NULL, version = version + 1, updated_at = ?2, \
     row_mac = randomblob(32) WHERE id = ?1";
const ACCEPT: &str = "UPDATE token SET last_step = last_step + 1, drift_steps = 0, drift_at = ?2, last_ok_at = ?2, \
     fail_count = 0, next_try_at = NULL, version = version + 1, updated_at = ?2, row_mac = randomblob(32) WHERE id = ?1";

fn write_twice(conn: &Connection, token: &[u8], seq: i64) {
    let at = BEHIND_ALL + seq;
    for sql in [CHARGE, ACCEPT] {
        assert_eq!(conn.prepare_cached(sql).unwrap().execute(params![token, at]).unwrap(), 1);
    }
}

fn append_event(conn: &Connection, seq: i64) {
    let mut append = conn
        .prepare_cached(
            "INSERT INTO audit_event (chain, seq, recorded_at, operator, action, outcome, subject, user_id, user_mac, \
             details, request_id, hash) VALUES ('0', ?1, ?2, 'sso', 'code.verify', 'done', ?3, ?4, randomblob(32), \
             'clock_offset_seconds: 0', NULL, randomblob(32))",
        )
        .unwrap();
    let (subject, user) = (format!("tokens/contoso~A{:09}", seq % 99_991), format!("{:010}", seq % 99_991));
    append.execute(params![seq, BEHIND_ALL + seq, subject, user]).unwrap();
}

/// Inserts the sealed rows of a fleet into a fresh table of the same kind, in one transaction: how many, and how long that
/// took.
pub(crate) fn insert(fleet: &Path, folder: &Path) -> (usize, Duration) {
    let from = Connection::open(fleet).unwrap();
    let to = Connection::open(folder.join("bare.db")).unwrap();
    to.execute_batch(PRAGMAS).unwrap();
    let mut schema = from
        .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'token' AND sql IS NOT NULL ORDER BY type = 'index'")
        .unwrap();
    let schema: Vec<String> = schema.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for statement in schema {
        to.execute_batch(&statement).unwrap();
    }
    let mut rows = from.prepare("SELECT * FROM token ORDER BY id").unwrap();
    let columns = rows.column_count();
    let places = (1..=columns).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ");
    let mut insert = to.prepare(&format!("INSERT INTO token VALUES ({places})")).unwrap();
    let mut all = rows.query([]).unwrap();
    let (mut count, mut took) = (0, Duration::ZERO);
    to.execute_batch("BEGIN IMMEDIATE").unwrap();
    loop {
        let mut slice: Vec<Vec<Value>> = Vec::with_capacity(SLICE);
        while slice.len() < SLICE
            && let Some(row) = all.next().unwrap()
        {
            slice.push((0..columns).map(|at| row.get_unwrap(at)).collect());
        }
        if slice.is_empty() {
            break;
        }
        count += slice.len();
        let started = Instant::now();
        for row in &slice {
            insert.execute(params_from_iter(row)).unwrap();
        }
        took += started.elapsed();
    }
    let started = Instant::now();
    to.execute_batch("COMMIT").unwrap();
    (count, took + started.elapsed())
}
