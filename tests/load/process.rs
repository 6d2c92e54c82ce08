//! What the server costs, as the system tells it: memory, processor time, bytes written.

use tokenfleet_tests::Daemon;

/// Ticks a second in which the system counts processor time; Linux has told programs 100 since it began.
const TICKS: f64 = 100.0;

/// Memory that is resident now, in MiB.
pub(crate) fn resident(daemon: &Daemon) -> f64 {
    memory(daemon, "VmRSS:")
}

/// The most that was resident since `forget_peak`, in MiB.
pub(crate) fn peak(daemon: &Daemon) -> f64 {
    memory(daemon, "VmHWM:")
}

/// Forgets the highest memory so far.
pub(crate) fn forget_peak(daemon: &Daemon) {
    std::fs::write(format!("/proc/{}/clear_refs", daemon.id()), "5").unwrap();
}

fn memory(daemon: &Daemon, line: &str) -> f64 {
    let kilobytes = told(daemon, "status", line);
    kilobytes.trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// What the server has used since it started.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Seconds of processor time.
    pub(crate) cpu: f64,
    /// Bytes that went towards the disk.
    pub(crate) written: f64,
}

impl Used {
    pub(crate) fn by(daemon: &Daemon) -> Self {
        let stat = file(daemon, "stat");
        // The name of the program, in brackets, may hold blanks; what counts comes after it.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let ticks = rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
        let written = told(daemon, "io", "write_bytes:").parse().unwrap();
        Self { cpu: ticks.sum::<f64>() / TICKS, written }
    }

    /// What was used since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu - before.cpu, written: self.written - before.written }
    }
}

fn told(daemon: &Daemon, of: &str, line: &str) -> String {
    let text = file(daemon, of);
    text.lines().find_map(|text| text.strip_prefix(line)).unwrap().trim().to_owned()
}

fn file(daemon: &Daemon, name: &str) -> String {
    std::fs::read_to_string(format!("/proc/{}/{name}", daemon.id())).unwrap()
}
