//! What opens an encrypted file: from files that were named, or from somebody at the terminal, whose typing is not shown.
//!
//! Guarantee: nothing of it comes from an argument or the environment, and nothing of it is told or kept.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tokenfleet_proto::v1;
use zeroize::Zeroizing;

use super::upload::{is_stdin, shown_name, unreadable};
use crate::args;
use crate::commands::Session;
use crate::conversation::Terminal;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::{Complaint, Say};

/// Bytes of a key or passphrase file that are read; the server takes no more.
const SECRET_FILE_MAX: u64 = 4096;

/// What opens a file.
#[derive(Clone)]
pub(super) enum Secret {
    /// The bytes of a key file.
    Key(Zeroizing<Vec<u8>>),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

/// What is at hand to open files.
#[derive(Default)]
pub(super) struct Secrets {
    pub(super) given: Vec<Secret>,
    /// The person at the terminal, from the first question on.
    person: Option<Terminal>,
}

impl Secrets {
    /// Reads the files that were named. Stdin can be one file only.
    pub(super) fn read(reading: &args::Reading, files: &[&Path]) -> Outcome<Self> {
        let named = [&reading.key_file, &reading.passphrase_file].into_iter().flatten();
        let from_stdin = files.iter().copied().chain(named.map(AsRef::as_ref)).filter(|file| is_stdin(file)).count();
        if from_stdin > 1 {
            return Err(Failure::plain(Complaint::StdinTwice));
        }
        let mut given = Vec::new();
        if let Some(file) = &reading.key_file {
            given.push(Secret::Key(content(file)?));
        }
        if let Some(file) = &reading.passphrase_file {
            given.push(Secret::Passphrase(passphrase(file, &content(file)?)?));
        }
        Ok(Self { given, person: None })
    }

    /// Asks for what opens a file; None where the person gives up.
    pub(super) async fn ask(
        &mut self,
        session: &mut Session,
        file: &str,
        wanted: &v1::SecretWanted,
    ) -> Outcome<Option<Secret>> {
        let lang = session.printer.lang;
        if wanted.was_wrong {
            session.printer.reply(Say::SecretWrong.plain(lang));
        }
        let Ok(_hidden) = os::hide_typing() else { return Ok(None) };
        let places = [("file", file), ("name", wanted.name.as_str())];
        let question = match (wanted.opens(), wanted.name.is_empty()) {
            (v1::FileLock::Passphrase, true) => Say::AskPassphrase,
            (v1::FileLock::Passphrase, false) => Say::AskNamedPassphrase,
            (v1::FileLock::Key | v1::FileLock::Unspecified, true) => Say::AskKey,
            (v1::FileLock::Key | v1::FileLock::Unspecified, false) => Say::AskNamedKey,
        };
        session.printer.question(&question.with(lang, &places));
        let person = self.person.get_or_insert_with(Terminal::listen);
        let typed = person.whole_line().await.map(Zeroizing::new);
        session.printer.answered();
        let typed = typed.ok().filter(|typed| !typed.is_empty());
        Ok(typed.map(|typed| match wanted.opens() {
            v1::FileLock::Passphrase => Secret::Passphrase(typed),
            v1::FileLock::Key | v1::FileLock::Unspecified => Secret::Key(Zeroizing::new(typed.as_bytes().to_vec())),
        }))
    }
}

fn content(file: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    let read = || {
        let source: Box<dyn Read> = if is_stdin(file) { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
        let mut bytes = Zeroizing::new(Vec::new());
        source.take(SECRET_FILE_MAX + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| unreadable(&shown_name(file), &error))
}

/// A passphrase without the line end that editors put behind it, and without the mark that some put before it.
fn passphrase(file: &Path, bytes: &[u8]) -> Outcome<Zeroizing<String>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_foreign| unreadable(&shown_name(file), &io::Error::from(io::ErrorKind::InvalidData)))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::arguments;
    use super::*;

    #[test]
    fn of_a_passphrase_file_nothing_but_the_line_end_is_cut() {
        for (content, expected) in [
            (&b"two words \n"[..], "two words "),
            (b"two words\r\n", "two words"),
            (b"\xef\xbb\xbftwo words\n\n", "two words\n"),
            (b"", ""),
        ] {
            assert_eq!(*passphrase(Path::new("p"), content).unwrap(), expected);
        }
        assert_eq!(passphrase(Path::new("p"), b"\x83p\x83X").err().unwrap().reason(), "FILE_UNREADABLE");
    }

    #[test]
    fn key_and_passphrase_files_are_read_once_and_stdin_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "0011\n").unwrap();
        let read = |options: &str| {
            let args = arguments(&format!("tokenadm import seeds.xml {options}"));
            Secrets::read(&args.reading, &[Path::new("-")])
        };
        let secrets = read(&format!("--key-file {}", file.display())).unwrap();
        assert!(matches!(&secrets.given[..], [Secret::Key(bytes)] if bytes.as_slice() == b"0011\n"));
        assert_eq!(read("--key-file -").err().unwrap().reason(), "STDIN_TWICE");
        assert_eq!(read("--passphrase-file nowhere").err().unwrap().reason(), "FILE_UNREADABLE");
    }
}
