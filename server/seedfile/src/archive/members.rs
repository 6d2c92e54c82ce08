//! A zip archive in memory and its members. Guarantee: nothing is believed that the archive says of its sizes; what is
//! inflated is counted as it comes, and a member is whole only when its check sum has been seen to fit.
//!
//! Names are shown and compared, and never used as paths.

use std::collections::HashSet;
use std::io::{self, Read};

use encoding_rs::SHIFT_JIS;
use tokenfleet_domain::{catalogue::Reason, reject::Arg, reject::Rejection};
use zeroize::Zeroizing;
use zip::read::{ZipArchive, ZipFile};
use zip::result::ZipError;
use zip::{AesMode, CompressionMethod};

use crate::blocks::{Blocks, Budget};
use crate::lines::read_some;

/// Most members. Each is looked at, and a delivery has a few.
const MAX_MEMBERS: usize = 256;

/// Largest member, in bytes.
const MAX_MEMBER: u64 = 64 * 1024 * 1024;

/// Most bytes that are inflated of an archive in all.
const MAX_WORK: u64 = 256 * 1024 * 1024;

/// Inflated bytes for one that is packed. Seed files hardly shrink to a third, sheets of workbooks to a thirtieth.
const MAX_RATIO: u64 = 200;

/// Up to here any ratio is fine: so little harms nobody.
const SMALL: u64 = 1024 * 1024;

/// What every entry of an archive's directory begins with.
const DIRECTORY_ENTRY: [u8; 4] = *b"PK\x01\x02";

/// Longest name of a member, in characters; file systems have none that is longer. Names are compared whole.
const MAX_NAME: usize = 255;

const CHUNK: usize = 64 * 1024;

/// Bits of a member's flags: encrypted with PKWARE's own cipher, or a part of its header hidden by it.
const STRONG_ENCRYPTION: u16 = 1 << 6 | 1 << 13;

/// Methods of packing that are met now and then.
const UNREAD: [(CompressionMethod, &str); 7] = [
    (CompressionMethod::DEFLATE64, "Deflate64"),
    (CompressionMethod::BZIP2, "bzip2"),
    (CompressionMethod::LZMA, "LZMA"),
    (CompressionMethod::ZSTD, "Zstandard"),
    (CompressionMethod::XZ, "xz"),
    (CompressionMethod::PPMD, "PPMd"),
    (CompressionMethod::IMPLODE, "Implode"),
];

/// An archive.
pub(crate) struct Archive {
    zip: ZipArchive<Blocks>,
    members: Vec<Member>,
    /// Bytes that may still be inflated of all members together, however often each is read.
    work: u64,
}

/// What an archive holds.
#[derive(Clone)]
pub(crate) struct Member {
    index: usize,
    /// Its path, as it is shown.
    pub(crate) name: String,
    /// Whether it is a folder or a link, which hold nothing.
    pub(crate) is_folder: bool,
    pub(crate) lock: Option<ZipLock>,
    /// How it is packed or encrypted, where that is not read here.
    unread: Option<&'static str>,
    packed: u64,
}

/// How a member is encrypted.
#[derive(Clone, Copy)]
pub(crate) enum ZipLock {
    Aes128,
    Aes192,
    Aes256,
    /// The old cipher, which anybody can break who knows a dozen bytes of the member.
    ZipCrypto,
}

/// Why a member can't be read.
pub(crate) enum Fault {
    /// It is encrypted, and nothing or something wrong was given.
    Locked,
    /// It can't be read at all.
    Refused(Rejection),
}

impl From<Rejection> for Fault {
    fn from(refused: Rejection) -> Self {
        Self::Refused(refused)
    }
}

impl Archive {
    /// Reads the directory.
    pub(crate) fn open(mut bytes: Blocks) -> Result<Self, Rejection> {
        // Listing costs memory before anybody can say how many there are. A workbook inside has members of its own.
        if bytes.count(DIRECTORY_ENTRY) > 4 * MAX_MEMBERS {
            return Err(too_many_members());
        }
        bytes.rewind();
        let mut zip = ZipArchive::new(bytes).map_err(|_| damaged(DIRECTORY))?;
        if zip.len() > MAX_MEMBERS {
            return Err(too_many_members());
        }
        if zip.has_duplicate_names() || zip.has_overlapping_entries().map_err(|_| damaged(DIRECTORY))? {
            return Err(damaged(OVERLAP));
        }
        let members = (0..zip.len()).map(|index| member(&mut zip, index)).collect::<Result<Vec<_>, _>>()?;
        let mut names = HashSet::new();
        if !members.iter().all(|member| names.insert(&member.name)) {
            return Err(damaged(ALIKE));
        }
        Ok(Self { zip, members, work: MAX_WORK })
    }

    /// Everything it holds, in its order.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The first bytes of a member. That its check sum fits is not known then.
    pub(crate) fn head(
        &mut self,
        member: &Member,
        passphrase: Option<&[u8]>,
        size: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut inflating = self.inflating(member, passphrase)?;
        let mut head = Zeroizing::new(vec![0; size]);
        let mut filled = 0;
        while filled < size {
            match inflating.read(&mut head[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(_) => return Err(inflating.fault(member)),
            }
        }
        head.truncate(filled);
        Ok(head)
    }

    /// Reads a member to its end and keeps nothing of it: whether it is whole, and its passphrase right.
    pub(crate) fn check(&mut self, member: &Member, passphrase: Option<&[u8]>) -> Result<(), Fault> {
        self.with_member(member, passphrase, |_| Ok(()))
    }

    /// All of a member.
    pub(crate) fn inflate(
        &mut self,
        member: &Member,
        passphrase: Option<&[u8]>,
        budget: &mut Budget,
    ) -> Result<Blocks, Fault> {
        self.with_member(member, passphrase, |inflating| Blocks::of(inflating, budget))
    }

    /// Lets the beginning of a member be read. That its check sum fits is not known then.
    pub(crate) fn glance<T>(
        &mut self,
        member: &Member,
        read: impl FnOnce(&mut Inflating<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Fault> {
        let mut inflating = self.inflating(member, None)?;
        let outcome = read(&mut inflating);
        if inflating.cut.is_some() { Err(inflating.fault(member)) } else { Ok(outcome?) }
    }

    /// Lets a member be read, and sees that it is whole; where it is not, nothing of what was read counts.
    pub(crate) fn with_member<T>(
        &mut self,
        member: &Member,
        passphrase: Option<&[u8]>,
        read: impl FnOnce(&mut Inflating<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Fault> {
        let mut inflating = self.inflating(member, passphrase)?;
        let outcome = read(&mut inflating);
        // What was not asked for, and the check sum behind it.
        let mut rest = Zeroizing::new(vec![0; CHUNK]);
        while inflating.cut.is_none() && read_some(&mut inflating, &mut rest).is_ok_and(|count| count > 0) {}
        match inflating.cut {
            Some(_) => Err(inflating.fault(member)),
            None => Ok(outcome?),
        }
    }

    fn inflating(&mut self, member: &Member, passphrase: Option<&[u8]>) -> Result<Inflating<'_>, Fault> {
        if let Some(method) = member.unread {
            let why = Rejection::from(Reason::ArchiveMethod).with("name", member.name.as_str()).with("method", method);
            return Err(why.into());
        }
        let opened = match (member.lock, passphrase) {
            (Some(_), None) => return Err(Fault::Locked),
            (Some(_), Some(passphrase)) => self.zip.by_index_decrypt(member.index, passphrase),
            (None, _) => self.zip.by_index(member.index),
        };
        match opened {
            Ok(file) => {
                let allowed = MAX_MEMBER.min(SMALL.max(member.packed.saturating_mul(MAX_RATIO)));
                Ok(Inflating { file, allowed, work: &mut self.work, cut: None })
            }
            Err(ZipError::InvalidPassword) if member.lock.is_some() => Err(Fault::Locked),
            Err(_) => Err(damaged(DIRECTORY).into()),
        }
    }
}

/// Reads an entry of the directory, and how the member behind it is encrypted.
fn member(zip: &mut ZipArchive<Blocks>, index: usize) -> Result<Member, Rejection> {
    let entry = zip.by_index_data(index).map_err(|_| damaged(DIRECTORY))?;
    let name = visible(entry.name_raw());
    if name.chars().count() > MAX_NAME {
        return Err(limit(NAMES));
    }
    let mut member = Member {
        index,
        name,
        is_folder: entry.is_dir() || entry.is_symlink(),
        lock: entry.encrypted().then_some(ZipLock::ZipCrypto),
        unread: unread_method(entry.compression(), entry.flags().as_u16()),
        packed: entry.compressed_size(),
    };
    let aes = zip.get_aes_verification_key_and_salt(index).map_err(|_| damaged(DIRECTORY))?;
    if let Some(aes) = aes.filter(|_| member.lock.is_some()) {
        member.lock = Some(match aes.aes_mode {
            AesMode::Aes128 => ZipLock::Aes128,
            AesMode::Aes192 => ZipLock::Aes192,
            AesMode::Aes256 => ZipLock::Aes256,
        });
    }
    Ok(member)
}

/// A member that is being read.
pub(crate) struct Inflating<'a> {
    file: ZipFile<'a, Blocks>,
    allowed: u64,
    work: &'a mut u64,
    cut: Option<Cut>,
}

/// Where reading ended before the member did.
#[derive(Clone, Copy)]
enum Cut {
    Damaged,
    TooLarge,
}

impl Inflating<'_> {
    /// Why it could not be read further. Whatever a wrong passphrase lets through shows only here.
    fn fault(&self, member: &Member) -> Fault {
        match self.cut {
            Some(Cut::TooLarge) => Fault::Refused(limit(INFLATES)),
            Some(Cut::Damaged) | None if member.lock.is_some() => Fault::Locked,
            Some(Cut::Damaged) | None => Fault::Refused(damaged((
                format!("{} in it is damaged", member.name),
                format!("中の {} が壊れています", member.name),
            ))),
        }
    }
}

impl Read for Inflating<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match self.file.read(into) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.cut = Some(Cut::Damaged);
                return Err(error);
            }
        };
        let inflated = count as u64;
        if inflated > self.allowed || inflated > *self.work {
            self.cut = Some(Cut::TooLarge);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.allowed -= inflated;
        *self.work -= inflated;
        Ok(count)
    }
}

impl ZipLock {
    /// The cipher, for people.
    pub(crate) fn cipher(self) -> &'static str {
        match self {
            Self::Aes128 => "AES-128-CTR",
            Self::Aes192 => "AES-192-CTR",
            Self::Aes256 => "AES-256-CTR",
            Self::ZipCrypto => "ZipCrypto",
        }
    }

    /// What shows changes, and the rounds of PBKDF2; the old cipher has neither.
    pub(crate) fn mac_and_iterations(self) -> (Option<&'static str>, Option<u32>) {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => (Some("HMAC-SHA1"), Some(1_000)),
            Self::ZipCrypto => (None, None),
        }
    }
}

/// The name of a method that is not read.
fn unread_method(method: CompressionMethod, flags: u16) -> Option<&'static str> {
    if flags & STRONG_ENCRYPTION != 0 {
        return Some("PKWARE Strong Encryption");
    }
    if matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
        return None;
    }
    let known = UNREAD.into_iter().find(|(known, _)| *known == method);
    Some(known.map_or("an unusual method", |(_, name)| name))
}

/// A path as people read it: UTF-8, or what Japanese Windows writes; else as IBM's first PC had it. Nothing in it obeys
/// or hides.
fn visible(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.into(),
        Err(_) => SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(raw)
            .unwrap_or_else(|| String::from_utf8_lossy(raw)),
    };
    name.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect()
}

/// The same of a path that no member need have, no longer than theirs.
pub(crate) fn shown(raw: &[u8]) -> String {
    visible(raw).chars().take(MAX_NAME).collect()
}

/// Signs that turn the direction of a text, or take no room in it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const DIRECTORY: (&str, &str) = ("its directory is missing or damaged", "目録がないか，壊れています");
const OVERLAP: (&str, &str) = ("two of its members are one, or overlap", "複数のメンバーが重なっています");
const ALIKE: (&str, &str) =
    ("two of its members have the same name, but for what can't be seen", "見た目が同じ名前のメンバーがあります");
const NAMES: (&str, &str) = ("a member's name has more than 255 characters", "メンバーの名前が255文字を超えています");
const MEMBERS: (&str, &str) = ("more than 256 members", "メンバーが256個を超えています");
const INFLATES: (&str, &str) = (
    "a member inflates to more than 64 MiB, or to more than 200 times its packed size",
    "メンバーの展開後のサイズが64 MiBまたは圧縮時の200倍を超えています",
);

pub(crate) fn word((en, ja): (impl Into<String>, impl Into<String>)) -> Arg {
    Arg::Word { en: en.into(), ja: ja.into() }
}

fn damaged(rule: (impl Into<String>, impl Into<String>)) -> Rejection {
    Rejection::from(Reason::ArchiveDamaged).with("rule", word(rule))
}

pub(crate) fn limit(rule: (&str, &str)) -> Rejection {
    Rejection::from(Reason::ArchiveLimit).with("rule", word(rule))
}

fn too_many_members() -> Rejection {
    limit(MEMBERS)
}
