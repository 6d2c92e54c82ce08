//! What is ordered with a file: how it is to be read, and what for.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::ids::Vendor;
use tokenfleet_domain::location::LocationName;
use tokenfleet_seedfile::{ColumnMap, ReadOptions, SecretEncoding};

use crate::app::import::{Existing, Plan};
use crate::app::lot::ForDelivery;

/// How a file is to be read, and what for.
#[derive(Debug, Clone)]
pub struct ImportOrder {
    /// The file's name, without a path.
    pub file_name: String,
    /// How secrets are written, where the file does not say.
    pub secret_encoding: Option<SecretEncoding>,
    /// Which column holds what, where the file does not say.
    pub column_map: Option<ColumnMap>,
    /// Whether no serial lost a zero.
    pub serials_as_written: bool,
    /// Whether no secret lost a character.
    pub secrets_as_written: bool,
    /// Which member of an archive, or which sheet of a workbook, holds the keys.
    pub part: Option<String>,
    /// Who made the tokens, where the file does not say.
    pub vendor: Option<Vendor>,
    /// Where the tokens are kept.
    pub location: Option<LocationName>,
    /// Import the good rows though others are refused.
    pub keep_going: bool,
    /// What becomes of rows whose tokens are known, where the file describes them otherwise.
    pub existing: Existing,
    /// Check only.
    pub validate_only: bool,
    /// What a dry run came to: apply that, or nothing.
    pub plan: Option<Plan>,
    /// The delivery that the file belongs to.
    pub delivery: Option<ForDelivery>,
}

impl ImportOrder {
    /// What the reader is told.
    pub(super) fn reading(&self) -> ReadOptions {
        ReadOptions {
            secret_encoding: self.secret_encoding,
            column_map: self.column_map.clone(),
            serials_as_written: self.serials_as_written,
            secrets_as_written: self.secrets_as_written,
            part: self.part.clone(),
            keep_rows: self.keep_going && !self.validate_only,
            undecided_as_hex: true,
        }
    }
}

/// All that was ordered, for the memory of requests.
pub(super) fn order_content(order: &ImportOrder) -> Canon {
    let plan = order.plan.as_ref().map(ToString::to_string);
    options_content(Canon::new("import/3").text(&order.file_name).opt_text(plan.as_deref()), order)
}

/// How a file is read and what for; what was said beside its bytes.
pub(super) fn options_content(canon: Canon, order: &ImportOrder) -> Canon {
    canon
        .opt_text(order.secret_encoding.map(SecretEncoding::as_str))
        .opt_text(order.vendor.as_ref().map(Vendor::as_str))
        .int(i64::from(order.keep_going))
        .opt_text(order.column_map.as_ref().map(ColumnMap::as_str))
        .int(i64::from(order.serials_as_written))
        .opt_text(order.location.as_ref().map(LocationName::as_str))
        .int(i64::from(order.secrets_as_written))
        .opt_text(order.part.as_deref())
        .text(order.existing.as_str())
        .opt_text(order.delivery.as_ref().map(|delivery| delivery.lot.as_str()))
        .int(i64::from(order.delivery.as_ref().is_some_and(|delivery| delivery.accept_difference)))
}
