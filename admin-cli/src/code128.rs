//! Bar codes of kind Code 128, in its sets B (characters) and C (pairs of digits), as ISO/IEC 15417 has them.
//!
//! Knows characters and bars; knows nothing of labels, tokens or files.

/// How wide bars and spaces are, in turn, symbol by symbol; every symbol but the last is 11 modules wide.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

const TO_C: u8 = 99;
const TO_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: u8 = 106;

/// Check symbols are remainders by this.
const MODULUS: usize = 103;

/// Digits in a row from which on set C is shorter: within a text, and at either end of it.
const RUN_WITHIN: usize = 6;
const RUN_AT_AN_END: usize = 4;

/// The widths of bars and spaces in turn, a bar first; None where a character is not of printable ASCII.
pub(crate) fn bars(text: &str) -> Option<Vec<u32>> {
    let symbols = symbols(text)?;
    let widths = symbols.iter().filter_map(|symbol| WIDTHS.get(usize::from(*symbol)));
    Some(widths.flat_map(|widths| widths.bytes().map(|width| u32::from(width - b'0'))).collect())
}

/// Start, text, check and stop.
fn symbols(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if text.is_empty() || !text.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return None;
    }
    let mut symbols = Vec::new();
    let mut pairs = starts_with_pairs(text);
    symbols.push(if pairs { START_C } else { START_B });
    let mut at = 0;
    while let [first, rest @ ..] = &text[at..] {
        let run = digits(&text[at..]);
        match (pairs, rest) {
            (true, [second, ..]) if run >= 2 => {
                symbols.push((first - b'0') * 10 + (second - b'0'));
                at += 2;
            }
            (true, _) => {
                symbols.push(TO_B);
                pairs = false;
            }
            (false, _) if run.is_multiple_of(2) && is_worth_pairs(run, &text[at..]) => {
                symbols.push(TO_C);
                pairs = true;
            }
            (false, _) => {
                symbols.push(first - b' ');
                at += 1;
            }
        }
    }
    symbols.push(check(&symbols)?);
    symbols.push(STOP);
    Some(symbols)
}

/// Digits that a text begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn starts_with_pairs(text: &[u8]) -> bool {
    let run = digits(text);
    run >= RUN_AT_AN_END || (run == 2 && text.len() == 2)
}

/// Whether it is shorter to write the digits that follow as pairs.
fn is_worth_pairs(run: usize, text: &[u8]) -> bool {
    run >= RUN_WITHIN || (run >= RUN_AT_AN_END && run == text.len())
}

/// The start counts once, each further symbol as often as its place says.
fn check(symbols: &[u8]) -> Option<u8> {
    let sum: usize = symbols.iter().enumerate().map(|(place, symbol)| place.max(1) * usize::from(*symbol)).sum();
    u8::try_from(sum % MODULUS).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_symbol_is_as_wide_as_the_standard_says_and_none_is_another() {
        for (value, widths) in WIDTHS.iter().enumerate() {
            let modules = |skip: usize| widths.bytes().skip(skip).step_by(2).map(|width| u32::from(width - b'0')).sum();
            let (bars, spaces): (u32, u32) = (modules(0), modules(1));
            assert_eq!(bars + spaces, if value == usize::from(STOP) { 13 } else { 11 }, "{value}");
            // What readers check each symbol by.
            assert!(bars.is_multiple_of(2), "{value}");
        }
        assert_eq!(WIDTHS.iter().collect::<HashSet<_>>().len(), WIDTHS.len());
    }

    #[test]
    fn check_symbols_are_those_that_others_publish() {
        // The example of many introductions, in set B.
        let wikipedia = symbols("Wikipedia").unwrap();
        assert_eq!(wikipedia, [104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88, 106]);
        // A tracking number: set B, then C, then B again.
        let tracking = symbols("RI476394652CH").unwrap();
        assert_eq!(tracking, [104, 50, 41, 20, 99, 76, 39, 46, 52, 100, 35, 40, 26, 106]);
    }

    #[test]
    fn digits_are_written_as_pairs_where_that_is_shorter() {
        assert_eq!(symbols("1234").unwrap(), [105, 12, 34, 82, 106]);
        assert_eq!(symbols("12").unwrap(), [105, 12, 14, 106]);
        // Thirteen digits: six pairs and one by itself.
        assert_eq!(symbols("2600215704919").unwrap()[..9], [105, 26, 0, 21, 57, 4, 91, 100, 25]);
        assert_eq!(symbols("AB1234").unwrap()[..6], [104, 33, 34, 99, 12, 34]);
        assert_eq!(symbols("AB12345").unwrap()[..7], [104, 33, 34, 17, 99, 23, 45]);
        assert_eq!(symbols("A1234B").unwrap()[..7], [104, 33, 17, 18, 19, 20, 34]);
        assert_eq!(symbols("123").unwrap()[..4], [104, 17, 18, 19]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["2600215704919", "GALT11420104", "306EUO4-00960", "A1B22C333D4444", "00040008CFA5", "0", "~ !"] {
            assert_eq!(read(&symbols(text).unwrap()), text);
        }
    }

    #[test]
    fn what_has_no_bars_is_told() {
        for text in ["", "１２", "a\tb", "種"] {
            assert_eq!(bars(text), None, "{text}");
        }
        assert_eq!(bars("12").unwrap().iter().sum::<u32>(), 3 * 11 + 13);
    }

    /// Reads symbols as a reader does.
    fn read(symbols: &[u8]) -> String {
        let (start, body) = symbols.split_first().unwrap();
        let mut pairs = *start == START_C;
        let mut text = Vec::new();
        for symbol in &body[..body.len() - 2] {
            match (*symbol, pairs) {
                (TO_B, true) => pairs = false,
                (TO_C, false) => pairs = true,
                (value, true) => text.extend([b'0' + value / 10, b'0' + value % 10]),
                (value, false) => text.push(value + b' '),
            }
        }
        String::from_utf8(text).unwrap()
    }
}
