//! A zip archive by hand, in which every number may be a lie.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A member, with what its headers claim.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    /// Its packed bytes.
    pub(crate) packed: Vec<u8>,
    pub(crate) claimed_packed: u32,
    pub(crate) claimed_size: u32,
    pub(crate) extra: Vec<u8>,
    /// Where the directory says that it begins, if not where it does.
    pub(crate) claimed_offset: Option<u32>,
}

impl Member {
    /// A member that is as it says.
    pub(crate) fn sound(name: &str, content: &[u8]) -> Self {
        Self::of(name, content.len(), deflated(&[content]))
    }

    /// A member of so many times a piece.
    pub(crate) fn repeated(name: &str, piece: &[u8], count: usize) -> Self {
        let chunk = piece.repeat((1024 * 1024 / piece.len()).clamp(1, count));
        let times = count * piece.len() / chunk.len();
        Self::of(name, times * chunk.len(), deflated(&vec![&chunk[..]; times]))
    }

    fn of(name: &str, size: usize, (packed, crc): (Vec<u8>, u32)) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            method: 8,
            flags: 0,
            crc,
            claimed_packed: u32::try_from(packed.len()).unwrap(),
            claimed_size: u32::try_from(size).unwrap(),
            packed,
            extra: Vec::new(),
            claimed_offset: None,
        }
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = [20_u16, self.flags, self.method, 0, 33].map(u16::to_le_bytes).concat();
        bytes.extend([self.crc, self.claimed_packed, self.claimed_size].map(u32::to_le_bytes).concat());
        bytes.extend(
            [self.name.len(), self.extra.len()].map(|length| u16::try_from(length).unwrap().to_le_bytes()).concat(),
        );
        bytes
    }
}

/// An archive, with what its end claims.
#[derive(Clone, Default)]
pub(crate) struct Zip {
    pub(crate) members: Vec<Member>,
    pub(crate) claimed_members: Option<u16>,
    pub(crate) claimed_directory_size: Option<u32>,
    pub(crate) claimed_directory_offset: Option<u32>,
    pub(crate) comment: Vec<u8>,
}

impl Zip {
    pub(crate) fn of(members: Vec<Member>) -> Self {
        Self { members, ..Self::default() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for member in &self.members {
            let at = member.claimed_offset.unwrap_or(u32::try_from(bytes.len()).unwrap());
            bytes.extend(b"PK\x03\x04");
            bytes.extend(member.header());
            bytes.extend([&member.name[..], &member.extra, &member.packed].concat());
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(member.header());
            directory.extend([0_u16; 5].map(u16::to_le_bytes).concat());
            directory.extend([&at.to_le_bytes()[..], &member.name, &member.extra].concat());
        }
        let count = u16::try_from(self.members.len()).unwrap_or(u16::MAX);
        let count = self.claimed_members.unwrap_or(count);
        let offset = self.claimed_directory_offset.unwrap_or(u32::try_from(bytes.len()).unwrap());
        let size = self.claimed_directory_size.unwrap_or(u32::try_from(directory.len()).unwrap());
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([count, count].map(u16::to_le_bytes).concat());
        bytes.extend([size, offset].map(u32::to_le_bytes).concat());
        bytes.extend(u16::try_from(self.comment.len()).unwrap().to_le_bytes());
        bytes.extend(&self.comment);
        bytes
    }
}

/// Bytes as the deflate method packs them, and their check sum.
fn deflated(pieces: &[&[u8]]) -> (Vec<u8>, u32) {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("x", options).unwrap();
    for piece in pieces {
        zip.write_all(piece).unwrap();
    }
    let mut archive = ZipArchive::new(zip.finish().unwrap()).unwrap();
    let mut file = archive.by_index_raw(0).unwrap();
    let mut packed = Vec::new();
    file.read_to_end(&mut packed).unwrap();
    (packed, file.crc32())
}
