//! A university that lends tokens already comes over with its list.

use tokenfleet_tests::{Story, entra_file};

use super::{OTHER_USER, Tokens, USER};

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["A fleet that is there already", "すでに貸し出しているトークンの引き継ぎ"]);
    story.fleet.stock(&[&tokens.good]).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    the_list(story, tokens).await;
    the_seeds(story, tokens).await;
    other_systems(story, tokens).await;
}

async fn the_list(story: &mut Story, tokens: &Tokens) {
    let [good, slow, near, spare] =
        [&tokens.good, &tokens.slow, &tokens.near, &tokens.spare].map(|token| &token.serial);
    story.file(
        "loans.csv",
        format!(
            "serial,user id,since,returned,note\n{good},{USER},2024/4/1,,lab\n\
             {slow},{OTHER_USER},2021/4/1,2023/3/31,\n{slow},2222222222,2023/4/1,,\n{near},,,,drawer\n\
             {spare},333333333,2024/4/1,,\n{good},{USER},,,\n"
        ),
    );
    story.say([
        "A desk that has lent tokens so far has a list of them. `adopt` makes loans of it, since its own days. One token of \
         this list is in stock, the others are not known here; one row went through a spreadsheet, and keeps back all of it.",
        "これまでの貸出の一覧は `adopt` で引き継げます．貸出は一覧の日付で始まります．次の一覧のトークンのうち一つは在庫にあり，\
         ほかは登録がありません．1行が表計算ソフトで壊れているため，全体を引き継ぎません．",
    ]);
    story.done("cat loans.csv").await;
    story.run(6, "tokenadm adopt loans.csv --dry-run").await;
    story.say([
        "`--keep-going` leaves such rows out. Twice is once: the same list again changes nothing.",
        "`--keep-going` はそのような行を除きます．同じ一覧をもう一度引き継いでも，何も変わりません．",
    ]);
    story.run(6, "tokenadm adopt loans.csv --keep-going --dry-run").await;
    story.run(6, "tokenadm adopt loans.csv --keep-going").await;
    story.run(6, "tokenadm adopt loans.csv --keep-going").await;
    story.done(&format!("tokenadm loans {slow}")).await;
}

async fn the_seeds(story: &mut Story, tokens: &Tokens) {
    let (slow, code) = (&tokens.slow, tokens.slow.code(story.fleet.now()));
    story.say([
        "A token without its seed is tracked: it is returned and lost as any other. Until its seed file comes, its codes can't \
         be checked, and it is lent to nobody anew.",
        "シードのないトークンは所在だけを管理します．返却と紛失は他のトークンと同じです．シードファイルを取り込むまでは，\
         確認コードを判定できず，新たに貸し出すこともできません．",
    ]);
    story.run(5, &format!("tokenadm verify {} {code}", slow.serial)).await;
    story.file("later.csv", entra_file(&[&tokens.slow, &tokens.near]));
    story.done("tokenadm import later.csv").await;
    story.done(&format!("tokenadm show {}", slow.serial)).await;
}

async fn other_systems(story: &mut Story, tokens: &Tokens) {
    story.file(
        "entra.csv",
        format!(
            "upn,serial number,time interval,manufacturer,model\n\
             {USER}@utac.u-tokyo.ac.jp,{},30,Contoso,HardwareKey\n",
            tokens.good.serial
        ),
    );
    story.say([
        "The lists of Entra, privacyIDEA and LinOTP are known by their headings. What is lent here and stands in no row is \
         named.",
        "Entra，privacyIDEA，LinOTP の一覧は見出しで見分けます．貸出中で一覧にないトークンも示します．",
    ]);
    story.done("tokenadm adopt entra.csv").await;
    story.done("tokenadm adopt entra.csv --dry-run --json").await;
}
