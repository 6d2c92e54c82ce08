//! LendingService.

use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_server::LendingService;
use tokenfleet_proto::v1::{
    AssignTokenRequest, AssignTokenResponse, ReturnTokenRequest, ReturnTokenResponse, return_token_request,
};
use tonic::{Request, Response, Status};

use crate::app::lending::{Assign, Checked, Proof, Return, ReturnReason};
use crate::app::{Answer, App};
use crate::grpc::convert::{NAME_MAX, NOTE_MAX};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Lending(pub(super) App);

#[tonic::async_trait]
impl LendingService for Lending {
    async fn assign_token(
        &self,
        request: Request<AssignTokenRequest>,
    ) -> Result<Response<AssignTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.assign(&caller, message).await)
    }

    async fn return_token(
        &self,
        request: Request<ReturnTokenRequest>,
    ) -> Result<Response<ReturnTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.take_back(&caller, message).await)
    }
}

impl Lending {
    async fn assign(&self, caller: &Caller, message: AssignTokenRequest) -> Answer<AssignTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let department = convert::text("department", &message.department, NAME_MAX)?;
        let deed = Assign {
            token: convert::field("token", &message.token)?,
            user: convert::field("user", &message.user)?,
            proof: proof(&message.codes)?,
            checked: checked(message.checked)?,
            department: (!department.is_empty()).then_some(department),
            note: convert::text("note", &message.note, NOTE_MAX)?,
            etag: (!message.etag.is_empty()).then_some(message.etag),
            validate_only: message.validate_only,
        };
        let user = deed.user.clone();
        let lent = self.0.token_assign(call.clone(), deed).await?;
        let found = self.0.token_after(call, lent.token).await?;
        Ok(AssignTokenResponse {
            token: Some(convert::token(&found, &caller.operator, Some(&user))),
            verdict: convert::verdict(&self.0, &found, lent.sighting),
        })
    }

    async fn take_back(&self, caller: &Caller, message: ReturnTokenRequest) -> Answer<ReturnTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed = Return {
            target: match message.target {
                Some(return_token_request::Target::Token(token)) => convert::token_target(&token)?,
                Some(return_token_request::Target::User(user)) => convert::user_target(&user)?,
                None => return Err(convert::missing("target")),
            },
            reason: reason(message.reason)?,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            etag: (!message.etag.is_empty()).then_some(message.etag),
            validate_only: message.validate_only,
        };
        let returned = self.0.token_return(call.clone(), deed).await?;
        let found = self.0.token_after(call, returned.token).await?;
        Ok(ReturnTokenResponse {
            token: Some(convert::token(&found, &caller.operator, returned.by.as_ref())),
            returned_by: returned.by.map(|by| by.to_string()).unwrap_or_default(),
        })
    }
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

fn reason(reason: i32) -> Answer<ReturnReason> {
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
