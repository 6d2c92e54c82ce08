//! Looking things up: lists, filters, columns, and serials that were mistyped.

use tokenfleet_tests::{Device, Story, entra_file};

use super::USER;

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["Looking things up", "検索と表示"]);
    lists(story).await;
    filters(story).await;
    mistyped(story).await;
}

async fn lists(story: &mut Story) {
    story.say([
        "`list` shows all tokens, or those of a state, a person or a lot.",
        "`list` はすべてのトークン，または状態，人，ロットで絞ったものを示します．",
    ]);
    story.done("tokenadm list").await;
    story.done("tokenadm list --state faulty").await;
    story.done(&format!("tokenadm list --user {USER}")).await;
    story.done("tokenadm list --lot 2026-11-24-c").await;
    story.done("tokenadm list --state lost").await;
    story.done("tokenadm list --newest-first --limit 2").await;
    story.say(["The columns are chosen by name.", "列は名前で選びます．"]);
    story.done("tokenadm list --limit 2 --columns serial,user_id,lent_time,proven_time").await;
    story.done("tokenadm list --columns serial --no-headers").await;
    story.run(2, "tokenadm list --columns serial,colour").await;
}

async fn filters(story: &mut Story) {
    story.say([
        "A filter compares, and joins comparisons by AND and OR; what is wrong in it is named.",
        "フィルタは比較を AND と OR でつなぎます．誤りは具体的に示します．",
    ]);
    story.done(r#"tokenadm list --filter 'vendor = "feitian" OR custody = FAULTY'"#).await;
    story.run(2, "tokenadm list --filter 'colour = 1'").await;
    story.run(2, "tokenadm list --filter 'state = BORROWED'").await;
    story.run(2, "tokenadm list --filter 'vendor ='").await;
}

async fn mistyped(story: &mut Story) {
    story.say([
        "A serial with one wrong digit, or with two in the wrong order, is recognised.",
        "1桁違い，または隣り合う2桁が入れ替わったシリアル番号には，候補を示します．",
    ]);
    story.run(3, "tokenadm show 2600215709419").await;
    story.run(3, "tokenadm show 4711").await;
    story.say([
        "Ten digits may be a serial and an ID. Only where both exist it is asked which.",
        "10桁の数字はシリアル番号でも共通IDでもありえます．両方あるときだけ，どちらか確認します．",
    ]);
    story.file("ten-digits.csv", entra_file(&[&Device::clock(USER)]));
    story.done("tokenadm import ten-digits.csv --quiet").await;
    story.run(5, &format!("tokenadm show {USER}")).await;
    story.done(&format!("tokenadm show {USER} --serial")).await;
    story.done("tokenadm lot revert 2026-11-24-e --confirm=2026-11-24-e").await;
    story.say([
        "Whoever holds several tokens is shown with all of them.",
        "複数のトークンを借りている人は，すべてを表示します．",
    ]);
    story.done("tokenadm show 1111111111").await;
    story.run(5, "tokenadm return 1111111111").await;
}
