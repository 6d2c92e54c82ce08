//! Looking ahead: what a desk does next, and what the fleet will need.

use tokenfleet_tests::Story;

use super::{OTHER_USER, Tokens, USER};

const DAY: i64 = 86_400;

const PEOPLE: &str = "\
user_id,name,latin,department,until
0123456789,山田 花子,Yamada Hanako,letters,2026-12-31
1111111111,佐藤 太郎,Sato Taro,law,
";

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Worklists and reports", "作業リストとレポート"]);
    story.fleet.stock(&[&tokens.good, &tokens.near, &tokens.spare, &tokens.shelf]).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    worklists(story, tokens).await;
    clocks(story, tokens).await;
    sums(story).await;
    forms(story).await;
    refusals(story).await;
}

async fn worklists(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.done(&format!("tokenadm assign {good} {USER} --department letters")).await;
    story.done(&format!("tokenadm assign {near} {OTHER_USER} --department law --until 2026-12-24")).await;
    story.say([
        "A worklist has a row for each token that somebody should look after, with the command that comes next. Those \
         that nobody has proven:",
        "作業リストには，対応が必要なトークンと次の操作が並びます．貸出後にまだ確認されていないもの:",
    ]);
    story.done("tokenadm report unproven").await;
    let code = tokens.good.code(story.fleet.now());
    story.done(&format!("tokenadm verify {good} {code} --quiet")).await;
    story.later(40 * DAY);
    story.say(["Overdue, and not seen for long:", "返却期限を過ぎたもの，長く確認されていないもの:"]);
    story.done("tokenadm report overdue").await;
    story.done("tokenadm report dormant --days 30").await;
    story.done("tokenadm report dormant --since 2026-11-01").await;
    for code in tokens.near.wrong_codes(story.fleet.now(), 3) {
        story.fleet.admin.verify(near, &code).await.unwrap_err();
        story.later(600);
    }
    story.say(["With wrong codes in a row:", "確認コードの誤りが続いているもの:"]);
    story.done("tokenadm report failing").await;
    story.say(["With people who have left, by the directory:", "名簿によると離籍した人が借りているもの:"]);
    story.file("people.csv", PEOPLE);
    story.done("tokenadm directory import people.csv").await;
    story.done("tokenadm report leavers").await;
}

async fn clocks(story: &mut Story, tokens: &Tokens) {
    let shelf = &tokens.shelf;
    let codes = shelf.codes(story.fleet.now(), 2);
    story.fleet.admin.resync(&shelf.serial, &codes).await.unwrap();
    story.later(60 * DAY);
    let slow = shelf.clone().drifted(-90);
    story.fleet.admin.resync(&slow.serial, &slow.codes(story.fleet.now(), 2)).await.unwrap();
    story.say([
        "Which tokens on the shelf leave the window of Entra, and when; how fast clocks drift; whether they moved \
         together, as they do when the server's own clock is wrong:",
        "在庫のうち，時刻が Entra の許容範囲を外れるものとその日時．時刻ずれの速さ．\
         多くの時刻が同時に動いた日（サーバの時計の誤りが疑われます）:",
    ]);
    story.done("tokenadm report drift").await;
    story.done("tokenadm report rates").await;
    story.done("tokenadm report fleet-clock").await;
}

async fn sums(story: &mut Story) {
    story.say([
        "Reports have sums: the inventory, loans by month, batteries that end by fiscal year, and what should be bought. \
         What they assume is said.",
        "集計のレポートには，在庫一覧，月別の貸出件数，年度別の電池切れ予測，購入案があります．前提も示します．",
    ]);
    story.done("tokenadm report inventory").await;
    story.done("tokenadm report loans").await;
    story.done("tokenadm report forecast").await;
    story.done("tokenadm report purchase").await;
    story.done("tokenadm report expiring --days 1825 --columns serial,lot,end_time,next").await;
}

async fn forms(story: &mut Story) {
    story.say(["Each comes in every form, and as a picture.", "どれもすべての形式で出力でき，図にもなります．"]);
    story.done("tokenadm report purchase --json").await;
    story.done("tokenadm report failing -o csv --columns serial,reason,next").await;
    story.done("tokenadm report loans -o svg > loans.svg").await;
}

async fn refusals(story: &mut Story) {
    story.done("tokenadm report overdue --limit 1 -o name").await;
    story.run(2, "tokenadm report inventory --days 30").await;
    story.run(2, "tokenadm report dormant --since April").await;
    story.run(2, "tokenadm list -o svg").await;
}
