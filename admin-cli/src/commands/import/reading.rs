//! How a file is to be read: what was typed, and the column maps that are kept in profiles.

use std::path::Path;

use tokenfleet_proto::v1;

use super::upload::is_stdin;
use crate::args;
use crate::commands::Session;
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::words::Complaint;

/// The options for the server, of one file. A map is typed as it is, or by the name under which the profile keeps it.
pub(super) fn options(session: &Session, reading: &args::Reading, file: &Path) -> Outcome<v1::ReadingOptions> {
    let column_map = match reading.map.as_deref() {
        None => String::new(),
        Some(map) if map.contains('=') => map.to_owned(),
        Some(name) => kept(session, name.strip_prefix('@').unwrap_or(name))?,
    };
    let can_be_asked = session.world.interactive && os::HIDES_TYPING && !is_stdin(file);
    Ok(v1::ReadingOptions { column_map, can_be_asked, ..v1::ReadingOptions::from(reading) })
}

fn kept(session: &Session, name: &str) -> Outcome<String> {
    let mut maps = config::maps(session.global.config.as_deref())?;
    maps.remove(name).ok_or_else(|| {
        let names = maps.into_keys().collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { "-" } else { &names };
        Failure::with(Complaint::MapUnknown, [("name", name), ("names", names)])
    })
}
