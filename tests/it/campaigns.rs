//! Campaigns: a list that was made once, how far it comes by itself as tokens come in, and codes that are stopped in stages
//! after the deadline.

use std::fs;

use chrono::TimeDelta;
use prost_types::Timestamp;
use tokenfleet_proto::v1::campaign_service_client::CampaignServiceClient;
use tokenfleet_proto::v1::{self, CampaignKind, CampaignProgress, ReturnReason, Role};
use tokenfleet_tests::caller::{Door, assignment};
use tokenfleet_tests::{Caller, Device, Fleet, refused, request_id};
use tonic::{Code, Status};

const PEOPLE: [&str; 3] = ["0123456789", "1111111111", "2222222222"];
const NAME: &str = "battery-2027";

fn campaigns(caller: &Caller) -> CampaignServiceClient<Door> {
    CampaignServiceClient::new(caller.door())
}

/// Five devices: the first three are lent, one each, the first two through the letters.
async fn a_fleet() -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..5).map(|number| Device::clock(&format!("260021570491{number}"))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    for (at, (device, user)) in devices.iter().zip(PEOPLE).enumerate() {
        let department = if at < 2 { "letters" } else { "" };
        let loan = v1::AssignTokenRequest { department: department.to_owned(), ..assignment(&device.serial, user) };
        fleet.admin.assign_as(loan).await.unwrap();
    }
    (fleet, devices)
}

fn in_days(fleet: &Fleet, days: i64) -> Timestamp {
    Timestamp { seconds: (fleet.now() + TimeDelta::days(days)).timestamp(), nanos: 0 }
}

fn order(fleet: &Fleet, filter: &str) -> v1::CreateCampaignRequest {
    v1::CreateCampaignRequest {
        campaign_id: NAME.to_owned(),
        kind: CampaignKind::Battery.into(),
        filter: filter.to_owned(),
        due_time: Some(in_days(fleet, 30)),
        ..v1::CreateCampaignRequest::default()
    }
}

async fn create(caller: &Caller, request: v1::CreateCampaignRequest) -> Result<v1::Campaign, Status> {
    Ok(campaigns(caller).create_campaign(request).await?.into_inner().campaign.unwrap())
}

async fn get(caller: &Caller) -> Result<v1::Campaign, Status> {
    let request = v1::GetCampaignRequest { name: NAME.to_owned() };
    Ok(campaigns(caller).get_campaign(request).await?.into_inner().campaign.unwrap())
}

async fn tokens(caller: &Caller, progress: CampaignProgress) -> Result<Vec<v1::CampaignToken>, Status> {
    let mut tokens = Vec::new();
    let mut page_token = String::new();
    loop {
        // Pages of one, so that going on is tried too.
        let request = v1::ListCampaignTokensRequest {
            name: NAME.to_owned(),
            progress: progress.into(),
            page_size: 1,
            page_token,
        };
        let page = campaigns(caller).list_campaign_tokens(request).await?.into_inner();
        tokens.extend(page.tokens);
        if page.next_page_token.is_empty() {
            return Ok(tokens);
        }
        page_token = page.next_page_token;
    }
}

async fn serials(caller: &Caller, progress: CampaignProgress) -> Vec<String> {
    let tokens = tokens(caller, progress).await.unwrap();
    tokens.into_iter().map(|token| token.token.unwrap().serial).collect()
}

async fn exclude(caller: &Caller, serial: &str) -> Result<v1::CampaignToken, Status> {
    let request = v1::ExcludeCampaignTokenRequest {
        name: NAME.to_owned(),
        token: serial.to_owned(),
        note: "abroad".to_owned(),
        ..v1::ExcludeCampaignTokenRequest::default()
    };
    Ok(campaigns(caller).exclude_campaign_token(request).await?.into_inner().token.unwrap())
}

fn stage(limit: i32) -> v1::CutOffCampaignRequest {
    v1::CutOffCampaignRequest { name: NAME.to_owned(), limit, ..v1::CutOffCampaignRequest::default() }
}

async fn cut_off(caller: &Caller, request: v1::CutOffCampaignRequest) -> Result<v1::CutOffCampaignResponse, Status> {
    Ok(campaigns(caller).cut_off_campaign(request).await?.into_inner())
}

fn numbers(campaign: &v1::Campaign) -> [i64; 5] {
    let v1::Campaign { tokens, open_tokens, done_tokens, excluded_tokens, cut_off_tokens, .. } = campaign;
    [*tokens, *open_tokens, *done_tokens, *excluded_tokens, *cut_off_tokens]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_frozen_and_its_progress_follows_the_loans() {
    let (fleet, devices) = a_fleet().await;
    let dry = v1::CreateCampaignRequest { validate_only: true, ..order(&fleet, "custody = LENT") };
    assert_eq!(numbers(&create(&fleet.admin, dry).await.unwrap()), [3, 3, 0, 0, 0]);
    assert_eq!(refused(get(&fleet.admin).await).reason, "CAMPAIGN_NOT_FOUND", "a dry run makes nothing");

    let id = request_id();
    let asked = v1::CreateCampaignRequest { request_id: id.clone(), ..order(&fleet, "custody = LENT") };
    let made = create(&fleet.admin, asked.clone()).await.unwrap();
    assert_eq!(numbers(&made), [3, 3, 0, 0, 0]);
    assert_eq!(create(&fleet.admin, asked).await.unwrap(), made, "the same request does nothing twice");
    assert_eq!(refused(create(&fleet.admin, order(&fleet, "custody = LENT")).await).reason, "CAMPAIGN_EXISTS");

    // Lent after the list was made: not on it.
    fleet.admin.assign(&devices[3].serial, PEOPLE[0]).await.unwrap();
    fleet.admin.take_back(&devices[0].serial).await.unwrap();
    exclude(&fleet.admin, &devices[1].serial).await.unwrap();
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [3, 1, 1, 1, 0]);
    // The same token in other hands is no part of it any more.
    fleet.admin.assign(&devices[0].serial, PEOPLE[0]).await.unwrap();
    assert_eq!(serials(&fleet.admin, CampaignProgress::Done).await, [devices[0].serial.as_str()]);
    assert_eq!(serials(&fleet.admin, CampaignProgress::Open).await, [devices[2].serial.as_str()]);
    assert_eq!(serials(&fleet.admin, CampaignProgress::Unspecified).await.len(), 3);
    let left_out = &tokens(&fleet.admin, CampaignProgress::Excluded).await.unwrap()[0];
    assert_eq!((left_out.exclude_note.as_str(), left_out.user_id.as_str()), ("abroad", PEOPLE[1]));
    for gone in [&devices[0], &devices[1], &devices[4]] {
        assert_eq!(refused(exclude(&fleet.admin, &gone.serial).await).reason, "CAMPAIGN_NOT_ON_LIST");
    }
    let auditor = fleet.operator("sachiko", &[Role::Auditor]).await;
    let events = auditor.audit("subject = \"campaigns/battery-2027\"").await.unwrap();
    let acts: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    assert_eq!(acts[..2], [("campaign.create", "done"), ("campaign.exclude", "done")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_on_the_shelf_are_done_when_they_are_out_of_service() {
    let (fleet, devices) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = IN_STOCK")).await.unwrap();
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [2, 2, 0, 0, 0]);
    fleet.admin.retire(&devices[4].serial).await.unwrap();
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [2, 1, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_keeps_no_lot_from_being_taken_out() {
    let fleet = Fleet::start().await;
    let lot = fleet.stock(&[&Device::clock("1"), &Device::clock("2")]).await;
    create(&fleet.admin, order(&fleet, &format!("lot = \"{}\"", lot.trim_start_matches("lots/")))).await.unwrap();
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [2, 2, 0, 0, 0]);
    fleet.admin.revert(&lot).await.unwrap();
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [0; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_names_nobody_whom_a_filter_names() {
    let (fleet, _) = a_fleet().await;
    create(&fleet.admin, order(&fleet, &format!("user = \"{}\"", PEOPLE[0]))).await.unwrap();
    let auditor = fleet.operator("sachiko", &[Role::Auditor]).await;
    let events = auditor.audit("action = \"campaign.create\"").await.unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[0].details.values().all(|detail| !detail.contains(PEOPLE[0])), "{:?}", events[0].details);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_stopped_after_the_deadline_stage_by_stage_and_never_twice() {
    let (fleet, devices) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    assert_eq!(refused(cut_off(&fleet.admin, stage(1)).await).reason, "CAMPAIGN_NOT_DUE");
    fleet.clock.advance(31 * 86_400);

    let dry = v1::CutOffCampaignRequest { validate_only: true, ..stage(2) };
    assert_eq!(cut_off(&fleet.admin, dry).await.unwrap().tokens.len(), 2);
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [3, 3, 0, 0, 0], "a dry run stops nothing");

    let first = v1::CutOffCampaignRequest { request_id: request_id(), ..stage(1) };
    let done = cut_off(&fleet.admin, first.clone()).await.unwrap();
    assert_eq!(done.tokens[0].serial, devices[0].serial);
    assert_eq!(done.tokens[0].authenticator(), v1::Authenticator::Suspended);
    assert_eq!(cut_off(&fleet.admin, first).await.unwrap(), done, "the same request stops nobody else");
    assert_eq!(numbers(&done.campaign.unwrap()), [3, 3, 0, 0, 1]);
    let code = devices[0].code(fleet.now());
    assert_eq!(refused(fleet.admin.verify(&devices[0].serial, &code).await).reason, "TOKEN_WRONG_STATE");

    // A desk that lets somebody go on is not overruled by the next stage.
    fleet.done(&["resume", &devices[0].serial]).await;
    let rest = cut_off(&fleet.admin, stage(200)).await.unwrap();
    let stopped: Vec<_> = rest.tokens.iter().map(|token| token.serial.as_str()).collect();
    assert_eq!(stopped, [devices[1].serial.as_str(), devices[2].serial.as_str()]);
    assert!(cut_off(&fleet.admin, stage(200)).await.unwrap().tokens.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_count_anyway_is_passed_over() {
    let (fleet, devices) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    fleet.done(&["suspend", &devices[0].serial, "--leaves-none"]).await;
    fleet.done(&["lost", &devices[1].serial]).await;
    fleet.clock.advance(31 * 86_400);
    let done = cut_off(&fleet.admin, stage(200)).await.unwrap();
    assert_eq!((done.tokens.len(), done.passed_over), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_see_and_stop_their_own_and_learn_nothing_of_others() {
    let (fleet, devices) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    let letters = fleet.operator_of("yuki", &[Role::Desk], &["letters"]).await;
    let law = fleet.operator_of("ken", &[Role::Desk], &["law"]).await;
    let seen = get(&letters).await.unwrap();
    assert_eq!((numbers(&seen), seen.filter.as_str()), ([2, 2, 0, 0, 0], ""));
    assert_eq!(serials(&letters, CampaignProgress::Open).await, [&*devices[0].serial, &*devices[1].serial]);
    assert_eq!(refused(get(&law).await).reason, "CAMPAIGN_NOT_FOUND");
    let listed = campaigns(&law).list_campaigns(v1::ListCampaignsRequest::default()).await.unwrap().into_inner();
    assert!(listed.campaigns.is_empty());
    assert_eq!(refused(exclude(&law, &devices[0].serial).await).reason, "CAMPAIGN_NOT_FOUND");
    assert_eq!(refused(exclude(&letters, &devices[2].serial).await).reason, "TOKEN_NOT_FOUND");
    let close = v1::CloseCampaignRequest { name: NAME.to_owned(), ..v1::CloseCampaignRequest::default() };
    assert_eq!(refused(campaigns(&letters).close_campaign(close).await).reason, "OUT_OF_SCOPE");
    fleet.clock.advance(31 * 86_400);
    assert_eq!(cut_off(&letters, stage(200)).await.unwrap().tokens.len(), 2);
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [3, 3, 0, 0, 2]);

    // Their own campaign takes what they see: their loans, and the stock.
    let own = v1::CreateCampaignRequest { campaign_id: "own".to_owned(), ..order(&fleet, "custody = LENT") };
    assert_eq!(create(&letters, own).await.unwrap().tokens, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_can_not_be_is_refused_and_leaves_nothing() {
    let (fleet, _) = a_fleet().await;
    let past = v1::CreateCampaignRequest { due_time: Some(in_days(&fleet, -1)), ..order(&fleet, "custody = LENT") };
    let named = v1::CreateCampaignRequest { campaign_id: "Battery 2027".to_owned(), ..order(&fleet, "custody = LENT") };
    for (request, reason, code) in [
        (order(&fleet, ""), "FILTER_SYNTAX", "TF-2704"),
        (order(&fleet, "who = 1"), "FILTER_SYNTAX", "TF-1028"),
        (order(&fleet, "vendor = \"nobody\""), "CAMPAIGN_EMPTY", "TF-2705"),
        (past, "FIELD_INVALID", "TF-2707"),
        (named, "FIELD_INVALID", "TF-2701"),
    ] {
        let no = refused(create(&fleet.admin, request).await);
        assert_eq!((no.reason.as_str(), no.code.as_str()), (reason, code));
    }
    assert_eq!(fleet.database().number("SELECT COUNT(*) FROM campaign"), 0);
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_being_made_when_the_service_stopped_is_gone() {
    let (mut fleet, _) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    fleet.stop().await;
    fleet.database().change("UPDATE campaign SET state = 'staging'");
    fleet.resume().await;
    assert_eq!(refused(get(&fleet.admin).await).reason, "CAMPAIGN_NOT_FOUND");
    assert_eq!(fleet.database().number("SELECT COUNT(*) FROM campaign_member"), 0);
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_is_to_be_asked_again_while_its_list_is_being_made() {
    let (fleet, _) = a_fleet().await;
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    fleet.database().change("UPDATE campaign SET state = 'staging'");
    let no = refused(create(&fleet.admin, order(&fleet, "custody = LENT")).await);
    assert_eq!((no.status, no.reason.as_str()), (Code::Aborted, "TRANSACTION_CONFLICT"));
    assert!(
        campaigns(&fleet.admin)
            .list_campaigns(v1::ListCampaignsRequest::default())
            .await
            .unwrap()
            .into_inner()
            .campaigns
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_is_over_takes_no_more_deeds() {
    let (fleet, devices) = a_fleet().await;
    let made = create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    let close = |etag: &str, validate_only| v1::CloseCampaignRequest {
        name: NAME.to_owned(),
        etag: etag.to_owned(),
        validate_only,
        ..v1::CloseCampaignRequest::default()
    };
    let ended = async |request| Ok::<_, Status>(campaigns(&fleet.admin).close_campaign(request).await?.into_inner());
    assert_eq!(refused(ended(close("\"9\"", false)).await).reason, "ETAG_MISMATCH");
    ended(close(&made.etag, true)).await.unwrap();
    let over = ended(close(&made.etag, false)).await.unwrap().campaign.unwrap();
    assert_eq!(over.state(), v1::CampaignState::Closed);
    for no in [
        refused(ended(close("", false)).await),
        refused(exclude(&fleet.admin, &devices[0].serial).await),
        refused(cut_off(&fleet.admin, stage(1)).await),
    ] {
        assert_eq!(no.reason, "CAMPAIGN_CLOSED");
    }
    assert_eq!(numbers(&get(&fleet.admin).await.unwrap()), [3, 3, 0, 0, 0], "what is left stays on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_still_holds_a_token_gets_one_letter() {
    let (fleet, devices) = a_fleet().await;
    fleet.admin.assign(&devices[3].serial, PEOPLE[0]).await.unwrap();
    create(&fleet.admin, order(&fleet, "custody = LENT")).await.unwrap();
    let handed_in = v1::ReturnTokenRequest {
        target: Some(v1::return_token_request::Target::Token(devices[1].serial.clone())),
        reason: ReturnReason::Leaving.into(),
        ..v1::ReturnTokenRequest::default()
    };
    fleet.admin.take_back_as(handed_in).await.unwrap();
    let folder = fleet.path("letters");
    fleet.done(&["campaign", "letters", NAME, "--out", folder.to_str().unwrap()]).await;
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["0123456789.txt", "2222222222.txt"]);
    let letter = fs::read_to_string(folder.join("0123456789.txt")).unwrap();
    assert!(letter.contains(&format!("{}, {}", devices[0].serial, devices[3].serial)), "{letter}");
    assert!(letter.contains("窓口") && letter.contains("desk"), "{letter}");
    let again = fleet.tokenadm(&["campaign", "letters", NAME, "--out", folder.to_str().unwrap()]).await;
    assert_eq!(again.exit, 5, "letters of an earlier time are not mixed with new ones: {}", again.stderr);

    let template = fleet.path("letter.txt");
    fs::write(&template, "Dear {name},").unwrap();
    let other = fleet.path("other");
    let wrong =
        ["campaign", "letters", NAME, "--template", template.to_str().unwrap(), "--out", other.to_str().unwrap()];
    let ran = fleet.tokenadm(&wrong).await;
    assert_eq!((ran.exit, ran.stderr.contains("TF-9111"), other.exists()), (2, true, false), "{}", ran.stderr);
}
