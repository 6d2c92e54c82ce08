//! Lending many tokens at once: every row that can't be read or lent is named, and then none is lent.

use tokenfleet_domain::catalogue::Lang;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_proto::v1::{AssignTokenRequest, BatchAssignTokensRequest, BatchAssignTokensResponse, LoanRefusal};

use crate::app::lending::{Assign, AssignBatch, BATCH_MAX, BatchEnd, RefusedLoan};
use crate::app::{Answer, Call};
use crate::grpc::convert;
use crate::grpc::lending::{Lending, assignment};
use crate::identity::Caller;

impl Lending {
    pub(super) async fn assign_many(
        &self,
        caller: &Caller,
        message: BatchAssignTokensRequest,
    ) -> Answer<BatchAssignTokensResponse> {
        let call = convert::call(caller, &message.request_id)?;
        match message.requests.len() {
            0 => return Err(convert::missing("requests")),
            1..=BATCH_MAX => {}
            _ => return Err(convert::unknown("requests", "1 … 1000")),
        }
        let rows = Rows::read(message.requests);
        if !rows.unread.is_empty() {
            return self.refuse_with(caller, call, rows).await;
        }
        let users: Vec<_> = rows.loans.iter().map(|loan| loan.user.clone()).collect();
        let batch = AssignBatch { loans: rows.loans, validate_only: message.validate_only };
        match self.0.token_assign_batch(call.clone(), batch).await? {
            BatchEnd::Refused(refused) => Ok(refusals(&refused, caller.lang)),
            BatchEnd::Lent(tokens) => {
                let found = self.0.tokens_after(call, tokens).await?;
                let tokens = found.iter().zip(&users);
                let tokens = tokens.map(|(found, user)| convert::token(found, &caller.operator, Some(user)));
                Ok(BatchAssignTokensResponse { tokens: tokens.collect(), refusals: Vec::new() })
            }
        }
    }

    /// Names the rows that can't be read, and of the others those that could not be lent either.
    async fn refuse_with(&self, caller: &Caller, call: Call, rows: Rows) -> Answer<BatchAssignTokensResponse> {
        let Rows { loans, places, unread: mut refused } = rows;
        let checked = AssignBatch { loans, validate_only: true };
        if let BatchEnd::Refused(others) = self.0.token_assign_batch(call, checked).await? {
            let in_place = |loan: RefusedLoan| Some(RefusedLoan { index: *places.get(loan.index)?, ..loan });
            refused.extend(others.into_iter().filter_map(in_place));
        }
        refused.sort_by_key(|loan| loan.index);
        Ok(refusals(&refused, caller.lang))
    }
}

/// The rows of a batch.
#[derive(Default)]
struct Rows {
    /// Those that can be read.
    loans: Vec<Assign>,
    /// Where they stand.
    places: Vec<usize>,
    /// Those that can't.
    unread: Vec<RefusedLoan>,
}

impl Rows {
    fn read(requests: Vec<AssignTokenRequest>) -> Self {
        let mut rows = Self::default();
        for (index, request) in requests.into_iter().enumerate() {
            match fit_for_a_batch(&request).and_then(|()| assignment(request)) {
                Ok(loan) => {
                    rows.loans.push(loan);
                    rows.places.push(index);
                }
                Err(why) => rows.unread.push(RefusedLoan { index, why }),
            }
        }
        rows
    }
}

/// What stands once for the whole batch is not said of one row, and no codes are looked at.
fn fit_for_a_batch(request: &AssignTokenRequest) -> Answer<()> {
    match request {
        AssignTokenRequest { codes, .. } if !codes.is_empty() => Err(convert::unknown("codes", "none, in a batch")),
        AssignTokenRequest { request_id, .. } if !request_id.is_empty() => {
            Err(convert::unknown("request_id", "none, in a row of a batch"))
        }
        AssignTokenRequest { validate_only: true, .. } => {
            Err(convert::unknown("validate_only", "false, in a row of a batch"))
        }
        AssignTokenRequest { .. } => Ok(()),
    }
}

fn refusals(refused: &[RefusedLoan], lang: Lang) -> BatchAssignTokensResponse {
    let refusals = refused.iter().map(|RefusedLoan { index, why }| refusal(*index, why, lang));
    BatchAssignTokensResponse { tokens: Vec::new(), refusals: refusals.collect() }
}

/// Why a loan can't be made.
pub(super) fn refusal(index: usize, why: &Rejection, lang: Lang) -> LoanRefusal {
    LoanRefusal {
        index: i32::try_from(index).unwrap_or(i32::MAX),
        code: why.reason.words().code.to_owned(),
        reason: why.reason.words().reason.to_owned(),
        message: why.message(lang),
        hint: why.hint(lang),
    }
}
