//! Lists without a header, known by the kind and order of their cells. Guarantee: a list is taken for one of these only
//! where a row shows what no other has. Two columns alone show nothing: they are refused, with what the operator may say.

use std::borrow::Cow;

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};

use crate::delimited::arrange::{Arrangement, filled};
use crate::delimited::cells::{Cells, Delimiter, split};
use crate::delimited::inventory::Inventory;
use crate::delimited::plan::{Plan, Told, is_any_heading, is_wordy};
use crate::delimited::yubico::{self, Log};
use crate::delimited::{nexus, phenixid};
use crate::evidence::Layout;
use crate::field::Field;
use crate::foreign::{Foreign, fold_word, is_number};
use crate::kind::other;
use crate::secret::{SecretEncoding, decode};

const ENTRA_ORDER: [Field; 6] =
    [Field::UserName, Field::Serial, Field::Secret, Field::Period, Field::Manufacturer, Field::Model];
const OATH_ORDER: [Field; 6] = [Field::Serial, Field::Secret, Field::Type, Field::Digits, Field::Period, Field::Hash];
const MULTI_OTP_ORDER: [Field; 6] =
    [Field::Serial, Field::Manufacturer, Field::Type, Field::Secret, Field::Digits, Field::Period];
const PING_ID_ORDER: [Field; 3] = [Field::Serial, Field::Secret, Field::Counter];

/// Columns for user, resolver and realm that version 2 of OATH CSV has before the others.
const OATH_2_COLUMNS: usize = 3;

/// Least bytes of a secret by which a list with more than two columns is known.
const SEED_BYTES: usize = 10;

/// Makes the plan of the list that these rows are of, if they are of one.
pub(crate) fn recognise(rows: &[Cells<'_>], delimiter: Delimiter, told: Told) -> Result<Option<Plan>, Rejection> {
    // A heading nobody knows is not skipped: what stands below it may mean anything. A single word is no heading.
    let Some(first) = rows.iter().find(|row| row.iter().filter(|cell| !cell.is_empty()).count() > 1) else {
        return Ok(None);
    };
    let any = |is_row: fn(&Cells<'_>) -> bool| rows.iter().any(is_row);
    let arranged = |layout, arrangement| Ok(Some(Plan::of_arrangement(layout, delimiter, arrangement, told)));
    if delimiter == Delimiter::Colon {
        return if any(nexus::is_row) { arranged(Layout::Nexus, Arrangement::Nexus) } else { Ok(None) };
    }
    if any(yubico::is_row) {
        let log = if any(yubico::is_short) { Log::Short } else { Log::Traditional };
        let plan = Plan::of_arrangement(log.layout(), delimiter, Arrangement::Yubico(log), told);
        return Ok(Some(Plan { constants: vec![(Field::Manufacturer, "Yubico".to_owned())], ..plan }));
    }
    if is_wordy(first) && !is_typed(first) || any(is_any_heading) {
        return Ok(None);
    }
    match () {
        () if any(Inventory::is_row) => arranged(Layout::Rcdevs, Arrangement::Rcdevs(Inventory::USUAL)),
        () if any(phenixid::is_typed) => arranged(Layout::PhenixId, Arrangement::PhenixId),
        () if any(is_multi_otp) => {
            Ok(Some(moving_alike(Plan::of_order(Layout::MultiOtp, delimiter, &MULTI_OTP_ORDER, told))))
        }
        () if is_entra(first) => Ok(Some(Plan::of_order(Layout::EntraRows, delimiter, &ENTRA_ORDER, told))),
        () if any(|row| is_typed(row)) => {
            Ok(Some(moving_alike(Plan::of_order(Layout::OathCsv, delimiter, &OATH_ORDER, told))))
        }
        () if rows.iter().any(|row| is_bare(row, told)) && !is_ping_id(rows) => {
            // Check sums of files look just so.
            Err(if delimiter == Delimiter::Blank { Foreign::Duo.refusal() } else { Reason::ListBare.into() })
        }
        () if is_ping_id(rows) => Ok(Some(Plan::of_order(Layout::PingId, delimiter, &PING_ID_ORDER, told))),
        () => Ok(None),
    }
}

/// The plan of privacyIDEA's version 2, which a file's first line names, where a row is one of it. Its cells stand
/// between commas.
pub(crate) fn oath_2(rows: &[&str], told: Told) -> Option<Plan> {
    let is_row =
        |cells: &Cells<'_>| cells.get(OATH_2_COLUMNS..).is_some_and(|cells| is_typed(cells) || is_bare(cells, told));
    if !rows.iter().filter_map(|row| split(row, Delimiter::Comma).ok()).any(|cells| is_row(&cells)) {
        return None;
    }
    let mut plan = moving_alike(Plan::of_order(Layout::OathCsv2, Delimiter::Comma, &OATH_ORDER, told));
    for position in plan.positions.iter_mut().flatten() {
        *position += OATH_2_COLUMNS;
    }
    plan.positions[Field::UserName as usize] = Some(0);
    plan.columns += OATH_2_COLUMNS;
    Some(plan)
}

/// One cell is the interval of a clock or the counter of a button.
fn moving_alike(mut plan: Plan) -> Plan {
    plan.positions[Field::Counter as usize] = plan.position(Field::Period);
    plan
}

fn cell<'a>(cells: &'a [Cow<'_, str>], at: usize) -> &'a str {
    cells.get(at).map_or("", Cow::as_ref)
}

/// `serial, seed, totp, 6`: a type in the third cell, behind it digits or what a key of another type has.
fn is_typed(cells: &[Cow<'_, str>]) -> bool {
    let kind = fold_word(cell(cells, 2));
    let is_oath = matches!(kind.as_str(), "hotp" | "hmac" | "totp" | "oathhotp" | "oathtotp");
    is_oath && (cell(cells, 3).is_empty() || is_number(cell(cells, 3))) || other(cell(cells, 2)).is_some()
}

/// `serial, seed` and nothing else, the seed of two bytes at least.
fn is_bare(cells: &[Cow<'_, str>], told: Told) -> bool {
    let [serial, secret, rest @ ..] = cells else { return false };
    !serial.is_empty()
        && rest.iter().all(|cell| cell.is_empty())
        && decode(secret, told.encoding.unwrap_or(SecretEncoding::Hex)).is_ok_and(|seed| seed.len() >= 2)
}

/// `serial;maker;HOTP;seed;6;0`.
fn is_multi_otp(cells: &Cells<'_>) -> bool {
    let kind = fold_word(cell(cells, 2));
    filled(cells) == MULTI_OTP_ORDER.len()
        && matches!(kind.as_str(), "hotp" | "totp" | "motp")
        && is_seed(cell(cells, 3))
        && is_number(cell(cells, 4))
        && is_number(cell(cells, 5))
}

/// `serial,seed,0`: a third number is a counter only where it can be neither an interval nor digits nor a date, as that
/// of a new button is.
fn is_ping_id(rows: &[Cells<'_>]) -> bool {
    let mut has_zero = false;
    for row in rows.iter().filter(|row| filled(row) > PING_ID_ORDER.len() - 1) {
        if filled(row) > PING_ID_ORDER.len() || !is_seed(cell(row, 1)) || !is_number(cell(row, 2)) {
            return false;
        }
        has_zero |= cell(row, 2) == "0";
    }
    has_zero
}

fn is_seed(text: &str) -> bool {
    decode(text, SecretEncoding::Hex).is_ok_and(|seed| seed.len() >= SEED_BYTES)
}

/// `name@example.com, serial, secret, 60, maker, model`.
fn is_entra(cells: &Cells<'_>) -> bool {
    let [user, serial, secret, period, _, _, rest @ ..] = cells.as_slice() else { return false };
    let is_user = user.is_empty() || user.contains('@') || user.eq_ignore_ascii_case("upn");
    is_user && !serial.is_empty() && !secret.is_empty() && is_number(period) && rest.iter().all(|cell| cell.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delimited::plan::recognise;

    const HEX: &str = "00112233445566778899aabbccddeeff01234567";
    const BASE64: &str = "bWFkZS11cCBzZWVkIG5vLiAyMCE=";

    #[test]
    fn lists_without_a_header_are_known_by_their_cells() {
        for (rows, layout, delimiter) in [
            (&["tok1, 1212", "tok2, 1212, totp, 6"][..], Layout::OathCsv, Delimiter::Comma),
            (&["tok1;00112233", "tok2;00112233;hotp"], Layout::OathCsv, Delimiter::Semicolon),
            (&["serialX", "tok1\t1212\ttotp\t8"], Layout::OathCsv, Delimiter::Tab),
            (&["tok1 1212 totp 8 60"], Layout::OathCsv, Delimiter::Blank),
            (&["tok1,1j12,totp,6"], Layout::OathCsv, Delimiter::Comma),
            (&["ocra1, 1212, ocra, OCRA-1:HOTP-SHA1-8:QH40"], Layout::OathCsv, Delimiter::Comma),
            (&["a@example.com,100,MFRGGZDF,60,Maker,Model 1"], Layout::EntraRows, Delimiter::Comma),
            (&["upn,100,MFRGGZDF,60,Maker,Key"], Layout::EntraRows, Delimiter::Comma),
        ] {
            let plan = recognise(rows, Told::default()).unwrap();
            assert_eq!((plan.layout, plan.delimiter), (layout, delimiter), "{rows:?}");
        }
    }

    #[test]
    fn lists_of_other_servers_are_known_by_one_of_their_rows() {
        for (row, layout) in [
            (format!("ABC1;Maker 1;HOTP;{HEX};6;0"), Layout::MultiOtp),
            (format!("ABC1,Maker 1,mOTP,{HEX},6,10"), Layout::MultiOtp),
            (format!("ABC1\tMaker 1\tTOTP\t{HEX}\t8\t60"), Layout::MultiOtp),
            (format!("TOTP;10001;SHA1;{HEX};0;30;6"), Layout::PhenixId),
            (format!("HOTP;10001;{HEX};5"), Layout::PhenixId),
            (format!("SN1:{BASE64}:MA=="), Layout::Nexus),
            (format!("SN1,{HEX},0"), Layout::PingId),
            (format!("OATH-HOTP,11.12.13 18:55,1,cccc,,{HEX},,,0,0,0,6,0,0,0,0,0,0"), Layout::Yubico),
            (format!("508327,,0,{HEX},,2013-12-12T08:41:07,"), Layout::YubicoShort),
            ("LOGGING START,11.12.13 16:43".to_owned(), Layout::Yubico),
            ("Type, Reference, Description, Data".to_owned(), Layout::Rcdevs),
            ("\"Data\",\"Reference\",\"Type\"".to_owned(), Layout::Rcdevs),
            (r#""OTP Token", "60234567", "c202", "TokenKey=AAAA,TokenType=VE9UUA==""#.to_owned(), Layout::Rcdevs),
        ] {
            let plan = recognise(&[&row], Told::default()).unwrap_or_else(|why| panic!("{row}: {why}"));
            assert_eq!(plan.layout, layout, "{row}");
        }
    }

    #[test]
    fn two_columns_alone_may_be_anything() {
        for rows in [&["tok1;00112233"][..], &["firmware.bin,d41d8cd98f00b204e9800998ecf8427e", "", "b.bin,00ff,,"]] {
            let refusal = recognise(rows, Told::default()).err().map(|why| why.reason);
            assert_eq!(refusal, Some(Reason::ListBare), "{rows:?}");
        }
    }

    #[test]
    fn what_may_mean_two_things_is_no_list() {
        for row in [
            format!("SN1,{HEX},60"),
            format!("SN1,{HEX},6"),
            format!("SN1,{HEX},20261124"),
            format!("SN1,{HEX},345"),
            format!("SN1:{BASE64}"),
            "12:30:45".to_owned(),
            "Note: see this: page".to_owned(),
            format!("508327,,0,{HEX},,２０１３-12-12T08:41:07,"),
            format!("ABC1;Maker 1;HOTP;{HEX};six;0"),
        ] {
            let refusal = recognise(&[&row], Told::default()).err().map(|why| why.reason);
            assert_eq!(refusal, Some(Reason::FileFormatUnknown), "{row}");
        }
    }
}
