//! The first minutes: the profile, who one is, and whether all is well.

use tokenfleet_tests::Story;

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["Getting started", "はじめに"]);
    story.say([
        "A profile is a folder with where the server is, whom to trust, and your certificate with its key. Put the \
         one you got below `~/.config/tokenadm/profiles`, and choose it once.",
        "プロファイルは，サーバの場所，信頼する認証局，あなたの証明書と鍵が入ったフォルダです．\
         受け取ったフォルダを `~/.config/tokenadm/profiles` の下に置き，一度だけ選んでください．",
    ]);
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm/profiles/hanako");
    story.done("tokenadm profile list").await;
    story.done("tokenadm profile use hanako").await;
    story.done("tokenadm profile show").await;
    story.done("tokenadm whoami").await;
    story.say([
        "`doctor` checks all it takes to work, here and at the server.",
        "`doctor` は，手元とサーバの状態をまとめて確かめます．",
    ]);
    story.done("tokenadm doctor").await;
    story.done("tokenadm config").await;
    story.done("tokenadm status").await;
}
