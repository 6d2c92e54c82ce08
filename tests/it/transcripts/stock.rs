//! The stock: places, how many tokens are where, how they get from one to another, counting them, keeping them for people.

use tokenfleet_tests::{Device, Story, entra_file};

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["The stock", "在庫"]);
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    places(story, tokens).await;
    transfers(story, tokens).await;
    reservations(story, tokens).await;
    stocktake(story, tokens).await;
    labels(story, tokens).await;
    in_json(story, tokens).await;
}

async fn places(story: &mut Story, tokens: &Tokens) {
    story.say([
        "Tokens are kept in places, and what is imported belongs to one of them.",
        "トークンは保管場所で管理します．取り込むときに場所を指定できます．",
    ]);
    story.done("tokenadm location add hongo --en Hongo --ja 本郷").await;
    story.done("tokenadm location add komaba --en Komaba --ja 駒場").await;
    story.run(5, "tokenadm location add komaba").await;
    story.run(2, "tokenadm location add 柏").await;
    story.done("tokenadm location list").await;
    story.file("hongo.csv", entra_file(&[&tokens.good, &tokens.near, &tokens.slow, &tokens.spare]));
    story.file("komaba.csv", entra_file(&[&tokens.shelf]));
    story.done("tokenadm import hongo.csv --location hongo --quiet").await;
    story.done("tokenadm import komaba.csv --location komaba --quiet").await;
    story.run(3, "tokenadm import komaba.csv --location kashiwa").await;
    story.done(&format!("tokenadm assign {} {USER} --quiet", tokens.good.serial)).await;
    story.done("tokenadm stock").await;
    story.done("tokenadm stock --location komaba").await;
    story.done("tokenadm stock next --model HardwareKey --location hongo").await;
    story.run(5, "tokenadm stock next --model C100 --location hongo").await;
    story.say([
        "Of a model one can say how long its battery lasts, how far its clock may drift, and how few may be left.",
        "機種ごとに，電池の寿命，時計のずれの上限，必要数を登録できます．在庫が必要数を下回ると知らせます．",
    ]);
    story.done("tokenadm model set contoso HardwareKey --battery-years 5 --drift-ppm 10 --low-stock 5").await;
    story.done("tokenadm model set contoso HardwareKey --low-stock 2 --location komaba").await;
    story.run(3, "tokenadm model set feitian C200 --low-stock 2").await;
    story.run(2, "tokenadm model set contoso HardwareKey --battery-years 99").await;
    story.done("tokenadm model list").await;
    story.done("tokenadm stock").await;
    story.done("tokenadm model set contoso HardwareKey --low-stock 0").await;
    story.done("tokenadm model set contoso HardwareKey --low-stock 0 --location komaba").await;
}

async fn transfers(story: &mut Story, tokens: &Tokens) {
    let (near, slow) = (&tokens.near.serial, &tokens.slow.serial);
    story.say([
        "What is sent to another place is no free stock until it has come. What did not come is named and stays on its way.",
        "別の場所に送ったトークンは，届くまで貸し出せません．届かなかったものはその番号を示し，輸送中のままにします．",
    ]);
    story.done(&format!("tokenadm transfer {near} {slow} --to komaba --note 'box 3' --dry-run")).await;
    story.done(&format!("tokenadm transfer {near} {slow} --to komaba --note 'box 3'")).await;
    story.run(5, &format!("tokenadm assign {near} {OTHER_USER}")).await;
    story.run(5, &format!("tokenadm transfer {near} --to hongo")).await;
    story.done("tokenadm stock").await;
    story.done(&format!("tokenadm receive 2026-11-24-a {slow}")).await;
    story.done("tokenadm transfers").await;
    story.done("tokenadm transfers 2026-11-24-a").await;
    story.run(5, &format!("tokenadm receive 2026-11-24-a {}", tokens.spare.serial)).await;
    story.done(&format!("echo {near} | tokenadm receive 2026-11-24-a --scan")).await;
    story.run(5, "tokenadm receive 2026-11-24-a").await;
    story.done(&format!("echo {near} | tokenadm transfer --scan --to hongo")).await;
    story.done("tokenadm receive 2026-11-24-b").await;
}

async fn reservations(story: &mut Story, tokens: &Tokens) {
    story.say([
        "A token can be kept for a person until a day: nobody else gets it, and when it is lent to them it is kept no more.",
        "トークンは期限まで取り置けます．その間は別の人に貸し出せず，本人に貸し出すと取り置きは終わります．",
    ]);
    story
        .done(&format!("tokenadm reserve --model HardwareKey --location hongo --for {OTHER_USER} --note 'by mail'"))
        .await;
    story.run(5, &format!("tokenadm assign {} {USER}", tokens.near.serial)).await;
    story.done("tokenadm reservation list").await;
    story.done(&format!("tokenadm reserve {} --for {USER} --until 2026-12-24 --dry-run", tokens.spare.serial)).await;
    story.run(2, &format!("tokenadm reserve {} --for {USER} --until 2027-12-24", tokens.spare.serial)).await;
    story.done(&format!("tokenadm reservation cancel {} --dry-run", tokens.near.serial)).await;
    story.done(&format!("tokenadm reservation cancel {}", tokens.near.serial)).await;
    story.run(5, &format!("tokenadm reservation cancel {}", tokens.near.serial)).await;
}

async fn stocktake(story: &mut Story, tokens: &Tokens) {
    let (near, shelf) = (&tokens.near.serial, &tokens.shelf.serial);
    story.say([
        "A stocktake holds what is scanned in a place against what should be there. It changes nothing by itself; with \
         `--apply`, tokens of the shelf that lie there belong there from now on.",
        "棚卸しでは，スキャンしたものと，そこにあるはずのものを照合します．照合だけでは何も変わりません．\
         `--apply` を付けると，そこにあった在庫のトークンを，その場所の保管に改めます．",
    ]);
    story.done("tokenadm stocktake start --location hongo").await;
    story.run(5, "tokenadm stocktake start --location hongo").await;
    let lines = format!("printf '%s\\n' {near} {shelf} {near} 9999999999999 '***'");
    story.run(2, &format!("{lines} | tokenadm stocktake scan 2026-11-24-a")).await;
    story.done(&format!("tokenadm stocktake scan 2026-11-24-a {}", tokens.good.serial)).await;
    story.done("tokenadm stocktake close 2026-11-24-a --dry-run").await;
    story.run(5, "tokenadm stocktake show 2026-11-24-a").await;
    story.done("tokenadm stocktake close 2026-11-24-a --apply").await;
    story.done("tokenadm stocktake show 2026-11-24-a -o csv").await;
    story.done("tokenadm stocktake list").await;
}

async fn labels(story: &mut Story, tokens: &Tokens) {
    story.say([
        "A label has the serial as a bar code that scanners read, and as text.",
        "ラベルには，スキャナで読めるバーコードと文字でシリアル番号を示します．",
    ]);
    story.done(&format!("tokenadm label {} {} --out labels.svg", tokens.near.serial, tokens.shelf.serial)).await;
    story.done(&format!("tokenadm label {} --format zpl", tokens.near.serial)).await;
    let odd = Device::clock("種1");
    story.file("odd.csv", entra_file(&[&odd]));
    story.done("tokenadm import odd.csv --quiet").await;
    story.run(2, "tokenadm label 種1").await;
}

async fn in_json(story: &mut Story, tokens: &Tokens) {
    let (near, slow, spare) = (&tokens.near.serial, &tokens.slow.serial, &tokens.spare.serial);
    story.say(["The same for programs.", "プログラム向けの形式です．"]);
    story.done("tokenadm location add kashiwa --json").await;
    story.done("tokenadm location list --limit 1 --json").await;
    story.done("tokenadm stock --location komaba --json").await;
    story.done("tokenadm model set contoso HardwareKey --battery-years 5 --json").await;
    story.done("tokenadm model list --json").await;
    story.done("tokenadm stock next --model HardwareKey --location hongo --json").await;
    story.done(&format!("tokenadm reserve {spare} --for {USER} --json")).await;
    story.done("tokenadm reservation list --json").await;
    story.done(&format!("tokenadm reservation cancel {spare} --json")).await;
    story.done(&format!("tokenadm transfer {slow} --to kashiwa --json")).await;
    story.done("tokenadm transfers --json").await;
    story.done("tokenadm receive 2026-11-24-c --json").await;
    story.done("tokenadm stocktake start --location kashiwa --json").await;
    story.done(&format!("tokenadm stocktake scan 2026-11-24-b {near} --json")).await;
    story.done("tokenadm stocktake close 2026-11-24-b --json").await;
    story.done("tokenadm stocktake show 2026-11-24-b --json").await;
    story.done("tokenadm stocktake list --limit 1 --json").await;
    story.done(&format!("tokenadm label {near} --format zpl --json")).await;
}
