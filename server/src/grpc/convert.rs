//! Between messages and the domain: reading what a field says, showing what a token is.

use std::str::FromStr;

use prost_types::Timestamp as WireTime;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::holder::Holder;
use tokenfleet_domain::ids::UserId;
use tokenfleet_domain::operator::{Operator, Role};
use tokenfleet_domain::otp::resync::Shown;
use tokenfleet_domain::otp::verdict::{Advice, Verdict};
use tokenfleet_domain::otp::{Algorithm, Moving, OtpCode, Profile};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_domain::token::{Authenticator, Custody, Hold, Word};
use tokenfleet_proto::v1;

use crate::app::clock::Sighting;
use crate::app::memory::RequestId;
use crate::app::page::PageRequest;
use crate::app::target::Target;
use crate::app::{Answer, App, Call, Found};
use crate::identity::Caller;

/// Characters of a note at most.
pub(super) const NOTE_MAX: usize = 500;

/// Characters of a short name, such as a department's, at most.
pub(super) const NAME_MAX: usize = 100;

/// The call as `app` knows it.
pub(super) fn call(caller: &Caller, request_id: &str) -> Answer<Call> {
    let request = match request_id {
        "" => None,
        id => Some(id.parse::<RequestId>()?),
    };
    Ok(Call { operator: caller.operator.clone(), key: caller.certificate_key.clone(), request })
}

/// Reads a field of text into its type.
pub(super) fn field<T>(name: &'static str, text: &str) -> Answer<T>
where
    T: FromStr,
    Rejection: From<T::Err>,
{
    if text.is_empty() {
        return Err(missing(name));
    }
    text.parse().map_err(|bad| Rejection::from(bad).in_field(name))
}

/// A field that may be empty.
pub(super) fn optional<T>(name: &'static str, text: &str) -> Answer<Option<T>>
where
    T: FromStr,
    Rejection: From<T::Err>,
{
    if text.is_empty() { Ok(None) } else { field(name, text).map(Some) }
}

/// A free text of bounded length, without outer blanks.
pub(super) fn text(name: &'static str, text: &str, limit: usize) -> Answer<String> {
    let text = text.trim();
    if text.contains(char::is_control) {
        return Err(Rejection::from(Reason::FieldControl).with("field", name).in_field(name));
    }
    if text.chars().count() > limit {
        return Err(Rejection::from(Reason::FieldTooLong).with("field", name).with("limit", limit.to_string()));
    }
    Ok(text.to_owned())
}

/// The code in a field.
pub(super) fn code(text: &str) -> Answer<OtpCode> {
    field("code", text)
}

/// Two codes that follow each other, in the order shown, or three.
pub(super) fn shown(codes: &[String]) -> Answer<Shown> {
    let codes: Vec<_> = codes.iter().map(|code| field("codes", code)).collect::<Answer<_>>()?;
    match codes.as_slice() {
        [first, second] => Ok(Shown { first: *first, second: *second, third: None }),
        [first, second, third] => Ok(Shown { first: *first, second: *second, third: Some(*third) }),
        [] => Err(missing("codes")),
        _ => Err(unknown("codes", "2, 3")),
    }
}

/// An etag, where one was given.
pub(super) fn etag(etag: String) -> Option<String> {
    Some(etag).filter(|etag| !etag.is_empty())
}

pub(super) fn missing(name: &'static str) -> Rejection {
    Rejection::from(Reason::FieldMissing).with("field", name).in_field(name)
}

/// A value that the contract does not have.
pub(super) fn unknown(name: &'static str, choices: &str) -> Rejection {
    Rejection::from(Reason::FieldUnknown).with("field", name).with("choices", choices).in_field(name)
}

/// What a request's `oneof target` names: each request has a type of its own for the same two choices.
macro_rules! target {
    ($target:expr, $of:ident) => {
        match $target {
            Some($of::Target::Token(token)) => $crate::grpc::convert::token_target(&token),
            Some($of::Target::User(user)) => $crate::grpc::convert::user_target(&user),
            None => Err($crate::grpc::convert::missing("target")),
        }
    };
}
pub(super) use target;

pub(super) fn token_target(token: &str) -> Answer<Target> {
    field("token", token).map(Target::Token)
}

pub(super) fn user_target(user: &str) -> Answer<Target> {
    field("user", user).map(Target::User)
}

pub(super) fn page(page_size: i32, page_token: String) -> PageRequest {
    PageRequest { page_size, page_token }
}

/// A moment on the wire.
pub(super) fn time(at: Timestamp) -> WireTime {
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0);
    WireTime { seconds: at.timestamp(), nanos }
}

/// A moment from the wire.
pub(super) fn moment(name: &'static str, at: &WireTime) -> Answer<Timestamp> {
    let nanos = u32::try_from(at.nanos).ok();
    let moment = nanos.and_then(|nanos| Timestamp::from_timestamp(at.seconds, nanos));
    moment.ok_or_else(|| unknown(name, "0001-01-01T00:00:00Z … 9999-12-31T23:59:59Z"))
}

/// The whole ID to those who may browse them, and to whoever typed it.
pub(super) fn user_id(user: &UserId, viewer: &Operator, typed: Option<&UserId>) -> String {
    if viewer.sees_masked_ids() && typed != Some(user) { user.masked() } else { user.to_string() }
}

/// Whose a loan is, as the caller may see it. Who was removed is the same word to everybody.
pub(super) fn holder(holder: &Holder, viewer: &Operator, typed: Option<&UserId>) -> String {
    match holder {
        Holder::Person(user) => user_id(user, viewer, typed),
        Holder::Former(former) => former.to_string(),
    }
}

/// A token as the caller may see it.
pub(super) fn token(found: &Found, viewer: &Operator, typed: Option<&UserId>) -> v1::Token {
    let token = &found.token;
    let (kind, period) = moving(&token.profile);
    let user = token.user.as_ref().map(|user| user_id(user, viewer, typed));
    v1::Token {
        name: token.name().to_string(),
        serial: token.serial.shown().to_owned(),
        vendor: token.vendor.to_string(),
        key_id: token.key_id.as_str().to_owned(),
        manufacturer: token.manufacturer.clone(),
        model: token.model.clone(),
        lot: format!("lots/{}", found.lot),
        r#type: kind.into(),
        algorithm: algorithm(token.profile.algorithm).into(),
        digits: i32::try_from(token.profile.digits.get()).unwrap_or(0),
        period_seconds: period,
        custody: custody(token.state.custody).into(),
        authenticator: authenticator(token.state.authenticator).into(),
        hold: hold(found.hold).into(),
        state: word(token.state.word(found.hold, token.proven_at.is_some())).into(),
        user_id: user.unwrap_or_default(),
        lent_time: token.lent_at.map(time),
        proven_time: token.proven_at.map(time),
        last_accepted_time: token.last_ok_at.map(time),
        clock_offset_seconds: token.drift_steps.saturating_mul(i64::from(period)),
        clock_observed_time: token.drift_at.map(time),
        failures: i32::try_from(token.fail_count).unwrap_or(i32::MAX),
        next_try_time: token.next_try_at.map(time),
        expire_time: token.expires_at.map(time),
        department: token.department.clone().unwrap_or_default(),
        location: token.location.clone().unwrap_or_default(),
        create_time: Some(time(token.created_at)),
        update_time: Some(time(token.updated_at)),
        etag: token.etag(),
        without_seed: found.has_no_seed(),
    }
}

/// Clock or button, with the seconds a code is shown.
pub(super) fn moving(profile: &Profile) -> (v1::OtpType, i32) {
    match profile.moving {
        Moving::Time { period, .. } => (v1::OtpType::Totp, i32::try_from(period).unwrap_or(0)),
        Moving::Event => (v1::OtpType::Hotp, 0),
    }
}

pub(super) fn algorithm(algorithm: Algorithm) -> v1::Algorithm {
    match algorithm {
        Algorithm::Sha1 => v1::Algorithm::Sha1,
        Algorithm::Sha256 => v1::Algorithm::Sha256,
        Algorithm::Sha512 => v1::Algorithm::Sha512,
    }
}

/// What a look at a token's clock means.
pub(super) fn verdict(app: &App, found: &Found, sighting: Option<Sighting>) -> Option<v1::Verdict> {
    let Verdict { offset_seconds, rate, inside_window, leaves_window_at, advice } = app.verdict(found, sighting)?;
    let period = i64::from(moving(&found.token.profile).1);
    let earlier = sighting.and_then(|sighting| sighting.earlier);
    Some(v1::Verdict {
        offset_seconds,
        previous_offset_seconds: earlier.map(|earlier| earlier.offset_steps.saturating_mul(period)),
        seconds_per_day: rate.map(|rate| f64::from(rate.milliseconds_per_day) / 1000.0),
        window_seconds: app.entra_window_seconds(),
        inside_window,
        leave_time: leaves_window_at.map(time),
        advice: match advice {
            Advice::Nothing => v1::Advice::Nothing,
            Advice::SignInOnceNow => v1::Advice::SignInNow,
            Advice::Reregister => v1::Advice::RegisterAgain,
            Advice::Replace => v1::Advice::Replace,
        }
        .into(),
    })
}

pub(super) fn operator(operator: &Operator) -> v1::Operator {
    use tokenfleet_domain::operator::Scope;
    v1::Operator {
        name: format!("operators/{}", operator.name),
        roles: operator.roles.iter().map(|role| role_out(*role).into()).collect(),
        departments: match &operator.scope {
            Scope::All => Vec::new(),
            Scope::Departments(departments) => departments.clone(),
        },
        user_id: operator.user.as_ref().map(ToString::to_string).unwrap_or_default(),
        revoked: operator.revoked_at.is_some(),
        create_time: Some(time(operator.created_at)),
        revoke_time: operator.revoked_at.map(time),
        etag: operator.etag(),
    }
}

fn role_out(role: Role) -> v1::Role {
    match role {
        Role::Counter => v1::Role::Counter,
        Role::Desk => v1::Role::Desk,
        Role::Stock => v1::Role::Stock,
        Role::Verifier => v1::Role::Verifier,
        Role::Auditor => v1::Role::Auditor,
        Role::Admin => v1::Role::Admin,
    }
}

/// Reads the roles of an operator.
pub(super) fn roles(roles: &[i32]) -> Answer<Vec<Role>> {
    let bad = || Rejection::from(Reason::RoleUnknown).in_field("roles");
    roles
        .iter()
        .map(|role| match v1::Role::try_from(*role).map_err(|_| bad())? {
            v1::Role::Unspecified => Err(bad()),
            v1::Role::Counter => Ok(Role::Counter),
            v1::Role::Desk => Ok(Role::Desk),
            v1::Role::Stock => Ok(Role::Stock),
            v1::Role::Verifier => Ok(Role::Verifier),
            v1::Role::Auditor => Ok(Role::Auditor),
            v1::Role::Admin => Ok(Role::Admin),
        })
        .collect()
}

fn custody(custody: Custody) -> v1::Custody {
    match custody {
        Custody::Ordered => v1::Custody::Ordered,
        Custody::InStock => v1::Custody::InStock,
        Custody::Lent => v1::Custody::Lent,
        Custody::Lost => v1::Custody::Lost,
        Custody::Faulty => v1::Custody::Faulty,
        Custody::Retired => v1::Custody::Retired,
    }
}

fn authenticator(authenticator: Authenticator) -> v1::Authenticator {
    match authenticator {
        Authenticator::None => v1::Authenticator::None,
        Authenticator::Ready => v1::Authenticator::Ready,
        Authenticator::Suspended => v1::Authenticator::Suspended,
        Authenticator::Disabled => v1::Authenticator::Disabled,
    }
}

fn hold(hold: Hold) -> v1::Hold {
    match hold {
        Hold::None => v1::Hold::None,
        Hold::Integrity => v1::Hold::Integrity,
        Hold::Lot => v1::Hold::Lot,
        Hold::Recovery => v1::Hold::Recovery,
    }
}

fn word(word: Word) -> v1::TokenState {
    match word {
        Word::Ordered => v1::TokenState::Ordered,
        Word::InStock => v1::TokenState::InStock,
        Word::LentNotProven => v1::TokenState::LentNotProven,
        Word::Lent => v1::TokenState::Lent,
        Word::Suspended => v1::TokenState::Suspended,
        Word::Disabled => v1::TokenState::Disabled,
        Word::Lost => v1::TokenState::Lost,
        Word::Faulty => v1::TokenState::Faulty,
        Word::OnHold => v1::TokenState::OnHold,
        Word::Retired => v1::TokenState::Retired,
    }
}
