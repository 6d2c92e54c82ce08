//! Practice with made-up tokens.

use std::fs;

use tokenfleet_tests::Story;

/// The serials that are shown for those that were drawn.
const SERIALS: [&str; 2] = ["9912345", "9912346"];

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["Practice", "練習"]);
    let serials = made(story).await;
    played(story, &serials).await;
    refused(story, &serials).await;
}

async fn made(story: &mut Story) -> Vec<String> {
    story.say([
        "Made-up tokens to learn with: a vendor's file, and devices to play. Nothing here needs a server.",
        "練習用の架空のトークンです．製造元のファイルと，動かせる機器ができます．サーバは要りません．",
    ]);
    let place = story.path("practice/seeds.csv");
    let made = "tokenadm practice new --tokens 2 --out practice --drift -310@2";
    story.run_and_learn(0, made, |_| stand_ins(&fs::read_to_string(&place).unwrap())).await;
    for (serial, shown) in stand_ins(&fs::read_to_string(&place).unwrap()) {
        story.stand_in(&serial, &shown);
    }
    serials(&fs::read_to_string(&place).unwrap())
}

async fn played(story: &mut Story, serials: &[String]) {
    let (good, slow) = (&serials[0], &serials[1]);
    let code = format!("tokenadm practice code {good} --dir practice");
    story.run_and_learn(0, &code, |ran| vec![(ran.stdout.trim().to_owned(), "492039".to_owned())]).await;
    story.say([
        "They are imported, lent and verified as real ones are. The second one is slow, and has to be resynced.",
        "実物と同じように取り込み，貸し出し，判定できます．2本目は時計が遅れており，時刻補正が必要です．",
    ]);
    story.done("tokenadm import practice/seeds.csv --quiet").await;
    story.done(&format!("tokenadm assign {good} 4444444444 --code $({code})")).await;
    let code = format!("tokenadm practice code {slow} --dir practice");
    story.run(8, &format!("tokenadm assign {slow} 4444444444 --code $({code})")).await;
    story.done(&format!("tokenadm resync {slow} $({code}) $({code} --next)")).await;
}

async fn refused(story: &mut Story, serials: &[String]) {
    story.say([
        "Practice plays what it made itself, never a real token.",
        "練習用のコマンドは，自分で作ったものだけを扱い，実物は扱いません．",
    ]);
    story.run(3, "tokenadm practice code 2600215704919 --dir practice").await;
    story.file("foreign/devices/2600215704919.json", "{}");
    story.run(2, "tokenadm practice code 2600215704919 --dir foreign").await;
    story.run(2, &format!("tokenadm practice code {} --dir practice --at noon", serials[0])).await;
    story.run(2, "tokenadm practice new --tokens 2 --out more --drift -310@3").await;
    story.run(2, "tokenadm practice new --tokens 2 --out more --type hotp").await;
    story.run(2, "tokenadm practice new --tokens 2 --out more --vendor oath-csv --type hotp --period 60").await;
}

fn serials(file: &str) -> Vec<String> {
    file.lines().skip(1).filter_map(|line| line.split(',').nth(1)).map(str::to_owned).collect()
}

fn stand_ins(file: &str) -> Vec<(String, String)> {
    serials(file).into_iter().zip(SERIALS.map(str::to_owned)).collect()
}
