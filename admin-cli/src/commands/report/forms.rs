//! How each worklist and report looks: its columns, the command that comes next, its picture.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use tokenfleet_proto::v1;

use super::text;
use super::words::{show_failing, show_rate, show_rate_of, show_seed, show_verdict};
use crate::args::ReportName;
use crate::commands::directory::show_standing;
use crate::output::{Across, Column, Picture, Up, plain};
use crate::shapes::{show_lot_state, show_offset, show_state, show_time};
use crate::words::Say;

/// The command that comes next for a row at a moment, with places for what stands in it; nothing where nothing needs doing yet.
type Next = fn(&Map<String, Value>, DateTime<Utc>) -> Option<&'static str>;

/// How one looks.
pub(super) struct Form {
    /// Which it is, at the server.
    pub(super) report: v1::Report,
    /// What its rows are called in a document.
    pub(super) noun: &'static str,
    /// The columns that people see.
    pub(super) usual: &'static [Column],
    /// The columns that can be asked for.
    pub(super) all: &'static [Column],
    /// The command that comes next, where rows are tokens.
    pub(super) next: Option<Next>,
    /// How it is drawn.
    pub(super) picture: Picture,
}

const IMPORT: &str = "tokenadm import <file>";
const VERIFY: &str = "tokenadm verify {serial} <code>";
const RESYNC: &str = "tokenadm resync {serial} <code> <code>";
const REBIND: &str = "tokenadm rebind {serial} <code> <code>";
const RETURN: &str = "tokenadm return {serial}";
const COLLECT: &str = "tokenadm return {serial} --reason leaving";
const MOVE: &str = "tokenadm move {user_id} {merged_into}";
const RETIRE: &str = "tokenadm retire {serial}";
const REPLACE_EMPTY: &str = "tokenadm replace {serial} <new-serial> --reason battery";
const REPLACE_LOST: &str = "tokenadm replace {serial} <new-serial> --reason lost";

macro_rules! column {
    ($key:literal, $title:ident, $show:expr) => {
        Column { key: $key, title: Say::$title, show: $show }
    };
}

const SERIAL: Column = column!("serial", HeadSerial, plain);
const TOKEN: Column = column!("token", HeadName, plain);
const VENDOR: Column = column!("vendor", HeadVendor, plain);
const MODEL: Column = column!("model", HeadModel, plain);
const STATE: Column = column!("state", HeadState, show_state);
const USER: Column = column!("user_id", HeadUser, plain);
const DEPARTMENT: Column = column!("department", HeadDepartment, plain);
const SEED: Column = column!("seed", HeadSeed, show_seed);
const LENT_TIME: Column = column!("lent_time", HeadLentTime, show_time);
const LOT: Column = column!("lot", HeadLot, plain);
const LOCATION: Column = column!("location", HeadLocation, plain);
const NEXT: Column = column!("next", HeadNextCommand, plain);
const FISCAL_YEAR: Column = column!("fiscal_year", HeadFiscalYear, plain);
const ENDING: Column = column!("ending", HeadEnding, plain);
const MONTH: Column = column!("month", HeadMonth, plain);
const MEDIAN: Column = column!("median_seconds", HeadMedianMove, show_offset);

/// The form of a worklist or report.
pub(super) fn of(name: ReportName) -> Form {
    match name {
        ReportName::Unproven => UNPROVEN,
        ReportName::Overdue => OVERDUE,
        ReportName::Dormant => DORMANT,
        ReportName::Failing => FAILING,
        ReportName::Leavers => LEAVERS,
        ReportName::Expiring => EXPIRING,
        ReportName::Inventory => INVENTORY,
        ReportName::Forecast => FORECAST,
        ReportName::Purchase => PURCHASE,
        ReportName::Drift => DRIFT,
        ReportName::Rates => RATES,
        ReportName::Loans => LOANS,
        ReportName::FleetClock => FLEET_CLOCK,
    }
}

/// A picture of how many there are.
const fn counted(title: Say, across: Across, across_title: Say) -> Picture {
    Picture { title, across, across_title, up: Up::Count, up_title: Say::HeadTokens }
}

const UNPROVEN: Form = Form {
    report: v1::Report::Unproven,
    noun: "unproven",
    usual: &[SERIAL, MODEL, USER, DEPARTMENT, LENT_TIME, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, STATE, USER, DEPARTMENT, SEED, LENT_TIME, NEXT],
    next: Some(|fields, _| Some(if has_no_seed(fields) { IMPORT } else { VERIFY })),
    picture: counted(Say::TitleUnproven, Across::Month("lent_time"), Say::AxisMonthLent),
};

/// Whether a code of it can't be checked before its seed file is imported.
fn has_no_seed(fields: &Map<String, Value>) -> bool {
    text(fields, "seed") == "none"
}

const DUE_TIME: Column = column!("due_time", HeadDue, show_time);
const DAYS_OVERDUE: Column = column!("days_overdue", HeadDaysOverdue, plain);

const OVERDUE: Form = Form {
    report: v1::Report::Overdue,
    noun: "overdue",
    usual: &[SERIAL, MODEL, USER, DEPARTMENT, DUE_TIME, DAYS_OVERDUE, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, STATE, USER, DEPARTMENT, LENT_TIME, DUE_TIME, DAYS_OVERDUE, NEXT],
    next: Some(|fields, _| Some(if text(fields, "state") == "lost" { REPLACE_LOST } else { RETURN })),
    picture: counted(Say::TitleOverdue, Across::Month("due_time"), Say::AxisMonthDue),
};

const LAST_SEEN: Column = column!("last_seen_time", HeadLastSeen, show_time);

const DORMANT: Form = Form {
    report: v1::Report::Dormant,
    noun: "dormant",
    usual: &[SERIAL, MODEL, USER, DEPARTMENT, LAST_SEEN, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, STATE, USER, DEPARTMENT, SEED, LENT_TIME, LAST_SEEN, NEXT],
    next: Some(|fields, _| Some(if has_no_seed(fields) { IMPORT } else { VERIFY })),
    picture: counted(Say::TitleDormant, Across::Month("last_seen_time"), Say::AxisMonthSeen),
};

const REASON: Column = column!("reason", HeadReason, show_failing);
const FAILURES: Column = column!("failures", HeadFailures, plain);
const NEXT_TRY: Column = column!("next_try_time", HeadNextTry, show_time);

const FAILING: Form = Form {
    report: v1::Report::Failing,
    noun: "failing",
    usual: &[SERIAL, MODEL, USER, DEPARTMENT, REASON, FAILURES, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, STATE, USER, DEPARTMENT, REASON, FAILURES, NEXT_TRY, NEXT],
    next: Some(|fields, _| Some(if text(fields, "reason") == "disabled" { REBIND } else { RESYNC })),
    picture: counted(Say::TitleFailing, Across::Field("reason", show_failing), Say::HeadReason),
};

const STANDING: Column = column!("standing", HeadReason, show_standing);
const LEFT_ON: Column = column!("left_on", HeadPersonLastDay, plain);
const MERGED_INTO: Column = column!("merged_into", HeadGoesOnAs, plain);

const LEAVERS: Form = Form {
    report: v1::Report::Leavers,
    noun: "leavers",
    usual: &[SERIAL, MODEL, USER, DEPARTMENT, STANDING, LEFT_ON, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, STATE, USER, DEPARTMENT, STANDING, LEFT_ON, MERGED_INTO, NEXT],
    next: Some(|fields, _| Some(if text(fields, "standing") == "merged" { MOVE } else { COLLECT })),
    picture: counted(Say::TitleLeavers, Across::Field("standing", show_standing), Say::HeadReason),
};

const END_TIME: Column = column!("end_time", HeadEnds, show_time);

const EXPIRING: Form = Form {
    report: v1::Report::Expiring,
    noun: "expiring",
    usual: &[SERIAL, MODEL, LOT, STATE, USER, DEPARTMENT, END_TIME, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, LOT, STATE, USER, DEPARTMENT, LOCATION, END_TIME, NEXT],
    next: Some(exchange),
    picture: counted(Say::TitleExpiring, Across::Month("end_time"), Say::AxisMonthEnds),
};

/// What ends in somebody's hands is exchanged; what ends on the shelf is put out of service once it has ended.
fn exchange(fields: &Map<String, Value>, now: DateTime<Utc>) -> Option<&'static str> {
    if text(fields, "state") != "in_stock" {
        return Some(REPLACE_EMPTY);
    }
    let end = DateTime::parse_from_rfc3339(text(fields, "end_time")).ok()?;
    (end <= now).then_some(RETIRE)
}

const INVENTORY_COLUMNS: &[Column] = &[
    LOCATION,
    VENDOR,
    MODEL,
    LOT,
    column!("lot_state", HeadState, show_lot_state),
    column!("in_stock", HeadOnShelf, plain),
    column!("lent", HeadLent, plain),
    column!("lost", HeadLost, plain),
    column!("faulty", HeadFaulty, plain),
    column!("ordered", HeadOrdered, plain),
    column!("retired", HeadRetired, plain),
    column!("tokens", HeadTokens, plain),
];

const INVENTORY: Form = Form {
    report: v1::Report::Inventory,
    noun: "inventory",
    usual: INVENTORY_COLUMNS,
    all: INVENTORY_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitleInventory,
        across: Across::Field("model", plain),
        across_title: Say::HeadModel,
        up: Up::Fields(&[
            ("in_stock", Say::HeadOnShelf),
            ("lent", Say::HeadLent),
            ("lost", Say::HeadLost),
            ("faulty", Say::HeadFaulty),
        ]),
        up_title: Say::HeadTokens,
    },
};

const FORECAST_COLUMNS: &[Column] =
    &[FISCAL_YEAR, VENDOR, MODEL, LOT, ENDING, column!("ending_lent", HeadEndingLent, plain)];

const FORECAST: Form = Form {
    report: v1::Report::Forecast,
    noun: "forecast",
    usual: FORECAST_COLUMNS,
    all: FORECAST_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitleForecast,
        across: Across::Field("fiscal_year", plain),
        across_title: Say::HeadFiscalYear,
        up: Up::Sum("ending", Some("model")),
        up_title: Say::HeadTokens,
    },
};

const PURCHASE_COLUMNS: &[Column] = &[
    FISCAL_YEAR,
    VENDOR,
    MODEL,
    ENDING,
    column!("lost_expected", HeadLostExpected, plain),
    column!("proposed", HeadProposed, plain),
];

const PURCHASE: Form = Form {
    report: v1::Report::Purchase,
    noun: "purchase",
    usual: PURCHASE_COLUMNS,
    all: PURCHASE_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitlePurchase,
        across: Across::Field("fiscal_year", plain),
        across_title: Say::HeadFiscalYear,
        up: Up::Fields(&[("ending", Say::HeadEnding), ("lost_expected", Say::HeadLostExpected)]),
        up_title: Say::HeadTokens,
    },
};

const OFFSET: Column = column!("clock_offset_seconds", HeadClock, show_offset);
const OBSERVED: Column = column!("clock_observed_time", HeadObserved, show_time);
const PER_DAY: Column = column!("seconds_per_day", HeadPerDay, show_rate);
const RATE_OF: Column = column!("rate_of", HeadRateOf, show_rate_of);
const LEAVE_TIME: Column = column!("leave_time", HeadLeaves, show_time);

const DRIFT: Form = Form {
    report: v1::Report::Drift,
    noun: "drift",
    usual: &[SERIAL, MODEL, LOT, LOCATION, OFFSET, PER_DAY, RATE_OF, LEAVE_TIME, NEXT],
    all: &[SERIAL, TOKEN, VENDOR, MODEL, LOT, LOCATION, SEED, OFFSET, OBSERVED, PER_DAY, RATE_OF, LEAVE_TIME, NEXT],
    next: Some(|fields, _| Some(if has_no_seed(fields) { IMPORT } else { RESYNC })),
    picture: counted(Say::TitleDrift, Across::Month("leave_time"), Say::AxisMonthLeaves),
};

const RATES_COLUMNS: &[Column] = &[
    VENDOR,
    MODEL,
    LOT,
    column!("clocks", HeadClocks, plain),
    column!("median_seconds_per_day", HeadPerDay, show_rate),
    column!("slowest_seconds_per_day", HeadSlowest, show_rate),
    column!("fastest_seconds_per_day", HeadFastest, show_rate),
    column!("outliers", HeadOutliers, plain),
    column!("outlier_serials", HeadOutlierSerials, plain),
];

const RATES: Form = Form {
    report: v1::Report::Rates,
    noun: "rates",
    usual: RATES_COLUMNS,
    all: RATES_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitleRates,
        across: Across::Field("lot", plain),
        across_title: Say::HeadLot,
        up: Up::Sum("median_seconds_per_day", None),
        up_title: Say::HeadPerDay,
    },
};

const LOANS_COLUMNS: &[Column] =
    &[MONTH, DEPARTMENT, column!("began", HeadBegan, plain), column!("ended", HeadEnded, plain)];

const LOANS: Form = Form {
    report: v1::Report::Loans,
    noun: "loans",
    usual: LOANS_COLUMNS,
    all: LOANS_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitleLoans,
        across: Across::Field("month", plain),
        across_title: Say::HeadMonth,
        up: Up::Sum("began", Some("department")),
        up_title: Say::HeadBegan,
    },
};

const FLEET_CLOCK_COLUMNS: &[Column] = &[
    column!("day", HeadDay, plain),
    column!("tokens", HeadTokens, plain),
    MEDIAN,
    column!("together", HeadTogether, plain),
    column!("verdict", HeadClockVerdict, show_verdict),
];

const FLEET_CLOCK: Form = Form {
    report: v1::Report::FleetClock,
    noun: "days",
    usual: FLEET_CLOCK_COLUMNS,
    all: FLEET_CLOCK_COLUMNS,
    next: None,
    picture: Picture {
        title: Say::TitleFleetClock,
        across: Across::Field("day", plain),
        across_title: Say::HeadDay,
        up: Up::Sum("median_seconds", None),
        up_title: Say::HeadMedianMove,
    },
};
