//! Codes: `verify` and `resync`, with the dialogue that asks for codes one by one.

use chrono::Duration;
use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::code_service_client::CodeServiceClient;

use super::target::{Target, look_up, oneof, resolve};
use super::token::COLUMNS;
use super::{Session, held};
use crate::args;
use crate::client::Client;
use crate::conversation::{Conversation, Terminal};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Printer};
use crate::shapes::{self, offset, rate, show_date};
use crate::surroundings::Clock;
use crate::words::{Complaint, Lang, Say};

/// `verify`.
pub(crate) async fn verify(session: &mut Session, args: args::Verify) -> Outcome {
    let client = session.client().await?;
    let target = resolve(&client, &args.target.target, args.target.kind).await?;
    let request = v1::VerifyTokenRequest {
        target: oneof!(target, verify_token_request),
        code: args.code,
        request_id: session.new_request_id()?,
    };
    let answer = client
        .ask(request, async |channel, request| CodeServiceClient::new(channel).verify_token(request).await)
        .await?;
    tell(session, Say::CodeCounts, &held(answer.token)?, answer.verdict.as_ref())
}

/// `resync`, with its codes or by asking for them.
pub(crate) async fn resync(session: &mut Session, args: args::Resync) -> Outcome {
    let Some(text) = args.target else { return resync_by_asking(session, args.kind).await };
    let client = session.client().await?;
    let target = resolve(&client, &text, args.kind).await?;
    let answer = send_resync(session, &client, target, args.codes).await?;
    tell(session, Say::InStep, &held(answer.token)?, answer.verdict.as_ref())
}

async fn resync_by_asking(session: &mut Session, kind: args::TargetKind) -> Outcome {
    if !session.world.interactive {
        return Err(Failure::plain(Complaint::NobodyToAsk));
    }
    let client = session.client().await?;
    let mut person = Terminal::listen();
    let text = Dialogue::of(session, &mut person).ask(Say::AskSerial).await?;
    let target = resolve(&client, &text, kind).await?;
    let token = look_up(&client, target.clone()).await?;
    let mut codes = vec![Dialogue::of(session, &mut person).ask(Say::AskCodeOne).await?];
    loop {
        codes.push(Dialogue::of(session, &mut person).next_code(&token).await?);
        match send_resync(session, &client, target.clone(), codes.clone()).await {
            Err(failure) if failure.reason() == "AMBIGUOUS" && codes.len() == 2 => {
                session.printer.say(Say::NeedThird.plain(session.printer.lang));
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
) -> Outcome<v1::ResyncTokenResponse> {
    let target = oneof!(target, resync_token_request);
    let request = v1::ResyncTokenRequest { target, codes, request_id: session.new_request_id()? };
    client.ask(request, async |channel, request| CodeServiceClient::new(channel).resync_token(request).await).await
}

/// Asks somebody for codes.
struct Dialogue<'a, C> {
    person: &'a mut C,
    printer: &'a mut Printer,
    clock: &'a dyn Clock,
}

impl<'a, C: Conversation> Dialogue<'a, C> {
    fn of(session: &'a mut Session, person: &'a mut C) -> Self {
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

    /// The code after the one just typed. A clock token shows it for certain one period after the last one was typed,
    /// so that long is counted down; the person may be quicker.
    async fn next_code(&mut self, token: &v1::Token) -> Outcome<String> {
        if token.period_seconds <= 0 {
            return self.ask(Say::AskCodePressed).await;
        }
        match self.count_down(Duration::seconds(token.period_seconds.into())).await? {
            Some(code) => Ok(code),
            None => self.ask(Say::AskCodeNext).await,
        }
    }

    /// Counts down until the time is over or Enter is pressed; what was typed before Enter is the code already.
    async fn count_down(&mut self, period: Duration) -> Outcome<Option<String>> {
        let end = self.clock.now() + period;
        loop {
            let left = (end - self.clock.now()).num_milliseconds();
            if left <= 0 {
                self.printer.clear_progress();
                return Ok(None);
            }
            let seconds = (left + 999) / 1000;
            let line = Say::Countdown.with(self.printer.lang, &[("seconds", &seconds.to_string())]);
            self.printer.rewrite_line(&line);
            if let Some(typed) = self.person.line_within_a_second().await? {
                self.printer.clear_progress();
                return Ok(Some(typed).filter(|typed| !typed.is_empty()));
            }
        }
    }
}

fn tell(session: &mut Session, say: Say, token: &v1::Token, verdict: Option<&v1::Verdict>) -> Outcome {
    let lang = session.printer.lang;
    let mut sentence = say.with(lang, &[("serial", &token.serial)]);
    if let Some(verdict) = verdict {
        sentence = format!("{sentence}; {}", clock_words(verdict, lang));
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
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
    async fn next_code(period: i32, lines: &[(i64, &'static str)]) -> (Option<String>, i64, String) {
        let (mut printer, _, talk) = kept(Lang::En, Format::Table);
        let clock = FakeClock::at("2026-11-24T09:00:12Z");
        let mut person = Script { clock: clock.clone(), lines: lines.iter().copied().collect(), waited: 0 };
        let token = v1::Token { period_seconds: period, ..v1::Token::default() };
        let code = Dialogue { person: &mut person, printer: &mut printer, clock: &clock }.next_code(&token).await.ok();
        (code, person.waited, talk.text())
    }

    #[tokio::test]
    async fn the_countdown_lasts_one_period_of_the_token_and_then_the_code_is_asked_for() {
        for period in [30, 60] {
            let (code, waited, shown) = next_code(period, &[(100, ""), (100, "654321")]).await;
            assert_eq!((code.as_deref(), waited), (Some("654321"), i64::from(period)));
            assert!(shown.contains(&format!("next code: {period} s")), "{shown}");
            assert!(shown.contains("next code: 1 s") && !shown.contains("next code: 0 s"), "{shown}");
            assert!(shown.ends_with("the next one: "), "{shown}");
        }
    }

    #[tokio::test]
    async fn enter_ends_the_countdown_and_a_code_typed_into_it_counts() {
        let (code, waited, _) = next_code(60, &[(7, ""), (7, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 7));
        let (code, waited, shown) = next_code(60, &[(9, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 9));
        assert!(!shown.contains("the next one"), "{shown}");
    }

    #[tokio::test]
    async fn a_button_token_is_not_waited_for() {
        let (code, waited, shown) = next_code(0, &[(0, "654321")]).await;
        assert_eq!((code.as_deref(), waited), (Some("654321"), 0));
        assert!(shown.starts_with("Press the button again"), "{shown}");
    }

    #[tokio::test]
    async fn an_input_that_ends_is_told() {
        assert_eq!(next_code(0, &[]).await.0, None);
    }

    #[tokio::test]
    async fn without_a_terminal_resync_does_not_ask() {
        let (mut session, _, _) = crate::commands::tests::session(Lang::En, Format::Table);
        let kind = args::TargetKind { serial: false, user: false };
        let nothing = args::Resync { target: None, codes: vec![], kind };
        let failure = resync(&mut session, nothing).await.unwrap_err();
        assert_eq!((failure.reason(), failure.exit().map(Exit::number)), ("NOT_A_TERMINAL", Some(2)));
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
