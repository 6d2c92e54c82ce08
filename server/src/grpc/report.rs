//! ReportService.

use tokenfleet_domain::report::{Cell, Column, Kind, ReportName};
use tokenfleet_proto::v1::report_service_server::ReportService;
use tokenfleet_proto::v1::{self, RunReportRequest, RunReportResponse, report_cell};
use tonic::{Request, Response, Status};

use crate::app::report::ReportAsked;
use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Reports(pub(super) App);

#[tonic::async_trait]
impl ReportService for Reports {
    async fn run_report(&self, request: Request<RunReportRequest>) -> Result<Response<RunReportResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.run(&caller, message).await)
    }
}

impl Reports {
    async fn run(&self, caller: &Caller, message: RunReportRequest) -> Answer<RunReportResponse> {
        let asked = ReportAsked {
            name: name(message.report)?,
            days: (message.days != 0).then_some(i64::from(message.days)),
            since: message.since_time.map(|at| convert::moment("since_time", &at)).transpose()?,
        };
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.report_run(convert::call(caller, "")?, asked, page).await?;
        let notes = page.table.notes.iter();
        Ok(RunReportResponse {
            columns: page.table.columns.iter().map(column).collect(),
            rows: page.table.rows.into_iter().map(row).collect(),
            next_page_token: page.next.unwrap_or_default(),
            notes: notes.map(|note| v1::ReportNote { name: note.name.to_owned(), number: note.number }).collect(),
        })
    }
}

fn name(report: i32) -> Answer<ReportName> {
    Ok(match v1::Report::try_from(report).unwrap_or_default() {
        v1::Report::Unspecified => {
            let known: Vec<_> = (1..).map_while(|number| v1::Report::try_from(number).ok()).collect();
            let names: Vec<_> = known.iter().map(v1::Report::as_str_name).collect();
            return Err(convert::unknown("report", &names.join(", ")));
        }
        v1::Report::Unproven => ReportName::Unproven,
        v1::Report::Overdue => ReportName::Overdue,
        v1::Report::Dormant => ReportName::Dormant,
        v1::Report::Failing => ReportName::Failing,
        v1::Report::Leavers => ReportName::Leavers,
        v1::Report::Expiring => ReportName::Expiring,
        v1::Report::Inventory => ReportName::Inventory,
        v1::Report::Forecast => ReportName::Forecast,
        v1::Report::Purchase => ReportName::Purchase,
        v1::Report::Drift => ReportName::Drift,
        v1::Report::Rates => ReportName::Rates,
        v1::Report::Loans => ReportName::Loans,
        v1::Report::FleetClock => ReportName::FleetClock,
    })
}

fn column(column: &Column) -> v1::ReportColumn {
    let kind = match column.kind {
        Kind::Text => v1::ReportColumnKind::Text,
        Kind::Number => v1::ReportColumnKind::Number,
        Kind::Decimal => v1::ReportColumnKind::Decimal,
        Kind::Time => v1::ReportColumnKind::Time,
    };
    v1::ReportColumn { name: column.name.to_owned(), kind: kind.into() }
}

fn row(cells: Vec<Cell>) -> v1::ReportRow {
    v1::ReportRow { cells: cells.into_iter().map(|cell| v1::ReportCell { value: value(cell) }).collect() }
}

fn value(cell: Cell) -> Option<report_cell::Value> {
    match cell {
        Cell::Absent => None,
        Cell::Text(text) => Some(report_cell::Value::Text(text)),
        Cell::Number(number) => Some(report_cell::Value::Number(number)),
        Cell::Decimal(number) => Some(report_cell::Value::Decimal(number)),
        Cell::Time(at) => Some(report_cell::Value::Time(convert::time(at))),
    }
}
