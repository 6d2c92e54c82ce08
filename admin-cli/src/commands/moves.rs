//! What happens to one token, or to several: `lost`, `found`, `suspend`, `resume`, `rebind`, `retire`.

use serde_json::json;
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;

use super::near::propose;
use super::target::{Target, look_up, oneof, resolve};
use super::token::{COLUMNS, title};
use super::{Session, code, held};
use crate::args;
use crate::client::Client;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Answer;
use crate::shapes;
use crate::words::Say;

/// Asks for one of the moves that take a target, a note and nothing else; what more there is follows in braces.
macro_rules! ask {
    ($session:expr, $order:expr, $request:ident, $of:ident, $rpc:ident $(, $more:ident: $value:expr)*) => {{
        let order = $order;
        let client = $session.client().await?;
        let typed = &order.target.target;
        let target = propose(&client, typed, resolve(&client, typed, order.target.kind).await).await?;
        let request = v1::$request {
            target: oneof!(target, $of),
            note: order.note.clone().unwrap_or_default(),
            etag: String::new(),
            request_id: $session.new_request_id()?,
            validate_only: order.dry_run.on,
            $($more: $value,)*
        };
        let answer = client
            .ask(request, async |channel, request| LendingServiceClient::new(channel).$rpc(request).await)
            .await;
        propose(&client, typed, answer).await?
    }};
}

/// `lost`.
pub(crate) async fn lost(session: &mut Session, order: &args::Move) -> Outcome {
    let answer = ask!(session, order, ReportTokenLostRequest, report_token_lost_request, report_token_lost);
    let token = held(answer.token)?;
    tell(session, Say::ReportedLost, &token, &token.user_id, None, order.dry_run.on)?;
    if !order.dry_run.on {
        session
            .printer
            .label(Say::Next, &Say::NextReplaceLost.with(session.printer.lang, &[("serial", &token.serial)]));
    }
    Ok(())
}

/// `found`.
pub(crate) async fn found(session: &mut Session, args: &args::Found) -> Outcome {
    let codes = args.codes.clone();
    let answer = ask!(
        session,
        &args.order,
        ReportTokenFoundRequest,
        report_token_found_request,
        report_token_found,
        codes: codes
    );
    let say = if args.codes.is_empty() { Say::FoundInStock } else { Say::FoundByHolder };
    tell(session, say, &held(answer.token)?, &answer.lost_by, answer.verdict.as_ref(), args.order.dry_run.on)
}

/// `suspend`.
pub(crate) async fn suspend(session: &mut Session, args: &args::Suspend) -> Outcome {
    let answer = ask!(
        session,
        &args.order,
        SuspendTokenRequest,
        suspend_token_request,
        suspend_token,
        leaves_none: args.leaves_none
    );
    let token = held(answer.token)?;
    tell(session, Say::SuspendedNow, &token, &token.user_id, None, args.order.dry_run.on)?;
    if !args.order.dry_run.on {
        session.printer.label(Say::Next, &Say::NextResume.with(session.printer.lang, &[("serial", &token.serial)]));
    }
    Ok(())
}

/// `resume`.
pub(crate) async fn resume(session: &mut Session, order: &args::Move) -> Outcome {
    let answer = ask!(session, order, ResumeTokenRequest, resume_token_request, resume_token);
    let token = held(answer.token)?;
    tell(session, Say::ResumedNow, &token, &token.user_id, None, order.dry_run.on)
}

/// `rebind`.
pub(crate) async fn rebind(session: &mut Session, args: &args::Rebind) -> Outcome {
    let codes = args.codes.clone();
    let answer = ask!(session, &args.order, RebindTokenRequest, rebind_token_request, rebind_token, codes: codes);
    let token = held(answer.token)?;
    tell(session, Say::BoundAnew, &token, &token.user_id, answer.verdict.as_ref(), args.order.dry_run.on)
}

/// `retire`. One that can't be retired does not keep the next from being tried.
pub(crate) async fn retire(session: &mut Session, args: &args::Retire) -> Outcome {
    let (name, question) = match args.serials.as_slice() {
        [one] => (one.clone(), Say::ConfirmRetire),
        several => (several.len().to_string(), Say::ConfirmRetireSeveral),
    };
    if !args.dry_run.on {
        session.confirm(&name, &args.confirm, question).await?;
    }
    let client = session.client().await?;
    if let [one] = args.serials.as_slice() {
        return retire_one(session, &client, args, one).await;
    }
    session.printer.expect_many_answers();
    let mut worst: Option<Exit> = None;
    for serial in &args.serials {
        match retire_one(session, &client, args, serial).await {
            Ok(()) => {}
            Err(Failure::PipeClosed) => return Err(Failure::PipeClosed),
            Err(failure) => {
                worst = worst.max(failure.exit());
                session.printer.complain(&failure);
            }
        }
    }
    worst.map_or(Ok(()), |worst| Err(Failure::Told(worst)))
}

async fn retire_one(session: &mut Session, client: &Client, args: &args::Retire, serial: &str) -> Outcome {
    let token = propose(client, serial, look_up(client, Target::Token(serial.to_owned())).await).await?;
    let request = v1::RetireTokenRequest {
        token: token.name,
        note: args.note.clone().unwrap_or_default(),
        etag: token.etag,
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| TokenServiceClient::new(channel).retire_token(request).await)
        .await?;
    tell(session, Say::RetiredNow, &held(answer.token)?, "", None, args.dry_run.on)
}

fn tell(
    session: &mut Session,
    say: Say,
    token: &v1::Token,
    user: &str,
    verdict: Option<&v1::Verdict>,
    dry_run: bool,
) -> Outcome {
    let lang = session.printer.lang;
    let say = if dry_run { Say::WouldMove } else { say };
    let mut sentence = say.with(lang, &[("token", &title(token)), ("user", user)]);
    sentence = code::with_clock(sentence, verdict, lang);
    session.printer.answer(&Answer {
        sentence,
        noun: "token",
        record: shapes::token(token),
        columns: COLUMNS,
        beside: vec![("verdict", json!(verdict.map(shapes::verdict))), ("dry_run", json!(dry_run))],
    })?;
    if let Some(verdict) = verdict {
        code::advise(&mut session.printer, token, verdict);
    }
    Ok(())
}
