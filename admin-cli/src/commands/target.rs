//! Which token is meant: by a serial, or by the person who holds it.

use tokenfleet_proto::v1;
use tokenfleet_proto::v1::token_service_client::TokenServiceClient;
use unicode_normalization::UnicodeNormalization;

use super::held;
use crate::args::TargetKind;
use crate::client::Client;
use crate::failure::{Exit, Failure, Outcome};
use crate::words::Complaint;

/// What a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A serial or the name of a token.
    Token(String),
    /// The ID of a person.
    User(String),
}

/// What text alone can say about a target.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Clear(Target),
    /// Ten digits: a serial or an ID.
    Either(String),
}

/// Makes the target of a request of ours, each of which has a `oneof` of its own.
macro_rules! oneof {
    ($target:expr, $module:ident) => {
        Some(match $target {
            $crate::commands::target::Target::Token(token) => tokenfleet_proto::v1::$module::Target::Token(token),
            $crate::commands::target::Target::User(user) => tokenfleet_proto::v1::$module::Target::User(user),
        })
    };
}
pub(crate) use oneof;

/// Decides which of the two is meant. Ten digits are looked up as both; the one hit is taken.
pub(crate) async fn resolve(client: &Client, text: &str, kind: TargetKind) -> Outcome<Target> {
    match read(text, kind) {
        Reading::Clear(target) => Ok(target),
        Reading::Either(digits) => {
            let token = look_up(client, Target::Token(digits.clone())).await;
            let user = look_up(client, Target::User(digits.clone())).await;
            choose(digits, token, user)
        }
    }
}

/// The token of a target.
pub(crate) async fn look_up(client: &Client, target: Target) -> Outcome<v1::Token> {
    held(look_up_with_loan(client, target).await?.token)
}

/// The token of a target, and the loan it stands in.
pub(crate) async fn look_up_with_loan(client: &Client, target: Target) -> Outcome<v1::GetTokenResponse> {
    let request = v1::GetTokenRequest { target: oneof!(target, get_token_request) };
    client.ask(request, async |channel, request| TokenServiceClient::new(channel).get_token(request).await).await
}

fn read(text: &str, kind: TargetKind) -> Reading {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    if kind.user || (folded.contains('@') && !kind.serial) {
        Reading::Clear(Target::User(text.to_owned()))
    } else if !kind.serial && folded.len() == 10 && folded.bytes().all(|byte| byte.is_ascii_digit()) {
        Reading::Either(folded)
    } else {
        Reading::Clear(Target::Token(text.to_owned()))
    }
}

/// The ID of a person as it will be shown: what a server makes of full-width digits, blanks, hyphens and sign-in names.
pub(crate) fn tidy_user(text: &str) -> String {
    let folded: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let id = folded.split_once('@').map_or(folded.as_str(), |(id, _)| id);
    id.replace('-', "")
}

fn choose(digits: String, token: Outcome<v1::Token>, user: Outcome<v1::Token>) -> Outcome<Target> {
    match (is_hit(token)?, is_hit(user)?) {
        (true, false) => Ok(Target::Token(digits)),
        (false, true) => Ok(Target::User(digits)),
        (true, true) => Err(Failure::with(Complaint::TargetAmbiguous, [("target", &digits)])),
        (false, false) => Err(Failure::with(Complaint::TargetNotFound, [("target", &digits)])),
    }
}

/// Several tokens are a hit too: the server then says which.
fn is_hit(found: Outcome<v1::Token>) -> Outcome<bool> {
    match found {
        Ok(_) => Ok(true),
        Err(failure) if failure.exit() == Some(Exit::NotFound) => Ok(false),
        Err(failure) if failure.exit() == Some(Exit::Conflict) => Ok(true),
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::failure::tests::refusal;

    const FREE: TargetKind = TargetKind { serial: false, user: false };

    fn refused(code: Code, reason: &str) -> Outcome<v1::Token> {
        Err(Failure::of_status(&refusal(code, "TF-0000", reason)))
    }

    fn chosen(token: Outcome<v1::Token>, user: Outcome<v1::Token>) -> Result<Target, (Option<Exit>, String)> {
        choose("0123456789".to_owned(), token, user).map_err(|no| (no.exit(), no.reason().to_owned()))
    }

    #[test]
    fn ten_digits_may_be_either_in_any_width() {
        for text in ["0123456789", "０１２３４５６７８９", " 01234 56789 "] {
            assert_eq!(read(text, FREE), Reading::Either("0123456789".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_can_be_only_one_is_not_looked_up() {
        let token = |text: &str| Reading::Clear(Target::Token(text.to_owned()));
        let user = |text: &str| Reading::Clear(Target::User(text.to_owned()));
        assert_eq!(read("2600215704919", FREE), token("2600215704919"));
        assert_eq!(read("tokens/feitian~2600215704919", FREE), token("tokens/feitian~2600215704919"));
        assert_eq!(read("0123456789@utac.u-tokyo.ac.jp", FREE), user("0123456789@utac.u-tokyo.ac.jp"));
        assert_eq!(read("0123456789", TargetKind { serial: true, user: false }), token("0123456789"));
        assert_eq!(read("0123456789", TargetKind { serial: false, user: true }), user("0123456789"));
    }

    #[test]
    fn an_id_is_shown_without_what_was_typed_around_it() {
        for text in ["0123456789", "０１２３－４５６７８９", " 01234 56789 ", "0123456789@utac.u-tokyo.ac.jp"]
        {
            assert_eq!(tidy_user(text), "0123456789", "{text}");
        }
    }

    #[test]
    fn the_one_hit_is_taken_and_two_are_a_conflict() {
        let found = || Ok(v1::Token::default());
        let none = || refused(Code::NotFound, "TOKEN_NOT_FOUND");
        assert_eq!(chosen(found(), none()), Ok(Target::Token("0123456789".to_owned())));
        assert_eq!(chosen(none(), found()), Ok(Target::User("0123456789".to_owned())));
        assert_eq!(chosen(found(), found()), Err((Some(Exit::Conflict), "TARGET_AMBIGUOUS".to_owned())));
        assert_eq!(chosen(none(), none()), Err((Some(Exit::NotFound), "TARGET_NOT_FOUND".to_owned())));
    }

    #[test]
    fn several_tokens_of_a_person_are_a_hit_and_a_real_refusal_stands() {
        let none = || refused(Code::NotFound, "TOKEN_NOT_FOUND");
        let several = refused(Code::FailedPrecondition, "USER_TOKENS_SEVERAL");
        assert_eq!(chosen(none(), several), Ok(Target::User("0123456789".to_owned())));
        let denied = refused(Code::PermissionDenied, "ROLE_MISSING");
        assert_eq!(chosen(none(), denied), Err((Some(Exit::NotAllowed), "ROLE_MISSING".to_owned())));
    }
}
