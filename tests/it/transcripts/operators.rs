//! Operators, their roles and their certificates.

use tokenfleet_tests::Story;

use super::{Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Operators and certificates", "担当者と証明書"]);
    added(story).await;
    changed(story).await;
    limited(story, tokens).await;
    certified(story).await;
    exported(story).await;
    revoked(story).await;
}

async fn added(story: &mut Story) {
    story.say([
        "Each operator has a profile of their own. The key is made here and never sent.",
        "担当者ごとにプロファイルを作ります．鍵は手元で作られ，送信されません．",
    ]);
    story.done("tokenadm operator add jiro --role counter --user-id 3333333333 --out jiro --dry-run").await;
    story.done("tokenadm operator add jiro --role counter --user-id 3333333333 --out jiro").await;
    story.done("tokenadm --config jiro whoami").await;
    story.run(5, "tokenadm operator add jiro --role counter --out jiro").await;
    story.run(5, "tokenadm operator add jiro --role counter --out jiro-2").await;
    story.run(2, "tokenadm operator add saburo --role boss --out saburo").await;
    story.say([
        "A role says what one may do. A `counter` looks up, verifies and resyncs; IDs are masked but for the last \
         digits.",
        "できることは役割で決まります．`counter` は検索，判定，時刻補正ができます．共通IDは末尾だけが見えます．",
    ]);
    story.done("tokenadm --config jiro show 2600215704919").await;
    story.run(4, "tokenadm --config jiro return 2600215704919").await;
}

async fn changed(story: &mut Story) {
    story.say([
        "A change counts from the next call on. One admin stays.",
        "変更は次の呼び出しから有効です．最後の管理者は外せません．",
    ]);
    story.done("tokenadm operator set jiro --role counter --role desk --department letters").await;
    story.run(2, "tokenadm operator set jiro").await;
    story.run(5, "tokenadm operator set hanako --role desk").await;
    story.run(3, "tokenadm operator set nobody --role desk").await;
    story.done("tokenadm operator list").await;
}

async fn limited(story: &mut Story, tokens: &Tokens) {
    let shelf = &tokens.shelf.serial;
    story.say([
        "An operator with departments sees and lends what goes through them; and nobody lends to themselves.",
        "部局を受け持つ担当者は，その部局を通した貸出だけを扱います．自分自身には貸し出せません．",
    ]);
    story.done("tokenadm --config jiro list").await;
    story.run(4, &format!("tokenadm --config jiro assign {shelf} {USER} --department library")).await;
    story.run(4, &format!("tokenadm --config jiro assign {shelf} 3333333333")).await;
    story.done(&format!("tokenadm --config jiro assign {shelf} {USER}")).await;
    story.done(&format!("tokenadm --config jiro return {shelf} --reason leaving")).await;
}

async fn certified(story: &mut Story) {
    story.say([
        "A certificate lasts a year. Its owner renews it; whoever lost theirs gets a new one.",
        "証明書の期限は1年です．更新は本人が行い，なくした人には新しいものを発行します．",
    ]);
    story.done("tokenadm --config jiro operator renew").await;
    story.done("tokenadm operator issue-cert jiro --out jiro-new").await;
}

async fn exported(story: &mut Story) {
    story.say([
        "Windows programs take a profile as one file behind a password.",
        "Windows のプログラム向けに，プロファイルをパスワード付きの一つのファイルに書き出せます．",
    ]);
    let export = "tokenadm profile export --pkcs12 hanako.pfx";
    story.run(2, export).await;
    story.run_on_terminal(2, export, &["correct horse battery", "correct horse batery"]).await;
    story.run_on_terminal(0, export, &["correct horse battery", "correct horse battery"]).await;
    story.file("password.txt", "short\n");
    story.run(5, &format!("{export} --password-file password.txt")).await;
    story.run(2, &format!("{export} --password-file password.txt --yes")).await;
    story.file("password.txt", "correct horse battery\n");
}

async fn revoked(story: &mut Story) {
    story.say([
        "Revoking ends all certificates of a name at the next call. A name is never used again.",
        "失効すると，その名前の証明書は次の呼び出しからすべて使えません．名前は再利用されません．",
    ]);
    story.done("tokenadm operator revoke jiro --dry-run").await;
    story.run(2, "tokenadm operator revoke jiro").await;
    story.run_on_terminal(0, "tokenadm operator revoke jiro", &["jiro"]).await;
    story.run(4, "tokenadm --config jiro-new whoami").await;
    story.run(5, "tokenadm operator set jiro --role desk").await;
    story.run(5, "tokenadm operator revoke hanako --confirm=hanako").await;
}
