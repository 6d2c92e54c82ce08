//! A list of people while it is read: who is on it, and what of it can't be read. It is held in memory whole, so its size is
//! bounded. The rules are the same wherever it comes from.

use std::collections::BTreeMap;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::person::{BadCell, Field, Headings, Person};
use tokenfleet_domain::reject::Rejection;

/// People at most: several times those of a large university.
pub(super) const PEOPLE_MAX: usize = 300_000;

/// Where in its source somebody stands.
pub(super) trait Position: Clone {
    /// The refusal of somebody who stands there already.
    fn repeated(&self) -> Rejection;
}

/// Somebody who can't be taken over.
#[derive(Debug, Clone)]
pub struct Bad<P> {
    /// Where they stand.
    pub place: P,
    /// The column, from 1, and what it holds; None where the row as a whole is wrong.
    pub column: Option<(usize, Field)>,
    /// Why.
    pub why: Rejection,
}

/// A list that is being read.
#[derive(Debug)]
pub(super) struct List<P> {
    headings: Headings,
    /// The people, by their IDs.
    pub(super) people: BTreeMap<UserId, Person>,
    /// Those who can't be taken over.
    pub(super) bad: Vec<Bad<P>>,
    /// How many there are of both kinds.
    pub(super) rows: i64,
    places: BTreeMap<UserId, P>,
}

impl<P: Position> List<P> {
    /// An empty one.
    pub(super) fn new(headings: Headings) -> Self {
        Self { headings, people: BTreeMap::new(), bad: Vec::new(), rows: 0, places: BTreeMap::new() }
    }

    /// The headings of the columns that are not read.
    pub(super) fn ignored(&self) -> &[String] {
        self.headings.ignored()
    }

    /// Whether nobody more may come.
    pub(super) fn is_full(&self) -> bool {
        self.places.len() + self.bad.len() >= PEOPLE_MAX
    }

    /// Takes a row.
    pub(super) fn take(&mut self, place: P, cells: &[&str]) {
        self.rows += 1;
        match self.headings.person(cells) {
            Err(BadCell { column, why }) => self.bad.push(Bad { place, column, why }),
            Ok(person) => self.add(place, person),
        }
    }

    /// Takes note of somebody of whom a fact can't be read.
    pub(super) fn refuse(&mut self, place: P, field: Field, why: Rejection) {
        self.rows += 1;
        self.bad.push(Bad { place, column: self.headings.column(field), why });
    }

    fn add(&mut self, place: P, person: Person) {
        if let Some(other) = self.places.get(&person.user) {
            let why = other.repeated();
            self.bad.push(Bad { place, column: self.headings.column(Field::UserId), why });
        } else {
            self.places.insert(person.user.clone(), place);
            self.people.insert(person.user.clone(), person);
        }
    }

    /// Somebody whose ID was merged is looked for under the other one, so that must be there. Asked when the list is whole.
    pub(super) fn look_for_merged(&mut self) {
        let column = self.headings.column(Field::MergedInto);
        let places = &self.places;
        let bad = self.people.values().filter_map(|person| {
            let into = person.merged_into.as_ref().filter(|into| !places.contains_key(*into))?;
            let why = Rejection::from(Reason::DirectoryMergedNowhere).with("into", into.as_str());
            Some(Bad { place: places.get(&person.user).cloned()?, column, why })
        });
        self.bad.extend(bad);
    }
}
