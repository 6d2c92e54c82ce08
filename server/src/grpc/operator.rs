//! OperatorService.

use prost_types::Timestamp;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_server::OperatorService;
use tokenfleet_proto::v1::{
    CreateOperatorRequest, CreateOperatorResponse, GetCurrentOperatorRequest, GetCurrentOperatorResponse,
    IssueCertificateRequest, IssueCertificateResponse, ListOperatorsRequest, ListOperatorsResponse,
    RenewCertificateRequest, RenewCertificateResponse, RevokeOperatorRequest, RevokeOperatorResponse,
    UpdateOperatorRequest, UpdateOperatorResponse,
};
use tonic::{Request, Response, Status};

use crate::app::operator::{
    AddOperator, Certified, Certify, Change, ChangeOperator, RevokeOperator, SignedCertificate,
};
use crate::app::{Answer, App};
use crate::grpc::convert::NAME_MAX;
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

/// What of an operator can be changed.
const CHANGEABLE: [&str; 3] = ["roles", "departments", "user_id"];

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

    async fn update_operator(
        &self,
        request: Request<UpdateOperatorRequest>,
    ) -> Result<Response<UpdateOperatorResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.update(&caller, message).await)
    }

    async fn renew_certificate(
        &self,
        request: Request<RenewCertificateRequest>,
    ) -> Result<Response<RenewCertificateResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.renew(&caller, message).await)
    }

    async fn issue_certificate(
        &self,
        request: Request<IssueCertificateRequest>,
    ) -> Result<Response<IssueCertificateResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.issue(&caller, message).await)
    }

    async fn list_operators(
        &self,
        request: Request<ListOperatorsRequest>,
    ) -> Result<Response<ListOperatorsResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.list(&caller, message).await)
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
        let deed = AddOperator {
            name: convert::field("operator_id", &message.operator_id)?,
            roles: convert::roles(&message.roles)?,
            departments: departments(&message.departments)?,
            user: convert::optional("user_id", &message.user_id)?,
            request_pem: message.certificate_request_pem,
            validate_only: message.validate_only,
        };
        let Certified { operator, certificate } = self.0.operator_add(call, deed).await?;
        let Papers { certificate_pem, authority_pem, .. } = papers(certificate);
        Ok(CreateOperatorResponse { operator: Some(convert::operator(&operator)), certificate_pem, authority_pem })
    }

    async fn update(&self, caller: &Caller, message: UpdateOperatorRequest) -> Answer<UpdateOperatorResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let wanted = message.operator.ok_or_else(|| convert::missing("operator"))?;
        let paths = message.update_mask.map(|mask| mask.paths).unwrap_or_default();
        let deed = ChangeOperator {
            name: convert::field("operator.name", &wanted.name)?,
            changes: changes(&wanted, &paths)?,
            etag: (!message.etag.is_empty()).then_some(message.etag),
            validate_only: message.validate_only,
        };
        let operator = self.0.operator_update(call, deed).await?;
        Ok(UpdateOperatorResponse { operator: Some(convert::operator(&operator)) })
    }

    async fn renew(&self, caller: &Caller, message: RenewCertificateRequest) -> Answer<RenewCertificateResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed =
            Certify { name: None, request_pem: message.certificate_request_pem, validate_only: message.validate_only };
        let Certified { operator, certificate } = self.0.operator_certify(call, deed).await?;
        let Papers { certificate_pem, authority_pem, expire_time } = papers(certificate);
        Ok(RenewCertificateResponse {
            certificate_pem,
            authority_pem,
            certificate_expire_time: expire_time,
            operator: Some(convert::operator(&operator)),
        })
    }

    async fn issue(&self, caller: &Caller, message: IssueCertificateRequest) -> Answer<IssueCertificateResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed = Certify {
            name: Some(convert::field("name", &message.name)?),
            request_pem: message.certificate_request_pem,
            validate_only: message.validate_only,
        };
        let Certified { operator, certificate } = self.0.operator_certify(call, deed).await?;
        let Papers { certificate_pem, authority_pem, expire_time } = papers(certificate);
        Ok(IssueCertificateResponse {
            operator: Some(convert::operator(&operator)),
            certificate_pem,
            authority_pem,
            certificate_expire_time: expire_time,
        })
    }

    async fn list(&self, caller: &Caller, message: ListOperatorsRequest) -> Answer<ListOperatorsResponse> {
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.operator_list(convert::call(caller, "")?, page).await?;
        Ok(ListOperatorsResponse {
            operators: page.items.iter().map(convert::operator).collect(),
            next_page_token: page.next.unwrap_or_default(),
        })
    }

    async fn revoke(&self, caller: &Caller, message: RevokeOperatorRequest) -> Answer<RevokeOperatorResponse> {
        let call = convert::call(caller, &message.request_id)?;
        let deed = RevokeOperator {
            name: convert::field("name", &message.name)?,
            etag: (!message.etag.is_empty()).then_some(message.etag),
            validate_only: message.validate_only,
        };
        let operator = self.0.operator_revoke(call, deed).await?;
        Ok(RevokeOperatorResponse { operator: Some(convert::operator(&operator)) })
    }
}

/// A certificate and what goes with it, as they stand in an answer; empty where none was signed.
#[derive(Default)]
struct Papers {
    certificate_pem: String,
    authority_pem: String,
    expire_time: Option<Timestamp>,
}

fn papers(certificate: Option<SignedCertificate>) -> Papers {
    certificate.map_or_else(Papers::default, |signed| Papers {
        certificate_pem: signed.certificate_pem,
        authority_pem: signed.authority_pem,
        expire_time: Some(convert::time(signed.expires_at)),
    })
}

/// The changes that a mask names, in the order of the contract.
fn changes(wanted: &v1::Operator, paths: &[String]) -> Answer<Vec<Change>> {
    if paths.is_empty() {
        return Err(convert::missing("update_mask"));
    }
    if paths.iter().any(|path| path != "*" && !CHANGEABLE.contains(&path.as_str())) {
        return Err(convert::unknown("update_mask", &format!("{}, *", CHANGEABLE.join(", "))));
    }
    let named = |field: &str| paths.iter().any(|path| path == field || path == "*");
    let mut changes = Vec::new();
    if named("roles") {
        changes.push(Change::Roles(convert::roles(&wanted.roles)?));
    }
    if named("departments") {
        changes.push(Change::Departments(departments(&wanted.departments)?));
    }
    if named("user_id") {
        changes.push(Change::User(convert::optional("user_id", &wanted.user_id)?));
    }
    Ok(changes)
}

fn departments(names: &[String]) -> Answer<Vec<String>> {
    names
        .iter()
        // A blank one must not widen the scope to the whole university.
        .map(|department| match convert::text("departments", department, NAME_MAX)? {
            blank if blank.is_empty() => Err(convert::missing("departments")),
            department => Ok(department),
        })
        .collect()
}
