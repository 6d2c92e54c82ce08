//! Models: what their tokens are like, what is known of them besides, and how few of them may be left.

use std::collections::BTreeSet;

use tokenfleet_domain::audit::{Act, Event};
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::location::LocationName;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::Profile;
use tokenfleet_domain::reject::Rejection;

use crate::app::location::location;
use crate::app::memory::{Facts, Remembered, fact, once};
use crate::app::page::{Page, PageRequest};
use crate::app::target::outcome_word;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::{LaneKey, Model, StockLevel, StoreError, Tx};

pub use crate::store::ModelName;

/// Models that are listed at most: a university has a handful.
const MODELS_MAX: usize = 1_000;

/// Say something of a model; what is not said stays as it is.
#[derive(Debug, Clone)]
pub struct SetModel {
    /// Which.
    pub name: ModelName,
    /// How long its battery lasts.
    pub battery_years: Option<i64>,
    /// How far its clock may drift, in billionths.
    pub drift_ppb: Option<i64>,
    /// How few may be left free; 0 where nobody minds.
    pub least: Option<i64>,
    /// Where; in all locations together where none is said.
    pub location: Option<LocationName>,
}

/// A model with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelShown {
    /// Which.
    pub name: ModelName,
    /// How its newest token makes codes.
    pub profile: Option<Profile>,
    /// What is known of it besides its tokens.
    pub facts: Option<Model>,
    /// How few may be left, place by place.
    pub levels: Vec<StockLevel>,
}

/// A model of which something was said.
struct Said(ModelName);

impl Remembered for Said {
    fn facts(&self) -> Facts {
        vec![("vendor".to_owned(), self.0.vendor.clone()), ("model".to_owned(), self.0.model.clone())]
    }

    fn recall(facts: &Facts) -> Option<Self> {
        let (vendor, model) = (fact(facts, "vendor")?.to_owned(), fact(facts, "model")?.to_owned());
        Some(Self(ModelName { vendor, model }))
    }
}

impl App {
    /// Says something of a model.
    pub async fn model_set(&self, call: Call, order: SetModel) -> Answer<ModelShown> {
        let content = Canon::new("model-set/1")
            .text(&order.name.vendor)
            .text(&order.name.model)
            .opt_int(order.battery_years)
            .opt_int(order.drift_ppb)
            .opt_int(order.least)
            .opt_text(order.location.as_ref().map(LocationName::as_str));
        let memory = self.repeatable(&call, "UpdateModel", content);
        let job = move |tx: &mut Tx<'_>| match once(tx, memory.as_ref(), |tx| set(tx, &call, &order))? {
            Ok(Said(name)) => shown(tx, name).map(Ok),
            Err(no) => Ok(Err(no)),
        };
        self.store().write(LaneKey::ANY, job).await.map_err(fault)?
    }

    /// A page of models, by vendor and name.
    pub async fn model_list(&self, page: PageRequest) -> Answer<Page<ModelShown>> {
        let codec = self.page_codec("models", "");
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| read_name(&key).ok_or_else(mismatch)).transpose()?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| {
            let names = names(tx)?.into_iter().filter(|name| after.as_ref().is_none_or(|after| name > after));
            names.take(size).map(|name| shown(tx, name)).collect::<Result<Vec<_>, StoreError>>()
        };
        let items = self.store().read(job).await.map_err(fault)?;
        let next = items.last().filter(|_| items.len() == size).map(|last| codec.write(&write_name(&last.name)));
        Ok(Page { items, next })
    }
}

fn set(tx: &mut Tx<'_>, call: &Call, order: &SetModel) -> Decision<Said> {
    let known = tx.model_find(&order.name)?;
    if known.is_none() && tx.model_newest(&order.name)?.is_none() {
        let no = Rejection::from(Reason::ModelNotFound).with("vendor", order.name.vendor.as_str());
        return Ok(Err(no.with("model", order.name.model.as_str())));
    }
    if let Some(name) = &order.location
        && let Err(no) = location(tx, name)?
    {
        return Ok(Err(no));
    }
    let now = tx.now();
    tx.model_put(&Model {
        name: order.name.clone(),
        battery_years: order.battery_years.or(known.as_ref().and_then(|known| known.battery_years)),
        drift_ppb: order.drift_ppb.or(known.as_ref().and_then(|known| known.drift_ppb)),
        updated_at: now,
        updated_by: call.operator.name.clone(),
    })?;
    if let Some(least) = order.least {
        let location = order.location.as_ref().map(ToString::to_string).unwrap_or_default();
        tx.stock_level_put(&StockLevel { name: order.name.clone(), location, least })?;
    }
    tx.audit_append(Event {
        operator: call.operator.name.to_string(),
        action: Act::ModelSet.as_str().to_owned(),
        outcome: outcome_word(&Ok(())),
        subject: None,
        user: None,
        details: details(order),
        request_id: call.request.map(|id| id.to_string()),
    })?;
    Ok(Ok(Said(order.name.clone())))
}

fn details(order: &SetModel) -> Facts {
    let mut details = Said(order.name.clone()).facts();
    let numbers = [("battery_years", order.battery_years), ("drift_ppb", order.drift_ppb), ("low_stock", order.least)];
    details.extend(numbers.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?.to_string()))));
    details.extend(order.location.iter().map(|location| ("location".to_owned(), location.to_string())));
    details
}

/// Models that tokens are of, and those of which something is known.
fn names(tx: &mut Tx<'_>) -> Result<BTreeSet<ModelName>, StoreError> {
    let mut names = BTreeSet::new();
    let first = ModelName { vendor: String::new(), model: String::new() };
    let mut after = first.clone();
    while let Some(next) = tx.model_next(&after)?.filter(|_| names.len() < MODELS_MAX) {
        after.clone_from(&next);
        // Tokens of a lot that was taken out are of no model.
        if tx.model_newest(&next)?.is_some() {
            names.insert(next);
        }
    }
    let limit = u32::try_from(MODELS_MAX).unwrap_or(u32::MAX);
    names.extend(tx.model_page(&first, limit)?.into_iter().map(|model| model.name));
    Ok(names)
}

fn shown(tx: &mut Tx<'_>, name: ModelName) -> Result<ModelShown, StoreError> {
    let newest = match tx.model_newest(&name)? {
        Some(token) => tx.token_by_id(&Scope::All, token)?,
        None => None,
    };
    let (facts, levels) = (tx.model_find(&name)?, tx.stock_levels(&name)?);
    Ok(ModelShown { name, profile: newest.map(|found| found.token.profile), facts, levels })
}

/// No part of a name holds a NUL.
const BETWEEN: char = '\0';

fn write_name(name: &ModelName) -> Vec<u8> {
    [name.vendor.as_str(), &name.model].join(&BETWEEN.to_string()).into_bytes()
}

fn read_name(key: &[u8]) -> Option<ModelName> {
    let (vendor, model) = std::str::from_utf8(key).ok()?.split_once(BETWEEN)?;
    Some(ModelName { vendor: vendor.to_owned(), model: model.to_owned() })
}
