//! Looking at tokens: one, or page by page.

use tokenfleet_domain::ids::RowId;
use tokenfleet_domain::otp::verdict::Verdict;

use crate::app::clock::Sighting;
use crate::app::filter::TokenFilter;
use crate::app::page::{Page, PageRequest};
use crate::app::target::Target;
use crate::app::{Answer, App, Call, fault};
use crate::store::{Found, StoreError, Tx};

/// Rows examined for one page at most; a page may be shorter than asked for and still not the last.
const EXAMINED: u32 = 5_000;

/// Rows read from the store at once.
const STRIDE: u32 = 500;

impl App {
    /// One token.
    pub async fn token_get(&self, call: Call, target: Target) -> Answer<Found> {
        self.store().read(move |tx| target.find(tx, call.scope())).await.map_err(fault)?
    }

    /// One token by its row, after a deed on it.
    pub async fn token_after(&self, call: Call, token: RowId) -> Answer<Found> {
        let found = self.store().read(move |tx| tx.token_by_id(call.scope(), token)).await.map_err(fault)?;
        found.ok_or_else(|| tokenfleet_domain::catalogue::Reason::Internal.into())
    }

    /// What a sighting of a token's clock means.
    pub fn verdict(&self, found: &Found, sighting: Option<Sighting>) -> Option<Verdict> {
        sighting?.verdict(&found.token.profile, self.settings().entra_window_seconds)
    }

    /// The window a verdict is given for.
    pub fn entra_window_seconds(&self) -> i64 {
        self.settings().entra_window_seconds
    }

    /// A page of tokens, in the order they were imported.
    pub async fn token_list(&self, call: Call, filter: TokenFilter, page: PageRequest) -> Answer<Page<Found>> {
        let codec = self.page_codec("tokens", filter.text());
        let after = codec.read_row(&page)?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| {
            if let Some(user) = filter.user() {
                let found = tx.tokens_of_user(call.scope(), user)?;
                return Ok((found.into_iter().filter(|found| filter.takes(found)).collect(), None));
            }
            walk(tx, &call, &filter, after, size)
        };
        let (items, next) = self.store().read(job).await.map_err(fault)?;
        Ok(Page { items, next: next.map(|id: RowId| codec.write_row(id)) })
    }
}

/// Walks the tokens from a place on until the page is full, the tokens end, or enough was examined: what was taken, and
/// where to go on.
fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    filter: &TokenFilter,
    mut after: Option<RowId>,
    size: usize,
) -> Result<(Vec<Found>, Option<RowId>), StoreError> {
    let mut taken = Vec::new();
    let mut examined = 0;
    while examined < EXAMINED {
        let page = tx.token_page(call.scope(), after, STRIDE)?;
        for found in page.found {
            let id = found.token.id;
            if filter.takes(&found) {
                taken.push(found);
                if taken.len() == size {
                    return Ok((taken, Some(id)));
                }
            }
        }
        examined += STRIDE;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok((taken, after))
}
