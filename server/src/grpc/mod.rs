//! The wire: messages in, calls of `app`, messages out. One file a service; each parses into the domain's types, calls
//! one use case, and shows what came of it.

pub mod status;

mod adoption;
mod audit;
mod authentication;
mod batch;
mod campaign;
mod code;
mod convert;
mod delivery;
mod directory;
mod import;
mod ledger;
mod lending;
mod lot;
mod operator;
mod report;
mod stock;
mod system;
mod token;
mod upload;

use tokenfleet_domain::catalogue::{Kind, Reason};
use tokenfleet_proto::v1::adoption_service_server::AdoptionServiceServer;
use tokenfleet_proto::v1::audit_service_server::AuditServiceServer;
use tokenfleet_proto::v1::authentication_service_server::AuthenticationServiceServer;
use tokenfleet_proto::v1::campaign_service_server::CampaignServiceServer;
use tokenfleet_proto::v1::code_service_server::CodeServiceServer;
use tokenfleet_proto::v1::directory_service_server::DirectoryServiceServer;
use tokenfleet_proto::v1::import_service_server::ImportServiceServer;
use tokenfleet_proto::v1::lending_service_server::LendingServiceServer;
use tokenfleet_proto::v1::lot_service_server::LotServiceServer;
use tokenfleet_proto::v1::operator_service_server::OperatorServiceServer;
use tokenfleet_proto::v1::report_service_server::ReportServiceServer;
use tokenfleet_proto::v1::stock_service_server::StockServiceServer;
use tokenfleet_proto::v1::system_service_server::SystemServiceServer;
use tokenfleet_proto::v1::token_service_server::TokenServiceServer;
use tonic::service::{Routes, RoutesBuilder};
use tonic::{Request, Response, Status};

use crate::app::{Answer, App};
use crate::identity::Caller;

/// Bytes of a message at most: a piece of a file is 256 KiB, everything else is small.
const MESSAGE_MAX: usize = 1024 * 1024;

/// Every service of `tokenfleet.v1`.
pub fn routes(app: &App) -> Routes {
    let mut routes = RoutesBuilder::default();
    macro_rules! add {
        ($($server:ident($service:expr)),* $(,)?) => {
            $(routes.add_service($server::new($service).max_decoding_message_size(MESSAGE_MAX));)*
        };
    }
    add!(
        AdoptionServiceServer(adoption::Adoption(app.clone())),
        AuditServiceServer(audit::Audit(app.clone())),
        AuthenticationServiceServer(authentication::Authentication(app.clone())),
        CampaignServiceServer(campaign::Campaigns(app.clone())),
        CodeServiceServer(code::Code(app.clone())),
        DirectoryServiceServer(directory::Directory(app.clone())),
        ImportServiceServer(import::Import(app.clone())),
        LendingServiceServer(lending::Lending(app.clone())),
        LotServiceServer(lot::Lots(app.clone())),
        OperatorServiceServer(operator::Operators(app.clone())),
        ReportServiceServer(report::Reports(app.clone())),
        StockServiceServer(stock::Stock(app.clone())),
        SystemServiceServer(system::System(app.clone())),
        TokenServiceServer(token::Tokens(app.clone())),
    );
    routes.routes()
}

/// Takes a request apart: who calls, and what they say.
fn open<M>(request: Request<M>) -> Result<(Caller, M), Status> {
    match request.extensions().get::<Caller>() {
        Some(caller) => Ok((caller.clone(), request.into_inner())),
        // The gate stands before every handler; without it nobody is served.
        None => Err(status::status(&Reason::Internal.into(), tokenfleet_domain::catalogue::Lang::En, "")),
    }
}

/// Puts an answer together, in the caller's language where it is a refusal.
fn close<T>(caller: &Caller, answer: Answer<T>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|no| {
        if no.kind() == Kind::Internal {
            // What went wrong was logged where it did; this line ties it to the id that the caller was told.
            tracing::error!(request_id = caller.request_id, "a call met a fault of ours");
        }
        status::status(&no, caller.lang, &caller.request_id)
    })
}
