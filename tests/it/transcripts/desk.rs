//! Lending as the counter needs it: terms, lists of loans, slips, and codes that are looked at for the person who is there.

use tokenfleet_proto::v1::Role;
use tokenfleet_tests::Story;

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["At the counter", "窓口での貸出"]);
    let stock = [&tokens.good, &tokens.near, &tokens.spare, &tokens.shelf];
    story.fleet.stock(&stock).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    terms(story, tokens).await;
    slips(story, tokens).await;
    returns(story, tokens).await;
    for_somebody(story, tokens).await;
    lists(story, tokens).await;
    bad_lists(story, tokens).await;
}

async fn terms(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.say([
        "A loan may say who asked for it, under which ticket, and until when; `--today` lends a token for a day.",
        "貸出には，申請者（本人申請・代理申請），受付番号，貸出期限を付けられます．`--today` は今日だけの貸出です．",
    ]);
    story.done(&format!("tokenadm assign {good} {USER} --route proxy --ticket R-1024 --until 2027-03-31")).await;
    story.done(&format!("tokenadm assign {near} {OTHER_USER} --today")).await;
    story.done(&format!("tokenadm loans {good}")).await;
    story.done(&format!("tokenadm --json show {good}")).await;
    let shelf = &tokens.shelf.serial;
    story.run(2, &format!("tokenadm assign {shelf} {USER} --until 2026-11-23")).await;
    story.run(2, &format!("tokenadm assign {shelf} {USER} --until March")).await;
}

async fn slips(story: &mut Story, tokens: &Tokens) {
    let (good, spare, shelf) = (&tokens.good.serial, &tokens.spare.serial, &tokens.shelf.serial);
    story.say([
        "`--slip` writes a page for the person: the serial, how to sign in, until when, whom to ask (`contact` in \
         config.toml). A token that takes the place of another is due when that one was.",
        "`--slip` は本人に渡す案内を書き出します．シリアル番号，サインインの方法，貸出期限，\
         問い合わせ先（config.toml の `contact`）が入ります．代わりのトークンの貸出期限は元のトークンと同じです．",
    ]);
    story.done(&format!("tokenadm replace {good} {spare} --reason battery --slip slip.html")).await;
    story.run(5, &format!("tokenadm assign {shelf} {OTHER_USER} --slip slip.html")).await;
    story.run(2, &format!("tokenadm assign {shelf} {OTHER_USER} --slip -")).await;
    story.say(["A slip that can't be written does not undo the loan.", "案内を書き出せなくても，貸出は済んでいます．"]);
    story.run(1, &format!("tokenadm assign {shelf} {OTHER_USER} --slip no-such-folder/slip.html")).await;
}

async fn returns(story: &mut Story, tokens: &Tokens) {
    let (near, shelf) = (&tokens.near.serial, &tokens.shelf.serial);
    story.later(60);
    story.say([
        "Codes at a return prove that the device that came back is the one that was lent.",
        "返却のときに確認コードを付けると，貸し出したトークンそのものであることを確かめられます．",
    ]);
    let code = tokens.shelf.code(story.fleet.now());
    story.run(8, &format!("tokenadm return {near} --code {code}")).await;
    story.done(&format!("tokenadm return {shelf} --code {code}")).await;
}

async fn for_somebody(story: &mut Story, tokens: &Tokens) {
    let taro = story.fleet.operator("taro", &[Role::Counter]).await;
    story.profile(&taro, "taro");
    let (near, spare) = (&tokens.near.serial, &tokens.spare.serial);
    story.say([
        "Whoever has the role counter alone says whose code it is, and is refused where the token is somebody else's.",
        "窓口（counter）の役割だけの担当者は，誰の確認コードかを指定します．別の人のトークンであれば拒否します．",
    ]);
    let code = tokens.spare.code(story.fleet.now());
    story.run(2, &format!("tokenadm --config taro verify {spare} {code}")).await;
    let other = tokens.near.code(story.fleet.now());
    story.run(5, &format!("tokenadm --config taro verify {near} {other} --for {USER}")).await;
    story.done(&format!("tokenadm --config taro verify {spare} {code} --for {USER}")).await;
    story.later(60);
    let codes = tokens.spare.codes(story.fleet.now(), 2);
    story.run_on_terminal(0, "tokenadm --config taro resync", &[spare, &codes[0], &codes[1], USER]).await;
    story.done(&format!("tokenadm return {near} --leaves-none")).await;
}

async fn lists(story: &mut Story, tokens: &Tokens) {
    let (near, shelf) = (&tokens.near.serial, &tokens.shelf.serial);
    story.say([
        "A list of loans is a CSV file with a line of headings, in UTF-8 or Shift_JIS. All of it is lent, or nothing; what \
         stands against it is told line by line.",
        "貸出のリストは，1行目に見出しのある CSV ファイルです（UTF-8 または Shift_JIS）．すべて貸し出すか，\
         一つも貸し出さないかです．貸し出せない行は，行番号とともに示します．",
    ]);
    let list = format!(
        "serial,user,until,checked\n{near},{OTHER_USER},2027-03-31,staff-card\n{shelf},123456789,,\n{near},{USER},,\n"
    );
    story.file("pairs.csv", &list);
    story.done("cat pairs.csv").await;
    story.run(6, "tokenadm assign --from-file pairs.csv").await;
    story.run(6, "tokenadm --json assign --from-file pairs.csv --dry-run").await;
    story.file(
        "pairs.csv",
        format!("シリアル番号,共通ID,貸出期限\n{near},{OTHER_USER},2027-03-31\n{shelf},{OTHER_USER},\n"),
    );
    story.done("tokenadm assign --from-file pairs.csv --ticket R-1030 --dry-run").await;
    story.done("tokenadm assign --from-file pairs.csv --ticket R-1030").await;
}

async fn bad_lists(story: &mut Story, tokens: &Tokens) {
    let good = &tokens.good.serial;
    story.say([
        "What is no list, or has columns that are not understood, is refused whole.",
        "リストとして読めないファイルや，分からない列のあるファイルは，まとめて拒否します．",
    ]);
    let rows = format!("serial,user,checked\n{good},{USER},passport\n{good},{USER},,Dr.\n,{USER}\n");
    let long = format!("serial,user\n{}", format!("{good},{USER}\n").repeat(1001));
    story.file("rows.csv", rows);
    story.file("long.csv", long);
    story.file("name.csv", format!("serial,name\n{good},{USER}\n"));
    story.file("twice.csv", format!("serial,user,id\n{good},{USER},{USER}\n"));
    story.file("serials.csv", format!("serial\n{good}\n"));
    story.file("empty.csv", "serial,user\n");
    story.file("pairs.xlsx", b"PK\x03\x04\xff\xff\xff\x00");
    story.run(6, "tokenadm assign --from-file rows.csv").await;
    for file in ["long.csv", "name.csv", "twice.csv", "serials.csv", "empty.csv", "pairs.xlsx"] {
        story.run(2, &format!("tokenadm assign --from-file {file}")).await;
    }
}
