//! For scripts: documents, lines, tables of values and names.

use tokenfleet_tests::Story;

use super::Tokens;

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["Scripts", "スクリプトから使う"]);
    formats(story).await;
    loops(story, tokens).await;
    errors(story).await;
    talk(story).await;
}

async fn formats(story: &mut Story) {
    story.say([
        "`--json` is a documented contract on every command; `jsonl` is the same line by line, `csv` and `name` are \
         for the shell.",
        "`--json` はどのコマンドでも使え，形が保証されています．`jsonl` は1行に1件，`csv` と `name` はシェル向けです．",
    ]);
    story.done("tokenadm list --limit 1 --json").await;
    story.done("tokenadm list --limit 2 -o jsonl --filter 'vendor = \"feitian\"'").await;
    story.done("tokenadm list --limit 2 -o csv").await;
    story.done("tokenadm list --state faulty -o name").await;
    story.run(2, "tokenadm list --json --columns serial").await;
    story.say([
        "For spreadsheets: a workbook whose serials stay texts, or CSV with a mark that Excel knows.",
        "表計算ソフト向けには，シリアル番号を文字列のまま保つブックか，Excel が読めるしるし（BOM）付きの CSV \
         があります．",
    ]);
    story.done("tokenadm list -o xlsx > tokens.xlsx; head -c 2 tokens.xlsx").await;
    story.done("tokenadm list -o csv --bom > tokens.csv; head -c 9 tokens.csv | od -c").await;
    story.run(2, "tokenadm list --bom").await;
    story.run_on_terminal(2, "tokenadm list -o xlsx", &[]).await;
    story.say(["On a terminal, long lists go through a pager.", "端末では，長い一覧をページャで表示します．"]);
    story.run_on_terminal(0, "PAGER='head -3' tokenadm list", &[]).await;
    story.run_on_terminal(1, "TOKENADM_PAGER=no-such-pager tokenadm list", &[]).await;
}

async fn loops(story: &mut Story, tokens: &Tokens) {
    let near = &tokens.near.serial;
    story.say([
        "A loop answers line by line, in every format.",
        "続けて読み取る場合は，どの形式でも1行ずつ応答します．",
    ]);
    let scanned = format!("printf '{near}\\n4711\\n' | tokenadm return --scan --dry-run");
    story.run(3, &format!("{scanned} -o csv")).await;
    story.run(3, &format!("{scanned} -o name")).await;
}

async fn errors(story: &mut Story) {
    story.say([
        "Errors are documents too, on stderr. The exit code says what sort it is.",
        "エラーも標準エラー出力に JSON で出ます．種類は終了コードで分かります．",
    ]);
    story.run(3, "tokenadm show 4711 --json").await;
    story.run(2, "tokenadm show --json").await;
    story.done("tokenadm show 4711 >answer.json 2>&1 || echo it ended with $?").await;
}

async fn talk(story: &mut Story) {
    story.say(["`-q` says less, `-v` more.", "`-q` は説明を減らし，`-v` は増やします．"]);
    story.done("tokenadm assign 2600215704921 2222222222 -n -q || true").await;
    story.done("tokenadm assign 2600215704919 2222222222 -n -v || true").await;
}
