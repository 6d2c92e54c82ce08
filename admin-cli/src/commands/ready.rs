//! How far a person has got: `ready`.

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lending_service_client::LendingServiceClient;

use super::Session;
use super::directory::Names;
use crate::args;
use crate::failure::Outcome;
use crate::output::{Column, Format, Listing};
use crate::shapes;
use crate::words::{Lang, Say};

const COLUMNS: &[Column] = &[
    Column { key: "step", title: Say::HeadStep, show: show_step },
    Column { key: "met", title: Say::HeadMet, show: show_met },
];

/// `ready`. It exits with 0 whenever it could answer, whatever the answer is.
pub(crate) async fn ready(session: &mut Session, args: &args::Ready) -> Outcome {
    let client = session.client().await?;
    let request = v1::GetReadinessRequest { user: args.user.clone() };
    let answer = client
        .ask(request, async |channel, request| LendingServiceClient::new(channel).get_readiness(request).await)
        .await?;
    let who = Names::of(&session.printer).beside(&client, &answer.user_id).await;
    tell(session, &answer, &who)
}

fn tell(session: &mut Session, answer: &v1::GetReadinessResponse, who: &str) -> Outcome {
    let steps: Vec<Value> = answer.steps.iter().copied().map(step).collect();
    match session.printer.format() {
        Format::Json | Format::Jsonl => {
            let fields = json!({
                "user_id": answer.user_id,
                "token": answer.token.as_ref().map(shapes::token),
                "steps": steps,
                "may_apply": word(answer.may_apply().as_str_name(), "MET_"),
                "refusal": answer.refusal.as_ref().map(refusal),
            });
            let Value::Object(fields) = fields else { return Ok(()) };
            return session.printer.document(fields);
        }
        Format::Table | Format::Csv | Format::Name | Format::Xlsx | Format::Svg => {}
    }
    let mut listing = Listing::new("steps", COLUMNS);
    session.printer.page(&mut listing, steps)?;
    session.printer.finish_list(listing)?;
    let lang = session.printer.lang;
    if let Some(refusal) = &answer.refusal {
        session.printer.warn(&refusal.message);
        session.printer.say(&format!("  {}", refusal.hint));
    }
    let verdict = match answer.may_apply() {
        v1::Met::Yes => Say::MayApply,
        v1::Met::No | v1::Met::Unspecified => Say::MayNotApply,
        v1::Met::Unknown => Say::MayApplyOnceRegistered,
    };
    session.printer.say(&verdict.with(lang, &[("user", who)]));
    if let Some(next) = next(answer) {
        let serial = answer.token.as_ref().map(|token| token.serial.as_str()).unwrap_or_default();
        session.printer.label(Say::Next, &next.with(lang, &[("user", &answer.user_id), ("serial", serial)]));
    }
    Ok(())
}

fn refusal(refusal: &v1::LoanRefusal) -> Value {
    let v1::LoanRefusal { index: _, code, reason, message, hint } = refusal;
    json!({ "code": code, "reason": reason, "message": message, "hint": hint })
}

/// The command that brings a person past the first step that is not met; what Entra knows is looked up there. Nothing where
/// no token can be lent to them.
fn next(answer: &v1::GetReadinessResponse) -> Option<Say> {
    let first = answer.steps.iter().find(|state| state.met() != v1::Met::Yes)?;
    match first.step() {
        v1::ReadinessStep::Lent if answer.refusal.is_some() => None,
        v1::ReadinessStep::Lent => Some(Say::NextLend),
        v1::ReadinessStep::Counts if answer.token.as_ref().is_some_and(|token| token.without_seed) => {
            Some(Say::NextImportSeeds)
        }
        v1::ReadinessStep::Counts => Some(Say::NextLookAt),
        v1::ReadinessStep::Proven => Some(Say::NextVerify),
        // A resync says what the clock is; it does not set Entra's.
        v1::ReadinessStep::ClockInside if first.met() == v1::Met::No => Some(Say::NextClockOutside),
        v1::ReadinessStep::ClockInside => Some(Say::NextResync),
        v1::ReadinessStep::Registered | v1::ReadinessStep::Unspecified => None,
    }
}

fn step(state: v1::ReadinessState) -> Value {
    let name = word(state.step().as_str_name(), "READINESS_STEP_");
    json!({ "name": name, "step": name, "met": word(state.met().as_str_name(), "MET_") })
}

fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

fn show_step(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "lent" => Say::StepLent,
        "counts" => Say::StepCounts,
        "proven" => Say::StepProven,
        "clock_inside" => Say::StepClockInside,
        "registered" => Say::StepRegistered,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

fn show_met(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "yes" => Say::MetYes,
        "no" => Say::MetNo,
        _ => Say::MetUnknown,
    };
    say.plain(lang).to_owned()
}
