//! The forms that `tokenadm` answers in beside its documents: workbooks, pagers, colours, the characters of a locale.

use std::io::{Cursor, Read};
use std::process::{Output, Stdio};

use tokenfleet_proto::v1::Role;
use tokenfleet_tests::command::binary;
use tokenfleet_tests::{Caller, Device, Fleet, entra_file};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const USER: &str = "0123456789";
/// More than there is on a page of `tokenadm list`.
const MORE_THAN_A_PAGE: usize = 501;

/// `tokenadm` with nothing of this environment but what is said here.
fn tokenadm(caller: &Caller, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    command(binary("tokenadm").to_str().unwrap(), caller, arguments, environment)
}

/// `tokenadm` on a terminal of its own, whose stdout and stderr are one.
fn on_a_terminal(caller: &Caller, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let words = arguments.iter().map(|argument| format!(" '{argument}'"));
    let line = format!("'{}'{}", binary("tokenadm").display(), words.collect::<String>());
    let terminal = [&[("TERM", "xterm"), ("SHELL", "/bin/sh")], environment].concat();
    command("script", caller, &["--quiet", "--return", "--command", &line, "/dev/null"], &terminal)
}

fn command(program: &str, caller: &Caller, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TOKENADM_CONFIG", caller.folder.join("config.toml"))
        .env("HOME", &caller.folder)
        .env("LC_ALL", "C.UTF-8")
        .envs(environment.iter().copied())
        .current_dir(&caller.folder)
        .stdin(Stdio::null());
    command
}

/// What was seen on the terminal, its lines ended by `\n`, and the exit code.
async fn seen(mut command: Command) -> (i32, String) {
    let Output { status, stdout, .. } = command.output().await.unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap().replace("\r\n", "\n"))
}

/// A part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut text = String::new();
    zip::ZipArchive::new(Cursor::new(workbook)).unwrap().by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_looks_answers_with_a_workbook() {
    let fleet = Fleet::start().await;
    let device = Device::clock("0012345678901");
    fleet.lend(&device, USER).await;
    let lots = fleet.admin.lots().await.unwrap();
    let lot = lots[0].name.strip_prefix("lots/").unwrap();
    let file = fleet.path("seeds.csv");
    std::fs::write(&file, entra_file(&[&device])).unwrap();
    let file = file.to_str().unwrap();
    for (arguments, noun, has) in [
        (&["list"][..], "tokens", "<t>0012345678901</t>"),
        (&["show", USER], "token", "<t>0123456789</t>"),
        (&["lot", "list"], "lots", lot),
        (&["lot", "show", lot], "lot", lot),
        (&["operator", "list"], "operators", "<t>貸出（desk），在庫（stock），管理者（admin）</t>"),
        (&["audit", "list"], "events", "<t>貸出</t>"),
        (&["audit", "verify"], "chains", "<t>はい</t>"),
        (&["report", "unproven"], "unproven", "<t>tokenadm verify 0012345678901 &lt;code&gt;</t>"),
        (&["status"], "status", "<t>sqlite</t>"),
        (&["whoami"], "operator", "<t>admin</t>"),
        (&["doctor"], "checks", "<t>正常</t>"),
        (&["config"], "settings", "<t>lang</t>"),
        (&["inspect", file], "keys", "<t>0012345678901</t>"),
        (&["import", file, "--dry-run"], "problems", "<t>"),
        (&["version"], "version", env!("CARGO_PKG_VERSION")),
    ] {
        let arguments = [arguments, &["-o", "xlsx", "--lang", "ja"]].concat();
        let Output { stdout, stderr, .. } = tokenadm(&fleet.admin, &arguments, &[]).output().await.unwrap();
        assert!(stdout.starts_with(b"PK"), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        assert!(part(&stdout, "xl/workbook.xml").contains(&format!("<sheet name=\"{noun}\"")), "{arguments:?}");
        let sheet = part(&stdout, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains(has), "{arguments:?}: {sheet}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_is_a_row_of_a_workbook() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let lend = ["assign", &device.serial, USER, "-o", "xlsx"];
    let Output { status, stdout, stderr } = tokenadm(&fleet.admin, &lend, &[]).output().await.unwrap();
    assert!(status.success() && stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    assert!(part(&stdout, "xl/worksheets/sheet1.xml").contains("<t>0123456789</t>"));

    let again = tokenadm(&fleet.admin, &lend, &[]).output().await.unwrap();
    assert_eq!((again.status.code(), again.stdout.as_slice()), (Some(5), &b""[..]), "what is refused is no workbook");
    assert!(String::from_utf8(again.stderr).unwrap().starts_with("error: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_is_not_written_to_a_terminal_and_nothing_is_done_for_it() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.stock(&[&device]).await;
    let lend = ["assign", &device.serial, USER, "-o", "xlsx", "--color", "never"];
    let (exit, screen) = seen(on_a_terminal(&fleet.admin, &lend, &[])).await;
    assert_eq!(exit, 2, "{screen}");
    assert!(screen.contains("[TF-9068 WORKBOOK_ON_TERMINAL]\nhint: send it to a file: "), "{screen}");
    assert_eq!(fleet.admin.token(&device.serial).await.unwrap().user_id, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_on_a_terminal_is_paged_and_one_in_a_pipe_is_not() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&Device::clock("2600215704919")]).await;
    let pager = [("PAGER", "sed 's/^/paged /'")];
    let (exit, screen) = seen(on_a_terminal(&fleet.admin, &["list"], &pager)).await;
    assert_eq!(exit, 0, "{screen}");
    assert!(screen.lines().count() == 2 && screen.lines().all(|line| line.starts_with("paged ")), "{screen}");

    let both = [("PAGER", "false"), ("TOKENADM_PAGER", "sed 's/^/ours /'")];
    let (_, screen) = seen(on_a_terminal(&fleet.admin, &["audit", "list"], &both)).await;
    assert!(screen.starts_with("ours "), "the variable of our own counts before PAGER: {screen}");

    for (arguments, environment) in [
        (&["list", "--no-pager"][..], [("PAGER", "false")]),
        (&["list"], [("PAGER", "")]),
        (&["list"], [("PAGER", " ")]),
        (&["list"], [("PAGER", "\"")]),
        (&["list"], [("PAGER", "less |")]),
        (&["list"], [("PAGER", "cat")]),
        (&["list"], [("TOKENADM_PAGER", "")]),
        (&["list", "-o", "csv"], [("PAGER", "false")]),
        (&["show", "2600215704919"], [("PAGER", "false")]),
    ] {
        let (exit, screen) = seen(on_a_terminal(&fleet.admin, arguments, &environment)).await;
        assert!(exit == 0 && screen.contains("2600215704919"), "{arguments:?} {environment:?}: {screen}");
    }
    let piped = tokenadm(&fleet.admin, &["list"], &[("PAGER", "false")]).output().await.unwrap();
    assert!(piped.status.success() && String::from_utf8(piped.stdout).unwrap().contains("2600215704919"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pager_is_quit_waited_for_and_complained_of() {
    let fleet = Fleet::start().await;
    let devices: Vec<_> = (0..MORE_THAN_A_PAGE).map(|nth| Device::clock(&format!("26{nth:08}"))).collect();
    fleet.stock(&devices.iter().collect::<Vec<_>>()).await;
    let list = async |pager| seen(on_a_terminal(&fleet.admin, &["list"], &[("TOKENADM_PAGER", pager)])).await;

    let (exit, screen) = list("head -n 2").await;
    assert_eq!((exit, screen.lines().count()), (0, 2), "quitting is success: {screen}");

    let (exit, screen) = list("cat").await;
    assert_eq!((exit, screen.lines().count()), (0, MORE_THAN_A_PAGE + 1));

    let (exit, screen) = list("no-such-pager").await;
    assert_eq!(exit, 1, "{screen}");
    assert!(screen.contains("PAGER_FAILED]\n") && screen.contains("--no-pager does without"), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_is_the_pagers_while_it_is_read() {
    let fleet = Fleet::start().await;
    fleet.stock(&[&Device::clock("2600215704919")]).await;
    // Once the list has ended, as a terminal would send it to both; the pager goes on.
    let pager = [("TOKENADM_PAGER", "text=$(command cat); kill -INT $PPID; echo \"$text\"; echo read")];
    let (exit, screen) = seen(on_a_terminal(&fleet.admin, &["list"], &pager)).await;
    assert!(exit == 0 && screen.ends_with("read\n"), "{exit}: {screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_come_first_where_that_is_asked_for() {
    let fleet = Fleet::start().await;
    let devices = ["2600215704919", "2600215704920"].map(Device::clock);
    for device in &devices {
        fleet.lend(device, USER).await;
        fleet.clock.advance(1);
    }
    let names = async |arguments: &[&str]| -> Vec<String> {
        let ran = fleet.done(&[arguments, &["-o", "name"]].concat()).await;
        ran.stdout.lines().map(str::to_owned).collect()
    };
    for list in [&["list"][..], &["list", "--user", USER], &["list", "--state", "lent"], &["audit", "list"]] {
        let mut oldest_first = names(list).await;
        let newest_first = names(&[list, &["--newest-first"]].concat()).await;
        oldest_first.reverse();
        assert_eq!(newest_first, oldest_first, "{list:?}");
    }
    assert_eq!(names(&["list", "--newest-first", "--limit", "1"]).await, ["tokens/contoso~2600215704920"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_their_own_words_where_programs_see_those_of_the_contract() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    assert_eq!(fleet.tokenadm(&["assign", &device.serial, USER]).await.exit, 5);
    fleet.operator("jiro", &[Role::Counter, Role::Desk]).await;
    let table = fleet.done(&["audit", "list", "--lang", "ja"]).await.stdout;
    assert!(table.contains("貸出  ") && table.contains("拒否（TOKEN_ALREADY_LENT）"), "{table}");
    // Whatever the server records has a word.
    let actions = fleet.done(&["audit", "list", "--lang", "ja", "--columns", "action", "--no-headers"]).await.stdout;
    assert!(!actions.contains('.'), "{actions}");
    let table = fleet.done(&["operator", "list", "--lang", "ja"]).await.stdout;
    assert!(table.contains("窓口（counter），貸出（desk）"), "{table}");
    let document = fleet.done(&["operator", "list", "--lang", "ja", "--json"]).await.document();
    assert_eq!(document["operators"][1]["roles"], serde_json::json!(["counter", "desk"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_colour_unless_somebody_minds() {
    let fleet = Fleet::start().await;
    let unknown = ["show", "4711"];
    for (arguments, environment, colored) in [
        (&unknown[..], &[][..], true),
        (&unknown, &[("NO_COLOR", "1")], false),
        (&unknown, &[("CLICOLOR", "0")], false),
        (&unknown, &[("TERM", "dumb")], false),
        (&["show", "4711", "--color", "never"], &[], false),
        (&["show", "4711", "--color", "always"], &[("NO_COLOR", "1")], true),
    ] {
        let (exit, screen) = seen(on_a_terminal(&fleet.admin, arguments, environment)).await;
        assert_eq!((exit, screen.contains('\u{1b}')), (3, colored), "{arguments:?} {environment:?}: {screen:?}");
    }
    for (environment, colored) in [(&[][..], false), (&[("CLICOLOR_FORCE", "1")], true)] {
        let piped = tokenadm(&fleet.admin, &unknown, environment).output().await.unwrap();
        assert_eq!(piped.stderr.contains(&0x1b), colored, "{environment:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_with_a_japanese_locale_read_its_characters_and_programs_read_utf_8() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    fleet.lend(&device, USER).await;
    for (locale, lent, done) in [
        ("ja_JP.SJIS", &b"\x91\xdd\x8f\x6f\x92\x86"[..], &b"OK 2600215704919"[..]),
        ("ja_JP.eucJP", b"\xc2\xdf\xbd\xd0\xc3\xe6", b"OK 2600215704919"),
        ("ja_JP.UTF-8", "貸出中".as_bytes(), "✓ 2600215704919".as_bytes()),
    ] {
        let run = async |arguments: &[&str]| {
            let ran = tokenadm(&fleet.admin, arguments, &[("LC_ALL", locale)]).output().await.unwrap();
            (ran.stdout, ran.stderr)
        };
        let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        let (help, _) = run(&["list", "--help"]).await;
        assert!(has(&help, lent), "{locale}");
        let (table, _) = run(&["list"]).await;
        assert!(has(&table, lent), "{locale}: {table:?}");
        let (_, refusal) = run(&["assign", &device.serial, USER]).await;
        assert!(has(&refusal, lent) && String::from_utf8(refusal).is_err() == (locale != "ja_JP.UTF-8"), "{locale}");
        let (_, refusal) = run(&["assign", &device.serial, USER, "--json"]).await;
        assert!(has(&refusal, "貸出中".as_bytes()), "a document: {locale}");
        let (csv, _) = run(&["list", "-o", "csv", "--bom"]).await;
        assert!(csv.starts_with("\u{feff}serial,".as_bytes()), "{locale}");
        let (answer, _) = run(&["return", &device.serial, "--leaves-none"]).await;
        assert!(answer.starts_with(done), "{locale}: {answer:?}");
        fleet.admin.assign(&device.serial, USER).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_in_a_japanese_locale_is_understood() {
    let fleet = Fleet::start().await;
    let device = Device::clock("2600215704919");
    for (locale, typed) in [
        // 2600215704919, full-width.
        ("ja_JP.SJIS", b"\x82\x51\x82\x55\x82\x4f\x82\x4f\x82\x51\x82\x50\x82\x54\x82\x56\x82\x4f\x82\x53\x82\x58\x82\x50\x82\x58\n"),
        ("ja_JP.eucJP", b"\xa3\xb2\xa3\xb6\xa3\xb0\xa3\xb0\xa3\xb2\xa3\xb1\xa3\xb5\xa3\xb7\xa3\xb0\xa3\xb4\xa3\xb9\xa3\xb1\xa3\xb9\n"),
    ] {
        if fleet.admin.tokens("").await.unwrap().is_empty() {
            fleet.stock(&[&device]).await;
        }
        fleet.admin.assign(&device.serial, USER).await.unwrap();
        let mut command = tokenadm(&fleet.admin, &["return", "--scan", "--leaves-none"], &[("LC_ALL", locale)]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed).await.unwrap();
        assert!(child.wait().await.unwrap().success(), "{locale}");
        assert_eq!(fleet.admin.token(&device.serial).await.unwrap().user_id, "", "{locale}");
    }
}
