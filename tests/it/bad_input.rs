//! Whatever is wrong with what comes in: a clear error with its code, its field and a hint, and nothing changed.

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};
use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::{Order, assignment, certificate_request, chunk, header, new_operator, read_import};
use tokenfleet_tests::{Device, Fleet, Refusal, refused, wire};
use tonic::Code;

const USER: &str = "0123456789";

fn device() -> Device {
    Device::clock("2600215704919")
}

#[track_caller]
fn is_field(no: &Refusal, code: &str, field: &str) {
    assert_eq!((no.status, no.reason.as_str()), (Code::InvalidArgument, "FIELD_INVALID"), "{no:?}");
    assert_eq!((no.code.as_str(), no.facts["field"].as_str()), (code, field), "{no:?}");
    assert_eq!(no.fields, [field]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_id() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device()]).await;
    for (user, code) in [
        ("123456789", "TF-1002"),
        ("12345678901", "TF-1001"),
        ("012345678a", "TF-1001"),
        ("somebody@example.com", "TF-1003"),
        ("", "TF-1013"),
    ] {
        is_field(&refused(fleet.admin.assign(&device().serial, user).await), code, "user");
    }
    let ran = fleet.tokenadm(&["assign", &device().serial, "123456789"]).await;
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("did a spreadsheet drop the leading zero?"), "{ran:?}");
    assert_eq!(fleet.database().number("SELECT count(*) FROM loan"), 0);

    let token = fleet.admin.assign(&device().serial, "０１２３４５６７８９＠utac.u-tokyo.ac.jp").await.unwrap();
    assert_eq!(token.user_id, USER, "every spelling of a right ID is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_serial() {
    let fleet = Fleet::start().await;
    let long = "9".repeat(65);
    for (serial, code) in [
        ("", "TF-1013"),
        (" ", "TF-1004"),
        (long.as_str(), "TF-1005"),
        ("a\u{7}b", "TF-1006"),
        ("a/b", "TF-1006"),
        ("2.6E+12", "TF-1007"),
    ] {
        is_field(&refused(fleet.admin.assign(serial, USER).await), code, "token");
    }
    let no = refused(fleet.admin.assign("2600215704919", USER).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::NotFound, "TOKEN_NOT_FOUND"));
    let no = refused(fleet.admin.token_of(USER).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::NotFound, "USER_NOT_FOUND"));
    assert_eq!(fleet.tokenadm(&["show", "2600215704919"]).await.exit, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_code_is_never_charged() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    for (code, expected) in
        [("", "TF-1013"), ("12345", "TF-1009"), ("123456789", "TF-1009"), ("12345O", "TF-1008"), ("1234567", "TF-1010")]
    {
        is_field(&refused(fleet.admin.verify(&device().serial, code).await), expected, "code");
        if expected != "TF-1010" {
            is_field(&refused(system.passes(USER, code).await), expected, "code");
        }
    }
    assert!(!system.passes(USER, "1234567").await.unwrap(), "how many digits a token shows is nobody's business");
    for codes in [&[][..], &["123456"], &["123456"; 4]] {
        let codes: Vec<_> = codes.iter().map(|code| (*code).to_owned()).collect();
        let no = refused(fleet.admin.resync(&device().serial, &codes).await);
        assert_eq!((no.status, no.fields.as_slice()), (Code::InvalidArgument, &["codes".to_owned()][..]), "{no:?}");
    }
    let twice = ["123456".to_owned(), "123456".to_owned()];
    assert_eq!(refused(fleet.admin.resync(&device().serial, &twice).await).reason, "SAME_CODE_TWICE");
    assert_eq!(fleet.tokenadm(&["verify", &device().serial, "12345"]).await.exit, 2);

    let code: String =
        device().code(fleet.now()).chars().map(|c| char::from_u32(c as u32 - 0x30 + 0xff10).unwrap()).collect();
    fleet.admin.verify(&device().serial, &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_are_no_pair_count_one_failure_at_most() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let codes = device().codes(fleet.now(), 6);
    fleet.clock.advance(150);
    let pair = |first: usize, second: usize| [codes[first].clone(), codes[second].clone()];
    let no = refused(fleet.admin.resync(&device().serial, &pair(1, 4)).await);
    assert_eq!((no.reason.as_str(), no.facts["gap"].as_str()), ("NOT_CONSECUTIVE", "3"));
    assert_eq!(refused(fleet.admin.resync(&device().serial, &pair(3, 2)).await).reason, "SWAPPED");
    assert!(fleet.admin.token(&device().serial).await.unwrap().failures <= 2);
    fleet.admin.resync(&device().serial, &pair(3, 4)).await.unwrap();
    let failures = async || fleet.admin.token(&device().serial).await.unwrap().failures;
    for _ in 0..2 {
        let no = refused(fleet.admin.resync(&device().serial, &pair(0, 1)).await);
        assert_eq!(no.reason, "ALREADY_USED");
        assert_eq!(failures().await, 0, "codes that are the token's own are no guess");
    }
    // Its hour's budget is used up.
    fleet.clock.advance(3600);
    let wrong = device().wrong_codes(fleet.now(), 2);
    assert_eq!(refused(fleet.admin.resync(&device().serial, &wrong).await).reason, "NO_MATCH");
    assert_eq!(failures().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_seed_file() {
    let fleet = Fleet::start().await;
    for (file, reason) in [
        (&b""[..], "FILE_EMPTY"),
        (b"\n\n", "FILE_EMPTY"),
        (b"upn,serial number,secret key,time interval,manufacturer,model\n", "FILE_EMPTY"),
        (b"<?xml version=\"1.0\"?><KeyContainer/>", "FILE_EMPTY"),
        (b"<?xml version=\"1.0\"?><KeyContainer>", "FILE_MALFORMED"),
        (b"<!DOCTYPE x><KeyContainer/>", "FILE_MALFORMED"),
        (b"<html><body>Sign in</body></html>", "FILE_FORMAT_REFUSED"),
        (b"PK\x03\x04\x14\x00\x06\x00", "FILE_MALFORMED"),
        (b"%PDF-1.7\n", "FILE_FORMAT_REFUSED"),
        (b"\x00\x01\x02\x03\xff\xfe\xfd", "FILE_FORMAT_REFUSED"),
        (b"Dear all, please find\nthe keys attached.\n", "FILE_FORMAT_UNKNOWN"),
        (b"id,secret\n1,00112233\n", "FILE_HEADER"),
    ] {
        let no = refused(fleet.admin.import_as(file, Order::default()).await);
        assert_eq!(
            (no.status, no.reason.as_str()),
            (Code::InvalidArgument, reason),
            "{:?}",
            String::from_utf8_lossy(file)
        );
        let path = fleet.path("file");
        std::fs::write(&path, file).unwrap();
        for command in ["import", "inspect"] {
            assert_eq!(fleet.tokenadm(&[command, path.to_str().unwrap()]).await.exit, 2, "{command} {reason}");
        }
    }
    assert_eq!(fleet.tokenadm(&["import", "no-such-file.csv"]).await.exit, 2);
    assert!(fleet.admin.lots().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_whole_and_a_token_that_is_not_there_are_on_record() {
    let fleet = Fleet::start().await;
    let page = b"<html><body>Sign in</body></html>";
    let check = Order { validate_only: true, ..Order::default() };
    refused(fleet.admin.import_as(page, check).await);
    refused(fleet.admin.import_as(page, Order::default()).await);
    refused(fleet.admin.assign("2600215704919", USER).await);
    refused(fleet.admin.take_back("2600215704919").await);
    let events = fleet.admin.audit("operator = \"admin\"").await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    let expected = [
        ("lot.import", "FILE_FORMAT_REFUSED"),
        ("token.assign", "TOKEN_NOT_FOUND"),
        ("token.return", "TOKEN_NOT_FOUND"),
    ];
    assert_eq!(told, expected, "and a check leaves none");
    assert_eq!(events[0].details["file"], "seeds.csv");
    assert_eq!(events[1].details["asked_for"], "2600215704919");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_typed_where_the_serial_belongs_is_neither_kept_nor_said_again() {
    let fleet = Fleet::start().await;
    let law = fleet.operator_of("law", &[Role::Desk], &["law"]).await;
    let next = ["304641".to_owned(), "304642".to_owned()];
    for (desk, code) in [(&fleet.admin, "TF-1109"), (&law, "TF-1111")] {
        let rebind = v1::RebindTokenRequest {
            target: Some(v1::rebind_token_request::Target::Token("304640".to_owned())),
            codes: next.to_vec(),
            ..<_>::default()
        };
        let find = v1::ReportTokenFoundRequest {
            target: Some(v1::report_token_found_request::Target::Token("304640".to_owned())),
            codes: next.to_vec(),
            ..<_>::default()
        };
        for no in [
            refused(desk.verify("３０４ ６４０", "304641").await),
            refused(desk.resync("304640", &next).await),
            refused(desk.lending().rebind_token(rebind.clone()).await),
            refused(desk.lending().rebind_token(v1::RebindTokenRequest { validate_only: true, ..rebind }).await),
            refused(desk.lending().report_token_found(find).await),
        ] {
            assert_eq!((no.reason.as_str(), no.code.as_str()), ("TOKEN_NOT_FOUND", code), "{no:?}");
            assert!(!format!("{no:?}").contains("304640"), "{no:?}");
        }
        refused(desk.assign("12345678", USER).await);
        refused(desk.take_back("30464").await);
        refused(desk.verify("304640004", "304641").await);
        let events = desk.audit(&format!("operator = {} AND outcome = TOKEN_NOT_FOUND", desk.name)).await.unwrap();
        let asked: Vec<_> = events.iter().map(|event| event.details["asked_for"].as_str()).collect();
        let four = ["6 digits"; 4].into_iter();
        assert_eq!(asked, four.chain(["8 digits", "30464", "304640004"]).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_out_of_order() {
    let fleet = Fleet::start().await;
    let start = || header(&Order::default());
    for parts in [vec![], vec![chunk(b"tok1,00\n")], vec![start(), start()], vec![start(), chunk(b"x"), start()]] {
        let mut service = ImportServiceClient::new(fleet.admin.door());
        let answer = match service.import_tokens(tokio_stream::iter(parts)).await {
            Ok(answer) => read_import(answer.into_inner()).await,
            Err(status) => Err(status),
        };
        let no = refused(answer);
        assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, "TF-1023"));
    }
    assert_eq!(fleet.database().number("SELECT count(*) FROM lot"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_can_not_be_added() {
    let fleet = Fleet::start().await;
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = CertificateParams::default().serialize_request(&p384).unwrap().pem().unwrap();
    let good = certificate_request().0;
    let with = |name: &str, roles: &[i32], pem: &str| v1::CreateOperatorRequest {
        roles: roles.to_vec(),
        certificate_request_pem: pem.to_owned(),
        ..new_operator(name, &[])
    };
    for (request, code, field) in [
        (with("Hanako", &[1], &good), "TF-1011", "operator_id"),
        (with(&"a".repeat(65), &[1], &good), "TF-1011", "operator_id"),
        (with("", &[1], &good), "TF-1013", "operator_id"),
        // What the record calls the service itself.
        (with("system", &[1], &good), "TF-1011", "operator_id"),
        (with("hanako", &[], &good), "TF-1012", "roles"),
        (with("hanako", &[0], &good), "TF-1012", "roles"),
        (with("hanako", &[7], &good), "TF-1012", "roles"),
        (with("hanako", &[1], ""), "TF-1021", "certificate_request_pem"),
        (with("hanako", &[1], "hello"), "TF-1021", "certificate_request_pem"),
        (with("hanako", &[1], &p384), "TF-1021", "certificate_request_pem"),
        (with("hanako", &[1], &"x".repeat(100_000)), "TF-1021", "certificate_request_pem"),
        (
            v1::CreateOperatorRequest { user_id: "123456789".to_owned(), ..with("hanako", &[1], &good) },
            "TF-1002",
            "user_id",
        ),
        // A blank department is none, and none is the whole university.
        (
            v1::CreateOperatorRequest { departments: vec![String::new()], ..with("hanako", &[1], &good) },
            "TF-1013",
            "departments",
        ),
        (
            v1::CreateOperatorRequest {
                departments: ["letters", " 　"].map(str::to_owned).to_vec(),
                ..with("hanako", &[1], &good)
            },
            "TF-1013",
            "departments",
        ),
    ] {
        is_field(&refused(fleet.admin.create_operator(request).await), code, field);
    }
    let folder = fleet.path("profiles/hanako");
    let folder = folder.to_str().unwrap();
    let blank = ["operator", "add", "hanako", "--role", "desk", "--department", "", "--out", folder];
    assert_eq!(fleet.tokenadm(&blank).await.exit, 2);
    assert_eq!(refused(fleet.admin.revoke("nobody").await).reason, "OPERATOR_NOT_FOUND");
    assert_eq!(fleet.database().number("SELECT count(*) FROM operator"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_none_or_too_large_and_an_rpc_nobody_knows() {
    let fleet = Fleet::start().await;
    let large: &'static [u8] = vec![0; 2 * 1024 * 1024].leak();
    for path in wire::contract().keys() {
        for message in [b"\xff\xff\xff\xff".as_slice(), large] {
            let Err(status) = wire::call(fleet.admin.channel(), path, message).await else {
                panic!("{path} took {} bytes", message.len())
            };
            let no = Refusal::of(&status);
            if no.status != Code::PermissionDenied {
                assert_eq!(no.status, Code::InvalidArgument, "{path}, {} bytes: {no:?}", message.len());
            }
        }
    }
    for path in ["/tokenfleet.v1.TokenService/Nothing", "/tokenfleet.v2.TokenService/GetToken", "/"] {
        let no = refused(wire::call(fleet.admin.channel(), path, b"").await);
        assert_eq!((no.status, no.reason.as_str()), (Code::Unimplemented, "RPC_UNKNOWN"), "{path}");
    }
    fleet.admin.who_am_i().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_seen_otherwise_and_a_serial_of_two_vendors() {
    let fleet = Fleet::start().await;
    let row = |vendor: &str, device: &Device| device.entra_row().replace("Contoso", vendor);
    let header = "upn,serial number,secret key,time interval,manufacturer,model\n";
    for row in [row("Alpha", &device()), row("Beta", &device().with_another_seed())] {
        assert_eq!(fleet.admin.import(&format!("{header}{row}")).await.unwrap().summary.created, 1);
    }
    let no = refused(fleet.admin.assign(&device().serial, USER).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "SERIAL_AMBIGUOUS"));
    let told = format!("{} {}", no.message, no.hint);
    assert!(told.contains("tokens/alpha~2600215704919") && told.contains("tokens/beta~2600215704919"), "{told}");
    assert_eq!(fleet.tokenadm(&["assign", &device().serial, USER]).await.exit, 5);

    let seen = fleet.admin.token("tokens/beta~2600215704919").await.unwrap();
    let loan = v1::AssignTokenRequest { etag: seen.etag.clone(), ..assignment(&seen.name, USER) };
    fleet.admin.assign_as(loan.clone()).await.unwrap();
    fleet.admin.take_back(&seen.name).await.unwrap();
    let no = refused(fleet.admin.assign_as(loan).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_forbids_it_names_what_is_possible() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let no = refused(fleet.admin.assign(&device().serial, "1111111111").await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "TOKEN_ALREADY_LENT"));
    fleet.admin.take_back(&device().serial).await.unwrap();
    let no = refused(fleet.admin.take_back(&device().serial).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "TOKEN_WRONG_STATE"));
    assert!(no.hint.starts_with("what tokenadm can do with it now: ") && no.hint.len() > 20, "{no:?}");
    assert_eq!(fleet.tokenadm(&["return", &device().serial]).await.exit, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_filters_that_are_none() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device(), &Device::clock("2600215704920")]).await;
    let list = async |request: v1::ListTokensRequest| {
        TokenServiceClient::new(fleet.admin.door()).list_tokens(request).await.map(tonic::Response::into_inner)
    };
    let all = || v1::ListTokensRequest { page_size: 1, ..v1::ListTokensRequest::default() };
    is_field(&refused(list(v1::ListTokensRequest { page_size: -1, ..all() }).await), "TF-1016", "page_size");
    let page_token = list(all()).await.unwrap().next_page_token;
    let filter = "state = \"LENT\"".to_owned();
    for request in [
        v1::ListTokensRequest { page_token: page_token.clone(), filter, ..all() },
        v1::ListTokensRequest { page_token: "AAAA".to_owned(), ..all() },
        v1::ListTokensRequest { page_token: format!("{page_token}x"), ..all() },
    ] {
        assert_eq!(refused(list(request).await).reason, "PAGE_TOKEN_MISMATCH");
    }
    for filter in ["state =", "state = ", "colour = \"red\"", "state = \"LENT\" OR", "a'; DROP TABLE token"] {
        let request = v1::ListTokensRequest { filter: filter.to_owned(), ..all() };
        let no = refused(list(request).await);
        assert_eq!((no.status, no.reason.as_str()), (Code::InvalidArgument, "FILTER_SYNTAX"), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_is_no_uuid() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let code = device().code(fleet.now());
    let no = refused(fleet.admin.verify_again(&device().serial, &code, "4711").await);
    is_field(&no, "TF-1018", "request_id");
    fleet.admin.verify(&device().serial, &code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_in_the_callers_language() {
    let fleet = Fleet::start().await;
    let english = refused(fleet.admin.token("4711").await);
    let japanese = refused(fleet.admin.in_japanese().token("4711").await);
    assert_eq!((english.locale.as_str(), japanese.locale.as_str()), ("en", "ja"));
    assert!(english.message.is_ascii() && english.hint.is_ascii());
    assert!(!japanese.message.is_ascii() && !japanese.hint.is_ascii());
    assert_eq!((english.code, english.facts), (japanese.code, japanese.facts));
}
