//! SystemService.

use tokenfleet_proto::v1::system_service_server::SystemService;
use tokenfleet_proto::v1::{GetServerInfoRequest, GetServerInfoResponse, GetStatusRequest, GetStatusResponse};
use tonic::{Request, Response, Status};

use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct System(pub(super) App);

#[tonic::async_trait]
impl SystemService for System {
    async fn get_server_info(
        &self,
        request: Request<GetServerInfoRequest>,
    ) -> Result<Response<GetServerInfoResponse>, Status> {
        let (caller, _) = open(request)?;
        let info = GetServerInfoResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fleet_id: self.0.fleet_id().to_string(),
            server_time: Some(convert::time(self.0.server_time())),
        };
        close(&caller, Ok(info))
    }

    async fn get_status(&self, request: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        let (caller, _) = open(request)?;
        close(&caller, self.status(&caller).await)
    }
}

impl System {
    async fn status(&self, caller: &Caller) -> Answer<GetStatusResponse> {
        let status = self.0.status(convert::call(caller, "")?).await?;
        Ok(GetStatusResponse {
            database: status.database.to_owned(),
            start_time: Some(convert::time(status.started_at)),
            clock_trusted: status.clock_trusted,
            tokens: status.tokens.into_iter().map(|(word, count)| (word.to_owned(), count)).collect(),
            integrity_holds: status.integrity_holds,
            certificate_expire_time: Some(convert::time(status.certificate_expires_at)),
        })
    }
}
