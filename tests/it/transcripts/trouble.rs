//! What goes wrong, here, on the way to the server, and there.

use chrono::TimeDelta;
use tokenfleet_tests::Story;
use tokenfleet_tests::transcript::{CTRL_C, CTRL_D};
use tokenfleetd::identity::authority::Authority;
use tokenfleetd::os::SystemEntropy;

use super::{BEGIN, HEAD, Tokens, USER, documents};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["What goes wrong", "うまくいかないとき"]);
    typed(story).await;
    no_profile(story).await;
    broken_profiles(story).await;
    no_way(story).await;
    no_answer(story, tokens).await;
    not_written(story).await;
    untrusted_clock(story, tokens).await;
    damage(story, tokens).await;
    ended(story).await;
}

async fn typed(story: &mut Story) {
    story.say(["Wrong usage is answered with what is possible.", "使い方の誤りには，正しい使い方を示します．"]);
    story.run(2, "tokenadm lst").await;
    story.run(2, "tokenadm return 2600215704919 --reason lost").await;
    story.run(2, "tokenadm show 0123456789 --serial --user").await;
}

async fn no_profile(story: &mut Story) {
    story.say([
        "Without a profile nothing is reached, and `doctor` says so first.",
        "プロファイルがなければ何もできません．`doctor` も最初にそれを示します．",
    ]);
    story.run(4, "tokenadm whoami").await;
    story.run(1, "tokenadm doctor").await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm/profiles/hanako");
    story.done("tokenadm profile use hanako").await;
    story.run(3, "tokenadm profile use taro").await;
}

async fn broken_profiles(story: &mut Story) {
    story
        .say(["What is broken in a profile is named by its file.", "プロファイルの問題は，ファイルを挙げて示します．"]);
    let whoami = "tokenadm --config broken whoami";
    story.done("cp -r ~/.config/tokenadm/profiles/hanako broken").await;
    story.run(2, &format!("echo 'kee = 1' >> broken/config.toml; {whoami}")).await;
    story.run(2, &format!("sed -i 's/https/http/;/kee/d' broken/config.toml; {whoami}")).await;
    story.run(2, &format!("sed -i 's/http/https/' broken/config.toml; echo > broken/cert.pem; {whoami}")).await;
    story
        .run(2, &format!("cp ~/.config/tokenadm/profiles/hanako/cert.pem broken; echo > broken/key.pem; {whoami}"))
        .await;
    let other = Authority::create(story.fleet.now(), &SystemEntropy::default()).unwrap().0;
    let issued = other.client(&"hanako".parse().unwrap(), story.fleet.now(), &SystemEntropy::default()).unwrap();
    story.file("other/key.pem", issued.key_pem.as_bytes());
    story.file("other/cert.pem", &issued.certificate_pem);
    story.file("other/ca.pem", other.certificate_pem());
    story.run(2, &format!("cp other/key.pem broken; {whoami}")).await;
    story.say([
        "A key that others can read is told of at every command.",
        "他の利用者が読める鍵は，コマンドのたびに警告します．",
    ]);
    story.done("chmod 644 ~/.config/tokenadm/profiles/hanako/key.pem; tokenadm lot list").await;
    story.done("chmod 600 ~/.config/tokenadm/profiles/hanako/key.pem").await;
}

async fn no_way(story: &mut Story) {
    story.say([
        "A server of another fleet is not trusted, and trusts nobody of another fleet.",
        "別のフリートのサーバは信頼しません．サーバも別のフリートの担当者を信頼しません．",
    ]);
    let whoami = "tokenadm --config broken whoami";
    story.run(4, &format!("cp ~/.config/tokenadm/profiles/hanako/* broken; cp other/ca.pem broken; {whoami}")).await;
    let ours = "cp ~/.config/tokenadm/profiles/hanako/ca.pem broken";
    story.run(4, &format!("{ours}; cp other/cert.pem other/key.pem broken; {whoami}")).await;
    story.say(["The server may be away.", "サーバが動いていないこともあります．"]);
    story.fleet.stop().await;
    story.run(7, "tokenadm whoami").await;
    story.run(1, "tokenadm doctor").await;
    story.fleet.resume().await;
}

async fn no_answer(story: &mut Story, tokens: &Tokens) {
    story.say([
        "A question that is not answered, and one that is broken off with Ctrl-C: nothing is done by halves.",
        "質問に答えずに入力を終えた場合と，Ctrl-C で中断した場合です．途中まで実行されることはありません．",
    ]);
    story.fleet.stock(&[&tokens.good, &tokens.slow]).await;
    story.fleet.admin.assign(&tokens.good.serial, USER).await.unwrap();
    story.run_on_terminal(2, "tokenadm resync", &[CTRL_D]).await;
    story.run_on_terminal(130, "tokenadm resync", &[CTRL_C]).await;
}

async fn not_written(story: &mut Story) {
    story.say(["An answer that can't be written is no success.", "応答を書き出せなければ，成功とはしません．"]);
    story.run(1, "tokenadm list >/dev/full").await;
    story.run(1, "touch man1; tokenadm man --out man1").await;
}

async fn untrusted_clock(story: &mut Story, tokens: &Tokens) {
    story.say([
        "After the server's clock was set, nobody's clock is judged for some minutes; codes are.",
        "サーバの時計が変更されると，数分間は時刻補正を行いません．確認コードの判定は続けます．",
    ]);
    story.fleet.trust_clock(false);
    let good = &tokens.good.serial;
    let codes = tokens.good.codes(story.fleet.now(), 2);
    story.run(7, &format!("tokenadm resync {good} {} {}", codes[0], codes[1])).await;
    story.done(&format!("tokenadm verify {good} {}", codes[0])).await;
    story.run(1, "tokenadm doctor").await;
    story.fleet.trust_clock(true);
}

async fn damage(story: &mut Story, tokens: &Tokens) {
    story.say([
        "Somebody has changed the database behind the server's back: a token's row, and an event of the record.",
        "サーバを通さずにデータベースが書き換えられた場合です（トークンの行と，記録の1件）．",
    ]);
    let slow = &tokens.slow.serial;
    let database = story.fleet.database();
    database.change(&format!("UPDATE token SET fail_count = 7 WHERE serial = '{slow}'"));
    story.run(5, &format!("tokenadm assign {slow} 1111111111")).await;
    story.done("tokenadm list --state on_hold").await;
    database.change("UPDATE audit_event SET action = 'token.return' WHERE action = 'token.assign'");
    let head = documents::head(&story.fleet.admin).await;
    story.stand_in(&head, &HEAD[..head.len()]);
    story.run(1, "tokenadm audit verify").await;
    story.run(1, "tokenadm doctor").await;
}

async fn ended(story: &mut Story) {
    story.say([
        "A month before it ends, every command tells of a certificate; a day after, the server refuses it.",
        "証明書の期限の1か月前から，コマンドのたびに知らせます．期限が過ぎるとサーバが拒否します．",
    ]);
    let begin: tokenfleet_domain::ports::Timestamp = BEGIN.parse().unwrap();
    story.fleet.clock.set(begin + TimeDelta::days(340));
    story.done("tokenadm lot list").await;
    story.fleet.clock.set(begin + TimeDelta::days(366));
    story.run(4, "tokenadm lot list").await;
    story.run(1, "tokenadm doctor").await;
}
