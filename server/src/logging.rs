//! The log: one JSON object a line on stderr. A panic is one such line with its place and nothing of its message, which
//! could hold anything.

use std::io;
use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::util::TryInitError;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is no filter.
    #[error("the log level can't be read: {0}")]
    Level(#[from] ParseError),
    /// There is a log already.
    #[error("the log can't be set up: {0}")]
    Setup(#[from] TryInitError),
}

/// Starts the log of the process.
pub fn start(level: &str) -> Result<(), LogError> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(io::stderr)
        .with_env_filter(EnvFilter::try_new(level)?)
        .finish()
        .try_init()?;
    log_panics();
    Ok(())
}

/// Whether a level can be read.
pub fn check_level(level: &str) -> Result<(), ParseError> {
    EnvFilter::try_new(level).map(drop)
}

fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        tracing::error!(place, thread = thread.name(), "panicked");
    }));
}
