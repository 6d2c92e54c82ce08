//! How files name algorithms: by a URI, of which the part behind `#` tells them apart.

use tokenfleet_domain::reject::Arg;

/// Where algorithms of XML Encryption, XML Signature and PKCS #5 are defined. Writers take one for another, as RFC 6030
/// does in its own figures, and nothing is named twice, so that each holds for all.
const HOMES: [&str; 7] = [
    "http://www.w3.org/2000/09/xmldsig",
    "http://www.w3.org/2001/04/xmldsig-more",
    "http://www.w3.org/2007/05/xmldsig-more",
    "http://www.w3.org/2001/04/xmlenc",
    "http://www.w3.org/2009/xmlenc11",
    "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5",
    "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0",
];

/// What a URI names, in lower case: `aes128-cbc`; None of one that is defined elsewhere.
pub(super) fn algorithm(uri: &str) -> Option<String> {
    let (home, name) = uri.trim_ascii().split_once('#')?;
    HOMES.contains(&home).then(|| name.to_ascii_lowercase())
}

/// The word for an algorithm that is refused: its name if it is a known one. What else a file may say is not repeated.
pub(super) fn word(known: Option<&'static str>) -> Arg {
    match known {
        Some(name) => Arg::from(name),
        None => Arg::Word { en: "an algorithm of an unknown name".to_owned(), ja: "不明な方式".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_named_by_a_known_uri_whole() {
        for (uri, expected) in [
            ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", Some("aes128-cbc")),
            ("\n http://www.w3.org/2009/xmlenc11#AES128-GCM ", Some("aes128-gcm")),
            ("http://www.w3.org/2000/09/xmldsig#hmac-sha256", Some("hmac-sha256")),
            ("http://example.org/#aes128-cbc", None),
            ("aes128-cbc", None),
            ("#aes128-cbc", None),
            ("", None),
        ] {
            assert_eq!(algorithm(uri).as_deref(), expected, "{uri}");
        }
    }
}
