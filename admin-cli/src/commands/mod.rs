//! The commands, each in the file of its noun.

mod adopt;
mod audit;
mod campaign;
mod code;
mod directory;
mod doctor;
mod export;
mod history;
mod import;
mod label;
mod lending;
mod loans;
mod location;
mod lot;
mod model;
mod moves;
mod near;
mod operator;
mod pairs;
mod practice;
mod profile;
mod ready;
mod replace;
mod report;
mod reservation;
mod scan;
mod slip;
mod stock;
mod stocktake;
mod system;
mod target;
mod terms;
mod token;
mod transfer;

use std::fs;
use std::io;
use std::num::NonZeroU64;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::args::{Command, Confirm, Global, View};
use crate::client::Client;
use crate::config::Profile;
use crate::conversation::{Conversation, Terminal};
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::output::{Column, Format, Listing, Printer};
use crate::shapes::{bare, show_date, utc};
use crate::surroundings::Surroundings;
use crate::words::{Complaint, Say};

/// How many things a page of a list has.
const PAGE: i32 = 500;

/// How long before the end of a certificate people are told to renew it.
const RENEW_WITHIN: TimeDelta = TimeDelta::days(30);

/// What a command works with.
pub(crate) struct Session {
    world: Surroundings,
    printer: Printer,
    global: Global,
    /// Whether a deed was sent whose answer may not have come.
    deed_sent: bool,
}

impl Session {
    /// A session that is not connected yet.
    pub(crate) fn new(world: Surroundings, printer: Printer, global: Global) -> Self {
        Self { world, printer, global, deed_sent: false }
    }

    /// Says how it ended.
    pub(crate) fn end(mut self, done: Outcome) -> ExitCode {
        let finished = self.printer.finish();
        match done.and(finished) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                self.printer.complain(&failure);
                failure.exit().map_or(ExitCode::SUCCESS, ExitCode::from)
            }
        }
    }

    /// What Ctrl-C means at this moment.
    pub(crate) fn interrupted(&self) -> Failure {
        Failure::plain(if self.deed_sent { Complaint::Interrupted } else { Complaint::NotBegun })
    }

    /// A connection for calls.
    async fn client(&mut self) -> Outcome<Rc<Client>> {
        self.connect(self.global.call_deadline()).await
    }

    /// A connection for the upload of a file.
    async fn upload_client(&mut self) -> Outcome<Rc<Client>> {
        self.connect(self.global.upload_deadline()).await
    }

    async fn connect(&mut self, deadline: Duration) -> Outcome<Rc<Client>> {
        let profile = Profile::find(self.global.config.as_deref())?;
        if os::is_open_to_others(&profile.key.path) {
            let path = profile.key.path.display().to_string();
            self.printer.warn(&Say::KeyOpen.with(self.printer.lang, &[("path", &path)]));
        }
        if let Some(date) = certificate_ends_soon(&profile, self.world.clock.now()) {
            self.printer.warn(&Say::CertificateEnds.with(self.printer.lang, &[("date", &date)]));
        }
        let client = Client::connect(&profile, self.printer.lang, deadline).await?;
        self.printer.detail(&Say::Connected.with(self.printer.lang, &[("server", client.server())]));
        Ok(Rc::new(client))
    }

    /// A new `request_id` for one deed.
    fn new_request_id(&mut self) -> Outcome<String> {
        self.deed_sent = true;
        let id = self.world.new_request_id()?;
        self.printer.detail(&Say::Asking.with(self.printer.lang, &[("id", &id)]));
        Ok(id)
    }

    /// Makes sure that somebody means a severe action: by the same name again, as an argument or typed.
    async fn confirm(&mut self, name: &str, confirm: &Confirm, question: Say) -> Outcome {
        let name = bare(name);
        let places = [("name", name)];
        let typed = match &confirm.again {
            Some(given) => given.clone(),
            None if self.world.interactive => self.ask(&question.with(self.printer.lang, &[("name", name)])).await?,
            None => return Err(Failure::with(Complaint::ConfirmationMissing, places)),
        };
        if bare(&typed) == name { Ok(()) } else { Err(Failure::with(Complaint::ConfirmationWrong, places)) }
    }

    async fn ask(&mut self, question: &str) -> Outcome<String> {
        self.printer.question(question);
        let line = Terminal::listen().line().await?;
        self.printer.answered();
        Ok(line)
    }

    /// A list with the columns that were asked for among all that it can show, else its usual ones.
    fn listing(
        &self,
        noun: &'static str,
        usual: &'static [Column],
        all: &'static [Column],
        view: &View,
    ) -> Outcome<Listing> {
        let listing = Listing::new(noun, usual);
        let format = self.printer.format();
        if view.bom && format != Format::Csv {
            return Err(Failure::plain(Complaint::MarkForCsv));
        }
        let listing = if view.bom { listing.with_mark() } else { listing };
        if view.columns.is_empty() && !view.no_headers {
            return Ok(listing);
        }
        if !matches!(format, Format::Table | Format::Csv | Format::Xlsx) {
            return Err(Failure::plain(Complaint::NoColumns));
        }
        let listing = if view.no_headers { listing.without_heads() } else { listing };
        if view.columns.is_empty() {
            return Ok(listing);
        }
        listing.with_columns(all, &view.columns).map_err(|unknown| {
            let keys: Vec<_> = all.iter().map(|column| column.key).collect();
            Failure::with(Complaint::ColumnUnknown, [("column", unknown), ("columns", &keys.join(","))])
        })
    }

    /// Writes a whole list, page by page, up to a limit; people are told where it is empty. `fetch` takes the size and the
    /// token of a page.
    async fn list(
        &mut self,
        mut listing: Listing,
        limit: Option<NonZeroU64>,
        fetch: impl AsyncFn(i32, String) -> Outcome<(Vec<Value>, String)>,
    ) -> Outcome {
        self.walk(&mut listing, limit, fetch).await?;
        self.printer.finish_list(listing)
    }

    /// Writes a list like `list`, but leaves it open.
    async fn walk(
        &mut self,
        listing: &mut Listing,
        limit: Option<NonZeroU64>,
        fetch: impl AsyncFn(i32, String) -> Outcome<(Vec<Value>, String)>,
    ) -> Outcome {
        let mut left = limit.map_or(usize::MAX, |limit| usize::try_from(limit.get()).unwrap_or(usize::MAX));
        // The same on every page: a page token belongs to the arguments of its first page.
        let size = i32::try_from(left).map_or(PAGE, |left| left.min(PAGE));
        let mut token = String::new();
        let mut empty = true;
        loop {
            let (mut records, next) = fetch(size, token).await?;
            records.truncate(left);
            left -= records.len();
            empty &= records.is_empty();
            self.printer.page(listing, records)?;
            if next.is_empty() || left == 0 {
                if empty {
                    self.printer.say(Say::NothingMatches.plain(self.printer.lang));
                }
                return Ok(());
            }
            token = next;
        }
    }
}

/// Runs one command.
pub(crate) async fn run(session: &mut Session, command: Command) -> Outcome {
    if session.printer.format() == Format::Xlsx && session.world.data_on_terminal {
        let example = os::redirected("tokenadm list -o xlsx", "tokens.xlsx");
        return Err(Failure::with(Complaint::WorkbookOnTerminal, [("example", &example)]));
    }
    if session.printer.format() == Format::Svg && !matches!(command, Command::Report(_)) {
        return Err(Failure::plain(Complaint::NoPicture));
    }
    match command {
        Command::Import(args) => import::import(session, &args).await,
        Command::Inspect(args) => import::inspect(session, &args).await,
        Command::Adopt(args) => adopt::adopt(session, &args).await,
        Command::Assign(args) => lending::assign(session, args).await,
        Command::Return(args) => lending::take_back(session, args).await,
        Command::Replace(args) => replace::replace(session, &args).await,
        Command::Lost(args) => moves::lost(session, &args).await,
        Command::Found(args) => moves::found(session, &args).await,
        Command::Suspend(args) => moves::suspend(session, &args).await,
        Command::Resume(args) => moves::resume(session, &args).await,
        Command::Rebind(args) => moves::rebind(session, &args).await,
        Command::Move(args) => replace::change_user(session, &args).await,
        Command::Retire(args) => moves::retire(session, &args).await,
        Command::Ready(args) => ready::ready(session, &args).await,
        Command::Loans(args) => loans::loans(session, &args).await,
        Command::Verify(args) => code::verify(session, args).await,
        Command::Resync(args) => code::resync(session, args).await,
        Command::Identify(args) => code::identify(session, args).await,
        Command::List(args) => token::list(session, &args).await,
        Command::Show(args) => token::show(session, &args).await,
        Command::Campaign(args) => campaign::run(session, args).await,
        Command::Directory(args) => directory::run(session, args).await,
        Command::Lot(args) => lot::run(session, args).await,
        Command::Stock(args) => stock::stock(session, &args).await,
        Command::Transfer(args) => transfer::transfer(session, &args).await,
        Command::Receive(args) => transfer::receive(session, &args).await,
        Command::Transfers(args) => transfer::transfers(session, &args).await,
        Command::Stocktake(args) => stocktake::run(session, args).await,
        Command::Reserve(args) => reservation::reserve(session, &args).await,
        Command::Reservation(args) => reservation::run(session, args).await,
        Command::Model(args) => model::run(session, args).await,
        Command::Label(args) => label::label(session, &args).await,
        Command::Location(args) => location::run(session, args).await,
        Command::Report(args) => report::report(session, &args).await,
        Command::Operator(args) => operator::run(session, args).await,
        Command::Audit(args) => audit::run(session, args).await,
        Command::Doctor => doctor::doctor(session).await,
        Command::Status => system::status(session).await,
        Command::Profile(args) => profile::run(session, args).await,
        Command::Config => profile::show_settings(session),
        Command::Practice(args) => practice::run(session, args),
        Command::Whoami => system::whoami(session).await,
        Command::Completions { shell } => system::completions(session, shell),
        Command::Man { out } => system::man(session, &out),
        Command::Version => system::version(session),
    }
}

/// The day on which the certificate of a profile ends, where that is soon. One that has ended the server refuses itself.
fn certificate_ends_soon(profile: &Profile, now: DateTime<Utc>) -> Option<String> {
    let ends = profile.certificate.expire_time().filter(|ends| *ends > now && *ends - now <= RENEW_WITHIN)?;
    Some(show_date(&utc(ends)))
}

/// What an answer must hold.
fn held<T>(part: Option<T>) -> Outcome<T> {
    part.ok_or_else(|| Failure::plain(Complaint::AnswerIncomplete))
}

/// Makes a folder that is new or empty, and says whether it is new.
fn new_folder(path: &Path) -> Outcome<bool> {
    let new = os::create_private_folder(path).map_err(|error| Failure::unwritten(path, &error))?;
    free_folder(path)?;
    Ok(new)
}

/// A folder that is not there, or empty; it is left as it is.
fn free_folder(path: &Path) -> Outcome {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(folder_in_use(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::unwritten(path, &error)),
    }
}

fn folder_in_use(path: &Path) -> Failure {
    Failure::with(Complaint::FolderInUse, [("folder", &path.display().to_string())])
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::args::Cli;
    use crate::output::tests::{Kept, kept};
    use crate::words::Lang;

    /// A session without a server, which keeps what it writes.
    pub(crate) fn session(lang: Lang, format: Format) -> (Session, Kept, Kept) {
        let (printer, data, talk) = kept(lang, format);
        let global = Cli::parse_from(["tokenadm", "version"]).global;
        (Session::new(Surroundings::real(true), printer, global), data, talk)
    }

    async fn listed(limit: Option<u64>) -> (String, Vec<(i32, String)>) {
        let (mut session, data, _) = session(Lang::En, Format::Name);
        let asked = RefCell::new(Vec::new());
        let fetch = async |size: i32, token: String| {
            asked.borrow_mut().push((size, token.clone()));
            let records = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
            Ok(match token.as_str() {
                "" => (records(&["a", "b"]), "second".to_owned()),
                "second" => (records(&[]), "third".to_owned()),
                _ => (records(&["c"]), String::new()),
            })
        };
        session.list(Listing::new("things", &[]), limit.and_then(NonZeroU64::new), fetch).await.unwrap();
        session.printer.flush().unwrap();
        (data.text(), asked.into_inner())
    }

    #[tokio::test]
    async fn a_list_goes_on_over_short_and_empty_pages_with_the_same_page_size() {
        let (names, asked) = listed(None).await;
        assert_eq!(names, "a\nb\nc\n");
        assert_eq!(asked, [(500, String::new()), (500, "second".to_owned()), (500, "third".to_owned())]);
    }

    #[tokio::test]
    async fn a_list_stops_at_its_limit() {
        assert_eq!(listed(Some(1)).await, ("a\n".to_owned(), vec![(1, String::new())]));
        let (names, asked) = listed(Some(2)).await;
        assert_eq!((names.as_str(), asked.len()), ("a\nb\n", 1));
    }

    #[tokio::test]
    async fn a_list_shows_the_columns_that_were_asked_for_in_their_order() {
        const ALL: &[Column] = &[
            Column { key: "a", title: Say::HeadSerial, show: crate::output::plain },
            Column { key: "b", title: Say::HeadVendor, show: crate::output::plain },
            Column { key: "c", title: Say::HeadModel, show: crate::output::plain },
        ];
        let listed = async |format, columns: &[&str], no_headers| {
            let (mut session, data, _) = session(Lang::En, format);
            let view = View { columns: columns.iter().map(ToString::to_string).collect(), no_headers, bom: false };
            let listing = session.listing("things", &ALL[..1], ALL, &view).map_err(|no| no.reason().to_owned())?;
            let fetch = async |_, _| Ok((vec![json!({"a": "1", "b": "2", "c": "3"})], String::new()));
            session.list(listing, None, fetch).await.unwrap();
            session.printer.flush().unwrap();
            Ok::<_, String>(data.text())
        };
        assert_eq!(listed(Format::Csv, &[], false).await, Ok("a\n1\n".to_owned()));
        assert_eq!(listed(Format::Csv, &["c", "a"], false).await, Ok("c,a\n3,1\n".to_owned()));
        assert_eq!(listed(Format::Csv, &["c", "a"], true).await, Ok("3,1\n".to_owned()));
        assert_eq!(listed(Format::Csv, &["C", " a"], true).await, Ok("3,1\n".to_owned()), "as people type lists");
        assert_eq!(listed(Format::Table, &["c", "a"], true).await, Ok("3  1\n".to_owned()));
        assert_eq!(listed(Format::Table, &["c"], false).await, Ok("MODEL\n3\n".to_owned()));
        assert_eq!(listed(Format::Table, &["c", "d"], false).await, Err("COLUMN_UNKNOWN".to_owned()));
        assert_eq!(listed(Format::Json, &["c"], false).await, Err("NO_COLUMNS".to_owned()));
        let (session, _, _) = session(Lang::En, Format::Table);
        let marked = session.listing("things", ALL, ALL, &View { bom: true, ..View::default() });
        assert_eq!(marked.err().unwrap().reason(), "MARK_FOR_CSV");
    }

    #[test]
    fn before_a_deed_is_sent_nothing_is_changed_by_an_interruption() {
        let (mut session, _, _) = session(Lang::En, Format::Table);
        assert_eq!(session.interrupted().describe(Lang::En).unwrap().code, "TF-9095");
        session.new_request_id().unwrap();
        assert_eq!(session.interrupted().describe(Lang::En).unwrap().code, "TF-9026");
    }

    #[tokio::test]
    async fn a_severe_action_wants_its_name_again() {
        let (mut session, _, _) = session(Lang::En, Format::Table);
        let mut confirm = async |given: Option<&str>| {
            let confirm = Confirm { again: given.map(str::to_owned) };
            let confirmed = session.confirm("lots/2026-11-24-a", &confirm, Say::ConfirmRevert).await;
            confirmed.map_err(|no| (no.reason().to_owned(), no.describe(Lang::En).unwrap().hint))
        };
        assert_eq!(confirm(Some("2026-11-24-a")).await, Ok(()));
        assert_eq!(confirm(Some("lots/2026-11-24-a")).await, Ok(()));
        assert_eq!(confirm(Some("2026-11-24-b")).await.unwrap_err().0, "CONFIRMATION_WRONG");
        let (reason, hint) = confirm(None).await.unwrap_err();
        assert_eq!(reason, "CONFIRMATION_MISSING");
        assert_eq!(hint, "the same command again, with --confirm=2026-11-24-a");
    }

    #[tokio::test]
    async fn people_are_told_of_an_empty_list_and_programs_are_not() {
        for (lang, format, told) in [
            (Lang::En, Format::Table, "nothing matches\n"),
            (Lang::Ja, Format::Table, "該当するものはありません\n"),
            (Lang::En, Format::Csv, ""),
            (Lang::En, Format::Json, ""),
        ] {
            let (mut session, data, talk) = session(lang, format);
            let fetch = async |_, _| Ok((vec![], String::new()));
            session.list(Listing::new("things", &[]), None, fetch).await.unwrap();
            session.printer.flush().unwrap();
            assert_eq!(talk.text(), told);
            assert!(format != Format::Table || data.text().is_empty());
        }
    }
}
