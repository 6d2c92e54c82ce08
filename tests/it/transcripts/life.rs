//! What happens to a token after it was lent: lost, found, stopped, replaced, moved to another ID, put out of service.

use tokenfleet_tests::{Device, Story};

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["The life of a token", "トークンの一生"]);
    let stock = [&tokens.good, &tokens.near, &tokens.spare, &tokens.shelf];
    story.fleet.stock(&stock).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    lost_and_replaced(story, tokens).await;
    found(story, tokens).await;
    stopped(story, tokens).await;
    ready(story, tokens).await;
    moved(story, tokens).await;
    without_a_serial(story, tokens).await;
    retired(story, tokens).await;
    ledger(story, tokens).await;
    in_json(story, tokens).await;
}

async fn lost_and_replaced(story: &mut Story, tokens: &Tokens) {
    let (good, spare) = (&tokens.good.serial, &tokens.spare.serial);
    story.done(&format!("tokenadm assign {good} {USER} --checked staff-card")).await;
    story.later(3600);
    story.say([
        "A token that is lost counts no more from that moment on. Another is lent in its place in one step, so that nobody \
         is left without one.",
        "紛失したトークンは，その時点から使えなくなります．代わりのトークンは一度の操作で貸し出せます．",
    ]);
    story.done(&format!("tokenadm lost {good} --note 'ticket 4712'")).await;
    story.run(5, &format!("tokenadm verify {good} 123456")).await;
    let code = tokens.spare.code(story.fleet.now());
    story.run(2, &format!("tokenadm replace {good} {spare} --reason lost --later")).await;
    story.done(&format!("tokenadm replace {good} {spare} --reason lost --dry-run")).await;
    story.done(&format!("tokenadm replace {good} {spare} --reason lost --code {code}")).await;
    story.say([
        "The last token that somebody can sign in with is not taken away by accident.",
        "サインインに使える最後のトークンを，うっかり取り上げることはありません．",
    ]);
    story.run(5, &format!("tokenadm return {spare} --reason battery")).await;
    story.done(&format!("tokenadm replace {USER} {} --reason battery --later", tokens.near.serial)).await;
    story.done(&format!("tokenadm return {spare} --reason battery")).await;
}

async fn found(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.say([
        "A lost token that turns up goes to stock, or, with two codes it shows, back to the person who had it.",
        "見つかったトークンは在庫に戻ります．続けて表示された確認コードを二つ付けると，本人の手元に戻ります．",
    ]);
    story.done(&format!("tokenadm found {good}")).await;
    story.done(&format!("tokenadm lost {near}")).await;
    let codes = tokens.near.codes(story.fleet.now(), 2);
    story.later(30);
    story.done(&format!("tokenadm found {near} {} {}", codes[0], codes[1])).await;
    story.run(5, &format!("tokenadm found {near}")).await;
}

async fn stopped(story: &mut Story, tokens: &Tokens) {
    let near = &tokens.near.serial;
    story.say([
        "A token can be stopped for a while. Twenty wrong codes in a row disable one: two codes at a desk let it count again.",
        "トークンは一時停止できます．誤った確認コードが20回続くと無効になり，窓口で二つのコードを確かめるとまた使えます．",
    ]);
    story.run(5, &format!("tokenadm suspend {near}")).await;
    story.done(&format!("tokenadm suspend {near} --leaves-none --note 'on leave until April'")).await;
    story.done(&format!("tokenadm resume {near}")).await;
    for _ in 0..20 {
        let wrong = tokens.near.wrong_codes(story.fleet.now(), 1).remove(0);
        assert!(story.fleet.admin.verify(near, &wrong).await.is_err());
        story.later(3600);
    }
    let codes = tokens.near.codes(story.fleet.now(), 2);
    story.later(30);
    story.run(5, &format!("tokenadm resync {near} {} {}", codes[0], codes[1])).await;
    story.done(&format!("tokenadm rebind {near} {} {}", codes[0], codes[1])).await;
}

async fn ready(story: &mut Story, tokens: &Tokens) {
    story.say([
        "Who applies for multi-factor authentication too early is locked out; `ready` says how far somebody has got.",
        "多要素認証の利用を早く申請しすぎるとサインインできなくなります．`ready` で進み具合を確かめます．",
    ]);
    story.done(&format!("tokenadm ready {OTHER_USER}")).await;
    story.done(&format!("tokenadm assign {} {OTHER_USER}", tokens.good.serial)).await;
    story.done(&format!("tokenadm ready {OTHER_USER}")).await;
    story.done(&format!("tokenadm ready {USER}")).await;
}

async fn moved(story: &mut Story, tokens: &Tokens) {
    story.say([
        "When the two IDs of a person become one, the tokens go over to it.",
        "一人の二つの共通IDが統合されたら，トークンを移します．",
    ]);
    story.done(&format!("tokenadm move {OTHER_USER} 2222222222 --dry-run")).await;
    story.done(&format!("tokenadm move {OTHER_USER} 2222222222 --note 'IDs merged'")).await;
    story.run(3, &format!("tokenadm move {OTHER_USER} 2222222222")).await;
    story.done(&format!("tokenadm show {}", tokens.good.serial)).await;
}

async fn without_a_serial(story: &mut Story, tokens: &Tokens) {
    story.say([
        "A device whose serial can't be read is known by two codes that follow each other.",
        "シリアル番号が読めないトークンは，続けて表示された二つの確認コードから分かります．",
    ]);
    let codes = tokens.shelf.codes(story.fleet.now() - chrono::TimeDelta::seconds(30), 2);
    story.done(&format!("tokenadm identify {} {}", codes[0], codes[1])).await;
    story.run(8, &format!("tokenadm identify {} {}", codes[1], codes[0])).await;
    story.run(5, &format!("tokenadm identify {} {} --for {USER}", codes[0], codes[1])).await;
    let strange = Device::clock("4444").codes(story.fleet.now(), 2);
    story.run(3, &format!("tokenadm identify {} {}", strange[0], strange[1])).await;
}

async fn retired(story: &mut Story, tokens: &Tokens) {
    let (spare, shelf, near) = (&tokens.spare.serial, &tokens.shelf.serial, &tokens.near.serial);
    story.say([
        "A token that is put out of service loses its seed for good and keeps its record.",
        "廃棄したトークンのシードは完全に消去され，記録は残ります．",
    ]);
    story.done(&format!("tokenadm retire {spare} --dry-run")).await;
    story.run(2, &format!("tokenadm retire {spare}")).await;
    story.run_on_terminal(0, &format!("tokenadm retire {spare}"), &[spare]).await;
    story.run(5, &format!("tokenadm retire {shelf} {near} --confirm=2")).await;
}

async fn ledger(story: &mut Story, tokens: &Tokens) {
    let (good, spare) = (&tokens.good.serial, &tokens.spare.serial);
    story.say([
        "Who held a token, and when, is on record for good, whatever became of it.",
        "誰がいつトークンを持っていたかは，その後どうなっても記録に残ります．",
    ]);
    story.done(&format!("tokenadm loans {good}")).await;
    story.done(&format!("tokenadm loans {good} --at 2026-11")).await;
    story.done(&format!("tokenadm loans {good} --at 2026-11-24T09:00:30+09:00")).await;
    story.done(&format!("tokenadm loans {good} --at 2026-10-31")).await;
    story.done(&format!("tokenadm loans {USER} --user --at 2026-11-24")).await;
    story.done(&format!("tokenadm loans {USER} --user --at 2026-10")).await;
    story.done(&format!("tokenadm loans {USER} --user --columns serial,start_time,end_time,end_reason,end_note")).await;
    story.run(2, &format!("tokenadm loans {spare} --at yesterday")).await;
    story.say([
        "What a token went through besides stands between its loans, on one screen; so does the history of a person.",
        "貸出のほかに何があったかも，貸出とともに一画面で分かります．人についても同じです．",
    ]);
    story.done(&format!("tokenadm show {good} --history")).await;
    story.done(&format!("tokenadm show {USER} --user --history")).await;
}

async fn in_json(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.say(["The same for programs.", "プログラム向けの出力です．"]);
    let lines = "grep -E 'serial|state|user_id|dry_run'";
    story.done(&format!("tokenadm lost {near} --json | {lines}")).await;
    story.done(&format!("tokenadm found {near} --json | {lines}")).await;
    story.done(&format!("tokenadm assign {near} {USER} --json | {lines}")).await;
    story.done(&format!("tokenadm suspend {near} --leaves-none --json | {lines}")).await;
    story.done(&format!("tokenadm resume {near} --json | {lines}")).await;
    let codes = tokens.near.codes(story.fleet.now() + chrono::TimeDelta::seconds(60), 2);
    story.later(90);
    story.run(5, &format!("tokenadm rebind {near} {} {} --json", codes[0], codes[1])).await;
    let lines = "grep -E '\"(serial|state|user_id|old_token)\"'";
    story.done(&format!("tokenadm move {USER} 3333333333 --json | {lines}")).await;
    story.done("tokenadm ready 3333333333 --json | grep -A 30 steps").await;
    story.done(&format!("tokenadm loans {near} --limit 1 --json")).await;
    story.done(&format!("tokenadm show {near} --history --json | head -20")).await;
    let codes = tokens.near.codes(story.fleet.now() - chrono::TimeDelta::seconds(30), 2);
    story.done(&format!("tokenadm identify {} {} --json | {lines}", codes[0], codes[1])).await;
    story.done(&format!("tokenadm return {near} --leaves-none --json | {lines}")).await;
    story.done(&format!("tokenadm replace {good} {near} --reason faulty --json | {lines}")).await;
    story.done(&format!("tokenadm retire {good} --confirm={good} --json | {lines}")).await;
}
