//! Holding a lot against its box: all its tokens are walked, some at a time, on readers; nothing is changed.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::delivery::{Comparing, Comparison, Delivery, DeliveryEnd, Difference};
use tokenfleet_domain::ids::{RowId, Serial};
use tokenfleet_domain::lot::{Lot, LotName};
use tokenfleet_domain::reject::Rejection;

use super::expect::{delivery_of, lot_of_delivery};
use crate::app::page::{Page, PageRequest};
use crate::app::{Answer, App, Decision, fault};
use crate::store::Tx;

/// Tokens that are looked at in one read.
const STRIDE: u32 = 1_000;

/// What a file brought besides the tokens that are of its lot.
#[derive(Debug, Default)]
pub(in crate::app) struct Beside {
    /// Serials whose seeds wait until the lot is opened.
    pub(in crate::app) waiting: Vec<Serial>,
    /// Tokens that were known before.
    pub(in crate::app) unchanged: i64,
}

/// A delivery, and how its lot compares with it.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What the box held.
    pub delivery: Delivery,
    /// How the lot compares; none where its file has not come.
    pub comparison: Option<Comparison>,
}

impl App {
    /// How a lot compares with its box, and a page of the differences.
    pub async fn delivery_compare(
        &self,
        name: LotName,
        page: PageRequest,
    ) -> Answer<(Delivery, Comparison, Page<Difference>)> {
        let codec = self.page_codec("differences", name.as_str());
        let mismatch = || Rejection::from(Reason::PageTokenMismatch).in_field("page_token");
        let after = codec.read(&page)?.map(|key| place(&key).ok_or_else(mismatch)).transpose()?.unwrap_or(0);
        let size = page.size()?;
        let no_file = Rejection::from(Reason::DeliveryNoFile).with("lot", name.as_str());
        let Compared { delivery, comparison } = self.delivery_compared(name).await?;
        let comparison = comparison.ok_or(no_file)?;
        let all = &comparison.differences;
        let items: Vec<_> = all.iter().skip(after).take(size).cloned().collect();
        let end = after + items.len();
        let next = (end < all.len()).then(|| codec.write(&u64::try_from(end).unwrap_or(u64::MAX).to_be_bytes()));
        Ok((delivery, comparison, Page { items, next }))
    }

    /// A delivery, and how its lot compares with it, where its file has come.
    pub(super) async fn delivery_compared(&self, name: LotName) -> Answer<Compared> {
        let job = move |tx: &mut Tx<'_>| -> Decision<_> {
            Ok(match delivery_of(tx, &name)? {
                Ok(delivery) => Ok((delivery, tx.delivery_serials(&name)?, lot_of_delivery(tx, &name)?.ok())),
                Err(no) => Err(no),
            })
        };
        let (delivery, serials, lot) = self.store().read(job).await.map_err(fault)??;
        let comparison = match lot.flatten() {
            Some(lot) => {
                let comparing = Comparing::new(&delivery, serials);
                Some(self.compare(&lot, &delivery, comparing, Beside::default()).await?)
            }
            None => None,
        };
        Ok(Compared { delivery, comparison })
    }

    /// Holds a lot against a box, of which some tokens may have been seen already.
    pub(in crate::app) async fn compare(
        &self,
        lot: &Lot,
        delivery: &Delivery,
        mut comparing: Comparing,
        beside: Beside,
    ) -> Answer<Comparison> {
        self.walk(lot, &mut comparing).await?;
        for serial in &beside.waiting {
            comparing.has_its_seed(serial.key());
        }
        self.look_elsewhere(delivery, &mut comparing).await?;
        let of_lot = if delivery.has_serials { 0 } else { self.devices(lot.id).await? };
        let waiting = i64::try_from(beside.waiting.len()).unwrap_or(i64::MAX);
        let comparison = comparing.end(of_lot + waiting + beside.unchanged);
        Ok(match &delivery.end {
            // Which tokens of the file were known before can't be counted any more.
            Some(end) if !delivery.has_serials => as_it_ended(delivery, end, comparison),
            Some(_) | None => comparison,
        })
    }

    async fn walk(&self, lot: &Lot, comparing: &mut Comparing) -> Answer<()> {
        let id = lot.id;
        let mut after = RowId([0; 16]);
        loop {
            let items = self.store().read(move |tx| tx.lot_items(id, after, STRIDE)).await.map_err(fault)?;
            let Some(last) = items.last() else { return Ok(()) };
            after = last.id;
            for item in &items {
                // A token that was here before its seed is no surplus: it did not come in this box.
                if item.created_at < lot.created_at {
                    comparing.has_its_seed(item.serial.key());
                } else {
                    comparing.see(&item.serial, &item.vendor, &item.model);
                }
            }
        }
    }

    /// What is in the box and not in the lot may have come with an earlier file.
    async fn look_elsewhere(&self, delivery: &Delivery, comparing: &mut Comparing) -> Answer<()> {
        for serials in comparing.unseen().chunks(STRIDE as usize) {
            let (serials, vendor) = (serials.to_vec(), delivery.vendor.clone());
            let job = move |tx: &mut Tx<'_>| {
                let mut known = Vec::new();
                for serial in serials {
                    if tx.serial_has_seed(&vendor, serial.key())? {
                        known.push(serial);
                    }
                }
                Ok(known)
            };
            for serial in self.store().read(job).await.map_err(fault)? {
                comparing.has_its_seed(serial.key());
            }
        }
        Ok(())
    }

    async fn devices(&self, lot: RowId) -> Answer<i64> {
        self.store().read(move |tx| tx.lot_devices(lot)).await.map_err(fault)
    }
}

/// A box that was only counted compares for good as it did at its end.
fn as_it_ended(delivery: &Delivery, end: &DeliveryEnd, now: Comparison) -> Comparison {
    let found = delivery.tokens - end.differs.missing + end.differs.surplus;
    Comparison { found, differs: end.differs, ..now }
}

/// How many differences were told before a page.
fn place(key: &[u8]) -> Option<usize> {
    usize::try_from(u64::from_be_bytes(key.try_into().ok()?)).ok()
}
