//! Passphrases of encrypted members: asked for, and asked for again until one opens the whole member.

use encoding_rs::SHIFT_JIS;
use tokenfleet_domain::reject::Rejection;
use zeroize::Zeroizing;

use crate::archive::members::{Archive, Fault, Member};
use crate::unlock::{Lock, Misfit, Opener, Secret};

/// The passphrase of a member. That it is right is known only when all of the member was read with it: the old cipher has
/// one byte to check it by, and lets one wrong passphrase of 256 through.
pub(crate) fn passphrase_for(
    archive: &mut Archive,
    member: &Member,
    opener: &mut Opener<'_>,
) -> Result<Zeroizing<Vec<u8>>, Rejection> {
    opener.open(Lock::of_archive(), |secret| match secret {
        Secret::Passphrase(words) => try_on(archive, member, words),
        Secret::KeyFile(_) => Ok(Err(Misfit::OtherKind)),
    })
}

/// The bytes of a passphrase, where they open a member.
fn try_on(
    archive: &mut Archive,
    member: &Member,
    words: &str,
) -> Result<Result<Zeroizing<Vec<u8>>, Misfit>, Rejection> {
    for bytes in spellings(words) {
        match archive.check(member, Some(&bytes)) {
            Ok(()) => return Ok(Ok(bytes)),
            Err(Fault::Locked) => {}
            Err(Fault::Refused(why)) => return Err(why),
        }
    }
    Ok(Err(Misfit::Wrong))
}

/// The bytes of a passphrase: as UTF-8, and as older programs on Japanese Windows take it.
fn spellings(words: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut spellings = vec![Zeroizing::new(words.as_bytes().to_vec())];
    if !words.is_ascii() {
        let (bytes, _, is_lossy) = SHIFT_JIS.encode(words);
        let bytes = Zeroizing::new(bytes.into_owned());
        spellings.extend((!is_lossy).then_some(bytes));
    }
    spellings
}
