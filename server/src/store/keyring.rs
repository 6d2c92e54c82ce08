//! Which fleet this is, and its wrapped keys. Written once, at the founding, by one transaction.

use tokenfleet_domain::ports::{Timestamp, WrappedKey};

use super::conn::{Conn, args, single};
use super::error::{Result, StoreError, inserted};

const CLUSTER: &str = "SELECT uuid FROM cluster";

pub(super) fn cluster(conn: &mut dyn Conn) -> Result<Option<[u8; 16]>> {
    single(conn.query(CLUSTER, &[])?)?.map(|row| row.of("cluster").bytes()).transpose()
}

const FOUND: &str = "INSERT INTO cluster (id, uuid, created_at) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING";
const ADD: &str = "INSERT INTO keyring (kind, id, kek_id, wrapped, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(super) fn found(conn: &mut dyn Conn, cluster: &[u8; 16], keys: &[WrappedKey], now: Timestamp) -> Result<()> {
    if !inserted(conn.execute(FOUND, args![cluster, now])?)? {
        return Err(StoreError::AlreadyFounded);
    }
    for key in keys {
        let WrappedKey { kind, id, kek_id, wrapped, created_at } = key;
        conn.execute(ADD, args![kind, *id, kek_id, wrapped.as_slice(), *created_at])?;
    }
    Ok(())
}

const KEYRING: &str = "SELECT kind, id, kek_id, wrapped, created_at FROM keyring ORDER BY kind, id";

pub(super) fn keyring(conn: &mut dyn Conn) -> Result<Vec<WrappedKey>> {
    let rows = conn.query(KEYRING, &[])?;
    rows.into_iter()
        .map(|row| {
            let mut row = row.of("keyring");
            Ok(WrappedKey {
                kind: row.text()?,
                id: row.int()?,
                kek_id: row.text()?,
                wrapped: row.blob()?,
                created_at: row.time()?,
            })
        })
        .collect()
}
