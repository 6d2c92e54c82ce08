//! TokenService.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_proto::v1::token_service_server::TokenService;
use tokenfleet_proto::v1::{
    GetTokenRequest, GetTokenResponse, ListTokensRequest, ListTokensResponse, RetireTokenRequest, RetireTokenResponse,
    get_token_request,
};
use tonic::{Request, Response, Status};

use crate::app::filter::TokenFilter;
use crate::app::lending::{Deed, MoveToken};
use crate::app::target::Target;
use crate::app::{Answer, App};
use crate::grpc::convert::NOTE_MAX;
use crate::grpc::{close, convert, ledger, open};
use crate::identity::Caller;

pub(super) struct Tokens(pub(super) App);

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn get_token(&self, request: Request<GetTokenRequest>) -> Result<Response<GetTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.get(&caller, message).await)
    }

    async fn list_tokens(&self, request: Request<ListTokensRequest>) -> Result<Response<ListTokensResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.list(&caller, message).await)
    }

    async fn retire_token(
        &self,
        request: Request<RetireTokenRequest>,
    ) -> Result<Response<RetireTokenResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.retire(&caller, message).await)
    }
}

impl Tokens {
    async fn get(&self, caller: &Caller, message: GetTokenRequest) -> Answer<GetTokenResponse> {
        let target = convert::target!(message.target, get_token_request)?;
        let typed = match &target {
            Target::User(user) => Some(user.clone()),
            Target::Token(_) => None,
        };
        let call = convert::call(caller, "")?;
        let found = self.0.token_get(call.clone(), target).await?;
        let loan = self.0.loan_of(call, &found.token).await?;
        Ok(GetTokenResponse {
            token: Some(convert::token(&found, &caller.operator, typed.as_ref())),
            loan: loan.map(|shown| ledger::loan(&shown, caller, typed.as_ref())),
        })
    }

    async fn list(&self, caller: &Caller, message: ListTokensRequest) -> Answer<ListTokensResponse> {
        let filter = TokenFilter::parse(&message.filter, &caller.operator)?;
        let typed = filter.user().cloned();
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.token_list(convert::call(caller, "")?, filter, &message.order_by, page).await?;
        let tokens = page.items.iter().map(|found| convert::token(found, &caller.operator, typed.as_ref())).collect();
        Ok(ListTokensResponse { tokens, next_page_token: page.next.unwrap_or_default() })
    }

    async fn retire(&self, caller: &Caller, message: RetireTokenRequest) -> Answer<RetireTokenResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let order = MoveToken {
            target: convert::token_target(&message.token)?,
            deed: Deed::Retire,
            note: convert::text("note", &message.note, NOTE_MAX)?,
            etag: convert::etag(message.etag),
            leaves_none: false,
            validate_only: message.validate_only,
        };
        if order.etag.is_none() {
            let no = Rejection::from(Reason::EtagMissing).with("serial", order.target.words());
            return Err(no.in_field("etag"));
        }
        let moved = self.0.token_move(call.clone(), order).await?;
        let found = self.0.token_after(call, moved.token).await?;
        Ok(RetireTokenResponse { token: Some(convert::token(&found, &caller.operator, moved.holder.as_ref())) })
    }
}
