//! Locations: adding them, and listing them.

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::location::{Location, LocationName};
use tokenfleet_domain::reject::Rejection;

use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{LaneKey, Tx};

/// Add a location.
#[derive(Debug, Clone)]
pub struct AddLocation {
    /// Its short name.
    pub name: LocationName,
    /// What people call it, in English.
    pub title_en: String,
    /// What people call it, in Japanese.
    pub title_ja: String,
}

/// A location that was added.
struct Added(LocationName);

impl Remembered for Added {
    fn facts(&self) -> Facts {
        vec![("location".to_owned(), self.0.to_string())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        fact(facts, "location")?.parse().ok().map(Self)
    }
}

impl App {
    /// Adds a location.
    pub async fn location_add(&self, call: Call, order: AddLocation) -> Answer<Location> {
        let AddLocation { name, title_en, title_ja } = &order;
        let content = Canon::new("location-add/1").text(name.as_str()).text(title_en).text(title_ja);
        let memory = self.repeatable(&call, "CreateLocation", content);
        let job = move |tx: &mut Tx<'_>| {
            let added = match once(tx, memory.as_ref(), |tx| add(tx, &call, &order))? {
                Ok(Added(name)) => name,
                Err(no) => return Ok(Err(no)),
            };
            location(tx, &added)
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// A page of locations, by name.
    pub async fn location_list(&self, page: PageRequest) -> Answer<Page<Location>> {
        let codec = self.page_codec("locations", "");
        let after = codec.read(&page)?.map(|key| String::from_utf8_lossy(&key).into_owned()).unwrap_or_default();
        let size = page.size()?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let items = self.store().read(move |tx| tx.location_page(&after, limit)).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(last.name.as_str().as_bytes()));
        Ok(Page { items, next })
    }
}

fn add(tx: &mut Tx<'_>, call: &Call, order: &AddLocation) -> Decision<Added> {
    let location = Location {
        name: order.name.clone(),
        title_en: order.title_en.clone(),
        title_ja: order.title_ja.clone(),
        created_at: tx.now(),
        created_by: call.operator.name.clone(),
    };
    let outcome = if tx.location_insert(&location)? {
        Ok(())
    } else {
        Err(Rejection::from(Reason::LocationExists).with("location", order.name.as_str()))
    };
    tx.audit_append(Event {
        operator: call.operator.name.to_string(),
        action: Act::LocationAdd.as_str().to_owned(),
        outcome: outcome_word(&outcome),
        subject: Some(format!("locations/{}", order.name)),
        user: None,
        details: Vec::new(),
        request_id: call.request.map(|id| id.to_string()),
    })?;
    Ok(outcome.map(|()| Added(order.name.clone())))
}

/// The location of a name, which must be known.
pub(super) fn location(tx: &mut Tx<'_>, name: &LocationName) -> Decision<Location> {
    let found = tx.location_find(name)?;
    Ok(found.ok_or_else(|| Rejection::from(Reason::LocationNotFound).with("location", name.as_str())))
}
