//! Lots that are not open: a file that reads both ways, a quarantine, a recall.

use data_encoding::BASE32_NOPAD;
use tokenfleet_tests::{Device, Story};

use super::{OTHER_USER, USER};

/// Secrets that read as hex and as Base32 alike; the vendor meant Base32.
const SECRETS: [&str; 3] =
    ["F4B2D7A63C5E2F7B4D6A3C2E5F7B6D4A", "3C2E5F7B6D4AF4B2D7A63C5E2F7B4D6A", "2F7B4D6A3C2E5F7B6D4AF4B2D7A63C5E"];

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["Proving a lot and calling it back", "ロットの読み方の確認と回収"]);
    let admin = story.fleet.admin.clone();
    story.profile(&admin, ".config/tokenadm");
    let devices: Vec<Device> = (1..).zip(SECRETS).map(device).collect();
    reading(story, &devices).await;
    recalling(story, &devices).await;
    in_json(story, &devices).await;
}

fn device((nth, secret): (u32, &str)) -> Device {
    Device::clock(&format!("360000000000{nth}")).with_seed(BASE32_NOPAD.decode(secret.as_bytes()).unwrap())
}

async fn reading(story: &mut Story, devices: &[Device]) {
    story.say([
        "Some files read as hex and as Base32 alike, and nobody says which it is. Their lot is closed until a code that one \
         of its tokens shows settles it: none of them can be lent before.",
        "16進とも Base32 とも読めるファイルがあります．そのようなロットは，どれか一つのトークンのコードで読み方が決まるまで\
         閉じたままで，貸し出せません．",
    ]);
    let rows =
        devices.iter().zip(SECRETS).map(|(device, secret)| format!("{},{secret},30,Deepnet,SafeID\n", device.serial));
    let heading = "serial number,secret key,time interval,manufacturer,model\n".to_owned();
    story.file("both.csv", std::iter::once(heading).chain(rows).collect::<String>());
    let [first, second, third] = devices else { panic!("three tokens") };
    story.done("tokenadm import both.csv --dry-run").await;
    story.done("tokenadm import both.csv").await;
    story.done("tokenadm import both.csv").await;
    story.done("tokenadm lot list --limit 1").await;
    story.run(5, &format!("tokenadm assign {} 0123456789", first.serial)).await;
    let prove = format!("tokenadm lot prove 2026-11-24-a {}", first.serial);
    let shown = |story: &Story| first.code(story.fleet.now());
    story.run(8, &format!("{prove} {}", second.code(story.fleet.now()))).await;
    story.done(&format!("{prove} {} --dry-run", shown(story))).await;
    story.done(&format!("{prove} {} --note 'ticket 4711'", shown(story))).await;
    story.run(8, &format!("{prove} {}", shown(story))).await;
    story.done("tokenadm lot show 2026-11-24-a").await;
    story.say([
        "Any lot can be checked by sample, at any time. Two codes that follow each other also find a clock that is far off.",
        "どのロットも，いつでも抜き取りで確かめられます．続けて表示された二つのコードなら，時計が大きくずれていても確かめられます．",
    ]);
    let two = third.clone().drifted(-2000).codes(story.fleet.now(), 2);
    story.done(&format!("tokenadm lot prove 2026-11-24-a {} {} {}", third.serial, two[0], two[1])).await;
}

async fn recalling(story: &mut Story, devices: &[Device]) {
    let [first, second, _] = devices else { panic!("three tokens") };
    story.say([
        "A quarantine stops a lot at once, codes of people included, until it is opened again.",
        "隔離すると，貸出も，貸出中のトークンの確認コードも，開き直すまでただちに止まります．",
    ]);
    story.fleet.admin.assign(&first.serial, USER).await.unwrap();
    story.fleet.admin.assign(&second.serial, OTHER_USER).await.unwrap();
    let quarantine = "tokenadm lot quarantine 2026-11-24-a --reason seeds-exposed";
    story.done(&format!("{quarantine} --dry-run")).await;
    story.run(2, quarantine).await;
    story.run_on_terminal(0, quarantine, &["2026-11-24-a"]).await;
    story.later(60);
    story.run(5, &format!("tokenadm verify {} {}", first.serial, first.code(story.fleet.now()))).await;
    story.done("tokenadm lot open 2026-11-24-a --reason resolved --dry-run").await;
    story.done("tokenadm lot open 2026-11-24-a --reason resolved --note 'it was another lot'").await;
    story.say([
        "A recall stops lending alone and lists who holds what; their codes count until they are stopped, one by one or all.",
        "回収では，新たな貸出だけが止まり，誰が持っているかが一覧になります．確認コードは，一つずつ，またはすべてを指定して止めるまで有効です．",
    ]);
    let recall = "tokenadm lot recall 2026-11-24-a";
    story.run(5, &format!("{recall} --stop-all --confirm=2026-11-24-a")).await;
    story.done(&format!("{recall} --reason vendor-notice --dry-run")).await;
    story.done(&format!("{recall} --reason vendor-notice")).await;
    story.done(&format!("{recall} -o csv")).await;
    story.done(&format!("tokenadm verify {} {}", first.serial, first.code(story.fleet.now()))).await;
    story.done(&format!("{recall} --stop {} --dry-run", first.serial)).await;
    story.done(&format!("{recall} --stop {}", first.serial)).await;
    story.run(5, &format!("{recall} --stop {}", first.serial)).await;
    story.done(&format!("{recall} --stop-all --confirm=2026-11-24-a")).await;
    story.run(5, &format!("tokenadm verify {} {}", second.serial, second.code(story.fleet.now()))).await;
}

async fn in_json(story: &mut Story, devices: &[Device]) {
    let [_, second, _] = devices else { panic!("three tokens") };
    story.say(["The same for programs.", "プログラム向けの出力です．"]);
    let code = second.code(story.fleet.now());
    story.done("tokenadm lot recall 2026-11-24-a --limit 1 --json | head -n 20").await;
    story.done("tokenadm lot open 2026-11-24-a --json").await;
    story.done("tokenadm lot quarantine 2026-11-24-a --confirm=2026-11-24-a --json").await;
    story.done(&format!("tokenadm lot prove 2026-11-24-a {} {code} --json | head -n 40", second.serial)).await;
    story.done("tokenadm lot show 2026-11-24-a --json").await;
}
