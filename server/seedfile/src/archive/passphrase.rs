//! Passphrases of encrypted members: asked for, and asked for again until one opens the whole member.

use encoding_rs::SHIFT_JIS;
use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::archive::members::{Archive, Fault, Member};
use crate::unlock::{Lock, Opens, Secret, Unlock};

/// Most passphrases that are tried.
const MAX_TRIES: usize = 5;

/// The passphrase of a member. That it is right is known only when all of the member was read with it: the old cipher has
/// one byte to check it by, and lets one wrong passphrase of 256 through.
pub(crate) fn passphrase_for(
    archive: &mut Archive,
    member: &Member,
    unlock: &mut dyn Unlock,
) -> Result<Zeroizing<Vec<u8>>, Rejection> {
    let mut lock = Lock { opens: Opens::Passphrase, name: Some(member.name.clone()), was_wrong: false };
    for _ in 0..MAX_TRIES {
        let Some(Secret::Passphrase(words)) = unlock.secret_for(&lock) else { break };
        for bytes in spellings(&words) {
            match archive.check(member, Some(&bytes)) {
                Ok(()) => return Ok(bytes),
                Err(Fault::Locked) => {}
                Err(Fault::Refused(why)) => return Err(why),
            }
        }
        lock.was_wrong = true;
    }
    Err(if lock.was_wrong { Reason::FileKeyWrong } else { Reason::FilePassphraseNeeded }.into())
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
