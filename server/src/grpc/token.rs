//! TokenService.

use tokenfleet_proto::v1::token_service_server::TokenService;
use tokenfleet_proto::v1::{
    GetTokenRequest, GetTokenResponse, ListTokensRequest, ListTokensResponse, get_token_request,
};
use tonic::{Request, Response, Status};

use crate::app::filter::TokenFilter;
use crate::app::target::Target;
use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
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
}

impl Tokens {
    async fn get(&self, caller: &Caller, message: GetTokenRequest) -> Answer<GetTokenResponse> {
        let target = match message.target {
            Some(get_token_request::Target::Token(token)) => convert::token_target(&token)?,
            Some(get_token_request::Target::User(user)) => convert::user_target(&user)?,
            None => return Err(convert::missing("target")),
        };
        let typed = match &target {
            Target::User(user) => Some(user.clone()),
            Target::Token(_) => None,
        };
        let found = self.0.token_get(convert::call(caller, "")?, target).await?;
        Ok(GetTokenResponse { token: Some(convert::token(&found, &caller.operator, typed.as_ref())) })
    }

    async fn list(&self, caller: &Caller, message: ListTokensRequest) -> Answer<ListTokensResponse> {
        let filter = TokenFilter::parse(&message.filter, &caller.operator)?;
        let typed = filter.user().cloned();
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.token_list(convert::call(caller, "")?, filter, &message.order_by, page).await?;
        let tokens = page.items.iter().map(|found| convert::token(found, &caller.operator, typed.as_ref())).collect();
        Ok(ListTokensResponse { tokens, next_page_token: page.next.unwrap_or_default() })
    }
}
