//! The cases of `../shared/corpus/otp_cases.jsonl`, made from the RFCs and from what other servers answer: what this crate
//! answers must be what stands there as "expected". Kinds `*_autosync` are about a way of resync that this service does
//! not offer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use std::collections::BTreeMap;
use std::io::Write;

use chrono::DateTime;
use serde_json::Value;
use tokenfleet_domain::otp::{
    Digits, Generator, Judgement, Moving, OtpCode, Outcome, Profile, Shown, Track, resync, verify,
};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::seed::Seed;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/otp_cases.jsonl");

type Check = fn(&Case);

const KINDS: [(&str, Check); 6] = [
    ("hotp_value", check_value),
    ("totp_value", check_value),
    ("hotp_verify", check_verify),
    ("totp_verify", check_verify),
    ("hotp_resync", check_resync),
    ("totp_resync", check_resync),
];

#[test]
fn every_shared_case_comes_out_as_expected() {
    let Ok(text) = std::fs::read_to_string(CASES) else {
        // Past the test harness, which keeps the output of tests that pass.
        writeln!(std::io::stderr(), "otp_cases was not run: there is no ../shared/corpus beside this checkout")
            .unwrap();
        return;
    };
    let mut run = BTreeMap::new();
    for line in text.lines() {
        let case = Case(serde_json::from_str(line).unwrap());
        let kind = case.text("kind");
        if let Some((name, check)) = KINDS.into_iter().find(|(name, _)| *name == kind) {
            check(&case);
            *run.entry(name).or_insert(0) += 1;
        } else {
            assert!(kind.ends_with("_autosync"), "{}: a new kind, {kind}", case.id());
        }
    }
    for (kind, _) in KINDS {
        let there = text.matches(&format!(r#""kind": "{kind}""#)).count();
        assert!(there > 0, "no case of kind {kind}");
        assert_eq!(run.get(kind), Some(&there), "cases of kind {kind}");
    }
}

fn check_value(case: &Case) {
    let step = case.profile().step_at(case.now()).unwrap_or_else(|| case.number("counter").unwrap());
    assert!(case.generator().shows(step, case.code("code1").unwrap()), "{}", case.id());
    assert!(case.succeeds(), "{}", case.id());
}

fn check_verify(case: &Case) {
    let judgement = case.code("code1").map(|code| {
        verify(&case.generator(), &case.profile(), case.track(), code, case.now(), case.number("window_steps").unwrap())
    });
    match judgement {
        Some(Judgement::Accepted { step, offset_steps }) if case.succeeds() => {
            case.expects("expected_step", step);
            case.expects("expected_drift_steps", offset_steps);
        }
        None | Some(Judgement::Replayed { .. } | Judgement::Wrong) if !case.succeeds() => {}
        other => panic!("{}: {other:?}", case.id()),
    }
}

fn check_resync(case: &Case) {
    let track = case.track();
    let outcome = case.code("code1").zip(case.code("code2")).map(|(first, second)| {
        let shown = Shown { first, second, third: None };
        let span = case.number("window_steps").unwrap();
        resync(&case.generator(), &case.profile(), track, shown, case.now(), span, &[track.drift_steps])
    });
    match outcome {
        Some(Outcome::InStep { step, offset_steps }) if case.succeeds() => {
            case.expects("expected_next_valid_step", step + 1);
            case.expects("expected_counter", step + 1);
            case.expects("expected_drift_steps", offset_steps);
        }
        None | Some(Outcome::Failed(_)) if !case.succeeds() => {}
        other => panic!("{}: {other:?}", case.id()),
    }
}

/// One line of the file. Nothing of it but its id is ever shown.
struct Case(Value);

impl Case {
    fn id(&self) -> &str {
        self.text("id")
    }

    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_else(|| panic!("a case without {field}"))
    }

    fn number(&self, field: &str) -> Option<i64> {
        let value = self.0.get(field)?;
        Some(value.as_i64().unwrap_or_else(|| panic!("{}: {field} is no whole number", self.id())))
    }

    fn expects(&self, field: &str, got: i64) {
        if let Some(expected) = self.number(field) {
            assert_eq!(got, expected, "{}: {field}", self.id());
        }
    }

    /// "policy" stands where a server may strip blanks; this one does.
    fn succeeds(&self) -> bool {
        match self.text("expected") {
            "success" | "policy" => true,
            "fail" => false,
            other => panic!("{}: expected {other}?", self.id()),
        }
    }

    /// None where what was typed is no code: that fails, too.
    fn code(&self, field: &str) -> Option<OtpCode> {
        self.text(field).parse().ok()
    }

    fn profile(&self) -> Profile {
        let moving = match self.number("period") {
            Some(period) => Moving::time(u32::try_from(period).unwrap()).unwrap(),
            None => Moving::Event,
        };
        let digits = Digits::new(u32::try_from(self.number("digits").unwrap()).unwrap()).unwrap();
        Profile { algorithm: self.text("algorithm").parse().unwrap(), digits, moving }
    }

    fn generator(&self) -> Generator {
        let hex = self.text("secret_hex");
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        let seed = Seed::new(bytes.collect()).unwrap();
        Generator::new(&seed, self.profile().algorithm, self.profile().digits)
    }

    fn track(&self) -> Track {
        let next = self.number("next_valid_step").or(self.number("counter")).unwrap_or(0);
        Track { last_step: next - 1, drift_steps: self.number("stored_drift_steps").unwrap_or(0) }
    }

    fn now(&self) -> Timestamp {
        DateTime::from_timestamp(self.number("now_unix").unwrap_or(0), 0).unwrap()
    }
}
