//! What is known of models because somebody said so: how long their batteries last, how far their clocks may drift.

use std::collections::BTreeMap;

use tokenfleet_domain::report::battery::Batch;
use tokenfleet_domain::report::clock::{Clock, milliseconds_per_day};

use super::Asked;
use crate::store::{Model, ModelName, StoreError, Tx};

/// Models read from the store at once.
const STRIDE: u32 = 500;

/// What is known of models, by vendor and model.
struct Models(BTreeMap<ModelName, Model>);

/// Tokens that are alike, counted, with what is known of their models.
pub(super) fn batches(tx: &mut Tx<'_>, asked: &Asked) -> Result<Vec<Batch>, StoreError> {
    let models = Models::read(tx)?;
    let mut batches = tx.report_batches(asked.call.scope())?;
    for batch in &mut batches {
        batch.battery_years = models.find(&batch.vendor, &batch.model).and_then(|model| model.battery_years);
    }
    Ok(batches)
}

/// Clocks with all that was seen of them, and what is known of their models.
pub(super) fn clocks(tx: &mut Tx<'_>, asked: &Asked) -> Result<Vec<Clock>, StoreError> {
    let models = Models::read(tx)?;
    let mut clocks = tx.report_clocks(asked.call.scope())?;
    for clock in &mut clocks {
        let model = models.find(&clock.vendor, &clock.model);
        clock.specified = model.and_then(|model| model.drift_ppb).and_then(milliseconds_per_day);
    }
    Ok(clocks)
}

impl Models {
    fn read(tx: &mut Tx<'_>) -> Result<Self, StoreError> {
        let mut models = BTreeMap::new();
        let mut after = ModelName { vendor: String::new(), model: String::new() };
        loop {
            let page = tx.model_page(&after, STRIDE)?;
            let more = page.len() == STRIDE as usize;
            models.extend(page.into_iter().map(|model| (model.name.clone(), model)));
            match models.keys().next_back().filter(|_| more) {
                Some(last) => after = last.clone(),
                None => return Ok(Self(models)),
            }
        }
    }

    fn find(&self, vendor: &str, model: &str) -> Option<&Model> {
        self.0.get(&ModelName { vendor: vendor.to_owned(), model: model.to_owned() })
    }
}
