//! CodeService.

use tokenfleet_proto::v1::code_service_server::CodeService;
use tokenfleet_proto::v1::{
    IdentifiedToken, IdentifyTokenRequest, IdentifyTokenResponse, ResyncTokenRequest, ResyncTokenResponse,
    VerifyTokenRequest, VerifyTokenResponse, resync_token_request, verify_token_request,
};
use tonic::{Request, Response, Status};

use crate::app::code::{Presented, ShowCodes, ShownFor};
use crate::app::target::Target;
use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Code(pub(super) App);

#[tonic::async_trait]
impl CodeService for Code {
    async fn verify_token(
        &self,
        request: Request<VerifyTokenRequest>,
    ) -> Result<Response<VerifyTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.verify(&caller, message).await)
    }

    async fn resync_token(
        &self,
        request: Request<ResyncTokenRequest>,
    ) -> Result<Response<ResyncTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.resync(&caller, message).await)
    }

    async fn identify_token(
        &self,
        request: Request<IdentifyTokenRequest>,
    ) -> Result<Response<IdentifyTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.identify(&caller, message).await)
    }
}

impl Code {
    async fn verify(&self, caller: &Caller, message: VerifyTokenRequest) -> Answer<VerifyTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = convert::target!(message.target, verify_token_request)?;
        let for_user = convert::optional("for_user", &message.for_user)?;
        let asked = Presented { target: target.clone(), for_user, code: convert::code(&message.code)? };
        let named = asked.for_user.clone();
        let verified = self.0.token_verify(call.clone(), asked).await?;
        let found = self.0.token_after(call, verified.token).await?;
        Ok(VerifyTokenResponse {
            token: Some(convert::token(&found, &caller.operator, typed(&target).or(named.as_ref()))),
            verdict: convert::verdict(&self.0, &found, verified.sighting),
        })
    }

    async fn resync(&self, caller: &Caller, message: ResyncTokenRequest) -> Answer<ResyncTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = convert::target!(message.target, resync_token_request)?;
        let asked = ShowCodes {
            target: target.clone(),
            for_user: convert::optional("for_user", &message.for_user)?,
            shown: convert::shown(&message.codes)?,
            shown_for: ShownFor::Resync,
            note: String::new(),
            etag: None,
            validate_only: false,
        };
        let named = asked.for_user.clone();
        let verified = self.0.token_resync(call.clone(), asked).await?;
        let found = self.0.token_after(call, verified.token).await?;
        Ok(ResyncTokenResponse {
            token: Some(convert::token(&found, &caller.operator, typed(&target).or(named.as_ref()))),
            verdict: convert::verdict(&self.0, &found, verified.sighting),
        })
    }
}

impl Code {
    async fn identify(&self, caller: &Caller, message: IdentifyTokenRequest) -> Answer<IdentifyTokenResponse> {
        let shown = convert::shown(&message.codes)?;
        let named = convert::optional("for_user", &message.for_user)?;
        let identified = self.0.token_identify(convert::call(caller, "")?, shown, named.clone()).await?;
        let matches = identified.tokens.iter().map(|seen| IdentifiedToken {
            token: Some(convert::token(&seen.found, &caller.operator, named.as_ref())),
            clock_offset_seconds: seen.offset_seconds,
        });
        Ok(IdentifyTokenResponse {
            matches: matches.collect(),
            examined: i64::try_from(identified.examined).unwrap_or(i64::MAX),
        })
    }
}

/// The whole ID, where the caller typed it.
fn typed(target: &Target) -> Option<&tokenfleet_domain::ids::UserId> {
    match target {
        Target::User(user) => Some(user),
        Target::Token(_) => None,
    }
}
