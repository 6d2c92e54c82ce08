//! `tokenfleetd` with faults that are built in on purpose, for `tests/faults` alone.

#[path = "../main.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
