//! Who can write to the database but has no key: whatever is changed there is found, on hold, and never accepted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokenfleet_proto::v1::{Hold, Role, TokenState};
use tokenfleet_tests::{Daemon, Database, Device, Fleet, entra_file, refused, request_id};

/// Columns that can't have just any value, and another value each can have.
const POSSIBLE: [(&str, &str); 4] = [
    ("custody", "'in_stock'"),
    ("authenticator", "'suspended'"),
    ("algorithm", "'sha256'"),
    ("user_id", "'9999999999'"),
];

/// A change of one column, as SQL.
fn change(column: &str, kind: &str) -> String {
    if let Some((_, word)) = POSSIBLE.iter().find(|(name, _)| *name == column) {
        return (*word).to_owned();
    }
    match kind {
        "INTEGER" => format!("coalesce({column}, 1795000000000000) + 1"),
        "TEXT" => format!("coalesce({column}, '') || '1'"),
        "BLOB" => format!("CAST(coalesce(substr({column}, 2), zeroblob(15)) || x'55' AS BLOB)"),
        other => panic!("{column} is {other}"),
    }
}

fn columns(database: &Database, table: &str) -> BTreeMap<String, String> {
    database.words(&format!("SELECT name, type FROM pragma_table_info('{table}')")).into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_any_column_changed_is_on_hold_and_never_written_again() {
    let fleet = Fleet::start().await;
    let database = fleet.database();
    let columns = columns(&database, "token");
    assert!(columns.len() > 40, "{columns:?}");
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let devices: Vec<_> = (0..columns.len()).map(|nth| Device::clock(&format!("26{nth:011}"))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    let mut held = 0;
    for (nth, (device, (column, kind))) in devices.iter().zip(&columns).enumerate() {
        let (serial, user) = (device.serial.as_str(), format!("{nth:010}"));
        fleet.admin.assign(serial, &user).await.unwrap();
        // So that as many columns as can be are filled.
        fleet.admin.verify_again(serial, &device.code(fleet.now()), &request_id()).await.unwrap();
        fleet.clock.advance(30);
        let changed =
            database.change(&format!("UPDATE token SET {column} = {} WHERE serial = '{serial}'", change(column, kind)));
        assert_eq!(changed, 1, "{column}");
        let row = || database.rows(&format!("SELECT * FROM token ORDER BY rowid LIMIT 1 OFFSET {nth}"));
        let before = row();

        let code = device.code(fleet.now());
        let no = refused(fleet.admin.verify(serial, &code).await);
        if no.reason == "TOKEN_ON_HOLD" || no.reason == "TOKEN_WRONG_STATE" {
            held += 1;
            let token = fleet.admin.token(serial).await.unwrap();
            assert_eq!((token.hold(), token.state()), (Hold::Integrity, TokenState::OnHold), "{column}");
            refused(fleet.admin.take_back(serial).await);
            refused(fleet.admin.resync(serial, &device.codes(fleet.now(), 2)).await);
        } else {
            // Not found any more under its serial, or in its lot.
            assert_eq!(no.reason, "TOKEN_NOT_FOUND", "{column}");
            assert!(["serial_key", "lot"].contains(&column.as_str()), "{column}");
        }
        assert!(!system.passes(&user, &code).await.unwrap(), "{column}");
        assert_eq!(row(), before, "{column}: a row that was changed is never written again");
    }
    assert_eq!(held, columns.len() - 2);
    let auditor = fleet.operator("auditor", &[Role::Auditor]).await;
    let reported = auditor.audit("action = \"token.hold\"").await.unwrap();
    assert!(reported.len() >= held && reported.iter().all(|event| event.operator == "system"), "{}", reported.len());
    let status = fleet.admin.status().await.unwrap();
    assert_eq!(usize::try_from(status.integrity_holds).unwrap(), reported.len());
    let shown = fleet.done(&["status", "--json"]).await.document();
    assert_eq!(shown["status"]["integrity_holds"], status.integrity_holds);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_and_changed_back_stays_on_hold() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    let database = fleet.database();
    database.change("UPDATE token SET fail_count = fail_count + 1");
    assert_eq!(refused(fleet.admin.verify(&device.serial, &device.code(fleet.now())).await).reason, "TOKEN_ON_HOLD");
    database.change("UPDATE token SET fail_count = fail_count - 1");
    let row = database.rows("SELECT * FROM token");
    assert_eq!(refused(fleet.admin.verify(&device.serial, &device.code(fleet.now())).await).reason, "TOKEN_ON_HOLD");
    for _ in 0..2 {
        assert_eq!(refused(fleet.admin.take_back(&device.serial).await).reason, "TOKEN_ON_HOLD");
    }
    assert_eq!(database.rows("SELECT * FROM token"), row);
    assert_eq!(database.number("SELECT count(*) FROM loan WHERE ended_at IS NULL"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_written_into_a_row_is_not_given() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    let database = fleet.database();
    let (code, id) = (device.code(fleet.now()), request_id());
    assert!(system.passes_again("0123456789", &code, &id).await.unwrap());
    database.change("CREATE TABLE said AS SELECT last_request_outcome FROM token");
    fleet.clock.advance(30);
    let (wrong, id) = (device.wrong_codes(fleet.now(), 1).remove(0), request_id());
    assert!(!system.passes_again("0123456789", &wrong, &id).await.unwrap());

    database.change("UPDATE token SET last_request_outcome = (SELECT last_request_outcome FROM said)");
    assert!(!system.passes_again("0123456789", &wrong, &id).await.unwrap());
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().hold(), Hold::Integrity);
    let status = fleet.admin.status().await.unwrap();
    assert_eq!(status.integrity_holds, 1, "and it is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_can_not_even_be_read_is_never_accepted() {
    let fleet = Fleet::start().await;
    let [spoiled, good] = [Device::clock("2600000000001"), Device::clock("2600000000002")];
    fleet.stock(&[&spoiled, &good]).await;
    fleet.admin.assign(&spoiled.serial, "0000000001").await.unwrap();
    fleet.admin.assign(&good.serial, "0000000002").await.unwrap();
    let system = fleet.operator("idp", &[Role::Verifier]).await;
    fleet.database().change("UPDATE token SET moving = 'hotp' WHERE serial = '2600000000001'");
    let shown = fleet.admin.tokens("").await.unwrap();
    let shown: Vec<_> = shown.iter().map(|token| (token.serial.as_str(), token.hold())).collect();
    assert_eq!(shown, [("2600000000001", Hold::Integrity), ("2600000000002", Hold::None)]);

    let code = spoiled.code(fleet.now());
    assert!(!system.passes("0000000001", &code).await.unwrap());
    let again = fleet.admin.token(&spoiled.serial).await.unwrap();
    assert_eq!(
        (again.hold(), again.state(), again.user_id.as_str()),
        (Hold::Integrity, TokenState::OnHold, "0000000001")
    );
    for no in [
        refused(fleet.admin.verify(&spoiled.serial, &code).await).reason,
        refused(fleet.admin.resync(&spoiled.serial, &spoiled.codes(fleet.now(), 2)).await).reason,
        refused(fleet.admin.take_back(&spoiled.serial).await).reason,
    ] {
        assert_eq!(no, "TOKEN_ON_HOLD");
    }
    fleet.admin.verify(&good.serial, &good.code(fleet.now())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_seeds_that_change_places_do_not_open() {
    let fleet = Fleet::start().await;
    let [mine, yours] = [Device::clock("2600000000001"), Device::clock("2600000000002")];
    fleet.stock(&[&mine, &yours]).await;
    fleet.admin.assign(&mine.serial, "0123456789").await.unwrap();
    fleet.admin.assign(&yours.serial, "1111111111").await.unwrap();
    let database = fleet.database();
    let exchange = |columns: &[&str]| {
        let of = |serial: &str| format!("(SELECT {} FROM old WHERE serial = '{serial}')", columns.join(", "));
        database.change("DROP TABLE IF EXISTS old");
        database.change("CREATE TABLE old AS SELECT * FROM token");
        for (to, from) in [(&mine, &yours), (&yours, &mine)] {
            let (to, from) = (&to.serial, of(&from.serial));
            database.change(&format!("UPDATE token SET ({}) = {from} WHERE serial = '{to}'", columns.join(", ")));
        }
    };
    exchange(&["dek_id", "salt", "seed_gen", "sealed", "fingerprint"]);
    for device in [&mine, &yours] {
        for shown in [&mine, &yours] {
            let no = refused(fleet.admin.verify(&device.serial, &shown.code(fleet.now())).await);
            assert_eq!(no.reason, "TOKEN_ON_HOLD");
        }
    }
    // With their MACs too they stand in the wrong rows.
    exchange(&["dek_id", "salt", "seed_gen", "sealed", "fingerprint"]);
    database.change("DELETE FROM token_hold");
    fleet.admin.verify(&mine.serial, &mine.code(fleet.now())).await.unwrap();
    exchange(&["user_id", "loan", "row_mac", "mac_key_id", "version"]);
    assert_eq!(refused(fleet.admin.verify(&mine.serial, &mine.code(fleet.now())).await).reason, "TOKEN_ON_HOLD");
    exchange(&["user_id", "loan", "row_mac", "mac_key_id", "version"]);

    // Found under each other's serial.
    database.change("DELETE FROM token_hold");
    fleet.clock.advance(30);
    for (to, from) in
        [("X", &mine.serial), (mine.serial.as_str(), &yours.serial), (yours.serial.as_str(), &"X".to_owned())]
    {
        database.change(&format!("UPDATE token SET serial_key = '{to}' WHERE serial_key = '{from}'"));
    }
    for shown in [&mine, &yours] {
        assert!(fleet.admin.verify(&mine.serial, &shown.code(fleet.now())).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_row_put_back_is_no_fresh_one_without_its_mac() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    let code = device.code(fleet.now());
    fleet.admin.verify(&device.serial, &code).await.unwrap();
    fleet.database().change("UPDATE token SET last_step = -1, last_ok_at = NULL, proven_at = NULL");
    assert_eq!(refused(fleet.admin.verify(&device.serial, &code).await).reason, "TOKEN_ON_HOLD");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_writes_roles_into_the_database_gets_none() {
    let fleet = Fleet::start().await;
    let counter = fleet.operator("counter", &[Role::Counter]).await;
    let database = fleet.database();
    for (column, kind) in columns(&database, "operator") {
        let value = match column.as_str() {
            "name" => continue,
            "roles" => "'admin'".to_owned(),
            "departments" => "'law'".to_owned(),
            other => change(other, &kind),
        };
        database.change("DROP TABLE IF EXISTS old");
        database.change("CREATE TABLE old AS SELECT * FROM operator");
        database.change(&format!("UPDATE operator SET {column} = {value} WHERE name = 'counter'"));
        assert!(counter.who_am_i().await.is_err(), "{column}");
        database.change("DELETE FROM operator");
        database.change("INSERT INTO operator SELECT * FROM old");
        counter.who_am_i().await.unwrap();
    }
    // The row of another operator under this one's name.
    database.change("UPDATE operator SET (roles, version, row_mac) = (SELECT roles, version, row_mac FROM operator WHERE name = 'admin') WHERE name = 'counter'");
    assert!(counter.who_am_i().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_was_changed_keeps_its_tokens_from_use() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    fleet.database().change("UPDATE lot SET tokens = tokens + 1");
    let no = refused(fleet.admin.verify(&device.serial, &device.code(fleet.now())).await);
    assert_eq!(no.reason, "TOKEN_ON_HOLD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_changed_is_found() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, "0123456789").await;
    fleet.admin.verify(&device.serial, &device.code(fleet.now())).await.unwrap();
    fleet.admin.take_back(&device.serial).await.unwrap();
    let database = fleet.database();
    for table in ["audit_event", "audit_chain"] {
        database.change(&format!("CREATE TABLE old_{table} AS SELECT * FROM {table}"));
    }
    let whole = fleet.admin.chains().await.unwrap();
    assert!(whole.iter().all(|chain| chain.intact && chain.broken_at.is_empty()));
    let events = whole.iter().map(|chain| chain.events).max().unwrap();
    assert_eq!(events, database.number("SELECT count(*) FROM audit_event"));

    let mut changes: Vec<_> = columns(&database, "audit_event")
        .iter()
        .map(|(column, kind)| format!("UPDATE audit_event SET {column} = {} WHERE seq = 3", change(column, kind)))
        // The places of an event: tried below.
        .filter(|sql| !sql.contains("SET chain") && !sql.contains("SET seq"))
        .collect();
    changes.extend([
        "DELETE FROM audit_event WHERE seq = 3".to_owned(),
        "DELETE FROM audit_event WHERE seq = 1".to_owned(),
        format!("DELETE FROM audit_event WHERE seq = {events}"),
        "UPDATE audit_event SET user_id = '1111111111' WHERE action = 'token.assign'".to_owned(),
        "UPDATE audit_event SET seq = CASE seq WHEN 3 THEN -3 ELSE seq END".to_owned(),
        "UPDATE audit_chain SET seq = seq - 1".to_owned(),
        "UPDATE audit_chain SET hash = zeroblob(32)".to_owned(),
    ]);
    for sql in changes {
        assert!(database.change(&sql) > 0, "{sql}");
        let chains = fleet.admin.chains().await.unwrap();
        let broken: Vec<_> = chains.iter().filter(|chain| !chain.intact).collect();
        assert_eq!(broken.len(), 1, "{sql}: {chains:?}");
        assert!(broken[0].broken_at.starts_with("auditEvents/"), "{sql}");
        for table in ["audit_event", "audit_chain"] {
            database.change(&format!("DELETE FROM {table}"));
            database.change(&format!("INSERT INTO {table} SELECT * FROM old_{table}"));
        }
    }
    // One that can't even be read.
    database.change("UPDATE audit_event SET user_id = '1' WHERE seq = 3");
    let chains = fleet.admin.chains().await.unwrap();
    let broken: Vec<_> = chains.iter().filter(|chain| !chain.intact).collect();
    let [broken] = broken[..] else { panic!("{chains:?}") };
    assert_eq!((broken.broken_at.clone(), broken.events), (format!("auditEvents/{}-3", broken.chain), 2));
    database
        .change("UPDATE audit_event SET user_id = (SELECT user_id FROM old_audit_event WHERE seq = 3) WHERE seq = 3");

    fleet.done(&["audit", "verify"]).await;
    database.change("UPDATE audit_event SET outcome = 'done' || outcome WHERE seq = 3");
    let ran = fleet.tokenadm(&["audit", "verify"]).await;
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("[TF-9018"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_database_opens_with_no_other_key() {
    let mut fleet = Fleet::start().await;
    let other = Fleet::start().await;
    fleet.lend(&Device::clock("2600215704919"), "0123456789").await;
    fleet.stop().await;
    fleet.config.kek.clone_from(&other.config.kek);
    let no = fleet.try_resume().await.err().unwrap().to_string();
    assert!(no.contains("another fleet's key"), "{no}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_is_nowhere_but_in_its_file() {
    let mut daemon = Daemon::make();
    let config = daemon.path("tokenfleetd.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("level = \"info\"", "level = \"trace\"")).unwrap();
    daemon.resume();
    let admin = daemon.admin();

    let canary = Device::button("CANARY01");
    let vendor_file = daemon.folder().join("seeds.csv");
    let row = canary.oath_row();
    std::fs::write(&vendor_file, format!("{row}BROKEN01,{}0,hotp,6\n", &row[9..40])).unwrap();
    let vendor_file = vendor_file.to_str().unwrap();
    let base32 = daemon.folder().join("entra.csv");
    let clock = Device::clock("CANARY02");
    std::fs::write(&base32, entra_file(&[&clock])).unwrap();

    let presses = canary.presses(0, 40);
    let mut said = String::new();
    for arguments in [
        &["inspect", vendor_file, "--json", "-v"][..],
        &["import", vendor_file, "-v"],
        &["import", vendor_file, "--keep-going", "-v"],
        &["import", base32.to_str().unwrap(), "--json"],
        &["import", vendor_file, "--secret-encoding", "base32"],
        &["list", "--json"],
        &["list"],
        &["show", "CANARY01", "--json"],
        &["assign", "CANARY01", "0123456789", "-v"],
        &["verify", "CANARY01", &presses[0], "--json", "-v"],
        &["verify", "CANARY01", "000000"],
        &["resync", "CANARY01", &presses[20], &presses[21], "-v"],
        &["resync", "CANARY01", &presses[30], &presses[35]],
        &["return", "CANARY01"],
        &["lot", "list", "--json"],
        &["audit", "list", "--json"],
        &["audit", "verify", "--json"],
        &["status", "--json"],
    ] {
        let ran = admin.tokenadm(arguments).await;
        said.push_str(&ran.stdout);
        said.push_str(&ran.stderr);
    }
    assert!(said.contains("CANARY01") && said.contains("\"kcv\""));
    let mut kept: Vec<(String, Vec<u8>)> = files(daemon.path(""));
    daemon.stop();
    kept.extend(files(daemon.path("")));
    assert!(kept.iter().any(|(name, _)| name.ends_with("tokenfleet.db")), "{:?}", kept.len());
    assert!(daemon.logged.contains("\"level\":\"TRACE\""));
    kept.push(("the log".to_owned(), daemon.logged.clone().into_bytes()));
    kept.push(("what tokenadm said".to_owned(), said.into_bytes()));
    for device in [&canary, &clock] {
        for (place, bytes) in &kept {
            for spelling in spellings(device.seed()) {
                assert!(!contains(bytes, &spelling), "the seed of {} is in {place}", device.serial);
            }
        }
    }
    assert!(kept.iter().any(|(_, bytes)| contains(bytes, b"CANARY01")), "what is looked for is found where it is");
}

/// Every file of a fleet's folder.
pub(crate) fn files(folder: PathBuf) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                all.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    all
}

/// How a seed may be written, and any half of it.
pub(crate) fn spellings(seed: &[u8]) -> Vec<Vec<u8>> {
    use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, HEXLOWER, HEXUPPER};
    let half = seed.len() / 2;
    [seed, &seed[..half], &seed[half..]]
        .into_iter()
        .flat_map(|part| {
            let texts =
                [HEXLOWER.encode(part), HEXUPPER.encode(part), BASE32_NOPAD.encode(part), BASE64_NOPAD.encode(part)];
            let listed = part.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            texts.into_iter().chain([listed]).map(String::into_bytes).chain([part.to_vec()])
        })
        .collect()
}

pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
