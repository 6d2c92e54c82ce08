//! One call: who makes it, how long it may take, and the one line it leaves in the log.

use std::net::SocketAddr;
use std::time::Duration;

use tokenfleet_domain::catalogue::Lang;
use tokenfleet_domain::operator::Operator;
use tokenfleet_domain::ports::{Entropy, Timestamp};
use tokenfleet_domain::reject::Rejection;
use tokio::time::Instant;
use tonic::Code;
use tonic::codegen::http::{HeaderMap, Request};

use super::listener::Peer;
use super::roles::{self, Pace, Rpc};
use crate::app::operator::PublicKey;

/// Who makes a call. Stands in the extensions of every request that reaches a handler.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The operator's row as it was when the call began.
    pub operator: Operator,
    /// The server's own id of this call, for logs and errors.
    pub request_id: String,
    /// The language the caller reads.
    pub lang: Lang,
    /// When the answer comes too late.
    pub deadline: Instant,
    /// Where the call comes from.
    pub peer: SocketAddr,
    /// When the certificate of the connection ends.
    pub certificate_expires_at: Timestamp,
    /// Its key.
    pub certificate_key: PublicKey,
}

/// What is known of a call before anybody is asked who makes it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) rpc: Option<&'static Rpc>,
    pub(super) peer: Option<Peer>,
    pub(super) request_id: String,
    pub(super) lang: Lang,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
}

impl Call {
    /// Reads a request's head.
    pub(super) fn read<B>(request: &Request<B>, entropy: &dyn Entropy) -> Self {
        let rpc = roles::find(request.uri().path());
        let limit = rpc.map_or(Pace::Quick, |rpc| rpc.pace).limit();
        let asked = header(request.headers(), "grpc-timeout").and_then(parse_timeout);
        let started = Instant::now();
        Self {
            rpc,
            peer: request.extensions().get().cloned(),
            request_id: draw_id(entropy),
            lang: header(request.headers(), "accept-language").map_or(Lang::En, Lang::of_locale),
            started,
            deadline: started + asked.map_or(limit, |asked| asked.min(limit)),
        }
    }

    pub(super) fn streams(&self) -> bool {
        self.rpc.is_some_and(|rpc| rpc.pace != Pace::Quick)
    }

    pub(super) fn only_watches(&self) -> bool {
        self.rpc.is_some_and(|rpc| rpc.pace == Pace::Watch)
    }

    fn log(&self, code: Code, reason: Option<&'static str>) {
        let name = self.peer.as_ref().and_then(|peer| peer.certificate.identity.as_ref().ok());
        tracing::info!(
            // A path that is not in the table is the caller's text.
            rpc = self.rpc.map_or("unknown", |rpc| rpc.path),
            principal = name.map_or("-", |name| name.as_str()),
            peer = self.peer.as_ref().map(|peer| tracing::field::display(peer.addr)),
            code = ?code,
            reason,
            duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id = self.request_id,
            "call"
        );
    }
}

/// The log line of a call, written once: when it ends, or when the caller goes away.
pub(super) struct Record(Option<std::sync::Arc<Call>>);

impl Record {
    pub(super) fn open(call: &std::sync::Arc<Call>) -> Self {
        Self(Some(std::sync::Arc::clone(call)))
    }

    pub(super) fn close(&mut self, code: Code) {
        if let Some(call) = self.0.take() {
            call.log(code, None);
        }
    }

    pub(super) fn refuse(&mut self, code: Code, no: &Rejection) {
        if let Some(call) = self.0.take() {
            call.log(code, Some(no.reason.words().reason));
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.close(Code::Cancelled);
    }
}

/// The code in the head or the trailers of an answer; a good answer has none in its head.
pub(super) fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// 16 hex digits. An id only has to differ: where there is no entropy, whatever needs it says so itself.
fn draw_id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 8];
    match entropy.fill(&mut bytes) {
        Ok(()) => data_encoding::HEXLOWER.encode(&bytes),
        Err(_) => "unknown".to_owned(),
    }
}

/// `grpc-timeout` as gRPC over HTTP/2 defines it: up to eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(amount)),
        "M" => Some(Duration::from_mins(amount)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::SystemEntropy;

    fn call(path: &str, headers: &[(&'static str, &str)]) -> Call {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Call::read(&request.body(()).unwrap(), &SystemEntropy::default())
    }

    fn seconds(call: &Call) -> u64 {
        (call.deadline - call.started).as_secs()
    }

    #[test]
    fn a_call_gets_the_time_it_asks_for_but_no_more_than_its_pace() {
        let path = "/tokenfleet.v1.TokenService/GetToken";
        assert_eq!(seconds(&call(path, &[])), 30);
        assert_eq!(seconds(&call(path, &[("grpc-timeout", "5S")])), 5);
        assert_eq!(seconds(&call(path, &[("grpc-timeout", "1H")])), 30);
        assert_eq!(seconds(&call("/tokenfleet.v1.ImportService/ImportTokens", &[])), 900);
        assert_eq!(seconds(&call("/no.such/Rpc", &[("grpc-timeout", "1H")])), 30);
    }

    #[test]
    fn a_time_out_is_read_as_grpc_writes_it() {
        assert_eq!(parse_timeout("90M"), Some(Duration::from_mins(90)));
        assert_eq!(parse_timeout("99999999H"), Some(Duration::from_hours(99_999_999)));
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("7u"), Some(Duration::from_micros(7)));
        assert_eq!(parse_timeout("7n"), Some(Duration::from_nanos(7)));
        for bad in ["", "S", "5", "5s", "-5S", "+5S", "123456789S", "5 S", "５S", "5Ｓ"] {
            assert_eq!(parse_timeout(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_language_is_the_first_the_caller_names() {
        let lang = |value| call("/", &[("accept-language", value)]).lang;
        assert_eq!(lang("ja,en;q=0.5"), Lang::Ja);
        assert_eq!(lang("ja"), Lang::Ja);
        assert_eq!(lang("en,ja;q=0.5"), Lang::En);
        assert_eq!(call("/", &[]).lang, Lang::En);
    }

    #[test]
    fn every_call_gets_an_id_of_its_own() {
        let (a, b) = (call("/", &[]).request_id, call("/", &[]).request_id);
        assert_eq!(a.len(), 16);
        assert_ne!(a, b);
    }
}
