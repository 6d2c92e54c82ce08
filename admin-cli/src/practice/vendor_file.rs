//! The made-up vendor file: the same shapes that vendors ship, with made-up content.

use data_encoding::{BASE32_NOPAD, HEXLOWER};

use super::device::{Device, Movement};
use crate::args::Vendor;

/// What is fixed about a vendor's practice tokens.
pub(crate) struct Habits {
    /// What the serial numbers begin with.
    pub(crate) serial_prefix: &'static str,
    /// How many digits come after it.
    pub(crate) serial_digits: u32,
    /// Seconds a code is shown.
    pub(crate) period: u32,
    /// Whether the file can say how many digits a code has, and that a token has a button.
    pub(crate) says_profile: bool,
    /// Whether the file names who made its tokens.
    pub(crate) names_vendor: bool,
}

/// What is fixed about a vendor's practice tokens. No serial has ten digits, so none is taken for a person's ID.
pub(crate) fn habits(vendor: Vendor) -> Habits {
    let (serial_prefix, serial_digits, period, says_profile) = match vendor {
        Vendor::Entra => ("99", 5, 30, false),
        Vendor::Feitian => ("99", 11, 60, false),
        Vendor::Deepnet => ("99", 6, 60, false),
        Vendor::Token2 => ("99", 9, 30, false),
        Vendor::OathCsv => ("PRACTICE", 6, 30, true),
    };
    Habits { serial_prefix, serial_digits, period, says_profile, names_vendor: vendor != Vendor::OathCsv }
}

/// The text of the file.
pub(crate) fn text(vendor: Vendor, devices: &[Device]) -> String {
    let head = header(vendor).map(|header| format!("{header}\n")).unwrap_or_default();
    devices.iter().fold(head, |text, device| text + &row(vendor, device) + "\n")
}

fn header(vendor: Vendor) -> Option<&'static str> {
    match vendor {
        Vendor::Entra | Vendor::Feitian => Some("upn,serial number,secret key,time interval,manufacturer,model"),
        Vendor::Deepnet => Some("serial number,secret key,time interval,manufacturer,model"),
        Vendor::Token2 => Some("upn,serial number,secret key,timeinterval,manufacturer,model"),
        Vendor::OathCsv => None,
    }
}

fn row(vendor: Vendor, device: &Device) -> String {
    let serial = device.serial();
    let base32 = BASE32_NOPAD.encode(&device.secret());
    let period = match device.movement() {
        Movement::Clock { period, .. } => period.to_string(),
        Movement::Button { .. } => String::new(),
    };
    match vendor {
        Vendor::Entra => format!(",{serial},{base32},{period},Practice,made up"),
        Vendor::Feitian => format!(",{serial},{base32},{period},Feitian,OTP c200"),
        Vendor::Deepnet => format!("{serial},{base32},{period},Deepnet Security,SafeID/Classic"),
        // Token2 leaves the word itself in the column.
        Vendor::Token2 => format!("upn,{serial},{base32},{period},Token2,C301i"),
        Vendor::OathCsv => oath_row(device),
    }
}

fn oath_row(device: &Device) -> String {
    let (serial, hex, digits) = (device.serial(), HEXLOWER.encode(&device.secret()), device.digits());
    match device.movement() {
        Movement::Clock { period, .. } => format!("{serial},{hex},totp,{digits},{period}"),
        Movement::Button { .. } => format!("{serial},{hex},hotp,{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::surroundings::tests::FakeEntropy;

    fn text_of(vendor: Vendor, movement: Movement) -> String {
        let device = Device::make_up("S1".to_owned(), 6, movement, &FakeEntropy(Cell::new(0))).unwrap();
        let secret = device.secret();
        text(vendor, &[device])
            .replace(&BASE32_NOPAD.encode(&secret), "BASE32")
            .replace(&HEXLOWER.encode(&secret), "hex")
    }

    #[test]
    fn every_layout_is_the_vendors() {
        let clock = Movement::Clock { period: 60, drift_seconds: 0 };
        assert_eq!(
            text_of(Vendor::Entra, clock),
            "upn,serial number,secret key,time interval,manufacturer,model\n,S1,BASE32,60,Practice,made up\n"
        );
        assert_eq!(
            text_of(Vendor::Feitian, clock),
            "upn,serial number,secret key,time interval,manufacturer,model\n,S1,BASE32,60,Feitian,OTP c200\n"
        );
        assert_eq!(
            text_of(Vendor::Deepnet, clock),
            "serial number,secret key,time interval,manufacturer,model\nS1,BASE32,60,Deepnet Security,SafeID/Classic\n"
        );
        assert_eq!(
            text_of(Vendor::Token2, clock),
            "upn,serial number,secret key,timeinterval,manufacturer,model\nupn,S1,BASE32,60,Token2,C301i\n"
        );
        assert_eq!(text_of(Vendor::OathCsv, clock), "S1,hex,totp,6,60\n");
        assert_eq!(text_of(Vendor::OathCsv, Movement::Button { counter: 0 }), "S1,hex,hotp,6\n");
    }

    #[test]
    fn no_practice_serial_looks_like_the_id_of_a_person() {
        for vendor in [Vendor::Entra, Vendor::Feitian, Vendor::Deepnet, Vendor::Token2] {
            let habits = habits(vendor);
            assert_ne!(habits.serial_prefix.len() + habits.serial_digits as usize, 10, "{vendor:?}");
        }
        assert_eq!(habits(Vendor::Feitian).serial_prefix.len() + habits(Vendor::Feitian).serial_digits as usize, 13);
    }
}
