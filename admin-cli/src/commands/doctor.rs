//! `doctor`: looks at all it takes to work here and at the server, and says of each thing how it is and how to mend it.
//!
//! Guarantee: it changes nothing and works without a server; what can't be looked at is not claimed.

use chrono::{DateTime, Duration, Utc};
use prost_types::Timestamp;
use serde_json::{Value, json};
use tokenfleet_proto::v1;
use tokenfleet_proto::v1::operator_service_client::OperatorServiceClient;
use tokenfleet_proto::v1::report_service_client::ReportServiceClient;
use tokenfleet_proto::v1::system_service_client::SystemServiceClient;

use super::Session;
use crate::client::Client;
use crate::config::Profile;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::output::{Column, Format, Listing, pad, plain};
use crate::shapes::{self, bare, roles_text, show_time};
use crate::words::{Complaint, Lang, Place, Say};

/// A certificate that ends sooner than this is worth a warning.
const CERTIFICATE_DAYS: i64 = 30;
/// Clocks that differ by more than this are worth a warning.
const CLOCK_WARN_SECONDS: i64 = 5;
/// Clocks that differ by more than this make fresh certificates and countdowns wrong.
const CLOCK_FAIL_SECONDS: i64 = 60;

const COLUMNS: &[Column] = &[
    Column { key: "check", title: Say::HeadName, show: plain },
    Column { key: "state", title: Say::HeadState, show: show_health },
    Column { key: "message", title: Say::HeadOutcome, show: plain },
    Column { key: "cure", title: Say::Hint, show: plain },
];

/// How a certificate is told.
struct CertificateWords {
    check: &'static str,
    good: Say,
    ended: Say,
    cure_before: Say,
    cure_after: Say,
}

const YOURS: CertificateWords = CertificateWords {
    check: "certificate",
    good: Say::YourCertificate,
    ended: Say::YourCertificateEnded,
    cure_before: Say::RenewCertificate,
    cure_after: Say::ReplaceCertificate,
};

const SERVERS: CertificateWords = CertificateWords {
    check: "server_certificate",
    good: Say::ServersCertificate,
    ended: Say::ServersCertificateEnded,
    cure_before: Say::RenewServersCertificate,
    cure_after: Say::RenewServersCertificate,
};

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    Doubtful,
    Bad,
}

impl Health {
    fn key(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Doubtful => "warn",
            Self::Bad => "fail",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        [Self::Good, Self::Doubtful, Self::Bad].into_iter().find(|health| health.key() == key)
    }

    fn word(self) -> Say {
        match self {
            Self::Good => Say::CheckGood,
            Self::Doubtful => Say::CheckDoubtful,
            Self::Bad => Say::CheckBad,
        }
    }
}

/// What was found about one thing; the cure is empty where there is nothing to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    check: &'static str,
    health: Health,
    message: String,
    cure: String,
}

/// `doctor`.
pub(crate) async fn doctor(session: &mut Session) -> Outcome {
    let findings = examine(session).await;
    tell(session, &findings)
}

async fn examine(session: &Session) -> Vec<Finding> {
    let examiner = Examiner { lang: session.printer.lang };
    let profile = match Profile::find(session.global.config.as_deref()) {
        Ok(profile) => profile,
        Err(failure) => return vec![examiner.failed("profile", &failure)],
    };
    let mut findings = examiner.look_here(&profile, session.world.clock.now());
    match Client::connect(&profile, examiner.lang, session.global.call_deadline()).await {
        Ok(client) => findings.extend(examiner.look_there(session, &client).await),
        Err(failure) => findings.push(examiner.failed("server", &failure)),
    }
    findings
}

fn tell(session: &mut Session, findings: &[Finding]) -> Outcome {
    let printer = &mut session.printer;
    if printer.format() == Format::Table {
        findings.iter().try_for_each(|finding| printer.data_line(&line(finding, printer.lang)))?;
    } else {
        let mut listing = Listing::new("checks", COLUMNS);
        printer.page(&mut listing, findings.iter().map(record).collect())?;
        printer.finish_list(listing)?;
    }
    match findings.iter().filter(|finding| finding.health == Health::Bad).count() {
        0 => Ok(()),
        bad => Err(Failure::with(Complaint::Unwell, [("bad", &bad.to_string())])),
    }
}

/// How a thing is, for people.
fn show_health(value: &Value, lang: Lang) -> String {
    let health = value.as_str().and_then(Health::of_key);
    health.map_or("", |health| health.word().plain(lang)).to_owned()
}

fn line(finding: &Finding, lang: Lang) -> String {
    let words = [Say::CheckGood, Say::CheckDoubtful, Say::CheckBad].map(|say| say.plain(lang));
    let width = words.into_iter().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0);
    let mut line = format!("{}  {}", pad(finding.health.word().plain(lang), width), finding.message);
    if !finding.cure.is_empty() {
        line.push_str(" → ");
        line.push_str(&finding.cure);
    }
    crate::output::clean(&line).into_owned()
}

fn record(finding: &Finding) -> Value {
    json!({
        "check": finding.check,
        "state": finding.health.key(),
        "message": finding.message,
        "cure": (!finding.cure.is_empty()).then_some(&finding.cure),
    })
}

/// Words findings in a language.
struct Examiner {
    lang: Lang,
}

impl Examiner {
    fn look_here(&self, profile: &Profile, now: DateTime<Utc>) -> Vec<Finding> {
        let path = profile.path.display().to_string();
        let key = profile.key.path.display().to_string();
        let key = if os::is_open_to_others(&profile.key.path) {
            self.doubtful("key", (Say::KeyIsOpen, &[("path", &key)]), (Say::CloseKey, &[("path", &key)]))
        } else {
            self.good("key", (Say::KeyIsPrivate, &[("path", &key)]))
        };
        let certificate = match profile.certificate.expire_time() {
            Some(end) => self.certificate(&YOURS, end, now),
            None => self.failed("certificate", &profile.certificate.complaint(Complaint::CertificateUnreadable)),
        };
        vec![self.good("profile", (Say::ProfileFound, &[("path", &path)])), key, certificate]
    }

    async fn look_there(&self, session: &Session, client: &Client) -> Vec<Finding> {
        let asked = session.world.clock.now();
        let server = client.ask(v1::GetServerInfoRequest {}, async |channel, request| {
            SystemServiceClient::new(channel).get_server_info(request).await
        });
        let server = match server.await {
            Ok(server) => server,
            Err(failure) => return vec![self.failed("server", &failure)],
        };
        let answered = session.world.clock.now();
        let mut findings = vec![self.good("server", (Say::ServerAnswers, &[("server", client.server())]))];
        findings.push(self.version(env!("CARGO_PKG_VERSION"), &server.version));
        findings.extend(moment(server.server_time.as_ref()).map(|there| self.clock(asked, answered, there)));
        findings.push(self.roles(client).await);
        findings.extend(self.status(client, answered).await);
        findings.extend(self.directory(client).await);
        findings.extend(self.fleet_clock(client).await);
        findings
    }

    async fn roles(&self, client: &Client) -> Finding {
        let me = client.ask(v1::GetCurrentOperatorRequest {}, async |channel, request| {
            OperatorServiceClient::new(channel).get_current_operator(request).await
        });
        match me.await.map(|answer| answer.operator.unwrap_or_default()) {
            Ok(me) => {
                let roles = roles_text(&me, self.lang);
                let places = [("name", bare(&me.name)), ("roles", &roles)];
                self.good("roles", (Say::SignedInAs, &places))
            }
            Err(failure) => self.failed("roles", &failure),
        }
    }

    /// How the server is; nothing where one may not ask.
    async fn status(&self, client: &Client, now: DateTime<Utc>) -> Vec<Finding> {
        let status = client.ask(v1::GetStatusRequest {}, async |channel, request| {
            SystemServiceClient::new(channel).get_status(request).await
        });
        match status.await {
            Ok(status) => self.server_state(&status, now),
            Err(failure) if failure.reason() == "ROLE_MISSING" => Vec::new(),
            Err(failure) => vec![self.failed("status", &failure)],
        }
    }

    /// How the last refresh of the directory went; nothing where it is not refreshed, was not yet, or one may not ask.
    async fn directory(&self, client: &Client) -> Option<Finding> {
        let status = super::directory::ask_status(client).await.ok()?;
        let last = status.last_refresh?;
        if last.code.is_empty() {
            let time = show_time(&shapes::time(last.refresh_time.as_ref()), self.lang);
            return Some(
                self.good("directory", (Say::DirectoryIsFresh, &[("source", &status.source), ("time", &time)])),
            );
        }
        let message = format!("{} [{}]", last.message, last.code);
        Some(Finding { check: "directory", health: Health::Doubtful, message, cure: last.hint })
    }

    /// Whether the clocks of many tokens moved together of late, as they do when the server's own is wrong; nothing where
    /// they did not, or one may not ask.
    async fn fleet_clock(&self, client: &Client) -> Option<Finding> {
        let request = v1::RunReportRequest { report: v1::Report::FleetClock.into(), ..v1::RunReportRequest::default() };
        let report = client
            .ask(request, async |channel, request| ReportServiceClient::new(channel).run_report(request).await)
            .await
            .ok()?;
        let day = super::report::suspect_day(&report)?;
        Some(self.doubtful("fleet_clock", (Say::FleetMoved, &[("day", &day)]), (Say::LookAtFleetClock, &[])))
    }

    fn server_state(&self, status: &v1::GetStatusResponse, now: DateTime<Utc>) -> Vec<Finding> {
        let end = moment(status.certificate_expire_time.as_ref());
        let certificate = end.map(|end| self.certificate(&SERVERS, end, now));
        let clock = if status.clock_trusted {
            self.good("server_clock", (Say::ClockIsTrusted, &[]))
        } else {
            self.bad("server_clock", (Say::ClockIsNotTrusted, &[]), (Say::WaitForClock, &[]))
        };
        let rows = status.integrity_holds.to_string();
        let integrity = if status.integrity_holds == 0 {
            self.good("integrity", (Say::RowsAreWhole, &[]))
        } else {
            self.bad("integrity", (Say::RowsAreDamaged, &[("rows", &rows)]), (Say::LookAtDamage, &[]))
        };
        certificate.into_iter().chain([clock, integrity]).collect()
    }

    fn certificate(&self, words: &CertificateWords, end: DateTime<Utc>, now: DateTime<Utc>) -> Finding {
        let time = show_time(&shapes::utc(end), self.lang);
        let places = [("time", time.as_str())];
        if end <= now {
            self.bad(words.check, (words.ended, &places), (words.cure_after, &[]))
        } else if end - now < Duration::days(CERTIFICATE_DAYS) {
            self.doubtful(words.check, (words.good, &places), (words.cure_before, &[]))
        } else {
            self.good(words.check, (words.good, &places))
        }
    }

    /// The server read its clock at some moment between question and answer; nothing is claimed within that.
    fn clock(&self, asked: DateTime<Utc>, answered: DateTime<Utc>, there: DateTime<Utc>) -> Finding {
        let off = if there < asked { asked - there } else { (there - answered).max(Duration::zero()) };
        let seconds = off.num_seconds();
        let places = [("seconds", seconds.to_string())];
        let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
        if seconds > CLOCK_FAIL_SECONDS {
            self.bad("clock", (Say::ClocksDiffer, &places), (Say::SetClock, &[]))
        } else if seconds > CLOCK_WARN_SECONDS {
            self.doubtful("clock", (Say::ClocksDiffer, &places), (Say::SetClock, &[]))
        } else {
            self.good("clock", (Say::ClocksAgree, &[]))
        }
    }

    fn version(&self, here: &str, there: &str) -> Finding {
        let places = [("here", here), ("there", there)];
        if here == there {
            self.good("version", (Say::VersionsAgree, &places))
        } else if work_together(here, there) {
            self.good("version", (Say::VersionsWorkTogether, &places))
        } else {
            self.bad("version", (Say::VersionsDiffer, &places), (Say::InstallVersion, &places))
        }
    }

    fn failed(&self, check: &'static str, failure: &Failure) -> Finding {
        let told = failure.describe(self.lang).map(|told| (told.message, told.hint));
        let (message, cure) = told.unwrap_or_default();
        Finding { check, health: Health::Bad, message, cure }
    }

    fn good(&self, check: &'static str, message: Phrase<'_>) -> Finding {
        Finding { check, health: Health::Good, message: self.phrase(message), cure: String::new() }
    }

    fn doubtful(&self, check: &'static str, message: Phrase<'_>, cure: Phrase<'_>) -> Finding {
        Finding { check, health: Health::Doubtful, message: self.phrase(message), cure: self.phrase(cure) }
    }

    fn bad(&self, check: &'static str, message: Phrase<'_>, cure: Phrase<'_>) -> Finding {
        Finding { health: Health::Bad, ..self.doubtful(check, message, cure) }
    }

    fn phrase(&self, (say, places): Phrase<'_>) -> String {
        say.with(self.lang, places)
    }
}

/// A text and what fills its places.
type Phrase<'a> = (Say, &'a [Place<'a>]);

/// Whether client and server are tested with each other: one minor version apart at most, within one major version.
pub(super) fn work_together(here: &str, there: &str) -> bool {
    let major_minor = |version: &str| {
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    let (Some((major, minor)), Some((other_major, other_minor))) = (major_minor(here), major_minor(there)) else {
        return false;
    };
    major == other_major && minor.abs_diff(other_minor) <= 1
}

fn moment(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(shapes::moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::session;
    use crate::failure::Exit;

    const EXAMINER: Examiner = Examiner { lang: Lang::En };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_is_good_then_doubtful_then_bad_and_says_how_to_renew_it() {
        let now = at("2026-11-24T00:00:00Z");
        let of = |end: &str| EXAMINER.certificate(&YOURS, at(end), now);
        assert_eq!((of("2026-12-25T00:00:00Z").health, of("2026-12-25T00:00:00Z").cure), (Health::Good, String::new()));
        assert_eq!(of("2026-12-23T23:59:59Z").health, Health::Doubtful);
        let ended = of("2026-11-24T00:00:00Z");
        assert_eq!(ended.health, Health::Bad);
        assert!(ended.message.contains("2026-11-24 09:00 JST") && !ended.cure.is_empty(), "{ended:?}");
    }

    #[test]
    fn a_slow_answer_is_no_clock_that_is_off() {
        let of = |asked, answered, there| EXAMINER.clock(at(asked), at(answered), at(there)).health;
        let (zero, ten) = ("2026-11-24T00:00:00Z", "2026-11-24T00:00:10Z");
        assert_eq!(of(zero, ten, "2026-11-24T00:00:05Z"), Health::Good);
        assert_eq!(of(zero, ten, "2026-11-24T00:00:16Z"), Health::Doubtful);
        assert_eq!(of(zero, ten, "2026-11-23T23:59:54Z"), Health::Doubtful);
        assert_eq!(of(zero, ten, "2026-11-23T23:58:59Z"), Health::Bad);
        assert_eq!(of(zero, ten, "2026-11-24T00:01:11Z"), Health::Bad);
    }

    #[test]
    fn versions_more_than_one_minor_version_apart_do_not_work_together() {
        for (here, there, health) in [
            ("1.0.0", "1.0.0", Health::Good),
            ("1.0.0", "1.1.7", Health::Good),
            ("1.3.2-rc.1", "1.2.0", Health::Good),
            ("1.0.0", "1.2.0", Health::Bad),
            ("1.0.0", "2.0.0", Health::Bad),
            ("1.0.0", "", Health::Bad),
        ] {
            assert_eq!(EXAMINER.version(here, there).health, health, "{here} {there}");
        }
        assert!(EXAMINER.version("1.0.0", "1.2.0").cure.contains("1.2.0"));
    }

    #[test]
    fn a_server_that_doubts_its_clock_or_its_rows_is_unwell() {
        let now = at("2026-11-24T00:00:00Z");
        let healths = |trusted, integrity_holds| {
            let status =
                v1::GetStatusResponse { clock_trusted: trusted, integrity_holds, ..v1::GetStatusResponse::default() };
            EXAMINER.server_state(&status, now).iter().map(|finding| finding.health).collect::<Vec<_>>()
        };
        assert_eq!(healths(true, 0), [Health::Good, Health::Good]);
        assert_eq!(healths(false, 0), [Health::Bad, Health::Good]);
        assert_eq!(healths(true, 1), [Health::Good, Health::Bad]);
    }

    #[test]
    fn each_finding_is_a_line_with_its_cure_and_one_failure_fails_all() {
        let good = EXAMINER.good("server_clock", (Say::ClockIsTrusted, &[]));
        let bad = EXAMINER.bad("server_clock", (Say::ClockIsNotTrusted, &[]), (Say::WaitForClock, &[]));
        let doubtful = Finding { health: Health::Doubtful, ..bad.clone() };
        let (mut session, data, _) = session(Lang::En, Format::Table);
        tell(&mut session, &[good.clone(), doubtful.clone()]).unwrap();
        let failure = tell(&mut session, &[good, doubtful, bad]).unwrap_err();
        assert_eq!((failure.exit(), failure.reason()), (Some(Exit::Failed), "UNWELL"));
        session.printer.flush().unwrap();
        let text = data.text();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.starts_with("ok    ") && text.contains("\nwarn  ") && text.contains("\nfail  "), "{text}");
        assert_eq!(text.matches(" → ").count(), 3, "{text}");
    }

    #[tokio::test]
    async fn without_a_profile_there_is_one_finding_and_it_names_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        let (mut session, data, _) = session(Lang::Ja, Format::Json);
        session.global.config = Some(folder.path().join("none.toml"));
        assert_eq!(doctor(&mut session).await.unwrap_err().exit(), Some(Exit::Failed));
        session.printer.flush().unwrap();
        let document: Value = serde_json::from_str(&data.text()).unwrap();
        assert_eq!(document["checks"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&document["checks"][0]["check"], &document["checks"][0]["state"]),
            (&json!("profile"), &json!("fail"))
        );
        assert!(document["checks"][0]["cure"].as_str().unwrap().contains("config.toml"));
    }
}
