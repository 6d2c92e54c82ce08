//! Faults that are built in on purpose, to show that `tests/faults` would find them. A server without the feature
//! `seeded-bugs` has none of them: there [`seeded`] is `false` for the compiler already, and no release is built with it.

/// What is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Commits are not waited for on the disk.
    Normal,
    /// A caller is answered before the commit.
    Early,
    /// A used code counts again.
    Twice,
    /// A wrong code costs nothing.
    Uncharged,
}

/// Whether this is a server with this fault: the one that `TOKENFLEET_BUG` names.
#[cfg(feature = "seeded-bugs")]
#[expect(clippy::disallowed_methods, reason = "a server with faults is no product, and has no settings for them")]
pub(crate) fn seeded(bug: Bug) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let name = match bug {
        Bug::Normal => "normal",
        Bug::Early => "early",
        Bug::Twice => "twice",
        Bug::Uncharged => "uncharged",
    };
    CHOSEN.get_or_init(|| std::env::var("TOKENFLEET_BUG").ok()).as_deref() == Some(name)
}

/// Whether this is a server with this fault: it is not.
#[cfg(not(feature = "seeded-bugs"))]
pub(crate) const fn seeded(_: Bug) -> bool {
    false
}
