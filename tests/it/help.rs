//! Help, wrong usage, man pages and completions of `tokenadm`, in the language of whoever asks; no server is needed.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tokenfleet_tests::Ran;
use tokenfleet_tests::command::binary;

/// Runs a program with nothing of this environment but what is said here.
fn run<S: AsRef<OsStr>>(program: S, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("LC_ALL", "C.UTF-8")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { exit: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn tokenadm(arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    run(binary("tokenadm"), arguments, environment)
}

/// A profile that asks for Japanese.
fn japanese_profile(folder: &Path) -> String {
    let text =
        "server = \"https://127.0.0.1:1\"\nca = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\nlang = \"ja\"\n";
    fs::write(folder.join("config.toml"), text).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn help_is_in_the_language_of_the_option_the_environment_the_profile_or_the_locale() {
    let folder = tempfile::tempdir().unwrap();
    let profile = japanese_profile(folder.path());
    for (arguments, environment) in [
        (&["--lang", "ja"][..], &[][..]),
        (&["--lang=ja"], &[("TOKENADM_LANG", "en")]),
        (&[], &[("TOKENADM_LANG", "ja")]),
        (&["--config", &profile], &[]),
        (&[], &[("TOKENADM_CONFIG", profile.as_str())]),
        (&[], &[("LC_ALL", "ja_JP.UTF-8")]),
    ] {
        for help in [&["assign", "-h"][..], &["assign", "--help"], &["help", "assign"]] {
            let ran = tokenadm(&[arguments, help].concat(), environment);
            assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
            assert!(ran.stdout.starts_with("トークンを人に貸し出します\n\n"), "{ran:?}");
            assert!(ran.stdout.contains("\n使い方: tokenadm assign "), "{ran:?}");
        }
    }
    for environment in [&[][..], &[("TOKENADM_LANG", "en"), ("LC_ALL", "ja_JP.UTF-8")]] {
        let ran = tokenadm(&["assign", "-h"], environment);
        assert!(ran.stdout.starts_with("Lends a token to a person\n\nUsage: tokenadm assign "), "{ran:?}");
    }
}

#[test]
fn wrong_usage_is_named_in_japanese_with_the_synopsis_and_exits_as_in_english() {
    let japanese = [("TOKENADM_LANG", "ja"), ("TOKENADM_TIMEOUT", "5")];
    let ran = tokenadm(&["import", "--dryrun", "seeds.csv"], &japanese);
    let said = "エラー: '--dryrun' という引数はありません\n\n  もしかして: --dry-run\n\n\
                使い方: tokenadm import --dry-run <FILE>...\n\n詳しくは --help を付けて実行してください．\n";
    assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (2, "", said));
    let english = tokenadm(&["import", "--dryrun", "seeds.csv"], &[]);
    assert_eq!((english.exit, english.stdout.as_str()), (2, ""));
    assert!(english.stderr.starts_with("error: unexpected argument '--dryrun' found\n"), "{english:?}");

    let bare = tokenadm(&[], &japanese);
    assert_eq!((bare.exit, bare.stdout.as_str()), (2, ""));
    assert!(bare.stderr.contains("\n使い方: tokenadm [OPTIONS] <COMMAND>\n"), "{bare:?}");
}

#[test]
fn a_document_of_wrong_usage_is_in_the_callers_language_too() {
    for (lang, message) in [
        ("ja", "必要な引数がありません: <SERIAL|USER-ID>"),
        ("en", "the following required arguments were not provided: <SERIAL|USER-ID>"),
    ] {
        let ran = tokenadm(&["show", "--json", "--lang", lang], &[]);
        let error: Value = ran.error();
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
        assert_eq!(error["error"]["message"], message);
        assert_eq!((&error["error"]["reason"], &error["exit_code"]), (&"USAGE".into(), &2.into()));
    }
}

#[test]
fn japanese_help_fits_the_terminal_it_is_on() {
    let line = format!("stty rows 20 cols 50; '{}' return -h --lang ja", binary("tokenadm").display());
    let ran = run("script", &["--quiet", "--return", "--command", &line, "/dev/null"], &[("TERM", "dumb")]);
    let help = ran.stdout.replace("\r\n", "\n");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(
        help.contains(
            "\n  [SERIAL|USER-ID]  トークン裏面のシリアル番号，\n                    または借りている人の共通ID\n"
        ),
        "{help}"
    );
}

#[test]
fn every_shell_takes_its_script_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    for lang in ["en", "ja"] {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let ran = tokenadm(&["completions", shell, "--lang", lang], &[]);
            assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{shell}");
            let script = folder.path().join(format!("{lang}.{shell}"));
            fs::write(&script, ran.stdout).unwrap();
            // The shells that are not everywhere were tried by hand.
            if shell == "bash" {
                let ran = run(shell, &["-n", script.to_str().unwrap()], &[]);
                assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{lang} {shell}");
            }
        }
    }
    let script = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_ne!(script("en.fish"), script("ja.fish"), "the descriptions are in the language");
    assert_eq!(script("en.powershell"), script("ja.powershell"), "it may be read in the computer's old code page");
}

#[test]
fn man_pages_are_written_in_the_language_of_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    for (lang, name) in [("en", "Lends a token to a person"), ("ja", "トークンを人に貸し出します")] {
        let out = folder.path().join(lang);
        let ran = tokenadm(&["man", "--out", out.to_str().unwrap(), "--lang", lang], &[]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let page = fs::read_to_string(out.join("tokenadm-assign.1")).unwrap();
        assert!(page.replace("\\:", "").contains(&format!("assign \\- {name}\n")), "{page}");
        let index = fs::read_to_string(out.join("tokenadm.1")).unwrap();
        assert!(index.contains("tokenadm\\-man(1)"), "the command for it is no secret: {index}");
    }
}
