//! Which attribute says which fact of a person. An attribute is named with its options (`displayName;lang-ja`), and is that
//! one alone: servers answer `cn;lang-ja` to whoever asks for `cn`.

use std::collections::HashMap;

use ldap3::SearchEntry;
use serde::Deserialize;
use tokenfleet_domain::catalogue::{Lang, Reason};
use tokenfleet_domain::person::Field;
use tokenfleet_domain::reject::{Arg, Rejection};

use crate::app::Answer;
use crate::app::directory::source::Entry;

/// Most characters of an attribute's name.
const NAME_MAX: usize = 100;

/// The attributes of all facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes([Fact; Field::ALL.len()]);

/// The attributes that one fact may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fact {
    field: Field,
    ways: Ways,
    /// Whether somebody must have it: an ID, a name, and whatever the settings name.
    needed: bool,
}

/// In which attributes a fact is looked for: the first way that an entry has counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Ways(Vec<Vec<Attribute>>);

/// As it is written: `"cn"`, `"sn;lang-ja + givenName;lang-ja"`, `["displayName;lang-ja", "cn"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Several(Vec<String>),
}

/// An attribute's name with its options, as it is written and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    written: String,
    folded: String,
}

/// What a reading has seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How many entries.
    pub(super) entries: usize,
    facts: [bool; Field::ALL.len()],
}

impl Attributes {
    /// The attributes as the settings name them, else those that universities use.
    pub(super) fn of(mut named: impl FnMut(Field) -> Option<Ways>) -> Self {
        Self(Field::ALL.map(|field| {
            let ways = named(field);
            let needed = ways.is_some() || matches!(field, Field::UserId | Field::Name);
            Fact { field, ways: ways.unwrap_or_else(|| Ways::usual(field)), needed }
        }))
    }

    /// The attribute that an ID is in, as a filter asks for it.
    pub(super) fn id(&self) -> String {
        let ids = self.0.iter().filter(|fact| fact.field == Field::UserId);
        ids.flat_map(|fact| fact.ways.all()).map(|id| id.written.clone()).next().unwrap_or_default()
    }

    /// All names.
    pub(super) fn asked_for(&self) -> Vec<String> {
        self.0.iter().flat_map(|fact| fact.ways.all()).map(|attribute| attribute.written.clone()).collect()
    }

    /// Somebody as the server has them.
    pub(super) fn entry(&self, found: SearchEntry, seen: &mut Seen) -> Entry {
        let SearchEntry { dn, attrs, bin_attrs, .. } = found;
        let unreadable = bin_attrs.into_keys().map(|name| (fold(&name), None));
        let values: HashMap<_, _> =
            attrs.into_iter().map(|(name, values)| (fold(&name), Some(values))).chain(unreadable).collect();
        seen.entries += 1;
        let mut cells = self.0.each_ref().map(|fact| fact.ways.cell(&values));
        for (cell, seen) in cells.iter_mut().zip(&mut seen.facts) {
            *seen |= !matches!(cell, Ok(cell) if cell.is_empty());
        }
        Entry { name: dn, cells }
    }

    /// The first fact that nobody has and somebody must have: its attributes, and what people call it.
    pub(super) fn unseen(&self, seen: &Seen) -> Option<(String, Arg)> {
        let (fact, _) = self.0.iter().zip(seen.facts).find(|(fact, seen)| fact.needed && !seen)?;
        let [en, ja] = [Lang::En, Lang::Ja].map(|lang| fact.field.name(lang).to_owned());
        Some((fact.ways.written(), Arg::Word { en, ja }))
    }
}

impl Ways {
    fn usual(field: Field) -> Self {
        let name = match field {
            Field::UserId => "uid",
            Field::Name => "displayName;lang-ja",
            Field::Kana => "displayName;lang-ja;phonetic",
            Field::Latin => "cn",
            Field::Department => "ou",
            Field::Kind => "eduPersonPrimaryAffiliation",
            // No attribute is usual for these.
            Field::LastDay | Field::MergedInto | Field::OtherId => return Self(Vec::new()),
        };
        Self(vec![vec![Attribute { written: name.to_owned(), folded: fold(name) }]])
    }

    fn all(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter().flatten()
    }

    fn written(&self) -> String {
        let names = |way: &Vec<Attribute>| {
            way.iter().map(|attribute| attribute.written.as_str()).collect::<Vec<_>>().join(" + ")
        };
        self.0.iter().map(names).collect::<Vec<_>>().join(", ")
    }

    /// What an entry says; nothing where it has none of the attributes.
    fn cell(&self, values: &HashMap<String, Option<Vec<String>>>) -> Answer<String> {
        for way in &self.0 {
            let parts = way.iter().filter_map(|attribute| Some((attribute, values.get(&attribute.folded)?)));
            let parts = parts.map(|(attribute, values)| attribute.value(values.as_deref()));
            let parts: Vec<_> = parts.collect::<Answer<_>>()?;
            if parts.iter().any(|part| !part.is_empty()) {
                return Ok(parts.join(" ").trim().to_owned());
            }
        }
        Ok(String::new())
    }
}

impl Attribute {
    /// The one value; None stands for values that are no text.
    fn value<'a>(&self, values: Option<&'a [String]>) -> Answer<&'a str> {
        match values {
            None => Err(Rejection::from(Reason::DirectoryText).with("limit", NAME_MAX.to_string())),
            Some([]) => Ok(""),
            Some([value]) => Ok(value.trim()),
            Some(_) => Err(Rejection::from(Reason::LdapValues).with("attribute", self.written.as_str())),
        }
    }
}

impl TryFrom<Written> for Ways {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let ways = match written {
            Written::One(way) => vec![way],
            Written::Several(ways) => ways,
        };
        if ways.is_empty() {
            return Err("names no attribute".to_owned());
        }
        let ways = ways.iter().map(|way| way.split('+').map(attribute).collect());
        ways.collect::<Result<_, _>>().map(Self)
    }
}

fn attribute(text: &str) -> Result<Attribute, String> {
    let written = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';' | '_');
    if written.starts_with(|c: char| c.is_ascii_alphanumeric())
        && written.len() <= NAME_MAX
        && written.chars().all(fits)
    {
        Ok(Attribute { written: written.to_owned(), folded: fold(written) })
    } else {
        Err(format!("{written:?} is no attribute; write it as \"cn\" or \"displayName;lang-ja\""))
    }
}

/// A name as it is compared: letters alike, options in any order.
fn fold(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split(';');
    let name = parts.next().unwrap_or_default();
    let mut options: Vec<_> = parts.collect();
    options.sort_unstable();
    std::iter::once(name).chain(options).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(toml: &str) -> Result<Ways, String> {
        #[derive(Deserialize)]
        struct Section {
            name: Ways,
        }
        toml::from_str(&format!("name = {toml}")).map(|section: Section| section.name).map_err(|no| no.to_string())
    }

    fn attributes() -> Attributes {
        let mut named = [
            (Field::Name, ways(r#"["sn;lang-ja + givenName;lang-ja", "cn"]"#).ok()),
            (Field::LastDay, ways(r#""schacExpiryDate""#).ok()),
        ];
        Attributes::of(|field| named.iter_mut().find(|(named, _)| *named == field)?.1.take())
    }

    fn entry(values: &[(&str, &[&str])]) -> SearchEntry {
        let attrs = values.iter().map(|(name, values)| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        });
        SearchEntry { dn: "uid=1".to_owned(), attrs: attrs.collect(), bin_attrs: HashMap::new() }
    }

    fn name(values: &[(&str, &[&str])]) -> Answer<String> {
        let [_, name, ..] = attributes().entry(entry(values), &mut Seen::default()).cells;
        name
    }

    #[test]
    fn the_first_way_that_an_entry_has_counts_and_parts_are_joined() {
        let taro = ("CN", &["Sato Taro"][..]);
        assert_eq!(name(&[("sn;lang-ja", &["佐藤"]), ("givenName;LANG-JA", &["太郎"]), taro]).unwrap(), "佐藤 太郎");
        assert_eq!(name(&[("sn;lang-ja", &["佐藤"]), taro]).unwrap(), "佐藤");
        assert_eq!(
            name(&[("sn", &["Sato"]), taro]).unwrap(),
            "Sato Taro",
            "an attribute without its option is another"
        );
        assert_eq!(name(&[]).unwrap(), "");
    }

    #[test]
    fn several_values_and_values_that_are_no_text_are_not_chosen_from() {
        let no = name(&[("cn", &["Sato Taro", "T. Sato"])]).unwrap_err();
        assert_eq!((no.reason, no.message(Lang::En).as_str()), (Reason::LdapValues, "cn has several values"));
        let mut found = entry(&[]);
        found.bin_attrs.insert("cn".to_owned(), vec![vec![0xff]]);
        let [_, name, ..] = attributes().entry(found, &mut Seen::default()).cells;
        assert_eq!(name.unwrap_err().reason, Reason::DirectoryText);
    }

    #[test]
    fn options_are_compared_in_any_order() {
        assert_eq!(fold("displayName;phonetic;lang-JA"), fold("displayname;lang-ja;phonetic"));
        assert_ne!(fold("displayName;lang-ja"), fold("displayName"));
    }

    #[test]
    fn what_the_settings_name_must_be_seen_and_what_is_usual_need_not() {
        let mut seen = Seen::default();
        let taro: &[(&str, &[&str])] = &[("uid", &["0123456780"]), ("cn", &["Sato Taro"])];
        attributes().entry(entry(taro), &mut seen);
        let (missing, _) = attributes().unseen(&seen).unwrap();
        assert_eq!(missing, "schacExpiryDate");
        attributes().entry(entry(&[("schacexpirydate", &["20270331145959Z"])]), &mut seen);
        assert_eq!(attributes().unseen(&seen), None, "nobody has an affiliation, which is not named");
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for text in [r#""""#, r#""cn,sn""#, r#""(cn)""#, r#""cn +""#, "[]", "7"] {
            assert!(ways(text).is_err(), "{text}");
        }
    }
}
