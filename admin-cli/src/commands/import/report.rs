//! What came of one file: gathered while it is imported, then told to people and programs.

use std::path::Path;

use serde_json::{Value, json};
use tokenfleet_proto::v1;

use super::upload::{shown_name, told_name};
use crate::args;
use crate::commands::Session;
use crate::commands::lot::difference::{compared, comparison_sentence, difference_words};
use crate::failure::{Description, Failure, Outcome};
use crate::output::{Column, Format, Listing, Printer, plain};
use crate::shapes::{self, bare, show_lot_state};
use crate::words::{Lang, Say};

/// The columns of what came of files; people get sentences instead, so the titles are never seen.
const IMPORT_COLUMNS: &[Column] = &[
    Column { key: "file", title: Say::HeadFile, show: plain },
    Column { key: "lot", title: Say::HeadLot, show: plain },
    Column { key: "applied", title: Say::HeadOutcome, show: plain },
    Column { key: "rows", title: Say::HeadEvents, show: plain },
    Column { key: "created", title: Say::HeadTokens, show: plain },
    Column { key: "completed", title: Say::HeadTokens, show: plain },
    Column { key: "updated", title: Say::HeadTokens, show: plain },
    Column { key: "unchanged", title: Say::HeadTokens, show: plain },
    Column { key: "conflicts", title: Say::HeadTokens, show: plain },
    Column { key: "refused", title: Say::HeadTokens, show: plain },
    Column { key: "left_out", title: Say::HeadTokens, show: plain },
    Column { key: "expired", title: Say::HeadTokens, show: plain },
    Column { key: "without_vendor", title: Say::HeadTokens, show: plain },
    Column { key: "short_seeds", title: Say::HeadTokens, show: plain },
    Column { key: "not_yet", title: Say::HeadTokens, show: plain },
    Column { key: "start_time", title: Say::HeadTime, show: plain },
    Column { key: "closed", title: Say::HeadState, show: plain },
];

/// The columns of what is wrong with the rows of files.
const PROBLEM_COLUMNS: &[Column] = &[
    Column { key: "file", title: Say::HeadFile, show: plain },
    Column { key: "line", title: Say::HeadLine, show: plain },
    Column { key: "column", title: Say::HeadColumn, show: plain },
    Column { key: "column_name", title: Say::HeadColumnName, show: plain },
    Column { key: "reason", title: Say::HeadRule, show: plain },
    Column { key: "code", title: Say::HeadErrorCode, show: plain },
    Column { key: "message", title: Say::HeadMessage, show: plain },
    Column { key: "hint", title: Say::HeadHint, show: plain },
];

/// The server's words for a file that is not what its box held.
const DELIVERY_DIFFERS: &str = "DELIVERY_DIFFERS";
const DELIVERY_DIFFERS_CODE: &str = "TF-2916";

/// Problems of a file that are told one by one.
pub(in crate::commands) const PROBLEMS_SHOWN: usize = 50;

/// What came of one file.
#[derive(Default)]
pub(super) struct Report {
    pub(super) evidence: Option<v1::SeedFileEvidence>,
    pub(super) problems: Vec<v1::RowProblem>,
    /// Keys that are no OATH tokens'.
    pub(super) left_out: Vec<v1::RowProblem>,
    pub(super) summary: Option<v1::ImportSummary>,
    /// How the file compares with what the box of its lot held.
    pub(super) comparison: Option<v1::DeliveryComparison>,
}

impl Report {
    /// Rows that were not imported; one that is both unreadable and a conflict is one row all the same.
    pub(super) fn refused(&self) -> i64 {
        self.summary.as_ref().map_or(0, |summary| (summary.refused + summary.conflicts).min(summary.rows))
    }

    /// Rows that were, or could be, imported or are there already.
    pub(super) fn good(&self) -> i64 {
        self.summary
            .as_ref()
            .map_or(0, |summary| summary.created + summary.completed + summary.updated + summary.unchanged)
    }

    /// What is wrong with its rows, in the order of their lines, and how it differs from its box.
    fn rows(&self, file: &str, lang: Lang) -> Vec<Value> {
        let mut problems: Vec<_> = self.problems.iter().chain(&self.left_out).collect();
        problems.sort_by_key(|problem| problem.line);
        let row = |problem: &v1::RowProblem| {
            let mut row = shapes::problem(problem);
            row["file"] = json!(file);
            row
        };
        let differences = self.comparison.iter().flat_map(|comparison| &comparison.differences);
        let differences = differences.map(|difference| difference_row(file, difference, lang));
        problems.into_iter().map(row).chain(differences).collect()
    }

    pub(super) fn document(&self, file: &str, failure: Option<&Description>) -> Value {
        let summary = self.summary.as_ref();
        let count = |of: fn(&v1::ImportSummary) -> i64| summary.map(of);
        json!({
            "file": file,
            "lot": summary.map(|summary| summary.lot.as_str()).filter(|lot| !lot.is_empty()),
            "applied": summary.is_some_and(|summary| summary.applied),
            "rows": count(|summary| summary.rows),
            "created": count(|summary| summary.created),
            "completed": count(|summary| summary.completed),
            "updated": count(|summary| summary.updated),
            "unchanged": count(|summary| summary.unchanged),
            "conflicts": count(|summary| summary.conflicts),
            "refused": count(|summary| summary.refused),
            "left_out": count(|summary| summary.left_out),
            "expired": count(|summary| summary.expired),
            "without_vendor": count(|summary| summary.without_vendor),
            "short_seeds": count(|summary| summary.short_seeds),
            "not_yet": count(|summary| summary.not_yet),
            "start_time": summary.map(|summary| shapes::time(summary.start_time.as_ref())),
            "closed": summary.map(|summary| summary.closed),
            "earlier_lot": summary.map(|summary| summary.earlier_lot.as_str()).filter(|lot| !lot.is_empty()),
            "earlier_lot_state": summary.filter(|summary| !summary.earlier_lot.is_empty()).map(shapes::earlier_state),
            "file_sha256": summary.map(|summary| summary.file_sha256.as_str()),
            "plan": summary.map(|summary| summary.plan.as_str()).filter(|plan| !plan.is_empty()),
            "comparison": self.comparison.as_ref().map(compared),
            "evidence": self.evidence.as_ref().map(shapes::evidence),
            "problems": self.problems.iter().chain(&self.left_out).map(shapes::problem).collect::<Vec<_>>(),
            "error": failure.map(|failure| failure.document()["error"].take()),
        })
    }
}

/// A difference between a file and its box, among the rows that are wrong: it stands in no line.
fn difference_row(file: &str, difference: &v1::DeliveryDifference, lang: Lang) -> Value {
    json!({
        "file": file,
        "reason": DELIVERY_DIFFERS,
        "code": DELIVERY_DIFFERS_CODE,
        "message": difference_words(difference, lang),
    })
}

/// What files are listed by: what came of each, or in a sheet of a dry run what is wrong with their rows.
pub(super) fn listing(session: &Session, args: &args::Import) -> Listing {
    if lists_problems(session.printer.format(), args) {
        Listing::new("problems", PROBLEM_COLUMNS)
    } else {
        Listing::new("imports", IMPORT_COLUMNS)
    }
}

fn lists_problems(format: Format, args: &args::Import) -> bool {
    args.dry_run.on && matches!(format, Format::Csv | Format::Xlsx)
}

pub(super) fn report_import(
    session: &mut Session,
    listing: &mut Listing,
    args: &args::Import,
    file: &Path,
    report: &Report,
    failure: Option<&Failure>,
) -> Outcome {
    let name = shown_name(file);
    if lists_problems(session.printer.format(), args) {
        return session.printer.page(listing, report.rows(&name, session.printer.lang));
    }
    if session.printer.format() != Format::Table {
        let failure = failure.and_then(|failure| failure.describe(session.printer.lang));
        return session.printer.page(listing, vec![report.document(&name, failure.as_ref())]);
    }
    let Some(summary) = &report.summary else { return Ok(()) };
    // What was refused as a whole is told as a failure, not as something done.
    if report.refused() > 0 && !summary.applied && !args.keep_going {
        return Ok(());
    }
    let name = told_name(file, session.printer.lang);
    if let Some(comparison) = &report.comparison {
        let lang = session.printer.lang;
        // Where it differs, it came to an end only because that was accepted.
        session.printer.say(&comparison_sentence(comparison, true, lang));
    }
    tell_import(&mut session.printer, &name, summary, report.refused())
}

pub(super) fn tell_import(printer: &mut Printer, file: &str, summary: &v1::ImportSummary, refused: i64) -> Outcome {
    let lang = printer.lang;
    let (created, lot) = (summary.created.to_string(), bare(&summary.lot));
    let places = [("created", created.as_str()), ("lot", lot), ("file", file)];
    let say = match (summary.created, summary.lot.is_empty()) {
        (0, _) => Say::ImportedNothing,
        (_, true) => Say::WouldImport,
        (_, false) if summary.closed => Say::ImportedClosed,
        (_, false) => Say::Imported,
    };
    if summary.created > 0 || summary.completed + summary.updated == 0 {
        printer.done(&say.with(lang, &places))?;
    }
    if summary.completed > 0 {
        let say = if lot.is_empty() { Say::WouldComplete } else { Say::Completed };
        printer.done(&say.with(lang, &[("completed", &summary.completed.to_string()), ("lot", lot)]))?;
    }
    if summary.updated > 0 {
        let say = if summary.applied { Say::Updated } else { Say::WouldUpdate };
        printer.done(&say.with(lang, &[("updated", &summary.updated.to_string()), ("file", file)]))?;
    }
    let (unchanged, refused) = (summary.unchanged.to_string(), refused.to_string());
    let counts = [("created", created.as_str()), ("unchanged", &unchanged), ("refused", &refused)];
    printer.say(&format!("  {}", Say::ImportCounts.with(lang, &counts)));
    tell_remarks(printer, summary);
    if !summary.plan.is_empty() && summary.created + summary.completed + summary.updated > 0 {
        printer.label(Say::Next, &Say::NextPlan.with(lang, &[("plan", &summary.plan)]));
    }
    tell_next(printer, summary);
    // A lot that gave seeds to tokens that are there is not taken out again.
    if !lot.is_empty() && summary.completed == 0 {
        printer.label(Say::Undo, &format!("tokenadm lot revert {lot}"));
    }
    Ok(())
}

/// What the very same file became before, and what settles it where that waits for its proof.
pub(super) fn tell_earlier(printer: &mut Printer, file: &str, report: &Report) {
    let Some(summary) = report.summary.as_ref().filter(|summary| !summary.earlier_lot.is_empty()) else { return };
    let (lang, lot) = (printer.lang, bare(&summary.earlier_lot));
    let state = show_lot_state(&json!(shapes::earlier_state(summary)), lang);
    printer.warn(&Say::ImportedBefore.with(lang, &[("file", file), ("lot", lot), ("state", &state)]));
    if summary.earlier_lot_state() == v1::LotState::Closed {
        printer.label(Say::Next, &Say::NextProve.with(lang, &[("lot", lot)]));
    }
}

/// What is worth knowing of tokens that came in all the same.
fn tell_remarks(printer: &mut Printer, summary: &v1::ImportSummary) {
    let lang = printer.lang;
    if summary.expired > 0 {
        printer.warn(&Say::ImportExpired.with(lang, &[("expired", &summary.expired.to_string())]));
    }
    if summary.not_yet > 0 {
        let date = shapes::show_date(&shapes::time(summary.start_time.as_ref()));
        let tokens = summary.not_yet.to_string();
        printer.warn(&Say::ImportNotYet.with(lang, &[("tokens", &tokens), ("date", &date)]));
    }
    if summary.short_seeds > 0 {
        printer.warn(&Say::ImportShortSeeds.with(lang, &[("tokens", &summary.short_seeds.to_string())]));
    }
    if summary.without_vendor > 0 {
        let say = if summary.lot.is_empty() { Say::WouldImportWithoutVendor } else { Say::ImportedWithoutVendor };
        printer.warn(&say.with(lang, &[("tokens", &summary.without_vendor.to_string())]));
    }
}

/// A lot that reads both ways is proven first; of any other, one token may be.
fn tell_next(printer: &mut Printer, summary: &v1::ImportSummary) {
    let (lang, places) = (printer.lang, [("lot", bare(&summary.lot))]);
    match (summary.lot.is_empty(), summary.closed) {
        // Nothing of a file that is known already would be closed.
        (true, true) if summary.created + summary.completed > 0 => printer.warn(Say::WouldBeClosed.plain(lang)),
        (false, true) => printer.label(Say::Next, &Say::NextProve.with(lang, &places)),
        (false, false) if summary.created > 0 => {
            printer.label(Say::Next, Say::NextAssign.plain(lang));
            printer.label(Say::CheckOne, &Say::CheckLot.with(lang, &places));
        }
        (true, true) | (_, false) => {}
    }
}

pub(super) fn tell_evidence(printer: &mut Printer, file: &str, evidence: &v1::SeedFileEvidence) {
    let lang = printer.lang;
    let encoding = shapes::secret_encoding(evidence).replace("base", "Base");
    let secrets = match evidence.secret_encoding_reason.as_str() {
        "" => encoding,
        why => Say::SecretsBecause.with(lang, &[("encoding", &encoding), ("why", why)]),
    };
    let places = [
        ("file", file),
        ("format", &evidence.format.to_uppercase()),
        ("encoding", in_words(&evidence.text_encoding, lang)),
        ("columns", &evidence.columns.to_string()),
        ("layout", in_words(&evidence.layout, lang)),
        ("secrets", &secrets),
    ];
    let say = match (evidence.columns, evidence.text_encoding.is_empty()) {
        (1.., false) => Say::Reading,
        (1.., true) => Say::ReadingTable,
        (_, false) => Say::ReadingText,
        (_, true) => Say::ReadingBytes,
    };
    printer.say(&say.with(lang, &places));
    if !evidence.part.is_empty() {
        printer.say(&format!("  {}", Say::ReadingPart.with(lang, &[("part", &evidence.part)])));
    }
    if !evidence.passed_over.is_empty() {
        let parts = evidence.passed_over.join(Say::Comma.plain(lang));
        printer.say(&format!("  {}", Say::PartsPassedOver.with(lang, &[("parts", &parts)])));
    }
    if let Some(protection) = &evidence.protection {
        printer.say(&format!("  {}", protection_words(protection, lang)));
    }
    if !evidence.ignored_columns.is_empty() {
        let columns = evidence.ignored_columns.join(Say::Comma.plain(lang));
        printer.warn(&Say::ColumnsIgnored.with(lang, &[("columns", &columns)]));
    }
}

/// How the secrets of a file are encrypted, as a sentence.
fn protection_words(protection: &v1::SeedFileProtection, lang: Lang) -> String {
    let rounds = protection.pbkdf2_iterations.to_string();
    let opened = match (protection.opens(), protection.pbkdf2_iterations) {
        (v1::FileLock::Passphrase, 1..) => Say::OpenedByRounds.with(lang, &[("rounds", &rounds)]),
        (v1::FileLock::Passphrase, _) => Say::OpenedByPassphrase.plain(lang).to_owned(),
        (v1::FileLock::Key | v1::FileLock::Unspecified, _) => Say::OpenedByKey.plain(lang).to_owned(),
    };
    let say = if protection.mac.is_empty() { Say::Encrypted } else { Say::EncryptedWithMac };
    say.with(lang, &[("cipher", &protection.cipher), ("opened", &opened), ("mac", &protection.mac)])
}

/// What the server calls a layout or an encoding, where that is no name but words.
fn in_words(name: &str, lang: Lang) -> &str {
    match name {
        "header" => Say::LayoutOfHeader.plain(lang),
        "column map" => Say::LayoutOfMap.plain(lang),
        "Entra without header" => Say::LayoutEntraRows.plain(lang),
        "UTF-8 with BOM" => Say::TextWithMark.plain(lang),
        name => name,
    }
}

/// The problems of a file, but not so many that they drive everything else off the screen.
pub(super) fn tell_problems(printer: &mut Printer, file: &str, problems: &[v1::RowProblem]) {
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        tell_problem(printer, file, problem);
    }
    tell_more(printer, problems.len(), None);
}

/// How many problems were not told one by one, and where they are.
pub(in crate::commands) fn tell_more(printer: &mut Printer, problems: usize, list: Option<&Path>) {
    let more = problems.saturating_sub(PROBLEMS_SHOWN).to_string();
    if problems > PROBLEMS_SHOWN {
        let text = match list {
            None => Say::MoreProblems.with(printer.lang, &[("more", &more)]),
            Some(list) => Say::MoreInList.with(printer.lang, &[("more", &more), ("list", &list.display().to_string())]),
        };
        printer.warn(&text);
    }
}

/// The keys that are no OATH tokens', one line for each sort of them.
pub(super) fn tell_left_out(printer: &mut Printer, file: &str, keys: &[v1::RowProblem]) {
    let mut sorts: Vec<(&v1::RowProblem, usize)> = Vec::new();
    for key in keys {
        match sorts.iter().position(|(first, _)| first.message == key.message) {
            Some(sort) => sorts[sort].1 += 1,
            // A file may have keys of as many sorts as it likes.
            None if sorts.len() == PROBLEMS_SHOWN => {}
            None => sorts.push((key, 1)),
        }
    }
    for (first, count) in sorts {
        let place = spot(printer.lang, file, first);
        let count = count.to_string();
        let text = Say::LeftOut.with(printer.lang, &[("keys", &count), ("place", &place), ("message", &first.message)]);
        printer.warn(&format!("{text}   [{}]", first.code));
    }
}

/// What keeps a key that can be read from being imported.
pub(in crate::commands) fn tell_warning(printer: &mut Printer, file: &str, warning: &v1::RowProblem) {
    let text = format!("{} {}   [{}]", place(printer.lang, file, warning), warning.message, warning.code);
    printer.warn(&text);
}

pub(in crate::commands) fn tell_problem(printer: &mut Printer, file: &str, problem: &v1::RowProblem) {
    let place = place(printer.lang, file, problem);
    printer.refused_row(&place, &problem.message, &problem.code, &problem.hint);
}

/// Where a problem stands, with a colon behind it.
fn place(lang: Lang, file: &str, problem: &v1::RowProblem) -> String {
    format!("{}{}", spot(lang, file, problem), Say::LabelSeparator.plain(lang)).trim_end().to_owned()
}

/// Where a problem stands.
fn spot(lang: Lang, file: &str, problem: &v1::RowProblem) -> String {
    let say = match (problem.column, problem.column_name.is_empty()) {
        (..=0, _) => Say::AtLine,
        (_, true) => Say::AtColumn,
        (_, false) => Say::AtNamedColumn,
    };
    let (line, column) = (problem.line.to_string(), problem.column.to_string());
    let places = [("file", file), ("line", &line), ("column", &column), ("name", &problem.column_name)];
    say.with(lang, &places)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io;

    use super::super::tests::arguments;
    use super::super::upload::unreadable;
    use super::*;
    use crate::commands::tests::session;

    pub(crate) fn problem() -> v1::RowProblem {
        v1::RowProblem {
            line: 17,
            column: 3,
            column_name: "secret key".to_owned(),
            code: "TF-1204".to_owned(),
            reason: "IMPORT_ROW_INVALID".to_owned(),
            message: "39 hex digits; a seed has an even number of them".to_owned(),
            hint: "ask the vendor for this row again".to_owned(),
            rejected_lines: Vec::new(),
        }
    }

    fn summary() -> v1::ImportSummary {
        v1::ImportSummary {
            lot: "lots/2026-11-24-a".to_owned(),
            rows: 500,
            created: 498,
            unchanged: 2,
            applied: true,
            ..v1::ImportSummary::default()
        }
    }

    pub(crate) fn refused_summary() -> v1::ImportSummary {
        v1::ImportSummary { lot: String::new(), refused: 1, conflicts: 1, unchanged: 0, applied: false, ..summary() }
    }

    #[test]
    fn an_import_says_what_came_in_and_how_to_undo_it() {
        let (mut session, data, talk) = session(Lang::En, Format::Table);
        tell_import(&mut session.printer, "seeds.csv", &summary(), 0).unwrap();
        session.printer.flush().unwrap();
        assert_eq!(data.text(), "✓ 498 tokens in stock, lot 2026-11-24-a\n");
        assert_eq!(
            talk.text(),
            "  498 new · 2 unchanged (same serial, same seed) · 0 refused\n\
             Next: tokenadm assign <serial> <user-id>\n\
             Check: tokenadm lot prove 2026-11-24-a <serial> <code>, with one token in hand\nUndo: tokenadm lot revert 2026-11-24-a\n"
        );
    }

    #[test]
    fn what_a_file_was_taken_for_is_told_with_its_part_and_how_it_is_encrypted() {
        let told = |evidence: v1::SeedFileEvidence| {
            let (mut session, _, talk) = session(Lang::En, Format::Table);
            tell_evidence(&mut session.printer, "seeds.zip", &evidence);
            talk.text()
        };
        let pskc = v1::SeedFileEvidence {
            format: "pskc-xml".to_owned(),
            layout: "PSKC".to_owned(),
            text_encoding: "UTF-8".to_owned(),
            secret_encoding: v1::SecretEncoding::Base64.into(),
            part: "april/seeds.xml".to_owned(),
            passed_over: vec!["README.txt".to_owned()],
            protection: Some(v1::SeedFileProtection {
                cipher: "AES-128-CBC".to_owned(),
                opens: v1::FileLock::Passphrase.into(),
                mac: "HMAC-SHA1".to_owned(),
                pbkdf2_iterations: 1000,
            }),
            ..v1::SeedFileEvidence::default()
        };
        assert_eq!(
            told(pskc.clone()),
            "Reading seeds.zip: PSKC, UTF-8 (secrets: Base64)\n  of it: april/seeds.xml\n  not read: README.txt\n  \
             encrypted with AES-128-CBC, opened by a passphrase (PBKDF2, 1000 rounds); integrity codes: HMAC-SHA1\n"
        );
        let ignored_columns = vec!["Battery".to_owned(), "箱".to_owned()];
        let list = v1::SeedFileEvidence { ignored_columns, ..v1::SeedFileEvidence::default() };
        let told_list = told(list);
        assert!(told_list.ends_with("! columns that were not read: Battery, 箱\n"), "{told_list}");
        let wrapped = v1::SeedFileProtection {
            cipher: "AES-128 key wrap".to_owned(),
            opens: v1::FileLock::Key.into(),
            ..v1::SeedFileProtection::default()
        };
        let told = told(v1::SeedFileEvidence { protection: Some(wrapped), ..pskc });
        assert!(told.ends_with("  encrypted with AES-128 key wrap, opened by a key that was agreed on\n"), "{told}");
    }

    #[test]
    fn a_refused_row_is_told_by_line_column_and_code() {
        let (mut session, _, talk) = session(Lang::En, Format::Table);
        tell_problem(&mut session.printer, "seeds.csv", &problem());
        assert_eq!(
            talk.text(),
            "error: seeds.csv line 17, column 3 (secret key): 39 hex digits; a seed has an even number of them   [TF-1204]\n\
             hint: ask the vendor for this row again\n"
        );
        tell_problem(&mut session.printer, "seeds.csv", &v1::RowProblem { column: 0, ..problem() });
        assert!(talk.text().contains("error: seeds.csv line 17: 39 hex"), "{}", talk.text());
    }

    #[test]
    fn tokens_without_a_vendor_are_told_with_the_option_that_names_one() {
        let told = |lot: &str, without_vendor| {
            let (mut session, _, talk) = session(Lang::En, Format::Table);
            let summary = v1::ImportSummary { lot: lot.to_owned(), without_vendor, ..summary() };
            tell_import(&mut session.printer, "seeds.csv", &summary, 0).unwrap();
            talk.text()
        };
        let imported = told("lots/2026-11-24-a", 3);
        assert!(
            imported.contains(
                "! 3 tokens have no vendor (the file names none, or none in letters a-z); --vendor NAME names one: undo"
            ),
            "{imported}"
        );
        assert!(imported.ends_with("Undo: tokenadm lot revert 2026-11-24-a\n"), "{imported}");
        assert!(told("", 1).ends_with("(the file names none, or none in letters a-z); --vendor NAME names one\n"));
        assert!(!told("lots/2026-11-24-a", 0).contains("no vendor"));
    }

    #[test]
    fn a_file_that_is_refused_is_not_told_as_done() {
        for (line, told) in [("tokenadm import seeds.csv", false), ("tokenadm import seeds.csv --keep-going", true)] {
            let (mut session, data, _) = session(Lang::En, Format::Table);
            let summary = v1::ImportSummary { created: 0, ..refused_summary() };
            let report = Report { summary: Some(summary), ..Report::default() };
            let mut listing = Listing::new("imports", IMPORT_COLUMNS);
            report_import(&mut session, &mut listing, &arguments(line), Path::new("seeds.csv"), &report, None).unwrap();
            session.printer.flush().unwrap();
            assert_eq!(data.text().contains('✓'), told, "{line}: {}", data.text());
        }
    }

    #[test]
    fn what_came_of_a_file_has_the_shape_of_the_contract() {
        let report = Report { summary: Some(summary()), problems: vec![problem()], ..Report::default() };
        let document = report.document("seeds.csv", None);
        assert_eq!(document["lot"], "lots/2026-11-24-a");
        assert_eq!((&document["created"], &document["applied"]), (&json!(498), &json!(true)));
        assert_eq!(document["problems"][0]["code"], "TF-1204");
        assert_eq!((&document["without_vendor"], &document["error"]), (&json!(0), &Value::Null));
        let unreadable = unreadable("seeds.csv", &io::Error::from(io::ErrorKind::NotFound)).describe(Lang::En);
        let nothing = Report::default().document("seeds.csv", unreadable.as_ref());
        assert_eq!(nothing["error"]["code"], "TF-9004");
        assert_eq!(
            (&nothing["lot"], &nothing["rows"], &nothing["applied"]),
            (&Value::Null, &Value::Null, &json!(false))
        );
    }
}
