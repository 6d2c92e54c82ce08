//! Lending and taking back, one by one and with a scanner.

use tokenfleet_tests::Story;

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Lending", "貸出と返却"]);
    loans(story, tokens).await;
    refusals(story, tokens).await;
    returns(story, tokens).await;
    scanned(story, tokens).await;
}

async fn loans(story: &mut Story, tokens: &Tokens) {
    let (good, spare) = (&tokens.good.serial, &tokens.spare.serial);
    story.say([
        "A token is lent by the serial on its back and the 10-digit ID of the person.",
        "トークン裏面のシリアル番号と，10桁の共通IDで貸し出します．",
    ]);
    story.done(&format!("tokenadm assign {good} {USER} --dry-run")).await;
    story.done(&format!("tokenadm assign {good} {USER} --checked staff-card --note 'ticket 4711'")).await;
    story.say([
        "A code that the token shows proves, while it is handed over, that it is this one.",
        "手渡すときに表示された確認コードを付けると，そのトークンであることを確かめられます．",
    ]);
    let code = tokens.spare.code(story.fleet.now());
    story.done(&format!("tokenadm assign {spare} {OTHER_USER}@utac.u-tokyo.ac.jp --code {code}")).await;
    story.done(&format!("tokenadm show {USER}")).await;
}

async fn refusals(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.say([
        "What can't be is refused, with a hint. A lost zero is noticed; so are a mistyped serial and a code of \
         another token.",
        "できない操作は，対処の案内を付けて拒否します．先頭の0の欠落，シリアル番号の打ち間違い，\
         別のトークンの確認コードにも気付きます．",
    ]);
    story.run(5, &format!("tokenadm assign {good} {OTHER_USER}")).await;
    story.run(2, &format!("tokenadm assign {near} 123456789")).await;
    story.run(2, &format!("tokenadm assign {OTHER_USER} {near}")).await;
    story.run(3, &format!("tokenadm assign 2600215709419 {OTHER_USER}")).await;
    let code = tokens.good.code(story.fleet.now());
    story.run(8, &format!("tokenadm assign {near} {OTHER_USER} --code {code}")).await;
}

async fn returns(story: &mut Story, tokens: &Tokens) {
    let (near, spare) = (&tokens.near.serial, &tokens.spare.serial);
    story.say([
        "A token comes back by its serial, or by the ID of its holder. One that is broken is set aside.",
        "返却はシリアル番号でも，借りている人の共通IDでもできます．故障したものは分けておきます．",
    ]);
    story.done(&format!("tokenadm return {spare} --reason leaving --dry-run")).await;
    story.done(&format!("tokenadm return {OTHER_USER} --reason battery --leaves-none")).await;
    story.run(5, &format!("tokenadm return {near}")).await;
    story.run(3, "tokenadm return 2222222222").await;
}

async fn scanned(story: &mut Story, tokens: &Tokens) {
    let (good, near, slow) = (&tokens.good.serial, &tokens.near.serial, &tokens.slow.serial);
    story.say([
        "With a scanner: a serial, an ID, and so on until the input ends. An error of one line does not stop the \
         next; the exit code is the highest of all.",
        "スキャナを使う場合は，シリアル番号と共通IDを続けて読み取ります．ある行の誤りは次の行を妨げません．\
         終了コードは全行のうち最大のものです．",
    ]);
    let lines = format!("{near}\n{OTHER_USER}\n{good} {OTHER_USER}\n{slow} 01234\n{slow}");
    story.run(5, &format!("tokenadm assign --scan --checked known-person <<END\n{lines}\nEND")).await;
    story.done(&format!("tokenadm return --scan --leaves-none <<END\n{near}\nEND")).await;
    story.done(&format!("tokenadm assign --scan <<END\n{near}, {OTHER_USER}\n{slow}, {OTHER_USER}\nEND")).await;
}
