//! Client and server of different versions. What a client of the committed baseline sends, byte by byte, does the same
//! deeds on today's server; what today's server answers reads by the baseline with nothing missing; what a newer client
//! adds is ignored; and today's `tokenadm` shows what it does not know instead of failing.
//!
//! Requests, and which fields their answers held, were recorded when the baseline was made; what is recorded is never
//! written again. What is not recorded yet is by
//!
//! ```text
//! TOKENFLEET_BLESS=1 cargo test -p tokenfleet-tests --test it skew::
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use prost::Message;
use prost::bytes::Bytes;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FieldDescriptorProto, FieldMask, FileDescriptorSet};
use tokenfleet_proto::v1::system_service_server::{SystemService, SystemServiceServer};
use tokenfleet_proto::v1::token_service_server::{TokenService, TokenServiceServer};
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::{certificate_request, chunk, header, new_operator, question};
use tokenfleet_tests::{Caller, Device, Fleet, bless, caller, oath_file, wire};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

const USER: &str = "0123456789";

/// The name of the lot in the records, and one of the same length stands in its place.
const LOT: &str = "2000-01-01-a";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_of_the_baseline_sends_does_the_same_deeds() {
    let mut client = Client::of_the_baseline(false);
    the_main_job(&mut client).await;
    client.everything_is_there();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_client_adds_is_ignored() {
    the_main_job(&mut Client::of_the_baseline(true)).await;
}

#[test]
fn every_rpc_of_the_baseline_is_recorded() {
    let set = FileDescriptorSet::decode(BASELINE).unwrap();
    let services = set.file.iter().filter(|file| file.package() == "tokenfleet.v1").flat_map(|file| &file.service);
    for service in services {
        for method in &service.method {
            let record = record(&format!("{}/{}", service.name(), method.name()));
            assert!(record.exists(), "{}", record.display());
        }
    }
}

/// What the baseline could do, once: each step is a recorded request, and what it did is looked at with today's eyes.
async fn the_main_job(client: &mut Client) {
    let fleet = Fleet::start().await;
    let admin = &fleet.admin;
    let devices = [Device::button("HT0001"), Device::button("HT0002")];
    let file = oath_file(&devices.iter().collect::<Vec<_>>());

    client.send(admin, "SystemService/GetServerInfo", &[v1::GetServerInfoRequest {}]).await;
    client.send(admin, "OperatorService/GetCurrentOperator", &[v1::GetCurrentOperatorRequest {}]).await;

    let reading = v1::inspect_seed_file_request::Part::Reading(v1::ReadingOptions::default());
    let bytes = v1::inspect_seed_file_request::Part::Chunk(file.clone().into_bytes());
    let parts = [reading, bytes].map(|part| v1::InspectSeedFileRequest { part: Some(part) });
    client.send(admin, "ImportService/InspectSeedFile", &parts).await;
    let order = caller::Order { request_id: id(1), vendor: "feitian".to_owned(), ..caller::Order::default() };
    client.send(admin, "ImportService/ImportTokens", &[header(&order), chunk(file.as_bytes())]).await;
    assert_eq!(admin.tokens("vendor = feitian AND type = HOTP").await.unwrap().len(), 2);
    let lot = admin.lots().await.unwrap().remove(0).name;
    lot.trim_start_matches("lots/").clone_into(&mut client.lot);

    client.send(admin, "ImportService/ListLots", &[v1::ListLotsRequest { page_size: 5, ..<_>::default() }]).await;
    client.send(admin, "ImportService/GetLot", &[v1::GetLotRequest { name: format!("lots/{LOT}") }]).await;
    let revert = v1::RevertLotRequest { name: format!("lots/{LOT}"), request_id: id(2), ..<_>::default() };
    client.send(admin, "ImportService/RevertLot", &[revert]).await;
    assert!(admin.tokens("").await.unwrap().is_empty());
    admin.import(&file).await.unwrap();

    let target = Some(v1::get_token_request::Target::Token("HT0001".to_owned()));
    client.send(admin, "TokenService/GetToken", &[v1::GetTokenRequest { target }]).await;
    let list = v1::ListTokensRequest {
        page_size: 1,
        filter: "custody = IN_STOCK".to_owned(),
        order_by: "create_time desc".to_owned(),
        ..<_>::default()
    };
    client.send(admin, "TokenService/ListTokens", &[list]).await;

    let lend = v1::AssignTokenRequest {
        codes: devices[0].presses(0, 1),
        checked: v1::Checked::StaffCard.into(),
        department: "law".to_owned(),
        note: "ticket 7".to_owned(),
        request_id: id(3),
        ..caller::assignment("HT0001", USER)
    };
    client.send(admin, "LendingService/AssignToken", &[lend]).await;
    let lent = admin.token("HT0001").await.unwrap();
    assert_eq!((lent.user_id.as_str(), lent.department.as_str(), lent.state()), (USER, "law", v1::TokenState::Lent));

    let verify = v1::VerifyTokenRequest {
        target: Some(v1::verify_token_request::Target::User(USER.to_owned())),
        code: devices[0].presses(1, 1).remove(0),
        request_id: id(4),
        ..v1::VerifyTokenRequest::default()
    };
    client.send(admin, "CodeService/VerifyToken", &[verify]).await;
    let resync = v1::ResyncTokenRequest {
        target: Some(v1::resync_token_request::Target::Token("HT0001".to_owned())),
        codes: devices[0].presses(40, 2),
        request_id: id(5),
        ..v1::ResyncTokenRequest::default()
    };
    client.send(admin, "CodeService/ResyncToken", &[resync]).await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let code = devices[0].presses(42, 1).remove(0);
    let passed = client.send(&system, "AuthenticationService/VerifyCode", &[question(USER, &code, &id(6))]).await;
    let passed = v1::VerifyCodeResponse::decode(passed[0].clone()).unwrap();
    assert_eq!(passed.result(), v1::verify_code_response::Result::Accepted);
    assert!(!system.passes(USER, &code).await.unwrap(), "it was used up");

    let back = v1::ReturnTokenRequest {
        target: Some(v1::return_token_request::Target::User(USER.to_owned())),
        reason: v1::ReturnReason::Battery.into(),
        note: "dim".to_owned(),
        request_id: id(7),
        ..<_>::default()
    };
    // Of a token that still counts, today's server first asks whether the person is to have none.
    let stop = v1::SuspendTokenRequest {
        target: Some(v1::suspend_token_request::Target::User(USER.to_owned())),
        leaves_none: true,
        ..<_>::default()
    };
    admin.lending().suspend_token(stop).await.unwrap();
    client.send(admin, "LendingService/ReturnToken", &[back]).await;
    assert_eq!(admin.token("HT0001").await.unwrap().state(), v1::TokenState::Faulty);

    the_operators(client, &fleet).await;

    client.send(admin, "SystemService/GetStatus", &[v1::GetStatusRequest {}]).await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let events = v1::ListAuditEventsRequest { filter: "action = token.assign".to_owned(), ..<_>::default() };
    client.send(&auditor, "AuditService/ListAuditEvents", &[events]).await;
    client.send(&auditor, "AuditService/VerifyAuditChain", &[v1::VerifyAuditChainRequest {}]).await;
}

async fn the_operators(client: &mut Client, fleet: &Fleet) {
    let admin = &fleet.admin;
    let found = async |name: &str| {
        let listed = fleet.done(&["operator", "list", "--json"]).await.document();
        listed["operators"].as_array().unwrap().iter().find(|operator| operator["name"] == name).cloned().unwrap()
    };
    let add = v1::CreateOperatorRequest {
        departments: vec!["law".to_owned()],
        user_id: "1111111111".to_owned(),
        certificate_request_pem: certificate_request().0,
        request_id: id(8),
        ..new_operator("jiro", &[Role::Counter])
    };
    client.send(admin, "OperatorService/CreateOperator", &[add]).await;
    assert_eq!(found("operators/jiro").await["departments"][0], "law");
    let set = v1::UpdateOperatorRequest {
        operator: Some(v1::Operator {
            name: "operators/jiro".to_owned(),
            roles: vec![Role::Desk.into()],
            ..<_>::default()
        }),
        update_mask: Some(FieldMask { paths: vec!["roles".to_owned()] }),
        etag: "\"1\"".to_owned(),
        request_id: id(9),
        ..<_>::default()
    };
    client.send(admin, "OperatorService/UpdateOperator", &[set]).await;
    assert_eq!(found("operators/jiro").await["roles"][0], "desk");
    let issue = v1::IssueCertificateRequest {
        name: "operators/jiro".to_owned(),
        certificate_request_pem: certificate_request().0,
        request_id: id(10),
        ..<_>::default()
    };
    client.send(admin, "OperatorService/IssueCertificate", &[issue]).await;
    let list = v1::ListOperatorsRequest { page_size: 1, ..<_>::default() };
    client.send(admin, "OperatorService/ListOperators", &[list]).await;
    let end = v1::RevokeOperatorRequest { name: "jiro".to_owned(), request_id: id(11), ..<_>::default() };
    client.send(admin, "OperatorService/RevokeOperator", &[end]).await;
    assert_eq!(found("operators/jiro").await["revoked"], true);
    let renew = v1::RenewCertificateRequest {
        certificate_request_pem: certificate_request().0,
        request_id: id(12),
        ..<_>::default()
    };
    client.send(admin, "OperatorService/RenewCertificate", &[renew]).await;
}

/// A request id that is the same in every run.
fn id(nth: u32) -> String {
    format!("00000000-0000-4000-8000-{nth:012}")
}

const BASELINE: &[u8] = include_bytes!("../../proto/baseline.binpb");

/// What clients of the baseline send, and which fields they were answered.
const RECORDS: &str = "fixtures/skew/1";

fn records() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDS)
}

fn record(rpc: &str) -> PathBuf {
    records().join(format!("{}.hex", rpc.replace('/', ".")))
}

/// A client that speaks as the records do, and knows the baseline alone.
struct Client {
    messages: BTreeMap<String, DescriptorProto>,
    answers: BTreeMap<String, String>,
    /// Whether it adds what no server knows yet.
    is_newer: bool,
    /// What the lot is really called.
    lot: String,
    /// The fields that were set in each answer.
    seen: BTreeSet<String>,
}

impl Client {
    fn of_the_baseline(is_newer: bool) -> Self {
        let set = FileDescriptorSet::decode(BASELINE).unwrap();
        let (mut messages, mut answers) = (BTreeMap::new(), BTreeMap::new());
        for file in &set.file {
            for message in &file.message_type {
                name_messages(&format!(".{}", file.package()), message, &mut messages);
            }
            for service in &file.service {
                for method in &service.method {
                    answers.insert(format!("{}/{}", service.name(), method.name()), method.output_type().to_owned());
                }
            }
        }
        Self { messages, answers, is_newer, lot: LOT.to_owned(), seen: BTreeSet::new() }
    }

    /// Sends what was recorded of an RPC, and reads the answer by the baseline. Where nothing was recorded yet, today's
    /// messages are the record.
    async fn send<M: Message>(&mut self, caller: &Caller, rpc: &str, today: &[M]) -> Vec<Bytes> {
        let path = record(rpc);
        if bless::blessing() && !path.exists() {
            let lines: String = today.iter().map(|message| HEXLOWER.encode(&message.encode_to_vec()) + "\n").collect();
            fs::create_dir_all(records()).unwrap();
            fs::write(&path, lines).unwrap();
        }
        let recorded = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let messages = recorded.lines().map(|line| self.dressed(&HEXLOWER.decode(line.as_bytes()).unwrap())).collect();
        let answered = wire::exchange(caller.channel(), &format!("/tokenfleet.v1.{rpc}"), messages).await;
        let answered = answered.unwrap_or_else(|status| panic!("{rpc}: {status:?}"));
        let message = self.answers[rpc].clone();
        for answer in &answered {
            self.read(&message, answer, rpc);
        }
        answered
    }

    /// A recorded message as it is sent.
    fn dressed(&self, message: &[u8]) -> Bytes {
        let mut message = replaced(message, LOT.as_bytes(), self.lot.as_bytes());
        if self.is_newer {
            encode_key(15_000, WireType::Varint, &mut message);
            encode_varint(7, &mut message);
            encode_key(15_001, WireType::LengthDelimited, &mut message);
            encode_varint(5, &mut message);
            message.extend(b"newer");
        }
        message.into()
    }

    /// Notes every field of a message that the baseline knows. One whose form has changed can't be read.
    fn read(&mut self, name: &str, mut message: &[u8], path: &str) {
        while !message.is_empty() {
            let (number, wire) = decode_key(&mut message).unwrap();
            let value = value(&mut message, wire);
            let fields = &self.messages[name].field;
            let Some(field) = fields.iter().find(|field| field.number() == i32::try_from(number).unwrap()).cloned()
            else {
                continue;
            };
            let path = format!("{path} {}", field.name());
            assert!(fits(&field, wire), "{path} has another form");
            if field.r#type() == Type::Message {
                self.read(field.type_name(), value, &path);
            }
            self.seen.insert(path);
        }
    }

    /// Whether every field that answers had when they were recorded is in them still.
    fn everything_is_there(&self) {
        let path = records().join("answers.txt");
        if bless::blessing() && !path.exists() {
            let lines: Vec<_> = self.seen.iter().map(String::as_str).collect();
            fs::write(&path, lines.join("\n") + "\n").unwrap();
        }
        let recorded = fs::read_to_string(&path).unwrap();
        let missing: Vec<_> = recorded.lines().filter(|field| !self.seen.contains(*field)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(recorded.lines().count() > 150, "answers hold something");
    }
}

fn name_messages(package: &str, message: &DescriptorProto, all: &mut BTreeMap<String, DescriptorProto>) {
    let name = format!("{package}.{}", message.name());
    for nested in &message.nested_type {
        name_messages(&name, nested, all);
    }
    all.insert(name, message.clone());
}

/// The bytes of a value; empty where it is a number.
fn value<'a>(message: &mut &'a [u8], wire: WireType) -> &'a [u8] {
    let length = match wire {
        WireType::Varint => return decode_varint(message).map(|_| &[][..]).unwrap(),
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => usize::try_from(decode_varint(message).unwrap()).unwrap(),
        WireType::StartGroup | WireType::EndGroup => panic!("there are no groups"),
    };
    let (value, rest) = message.split_at(length);
    *message = rest;
    value
}

/// Whether a field of the baseline may be written in this form.
fn fits(field: &FieldDescriptorProto, wire: WireType) -> bool {
    match field.r#type() {
        Type::String | Type::Bytes | Type::Message => wire == WireType::LengthDelimited,
        Type::Double | Type::Fixed64 | Type::Sfixed64 => wire == WireType::SixtyFourBit,
        Type::Float | Type::Fixed32 | Type::Sfixed32 => wire == WireType::ThirtyTwoBit,
        Type::Group => false,
        // Numbers that are repeated are packed.
        Type::Int64
        | Type::Uint64
        | Type::Int32
        | Type::Uint32
        | Type::Sint32
        | Type::Sint64
        | Type::Bool
        | Type::Enum => wire == WireType::Varint || wire == WireType::LengthDelimited,
    }
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len(), "what stands before it says how long it is");
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(old.len()).position(|window| window == old).filter(|_| old != new) {
        bytes[at..at + old.len()].copy_from_slice(new);
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn tokenadm_says_so_where_its_version_and_the_servers_are_too_far_apart() {
    let fleet = Fleet::start().await;
    let own = fleet.done(&["version", "--json"]).await.document()["version"].as_str().unwrap().to_owned();
    let mut numbers = own.split('.').map(|number| number.parse::<u32>().unwrap());
    let (major, minor) = (numbers.next().unwrap(), numbers.next().unwrap());
    for (version, together) in [
        (own.clone(), true),
        (format!("{major}.{}.0", minor + 1), true),
        (format!("{major}.{}.0", minor + 2), false),
        (format!("{}.{minor}.0", major + 1), false),
    ] {
        let config = serve(&fleet, Newer { version: version.clone() });
        let config = config.to_str().unwrap();
        let checks = fleet.tokenadm(&["doctor", "--config", config, "--json"]).await.document()["checks"].clone();
        let check = checks.as_array().unwrap().iter().find(|check| check["check"] == "version").unwrap();
        assert_eq!(check["state"], if together { "ok" } else { "fail" }, "{version}: {check}");
        let ran = fleet.done(&["status", "--config", config]).await;
        assert_eq!(ran.stderr.contains(&version), !together, "{ran:?}");
        let ran = fleet.done(&["status", "--config", config, "--lang", "ja"]).await;
        assert_eq!(ran.stderr.contains("版が離れすぎて"), !together, "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_tokenadm_shows_what_it_does_not_know_as_unspecified() {
    let fleet = Fleet::start().await;
    let config = serve(&fleet, Newer { version: "9.0.0".to_owned() });
    let config = config.to_str().unwrap();
    for (command, token) in [("show", "/token"), ("list", "/tokens/0")] {
        let words: &[&str] = if command == "show" { &[command, "--serial", "HT0001"] } else { &[command] };
        for lang in ["en", "ja"] {
            let ran = fleet.done(&[words, &["--config", config, "--lang", lang]].concat()).await;
            assert!(ran.stdout.contains("HT0001"), "{ran:?}");
        }
        let shown = fleet.done(&[words, &["--config", config, "--json"]].concat()).await.document();
        let shown = shown.pointer(token).unwrap();
        for field in ["type", "algorithm", "custody", "authenticator", "hold", "state"] {
            assert_eq!(shown[field].as_str().unwrap().to_lowercase(), "unspecified", "{field}");
        }
        assert_eq!(shown["user_id"], USER, "what it knows is shown");
    }
}

/// Serves in the place of the fleet's server: the profile that leads there.
fn serve(fleet: &Fleet, newer: Newer) -> PathBuf {
    let read = |name: &str| fs::read(fleet.path(name)).unwrap();
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(read("server.pem"), read("server.key")))
        .client_ca_root(Certificate::from_pem(read("ca/ca.pem")));
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = incoming.local_addr().unwrap();
    let server = Server::builder()
        .tls_config(tls)
        .unwrap()
        .add_service(TokenServiceServer::new(newer.clone()))
        .add_service(SystemServiceServer::new(newer));
    tokio::spawn(server.serve_with_incoming(incoming));
    let config = fleet.admin.folder.join("newer.toml");
    let text = format!("server = \"https://{addr}\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\n");
    fs::write(&config, text).unwrap();
    config
}

/// A server of another time: it has values that nobody knows yet.
#[derive(Clone)]
struct Newer {
    version: String,
}

#[tonic::async_trait]
impl SystemService for Newer {
    async fn get_server_info(
        &self,
        _: Request<v1::GetServerInfoRequest>,
    ) -> Result<Response<v1::GetServerInfoResponse>, Status> {
        Ok(Response::new(v1::GetServerInfoResponse { version: self.version.clone(), ..<_>::default() }))
    }

    async fn get_status(&self, _: Request<v1::GetStatusRequest>) -> Result<Response<v1::GetStatusResponse>, Status> {
        Ok(Response::new(v1::GetStatusResponse::default()))
    }
}

#[tonic::async_trait]
impl TokenService for Newer {
    async fn get_token(&self, _: Request<v1::GetTokenRequest>) -> Result<Response<v1::GetTokenResponse>, Status> {
        Ok(Response::new(v1::GetTokenResponse { token: Some(of_a_time_to_come()), loan: None }))
    }

    async fn list_tokens(&self, _: Request<v1::ListTokensRequest>) -> Result<Response<v1::ListTokensResponse>, Status> {
        Ok(Response::new(v1::ListTokensResponse { tokens: vec![of_a_time_to_come()], ..<_>::default() }))
    }

    async fn retire_token(
        &self,
        _: Request<v1::RetireTokenRequest>,
    ) -> Result<Response<v1::RetireTokenResponse>, Status> {
        Ok(Response::new(v1::RetireTokenResponse { token: Some(of_a_time_to_come()) }))
    }
}

fn of_a_time_to_come() -> v1::Token {
    let value = 99;
    v1::Token {
        name: "tokens/feitian~HT0001".to_owned(),
        serial: "HT0001".to_owned(),
        user_id: USER.to_owned(),
        r#type: value,
        algorithm: value,
        custody: value,
        authenticator: value,
        hold: value,
        state: value,
        ..<_>::default()
    }
}
