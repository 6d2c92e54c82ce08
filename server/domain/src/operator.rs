//! Operators: the people and systems that may call, what they may do, and for whom.

use crate::ids::{OperatorName, UserId};
use crate::ports::Timestamp;

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Student staff at a support desk: look up, verify, resync.
    Counter,
    /// Staff of a desk or department: also lend and take back.
    Desk,
    /// Seed officers: import, lots, stock.
    Stock,
    /// A relying system: asks whether a code counts.
    Verifier,
    /// Reads and verifies everything recorded.
    Auditor,
    /// Operators and settings.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [Self::Counter, Self::Desk, Self::Stock, Self::Verifier, Self::Auditor, Self::Admin];

    /// The word that is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Desk => "desk",
            Self::Stock => "stock",
            Self::Verifier => "verifier",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or(UnknownRole)
    }
}

/// There is no role of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role")]
pub struct UnknownRole;

/// Whose tokens an operator acts for. Every read and write of the store is held against one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole university.
    All,
    /// Some departments, by name; tokens in stock belong to nobody and are seen by all.
    Departments(Vec<String>),
}

impl Scope {
    /// The scope that a list of departments means; an empty list is everything.
    pub fn of(departments: Vec<String>) -> Self {
        if departments.is_empty() { Self::All } else { Self::Departments(departments) }
    }

    /// Whether a token lent through `department` (None: lent through none, or in stock) is in the scope.
    pub fn covers(&self, department: Option<&str>, lent: bool) -> bool {
        match (self, department) {
            (Self::All, _) => true,
            (Self::Departments(mine), Some(department)) => mine.iter().any(|own| own == department),
            (Self::Departments(_), None) => !lent,
        }
    }
}

/// Somebody who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The name, which is never used again.
    pub name: OperatorName,
    /// What they may do; never empty.
    pub roles: Vec<Role>,
    /// For whom.
    pub scope: Scope,
    /// Their own ID, so that nobody lends to themselves.
    pub user: Option<UserId>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were revoked.
    pub revoked_at: Option<Timestamp>,
    /// Counts changes of the row.
    pub version: i64,
}

impl Operator {
    /// Whether the operator has any of these roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// Changes with every change of the row.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// Whether whole IDs are hidden from this operator: counters type the full ID, they don't browse it.
    pub fn sees_masked_ids(&self) -> bool {
        !self.has_any(&[Role::Desk, Role::Stock, Role::Auditor, Role::Admin])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Admin".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn a_scope_of_departments_sees_stock_and_its_own_loans_only() {
        let letters = Scope::of(vec!["letters".to_owned()]);
        assert!(letters.covers(Some("letters"), true));
        assert!(letters.covers(None, false));
        assert!(!letters.covers(None, true));
        assert!(!letters.covers(Some("law"), true));
        assert!(Scope::of(Vec::new()).covers(Some("law"), true));
    }
}
