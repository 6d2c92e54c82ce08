//! Zip archives: which member holds the keys, what opens it, and the reader that it belongs to.
//!
//! A member is meant where its first bytes are those of a seed file. Where that is one, and no other may hold seeds, it is
//! read; where there are more, they are named and somebody chooses. A zip in a zip is refused, and a workbook, which is a zip, is read as what it is.

mod look;
pub(crate) mod members;
mod passphrase;

use std::io::Read;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::archive::look::{Look, look};
use crate::archive::members::{Archive, Fault, Member};
use crate::archive::passphrase::passphrase_for;
use crate::blocks::{Blocks, Budget};
use crate::evidence::Protection;
use crate::foreign::Foreign;
use crate::source::Opened;
use crate::unlock::{Closed, Opener, Opens};
use crate::{ReadOptions, signature, workbook};

/// What a member's first bytes are taken for.
const HEAD_BYTES: usize = 16 * 1024;

/// Most names that a refusal lists.
const MAX_NAMES: usize = 10;

/// What opens the members of an archive, once it is known.
type Passphrase = Zeroizing<Vec<u8>>;

/// Whether these are the first bytes of a zip archive.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..])
}

/// Opens an archive or a workbook.
pub(crate) fn open<'a>(
    mut input: impl Read,
    options: &ReadOptions,
    opener: Opener<'a>,
) -> Result<Opened<'a>, Rejection> {
    let mut budget = Budget::beside(0)?;
    let bytes = Blocks::of(&mut input, &mut budget)?;
    let archive = Archive::open(bytes)?;
    if workbook::is_office(&archive) {
        return workbook::open(archive, budget, options);
    }
    open_member(archive, budget, options, opener)
}

fn open_member<'a>(
    mut archive: Archive,
    mut budget: Budget,
    options: &ReadOptions,
    mut opener: Opener<'a>,
) -> Result<Opened<'a>, Rejection> {
    let Choice { member, passphrase, inner_part, passed_over } = choose(&mut archive, options, &mut opener)?;
    let bytes = archive.inflate(&member, passphrase.as_ref().map(|words| words.as_slice()), &mut budget);
    drop(archive);
    let bytes = bytes.map_err(|fault| refusal(fault, &member))?;
    let options = ReadOptions { part: inner_part, ..options.clone() };
    let mut opened = open_inner(bytes, &options, opener.in_member(&member.name))?;
    let evidence = &mut opened.evidence;
    evidence.passed_over = passed_over;
    evidence.part = Some(match evidence.part.take() {
        Some(sheet) => format!("{}:{sheet}", member.name),
        None => member.name,
    });
    if let (None, Some(lock)) = (&evidence.protection, member.lock) {
        let (mac, iterations) = lock.mac_and_iterations();
        evidence.protection = Some(Protection { cipher: lock.cipher(), opens: Opens::Passphrase, mac, iterations });
    }
    Ok(opened)
}

fn open_inner<'a>(mut bytes: Blocks, options: &ReadOptions, opener: Opener<'a>) -> Result<Opened<'a>, Rejection> {
    let mut head = [0; 4];
    let count = bytes.read(&mut head).unwrap_or_default();
    bytes.rewind();
    if !is_zip(&head[..count]) {
        return signature::open(bytes, options, opener);
    }
    let budget = Budget::beside(bytes.len())?;
    let archive = Archive::open(bytes)?;
    if workbook::is_office(&archive) {
        workbook::open(archive, budget, options)
    } else {
        Err(Foreign::NestedZip.refusal())
    }
}

/// The member that is read.
struct Choice {
    member: Member,
    passphrase: Option<Passphrase>,
    /// Which sheet of it, where it is a workbook and somebody said so.
    inner_part: Option<String>,
    /// The names of those that nobody chose between.
    passed_over: Vec<String>,
}

fn choose(archive: &mut Archive, options: &ReadOptions, opener: &mut Opener<'_>) -> Result<Choice, Rejection> {
    let files: Vec<_> = archive.members().iter().filter(|member| is_file(member)).cloned().collect();
    if files.is_empty() {
        return Err(Reason::FileEmpty.into());
    }
    if let Some(part) = &options.part {
        let (member, inner_part) = named(&files, part)?;
        let passphrase = member.lock.map(|_| passphrase_for(archive, member, opener)).transpose()?;
        return Ok(Choice { member: member.clone(), passphrase, inner_part, passed_over: Vec::new() });
    }
    let mut passphrase = None;
    let (mut meant, mut is_any_known, mut passed_over) = (Vec::new(), false, Vec::new());
    for member in &files {
        if member.lock.is_some() && passphrase.is_none() {
            passphrase = Some(passphrase_for(archive, member, opener)?);
        }
        let words = passphrase.as_ref().map(|words: &Passphrase| words.as_slice());
        // What can't be looked at may be meant.
        let look = archive.head(member, words, HEAD_BYTES).map_or(Look::SeedFile, |head| look(&head, options));
        match look {
            Look::SeedFile | Look::MayHoldSeeds => meant.push(member.clone()),
            Look::Other => passed_over.push(member.name.clone()),
        }
        is_any_known |= look == Look::SeedFile;
    }
    let chosen = |member: Member, passed_over| Ok(Choice { member, passphrase, inner_part: None, passed_over });
    match (meant.as_slice(), files.as_slice()) {
        ([member], _) if is_any_known => chosen(member.clone(), passed_over),
        // What is alone is read, or refused for what it is.
        (_, [member]) => chosen(member.clone(), Vec::new()),
        (_, files) if !is_any_known => Err(about_names(Reason::ArchiveNoSeeds, files)),
        (meant, _) => Err(about_names(Reason::ArchivePart, meant)),
    }
}

/// A part is a member, or a member and behind a colon the sheet of a workbook.
fn named<'m>(files: &'m [Member], part: &str) -> Result<(&'m Member, Option<String>), Rejection> {
    let find = |name: &str| files.iter().find(|member| member.name == name);
    let with_sheet =
        || part.match_indices(':').find_map(|(at, _)| Some((find(&part[..at])?, part[at + 1..].to_owned())));
    match find(part) {
        Some(member) => Ok((member, None)),
        None => match with_sheet() {
            Some((member, sheet)) => Ok((member, Some(sheet))),
            None => Err(about_names(Reason::ArchivePartMissing, files)),
        },
    }
}

/// Folders, what macOS and Windows leave behind, and hidden files are no files.
fn is_file(member: &Member) -> bool {
    let mut steps = member.name.split(['/', '\\']);
    !member.is_folder && !steps.any(|step| step == "__MACOSX" || step.starts_with('.') || step == "Thumbs.db")
}

/// A refusal that says how many there are, and the names of the first.
fn about_names(reason: Reason, members: &[Member]) -> Rejection {
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    listing(reason, &names)
}

/// The same for names of anything.
pub(crate) fn listing(reason: Reason, names: &[&str]) -> Rejection {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    Rejection::from(reason).with("found", names.len().to_string()).with("names", format!("{shown}{more}"))
}

/// What a member says that can't be read though a passphrase was found: it has one of its own.
fn refusal(fault: Fault, member: &Member) -> Rejection {
    match fault {
        Fault::Locked => Closed::Secrets(Some(member.name.clone())).stayed_shut(),
        Fault::Refused(why) => why,
    }
}
