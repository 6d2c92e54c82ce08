//! `tokenadm` by example: a story of commands with all that they answer, run against a real fleet, once for people who
//! read English and once for people who read Japanese. What comes out is docs/cli.md and docs/cli.ja.md. What differs
//! fails; what was meant is written with
//!
//! ```text
//! TOKENFLEET_BLESS=1 cargo test -p tokenfleet-tests --test it transcripts::
//! ```
//!
//! Each chapter is a file, and goes on where the last one ended.

mod adopting;
mod beginning;
mod campaigns;
mod codes;
mod counter;
mod coverage;
mod delivering;
mod desk;
mod documents;
mod lending;
mod life;
mod looking;
mod lots;
mod operators;
mod people;
mod practice;
mod program;
mod proving;
mod record;
mod reports;
mod scripts;
mod seed_files;
mod stock;
mod trouble;

use tokenfleet_tests::{Device, Reader, Story, Words, bless};

/// The people who hold tokens.
const USER: &str = "0123456789";
const OTHER_USER: &str = "1111111111";

/// When the story begins: a Tuesday, 9:00 in Japan.
const BEGIN: &str = "2026-11-24T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn the_english_transcripts_are_what_tokenadm_says() {
    bless::compare("cli.md", &Box::pin(told_to(Reader::English)).await, "transcripts::");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_japanese_transcripts_are_what_tokenadm_says() {
    bless::compare("cli.ja.md", &Box::pin(told_to(Reader::Japanese)).await, "transcripts::");
}

async fn told_to(reader: Reader) -> String {
    let mut story = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    let tokens = Tokens::new();
    beginning::tell(&mut story).await;
    seed_files::tell(&mut story, &tokens).await;
    lots::tell(&mut story).await;
    lending::tell(&mut story, &tokens).await;
    codes::tell(&mut story, &tokens).await;
    looking::tell(&mut story).await;
    operators::tell(&mut story, &tokens).await;
    record::tell(&mut story).await;
    scripts::tell(&mut story, &tokens).await;
    practice::tell(&mut story).await;
    program::tell(&mut story).await;
    let days = story.take();
    documents::tell(&mut story, &tokens).await;
    let mut later = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    life::tell(&mut later, &tokens).await;
    let mut served = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    desk::tell(&mut served, &tokens).await;
    let mut known = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    people::tell(&mut known, &tokens).await;
    let mut recalled = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    campaigns::tell(&mut recalled, &tokens).await;
    let mut proven = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    proving::tell(&mut proven).await;
    let mut delivered = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    delivering::tell(&mut delivered, &tokens).await;
    let mut adopted = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    adopting::tell(&mut adopted, &tokens).await;
    let mut watched = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    reports::tell(&mut watched, &tokens).await;
    let mut kept = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    stock::tell(&mut kept, &tokens).await;
    // What goes wrong breaks a fleet of its own.
    let mut broken = Story::begin(reader, BEGIN.parse().unwrap(), "hanako").await;
    trouble::tell(&mut broken, &tokens).await;
    let chapters = [
        days,
        later.take(),
        served.take(),
        kept.take(),
        known.take(),
        recalled.take(),
        proven.take(),
        delivered.take(),
        adopted.take(),
        watched.take(),
        broken.take(),
        story.take(),
    ]
    .concat();
    format!("{}\n{}{chapters}", reader.of(TITLE), contents(&chapters))
}

/// A list of the chapters, each a link to it as GitHub and others name headings.
fn contents(chapters: &str) -> String {
    let titles = chapters.lines().filter_map(|line| line.strip_prefix("## "));
    let link = |title: &str| format!("- [{title}](#{})\n", title.to_lowercase().replace(' ', "-"));
    titles.map(link).collect()
}

/// What is shown for the head of the record, which no two runs have in common.
const HEAD: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The tokens of the story.
struct Tokens {
    good: Device,
    slow: Device,
    /// Its serial is easily taken for that of the good one.
    near: Device,
    spare: Device,
    /// It stays in stock.
    shelf: Device,
    button: Device,
}

impl Tokens {
    fn new() -> Self {
        Self {
            good: Device::clock("2600215704919"),
            slow: Device::clock("2600215704920").drifted(-310),
            near: Device::clock("2600215704918"),
            spare: Device::clock("2600215704921"),
            shelf: Device::clock("2600215704922"),
            button: Device::button("1000133508267"),
        }
    }
}

const TITLE: Words = [
    "# tokenadm by example

Every command with what it answers, from a real fleet with made-up tokens; a test runs all of this and fails where an
answer differs. Lines that begin with » are talk (stderr), the others are data (stdout); `(exit 6)` stands where the exit
code is not 0. Where a question is answered, or a pager at work, it is a terminal's screen, which shows both alike. The same
in Japanese: [cli.ja.md](cli.ja.md).
",
    "# tokenadm の使い方（実例）

すべてのコマンドとその応答です．架空のトークンを登録した実際のフリートで実行しており，応答が変わるとテストが失敗します．
» で始まる行は説明（標準エラー出力），それ以外はデータ（標準出力）です．質問に答える例とページャの例は端末の画面で，両者を区別しません．
終了コードが0でないときは `(exit 6)` のように示します．日本語のロケール（ja_JP.UTF-8）で実行しました．
`--lang ja` を付けても同じです．英語版: [cli.md](cli.md)
",
];
