//! What every format's reader offers to the one that reads a whole file.

use tokenfleet_domain::ids::{KeyId, Serial};
use tokenfleet_domain::reject::Rejection;

use crate::delimited::remnant::Remnant;
use crate::field::Field;
use crate::{Column, Entry, Evidence};

/// The reader of one format.
pub(crate) trait Source {
    /// The next key, problem or key left out, in the order of the file; None at the end. An error refuses the file.
    /// Whether a serial was there before is not its business, nor how many there may be.
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection>;

    /// Where in its rows a field stands, if it has columns.
    fn column(&self, _field: Field) -> Option<Column> {
        None
    }

    /// Where a field stands in the row that was given last. In lists whose rows differ each has its own place for it.
    fn place(&self, field: Field) -> Option<Column> {
        self.column(field)
    }

    /// What a file of rejected rows says of a row of which only its name is known any more.
    fn remnant_of(&self, _serial: &Serial, _key_id: &KeyId) -> Option<Remnant> {
        None
    }
}

/// A reader that has looked at the beginning of its file, and what it found there.
pub(crate) struct Opened<'a> {
    pub(crate) source: Box<dyn Source + 'a>,
    pub(crate) evidence: Evidence,
}
