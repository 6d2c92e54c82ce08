//! AuthenticationService: yes or no for relying systems.

use tokenfleet_proto::v1::authentication_service_server::AuthenticationService;
use tokenfleet_proto::v1::verify_code_response::Result as Outcome;
use tokenfleet_proto::v1::{VerifyCodeRequest, VerifyCodeResponse, verify_code_request};
use tonic::{Request, Response, Status};

use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Authentication(pub(super) App);

#[tonic::async_trait]
impl AuthenticationService for Authentication {
    async fn verify_code(&self, request: Request<VerifyCodeRequest>) -> Result<Response<VerifyCodeResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.verify(&caller, message).await)
    }
}

impl Authentication {
    async fn verify(&self, caller: &Caller, message: VerifyCodeRequest) -> Answer<VerifyCodeResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let target = match message.target {
            Some(verify_code_request::Target::User(user)) => convert::user_target(&user)?,
            Some(verify_code_request::Target::Token(token)) => convert::token_target(&token)?,
            None => return Err(convert::missing("target")),
        };
        let code = convert::code(&message.code)?;
        let accepted = self.0.code_verify(call, target, code).await?;
        let result = if accepted { Outcome::Accepted } else { Outcome::Rejected };
        Ok(VerifyCodeResponse { result: result.into() })
    }
}
