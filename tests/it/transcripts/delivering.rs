//! The box before the seeds: what it held, the file that is held against it, and the end of that file.

use tokenfleet_tests::{Story, entra_file};

use super::Tokens;

/// Which tokens the boxes hold.
const KIND: &str = "--vendor contoso --model HardwareKey";

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["The box before the seeds", "シードより先に届く箱"]);
    let admin = story.fleet.admin.clone();
    story.profile(&admin, ".config/tokenadm");
    box_first(story, tokens).await;
    file_first(story, tokens).await;
    destroyed(story).await;
    in_json(story).await;
}

async fn box_first(story: &mut Story, tokens: &Tokens) {
    story.say([
        "Many vendors send the seeds only when the box has arrived. Its serials are scanned first, or its tokens counted. A \
         model that nobody knows may be misspelt, so its first delivery says so.",
        "箱が届いてからシードを送る製造元が多くあります．まず箱のシリアル番号を読み取るか，本数を数えて登録します．\
         登録のない機種は書き間違いかもしれないため，初めての納品では --new-model を付けます．",
    ]);
    let (good, slow) = (&tokens.good.serial, &tokens.slow.serial);
    story.file("box.txt", format!("{good}\n{slow}\n{good}\n"));
    story.file("empty.txt", "\n");
    story.run(2, &format!("tokenadm lot expect {KIND} --order PO-4711 --serials empty.txt")).await;
    story.run(3, &format!("tokenadm lot expect {KIND} --order PO-4711 --serials box.txt")).await;
    story.done(&format!("tokenadm lot expect {KIND} --order PO-4711 --serials box.txt --new-model --dry-run")).await;
    story.done(&format!("tokenadm lot expect {KIND} --order PO-4711 --serials box.txt --new-model")).await;
    story.done("tokenadm lot list --expected").await;
    story.done("tokenadm lot show 2026-11-24-a").await;
    story.say([
        "The seed file is imported under that lot, and is refused where it is not what the box held. Where that is right, \
         somebody says so, and it stays on record.",
        "シードファイルはそのロットを指定して取り込みます．納品内容と異なれば取り込みません．\
         異なっていてよい場合は承認して取り込み，そのことが記録に残ります．",
    ]);
    story.file("seeds.csv", entra_file(&[&tokens.slow, &tokens.near]));
    story.file("others.csv", entra_file(&[&tokens.spare, &tokens.shelf]));
    story.run(2, "tokenadm import seeds.csv others.csv --lot 2026-11-24-a").await;
    story.run(5, "tokenadm import seeds.csv --lot 2026-11-24-a --dry-run").await;
    story.run(5, "tokenadm import seeds.csv --lot 2026-11-24-a --dry-run -o csv").await;
    story.done("tokenadm import seeds.csv --lot 2026-11-24-a --accept-difference").await;
    story.run(5, "tokenadm import others.csv --lot 2026-11-24-a").await;
    story.done("tokenadm lot compare 2026-11-24-a").await;
    story.done("tokenadm lot compare 2026-11-24-a -o csv").await;
}

async fn file_first(story: &mut Story, tokens: &Tokens) {
    story.say([
        "Where the file came first, its lot is held against the box as soon as that is written down. A difference is kept \
         until the box is written down anew, or the difference accepted.",
        "ファイルを先に取り込んだ場合は，納品内容を登録するとすぐに照合します．差異は，登録し直すか承認するまで残ります．",
    ]);
    story.done("tokenadm import others.csv --quiet").await;
    let other = format!("tokenadm lot expect 2026-11-24-b {KIND} --order PO-4712");
    story.file("other-box.txt", format!("{}\n{}\n", tokens.spare.serial, tokens.button.serial));
    story.done(&format!("{other} --serials other-box.txt")).await;
    story.done(&format!("{other} --count 2")).await;
    story.run(5, &format!("{other} --count 3")).await;
    story.done("tokenadm lot show 2026-11-24-b").await;
    story.say(["A box that nobody waits for any more is given up.", "待つ必要のなくなった箱は取りやめます．"]);
    story.done(&format!("tokenadm lot expect {KIND} --order PO-4713 --count 500")).await;
    story.run(5, "tokenadm lot compare 2026-11-24-c").await;
    story.done("tokenadm lot expect 2026-11-24-c --cancel --dry-run").await;
    story.done("tokenadm lot expect 2026-11-24-c --cancel").await;
    story.run(3, "tokenadm lot compare 2026-11-24-d").await;
}

async fn destroyed(story: &mut Story) {
    story.say([
        "When a lot is in stock, its seed file is destroyed, and somebody confirms that: only of the file that was imported, \
         which is told by its SHA-256. What is left to do is a list.",
        "取り込みが済んだら，シードファイルを廃棄して，そのことを記録します．取り込んだファイルかどうかは SHA-256 で確かめます．\
         まだ廃棄を確認していないロットは一覧にできます．",
    ]);
    story.done("tokenadm lot list --undestroyed").await;
    let destroyed = "tokenadm lot destroyed 2026-11-24-a";
    story.run(5, &format!("{destroyed} --file others.csv --method deleted")).await;
    story.run(2, &format!("{destroyed} --file seeds.csv --method deleted --on yesterday")).await;
    story.run(2, &format!("{destroyed} --file seeds.csv --method deleted --on 2026-11-25")).await;
    let by = "--method media-destroyed --by 'records office' --on 2026-11-24 --note 'ticket 4711'";
    story.done(&format!("{destroyed} --file seeds.csv {by} --dry-run")).await;
    story.done(&format!("{destroyed} --file seeds.csv {by}")).await;
    story.run(5, &format!("{destroyed} --file seeds.csv --method deleted")).await;
    story.done("tokenadm lot show 2026-11-24-a").await;
}

async fn in_json(story: &mut Story) {
    story.say(["The same for programs.", "プログラム向けの出力です．"]);
    story.done(&format!("tokenadm lot expect {KIND} --order PO-4714 --count 12 --json")).await;
    story.done("tokenadm lot compare 2026-11-24-a --json").await;
    story.done("tokenadm lot destroyed 2026-11-24-b --file others.csv --method deleted --json").await;
    story.done("tokenadm audit list --filter 'subject = lots/2026-11-24-a'").await;
}
