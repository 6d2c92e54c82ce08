//! A refusal as a client sees it. Reading one checks its form, so every test that meets one does.

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt};

/// What a refusal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code.
    pub status: Code,
    /// The machine-readable reason.
    pub reason: String,
    /// The stable code.
    pub code: String,
    /// The sentence in the caller's language.
    pub message: String,
    /// What to do, in the caller's language.
    pub hint: String,
    /// The language.
    pub locale: String,
    /// Further facts.
    pub facts: HashMap<String, String>,
    /// When to try again.
    pub retry: Option<Duration>,
    /// Fields that are wrong.
    pub fields: Vec<String>,
}

/// The refusal that an answer must be.
#[track_caller]
pub fn refused<T: Debug>(answer: Result<T, Status>) -> Refusal {
    Refusal::of(&answer.expect_err("this was to be refused"))
}

impl Refusal {
    /// Reads a status that comes from the catalogue.
    #[track_caller]
    pub fn of(status: &Status) -> Self {
        let all = status.get_error_details_vec();
        let count = |is: fn(&ErrorDetail) -> bool| all.iter().filter(|detail| is(detail)).count();
        assert_eq!(count(|d| matches!(d, ErrorDetail::ErrorInfo(_))), 1, "exactly one ErrorInfo: {status:?}");
        assert_eq!(count(|d| matches!(d, ErrorDetail::LocalizedMessage(_))), 1, "{status:?}");
        assert_eq!(count(|d| matches!(d, ErrorDetail::Help(_))), 1, "{status:?}");
        assert_eq!(count(|d| matches!(d, ErrorDetail::RequestInfo(_))), 1, "{status:?}");
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.domain, "tokenfleet");
        let mut facts = info.metadata.clone();
        let code = facts.remove("code").expect("every ErrorInfo has its code");
        assert!(code.starts_with("TF-"), "{code}");
        let link = &details.help().unwrap().links[0];
        assert_eq!(link.url, format!("urn:tokenfleet:{code}"));
        let words = details.localized_message().unwrap();
        assert!(!words.message.is_empty() && !link.description.is_empty(), "{code}");
        assert!(!words.message.contains(['{', '}']) && !link.description.contains(['{', '}']), "{words:?} {link:?}");
        assert_eq!(details.request_info().unwrap().request_id.len(), 16, "{code}");
        let fields = details.bad_request().map(|bad| &bad.field_violations);
        Self {
            status: status.code(),
            reason: info.reason.clone(),
            code,
            message: words.message.clone(),
            hint: link.description.clone(),
            locale: words.locale.clone(),
            facts,
            retry: details.retry_info().and_then(|retry| retry.retry_delay),
            fields: fields.into_iter().flatten().map(|violation| violation.field.clone()).collect(),
        }
    }
}
