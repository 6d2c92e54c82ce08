//! Locations: where tokens are kept.

use tokenfleet_domain::location::{Location, LocationName};

use super::conn::{Row, args, single};
use super::error::{Result, inserted};
use super::tx::Tx;

const INSERT: &str = "INSERT INTO location (name, title_en, title_ja, created_at, created_by) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT name, title_en, title_ja, created_at, created_by FROM location WHERE name = ?1";
const PAGE: &str =
    "SELECT name, title_en, title_ja, created_at, created_by FROM location WHERE name > ?1 ORDER BY name LIMIT ?2";

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, PAGE];

impl Tx<'_> {
    /// Adds a location; false where the name is taken.
    pub fn location_insert(&mut self, location: &Location) -> Result<bool> {
        let Location { name, title_en, title_ja, created_at, created_by } = location;
        inserted(self.conn.execute(INSERT, args![name.as_str(), title_en, title_ja, *created_at, created_by])?)
    }

    /// The location of a name.
    pub fn location_find(&mut self, name: &LocationName) -> Result<Option<Location>> {
        single(self.conn.query(FIND, args![name.as_str()])?)?.map(read).transpose()
    }

    /// Locations by name, behind one; all names are behind the empty one.
    pub fn location_page(&mut self, after: &str, limit: u32) -> Result<Vec<Location>> {
        self.conn.query(PAGE, args![after, limit])?.into_iter().map(read).collect()
    }
}

fn read(row: Row) -> Result<Location> {
    let mut row = row.of("location");
    Ok(Location {
        name: row.parsed()?,
        title_en: row.text()?,
        title_ja: row.text()?,
        created_at: row.time()?,
        created_by: row.parsed()?,
    })
}
