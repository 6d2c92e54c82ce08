//! Large fleets, made through the store as the service would make them: sealed, lent, on record, every MAC and hash real.

use std::fs;
use std::sync::Arc;

use tokenfleet_domain::audit::{Act, DONE, Event};
use tokenfleet_domain::ids::{KeyId, RowId, Vendor};
use tokenfleet_domain::lot::{Lot, LotName, LotState};
use tokenfleet_domain::otp::code::{Algorithm, Digits, Moving, Profile};
use tokenfleet_domain::ports::{Clock, Timestamp};
use tokenfleet_domain::token::{Authenticator, Custody, State, Token};
use tokenfleet_tests::Daemon;
use tokenfleetd::config::Config;
use tokenfleetd::os::{SystemClock, SystemEntropy, read_private};
use tokenfleetd::seal::{Kek, Keyring};
use tokenfleetd::store::{Backend, Database, Loan, Store, StoreError, Tx};
use tokio::sync::mpsc;

use crate::tokens::{PERIOD, seed, serial, user};

/// The series of tokens that are lent, each to somebody of their own.
pub(crate) const LENT: char = 'A';

/// Tokens, or rounds of events, that are written in one job.
const SLICE: usize = 1_000;

/// A fleet of a size, made and not served yet. Nobody's limits are in the way.
pub(crate) async fn make(tokens: usize, events_each: usize) -> Daemon {
    let daemon = Daemon::make();
    raise_limits(&daemon);
    let maker = Maker::open(&daemon);
    maker.lend(tokens).await;
    for round in 0..events_each {
        maker.record(tokens, round).await;
    }
    maker.store.close().await;
    daemon
}

/// Lets operators do as much as a run takes.
pub(crate) fn raise_limits(daemon: &Daemon) {
    let config = daemon.path("tokenfleetd.toml");
    let text = fs::read_to_string(&config).unwrap();
    let raised = text.lines().map(|line| match line.split_once(" = ") {
        Some((name, _)) if name.ends_with("_per_hour") => format!("{name} = 1000000\n"),
        Some(_) | None => format!("{line}\n"),
    });
    fs::write(&config, raised.collect::<String>()).unwrap();
}

/// The store of a fleet that is not served, and its keys.
pub(crate) struct Maker {
    pub(crate) store: Store,
    keyring: Arc<Keyring>,
}

impl Maker {
    pub(crate) fn open(daemon: &Daemon) -> Self {
        let config = Config::load(&daemon.path("tokenfleetd.toml")).unwrap();
        let kek = Kek::parse(&read_private(&config.kek).unwrap()).unwrap();
        let backend = Backend::Sqlite { path: config.database };
        let mut database = Database::open(&backend, &SystemClock, None).unwrap();
        let fleet = database.cluster().unwrap().unwrap();
        let keyring = Arc::new(Keyring::open(&kek, fleet, &database.keyring().unwrap()).unwrap());
        let store = database.start(Arc::clone(&keyring) as _, Arc::new(SystemClock)).unwrap();
        Self { store, keyring }
    }

    /// Adds tokens that are lent.
    async fn lend(&self, tokens: usize) {
        let now = SystemClock.now();
        let lot = RowId::draw(now, &SystemEntropy::default()).unwrap();
        let row = lot_row(lot, now, tokens);
        self.store.write_background(move |tx| tx.lot_insert(&row)).await.unwrap();
        // While a slice is written, the next ones are sealed.
        let (ready, mut slices) = mpsc::channel(2);
        let keyring = Arc::clone(&self.keyring);
        let sealing = tokio::task::spawn_blocking(move || {
            let mut last = None;
            for from in (0..tokens).step_by(SLICE) {
                let slice = (from..tokens.min(from + SLICE)).map(|index| lent_token(&keyring, lot, &mut last, index));
                ready.blocking_send(slice.collect::<Vec<_>>()).unwrap();
            }
        });
        while let Some(slice) = slices.recv().await {
            self.store.write_background(move |tx| write_lent(tx, &slice)).await.unwrap();
        }
        sealing.await.unwrap();
    }

    /// Puts one more event of every token on record.
    async fn record(&self, tokens: usize, round: usize) {
        for from in (0..tokens).step_by(SLICE) {
            let job = move |tx: &mut Tx<'_>| {
                (from..tokens.min(from + SLICE)).try_for_each(|index| tx.audit_append(event(index, round)))
            };
            self.store.write_background(job).await.unwrap();
        }
    }
}

fn lot_row(id: RowId, now: Timestamp, tokens: usize) -> Lot {
    Lot {
        id,
        name: LotName::nth(now, 0),
        state: LotState::Open,
        file_name: "fleet.csv".to_owned(),
        file_sha256: "00".repeat(32),
        format: "entra".to_owned(),
        secret_encoding: "base32".to_owned(),
        tokens: i64::try_from(tokens).unwrap(),
        imported_by: "admin".parse().unwrap(),
        created_at: now,
        version: 1,
        readings: Vec::new(),
        rereading: None,
        seed_generation: 1,
        destruction: None,
    }
}

fn lent_token(keyring: &Keyring, lot: RowId, last: &mut Option<RowId>, index: usize) -> Token {
    let (now, entropy) = (SystemClock.now(), SystemEntropy::default());
    let id = RowId::draw_after(*last, now, &entropy).unwrap();
    *last = Some(id);
    let profile = Profile { algorithm: Algorithm::Sha1, digits: Digits::SIX, moving: Moving::time(PERIOD).unwrap() };
    let key = (Vendor::from_manufacturer("Contoso"), serial(LENT, index).parse().unwrap(), KeyId::default());
    let seed = seed(LENT, index);
    let mut token = Token {
        manufacturer: "Contoso".to_owned(),
        model: "HardwareKey".to_owned(),
        state: State { custody: Custody::Lent, authenticator: Authenticator::Ready },
        user: Some(user(index).parse().unwrap()),
        loan: Some(RowId::draw_after(Some(id), now, &entropy).unwrap()),
        lent_at: Some(now),
        last_ok_at: Some(now),
        proven_at: Some(now),
        fingerprint: Some(keyring.fingerprint(&seed)),
        ..Token::arrived(id, key, lot, profile, now)
    };
    token.seed = Some(keyring.seal(&token, 1, &seed, &entropy).unwrap());
    token
}

fn write_lent(tx: &mut Tx<'_>, tokens: &[Token]) -> Result<(), StoreError> {
    tx.token_insert_many(tokens)?;
    tokens.iter().try_for_each(|token| {
        tx.loan_insert(&Loan {
            id: token.loan.unwrap(),
            token: token.id,
            user: token.user.clone().unwrap().into(),
            department: None,
            started_at: token.created_at,
            started_by: "admin".parse().unwrap(),
            checked: Some("staff-card".to_owned()),
            start_note: String::new(),
            route: None,
            ticket: None,
            due_at: None,
            source: None,
            ended: None,
        })
    })
}

/// What a token's life leaves on record: now and then its clock is found again, mostly a code is accepted.
fn event(index: usize, round: usize) -> Event {
    let act = if round % 10 == 1 { Act::TokenResync } else { Act::CodeVerify };
    Event {
        operator: "admin".to_owned(),
        action: act.as_str().to_owned(),
        outcome: DONE.to_owned(),
        subject: Some(format!("tokens/contoso~{}", serial(LENT, index))),
        user: Some(user(index).parse().unwrap()),
        details: vec![("clock_offset_seconds".to_owned(), "0".to_owned())],
        request_id: None,
    }
}
