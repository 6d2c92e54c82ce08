//! What opens an encrypted file: from files that were named, or from somebody at the terminal, whose typing is not shown.
//!
//! Guarantee: nothing of it comes from an argument or the environment, nothing of it is told or kept, and none goes to the
//! server before the server asks for what opens a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tokenfleet_proto::v1;
use zeroize::Zeroizing;

use super::upload::{is_stdin, shown_name, told_name, unreadable};
use crate::args;
use crate::commands::Session;
use crate::conversation::Terminal;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::{Complaint, Say};

/// Bytes of a key or passphrase file that are read; the server takes no more.
const SECRET_FILE_MAX: u64 = 4096;

/// Key and passphrase files that may be named: the server tries no more on one lock.
const NAMED_MAX: usize = 5;

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
    named: Vec<Named>,
    /// The person at the terminal, from the first question on.
    person: Option<Terminal>,
    /// What of the file that is read now the person was asked for last.
    asked: Option<v1::SecretWanted>,
}

/// A secret in a file that was named.
struct Named {
    option: &'static str,
    file: String,
    secret: Secret,
    /// Whether it went out for the file that is read now.
    is_sent: bool,
    /// Whether it ever did.
    was_sent: bool,
}

impl Secrets {
    /// Reads the files that were named. Stdin can be one file only.
    pub(super) fn read(reading: &args::Reading, files: &[&Path]) -> Outcome<Self> {
        let named = || reading.passphrase_file.iter().chain(&reading.key_file).map(AsRef::as_ref);
        if files.iter().copied().chain(named()).filter(|file| is_stdin(file)).count() > 1 {
            return Err(Failure::plain(Complaint::StdinTwice));
        }
        if named().count() > NAMED_MAX {
            let places = [("count", &*named().count().to_string()), ("limit", &NAMED_MAX.to_string())];
            return Err(Failure::with(Complaint::SecretsTooMany, places));
        }
        let passphrases = reading.passphrase_file.iter().map(|file| {
            let secret = Secret::Passphrase(passphrase(file, &content(file)?)?);
            Ok(Named::new("--passphrase-file", file, secret))
        });
        let keys = reading.key_file.iter().map(|file| Ok(Named::new("--key-file", file, Secret::Key(key(file)?))));
        Ok(Self { named: passphrases.chain(keys).collect::<Outcome<_>>()?, ..Self::default() })
    }

    /// Begins a file; whether anything can be answered when the server asks what opens it.
    pub(super) fn begin(&mut self, session: &Session, file: &Path) -> bool {
        self.named.iter_mut().for_each(|named| named.is_sent = false);
        self.asked = None;
        !self.named.is_empty() || can_be_asked(session, file)
    }

    /// What may open a file: the next of those that were named, then what the person types; None where there is no more.
    pub(super) async fn answer(
        &mut self,
        session: &mut Session,
        file: &Path,
        wanted: &v1::SecretWanted,
    ) -> Outcome<Option<Secret>> {
        match self.next_named(wanted) {
            Some(secret) => Ok(Some(secret)),
            None if can_be_asked(session, file) => self.ask(session, file, wanted).await,
            None => Ok(None),
        }
    }

    fn next_named(&mut self, wanted: &v1::SecretWanted) -> Option<Secret> {
        let named = self.named.iter_mut().find(|named| !named.is_sent && fits(&named.secret, wanted))?;
        (named.is_sent, named.was_sent) = (true, true);
        Some(named.secret.clone())
    }

    /// The options whose files no file asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.named.iter().filter(|named| !named.was_sent);
        unused.map(|named| format!("{} {}", named.option, named.file)).collect()
    }

    async fn ask(&mut self, session: &mut Session, file: &Path, wanted: &v1::SecretWanted) -> Outcome<Option<Secret>> {
        let lang = session.printer.lang;
        let is_same = |asked: &v1::SecretWanted| (asked.archive, &asked.member) == (wanted.archive, &wanted.member);
        if self.asked.as_ref().is_some_and(is_same) {
            session.printer.reply(Say::SecretWrong.plain(lang));
        }
        self.asked = Some(wanted.clone());
        let Ok(_hidden) = os::hide_typing() else { return Ok(None) };
        let mut file = told_name(file, lang);
        if !wanted.member.is_empty() {
            file = format!("{file}:{}", wanted.member);
        }
        let places = [("file", file.as_str()), ("name", wanted.name.as_str())];
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

impl Named {
    fn new(option: &'static str, file: &Path, secret: Secret) -> Self {
        Self { option, file: shown_name(file), secret, is_sent: false, was_sent: false }
    }
}

/// Whether somebody at the terminal can be asked about a file.
fn can_be_asked(session: &Session, file: &Path) -> bool {
    session.world.interactive && os::HIDES_TYPING && !is_stdin(file)
}

/// Whether a secret may be what is wanted. A key may be the one that was made from a passphrase, but of no archive.
fn fits(secret: &Secret, wanted: &v1::SecretWanted) -> bool {
    match (secret, wanted.opens()) {
        (Secret::Passphrase(_), opens) => opens == v1::FileLock::Passphrase,
        (Secret::Key(_), _) => !wanted.archive,
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

fn key(file: &Path) -> Outcome<Zeroizing<Vec<u8>>> {
    let bytes = content(file)?;
    if bytes.is_empty() {
        Err(Failure::with(Complaint::KeyFileEmpty, [("file", &*shown_name(file))]))
    } else {
        Ok(bytes)
    }
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
    use crate::commands::tests::session;
    use crate::output::Format;
    use crate::words::Lang;

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

    fn wanted(opens: v1::FileLock, archive: bool) -> v1::SecretWanted {
        v1::SecretWanted { opens: opens.into(), archive, ..v1::SecretWanted::default() }
    }

    #[test]
    fn secrets_go_out_one_by_one_as_they_are_wanted_and_each_once_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        for name in ["k", "p1", "p2"] {
            fs::write(path(name), name).unwrap();
        }
        let options =
            format!("--key-file {} --passphrase-file {} --passphrase-file {}", path("k"), path("p1"), path("p2"));
        let args = arguments(&format!("tokenadm import a.zip {options}"));
        let mut secrets = Secrets::read(&args.reading, &[Path::new("a.zip")]).unwrap();
        let (session, ..) = session(Lang::En, Format::Table);
        let shown = |secret: Option<Secret>| match secret {
            Some(Secret::Key(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            Some(Secret::Passphrase(words)) => words.to_string(),
            None => String::new(),
        };
        let (key, phrase) = (v1::FileLock::Key, v1::FileLock::Passphrase);
        for (questions, expected) in [
            (vec![(phrase, true); 3], ["p1", "p2", ""].to_vec()),
            (vec![(phrase, false); 4], ["p1", "p2", "k", ""].to_vec()),
            (vec![(phrase, true), (key, false), (key, false)], ["p1", "k", ""].to_vec()),
        ] {
            assert!(secrets.begin(&session, Path::new("a.zip")));
            let answers = questions.iter().map(|(opens, archive)| shown(secrets.next_named(&wanted(*opens, *archive))));
            assert_eq!(answers.collect::<Vec<_>>(), expected);
        }
        assert_eq!(secrets.unused(), Vec::<String>::new());
        let mut secrets = Secrets::read(&args.reading, &[Path::new("a.zip")]).unwrap();
        secrets.next_named(&wanted(phrase, true));
        let unused = [format!("--passphrase-file {}", path("p2")), format!("--key-file {}", path("k"))];
        assert_eq!(secrets.unused(), unused);
    }

    #[test]
    fn key_and_passphrase_files_are_read_once_and_stdin_is_one_file() {
        let read = |options: &str| {
            let args = arguments(&format!("tokenadm import seeds.xml {options}"));
            Secrets::read(&args.reading, &[Path::new("-")]).err().unwrap().reason().to_owned()
        };
        assert_eq!(read("--key-file -"), "STDIN_TWICE");
        assert_eq!(read("--passphrase-file nowhere"), "FILE_UNREADABLE");
        assert_eq!(read("--key-file nowhere ".repeat(6).trim_end()), "SECRETS_TOO_MANY");
    }
}
