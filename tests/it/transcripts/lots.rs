//! Lots: what was imported at once, and can be taken out again.

use tokenfleet_tests::Story;

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["Lots", "ロット"]);
    story.say([
        "What one import brought is a lot, named by its day.",
        "1回の取り込みで登録したトークンが一つのロットです．名前は取り込み日から付きます．",
    ]);
    story.done("tokenadm lot list").await;
    story.done("tokenadm lot show 2026-11-24-c").await;
    story.say([
        "A lot can be taken out again while none of its tokens was touched. That is severe, so its name is asked for \
         again: as an option, or on a terminal.",
        "どのトークンも使われていない間は，ロットを取り消せます．重大な操作なので，\
         名前をもう一度確認します（オプションか，端末での入力）．",
    ]);
    story.done("tokenadm lot revert 2026-11-24-c --dry-run").await;
    story.run(2, "tokenadm lot revert 2026-11-24-c").await;
    story.run(2, "tokenadm lot revert 2026-11-24-c --confirm=2026-11-24-a").await;
    story.run_on_terminal(0, "tokenadm lot revert 2026-11-24-c", &["2026-11-24-c"]).await;
    story.run(5, "tokenadm lot revert 2026-11-24-c --confirm=2026-11-24-c").await;
    story.run(3, "tokenadm lot show 2025-01-01-a").await;
    story.done("tokenadm import buttons.csv --vendor feitian --quiet").await;
}
