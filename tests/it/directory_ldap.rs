//! The directory from a real LDAP server: what is read, when, and what a server that is wrong or away can not do.

use std::fs;

use chrono::TimeDelta;
use serde_json::Value;
use tokenfleet_proto::v1::directory_service_client::DirectoryServiceClient;
use tokenfleet_proto::v1::{self, PersonState, Role};
use tokenfleet_tests::slapd::{ANSWER_MAX, PASSWORD, write_private};
use tokenfleet_tests::{Caller, Daemon, Fleet, LdapPerson, Slapd, command};
use tokenfleetd::config::Config;

const HANAKO: &str = "0123456789";
const TARO: &str = "0123456780";

/// What of the attributes has no default here.
const ATTRIBUTES: &str =
    "[directory.ldap.attributes]\nuntil = \"lastDay\"\nmerged_into = \"mergedInto\"\ndepartment = \"ou\"\n";

fn people() -> Vec<LdapPerson> {
    let staff = "ou: letters\neduPersonPrimaryAffiliation: staff\nmail: hanako@example.ac.jp";
    let ended = "ou: law\neduPersonPrimaryAffiliation: student\nlastDay: 20200331145959Z";
    vec![
        LdapPerson::named(HANAKO, "山田 花子", "ヤマダ ハナコ", "Yamada Hanako", staff),
        LdapPerson::named(
            TARO,
            "佐藤 太郎",
            "サトウ タロウ",
            "Sato Taro",
            "ou: law\neduPersonPrimaryAffiliation: faculty",
        ),
        LdapPerson::named("0000000001", "鈴木 一郎", "スズキ イチロウ", "Suzuki Ichiro", ended),
        LdapPerson::named("0000000002", "田中 次郎", "タナカ ジロウ", "Tanaka Jiro", "mergedInto: 0123456780"),
    ]
}

/// So many people.
fn many(people: usize) -> Vec<LdapPerson> {
    let person = |nth| LdapPerson::named(&format!("{:010}", 2 * nth), "氏名", "シメイ", &format!("Name {nth}"), "");
    (0..people).map(person).collect()
}

/// A fleet whose directory is read as a section says; it was read once.
async fn fleet_with(section: &str) -> Fleet {
    let mut fleet = Fleet::start().await;
    set(&mut fleet, section).await;
    fleet
}

/// Serves again with another section.
async fn set(fleet: &mut Fleet, section: &str) {
    let settings = fs::read_to_string(fleet.path("tokenfleetd.toml")).unwrap();
    let path = fleet.path("with-ldap.toml");
    fs::write(&path, settings + section).unwrap();
    fleet.config.ldap = Config::load(&path).unwrap().ldap;
    fleet.restart_elsewhere().await;
    fleet.look_at_directory().await;
}

async fn person(fleet: &Fleet, user: &str) -> v1::Person {
    let request = v1::GetPersonRequest { user: user.to_owned() };
    let answer = DirectoryServiceClient::new(fleet.admin.door()).get_person(request).await.unwrap();
    answer.into_inner().person.unwrap()
}

/// What `directory status` says in JSON.
async fn status(fleet: &Fleet) -> Value {
    fleet.done(&["directory", "status", "--json"]).await.document()["directory"].take()
}

/// How refreshes ended, by the record.
async fn outcomes(auditor: &Caller) -> Vec<String> {
    let events = auditor.audit("action = \"directory.refresh\"").await.unwrap();
    events.into_iter().map(|event| event.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_read_in_three_scripts_with_their_departments_kinds_and_last_days() {
    let Some(slapd) = Slapd::start(&people()) else { return };
    let fleet = fleet_with(&(slapd.section() + ATTRIBUTES)).await;
    let hanako = person(&fleet, HANAKO).await;
    assert_eq!((hanako.name.as_str(), hanako.kana.as_str()), ("山田 花子", "ヤマダ ハナコ"));
    assert_eq!((hanako.latin.as_str(), hanako.department.as_str()), ("Yamada Hanako", "letters"));
    assert_eq!((hanako.kind(), hanako.state()), (v1::PersonKind::Staff, PersonState::Current));
    let ended = person(&fleet, "0000000001").await;
    assert_eq!((ended.state(), ended.last_day.as_str()), (PersonState::Ended, "2020-03-31"));
    let merged = person(&fleet, "0000000002").await;
    assert_eq!((merged.state(), merged.merged_into.as_str()), (PersonState::Merged, TARO));
    assert_eq!(person(&fleet, TARO).await.kind(), v1::PersonKind::Faculty);

    let status = status(&fleet).await;
    assert_eq!((&status["people"], &status["source"]), (&4.into(), &slapd.url().into()));
    assert_eq!(status["last_refresh"]["summary"]["added"], 4);
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let [event] = auditor.audit("action = \"directory.refresh\"").await.unwrap().try_into().unwrap();
    assert_eq!((event.operator.as_str(), event.outcome.as_str()), ("system", "done"));
    assert_eq!((event.details["people"].as_str(), event.details["source"].as_str()), ("4", slapd.url().as_str()));
    assert!(!format!("{event:?}").contains(HANAKO), "{event:?}");
    // The fleet's clock stands still, which a doctor finds too.
    let doctor = fleet.tokenadm(&["doctor"]).await;
    assert!(doctor.stdout.contains(&format!("ok    the directory was refreshed from {}", slapd.url())), "{doctor:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_read_again_in_time_and_by_hand() {
    let Some(mut slapd) = Slapd::start(&people()) else { return };
    let fleet = fleet_with(&(slapd.section() + "refresh = \"6h\"\n" + ATTRIBUTES)).await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let mut next = people();
    next[0] = LdapPerson::named(HANAKO, "鈴木 花子", "スズキ ハナコ", "Suzuki Hanako", "ou: letters");
    slapd.serve(&next);
    fleet.clock.advance(TimeDelta::hours(6).num_seconds() - 1);
    fleet.look_at_directory().await;
    assert_eq!(person(&fleet, HANAKO).await.latin, "Yamada Hanako", "not yet");
    let dry = fleet.done(&["directory", "refresh", "-n"]).await;
    assert!(dry.stdout.contains("would be as the LDAP server has it: 4 people; nothing was changed"), "{dry:?}");
    assert_eq!(dry.stderr, "  0 new, 1 changed, 3 the same, 0 gone\n");
    fleet.clock.advance(1);
    fleet.look_at_directory().await;
    assert_eq!(person(&fleet, HANAKO).await.latin, "Suzuki Hanako");

    slapd.serve(&people());
    let ran = fleet.done(&["directory", "refresh"]).await;
    assert_eq!(ran.stdout, "✓ the directory is as the LDAP server has it: 4 people\n");
    assert_eq!(person(&fleet, HANAKO).await.latin, "Yamada Hanako");
    let same = fleet.done(&["directory", "refresh", "--json"]).await.document();
    assert_eq!((&same["directory"]["unchanged"], &same["directory"]["applied"]), (&4.into(), &true.into()));
    let editions = fleet.database().number("SELECT edition FROM directory");
    assert_eq!(editions, 3, "where nothing changed nothing is written");
    assert_eq!(outcomes(&auditor).await, ["done"; 4], "the dry run is not on record");
    fleet.clock.advance(TimeDelta::hours(5).num_seconds());
    fleet.look_at_directory().await;
    assert_eq!(outcomes(&auditor).await.len(), 4, "the time runs from the last refresh, whoever asked for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_read_page_by_page_where_the_server_answers_no_more_at_once() {
    let people = many(2 * ANSWER_MAX + 7);
    let Some(slapd) = Slapd::start(&people) else { return };
    let mut fleet = fleet_with(&slapd.section()).await;
    assert_eq!(status(&fleet).await["people"], people.len());
    set(&mut fleet, &slapd.section().replace("page_size = 50", "page_size = 7")).await;
    assert_eq!(status(&fleet).await["last_refresh"]["summary"]["unchanged"], people.len());
    set(&mut fleet, &slapd.section().replace("page_size = 50", "page_size = 51")).await;
    let status = status(&fleet).await;
    assert_eq!(status["last_refresh"]["code"], "TF-2327", "{status}");
    assert_eq!(status["people"], people.len(), "half an answer changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_half_its_people_changes_nothing_until_somebody_expected_that() {
    let Some(mut slapd) = Slapd::start(&many(40)) else { return };
    let fleet = fleet_with(&slapd.section()).await;
    slapd.serve(&many(20));
    fleet.clock.advance(TimeDelta::days(1).num_seconds());
    fleet.look_at_directory().await;
    assert_eq!(person(&fleet, "0000000078").await.state(), PersonState::Current);
    let last = status(&fleet).await["last_refresh"].take();
    assert_eq!(last["code"], "TF-2333", "{last}");
    assert!(last["message"].as_str().unwrap().starts_with("20 of the 40 people"), "{last}");
    for options in [&[][..], &["-n"], &["--expect-removals", "19"]] {
        let ran = fleet.tokenadm(&[&["directory", "refresh"], options].concat()).await;
        assert!(ran.exit == 5 && ran.stderr.contains("--expect-removals 20"), "{ran:?}");
    }
    fleet.done(&["directory", "refresh", "--expect-removals", "20"]).await;
    assert_eq!(person(&fleet, "0000000078").await.state(), PersonState::Gone);
    slapd.serve(&[]);
    let ran = fleet.tokenadm(&["directory", "refresh", "--expect-removals", "999"]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2328"), "nobody at all is no answer: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_may_be_missing_is_a_setting() {
    let Some(mut slapd) = Slapd::start(&many(40)) else { return };
    let fleet = fleet_with(&(slapd.section() + "removals_per_cent = 50\n")).await;
    slapd.serve(&many(20));
    fleet.done(&["directory", "refresh"]).await;
    slapd.serve(&many(9));
    assert_eq!(fleet.tokenadm(&["directory", "refresh"]).await.exit, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_changes_nothing_is_told_once_and_asked_again() {
    let Some(mut slapd) = Slapd::start(&people()) else { return };
    let fleet = fleet_with(&(slapd.section() + ATTRIBUTES)).await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    slapd.stop();
    for _ in 0..3 {
        fleet.clock.advance(TimeDelta::days(1).num_seconds());
        fleet.look_at_directory().await;
    }
    assert_eq!(person(&fleet, HANAKO).await.state(), PersonState::Current);
    assert_eq!(outcomes(&auditor).await, ["done", "LDAP_UNREACHABLE"], "three failures, one event");
    let shown = fleet.done(&["directory", "status"]).await.stdout;
    assert!(shown.contains("can't be reached") && shown.contains("[TF-2324]"), "{shown}");
    let status = status(&fleet).await;
    assert_eq!(status["people"], 4);
    assert_ne!(status["update_time"], status["last_refresh"]["refresh_time"]);
    let ran = fleet.tokenadm(&["directory", "refresh"]).await;
    assert!(ran.exit == 7 && ran.stderr.contains("TF-2324"), "{ran:?}");
    let doctor = fleet.tokenadm(&["doctor"]).await;
    assert!(doctor.stdout.contains("TF-2324"), "{doctor:?}");

    slapd.serve(&people());
    fleet.clock.advance(TimeDelta::days(1).num_seconds());
    fleet.look_at_directory().await;
    assert_eq!(outcomes(&auditor).await.last().unwrap(), "done", "{:?}", fleet.done(&["directory", "status"]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted_is_told_no_password_and_a_wrong_password_is_told_as_that() {
    let Some(slapd) = Slapd::start(&people()) else { return };
    let section = slapd.section() + ATTRIBUTES;
    let ca = slapd.path("ca.pem").display().to_string();
    let other = Fleet::start().await;
    let wrong = slapd.path("wrong.password");
    write_private(&wrong, "incorrect horse\n");
    let password = slapd.path("ldap.password").display().to_string();
    let mut fleet = Fleet::start().await;
    for (section, code, reason) in [
        (section.replace(&ca, &other.path("ca/ca.pem").display().to_string()), "TF-2325", "LDAP_UNTRUSTED"),
        (section.replace(&slapd.url(), &slapd.other_url()), "TF-2325", "LDAP_UNTRUSTED"),
        (section.replace(&password, &wrong.display().to_string()), "TF-2326", "LDAP_BIND_REFUSED"),
        (section.replace("cn=tokenfleet", "cn=nobody"), "TF-2326", "LDAP_BIND_REFUSED"),
        (section.replace("ou=people", "ou=nowhere"), "TF-2327", "LDAP_REFUSED"),
        (section.replace(&slapd.url(), &slapd.plain_url().replace("ldap:", "ldaps:")), "TF-2324", "LDAP_UNREACHABLE"),
    ] {
        set(&mut fleet, &section).await;
        let last = status(&fleet).await["last_refresh"].take();
        assert_eq!((last["code"].as_str(), last["reason"].as_str()), (Some(code), Some(reason)), "{last}");
        assert!(!last.to_string().contains("horse"), "{last}");
    }
    set(&mut fleet, &section).await;
    assert_eq!(status(&fleet).await["people"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_read_with_start_tls_and_on_this_machine_in_the_clear() {
    let Some(slapd) = Slapd::start(&people()) else { return };
    let section = slapd.section().replace(&slapd.url(), &slapd.plain_url());
    let mut fleet = fleet_with(&(section.clone() + ATTRIBUTES)).await;
    assert_eq!(status(&fleet).await["people"], 4);
    let other = Fleet::start().await;
    let ca = slapd.path("ca.pem").display().to_string();
    set(&mut fleet, &(section.replace(&ca, &other.path("ca/ca.pem").display().to_string()) + ATTRIBUTES)).await;
    assert_eq!(status(&fleet).await["last_refresh"]["code"], "TF-2325", "StartTLS looks at the certificate too");
    set(&mut fleet, &(section + "start_tls = false\n" + ATTRIBUTES)).await;
    assert_eq!(status(&fleet).await["last_refresh"]["summary"]["unchanged"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_nobody_has_is_named_and_empties_nothing() {
    let Some(slapd) = Slapd::start(&people()) else { return };
    let mut fleet = fleet_with(&(slapd.section() + ATTRIBUTES)).await;
    for (attributes, told) in [
        (ATTRIBUTES.replace("lastDay", "lastDy"), "lastDy (until)"),
        (ATTRIBUTES.to_owned() + "kana = \"displayName;lang-kana\"\n", "displayName;lang-kana (kana)"),
        (ATTRIBUTES.to_owned() + "name = [\"jaDisplayName\", \"jaName\"]\n", "jaDisplayName, jaName (name)"),
    ] {
        set(&mut fleet, &(slapd.section() + &attributes)).await;
        let last = status(&fleet).await["last_refresh"].take();
        assert_eq!(last["code"], "TF-2329", "{last}");
        assert!(last["message"].as_str().unwrap().ends_with(told), "{last}");
    }
    assert_eq!(person(&fleet, "0000000001").await.last_day, "2020-03-31");
    let joined = ATTRIBUTES.to_owned() + "name = [\"sn;lang-ja + givenName;lang-ja\", \"displayName;lang-ja\"]\n";
    set(&mut fleet, &(slapd.section() + &joined)).await;
    assert_eq!(person(&fleet, HANAKO).await.name, "山田 花子", "the second way");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_can_not_be_taken_over_is_named_and_nothing_is_changed() {
    let Some(mut slapd) = Slapd::start(&people()) else { return };
    let fleet = fleet_with(&(slapd.section() + ATTRIBUTES)).await;
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let mut next = people();
    next[0] = LdapPerson::named(HANAKO, "鈴木 花子", "スズキ ハナコ", "Suzuki Hanako", "cn: Another Name");
    next.push(LdapPerson::named("admin", "管理者", "カンリシャ", "Admin", ""));
    next.push(LdapPerson::new("0000000007", "Nameless", ""));
    next.push(LdapPerson::named("0000000008", "高橋", "タカハシ", "Takahashi", "uid: 0000000009"));
    next.push(LdapPerson::named("0000000010", "伊藤", "イトウ", "Ito", "lastDay: soon\nmergedInto: 0000000001"));
    slapd.serve(&next);
    for options in [&["-n"][..], &[]] {
        let ran = fleet.tokenadm(&[&["directory", "refresh"], options].concat()).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (6, ""), "{ran:?}");
        for told in [
            "uid=0123456789,ou=people,dc=example,dc=ac,dc=jp (Latin name): cn has several values   [TF-2330]",
            "uid=admin,ou=people,dc=example,dc=ac,dc=jp (UTokyo ID): a UTokyo ID has 10 digits   [TF-1001]",
            "uid=0000000007,ou=people,dc=example,dc=ac,dc=jp (name): the name is missing   [TF-2314]",
            "uid=0000000008,ou=people,dc=example,dc=ac,dc=jp (UTokyo ID): uid has several values   [TF-2330]",
            "uid=0000000010,ou=people,dc=example,dc=ac,dc=jp (until): it is no day   [TF-2316]",
            "5 of 8 entries can't be taken over; nothing was changed",
        ] {
            assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
        }
    }
    assert_eq!(person(&fleet, HANAKO).await.latin, "Yamada Hanako");
    assert_eq!(outcomes(&auditor).await, ["done", "DIRECTORY_ROW_INVALID"]);
    let last = status(&fleet).await["last_refresh"].take();
    assert_eq!((last["code"].as_str(), &last["summary"]), (Some("TF-2332"), &Value::Null));
    let json = fleet.tokenadm(&["directory", "refresh", "-n", "--json"]).await.document();
    assert_eq!(json["problems"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_not_imported_beside_a_server_that_would_undo_them() {
    let Some(slapd) = Slapd::start(&people()) else { return };
    let fleet = fleet_with(&(slapd.section() + ATTRIBUTES)).await;
    fs::write(fleet.admin.folder.join("people.csv"), "user_id,name\n0123456789,A\n").unwrap();
    let ran = fleet.tokenadm(&["directory", "import", "people.csv"]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2323"), "{ran:?}");
    let law = fleet.operator_of("law-admin", &[Role::Admin], &["law"]).await;
    let desk = fleet.operator("desk", &[Role::Desk]).await;
    for (caller, told) in [(&law, "TF-2307"), (&desk, "TF-3002")] {
        let ran = caller.tokenadm(&["directory", "refresh"]).await;
        assert!(ran.exit == 4 && ran.stderr.contains(told), "{ran:?}");
    }
    desk.done(&["directory", "status"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_without_a_server_says_so_and_shows_when_its_list_came() {
    let fleet = Fleet::start().await;
    let ran = fleet.tokenadm(&["directory", "refresh"]).await;
    assert!(ran.exit == 5 && ran.stderr.contains("TF-2322"), "{ran:?}");
    assert_eq!(status(&fleet).await["update_time"], Value::Null);
    fs::write(fleet.admin.folder.join("people.csv"), "user_id,name\n0123456789,A\n").unwrap();
    fleet.done(&["directory", "import", "people.csv"]).await;
    let shown = status(&fleet).await;
    assert_eq!((&shown["people"], &shown["source"], &shown["last_refresh"]), (&1.into(), &Value::Null, &Value::Null));
    let before = shown["update_time"].clone();
    fleet.clock.advance(60);
    fleet.done(&["directory", "import", "people.csv"]).await;
    assert_ne!(
        status(&fleet).await["update_time"],
        before,
        "a list that changed nothing was brought up to all the same"
    );
}

#[test]
fn the_real_server_says_once_in_its_log_that_it_could_not_read_and_serves_all_the_same() {
    let Some(mut slapd) = Slapd::start(&people()) else { return };
    let mut daemon = Daemon::make();
    let path = daemon.path("tokenfleetd.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings + &slapd.section() + ATTRIBUTES).unwrap();
    daemon.resume();
    let line = daemon.wait_for_log("the directory was refreshed");
    assert_eq!((&line["people"], &line["added"]), (&4.into(), &4.into()));
    daemon.stop();
    slapd.stop();
    daemon.resume();
    let line = daemon.wait_for_log("the directory could not be refreshed; it stays as it was");
    assert_eq!((&line["level"], &line["code"]), (&"WARN".into(), &"TF-2324".into()));
    daemon.stop();
    for secret in [PASSWORD, HANAKO, "山田"] {
        assert!(!daemon.logged.contains(secret), "{}", daemon.logged);
    }
}

#[test]
fn settings_that_can_not_be_used_are_told_before_the_server_starts() {
    let Some(slapd) = Slapd::start(&[]) else { return };
    let daemon = Daemon::make();
    let path = daemon.path("tokenfleetd.toml");
    let settings = fs::read_to_string(&path).unwrap();
    let check = |section: &str| {
        fs::write(&path, settings.clone() + section).unwrap();
        command::tokenfleetd(&["check-config", "--config", path.to_str().unwrap()])
    };
    assert_eq!(check(&slapd.section()).exit, 0);
    let (password, ca) = (slapd.path("ldap.password"), slapd.path("ca.pem"));
    let in_its_place = |path: &std::path::Path, other: &std::path::Path| {
        slapd.section().replace(path.to_str().unwrap(), other.to_str().unwrap())
    };
    let (open, empty) = (slapd.path("open"), slapd.path("empty"));
    fs::write(&open, PASSWORD).unwrap();
    write_private(&empty, "\n");
    for (section, told) in [
        (in_its_place(&password, &open), "can be read by others"),
        (in_its_place(&password, &empty), "holds no password"),
        (in_its_place(&password, &slapd.path("nowhere")), "can't be read"),
        (in_its_place(&ca, &password), "holds no certificate"),
        (slapd.section().replace("ldaps:", "http:"), "is no server"),
    ] {
        let ran = check(&section);
        assert!(ran.exit != 0 && ran.stderr.contains(told) && !ran.stderr.contains("horse"), "{told}: {ran:?}");
    }
}
