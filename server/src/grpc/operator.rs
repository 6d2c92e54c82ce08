//! OperatorService.

use tokenfleet_proto::v1::operator_service_server::OperatorService;
use tokenfleet_proto::v1::{
    CreateOperatorRequest, CreateOperatorResponse, GetCurrentOperatorRequest, GetCurrentOperatorResponse,
    ListOperatorsRequest, ListOperatorsResponse, RevokeOperatorRequest, RevokeOperatorResponse,
};
use tonic::{Request, Response, Status};

use crate::app::operator::AddOperator;
use crate::app::{Answer, App};
use crate::grpc::convert::NAME_MAX;
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Operators(pub(super) App);

#[tonic::async_trait]
impl OperatorService for Operators {
    async fn get_current_operator(
        &self,
        request: Request<GetCurrentOperatorRequest>,
    ) -> Result<Response<GetCurrentOperatorResponse>, Status> {
        let (caller, _) = open(request)?;
        let current = GetCurrentOperatorResponse {
            operator: Some(convert::operator(&caller.operator)),
            certificate_expire_time: Some(convert::time(caller.certificate_expires_at)),
        };
        close(&caller, Ok(current))
    }

    async fn create_operator(
        &self,
        request: Request<CreateOperatorRequest>,
    ) -> Result<Response<CreateOperatorResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.create(&caller, message).await)
    }

    async fn list_operators(
        &self,
        request: Request<ListOperatorsRequest>,
    ) -> Result<Response<ListOperatorsResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.list(message).await)
    }

    async fn revoke_operator(
        &self,
        request: Request<RevokeOperatorRequest>,
    ) -> Result<Response<RevokeOperatorResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.revoke(&caller, message).await)
    }
}

impl Operators {
    async fn create(&self, caller: &Caller, message: CreateOperatorRequest) -> Answer<CreateOperatorResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let departments = message
            .departments
            .iter()
            // A blank one must not widen the scope to the whole university.
            .map(|department| match convert::text("departments", department, NAME_MAX)? {
                blank if blank.is_empty() => Err(convert::missing("departments")),
                department => Ok(department),
            })
            .collect::<Answer<Vec<_>>>()?;
        let deed = AddOperator {
            name: convert::field("operator_id", &message.operator_id)?,
            roles: convert::roles(&message.roles)?,
            departments,
            user: convert::optional("user_id", &message.user_id)?,
            request_pem: message.certificate_request_pem,
        };
        let (operator, signed) = self.0.operator_add(call, deed).await?;
        Ok(CreateOperatorResponse {
            operator: Some(convert::operator(&operator)),
            certificate_pem: signed.certificate_pem,
            authority_pem: signed.authority_pem,
        })
    }

    async fn list(&self, message: ListOperatorsRequest) -> Answer<ListOperatorsResponse> {
        let page = self.0.operator_list(convert::page(message.page_size, message.page_token)).await?;
        Ok(ListOperatorsResponse {
            operators: page.items.iter().map(convert::operator).collect(),
            next_page_token: page.next.unwrap_or_default(),
        })
    }

    async fn revoke(&self, caller: &Caller, message: RevokeOperatorRequest) -> Answer<RevokeOperatorResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let name = convert::field("name", &message.name)?;
        let operator = self.0.operator_revoke(call, name).await?;
        Ok(RevokeOperatorResponse { operator: Some(convert::operator(&operator)) })
    }
}
