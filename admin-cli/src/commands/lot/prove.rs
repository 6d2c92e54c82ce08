//! `lot prove`: a token in hand settles how its lot is to be read.

use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;

use super::COLUMNS;
use crate::commands::code::{advise, serial_first, with_clock};
use crate::commands::near::propose;
use crate::commands::{Session, held};
use crate::failure::Outcome;
use crate::output::Answer;
use crate::shapes::{self, bare};
use crate::words::{Lang, Say};

pub(super) async fn prove(
    session: &mut Session,
    lot: String,
    serial: String,
    codes: Vec<String>,
    note: String,
    dry_run: bool,
) -> Outcome {
    codes.iter().try_for_each(|code| serial_first(&serial, code))?;
    let client = session.client().await?;
    let was = super::get(&client, lot.clone()).await?;
    let request = v1::ProveLotRequest {
        lot,
        token: serial.clone(),
        codes,
        note,
        request_id: session.new_request_id()?,
        validate_only: dry_run,
    };
    let answer =
        client.ask(request, async |channel, request| LotServiceClient::new(channel).prove_lot(request).await).await;
    let answer = propose(&client, &serial, answer).await?;
    tell(session, &was, answer, dry_run)
}

fn tell(session: &mut Session, was: &v1::Lot, answer: v1::ProveLotResponse, dry_run: bool) -> Outcome {
    let lang = session.printer.lang;
    let (lot, token) = (held(answer.lot)?, held(answer.token)?);
    let sentence = match &answer.proof {
        Some(proof) => proven(was, &lot, proof, lang),
        None => Say::WouldProve.with(lang, &[("lot", bare(&lot.name)), ("serial", &token.serial)]),
    };
    let verdict = answer.verdict;
    session.printer.answer(&Answer {
        sentence: with_clock(sentence, verdict.as_ref(), lang),
        noun: "lot",
        record: shapes::lot(&lot),
        columns: COLUMNS,
        beside: vec![
            ("proof", answer.proof.as_ref().map_or(Value::Null, shapes::lot_proof)),
            ("token", shapes::token(&token)),
            ("verdict", json!(verdict.as_ref().map(shapes::verdict))),
            ("dry_run", json!(dry_run)),
        ],
    })?;
    if let Some(verdict) = &verdict {
        advise(&mut session.printer, &token, verdict);
    }
    Ok(())
}

/// What the proof came to: nothing new, one of two readings, or another one than the file was read in.
fn proven(was: &v1::Lot, lot: &v1::Lot, proof: &v1::LotProof, lang: Lang) -> String {
    let opened = lot.state() == v1::LotState::Open;
    let say = match (proof.reread, opened) {
        (true, true) => Say::LotReread,
        (true, false) => Say::LotRereadKept,
        (false, true) if was.state() == v1::LotState::Closed => Say::LotOpened,
        (false, _) => Say::LotProven,
    };
    let encoding = proof.secret_encoding.replace("base", "Base");
    let tokens = lot.tokens.to_string();
    let places = [
        ("lot", bare(&lot.name)),
        ("tokens", tokens.as_str()),
        ("serial", &proof.serial),
        ("encoding", &encoding),
        ("reading", &reading(proof, &encoding, lang)),
    ];
    say.with(lang, &places)
}

/// How the lot is read: `Base32, SHA1, 6 digits, 60 s`.
fn reading(proof: &v1::LotProof, encoding: &str, lang: Lang) -> String {
    let algorithm = proof.algorithm().as_str_name().trim_start_matches("ALGORITHM_");
    let (digits, period) = (proof.digits.to_string(), proof.period_seconds.to_string());
    let places = [("encoding", encoding), ("algorithm", algorithm), ("digits", &digits), ("period", &period)];
    match proof.r#type() {
        v1::OtpType::Hotp => Say::ReadingOfButton.with(lang, &places[..3]),
        v1::OtpType::Totp | v1::OtpType::Unspecified => Say::ReadingOfClock.with(lang, &places),
    }
}
