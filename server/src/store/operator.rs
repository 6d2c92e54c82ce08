//! Operators. Their rows are authenticated too: whoever can write to the database can't make an admin of himself.

use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::ids::OperatorName;
use tokenfleet_domain::operator::{Operator, Role, Scope};
use tokenfleet_domain::ports::RowAuthority;

use super::conn::{Row, Value, args, single};
use super::error::{Result, StoreError, inserted, swapped};
use super::tx::{RowMac, Tx};

/// The version of the encoding under the row's MAC.
const ROW_FORMAT: i64 = 1;

/// The columns, in the order in which they are read and written.
macro_rules! operator_columns {
    () => {
        "name, roles, departments, user_id, created_at, revoked_at, version, row_format, mac_key_id, row_mac"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO operator (",
    operator_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING"
);
const SWAP: &str = "UPDATE operator SET roles = ?2, departments = ?3, user_id = ?4, created_at = ?5, revoked_at = ?6, \
     version = ?7, row_format = ?8, mac_key_id = ?9, row_mac = ?10 WHERE name = ?1 AND version = ?11";
const FIND: &str = concat!("SELECT ", operator_columns!(), " FROM operator WHERE name = ?1");
const PAGE: &str = concat!("SELECT ", operator_columns!(), " FROM operator WHERE name > ?1 ORDER BY name LIMIT ?2");
const ACTIVE: &str = concat!("SELECT ", operator_columns!(), " FROM operator WHERE revoked_at IS NULL");

impl Tx<'_> {
    /// The operator of a name, revoked or not. A row that is not what the service wrote is an error.
    pub fn operator_find(&mut self, name: &OperatorName) -> Result<Option<Operator>> {
        let row = single(self.conn.query(FIND, args![name])?)?;
        row.map(|row| intact(row, self.authority)).transpose()
    }

    /// Adds an operator; false where the name was ever used.
    pub fn operator_insert(&mut self, operator: &Operator) -> Result<bool> {
        let values = self.operator_values(operator)?;
        inserted(self.conn.execute(INSERT, &values)?)
    }

    /// Writes the next version of an operator over the one that is held.
    pub fn operator_swap(&mut self, held: &Operator, next: &Operator) -> Result<()> {
        if next.name != held.name || next.version != held.version + 1 {
            return Err(StoreError::broken("operator: a swap writes the next version of the same row"));
        }
        let mut values = self.operator_values(next)?;
        values.push(held.version.into());
        swapped(self.conn.execute(SWAP, &values)?)
    }

    /// Operators by name, after one.
    pub fn operator_page(&mut self, after: Option<&OperatorName>, limit: u32) -> Result<Vec<Operator>> {
        let rows = self.conn.query(PAGE, args![after.map_or("", OperatorName::as_str), limit])?;
        rows.into_iter().map(|row| intact(row, self.authority)).collect()
    }

    /// How many admins of the whole university there are. A row that fails its MAC counts for nobody.
    pub fn operator_count_chiefs(&mut self) -> Result<i64> {
        let mut chiefs = 0;
        for row in self.conn.query(ACTIVE, &[])? {
            let (operator, right) = read(row, self.authority)?;
            chiefs += i64::from(right && operator.is_chief());
        }
        Ok(chiefs)
    }

    fn operator_values(&self, operator: &Operator) -> Result<Vec<Value>> {
        let roles: Vec<_> = operator.roles.iter().map(|role| role.as_str()).collect();
        let mut values = vec![
            (&operator.name).into(),
            roles.join(",").into(),
            departments_to_text(&operator.scope)?.into(),
            operator.user.as_ref().into(),
            operator.created_at.into(),
            operator.revoked_at.into(),
            operator.version.into(),
        ];
        values.extend(self.authenticated(ROW_FORMAT, |key_id| canonical(operator, key_id)));
        Ok(values)
    }
}

fn read(row: Row, authority: &dyn RowAuthority) -> Result<(Operator, bool)> {
    let mut row = row.of("operator");
    let operator = Operator {
        name: row.parsed()?,
        roles: roles_from_text(&mut row)?,
        scope: row.opt_text()?.map_or(Scope::All, |text| departments_from_text(&text)),
        user: row.opt_parsed()?,
        created_at: row.time()?,
        revoked_at: row.opt_time()?,
        version: row.int()?,
    };
    let right = RowMac::read(&mut row)?.is_right(authority, ROW_FORMAT, |key_id| canonical(&operator, key_id));
    Ok((operator, right))
}

fn intact(row: Row, authority: &dyn RowAuthority) -> Result<Operator> {
    match read(row, authority)? {
        (operator, true) => Ok(operator),
        (operator, false) => Err(StoreError::broken(format_args!("operator {}: its MAC is wrong", operator.name))),
    }
}

fn roles_from_text(row: &mut Row) -> Result<Vec<Role>> {
    row.text()?.split(',').map(|word| word.parse().map_err(|_| row.broken("is no role"))).collect()
}

/// A department a line; NULL is the whole university, and an empty text no department at all.
fn departments_to_text(scope: &Scope) -> Result<Option<String>> {
    match scope {
        Scope::All => Ok(None),
        Scope::Departments(names) if names.iter().any(|name| name.is_empty() || name.contains('\n')) => {
            Err(StoreError::broken("operator: a department without a name, or with a line end in it"))
        }
        Scope::Departments(names) => Ok(Some(names.join("\n"))),
    }
}

fn departments_from_text(text: &str) -> Scope {
    Scope::Departments(text.split('\n').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn canonical(operator: &Operator, mac_key_id: i64) -> Vec<u8> {
    let number = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let roles = &operator.roles;
    let canon = Canon::new("operator-row/1").text(operator.name.as_str()).int(number(roles.len()));
    let canon = roles.iter().fold(canon, |canon, role| canon.text(role.as_str()));
    let canon = match &operator.scope {
        Scope::All => canon.opt_int(None),
        Scope::Departments(names) => {
            names.iter().fold(canon.opt_int(Some(number(names.len()))), |canon, name| canon.text(name))
        }
    };
    canon
        .opt_text(operator.user.as_ref().map(tokenfleet_domain::ids::UserId::as_str))
        .int(operator.created_at.timestamp_micros())
        .opt_int(operator.revoked_at.map(|at| at.timestamp_micros()))
        .int(operator.version)
        .int(ROW_FORMAT)
        .int(mac_key_id)
        .finish()
}
