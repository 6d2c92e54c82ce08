//! People, edition by edition: which one counts stands in one row of `directory`. Whatever is written under another
//! edition is invisible.

use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::person::Person;
use tokenfleet_domain::ports::Timestamp;

use super::conn::{Insert, Kind, Row, Value, args, single};
use super::error::{Result, StoreError, swapped};
use super::tx::Tx;

/// Which edition of the directory counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Its number; 0 while no directory was imported.
    pub number: i64,
    /// How many people its file named.
    pub people: i64,
}

/// The columns of a person, in the order in which they are read.
macro_rules! person_columns {
    () => {
        "user_id, name, kana, latin, department, kind, last_day, merged_into, other_id, gone_at, forgotten_at"
    };
}

const EDITION: &str = "SELECT edition, people FROM directory WHERE id = 1";
const IMPORTED_AT: &str = "SELECT imported_at FROM directory WHERE id = 1";
const SWITCH: &str = "UPDATE directory SET edition = ?1, people = ?2, imported_at = ?3 WHERE id = 1 AND edition = ?4";
const FIND: &str = concat!(
    "SELECT ",
    person_columns!(),
    " FROM person WHERE edition = (SELECT d.edition FROM directory d WHERE d.id = 1) AND user_id = ?1"
);
const PAGE: &str =
    concat!("SELECT ", person_columns!(), " FROM person WHERE edition = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3");
static ADD_PEOPLE: Insert = Insert {
    table: "person",
    columns: &[
        ("edition", Kind::Int),
        ("user_id", Kind::Text),
        ("name", Kind::Text),
        ("kana", Kind::Text),
        ("latin", Kind::Text),
        ("department", Kind::Text),
        ("kind", Kind::Text),
        ("last_day", Kind::Text),
        ("merged_into", Kind::Text),
        ("other_id", Kind::Text),
        ("gone_at", Kind::Int),
        ("forgotten_at", Kind::Int),
    ],
};

/// Deletes people of editions that don't count, the oldest first.
macro_rules! drop_people {
    ($which:literal) => {
        concat!(
            "DELETE FROM person WHERE (edition, user_id) IN (SELECT p.edition, p.user_id \
             FROM directory d CROSS JOIN person p WHERE d.id = 1 AND p.edition ",
            $which,
            " d.edition ORDER BY p.edition, p.user_id LIMIT ?1)"
        )
    };
}
const DROP_EARLIER: &str = drop_people!("<");
const DROP_LATER: &str = drop_people!(">");

/// Whoever has a token keeps the name it was lent to.
const LONG_GONE: &str = "SELECT p.user_id FROM directory d CROSS JOIN person p \
     WHERE d.id = 1 AND p.edition = d.edition AND p.gone_at < ?1 AND p.gone_at IS NOT NULL AND p.forgotten_at IS NULL \
     AND NOT EXISTS (SELECT 1 FROM token t WHERE t.user_id = p.user_id) ORDER BY p.gone_at, p.user_id LIMIT ?2";
const FORGET: &str = "UPDATE person SET name = '', kana = '', latin = '', forgotten_at = ?2 \
     WHERE edition = (SELECT d.edition FROM directory d WHERE d.id = 1) AND user_id = ?1";

/// The statements whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[EDITION, IMPORTED_AT, FIND, PAGE, DROP_EARLIER, DROP_LATER, LONG_GONE, FORGET];

impl Tx<'_> {
    /// The edition that counts.
    pub fn directory_edition(&mut self) -> Result<Edition> {
        let row = single(self.conn.query(EDITION, &[])?)?;
        let mut row = row.ok_or_else(|| StoreError::broken("directory has no row"))?.of("directory");
        Ok(Edition { number: row.int()?, people: row.int()? })
    }

    /// When the directory was last brought up to its source; None while none was imported.
    pub fn directory_imported_at(&mut self) -> Result<Option<Timestamp>> {
        let row = single(self.conn.query(IMPORTED_AT, &[])?)?;
        row.ok_or_else(|| StoreError::broken("directory has no row"))?.of("directory").opt_time()
    }

    /// Lets the next edition count in the place of the one that is held; the same again, where nothing changed.
    pub fn directory_switch(&mut self, held: Edition, next: Edition) -> Result<()> {
        let now = self.now;
        swapped(self.conn.execute(SWITCH, args![next.number, next.people, now, held.number])?)
    }

    /// The person of an ID, where the directory has them and they are in the scope. Whoever has no department is in
    /// everybody's.
    pub fn person_find(&mut self, scope: &Scope, user: &UserId) -> Result<Option<Person>> {
        let person = single(self.conn.query(FIND, args![user])?)?.map(read).transpose()?;
        Ok(person.filter(|person| scope.covers(person.department.as_deref(), false)))
    }

    /// People of an edition by their IDs, behind one; all are behind the empty one.
    pub fn person_page(&mut self, edition: i64, after: &str, limit: u32) -> Result<Vec<Person>> {
        self.conn.query(PAGE, args![edition, after, limit])?.into_iter().map(read).collect()
    }

    /// Adds people to an edition that does not count yet.
    pub fn person_add(&mut self, edition: i64, people: &[Person]) -> Result<()> {
        let rows = people.iter().map(|person| values(edition, person)).collect();
        let added = self.conn.insert_many(&ADD_PEOPLE, rows)?;
        if added == people.len() as u64 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes people of earlier editions, at most `limit`; how many there were to delete.
    pub fn person_drop_earlier(&mut self, limit: u32) -> Result<u64> {
        self.conn.execute(DROP_EARLIER, args![limit])
    }

    /// Deletes people of an edition that never came to count, at most `limit`; how many there were to delete.
    pub fn person_drop_later(&mut self, limit: u32) -> Result<u64> {
        self.conn.execute(DROP_LATER, args![limit])
    }

    /// Removes the names of people who were gone before a moment and have no token, at most `limit`; how many there were.
    pub fn person_forget(&mut self, gone_before: Timestamp, limit: u32) -> Result<u64> {
        let now = self.now;
        let people = self.conn.query(LONG_GONE, args![gone_before, limit])?;
        let mut forgotten = 0;
        for row in people {
            let user: UserId = row.of("person").parsed()?;
            swapped(self.conn.execute(FORGET, args![&user, now])?)?;
            forgotten += 1;
        }
        Ok(forgotten)
    }
}

fn values(edition: i64, person: &Person) -> Vec<Value> {
    vec![
        edition.into(),
        (&person.user).into(),
        (&person.name).into(),
        (&person.kana).into(),
        (&person.latin).into(),
        person.department.as_deref().into(),
        person.kind.as_str().into(),
        person.last_day.map(|day| day.to_string()).into(),
        person.merged_into.as_ref().into(),
        person.other.as_ref().into(),
        person.gone_at.into(),
        person.forgotten_at.into(),
    ]
}

fn read(row: Row) -> Result<Person> {
    let mut row = row.of("person");
    Ok(Person {
        user: row.parsed()?,
        name: row.text()?,
        kana: row.text()?,
        latin: row.text()?,
        department: row.opt_text()?,
        kind: row.parsed()?,
        last_day: row.opt_parsed()?,
        merged_into: row.opt_parsed()?,
        other: row.opt_parsed()?,
        gone_at: row.opt_time()?,
        forgotten_at: row.opt_time()?,
    })
}
