//! A made-up device: what it holds, what it shows, and the file it lives in.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::code;
use crate::failure::{Failure, Outcome};
use crate::os;
use crate::surroundings::Entropy;
use crate::words::Complaint;

/// What every device file says it was made by.
const MADE_BY: &str = "tokenadm practice";
/// What the secrets of made-up tokens are derived under.
const DERIVATION: &[u8] = b"tokenadm practice v1";
/// The folder of the devices inside a practice folder.
pub(crate) const FOLDER: &str = "devices";
/// The largest device file that is read.
const FILE_MAX: u64 = 64 * 1024;

/// What makes the code change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    /// The clock, which is `drift_seconds` off; negative is slow.
    Clock { period: u32, drift_seconds: i64 },
    /// The button; `counter` is the code shown now.
    Button { counter: u64 },
}

/// A made-up device.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Device {
    serial: String,
    digits: u32,
    movement: Movement,
    made_from: [u8; 16],
}

/// What a device shows.
pub(crate) struct Display {
    pub(crate) code: String,
    /// The step or counter of the code.
    pub(crate) moving_factor: u64,
    /// How long the clock shows the code after the present one; nothing for a button.
    pub(crate) seconds_left: Option<i64>,
}

/// A device file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceFile {
    made_by: String,
    serial: String,
    r#type: String,
    digits: u32,
    algorithm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    secret_hex: String,
    made_from: String,
}

impl Device {
    /// Makes up a device.
    pub(crate) fn make_up(serial: String, digits: u32, movement: Movement, entropy: &dyn Entropy) -> Outcome<Self> {
        let mut made_from = [0; 16];
        entropy.fill(&mut made_from)?;
        Ok(Self { serial, digits, movement, made_from })
    }

    /// The serial number.
    pub(crate) fn serial(&self) -> &str {
        &self.serial
    }

    /// How many digits it shows.
    pub(crate) fn digits(&self) -> u32 {
        self.digits
    }

    /// What makes its code change.
    pub(crate) fn movement(&self) -> Movement {
        self.movement
    }

    /// The made-up secret, for the made-up vendor file.
    pub(crate) fn secret(&self) -> [u8; 20] {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, DERIVATION);
        let mac = hmac::sign(&key, &[&self.made_from, self.serial.as_bytes()].concat());
        let mut secret = [0; 20];
        secret.iter_mut().zip(mac.as_ref()).for_each(|(to, from)| *to = *from);
        secret
    }

    /// What it shows at a moment, or `ahead` codes later.
    pub(crate) fn display(&self, now: DateTime<Utc>, ahead: u64) -> Display {
        let (moving_factor, seconds_left) = match self.movement {
            Movement::Clock { period, drift_seconds } => {
                let own_time = (now.timestamp() + drift_seconds).max(0);
                let period = i64::from(period);
                (own_time.unsigned_abs() / period.unsigned_abs() + ahead, Some(period - own_time % period))
            }
            Movement::Button { counter } => (counter + ahead, None),
        };
        Display { code: code::code(&self.secret(), moving_factor, self.digits), moving_factor, seconds_left }
    }

    /// Presses the button.
    pub(crate) fn press(&mut self) {
        if let Movement::Button { counter } = &mut self.movement {
            *counter += 1;
        }
    }

    /// Writes the file of a new device.
    pub(crate) fn write_new(&self, folder: &Path) -> Outcome {
        let path = path_in(folder, &self.serial);
        os::write_private(&path, &self.file_text()?).map_err(|error| Failure::unwritten(&path, &error))
    }

    /// Writes the file of a device that is there.
    pub(crate) fn write_again(&self, folder: &Path) -> Outcome {
        let path = path_in(folder, &self.serial);
        os::replace_private(&path, &self.file_text()?).map_err(|error| Failure::unwritten(&path, &error))
    }

    /// Reads a device that `practice new` made.
    pub(crate) fn read(folder: &Path, serial: &str) -> Outcome<Self> {
        let unknown =
            || Failure::with(Complaint::DeviceUnknown, [("serial", serial), ("folder", &folder.display().to_string())]);
        if serial.is_empty() || !serial.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(unknown());
        }
        let path = path_in(folder, serial);
        let text = read_capped(&path).map_err(|_missing| unknown())?;
        let device = serde_json::from_str(&text).ok().and_then(from_file).filter(|device| device.serial == serial);
        device.ok_or_else(|| Failure::with(Complaint::DeviceForeign, [("path", &path.display().to_string())]))
    }

    fn file_text(&self) -> Outcome<Vec<u8>> {
        let (kind, period, drift_seconds, counter) = match self.movement {
            Movement::Clock { period, drift_seconds } => ("totp", Some(period), Some(drift_seconds), None),
            Movement::Button { counter } => ("hotp", None, None, Some(counter)),
        };
        let file = DeviceFile {
            made_by: MADE_BY.to_owned(),
            serial: self.serial.clone(),
            r#type: kind.to_owned(),
            digits: self.digits,
            algorithm: "SHA1".to_owned(),
            period,
            drift_seconds,
            counter,
            secret_hex: HEXLOWER.encode(&self.secret()),
            made_from: HEXLOWER.encode(&self.made_from),
        };
        let mut text = serde_json::to_vec_pretty(&file).map_err(|error| Failure::of_output(&error.into()))?;
        text.push(b'\n');
        Ok(text)
    }
}

fn path_in(folder: &Path, serial: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{serial}.json"))
}

fn read_capped(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > FILE_MAX {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    fs::read_to_string(path)
}

/// The device of a file, where it was made here: nobody else knows how its secret follows from the rest.
fn from_file(file: DeviceFile) -> Option<Device> {
    let movement = match (file.r#type.as_str(), file.period, file.drift_seconds, file.counter) {
        ("totp", Some(period @ 15..=120), Some(drift_seconds), None) => Movement::Clock { period, drift_seconds },
        ("hotp", None, None, Some(counter)) => Movement::Button { counter },
        _ => return None,
    };
    let made_from = HEXLOWER.decode(file.made_from.as_bytes()).ok()?.try_into().ok()?;
    let device = Device { serial: file.serial, digits: file.digits, movement, made_from };
    let ours = file.made_by == MADE_BY
        && file.algorithm == "SHA1"
        && (6..=8).contains(&file.digits)
        && HEXLOWER.encode(&device.secret()) == file.secret_hex;
    ours.then_some(device)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::surroundings::tests::FakeEntropy;

    fn made(movement: Movement) -> (tempfile::TempDir, Device) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let entropy = FakeEntropy(Cell::new(1));
        let device = Device::make_up("9912345678901".to_owned(), 6, movement, &entropy).unwrap();
        device.write_new(folder.path()).unwrap();
        (folder, device)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_device_file_is_read_again_as_it_was_made() {
        for movement in [Movement::Clock { period: 60, drift_seconds: -310 }, Movement::Button { counter: 7 }] {
            let (folder, device) = made(movement);
            assert!(Device::read(folder.path(), device.serial()).unwrap() == device);
        }
    }

    #[test]
    fn a_device_file_with_another_secret_is_refused() {
        let (folder, device) = made(Movement::Button { counter: 0 });
        let path = path_in(folder.path(), device.serial());
        let text = fs::read_to_string(&path).unwrap();
        let real_seed = "3132333435363738393031323334353637383930";
        let forged = text.replace(&HEXLOWER.encode(&device.secret()), real_seed);
        assert_ne!(text, forged);
        for content in [forged.as_str(), "{}", "", "not json"] {
            fs::write(&path, content).unwrap();
            let failure = Device::read(folder.path(), device.serial()).err().unwrap();
            assert_eq!(failure.reason(), "DEVICE_FOREIGN", "{content}");
        }
    }

    #[test]
    fn a_serial_that_leads_out_of_the_folder_is_unknown() {
        let (folder, _) = made(Movement::Button { counter: 0 });
        for serial in ["../9912345678901", "", "1", "a/b"] {
            assert_eq!(Device::read(folder.path(), serial).err().unwrap().reason(), "DEVICE_UNKNOWN", "{serial}");
        }
    }

    #[test]
    fn a_slow_clock_shows_an_older_code() {
        let (_, right) = made(Movement::Clock { period: 60, drift_seconds: 0 });
        let (_, slow) = made(Movement::Clock { period: 60, drift_seconds: -310 });
        let now = at("2026-11-24T09:10:00Z");
        assert_eq!(slow.display(now, 0).code, right.display(at("2026-11-24T09:04:50Z"), 0).code);
        assert_ne!(slow.display(now, 0).code, right.display(now, 0).code);
        assert_eq!(slow.display(now, 0).seconds_left, Some(10));
    }

    #[test]
    fn the_next_code_is_the_one_shown_a_period_later() {
        let (_, device) = made(Movement::Clock { period: 30, drift_seconds: 5 });
        let now = at("2026-11-24T09:10:00Z");
        assert_eq!(device.display(now, 1).code, device.display(at("2026-11-24T09:10:30Z"), 0).code);
    }

    #[test]
    fn a_pressed_button_shows_the_next_code() {
        let (folder, mut device) = made(Movement::Button { counter: 0 });
        let now = at("2026-11-24T09:10:00Z");
        let expected = device.display(now, 1).code;
        device.press();
        device.write_again(folder.path()).unwrap();
        assert_eq!(Device::read(folder.path(), device.serial()).unwrap().display(now, 0).code, expected);
    }
}
