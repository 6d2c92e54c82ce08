//! What must hold after every fault: I1 to I12 of security.md, as far as one SQLite node can break them.
//!
//! I1 one acceptance a step: presses only go up, and the record has each once · I2 the last step never goes back · I3 what
//! was told is there · I4 one owner, and one open loan with him · I5 nothing accepted after a suspension or return that
//! was told (the load presents right codes to such tokens) · I6 every wrong code that was judged is charged · I7 every
//! deed stands in the record once, and the chain holds · I8 every row has its MAC, and every seed opens (`farewell`) · I9
//! the file is sound · I10 what was asked and not answered was done whole or not at all · I11 no seed in the clear
//! (`farewell`) · I12 ready within 5 s (the caller measures).

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use tokenfleet_tests::{Daemon, Database};

use crate::deed::{Deed, State};
use crate::load::Load;
use crate::log::{Counts, Track};

/// Tokens whose seeds are looked for.
const CANARIES: usize = 3;

/// What does not hold, with the server running. Deeds that were open are settled by what is there.
pub(crate) async fn breaches(daemon: &Daemon, load: &Load) -> Vec<String> {
    let mut found = load.log.take_breaches();
    let database = daemon.database();
    found.extend(rows_and_record(&database, load));
    found.extend(whole_file(&database));
    found.extend(asked_of_the_server(daemon, load).await);
    found
}

/// Each token's row and record against the log: I1, I2, I3, I6, I7, I10.
fn rows_and_record(database: &Database, load: &Load) -> Vec<String> {
    let rows: HashMap<_, _> = database.words(ROWS).into_iter().collect();
    let mut record: HashMap<String, Counts> = HashMap::new();
    for (serial, line) in database.words(RECORD) {
        let (words, count) = line.rsplit_once(' ').unwrap();
        record.entry(serial).or_default().insert(words.to_owned(), count.parse().unwrap());
    }
    let mut found = Vec::new();
    load.log.settle(|(number, track)| {
        let token = &load.tokens[number];
        let Some(row) = rows.get(&token.device.serial) else {
            found.push(format!("token {number} is gone"));
            return;
        };
        let recorded = record.remove(&token.device.serial).unwrap_or_default();
        if let Err(breach) = settle(track, row, &recorded, &token.user) {
            found.push(format!("token {number}: {breach}"));
        }
    });
    found
}

/// `serial`, and what the load changes: `lent ready 17 0 0000000003`.
const ROWS: &str = "SELECT serial, custody || ' ' || authenticator || ' ' || last_step || ' ' || fail_count || ' ' || coalesce(user_id, '-') FROM token";
/// `serial`, and how often a deed was recorded with an outcome: `code.verify done 17`.
const RECORD: &str = "SELECT t.serial, e.action || ' ' || e.outcome || ' ' || count(*) FROM audit_event e JOIN token t \
    ON e.subject = 'tokens/' || t.vendor || '~' || t.serial GROUP BY t.serial, e.action, e.outcome";

/// Holds one token against the log; what was open is settled, and what was broken is taken as it is.
fn settle(track: &mut Track, row: &str, recorded: &Counts, user: &str) -> Result<(), String> {
    let shown = |state: State| format!("{} {}", state.in_words(), if state.lent { user } else { "-" });
    let open = track.open.take();
    let before = track.state;
    let told = shown(before) == *row && *recorded == track.record;
    if told {
        return Ok(());
    }
    if let Some(deed) = open {
        track.done(deed);
        if shown(track.state) == *row && *recorded == track.record {
            return Ok(());
        }
    }
    let (undone, told) = (&track.undone, shown(before));
    Err(format!("told {told}, open {open:?}, {undone:?}, found {row}; told {:?}, recorded {recorded:?}", track.record))
}

/// I4 and I9.
fn whole_file(database: &Database) -> Vec<String> {
    let mut found = Vec::new();
    let check = database.words("SELECT integrity_check, '' FROM pragma_integrity_check");
    if check != [("ok".to_owned(), String::new())] {
        found.push(format!("the file is not sound: {check:?}"));
    }
    let loans = database.number(LOANS_THAT_DIFFER);
    if loans != 0 {
        found.push(format!("{loans} loans and rows name different borrowers"));
    }
    found
}

const LOANS_THAT_DIFFER: &str = "SELECT (SELECT count(*) FROM token t LEFT JOIN loan l ON l.token = t.id AND l.ended_at IS NULL \
    WHERE t.user_id IS NOT l.user_id OR t.loan IS NOT l.id)";

/// I7 and I8: what the server itself says of its record and its rows.
async fn asked_of_the_server(daemon: &Daemon, load: &Load) -> Vec<String> {
    let mut found = Vec::new();
    let admin = daemon.admin();
    let chains = admin.chains().await.unwrap();
    found.extend(chains.iter().filter(|chain| !chain.intact).map(|chain| format!("the chain broke: {chain:?}")));
    let listed = admin.tokens("").await.unwrap().len();
    if listed != load.tokens.len() {
        found.push(format!("{listed} tokens of {} are listed", load.tokens.len()));
    }
    let holds = admin.status().await.unwrap().integrity_holds;
    if holds != 0 {
        found.push(format!("{holds} rows have no good MAC"));
    }
    found
}

/// At the end of a fleet: every seed opens, since a right code of each token is accepted, and none lies in the clear.
pub(crate) async fn farewell(daemon: &Daemon, load: &Arc<Load>) -> Vec<String> {
    load.each(daemon, ready_again).await;
    load.each(daemon, |state| Some(Deed::Press(state.last + 1))).await;
    let mut found = breaches(daemon, load).await;
    let files: Vec<_> = ["tokenfleet.db", "tokenfleet.db-wal"]
        .iter()
        .flat_map(|name| fs::read(daemon.path(name)))
        .chain([daemon.logged.clone().into_bytes()])
        .collect();
    for token in &load.tokens[..CANARIES] {
        let seed = token.device.seed();
        let forms = [seed.to_vec(), HEXLOWER.encode(seed).into_bytes(), BASE32_NOPAD.encode(seed).into_bytes()];
        if forms.iter().any(|form| files.iter().any(|file| holds(file, form))) {
            found.push(format!("the seed of {} lies in the clear", token.device.serial));
        }
    }
    found
}

/// What makes a token count again that the load has stopped.
fn ready_again(state: &State) -> Option<Deed> {
    match (state.lent, state.suspended) {
        (false, _) => Some(Deed::Lend),
        (true, true) => Some(Deed::Resume),
        (true, false) => None,
    }
}

fn holds(file: &[u8], form: &[u8]) -> bool {
    file.windows(form.len()).any(|piece| piece == form)
}
