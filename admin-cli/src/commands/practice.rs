//! Practice: `practice new` makes a made-up vendor file and its devices, `practice code` shows what one displays.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Map, json};

use super::{Session, new_folder};
use crate::args::{OtpType, Practice, PracticeCode, PracticeNew};
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::output::{Answer, Column, Format, plain};
use crate::practice::device::{self, Device, Movement};
use crate::practice::vendor_file::{self, Habits};
use crate::surroundings::Entropy;
use crate::words::{Complaint, Say};

const CODE_COLUMNS: &[Column] = &[
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "code", title: Say::HeadCode, show: plain },
];

/// The made-up vendor file inside a practice folder.
const VENDOR_FILE: &str = "seeds.csv";

/// `practice`.
pub(crate) fn run(session: &mut Session, args: Practice) -> Outcome {
    match args {
        Practice::New(args) => make(session, &args),
        Practice::Code(args) => show_code(session, &args),
    }
}

fn make(session: &mut Session, args: &PracticeNew) -> Outcome {
    let habits = vendor_file::habits(args.vendor);
    refuse_what_can_not_be_said(args, &habits)?;
    let devices = make_up(args, &habits, session.world.entropy.as_ref())?;
    new_folder(&args.out)?;
    write_set(args, &devices)?;
    tell_made(session, &args.out, &habits, &devices)
}

fn show_code(session: &mut Session, args: &PracticeCode) -> Outcome {
    let mut device = Device::read(&args.dir, &args.serial)?;
    let at = args.at.as_deref().map(read_time).transpose()?;
    let ahead = match device.movement() {
        Movement::Clock { .. } => u64::from(args.next),
        Movement::Button { .. } if at.is_some() => return Err(clock_only("--at")),
        Movement::Button { .. } => {
            if args.next {
                device.press();
                device.write_again(&args.dir)?;
            }
            0
        }
    };
    let display = device.display(at.unwrap_or_else(|| session.world.clock.now()), ahead);
    match session.printer.format() {
        Format::Table | Format::Csv | Format::Name => session.printer.data_line(&display.code),
        Format::Xlsx | Format::Svg => {
            session.printer.card("practice", CODE_COLUMNS, &json!({"serial": device.serial(), "code": display.code}))
        }
        Format::Json | Format::Jsonl => session.printer.document(Map::from_iter([
            ("serial".to_owned(), json!(device.serial())),
            ("code".to_owned(), json!(display.code)),
            ("moving_factor".to_owned(), json!(display.moving_factor)),
            ("seconds_left".to_owned(), json!(display.seconds_left)),
        ])),
    }
}

fn refuse_what_can_not_be_said(args: &PracticeNew, habits: &Habits) -> Outcome {
    let vendor = clap::ValueEnum::to_possible_value(&args.vendor).map(|value| value.get_name().to_owned());
    let limit = |option: &str| {
        Err(Failure::with(
            Complaint::LayoutLimits,
            [("vendor", vendor.as_deref().unwrap_or_default()), ("option", option)],
        ))
    };
    let button = args.otp == OtpType::Hotp;
    match () {
        () if button && !habits.says_profile => limit("--type hotp"),
        () if args.digits != 6 && !habits.says_profile => limit(&format!("--digits {}", args.digits)),
        () if button && args.period.is_some() => Err(clock_only("--period")),
        () if button && !args.drift.is_empty() => Err(clock_only("--drift")),
        () => match args.drift.iter().find(|drift| drift.nth.is_some_and(|nth| nth.get() > args.tokens)) {
            Some(drift) => Err(Failure::with(
                Complaint::DriftOfNobody,
                [("drift", &drift.to_string()), ("count", &args.tokens.to_string())],
            )),
            None => Ok(()),
        },
    }
}

fn clock_only(option: &str) -> Failure {
    Failure::with(Complaint::ClockOnly, [("option", option)])
}

fn make_up(args: &PracticeNew, habits: &Habits, entropy: &dyn Entropy) -> Outcome<Vec<Device>> {
    let first = first_serial(args.tokens, habits, entropy)?;
    (1..=args.tokens)
        .zip(first..)
        .map(|(nth, number)| {
            let width = habits.serial_digits as usize;
            let serial = format!("{}{number:0width$}", habits.serial_prefix);
            Device::make_up(serial, args.digits, movement(args, habits, nth), entropy)
        })
        .collect()
}

/// Where the serials of this set begin: anywhere, so that two sets hardly ever meet.
fn first_serial(tokens: u32, habits: &Habits, entropy: &dyn Entropy) -> Outcome<u64> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes) % (10_u64.pow(habits.serial_digits) - u64::from(tokens)))
}

fn movement(args: &PracticeNew, habits: &Habits, nth: u32) -> Movement {
    match args.otp {
        OtpType::Hotp => Movement::Button { counter: 0 },
        OtpType::Totp => {
            // What is said of one token counts more than what is said of all; the last word counts.
            let said = |wanted: Option<u32>| {
                args.drift.iter().rev().find(|drift| drift.nth.map(std::num::NonZeroU32::get) == wanted)
            };
            let drift_seconds = said(Some(nth)).or_else(|| said(None)).map_or(0, |drift| drift.seconds);
            Movement::Clock { period: args.period.unwrap_or(habits.period), drift_seconds }
        }
    }
}

fn write_set(args: &PracticeNew, devices: &[Device]) -> Outcome {
    let folder = args.out.join(device::FOLDER);
    os::create_private_folder(&folder).map_err(|error| Failure::unwritten(&folder, &error))?;
    devices.iter().try_for_each(|device| device.write_new(&args.out))?;
    let file = args.out.join(VENDOR_FILE);
    os::write_private(&file, vendor_file::text(args.vendor, devices).as_bytes())
        .map_err(|error| Failure::unwritten(&file, &error))
}

fn tell_made(session: &mut Session, folder: &Path, habits: &Habits, devices: &[Device]) -> Outcome {
    let lang = session.printer.lang;
    let file = folder.join(VENDOR_FILE).display().to_string();
    let folder = folder.display().to_string();
    if session.printer.format() == Format::Name {
        return devices.iter().try_for_each(|device| session.printer.data_line(device.serial()));
    }
    let tokens: Vec<_> = devices
        .iter()
        .map(|device| match device.movement() {
            Movement::Clock { drift_seconds, .. } => json!({"serial": device.serial(), "drift_seconds": drift_seconds}),
            Movement::Button { .. } => json!({"serial": device.serial()}),
        })
        .collect();
    session.printer.answer(&Answer {
        sentence: Say::PracticeMade.with(lang, &[("count", &devices.len().to_string()), ("folder", &folder)]),
        noun: "practice",
        record: json!({"folder": folder, "file": file, "tokens": tokens}),
        columns: &[],
        beside: Vec::new(),
    })?;
    let next = if habits.names_vendor { Say::NextImport } else { Say::NextImportAsPractice };
    session.printer.label(Say::Next, &next.with(lang, &[("file", &os::typed(Path::new(&file)))]));
    if let Some(first) = devices.first() {
        let folder = os::typed(Path::new(&folder));
        let places = [("serial", first.serial()), ("folder", folder.as_str())];
        session.printer.label(Say::Next, &Say::NextPracticeCode.with(lang, &places));
    }
    Ok(())
}

fn read_time(text: &str) -> Outcome<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_invalid| Failure::plain(Complaint::TimeUnreadable))?;
    Ok(time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use clap::Parser;
    use serde_json::Value;

    use super::*;
    use crate::args::{Cli, Command};
    use crate::commands::tests::session;
    use crate::words::Lang;

    fn run_line(line: &str, format: Format) -> Result<String, String> {
        let (mut session, data, _) = session(Lang::En, format);
        let Command::Practice(args) = Cli::parse_from(line.split(' ')).command else { panic!("{line}") };
        run(&mut session, args).map_err(|failure| failure.reason().to_owned())?;
        session.printer.flush().map_err(|failure| failure.reason().to_owned())?;
        Ok(data.text())
    }

    fn made(options: &str) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("tokenadm practice new --out {}{options}", folder.path().display());
        let serials = run_line(&line, Format::Name).unwrap();
        (folder, serials.lines().map(str::to_owned).collect())
    }

    fn code(folder: &tempfile::TempDir, serial: &str, options: &str) -> Result<String, String> {
        run_line(&format!("tokenadm practice code {serial} --dir {}{options}", folder.path().display()), Format::Table)
    }

    #[test]
    fn a_set_has_a_vendor_file_and_a_device_for_every_row() {
        let (folder, serials) = made(" --tokens 3 --vendor feitian");
        let file = fs::read_to_string(folder.path().join("seeds.csv")).unwrap();
        assert_eq!(file.lines().count(), 4);
        for serial in &serials {
            assert_eq!(serial.len(), 13);
            assert!(file.contains(serial));
            assert_eq!(code(&folder, serial, "").unwrap().trim().len(), 6);
        }
        assert_eq!(serials.iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn a_drift_is_for_the_token_it_names_and_else_for_all() {
        let (folder, serials) = made(" --tokens 3 --drift 5 --drift -310@2");
        let drift = |serial: &str| {
            let text = fs::read_to_string(folder.path().join("devices").join(format!("{serial}.json"))).unwrap();
            serde_json::from_str::<Value>(&text).unwrap()["drift_seconds"].as_i64().unwrap()
        };
        assert_eq!(serials.iter().map(|serial| drift(serial)).collect::<Vec<_>>(), [5, -310, 5]);
    }

    #[test]
    fn the_next_code_of_a_clock_is_that_of_the_next_period() {
        let (folder, serials) = made(" --tokens 1 --period 60");
        let next = code(&folder, &serials[0], " --at 2026-11-24T09:00:10Z --next").unwrap();
        assert_eq!(next, code(&folder, &serials[0], " --at 2026-11-24T18:01:10+09:00").unwrap());
        assert_ne!(next, code(&folder, &serials[0], " --at 2026-11-24T09:00:10Z").unwrap());
        assert_eq!(code(&folder, &serials[0], " --at yesterday"), Err("TIME_UNREADABLE".to_owned()));
    }

    #[test]
    fn the_button_moves_with_next_only_and_stays_moved() {
        let (folder, serials) = made(" --tokens 1 --vendor oath-csv --type hotp --digits 8");
        let first = code(&folder, &serials[0], "").unwrap();
        assert_eq!(first, code(&folder, &serials[0], "").unwrap());
        let second = code(&folder, &serials[0], " --next").unwrap();
        assert_ne!(first, second);
        assert_eq!(second, code(&folder, &serials[0], "").unwrap());
        assert_eq!(second.trim().len(), 8);
    }

    #[test]
    fn a_file_that_names_no_vendor_is_imported_with_one() {
        for (options, is_named) in [("", false), (" --vendor oath-csv", true)] {
            let folder = tempfile::tempdir().unwrap();
            let (mut session, _, talk) = session(Lang::En, Format::Table);
            let line = format!("tokenadm practice new --tokens 1 --out {}{options}", folder.path().display());
            let Command::Practice(args) = Cli::parse_from(line.split(' ')).command else { panic!("{line}") };
            run(&mut session, args).unwrap();
            assert_eq!(talk.text().contains("seeds.csv --vendor practice\n"), is_named, "{}", talk.text());
        }
    }

    #[test]
    fn what_a_layout_can_not_say_is_refused() {
        let refused = |options: &str| {
            let folder = tempfile::tempdir().unwrap();
            let out = folder.path().join("new");
            let line = format!("tokenadm practice new --tokens 2 --out {}{options}", out.display());
            let reason = run_line(&line, Format::Table).unwrap_err();
            assert!(!out.exists(), "{options}");
            reason
        };
        assert_eq!(refused(" --vendor token2 --type hotp"), "LAYOUT_LIMITS");
        assert_eq!(refused(" --digits 8"), "LAYOUT_LIMITS");
        assert_eq!(refused(" --vendor oath-csv --type hotp --drift 1"), "CLOCK_ONLY");
        assert_eq!(refused(" --drift 1@3"), "DRIFT_OF_NOBODY");
    }

    #[test]
    fn a_set_is_never_written_over() {
        let (folder, _) = made(" --tokens 1");
        let line = format!("tokenadm practice new --tokens 1 --out {}", folder.path().display());
        assert_eq!(run_line(&line, Format::Table), Err("FOLDER_IN_USE".to_owned()));
    }
}
