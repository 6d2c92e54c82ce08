//! The slip that goes with a token: one page of A4 in Japanese and English, as HTML that any browser prints.
//!
//! Guarantees: it holds no secret and refers to nothing outside itself; what was typed stands in it as text only. A slip
//! that can't be written never makes a loan look undone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use tokenfleet_proto::v1;

use super::{Session, terms};
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::shapes::{self, show_date};
use crate::words::{Complaint, Say};

/// What stands behind the ID in the name that people sign in with.
const SIGN_IN_DOMAIN: &str = "@utac.u-tokyo.ac.jp";

/// Refuses, before anything is lent, a slip that could not be written afterwards.
pub(super) fn may_write(session: &Session, path: Option<&Path>) -> Outcome {
    let Some(path) = path else { return Ok(()) };
    if path == Path::new("-") {
        return Err(Failure::plain(Complaint::SlipToStdout));
    }
    if path.exists() && !session.global.yes {
        return Err(Failure::with(Complaint::FileInUse, [("file", &path.display().to_string())]));
    }
    Ok(())
}

/// Writes the slip of a loan that was made, and says where it is.
pub(super) fn hand_out(
    session: &mut Session,
    path: &Path,
    token: &v1::Token,
    user: &str,
    loan: Option<&v1::Loan>,
) -> Outcome {
    let contact = config::contact(session.global.config.as_deref())?;
    let page = Slip { token, user, loan, contact: contact.as_deref() }.page();
    let shown = path.display().to_string();
    write(path, &page, session.global.yes).map_err(|error| {
        let why = error.to_string();
        Failure::with(Complaint::SlipUnwritten, [("serial", &token.serial), ("file", &shown), ("why", &why)])
    })?;
    session.printer.say(&Say::SlipWritten.with(session.printer.lang, &[("file", &shown)]));
    Ok(())
}

/// Another file of that name is overwritten only where somebody said so.
fn write(path: &Path, page: &str, anew: bool) -> io::Result<()> {
    let mut file =
        if anew { File::create(path)? } else { OpenOptions::new().write(true).create_new(true).open(path)? };
    file.write_all(page.as_bytes())
}

/// What a slip tells.
struct Slip<'a> {
    token: &'a v1::Token,
    /// The ID of the person.
    user: &'a str,
    loan: Option<&'a v1::Loan>,
    /// Whom to ask; else the desk that lent it.
    contact: Option<&'a str>,
}

impl Slip<'_> {
    fn page(&self) -> String {
        let (facts_ja, facts_en) = (self.facts(0), self.facts(1));
        let sign_in = escaped(&[self.user, SIGN_IN_DOMAIN].concat());
        let digits = self.token.digits;
        let [changes_ja, changes_en] = self.how_codes_change();
        let [back_ja, back_en] = self.when_back();
        let [contact_ja, contact_en] = match self.contact {
            Some(contact) => [escaped(contact), escaped(contact)],
            None => ["貸出を受けた窓口".to_owned(), "the desk that lent it".to_owned()],
        };
        format!(
            r#"<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="utf-8"/>
<title>ハードウェアトークンの貸出 / Loan of a hardware token</title>
<style>
@page {{ size: A4; margin: 10mm 15mm; }}
body {{ font-family: "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo", sans-serif; font-size: 9pt; line-height: 1.32; margin: 0; color: #000; }}
section + section {{ border-top: 0.5pt solid #000; margin-top: 4mm; padding-top: 2.5mm; }}
h1 {{ font-size: 13pt; margin: 0 0 1mm; }}
h2 {{ font-size: 9.5pt; margin: 1.6mm 0 0.3mm; }}
p, ol, ul {{ margin: 0; }}
ol, ul {{ padding-left: 6mm; }}
th {{ font-weight: normal; text-align: left; padding: 0 6mm 0 0; white-space: nowrap; vertical-align: top; }}
td {{ font-weight: bold; padding: 0 10mm 0 0; vertical-align: top; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<section lang="ja">
<h1>ハードウェアトークンの貸出</h1>
<table>
{facts_ja}</table>
<h2>サインインの方法</h2>
<ol>
<li>ユーザ名 <b>{sign_in}</b> とパスワードを入力します．</li>
<li>本人確認方法を選ぶ画面では，「モバイル アプリまたはハードウェア トークンから確認コードを使用する」を選びます．</li>
<li>トークンに表示された{digits}桁の確認コードを，先頭の0も含めて入力します．何も表示されていなければボタンを押してください．</li>
</ol>
<h2>確認コードについて</h2>
<ul>
<li>{changes_ja}</li>
<li>同じ確認コードは一度しか使えません．続けてもう一度求められたら，次の確認コードを待って入力してください．</li>
<li>確認コードを電話やメールで聞かれても，教えないでください．</li>
</ul>
<h2>電池切れの兆候</h2>
<p>何も表示されない，表示が薄い，数字が欠ける，文字（bAtt，Err，EEEEEE など）が出る，正しく入力しても受け付けられないことが増えた，などは電池切れの兆候です．使えなくなる前に窓口で交換してください．電池は交換できません．</p>
<h2>返却と紛失</h2>
<p>このトークンは大学が貸し出しているものです．{back_ja}人に譲ったり，貸したりしないでください．紛失したときは，直ちに連絡してください．</p>
<h2>問い合わせ先</h2>
<p>{contact_ja}</p>
</section>
<section lang="en">
<h1>Loan of a hardware token</h1>
<table>
{facts_en}</table>
<h2>How to sign in</h2>
<ol>
<li>Type your user name <b>{sign_in}</b> and your password.</li>
<li>Where you are asked for a verification method, choose “Use a verification code”.</li>
<li>Type the {digits} digits that the token shows, leading zeros too. If it shows nothing, press its button.</li>
</ol>
<h2>About the codes</h2>
<ul>
<li>{changes_en}</li>
<li>A code counts once. If you are asked a second time, wait for the next code and type that.</li>
<li>Tell nobody a code who asks you for it by phone or e-mail.</li>
</ul>
<h2>When the battery ends</h2>
<p>Nothing on the display, a faint display, broken digits, letters (bAtt, Err, EEEEEE), or right codes that are refused more and more often: have the token exchanged at the desk before it stops. Its battery can't be changed.</p>
<h2>Giving it back, and losing it</h2>
<p>The token belongs to the university. {back_en} Do not pass it on or lend it to anybody. If you lose it, say so at once.</p>
<h2>Contact</h2>
<p>{contact_en}</p>
</section>
</body>
</html>
"#
        )
    }

    /// The rows of the table, in Japanese or English.
    fn facts(&self, lang: usize) -> String {
        let loan = self.loan;
        let text = |text: fn(&v1::Loan) -> &String| loan.map(text).filter(|text| !text.is_empty()).cloned();
        let lent = show_date(&shapes::time(loan.and_then(|loan| loan.start_time.as_ref())));
        let until = ["返却されるまで", "until it is returned"][lang].to_owned();
        let rows = [
            (["シリアル番号", "Serial number"], Some(self.token.serial.clone())),
            (["共通ID", "Common ID"], Some(self.user.to_owned())),
            (["貸出日", "Lent on"], Some(lent).filter(|lent| !lent.is_empty())),
            (["貸出期限", "Due on"], Some(terms::last_day(loan).unwrap_or(until))),
            (["部局", "Department"], text(|loan| &loan.department)),
            (["受付番号", "Ticket"], text(|loan| &loan.ticket)),
        ];
        let cell = |(head, value): ([&str; 2], Option<String>)| {
            value.map(|value| format!("<th>{}</th><td>{}</td>", head[lang], escaped(&value)))
        };
        // Two beside each other, so that both languages fit on a page.
        let cells: Vec<_> = rows.into_iter().filter_map(cell).collect();
        cells.chunks(2).map(|row| ["<tr>", &row.concat(), "</tr>\n"].concat()).collect()
    }

    /// A token with a clock shows the next code when its countdown ends, one with a button when it is pressed.
    fn how_codes_change(&self) -> [String; 2] {
        match self.token.period_seconds {
            ..=0 => [
                "確認コードはボタンを押すたびに新しくなります．使わないのに押さないでください．".to_owned(),
                "A new code comes each time the button is pressed. Press it only to use the code.".to_owned(),
            ],
            seconds => [
                format!(
                    "確認コードは{seconds}秒ごとの残り時間がなくなると新しいものに替わり，前のものは使えなくなります．"
                ),
                format!("A code is replaced when its countdown of {seconds} s ends; type the one that shows then."),
            ],
        }
    }

    fn when_back(&self) -> [String; 2] {
        match terms::last_day(self.loan) {
            Some(day) => [
                format!("{day} までに，また，離職や卒業などで使わなくなったときはその時に，窓口に返却してください．"),
                format!("Give it back at the desk by {day}, and before that when you leave or need it no more."),
            ],
            None => [
                "離職や卒業などで使わなくなったときは，窓口に返却してください．".to_owned(),
                "Give it back at the desk when you leave or need it no more.".to_owned(),
            ],
        }
    }
}

/// A text as HTML has it.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(period_seconds: i32) -> v1::Token {
        v1::Token { serial: "2600215704919".to_owned(), digits: 6, period_seconds, ..v1::Token::default() }
    }

    fn loan(ticket: &str, due: Option<&str>) -> v1::Loan {
        v1::Loan {
            ticket: ticket.to_owned(),
            department: "letters".to_owned(),
            start_time: Some(prost_types::Timestamp { seconds: 1_795_478_400, nanos: 0 }),
            due_time: due.and_then(terms::end_of_typed_day),
            ..v1::Loan::default()
        }
    }

    fn page(token: &v1::Token, loan: &v1::Loan, contact: Option<&str>) -> String {
        Slip { token, user: "0123456789", loan: Some(loan), contact }.page()
    }

    /// Whether every tag is closed where it should be; the page is written so that it can be read as XML too.
    fn is_well_formed(page: &str) -> bool {
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|rest| rest.split_once('>').map_or("", |(tag, _)| tag)) {
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            match (tag.starts_with('/'), tag.ends_with('/') || tag.starts_with('!')) {
                (_, true) => {}
                (false, false) => open.push(name),
                (true, false) if open.pop() == Some(name) => {}
                (true, false) => return false,
            }
        }
        open.is_empty()
    }

    #[test]
    fn a_slip_tells_both_readers_what_they_need() {
        let page = page(&token(60), &loan("R-1024", Some("2027-03-31")), Some("tokens@example.ac.jp"));
        assert!(is_well_formed(&page), "{page}");
        for (part, times) in [
            ("<td>2600215704919</td>", 2),
            ("<td>0123456789</td>", 2),
            ("<b>0123456789@utac.u-tokyo.ac.jp</b>", 2),
            ("<td>2026-11-24</td>", 2),
            ("<td>2027-03-31</td>", 2),
            ("<td>R-1024</td>", 2),
            ("<td>letters</td>", 2),
            ("tokens@example.ac.jp", 2),
            ("「モバイル アプリまたはハードウェア トークンから確認コードを使用する」", 1),
            ("60秒ごと", 1),
            ("countdown of 60 s", 1),
            ("by 2027-03-31", 1),
            ("電池切れの兆候", 2),
        ] {
            assert_eq!(page.matches(part).count(), times, "{part}");
        }
    }

    #[test]
    fn what_was_not_agreed_on_is_left_out() {
        let page = page(&token(0), &loan("", None), None);
        assert!(is_well_formed(&page));
        for part in
            ["返却されるまで", "until it is returned", "貸出を受けた窓口", "the desk that lent it", "ボタンを押すたび"]
        {
            assert!(page.contains(part), "{part}");
        }
        for part in ["受付番号", "Ticket", "秒ごと"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn a_slip_refers_to_nothing_and_runs_nothing_whatever_was_typed() {
        let nasty = "<script src=\"http://a\">'&</b>";
        let page = page(&token(30), &loan(nasty, None), Some(nasty));
        assert!(is_well_formed(&page), "{page}");
        assert_eq!(page.matches("&lt;script src=&quot;http://a&quot;&gt;&#39;&amp;&lt;/b&gt;").count(), 4);
        for outside in ["<script", "<link", "<img", "src=\"", "href=", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn another_file_is_overwritten_only_where_somebody_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slip.html");
        write(&path, "one", false).unwrap();
        assert!(write(&path, "two", false).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        write(&path, "three", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    }
}
