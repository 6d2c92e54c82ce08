//! What each command answers programs.

use serde_json::Value;
use tokenfleet_tests::{Caller, Device, Ran, Story, entra_file};

use super::Tokens;

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Every command in JSON", "全コマンドの JSON 形式"]);
    story.say([
        "The form of these documents is kept: fields are added, none is renamed or taken away. What is not known is null, \
         times are UTC.",
        "これらの形式は維持されます．項目が増えることはあっても，名前が変わったり，なくなったりはしません．\
         分からない値は null，時刻は UTC です．",
    ]);
    seed_files_and_lots(story).await;
    deeds(story, tokens).await;
    operators(story).await;
    record(story).await;
    here_and_there(story).await;
}

async fn seed_files_and_lots(story: &mut Story) {
    story.done("tokenadm inspect buttons.csv --json").await;
    story.run(6, "tokenadm import seeds.csv april.csv --dry-run --json").await;
    story.file("again.csv", entra_file(&[&Device::clock("2600215704999")]));
    story.done("tokenadm import again.csv -o jsonl").await;
    story.done("tokenadm lot list --limit 1 --json").await;
    story.done("tokenadm lot show 2026-11-24-a --json").await;
    story.done("tokenadm lot revert 2026-11-24-g --confirm=2026-11-24-g --json").await;
}

async fn deeds(story: &mut Story, tokens: &Tokens) {
    let (good, near, slow) = (&tokens.good.serial, &tokens.near.serial, &tokens.slow.serial);
    story.later(3600);
    let now = story.fleet.now();
    story.done(&format!("tokenadm show {near} --json")).await;
    story.done(&format!("tokenadm return {near} --leaves-none --json | grep -E 'state|returned_by|dry_run'")).await;
    story.done(&format!("tokenadm assign {near} 1111111111 --json")).await;
    story.done(&format!("tokenadm verify {good} {} --json | grep -A 8 verdict", tokens.good.code(now))).await;
    let codes = tokens.slow.codes(now, 2);
    story.done(&format!("tokenadm resync {slow} {} {} --json | grep -A 8 verdict", codes[0], codes[1])).await;
}

async fn operators(story: &mut Story) {
    story.done("tokenadm operator add shiro --role verifier --out shiro --json").await;
    story.done("tokenadm operator set shiro --department letters --json").await;
    story.done("tokenadm --config shiro operator renew --json").await;
    story.done("tokenadm operator issue-cert shiro --out shiro-new --json").await;
    story.done("tokenadm operator revoke shiro --confirm=shiro --json").await;
    story.done("tokenadm operator list --limit 1 --json").await;
    story.done("tokenadm whoami --json").await;
}

async fn record(story: &mut Story) {
    story.done("tokenadm audit list --limit 1 --json").await;
    let head = head(&story.fleet.admin).await;
    story.stand_in(&head, &super::HEAD[..head.len()]);
    story.done("tokenadm audit verify --json").await;
}

async fn here_and_there(story: &mut Story) {
    story.done("tokenadm status --json").await;
    story.done("tokenadm doctor --json").await;
    story.done("tokenadm config --json").await;
    story.done("tokenadm profile list --json").await;
    story.done("tokenadm profile show --json").await;
    story.done("tokenadm profile use hanako --json").await;
    practice(story).await;
    story.done("tokenadm profile export --pkcs12 jsonl.pfx --password-file password.txt --json").await;
    story.done("tokenadm man --out man1 --json").await;
    story.done("tokenadm version --json").await;
}

async fn practice(story: &mut Story) {
    let learn_serial =
        |ran: &Ran| vec![(text(&ran.document()["practice"]["tokens"][0]["serial"]), "9912347".to_owned())];
    let made = story.run_and_learn(0, "tokenadm practice new --tokens 1 --out solo --json", learn_serial).await;
    for (serial, shown) in learn_serial(&made) {
        story.stand_in(&serial, &shown);
        let line = format!("tokenadm practice code {serial} --dir solo --json");
        let learn_code = |ran: &Ran| vec![(text(&ran.document()["code"]), "492039".to_owned())];
        story.run_and_learn(0, &line, learn_code).await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The head of the record, which no two runs have in common.
pub(super) async fn head(admin: &Caller) -> String {
    admin.chains().await.unwrap().remove(0).head
}
