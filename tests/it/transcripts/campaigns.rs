//! Calling tokens in: a campaign from its list to the codes that are stopped.

use tokenfleet_tests::Story;

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Calling tokens in", "トークンの回収"]);
    let (good, near, spare) = (&tokens.good, &tokens.near, &tokens.spare);
    story.fleet.stock(&[good, near, spare, &tokens.shelf]).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    for (device, user) in [(good, USER), (near, OTHER_USER), (spare, "2222222222")] {
        story.fleet.admin.assign(&device.serial, user).await.unwrap();
    }
    beginning(story).await;
    under_way(story, tokens).await;
    deadline(story, tokens).await;
    in_json(story, tokens).await;
}

async fn beginning(story: &mut Story) {
    story.say([
        "A recall, a battery exchange, leavers: a campaign keeps the list that a filter gives today, with a last day.",
        "回収，電池の交換，退職など，対象の一覧と期限を決めて進めます．一覧はその時点のフィルタの結果で固定されます．",
    ]);
    let create = "tokenadm campaign create battery-2027 --kind battery --filter 'custody = LENT'";
    story.done(&format!("{create} --due 2027-03-31 --dry-run")).await;
    story.done(&format!("{create} --due 2027-03-31 --note 'ticket 4801'")).await;
    story.run(5, &format!("{create} --due 2027-03-31")).await;
    story.run(2, &format!("{create} --due 'end of March'")).await;
    story.run(2, "tokenadm campaign create all --filter '' --due 2027-03-31").await;
    story.run(5, "tokenadm campaign create none --filter 'vendor = \"nobody\"' --due 2027-03-31").await;
    story.run(3, "tokenadm campaign show battery-2028").await;
}

async fn under_way(story: &mut Story, tokens: &Tokens) {
    let (good, near) = (&tokens.good.serial, &tokens.near.serial);
    story.say([
        "Everybody who still holds one gets a letter in both languages, from a text of your own or the one that is there.",
        "まだ持っている人に，日本語と英語の手紙を作れます．ひな形は付属のもののほか，自作のものも使えます．",
    ]);
    story.done("tokenadm campaign letters battery-2027 --out letters").await;
    story.done("cat letters/0123456789.txt").await;
    story.file("letter.txt", "Dear {name},\n");
    story.run(2, "tokenadm campaign letters battery-2027 --template letter.txt --out more").await;
    story.say([
        "How far it is follows from the loans: what comes back is done.",
        "進み具合は貸出の記録から分かります．返却されたものは対応済みになります．",
    ]);
    story.done(&format!("tokenadm return {good} --reason battery --leaves-none")).await;
    story.done(&format!("tokenadm campaign exclude battery-2027 {near} --note 'abroad until May' --dry-run")).await;
    story.done(&format!("tokenadm campaign exclude battery-2027 {near} --note 'abroad until May'")).await;
    story.run(5, &format!("tokenadm campaign exclude battery-2027 {near}")).await;
    story.done("tokenadm campaign tokens battery-2027").await;
    story.done("tokenadm campaign list").await;
}

async fn deadline(story: &mut Story, tokens: &Tokens) {
    story.say([
        "After the last day the codes of what is left can be stopped, some at a time. Before it they can't.",
        "期限を過ぎると，残ったトークンの確認コードを少しずつ止められます．期限前には止められません．",
    ]);
    let cut_off = "tokenadm campaign cut-off battery-2027 --limit 20";
    story.run(5, &format!("{cut_off} --confirm=battery-2027")).await;
    // Half a year, so that it is the first of April in Japan.
    story.later(128 * 86_400);
    story.done(&format!("{cut_off} --dry-run")).await;
    story.run_on_terminal(0, cut_off, &["battery-2027"]).await;
    story.run(5, &format!("tokenadm verify {} 123456", tokens.spare.serial)).await;
    story.done("tokenadm campaign close battery-2027 --dry-run").await;
    story.done("tokenadm campaign close battery-2027").await;
    story.run(5, &format!("{cut_off} --confirm=battery-2027")).await;
    story.done("tokenadm campaign show battery-2027").await;
}

async fn in_json(story: &mut Story, tokens: &Tokens) {
    story.say(["The same for programs.", "プログラム向けの出力です．"]);
    let again = "tokenadm campaign create again --filter 'custody = LENT' --due 2027-05-31";
    let lines = "grep -E '\"(name|tokens|open_tokens|dry_run|progress|letters)\"'";
    story.done(&format!("{again} --json | {lines}")).await;
    story.done("tokenadm campaign list --json | head -n 20").await;
    story.done("tokenadm campaign show again --json").await;
    story.done("tokenadm campaign tokens again --open --limit 1 --json").await;
    story.done(&format!("tokenadm campaign letters again --out again --json | {lines}")).await;
    story.done(&format!("tokenadm campaign exclude again {} --json | {lines}", tokens.near.serial)).await;
    story.later(61 * 86_400);
    story.done(&format!("tokenadm campaign cut-off again --limit 1 --confirm=again --json | {lines}")).await;
    story.done(&format!("tokenadm campaign close again --json | {lines}")).await;
}
