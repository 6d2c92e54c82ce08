//! Keeps docs/ in step with the code: the tables that docs/api.md has between markers, and docs/service-config.json, are
//! made here from the contract, the table of roles and the catalogue. What differs fails; what was meant is written with
//!
//! ```text
//! TOKENFLEET_BLESS=1 cargo test -p tokenfleet-tests --test it docs::
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write;
use std::fs;
use std::future::{Ready, ready};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto};
use serde_json::json;
use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_tests::{bless, command};
use tokenfleetd::grpc::status;
use tokenfleetd::identity::listener;
use tokenfleetd::identity::roles::{self, Access};
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_the_api_says_what_the_code_says() {
    let mut text = fs::read_to_string(document("api.md")).unwrap();
    for (name, content) in
        [("limits", limits()), ("lists", lists()), ("rpcs", rpcs()), ("reasons", reasons(&exits().await))]
    {
        text = with_section(&text, name, &content);
    }
    bless::compare("api.md", &text, "docs::");
}

#[test]
fn the_service_config_names_every_rpc_that_may_be_repeated() {
    bless::compare("service-config.json", &format!("{:#}\n", service_config()), "docs::");
}

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// The text with this between the markers of a section.
fn with_section(text: &str, name: &str, content: &str) -> String {
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("api.md has no section {name}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("section {name} of api.md has no end"));
    format!("{before}{begin}\n{content}\n{end}{after}")
}

/// Limits that stand in the code by name.
fn limits() -> String {
    let rows = [
        ("bytes of a file in one message (`chunk`)", kib(tokenfleet_proto::CHUNK_MAX)),
        ("connections of one operator's name at a time", listener::CONNECTIONS_OF_A_NAME_MAX.to_string()),
        ("connections at a time, of all", listener::CONNECTIONS_MAX.to_string()),
        ("handshakes at a time; with one more the oldest is given up", listener::HANDSHAKES_MAX.to_string()),
        ("a TLS handshake", seconds(listener::HANDSHAKE_TIMEOUT.as_secs())),
        ("from the handshake to HTTP/2's preface", seconds(listener::PREFACE_TIMEOUT.as_secs())),
        ("a call with one answer", seconds(roles::Pace::Quick.limit().as_secs())),
        ("an upload", seconds(roles::Pace::Upload.limit().as_secs())),
        ("a reflection stream, a health watch", seconds(roles::Pace::Watch.limit().as_secs())),
    ];
    let rows = rows.iter().map(|(what, limit)| format!("| {what} | {limit} |\n"));
    format!("| What | At most |\n| --- | --- |\n{}", rows.collect::<String>())
}

fn kib(bytes: usize) -> String {
    format!("{} KiB", bytes / 1024)
}

fn seconds(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
    }
}

/// Every RPC: who may call it and what its comment says, service by service.
fn rpcs() -> String {
    let mut text = String::new();
    for file in files() {
        for (at_service, service) in (0..).zip(&file.service) {
            let comment = comment(&file, &[6, at_service]);
            write!(
                text,
                "### {}\n\n{comment}\n\n| RPC | Roles | What it does |\n| --- | --- | --- |\n",
                service.name()
            )
            .unwrap();
            for (at_method, method) in (0..).zip(&service.method) {
                let row = roles::find(&path(&file, service.name(), method)).unwrap();
                let comment = self::comment(&file, &[6, at_service, 2, at_method]);
                let (comment, _) = comment.split_once(" Roles: ").unwrap();
                let who = match row.access {
                    Access::Any => "any".to_owned(),
                    Access::Roles(_) => row.access.needed(),
                };
                writeln!(text, "| {} | {who} | {} |", method.name(), markdown(comment)).unwrap();
            }
            text.push('\n');
        }
    }
    text.trim_end().to_owned() + "\n"
}

/// What each list can be asked for, as the comments of its request say.
fn lists() -> String {
    let mut text = String::new();
    for file in files() {
        let methods = file.service.iter().flat_map(|service| &service.method);
        for method in methods.filter(|method| method.name().starts_with("List")) {
            let request = |message: &DescriptorProto| method.input_type().ends_with(&format!(".{}", message.name()));
            let (at_message, message) = (0..).zip(&file.message_type).find(|(_, message)| request(message)).unwrap();
            writeln!(text, "- **{}**", method.name()).unwrap();
            for (at_field, field) in (0..).zip(&message.field) {
                let comment = comment(&file, &[4, at_message, 2, at_field]);
                writeln!(text, "  - `{}`: {}", field.name(), markdown(&comment)).unwrap();
            }
        }
    }
    text
}

/// Every reason, with what `tokenadm` really ends with when a server says so.
fn reasons(exits: &BTreeMap<(i32, &'static str), i32>) -> String {
    let mut text =
        "| Code, reason | Status | Exit | English | Japanese |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for reason in Reason::ALL {
        let words = reason.words();
        let (code, name, status) = (words.code, words.reason, status_name(status::code(words.kind)));
        let exit = exits[&sort(*reason)];
        let [[en, hint_en], [ja, hint_ja]] = [Lang::En, Lang::Ja].map(|lang| words.texts(lang).map(markdown));
        writeln!(text, "| {code}<br>{name} | {status} | {exit} | {en}<br>→ {hint_en} | {ja}<br>→ {hint_ja} |").unwrap();
    }
    text
}

/// A text as it may stand in a cell of a table: what is no code holds no HTML.
fn markdown(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(nth, part)| if nth % 2 == 0 { part.replace('<', "\\<") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`").replace('|', "\\|")
}

/// `FAILED_PRECONDITION`, as gRPC writes it.
fn status_name(code: tonic::Code) -> String {
    let name = format!("{code:?}");
    let upper = |c: char| if c.is_ascii_uppercase() { format!("_{c}") } else { c.to_ascii_uppercase().to_string() };
    name.chars().map(upper).collect::<String>().trim_start_matches('_').to_owned()
}

/// What a gRPC client may repeat by itself: calls with one question and one answer, and only where the server could not
/// be asked or is stopping.
fn service_config() -> serde_json::Value {
    let mut names = Vec::new();
    for file in files() {
        for service in &file.service {
            let unary = |method: &&MethodDescriptorProto| !method.client_streaming() && !method.server_streaming();
            for method in service.method.iter().filter(unary) {
                names.push(
                    json!({ "service": format!("{}.{}", file.package(), service.name()), "method": method.name() }),
                );
            }
        }
    }
    json!({ "methodConfig": [{
        "name": names,
        "timeout": format!("{}s", roles::Pace::Quick.limit().as_secs()),
        "retryPolicy": {
            "maxAttempts": 4,
            "initialBackoff": "0.5s",
            "maxBackoff": "5s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        },
    }] })
}

fn files() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(tokenfleet_proto::DESCRIPTOR_SET).unwrap();
    set.file.into_iter().filter(|file| file.package() == "tokenfleet.v1").collect()
}

fn path(file: &FileDescriptorProto, service: &str, method: &MethodDescriptorProto) -> String {
    format!("/{}.{service}/{}", file.package(), method.name())
}

fn comment(file: &FileDescriptorProto, place: &[i32]) -> String {
    let info = file.source_code_info.as_ref().unwrap();
    let location = info.location.iter().find(|location| location.path == place).unwrap();
    location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `tokenadm` ends with for each sort of refusal, by status and reason: asked of servers that refuse everything.
async fn exits() -> BTreeMap<(i32, &'static str), i32> {
    let place = tempfile::tempdir().unwrap();
    let fleet = place.path().join("fleet");
    assert_eq!(command::tokenfleetd(&["init", "--data-dir", fleet.to_str().unwrap()]).exit, 0);
    let mut sorts: Vec<_> = Reason::ALL.iter().map(|reason| (sort(*reason), *reason)).collect();
    sorts.sort_by_key(|(sort, _)| *sort);
    sorts.dedup_by_key(|(sort, _)| *sort);
    let mut all = JoinSet::new();
    for (sort, reason) in sorts {
        let fleet = fleet.clone();
        all.spawn(async move { (sort, exit_for(&fleet, reason).await) });
    }
    all.join_all().await.into_iter().collect()
}

fn sort(reason: Reason) -> (i32, &'static str) {
    (status::code(reason.words().kind) as i32, reason.words().reason)
}

/// What `tokenadm` ends with where a server refuses for this reason.
async fn exit_for(fleet: &Path, reason: Reason) -> i32 {
    let read = |name: &str| fs::read(fleet.join(name)).unwrap();
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(read("server.pem"), read("server.key")))
        .client_ca_root(Certificate::from_pem(read("ca/ca.pem")));
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = incoming.local_addr().unwrap();
    let server = Server::builder().tls_config(tls).unwrap().add_service(Refusing(reason));
    tokio::spawn(server.serve_with_incoming(incoming));

    let code = reason.words().code;
    let profile = fleet.join(format!("profiles/admin/{code}.toml"));
    let text = format!("server = \"https://{addr}\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n");
    fs::write(&profile, text).unwrap();
    let ran = command::tokenadm(&profile, &["status"]).await;
    assert!(ran.stderr.contains(code), "{ran:?}");
    ran.exit
}

/// Refuses every call for one reason.
#[derive(Clone, Copy)]
struct Refusing(Reason);

impl NamedService for Refusing {
    const NAME: &'static str = "tokenfleet.v1.SystemService";
}

impl Service<Request<Body>> for Refusing {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(status::status(&self.0.into(), Lang::En, "0000000000000000").into_http()))
    }
}
