//! Looking at tokens: one, or page by page.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{RowId, UserId};
use tokenfleet_domain::operator::Scope;
use tokenfleet_domain::otp::verdict::Verdict;

use crate::app::clock::Sighting;
use crate::app::filter::{TOKEN_ORDER, TokenBy, TokenFilter, read_order};
use crate::app::page::{Page, PageRequest};
use crate::app::target::Target;
use crate::app::{Answer, App, Call, fault, fault_after};
use crate::store::{Found, Order, StoreError, TokenPage, Tx};

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
        let found = self.store().read(move |tx| tx.token_by_id(call.scope(), token)).await.map_err(fault_after)?;
        // Another may have lent it since, most of all where the deed was done long ago and comes again from memory.
        found.ok_or_else(|| Reason::OutOfSight.into())
    }

    /// What a sighting of a token's clock means.
    pub fn verdict(&self, found: &Found, sighting: Option<Sighting>) -> Option<Verdict> {
        sighting?.verdict(&found.token.profile, self.settings().entra_window_seconds)
    }

    /// The window a verdict is given for.
    pub fn entra_window_seconds(&self) -> i64 {
        self.settings().entra_window_seconds
    }

    /// A page of tokens.
    pub async fn token_list(
        &self,
        call: Call,
        filter: TokenFilter,
        order_by: &str,
        page: PageRequest,
    ) -> Answer<Page<Found>> {
        let order = read_order(order_by, TOKEN_ORDER)?;
        let codec = self.page_codec("tokens", &format!("{order:?}\n{}", filter.text()));
        let after = codec.read_row(&page)?;
        let size = page.size()?;
        let job = move |tx: &mut Tx<'_>| walk(tx, &call, &filter, order, after, size);
        let (items, next) = self.store().read(job).await.map_err(fault)?;
        Ok(Page { items, next: next.map(|id: RowId| codec.write_row(id)) })
    }
}

/// Walks an index from a place on until the page is full, the tokens end, or enough was examined: what was taken, and
/// where to go on.
pub(super) fn walk(
    tx: &mut Tx<'_>,
    call: &Call,
    filter: &TokenFilter,
    order: Order,
    mut after: Option<RowId>,
    size: usize,
) -> Result<(Vec<Found>, Option<RowId>), StoreError> {
    let Some(path) = Path::of(tx, filter)? else { return Ok((Vec::new(), None)) };
    let mut taken = Vec::new();
    let mut examined = 0;
    while examined < EXAMINED {
        let page = path.stride(tx, call.scope(), order, after)?;
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

/// What is walked.
enum Path {
    All,
    Lot(RowId),
    User(UserId),
}

impl Path {
    /// None where it leads nowhere.
    fn of(tx: &mut Tx<'_>, filter: &TokenFilter) -> Result<Option<Self>, StoreError> {
        Ok(match &filter.by {
            TokenBy::All => Some(Self::All),
            TokenBy::Lot(name) => tx.lot_find(name)?.map(|lot| Self::Lot(lot.id)),
            TokenBy::User(user) => Some(Self::User(user.clone())),
        })
    }

    fn stride(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        order: Order,
        after: Option<RowId>,
    ) -> Result<TokenPage, StoreError> {
        match self {
            Self::All => tx.token_page(scope, order, after, STRIDE),
            Self::Lot(lot) => tx.tokens_of_lot(scope, *lot, order, after, STRIDE),
            Self::User(user) => {
                let mut found = tx.tokens_of_user(scope, user)?;
                found.sort_by_key(|found| found.token.id);
                if order == Order::Newest {
                    found.reverse();
                }
                // The last one that was shown may have been returned since.
                found.retain(|found| after.is_none_or(|after| follows(order, found.token.id, after)));
                Ok(TokenPage { found, next: None })
            }
        }
    }
}

/// Whether a row comes after another one in this order.
fn follows(order: Order, id: RowId, after: RowId) -> bool {
    match order {
        Order::Oldest => id > after,
        Order::Newest => id < after,
    }
}
