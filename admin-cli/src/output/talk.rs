//! Talk: what people are told beside the data, on stderr.
//!
//! Guarantee: in a format for programs nothing is said but an error; a hint of many rows is told once.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::{Format, Printer, clean, pad};
use crate::failure::{Description, Failure};
use crate::words::Say;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const LABEL: Style = AnsiColor::Cyan.on_default().bold();

/// Makes a terminal remember where the cursor is (DECSC), and go back there (DECRC).
const KEEP_CURSOR: &str = "\x1b7";
const TO_KEPT_CURSOR: &str = "\x1b8";

impl Printer {
    /// A line of talk.
    pub(crate) fn say(&mut self, text: &str) {
        if self.talks() {
            let text = clean(text).into_owned();
            self.talk_line(&text);
        }
    }

    /// A line of talk that wants attention.
    pub(crate) fn warn(&mut self, text: &str) {
        if self.talks() {
            let text = format!("{WARNING}!{WARNING:#} {}", clean(text));
            self.talk_line(&text);
        }
    }

    /// A line of talk after a label, such as the next command.
    pub(crate) fn label(&mut self, label: Say, text: &str) {
        if self.talks() {
            self.labelled(label, text);
        }
    }

    /// A line that only -v shows.
    pub(crate) fn detail(&mut self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// Rewrites the line that says how far something is, where there is such a line.
    pub(crate) fn progress(&mut self, text: &str) {
        if self.progress {
            self.clear_progress();
            self.progress_width = text.width();
            let text = clean(text).into_owned();
            self.write_talk(&text);
        }
    }

    /// Ends the line that is rewritten, without a trace.
    pub(crate) fn clear_progress(&mut self) {
        if self.progress_width > 0 {
            let blank = format!("\r{}\r", " ".repeat(self.progress_width));
            self.progress_width = 0;
            self.write_talk(&blank);
        }
    }

    /// A question; the cursor stays behind it until it is answered.
    pub(crate) fn question(&mut self, text: &str) {
        self.clear_progress();
        self.question_width = text.width();
        let text = clean(text).into_owned();
        self.write_talk(&text);
    }

    /// Words the open question anew, in its place. What was typed behind it stays where it is, so the new words have the
    /// room of the old ones; where the cursor can't be moved the question stays as it was.
    pub(crate) fn reword_question(&mut self, text: &str) {
        if self.cursor_moves && (1..=self.question_width).contains(&text.width()) {
            let text = pad(&clean(text), self.question_width);
            self.write_talk(&format!("{KEEP_CURSOR}\r{text}{TO_KEPT_CURSOR}"));
        }
    }

    /// The question was answered, and with it the line was ended.
    pub(crate) fn answered(&mut self) {
        self.question_width = 0;
    }

    /// A line to somebody who was asked, in whatever format.
    pub(crate) fn reply(&mut self, text: &str) {
        let text = clean(text).into_owned();
        self.talk_line(&text);
    }

    /// A row of a file that is refused; in a format for programs it stands in the document instead.
    pub(crate) fn refused_row(&mut self, place: &str, message: &str, code: &str, hint: &str) {
        if self.format != Format::Table {
            return;
        }
        let text = format!("{}{} {}   [{}]", self.error_label(), clean(place), clean(message), clean(code));
        self.talk_line(&text);
        if !hint.is_empty() && self.told_hints.insert(hint.to_owned()) {
            self.hint(hint);
        }
    }

    /// A failure, for people or for programs.
    pub(crate) fn complain(&mut self, failure: &Failure) {
        let Some(description) = failure.describe(self.lang) else { return };
        match self.format {
            Format::Json | Format::Jsonl => {
                let text = description.document().to_string();
                self.talk_line(&text);
            }
            Format::Table | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {
                self.complain_in_words(&description);
            }
        }
    }

    fn complain_in_words(&mut self, description: &Description) {
        let Description { message, code, reason, hint, request_id, .. } = description;
        let text = format!("{}{}   [{} {}]", self.error_label(), clean(message), clean(code), clean(reason));
        self.talk_line(&text);
        if !hint.is_empty() {
            self.hint(hint);
        }
        if !request_id.is_empty() && (self.verbose || description.concerns_the_server()) {
            self.labelled(Say::RequestOfServer, request_id);
        }
    }

    fn error_label(&self) -> String {
        format!("{ERROR}{}{ERROR:#}{}", Say::Error.plain(self.lang), Say::LabelSeparator.plain(self.lang))
    }

    fn hint(&mut self, hint: &str) {
        self.labelled(Say::Hint, hint);
    }

    fn labelled(&mut self, label: Say, text: &str) {
        let (label, colon) = (label.plain(self.lang), Say::LabelSeparator.plain(self.lang));
        let text = format!("{LABEL}{label}{LABEL:#}{colon}{}", clean(text));
        self.talk_line(&text);
    }

    fn talks(&self) -> bool {
        !self.quiet && self.format == Format::Table
    }

    fn talk_line(&mut self, text: &str) {
        self.clear_progress();
        let break_off = if std::mem::take(&mut self.question_width) > 0 { "\n" } else { "" };
        self.write_talk(&format!("{break_off}{text}\n"));
    }

    /// Talk that can't be said is no failure: the data is what counts. It waits for a pager, which has the screen.
    fn write_talk(&mut self, text: &str) {
        drop(self.close_pager());
        drop(self.data.flush());
        drop(self.talk.write_all(text.as_bytes()).and_then(|()| self.talk.flush()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::kept;
    use super::*;
    use crate::failure::tests::refusal;
    use crate::words::{Complaint, Lang};

    #[test]
    fn a_failure_is_followed_by_its_hint_in_the_callers_language() {
        let failure = Failure::with(Complaint::TargetAmbiguous, [("target", "0123456789")]);
        let (mut english, data, talk) = kept(Lang::En, Format::Table);
        english.complain(&failure);
        assert_eq!(
            talk.text(),
            "error: 0123456789 is both a serial and the ID of somebody who holds a token   [TF-9011 TARGET_AMBIGUOUS]\n\
             hint: say which: --serial or --user\n"
        );
        assert_eq!(data.text(), "", "talk is not data");
        let (mut japanese, _, talk) = kept(Lang::Ja, Format::Table);
        japanese.complain(&failure);
        assert_eq!(
            talk.text(),
            "エラー: 0123456789 はシリアル番号としても，貸出中の共通IDとしても存在します   [TF-9011 TARGET_AMBIGUOUS]\n\
             ヒント: --serial か --user を付けてください\n"
        );
    }

    #[test]
    fn a_fault_of_the_server_comes_with_the_id_to_tell() {
        let complained = |lang, code, reason| {
            let (mut printer, _, talk) = kept(lang, Format::Table);
            printer.complain(&Failure::of_status(&refusal(code, "TF-0000", reason)));
            talk.text()
        };
        let text = complained(Lang::En, tonic::Code::Internal, "INTERNAL");
        assert!(text.ends_with("\nrequest: 4711\n"), "{text}");
        let text = complained(Lang::Ja, tonic::Code::Unavailable, "UNKNOWN_OUTCOME");
        assert!(text.ends_with("\n要求番号: 4711\n"), "{text}");
        let text = complained(Lang::En, tonic::Code::FailedPrecondition, "CODE_WRONG");
        assert!(!text.contains("4711"), "{text}");
    }

    #[test]
    fn a_question_is_worded_anew_around_what_was_typed() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        printer.question("in 10 s: ");
        printer.reword_question("in 9 s: ");
        assert_eq!(talk.raw(), "in 10 s: ", "where the cursor stays, the question does");
        printer.move_cursor();
        printer.reword_question("in 9 s: ");
        assert_eq!(talk.raw(), "in 10 s: \u{1b}7\rin 9 s:  \u{1b}8");
        printer.reword_question("longer than before: ");
        printer.answered();
        printer.reword_question("in 8 s: ");
        assert_eq!(talk.raw(), "in 10 s: \u{1b}7\rin 9 s:  \u{1b}8");
    }

    #[test]
    fn with_json_stderr_holds_nothing_but_the_error_document() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Json);
        printer.say("Reading");
        printer.label(Say::Next, "tokenadm assign");
        printer.warn("look");
        printer.refused_row("seeds.csv line 17", "odd", "TF-1204", "ask");
        printer.complain(&Failure::plain(Complaint::Interrupted));
        let document: Value = serde_json::from_str(&talk.text()).unwrap();
        assert_eq!(document["exit_code"], 130);
        assert_eq!(document["error"]["code"], "TF-9026");
    }

    #[test]
    fn a_hint_of_many_rows_is_told_once() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        printer.refused_row("seeds.csv line 17:", "odd", "TF-1204", "ask the vendor");
        printer.refused_row("seeds.csv line 18:", "odd", "TF-1204", "ask the vendor");
        assert_eq!(
            talk.text(),
            "error: seeds.csv line 17: odd   [TF-1204]\nhint: ask the vendor\nerror: seeds.csv line 18: odd   [TF-1204]\n"
        );
    }
}
