//! Where the directory may be read from besides a file: what stands behind this door knows the protocol, and nothing of the
//! people's rows.

use std::pin::Pin;
use std::sync::Arc;

use chrono::TimeDelta;
use tokenfleet_domain::person::Field;

use crate::app::Answer;

/// Somebody as the source has them.
pub struct Entry {
    /// How the source names the entry.
    pub name: String,
    /// What it says, in the order of [`Field::ALL`]; empty where it says nothing, a refusal where it can't be told.
    pub cells: [Answer<String>; Field::ALL.len()],
}

/// Takes entries one by one; refuses when it wants no more.
pub type TakeEntry<'a> = dyn FnMut(Entry) -> Answer<()> + Send + 'a;

/// A reading under way.
pub type ReadingPeople<'a> = Pin<Box<dyn Future<Output = Answer<()>> + Send + 'a>>;

/// Where people are read from.
pub trait PeopleSource: Send + Sync {
    /// What people call it. It holds no secret.
    fn name(&self) -> &str;

    /// Reads everybody. A fault on the way is a refusal of the whole.
    fn read<'a>(&'a self, take: &'a mut TakeEntry<'_>) -> ReadingPeople<'a>;
}

/// The source of the directory, and the rules for it.
#[derive(Clone)]
pub struct DirectorySource {
    /// Who reads it.
    pub people: Arc<dyn PeopleSource>,
    /// How often.
    pub every: TimeDelta,
    /// From which share of the directory on missing people must have been expected.
    pub removals_per_cent: i64,
}
