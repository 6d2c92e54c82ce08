//! Codes: which count, which don't and why, and clocks that are found again.

use chrono::TimeDelta;
use tokenfleet_tests::Story;

use super::{Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Codes", "確認コード"]);
    checked(story, tokens).await;
    found_again(story, tokens).await;
    refused_pairs(story, tokens).await;
    asked_for(story, tokens).await;
    pressed(story, tokens).await;
    scanned(story, tokens).await;
}

async fn checked(story: &mut Story, tokens: &Tokens) {
    let good = &tokens.good.serial;
    story.say([
        "`verify` checks a code and uses it up; a person's only token is found by their ID.",
        "`verify` は確認コードを1回だけ判定します．その人のトークンが一つなら，共通IDでも指定できます．",
    ]);
    let code = tokens.good.code(story.fleet.now());
    story.done(&format!("tokenadm verify {good} {code}")).await;
    story.run(8, &format!("tokenadm verify {USER} {code}")).await;
    story.run(2, &format!("tokenadm verify {good} 12345")).await;
    story.run(2, &format!("tokenadm verify 304640 {good}")).await;
    story.say([
        "From the third wrong code in a row on, the token has to wait.",
        "続けて3回間違えると，しばらく判定しません．",
    ]);
    for code in tokens.good.wrong_codes(story.fleet.now(), 3) {
        story.run(8, &format!("tokenadm verify {good} {code}")).await;
    }
    story.later(10);
    let code = tokens.good.code(story.fleet.now());
    story.run(7, &format!("tokenadm verify {good} {code}")).await;
    story.later(20);
    let code = tokens.good.code(story.fleet.now());
    story.done(&format!("tokenadm verify {good} {code}")).await;
}

async fn found_again(story: &mut Story, tokens: &Tokens) {
    let slow = &tokens.slow.serial;
    story.say([
        "The clock of this token is five minutes slow. Two codes that follow each other find it again, and the \
         answer says what that means for Entra.",
        "次のトークンは時計が5分遅れています．続けて表示された二つのコードで時刻を補正し，Entra への影響も示します．",
    ]);
    let codes = tokens.slow.codes(story.fleet.now(), 3);
    story.run(8, &format!("tokenadm verify {slow} {}", codes[0])).await;
    story.later(30);
    story.done(&format!("tokenadm resync {slow} {} {}", codes[0], codes[1])).await;
    story.done(&format!("tokenadm verify {slow} {}", codes[2])).await;
}

async fn refused_pairs(story: &mut Story, tokens: &Tokens) {
    let good = &tokens.good.serial;
    story.later(3600);
    story.say(["Where two codes find nothing, it is said why.", "二つのコードで見つからないときは，理由を示します．"]);
    let before = story.fleet.now() - TimeDelta::seconds(120);
    let codes = tokens.good.codes(before, 5);
    story.run(8, &format!("tokenadm resync {good} {} {}", codes[3], codes[3])).await;
    story.run(8, &format!("tokenadm resync {good} {} {}", codes[4], codes[3])).await;
    story.run(8, &format!("tokenadm resync {good} {} {}", codes[1], codes[4])).await;
    let others = tokens.near.codes(before, 2);
    story.run(8, &format!("tokenadm resync {good} {} {}", others[0], others[1])).await;
    story.later(3600);
    let now = story.fleet.now();
    let used = tokens.good.codes(now, 2);
    story.done(&format!("tokenadm verify {good} {}", used[1])).await;
    story.run(8, &format!("tokenadm resync {good} {} {}", used[0], used[1])).await;
    let wrong = tokens.good.wrong_codes(now, 2);
    story.run(8, &format!("tokenadm resync {good} {} {}", wrong[0], wrong[1])).await;
    story.say([
        "Five times an hour is enough for anybody who reads the codes off the token.",
        "正しく読み取っていれば，1時間に5回で足ります．",
    ]);
    let codes = tokens.good.codes(now, 4);
    for _ in 0..3 {
        story.run(8, &format!("tokenadm resync {good} {} {}", codes[3], codes[2])).await;
    }
    story.run(7, &format!("tokenadm resync {good} {} {}", codes[2], codes[3])).await;
}

async fn asked_for(story: &mut Story, tokens: &Tokens) {
    let slow = &tokens.slow.serial;
    story.say([
        "On a terminal it asks for what is not passed, and counts down to the next code.",
        "端末では，足りないものを順に質問し，次のコードまでの秒数を示します．",
    ]);
    let codes = tokens.slow.codes(story.fleet.now(), 2);
    story.run_on_terminal(0, "tokenadm resync", &[slow, "12345", &codes[0], &codes[1]]).await;
    story.run(2, &format!("tokenadm resync {slow}")).await;
}

async fn pressed(story: &mut Story, tokens: &Tokens) {
    let button = &tokens.button.serial;
    story.say([
        "A token with a button has a counter in the place of a clock.",
        "ボタン式のトークンには，時計の代わりにカウンタがあります．",
    ]);
    let codes = tokens.button.presses(0, 42);
    story.done(&format!("tokenadm assign {button} 2222222222")).await;
    story.done(&format!("tokenadm verify {button} {}", codes[0])).await;
    story.done(&format!("tokenadm resync {button} {} {}", codes[40], codes[41])).await;
}

async fn scanned(story: &mut Story, tokens: &Tokens) {
    let (good, slow) = (&tokens.good.serial, &tokens.slow.serial);
    story.later(60);
    story.say([
        "With a scanner, a serial and a code, on one line or on two. A line that is not understood is not repeated: \
         it may hold a code.",
        "スキャナでは，シリアル番号と確認コードを1行または2行で読み取ります．読み取れない行は，\
         コードを含むかもしれないので表示しません．",
    ]);
    let now = story.fleet.now();
    let (code, other) = (tokens.good.code(now), tokens.slow.code(now));
    let lines = format!("{good} {code}\nthe code is {code}\n{slow}\n{other}\n{good} {code}\n{good}");
    story.run(8, &format!("tokenadm verify --scan <<END\n{lines}\nEND")).await;
}
