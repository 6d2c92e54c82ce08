//! What a test came to: how often it was done, what failed, and whether it found the fault that was built in on purpose.

use std::fmt::{self, Display};

use crate::victim::Weak;

/// Failures after which a test is broken off; so many are kept word for word.
const FAILURES_ENOUGH: usize = 5;

/// What one test came to.
pub(crate) struct Outcome {
    /// Its number in the plan: `T-01`.
    pub(crate) test: &'static str,
    /// What it does.
    pub(crate) title: &'static str,
    /// How often it was done; void runs don't count.
    pub(crate) n: usize,
    /// How many failures there were.
    pub(crate) failures: usize,
    /// What was seen of the fault on purpose; a test without one has failed.
    pub(crate) control: Control,
    /// Why it could not be run here.
    pub(crate) not_run: Option<String>,
    /// Figures that are reported.
    pub(crate) remarks: Vec<String>,
    enough: usize,
    voids: Vec<Weak>,
    found: Vec<String>,
    words: Vec<String>,
}

/// Whether the test would have found a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// Nobody looked.
    Missing,
    /// What was built in was found.
    Caught(String),
    /// It was not found.
    Missed(String),
}

impl Outcome {
    /// Of a test that was not begun.
    pub(crate) fn of(test: &'static str, title: &'static str) -> Self {
        Self {
            test,
            title,
            n: 0,
            failures: 0,
            control: Control::Missing,
            not_run: None,
            remarks: Vec::new(),
            enough: FAILURES_ENOUGH,
            voids: Vec::new(),
            found: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Of a run in which something is to be found: the first finding is enough.
    pub(crate) fn until_found() -> Self {
        Self { enough: 1, ..Self::of("", "") }
    }

    /// Something was not as it must be.
    pub(crate) fn fail(&mut self, what: String) {
        self.failures += 1;
        if self.words.len() < FAILURES_ENOUGH {
            self.words.push(what);
        }
    }

    /// Several things were not.
    pub(crate) fn fail_all(&mut self, what: Vec<String>) {
        for what in what {
            self.fail(what);
        }
    }

    /// Notes a figure.
    pub(crate) fn remark(&mut self, what: String) {
        self.remarks.push(what);
    }

    /// A run that shows nothing.
    pub(crate) fn void(&mut self, why: Weak) {
        self.voids.push(why);
    }

    /// Whether going on would say no more.
    pub(crate) fn is_broken_enough(&self) -> bool {
        self.failures >= self.enough
    }

    /// A fault that was built in, named, and what became of a run that had to find it.
    pub(crate) fn control(&mut self, fault: &str, run: &Outcome) {
        let found = run.words.first().map(|first| first.lines().next().unwrap_or_default().to_owned());
        self.checked(fault, run.failures > 0);
        if let Some(found) = found {
            self.found.push(format!("found of it after {}: {found}", run.n));
        }
    }

    /// A fault that was built in, named, and whether it was found. One that was missed stays so.
    pub(crate) fn checked(&mut self, fault: &str, found: bool) {
        self.control = match (&self.control, found) {
            (Control::Missed(_), _) => return,
            (_, false) => Control::Missed(fault.to_owned()),
            (Control::Caught(others), true) => Control::Caught(format!("{others}; {fault}")),
            (Control::Missing, true) => Control::Caught(fault.to_owned()),
        };
    }

    /// The first failures in words.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether it was run and all is well.
    pub(crate) fn passed(&self) -> bool {
        self.n > 0 && self.failures == 0 && matches!(self.control, Control::Caught(_))
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { test, title, n, failures, .. } = self;
        if let Some(why) = &self.not_run {
            return writeln!(f, "!! NOT RUN: {test} {title} ({why})");
        }
        let verdict = if self.passed() { "passed" } else { "FAILED" };
        writeln!(f, "{test:6} {title:32} N = {n:<8} {failures} failures   {verdict}")?;
        match &self.control {
            Control::Missing => writeln!(f, "       control: none was run")?,
            Control::Caught(fault) => writeln!(f, "       control: caught ({fault})")?,
            Control::Missed(fault) => writeln!(f, "       control: MISSED ({fault})")?,
        }
        if let Some(last) = self.voids.last() {
            writeln!(f, "       {} runs were void, the last for {last}", self.voids.len())?;
        }
        self.remarks.iter().chain(&self.found).try_for_each(|remark| writeln!(f, "       {remark}"))?;
        self.words.iter().try_for_each(|words| writeln!(f, "       failure: {words}"))
    }
}
