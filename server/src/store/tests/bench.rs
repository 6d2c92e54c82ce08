//! What the tests stand on: a database of their own, a clock that is set, keys of the tests' own, and rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ring::hmac;
use tokenfleet_domain::audit::Event;
use tokenfleet_domain::ids::{RowId, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::otp::{Algorithm, Digits, Moving, Profile};
use tokenfleet_domain::ports::{Clock, RowAuthority, Timestamp};
use tokenfleet_domain::token::{Authenticator, Custody, LastRequest, SealedSeed, State, Token};

use crate::store::conn::{Access, Value};
use crate::store::{Backend, Database, LaneKey, Loan, Store, StoreError, Tx};

/// Which database a test is run on.
#[expect(non_camel_case_types, reason = "the names are also those of the test modules")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    sqlite,
    postgres,
}

/// Where the PostgreSQL server for tests is, as libpq takes it.
const SERVER: &str = "TOKENFLEET_TEST_POSTGRES";

#[expect(clippy::disallowed_methods, reason = "the one place where the tests read their environment")]
pub(super) fn postgres_server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    if server.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that was not run says so")]
        {
            eprintln!("not run: {SERVER} names no server");
        }
    }
    server
}

/// A store at work, for one test.
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) backend: Backend,
    pub(super) clock: Arc<SetClock>,
}

/// Runs a test on a fresh database, which is gone afterwards.
pub(super) fn run(kind: Kind, test: impl AsyncFnOnce(&Bench)) {
    with_database(kind, |backend, runtime| {
        let clock = Arc::new(SetClock::new());
        let database = Database::open(backend, &*clock, Some(runtime.handle().clone())).unwrap();
        let store = database.start(Arc::new(Keys), Arc::clone(&clock) as _).unwrap();
        let bench = Bench { store, backend: backend.clone(), clock };
        runtime.block_on(async {
            test(&bench).await;
            bench.store.close().await;
        });
    });
}

/// Gives a test the place of a database that does not exist yet.
pub(super) fn with_database(kind: Kind, test: impl FnOnce(&Backend, &tokio::runtime::Runtime)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match kind {
        Kind::sqlite => {
            let folder = tempfile::tempdir().unwrap();
            test(&Backend::Sqlite { path: folder.path().join("tokenfleet.db") }, &runtime);
        }
        Kind::postgres => {
            let Some(url) = postgres_server() else { return };
            let schema = Schema::create(url, &runtime);
            let Schema { url, name, .. } = &schema;
            test(&Backend::Postgres { url: url.clone(), schema: Some(name.clone()), lanes: 4 }, &runtime);
        }
    }
}

/// A schema of a test's own. It is dropped even where the test fails.
struct Schema<'a> {
    url: String,
    name: String,
    runtime: &'a tokio::runtime::Runtime,
}

impl<'a> Schema<'a> {
    fn create(url: String, runtime: &'a tokio::runtime::Runtime) -> Self {
        static NEXT: AtomicI64 = AtomicI64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = Self { url, name: format!("tokenfleet_{}_{number}", std::process::id()), runtime };
        schema.tell(&format!("CREATE SCHEMA {}", schema.name)).unwrap();
        schema
    }

    fn tell(&self, sql: &str) -> Result<(), StoreError> {
        let server = Backend::Postgres { url: self.url.clone(), schema: None, lanes: 1 };
        server.open(Access::Write, Some(self.runtime.handle()))?.batch(sql)
    }
}

impl Drop for Schema<'_> {
    fn drop(&mut self) {
        let dropped = self.tell(&format!("DROP SCHEMA {} CASCADE", self.name));
        assert!(dropped.is_ok() || std::thread::panicking());
    }
}

impl Bench {
    /// A job that must succeed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(LaneKey::ANY, job).await.unwrap()
    }

    /// A read that must succeed.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.read(job).await.unwrap()
    }

    /// A statement past the store's methods, as somebody would run it who can write to the database.
    pub(super) async fn tamper(&self, sql: &'static str, args: Vec<Value>) -> u64 {
        self.write(move |tx| tx.conn.execute(sql, &args)).await
    }

    /// An open lot and one token of it.
    pub(super) async fn stock(&self, token: Token) -> Token {
        let stored = token.clone();
        self.write(move |tx| {
            if tx.lot_find(&lot(1).name)?.is_none() {
                tx.lot_insert(&lot(1))?;
            }
            tx.token_insert_many(std::slice::from_ref(&stored))
        })
        .await;
        token
    }
}

/// A clock that stands where it was set.
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    pub(super) fn new() -> Self {
        Self(AtomicI64::new(at(0).timestamp_micros()))
    }

    pub(super) fn set(&self, now: Timestamp) {
        self.0.store(now.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Two row keys, 1 and 2, of which 2 is the newest.
pub(super) struct Keys;

impl Keys {
    fn key(id: i64) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &id.to_be_bytes())
    }
}

impl RowAuthority for Keys {
    fn key_id(&self) -> i64 {
        2
    }

    fn sign(&self, canonical: &[u8]) -> [u8; 32] {
        hmac::sign(&Self::key(2), canonical).as_ref().try_into().unwrap()
    }

    fn verify(&self, key_id: i64, canonical: &[u8], mac: &[u8]) -> bool {
        matches!(key_id, 1 | 2) && hmac::verify(&Self::key(key_id), canonical, mac).is_ok()
    }

    fn audit_key(&self) -> &hmac::Key {
        static KEY: std::sync::LazyLock<hmac::Key> = std::sync::LazyLock::new(|| Keys::key(-1));
        &KEY
    }
}

/// So many microseconds after a moment of no importance.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(1_795_000_000_123_456 + micros).unwrap()
}

pub(super) fn row(number: u8) -> RowId {
    let mut id = [0; 16];
    id[0] = 1;
    id[7] = number;
    id[15] = number;
    RowId(id)
}

pub(super) fn lot(number: u8) -> Lot {
    Lot {
        id: row(number),
        name: LotName::nth(at(0), u64::from(number) - 1),
        state: LotState::Open,
        file_name: "種.csv".to_owned(),
        file_sha256: "ab".repeat(32),
        format: "feitian".to_owned(),
        secret_encoding: "hex".to_owned(),
        tokens: 12,
        imported_by: "alice".parse().unwrap(),
        created_at: at(1),
        version: 1,
        readings: Vec::new(),
        rereading: None,
        seed_generation: 1,
        destruction: None,
    }
}

/// A token with nothing that may be absent.
pub(super) fn bare_token(number: u8) -> Token {
    let key = (Vendor::unknown(), format!("sn {number}").parse().unwrap(), "".parse().unwrap());
    let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::Event };
    Token::arrived(row(number), key, row(1), profile, at(0))
}

/// A token with all there is, each moment another.
pub(super) fn full_token(number: u8) -> Token {
    Token {
        vendor: "feitian".parse().unwrap(),
        key_id: "slot 2".parse().unwrap(),
        manufacturer: "Feitian Technologies".to_owned(),
        model: "c200 “青”".to_owned(),
        profile: Profile {
            algorithm: Algorithm::Sha256,
            digits: Digits::new(8).unwrap(),
            moving: Moving::Time { period: 60, epoch: -30 },
        },
        expires_at: Some(at(101)),
        loan: Some(row(77)),
        location: Some("棚 3".to_owned()),
        drift_steps: -2,
        drift_at: Some(at(103)),
        last_ok_at: Some(at(104)),
        proven_at: Some(at(105)),
        fail_count: 3,
        next_try_at: Some(at(106)),
        last_request: Some(LastRequest { id: [1; 16], hash: [2; 32], outcome: "CODE_WRONG".to_owned() }),
        seed: Some(SealedSeed { dek_id: 4, salt: [3; 32], generation: 2, blob: vec![0, 255, 7] }),
        fingerprint: Some([number; 32]),
        created_at: at(107),
        updated_at: at(108),
        ..lent_token(number, "letters")
    }
}

pub(super) fn lent_token(number: u8, department: &str) -> Token {
    Token {
        state: State::of(Custody::Lent, Authenticator::Ready),
        user: Some("0123456789".parse().unwrap()),
        lent_at: Some(at(102)),
        department: Some(department.to_owned()),
        last_step: 1000,
        ..bare_token(number)
    }
}

/// The next version of a token, after a code of that step.
pub(super) fn accepted(held: &Token, step: i64) -> Token {
    Token { last_step: step, version: held.version + 1, ..held.clone() }
}

pub(super) fn open_loan() -> Loan {
    Loan {
        id: row(77),
        token: row(5),
        user: "0123456789".parse().unwrap(),
        department: None,
        started_at: at(1),
        started_by: "alice".parse().unwrap(),
        checked: None,
        start_note: String::new(),
        route: None,
        ticket: None,
        due_at: None,
        source: None,
        ended: None,
    }
}

pub(super) fn operator(name: &str) -> Operator {
    Operator {
        name: name.parse().unwrap(),
        roles: vec![Role::Admin, Role::Stock],
        scope: Scope::All,
        user: None,
        created_at: at(1),
        revoked_at: None,
        version: 1,
    }
}

pub(super) fn event(action: &str) -> Event {
    Event {
        operator: "alice".to_owned(),
        action: action.to_owned(),
        outcome: "done".to_owned(),
        subject: None,
        user: None,
        details: Vec::new(),
        request_id: None,
    }
}
