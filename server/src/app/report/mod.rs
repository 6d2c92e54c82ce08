//! Worklists and reports: which rows there are, and where a page ends. What is told of them stands in `domain::report`.

mod models;
mod sums;
mod worklist;

use chrono::TimeDelta;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::report::{DAYS_MAX, ReportName, Span, Table};

use crate::app::page::PageRequest;
use crate::app::{Answer, App, Call, Decision, fault};
use crate::store::Tx;

/// Which worklist or report is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportAsked {
    /// Its name.
    pub name: ReportName,
    /// How many days it looks back or ahead, where that was said.
    pub days: Option<i64>,
    /// From when it looks back, where that was said.
    pub since: Option<Timestamp>,
}

/// A page of a worklist, or a whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportPage {
    /// Columns, rows and notes.
    pub table: Table,
    /// Where the next page begins; None after the last.
    pub next: Option<String>,
}

/// What a worklist or report is made for.
struct Asked {
    call: Call,
    name: ReportName,
    now: Timestamp,
    /// The other end of what it looks at: before now where it looks back, after it where it looks ahead.
    to: Timestamp,
    window_seconds: i64,
}

/// Which part of a worklist is asked for.
struct Stretch<'a> {
    /// Only what comes after it.
    after: Option<&'a [u8]>,
    /// How many rows at most.
    size: usize,
}

/// A page before its end is written down as a page token.
struct Part {
    table: Table,
    next: Option<Vec<u8>>,
}

impl App {
    /// Answers a worklist, page by page, or a report.
    pub async fn report_run(&self, call: Call, asked: ReportAsked, page: PageRequest) -> Answer<ReportPage> {
        let codec = self.page_codec("reports", &format!("{asked:?}"));
        let after = codec.read(&page)?;
        let size = page.size()?;
        let now = self.now();
        let to = asked.to(now)?;
        let asked = Asked { call, name: asked.name, now, to, window_seconds: self.entra_window_seconds() };
        let job = move |tx: &mut Tx<'_>| run(tx, &asked, &Stretch { after: after.as_deref(), size });
        let part = self.store().read(job).await.map_err(fault)??;
        Ok(ReportPage { table: part.table, next: part.next.map(|place| codec.write(&place)) })
    }
}

fn run(tx: &mut Tx<'_>, asked: &Asked, stretch: &Stretch<'_>) -> Decision<Part> {
    match asked.name {
        ReportName::Unproven => worklist::unproven(tx, asked, stretch),
        ReportName::Overdue => worklist::overdue(tx, asked, stretch),
        ReportName::Dormant => worklist::dormant(tx, asked, stretch),
        ReportName::Failing => worklist::failing(tx, asked, stretch),
        ReportName::Leavers => worklist::leavers(tx, asked, stretch),
        ReportName::Expiring => worklist::expiring(tx, asked, stretch),
        ReportName::Drift => worklist::drift(tx, asked, stretch),
        ReportName::Inventory => whole(sums::inventory(tx, asked)?),
        ReportName::Forecast => whole(sums::forecast(tx, asked)?),
        ReportName::Purchase => whole(sums::purchase(tx, asked)?),
        ReportName::Rates => whole(sums::rates(tx, asked)?),
        ReportName::Loans => whole(sums::loans(tx, asked)?),
        ReportName::FleetClock => whole(sums::fleet_clock(tx, asked)?),
    }
}

/// Sums come on one page.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside worklists, whose page tokens may be refused")]
fn whole(table: Table) -> Decision<Part> {
    Ok(Ok(Part { table, next: None }))
}

impl ReportAsked {
    /// The moment that it looks back or ahead to.
    fn to(&self, now: Timestamp) -> Answer<Timestamp> {
        match (self.name.span(), self.days, self.since) {
            (Span::Now, None, None) => Ok(now),
            (Span::Now, Some(_), _) | (Span::Back(_), Some(_), Some(_)) => Err(self.takes_no("days")),
            (Span::Now | Span::Ahead(_), _, Some(_)) => Err(self.takes_no("since_time")),
            (Span::Back(usual), days, None) => Ok(now - TimeDelta::days(checked(days)?.unwrap_or(usual))),
            (Span::Ahead(usual), days, None) => Ok(now + TimeDelta::days(checked(days)?.unwrap_or(usual))),
            (Span::Back(_), None, Some(since)) => past(since, now),
        }
    }

    fn takes_no(&self, field: &'static str) -> Rejection {
        Rejection::from(Reason::ReportTakesNo).with("report", self.name.as_str()).with("field", field).in_field(field)
    }
}

fn checked(days: Option<i64>) -> Answer<Option<i64>> {
    match days {
        Some(days) if !(1..=DAYS_MAX).contains(&days) => Err(unknown("days", format!("1 … {DAYS_MAX}"))),
        days => Ok(days),
    }
}

fn past(since: Timestamp, now: Timestamp) -> Answer<Timestamp> {
    let first = now - TimeDelta::days(DAYS_MAX);
    if (first..=now).contains(&since) {
        Ok(since)
    } else {
        let written = |at: Timestamp| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Err(unknown("since_time", format!("{} … {}", written(first), written(now))))
    }
}

fn unknown(field: &'static str, choices: String) -> Rejection {
    Rejection::from(Reason::FieldUnknown).with("field", field).with("choices", choices).in_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T00:00:00Z";

    fn looks_to(name: ReportName, days: Option<i64>, since: Option<&str>) -> Result<String, &'static str> {
        let since = since.map(|since| since.parse().unwrap());
        let to = ReportAsked { name, days, since }.to(NOW.parse().unwrap());
        to.map(|to| to.format("%Y-%m-%d").to_string()).map_err(|no| no.reason.words().code)
    }

    #[test]
    fn a_report_looks_as_far_as_was_said_or_as_it_usually_does() {
        assert_eq!(looks_to(ReportName::Dormant, None, None), Ok("2025-11-24".to_owned()));
        assert_eq!(looks_to(ReportName::Dormant, Some(10), None), Ok("2026-11-14".to_owned()));
        assert_eq!(looks_to(ReportName::Dormant, None, Some("2026-04-01T00:00:00Z")), Ok("2026-04-01".to_owned()));
        assert_eq!(looks_to(ReportName::Unproven, None, None), Ok("2026-11-24".to_owned()));
        assert_eq!(looks_to(ReportName::Drift, Some(10), None), Ok("2026-12-04".to_owned()));
        assert_eq!(looks_to(ReportName::Overdue, None, None), Ok("2026-11-24".to_owned()));
    }

    #[test]
    fn what_a_report_does_not_take_is_refused() {
        let takes_no = Err(Reason::ReportTakesNo.words().code);
        assert_eq!(looks_to(ReportName::Overdue, Some(1), None), takes_no);
        assert_eq!(looks_to(ReportName::Overdue, None, Some(NOW)), takes_no);
        assert_eq!(looks_to(ReportName::Drift, None, Some(NOW)), takes_no);
        assert_eq!(looks_to(ReportName::Dormant, Some(1), Some(NOW)), takes_no);
        let unknown = Err(Reason::FieldUnknown.words().code);
        for days in [-1, 0, DAYS_MAX + 1, i64::MAX] {
            assert_eq!(looks_to(ReportName::Dormant, Some(days), None), unknown, "{days}");
        }
        for since in ["2026-11-24T00:00:01Z", "2001-01-01T00:00:00Z"] {
            assert_eq!(looks_to(ReportName::Loans, None, Some(since)), unknown, "{since}");
        }
    }
}
