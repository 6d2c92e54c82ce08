//! Breaks long lines of Japanese, which has no blanks between its words.

use std::iter;

use unicode_width::UnicodeWidthChar;

/// A line may end behind these, and does not begin with one.
const CLOSING: &str = "，．：；？！）」』】";

/// A line may begin with these, and does not end with one.
const OPENING: &str = "（「『【";

/// Breaks every line of a text that is wider than so many columns. What is carried over stands where the line's last
/// column begins: behind its last gap of two blanks or more.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    text.split('\n').map(|line| wrap_line(line, width)).collect::<Vec<_>>().join("\n")
}

/// A line with a mark wherever it may be broken and has no blank.
pub(crate) fn with_breaks(line: &str, mark: &str) -> String {
    let mut marked = String::with_capacity(line.len());
    for piece in pieces(line) {
        if !marked.is_empty() && !marked.ends_with(' ') {
            marked.push_str(mark);
        }
        marked.push_str(piece);
    }
    marked
}

fn wrap_line(line: &str, width: usize) -> String {
    let indent = last_column(line).min(width / 2);
    let mut wrapped = String::with_capacity(line.len());
    let mut column = 0;
    for piece in pieces(line) {
        if column > indent && column + columns(piece.trim_end()) > width {
            wrapped.truncate(wrapped.trim_end().len());
            wrapped.push('\n');
            wrapped.extend(iter::repeat_n(' ', indent));
            column = indent;
        }
        wrapped.push_str(piece);
        column += columns(piece);
    }
    wrapped
}

/// Where the last column of a line begins.
fn last_column(line: &str) -> usize {
    let gap = line.trim_end().rfind("  ").map_or(0, |gap| gap + 2);
    columns(&line[..gap])
}

/// The parts of a line that are not broken; together they are the line.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    iter::from_fn(move || {
        let end = next_break(rest)?;
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

fn next_break(text: &str) -> Option<usize> {
    let mut before = None;
    for (at, char) in visible(text) {
        if before.is_some_and(|before| may_break(before, char)) {
            return Some(at);
        }
        before = Some(char);
    }
    Some(text.len()).filter(|length| *length > 0)
}

/// Whether a line may end between two characters: behind a blank or punctuation, before a bracket, and behind the
/// hiragana that a word ends with. So words stay whole.
fn may_break(before: char, after: char) -> bool {
    match (before, after) {
        (_, ' ') => false,
        (' ', _) => true,
        _ if CLOSING.contains(after) || OPENING.contains(before) => false,
        _ if CLOSING.contains(before) || OPENING.contains(after) => true,
        _ => is_hiragana(before) && !is_hiragana(after) && !after.is_ascii_punctuation(),
    }
}

fn is_hiragana(char: char) -> bool {
    ('\u{3041}'..='\u{309f}').contains(&char)
}

/// How many columns a text takes.
fn columns(text: &str) -> usize {
    visible(text).filter_map(|(_, char)| char.width()).sum()
}

/// The characters of a text that are seen: without the sequences that colour it, `ESC [ … m`.
fn visible(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut hidden = false;
    text.char_indices().filter(move |(_, char)| {
        let seen = !hidden && *char != '\u{1b}';
        hidden = !seen && *char != 'm';
        seen
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fits_is_left_as_it_is() {
        for line in ["", "  tokenadm show", "確認コードを確かめます", "  -n  試します  "] {
            assert_eq!(wrap(line, 22), line);
        }
    }

    #[test]
    fn what_is_carried_over_stands_below_the_last_column() {
        assert_eq!(
            wrap("  -n  確認コードを確かめます\n  -q  短い", 20),
            "  -n  確認コードを\n      確かめます\n  -q  短い"
        );
        assert_eq!(wrap("トークンの一覧", 12), "トークンの\n一覧");
    }

    #[test]
    fn words_stay_whole_and_punctuation_stays_with_its_word() {
        assert_eq!(wrap("状態は in_stock です", 10), "状態は\nin_stock\nです");
        assert_eq!(wrap("共通IDを確かめます．次に", 20), "共通IDを確かめます．\n次に");
        assert_eq!(wrap("裏面の番号（共通ID）", 12), "裏面の番号\n（共通ID）");
    }

    #[test]
    fn a_mark_stands_wherever_a_line_may_be_broken() {
        assert_eq!(with_breaks("状態は in_stock です．次に", "|"), "状態は in_stock です．|次に");
    }

    #[test]
    fn colours_take_no_room_and_are_kept() {
        let coloured = "\u{1b}[1m--user\u{1b}[0m  共通IDとして";
        assert_eq!(wrap(coloured, 20), coloured);
        assert_eq!(wrap(coloured, 13), "\u{1b}[1m--user\u{1b}[0m\n      共通IDとして");
    }

    #[test]
    fn a_word_that_is_wider_than_the_line_is_not_lost() {
        assert_eq!(wrap("  --secret-encoding  値", 8), "  --secret-encoding\n    値");
    }
}
