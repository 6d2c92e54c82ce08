//! How a lot differs from its box, as people and programs are told.

use serde_json::{Value, json};
use tokenfleet_proto::v1;

use crate::output::{Column, Printer, plain};
use crate::shapes::{bare, text, word};
use crate::words::{Lang, Say};

/// What is shown of a difference.
pub(super) const DIFFERENCES: &[Column] = &[
    Column { key: "kind", title: Say::HeadDifference, show: show_kind },
    Column { key: "serial", title: Say::HeadSerial, show: plain },
    Column { key: "vendor", title: Say::HeadVendor, show: plain },
    Column { key: "model", title: Say::HeadModel, show: plain },
    Column { key: "keys", title: Say::HeadKeys, show: plain },
];

/// Differences that are told one by one beside something else.
const TOLD: usize = 20;

/// Names differences, but not so many that they drive everything else off the screen.
pub(in crate::commands) fn tell_differences(printer: &mut Printer, comparison: &v1::DeliveryComparison) {
    for difference in comparison.differences.iter().take(TOLD) {
        printer.warn(&difference_words(difference, printer.lang));
    }
    let named = comparison.differences.len();
    if named > TOLD {
        // Of many, not all are sent.
        let all = usize::try_from(comparison.missing_count + comparison.surplus_count).unwrap_or(0).max(named);
        let more = all - TOLD;
        printer.warn(&Say::MoreDifferences.with(printer.lang, &[("more", &more.to_string())]));
    }
}

/// One difference as a sentence.
pub(in crate::commands) fn difference_words(difference: &v1::DeliveryDifference, lang: Lang) -> String {
    let kind = [difference.vendor.as_str(), &difference.model].join(" ");
    let keys = difference.key_count.to_string();
    let places = [("serial", difference.serial.as_str()), ("kind", kind.trim()), ("keys", &keys)];
    match difference.kind() {
        v1::DeliveryDifferenceKind::Missing => Say::IsMissing.with(lang, &places),
        v1::DeliveryDifferenceKind::Surplus => Say::IsSurplus.with(lang, &places),
        v1::DeliveryDifferenceKind::Other | v1::DeliveryDifferenceKind::Unspecified => Say::IsOther.with(lang, &places),
    }
}

/// How a lot compares with its box, as a sentence.
pub(in crate::commands) fn comparison_sentence(
    comparison: &v1::DeliveryComparison,
    accepted: bool,
    lang: Lang,
) -> String {
    let counts = [
        comparison.expected_count,
        comparison.found_count,
        comparison.missing_count,
        comparison.surplus_count,
        comparison.other_count,
    ];
    let [expected, found, missing, surplus, others] = counts.map(|count| count.to_string());
    let places = [
        ("lot", bare(&comparison.lot)),
        ("expected", &expected),
        ("found", &found),
        ("missing", &missing),
        ("surplus", &surplus),
        ("others", &others),
    ];
    let fits = comparison.missing_count + comparison.surplus_count + comparison.other_count == 0;
    match (fits, accepted) {
        (true, _) => Say::DeliveryMet.with(lang, &places),
        (false, true) => Say::DeliveryAccepted.with(lang, &places),
        (false, false) => Say::DeliveryDiffers.with(lang, &places),
    }
}

/// How a lot compares, for programs.
pub(in crate::commands) fn compared(comparison: &v1::DeliveryComparison) -> Value {
    json!({
        "expected": comparison.expected_count,
        "found": comparison.found_count,
        "missing": comparison.missing_count,
        "surplus": comparison.surplus_count,
        "others": comparison.other_count,
        "differences": comparison.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

/// One difference, for programs.
pub(super) fn difference(difference: &v1::DeliveryDifference) -> Value {
    json!({
        "kind": word(difference.kind().as_str_name(), "DELIVERY_DIFFERENCE_KIND_"),
        "serial": text(&difference.serial),
        "vendor": text(&difference.vendor),
        "model": text(&difference.model),
        "keys": Some(difference.key_count).filter(|keys| *keys > 0),
    })
}

/// What sort of difference it is, for people.
fn show_kind(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "missing" => Say::KindMissing,
        "surplus" => Say::KindSurplus,
        "other" => Say::KindOtherMake,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    #[test]
    fn every_kind_has_a_word_for_people() {
        for kind in 1..=3 {
            let name = v1::DeliveryDifferenceKind::try_from(kind).unwrap().as_str_name();
            let wire = json!(word(name, "DELIVERY_DIFFERENCE_KIND_"));
            assert_ne!(show_kind(&wire, Lang::Ja), wire.as_str().unwrap(), "{name}");
        }
    }

    #[test]
    fn only_so_many_differences_are_told_beside_something_else() {
        let difference = v1::DeliveryDifference {
            kind: v1::DeliveryDifferenceKind::Missing.into(),
            serial: "2600215704919".to_owned(),
            ..<_>::default()
        };
        let comparison = v1::DeliveryComparison { differences: vec![difference; TOLD + 3], ..<_>::default() };
        let (mut session, _, talk) = crate::commands::tests::session(Lang::En, Format::Table);
        tell_differences(&mut session.printer, &comparison);
        assert_eq!(talk.text().matches("2600215704919").count(), TOLD);
        assert!(talk.text().contains("and 3 more"), "{}", talk.text());
    }
}
