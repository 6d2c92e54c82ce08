//! Operators' life: changed while they work, their certificates renewed before they end and issued anew when lost.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use prost_types::FieldMask;
use rcgen::{CertificateParams, KeyPair};
use tokenfleet_domain::ports::{Clock, Timestamp};
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::caller::{certificate_request, new_operator};
use tokenfleet_tests::{Caller, Device, Fleet, refused, request_id};
use tokenfleetd::identity::authority::Authority;
use tokenfleetd::os::{SystemClock, SystemEntropy};
use tonic::{Code, Status};

const USER: &str = "0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_roles_counts_from_the_next_call_on_an_open_connection() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let jiro = fleet.operator("jiro", &[Role::Counter]).await;
    assert_eq!(refused(jiro.assign(&device.serial, USER).await).reason, "ROLE_MISSING");
    let changed =
        update(&fleet.admin, change("jiro", &[Role::Desk, Role::Counter, Role::Desk], "roles")).await.unwrap();
    assert_eq!(changed.roles().collect::<Vec<_>>(), [Role::Counter, Role::Desk]);
    jiro.assign(&device.serial, USER).await.unwrap();
    update(&fleet.admin, change("jiro", &[Role::Counter], "roles")).await.unwrap();
    let no = refused(jiro.take_back(&device.serial).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
    assert_eq!(jiro.who_am_i().await.unwrap().roles().collect::<Vec<_>>(), [Role::Counter]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_departments_or_of_the_own_id_counts_from_the_next_call() {
    let fleet = Fleet::start().await;
    let (free, lent) = (Device::clock("2600215704919"), Device::clock("2600215704920"));
    fleet.stock(&[&free]).await;
    fleet.lend(&lent, USER).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    assert_eq!(desk.tokens("").await.unwrap().len(), 2);
    let letters = v1::Operator { departments: vec!["letters".to_owned()], ..named("operators/desk") };
    update(&fleet.admin, masked(letters, &["departments"])).await.unwrap();
    assert_eq!(desk.tokens("").await.unwrap().len(), 1, "the other is lent through no department of theirs");
    let own = v1::Operator { user_id: "1111111111".to_owned(), ..named("desk") };
    let changed = update(&fleet.admin, masked(own, &["user_id"])).await.unwrap();
    assert_eq!((changed.user_id.as_str(), &changed.departments[..]), ("1111111111", &["letters".to_owned()][..]));
    assert_eq!(refused(desk.assign(&free.serial, "1111111111").await).reason, "SELF_TARGET");
    let all = v1::Operator { roles: vec![Role::Desk.into()], ..named("desk") };
    let changed = update(&fleet.admin, masked(all, &["*"])).await.unwrap();
    assert_eq!((changed.user_id.as_str(), changed.departments.len()), ("", 0));
    assert_eq!(desk.tokens("").await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mask_says_what_changes_and_nothing_else_does() {
    let fleet = Fleet::start().await;
    fleet.operator_with_id("desk", &[Role::Desk], USER).await;
    let wanted = || v1::Operator { revoked: true, user_id: "1111111111".to_owned(), ..named("desk") };
    for (operator, paths, code, field) in [
        (Some(wanted()), &["revoked"][..], "TF-1015", "update_mask"),
        (Some(wanted()), &["user_id", "name"], "TF-1015", "update_mask"),
        (Some(wanted()), &["userId"], "TF-1015", "update_mask"),
        (Some(wanted()), &[], "TF-1013", "update_mask"),
        (None, &["user_id"], "TF-1013", "operator"),
        (Some(named("")), &["user_id"], "TF-1013", "operator.name"),
        (Some(wanted()), &["roles"], "TF-1012", "roles"),
        (Some(wanted()), &["*"], "TF-1012", "roles"),
        (Some(v1::Operator { user_id: "1".to_owned(), ..named("desk") }), &["user_id"], "TF-1001", "user_id"),
        (
            Some(v1::Operator { departments: vec![" ".to_owned()], ..named("desk") }),
            &["departments"],
            "TF-1013",
            "departments",
        ),
    ] {
        let request = v1::UpdateOperatorRequest { operator, ..masked(v1::Operator::default(), paths) };
        let no = refused(update(&fleet.admin, request).await);
        assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, code), "{paths:?}: {no:?}");
        assert_eq!(no.fields, [field], "{paths:?}");
    }
    let nobody = masked(v1::Operator { user_id: USER.to_owned(), ..named("nobody") }, &["user_id"]);
    assert_eq!(refused(update(&fleet.admin, nobody).await).reason, "OPERATOR_NOT_FOUND");
    let before = update(&fleet.admin, masked(named("desk"), &["departments"])).await.unwrap();
    assert_eq!((before.user_id.as_str(), before.roles().collect::<Vec<_>>()), (USER, vec![Role::Desk]));
    let roles = v1::UpdateOperatorRequest { operator: Some(wanted()), ..change("desk", &[], "user_id") };
    let after = update(&fleet.admin, roles).await.unwrap();
    assert_eq!((after.user_id.as_str(), after.revoked), ("1111111111", false));
    assert_eq!(after.roles().collect::<Vec<_>>(), [Role::Desk]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_keeps_that_role() {
    let fleet = Fleet::start().await;
    let no = refused(update(&fleet.admin, change("admin", &[Role::Desk, Role::Stock], "roles")).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "LAST_ADMIN"));
    assert_eq!(fleet.tokenadm(&["operator", "set", "admin", "--role", "desk"]).await.exit, 5);
    update(&fleet.admin, change("admin", &[Role::Admin], "roles")).await.unwrap();
    let second = fleet.operator("second", &[Role::Desk]).await;
    update(&fleet.admin, change("second", &[Role::Admin], "roles")).await.unwrap();
    update(&second, change("admin", &[Role::Desk], "roles")).await.unwrap();
    assert_eq!(refused(update(&fleet.admin, change("second", &[Role::Desk], "roles")).await).reason, "ROLE_MISSING");
    assert_eq!(refused(second.revoke("second").await).reason, "LAST_ADMIN");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etag_that_is_not_the_last_one_aborts_and_a_repeated_request_changes_nothing_twice() {
    let fleet = Fleet::start().await;
    let seen = fleet.operator("desk", &[Role::Desk]).await.who_am_i().await.unwrap().etag;
    let first = v1::UpdateOperatorRequest {
        etag: seen.clone(),
        request_id: request_id(),
        ..change("desk", &[Role::Desk, Role::Stock], "roles")
    };
    let changed = update(&fleet.admin, first.clone()).await.unwrap();
    assert_ne!(changed.etag, seen);
    assert_eq!(update(&fleet.admin, first.clone()).await.unwrap(), changed);
    let late = v1::UpdateOperatorRequest { etag: seen, ..change("desk", &[Role::Counter], "roles") };
    let no = refused(update(&fleet.admin, late).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    let other = v1::UpdateOperatorRequest { request_id: first.request_id, ..change("desk", &[Role::Admin], "roles") };
    assert_eq!(refused(update(&fleet.admin, other).await).reason, "REQUEST_ID_REUSED");
    let current = v1::UpdateOperatorRequest { etag: changed.etag.clone(), ..change("desk", &[Role::Counter], "roles") };
    assert_eq!(update(&fleet.admin, current).await.unwrap().roles().collect::<Vec<_>>(), [Role::Counter]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_works_and_the_old_one_does_until_it_ends() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    fleet.clock.advance(TimeDelta::days(340).num_seconds());
    let (request, key) = certificate_request();
    let order =
        v1::RenewCertificateRequest { certificate_request_pem: request, request_id: request_id(), ..<_>::default() };
    let renewed = renew(&desk, order.clone()).await.unwrap();
    assert_eq!(renew(&desk, order.clone()).await.unwrap(), renewed, "the same certificate");
    let other = v1::RenewCertificateRequest { certificate_request_pem: certificate_request().0, ..order };
    assert_eq!(refused(renew(&desk, other).await).reason, "REQUEST_ID_REUSED");
    let ends = renewed.certificate_expire_time.unwrap().seconds;
    assert_eq!(ends, (fleet.now() + TimeDelta::days(365)).timestamp());

    // The client checks nothing of its own certificate; the server's clock is the one that counts.
    let next = fleet.profile("desk-again", &renewed.certificate_pem, &key);
    assert_eq!(next.who_am_i().await.unwrap().name, "operators/desk");
    assert_eq!(desk.who_am_i().await.unwrap().name, "operators/desk");
    fleet.clock.advance(TimeDelta::days(30).num_seconds());
    assert_eq!(refused(desk.who_am_i().await).reason, "CERTIFICATE_EXPIRED");
    next.who_am_i().await.unwrap();
    fleet.stranger("mallory");
    let renewed = renew(&next, v1::RenewCertificateRequest::default()).await;
    assert_eq!(refused(renewed).fields, ["certificate_request_pem"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_a_name_ends_every_certificate_of_it_and_no_new_one_is_issued() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let (certificate_request_pem, key) = certificate_request();
    let order = |name: &str| v1::IssueCertificateRequest {
        name: name.to_owned(),
        certificate_request_pem: certificate_request_pem.clone(),
        ..v1::IssueCertificateRequest::default()
    };
    let issued = issue(&fleet.admin, order("operators/desk")).await.unwrap();
    assert_eq!(issued.operator.unwrap().name, "operators/desk");
    let found_again = fleet.profile("desk-again", &issued.certificate_pem, &key);
    for desk in [&desk, &found_again] {
        assert_eq!(desk.who_am_i().await.unwrap().name, "operators/desk");
    }
    assert_eq!(refused(issue(&desk, order("admin")).await).reason, "ROLE_MISSING");
    assert_eq!(refused(issue(&fleet.admin, order("nobody")).await).reason, "OPERATOR_NOT_FOUND");
    fleet.admin.revoke("desk").await.unwrap();
    for desk in [&desk, &found_again] {
        assert_eq!(refused(desk.who_am_i().await).reason, "CERTIFICATE_UNKNOWN");
        let order = v1::RenewCertificateRequest { certificate_request_pem: certificate_request().0, ..<_>::default() };
        assert_eq!(refused(renew(desk, order).await).reason, "CERTIFICATE_UNKNOWN");
    }
    let no = refused(issue(&fleet.admin, order("desk")).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "OPERATOR_REVOKED"));
    let no = refused(update(&fleet.admin, change("desk", &[Role::Admin], "roles")).await);
    assert_eq!(no.reason, "OPERATOR_REVOKED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_says_what_was_and_what_is_but_no_id() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let wanted = v1::Operator {
        departments: vec!["letters".to_owned(), "law".to_owned()],
        user_id: USER.to_owned(),
        roles: vec![Role::Stock.into(), Role::Desk.into()],
        ..named("desk")
    };
    update(&fleet.admin, masked(wanted, &["*"])).await.unwrap();
    refused(update(&fleet.admin, change("admin", &[Role::Desk], "roles")).await);
    renew(&desk, v1::RenewCertificateRequest { certificate_request_pem: certificate_request().0, ..<_>::default() })
        .await
        .unwrap();
    let issue_to = async |name: &str| {
        let certificate_request_pem = certificate_request().0;
        issue(
            &fleet.admin,
            v1::IssueCertificateRequest { name: name.to_owned(), certificate_request_pem, ..<_>::default() },
        )
        .await
    };
    issue_to("desk").await.unwrap();
    refused(issue_to("nobody").await);

    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let events = auditor.audit("").await.unwrap();
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.action.starts_with("operator.") && event.action != "operator.add")
        .map(|event| [&event.operator, &event.action, &event.outcome, &event.subject].map(String::as_str))
        .collect();
    assert_eq!(
        told,
        [
            ["admin", "operator.update", "done", "operators/desk"],
            ["admin", "operator.update", "LAST_ADMIN", "operators/admin"],
            ["desk", "operator.renew", "done", "operators/desk"],
            ["admin", "operator.issue_cert", "done", "operators/desk"],
            ["admin", "operator.issue_cert", "OPERATOR_NOT_FOUND", "operators/nobody"],
        ]
    );
    let detail = |event: &v1::AuditEvent, key: &str| event.details.get(key).cloned().unwrap_or_default();
    let update = events.iter().find(|event| event.action == "operator.update").unwrap();
    assert_eq!([detail(update, "roles_before"), detail(update, "roles")], ["desk", "desk, stock"]);
    assert_eq!([detail(update, "departments_before"), detail(update, "departments")], ["*", "letters, law"]);
    assert_eq!(detail(update, "user_id"), "changed");
    assert!(!format!("{events:?}").contains(USER), "no ID is in any detail");
    let renewed = events.iter().find(|event| event.action == "operator.renew").unwrap();
    assert!(detail(renewed, "certificate_ends").parse::<Timestamp>().is_ok(), "{renewed:?}");
    assert!(auditor.chains().await.unwrap().iter().all(|chain| chain.intact));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_validated_is_answered_as_it_would_be_and_leaves_nothing() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let before = kept(&fleet);
    let (certificate_request_pem, _) = certificate_request();
    let pem = || certificate_request_pem.clone();

    let add = v1::CreateOperatorRequest {
        certificate_request_pem: pem(),
        request_id: request_id(),
        validate_only: true,
        ..new_operator("jiro", &[Role::Stock, Role::Desk])
    };
    let added = fleet.admin.create_operator(add.clone()).await.unwrap();
    assert_eq!((added.certificate_pem.as_str(), added.authority_pem.as_str()), ("", ""));
    let added = added.operator.unwrap();
    assert_eq!(
        (added.name.as_str(), added.roles().collect::<Vec<_>>()),
        ("operators/jiro", vec![Role::Desk, Role::Stock])
    );

    let set = v1::UpdateOperatorRequest {
        request_id: request_id(),
        validate_only: true,
        ..change("desk", &[Role::Counter], "roles")
    };
    let (seen, changed) = (desk.who_am_i().await.unwrap(), update(&fleet.admin, set.clone()).await.unwrap());
    assert_eq!(changed.roles().collect::<Vec<_>>(), [Role::Counter]);
    assert_ne!(changed.etag, seen.etag);

    let next =
        v1::RenewCertificateRequest { certificate_request_pem: pem(), request_id: request_id(), validate_only: true };
    let renewed = renew(&desk, next.clone()).await.unwrap();
    assert_eq!(renewed, v1::RenewCertificateResponse { operator: Some(seen.clone()), ..<_>::default() });

    let order = v1::IssueCertificateRequest {
        name: "desk".to_owned(),
        certificate_request_pem: pem(),
        request_id: request_id(),
        validate_only: true,
    };
    let issued = issue(&fleet.admin, order.clone()).await.unwrap();
    assert_eq!(issued, v1::IssueCertificateResponse { operator: Some(seen.clone()), ..<_>::default() });

    let end = v1::RevokeOperatorRequest {
        name: "desk".to_owned(),
        request_id: request_id(),
        etag: seen.etag.clone(),
        validate_only: true,
    };
    let ended = revoke(&fleet.admin, end.clone()).await.unwrap();
    assert!(ended.revoked && ended.revoke_time.is_some() && ended.etag != seen.etag, "{ended:?}");

    assert_eq!(kept(&fleet), before, "no operator, no event, no memory");
    assert_eq!(desk.who_am_i().await.unwrap(), seen);

    // The same ids do the deeds: none was used up.
    let added = fleet.admin.create_operator(v1::CreateOperatorRequest { validate_only: false, ..add }).await.unwrap();
    assert!(!added.certificate_pem.is_empty());
    update(&fleet.admin, v1::UpdateOperatorRequest { validate_only: false, ..set }).await.unwrap();
    renew(&desk, v1::RenewCertificateRequest { validate_only: false, ..next }).await.unwrap();
    issue(&fleet.admin, v1::IssueCertificateRequest { validate_only: false, ..order }).await.unwrap();
    let etag = desk.who_am_i().await.unwrap().etag;
    revoke(&fleet.admin, v1::RevokeOperatorRequest { validate_only: false, etag, ..end }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_validated_is_refused_as_the_deed_would_be_and_is_not_on_record() {
    let fleet = Fleet::start().await;
    fleet.operator("gone", &[Role::Desk]).await;
    fleet.admin.revoke("gone").await.unwrap();
    let before = kept(&fleet);
    let add = |name: &str, certificate_request_pem: String| v1::CreateOperatorRequest {
        certificate_request_pem,
        validate_only: true,
        ..new_operator(name, &[Role::Desk])
    };
    let (good, _) = certificate_request();
    assert_eq!(refused(fleet.admin.create_operator(add("gone", good.clone())).await).reason, "OPERATOR_EXISTS");
    assert_eq!(refused(fleet.admin.create_operator(add("new", "none".to_owned())).await).code, "TF-1021");
    for name in ["gone", "nobody"] {
        let set = v1::UpdateOperatorRequest { validate_only: true, ..change(name, &[Role::Desk], "roles") };
        let order = v1::IssueCertificateRequest {
            name: name.to_owned(),
            certificate_request_pem: good.clone(),
            validate_only: true,
            ..<_>::default()
        };
        let reason = if name == "gone" { "OPERATOR_REVOKED" } else { "OPERATOR_NOT_FOUND" };
        assert_eq!(refused(update(&fleet.admin, set).await).reason, reason);
        assert_eq!(refused(issue(&fleet.admin, order).await).reason, reason);
    }
    let end = |name: &str, etag: &str| v1::RevokeOperatorRequest {
        name: name.to_owned(),
        etag: etag.to_owned(),
        validate_only: true,
        ..<_>::default()
    };
    assert_eq!(refused(revoke(&fleet.admin, end("nobody", "")).await).reason, "OPERATOR_NOT_FOUND");
    assert_eq!(refused(revoke(&fleet.admin, end("gone", "")).await).reason, "OPERATOR_REVOKED");
    assert_eq!(refused(revoke(&fleet.admin, end("admin", "")).await).reason, "LAST_ADMIN");
    assert_eq!(refused(revoke(&fleet.admin, end("admin", "\"9\"")).await).reason, "ETAG_MISMATCH");
    let request = v1::RenewCertificateRequest {
        certificate_request_pem: "none".to_owned(),
        validate_only: true,
        ..<_>::default()
    };
    assert_eq!(refused(renew(&fleet.admin, request).await).code, "TF-1021");
    assert_eq!(kept(&fleet), before);
    assert_eq!(refused(fleet.admin.revoke("gone").await).code, "TF-3008", "the deed too");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_was_changed_meanwhile_is_not_revoked() {
    let fleet = Fleet::start().await;
    let seen = fleet.operator("desk", &[Role::Desk]).await.who_am_i().await.unwrap().etag;
    let changed = update(&fleet.admin, change("desk", &[Role::Counter], "roles")).await.unwrap();
    let end =
        |etag: &str| v1::RevokeOperatorRequest { name: "desk".to_owned(), etag: etag.to_owned(), ..<_>::default() };
    let no = refused(revoke(&fleet.admin, end(&seen)).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert!(revoke(&fleet.admin, end(&changed.etag)).await.unwrap().revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_not_signed_for_a_key_that_the_caller_has_now() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let request_for = |key_pem: &str| {
        let key = KeyPair::from_pem(key_pem).unwrap();
        CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap()
    };
    let own = |caller: &Caller| request_for(&fs::read_to_string(caller.folder.join("key.pem")).unwrap());
    for validate_only in [true, false] {
        let request =
            v1::RenewCertificateRequest { certificate_request_pem: own(&desk), validate_only, ..<_>::default() };
        let no = refused(renew(&desk, request).await);
        assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, "TF-1034"));
        assert_eq!(no.fields, ["certificate_request_pem"]);
    }
    let order = v1::IssueCertificateRequest {
        name: "desk".to_owned(),
        certificate_request_pem: own(&fleet.admin),
        ..<_>::default()
    };
    assert_eq!(refused(issue(&fleet.admin, order).await).code, "TF-1034");
    let add =
        v1::CreateOperatorRequest { certificate_request_pem: own(&fleet.admin), ..new_operator("jiro", &[Role::Desk]) };
    assert_eq!(refused(fleet.admin.create_operator(add).await).code, "TF-1034");

    // A renewal that is repeated over the certificate it brought is the same renewal.
    let (certificate_request_pem, key) = certificate_request();
    let order = v1::RenewCertificateRequest { certificate_request_pem, request_id: request_id(), ..<_>::default() };
    let renewed = renew(&desk, order.clone()).await.unwrap();
    let again = fleet.profile("desk-again", &renewed.certificate_pem, &key);
    assert_eq!(renew(&again, order.clone()).await.unwrap(), renewed);
    let anew = v1::RenewCertificateRequest { request_id: request_id(), ..order };
    assert_eq!(refused(renew(&again, anew).await).code, "TF-1034");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_of_departments_gives_their_own_departments_and_no_role_that_acts_for_all() {
    let fleet = Fleet::start().await;
    let law = admin_of(&fleet, "law-admin", &["law", "economics"]).await;
    let add = async |name: &str, roles: &[Role], departments: &[&str]| {
        let request = v1::CreateOperatorRequest {
            departments: departments.iter().map(|name| (*name).to_owned()).collect(),
            certificate_request_pem: certificate_request().0,
            ..new_operator(name, roles)
        };
        law.create_operator(request).await
    };
    for (name, roles, departments) in [
        ("wide", &[Role::Desk][..], &[][..]),
        ("foreign", &[Role::Desk], &["letters"]),
        ("both", &[Role::Desk], &["law", "letters"]),
        ("stock", &[Role::Desk, Role::Stock], &["law"]),
        ("auditor", &[Role::Auditor], &["law"]),
    ] {
        let no = refused(add(name, roles, departments).await);
        assert_eq!((no.status, no.code.as_str()), (Code::PermissionDenied, "TF-3010"), "{name}");
        assert_eq!(no.reason, "OUT_OF_SCOPE");
    }
    for (name, roles) in [("desk", [Role::Desk]), ("second", [Role::Admin]), ("idp", [Role::Verifier])] {
        add(name, &roles, &["law"]).await.unwrap();
    }
    for (roles, departments, paths) in [
        (&[Role::Stock][..], &["law"][..], &["roles"][..]),
        (&[Role::Desk], &[], &["departments"]),
        (&[Role::Desk], &["letters"], &["departments"]),
        (&[Role::Desk, Role::Auditor], &["economics"], &["*"]),
    ] {
        let operator = v1::Operator {
            roles: roles.iter().map(|role| (*role).into()).collect(),
            departments: departments.iter().map(|name| (*name).to_owned()).collect(),
            ..named("desk")
        };
        assert_eq!(refused(update(&law, masked(operator, paths)).await).code, "TF-3010", "{paths:?}");
    }
    let economics = v1::Operator { departments: vec!["economics".to_owned()], ..named("desk") };
    update(&law, masked(economics, &["departments"])).await.unwrap();
    assert!(
        fleet
            .database()
            .rows("SELECT name FROM operator WHERE name IN ('wide', 'foreign', 'both', 'stock')")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_of_departments_sees_and_changes_nobody_who_acts_for_others() {
    let fleet = Fleet::start().await;
    let law = admin_of(&fleet, "law-admin", &["law"]).await;
    for (name, departments) in
        [("law-desk", &["law"][..]), ("law-and-letters", &["law", "letters"]), ("letters-desk", &["letters"])]
    {
        operator_of(&fleet, name, &[Role::Desk], departments).await;
    }
    operator_of(&fleet, "law-stock", &[Role::Desk, Role::Stock], &["law"]).await;
    let mut listed = Vec::new();
    let mut page = v1::ListOperatorsRequest { page_size: 1, ..<_>::default() };
    loop {
        let answer = OperatorServiceClient::new(law.door()).list_operators(page.clone()).await.unwrap().into_inner();
        listed.extend(answer.operators.into_iter().map(|operator| operator.name));
        page.page_token = answer.next_page_token;
        if page.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, ["operators/law-admin", "operators/law-desk", "operators/law-stock"]);

    let before = fleet.database().rows("SELECT * FROM operator");
    for name in ["admin", "law-and-letters", "letters-desk"] {
        for validate_only in [true, false] {
            let set = v1::UpdateOperatorRequest { validate_only, ..change(name, &[Role::Counter], "roles") };
            let order = v1::IssueCertificateRequest {
                name: name.to_owned(),
                certificate_request_pem: certificate_request().0,
                validate_only,
                ..<_>::default()
            };
            let end = v1::RevokeOperatorRequest { name: name.to_owned(), validate_only, ..<_>::default() };
            for no in
                [refused(update(&law, set).await), refused(issue(&law, order).await), refused(revoke(&law, end).await)]
            {
                assert_eq!((no.status, no.code.as_str()), (Code::PermissionDenied, "TF-3011"), "{name}: {no:?}");
            }
        }
    }
    // Whoever signs for a key of their own could act as that operator.
    let order = v1::IssueCertificateRequest {
        name: "law-stock".to_owned(),
        certificate_request_pem: certificate_request().0,
        ..<_>::default()
    };
    assert_eq!(refused(issue(&law, order.clone()).await).code, "TF-3010");
    assert_eq!(fleet.database().rows("SELECT * FROM operator"), before);
    issue(&law, v1::IssueCertificateRequest { name: "law-desk".to_owned(), ..order }).await.unwrap();
    assert!(law.revoke("law-stock").await.unwrap().revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_themselves_more_but_may_give_something_up() {
    let fleet = Fleet::start().await;
    let both = admin_of(&fleet, "both", &["law", "letters"]).await;
    let own_id = v1::Operator { user_id: USER.to_owned(), ..named("both") };
    update(&both, masked(own_id, &["user_id"])).await.unwrap();
    let other_id = v1::Operator { user_id: "1111111111".to_owned(), ..named("both") };
    let wide = v1::Operator { departments: Vec::new(), ..named("both") };
    for request in [
        change("both", &[Role::Admin, Role::Desk], "roles"),
        masked(wide, &["departments"]),
        masked(other_id, &["user_id"]),
        masked(named("both"), &["user_id"]),
    ] {
        let no = refused(update(&both, request).await);
        assert_eq!((no.status, no.code.as_str()), (Code::PermissionDenied, "TF-3012"), "{no:?}");
    }
    assert_eq!(
        refused(update(&fleet.admin, change("admin", &[Role::Admin, Role::Auditor], "roles")).await).code,
        "TF-3012"
    );
    let law = v1::Operator { departments: vec!["law".to_owned()], ..named("both") };
    assert_eq!(update(&both, masked(law, &["departments"])).await.unwrap().departments, ["law"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_for_all_departments_stays_one_whoever_else_is_an_admin() {
    let fleet = Fleet::start().await;
    admin_of(&fleet, "law-admin", &["law"]).await;
    let law = v1::Operator { departments: vec!["law".to_owned()], ..named("admin") };
    let no = refused(update(&fleet.admin, masked(law, &["departments"])).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::FailedPrecondition, "LAST_ADMIN"));
    assert_eq!(refused(fleet.admin.revoke("admin").await).reason, "LAST_ADMIN");
    assert!(fleet.admin.revoke("law-admin").await.unwrap().revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_dry_runs_say_what_would_be_and_write_nothing() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let out = fleet.path("profiles/new");
    let out = out.to_str().unwrap();
    let before = (kept(&fleet), files(&desk.folder), files(&fleet.admin.folder));
    for (caller, command, told) in [
        (
            &fleet.admin,
            &["operator", "add", "jiro", "--role", "desk", "--out", out][..],
            "operator jiro (desk) can be added",
        ),
        (
            &fleet.admin,
            &["operator", "set", "desk", "--role", "counter"],
            "operator desk would have counter, for departments: all",
        ),
        (&desk, &["operator", "renew"], "the certificate of desk can be renewed"),
        (&fleet.admin, &["operator", "issue-cert", "desk", "--out", out], "operator desk can have a new certificate"),
        (&fleet.admin, &["operator", "revoke", "desk"], "operator desk can be revoked"),
    ] {
        let ran = caller.done(&[command, &["-n"]].concat()).await;
        assert!(ran.stdout.contains(told) && ran.stdout.contains("; nothing was changed"), "{ran:?}");
        let ran = caller.done(&[command, &["--dry-run", "--json"]].concat()).await;
        assert_eq!(ran.document()["dry_run"], true, "{ran:?}");
        let ran = caller.done(&[command, &["-n", "--lang", "ja"]].concat()).await;
        assert!(ran.stdout.contains("何も変更していません"), "{ran:?}");
    }
    assert!(!Path::new(out).exists());
    assert_eq!((kept(&fleet), files(&desk.folder), files(&fleet.admin.folder)), before);
    let taken = desk.folder.to_str().unwrap();
    assert_eq!(fleet.tokenadm(&["operator", "issue-cert", "desk", "--out", taken, "-n"]).await.exit, 5);
    assert_eq!(fleet.tokenadm(&["operator", "revoke", "admin", "-n"]).await.exit, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_set_changes_what_it_names() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let set = async |options: &[&str]| fleet.done(&[&["operator", "set", "desk"], options].concat()).await;
    let ran = set(&["--role", "stock", "--role", "desk", "--department", "letters", "--json"]).await;
    let operator = &ran.document()["operator"];
    assert_eq!(
        (&operator["roles"], &operator["departments"]),
        (&["desk", "stock"][..].into(), &["letters"][..].into())
    );
    let ran = set(&["--user-id", USER]).await;
    assert_eq!(ran.stdout, "✓ operator desk now has desk, stock, for departments: letters\n", "{ran:?}");
    set(&["--all-departments", "--lang", "ja"]).await;
    let me = desk.who_am_i().await.unwrap();
    assert_eq!((me.departments.len(), me.user_id.as_str(), me.roles.len()), (0, USER, 2));
    set(&["--no-user-id"]).await;
    assert_eq!(desk.who_am_i().await.unwrap().user_id, "");
    for (options, exit) in [
        (&["desk"][..], 2),
        (&["desk", "--department", "law", "--all-departments"], 2),
        (&["desk", "--user-id", USER, "--no-user-id"], 2),
        (&["desk", "--department", ""], 2),
        (&["nobody", "--role", "desk"], 3),
    ] {
        let ran = fleet.tokenadm(&[&["operator", "set"], options].concat()).await;
        assert_eq!(ran.exit, exit, "{ran:?}");
    }
    assert_eq!(desk.tokenadm(&["operator", "set", "desk", "--role", "admin"]).await.exit, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_renew_leaves_a_profile_that_works_with_a_new_key() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let before = files(&desk.folder);
    let ran = desk.done(&["operator", "renew", "--json"]).await;
    assert_eq!(ran.document()["operator"]["name"], "operators/desk");
    assert!(ran.document()["certificate_expire_time"].is_string(), "{ran:?}");
    let after = files(&desk.folder);
    assert_eq!(after.len(), before.len(), "nothing is left beside: {:?}", names(&after));
    for ((name, old), (_, new)) in before.iter().zip(&after) {
        let replaced = ["cert.pem", "key.pem"].contains(&name.as_str());
        assert_eq!(old != new, replaced, "{name}");
    }
    desk.done(&["whoami"]).await;
    assert_eq!(desk.on_another_connection().who_am_i().await.unwrap().name, "operators/desk");
    let ran = desk.done(&["operator", "renew", "--lang", "ja"]).await;
    assert!(ran.stdout.contains("desk の証明書を更新しました"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_renew_that_fails_leaves_the_profile_as_it_was() {
    let mut fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let before = files(&desk.folder);
    fleet.stop().await;
    assert_eq!(desk.tokenadm(&["operator", "renew", "--timeout", "2"]).await.exit, 7);
    assert_eq!(files(&desk.folder), before);
    fleet.resume().await;
    fleet.admin = fleet.admin.on_another_connection();
    fleet.admin.revoke("desk").await.unwrap();
    assert_eq!(desk.tokenadm(&["operator", "renew"]).await.exit, 4);
    assert_eq!(files(&desk.folder), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_renewal_was_interrupted_anywhere_works() {
    let fleet = Fleet::start().await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    let old = files(&desk.folder);
    desk.done(&["operator", "renew"]).await;
    let read = |name: &str| fs::read(desk.folder.join(name)).unwrap();
    let (key, certificate) = (read("key.pem"), read("cert.pem"));
    // Each is what the folder holds when the power fails: before the key is whole, before the certificate is, before the
    // key moves, before the certificate does.
    for waiting in [
        &[("key.pem.new", &key[..40])][..],
        &[("key.pem.new", &key), ("cert.pem.new", &certificate[..40])],
        &[("key.pem.new", &key), ("cert.pem.new", &certificate)],
        &[("key.pem", &key), ("cert.pem.new", &certificate)],
    ] {
        for (name, content) in &old {
            fs::write(desk.folder.join(name), content).unwrap();
        }
        for (name, content) in waiting {
            fs::write(desk.folder.join(name), content).unwrap();
        }
        desk.done(&["whoami"]).await;
        desk.done(&["operator", "renew"]).await;
        desk.done(&["whoami"]).await;
        assert_eq!(names(&files(&desk.folder)), names(&old));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_soon_is_warned_of_until_it_is_renewed() {
    let fleet = Fleet::start().await;
    fleet.operator("desk", &[Role::Desk]).await;
    for (name, days_left, warned) in [("soon", 29, true), ("later", 31, false)] {
        let (certificate, key) = ending_in(&fleet, days_left);
        let desk = fleet.profile(name, &certificate, &key);
        for command in ["whoami", "list"] {
            let ran = desk.done(&[command]).await;
            assert_eq!(ran.stderr.contains("tokenadm operator renew"), warned, "{command} {ran:?}");
            assert!(!ran.stdout.contains("renew"), "{ran:?}");
            assert_eq!(desk.done(&[command, "--json"]).await.stderr, "", "where documents are wanted nothing is told");
        }
        desk.done(&["operator", "renew"]).await;
        assert_eq!(desk.done(&["whoami"]).await.stderr, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_issue_cert_writes_a_profile_for_one_who_lost_theirs() {
    let fleet = Fleet::start().await;
    fleet.operator("desk", &[Role::Desk]).await;
    let folder = fleet.path("profiles/desk-again");
    let out = folder.to_str().unwrap();
    let ran = fleet.done(&["operator", "issue-cert", "desk", "--out", out]).await;
    assert!(ran.stdout.contains("a new certificate for operator desk is in"), "{ran:?}");
    assert!(ran.stderr.contains("whoami"), "{ran:?}");
    let again = Caller::of_profile(&folder);
    assert_eq!(again.done(&["whoami", "--json"]).await.document()["operator"]["name"], "operators/desk");
    assert_eq!(fleet.tokenadm(&["operator", "issue-cert", "desk", "--out", out]).await.exit, 5, "the folder is in use");
    fleet.admin.revoke("desk").await.unwrap();
    let (none, nobody) = (fleet.path("profiles/none"), fleet.path("profiles/nobody"));
    assert_eq!(fleet.tokenadm(&["operator", "issue-cert", "desk", "--out", none.to_str().unwrap()]).await.exit, 5);
    assert_eq!(fleet.tokenadm(&["operator", "issue-cert", "nobody", "--out", nobody.to_str().unwrap()]).await.exit, 3);
    assert!(!none.exists() && !nobody.exists(), "no half profile is left");
}

async fn update(caller: &Caller, request: v1::UpdateOperatorRequest) -> Result<v1::Operator, Status> {
    let answer = OperatorServiceClient::new(caller.door()).update_operator(request).await?;
    Ok(answer.into_inner().operator.unwrap())
}

async fn revoke(caller: &Caller, request: v1::RevokeOperatorRequest) -> Result<v1::Operator, Status> {
    let answer = OperatorServiceClient::new(caller.door()).revoke_operator(request).await?;
    Ok(answer.into_inner().operator.unwrap())
}

async fn renew(caller: &Caller, request: v1::RenewCertificateRequest) -> Result<v1::RenewCertificateResponse, Status> {
    Ok(OperatorServiceClient::new(caller.door()).renew_certificate(request).await?.into_inner())
}

async fn issue(caller: &Caller, request: v1::IssueCertificateRequest) -> Result<v1::IssueCertificateResponse, Status> {
    Ok(OperatorServiceClient::new(caller.door()).issue_certificate(request).await?.into_inner())
}

async fn admin_of(fleet: &Fleet, name: &str, departments: &[&str]) -> Caller {
    operator_of(fleet, name, &[Role::Admin], departments).await
}

/// Adds an operator of some departments.
async fn operator_of(fleet: &Fleet, name: &str, roles: &[Role], departments: &[&str]) -> Caller {
    let (certificate_request_pem, key) = certificate_request();
    let request = v1::CreateOperatorRequest {
        departments: departments.iter().map(|name| (*name).to_owned()).collect(),
        certificate_request_pem,
        ..new_operator(name, roles)
    };
    let added = fleet.admin.create_operator(request).await.unwrap();
    fleet.profile(name, &added.certificate_pem, &key)
}

/// What a deed on operators leaves behind.
fn kept(fleet: &Fleet) -> [String; 3] {
    ["operator", "audit_event", "request"]
        .map(|table| format!("{:?}", fleet.database().rows(&format!("SELECT * FROM {table}"))))
}

fn named(name: &str) -> v1::Operator {
    v1::Operator { name: name.to_owned(), ..v1::Operator::default() }
}

fn masked(operator: v1::Operator, paths: &[&str]) -> v1::UpdateOperatorRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    v1::UpdateOperatorRequest {
        operator: Some(operator),
        update_mask: Some(FieldMask { paths }),
        ..v1::UpdateOperatorRequest::default()
    }
}

fn change(name: &str, roles: &[Role], path: &str) -> v1::UpdateOperatorRequest {
    let roles = roles.iter().map(|role| (*role).into()).collect();
    masked(v1::Operator { roles, ..named(name) }, &[path])
}

/// A certificate of `desk` with its key, both PEM, that ends in some days of the real time.
fn ending_in(fleet: &Fleet, days: i64) -> (String, String) {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let paths = &fleet.config.authority;
    let authority = Authority::load(&read(&paths.certificate), &read(&paths.key)).unwrap();
    let issued_at = SystemClock.now() - TimeDelta::days(365 - days);
    let issued = authority.client(&"desk".parse().unwrap(), issued_at, &SystemEntropy::default()).unwrap();
    (issued.certificate_pem, issued.key_pem.to_string())
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn names(files: &[(String, Vec<u8>)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_rises_whose_certificate_was_signed_by_somebody_who_may_give_less() {
    let fleet = Fleet::start().await;
    let chief = &fleet.admin;
    let law = fleet.operator_of("la", &[Role::Admin], &["law"]).await;
    fleet.operator_of("ld", &[Role::Desk], &["law"]).await;
    let rise = || masked(v1::Operator { roles: vec![Role::Desk.into()], ..named("ld") }, &["departments"]);
    let fall = || masked(v1::Operator { departments: vec!["law".to_owned()], ..named("ld") }, &["departments"]);
    update(chief, rise()).await.unwrap();
    update(chief, fall()).await.unwrap();

    let issue = v1::IssueCertificateRequest {
        name: "ld".to_owned(),
        certificate_request_pem: certificate_request().0,
        ..<_>::default()
    };
    OperatorServiceClient::new(law.door()).issue_certificate(issue).await.unwrap();
    let no = refused(update(chief, rise()).await);
    assert_eq!((no.reason.as_str(), no.code.as_str()), ("OUT_OF_SCOPE", "TF-3014"));
    assert!(no.message.starts_with("la, who"), "{no:?}");
    update(chief, change("ld", &[Role::Desk, Role::Counter], "roles")).await.unwrap();

    // Whose key it is anyway may have signed for it.
    let issue = v1::IssueCertificateRequest {
        name: "la".to_owned(),
        certificate_request_pem: certificate_request().0,
        ..<_>::default()
    };
    OperatorServiceClient::new(law.door()).issue_certificate(issue).await.unwrap();
    update(chief, masked(named("la"), &["departments"])).await.unwrap();
}
