//! A day at the counter, from the first delivery to the last report: docs/counter.md and docs/counter.ja.md.

use chrono::TimeDelta;
use tokenfleet_proto::v1::Role;
use tokenfleet_tests::{Device, Reader, Story, Words, bless, entra_file};

/// The day begins at 9:00 in Japan, a Tuesday.
const BEGIN: &str = "2026-11-24T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_counter_in_english() {
    bless::compare("counter.md", &told_to(Reader::English).await, "transcripts::counter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_counter_in_japanese() {
    bless::compare("counter.ja.md", &told_to(Reader::Japanese).await, "transcripts::counter");
}

const TITLE: Words = [
    "# A day at the counter

What a support desk does on one made-up day, with what tokenadm answers, from a real fleet; a test runs all of it. Every
command by itself: [cli.md](cli.md). The same in Japanese: [counter.ja.md](counter.ja.md).
",
    "# 窓口の一日

ある一日の窓口の操作と tokenadm の応答です（架空の例）．実際のフリートで実行しており，応答が変わるとテストが失敗します．
コマンドごとの説明: [cli.ja.md](cli.ja.md)．英語版: [counter.md](counter.md)
",
];

/// The tokens of the day.
struct Delivery {
    hongo: Vec<Device>,
    komaba: Vec<Device>,
}

impl Delivery {
    fn new() -> Self {
        let device = |number: usize| Device::clock(&format!("26002157{number:05}"));
        let mut hongo: Vec<_> = (101..=112).map(device).collect();
        // It has lain on the shelf for long.
        hongo[4] = device(105).drifted(-240);
        Self { hongo, komaba: (201..=204).map(device).collect() }
    }
}

/// The people of the day: by ID, name and department.
const PEOPLE: &str = "\
user_id,name,kana,latin,department,kind,until,merged_into
0000000001,山田 花子,ヤマダ ハナコ,Yamada Hanako,Letters,faculty,,
0000000002,佐藤 太郎,サトウ タロウ,Sato Taro,Letters,staff,,
0000000003,鈴木 一郎,スズキ イチロウ,Suzuki Ichiro,Law,faculty,2026-11-30,
0000000004,高橋 次郎,タカハシ ジロウ,Takahashi Jiro,Law,staff,,
0000000005,田中 京子,タナカ キョウコ,Tanaka Kyoko,Medicine,faculty,,
0000000006,伊藤 健,イトウ ケン,Ito Ken,Medicine,staff,,
0000000007,渡辺 真理,ワタナベ マリ,Watanabe Mari,Medicine,staff,,
0000000008,山本 豊,ヤマモト ユタカ,Yamamoto Yutaka,Science,faculty,2026-11-30,
0000000009,中村 恵,ナカムラ メグミ,Nakamura Megumi,Science,staff,,
0000000010,小林 学,コバヤシ マナブ,Kobayashi Manabu,Science,staff,,
";

async fn told_to(reader: Reader) -> String {
    let mut story = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    let delivery = Delivery::new();
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    deliveries(&mut story, &delivery).await;
    stocktake(&mut story, &delivery).await;
    people(&mut story).await;
    loans(&mut story, &delivery).await;
    visitors(&mut story, &delivery).await;
    evening(&mut story, &delivery).await;
    paperwork(&mut story, &delivery).await;
    format!("{}{}", reader.of(TITLE), story.take())
}

async fn deliveries(story: &mut Story, delivery: &Delivery) {
    story.chapter(["9:00, two deliveries", "9時　納品が二件"]);
    story.done("tokenadm location add hongo --en Hongo --ja 本郷").await;
    story.done("tokenadm location add komaba --en Komaba --ja 駒場").await;
    story.file("hongo.csv", entra_file(&delivery.hongo.iter().collect::<Vec<_>>()));
    story.file("komaba.csv", entra_file(&delivery.komaba.iter().collect::<Vec<_>>()));
    story.done("tokenadm import hongo.csv --location hongo --dry-run").await;
    story.done("tokenadm import hongo.csv --location hongo").await;
    story.done("tokenadm import komaba.csv --location komaba").await;
    story.say([
        "Two of those for Hongo are wanted in Komaba, and travel with a list of their own.",
        "本郷のうち2本は駒場で使うため，一覧を付けて送ります．",
    ]);
    let sent = format!("{} {}", delivery.hongo[10].serial, delivery.hongo[11].serial);
    story.done(&format!("tokenadm transfer {sent} --to komaba --note 'box 3'")).await;
    story.done("tokenadm receive 2026-11-24-a").await;
}

async fn stocktake(story: &mut Story, delivery: &Delivery) {
    story.chapter(["9:40, the shelf is counted", "9時40分　棚卸し"]);
    story.later(2_400);
    story.say([
        "One token can't be found, and one of Komaba's lies among them.",
        "1本が見当たらず，駒場のものが1本紛れています．",
    ]);
    let mut lying: Vec<_> = delivery.hongo[..9].iter().map(|device| device.serial.as_str()).collect();
    lying.push(&delivery.komaba[0].serial);
    story.file("scanned.txt", format!("{}\n", lying.join("\n")));
    story.done("tokenadm stocktake start --location hongo").await;
    story.done("tokenadm stocktake scan 2026-11-24-a < scanned.txt").await;
    story.done("tokenadm stocktake close 2026-11-24-a --apply").await;
    story.done("tokenadm stock").await;
}

async fn people(story: &mut Story) {
    story.chapter(["10:00, the list of people", "10時　利用者の名簿"]);
    story.later(1_200);
    story.file("people.csv", PEOPLE);
    story.done("tokenadm directory import people.csv").await;
}

async fn loans(story: &mut Story, delivery: &Delivery) {
    story.chapter(["10:20, ten loans", "10時20分　貸出10件"]);
    story.later(1_200);
    let devices = &delivery.hongo;
    story.say([
        "Somebody comes to the desk with a staff card. The code proves that the device in hand is the one that was typed.",
        "職員証を持った利用者が来ました．確認コードで，手元のトークンが入力した番号のものだと確かめます．",
    ]);
    let code = devices[0].code(story.fleet.now());
    story
        .done(&format!(
            "tokenadm assign {} 0000000001 --route self --checked staff-card --code {code} --slip yamada.html",
            devices[0].serial
        ))
        .await;
    story.say([
        "The next device is the wrong one: its codes are those of its neighbour.",
        "次は，隣のトークンを取ってしまいました．",
    ]);
    let wrong = devices[2].codes(story.fleet.now() - TimeDelta::seconds(30), 2);
    let assign = format!("tokenadm assign {} 0000000002 --route self --checked staff-card", devices[1].serial);
    story.run(8, &format!("{assign} --code {} --code {}", wrong[0], wrong[1])).await;
    let right = devices[1].codes(story.fleet.now() - TimeDelta::seconds(30), 2);
    story.done(&format!("{assign} --code {} --code {}", right[0], right[1])).await;
    story.say([
        "Two wait in line; their tokens and cards are scanned one after the other.",
        "並んでいる2人には，トークンとカードを続けて読み取って貸し出します．",
    ]);
    story.file("line.txt", format!("{}\n0000000003\n{}\n0000000004\n", devices[2].serial, devices[3].serial));
    story.done("tokenadm assign --scan --route self --checked staff-card < line.txt").await;
    story.say([
        "A department's administrator has asked for six of their people, on one list.",
        "部局管理者からは，6人分の代理申請が一つの一覧で届いています．",
    ]);
    let rows: Vec<_> = (5..=10)
        .zip(devices[4..9].iter().chain([&delivery.komaba[0]]))
        .map(|(user, device)| format!("{},{user:010},proxy,R-1024,2027-03-31", device.serial))
        .collect();
    let list = |rows: &[String]| format!("serial,user,route,ticket,until\n{}\n", rows.join("\n"));
    let mut mistyped = rows.clone();
    mistyped[2] = mistyped[2].replace("0000000007", "000000007");
    story.file("mistyped.csv", list(&mistyped));
    story.run(6, "tokenadm assign --from-file mistyped.csv").await;
    story.file("proxy.csv", list(&rows));
    story.done("tokenadm assign --from-file proxy.csv").await;
}

async fn visitors(story: &mut Story, delivery: &Delivery) {
    story.chapter(["14:00, visitors", "14時　窓口"]);
    story.later(13_200);
    let counter = story.fleet.operator("akira", &[Role::Counter]).await;
    story.profile(&counter, "akira");
    story.say([
        "Akira, a student at the counter, checks a token for the person who brings it; he never sees whose another one is.",
        "学生スタッフの akira は，持ってきた本人のトークンだけを確かめられます．ほかの人のものかどうか以上は分かりません．",
    ]);
    let drifted = &delivery.hongo[4];
    let akira = "tokenadm --config akira";
    let code = drifted.code(story.fleet.now());
    story.run(8, &format!("{akira} verify {} {code} --for 0000000005", drifted.serial)).await;
    let codes = drifted.codes(story.fleet.now() - TimeDelta::seconds(30), 2);
    let resync = format!("{akira} resync {} {} {}", drifted.serial, codes[0], codes[1]);
    story.run(2, &resync).await;
    story.run(5, &format!("{resync} --for 0000000006")).await;
    story.done(&format!("{resync} --for 0000000005")).await;
    story.done(&format!("{akira} ready 0000000005")).await;
}

async fn evening(story: &mut Story, delivery: &Delivery) {
    story.chapter(["18:20, a token is lost", "18時20分　紛失"]);
    story.later(15_600);
    let spare = &delivery.komaba[1];
    let code = spare.code(story.fleet.now());
    story.say([
        "A professor has lost hers, and can't sign in to anything. In one step the lost one counts no more and she has another.",
        "トークンをなくすと，どこにもサインインできません．一度の操作で，なくしたものを止め，代わりを貸し出します．",
    ]);
    story
        .done(&format!(
            "tokenadm replace {} {} --reason lost --code {code} --checked other-photo-id --slip new.html",
            delivery.hongo[0].serial, spare.serial
        ))
        .await;
    story.done("tokenadm ready 0000000001").await;
}

async fn paperwork(story: &mut Story, delivery: &Delivery) {
    story.chapter(["The next morning, paperwork", "翌朝　事務処理"]);
    story.later(52_800);
    story.say([
        "Two IDs of one person were merged; the list says into which.",
        "共通IDが統合されました．統合先は名簿で分かります．",
    ]);
    let merged = PEOPLE.replace("Sato Taro,Letters,staff,,", "Sato Taro,Letters,staff,,0000000011");
    story.file("people.csv", format!("{merged}0000000011,佐藤 太郎,サトウ タロウ,Sato Taro,Letters,faculty,,\n"));
    story.done("tokenadm directory import people.csv").await;
    story.done("tokenadm move 0000000002 0000000011 --note 'IDs merged'").await;
    story.say(["Somebody hands theirs in.", "返却がありました．"]);
    story.done(&format!("tokenadm return {} --reason leaving", delivery.hongo[3].serial)).await;
    story.say([
        "Two people leave at the end of the month; they get a letter each.",
        "月末で離籍する2人に手紙を出します．",
    ]);
    let leavers = "user = \"0000000003\" OR user = \"0000000008\"";
    story
        .done(&format!("tokenadm campaign create leavers-2026-11 --kind leavers --filter '{leavers}' --due 2026-11-30"))
        .await;
    story.done("tokenadm campaign letters leavers-2026-11 --out letters").await;
    story.done("tokenadm campaign tokens leavers-2026-11").await;
    story.say(["What is left to do, and what the year will want.", "残っている仕事と，来年度までの見通しです．"]);
    story.done("tokenadm report unproven").await;
    story.done("tokenadm report forecast").await;
    story.done("tokenadm report purchase").await;
    story.done(&format!("tokenadm loans {}", delivery.hongo[0].serial)).await;
    story.done("tokenadm audit verify | sed 's/[0-9a-f]\\{64\\}/…/'").await;
}
