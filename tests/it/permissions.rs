//! Who may do what: the contract's roles on the wire, strangers, the revoked, and what each may see.

use std::time::Duration;

use chrono::TimeDelta;
use rcgen::{CertificateParams, KeyPair, SanType};
use tokenfleet_proto::v1::authentication_service_client::AuthenticationServiceClient;
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::{assignment, chunk, endpoint, header, new_operator, question, read_import};
use tokenfleet_tests::{Caller, Device, Fleet, ROLES, Refusal, entra_file, refused, wire};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig};

const USER: &str = "0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_is_open_to_the_roles_that_its_comment_names_and_to_no_other() {
    let fleet = Fleet::start().await;
    let contract = wire::contract();
    assert_eq!(contract.len(), 80, "a new RPC is tried here like the others");
    for role in ROLES {
        let word = role.as_str_name().trim_start_matches("ROLE_").to_lowercase();
        let operator = fleet.operator(&format!("only-{word}"), &[role]).await;
        for (path, roles) in &contract {
            let may = roles.contains(&word) || roles.contains(&"any".to_owned());
            match wire::call(operator.channel(), path, b"").await {
                Ok(()) => assert!(may, "{word} may not {path}"),
                Err(status) => {
                    let no = Refusal::of(&status);
                    let denied = no.status == Code::PermissionDenied;
                    assert_eq!(denied, !may, "{word} {path}: {no:?}");
                    assert_eq!(no.reason == "ROLE_MISSING", denied, "{no:?}");
                    assert!(!denied || no.facts["needed"] == roles.join(", "), "{no:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_certificate_of_somebody_nobody_added_is_refused_by_every_rpc() {
    let fleet = Fleet::start().await;
    let stranger = fleet.stranger("mallory");
    let others = ["/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"];
    for path in wire::contract().keys().map(String::as_str).chain(others).chain(["/no.such/Rpc"]) {
        let no = refused(wire::call(stranger.channel(), path, b"").await);
        assert_eq!((no.status, no.reason.as_str()), (Code::Unauthenticated, "CERTIFICATE_UNKNOWN"), "{path}");
    }
    assert_eq!(stranger.tokenadm(&["whoami"]).await.exit, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_of_the_fleets_authority_there_is_no_connection() {
    let (fleet, other) = (Fleet::start().await, Fleet::start().await);
    let read = |name: &str| std::fs::read_to_string(other.admin.folder.join(name)).unwrap();
    let of_another_authority = fleet.profile("other", &read("cert.pem"), &read("key.pem"));

    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.subject_alt_names = vec![SanType::URI("tokenfleet:operator:admin".try_into().unwrap())];
    let self_signed = parameters.self_signed(&key).unwrap().pem();
    let self_signed = fleet.profile("selfsigned", &self_signed, &key.serialize_pem());

    let ca = Certificate::from_pem(std::fs::read(fleet.admin.folder.join("ca.pem")).unwrap());
    let nothing = endpoint(&fleet.admin.folder).tls_config(ClientTlsConfig::new().ca_certificate(ca)).unwrap();
    for channel in [of_another_authority.channel(), self_signed.channel(), nothing.connect_lazy()] {
        let status = wire::call(channel, "/tokenfleet.v1.SystemService/GetServerInfo", b"").await.unwrap_err();
        assert!(status.details().is_empty() && status.metadata().is_empty(), "nobody answered: {status:?}");
    }
    assert_eq!(of_another_authority.tokenadm(&["whoami"]).await.exit, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_certificate_is_no_operators() {
    let fleet = Fleet::start().await;
    let read = |name: &str| std::fs::read_to_string(fleet.path(name)).unwrap();
    let thief = fleet.profile("thief", &read("server.pem"), &read("server.key"));
    assert!(thief.who_am_i().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_ends_its_connections_too() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    desk.who_am_i().await.unwrap();
    fleet.clock.advance(TimeDelta::days(366).num_seconds());
    let no = refused(desk.who_am_i().await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Unauthenticated, "CERTIFICATE_EXPIRED"));
    assert!(desk.on_another_connection().who_am_i().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_operator_is_out_at_the_next_call_on_an_open_connection() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    desk.who_am_i().await.unwrap();
    assert!(fleet.admin.revoke("desk").await.unwrap().revoked);
    let no = refused(desk.who_am_i().await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Unauthenticated, "CERTIFICATE_UNKNOWN"));
    let request = v1::CreateOperatorRequest {
        certificate_request_pem: tokenfleet_tests::caller::certificate_request().0,
        ..new_operator("desk", &[Role::Desk])
    };
    let no = refused(fleet.admin.create_operator(request).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::AlreadyExists, "OPERATOR_EXISTS"), "a name is never used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_a_revoked_operator_ends_within_five_seconds_and_leaves_nothing() {
    let fleet = Fleet::start().await;
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let file = entra_file(&[&Device::clock("1"), &Device::clock("2")]);
    let (sender, parts) = mpsc::channel(4);
    sender.send(header(&tokenfleet_tests::caller::Order::default())).await.unwrap();
    sender.send(chunk(file.as_bytes())).await.unwrap();
    let mut service = ImportServiceClient::new(stock.door());
    let mut news = service.import_tokens(ReceiverStream::new(parts)).await.unwrap().into_inner();

    fleet.admin.revoke("stock").await.unwrap();
    let ended = async {
        while news.message().await?.is_some() {}
        Ok::<_, tonic::Status>(())
    };
    let no = refused(timeout(Duration::from_secs(5), ended).await.unwrap());
    assert_eq!(no.reason, "CERTIFICATE_UNKNOWN");
    drop(sender);

    fleet.admin.import(&file).await.unwrap();
    assert_eq!(fleet.admin.tokens("").await.unwrap().len(), 2);
    assert_eq!(fleet.database().number("SELECT count(*) FROM lot"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_operator_whose_client_goes_on_sending_opens_no_lot() {
    let fleet = Fleet::start().await;
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let devices: Vec<_> = (0..40).map(|nth| Device::clock(&format!("26{nth:011}"))).collect();
    let file = entra_file(&devices.iter().collect::<Vec<_>>());
    let rows: Vec<_> = file.split_inclusive('\n').collect();
    let (sender, parts) = mpsc::channel(1);
    let mut service = ImportServiceClient::new(stock.door());
    sender.send(header(&tokenfleet_tests::caller::Order::default())).await.unwrap();
    let mut news = service.import_tokens(ReceiverStream::new(parts)).await.unwrap().into_inner();
    sender.send(chunk(rows[..20].concat().as_bytes())).await.unwrap();
    fleet.admin.revoke("stock").await.unwrap();
    let ended = async {
        while news.message().await?.is_some() {}
        Ok::<_, tonic::Status>(())
    };
    let no = refused(timeout(Duration::from_secs(5), ended).await.unwrap());
    assert_eq!(no.reason, "CERTIFICATE_UNKNOWN");

    // Its client minds nothing and sends the rest, as long as anybody takes it.
    for row in &rows[20..] {
        drop(sender.send(chunk(row.as_bytes())).await);
    }
    timeout(Duration::from_secs(5), sender.closed()).await.expect("nobody reads on");
    nothing_came_of_it(&fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_operator_who_ends_the_upload_before_anybody_looks_opens_no_lot() {
    let fleet = Fleet::start().await;
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let (sender, parts) = mpsc::channel(4);
    let mut service = ImportServiceClient::new(stock.door());
    sender.send(header(&tokenfleet_tests::caller::Order::default())).await.unwrap();
    let news = service.import_tokens(ReceiverStream::new(parts)).await.unwrap().into_inner();
    fleet.admin.revoke("stock").await.unwrap();
    sender.send(chunk(entra_file(&[&Device::clock("2600215704919")]).as_bytes())).await.unwrap();
    drop(sender);
    assert_eq!(refused(read_import(news).await).reason, "CERTIFICATE_UNKNOWN");
    nothing_came_of_it(&fleet).await;
}

/// The import of `stock` ends, and nothing of it is there.
async fn nothing_came_of_it(fleet: &Fleet) {
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let ended = || auditor.audit("operator = \"stock\" AND action = \"lot.import\"");
    timeout(Duration::from_secs(20), async { while ended().await.unwrap().is_empty() {} }).await.unwrap();
    assert_ne!(ended().await.unwrap()[0].outcome, "done");
    assert!(fleet.admin.lots().await.unwrap().is_empty());
    assert_eq!(fleet.database().number("SELECT (SELECT count(*) FROM token) + (SELECT count(*) FROM lot)"), 0);
    fleet.stock(&[&Device::clock("2600215704919")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays() {
    let fleet = Fleet::start().await;
    let no = refused(fleet.admin.revoke("admin").await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "LAST_ADMIN"));
    fleet.operator("second", &[Role::Admin]).await.revoke("admin").await.unwrap();
    assert_eq!(refused(fleet.admin.who_am_i().await).reason, "CERTIFICATE_UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_see_ids_masked_until_they_type_the_whole_one() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    for token in [counter.token(&device.serial).await.unwrap(), counter.tokens("").await.unwrap().remove(0)] {
        assert_eq!(token.user_id, "******6789");
    }
    assert_eq!(counter.token_of(USER).await.unwrap().user_id, USER);
    let answer = counter.verify_for(USER, &device.serial, &device.code(fleet.now())).await.unwrap();
    assert_eq!(answer.token.unwrap().user_id, USER, "it was typed");
    assert_eq!(counter.audit("").await.unwrap()[0].user_id, "******6789");
    for caller in [&fleet.admin, &fleet.operator("desk", &[Role::Desk]).await] {
        assert_eq!(caller.token(&device.serial).await.unwrap().user_id, USER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_lends_to_or_resyncs_for_themselves() {
    let fleet = Fleet::start().await;
    let (free, lent) = (Device::clock("2600215704919"), Device::clock("2600215704920"));
    fleet.stock(&[&free]).await;
    fleet.lend(&lent, USER).await;
    let desk = fleet.operator_with_id("desk", &[Role::Desk], USER).await;
    let codes = lent.codes(fleet.now(), 2);
    for no in [
        refused(desk.assign(&free.serial, USER).await),
        refused(desk.assign(&free.serial, "0123456789@utac.u-tokyo.ac.jp").await),
        refused(desk.resync(&lent.serial, &codes).await),
    ] {
        assert_eq!((no.status, no.reason.as_str()), (Code::PermissionDenied, "SELF_TARGET"));
    }
    desk.assign(&free.serial, "1111111111").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_a_department_sees_stock_and_its_own_loans() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..3).map(|nth| Device::clock(&format!("260021570490{nth}"))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    for (device, department) in devices.iter().zip(["law", "letters"]) {
        let request = v1::AssignTokenRequest {
            department: department.to_owned(),
            ..assignment(&device.serial, &format!("00000{}", &device.serial[8..]))
        };
        fleet.admin.assign_as(request).await.unwrap();
    }
    let folder = fleet.path("profiles/letters");
    let folder = folder.to_str().unwrap();
    fleet.done(&["operator", "add", "letters", "--role", "desk", "--department", "letters", "--out", folder]).await;
    let letters = Caller::of_profile(&fleet.path("profiles/letters"));
    let seen: Vec<_> = letters.tokens("").await.unwrap().into_iter().map(|token| token.serial).collect();
    assert_eq!(seen, [devices[1].serial.as_str(), devices[2].serial.as_str()]);
    for no in [
        refused(letters.token(&devices[0].serial).await),
        refused(letters.take_back(&devices[0].serial).await),
        refused(letters.verify(&devices[0].serial, "000000").await),
        refused(letters.token_of("0000004900").await),
    ] {
        assert_eq!(no.status, Code::NotFound, "{no:?}");
        assert!(no.hint.contains("lent through another department"), "{no:?}");
    }

    // What is not there at all is answered in the same words.
    let [hidden, absent] = [&devices[0].serial, "2600215704999"];
    let told = [letters.token(hidden).await, letters.token(absent).await].map(refused);
    let bare = told.map(|no| format!("{no:?}").replace(hidden, "SERIAL").replace(absent, "SERIAL"));
    assert_eq!(bare[0], bare[1]);
    let told = [letters.token_of("0000004900").await, letters.token_of("1111111111").await].map(refused);
    let bare = told.map(|no| format!("{no:?}").replace("0000004900", "ID").replace("1111111111", "ID"));
    assert_eq!(bare[0], bare[1]);
    let no = refused(fleet.admin.token(absent).await);
    assert!(no.code == "TF-1101" && !no.hint.contains("department"), "{no:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_of_one_department_lends_through_it_and_through_no_other() {
    let fleet = Fleet::start().await;
    let [device, other] = [Device::clock("2600215704919"), Device::clock("2600215704931")];
    fleet.stock(&[&device, &other]).await;
    for (name, departments) in [("letters", &["letters"][..]), ("both", &["letters", "law"])] {
        let folder = fleet.path("profiles").join(name);
        let words: Vec<_> = departments.iter().flat_map(|department| ["--department", department]).collect();
        let add = ["operator", "add", name, "--role", "desk", "--out", folder.to_str().unwrap()];
        fleet.done(&[&add[..], &words].concat()).await;
    }
    let letters = Caller::of_profile(&fleet.path("profiles/letters"));
    let both = Caller::of_profile(&fleet.path("profiles/both"));
    let through = |department: &str| v1::AssignTokenRequest {
        department: department.to_owned(),
        ..assignment(&device.serial, USER)
    };
    for no in [
        refused(letters.assign_as(through("law")).await),
        refused(letters.assign_as(v1::AssignTokenRequest { validate_only: true, ..through("law") }).await),
        refused(both.assign_as(through("")).await),
        refused(both.assign_as(through("medicine")).await),
    ] {
        assert_eq!((no.status, no.reason.as_str()), (Code::PermissionDenied, "OUT_OF_SCOPE"), "{no:?}");
    }
    let no = refused(both.assign_as(through("")).await);
    assert!(no.code == "TF-3015" && no.hint.contains("letters") && no.hint.contains("law"), "{no:?}");
    assert_eq!(refused(both.assign_as(through("medicine")).await).code, "TF-3006");
    let token = fleet.admin.token(&device.serial).await.unwrap();
    assert_eq!((token.state(), token.user_id.as_str()), (v1::TokenState::InStock, ""));
    assert_eq!(fleet.database().number("SELECT count(*) FROM loan"), 0);

    assert_eq!(letters.assign(&device.serial, USER).await.unwrap().department, "letters");
    assert_eq!(letters.token_of(USER).await.unwrap().serial, device.serial);
    letters.verify(&device.serial, &device.code(fleet.now())).await.unwrap();
    both.take_back(&device.serial).await.unwrap();
    letters.assign(&device.serial, USER).await.unwrap();
    letters.take_back(&device.serial).await.unwrap();
    both.assign_as(through("law")).await.unwrap();
    assert_eq!(refused(letters.take_back(&device.serial).await).status, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_that_comes_again_from_memory_shows_no_loan_of_others_since() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let folder = fleet.path("profiles/letters");
    let add = ["operator", "add", "letters", "--role", "desk", "--department", "letters", "--out"];
    fleet.done(&[&add[..], &[folder.to_str().unwrap()]].concat()).await;
    let letters = Caller::of_profile(&folder);
    letters.assign(&device.serial, USER).await.unwrap();
    let back = v1::ReturnTokenRequest {
        target: Some(v1::return_token_request::Target::Token(device.serial.clone())),
        request_id: tokenfleet_tests::request_id(),
        leaves_none: true,
        ..<_>::default()
    };
    letters.take_back_as(back.clone()).await.unwrap();
    letters.take_back_as(back.clone()).await.unwrap();
    let law = v1::AssignTokenRequest { department: "law".to_owned(), ..assignment(&device.serial, "1111111111") };
    fleet.admin.assign_as(law).await.unwrap();
    let no = refused(letters.take_back_as(back).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::PermissionDenied, "OUT_OF_SIGHT"));
    assert!(!format!("{no:?}").contains("1111111111") && !format!("{no:?}").contains("law"), "{no:?}");
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().user_id, "1111111111", "nothing was done twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_but_auditors_reads_their_own_record() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    desk.take_back(&device.serial).await.unwrap();
    let own: Vec<_> = desk.audit("").await.unwrap().into_iter().map(|event| event.action).collect();
    assert_eq!(own, ["token.return"]);
    assert!(desk.audit("operator = \"admin\"").await.unwrap().is_empty());
    let all: Vec<_> = auditor.audit("").await.unwrap().into_iter().map(|event| event.action).collect();
    let told = ["operator.add", "lot.import_begin", "lot.import", "token.assign"];
    let told = told.into_iter().chain(["operator.add", "operator.add", "token.return"]);
    assert_eq!(all, told.collect::<Vec<_>>());
    assert_eq!(auditor.audit("operator = \"desk\"").await.unwrap().len(), 1);
    assert!(fleet.admin.chains().await.unwrap().iter().all(|chain| chain.intact && chain.events == 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relying_system_learns_no_more_than_yes_or_no() {
    let fleet = Fleet::start().await;
    let names = ["wrong", "used", "locked", "returned", "good"];
    let devices: Vec<_> = names.iter().map(|name| Device::clock(name)).collect();
    for (nth, device) in devices.iter().enumerate() {
        fleet.lend(device, &format!("{nth:010}")).await;
    }
    let code = |nth: usize| devices[nth].code(fleet.now());
    fleet.admin.verify("used", &code(1)).await.unwrap();
    for wrong in devices[2].wrong_codes(fleet.now(), 3) {
        refused(fleet.admin.verify("locked", &wrong).await);
    }
    fleet.admin.take_back("returned").await.unwrap();

    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let wrong = devices[0].wrong_codes(fleet.now(), 1).remove(0);
    let nobody = "9999999999";
    let asked = [
        ("0000000000", wrong),
        ("0000000001", code(1)),
        ("0000000002", code(2)),
        ("0000000003", code(3)),
        (nobody, code(4)),
    ];
    let mut shapes = Vec::new();
    for (user, code) in asked {
        let answer =
            AuthenticationServiceClient::new(system.door()).verify_code(question(user, &code, "")).await.unwrap();
        let mut heads: Vec<_> = answer.metadata().keys().map(|key| format!("{key:?}")).collect();
        heads.sort();
        shapes.push((heads, answer.into_inner()));
    }
    assert_eq!(shapes[0].1.result(), v1::verify_code_response::Result::Rejected);
    assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:?}");
    assert!(system.passes("0000000004", &code(4)).await.unwrap());

    let token = v1::VerifyCodeRequest {
        target: Some(v1::verify_code_request::Target::Token("unknown".to_owned())),
        ..question("", &code(4), "")
    };
    let answer = AuthenticationServiceClient::new(system.door()).verify_code(token).await.unwrap().into_inner();
    assert_eq!(answer, shapes[0].1);

    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let events = auditor.audit("operator = \"idp\"").await.unwrap();
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome.as_str()).collect();
    let expected = ["CODE_WRONG", "CODE_REPLAYED", "TOKEN_LOCKED_OUT", "USER_NOT_FOUND", "USER_NOT_FOUND", "done"];
    assert_eq!(outcomes, expected.into_iter().chain(["TOKEN_NOT_FOUND"]).collect::<Vec<_>>());
}
