//! Lending: `assign` and `return`.

use prost_types::Timestamp;
use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::directory::Names;
use super::near::propose;
use super::scan::{Form, is_user, scan};
use super::target::{oneof, resolve, tidy_user};
use super::token::{COLUMNS, title};
use super::{Session, code, held, loans, pairs, slip, terms};
use crate::args;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, Printer};
use crate::shapes::{self, show_date};
use crate::words::{Complaint, Say};

/// `assign`.
pub(crate) async fn assign(session: &mut Session, args: args::Assign) -> Outcome {
    if let Some(file) = &args.from_file {
        return pairs::assign(session, &args, file).await;
    }
    let client = session.client().await?;
    if let (Some(serial), Some(user)) = (&args.serial, &args.user) {
        return lend(session, &client, &args, serial, user, &args.codes).await;
    }
    let deed = async |session: &mut Session, words: Vec<String>| match words.as_slice() {
        [serial, user, codes @ ..] => lend(session, &client, &args, serial, user, codes).await,
        [] | [_] => Ok(()),
    };
    scan(session, Form::Loan, deed).await
}

/// `return`.
pub(crate) async fn take_back(session: &mut Session, args: args::Return) -> Outcome {
    let client = session.client().await?;
    if let Some(target) = &args.target {
        return take_one_back(session, &client, &args, target, &args.codes).await;
    }
    let deed = async |session: &mut Session, words: Vec<String>| match words.as_slice() {
        [target, codes @ ..] => take_one_back(session, &client, &args, target, codes).await,
        [] => Ok(()),
    };
    scan(session, Form::Return, deed).await
}

async fn lend(
    session: &mut Session,
    client: &Client,
    args: &args::Assign,
    serial: &str,
    user: &str,
    codes: &[String],
) -> Outcome {
    serial_first(serial, user)?;
    slip::may_write(session, args.slip.as_deref())?;
    let request = v1::AssignTokenRequest {
        token: serial.to_owned(),
        user: user.to_owned(),
        codes: codes.to_vec(),
        checked: args.checked.map_or(v1::Checked::Unspecified, v1::Checked::from).into(),
        route: terms::route(&args.terms),
        ticket: args.terms.ticket.clone().unwrap_or_default(),
        due_time: terms::due(&args.terms, session.world.clock.as_ref())?,
        department: args.department.clone().unwrap_or_default(),
        note: args.note.clone().unwrap_or_default(),
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request.clone(), async |channel, request| LendingServiceClient::new(channel).assign_token(request).await)
        .await;
    let answer = propose(client, serial, answer).await?;
    let (names, user) = (Names::of(&session.printer), borrower(&answer, &request));
    let person = names.known(client, &user).await;
    tell_lent(session, &answer, &request, &names.title_of(person.as_ref(), &user))?;
    if let Some(person) = person {
        let due = answer.loan.as_ref().map_or(request.due_time, |loan| loan.due_time);
        warn_of_last_day(&mut session.printer, &person, due.as_ref());
    }
    match (&args.slip, &answer.token) {
        (Some(path), Some(token)) if !args.dry_run.on => {
            slip::hand_out(session, path, token, &borrower(&answer, &request), answer.loan.as_ref())
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// A loan that outlasts somebody's time at the university is lent all the same; the desk is told.
fn warn_of_last_day(printer: &mut Printer, person: &v1::Person, due: Option<&Timestamp>) {
    let (lang, last_day) = (printer.lang, person.last_day.as_str());
    let due = show_date(&shapes::time(due));
    let outlasts = due.is_empty() || due.as_str() > last_day;
    if last_day.is_empty() || !outlasts {
        return;
    }
    let say = if due.is_empty() { Say::LastDayBeforeNoDue } else { Say::LastDayBeforeDue };
    printer.warn(&say.with(lang, &[("user", &person.user_id), ("day", last_day), ("due", &due)]));
}

/// Refuses an ID that stands where the serial belongs.
fn serial_first(serial: &str, user: &str) -> Outcome {
    if is_user(serial) && !is_user(user) {
        return Err(Failure::plain(Complaint::SerialBeforeUser));
    }
    Ok(())
}

async fn take_one_back(
    session: &mut Session,
    client: &Client,
    args: &args::Return,
    typed: &str,
    codes: &[String],
) -> Outcome {
    let target = propose(client, typed, resolve(client, typed, args.kind).await).await?;
    let request = v1::ReturnTokenRequest {
        target: oneof!(target, return_token_request),
        reason: v1::ReturnReason::from(args.reason).into(),
        note: args.note.clone().unwrap_or_default(),
        etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
        leaves_none: args.leaves_none,
        codes: codes.to_vec(),
    };
    let answer = client
        .ask(request, async |channel, request| LendingServiceClient::new(channel).return_token(request).await)
        .await;
    let answer = propose(client, typed, answer).await?;
    let who = Names::of(&session.printer).beside(client, &answer.returned_by).await;
    tell_returned(session, &answer, &who, args.dry_run.on)?;
    if args.dry_run.on && !codes.is_empty() {
        session.printer.warn(Say::CodeNotChecked.plain(session.printer.lang));
    }
    Ok(())
}

/// The ID of whoever it is lent to; as it was typed where nothing was changed.
fn borrower(answer: &v1::AssignTokenResponse, request: &v1::AssignTokenRequest) -> String {
    let user = answer.token.as_ref().map(|token| token.user_id.as_str()).unwrap_or_default();
    if user.is_empty() { tidy_user(&request.user) } else { user.to_owned() }
}

fn tell_lent(
    session: &mut Session,
    answer: &v1::AssignTokenResponse,
    request: &v1::AssignTokenRequest,
    who: &str,
) -> Outcome {
    let lang = session.printer.lang;
    let (token, verdict) = (held(answer.token.as_ref())?, answer.verdict.as_ref());
    let dry_run = request.validate_only;
    let last_day = terms::last_day(answer.loan.as_ref());
    let say = match (dry_run, &last_day) {
        (true, _) => Say::WouldLend,
        (false, None) => Say::Lent,
        (false, Some(_)) => Say::LentUntil,
    };
    let day = last_day.unwrap_or_default();
    let mut sentence = say.with(lang, &[("token", &title(token)), ("user", who), ("day", &day)]);
    sentence = code::with_clock(sentence, verdict, lang);
    session.printer.answer(&Answer {
        sentence,
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![
            ("verdict", json!(verdict.map(shapes::verdict))),
            ("loan", json!(answer.loan.as_ref().map(loans::record))),
            ("dry_run", json!(dry_run)),
        ],
    })?;
    if dry_run && !request.codes.is_empty() {
        session.printer.warn(Say::CodeNotChecked.plain(lang));
    }
    if let Some(verdict) = verdict {
        code::advise(&mut session.printer, token, verdict);
    } else {
        code::warn_of_clock(&mut session.printer, token, answer.window_seconds);
        if !dry_run && token.proven_time.is_none() {
            session.printer.label(Say::Next, &Say::NextVerify.with(lang, &[("serial", &token.serial)]));
        }
    }
    Ok(())
}

fn tell_returned(session: &mut Session, answer: &v1::ReturnTokenResponse, who: &str, dry_run: bool) -> Outcome {
    let lang = session.printer.lang;
    let token = held(answer.token.as_ref())?;
    let verdict = answer.verdict.as_ref();
    let say = match (dry_run, token.custody()) {
        (true, _) => Say::WouldReturn,
        (false, v1::Custody::Faulty) => Say::SetAside,
        (
            false,
            v1::Custody::InStock
            | v1::Custody::Ordered
            | v1::Custody::Lent
            | v1::Custody::Lost
            | v1::Custody::Retired
            | v1::Custody::Unspecified,
        ) => Say::BackInStock,
    };
    let mut sentence = say.with(lang, &[("token", &title(token)), ("user", who)]);
    if let Some(verdict) = verdict {
        sentence = [&sentence, Say::Semicolon.plain(lang), &code::clock_words(verdict, lang)].concat();
    }
    session.printer.answer(&Answer {
        sentence,
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![
            ("returned_by", json!(answer.returned_by)),
            ("verdict", json!(verdict.map(shapes::verdict))),
            ("dry_run", json!(dry_run)),
        ],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::commands::tests::session;
    use crate::output::Format;
    use crate::words::Lang;

    fn token() -> v1::Token {
        v1::Token {
            name: "tokens/feitian~2600215704919".to_owned(),
            serial: "2600215704919".to_owned(),
            manufacturer: "Feitian".to_owned(),
            model: "OTP c200".to_owned(),
            user_id: "0123456789".to_owned(),
            custody: v1::Custody::Lent.into(),
            ..v1::Token::default()
        }
    }

    fn verdict() -> v1::Verdict {
        v1::Verdict {
            offset_seconds: -14,
            window_seconds: 120,
            inside_window: true,
            advice: v1::Advice::Nothing.into(),
            ..v1::Verdict::default()
        }
    }

    fn lent(token: v1::Token, verdict: Option<v1::Verdict>) -> v1::AssignTokenResponse {
        v1::AssignTokenResponse { token: Some(token), verdict, ..v1::AssignTokenResponse::default() }
    }

    fn request(validate_only: bool) -> v1::AssignTokenRequest {
        let user = "01234 56789@utac.u-tokyo.ac.jp".to_owned();
        v1::AssignTokenRequest { user, validate_only, ..v1::AssignTokenRequest::default() }
    }

    #[test]
    fn an_id_in_the_place_of_the_serial_is_refused() {
        let failure = serial_first("0123456789", "2600215704919").unwrap_err();
        assert_eq!(failure.describe(Lang::En).unwrap().code, "TF-9094");
        assert!(serial_first("0123456789", "1111111111").is_ok(), "a serial of ten digits");
        assert!(serial_first("2600215704919", "123456789").is_ok(), "the server says what is wrong");
    }

    #[test]
    fn a_loan_says_who_has_what_and_how_its_clock_is() {
        let (mut session, data, talk) = session(Lang::En, Format::Table);
        tell_lent(&mut session, &lent(token(), Some(verdict())), &request(false), "0123456789").unwrap();
        session.printer.flush().unwrap();
        assert_eq!(
            data.text(),
            "✓ 2600215704919 (Feitian OTP c200) is lent to 0123456789 until it is returned; \
             clock −14 s, inside Entra's ±120 s\n"
        );
        assert_eq!(talk.text(), "");
    }

    #[test]
    fn an_unproven_loan_names_the_next_command_in_either_language() {
        for (lang, label) in [(Lang::En, "Next: "), (Lang::Ja, "次の操作: ")] {
            let (mut session, _, talk) = session(lang, Format::Table);
            tell_lent(&mut session, &lent(token(), None), &request(false), "0123456789").unwrap();
            let text = talk.text();
            assert!(text.starts_with(&format!("{label}tokenadm verify 2600215704919 <code>")), "{text}");
        }
    }

    #[test]
    fn a_loan_as_a_document_has_the_token_and_the_verdict() {
        let (mut session, data, talk) = session(Lang::En, Format::Json);
        tell_lent(&mut session, &lent(token(), Some(verdict())), &request(true), "0123456789").unwrap();
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["apiVersion"], "tokenadm/v1");
        assert_eq!(document["token"]["custody"], "lent");
        assert_eq!(document["verdict"]["offset_seconds"], -14);
        assert_eq!(document["verdict"]["advice"], "nothing");
        assert_eq!(document["dry_run"], true);
        assert_eq!(talk.text(), "");
    }

    #[test]
    fn a_dry_run_names_the_id_as_read_and_says_that_no_code_was_checked() {
        for codes in [vec![], vec!["123456".to_owned()]] {
            let (mut session, data, talk) = session(Lang::En, Format::Table);
            let free = v1::Token { user_id: String::new(), ..token() };
            let told = if codes.is_empty() { "" } else { "! the code was not checked: --dry-run uses up no code\n" };
            let request = v1::AssignTokenRequest { codes, ..request(true) };
            let answer = lent(free, None);
            tell_lent(&mut session, &answer, &request, &borrower(&answer, &request)).unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains("can be lent to 0123456789; nothing was changed"), "{}", data.text());
            assert_eq!(talk.text(), told);
        }
    }

    #[test]
    fn a_returned_token_is_in_stock_or_set_aside() {
        for (custody, part) in [(v1::Custody::InStock, "is back in stock"), (v1::Custody::Faulty, "is set aside")] {
            let (mut session, data, _) = session(Lang::En, Format::Table);
            let answer = v1::ReturnTokenResponse {
                token: Some(v1::Token { custody: custody.into(), ..token() }),
                returned_by: "0123456789".to_owned(),
                verdict: None,
            };
            tell_returned(&mut session, &answer, "0123456789", false).unwrap();
            session.printer.flush().unwrap();
            assert!(data.text().contains(part), "{}", data.text());
        }
    }
}
