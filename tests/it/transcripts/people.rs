//! Who is who: the directory, and what it says before a token is lent.

use tokenfleet_tests::Story;

use super::{OTHER_USER, Tokens, USER};

const PEOPLE: &str = "\
user_id,name,kana,latin,department,kind,until,merged_into,phone
0123456789,山田 花子,ヤマダ ハナコ,Yamada Hanako,Letters,staff,,,03-0000-0000
1111111111,佐藤 太郎,サトウ タロウ,Sato Taro,Law,faculty,2027-03-31,,
2222222222,鈴木 一郎,スズキ イチロウ,Suzuki Ichiro,Law,student,2026-03-31,,
3333333333,山田 花子,ヤマダ ハナコ,Yamada Hanako,Letters,student,,0123456789,
";

pub(super) async fn tell(story: &mut Story, tokens: &Tokens) {
    story.chapter(["People", "利用者の名簿"]);
    story.fleet.stock(&[&tokens.good, &tokens.spare]).await;
    story.profile(&story.fleet.admin.clone(), ".config/tokenadm");
    the_list(story).await;
    lending(story, tokens).await;
    the_next_list(story).await;
    the_source(story).await;
}

async fn the_list(story: &mut Story) {
    story.file("people.csv", PEOPLE);
    story.say([
        "While there is no directory a token is lent to every ID of ten digits. With one, the desk sees who an ID is. The \
         directory is brought up to the university's own list; what a list has besides is neither read nor kept.",
        "名簿がないうちは，10桁の共通IDであれば誰にでも貸し出せます．名簿があれば，共通IDが誰のものかが分かります．\
         名簿は大学の一覧に合わせます．一覧のほかの列は読まず，保存もしません．",
    ]);
    story.done("tokenadm directory import people.csv --dry-run").await;
    story.done("tokenadm directory import people.csv").await;
    story.done(&format!("tokenadm directory show {USER}")).await;
    story.run(3, "tokenadm directory show 0123456798").await;
    story.say([
        "A row that can't be read is named, and nothing is changed.",
        "読めない行がある場合はその行を示し，何も変更しません．",
    ]);
    story.file("broken.csv", PEOPLE.replace("1111111111", "111111111").replace("student,2026", "visitor,2026"));
    story.run(6, "tokenadm directory import broken.csv").await;
}

async fn lending(story: &mut Story, tokens: &Tokens) {
    let (good, spare) = (&tokens.good.serial, &tokens.spare.serial);
    story.say([
        "What is wrong with an ID is said before anything is lent; the name stands beside one that is right.",
        "共通IDに問題があれば，貸し出す前に分かります．正しい共通IDには氏名が付きます．",
    ]);
    story.run(3, &format!("tokenadm assign {good} 0123456798")).await;
    story.run(5, &format!("tokenadm assign {good} 2222222222")).await;
    story.run(5, &format!("tokenadm assign {good} 3333333333")).await;
    story.done(&format!("tokenadm assign {good} {USER} --checked staff-card")).await;
    story.done(&format!("tokenadm assign {spare} {OTHER_USER}")).await;
    story.done(&format!("tokenadm loans {good}")).await;
}

async fn the_next_list(story: &mut Story) {
    story.say([
        "Whoever is missing from the next list is kept as gone. When a list has lost many people, it may have been cut off: it \
         is refused until somebody says that so many have left.",
        "次の一覧にない人は「名簿にない」として残します．多くの人が消えた一覧は，途中で切れているかもしれません．\
         その人数が離籍したと明示するまで取り込みません．",
    ]);
    let students: Vec<_> = (0..40).map(|nth| format!("44444444{nth:02},氏名 {nth},,,Law,student,,,")).collect();
    story.file("people.csv", format!("{PEOPLE}{}\n", students.join("\n")));
    story.done("tokenadm directory import people.csv").await;
    story.file("short.csv", PEOPLE.lines().take(3).collect::<Vec<_>>().join("\n"));
    story.run(5, "tokenadm directory import short.csv").await;
    story.done("tokenadm directory import short.csv --expect-removals 42 --json").await;
    story.done("tokenadm directory show 2222222222 --json").await;
}

async fn the_source(story: &mut Story) {
    story.say([
        "Where the directory comes from is shown; where `tokenfleetd.toml` names an LDAP server, it is read by itself, and by \
         hand.",
        "名簿の読み込み元を表示します．`tokenfleetd.toml` に LDAP サーバを設定すると自動的に読み込まれ，手動でも読み直せます．",
    ]);
    story.done("tokenadm directory status").await;
    story.done("tokenadm directory status --json").await;
    story.run(5, "tokenadm directory refresh").await;
    story.run(5, "tokenadm directory refresh --dry-run --json").await;
}
