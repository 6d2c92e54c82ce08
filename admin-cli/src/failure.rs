//! How a command fails: one type, one exit code, one description for people and for programs.
//!
//! Guarantee: every failure has an exit code of the documented table, whether the server or tokenadm itself says "no".

use std::io;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::words::{Complaint, Lang, Say, cause, fill};

/// What the process exits with; documented, so never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Any failure without a number of its own.
    Failed = 1,
    /// Wrong usage or unreadable input.
    Usage = 2,
    /// Not found.
    NotFound = 3,
    /// Not signed in, not allowed, approval needed.
    NotAllowed = 4,
    /// Conflict or wrong state.
    Conflict = 5,
    /// Rows of a file were refused.
    RowsRefused = 6,
    /// The server was not reached, or not in time, or a limit was reached: try again later.
    TryAgain = 7,
    /// A code was refused.
    CodeRefused = 8,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// The exit code for what a server answered: by its reason where that has a code of its own, else by its status.
    pub(crate) fn of_answer(code: Code, reason: &str) -> Self {
        match reason {
            "CODE_WRONG" | "CODE_REPLAYED" | "SAME_CODE_TWICE" | "SWAPPED" | "NOT_CONSECUTIVE" | "ALREADY_USED"
            | "PROFILE_MISMATCH" | "OTHER_TOKEN" | "AMBIGUOUS" | "NO_MATCH" => Self::CodeRefused,
            "IMPORT_ROW_INVALID" => Self::RowsRefused,
            "APPROVAL_REQUIRED" => Self::NotAllowed,
            _ => Self::of_code(code),
        }
    }

    fn of_code(code: Code) -> Self {
        match code {
            Code::InvalidArgument | Code::OutOfRange => Self::Usage,
            Code::NotFound => Self::NotFound,
            Code::Unauthenticated | Code::PermissionDenied => Self::NotAllowed,
            Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Self::Conflict,
            // Nobody knows what became of the request.
            Code::ResourceExhausted | Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled => {
                Self::TryAgain
            }
            Code::Ok | Code::Unimplemented | Code::Internal | Code::DataLoss => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// The result of anything that can fail here.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server said no, in the caller's language.
    Answer(Box<Description>),
    /// Tokenadm itself says no.
    Own(Complaint, Vec<(&'static str, String)>),
    /// The server answered without the words of its catalogue.
    Wordless { code: Code, message: String, request_id: String },
    /// What failed is about one of several files.
    OfFile(String, Box<Self>),
    /// What was not found, and serials that may have been meant.
    Near(Vec<String>, Box<Self>),
    /// Failures that were told one by one, of which the worst counts.
    Told(Exit),
    /// Nobody reads the output any more; that is success.
    PipeClosed,
}

/// Everything that is shown of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) exit: Exit,
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) hint: String,
    pub(crate) request_id: String,
}

impl Failure {
    /// A complaint without places.
    pub(crate) fn plain(complaint: Complaint) -> Self {
        Self::Own(complaint, Vec::new())
    }

    /// A complaint with its places.
    pub(crate) fn with<const N: usize>(complaint: Complaint, places: [(&'static str, &str); N]) -> Self {
        Self::Own(complaint, places.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
    }

    /// What became of writing the answer.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::PipeClosed;
        }
        Self::with(Complaint::OutputFailed, [("why", &error.to_string())])
    }

    /// The same failure, with the file that it is about.
    pub(crate) fn of_file(self, name: &str) -> Self {
        Self::OfFile(name.to_owned(), Box::new(self))
    }

    /// A file or folder that can't be written.
    pub(crate) fn unwritten(path: &Path, error: &io::Error) -> Self {
        Self::with(Complaint::WriteFailed, [("path", &path.display().to_string()), ("why", &error.to_string())])
    }

    /// What the server said, in its own words; those of a status without words are wrapped in ours.
    pub(crate) fn of_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let request_id = request_id(status, &details);
        let info = details.error_info();
        let Some(code) = info.and_then(|info| info.metadata.get("code")) else {
            return Self::Wordless { code: status.code(), message: status.message().to_owned(), request_id };
        };
        let reason = info.map_or("", |info| info.reason.as_str());
        let message = details.localized_message().map(|words| words.message.as_str());
        let hint = details.help().and_then(|help| help.links.first()).map(|link| link.description.as_str());
        Self::Answer(Box::new(Description {
            exit: Exit::of_answer(status.code(), reason),
            code: code.clone(),
            reason: reason.to_owned(),
            status: status_name(status.code()).to_owned(),
            message: message.filter(|message| !message.is_empty()).unwrap_or(status.message()).to_owned(),
            hint: hint.unwrap_or_default().to_owned(),
            request_id,
        }))
    }

    /// The machine-readable reason.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Answer(description) => &description.reason,
            Self::Own(complaint, _) => complaint.words().reason,
            Self::Wordless { code, .. } => status_name(*code),
            Self::OfFile(_, failure) | Self::Near(_, failure) => failure.reason(),
            Self::Told(_) | Self::PipeClosed => "",
        }
    }

    /// What the process exits with; nothing where it is success after all.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self {
            Self::Answer(description) => Some(description.exit),
            Self::Own(complaint, _) => Some(complaint.words().exit),
            Self::Wordless { code, .. } => Some(Exit::of_code(*code)),
            Self::OfFile(_, failure) | Self::Near(_, failure) => failure.exit(),
            Self::Told(exit) => Some(*exit),
            Self::PipeClosed => None,
        }
    }

    /// Everything that is still to be shown of it.
    pub(crate) fn describe(&self, lang: Lang) -> Option<Description> {
        match self {
            Self::Answer(description) => Some(description.as_ref().clone()),
            Self::Own(complaint, places) => Some(describe(*complaint, places, lang)),
            Self::Wordless { code, message, request_id } => {
                Some(Description { request_id: request_id.clone(), ..describe_wordless(*code, message, lang) })
            }
            Self::OfFile(name, failure) => failure.describe(lang).map(|description| description.of_file(name)),
            Self::Near(serials, failure) => failure.describe(lang).map(|description| {
                let hint = Say::DidYouMean.with(lang, &[("serials", &serials.join(", ")), ("hint", &description.hint)]);
                Description { hint, ..description }
            }),
            Self::Told(_) | Self::PipeClosed => None,
        }
    }
}

/// The server's own id of a request, which its log knows it by.
fn request_id(status: &Status, details: &ErrorDetails) -> String {
    let detail = details.request_info().map(|request| request.request_id.as_str());
    let header = || status.metadata().get("x-request-id").and_then(|id| id.to_str().ok());
    detail.or_else(header).unwrap_or_default().to_owned()
}

fn describe(complaint: Complaint, places: &[(&'static str, String)], lang: Lang) -> Description {
    let words = complaint.words();
    let in_words = |name, value: &str| if name == "why" { cause::in_words(value, lang) } else { value.to_owned() };
    let places: Vec<_> = places.iter().map(|(name, value)| (*name, in_words(*name, value))).collect();
    let places: Vec<_> = places.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let [message, hint] = words.texts(lang);
    Description {
        exit: words.exit,
        code: words.code.to_owned(),
        reason: words.reason.to_owned(),
        status: words.status.to_owned(),
        message: fill(message, &places),
        hint: fill(hint, &places),
        request_id: String::new(),
    }
}

fn describe_wordless(code: Code, message: &str, lang: Lang) -> Description {
    let name = status_name(code);
    let places = [("status", name.to_owned()), ("message", message.to_owned())];
    let words = describe(Complaint::Wordless, &places, lang);
    Description { exit: Exit::of_code(code), reason: name.to_owned(), status: name.to_owned(), ..words }
}

impl Description {
    /// Whether those who run the server will ask for the id of the request.
    pub(crate) fn concerns_the_server(&self) -> bool {
        matches!(self.status.as_str(), "INTERNAL" | "UNKNOWN" | "DATA_LOSS") || self.reason == "UNKNOWN_OUTCOME"
    }

    /// The same, with the file that it is about, unless the message begins with it.
    fn of_file(self, name: &str) -> Self {
        if self.message.starts_with(name) {
            return self;
        }
        Self { message: format!("{name}: {}", self.message), ..self }
    }

    /// The documented error document.
    pub(crate) fn document(&self) -> Value {
        json!({
            "error": {
                "code": self.code,
                "reason": self.reason,
                "status": self.status,
                "message": self.message,
                "hint": self.hint,
                "request_id": self.request_id,
            },
            "exit_code": self.exit.number(),
        })
    }
}

fn status_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use super::*;

    /// A refusal as the server words it.
    pub(crate) fn refusal(code: Code, catalogue: &str, reason: &str) -> Status {
        let mut details = ErrorDetails::new();
        details
            .set_error_info(reason, "tokenfleet", HashMap::from([("code".to_owned(), catalogue.to_owned())]))
            .set_localized_message("ja", "二つのコードが離れています")
            .add_help_link("次のコードを待ってください", "urn:tokenfleet:TF-2107")
            .set_request_info("4711", "");
        Status::with_error_details(code, "both codes are 3 steps apart", details)
    }

    #[test]
    fn why_a_file_can_not_be_written_is_said_in_the_readers_language() {
        let failure = Failure::unwritten(Path::new("a"), &io::ErrorKind::NotFound.into());
        for (lang, message) in
            [(Lang::En, "a can't be written: entity not found"), (Lang::Ja, "a に書き込めません: 見つかりません")]
        {
            assert_eq!(failure.describe(lang).unwrap().message, message);
        }
    }

    #[test]
    fn every_status_has_the_exit_code_of_the_table() {
        let table = [
            (Code::InvalidArgument, 2),
            (Code::OutOfRange, 2),
            (Code::NotFound, 3),
            (Code::Unauthenticated, 4),
            (Code::PermissionDenied, 4),
            (Code::AlreadyExists, 5),
            (Code::FailedPrecondition, 5),
            (Code::Aborted, 5),
            (Code::ResourceExhausted, 7),
            (Code::Unavailable, 7),
            (Code::DeadlineExceeded, 7),
            (Code::Unknown, 7),
            (Code::Cancelled, 7),
            (Code::Unimplemented, 1),
            (Code::Internal, 1),
            (Code::DataLoss, 1),
        ];
        for (code, number) in table {
            let worded = Failure::of_status(&refusal(code, "TF-0000", "ANYTHING"));
            let wordless = Failure::of_status(&Status::new(code, "bare"));
            assert_eq!(worded.exit().map(Exit::number), Some(number), "{code:?}");
            assert_eq!(wordless.exit().map(Exit::number), Some(number), "{code:?}");
        }
    }

    #[test]
    fn a_refused_code_exits_with_8_whatever_the_reason() {
        let reasons = [
            "CODE_WRONG",
            "CODE_REPLAYED",
            "SAME_CODE_TWICE",
            "SWAPPED",
            "NOT_CONSECUTIVE",
            "ALREADY_USED",
            "PROFILE_MISMATCH",
            "OTHER_TOKEN",
            "AMBIGUOUS",
            "NO_MATCH",
        ];
        for reason in reasons {
            assert_eq!(Exit::of_answer(Code::FailedPrecondition, reason), Exit::CodeRefused, "{reason}");
        }
        assert_eq!(Exit::of_answer(Code::FailedPrecondition, "TOKEN_WRONG_STATE"), Exit::Conflict);
    }

    #[test]
    fn the_servers_words_come_out_as_the_documented_document() {
        let failure = Failure::of_status(&refusal(Code::FailedPrecondition, "TF-2107", "NOT_CONSECUTIVE"));
        let document = failure.describe(Lang::Ja).unwrap().document();
        assert_eq!(
            document,
            json!({
                "error": {
                    "code": "TF-2107",
                    "reason": "NOT_CONSECUTIVE",
                    "status": "FAILED_PRECONDITION",
                    "message": "二つのコードが離れています",
                    "hint": "次のコードを待ってください",
                    "request_id": "4711",
                },
                "exit_code": 8,
            })
        );
    }

    #[test]
    fn a_status_without_words_is_told_in_the_callers_language() {
        let failure = Failure::of_status(&Status::unimplemented("no such method"));
        let english = failure.describe(Lang::En).unwrap();
        let japanese = failure.describe(Lang::Ja).unwrap();
        assert_eq!(english.message, "the server answered UNIMPLEMENTED: no such method");
        assert!(japanese.message.contains("サーバが UNIMPLEMENTED"), "{}", japanese.message);
        assert_eq!((english.code.as_str(), english.reason.as_str()), ("TF-9030", "UNIMPLEMENTED"));
    }

    #[test]
    fn the_request_id_is_the_servers_with_words_or_without() {
        let worded = Failure::of_status(&refusal(Code::Internal, "TF-5004", "INTERNAL"));
        assert_eq!(worded.describe(Lang::En).unwrap().document()["error"]["request_id"], "4711");
        let mut status = Status::internal("bare");
        status.metadata_mut().insert("x-request-id", "4712".parse().unwrap());
        let wordless = Failure::of_status(&status).describe(Lang::En).unwrap();
        assert_eq!(wordless.document()["error"]["request_id"], "4712");
    }

    #[test]
    fn those_who_run_the_server_are_concerned_by_its_own_faults_only() {
        let concerns = |code, reason| {
            Failure::of_status(&refusal(code, "TF-0000", reason)).describe(Lang::En).unwrap().concerns_the_server()
        };
        assert!(concerns(Code::Internal, "INTERNAL"));
        assert!(concerns(Code::Unavailable, "UNKNOWN_OUTCOME"));
        assert!(!concerns(Code::Unavailable, "SHUTTING_DOWN"));
        assert!(!concerns(Code::FailedPrecondition, "CODE_WRONG"));
    }

    #[test]
    fn a_failure_of_one_of_several_files_names_it_once() {
        let message = |failure: Failure| failure.of_file("a.csv").describe(Lang::En).unwrap().message;
        let answer = || Failure::of_status(&refusal(Code::InvalidArgument, "TF-1201", "FILE_EMPTY"));
        assert_eq!(answer().of_file("a.csv").exit(), Some(Exit::Usage));
        assert_eq!(message(answer()), "a.csv: 二つのコードが離れています");
        let unreadable = Failure::with(Complaint::FileUnreadable, [("file", "a.csv"), ("why", "gone")]);
        assert_eq!(message(unreadable), "a.csv can't be read: gone");
    }

    #[test]
    fn a_broken_pipe_is_success() {
        let failure = Failure::of_output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.exit(), None);
        assert_eq!(failure.describe(Lang::En), None);
        let full = Failure::of_output(&io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.exit(), Some(Exit::Failed));
    }
}
