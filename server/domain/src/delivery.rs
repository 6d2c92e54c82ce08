//! Deliveries: what a box held, written down when it came, and how the seed file of its lot compares with it.
//!
//! The comparison is a pure function of what the box held and of the tokens of the lot, shown to it one by one. It is
//! bounded: of what is surplus, the first serials are named and the rest is counted.

use std::collections::{BTreeMap, HashMap};

use crate::ids::{OperatorName, Serial, Vendor};
use crate::lot::LotName;
use crate::ports::Timestamp;
use crate::token::{UnknownWord, words};

/// Serials that one delivery holds at most: they fit into one message and one row.
pub const SERIALS_MAX: usize = 10_000;

/// Serials in the file and not in the box that are named; the rest is counted. Twice what a box holds: more of them are
/// another file.
pub const SURPLUS_NAMED_MAX: usize = 2 * SERIALS_MAX;

/// Other vendors and models that are named.
pub const OTHERS_NAMED_MAX: usize = 20;

words! {
    /// How far a delivery is.
    DeliveryState {
        /// Its seed file is waited for, or holds something else.
        Expected = "expected" / "照合待ち",
        /// Its lot is what the box held.
        Met = "met" / "一致",
        /// Its lot is something else, and somebody accepted that.
        Accepted = "accepted" / "差異を承認済み",
        /// Nobody waits for it any more.
        Cancelled = "cancelled" / "取りやめ",
    }
}

/// What a box held, and what became of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The lot that its seed file becomes, or became.
    pub lot: LotName,
    /// Who made the tokens.
    pub vendor: Vendor,
    /// Their model.
    pub model: String,
    /// The purchase order.
    pub order: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How many tokens the box held.
    pub tokens: i64,
    /// Whether their serials were written down, too.
    pub has_serials: bool,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// Who entered it, or changed it last.
    pub entered_by: OperatorName,
    /// How it ended; none while it is expected.
    pub end: Option<DeliveryEnd>,
    /// Counts changes of the row.
    pub version: i64,
}

impl Delivery {
    /// Changes with every change of the row.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// The next version, at its end.
    #[must_use]
    pub fn ended(&self, state: DeliveryState, end: DeliveryEnd) -> Self {
        Self { state, end: Some(end), version: self.version + 1, ..self.clone() }
    }
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: OperatorName,
    /// How its lot differed then.
    pub differs: Differs,
}

/// How much a lot differs from its box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differs {
    /// Tokens in the box and not in the file.
    pub missing: i64,
    /// Tokens in the file and not in the box.
    pub surplus: i64,
    /// Keys in the file that are of another vendor or model.
    pub others: i64,
}

impl Differs {
    /// Whether it differs at all.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// One difference between a lot and its box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// In the box, not in the file.
    Missing(Serial),
    /// In the file, not in the box.
    Surplus(Serial),
    /// Keys in the file that are of another vendor or model.
    Other {
        /// The vendor.
        vendor: Vendor,
        /// The model; empty where the file names none.
        model: String,
        /// How many.
        tokens: i64,
    },
}

/// How a lot compares with its box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How many tokens the box held.
    pub expected: i64,
    /// How many of any box the file holds.
    pub found: i64,
    /// How much the two differ.
    pub differs: Differs,
    /// The differences that can be named: other kinds, then what is missing, then what is surplus, each in order.
    pub differences: Vec<Difference>,
}

/// A comparison under way.
#[derive(Debug)]
pub struct Comparing {
    vendor: Vendor,
    model: String,
    contents: Contents,
    others: BTreeMap<(Vendor, String), i64>,
    /// Keys of another vendor or model, named or not.
    others_count: i64,
}

#[derive(Debug)]
enum Contents {
    /// So many.
    Counted(i64),
    /// These, by the key of their serial.
    Listed { box_held: HashMap<String, Listed>, surplus: BTreeMap<String, Serial>, surplus_unnamed: i64 },
}

#[derive(Debug)]
struct Listed {
    serial: Serial,
    was_seen: bool,
}

impl Comparing {
    /// Begins with what the box held; the serials are empty where it was only counted.
    pub fn new(delivery: &Delivery, serials: Vec<Serial>) -> Self {
        let listed = |serial: Serial| (serial.key().to_owned(), Listed { serial, was_seen: false });
        let contents = if delivery.has_serials {
            let box_held = serials.into_iter().map(listed).collect();
            Contents::Listed { box_held, surplus: BTreeMap::new(), surplus_unnamed: 0 }
        } else {
            Contents::Counted(delivery.tokens)
        };
        Self {
            vendor: delivery.vendor.clone(),
            model: delivery.model.clone(),
            contents,
            others: BTreeMap::new(),
            others_count: 0,
        }
    }

    /// Looks at one token of the lot.
    pub fn see(&mut self, serial: &Serial, vendor: &Vendor, model: &str) {
        self.see_kind(vendor, model);
        let Contents::Listed { box_held, surplus, surplus_unnamed } = &mut self.contents else { return };
        match box_held.get_mut(serial.key()) {
            Some(listed) => listed.was_seen = true,
            None if surplus.len() < SURPLUS_NAMED_MAX => drop(surplus.insert(serial.key().to_owned(), serial.clone())),
            None => *surplus_unnamed += i64::from(!surplus.contains_key(serial.key())),
        }
    }

    /// A file that does not name the model says nothing against it.
    fn see_kind(&mut self, vendor: &Vendor, model: &str) {
        let is_other_model = !model.is_empty() && !model.eq_ignore_ascii_case(&self.model);
        if *vendor == self.vendor && !is_other_model {
            return;
        }
        self.others_count += 1;
        let kind = (vendor.clone(), model.to_owned());
        if self.others.len() < OTHERS_NAMED_MAX || self.others.contains_key(&kind) {
            *self.others.entry(kind).or_default() += 1;
        }
    }

    /// Serials of the box that no token of the lot has.
    pub fn unseen(&self) -> Vec<Serial> {
        let Contents::Listed { box_held, .. } = &self.contents else { return Vec::new() };
        box_held.values().filter(|listed| !listed.was_seen).map(|listed| listed.serial.clone()).collect()
    }

    /// A serial of the box whose seed came some other way, such as with an earlier file.
    pub fn has_its_seed(&mut self, serial_key: &str) {
        if let Contents::Listed { box_held, .. } = &mut self.contents
            && let Some(listed) = box_held.get_mut(serial_key)
        {
            listed.was_seen = true;
        }
    }

    /// What came out. `devices` is how many tokens the file holds, for a box that was only counted.
    pub fn end(self, devices: i64) -> Comparison {
        let other = |((vendor, model), tokens)| Difference::Other { vendor, model, tokens };
        let mut differences: Vec<_> = self.others.into_iter().map(other).collect();
        let (expected, missing, surplus) = match self.contents {
            Contents::Counted(expected) => (expected, (expected - devices).max(0), (devices - expected).max(0)),
            Contents::Listed { box_held, surplus, surplus_unnamed } => {
                let (expected, surplus_count) = (length(box_held.len()), length(surplus.len()) + surplus_unnamed);
                let mut missing: Vec<_> = box_held.into_iter().filter(|(_, listed)| !listed.was_seen).collect();
                missing.sort_unstable_by(|one, other| one.0.cmp(&other.0));
                let missing_count = length(missing.len());
                differences.extend(missing.into_iter().map(|(_, listed)| Difference::Missing(listed.serial)));
                differences.extend(surplus.into_values().map(Difference::Surplus));
                (expected, missing_count, surplus_count)
            }
        };
        let differs = Differs { missing, surplus, others: self.others_count };
        Comparison { expected, found: expected - missing + surplus, differs, differences }
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(text: &str) -> Serial {
        text.parse().unwrap()
    }

    fn vendor(text: &str) -> Vendor {
        text.parse().unwrap()
    }

    fn delivery(tokens: i64, has_serials: bool) -> Delivery {
        Delivery {
            lot: "2026-11-24-a".parse().unwrap(),
            vendor: vendor("deepnet"),
            model: "SafeID/Classic".to_owned(),
            order: "PO-1".to_owned(),
            state: DeliveryState::Expected,
            tokens,
            has_serials,
            entered_at: Timestamp::UNIX_EPOCH,
            entered_by: "stock".parse().unwrap(),
            end: None,
            version: 1,
        }
    }

    fn listed(serials: &[&str]) -> Comparing {
        let serials: Vec<_> = serials.iter().map(|text| serial(text)).collect();
        Comparing::new(&delivery(length(serials.len()), true), serials)
    }

    #[test]
    fn what_fits_does_not_differ_however_it_is_spelt() {
        let mut comparing = listed(&["sn-1", "SN-2"]);
        comparing.see(&serial("SN-1"), &vendor("deepnet"), "");
        comparing.see(&serial("ｓｎ-2"), &vendor("deepnet"), "safeid/classic");
        let comparison = comparing.end(2);
        assert_eq!((comparison.expected, comparison.found), (2, 2));
        assert!(!comparison.differs.is_any() && comparison.differences.is_empty());
    }

    #[test]
    fn missing_and_surplus_are_named_in_order_and_a_serial_with_two_keys_is_one_token() {
        let mut comparing = listed(&["3", "1", "2"]);
        for text in ["2", "9", "8", "9", "2"] {
            comparing.see(&serial(text), &vendor("deepnet"), "");
        }
        assert_eq!(comparing.unseen().len(), 2);
        let Comparison { expected, found, differs, differences } = comparing.end(3);
        assert_eq!((expected, found, differs), (3, 3, Differs { missing: 2, surplus: 2, others: 0 }));
        let [missing, surplus] = [Difference::Missing, Difference::Surplus];
        assert_eq!(
            differences,
            [missing(serial("1")), missing(serial("3")), surplus(serial("8")), surplus(serial("9"))]
        );
    }

    #[test]
    fn a_serial_whose_seed_came_before_is_not_missing() {
        let mut comparing = listed(&["1", "2"]);
        comparing.see(&serial("1"), &vendor("deepnet"), "");
        comparing.has_its_seed("2");
        assert!(!comparing.end(1).differs.is_any());
    }

    #[test]
    fn a_box_that_was_counted_is_held_against_a_count() {
        let end = |devices| {
            let comparison = Comparing::new(&delivery(3, false), Vec::new()).end(devices);
            assert_eq!((comparison.found, comparison.differences.len()), (devices, 0));
            (comparison.differs.missing, comparison.differs.surplus)
        };
        assert_eq!([end(3), end(1), end(5)], [(0, 0), (2, 0), (0, 2)]);
    }

    #[test]
    fn another_vendor_or_model_is_named_with_how_many() {
        let mut comparing = Comparing::new(&delivery(3, false), Vec::new());
        comparing.see(&serial("1"), &vendor("feitian"), "");
        comparing.see(&serial("2"), &vendor("deepnet"), "SafeID/Mini");
        comparing.see(&serial("3"), &vendor("deepnet"), "SafeID/Mini");
        let comparison = comparing.end(3);
        assert_eq!(comparison.differs, Differs { others: 3, ..Differs::default() });
        let other = |vendor, model: &str, tokens| Difference::Other { vendor, model: model.to_owned(), tokens };
        let named = [other(vendor("deepnet"), "SafeID/Mini", 2), other(vendor("feitian"), "", 1)];
        assert_eq!(comparison.differences, named);
    }

    #[test]
    fn of_another_file_altogether_so_many_are_named_and_the_rest_is_counted() {
        let mut comparing = listed(&["1"]);
        for number in 0..SURPLUS_NAMED_MAX + 5 {
            let other = vendor(&format!("v{}", number % (OTHERS_NAMED_MAX + 5)));
            comparing.see(&serial(&format!("X{number}")), &other, "");
        }
        let comparison = comparing.end(0);
        let all = length(SURPLUS_NAMED_MAX + 5);
        assert_eq!(comparison.differs, Differs { missing: 1, surplus: all, others: all });
        assert_eq!(comparison.differences.len(), OTHERS_NAMED_MAX + 1 + SURPLUS_NAMED_MAX);
    }
}
