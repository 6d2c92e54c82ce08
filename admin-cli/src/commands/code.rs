//! Codes: `verify` and `resync`, with the dialogue that asks for codes one by one.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::code_service_client::CodeServiceClient;
use unicode_normalization::UnicodeNormalization;

use super::near::propose;
use super::scan::{Form, scan};
use super::target::{Target, look_up, oneof, resolve};
use super::token::COLUMNS;
use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::conversation::{Conversation, Terminal};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Listing, Printer};
use crate::shapes::{self, offset, rate, show_date};
use crate::surroundings::Clock;
use crate::words::{Complaint, Lang, Say};

/// The codes that a resync takes at least.
const CODES_MIN: usize = 2;

/// `verify`.
pub(crate) async fn verify(session: &mut Session, args: args::Verify) -> Outcome {
    let client = session.client().await?;
    if let (Some(target), Some(code)) = (&args.target, &args.code) {
        return verify_one(session, &client, &args, target, code).await;
    }
    let deed = async |session: &mut Session, words: Vec<String>| match words.as_slice() {
        [target, code, ..] => verify_one(session, &client, &args, target, code).await,
        [] | [_] => Ok(()),
    };
    scan(session, Form::Code, deed).await
}

async fn verify_one(session: &mut Session, client: &Client, args: &args::Verify, typed: &str, code: &str) -> Outcome {
    serial_first(typed, code)?;
    let target = propose(client, typed, resolve(client, typed, args.kind).await).await?;
    let request = v1::VerifyTokenRequest {
        target: oneof!(target, verify_token_request),
        code: code.to_owned(),
        request_id: session.new_request_id()?,
        for_user: args.for_user.clone().unwrap_or_default(),
    };
    let answer =
        client.ask(request, async |channel, request| CodeServiceClient::new(channel).verify_token(request).await).await;
    let answer = propose(client, typed, answer).await?;
    tell(session, Say::CodeCounts, &held(answer.token)?, answer.verdict.as_ref())
}

/// `resync`, with its codes or by asking for what is not there.
pub(crate) async fn resync(session: &mut Session, args: args::Resync) -> Outcome {
    let text = match &args.target {
        Some(text) if args.codes.len() >= CODES_MIN => text.clone(),
        Some(_) | None => return resync_by_asking(session, args).await,
    };
    args.codes.iter().try_for_each(|code| serial_first(&text, code))?;
    let client = session.client().await?;
    let target = propose(&client, &text, resolve(&client, &text, args.kind).await).await?;
    let answer = send_resync(session, &client, target, args.codes, args.for_user).await;
    let answer = propose(&client, &text, answer).await?;
    tell(session, Say::InStep, &held(answer.token)?, answer.verdict.as_ref())
}

async fn resync_by_asking(session: &mut Session, args: args::Resync) -> Outcome {
    if !session.world.interactive {
        return Err(Failure::plain(Complaint::NobodyToAsk));
    }
    let client = session.client().await?;
    let mut person = Terminal::listen();
    let text = match args.target {
        Some(text) => text,
        None => Dialogue::of(session, &mut person).ask(Say::AskSerial).await?,
    };
    let target = propose(&client, &text, resolve(&client, &text, args.kind).await).await?;
    let token = propose(&client, &text, look_up(&client, target.clone()).await).await?;
    let mut for_user = args.for_user;
    let mut codes = vec![Dialogue::of(session, &mut person).first_code(args.codes.first()).await?];
    codes.push(Dialogue::of(session, &mut person).next_code(&token).await?);
    loop {
        match send_resync(session, &client, target.clone(), codes.clone(), for_user.clone()).await {
            Err(failure) if failure.reason() == "AMBIGUOUS" && codes.len() == CODES_MIN => {
                session.printer.reply(Say::NeedThird.plain(session.printer.lang));
                codes.push(Dialogue::of(session, &mut person).next_code(&token).await?);
            }
            // A counter has to name the person, and may not have known it; the codes are still good.
            Err(failure) if failure.reason() == "FOR_REQUIRED" && for_user.is_none() => {
                for_user = Some(Dialogue::of(session, &mut person).ask(Say::ScanUser).await?);
            }
            answer => {
                let answer = answer?;
                return tell(session, Say::InStep, &held(answer.token)?, answer.verdict.as_ref());
            }
        }
    }
}

async fn send_resync(
    session: &mut Session,
    client: &Client,
    target: Target,
    codes: Vec<String>,
    for_user: Option<String>,
) -> Outcome<v1::ResyncTokenResponse> {
    let request = v1::ResyncTokenRequest {
        target: oneof!(target, resync_token_request),
        codes,
        request_id: session.new_request_id()?,
        for_user: for_user.unwrap_or_default(),
    };
    client.ask(request, async |channel, request| CodeServiceClient::new(channel).resync_token(request).await).await
}

/// `identify`.
pub(crate) async fn identify(session: &mut Session, args: args::Identify) -> Outcome {
    let client = session.client().await?;
    let request = v1::IdentifyTokenRequest { codes: args.codes, for_user: args.for_user.unwrap_or_default() };
    let answer = client
        .ask(request, async |channel, request| CodeServiceClient::new(channel).identify_token(request).await)
        .await?;
    let mut records = Vec::new();
    for found in &answer.matches {
        let mut record = shapes::token(&held(found.token.clone())?);
        // What its clock is now, not what it was when it was seen last.
        record["clock_offset_seconds"] = json!(found.clock_offset_seconds);
        records.push(record);
    }
    let mut listing = Listing::new("tokens", COLUMNS);
    session.printer.page(&mut listing, records)?;
    session.printer.finish_list(listing)?;
    let lang = session.printer.lang;
    match answer.matches.as_slice() {
        [only] => {
            let serial = only.token.as_ref().map(|token| token.serial.clone()).unwrap_or_default();
            session.printer.label(Say::Next, &Say::NextShow.with(lang, &[("serial", &serial)]));
        }
        [] | [_, _, ..] => session.printer.warn(Say::SeveralShowThem.plain(lang)),
    }
    Ok(())
}

/// Asks somebody for codes.
struct Dialogue<'a, C> {
    person: &'a mut C,
    printer: &'a mut Printer,
    clock: &'a dyn Clock,
}

impl<'a, C: Conversation> Dialogue<'a, C> {
    fn of(session: &'a mut Session, person: &'a mut C) -> Self {
        session.deed_sent = false;
        Self { person, printer: &mut session.printer, clock: session.world.clock.as_ref() }
    }

    /// Asks until something is typed.
    async fn ask(&mut self, question: Say) -> Outcome<String> {
        loop {
            self.printer.question(question.plain(self.printer.lang));
            let line = self.person.line().await?;
            self.printer.answered();
            if !line.is_empty() {
                return Ok(line);
            }
        }
    }

    /// The code it shows now, which may have been passed already.
    async fn first_code(&mut self, passed: Option<&String>) -> Outcome<String> {
        match passed.and_then(|passed| self.accept(passed)) {
            Some(code) => Ok(code),
            None => self.code(Say::AskCodeOne).await,
        }
    }

    /// The code after the one just typed. A clock token shows it for certain one period after the last one was typed,
    /// so that long is counted down; the person may be quicker.
    async fn next_code(&mut self, token: &v1::Token) -> Outcome<String> {
        if token.period_seconds <= 0 {
            return self.code(Say::AskCodePressed).await;
        }
        let end = self.clock.now() + Duration::seconds(token.period_seconds.into());
        loop {
            let typed = self.line_before(end).await?;
            if let Some(code) = self.accept(&typed) {
                return Ok(code);
            }
        }
    }

    /// Asks until a code is typed.
    async fn code(&mut self, question: Say) -> Outcome<String> {
        loop {
            let typed = self.ask(question).await?;
            if let Some(code) = self.accept(&typed) {
                return Ok(code);
            }
        }
    }

    /// Takes what can be a code, and says what is wrong with anything else; Enter alone needs no words.
    fn accept(&mut self, typed: &str) -> Option<String> {
        let code = code_in(typed);
        if code.is_none() && !typed.is_empty() {
            self.printer.reply(Say::NoCode.plain(self.printer.lang));
        }
        code
    }

    /// The line that is typed while a question counts down, or after it. The question is worded anew around what is
    /// typed, so no digit is lost, half a code neither.
    async fn line_before(&mut self, end: DateTime<Utc>) -> Outcome<String> {
        self.printer.question(&self.words_before(end));
        loop {
            let typed = if self.is_before(end) {
                self.person.line_within_a_second().await?
            } else {
                Some(self.person.line().await?)
            };
            if let Some(typed) = typed {
                self.printer.answered();
                return Ok(typed);
            }
            self.printer.reword_question(&self.words_before(end));
        }
    }

    fn words_before(&self, end: DateTime<Utc>) -> String {
        if !self.is_before(end) {
            return Say::AskCodeNext.plain(self.printer.lang).to_owned();
        }
        let seconds = ((end - self.clock.now()).num_milliseconds() + 999) / 1000;
        Say::Countdown.with(self.printer.lang, &[("seconds", &seconds.to_string())])
    }

    fn is_before(&self, end: DateTime<Utc>) -> bool {
        self.clock.now() < end
    }
}

/// Refuses a code that stands where the serial belongs, before it is sent or said again as one.
pub(super) fn serial_first(target: &str, code: &str) -> Outcome {
    if code_in(target).is_some() && code_in(code).is_none() {
        return Err(Failure::plain(Complaint::SerialBeforeCode));
    }
    Ok(())
}

/// The digits of a code as people type it, where it can be one: the server reads it in the same way.
pub(crate) fn code_in(typed: &str) -> Option<String> {
    let hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let digits: String = typed.nfkc().filter(|c| !c.is_whitespace() && !hyphen(*c)).collect();
    let fits = (6..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(digits)
}

fn tell(session: &mut Session, say: Say, token: &v1::Token, verdict: Option<&v1::Verdict>) -> Outcome {
    let lang = session.printer.lang;
    let mut sentence = say.with(lang, &[("serial", &token.serial)]);
    if let Some(verdict) = verdict {
        sentence = [&sentence, Say::Semicolon.plain(lang), &clock_words(verdict, lang)].concat();
    }
    session.printer.answer(&Answer {
        sentence,
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![("verdict", json!(verdict.map(shapes::verdict)))],
    })?;
    if let Some(verdict) = verdict {
        advise(&mut session.printer, token, verdict);
    }
    Ok(())
}

/// A sentence with what a code said of the clock behind it, where one was given.
pub(super) fn with_clock(sentence: String, verdict: Option<&v1::Verdict>, lang: Lang) -> String {
    match verdict {
        Some(verdict) => [&sentence, Say::Semicolon.plain(lang), &clock_words(verdict, lang)].concat(),
        None => sentence,
    }
}

/// How a clock is: `clock −310 s (was −42 s; −2.1 s a day), outside Entra's ±120 s: …`.
pub(crate) fn clock_words(verdict: &v1::Verdict, lang: Lang) -> String {
    let now = offset(verdict.offset_seconds, lang);
    let clock = match (verdict.previous_offset_seconds, verdict.seconds_per_day) {
        (None, _) => Say::Clock.with(lang, &[("offset", &now)]),
        (Some(previous), None) => Say::ClockWas.with(lang, &[("offset", &now), ("previous", &offset(previous, lang))]),
        (Some(previous), Some(per_day)) => {
            let places =
                [("offset", now.as_str()), ("previous", &offset(previous, lang)), ("rate", &rate(per_day, lang))];
            Say::ClockDrifts.with(lang, &places)
        }
    };
    let window = if verdict.inside_window { Say::InsideWindow } else { Say::OutsideWindow };
    let window = window.with(lang, &[("window", &verdict.window_seconds.to_string())]);
    let date = show_date(&shapes::time(verdict.leave_time.as_ref()));
    let leaves = (!date.is_empty()).then(|| Say::LeavesWindow.with(lang, &[("date", &date)]));
    [Some(clock), Some(window), leaves].into_iter().flatten().collect::<Vec<_>>().join(Say::Comma.plain(lang))
}

/// What to do about a clock.
pub(crate) fn advise(printer: &mut Printer, token: &v1::Token, verdict: &v1::Verdict) {
    let lang = printer.lang;
    match verdict.advice() {
        v1::Advice::Nothing | v1::Advice::Unspecified => {}
        v1::Advice::SignInNow => printer.warn(Say::AdviceSignIn.plain(lang)),
        v1::Advice::RegisterAgain => printer.warn(Say::AdviceRegister.plain(lang)),
        v1::Advice::Replace => {
            printer.warn(Say::AdviceReplace.plain(lang));
            if token.custody() == v1::Custody::Lent {
                printer.label(Say::Next, &Say::NextReturnBattery.with(lang, &[("serial", &token.serial)]));
            }
        }
    }
}

/// Warns of a token that is handed out although its clock was outside the window when it was last seen; a code that was given
/// says more.
pub(super) fn warn_of_clock(printer: &mut Printer, token: &v1::Token, window_seconds: i64) {
    let (was, lang) = (token.clock_offset_seconds, printer.lang);
    // An older server says no window.
    if window_seconds > 0 && token.clock_observed_time.is_some() && was.abs() > window_seconds {
        let (was, window) = (offset(was, lang), window_seconds.to_string());
        let places = [("offset", was.as_str()), ("window", &window), ("serial", &token.serial)];
        printer.warn(&Say::ClockWasOutside.with(lang, &places));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use clap::Parser;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::args::{Cli, Command};
    use crate::failure::Exit;
    use crate::output::Format;
    use crate::output::tests::kept;
    use crate::surroundings::tests::FakeClock;

    /// Types lines after so many seconds each.
    struct Script {
        clock: FakeClock,
        lines: VecDeque<(i64, &'static str)>,
        waited: i64,
    }

    impl Conversation for Script {
        async fn line(&mut self) -> Outcome<String> {
            let (_, line) = self.lines.pop_front().ok_or_else(|| Failure::plain(Complaint::InputEnded))?;
            Ok(line.to_owned())
        }

        async fn line_within_a_second(&mut self) -> Outcome<Option<String>> {
            if self.lines.front().is_some_and(|(after, _)| *after <= self.waited) {
                return self.line().await.map(Some);
            }
            self.waited += 1;
            self.clock.advance(Duration::seconds(1));
            Ok(None)
        }
    }

    /// The code that comes out, the seconds that were counted, and what was shown.
    async fn asked(
        question: impl AsyncFnOnce(&mut Dialogue<'_, Script>) -> Outcome<String>,
        lines: &[(i64, &'static str)],
    ) -> (Option<String>, i64, String) {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        printer.move_cursor();
        let clock = FakeClock::at("2026-11-24T09:00:12Z");
        let mut person = Script { clock: clock.clone(), lines: lines.iter().copied().collect(), waited: 0 };
        let mut dialogue = Dialogue { person: &mut person, printer: &mut printer, clock: &clock };
        let code = question(&mut dialogue).await.ok();
        (code, person.waited, talk.text())
    }

    async fn next_code(period: i32, lines: &[(i64, &'static str)]) -> (Option<String>, i64, String) {
        let token = v1::Token { period_seconds: period, ..v1::Token::default() };
        asked(async |dialogue| dialogue.next_code(&token).await, lines).await
    }

    #[tokio::test]
    async fn the_countdown_lasts_one_period_of_the_token_and_then_the_line_is_waited_for() {
        for period in [30, 60] {
            let (code, waited, shown) = next_code(period, &[(100, "654321")]).await;
            assert_eq!((code.as_deref(), waited), (Some("654321"), i64::from(period)));
            assert!(shown.starts_with(&format!("The next code shows within {period} s.")), "{shown}");
            assert!(shown.contains("within 1 s") && !shown.contains("within 0 s"), "{shown}");
            assert!(shown.trim_end().ends_with("by now. Type it, then press Enter:"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_code_typed_into_the_countdown_counts_and_enter_alone_changes_nothing() {
        let (code, waited, shown) = next_code(60, &[(9, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 9));
        assert!(!shown.contains("by now"), "{shown}");
        let (code, waited, shown) = next_code(60, &[(7, ""), (20, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 20));
        assert!(!shown.contains("6 to 8 digits"), "{shown}");
    }

    #[tokio::test]
    async fn what_can_not_be_a_code_is_asked_for_again_at_once() {
        for (typed, code) in [("６５４ ３２１", "654321"), ("6543-2109", "65432109")] {
            assert_eq!(next_code(30, &[(1, typed)]).await.0.as_deref(), Some(code));
        }
        for typed in ["65432", "654321098", "65432l", "654321654321"] {
            for period in [0, 30] {
                let (code, waited, shown) = next_code(period, &[(0, typed), (0, "654321")]).await;
                assert_eq!((code.as_deref(), waited), (Some("654321"), 0), "{typed}");
                assert_eq!(shown.matches("a code has 6 to 8 digits\n").count(), 1, "{shown}");
            }
        }
    }

    #[tokio::test]
    async fn a_first_code_that_was_passed_is_not_asked_for() {
        let passed = |code: &str| Some(code.to_owned());
        let first = async |passed: Option<String>, lines| {
            asked(async |dialogue| dialogue.first_code(passed.as_ref()).await, lines).await
        };
        assert_eq!(first(passed("123 456"), &[]).await, (Some("123456".to_owned()), 0, String::new()));
        let (code, _, shown) = first(passed("12345"), &[(0, "123456")]).await;
        assert_eq!(code.as_deref(), Some("123456"));
        assert!(shown.starts_with("a code has 6 to 8 digits\nType the code it shows now"), "{shown}");
        assert_eq!(first(None, &[(0, ""), (0, "123456")]).await.0.as_deref(), Some("123456"));
    }

    #[tokio::test]
    async fn a_button_token_is_not_waited_for() {
        let (code, waited, shown) = next_code(0, &[(0, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 0));
        assert!(shown.starts_with("Press its button again"), "{shown}");
    }

    #[tokio::test]
    async fn an_input_that_ends_is_told() {
        assert_eq!(next_code(0, &[]).await.0, None);
    }

    #[test]
    fn the_countdown_has_room_for_what_follows_it() {
        for lang in [Lang::En, Lang::Ja] {
            let shortest = Say::Countdown.with(lang, &[("seconds", "1")]);
            assert!(shortest.width() >= Say::AskCodeNext.plain(lang).width(), "{lang:?}");
        }
    }

    #[tokio::test]
    async fn without_a_terminal_resync_does_not_ask() {
        for line in ["tokenadm resync", "tokenadm resync 26", "tokenadm resync 26 123456"] {
            let (mut session, _, _) = crate::commands::tests::session(Lang::En, Format::Table);
            let Command::Resync(args) = Cli::parse_from(line.split(' ')).command else { panic!("{line}") };
            let failure = resync(&mut session, args).await.unwrap_err();
            assert_eq!((failure.reason(), failure.exit().map(Exit::number)), ("NOT_A_TERMINAL", Some(2)), "{line}");
        }
    }

    #[test]
    fn a_code_in_the_place_of_the_serial_is_refused_and_not_repeated() {
        let failure = serial_first("304 640", "2600215704919").unwrap_err();
        let told = failure.describe(Lang::En).unwrap();
        assert_eq!((told.code.as_str(), told.exit), ("TF-9093", Exit::Usage));
        assert!(!told.message.contains("304"), "{told:?}");
        assert!(serial_first("9984796", "304640").is_ok(), "a short serial");
        assert!(serial_first("2600215704919", "12345").is_ok(), "the server says what is wrong");
    }

    #[test]
    fn a_clock_is_told_as_far_as_it_is_known() {
        let mut verdict = v1::Verdict { offset_seconds: -310, window_seconds: 120, ..v1::Verdict::default() };
        assert_eq!(
            clock_words(&verdict, Lang::En),
            "clock −310 s, outside Entra's ±120 s: Entra will refuse its codes"
        );
        verdict.previous_offset_seconds = Some(-42);
        verdict.seconds_per_day = Some(-2.13);
        verdict.inside_window = true;
        verdict.leave_time = Some(prost_types::Timestamp { seconds: 1_795_478_400, nanos: 0 });
        assert_eq!(
            clock_words(&verdict, Lang::En),
            "clock −310 s (was −42 s; −2.1 s a day), inside Entra's ±120 s, expected to leave it on 2026-11-24"
        );
        assert_eq!(
            clock_words(&verdict, Lang::Ja),
            "時計 −310 秒（前回 −42 秒，1日に −2.1 秒），Entra の ±120 秒以内，2026-11-24 ごろ範囲を外れる見込み"
        );
    }

    #[test]
    fn a_dying_token_comes_with_the_command_that_takes_it_back() {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        let token = v1::Token { serial: "26".to_owned(), custody: v1::Custody::Lent.into(), ..v1::Token::default() };
        let verdict = v1::Verdict { advice: v1::Advice::Replace.into(), ..v1::Verdict::default() };
        advise(&mut printer, &token, &verdict);
        assert!(talk.text().ends_with("Next: tokenadm return 26 --reason battery\n"), "{}", talk.text());
    }
}
