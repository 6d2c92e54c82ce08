//! A request that is repeated with its id gets the same answer, and nothing is done twice.

use tokenfleet_proto::v1::import_service_client::ImportServiceClient;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::{self, Role, return_token_request};
use tokenfleet_tests::caller::{Order, assignment, certificate_request, new_operator};
use tokenfleet_tests::{Device, Fleet, entra_file, refused, request_id};
use tonic::Code;

const USER: &str = "0123456789";

fn device() -> Device {
    Device::clock("2600215704919")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_at_a_desk() {
    let mut fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let serial = device().serial;
    let (code, id) = (device().code(fleet.now()), request_id());
    let first = fleet.admin.verify_again(&serial, &code, &id).await.unwrap();
    assert_eq!(fleet.admin.verify_again(&serial, &code, &id).await.unwrap(), first);
    fleet.restart().await;
    fleet.admin = fleet.admin.on_another_connection();
    assert_eq!(fleet.admin.verify_again(&serial, &code, &id).await.unwrap(), first);
    let other = device().wrong_codes(fleet.now(), 1).remove(0);
    let no = refused(fleet.admin.verify_again(&serial, &other, &id).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "REQUEST_ID_REUSED"));
    assert_eq!(refused(fleet.admin.verify_again(&serial, &code, &request_id()).await).reason, "CODE_REPLAYED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_charged_once() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let (wrong, id) = (device().wrong_codes(fleet.now(), 1).remove(0), request_id());
    for _ in 0..5 {
        let no = refused(fleet.admin.verify_again(&device().serial, &wrong, &id).await);
        assert_eq!(no.reason, "CODE_WRONG");
    }
    assert_eq!(fleet.admin.token(&device().serial).await.unwrap().failures, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relying_systems_question() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let (code, id) = (device().code(fleet.now()), request_id());
    for _ in 0..3 {
        assert!(system.passes_again(USER, &code, &id).await.unwrap(), "the recorded answer comes");
    }
    assert!(!system.passes_again(USER, &code, &request_id()).await.unwrap());
    let (wrong, id) = (device().wrong_codes(fleet.now(), 1).remove(0), request_id());
    for _ in 0..3 {
        assert!(!system.passes_again(USER, &wrong, &id).await.unwrap());
    }
    assert_eq!(fleet.admin.token(&device().serial).await.unwrap().failures, 1);
    assert_eq!(refused(system.passes_again(USER, &code, &id).await).reason, "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_presented_again_is_on_record_once() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let serial = device().serial;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let mut expected = Vec::new();
    for outcome in ["CODE_WRONG", "done"] {
        for at_desk in [true, false] {
            fleet.clock.advance(60);
            let (right, wrong) = (device().code(fleet.now()), device().wrong_codes(fleet.now(), 1).remove(0));
            let (code, id) = (if outcome == "done" { right } else { wrong }, request_id());
            for _ in 0..3 {
                if at_desk {
                    assert_eq!(fleet.admin.verify_again(&serial, &code, &id).await.is_ok(), outcome == "done");
                } else {
                    assert_eq!(system.passes_again(USER, &code, &id).await.unwrap(), outcome == "done");
                }
            }
            expected.push((if at_desk { "admin" } else { "idp" }.to_owned(), outcome.to_owned(), id));
        }
    }
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let events = auditor.audit("action = \"code.verify\"").await.unwrap();
    let told: Vec<_> = events.into_iter().map(|event| (event.operator, event.outcome, event.request_id)).collect();
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_who_asked() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let first = fleet.operator("idp1", &[Role::Verifier]).await;
    let second = fleet.operator("idp2", &[Role::Verifier]).await;
    let (code, id) = (device().code(fleet.now()), request_id());
    assert!(first.passes_again(USER, &code, &id).await.unwrap());
    assert!(!second.passes_again(USER, &code, &id).await.unwrap());

    fleet.clock.advance(30);
    let colleague = fleet.operator("colleague", &[Role::Desk]).await;
    let (code, id) = (device().code(fleet.now()), request_id());
    fleet.admin.verify_again(&device().serial, &code, &id).await.unwrap();
    let no = refused(colleague.verify_again(&device().serial, &code, &id).await);
    assert_eq!(no.reason, "CODE_REPLAYED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan() {
    let mut fleet = Fleet::start().await;
    fleet.stock(&[&device()]).await;
    let loan = v1::AssignTokenRequest { request_id: request_id(), ..assignment(&device().serial, USER) };
    let first = fleet.admin.assign_as(loan.clone()).await.unwrap();
    assert_eq!(fleet.admin.assign_as(loan.clone()).await.unwrap(), first);
    fleet.restart().await;
    fleet.admin = fleet.admin.on_another_connection();
    assert_eq!(fleet.admin.assign_as(loan.clone()).await.unwrap(), first);
    assert_eq!(fleet.database().number("SELECT count(*) FROM loan"), 1);
    let other = v1::AssignTokenRequest { user: "1111111111".to_owned(), ..loan.clone() };
    assert_eq!(refused(fleet.admin.assign_as(other).await).reason, "REQUEST_ID_REUSED");

    let colleague = fleet.operator("colleague", &[Role::Desk]).await;
    let no = refused(colleague.assign_as(loan).await);
    assert_eq!(no.reason, "TOKEN_ALREADY_LENT", "an id is its operator's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_loan_stays_refused() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let loan = v1::AssignTokenRequest { request_id: request_id(), ..assignment(&device().serial, "1111111111") };
    let first = refused(fleet.admin.assign_as(loan.clone()).await);
    assert_eq!(first.reason, "TOKEN_ALREADY_LENT");
    fleet.admin.take_back(&device().serial).await.unwrap();
    let again = refused(fleet.admin.assign_as(loan.clone()).await);
    assert_eq!((again.message, again.facts), (first.message, first.facts));
    fleet.admin.assign_as(v1::AssignTokenRequest { request_id: request_id(), ..loan }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loan_with_a_wrong_code_stays_refused() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&device()]).await;
    let wrong = device().wrong_codes(fleet.now(), 1);
    let loan = v1::AssignTokenRequest { request_id: request_id(), codes: wrong, ..assignment(&device().serial, USER) };
    let first = refused(fleet.admin.assign_as(loan.clone()).await);
    assert_eq!(first.reason, "CODE_WRONG");
    assert_eq!(refused(fleet.admin.assign_as(loan.clone()).await).reason, "CODE_WRONG");
    let right = v1::AssignTokenRequest { codes: vec![device().code(fleet.now())], ..loan };
    assert_eq!(refused(fleet.admin.assign_as(right.clone()).await).reason, "REQUEST_ID_REUSED");
    let right = v1::AssignTokenRequest { request_id: request_id(), ..right };
    let token = fleet.admin.assign_as(right.clone()).await.unwrap();
    assert!(token.proven_time.is_some());
    assert_eq!(fleet.admin.assign_as(right).await.unwrap(), token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resync() {
    let fleet = Fleet::start().await;
    let slow = device().drifted(-310);
    fleet.lend(&slow, USER).await;
    let (codes, id) = (slow.codes(fleet.now(), 3), request_id());
    fleet.clock.advance(60);
    let first = fleet.admin.resync_again(&slow.serial, &codes[..2], &id).await.unwrap();
    // As often as the hourly budget would not allow if each were charged.
    for _ in 0..10 {
        assert_eq!(fleet.admin.resync_again(&slow.serial, &codes[..2], &id).await.unwrap(), first);
    }
    assert_eq!(refused(fleet.admin.resync_again(&slow.serial, &codes[1..], &id).await).reason, "REQUEST_ID_REUSED");

    let (wrong, id) = (slow.wrong_codes(fleet.now(), 2), request_id());
    for _ in 0..3 {
        let no = refused(fleet.admin.resync_again(&slow.serial, &wrong, &id).await);
        assert_eq!(no.reason, "NO_MATCH");
    }
    assert_eq!(fleet.admin.token(&slow.serial).await.unwrap().failures, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return() {
    let fleet = Fleet::start().await;
    fleet.lend(&device(), USER).await;
    let back = v1::ReturnTokenRequest {
        target: Some(return_token_request::Target::User(USER.to_owned())),
        reason: v1::ReturnReason::Leaving.into(),
        request_id: request_id(),
        ..v1::ReturnTokenRequest::default()
    };
    let first = fleet.admin.take_back_as(back.clone()).await.unwrap();
    assert_eq!(first.returned_by, USER);
    assert_eq!(fleet.admin.take_back_as(back.clone()).await.unwrap(), first);
    let other = v1::ReturnTokenRequest { note: "another".to_owned(), ..back.clone() };
    assert_eq!(refused(fleet.admin.take_back_as(other).await).reason, "REQUEST_ID_REUSED");

    let nobodys = v1::ReturnTokenRequest { request_id: request_id(), ..back };
    let first = refused(fleet.admin.take_back_as(nobodys.clone()).await);
    assert_eq!((first.status, first.reason.as_str()), (Code::NotFound, "USER_NOT_FOUND"));
    fleet.admin.assign(&device().serial, USER).await.unwrap();
    assert_eq!(refused(fleet.admin.take_back_as(nobodys).await).reason, "USER_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_the_reverting_of_its_lot() {
    let fleet = Fleet::start().await;
    let order = Order { request_id: request_id(), ..Order::default() };
    let file = entra_file(&[&device()]);
    let first = fleet.admin.import_as(file.as_bytes(), order.clone()).await.unwrap().summary;
    assert_eq!(first.created, 1);
    let again = fleet.admin.import_as(file.as_bytes(), order.clone()).await.unwrap().summary;
    assert_eq!(again, first);
    let kept = Order { keep_going: true, ..order.clone() };
    assert_eq!(refused(fleet.admin.import_as(file.as_bytes(), kept).await).reason, "REQUEST_ID_REUSED");
    let other = entra_file(&[&Device::clock("2600215704920")]);
    assert_eq!(refused(fleet.admin.import_as(other.as_bytes(), order).await).reason, "REQUEST_ID_REUSED");

    let revert = v1::RevertLotRequest { name: first.lot, request_id: request_id(), validate_only: false };
    let mut service = ImportServiceClient::new(fleet.admin.door());
    let reverted = service.revert_lot(revert.clone()).await.unwrap().into_inner();
    assert_eq!(service.revert_lot(revert).await.unwrap().into_inner(), reverted);
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_and_revoking_an_operator() {
    let fleet = Fleet::start().await;
    let request = v1::CreateOperatorRequest {
        certificate_request_pem: certificate_request().0,
        request_id: request_id(),
        ..new_operator("desk", &[Role::Desk])
    };
    let first = fleet.admin.create_operator(request.clone()).await.unwrap();
    assert_eq!(fleet.admin.create_operator(request.clone()).await.unwrap(), first, "the same certificate too");
    let grown = v1::CreateOperatorRequest { roles: vec![Role::Admin.into()], ..request.clone() };
    assert_eq!(refused(fleet.admin.create_operator(grown).await).reason, "REQUEST_ID_REUSED");
    let taken = v1::CreateOperatorRequest { request_id: request_id(), ..request };
    for _ in 0..2 {
        assert_eq!(refused(fleet.admin.create_operator(taken.clone()).await).reason, "OPERATOR_EXISTS");
    }

    let revoke = v1::RevokeOperatorRequest { name: "desk".to_owned(), request_id: request_id(), ..<_>::default() };
    let mut service = OperatorServiceClient::new(fleet.admin.door());
    let revoked = service.revoke_operator(revoke.clone()).await.unwrap().into_inner();
    assert_eq!(service.revoke_operator(revoke.clone()).await.unwrap().into_inner(), revoked);
    let other = v1::RevokeOperatorRequest { name: "admin".to_owned(), ..revoke };
    assert_eq!(refused(service.revoke_operator(other).await.map(drop)).reason, "REQUEST_ID_REUSED");
}
