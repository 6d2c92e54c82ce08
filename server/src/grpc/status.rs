//! The one place that makes a `tonic::Status`: from a refusal, with everything a client needs to show it, act on it and
//! look it up. It knows the catalogue's sorts of "no", and nothing of what was asked.

use std::collections::HashMap;
use std::time::Duration;

use tokenfleet_domain::catalogue::{Kind, Lang, Reason};
use tokenfleet_domain::reject::{Arg, Rejection};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "tokenfleet";

/// How long to wait where waiting helps and nobody knows better.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// The places of sentences that may hold the ID of a person. The sentence shows it to the caller; the facts, which
/// programs log, don't repeat it.
const PERSONAL: [&str; 2] = ["user", "target"];

/// The status of a refusal, in the caller's language.
pub fn status(no: &Rejection, lang: Lang, request_id: &str) -> Status {
    let words = no.reason.words();
    let mut details = ErrorDetails::new();
    details
        .set_error_info(words.reason, DOMAIN, facts(no))
        .set_localized_message(lang.tag(), no.message(lang))
        .add_help_link(no.hint(lang), format!("urn:tokenfleet:{}", words.code))
        .set_request_info(request_id, "");
    if let Some(wait) = retry_delay(no) {
        details.set_retry_info(Some(wait));
    }
    if words.reason == "FIELD_INVALID" {
        details.add_bad_request_violation(wrong_field(no).unwrap_or_default(), no.message(Lang::En));
    }
    Status::with_error_details(code(words.kind), no.message(Lang::En), details)
}

/// The gRPC code of a sort of "no".
pub fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::Exists => Code::AlreadyExists,
        Kind::Precondition => Code::FailedPrecondition,
        Kind::Aborted => Code::Aborted,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Denied => Code::PermissionDenied,
        Kind::Unavailable => Code::Unavailable,
        Kind::Deadline => Code::DeadlineExceeded,
        Kind::Unimplemented => Code::Unimplemented,
        Kind::Internal => Code::Internal,
    }
}

/// What a program may want to know: the code, the field, and every fact that is the same in each language.
fn facts(no: &Rejection) -> HashMap<String, String> {
    let plain = no.args.iter().filter_map(|(place, arg)| match arg {
        Arg::Plain(_) if PERSONAL.contains(&place.as_ref()) => None,
        Arg::Plain(text) => Some((place.to_string(), text.clone())),
        Arg::Word { .. } => None,
    });
    let field = wrong_field(no).map(|field| ("field".to_owned(), field.to_owned()));
    let code = ("code".to_owned(), no.reason.words().code.to_owned());
    plain.chain(field).chain([code]).collect()
}

fn wrong_field(no: &Rejection) -> Option<&str> {
    let named = no.args.iter().find(|(place, _)| *place == "field").map(|(_, arg)| arg.text(Lang::En));
    no.field.as_deref().or(named)
}

fn retry_delay(no: &Rejection) -> Option<Duration> {
    let usual = match no.kind() {
        Kind::Exhausted | Kind::Unavailable => Some(RETRY_DELAY),
        Kind::Aborted if no.reason == Reason::TransactionConflict => Some(RETRY_DELAY),
        Kind::Invalid
        | Kind::NotFound
        | Kind::Exists
        | Kind::Precondition
        | Kind::Aborted
        | Kind::Unauthenticated
        | Kind::Denied
        | Kind::Deadline
        | Kind::Unimplemented
        | Kind::Internal => None,
    };
    no.retry_after.or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(no: &Rejection, lang: Lang) -> (Status, ErrorDetails) {
        let status = status(no, lang, "00000000000000aa");
        let details = status.get_error_details();
        (status, details)
    }

    #[test]
    fn a_refusal_arrives_with_its_reason_words_hint_and_request_id() {
        let no = Rejection::from(Reason::NotConsecutive).with("serial", "HT0001").with("gap", "3");
        let (status, details) = details(&no, Lang::Ja);
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.message(), "both codes belong to HT0001 but are 3 steps apart");
        let info = details.error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("NOT_CONSECUTIVE", "tokenfleet"));
        let facts = [("code", "TF-2107"), ("gap", "3"), ("serial", "HT0001")];
        assert_eq!(info.metadata, facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        let localized = details.localized_message().unwrap();
        assert_eq!(localized.locale, "ja");
        assert_eq!(localized.message, "二つのコードは HT0001 のものですが，3個離れています");
        let link = &details.help().unwrap().links[0];
        assert_eq!(link.description, "次のコードを待ち，続けて表示された二つを入力してください");
        assert_eq!(link.url, "urn:tokenfleet:TF-2107");
        assert_eq!(details.request_info().unwrap().request_id, "00000000000000aa");
        assert!(details.retry_info().is_none());
        assert!(details.bad_request().is_none());
    }

    #[test]
    fn the_facts_repeat_no_id_of_a_person_and_no_words() {
        let held = Rejection::from(Reason::TokenAlreadyLent).with("serial", "HT0001").with("user", "0123456789");
        let (_, details_of_held) = details(&held, Lang::En);
        assert_eq!(details_of_held.error_info().unwrap().metadata.get("user"), None);
        assert!(details_of_held.localized_message().unwrap().message.contains("0123456789"));

        let word = Arg::Word { en: "lent".to_owned(), ja: "貸出中".to_owned() };
        let state = Rejection::from(Reason::TokenWrongState).with("state", word);
        assert_eq!(details(&state, Lang::En).1.error_info().unwrap().metadata.get("state"), None);
    }

    #[test]
    fn a_wrong_field_is_named_twice() {
        for no in [
            Rejection::from(Reason::SerialEmpty).in_field("serial"),
            Rejection::from(Reason::FieldMissing).with("field", "serial"),
        ] {
            let (_, details) = details(&no, Lang::En);
            assert_eq!(details.error_info().unwrap().metadata["field"], "serial");
            assert_eq!(details.bad_request().unwrap().field_violations[0].field, "serial");
        }
    }

    #[test]
    fn waiting_is_advised_where_it_helps() {
        let locked = Rejection::from(Reason::TokenLockedOut).retry_after(Duration::from_secs(30));
        assert_eq!(details(&locked, Lang::En).1.retry_info().unwrap().retry_delay, Some(Duration::from_secs(30)));
        let busy = Rejection::from(Reason::Busy);
        assert_eq!(details(&busy, Lang::En).1.retry_info().unwrap().retry_delay, Some(RETRY_DELAY));
        assert!(details(&Rejection::from(Reason::EtagMismatch), Lang::En).1.retry_info().is_none());
    }

    #[test]
    fn every_reason_of_the_catalogue_makes_a_status_with_one_error_info() {
        for reason in Reason::ALL {
            let (status, details) = details(&Rejection::from(*reason), Lang::En);
            assert_ne!(status.code(), Code::Ok, "{reason:?}");
            assert_ne!(status.code(), Code::Unknown, "{reason:?}");
            assert_eq!(details.error_info().unwrap().metadata["code"], reason.words().code);
        }
    }
}
