//! The words of reports: what stands in their cells, and what they assume.

use serde_json::Value;
use tokenfleet_proto::v1;

use crate::shapes::rate;
use crate::words::{Lang, Say};

/// An assumption, for people; nothing where only a newer server knows it.
pub(super) fn note(note: &v1::ReportNote, lang: Lang) -> Option<String> {
    let say = match note.name.as_str() {
        "battery_years_default" => Say::AssumesBatteryYears,
        "lost_per_thousand_a_year" => Say::AssumesLosses,
        "losses_unknown_before_token_years" => Say::AssumesNoLosses,
        "window_seconds" => Say::AssumesWindow,
        "usual_milliseconds_per_day" => {
            let seconds = f64::from(i32::try_from(note.number).unwrap_or(i32::MAX)) / 1000.0;
            return Some(Say::AssumesUsualRate.with(lang, &[("rate", &format!("{seconds:.2}"))]));
        }
        _ => return None,
    };
    Some(say.with(lang, &[("number", &note.number.to_string())]))
}

/// Why a token fails.
pub(super) fn show_failing(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "disabled" => Say::FailsDisabled,
        "locked" => Say::FailsLocked,
        "failures" => Say::FailsAgain,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// Whether a seed is known; one that is known is nothing to see.
pub(super) fn show_seed(value: &Value, lang: Lang) -> String {
    match value.as_str().unwrap_or_default() {
        "none" => Say::SeedMissing.plain(lang).to_owned(),
        // A newer server may know more.
        other => other.to_owned(),
    }
}

/// From what a rate is known.
pub(super) fn show_rate_of(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "token" => Say::RateOfToken,
        "lot" => Say::RateOfLot,
        "model" => Say::RateOfModel,
        "specified" => Say::RateOfSpecified,
        "usual" => Say::RateOfUsual,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// What a day says of the server's clock.
pub(super) fn show_verdict(value: &Value, lang: Lang) -> String {
    let say = match value.as_str().unwrap_or_default() {
        "suspect" => Say::ClockSuspect,
        "normal" => Say::ClockNormal,
        // A newer server may know more.
        other => return other.to_owned(),
    };
    say.plain(lang).to_owned()
}

/// Seconds a day that a clock gains.
pub(super) fn show_rate(value: &Value, lang: Lang) -> String {
    value.as_f64().map(|per_day| rate(per_day, lang)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_word_and_assumption_of_a_server_has_words_for_people() {
        for (show, words) in [
            (show_failing as fn(&Value, Lang) -> String, &["disabled", "locked", "failures"][..]),
            (show_seed, &["none"]),
            (show_rate_of, &["token", "lot", "model", "specified", "usual"]),
            (show_verdict, &["suspect", "normal"]),
        ] {
            for word in words {
                assert_ne!(show(&json!(word), Lang::Ja), *word);
                assert_eq!(show(&json!("newer"), Lang::Ja), "newer");
            }
        }
        let told = |name: &str| note(&v1::ReportNote { name: name.to_owned(), number: 333 }, Lang::En);
        assert!(told("usual_milliseconds_per_day").unwrap().contains("0.33"));
        assert!(told("window_seconds").unwrap().contains("333"));
        assert_eq!(told("newer"), None);
    }
}
