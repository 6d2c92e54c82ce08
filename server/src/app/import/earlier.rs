//! The lot that a file became when it was imported before: one that waits for its proof is not to be imported again.

use tokenfleet_domain::lot::{LotName, LotState};

use crate::app::App;
use crate::app::memory::{Facts, fact};
use crate::store::StoreError;

/// A lot that a file became before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierLot {
    /// Its name.
    pub name: LotName,
    /// How far it is.
    pub state: LotState,
}

impl EarlierLot {
    /// What became of a file of this hash.
    pub(super) async fn of_file(app: &App, sha256: String) -> Result<Option<Self>, StoreError> {
        let lot = app.store().read(move |tx| tx.lot_of_file(&sha256)).await?;
        Ok(lot.map(|lot| Self { name: lot.name, state: lot.state }))
    }

    pub(super) fn facts(&self) -> Facts {
        vec![
            ("earlier_lot".to_owned(), self.name.to_string()),
            ("earlier_state".to_owned(), self.state.as_str().to_owned()),
        ]
    }

    pub(super) fn recall(facts: &Facts) -> Option<Self> {
        let name = fact(facts, "earlier_lot")?.parse().ok()?;
        Some(Self { name, state: fact(facts, "earlier_state")?.parse().ok()? })
    }
}
