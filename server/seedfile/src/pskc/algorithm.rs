//! Names of algorithms and digests. One counts by its whole name: whatever stands under somebody else's authority is
//! theirs, also where it ends as one of ours does.

use tokenfleet_domain::{catalogue::Reason, otp::code::Algorithm, reject::Rejection};

use crate::kind::{self, Kind};

/// Who names algorithms: RFC 6030, and the drafts before it and beside it.
const PROFILES: [&str; 3] = [
    "urn:ietf:params:xml:ns:keyprov:pskc:1.0",
    "urn:ietf:params:xml:ns:keyprov:pskc",
    "http://www.ietf.org/keyprov/pskc",
];

/// Who names digests.
const DIGESTS: [&str; 3] =
    ["http://www.w3.org/2000/09/xmldsig", "http://www.w3.org/2001/04/xmldsig-more", "http://www.w3.org/2001/04/xmlenc"];

/// HOTP and TOTP, or what a key is instead.
pub(super) enum Type {
    Oath(Kind),
    Other(&'static str),
}

/// What an algorithm says that a key is.
pub(super) fn kind(algorithm: &str) -> Result<Type, Rejection> {
    if algorithm.is_empty() {
        return Err(Reason::RowTypeMissing.into());
    }
    match name_under(algorithm, &PROFILES) {
        Some(name) if name.eq_ignore_ascii_case("hotp") => Ok(Type::Oath(Kind::Hotp)),
        Some(name) if name.eq_ignore_ascii_case("totp") => Ok(Type::Oath(Kind::Totp)),
        Some(_) | None => other(algorithm).map(Type::Other).ok_or_else(|| Reason::KeyAlgorithm.into()),
    }
}

/// The digest that a suite names. Some writers repeat the algorithm there.
pub(super) fn digest(suite: &str, kind: Kind) -> Result<Algorithm, Rejection> {
    let own = match kind {
        Kind::Hotp => "hotp",
        Kind::Totp => "totp",
    };
    let name = name_under(suite, &PROFILES).or_else(|| name_under(suite, &DIGESTS)).ok_or(Reason::RowAlgorithm)?;
    if name.is_empty() || name.eq_ignore_ascii_case(own) {
        return Ok(Algorithm::Sha1);
    }
    name.parse().map_err(|_| Reason::RowAlgorithm.into())
}

/// A type that is no OATH one, whoever names it. The suite of an OCRA key has colons in it.
fn other(algorithm: &str) -> Option<&'static str> {
    let last = |sign: &[char]| algorithm.rsplit(sign).next().and_then(kind::other);
    last(&['#']).or_else(|| last(&[':', '#', '/']))
}

/// A bare name, or one that stands behind one of these authorities.
fn name_under<'a>(uri: &'a str, authorities: &[&str]) -> Option<&'a str> {
    let signs = [':', '#', '/'];
    if !uri.contains(signs) {
        return Some(uri);
    }
    authorities.iter().find_map(|authority| {
        let (begin, rest) = uri.split_at_checked(authority.len())?;
        let name = rest.strip_prefix(signs)?;
        (begin.eq_ignore_ascii_case(authority) && !name.contains(signs)).then_some(name)
    })
}
