//! The record of who did what.

use tokenfleet_tests::Story;

use super::{HEAD, documents};

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["The record", "操作の記録"]);
    story.say([
        "Every deed and every refusal of one is an event in a chain of hashes. An auditor sees all events, everybody \
         else their own.",
        "操作とその拒否は，ハッシュの鎖でつながれた記録に残ります．すべてを見られるのは auditor だけで，\
         ほかの人には自分の操作だけが見えます．",
    ]);
    story.done("tokenadm audit list --limit 5").await;
    story.done("tokenadm audit list --newest-first --limit 2").await;
    story.done("tokenadm operator add sachiko --role auditor --out sachiko --quiet").await;
    story.done(r#"tokenadm --config sachiko audit list --filter 'subject = "tokens/contoso~2600215704920"'"#).await;
    story.run(2, "tokenadm --config sachiko audit list --filter 'who = \"hanako\"'").await;
    story.say([
        "`audit verify` checks every link. Keep the head elsewhere: it shows later whether the end is missing.",
        "`audit verify` はすべてのつながりを確かめます．先頭の値を別の場所に控えておくと，後で末尾の欠落が分かります．",
    ]);
    let head = documents::head(&story.fleet.admin).await;
    story.stand_in(&head, &HEAD[..head.len()]);
    story.done("tokenadm --config sachiko audit verify").await;
    story.run(4, "tokenadm --config sachiko import seeds.csv").await;
}
