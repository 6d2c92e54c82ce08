//! The directory of people: importing it, looking people up, and what it says before anything is lent.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokenfleet_proto::v1::directory_service_client::DirectoryServiceClient;
use tokenfleet_proto::v1::{self, PersonState, Role, import_directory_request, import_directory_response};
use tokenfleet_tests::caller::assignment;
use tokenfleet_tests::{Caller, Device, Fleet, Ran, Refusal, refused};
use tonic::Status;

const HANAKO: &str = "0123456789";
const TARO: &str = "0123456780";

const PEOPLE: &str = "\
user_id,name,kana,latin,department,kind,until,merged_into,other_id
0123456789,山田 花子,ヤマダ ハナコ,Yamada Hanako,letters,staff,,,
0123456780,佐藤 太郎,サトウ タロウ,Sato Taro,law,faculty,2099-03-31,,
0000000001,鈴木 一郎,スズキ イチロウ,Suzuki Ichiro,law,student,2020-03-31,,
0000000002,田中 次郎,タナカ ジロウ,Tanaka Jiro,law,student,,0123456780,
0000000003,高橋 三郎,タカハシ サブロウ,Takahashi Saburo,,other,,,0123456789
";

/// Writes a list and imports it.
async fn import(caller: &Caller, list: impl AsRef<[u8]>, options: &[&str]) -> Ran {
    let file = caller.folder.join("people.csv");
    std::fs::write(&file, list).unwrap();
    caller.tokenadm(&[&["directory", "import", "people.csv"], options].concat()).await
}

async fn done(caller: &Caller, list: impl AsRef<[u8]>, options: &[&str]) -> Ran {
    let ran = import(caller, list, options).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    ran
}

async fn person(caller: &Caller, user: &str) -> Result<v1::Person, Status> {
    let request = v1::GetPersonRequest { user: user.to_owned() };
    let answer = DirectoryServiceClient::new(caller.door()).get_person(request).await?;
    Ok(answer.into_inner().person.unwrap())
}

async fn state(caller: &Caller, user: &str) -> PersonState {
    person(caller, user).await.unwrap().state()
}

/// A list of so many people whose IDs are even.
fn many(people: usize) -> String {
    let mut list = "user_id,name,latin,department\n".to_owned();
    for nth in 0..people {
        writeln!(list, "{:010},氏名 {nth},Name {nth},letters", 2 * nth).unwrap();
    }
    list
}

/// What a document of an import counts: people, added, changed, unchanged, gone.
fn counts(ran: &Ran) -> [i64; 5] {
    let document = ran.document();
    ["people", "added", "changed", "unchanged", "gone"].map(|key| document["directory"][key].as_i64().unwrap())
}

/// A fleet with the people above and tokens in stock.
async fn peopled(tokens: usize) -> (Fleet, Vec<Device>) {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..tokens).map(|nth| Device::clock(&format!("26002157{:05}", 11 * nth + 100))).collect();
    if tokens > 0 {
        fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    }
    done(&fleet.admin, PEOPLE, &[]).await;
    (fleet, devices)
}

async fn lent(caller: &Caller, device: &Device, user: &str) -> Result<v1::Token, Refusal> {
    caller.assign_as(assignment(&device.serial, user)).await.map_err(|status| Refusal::of(&status))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_brought_up_to_a_list_and_says_what_became_of_whom() {
    let fleet = Fleet::start().await;
    let first = done(&fleet.admin, PEOPLE, &[]).await;
    assert_eq!(first.stdout, "✓ 5 people in the directory, as people.csv has them\n");
    assert_eq!(first.stderr, "  5 new, 0 changed, 0 the same, 0 gone\n");
    let hanako = person(&fleet.admin, HANAKO).await.unwrap();
    assert_eq!((hanako.name.as_str(), hanako.kana.as_str()), ("山田 花子", "ヤマダ ハナコ"));
    assert_eq!((hanako.latin.as_str(), hanako.department.as_str()), ("Yamada Hanako", "letters"));
    assert_eq!((hanako.kind(), hanako.state()), (v1::PersonKind::Staff, PersonState::Current));

    let others: Vec<_> = PEOPLE.lines().filter(|line| !line.starts_with(TARO)).collect();
    let next = others.join("\n").replace("Yamada", "Suzuki").replace(",0123456780,", ",0123456789,");
    assert_eq!(counts(&done(&fleet.admin, &next, &["-n", "--json"]).await), [4, 0, 2, 2, 1], "what would be");
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().latin, "Yamada Hanako", "a dry run changes nothing");
    assert_eq!(counts(&done(&fleet.admin, &next, &["--json"]).await), [4, 0, 2, 2, 1], "what is");
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().latin, "Suzuki Hanako");
    let taro = person(&fleet.admin, TARO).await.unwrap();
    assert_eq!((taro.state(), taro.name.as_str()), (PersonState::Gone, "佐藤 太郎"), "kept, not deleted");
    assert!(taro.gone_time.is_some());

    assert_eq!(counts(&done(&fleet.admin, &next, &["--json"]).await), [4, 0, 0, 4, 0], "gone once");
    assert_eq!(counts(&done(&fleet.admin, PEOPLE, &["--json"]).await), [5, 0, 3, 2, 0], "back again");
    assert_eq!(state(&fleet.admin, TARO).await, PersonState::Current);
    assert_eq!(
        fleet.database().number("SELECT COUNT(DISTINCT edition) FROM person"),
        1,
        "earlier editions are removed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_has_one_event_with_counts_and_nobody_in_it() {
    let fleet = Fleet::start().await;
    done(&fleet.admin, PEOPLE, &["-n"]).await;
    done(&fleet.admin, PEOPLE, &[]).await;
    let [event] = fleet.admin.audit("action = \"directory.import\"").await.unwrap().try_into().unwrap();
    let said = |key: &str| event.details.get(key).map(String::as_str);
    assert_eq!((event.outcome.as_str(), event.user_id.as_str()), ("done", ""));
    assert_eq!((said("file"), said("people"), said("added")), (Some("people.csv"), Some("5"), Some("5")));
    assert_eq!(said("file_sha256").map(str::len), Some(64));
    assert!(!format!("{event:?}").contains("0123456789"), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_bad_row_names_it_and_changes_nothing() {
    let (fleet, _) = peopled(0).await;
    let bad = format!("{PEOPLE}123456789,A,,,,,,,\n0000000009,B,,,,visitor,,,\n{HANAKO},C,,,,,,,\n");
    for options in [&[][..], &["-n"]] {
        let ran = import(&fleet.admin, bad.replace("Yamada", "Suzuki"), options).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (6, ""));
        for told in [
            "people.csv line 7, column 1 (UTokyo ID): a UTokyo ID has 10 digits; this one has 9   [TF-1002]",
            "hint: did a spreadsheet drop the leading zero?",
            "people.csv line 8, column 6 (kind): it is none of faculty, staff, student, other   [TF-2315]",
            "people.csv line 9, column 1 (UTokyo ID): line 2 has the same ID   [TF-2318]",
            "3 of 8 rows can't be imported; nothing was changed",
        ] {
            assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
        }
    }
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().latin, "Yamada Hanako");
    let events = fleet.admin.audit("action = \"directory.import\"").await.unwrap();
    let outcomes: Vec<_> = events.iter().map(|event| event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "DIRECTORY_ROW_INVALID"], "the dry run is not on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_lost_many_people_is_refused_unless_that_was_expected() {
    let fleet = Fleet::start().await;
    done(&fleet.admin, many(300), &[]).await;
    let short = many(280);
    for options in [&[][..], &["-n"], &["--expect-removals", "19"]] {
        let ran = import(&fleet.admin, &short, options).await;
        assert_eq!(ran.exit, 5, "{ran:?}");
        assert!(ran.stderr.contains("20 of the 300 people in the directory are missing from the file"), "{ran:?}");
        assert!(ran.stderr.contains("--expect-removals 20"), "{ran:?}");
    }
    assert_eq!(state(&fleet.admin, "0000000598").await, PersonState::Current, "nothing was changed");
    assert_eq!(fleet.database().number("SELECT COUNT(*) FROM person"), 300, "nothing is left of a refused import");
    assert_eq!(counts(&done(&fleet.admin, &short, &["--expect-removals", "20", "--json"]).await)[4], 20);
    assert_eq!(state(&fleet.admin, "0000000598").await, PersonState::Gone);
    assert_eq!(counts(&done(&fleet.admin, many(266), &["--json"]).await)[4], 14, "exactly 5 % are no surprise");
    done(&fleet.admin, PEOPLE, &["--expect-removals", "266"]).await;
    assert_eq!(
        counts(&done(&fleet.admin, PEOPLE.replace(TARO, "0123456781"), &["--json"]).await)[4],
        1,
        "a few neither"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_stock_and_admin_of_all_departments_import() {
    let fleet = Fleet::start().await;
    let stock = fleet.operator("stock", &[Role::Stock]).await;
    let admin = fleet.operator_of("law-admin", &[Role::Admin], &["law"]).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    for (caller, told) in [(&admin, "TF-2307"), (&desk, "TF-3002")] {
        let ran = import(caller, PEOPLE, &[]).await;
        assert!(ran.exit == 4 && ran.stderr.contains(told), "{ran:?}");
    }
    done(&stock, PEOPLE, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_no_directory_was_imported_a_token_is_lent_to_every_well_formed_id() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215700100");
    fleet.stock(&[&device]).await;
    assert_eq!(lent(&fleet.admin, &device, "5555555555").await.unwrap().department, "");
    assert_eq!(refused(person(&fleet.admin, "5555555555").await).code, "TF-2301");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_unknown_ended_gone_or_merged_is_said_so_before_anything_is_lent() {
    let (fleet, devices) = peopled(1).await;
    let without_taro = PEOPLE.replace(TARO, "0123456781");
    done(&fleet.admin, without_taro, &[]).await;
    for (user, code, reason, told) in [
        ("0123456798", "TF-2301", "PERSON_UNKNOWN", "did you mean 0123456789?"),
        ("5555555555", "TF-2301", "PERSON_UNKNOWN", "compare every digit with the card"),
        ("0000000001", "TF-2303", "PERSON_ENDED", "tokenadm show 0000000001 --user"),
        (TARO, "TF-2304", "PERSON_ENDED", "tokenadm show 0123456780 --user"),
        ("0000000002", "TF-2305", "PERSON_MERGED", "tokenadm move 0000000002 0123456781"),
    ] {
        for validate_only in [true, false] {
            let request = v1::AssignTokenRequest { validate_only, ..assignment(&devices[0].serial, user) };
            let no = refused(fleet.admin.assign_as(request).await);
            assert_eq!((no.code.as_str(), no.reason.as_str()), (code, reason), "{user}: {no:?}");
            assert!(no.hint.contains(told), "{user}: {no:?}");
        }
    }
    let free = fleet.admin.token(&devices[0].serial).await.unwrap();
    assert_eq!(free.custody(), v1::Custody::InStock);
    assert_eq!(lent(&fleet.admin, &devices[0], HANAKO).await.unwrap().department, "letters", "the person's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_and_a_batch_are_held_against_the_directory_too() {
    let (fleet, devices) = peopled(3).await;
    lent(&fleet.admin, &devices[0], TARO).await.unwrap();
    done(&fleet.admin, PEOPLE.replace(TARO, "0123456781"), &[]).await;
    let ran = fleet.tokenadm(&["replace", &devices[0].serial, &devices[1].serial]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2304"), "{ran:?}");
    let pairs = fleet.admin.folder.join("pairs.csv");
    std::fs::write(&pairs, format!("serial,user\n{},{HANAKO}\n{},5555555555\n", devices[1].serial, devices[2].serial))
        .unwrap();
    let ran = fleet.tokenadm(&["assign", "--from-file", "pairs.csv"]).await;
    assert!(ran.stderr.contains("TF-2301"), "{ran:?}");
    std::fs::write(&pairs, format!("serial,user\n{},{HANAKO}\n", devices[1].serial)).unwrap();
    fleet.done(&["assign", "--from-file", "pairs.csv"]).await;
    assert_eq!(fleet.admin.token(&devices[1].serial).await.unwrap().department, "letters");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_move_to_whoever_the_directory_has_and_to_nobody_else() {
    let (fleet, devices) = peopled(1).await;
    lent(&fleet.admin, &devices[0], HANAKO).await.unwrap();
    for (to, told) in [("5555555555", "TF-2301"), ("0000000001", "TF-2303"), ("0000000002", "TF-2305")] {
        for options in [&[][..], &["-n"]] {
            let ran = fleet.tokenadm(&[&["move", HANAKO, to], options].concat()).await;
            assert!(ran.exit > 0 && ran.stderr.contains(told), "{ran:?}");
        }
    }
    fleet.done(&["move", HANAKO, "0000000003"]).await;
    assert_eq!(fleet.admin.token_of("0000000003").await.unwrap().serial, devices[0].serial, "it is the desk's word");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_an_operator_of_a_department_people_of_others_are_not_there() {
    let (fleet, devices) = peopled(3).await;
    let law = fleet.operator_of("law", &[Role::Desk], &["law"]).await;
    let both = fleet.operator_of("both", &[Role::Desk], &["law", "letters"]).await;
    let outside = lent(&law, &devices[0], HANAKO).await.unwrap_err();
    let nobody = lent(&law, &devices[0], "5555555555").await.unwrap_err();
    assert_eq!((outside.code.as_str(), outside.reason.as_str()), ("TF-2302", "PERSON_UNKNOWN"));
    let words = |no: &Refusal, user: &str| (no.message.replace(user, "…"), no.hint.clone());
    assert_eq!(words(&outside, HANAKO).0, words(&nobody, "5555555555").0);
    assert!(!lent(&law, &devices[0], "0123456798").await.unwrap_err().hint.contains(HANAKO), "nor as a near ID");
    assert_eq!(refused(person(&law, HANAKO).await).code, "TF-2302");
    assert_eq!(person(&law, TARO).await.unwrap().name, "佐藤 太郎");
    assert_eq!(lent(&law, &devices[0], TARO).await.unwrap().department, "law");
    assert_eq!(
        lent(&law, &devices[1], "0000000003").await.unwrap().department,
        "law",
        "who has no department is everybody's"
    );
    assert_eq!(lent(&both, &devices[2], HANAKO).await.unwrap().department, "letters", "said by the directory");
    let users = vec![HANAKO.to_owned(), "5555555555".to_owned(), TARO.to_owned()];
    let request = v1::BatchGetPeopleRequest { users };
    let people = DirectoryServiceClient::new(law.door()).batch_get_people(request).await.unwrap().into_inner().people;
    assert_eq!(people.iter().map(|person| person.user_id.as_str()).collect::<Vec<_>>(), [TARO]);
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_see_whom_they_typed_and_are_told_no_other_ids() {
    let (fleet, _) = peopled(0).await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    assert_eq!(person(&counter, HANAKO).await.unwrap().name, "山田 花子");
    let no = refused(person(&counter, "0123456798").await);
    assert!(no.code == "TF-2301" && !no.hint.contains(HANAKO), "{no:?}");
    let request = v1::BatchGetPeopleRequest { users: vec![HANAKO.to_owned()] };
    assert_eq!(refused(DirectoryServiceClient::new(counter.door()).batch_get_people(request).await).code, "TF-3002");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_named_beside_their_ids_to_people_and_not_to_programs() {
    let (fleet, devices) = peopled(2).await;
    let (serial, other) = (devices[0].serial.as_str(), devices[1].serial.as_str());
    let named = "0123456789 (Yamada Hanako, letters)";
    for arguments in [
        &["assign", serial, HANAKO, "-n"][..],
        &["assign", serial, HANAKO],
        &["show", serial],
        &["show", HANAKO, "--user"],
        &["ready", HANAKO],
        &["loans", serial],
        &["replace", serial, other, "-n"],
        &["replace", serial, other],
        &["return", other, "--leaves-none"],
        &["loans", HANAKO, "--user"],
    ] {
        let ran = fleet.done(arguments).await;
        assert!([ran.stdout, ran.stderr].concat().contains(named), "{arguments:?}");
    }
    fleet.done(&["assign", serial, HANAKO]).await;
    let moved = fleet.done(&["move", HANAKO, TARO]).await;
    assert!(moved.stderr.contains("0123456780 (Sato Taro, law)"), "{moved:?}");
    let loans = fleet.done(&["loans", serial]).await.stdout;
    assert!(loans.contains(named) && loans.contains("0123456780 (Sato Taro, law)"), "{loans}");
    let shown = fleet.done(&["show", serial, "--lang", "ja"]).await.stdout;
    assert!(shown.contains("0123456780（佐藤 太郎，law）"), "{shown}");
    assert_eq!(fleet.done(&["show", serial, "--json"]).await.document()["token"]["user_id"], TARO);
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    assert!(counter.done(&["show", TARO, "--user"]).await.stdout.contains("(Sato Taro, law)"), "they typed the ID");
    assert!(!counter.done(&["show", serial]).await.stdout.contains("Taro"), "they did not");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_go_when_somebody_has_long_been_gone_and_holds_no_token() {
    let (mut fleet, devices) = peopled(1).await;
    lent(&fleet.admin, &devices[0], TARO).await.unwrap();
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    fleet.config.settings.people_kept = TimeDelta::days(30);
    fleet.restart().await;
    let left = "user_id,name\n0000000003,高橋 三郎\n";
    done(&fleet.admin, left, &[]).await;
    fleet.clock.advance(TimeDelta::days(29).num_seconds());
    done(&fleet.admin, left, &[]).await;
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().name, "山田 花子", "not yet");
    fleet.clock.advance(TimeDelta::days(2).num_seconds());
    done(&fleet.admin, left, &[]).await;
    let hanako = person(&fleet.admin, HANAKO).await.unwrap();
    assert_eq!([&hanako.name, &hanako.kana, &hanako.latin], ["", "", ""]);
    assert!(hanako.forget_time.is_some() && hanako.state() == PersonState::Gone);
    assert_eq!(person(&fleet.admin, TARO).await.unwrap().name, "佐藤 太郎", "who has a token keeps the name");
    let [event] = auditor.audit("action = \"directory.forget\"").await.unwrap().try_into().unwrap();
    assert_eq!((event.operator.as_str(), event.details["people"].as_str()), ("system", "3"));
    assert_eq!(fleet.database().number("SELECT COUNT(*) FROM person WHERE name LIKE '%花子%'"), 0);
    assert_eq!(
        counts(&done(&fleet.admin, PEOPLE, &["--json"]).await)[1..],
        [0, 5, 0, 0],
        "a later list brings them back"
    );
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().name, "山田 花子");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_thousands_is_imported_while_tokens_are_lent() {
    let (fleet, devices) = peopled(1).await;
    let list = many(2_000);
    let importing =
        done(&fleet.admin, format!("{list}{}", "0123456789,山田 花子,Yamada Hanako,letters\n"), &["--json"]);
    let lending = async {
        let begun = Instant::now();
        lent(&fleet.admin, &devices[0], HANAKO).await.unwrap();
        begun.elapsed()
    };
    let (imported, waited) = tokio::join!(importing, lending);
    assert_eq!(counts(&imported), [2_001, 1_999, 2, 0, 3]);
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert_eq!(
        counts(&done(&fleet.admin, format!("{list}0123456789,山田 花子,Yamada Hanako,letters\n"), &["--json"]).await),
        [2_001, 0, 0, 2_001, 0]
    );
}

/// Sends a list as a client that may repeat itself.
async fn sent(caller: &Caller, list: &str, request_id: &str) -> Result<v1::DirectorySummary, Status> {
    let part = |part| v1::ImportDirectoryRequest { part: Some(part) };
    let header = v1::DirectoryHeader { request_id: request_id.to_owned(), ..v1::DirectoryHeader::default() };
    let header = part(import_directory_request::Part::Header(header));
    let chunk = part(import_directory_request::Part::Chunk(list.as_bytes().to_vec()));
    let parts = tokio_stream::iter([header, chunk]);
    let mut news = DirectoryServiceClient::new(caller.door()).import_directory(parts).await?.into_inner();
    match news.message().await?.unwrap().news.unwrap() {
        import_directory_response::News::Summary(summary) => Ok(summary),
        import_directory_response::News::Problem(problem) => panic!("{problem:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_sent_again_with_its_id_is_imported_once() {
    let fleet = Fleet::start().await;
    let id = "01234567-89ab-4def-8123-456789abcdef";
    let first = sent(&fleet.admin, PEOPLE, id).await.unwrap();
    assert_eq!((first.added, first.applied), (5, true));
    assert_eq!(sent(&fleet.admin, PEOPLE, id).await.unwrap(), first);
    assert_eq!(fleet.admin.audit("action = \"directory.import\"").await.unwrap().len(), 1);
    let other = PEOPLE.replace("Yamada", "Suzuki");
    assert_eq!(refused(sent(&fleet.admin, &other, id).await).reason, "REQUEST_ID_REUSED");
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().latin, "Yamada Hanako");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_wrote_that_did_not_end_is_never_seen_and_goes() {
    let (mut fleet, devices) = peopled(1).await;
    fleet.stop().await;
    let database = fleet.database();
    let next = "INSERT INTO person (edition, user_id, name, kana, latin, department, kind) \
                VALUES (2, '5555555555', 'x', '', '', 'law', 'other'), (2, '0123456789', 'y', '', '', 'law', 'other')";
    database.change(next);
    fleet.resume().await;
    assert_eq!(person(&fleet.admin, HANAKO).await.unwrap().name, "山田 花子");
    assert_eq!(lent(&fleet.admin, &devices[0], "5555555555").await.unwrap_err().code, "TF-2301");
    database.change(&next.replace("INSERT", "INSERT OR IGNORE"));
    assert_eq!(counts(&done(&fleet.admin, PEOPLE, &["--json"]).await), [5, 0, 0, 5, 0]);
    assert_eq!(database.number("SELECT COUNT(*) FROM person WHERE name IN ('x', 'y')"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_told_where_a_loan_outlasts_somebodys_time_here() {
    let (fleet, devices) = peopled(4).await;
    let assigned = async |nth: usize, options: &[&str]| {
        let line = [&["assign", &devices[nth].serial, TARO], options].concat();
        fleet.done(&line).await.stderr
    };
    let open = assigned(0, &[]).await;
    assert!(open.contains("! the last day of 0123456780 is 2099-03-31, and the loan has no end"), "{open}");
    let long = assigned(1, &["--until", "2099-04-01", "--dry-run"]).await;
    assert!(long.contains("! the loan lasts until 2099-04-01, and the last day of 0123456780 is 2099-03-31"), "{long}");
    let within = assigned(2, &["--until", "2099-03-31"]).await;
    assert!(!within.contains("last day"), "{within}");
    let line = ["assign", &devices[3].serial, HANAKO];
    assert!(!fleet.done(&line).await.stderr.contains("last day"), "nobody knows hers");
}
