//! Page tokens: where a list goes on, bound to the list and its filter by a MAC, so that nobody can make one up.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use tokenfleet_domain::canon::Canon;
use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::reject::Rejection;

use crate::app::{Answer, App};
use crate::seal::Keyring;

/// Rows of a page where the caller does not say.
const DEFAULT_SIZE: usize = 50;

/// Rows of a page at most.
const MAX_SIZE: usize = 1_000;

/// What a caller asks for.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// How many rows.
    pub page_size: i32,
    /// Where to go on.
    pub page_token: String,
}

impl PageRequest {
    /// How many rows the page has at most.
    pub fn size(&self) -> Answer<usize> {
        match usize::try_from(self.page_size) {
            Ok(0) => Ok(DEFAULT_SIZE),
            Ok(size) => Ok(size.min(MAX_SIZE)),
            Err(_) => Err(Rejection::from(Reason::PageSizeInvalid).in_field("page_size")),
        }
    }
}

/// What a caller gets.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; None after the last.
    pub next: Option<String>,
}

/// Writes and reads the page tokens of one list with one filter.
pub(super) struct PageCodec {
    keyring: Arc<Keyring>,
    list: &'static str,
    filter: String,
}

const MAC_LEN: usize = 16;

impl App {
    pub(super) fn page_codec(&self, list: &'static str, filter: &str) -> PageCodec {
        PageCodec { keyring: self.keyring().clone(), list, filter: filter.to_owned() }
    }
}

impl PageCodec {
    /// The token that goes on after `key`.
    pub(super) fn write(&self, key: &[u8]) -> String {
        BASE64URL_NOPAD.encode(&[&self.mac(key)[..MAC_LEN], key].concat())
    }

    /// The key a request goes on after; None on the first page.
    pub(super) fn read(&self, page: &PageRequest) -> Answer<Option<Vec<u8>>> {
        if page.page_token.is_empty() {
            return Ok(None);
        }
        let bad = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let bytes = BASE64URL_NOPAD.decode(page.page_token.as_bytes()).map_err(|_| bad())?;
        let (mac, key) = bytes.split_at_checked(MAC_LEN).ok_or_else(bad)?;
        let right: bool = subtle::ConstantTimeEq::ct_eq(mac, &self.mac(key)[..MAC_LEN]).into();
        if right { Ok(Some(key.to_vec())) } else { Err(bad()) }
    }

    /// `write` for lists in the order of row ids.
    pub(super) fn write_row(&self, id: RowId) -> String {
        self.write(&id.0)
    }

    /// `read` for lists in the order of row ids.
    pub(super) fn read_row(&self, page: &PageRequest) -> Answer<Option<RowId>> {
        let key = self.read(page)?;
        key.map(|key| {
            let bad = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
            <[u8; 16]>::try_from(key).map(RowId).map_err(|_| bad())
        })
        .transpose()
    }

    fn mac(&self, key: &[u8]) -> [u8; 32] {
        self.keyring.caller_mac(Canon::new("page/1").text(self.list).text(&self.filter).bytes(key))
    }
}
