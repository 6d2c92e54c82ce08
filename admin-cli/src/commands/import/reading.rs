//! How a file is to be read: what was typed, and the column maps that are kept in profiles.

use tokenfleet_proto::v1;

use crate::args;
use crate::commands::Session;
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::words::Complaint;

/// The options for the server. A map is typed as it is, or by the name under which the profile keeps it.
pub(super) fn options(session: &Session, reading: &args::Reading, can_be_asked: bool) -> Outcome<v1::ReadingOptions> {
    let column_map = match reading.map.as_deref() {
        None => String::new(),
        Some(map) if map.contains('=') => map.to_owned(),
        Some(name) => kept(session, name.strip_prefix('@').unwrap_or(name))?,
    };
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
