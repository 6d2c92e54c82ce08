//! LendingService.

use prost_types::Timestamp;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_server::LendingService;
use tokenfleet_proto::v1::{
    AssignTokenRequest, AssignTokenResponse, BatchAssignTokensRequest, BatchAssignTokensResponse, GetReadinessRequest,
    GetReadinessResponse, ListCustodyEventsRequest, ListCustodyEventsResponse, ListLoansRequest, ListLoansResponse,
    MoveUserTokensRequest, MoveUserTokensResponse, RebindTokenRequest, RebindTokenResponse, ReplaceTokenRequest,
    ReplaceTokenResponse, ReportTokenFoundRequest, ReportTokenFoundResponse, ReportTokenLostRequest,
    ReportTokenLostResponse, ResumeTokenRequest, ResumeTokenResponse, ReturnTokenRequest, ReturnTokenResponse,
    SuspendTokenRequest, SuspendTokenResponse, rebind_token_request, replace_token_request, report_token_found_request,
    report_token_lost_request, resume_token_request, return_token_request, suspend_token_request,
};
use tonic::{Request, Response, Status};

use crate::app::code::{ShowCodes, ShownFor};
use crate::app::judge::Verified;
use crate::app::lending::{
    Assign, ChangeUser, Checked, Deed, GiveBack, GivenBack, Met, MoveToken, Moved, OldToken, Proof, Replace,
    ReplaceReason, ReturnReason, Route, Step, Terms,
};
use crate::app::{Answer, App, Call, Found};
use crate::grpc::batch::refusal;
use crate::grpc::convert::{NAME_MAX, NOTE_MAX};
use crate::grpc::ledger::loan;
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Lending(pub(super) App);

/// Every call of the service: taken apart, done, put together.
macro_rules! calls {
    ($($call:ident: $request:ident -> $response:ident by $does:ident;)*) => {
        #[tonic::async_trait]
        impl LendingService for Lending {
            $(async fn $call(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let (caller, message) = open(request)?;
                close(&caller, self.$does(&caller, message).await)
            })*
        }
    };
}

calls! {
    assign_token: AssignTokenRequest -> AssignTokenResponse by assign;
    batch_assign_tokens: BatchAssignTokensRequest -> BatchAssignTokensResponse by assign_many;
    return_token: ReturnTokenRequest -> ReturnTokenResponse by take_back;
    replace_token: ReplaceTokenRequest -> ReplaceTokenResponse by replace;
    report_token_lost: ReportTokenLostRequest -> ReportTokenLostResponse by lose;
    report_token_found: ReportTokenFoundRequest -> ReportTokenFoundResponse by find;
    suspend_token: SuspendTokenRequest -> SuspendTokenResponse by suspend;
    resume_token: ResumeTokenRequest -> ResumeTokenResponse by resume;
    rebind_token: RebindTokenRequest -> RebindTokenResponse by rebind;
    move_user_tokens: MoveUserTokensRequest -> MoveUserTokensResponse by change_user;
    get_readiness: GetReadinessRequest -> GetReadinessResponse by readiness;
    list_loans: ListLoansRequest -> ListLoansResponse by loans;
    list_custody_events: ListCustodyEventsRequest -> ListCustodyEventsResponse by custody_events;
}

impl Lending {
    async fn assign(&self, caller: &Caller, message: AssignTokenRequest) -> Answer<AssignTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed = assignment(message)?;
        let user = deed.user.clone();
        let lent = self.0.token_assign(call.clone(), deed).await?;
        let found = self.0.token_after(call.clone(), lent.verified.token).await?;
        let loan_of_it = self.0.loan_after(call, &found.token).await?;
        Ok(AssignTokenResponse {
            token: Some(convert::token(&found, &caller.operator, Some(&user))),
            verdict: convert::verdict(&self.0, &found, lent.verified.sighting),
            loan: loan_of_it.map(|shown| loan(&shown, caller, Some(&user))),
            window_seconds: self.0.entra_window_seconds(),
        })
    }

    async fn take_back(&self, caller: &Caller, message: ReturnTokenRequest) -> Answer<ReturnTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = MoveToken {
            target: convert::target!(message.target, return_token_request)?,
            deed: Deed::Return(return_reason(message.reason)?),
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            leaves_none: message.leaves_none,
            validate_only: message.validate_only,
        };
        let deed = GiveBack { order, proof: proof(&message.codes)? };
        let GivenBack { moved, sighting } = self.0.token_return(call.clone(), deed).await?;
        let found = self.0.token_after(call, moved.token).await?;
        Ok(ReturnTokenResponse {
            verdict: convert::verdict(&self.0, &found, sighting),
            token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())),
            returned_by: moved.holder.map(|by| by.to_string()).unwrap_or_default(),
        })
    }

    async fn replace(&self, caller: &Caller, message: ReplaceTokenRequest) -> Answer<ReplaceTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let reason = replace_reason(message.reason)?;
        if message.old_returns_later && reason == ReplaceReason::Lost {
            return Err(Rejection::from(Reason::LostReturnsLater).in_field("old_returns_later"));
        }
        let target = match message.old {
            Some(replace_token_request::Old::Token(token)) => convert::token_target(&token)?,
            Some(replace_token_request::Old::User(user)) => convert::user_target(&user)?,
            None => return Err(convert::missing("old")),
        };
        let deed = Replace {
            old: OldToken { target, reason, later: message.old_returns_later, etag: convert::etag(message.old_etag) },
            new: convert::field("new_token", &message.new_token)?,
            proof: proof(&message.codes)?,
            checked: checked(message.checked)?,
            terms: terms(message.route, &message.ticket, message.due_time.as_ref())?,
            note: note(&message.note)?,
            etag: convert::etag(message.new_etag),
            validate_only: message.validate_only,
        };
        let lent = self.0.token_replace(call.clone(), deed).await?;
        let found = self.0.token_after(call.clone(), lent.verified.token).await?;
        let loan_of_it = self.0.loan_after(call.clone(), &found.token).await?;
        let old = match lent.replaced {
            Some(old) => Some(self.0.token_after(call, old).await?),
            None => None,
        };
        Ok(ReplaceTokenResponse {
            verdict: convert::verdict(&self.0, &found, lent.verified.sighting),
            token: Some(convert::token(&found, &caller.operator, None)),
            old_token: old.map(|old| convert::token(&old, &caller.operator, None)),
            loan: loan_of_it.map(|shown| loan(&shown, caller, None)),
            window_seconds: self.0.entra_window_seconds(),
        })
    }

    async fn lose(&self, caller: &Caller, message: ReportTokenLostRequest) -> Answer<ReportTokenLostResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = MoveToken {
            target: convert::target!(message.target, report_token_lost_request)?,
            deed: Deed::Lose,
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            leaves_none: false,
            validate_only: message.validate_only,
        };
        let (found, moved) = self.done(call, order).await?;
        Ok(ReportTokenLostResponse { token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())) })
    }

    async fn find(&self, caller: &Caller, message: ReportTokenFoundRequest) -> Answer<ReportTokenFoundResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = convert::target!(message.target, report_token_found_request)?;
        let (note, etag) = (note(&message.note)?, convert::etag(message.etag));
        let validate_only = message.validate_only;
        if !message.codes.is_empty() {
            let shown = convert::shown(&message.codes)?;
            let shown_for = ShownFor::Find;
            let asked = ShowCodes { target, for_user: None, shown, shown_for, note, etag, validate_only };
            let (found, verified) = self.shown(call, asked).await?;
            return Ok(ReportTokenFoundResponse {
                lost_by: found.token.user.as_ref().map(ToString::to_string).unwrap_or_default(),
                verdict: convert::verdict(&self.0, &found, verified.sighting),
                token: Some(convert::token(&found, &caller.operator, found.token.user.as_ref())),
            });
        }
        let order = MoveToken { target, deed: Deed::Find, note, etag, leaves_none: false, validate_only };
        let (found, moved) = self.done(call, order).await?;
        Ok(ReportTokenFoundResponse {
            token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())),
            lost_by: moved.holder.map(|by| by.to_string()).unwrap_or_default(),
            verdict: None,
        })
    }

    async fn suspend(&self, caller: &Caller, message: SuspendTokenRequest) -> Answer<SuspendTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = MoveToken {
            target: convert::target!(message.target, suspend_token_request)?,
            deed: Deed::Suspend,
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            leaves_none: message.leaves_none,
            validate_only: message.validate_only,
        };
        let (found, moved) = self.done(call, order).await?;
        Ok(SuspendTokenResponse { token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())) })
    }

    async fn resume(&self, caller: &Caller, message: ResumeTokenRequest) -> Answer<ResumeTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = MoveToken {
            target: convert::target!(message.target, resume_token_request)?,
            deed: Deed::Resume,
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            leaves_none: false,
            validate_only: message.validate_only,
        };
        let (found, moved) = self.done(call, order).await?;
        Ok(ResumeTokenResponse { token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())) })
    }

    async fn rebind(&self, caller: &Caller, message: RebindTokenRequest) -> Answer<RebindTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let asked = ShowCodes {
            target: convert::target!(message.target, rebind_token_request)?,
            for_user: None,
            shown: convert::shown(&message.codes)?,
            shown_for: ShownFor::Rebind,
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            validate_only: message.validate_only,
        };
        let (found, verified) = self.shown(call, asked).await?;
        Ok(RebindTokenResponse {
            verdict: convert::verdict(&self.0, &found, verified.sighting),
            token: Some(convert::token(&found, &caller.operator, found.token.user.as_ref())),
        })
    }

    async fn change_user(&self, caller: &Caller, message: MoveUserTokensRequest) -> Answer<MoveUserTokensResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed = ChangeUser {
            from: convert::field("user", &message.user)?,
            to: convert::field("new_user", &message.new_user)?,
            note: note(&message.note)?,
            etag: convert::etag(message.etag),
            validate_only: message.validate_only,
        };
        let changed = self.0.user_change(call.clone(), deed).await?;
        let mut tokens = Vec::new();
        for token in changed.tokens {
            let found = self.0.token_after(call.clone(), token).await?;
            tokens.push(convert::token(&found, &caller.operator, None));
        }
        Ok(MoveUserTokensResponse { tokens, etag: changed.etag })
    }

    async fn readiness(&self, caller: &Caller, message: GetReadinessRequest) -> Answer<GetReadinessResponse> {
        let user: UserId = convert::field("user", &message.user)?;
        let readiness = self.0.readiness(convert::call(caller, "")?, user.clone()).await?;
        let steps = readiness
            .steps
            .iter()
            .map(|(step, met)| v1::ReadinessState { step: readiness_step(*step).into(), met: self::met(*met).into() });
        Ok(GetReadinessResponse {
            user_id: user.to_string(),
            steps: steps.collect(),
            may_apply: met(readiness.may_apply()).into(),
            refusal: readiness.refusal.as_ref().map(|why| refusal(0, why, caller.lang)),
            token: readiness.token.map(|found| convert::token(&found, &caller.operator, Some(&user))),
        })
    }

    /// A move that was made, and the token as it is now.
    async fn done(&self, call: Call, order: MoveToken) -> Answer<(Found, Moved)> {
        let moved = self.0.token_move(call.clone(), order).await?;
        Ok((self.0.token_after(call, moved.token).await?, moved))
    }

    /// Codes that were accepted, and the token as it is now.
    async fn shown(&self, call: Call, asked: ShowCodes) -> Answer<(Found, Verified)> {
        let verified = self.0.token_resync(call.clone(), asked).await?;
        Ok((self.0.token_after(call, verified.token).await?, verified))
    }
}

fn readiness_step(step: Step) -> v1::ReadinessStep {
    match step {
        Step::Lent => v1::ReadinessStep::Lent,
        Step::Counts => v1::ReadinessStep::Counts,
        Step::Proven => v1::ReadinessStep::Proven,
        Step::ClockInside => v1::ReadinessStep::ClockInside,
        Step::Registered => v1::ReadinessStep::Registered,
    }
}

fn met(met: Met) -> v1::Met {
    match met {
        Met::Yes => v1::Met::Yes,
        Met::No => v1::Met::No,
        Met::Unknown => v1::Met::Unknown,
    }
}

fn note(note: &str) -> Answer<String> {
    convert::text("note", note, NOTE_MAX)
}

/// A loan as it is asked for.
pub(super) fn assignment(message: AssignTokenRequest) -> Answer<Assign> {
    let department = convert::text("department", &message.department, NAME_MAX)?;
    Ok(Assign {
        token: convert::field("token", &message.token)?,
        user: convert::field("user", &message.user)?,
        proof: proof(&message.codes)?,
        checked: checked(message.checked)?,
        department: (!department.is_empty()).then_some(department),
        terms: terms(message.route, &message.ticket, message.due_time.as_ref())?,
        note: note(&message.note)?,
        etag: convert::etag(message.etag),
        replaces: None,
        validate_only: message.validate_only,
    })
}

fn terms(route: i32, ticket: &str, due: Option<&Timestamp>) -> Answer<Terms> {
    let bad = || convert::unknown("route", "self, proxy");
    let route = match v1::LoanRoute::try_from(route).map_err(|_| bad())? {
        v1::LoanRoute::Unspecified => None,
        v1::LoanRoute::Self_ => Some(Route::Own),
        v1::LoanRoute::Proxy => Some(Route::Proxy),
    };
    let ticket = convert::text("ticket", ticket, NAME_MAX)?;
    let due = due.map(|due| convert::moment("due_time", due)).transpose()?;
    Ok(Terms { route, ticket: (!ticket.is_empty()).then_some(ticket), due })
}

fn proof(codes: &[String]) -> Answer<Proof> {
    Ok(match codes {
        [] => Proof::None,
        [one] => Proof::One(convert::field("codes", one)?),
        [first, second] => Proof::Two(Shown {
            first: convert::field("codes", first)?,
            second: convert::field("codes", second)?,
            third: None,
        }),
        _ => return Err(convert::unknown("codes", "0, 1, 2")),
    })
}

fn checked(checked: i32) -> Answer<Option<Checked>> {
    let bad = || convert::unknown("checked", "staff-card, student-card, other-photo-id, known-person");
    Ok(match v1::Checked::try_from(checked).map_err(|_| bad())? {
        v1::Checked::Unspecified => None,
        v1::Checked::StaffCard => Some(Checked::StaffCard),
        v1::Checked::StudentCard => Some(Checked::StudentCard),
        v1::Checked::OtherPhotoId => Some(Checked::OtherPhotoId),
        v1::Checked::KnownPerson => Some(Checked::KnownPerson),
    })
}

fn return_reason(reason: i32) -> Answer<ReturnReason> {
    let bad = || convert::unknown("reason", "other, faulty, battery, leaving, exchange, merged");
    Ok(match v1::ReturnReason::try_from(reason).map_err(|_| bad())? {
        v1::ReturnReason::Unspecified | v1::ReturnReason::Other => ReturnReason::Other,
        v1::ReturnReason::Faulty => ReturnReason::Faulty,
        v1::ReturnReason::Battery => ReturnReason::Battery,
        v1::ReturnReason::Leaving => ReturnReason::Leaving,
        v1::ReturnReason::Exchange => ReturnReason::Exchange,
        v1::ReturnReason::Merged => ReturnReason::Merged,
    })
}

fn replace_reason(reason: i32) -> Answer<ReplaceReason> {
    let bad = || convert::unknown("reason", "other, faulty, battery, lost, exchange");
    Ok(match v1::ReplaceReason::try_from(reason).map_err(|_| bad())? {
        v1::ReplaceReason::Unspecified | v1::ReplaceReason::Other => ReplaceReason::Other,
        v1::ReplaceReason::Faulty => ReplaceReason::Faulty,
        v1::ReplaceReason::Battery => ReplaceReason::Battery,
        v1::ReplaceReason::Lost => ReplaceReason::Lost,
        v1::ReplaceReason::Exchange => ReplaceReason::Exchange,
    })
}
