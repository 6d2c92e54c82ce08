//! Places among the files that are read at a time.
//!
//! Each keeps a thread, and whoever is asked for a passphrase keeps theirs while they think: so there are not many, and
//! nobody gets so many of them that none is left for others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;

use crate::app::Answer;

/// Files that are read at a time.
const ALL: usize = 8;

/// Of them, those of one operator.
const OF_ONE: usize = 3;

/// Who has how many.
#[derive(Default)]
pub(super) struct Places(Mutex<BTreeMap<String, usize>>);

/// A place; given back when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    holder: String,
}

impl Places {
    /// A place for one file more.
    pub(super) fn take(self: &Arc<Self>, holder: &str) -> Answer<Place> {
        let mut held = self.held();
        if held.values().sum::<usize>() >= ALL {
            return Err(Reason::Busy.into());
        }
        let own = held.entry(holder.to_owned()).or_default();
        if *own >= OF_ONE {
            return Err(Rejection::from(Reason::FilesOfOne).with("limit", OF_ONE.to_string()));
        }
        *own += 1;
        Ok(Place { places: Arc::clone(self), holder: holder.to_owned() })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        // The two counts that change under this lock are whole at every moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        if let Some(own) = held.get_mut(&self.holder) {
            *own -= 1;
        }
        held.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(places: &Arc<Places>, holder: &str) -> Reason {
        places.take(holder).map(drop).unwrap_err().reason
    }

    #[test]
    fn nobody_takes_all_places_and_a_place_is_given_back() {
        let places = Arc::new(Places::default());
        let mut taken: Vec<Place> = (0..OF_ONE).map(|_| places.take("hanako").unwrap()).collect();
        assert_eq!(refused(&places, "hanako"), Reason::FilesOfOne);
        taken.extend(["jiro", "jiro", "jiro", "ken", "ken"].map(|holder| places.take(holder).unwrap()));
        assert_eq!(refused(&places, "saburo"), Reason::Busy);
        taken.truncate(2);
        assert_eq!(places.held().iter().collect::<Vec<_>>(), [(&"hanako".to_owned(), &2)]);
        places.take("hanako").unwrap();
    }
}
