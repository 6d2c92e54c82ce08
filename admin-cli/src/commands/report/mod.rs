//! Worklists and reports: `report`.

mod forms;
mod words;

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use serde_json::{Map, Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::report_cell;
use tokenfleet_proto::v1::report_service_client::ReportServiceClient;

use super::Session;
use super::terms::end_of_typed_day;
use crate::args;
use crate::failure::{Failure, Outcome};
use crate::shapes::time;
use crate::words::Complaint;
use forms::Form;

/// Seconds from the beginning of a day to its last.
const DAY_BUT_ONE: i64 = 86_399;

/// `report`. It exits with 0 whenever it could answer; an empty worklist is a good answer.
pub(crate) async fn report(session: &mut Session, args: &args::Report) -> Outcome {
    let form = forms::of(args.name);
    let mut listing = session.listing(form.noun, form.usual, form.all, &args.view)?.with_picture(form.picture);
    let asked = v1::RunReportRequest {
        report: form.report.into(),
        days: args.days.unwrap_or_default(),
        since_time: args.since.as_deref().map(begin_of_typed_day).transpose()?,
        ..v1::RunReportRequest::default()
    };
    let client = session.client().await?;
    let now = session.world.clock.now();
    let notes = RefCell::new(Vec::new());
    let fetch = async |page_size, page_token| {
        let request = v1::RunReportRequest { page_size, page_token, ..asked.clone() };
        let page = client
            .ask(request, async |channel, request| ReportServiceClient::new(channel).run_report(request).await)
            .await?;
        notes.replace(page.notes);
        let records = page.rows.iter().map(|row| record(&form, now, &page.columns, row)).collect();
        Ok((records, page.next_page_token))
    };
    session.walk(&mut listing, args.limit, fetch).await?;
    let notes = notes.into_inner();
    let assumptions: Map<_, _> = notes.iter().map(|note| (note.name.clone(), json!(note.number))).collect();
    session.printer.finish_list(listing.with_beside("assumptions", Value::Object(assumptions)))?;
    let lang = session.printer.lang;
    for sentence in notes.iter().filter_map(|note| words::note(note, lang)) {
        session.printer.say(&sentence);
    }
    Ok(())
}

/// The newest day in a report of the fleet's clocks on which the server's own is suspect.
pub(super) fn suspect_day(report: &v1::RunReportResponse) -> Option<String> {
    let form = forms::of(args::ReportName::FleetClock);
    let mut days = report.rows.iter().map(|row| record(&form, DateTime::UNIX_EPOCH, &report.columns, row));
    let day = days.find(|day| day["verdict"] == "suspect")?;
    day["day"].as_str().map(str::to_owned)
}

/// The beginning of a day in Japan.
fn begin_of_typed_day(typed: &str) -> Outcome<Timestamp> {
    let end = end_of_typed_day(typed).ok_or_else(|| Failure::plain(Complaint::SinceUnreadable))?;
    Ok(Timestamp { seconds: end.seconds - DAY_BUT_ONE, ..end })
}

/// A row with its values by the names of their columns, and the command that comes next.
fn record(form: &Form, now: DateTime<Utc>, columns: &[v1::ReportColumn], row: &v1::ReportRow) -> Value {
    let cells = columns.iter().zip(&row.cells);
    let mut fields: Map<_, _> = cells.map(|(column, cell)| (column.name.clone(), value(cell))).collect();
    if let Some(token) = fields.get("token").cloned() {
        fields.insert("name".to_owned(), token);
    }
    if let Some(next) = form.next {
        let next = next(&fields, now).map(|next| filled(next, &fields));
        fields.insert("next".to_owned(), json!(next));
    }
    Value::Object(fields)
}

/// A command with its places filled from a row.
fn filled(command: &str, fields: &Map<String, Value>) -> String {
    let fill = |command: String, key: &str| command.replace(&format!("{{{key}}}"), text(fields, key));
    ["serial", "user_id", "merged_into"].into_iter().fold(command.to_owned(), fill)
}

fn value(cell: &v1::ReportCell) -> Value {
    match &cell.value {
        None => Value::Null,
        Some(report_cell::Value::Text(text)) => json!(text),
        Some(report_cell::Value::Number(number)) => json!(number),
        Some(report_cell::Value::Decimal(number)) => json!(number),
        Some(report_cell::Value::Time(at)) => time(Some(at)),
    }
}

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_japan() {
        assert_eq!(begin_of_typed_day("2026-04-01").unwrap().seconds, 1_774_969_200);
        assert!(begin_of_typed_day("April").is_err());
    }
}
