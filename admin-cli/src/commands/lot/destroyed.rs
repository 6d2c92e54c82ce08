//! `lot destroyed`: confirms that the seed file of a lot was destroyed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use prost_types::Timestamp;
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::lot_service_client::LotServiceClient;

use super::COLUMNS;
use crate::args::Destroyed;
use crate::commands::import::upload::{shown_name, unreadable};
use crate::commands::terms::begin_of_day;
use crate::commands::{Session, held};
use crate::failure::{Failure, Outcome};
use crate::output::{Answer, plain};
use crate::shapes::{self, bare, show_bare, show_date};
use crate::words::{Complaint, Lang, Say};

/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;

pub(super) async fn confirm(session: &mut Session, args: Destroyed) -> Outcome {
    let file_sha256 = match (args.sha256, &args.file) {
        (Some(digest), _) => digest,
        (None, Some(file)) => digest_of(file).map_err(|error| unreadable(&shown_name(file), &error))?,
        (None, None) => String::new(),
    };
    let client = session.client().await?;
    let request = v1::ConfirmDestructionRequest {
        lot: args.lot,
        file_sha256,
        method: v1::DestructionMethod::from(args.method).into(),
        destroyed_by: args.by.unwrap_or_default(),
        destroy_time: args.day.as_deref().map(day).transpose()?,
        note: args.note.unwrap_or_default(),
        request_id: session.new_request_id()?,
        validate_only: args.dry_run.on,
    };
    let answer = client
        .ask(request, async |channel, request| LotServiceClient::new(channel).confirm_destruction(request).await)
        .await?;
    let lot = held(answer.lot)?;
    let say = if args.dry_run.on { Say::WouldConfirmDestroyed } else { Say::SourceDestroyed };
    session.printer.answer(&Answer {
        sentence: say.with(session.printer.lang, &[("lot", bare(&lot.name)), ("file", &lot.file_name)]),
        noun: "lot",
        record: shapes::lot(&lot),
        columns: COLUMNS,
        beside: vec![("dry_run", json!(args.dry_run.on))],
    })
}

/// The SHA-256 of a file that is still there.
fn digest_of(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let (mut context, mut piece) = (Context::new(&SHA256), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(HEXLOWER.encode(context.finish().as_ref())),
            length => context.update(&piece[..length]),
        }
    }
}

/// A day as it is typed, `2026-11-24`, by its beginning in Japan.
fn day(typed: &str) -> Outcome<Timestamp> {
    let day = NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok().and_then(begin_of_day);
    day.ok_or_else(|| Failure::plain(Complaint::DestroyedDay))
}

/// Whether the seed file is destroyed, for people; an adopted list was none.
pub(super) fn show_seed_file(value: &Value, lang: Lang) -> String {
    let say = match value.as_str() {
        Some("destroyed") => Say::FileDestroyed,
        Some("kept") => Say::FileKept,
        // A newer server may know more.
        other => return other.unwrap_or_default().to_owned(),
    };
    say.plain(lang).to_owned()
}

/// When and how the seed file was destroyed, and who confirmed it, for people.
pub(super) fn show_destruction(value: &Value, lang: Lang) -> String {
    if value.is_null() {
        return String::new();
    }
    let confirmed = show_bare(&value["confirm_operator"], lang);
    let by = plain(&value["destroyed_by"], lang);
    let by = if by.is_empty() { confirmed.clone() } else { by };
    let (day, method, note) = (show_date(&value["destroy_time"]), show_method(&value["method"], lang), &value["note"]);
    let places = [("day", day.as_str()), ("method", &method), ("by", &by), ("operator", &confirmed)];
    let text = Say::DestroyedBy.with(lang, &places);
    match note.as_str() {
        None | Some("") => text,
        Some(note) => format!("{text}; {note}"),
    }
}

/// How a file was destroyed, for people.
fn show_method(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "deleted" => Say::MethodDeleted,
        "overwritten" => Say::MethodOverwritten,
        "media_destroyed" => Say::MethodMedia,
        "key_destroyed" => Say::MethodKey,
        "other" => Say::MethodOther,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_still_there_is_told_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seeds.csv");
        std::fs::write(&file, "abc").unwrap();
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest_of(&file).unwrap(), of_abc);
    }

    #[test]
    fn a_day_is_japans() {
        assert_eq!(day("2026-11-25").unwrap().seconds, 1_795_532_400);
        assert_eq!(day("yesterday").unwrap_err().reason(), "TIME_UNREADABLE");
    }

    #[test]
    fn every_method_has_a_word_for_people() {
        for method in 1..=5 {
            let name = v1::DestructionMethod::try_from(method).unwrap().as_str_name();
            let wire = json!(shapes::word(name, "DESTRUCTION_METHOD_"));
            assert_ne!(show_method(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
    }
}
