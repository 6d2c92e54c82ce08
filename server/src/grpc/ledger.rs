//! Reading the ledger: loans, and what befell tokens besides.

use prost_types::Timestamp as WireTime;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::{
    ListCustodyEventsRequest, ListCustodyEventsResponse, ListLoansRequest, ListLoansResponse,
    list_custody_events_request, list_loans_request,
};

use crate::app::Answer;
use crate::app::lending::{Ledger, LoanShown};
use crate::app::target::Target;
use crate::grpc::audit::event;
use crate::grpc::convert;
use crate::grpc::lending::Lending;
use crate::identity::Caller;

impl Lending {
    pub(super) async fn loans(&self, caller: &Caller, message: ListLoansRequest) -> Answer<ListLoansResponse> {
        let target = convert::target!(message.target, list_loans_request)?;
        let during = during(message.at_time.as_ref(), message.until_time.as_ref())?;
        let typed = typed(&target);
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.loan_list(convert::call(caller, "")?, Ledger { target, during }, page).await?;
        let loans = page.items.iter().map(|shown| loan(shown, caller, typed.as_ref())).collect();
        Ok(ListLoansResponse { loans, next_page_token: page.next.unwrap_or_default() })
    }

    pub(super) async fn custody_events(
        &self,
        caller: &Caller,
        message: ListCustodyEventsRequest,
    ) -> Answer<ListCustodyEventsResponse> {
        let target = convert::target!(message.target, list_custody_events_request)?;
        let typed = typed(&target);
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.custody_list(convert::call(caller, "")?, target, page).await?;
        let events = page.items.into_iter().map(|entry| event(entry, &caller.operator, typed.as_ref())).collect();
        Ok(ListCustodyEventsResponse { events, next_page_token: page.next.unwrap_or_default() })
    }
}

/// The first and the last moment that are asked about; of one moment both are the same.
fn during(at: Option<&WireTime>, until: Option<&WireTime>) -> Answer<Option<(Timestamp, Timestamp)>> {
    let Some(at) = at else {
        return if until.is_some() { Err(convert::missing("at_time")) } else { Ok(None) };
    };
    let first = convert::moment("at_time", at)?;
    let last = until.map_or(Ok(first), |until| convert::moment("until_time", until))?;
    if last < first { Err(convert::unknown("until_time", "at_time …")) } else { Ok(Some((first, last))) }
}

/// The ID that the caller has typed.
fn typed(target: &Target) -> Option<UserId> {
    match target {
        Target::User(user) => Some(user.clone()),
        Target::Token(_) => None,
    }
}

/// A loan as the caller may see it.
pub(super) fn loan(shown: &LoanShown, caller: &Caller, typed: Option<&UserId>) -> v1::Loan {
    let LoanShown { loan, token, serial } = shown;
    let operator = |name: &dyn std::fmt::Display| format!("operators/{name}");
    let end = loan.ended.as_ref();
    v1::Loan {
        token: token.to_string(),
        serial: serial.clone(),
        user_id: convert::holder(&loan.user, &caller.operator, typed),
        department: loan.department.clone().unwrap_or_default(),
        start_time: Some(convert::time(loan.started_at)),
        start_operator: operator(&loan.started_by),
        checked: loan.checked.clone().unwrap_or_default(),
        start_note: loan.start_note.clone(),
        end_time: end.map(|end| convert::time(end.at)),
        end_operator: end.map(|end| operator(&end.by)).unwrap_or_default(),
        end_reason: end.map(|end| end.reason.clone()).unwrap_or_default(),
        end_note: end.map(|end| end.note.clone()).unwrap_or_default(),
        route: loan.route.clone().unwrap_or_default(),
        ticket: loan.ticket.clone().unwrap_or_default(),
        due_time: loan.due_at.map(convert::time),
        source: loan.source.clone().unwrap_or_default(),
    }
}
