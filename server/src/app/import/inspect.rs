//! Looking at a file: what it says, key by key, and which keys would not be admitted. Nothing is stored.

use std::collections::BTreeSet;

use tokenfleet_domain::admission::admit;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::{Entry, Evidence, Field, Key, Lock, ReadOptions, SeedFile, open_with};

use crate::app::import::unlock::Keys;
use crate::app::import::{RowProblem, Sent};
use crate::app::{Answer, App, Call, on_a_core};

/// What was found in a file.
pub enum Finding {
    /// What it was taken for.
    Evidence(Evidence),
    /// A key.
    Key(Box<Key>),
    /// What keeps the key before it from being admitted.
    Warning(RowProblem),
    /// A row that can't be read.
    Problem(RowProblem),
    /// A key that is no OATH token's.
    LeftOut(RowProblem),
    /// What opens it is waited for.
    SecretWanted(Lock),
}

/// How a look ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Keys that can be read.
    pub keys: i64,
    /// Rows that can't.
    pub problems: i64,
    /// Keys that an import leaves out.
    pub left_out: i64,
    /// Lines told as keys that a later row contradicts.
    pub withdrawn: BTreeSet<u64>,
}

impl App {
    /// Says what a file says. `tell` answers false when the caller has gone.
    pub async fn inspect(
        &self,
        call: &Call,
        reading: ReadOptions,
        sent: Sent,
        tell: impl Fn(Finding) -> bool + Clone + Send + 'static,
    ) -> Answer<Inspected> {
        let _place = self.place_for_upload(call.operator.name.as_str())?;
        let shortest_seed = self.settings().shortest_seed;
        on_a_core(move || {
            let asks = tell.clone();
            let keys = Keys::new(sent.secrets, move |lock: &Lock| asks(Finding::SecretWanted(lock.clone())));
            let gone = keys.gone();
            let file = open_with(sent.bytes, &reading, Box::new(keys));
            file.and_then(|file| look(file, shortest_seed, &tell)).map_err(|no| gone.or(no))
        })
        .await?
    }
}

/// Tells what a file says, entry by entry.
fn look(mut file: SeedFile<'_>, shortest_seed: usize, tell: &impl Fn(Finding) -> bool) -> Result<Inspected, Rejection> {
    let mut inspected = Inspected::default();
    let mut heard = tell(Finding::Evidence(file.evidence().clone()));
    let secret = file.column(Field::Secret);
    while let Some(entry) = file.next_entry()? {
        let mut warning = None;
        let finding = match entry {
            Entry::Key(key) => {
                inspected.keys += 1;
                let refused = |why| RowProblem { line: key.line, column: secret, why, row: None };
                warning = admit(&key.seed, shortest_seed).err().map(refused);
                Finding::Key(Box::new(key))
            }
            Entry::Problem(problem) => {
                inspected.problems += 1;
                Finding::Problem(problem.into())
            }
            Entry::LeftOut(problem) => {
                inspected.left_out += 1;
                Finding::LeftOut(problem.into())
            }
            Entry::Withdrawn(withdrawn) => {
                inspected.keys -= 1;
                inspected.problems += 1;
                inspected.withdrawn.insert(withdrawn.problem.line);
                Finding::Problem(withdrawn.problem.into())
            }
        };
        heard &= tell(finding) && warning.is_none_or(|warning| tell(Finding::Warning(warning)));
        if !heard {
            return Err(Reason::ImportAborted.into());
        }
    }
    Ok(inspected)
}
