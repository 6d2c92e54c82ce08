//! The gate before every handler: who calls, may they, until when. It asks the database on every request, so that a
//! revoked operator is out at the next call and a running stream of theirs ends within [`RECHECK`]. It also turns
//! panics into INTERNAL and logs each call once, without anything of its content.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::operator::Operator;
use tokenfleet_domain::ports::{Clock, Entropy};
use tokenfleet_domain::reject::Rejection;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::body::Body;
use tonic::codegen::http::{HeaderValue, Request, Response};
use tower::{Layer, Service};

use super::call::{Call, Caller, Record, code_of};
use super::listener::Peer;
use super::stream::WatchedBody;
use crate::grpc::status::status;

/// How often the operator of a running stream is looked up again.
pub const RECHECK: Duration = Duration::from_secs(2);

/// The answer to "who is this?", when it comes.
pub type Found<'a> = Pin<Box<dyn Future<Output = Result<Option<Operator>, Rejection>> + Send + 'a>>;

/// Knows the operators. Asked on every request, so it must be quick and must never answer from memory.
pub trait Directory: Send + Sync {
    /// The operator of that name, revoked or not.
    fn find<'a>(&'a self, name: &'a OperatorName) -> Found<'a>;
}

/// The gate. A clone is the same gate.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

pub(super) struct Shared {
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    closing: CancellationToken,
    recheck: Duration,
}

impl Gate {
    /// A gate that ends what only watches when `closing` says so.
    pub fn new(
        directory: Arc<dyn Directory>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        closing: CancellationToken,
    ) -> Self {
        Self(Arc::new(Shared { directory, clock, entropy, closing, recheck: RECHECK }))
    }

    #[cfg(test)]
    pub(super) fn rechecking(mut self, every: Duration) -> Self {
        Arc::get_mut(&mut self.0).unwrap().recheck = every;
        self
    }
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { gate: Arc::clone(&self.0), inner }
    }
}

/// A service behind the gate.
#[derive(Clone)]
pub struct Gated<S> {
    gate: Arc<Shared>,
    inner: S,
}

impl<S> Service<Request<Body>> for Gated<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone was not asked whether it is ready; the one that was takes the request.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        // Read here and not in the future: tonic starts a timer of its own for `grpc-timeout` right after this, and
        // answers CANCELLED where ours is not the earlier one.
        let call = Arc::new(Call::read(&request, &*self.gate.entropy));
        let gate = Arc::clone(&self.gate);
        Box::pin(async move { Ok(answer(gate, inner, request, call).await) })
    }
}

async fn answer<S>(gate: Arc<Shared>, mut inner: S, mut request: Request<Body>, call: Arc<Call>) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let mut record = Record::open(&call);
    let mut ending = ending(Arc::clone(&gate), Arc::clone(&call));
    let work = async {
        request.extensions_mut().insert(gate.admit(&call).await?);
        let Ok(response) = inner.call(request).await;
        Ok(response)
    };
    let outcome = tokio::select! {
        biased;
        done = caught(work) => done.and_then(|done| done),
        no = &mut ending => Err(no),
    };
    let mut response = match outcome.and_then(|response| explained(response, &call)) {
        Ok(response) => match code_of(response.headers()) {
            None if call.streams() => response.map(|body| {
                let call = Arc::clone(&call);
                Body::new(WatchedBody::new(body, ending, call, record))
            }),
            code => {
                record.close(code.unwrap_or(Code::Ok));
                response
            }
        },
        Err(no) => {
            let status = status(&no, call.lang, &call.request_id);
            record.refuse(status.code(), &no);
            status.into_http()
        }
    };
    if let Ok(id) = HeaderValue::from_str(&call.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

impl Shared {
    /// Who calls, if they may. Nothing of the request's content is looked at before.
    async fn admit(&self, call: &Call) -> Result<Caller, Rejection> {
        let peer = call.peer.as_ref().ok_or(Reason::CertificateUnknown)?;
        let operator = self.operator(peer).await?;
        let rpc = call.rpc.ok_or(Reason::RpcUnknown)?;
        if !rpc.access.allows(&operator) {
            let no = Rejection::from(Reason::RoleMissing);
            return Err(no.with("operator", operator.name.as_str()).with("needed", rpc.access.needed()));
        }
        Ok(Caller {
            operator,
            request_id: call.request_id.clone(),
            lang: call.lang,
            deadline: call.deadline,
            peer: peer.addr,
            certificate_expires_at: peer.certificate.expires_at,
            certificate_key: peer.certificate.key.clone(),
        })
    }

    /// The operator of a certificate as the database has them now.
    async fn operator(&self, peer: &Peer) -> Result<Operator, Rejection> {
        let name = peer.certificate.identity.as_ref().map_err(|reason| {
            tracing::warn!(peer = %peer.addr, %reason, "a certificate names no operator");
            Rejection::from(Reason::CertificateUnknown)
        })?;
        if peer.certificate.expires_at <= self.clock.now() {
            return Err(Reason::CertificateExpired.into());
        }
        let found = self.directory.find(name).await?;
        found.filter(|operator| operator.revoked_at.is_none()).ok_or_else(|| Reason::CertificateUnknown.into())
    }

    /// Waits until the operator of a running stream may no longer call. A database that can't tell ends it too.
    async fn revoked(&self, call: &Call) -> Rejection {
        loop {
            sleep(self.recheck).await;
            if let Err(no) = self.admit(call).await {
                return no;
            }
        }
    }
}

/// What ends a call before its handler does.
pub(super) type Ending = Pin<Box<dyn Future<Output = Rejection> + Send>>;

fn ending(gate: Arc<Shared>, call: Arc<Call>) -> Ending {
    Box::pin(async move {
        tokio::select! {
            biased;
            () = passed(call.deadline) => Reason::DeadlineExceeded.into(),
            no = gate.revoked(&call), if call.streams() => no,
            () = gate.closing.cancelled(), if call.only_watches() => Reason::ShuttingDown.into(),
        }
    })
}

/// Waits for a moment. Looks at the clock on every poll: of two timers that end together the later may fire first.
async fn passed(moment: Instant) {
    let mut timer = pin!(sleep_until(moment));
    poll_fn(|cx| if Instant::now() >= moment { Poll::Ready(()) } else { timer.as_mut().poll(cx) }).await;
}

/// Runs a handler; one that panics fails its own call and nothing else. Where it panicked is in the log.
async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Rejection> {
    let mut work = pin!(work);
    poll_fn(|cx| caught_poll(|| work.as_mut().poll(cx))).await
}

pub(super) fn caught_poll<T>(poll: impl FnOnce() -> Poll<T>) -> Poll<Result<T, Rejection>> {
    match catch_unwind(AssertUnwindSafe(poll)) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Reason::Internal.into())),
    }
}

/// Puts our words in place of tonic's own refusals: a message that can't be decoded or is too large, an RPC nobody
/// implements. Ours always carry details; health and reflection have refusals of their own, which stay.
fn explained(response: Response<Body>, call: &Call) -> Result<Response<Body>, Rejection> {
    let ours = call.rpc.is_some_and(|rpc| rpc.path.starts_with("/tokenfleet."));
    if !ours || response.headers().contains_key("grpc-status-details-bin") {
        return Ok(response);
    }
    match code_of(response.headers()) {
        Some(Code::Internal | Code::OutOfRange) => Err(Reason::MessageInvalid.into()),
        Some(Code::Unimplemented) => Err(Reason::RpcUnknown.into()),
        Some(_) | None => Ok(response),
    }
}
