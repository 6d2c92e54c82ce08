//! Filters and orders of lists, through the contract: what is asked for, page by page, and what nobody learns by asking.

use tokenfleet_proto::v1::audit_service_client::AuditServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use tokenfleet_proto::v1::{self, Role};
use tokenfleet_tests::{Caller, Device, Fleet, oath_file, refused};
use tonic::{Code, Status};

const DAY: i64 = 86_400;
const HANAKO: &str = "0123456789";
const TARO: &str = "9876543210";

/// Five tokens: 26001 and 26002 came first; 26001 is lent to Hanako and proven, 26004 to Taro.
struct Scene {
    fleet: Fleet,
    lots: [String; 2],
}

impl Scene {
    async fn start() -> Self {
        let fleet = Fleet::start().await;
        let device = |serial: &str| Device::clock(serial);
        let first = fleet.stock(&[&device("26001"), &device("26002")]).await;
        fleet.clock.advance(DAY);
        let file = oath_file(&[&device("26003"), &device("26004"), &Device::button("26005")]);
        let import = fleet.admin.import(&file).await.unwrap();
        assert_eq!(import.problems, []);
        let second = import.summary.lot;
        fleet.admin.assign("26001", HANAKO).await.unwrap();
        fleet.clock.advance(DAY);
        fleet.admin.assign("26004", TARO).await.unwrap();
        fleet.admin.verify("26001", &device("26001").code(fleet.now())).await.unwrap();
        Self { fleet, lots: [first, second] }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_a_persons_tokens_goes_on_where_it_was_though_the_last_one_was_returned() {
    let fleet = Fleet::start().await;
    let devices = ["26001", "26002", "26003"].map(Device::clock);
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    for device in &devices {
        fleet.admin.assign(&device.serial, HANAKO).await.unwrap();
    }
    for (order_by, expected) in [("", ["26001", "26002", "26003"]), ("create_time desc", ["26003", "26002", "26001"])] {
        let mut request = v1::ListTokensRequest {
            page_size: 1,
            filter: format!("user = {HANAKO}"),
            order_by: order_by.to_owned(),
            ..<_>::default()
        };
        let mut listed = Vec::new();
        for _ in 0..3 {
            let page = TokenServiceClient::new(fleet.admin.door()).list_tokens(request.clone()).await.unwrap();
            let page = page.into_inner();
            listed.extend(page.tokens.into_iter().map(|token| token.serial));
            request.page_token = page.next_page_token;
            if listed.len() == 2 {
                fleet.admin.take_back(&listed[1]).await.unwrap();
            }
        }
        assert_eq!(listed, expected);
        fleet.admin.assign("26002", HANAKO).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_takes_what_it_says() {
    let Scene { fleet, lots: [first, second] } = Scene::start().await;
    let lent = fleet.admin.token("26004").await.unwrap().lent_time.unwrap().to_string();
    let of_second = format!("lot = \"{}\" AND type = TOTP", second.strip_prefix("lots/").unwrap());
    for (filter, serials) in [
        ("", "26001 26002 26003 26004 26005"),
        ("26003", "26003"),
        ("contoso -26001", "26002"),
        ("serial = 26001 OR serial = 26005", "26001 26005"),
        ("serial != 26001 AND serial != 26002", "26003 26004 26005"),
        ("serial < 26002", "26001"),
        ("serial <= 26002", "26001 26002"),
        ("serial > 26004", "26005"),
        ("serial >= 26004", "26004 26005"),
        ("serial:600 AND state = LENT", "26001"),
        ("state = LENT_NOT_PROVEN", "26004"),
        ("custody = CUSTODY_LENT AND NOT proven_time:*", "26004"),
        ("user:*", "26001 26004"),
        ("user = 0123456789", "26001"),
        ("user = 0123456789 AND custody = IN_STOCK", ""),
        ("user:4567 OR user = 9876543210", "26001 26004"),
        ("user != 0123456789 AND user:*", "26004"),
        ("type = HOTP", "26005"),
        ("NOT (type = HOTP OR user:*)", "26002 26003"),
        // OR binds tighter than AND.
        ("type = HOTP OR type = TOTP AND custody = LENT", "26001 26004"),
        ("type = HOTP OR (type = TOTP AND custody = LENT)", "26001 26004 26005"),
        ("digits = 6 AND failures = 0 AND period_seconds >= 30", "26001 26002 26003 26004"),
        (&format!("lent_time < \"{lent}\""), "26001"),
        (&format!("lent_time >= \"{lent}\""), "26004"),
        (&format!("lot = {first}"), "26001 26002"),
        (&of_second, "26003 26004"),
        (&format!("NOT lot = {first}"), "26003 26004 26005"),
        ("lot = 1999-01-01-a", ""),
        ("state = LOST", ""),
    ] {
        let found: Vec<_> = fleet.admin.tokens(filter).await.unwrap().into_iter().map(|token| token.serial).collect();
        assert_eq!(found.join(" "), serials, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_keep_the_filter_and_the_order() {
    let Scene { fleet, lots: [_, second] } = Scene::start().await;
    for (filter, order_by, serials) in [
        ("type = TOTP", "", "26001 26002 26003 26004"),
        ("type = TOTP", "create_time", "26001 26002 26003 26004"),
        ("type = TOTP", "create_time desc", "26004 26003 26002 26001"),
        (&format!("lot = {second}"), "create_time desc", "26005 26004 26003"),
        ("user = 9876543210", "create_time desc", "26004"),
    ] {
        assert_eq!(one_by_one(&fleet.admin, filter, order_by).await.join(" "), serials, "{filter} {order_by}");
    }
    fleet.admin.assign("26002", TARO).await.unwrap();
    assert_eq!(one_by_one(&fleet.admin, "user = 9876543210", "").await, ["26002", "26004"]);
    assert_eq!(one_by_one(&fleet.admin, "user = 9876543210", "create_time desc").await, ["26004", "26002"]);
    let request = |filter: &str, order_by: &str, page_token: &str| v1::ListTokensRequest {
        page_size: 1,
        page_token: page_token.to_owned(),
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
    };
    let page_token = list(&fleet.admin, request("type = TOTP", "", "")).await.unwrap().next_page_token;
    for (filter, order_by) in [("type = HOTP", ""), ("", ""), ("type = TOTP", "create_time desc")] {
        let no = refused(list(&fleet.admin, request(filter, order_by, &page_token)).await);
        assert_eq!((no.status, no.reason.as_str()), (Code::InvalidArgument, "PAGE_TOKEN_MISMATCH"), "{filter}");
    }
    let no = refused(list(&fleet.admin, request("", "serial desc", "")).await);
    assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, "TF-1015"));
    assert!(no.hint.contains("create_time, create_time desc"), "{}", no.hint);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_can_t_be_read_says_where_and_what_is_possible() {
    let fleet = Fleet::start().await;
    for (filter, code, says) in [
        ("state = LENT AND", "TF-1025", "from character 17"),
        ("colour = red", "TF-1028", "colour"),
        ("state = RED", "TF-1029", "RED"),
        ("state < LENT", "TF-1030", "<"),
        ("lent_time < yesterday", "TF-1031", "lent_time"),
        ("digits = six", "TF-1032", "digits"),
        ("lot = 7", "TF-1024", "lot"),
    ] {
        let no = refused(fleet.admin.tokens(filter).await);
        assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, code), "{filter}");
        assert!(no.message.contains(says), "{filter}: {}", no.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_finds_a_person_by_the_whole_id_and_guesses_none() {
    let Scene { fleet, .. } = Scene::start().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let found = counter.tokens("user = 0123456789 AND custody = LENT").await.unwrap();
    assert_eq!((found[0].serial.as_str(), found[0].user_id.as_str()), ("26001", HANAKO));
    let found = counter.tokens("custody = LENT").await.unwrap();
    assert!(found.iter().all(|token| token.user_id.starts_with("******")), "{found:?}");
    for filter in ["user:0123", "user < 5", "user:*", "user != 0123456789", "user = 0123456789 OR user = 0123456780"] {
        for no in [refused(counter.tokens(filter).await), refused(counter.audit(filter).await)] {
            assert_eq!((no.status, no.code.as_str()), (Code::InvalidArgument, "TF-1033"), "{filter}");
        }
    }
    assert_eq!(counter.tokens("01234567").await.unwrap(), [], "no word is looked for in IDs");
    assert_eq!(fleet.admin.tokens("01234567").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_filtered_and_read_from_either_end() {
    let Scene { fleet, .. } = Scene::start().await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let actions = async |filter: &str, order_by: &str| events(&auditor, filter, order_by).await.join(" ");
    let lent = "action = token.assign";
    assert_eq!(actions(lent, "record_time").await, "0123456789 9876543210");
    assert_eq!(actions(lent, "record_time desc").await, "9876543210 0123456789");
    assert_eq!(actions("action:TOKEN.AS user = 9876543210", "record_time desc").await, TARO);
    assert_eq!(actions("action:token user:* operator = admin -9876543210", "").await, HANAKO);
    let one = v1::ListAuditEventsRequest { page_size: 1, filter: lent.to_owned(), ..Default::default() };
    let first = audit(&auditor, one.clone()).await.unwrap();
    let when = first.events[0].record_time.unwrap();
    assert_eq!(actions(&format!("{lent} record_time > \"{when}\""), "").await, TARO);
    assert_eq!(actions(&format!("{lent} AND record_time <= {when}"), "record_time desc").await, HANAKO);
    let page_token = first.next_page_token;
    let turned = v1::ListAuditEventsRequest { page_token, order_by: "record_time desc".to_owned(), ..one };
    assert_eq!(refused(audit(&auditor, turned).await).reason, "PAGE_TOKEN_MISMATCH");
    let unordered = v1::ListAuditEventsRequest { order_by: "action".to_owned(), ..Default::default() };
    assert_eq!(refused(audit(&auditor, unordered).await).code, "TF-1015");
}

/// The serials of all pages of one.
async fn one_by_one(caller: &Caller, filter: &str, order_by: &str) -> Vec<String> {
    let mut serials = Vec::new();
    let (filter, order_by) = (filter.to_owned(), order_by.to_owned());
    let mut request = v1::ListTokensRequest { page_size: 1, filter, order_by, page_token: String::new() };
    loop {
        let page = list(caller, request.clone()).await.unwrap();
        assert!(page.tokens.len() <= 1, "{page:?}");
        serials.extend(page.tokens.into_iter().map(|token| token.serial));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return serials;
        }
    }
}

/// The people of all events, page by page.
async fn events(caller: &Caller, filter: &str, order_by: &str) -> Vec<String> {
    let mut people = Vec::new();
    let (filter, order_by) = (filter.to_owned(), order_by.to_owned());
    let mut request = v1::ListAuditEventsRequest { page_size: 1, filter, order_by, page_token: String::new() };
    loop {
        let page = audit(caller, request.clone()).await.unwrap();
        people.extend(page.events.into_iter().map(|event| event.user_id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return people;
        }
    }
}

async fn list(caller: &Caller, request: v1::ListTokensRequest) -> Result<v1::ListTokensResponse, Status> {
    Ok(TokenServiceClient::new(caller.door()).list_tokens(request).await?.into_inner())
}

async fn audit(caller: &Caller, request: v1::ListAuditEventsRequest) -> Result<v1::ListAuditEventsResponse, Status> {
    Ok(AuditServiceClient::new(caller.door()).list_audit_events(request).await?.into_inner())
}
