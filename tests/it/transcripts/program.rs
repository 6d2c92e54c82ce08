//! What belongs to the program itself: its help, its pages, its completions, its version.

use tokenfleet_tests::Story;

pub(super) async fn tell(story: &mut Story) {
    story.chapter(["The program itself", "tokenadm 自体"]);
    story.say([
        "`-h` is about one command; `--help` has the options of every command, too.",
        "`-h` はそのコマンドの説明です．`--help` では，全コマンド共通のオプションも示します．",
    ]);
    story.done("tokenadm -h").await;
    story.done("tokenadm resync --help").await;
    story.say(["Pages for `man`, and completions for the shell.", "`man` のページと，シェルの補完です．"]);
    story.done("tokenadm man --out man1").await;
    story.done("LC_ALL=C ls man1 | head -3").await;
    story.done("tokenadm completions bash > tokenadm.bash").await;
    story.done("tokenadm version").await;
}
