//! Letters by mail merge: a text with places in braces, filled for one person after another.

/// The letter of a campaign, for those who have none of their own.
pub(crate) const CAMPAIGN: &str = include_str!("campaign.txt");

/// Fills the places of a letter; the name of the first place that nothing is known for.
pub(crate) fn fill(template: &str, places: &[(&str, &str)]) -> Result<String, String> {
    let mut letter = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        letter.push_str(before);
        let Some((place, behind)) = after.split_once('}') else { return Err(first_word(after)) };
        let known = places.iter().find(|(name, _)| *name == place);
        let (_, value) = known.ok_or_else(|| first_word(place))?;
        letter.push_str(value);
        rest = behind;
    }
    letter.push_str(rest);
    Ok(letter)
}

/// Enough of a place to find it again.
fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_an_unknown_one_is_named() {
        let places = [("user_id", "0123456789"), ("due_en", "31 March 2027")];
        assert_eq!(fill("{user_id}: by {due_en}\n", &places).as_deref(), Ok("0123456789: by 31 March 2027\n"));
        assert_eq!(fill("nothing", &places).as_deref(), Ok("nothing"));
        assert_eq!(fill("Dear {name},", &places), Err("name".to_owned()));
        assert_eq!(fill("an open { brace", &places), Err("brace".to_owned()));
        // What is filled in is no template.
        assert_eq!(fill("{user_id}", &[("user_id", "{due_en}")]).as_deref(), Ok("{due_en}"));
    }

    #[test]
    fn the_letter_that_comes_with_tokenadm_has_known_places_only() {
        let places = ["user_id", "serials", "due_ja", "due_en", "campaign"].map(|place| (place, "x"));
        assert!(fill(CAMPAIGN, &places).unwrap().contains("トークン"));
    }
}
