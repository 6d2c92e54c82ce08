//! The `--scan` loops: a scanner types a serial and Enter, then another; each line or pair of lines is one deed.
//!
//! Guarantees: an error of one line does not stop the next; a line that can't be understood is told by its number and
//! never repeated, since it may hold a code; what is half said when the input ends is told too.

use unicode_normalization::UnicodeNormalization;

use super::Session;
use super::code::code_in;
use crate::conversation::{Conversation, Terminal};
use crate::failure::{Exit, Failure, Outcome};
use crate::os;
use crate::words::{Complaint, Say};

/// The lengths of what a scanner reads from a token or a card.
const WORD_CHARS: std::ops::RangeInclusive<usize> = 4..=100;
/// The codes that a loan or a return takes at most.
const CODES_MAX: usize = 2;

/// What one deed takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A serial, or the ID of a person.
    Target,
    /// A serial, or the ID of a person; codes behind it on the same line.
    Return,
    /// A serial and the ID of a person; codes behind them on the same line.
    Loan,
    /// A serial or the ID of a person, and a code.
    Code,
}

/// Does one deed after the other until the input ends; the worst exit code counts, which is the highest.
pub(crate) async fn scan(
    session: &mut Session,
    form: Form,
    deed: impl AsyncFnMut(&mut Session, Vec<String>) -> Outcome,
) -> Outcome {
    session.printer.expect_many_answers();
    scan_lines(session, form, &mut Terminal::listen(), deed).await
}

async fn scan_lines(
    session: &mut Session,
    form: Form,
    person: &mut impl Conversation,
    mut deed: impl AsyncFnMut(&mut Session, Vec<String>) -> Outcome,
) -> Outcome {
    if session.world.interactive {
        session.printer.say(&Say::ScanEnds.with(session.printer.lang, &[("keys", os::END_OF_INPUT)]));
    }
    let mut reader = Reader { form, begun: None };
    let mut tally = Tally::default();
    for number in 1.. {
        let Some(line) = next_line(session, person, reader.question()).await? else { break };
        for reading in reader.read(number, &line) {
            let (number, done) = match reading {
                Reading::Deed(words) => (number, deed(session, words).await),
                Reading::Unclear { length } => (number, Err(unclear(length))),
                Reading::Unfinished { number } => (number, Err(Failure::plain(Complaint::LineUnfinished))),
            };
            tally.count(session, number, done)?;
        }
    }
    if let Some((number, _)) = reader.begun {
        tally.count(session, number, Err(Failure::plain(Complaint::LineUnfinished)))?;
    }
    tally.tell(session)
}

/// The next line; nothing where the input has ended.
async fn next_line(session: &mut Session, person: &mut impl Conversation, question: Say) -> Outcome<Option<String>> {
    if session.world.interactive {
        session.printer.question(question.plain(session.printer.lang));
    }
    match person.line().await {
        Ok(line) => {
            session.printer.answered();
            Ok(Some(line))
        }
        Err(failure) if failure.reason() == Complaint::InputEnded.words().reason => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn unclear(length: usize) -> Failure {
    Failure::with(Complaint::LineUnclear, [("length", &length.to_string())])
}

/// How the lines ended.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    refused: usize,
    worst: Option<Exit>,
}

impl Tally {
    fn count(&mut self, session: &mut Session, number: usize, done: Outcome) -> Outcome {
        match done {
            Ok(()) => self.done += 1,
            Err(Failure::PipeClosed) => return Err(Failure::PipeClosed),
            Err(failure) => {
                self.refused += 1;
                self.worst = self.worst.max(failure.exit());
                let place = Say::LineNumber.with(session.printer.lang, &[("line", &number.to_string())]);
                session.printer.complain(&failure.of_file(&place));
            }
        }
        // Somebody stands there and waits for it.
        session.printer.flush()
    }

    fn tell(&self, session: &mut Session) -> Outcome {
        let places = [("done", self.done.to_string()), ("refused", self.refused.to_string())];
        let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
        session.printer.say(&Say::ScanEnded.with(session.printer.lang, &places));
        self.worst.map_or(Ok(()), |worst| Err(Failure::Told(worst)))
    }
}

/// What a line makes possible.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    /// Everything for one deed is there.
    Deed(Vec<String>),
    /// A line that makes no sense here, of so many characters.
    Unclear { length: usize },
    /// The line of this number was never followed by what belongs to it.
    Unfinished { number: usize },
}

/// Puts lines together.
struct Reader {
    form: Form,
    /// The first word of a deed, and the number of its line.
    begun: Option<(usize, String)>,
}

impl Reader {
    /// What is to be typed next.
    fn question(&self) -> Say {
        match (self.form, &self.begun) {
            (_, None) => Say::ScanSerial,
            (Form::Loan, Some(_)) => Say::ScanUser,
            (Form::Code | Form::Target | Form::Return, Some(_)) => Say::ScanCode,
        }
    }

    fn read(&mut self, number: usize, line: &str) -> Vec<Reading> {
        let folded: String = line.nfkc().collect();
        let words: Vec<&str> = folded.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()).collect();
        let unclear = vec![Reading::Unclear { length: line.chars().count() }];
        match (words.as_slice(), self.begun.take()) {
            ([], begun) => {
                self.begun = begun;
                Vec::new()
            }
            ([second], Some((_, first))) if self.completes(second) => {
                vec![Reading::Deed(vec![first, (*second).to_owned()])]
            }
            (words, begun) if !self.makes_sense(words) => {
                self.begun = begun;
                unclear
            }
            (words, begun) => {
                let unfinished = begun.map(|(number, _)| Reading::Unfinished { number });
                unfinished.into_iter().chain(self.begin(number, words)).collect()
            }
        }
    }

    /// A line that stands for itself is a deed; one that does not begins one.
    fn begin(&mut self, number: usize, words: &[&str]) -> Option<Reading> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        match (self.form, words.as_slice()) {
            (Form::Loan | Form::Code, [first]) => {
                self.begun = Some((number, first.clone()));
                None
            }
            (Form::Target | Form::Return | Form::Loan | Form::Code, _) => Some(Reading::Deed(words)),
        }
    }

    fn makes_sense(&self, words: &[&str]) -> bool {
        match (self.form, words) {
            (_, [target]) => is_name(target),
            (Form::Loan, [serial, user, codes @ ..]) => {
                is_name(serial) && is_user(user) && codes.len() <= CODES_MAX && codes.iter().all(|code| is_code(code))
            }
            (Form::Code, [target, code]) => is_name(target) && is_code(code),
            (Form::Return, [target, codes @ ..]) => {
                is_name(target) && codes.len() <= CODES_MAX && codes.iter().all(|code| is_code(code))
            }
            (Form::Target | Form::Code, _) | (Form::Loan | Form::Return, []) => false,
        }
    }

    fn completes(&self, word: &str) -> bool {
        match self.form {
            Form::Target | Form::Return => false,
            Form::Loan => is_user(word),
            Form::Code => is_code(word),
        }
    }
}

/// A serial, the name of a token or the ID of a person.
fn is_name(word: &str) -> bool {
    WORD_CHARS.contains(&word.len())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '~' | '@'))
}

pub(super) fn is_user(word: &str) -> bool {
    let id = word.split_once('@').map_or(word, |(id, _)| id).replace('-', "");
    is_name(word) && id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_code(word: &str) -> bool {
    code_in(word).is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::commands::tests::session;
    use crate::output::Format;
    use crate::words::Lang;

    struct Lines(VecDeque<&'static str>);

    impl Conversation for Lines {
        async fn line(&mut self) -> Outcome<String> {
            self.0.pop_front().map(str::to_owned).ok_or_else(|| Failure::plain(Complaint::InputEnded))
        }

        async fn line_within_a_second(&mut self) -> Outcome<Option<String>> {
            self.line().await.map(Some)
        }
    }

    /// The deeds that lines make, what was told, and how it ended; the serial 9999 is refused.
    async fn scanned(form: Form, lines: &[&'static str]) -> (Vec<String>, String, Option<Exit>) {
        let (mut session, _, talk) = session(Lang::En, Format::Table);
        let mut deeds = Vec::new();
        let deed = async |_: &mut Session, words: Vec<String>| {
            deeds.push(words.join("+"));
            if words[0] == "9999" {
                return Err(Failure::with(Complaint::TargetNotFound, [("target", "9999")]));
            }
            Ok(())
        };
        let done = scan_lines(&mut session, form, &mut Lines(lines.iter().copied().collect()), deed).await;
        (deeds, talk.text(), done.err().and_then(|failure| failure.exit()))
    }

    #[tokio::test]
    async fn a_loan_is_a_serial_and_an_id_on_two_lines_or_on_one() {
        let lines = ["26001", "0123456789", "", "26002\t0123456789", "２６００３，０１２３４５６７８９　123456 654321"];
        let (deeds, told, exit) = scanned(Form::Loan, &lines).await;
        let expected = ["26001+0123456789", "26002+0123456789", "26003+0123456789+123456+654321"];
        assert_eq!((deeds.as_slice(), exit), (&expected.map(str::to_owned)[..], None));
        assert_eq!(told, "3 done, 0 refused\n");
    }

    #[tokio::test]
    async fn garbage_is_told_by_its_line_and_never_repeated_and_the_loop_goes_on() {
        let lines = ["26001", "\u{1b}[2J492039", "0123456789", "{x}", "9999", "26003", "26002 0123456789", "26004"];
        let (deeds, told, exit) = scanned(Form::Loan, &lines).await;
        assert_eq!(deeds, ["26001+0123456789", "26002+0123456789"]);
        for part in ["line 2: ", "line 4: ", "line 5: ", "line 6: ", "line 8: ", "2 done, 5 refused\n"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("492039"), "{told}");
        assert_eq!(exit, Some(Exit::Usage));
    }

    #[tokio::test]
    async fn the_worst_exit_code_counts_and_an_error_stops_nothing() {
        let (deeds, told, exit) = scanned(Form::Target, &["9999", "26001", "26001 26002"]).await;
        assert_eq!((deeds, exit), (vec!["9999".to_owned(), "26001".to_owned()], Some(Exit::NotFound)));
        assert!(told.contains("error: line 1: 9999 is neither") && told.ends_with("1 done, 2 refused\n"), "{told}");
    }

    #[tokio::test]
    async fn codes_of_a_return_follow_on_its_line() {
        let lines = ["26001", "26002 123456", "26003 123456 654321", "26004 26005"];
        let (deeds, _, exit) = scanned(Form::Return, &lines).await;
        assert_eq!(deeds, ["26001", "26002+123456", "26003+123456+654321"]);
        assert_eq!(exit, Some(Exit::Usage));
    }

    #[tokio::test]
    async fn a_code_completes_a_serial_and_a_serial_does_not() {
        let (deeds, _, exit) = scanned(Form::Code, &["2600215704919", "123456", "0123456789 654 321"]).await;
        assert_eq!((deeds, exit), (vec!["2600215704919+123456".to_owned()], Some(Exit::Usage)));
        let (deeds, told, _) = scanned(Form::Code, &["2600215704919", "2600215704920", "123456"]).await;
        assert_eq!(deeds, ["2600215704920+123456"]);
        assert!(told.contains("line 1: "), "{told}");
    }
}
