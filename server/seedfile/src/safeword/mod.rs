//! SafeWord's records (`.dat`), as SafeNet and Aladdin ship them with eToken PASS and Alpine tokens, and ZyXEL with its
//! own: LDIF, a record for each token, with all that matters in one attribute.
//!
//! ```text
//! # ===== SafeWord Authenticator Records $Version: 100$ =====
//! dn: sccAuthenticatorId=AB01
//! objectclass: sccCompatibleToken
//! sccAuthenticatorId: AB01
//! sccTokenType: eToken-PASS-TS
//! sccTokenData: sccKey=00112233…;sccMode=T;sccPwLen=6;sccTick=30;sccPrTime=2013/03/12 00:00:00
//! sccSignature: MC4C…
//! ```
//!
//! A record ends with a blank line, with its signature, or where the next one begins.

mod ldif;
mod record;

use std::io::Read;

use tokenfleet_domain::reject::Rejection;

use crate::delimited::prefix::{Beginning, Replayed};
use crate::evidence::{Evidence, Format};
use crate::record::{encoding, malformed};
use crate::safeword::ldif::{Ldif, Piece, name_of, value_of};
use crate::safeword::record::Record;
use crate::secret::SecretEncoding;
use crate::source::{Opened, Source};
use crate::{Entry, ReadOptions};

/// What stands in the first comment.
const TITLE: &str = "SafeWord Authenticator Records";

const SERIAL: &str = "sccAuthenticatorId";
const DATA: &str = "sccTokenData";
const SIGNATURE: &str = "sccSignature";

/// A file that is being read.
struct SafeWord<R> {
    ldif: Ldif<Replayed<R>>,
    encoding: SecretEncoding,
    record: Option<Record>,
    /// Whether a record so far was signed: one at the end that is not was cut off.
    has_signatures: bool,
    ended: bool,
}

/// Whether a file shows itself to be one: by its title, or by an attribute of a token among nothing but attributes.
pub(crate) fn is_safeword(text: &str) -> bool {
    for line in text.lines().map(str::trim) {
        match name_of(line) {
            _ if line.starts_with('#') && line.contains(TITLE) => return true,
            _ if line.is_empty() || line.starts_with('#') => {}
            Some(name) if is(name, SERIAL) || is(name, DATA) => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

/// Opens a file that is one.
pub(crate) fn open<'a, R: Read + 'a>(beginning: Beginning<R>, options: &ReadOptions) -> Opened<'a> {
    let secrets = encoding(SecretEncoding::Hex, options);
    let evidence = Evidence::of_records(Format::SafeWord, beginning.text_encoding(), secrets);
    let ldif = Ldif::new(beginning.replay());
    let source = SafeWord { ldif, encoding: secrets.0, record: None, has_signatures: false, ended: false };
    Opened { source: Box::new(source), evidence }
}

impl<R: Read> Source for SafeWord<R> {
    fn next_entry(&mut self) -> Result<Option<Entry>, Rejection> {
        while !self.ended {
            let record = self.next_record()?;
            if let Some(entry) = record.and_then(|record| record.entry(self.encoding)) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}

impl<R: Read> SafeWord<R> {
    /// Reads on until a record is complete; None at the end where none was begun.
    fn next_record(&mut self) -> Result<Option<Record>, Rejection> {
        loop {
            let done = match self.ldif.next_piece()? {
                Piece::Attribute => self.take_attribute()?,
                Piece::Blank => self.record.take(),
                Piece::End { is_whole } => {
                    self.ended = true;
                    return Ok(self.record.take().map(|record| record.at_end(is_whole, self.has_signatures)));
                }
            };
            if done.is_some() {
                return Ok(done);
            }
        }
    }

    /// Puts an attribute into its record, and gives out the one that it ends.
    fn take_attribute(&mut self) -> Result<Option<Record>, Rejection> {
        let (line, text) = (self.ldif.line(), self.ldif.text());
        let name = name_of(text).ok_or_else(|| malformed(Format::SafeWord.title(), line))?;
        let begins = is(name, "dn") || is(name, SERIAL) && self.record.as_ref().is_some_and(Record::has_serial);
        let before = if begins { self.record.take() } else { None };
        self.record.get_or_insert_with(|| Record::new(line)).note(name, value_of(text));
        if is(name, SIGNATURE) {
            self.has_signatures = true;
            return Ok(self.record.take());
        }
        Ok(before)
    }
}

/// LDAP knows no case in the names of attributes.
fn is(name: &str, attribute: &str) -> bool {
    name.eq_ignore_ascii_case(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_title_or_by_an_attribute_of_a_token() {
        for text in [
            "\n# ===== SafeWord Authenticator Records $Version: 100$ =====\n",
            "version: 1\n\ndn: ou=tokens\nobjectclass: top\n\ndn: x\nsccAuthenticatorId: AB01\n",
            "# a comment\n  SCCTOKENDATA: sccKey=00\n",
        ] {
            assert!(is_safeword(text), "{text}");
        }
        for text in [
            "",
            "serial,sccTokenData: sccKey=00\n",
            "dn: ou=people\n",
            "tok1, 1212\nsccTokenData: sccKey=00\n",
            "# SafeWord\ntok1, 1212\n",
        ] {
            assert!(!is_safeword(text), "{text}");
        }
    }
}
