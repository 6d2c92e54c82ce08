//! Attacks on PSKC beyond those on XML: parts that are kept until a key refers to them, and parts in places where they do
//! not count.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{Hostile, numbered};

/// Every file of the class.
pub(crate) fn parts() -> Vec<Hostile> {
    let giant = || "a".repeat(1_000_000);
    vec![
        Hostile::refused("48 times 2 MB that keys share", &[Reason::FileLimit], move || {
            let parts = format!("<Issuer>{0}</Issuer><StartDate>{0}</StartDate>", giant());
            file(&numbered(48, |nth| format!("<KeyProperties Id=\"p{nth}\">{parts}</KeyProperties>\n")), "")
        }),
        Hostile::refused("65 properties that keys share", &[Reason::FileElement], || {
            file(&numbered(65, |nth| format!("<KeyProperties Id=\"p{nth}\"/>\n")), "")
        }),
        Hostile::problem("10,000 parts in another namespace", &[Reason::KeyNamespace], 0, || {
            file("", &"<v:Suite xmlns:v=\"urn:v\"/>".repeat(10_000))
        }),
        Hostile::problem("10,000 digests", &[Reason::KeyElement], 0, || {
            file("", &format!("<AlgorithmParameters>{}</AlgorithmParameters>", "<Suite>sha1</Suite>".repeat(10_000)))
        }),
    ]
}

/// A container with this before its only key, and this in it.
fn file(before: &str, inside: &str) -> Vec<u8> {
    format!(
        "<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\">\n{before}<KeyPackage><DeviceInfo>\
         <SerialNo>HT1</SerialNo></DeviceInfo><Key Id=\"1\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:hotp\">{inside}\
         <Data><Secret><PlainValue>bWFkZS11cCBzZWVkIHdpdGggMjA=</PlainValue></Secret></Data></Key></KeyPackage>\
         </KeyContainer>"
    )
    .into_bytes()
}
