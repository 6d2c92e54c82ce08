//! CodeService.

use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_proto::v1::code_service_server::CodeService;
use tokenfleet_proto::v1::{
    ResyncTokenRequest, ResyncTokenResponse, VerifyTokenRequest, VerifyTokenResponse, resync_token_request,
    verify_token_request,
};
use tonic::{Request, Response, Status};

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
}

impl Code {
    async fn verify(&self, caller: &Caller, message: VerifyTokenRequest) -> Answer<VerifyTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = match message.target {
            Some(verify_token_request::Target::Token(token)) => convert::token_target(&token)?,
            Some(verify_token_request::Target::User(user)) => convert::user_target(&user)?,
            None => return Err(convert::missing("target")),
        };
        let code = convert::code(&message.code)?;
        let verified = self.0.token_verify(call.clone(), target.clone(), code).await?;
        let found = self.0.token_after(call, verified.token).await?;
        Ok(VerifyTokenResponse {
            token: Some(convert::token(&found, &caller.operator, typed(&target))),
            verdict: convert::verdict(&self.0, &found, verified.sighting),
        })
    }

    async fn resync(&self, caller: &Caller, message: ResyncTokenRequest) -> Answer<ResyncTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = match message.target {
            Some(resync_token_request::Target::Token(token)) => convert::token_target(&token)?,
            Some(resync_token_request::Target::User(user)) => convert::user_target(&user)?,
            None => return Err(convert::missing("target")),
        };
        let codes: Vec<_> = message.codes.iter().map(|code| convert::field("codes", code)).collect::<Answer<_>>()?;
        let shown = match codes.as_slice() {
            [first, second] => Shown { first: *first, second: *second, third: None },
            [first, second, third] => Shown { first: *first, second: *second, third: Some(*third) },
            [] => return Err(convert::missing("codes")),
            _ => return Err(convert::unknown("codes", "2, 3")),
        };
        let verified = self.0.token_resync(call.clone(), target.clone(), shown).await?;
        let found = self.0.token_after(call, verified.token).await?;
        Ok(ResyncTokenResponse {
            token: Some(convert::token(&found, &caller.operator, typed(&target))),
            verdict: convert::verdict(&self.0, &found, verified.sighting),
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
