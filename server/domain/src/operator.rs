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

    /// Whether what the role does is everybody's: seed files and lots have no department, nor has the record.
    pub fn acts_for_all(self) -> bool {
        match self {
            Self::Stock | Self::Auditor => true,
            Self::Counter | Self::Desk | Self::Verifier | Self::Admin => false,
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

    /// Whether all of it lies in another one.
    pub fn is_within(&self, wider: &Self) -> bool {
        match (self, wider) {
            (_, Self::All) => true,
            (Self::All, Self::Departments(_)) => false,
            (Self::Departments(these), Self::Departments(those)) => these.iter().all(|this| those.contains(this)),
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

    /// Whether the operator reads what others did: the record knows of no departments.
    pub fn reads_all_events(&self) -> bool {
        self.scope == Scope::All && self.has_any(&[Role::Auditor])
    }

    /// Whether the operator may see and manage another one. That takes the role of an admin besides.
    pub fn looks_after(&self, other: &Self) -> bool {
        other.scope.is_within(&self.scope)
    }

    /// Whether the operator may make somebody of this kind: who acts for some departments gives those, and no role that
    /// acts for all.
    pub fn may_give(&self, roles: &[Role], scope: &Scope) -> bool {
        let for_all = roles.iter().any(|role| role.acts_for_all());
        scope.is_within(&self.scope) && (self.scope == Scope::All || !for_all)
    }

    /// Whether this is more than what the operator has: a role, a department, or another ID than the one that keeps
    /// them from lending to themselves.
    pub fn would_rise_to(&self, next: &Self) -> bool {
        let more_roles = next.roles.iter().any(|role| !self.roles.contains(role));
        let other_user = self.user.is_some() && self.user != next.user;
        more_roles || other_user || !next.scope.is_within(&self.scope)
    }

    /// An admin whom no other admin has to ask: the fleet always has one.
    pub fn is_chief(&self) -> bool {
        self.revoked_at.is_none() && self.scope == Scope::All && self.has_any(&[Role::Admin])
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

    fn operator(roles: &[Role], departments: &[&str]) -> Operator {
        let departments = departments.iter().map(|name| (*name).to_owned()).collect();
        Operator {
            name: "hanako".parse().unwrap(),
            roles: roles.to_vec(),
            scope: Scope::of(departments),
            user: None,
            created_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_scope_lies_in_one_that_has_all_its_departments() {
        let scope = |departments: &[&str]| operator(&[], departments).scope;
        let (all, law, both) = (scope(&[]), scope(&["law"]), scope(&["letters", "law"]));
        for (inner, outer, within) in [
            (&all, &all, true),
            (&law, &all, true),
            (&law, &both, true),
            (&both, &both, true),
            (&both, &law, false),
            (&all, &both, false),
        ] {
            assert_eq!(inner.is_within(outer), within, "{inner:?} {outer:?}");
        }
    }

    #[test]
    fn who_acts_for_departments_gives_no_others_and_nothing_that_acts_for_all() {
        let admin = operator(&[Role::Admin], &["law", "letters"]);
        let gives = |roles: &[Role], departments: &[&str]| admin.may_give(roles, &operator(&[], departments).scope);
        assert!(gives(&[Role::Counter, Role::Desk, Role::Verifier, Role::Admin], &["law"]));
        assert!(!gives(&[Role::Desk], &[]) && !gives(&[Role::Desk], &["law", "medicine"]));
        assert!(!gives(&[Role::Desk, Role::Stock], &["law"]) && !gives(&[Role::Auditor], &["law"]));
        assert!(Role::ALL.iter().all(|role| operator(&[Role::Admin], &[]).may_give(&[*role], &Scope::All)));
    }

    #[test]
    fn more_is_another_role_department_or_id() {
        let mut held = operator(&[Role::Desk, Role::Stock], &["law", "letters"]);
        for (roles, departments, more) in [
            (&[Role::Desk][..], &["law"][..], false),
            (&[Role::Desk, Role::Stock], &["letters", "law"], false),
            (&[Role::Admin], &["law"], true),
            (&[Role::Desk], &[], true),
            (&[Role::Desk], &["medicine"], true),
        ] {
            assert_eq!(held.would_rise_to(&operator(roles, departments)), more, "{roles:?} {departments:?}");
        }
        let named = Operator { user: "0123456789".parse().ok(), ..held.clone() };
        assert!(!held.would_rise_to(&named));
        held.user = "1111111111".parse().ok();
        assert!(held.would_rise_to(&named) && held.would_rise_to(&Operator { user: None, ..named }));
    }
}
