//! How things look: the JSON records of the documented contract, and the words people see for the same values.
//!
//! The contract `tokenadm/v1`: `snake_case`, times in RFC 3339 UTC, enums as lower-case words, absent values as null.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use prost_types::Timestamp;
use serde_json::{Value, json};
use tokenfleet_proto::v1;

use crate::output::plain;
use crate::words::{Lang, Say};

/// The offset of the times that people see: Japan has one, without summer time.
pub(crate) const JAPAN_SECONDS: i32 = 9 * 3600;

/// A token.
pub(crate) fn token(token: &v1::Token) -> Value {
    json!({
        "name": token.name,
        "serial": token.serial,
        "vendor": token.vendor,
        "key_id": token.key_id,
        "manufacturer": token.manufacturer,
        "model": token.model,
        "lot": token.lot,
        "type": otp_type(token.r#type()),
        "algorithm": algorithm(token.algorithm()),
        "digits": token.digits,
        "period": (token.period_seconds > 0).then_some(token.period_seconds),
        "custody": word(token.custody().as_str_name(), "CUSTODY_"),
        "authenticator": word(token.authenticator().as_str_name(), "AUTHENTICATOR_"),
        "hold": word(token.hold().as_str_name(), "HOLD_"),
        "state": word(token.state().as_str_name(), "TOKEN_STATE_"),
        "user_id": text(&token.user_id),
        "lent_time": time(token.lent_time.as_ref()),
        "proven_time": time(token.proven_time.as_ref()),
        "last_accepted_time": time(token.last_accepted_time.as_ref()),
        "clock_offset_seconds": token.clock_observed_time.as_ref().map(|_| token.clock_offset_seconds),
        "clock_observed_time": time(token.clock_observed_time.as_ref()),
        "failures": token.failures,
        "next_try_time": time(token.next_try_time.as_ref()),
        "expire_time": time(token.expire_time.as_ref()),
        "department": text(&token.department),
        "location": text(&token.location),
        "create_time": time(token.create_time.as_ref()),
        "update_time": time(token.update_time.as_ref()),
        "etag": token.etag,
        "without_seed": token.without_seed,
    })
}

/// What a code says about a clock.
pub(crate) fn verdict(verdict: &v1::Verdict) -> Value {
    json!({
        "offset_seconds": verdict.offset_seconds,
        "previous_offset_seconds": verdict.previous_offset_seconds,
        "seconds_per_day": verdict.seconds_per_day,
        "window_seconds": verdict.window_seconds,
        "inside_window": verdict.inside_window,
        "leave_time": time(verdict.leave_time.as_ref()),
        "advice": word(verdict.advice().as_str_name(), "ADVICE_"),
    })
}

/// The format of a lot that came from a list of loans.
const ADOPTED: &str = "adopted";

/// A lot.
pub(crate) fn lot(lot: &v1::Lot) -> Value {
    json!({
        "name": lot.name,
        "state": word(lot.state().as_str_name(), "LOT_STATE_"),
        "tokens": lot.tokens,
        "file_name": lot.file_name,
        "file_sha256": lot.file_sha256,
        "format": lot.format,
        "secret_encoding": lot.secret_encoding,
        "possible_encodings": lot.possible_encodings().map(encoding_word).collect::<Vec<_>>(),
        "imported_by": lot.imported_by,
        "create_time": time(lot.create_time.as_ref()),
        "seed_file": seed_file(lot),
        "source_destruction": lot.source_destruction.as_ref().map(destruction),
    })
}

/// Whether the seed file of a lot is destroyed; nothing where it never had one.
fn seed_file(lot: &v1::Lot) -> Option<&'static str> {
    match &lot.source_destruction {
        Some(_) => Some("destroyed"),
        None => (lot.format != ADOPTED).then_some("kept"),
    }
}

fn destruction(destruction: &v1::SourceDestruction) -> Value {
    json!({
        "method": word(destruction.method().as_str_name(), "DESTRUCTION_METHOD_"),
        "destroyed_by": destruction.destroyed_by,
        "destroy_time": time(destruction.destroy_time.as_ref()),
        "note": destruction.note,
        "confirm_operator": destruction.confirm_operator,
        "confirm_time": time(destruction.confirm_time.as_ref()),
    })
}

/// How far the lot is that a file became before.
pub(crate) fn earlier_state(summary: &v1::ImportSummary) -> String {
    word(summary.earlier_lot_state().as_str_name(), "LOT_STATE_")
}

/// That a lot was proven.
pub(crate) fn lot_proof(proof: &v1::LotProof) -> Value {
    json!({
        "token": proof.token,
        "serial": proof.serial,
        "secret_encoding": proof.secret_encoding,
        "type": word(proof.r#type().as_str_name(), "OTP_TYPE_"),
        "algorithm": proof.algorithm().as_str_name().trim_start_matches("ALGORITHM_"),
        "digits": proof.digits,
        "period": proof.period_seconds,
        "reread": proof.reread,
        "prove_time": time(proof.prove_time.as_ref()),
        "prove_operator": proof.prove_operator,
    })
}

/// A place where tokens are kept.
pub(crate) fn location(location: &v1::Location) -> Value {
    json!({
        "name": location.name,
        "display_name_en": location.display_name_en,
        "display_name_ja": location.display_name_ja,
        "created_by": location.created_by,
        "create_time": time(location.create_time.as_ref()),
    })
}

/// A line of the stock.
pub(crate) fn stock_line(line: &v1::StockLine) -> Value {
    json!({
        "location": text(&line.location),
        "vendor": line.vendor,
        "model": line.model,
        "free": line.free,
        "reserved": line.reserved,
        "in_transit": line.in_transit,
        "unusable": line.unusable,
        "lent": line.lent,
        "lost": line.lost,
        "faulty": line.faulty,
        "ordered": line.ordered,
    })
}

/// A transfer, with its tokens where they are told.
pub(crate) fn transfer(transfer: &v1::Transfer) -> Value {
    json!({
        "name": text(&transfer.name),
        "destination": text(&transfer.destination),
        "note": transfer.note,
        "send_time": time(transfer.send_time.as_ref()),
        "sent_by": text(&transfer.sent_by),
        "complete_time": time(transfer.complete_time.as_ref()),
        "items": transfer.items.iter().map(transfer_item).collect::<Vec<_>>(),
    })
}

/// A token of a transfer.
pub(crate) fn transfer_item(item: &v1::TransferItem) -> Value {
    json!({
        "serial": item.serial,
        "origin": text(&item.origin),
        "arrival": word(item.arrival().as_str_name(), "ARRIVAL_"),
        "receive_time": time(item.receive_time.as_ref()),
        "received_by": text(&item.received_by),
    })
}

/// A stocktake; what it came to, once it has ended.
pub(crate) fn stocktake(stocktake: &v1::Stocktake) -> Value {
    let closed = stocktake.close_time.is_some();
    json!({
        "name": stocktake.name,
        "location": stocktake.location,
        "start_time": time(stocktake.start_time.as_ref()),
        "started_by": stocktake.started_by,
        "close_time": time(stocktake.close_time.as_ref()),
        "closed_by": text(&stocktake.closed_by),
        "found": closed.then_some(stocktake.found),
        "missing": closed.then_some(stocktake.missing),
        "surplus": closed.then_some(stocktake.surplus),
    })
}

/// What a stocktake says of a token.
pub(crate) fn stocktake_line(line: &v1::StocktakeLine) -> Value {
    json!({ "serial": line.serial, "counted": stocktake_word(line.word()) })
}

/// What was scanned, and what it is there.
pub(crate) fn stocktake_scan(serial: &str, word: v1::StocktakeWord, again: bool) -> Value {
    json!({ "serial": serial, "counted": stocktake_word(word), "again": again })
}

fn stocktake_word(said: v1::StocktakeWord) -> String {
    word(said.as_str_name(), "STOCKTAKE_WORD_")
}

/// What a stocktake says of a token, for people.
pub(crate) fn show_counted(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "found" => Say::CountedFound,
        "missing" => Say::CountedMissing,
        "elsewhere" => Say::CountedElsewhere,
        "in_transit" => Say::CountedInTransit,
        "lent" => Say::CountedLent,
        "lost" => Say::CountedLost,
        "retired" => Say::CountedRetired,
        "unknown" => Say::CountedUnknown,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// A token that is kept for a person.
pub(crate) fn reservation(reservation: &v1::Reservation) -> Value {
    json!({
        "name": reservation.name,
        "serial": reservation.serial,
        "model": reservation.model,
        "location": text(&reservation.location),
        "user_id": reservation.user_id,
        "department": text(&reservation.department),
        "until_time": time(reservation.until_time.as_ref()),
        "create_time": time(reservation.create_time.as_ref()),
        "reserved_by": reservation.reserved_by,
        "note": reservation.note,
    })
}

/// A model, with what its newest token is like.
pub(crate) fn model(model: &v1::Model) -> Value {
    let level = |level: &v1::StockLevel| json!({ "location": text(&level.location), "low_stock": level.low_stock });
    let known = model.digits > 0;
    json!({
        "vendor": model.vendor,
        "model": model.model,
        "type": known.then(|| otp_type(model.r#type())),
        "digits": known.then_some(model.digits),
        "period": (model.period_seconds > 0).then_some(model.period_seconds),
        "algorithm": known.then(|| algorithm(model.algorithm())),
        "battery_years": model.battery_years,
        "drift_ppm": model.drift_ppm,
        "levels": model.levels.iter().map(level).collect::<Vec<_>>(),
    })
}

/// How few of a model may be left, place by place, for people.
pub(crate) fn show_levels(value: &Value, lang: Lang) -> String {
    let level = |level: &Value| {
        let least = plain(&level["low_stock"], lang);
        match level["location"].as_str().map(bare) {
            Some(location) => format!("{location}: {least}"),
            None => least,
        }
    };
    value.as_array().map(|levels| levels.iter().map(level).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// What became of a token that was sent, for people.
pub(crate) fn show_arrival(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "in_transit" => Say::InTransit,
        "received" => Say::HasCome,
        "gone" => Say::GoneOnTheWay,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// An operator.
pub(crate) fn operator(operator: &v1::Operator) -> Value {
    json!({
        "name": operator.name,
        "roles": roles(operator),
        "departments": operator.departments,
        "user_id": text(&operator.user_id),
        "revoked": operator.revoked,
        "create_time": time(operator.create_time.as_ref()),
        "revoke_time": time(operator.revoke_time.as_ref()),
    })
}

/// The words for the roles of an operator.
fn roles(operator: &v1::Operator) -> Value {
    // A role that a newer server has is one more all the same.
    let roles = operator.roles.iter().map(|role| v1::Role::try_from(*role).unwrap_or_default());
    roles.map(|role| word(role.as_str_name(), "ROLE_")).collect()
}

/// An event of the record.
pub(crate) fn event(event: &v1::AuditEvent) -> Value {
    let mut details: Vec<_> = event.details.iter().collect();
    details.sort();
    let details: serde_json::Map<_, _> =
        details.into_iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect();
    json!({
        "name": event.name,
        "record_time": time(event.record_time.as_ref()),
        "operator": event.operator,
        "action": event.action,
        "outcome": event.outcome,
        "subject": text(&event.subject),
        "user_id": text(&event.user_id),
        "details": details,
        "request_id": text(&event.request_id),
    })
}

/// How whole a chain of the record is.
pub(crate) fn chain(chain: &v1::AuditChain) -> Value {
    json!({
        "chain": chain.chain,
        "events": chain.events,
        "head": chain.head,
        "intact": chain.intact,
        "broken_at": text(&chain.broken_at),
    })
}

/// A key as a file gives it: `period` for a clock, `counter` for a button.
pub(crate) fn key(key: &v1::InspectedKey) -> Value {
    let mut record = json!({
        "serial": key.serial,
        "key_id": key.key_id,
        "type": otp_type(key.r#type()),
        "digits": key.digits,
    });
    match key.r#type() {
        v1::OtpType::Hotp => record["counter"] = json!(key.counter),
        v1::OtpType::Totp | v1::OtpType::Unspecified => record["period"] = json!(key.period_seconds),
    }
    record["algorithm"] = json!(algorithm(key.algorithm()));
    record["kcv"] = json!(key.kcv);
    record["line"] = json!(key.line);
    record["manufacturer"] = text(&key.manufacturer);
    record["model"] = text(&key.model);
    record["expire_time"] = time(key.expire_time.as_ref());
    record["start_time"] = time(key.start_time.as_ref());
    record
}

/// A row that is refused.
pub(crate) fn problem(problem: &v1::RowProblem) -> Value {
    json!({
        "line": problem.line,
        "column": (problem.column > 0).then_some(problem.column),
        "column_name": text(&problem.column_name),
        "code": problem.code,
        "reason": problem.reason,
        "message": problem.message,
        "hint": text(&problem.hint),
    })
}

/// How a file was read.
pub(crate) fn evidence(evidence: &v1::SeedFileEvidence) -> Value {
    json!({
        "format": evidence.format,
        "layout": evidence.layout,
        "text_encoding": evidence.text_encoding,
        "columns": evidence.columns,
        "ignored_columns": (!evidence.ignored_columns.is_empty()).then_some(&evidence.ignored_columns),
        "passed_over": (!evidence.passed_over.is_empty()).then_some(&evidence.passed_over),
        "secret_encoding": secret_encoding(evidence),
        "secret_encoding_reason": text(&evidence.secret_encoding_reason),
        "protection": evidence.protection.as_ref().map(protection),
        "part": text(&evidence.part),
    })
}

/// How the secrets of a file are encrypted.
fn protection(protection: &v1::SeedFileProtection) -> Value {
    let iterations = protection.pbkdf2_iterations;
    json!({
        "cipher": protection.cipher,
        "opens": word(protection.opens().as_str_name(), "FILE_LOCK_"),
        "mac": text(&protection.mac),
        "pbkdf2_iterations": (iterations > 0).then_some(iterations),
    })
}

/// The word for how secrets are written.
pub(crate) fn secret_encoding(evidence: &v1::SeedFileEvidence) -> String {
    encoding_word(evidence.secret_encoding())
}

fn encoding_word(encoding: v1::SecretEncoding) -> String {
    word(encoding.as_str_name(), "SECRET_ENCODING_")
}

/// A moment in RFC 3339 UTC, or null.
pub(crate) fn time(time: Option<&Timestamp>) -> Value {
    match time.and_then(moment) {
        Some(moment) => utc(moment),
        None => Value::Null,
    }
}

/// A moment in RFC 3339 UTC.
pub(crate) fn utc(moment: DateTime<Utc>) -> Value {
    json!(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// A moment of the wire; nothing where it is none.
pub(crate) fn moment(time: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.seconds, time.nanos.try_into().ok()?)
}

/// The bare name behind a resource name such as `lots/2026-11-24-a`.
pub(crate) fn bare(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, bare)| bare)
}

/// A moment of a record, for people: Japanese time, to the minute.
pub(crate) fn show_time(value: &Value, _lang: Lang) -> String {
    value.as_str().and_then(|text| in_japan(text, "%Y-%m-%d %H:%M JST")).unwrap_or_default()
}

/// A moment of a record, for people, to the second: where half a minute counts.
pub(crate) fn show_second(value: &Value, _lang: Lang) -> String {
    value.as_str().and_then(|text| in_japan(text, "%Y-%m-%d %H:%M:%S JST")).unwrap_or_default()
}

/// What else an event says of itself, such as `note=ticket 4711; reason=battery`, for people.
pub(crate) fn show_details(value: &Value, _lang: Lang) -> String {
    let details = value.as_object().into_iter().flatten();
    let words: Vec<_> = details.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    words.join("; ")
}

/// The day of a record, for people, in Japan.
pub(crate) fn show_date(value: &Value) -> String {
    day(value, "%Y-%m-%d")
}

/// The state of a token, for people.
pub(crate) fn show_state(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "ordered" => Say::StateOrdered,
        "in_stock" => Say::StateInStock,
        "lent_not_proven" => Say::StateLentNotProven,
        "lent" => Say::StateLent,
        "suspended" => Say::StateSuspended,
        "disabled" => Say::StateDisabled,
        "lost" => Say::StateLost,
        "faulty" => Say::StateFaulty,
        "on_hold" => Say::StateOnHold,
        "retired" => Say::StateRetired,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// The state of a lot, for people.
pub(crate) fn show_lot_state(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "staging" => Say::LotStaging,
        "closed" => Say::LotClosed,
        "open" => Say::LotOpen,
        "quarantined" => Say::LotQuarantined,
        "recalled" => Say::LotRecalled,
        "reverted" => Say::LotTakenOut,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// A resource name without its collection, for people.
pub(crate) fn show_bare(value: &Value, _lang: Lang) -> String {
    bare(value.as_str().unwrap_or_default()).to_owned()
}

/// Whether no seed is known, for people; one that is known is nothing to see.
pub(crate) fn show_without_seed(value: &Value, lang: Lang) -> String {
    if value.as_bool() == Some(true) { Say::SeedMissing.plain(lang).to_owned() } else { String::new() }
}

/// A hold, for people; none is nothing to see.
pub(crate) fn show_hold(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "none" => return String::new(),
        "integrity" => Say::HoldIntegrity,
        "lot" => Say::HoldLot,
        "recovery" => Say::HoldRecovery,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// Whether codes of a token count, for people.
pub(crate) fn show_authenticator(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "none" => Say::AuthenticatorNone,
        "ready" => Say::AuthenticatorReady,
        "suspended" => Say::AuthenticatorSuspended,
        "disabled" => Say::AuthenticatorDisabled,
        "no_seed" => Say::AuthenticatorNoSeed,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// How something ended, for people; reasons of refusals stay the words that filters take.
pub(crate) fn show_outcome(value: &Value, lang: Lang) -> String {
    match value.as_str().unwrap_or_default() {
        "done" => Say::OutcomeDone.plain(lang).to_owned(),
        reason => Say::OutcomeRefused.with(lang, &[("reason", reason)]),
    }
}

/// What was done, for people.
pub(crate) fn show_action(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "token.assign" => Say::ActionAssign,
        "token.return" => Say::ActionReturn,
        "token.resync" => Say::ActionResync,
        "token.hold" => Say::ActionHold,
        "code.verify" => Say::ActionVerify,
        "lot.import_begin" => Say::ActionImportBegin,
        "lot.import" => Say::ActionImport,
        "lot.revert" => Say::ActionRevert,
        "lot.prove" => Say::ActionProve,
        "lot.reread" => Say::ActionReread,
        "lot.quarantine" => Say::ActionQuarantine,
        "lot.recall" => Say::ActionRecall,
        "lot.stop" => Say::ActionStop,
        "lot.open" => Say::ActionOpen,
        "lot.expect" => Say::ActionExpect,
        "lot.expect_cancel" => Say::ActionExpectCancel,
        "lot.destroyed" => Say::ActionDestroyed,
        "token.replace" => Say::ActionReplace,
        "token.lose" => Say::ActionLose,
        "token.find" => Say::ActionFind,
        "token.suspend" => Say::ActionSuspend,
        "token.resume" => Say::ActionResume,
        "token.rebind" => Say::ActionRebind,
        "token.retire" => Say::ActionRetire,
        "token.identify" => Say::ActionIdentify,
        "token.transfer" => Say::ActionTransfer,
        "token.receive" => Say::ActionReceive,
        "token.reserve" => Say::ActionReserve,
        "token.unreserve" => Say::ActionUnreserve,
        "token.count" => Say::ActionCount,
        "user.change" => Say::ActionChangeUser,
        "location.add" => Say::ActionLocationAdd,
        "model.set" => Say::ActionModelSet,
        "stocktake.start" => Say::ActionStocktakeStart,
        "stocktake.close" => Say::ActionStocktakeClose,
        "token.describe" => Say::ActionDescribe,
        "token.adopt" => Say::ActionAdoptLoan,
        "fleet.adopt" => Say::ActionAdoptList,
        "directory.import" => Say::ActionDirectoryImport,
        "directory.refresh" => Say::ActionDirectoryRefresh,
        "directory.forget" => Say::ActionDirectoryForget,
        "ledger.forget" => Say::ActionLedgerForget,
        "operator.add" => Say::ActionOperatorAdd,
        "campaign.create" => Say::ActionCampaignCreate,
        "campaign.exclude" => Say::ActionCampaignExclude,
        "campaign.cut_off" => Say::ActionCampaignCutOff,
        "campaign.close" => Say::ActionCampaignClose,
        "operator.update" => Say::ActionOperatorUpdate,
        "operator.revoke" => Say::ActionOperatorRevoke,
        "operator.issue_cert" => Say::ActionCertificateIssue,
        "operator.renew" => Say::ActionCertificateRenew,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// The roles of an operator, for people.
pub(crate) fn show_roles(value: &Value, lang: Lang) -> String {
    let roles = value.as_array().into_iter().flatten().map(|role| show_role(role, lang));
    roles.collect::<Vec<_>>().join(Say::Comma.plain(lang))
}

/// The roles of an operator, in a sentence.
pub(crate) fn roles_text(operator: &v1::Operator, lang: Lang) -> String {
    show_roles(&roles(operator), lang)
}

fn show_role(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "counter" => Say::RoleCounter,
        "desk" => Say::RoleDesk,
        "stock" => Say::RoleStock,
        "verifier" => Say::RoleVerifier,
        "auditor" => Say::RoleAuditor,
        "admin" => Say::RoleAdmin,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// The departments of an operator, for people; none named means all.
pub(crate) fn show_departments(value: &Value, lang: Lang) -> String {
    match plain(value, lang) {
        none if none.is_empty() => Say::All.plain(lang).to_owned(),
        some => some,
    }
}

/// A clock that is off, for people.
pub(crate) fn show_offset(value: &Value, lang: Lang) -> String {
    value.as_i64().map(|seconds| offset(seconds, lang)).unwrap_or_default()
}

/// Seconds that a clock is off: `−14 s`, `+3 s`.
pub(crate) fn offset(seconds: i64, lang: Lang) -> String {
    Say::Seconds.with(lang, &[("seconds", &signed(&seconds.unsigned_abs().to_string(), seconds < 0, seconds == 0))])
}

/// Seconds a day that a clock gains: `−2.1 s`.
pub(crate) fn rate(per_day: f64, lang: Lang) -> String {
    let size = format!("{:.1}", per_day.abs());
    let zero = size == "0.0";
    Say::Seconds.with(lang, &[("seconds", &signed(&size, per_day < 0.0, zero))])
}

fn signed(size: &str, negative: bool, zero: bool) -> String {
    let sign = match (zero, negative) {
        (true, _) => "±",
        (false, true) => "−",
        (false, false) => "+",
    };
    format!("{sign}{size}")
}

fn otp_type(kind: v1::OtpType) -> String {
    word(kind.as_str_name(), "OTP_TYPE_")
}

fn algorithm(algorithm: v1::Algorithm) -> &'static str {
    algorithm.as_str_name().trim_start_matches("ALGORITHM_")
}

/// `CUSTODY_IN_STOCK` is `in_stock` to people and programs.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

pub(crate) fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// The day of a moment in Japan, in a layout.
pub(crate) fn day(value: &Value, layout: &str) -> String {
    value.as_str().and_then(|text| in_japan(text, layout)).unwrap_or_default()
}

fn in_japan(text: &str, layout: &str) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    let japan = FixedOffset::east_opt(JAPAN_SECONDS)?;
    Some(moment.with_timezone(&japan).format(layout).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_only_a_newer_server_knows_is_shown_as_one_that_is_unspecified() {
        let wire = v1::Operator { roles: vec![v1::Role::Desk.into(), 99], ..v1::Operator::default() };
        assert_eq!(operator(&wire)["roles"], json!(["desk", "unspecified"]));
        assert!(show_roles(&operator(&wire)["roles"], Lang::Ja).ends_with("unspecified"));
    }

    #[test]
    fn a_token_has_the_shape_of_the_contract() {
        let wire = v1::Token {
            name: "tokens/feitian~2600215704919".to_owned(),
            serial: "2600215704919".to_owned(),
            vendor: "feitian".to_owned(),
            r#type: v1::OtpType::Totp.into(),
            algorithm: v1::Algorithm::Sha1.into(),
            digits: 6,
            period_seconds: 60,
            custody: v1::Custody::InStock.into(),
            authenticator: v1::Authenticator::None.into(),
            hold: v1::Hold::None.into(),
            state: v1::TokenState::InStock.into(),
            create_time: Some(Timestamp { seconds: 1_795_478_400, nanos: 500_000 }),
            ..v1::Token::default()
        };
        let record = token(&wire);
        assert_eq!(record["custody"], "in_stock");
        assert_eq!(record["authenticator"], "none");
        assert_eq!(record["hold"], "none");
        assert_eq!(record["state"], "in_stock");
        assert_eq!(record["type"], "totp");
        assert_eq!(record["algorithm"], "SHA1");
        assert_eq!(record["period"], 60);
        assert_eq!(record["user_id"], Value::Null);
        assert_eq!(record["clock_offset_seconds"], Value::Null, "nothing was observed yet");
        assert_eq!(record["create_time"], "2026-11-24T00:00:00.000500Z");
        assert_eq!(record["lent_time"], Value::Null);
    }

    #[test]
    fn an_inspected_key_has_a_period_or_a_counter_never_both() {
        let clock = v1::InspectedKey {
            r#type: v1::OtpType::Totp.into(),
            algorithm: v1::Algorithm::Sha256.into(),
            period_seconds: 60,
            ..v1::InspectedKey::default()
        };
        let button = v1::InspectedKey { r#type: v1::OtpType::Hotp.into(), counter: 7, ..clock.clone() };
        assert_eq!((&key(&clock)["period"], key(&clock).get("counter")), (&json!(60), None));
        assert_eq!((&key(&button)["counter"], key(&button).get("period")), (&json!(7), None));
        assert_eq!(key(&clock)["algorithm"], "SHA256");
    }

    #[test]
    fn a_verdict_keeps_what_is_not_known_as_null() {
        let wire = v1::Verdict { offset_seconds: -14, window_seconds: 120, inside_window: true, ..Default::default() };
        let record = verdict(&wire);
        assert_eq!(record["offset_seconds"], -14);
        assert_eq!(record["previous_offset_seconds"], Value::Null);
        assert_eq!(record["seconds_per_day"], Value::Null);
        assert_eq!(record["leave_time"], Value::Null);
    }

    #[test]
    fn people_see_japanese_time_and_signed_seconds() {
        assert_eq!(show_time(&json!("2026-11-24T16:00:00Z"), Lang::En), "2026-11-25 01:00 JST");
        assert_eq!(show_second(&json!("2026-11-24T16:00:30Z"), Lang::En), "2026-11-25 01:00:30 JST");
        assert_eq!(offset(-310, Lang::En), "−310 s");
        assert_eq!(offset(0, Lang::Ja), "±0 秒");
        assert_eq!(rate(-2.13, Lang::En), "−2.1 s");
        assert_eq!(rate(-0.01, Lang::En), "±0.0 s");
    }

    #[test]
    fn every_state_has_a_word_for_people() {
        for state in 1..=10 {
            let name = v1::TokenState::try_from(state).unwrap().as_str_name();
            let wire = json!(word(name, "TOKEN_STATE_"));
            assert_ne!(show_state(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
        for state in 1..=6 {
            let name = v1::LotState::try_from(state).unwrap().as_str_name();
            let wire = json!(word(name, "LOT_STATE_"));
            assert_ne!(show_lot_state(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
        for authenticator in 1..=4 {
            let name = v1::Authenticator::try_from(authenticator).unwrap().as_str_name();
            let wire = json!(word(name, "AUTHENTICATOR_"));
            assert_ne!(show_authenticator(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
        for hold in 1..=4 {
            let name = v1::Hold::try_from(hold).unwrap().as_str_name();
            let wire = json!(word(name, "HOLD_"));
            assert_ne!(show_hold(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
        assert_eq!(show_outcome(&json!("done"), Lang::Ja), "完了");
        assert_eq!(show_outcome(&json!("CODE_WRONG"), Lang::Ja), "拒否（CODE_WRONG）");
        assert_eq!(show_outcome(&json!("CODE_WRONG"), Lang::En), "CODE_WRONG", "what --filter takes");
    }

    #[test]
    fn every_role_has_a_word_for_people() {
        for role in 1..=6 {
            let name = v1::Role::try_from(role).unwrap().as_str_name();
            let wire = json!(word(name, "ROLE_"));
            assert_ne!(show_role(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
            assert_eq!(show_role(&wire, Lang::En), wire.as_str().unwrap(), "what --role takes");
        }
        assert_eq!(show_roles(&json!(["counter", "desk", "newer"]), Lang::Ja), "窓口（counter），貸出（desk），newer");
    }

    #[test]
    fn details_of_an_event_stand_side_by_side() {
        let details = json!({"note": "ticket 4711", "reason": "battery"});
        assert_eq!(show_details(&details, Lang::En), "note=ticket 4711; reason=battery");
        assert_eq!(show_details(&json!({}), Lang::Ja), "");
    }

    #[test]
    fn an_operator_without_departments_has_all() {
        assert_eq!(show_departments(&json!([]), Lang::En), "all");
        assert_eq!(show_departments(&json!(["itc", "lib"]), Lang::En), "itc, lib");
    }
}
