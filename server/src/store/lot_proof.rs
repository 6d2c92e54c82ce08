//! Who proved a lot, with which token, and what its code fitted. Append-only.

use tokenfleet_domain::ids::{RowId, TokenName, TokenRef};
use tokenfleet_domain::lot::LotProof;
use tokenfleet_domain::otp::Moving;

use super::conn::{Row, Value, args, single};
use super::error::{Result, swapped};
use super::token::read_profile;
use super::tx::Tx;

const INSERT: &str = "INSERT INTO lot_proof (id, lot, token, token_name, serial, secret_encoding, algorithm, digits, moving, period, \
     epoch, reread, proven_at, proven_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
macro_rules! proofs {
    ($which:literal) => {
        concat!(
            "SELECT id, lot, token, token_name, serial, secret_encoding, algorithm, digits, moving, period, epoch, reread, proven_at, \
             proven_by FROM lot_proof WHERE ",
            $which
        )
    };
}
const FIND: &str = proofs!("id = ?1");
const PAGE: &str = proofs!("lot = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");

/// The reads whose plans are looked at by a test.
#[cfg(test)]
pub(super) const HOT: &[&str] = &[FIND, PAGE];

impl Tx<'_> {
    /// Adds a proof.
    pub fn lot_proof_append(&mut self, proof: &LotProof) -> Result<()> {
        let (moving, period, epoch) = match proof.profile.moving {
            Moving::Time { period, epoch } => ("totp", Some(period), Some(epoch)),
            Moving::Event => ("hotp", None, None),
        };
        let values = args![
            proof.id,
            proof.lot,
            proof.token,
            proof.name.to_string(),
            &proof.serial,
            &proof.secret_encoding,
            proof.profile.algorithm.as_str(),
            proof.profile.digits.get(),
            moving,
            period,
            epoch,
            proof.reread,
            proof.proven_at,
            &proof.proven_by
        ];
        swapped(self.conn.execute(INSERT, values)?)
    }

    /// The proof of an id.
    pub fn lot_proof_find(&mut self, id: RowId) -> Result<Option<LotProof>> {
        single(self.conn.query(FIND, args![id])?)?.map(read).transpose()
    }

    /// Proofs of a lot from the newest, older than `before`.
    pub fn lot_proofs(&mut self, lot: RowId, before: Option<RowId>, limit: u32) -> Result<Vec<LotProof>> {
        // Longer than any id, so behind all of them.
        let before = before.map_or_else(|| Value::Blob(vec![0xff; 17]), Value::from);
        self.conn.query(PAGE, &[lot.into(), before, limit.into()])?.into_iter().map(read).collect()
    }
}

fn read(row: Row) -> Result<LotProof> {
    let mut row = row.of("lot_proof");
    Ok(LotProof {
        id: row.id()?,
        lot: row.id()?,
        token: row.id()?,
        name: read_name(&mut row)?,
        serial: row.text()?,
        secret_encoding: row.text()?,
        profile: read_profile(&mut row)?,
        reread: row.truth()?,
        proven_at: row.time()?,
        proven_by: row.parsed()?,
    })
}

fn read_name(row: &mut Row) -> Result<TokenName> {
    match row.parsed()? {
        TokenRef::Name(name) => Ok(name),
        TokenRef::Serial(_) => Err(row.broken("is no name of a token")),
    }
}
