//! What a search tries codes against: so much of each row as opens its seed, so that a whole fleet is read in a second.
//!
//! Nothing here is authenticated but by the seal of the seed, which opens only for the row, serial and profile it was made
//! for. Whoever finds something reads that token whole before believing it.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::token::Token;

use super::conn::{Row, args};
use super::error::Result;
use super::token::{read_profile, read_seed};
use super::tx::Tx;

/// A stretch of a walk over sketches of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SketchPage {
    /// Tokens in the scope, with nothing filled in but what computes their codes.
    pub sketches: Vec<Token>,
    /// How many tokens in the scope there were, those that can't be read included.
    pub in_scope: usize,
    /// The last one that was looked at, to go on after; None at the end.
    pub next: Option<RowId>,
}

const SKETCHES: &str = "SELECT t.id, t.lot, t.custody, t.user_id, t.department, t.vendor, t.serial, t.key_id, t.algorithm, \
     t.digits, t.moving, t.period, t.epoch, t.last_step, t.drift_steps, t.dek_id, t.salt, t.seed_gen, t.sealed \
     FROM token t WHERE t.id > ?1 ORDER BY t.id LIMIT ?2";

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[SKETCHES];

impl Tx<'_> {
    /// All tokens by id, after one: of the next `limit` those in the scope, as sketches.
    pub fn token_sketches(&mut self, scope: &Scope, after: Option<RowId>, limit: u32) -> Result<SketchPage> {
        let hidden: Vec<RowId> = self.lots_unfinished()?.into_iter().map(|lot| lot.id).collect();
        // No id is empty, so an empty one stands before all of them.
        let after = after.map_or_else(Vec::new, |id| id.0.to_vec());
        let rows = self.conn.query(SKETCHES, args![after, limit])?;
        let is_full = rows.len() == limit as usize;
        let mut page = SketchPage { sketches: Vec::with_capacity(rows.len()), in_scope: 0, next: None };
        let mut last = None;
        for row in rows {
            let mut row = row.of("token");
            let (id, lot) = (row.id()?, row.id()?);
            last = Some(id);
            if is_in(&mut row, scope)? && !hidden.contains(&lot) {
                page.in_scope += 1;
                // One that can't be read shows no codes.
                page.sketches.extend(sketch(&mut row, id, lot).ok());
            }
        }
        page.next = last.filter(|_| is_full);
        Ok(page)
    }
}

/// Whether a token of this custody, holder and department, the next three columns, is in the scope.
fn is_in(row: &mut Row, scope: &Scope) -> Result<bool> {
    let (custody, user, department) = (row.text()?, row.opt_text()?, row.opt_text()?);
    let is_out = user.is_some() || matches!(custody.as_str(), "lent" | "lost");
    Ok(scope.covers(department.as_deref(), is_out))
}

fn sketch(row: &mut Row, id: RowId, lot: RowId) -> Result<Token> {
    let key = (row.parsed()?, row.parsed()?, row.parsed()?);
    let profile = read_profile(row)?;
    Ok(Token {
        last_step: row.int()?,
        drift_steps: row.int()?,
        seed: read_seed(row)?,
        ..Token::arrived(id, key, lot, profile, Timestamp::UNIX_EPOCH)
    })
}
