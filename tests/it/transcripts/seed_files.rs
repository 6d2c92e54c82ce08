//! Vendors' seed files: how they are read, tried and imported, and what is refused.

use data_encoding::{BASE32_NOPAD, HEXUPPER};
use tokenfleet_tests::{Device, Story, entra_file, oath_file};

use super::Tokens;

/// A row as Entra ID documents it, with this serial and this secret.
fn row(serial: &str, secret: &str) -> String {
    format!("upn@example.com,{serial},{secret},30,Contoso,HardwareKey\n")
}

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Seed files", "シードファイル"]);
    good_files(story, tokens).await;
    known_tokens(story, tokens).await;
    damaged_files(story, tokens).await;
    files_without_a_vendor(story, tokens).await;
    refused_files(story).await;
    mapped_files(story).await;
}

async fn good_files(story: &mut Story, tokens: &Tokens) {
    story.file("seeds.csv", entra_file(&[&tokens.good, &tokens.slow, &tokens.near, &tokens.shelf]));
    story.file("key.txt", "0123456789abcdef0123456789abcdef\n");
    story.file("empty.txt", "");
    story.say([
        "`inspect` says how a file is read, key by key, and stores nothing. The check value (KCV) of a key can be \
         compared with what another system shows; it gives no seed away.",
        "`inspect` は，ファイルの読み方を鍵ごとに示し，何も保存しません．\
         照合値は他のシステムの表示と見比べるためのもので，シードは分かりません．",
    ]);
    story.done("tokenadm inspect seeds.csv").await;
    story.say([
        "An import is tried before it is done, and done once: the same file again changes nothing.",
        "取り込みは事前に試せます．同じファイルをもう一度取り込んでも，何も変わりません．",
    ]);
    story.done("tokenadm import seeds.csv --dry-run").await;
    story.done("tokenadm import seeds.csv").await;
    story.done("tokenadm import seeds.csv").await;
    story.say([
        "Keys and passphrases of encrypted files come from files, or from a prompt that shows nothing; a plan is of one \
         file.",
        "暗号化されたファイルの鍵やパスフレーズは，ファイルか，画面に表示されない入力で渡します．計画はファイルごとのものです．",
    ]);
    story.run(2, "cat key.txt | tokenadm import - --key-file -").await;
    story.run(2, &format!("tokenadm inspect seeds.csv{}", " --key-file key.txt".repeat(6))).await;
    story.run(2, "tokenadm inspect seeds.csv --key-file empty.txt").await;
    story.done("tokenadm inspect seeds.csv --key-file key.txt").await;
    story.run(2, "tokenadm import seeds.csv more.csv --plan mzxw6ytb-onsw-k4tj").await;
}

async fn known_tokens(story: &mut Story, tokens: &Tokens) {
    let described = entra_file(&[&tokens.good, &tokens.slow]).replace(",HardwareKey", ",HardwareKey 2");
    story.file("renamed.csv", described);
    story.say([
        "A file that describes known tokens otherwise is refused, unless `--existing` says what becomes of such rows. \
         No import changes a seed that is known.",
        "登録済みのトークンについて違う内容のファイルは拒否します．`--existing` で扱いを指定できます．\
         登録済みのシードを変える取り込みはありません．",
    ]);
    story.run(6, "tokenadm import renamed.csv --dry-run").await;
    story.done("tokenadm import renamed.csv --dry-run --existing update-metadata").await;
}

async fn damaged_files(story: &mut Story, tokens: &Tokens) {
    let secret = BASE32_NOPAD.encode(Device::clock("damaged").seed());
    let rows = [
        tokens.spare.entra_row(),
        row("2.60022E+12", &secret),
        row("2600215704932", "1.23457E+21"),
        row("2600215704933", &secret.replace(secret.chars().next().unwrap(), "1")),
        row("", &secret),
        tokens.good.with_another_seed().entra_row(),
    ];
    story.file("april.csv", format!("{}{}", entra_file(&[]), rows.concat()));
    story.say([
        "This file went through a spreadsheet. What is wrong is named by line, column and rule, never by content, \
         and nothing is imported.",
        "次のファイルは表計算ソフトで壊れています．問題は行，列，規則で示し，内容は表示しません．何も取り込みません．",
    ]);
    story.run(6, "tokenadm inspect april.csv").await;
    story.run(6, "tokenadm import april.csv").await;
    story.say([
        "`--keep-going` imports what is good, and lists the others for the vendor.",
        "`--keep-going` は読める行だけを取り込み，残りを製造元への問い合わせ用に書き出します．",
    ]);
    story.run(6, "tokenadm import april.csv --keep-going --dry-run").await;
    story.run(6, "tokenadm import april.csv --keep-going").await;
    story.done("cat april.rejected.csv").await;
    story.run(5, "tokenadm import april.csv --keep-going").await;
    story.say([
        "Of several files each is tried; what is told last, and the exit code, is the worst.",
        "複数のファイルは一つずつ試します．最も悪い結果を最後に示し，終了コードもそれに従います．",
    ]);
    story.run(6, "tokenadm import --dry-run seeds.csv april.csv").await;
}

async fn files_without_a_vendor(story: &mut Story, tokens: &Tokens) {
    story.file("buttons.csv", oath_file(&[&tokens.button]));
    story.say([
        "An OATH list has no header, so it names no vendor. `-` is stdin.",
        "OATH の一覧には見出しがなく，製造元も分かりません．`-` は標準入力です．",
    ]);
    story.done("tokenadm import buttons.csv --dry-run").await;
    story.done("cat buttons.csv | tokenadm import - --vendor feitian").await;
}

async fn refused_files(story: &mut Story) {
    story.say([
        "Nothing is read by a guess. Secrets that read as hex and as Base32 alike need a word from the vendor; a \
         file that can't be read is refused as a whole.",
        "推測では読みません．16進とも Base32 とも読めるシードは製造元への確認が必要です．\
         読めないファイルは全体を拒否します．",
    ]);
    let both = HEXUPPER.encode(&[0xAB, 0xCD, 0xEF, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0xAA].repeat(2));
    story.file("safeid.csv", format!("serial number,secret key,time interval\n71358472,{both},60\n"));
    story.file("tokens.zip", "PK\u{3}\u{4}made up");
    story.run(2, "tokenadm inspect safeid.csv").await;
    story.done("tokenadm inspect safeid.csv --secret-encoding hex").await;
    story.run(2, "tokenadm import tokens.zip").await;
    story.file("scan.png", b"\x89PNG\r\n\x1a\n\0made up");
    story.file("people.csv", "ID,Name,Department\n0123456789,Yamada Taro,Letters\n");
    story.run(2, "tokenadm import scan.png").await;
    story.run(2, "tokenadm import people.csv").await;
    story.run(2, "tokenadm import seeds.csv --part Sheet1").await;
    story.run(2, "tokenadm import no-such-file.csv").await;
}

async fn mapped_files(story: &mut Story) {
    story.say([
        "A file whose headings say nothing is read by a map: which column holds what. The profile keeps maps by name.",
        "見出しから読み方が分からないファイルは，列の対応を指定して読みます．\
         対応はプロファイルに名前を付けて登録できます．",
    ]);
    let seed = HEXUPPER.encode(Device::clock("2600215704940").seed());
    story.file("acme.csv", format!("A;B;C\n2600215704940;{seed};blue\n"));
    story.run(2, "tokenadm inspect acme.csv").await;
    story.done("tokenadm inspect acme.csv --map serial=1,secret=2:hex,type=const:totp,period=const:60").await;
    story.run(2, "tokenadm inspect acme.csv --map serial=1,secret=3:hex,type=const:totp").await;
    story.run(2, "tokenadm inspect acme.csv --map serial=1,secret").await;
    let map = "acme = \"serial=A,secret=B:hex,type=const:totp\"";
    let config = "~/.config/tokenadm/profiles/hanako/config.toml";
    story.done(&format!("printf '[maps]\\n%s\\n' '{map}' >> {config}")).await;
    story.done("tokenadm inspect acme.csv --map acme").await;
    story.run(3, "tokenadm inspect acme.csv --map emca").await;
}
