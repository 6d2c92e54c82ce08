//! The cells of a row to what they say.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::ids::{BadSerial, Serial, UserId};
use tokenfleet_domain::ports::Timestamp;
use tokenfleet_domain::reject::Rejection;
use unicode_normalization::UnicodeNormalization;

use crate::delimited::damage::{self, Habits, Serials};
use crate::field::{Field, heading};
use crate::holdings::columns::{Columns, Item, RawRow};
use crate::holdings::day::{BadDay, last_moment, moment};
use crate::holdings::{BadHolding, Holding, ListFormat};

/// Characters of a note that are kept.
const NOTE_MAX: usize = 300;

/// Characters of a name that are kept.
const NAME_MAX: usize = 100;

/// The kinds of token that show codes, in the words of other systems.
const KINDS: [&str; 3] = ["totp", "hotp", "hmac"];

/// The rows of a list, and how many were passed over since they are of other kinds of token.
pub(super) fn read_all(columns: &Columns, raw: Vec<RawRow>) -> (Vec<Result<Holding, BadHolding>>, u64) {
    let habits = habits(&raw);
    let mut passed_over = 0;
    let mut rows = Vec::new();
    for RawRow { line, cells } in raw {
        let cells = match cells {
            Ok(cells) => cells,
            Err(why) => {
                rows.push(Err(BadHolding { line, place: None, serial: None, why }));
                continue;
            }
        };
        let cell = |item| said(columns.format, RawRow::cell(&cells, item));
        let row = Row { columns, habits: &habits, line, cell: &cell };
        if row.is_of_other_kind() {
            passed_over += 1;
        } else {
            rows.push(row.holding().map_err(|wrong| row.bad(wrong)));
        }
    }
    (rows, passed_over)
}

/// What the serials of the list have in common.
fn habits(raw: &[RawRow]) -> Habits {
    let mut serials = Serials::default();
    for cells in raw.iter().filter_map(|row| row.cells.as_ref().ok()) {
        let make = (RawRow::cell(cells, Item::Manufacturer), RawRow::cell(cells, Item::Model));
        serials.note(RawRow::cell(cells, Item::Serial), make);
    }
    serials.habits()
}

/// A cell, where it says anything: other systems write out that there is nothing.
fn said(format: ListFormat, cell: &str) -> &str {
    let says_nothing = match format {
        ListFormat::PrivacyIdea | ListFormat::LinOtp => matches!(cell, "None" | "null"),
        ListFormat::Loans | ListFormat::Entra => matches!(cell, "-" | "－" | "なし"),
    };
    if says_nothing { "" } else { cell }
}

struct Row<'a> {
    columns: &'a Columns,
    habits: &'a Habits,
    line: u64,
    cell: &'a dyn Fn(Item) -> &'a str,
}

impl Row<'_> {
    fn is_of_other_kind(&self) -> bool {
        let kind = (self.cell)(Item::Kind);
        !kind.is_empty() && !KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known))
    }

    fn holding(&self) -> Result<Holding, Wrong> {
        let is_heading = |item: Item| heading((self.cell)(item)).is_some_and(|known| known.field == Field::Serial);
        if is_heading(Item::Serial) {
            return Err(Wrong { item: None, why: Reason::RowHeading.into() });
        }
        let holding = Holding {
            line: self.line,
            serial: self.serial()?,
            manufacturer: Some(clean((self.cell)(Item::Manufacturer), NAME_MAX)).filter(|name| !name.is_empty()),
            model: Some(clean((self.cell)(Item::Model), NAME_MAX)).filter(|name| !name.is_empty()),
            user: self.user()?,
            since: self.day(Item::Since, moment)?,
            returned: self.day(Item::Returned, moment)?,
            due: self.day(Item::Due, last_moment)?,
            department: Some(clean((self.cell)(Item::Department), NAME_MAX)).filter(|name| !name.is_empty()),
            note: clean((self.cell)(Item::Note), NOTE_MAX),
            is_stopped: is_no((self.cell)(Item::Active)) || is_yes((self.cell)(Item::Revoked)),
        };
        let has_days = holding.since.is_some() || holding.returned.is_some();
        if holding.user.is_none() && has_days {
            return Err(wrong(Item::User, Reason::AdoptUserMissing));
        }
        Ok(holding)
    }

    fn serial(&self) -> Result<Serial, Wrong> {
        let cell = (self.cell)(Item::Serial);
        if let Some(damage) = damage::of_serial(cell) {
            return Err(wrong(Item::Serial, damage));
        }
        let serial = cell.parse().map_err(|bad| match bad {
            BadSerial::Scientific => wrong(Item::Serial, Reason::RowSerialScientific),
            BadSerial::Empty | BadSerial::TooLong | BadSerial::Character => wrong(Item::Serial, bad),
        })?;
        let make = ((self.cell)(Item::Manufacturer), (self.cell)(Item::Model));
        match self.habits.damage(cell, make) {
            Some(damage) => Err(wrong(Item::Serial, damage)),
            None => Ok(serial),
        }
    }

    fn user(&self) -> Result<Option<UserId>, Wrong> {
        match (self.cell)(Item::User) {
            "" => Ok(None),
            cell => cell.parse().map(Some).map_err(|bad: tokenfleet_domain::ids::BadUserId| wrong(Item::User, bad)),
        }
    }

    fn day(&self, item: Item, read: fn(&str) -> Result<Option<Timestamp>, BadDay>) -> Result<Option<Timestamp>, Wrong> {
        read((self.cell)(item)).map_err(|bad| {
            let reason = match bad {
                BadDay::Number => Reason::AdoptDateNumber,
                BadDay::Other => Reason::AdoptDate,
            };
            wrong(item, Rejection::from(reason).with("field", item.word()))
        })
    }

    fn bad(&self, Wrong { item, why }: Wrong) -> BadHolding {
        let place = item.and_then(|item| Some((self.columns.number(item)?, item)));
        BadHolding { line: self.line, place, serial: (self.cell)(Item::Serial).parse().ok(), why }
    }
}

/// What is wrong with a row, and which item of it.
struct Wrong {
    item: Option<Item>,
    why: Rejection,
}

fn wrong(item: Item, why: impl Into<Rejection>) -> Wrong {
    Wrong { item: Some(item), why: why.into() }
}

fn is_no(cell: &str) -> bool {
    ["false", "0", "no"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn is_yes(cell: &str) -> bool {
    ["true", "1", "yes"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A text of bounded length without what terminals obey.
fn clean(text: &str, most: usize) -> String {
    text.nfc().filter(|c| !c.is_control()).take(most).collect::<String>().trim().to_owned()
}
