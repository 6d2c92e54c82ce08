//! AuditService.

use data_encoding::HEXLOWER;
use tokenfleet_domain::audit::Entry;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::operator::Operator;
use tokenfleet_proto::v1::audit_service_server::AuditService;
use tokenfleet_proto::v1::{
    AuditChain, AuditEvent, ListAuditEventsRequest, ListAuditEventsResponse, VerifyAuditChainRequest,
    VerifyAuditChainResponse,
};
use tonic::{Request, Response, Status};

use crate::app::audit::ChainCheck;
use crate::app::filter::AuditFilter;
use crate::app::{Answer, App};
use crate::grpc::{close, convert, open};
use crate::identity::Caller;

pub(super) struct Audit(pub(super) App);

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let (caller, message) = open(request)?;
        close(&caller, self.list(&caller, message).await)
    }

    async fn verify_audit_chain(
        &self,
        request: Request<VerifyAuditChainRequest>,
    ) -> Result<Response<VerifyAuditChainResponse>, Status> {
        let (caller, _) = open(request)?;
        let checks = self.0.audit_verify().await;
        let chains = checks.map(|checks| VerifyAuditChainResponse { chains: checks.into_iter().map(chain).collect() });
        close(&caller, chains)
    }
}

impl Audit {
    async fn list(&self, caller: &Caller, message: ListAuditEventsRequest) -> Answer<ListAuditEventsResponse> {
        let filter = AuditFilter::parse(&message.filter, &caller.operator)?;
        let page = convert::page(message.page_size, message.page_token);
        let page = self.0.audit_list(filter, &message.order_by, page).await?;
        Ok(ListAuditEventsResponse {
            events: page.items.into_iter().map(|entry| event(entry, &caller.operator, None)).collect(),
            next_page_token: page.next.unwrap_or_default(),
            own_events_only: !caller.operator.reads_all_events(),
        })
    }
}

/// An event as the viewer may see it.
pub(super) fn event(entry: Entry, viewer: &Operator, typed: Option<&UserId>) -> AuditEvent {
    let name = format!("auditEvents/{}", entry.name());
    let event = entry.event;
    let user = event.user.map(|user| convert::user_id(&user, viewer, typed));
    AuditEvent {
        name,
        record_time: Some(convert::time(entry.recorded_at)),
        operator: event.operator,
        action: event.action,
        outcome: event.outcome,
        subject: event.subject.unwrap_or_default(),
        user_id: user.unwrap_or_default(),
        details: event.details.into_iter().collect(),
        request_id: event.request_id.unwrap_or_default(),
    }
}

fn chain(check: ChainCheck) -> AuditChain {
    AuditChain {
        broken_at: check.broken_at.map(|seq| format!("auditEvents/{}-{seq}", check.chain)).unwrap_or_default(),
        chain: check.chain,
        events: check.events,
        head: HEXLOWER.encode(&check.head),
        intact: check.broken_at.is_none(),
    }
}
