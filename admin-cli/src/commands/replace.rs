//! What concerns a person more than a token: `replace`, so that nobody is left without one, and `move` to another ID.

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::directory::Names;
use super::near::propose;
use super::target::{resolve, tidy_user};
use super::token::{COLUMNS, title};
use super::{Session, code, held, loans, slip, terms};
use crate::args;
use crate::commands::target::Target;
use crate::failure::Outcome;
use crate::output::{Answer, Listing};
use crate::shapes::{self, show_state};
use crate::words::Say;

/// `replace`.
pub(crate) async fn replace(session: &mut Session, args: &args::Replace) -> Outcome {
    slip::may_write(session, args.slip.as_deref())?;
    let client = session.client().await?;
    let old = propose(&client, &args.old, resolve(&client, &args.old, args.kind).await).await?;
    let request = v1::ReplaceTokenRequest {
        old: Some(match old {
            Target::Token(token) => v1::replace_token_request::Old::Token(token),
            Target::User(user) => v1::replace_token_request::Old::User(user),
        }),
        new_token: args.new.clone(),
        reason: v1::ReplaceReason::from(args.reason).into(),
        old_returns_later: args.later,
        codes: args.codes.clone(),
        checked: args.checked.map_or(v1::Checked::Unspecified, v1::Checked::from).into(),
        route: terms::route(&args.terms),
        ticket: args.terms.ticket.clone().unwrap_or_default(),
        due_time: terms::due(&args.terms, session.world.clock.as_ref())?,
        note: args.note.clone().unwrap_or_default(),
        old_etag: String::new(),
        new_etag: String::new(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| LendingServiceClient::new(channel).replace_token(request).await)
        .await;
    let answer = propose(&client, &args.new, answer).await?;
    let holder = if args.dry_run.on { answer.old_token.as_ref() } else { answer.token.as_ref() };
    let user = holder.map(|token| token.user_id.as_str()).unwrap_or_default();
    let who = Names::of(&session.printer).beside(&client, user).await;
    tell_replaced(session, args, &answer, &who)?;
    match (&args.slip, &answer.token) {
        (Some(path), Some(token)) if !args.dry_run.on => {
            slip::hand_out(session, path, token, user, answer.loan.as_ref())
        }
        (Some(_) | None, _) => Ok(()),
    }
}

fn tell_replaced(session: &mut Session, args: &args::Replace, answer: &v1::ReplaceTokenResponse, who: &str) -> Outcome {
    let lang = session.printer.lang;
    let (token, old) = (held(answer.token.as_ref())?, held(answer.old_token.as_ref())?);
    let verdict = answer.verdict.as_ref();
    let dry_run = args.dry_run.on;
    let say = match (dry_run, args.later) {
        (true, _) => Say::WouldReplace,
        (false, true) => Say::ReplacedForNow,
        (false, false) => Say::Replaced,
    };
    let old_record = shapes::token(old);
    let state = show_state(&old_record["state"], lang);
    let places = [("token", title(token)), ("user", who.to_owned()), ("old", old.serial.clone()), ("state", state)];
    let mut sentence = say.with(lang, &places.each_ref().map(|(place, value)| (*place, value.as_str())));
    if let Some(day) = terms::last_day(answer.loan.as_ref()) {
        sentence = [&sentence, Say::Semicolon.plain(lang), &Say::DueOn.with(lang, &[("day", &day)])].concat();
    }
    sentence = code::with_clock(sentence, verdict, lang);
    session.printer.answer(&Answer {
        sentence,
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![
            ("old_token", old_record),
            ("verdict", json!(verdict.map(shapes::verdict))),
            ("loan", json!(answer.loan.as_ref().map(loans::record))),
            ("dry_run", json!(dry_run)),
        ],
    })?;
    if dry_run && !args.codes.is_empty() {
        session.printer.warn(Say::CodeNotChecked.plain(lang));
    }
    if let Some(verdict) = verdict {
        code::advise(&mut session.printer, token, verdict);
    } else {
        code::warn_of_clock(&mut session.printer, token, answer.window_seconds);
        if !dry_run {
            session.printer.label(Say::Next, &Say::NextVerify.with(lang, &[("serial", &token.serial)]));
        }
    }
    if !dry_run && args.later {
        session.printer.label(Say::Next, &Say::NextHandIn.with(lang, &[("serial", &old.serial)]));
    }
    Ok(())
}

/// `move`.
pub(crate) async fn change_user(session: &mut Session, args: &args::MoveUser) -> Outcome {
    let client = session.client().await?;
    let request = v1::MoveUserTokensRequest {
        user: args.from.clone(),
        new_user: args.to.clone(),
        note: args.note.clone().unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
        etag: String::new(),
    };
    let answer = client
        .ask(request, async |channel, request| LendingServiceClient::new(channel).move_user_tokens(request).await)
        .await?;
    let lang = session.printer.lang;
    let say = if args.dry_run.on { Say::WouldChangeUser } else { Say::UserChanged };
    let count = answer.tokens.len().to_string();
    let who = Names::of(&session.printer).beside(&client, &tidy_user(&args.to)).await;
    let places = [("tokens", count.as_str()), ("user", &tidy_user(&args.from)), ("new_user", &who)];
    let records: Vec<Value> = answer.tokens.iter().map(shapes::token).collect();
    let mut listing = Listing::new("tokens", COLUMNS);
    session.printer.page(&mut listing, records)?;
    session.printer.finish_list(listing)?;
    session.printer.say(&say.with(lang, &places));
    Ok(())
}
