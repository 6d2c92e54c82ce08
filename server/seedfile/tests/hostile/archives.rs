//! Attacks on archives: what inflates without end, members in members and over one another, headers that lie.

use tokenfleet_domain::catalogue::Reason;

use crate::hostile::{BASE32, Hostile};
use crate::zipped::{Member, Zip};

const DAMAGED: &[Reason] = &[Reason::ArchiveDamaged];
const LIMIT: &[Reason] = &[Reason::ArchiveLimit, Reason::FileTooLarge];
const MIB: usize = 1024 * 1024;

fn seeds() -> String {
    format!("serial number,secret key,time interval\nHT1,{BASE32},30\nHT2,{BASE32},30\n")
}

fn sound() -> Zip {
    Zip::of(vec![Member::sound("seeds.csv", seeds().as_bytes())])
}

/// An archive in which something of its one member is another.
fn member(name: &str, why: &'static [Reason], change: impl FnOnce(&mut Member) + 'static) -> Hostile {
    Hostile::refused(name, why, || {
        let mut zip = sound();
        change(&mut zip.members[0]);
        zip.bytes()
    })
}

/// An archive in which something of its end is another.
fn end(name: &str, why: &'static [Reason], change: impl FnOnce(&mut Zip) + 'static) -> Hostile {
    Hostile::refused(name, why, || {
        let mut zip = sound();
        change(&mut zip);
        zip.bytes()
    })
}

/// What grows.
pub(crate) fn bombs() -> Vec<Hostile> {
    let bomb = |name: &str, why: &'static [Reason], piece: &'static [u8], count: usize| {
        Hostile::refused(name, why, move || Zip::of(vec![Member::repeated("seeds.csv", piece, count)]).bytes())
    };
    let mut files = vec![
        bomb("16 MiB of zeros", LIMIT, b"\0", 16 * MIB),
        bomb("32 MiB of zeros", LIMIT, b"\0", 32 * MIB),
        bomb("32 MiB of line ends", LIMIT, b"\n", 32 * MIB),
        bomb("16 MiB of tags", LIMIT, b"<a>", 16 * MIB / 3),
    ];
    files.push(Hostile::refused(
        "a bomb behind a sound beginning",
        &[Reason::ArchiveLimit, Reason::ArchiveDamaged],
        || {
            let heading = seeds();
            let mut bomb = Member::repeated("seeds.csv", &[heading.as_bytes(), &vec![b'\n'; MIB]].concat(), 24);
            bomb.claimed_size = 100;
            Zip::of(vec![bomb]).bytes()
        },
    ));
    files.push(Hostile::refused(
        "100 bombs that are no seed files",
        &[Reason::ArchiveNoSeeds, Reason::ArchivePart],
        || {
            let bomb = Member::repeated("0", b"\0", 8 * MIB);
            Zip::of((0..100).map(|nth| Member { name: nth.to_string().into_bytes(), ..bomb.clone() }).collect()).bytes()
        },
    ));
    files.push(Hostile::refused("100 bombs that begin as seed files", &[Reason::ArchivePart], || {
        let bomb = Member::repeated("0", &[seeds().as_bytes(), &vec![b'\n'; MIB]].concat(), 8);
        Zip::of((0..100).map(|nth| Member { name: nth.to_string().into_bytes(), ..bomb.clone() }).collect()).bytes()
    }));
    for depth in [1, 2, 20] {
        files.push(Hostile::refused(
            format!("{depth} archives in one another"),
            &[Reason::FileFormatRefused],
            move || (0..depth).fold(sound().bytes(), |inner, _| Zip::of(vec![Member::sound("a.zip", &inner)]).bytes()),
        ));
    }
    files
}

/// Members that are too many, lie over one another, or have names that mean mischief.
pub(crate) fn members() -> Vec<Hostile> {
    const NAMES: [(&str, &[u8]); 8] = [
        ("from the root", b"/etc/passwd"),
        ("from a drive", b"C:\\windows\\system.ini"),
        ("nowhere", b""),
        ("with a zero", b"seeds.csv\0.exe"),
        ("turned around", "\u{202e}vsc.sdees".as_bytes()),
        ("that colours a terminal", b"\x1b[31mseeds.csv"),
        ("of bytes that are no text", b"\xff\xfe\x80\x81"),
        ("with a line end", b"seeds\n.csv"),
    ];
    let many = |count: usize| {
        move || {
            let one = Member::sound("0", seeds().as_bytes());
            Zip::of((0..count).map(|nth| Member { name: nth.to_string().into_bytes(), ..one.clone() }).collect())
                .bytes()
        }
    };
    let mut files: Vec<_> = NAMES
        .into_iter()
        .map(|(name, path)| {
            Hostile::refused(
                format!("two members, one {name}"),
                &[Reason::ArchivePart, Reason::ArchiveDamaged],
                move || {
                    let mut zip = sound();
                    zip.members.push(Member { name: path.to_vec(), ..zip.members[0].clone() });
                    zip.bytes()
                },
            )
        })
        .collect();
    for (name, path) in [("upwards", "../../../etc/passwd"), ("upwards as in Windows", "..\\..\\windows\\system.ini")] {
        // What begins with a point is passed over, and what is read is never written anywhere.
        files.push(Hostile::harmless(format!("a member {name}"), 2, move || {
            let mut zip = sound();
            zip.members.push(Member { name: path.as_bytes().to_vec(), ..zip.members[0].clone() });
            zip.bytes()
        }));
    }
    files.push(Hostile::refused("257 members", LIMIT, many(257)));
    files.push(Hostile::refused("60,000 members", LIMIT, many(60_000)));
    files.push(Hostile::refused("256 members", &[Reason::ArchivePart], many(256)));
    files.push(Hostile::refused("names of 60 KiB", LIMIT, || {
        let one = Member::sound("0", seeds().as_bytes());
        let name = |nth: usize| format!("{}{nth}", "n".repeat(60 * 1024)).into_bytes();
        Zip::of((0..50).map(|nth| Member { name: name(nth), ..one.clone() }).collect()).bytes()
    }));
    files.push(Hostile::refused("the same member twice", DAMAGED, || {
        let one = Member::sound("seeds.csv", seeds().as_bytes());
        Zip::of(vec![one.clone(), one]).bytes()
    }));
    files.push(Hostile::refused("members that share their bytes", DAMAGED, || {
        let one = Member::sound("a.csv", seeds().as_bytes());
        let other = Member { name: b"b.csv".to_vec(), claimed_offset: Some(0), ..one.clone() };
        Zip::of(vec![one, other]).bytes()
    }));
    files.push(Hostile::refused("a hundred members over one bomb", DAMAGED, || {
        let bomb = Member::repeated("0", b"\0", 4 * MIB);
        let over = |nth: usize| Member {
            name: nth.to_string().into_bytes(),
            claimed_offset: Some(0),
            packed: if nth == 0 { bomb.packed.clone() } else { Vec::new() },
            ..bomb.clone()
        };
        Zip::of((0..100).map(over).collect()).bytes()
    }));
    files
}

/// Headers that lie, and methods that are not read.
pub(crate) fn headers() -> Vec<Hostile> {
    const METHODS: &[Reason] = &[Reason::ArchiveMethod, Reason::ArchiveDamaged];
    // A passphrase is asked for before anything else is looked at.
    const SOMEHOW: &[Reason] =
        &[Reason::ArchiveDamaged, Reason::FileEmpty, Reason::FileKeyWrong, Reason::FilePassphraseNeeded];
    let mut files = vec![
        member("another check sum", DAMAGED, |member| member.crc ^= 1),
        member("4 GiB packed", DAMAGED, |member| member.claimed_packed = u32::MAX - 1),
        member("half of it packed", DAMAGED, |member| member.claimed_packed /= 2),
        member("a member behind the end", DAMAGED, |member| member.claimed_offset = Some(1_000_000)),
        member("a member at the last address", DAMAGED, |member| member.claimed_offset = Some(u32::MAX - 1)),
        member("a member in the directory", DAMAGED, |member| member.claimed_offset = Some(130)),
        member("packed bytes that are none", DAMAGED, |member| member.packed.fill(0xff)),
        member("encrypted, it says", SOMEHOW, |member| member.flags |= 1),
        member("strongly encrypted, it says", SOMEHOW, |member| member.flags |= 1 | 1 << 6),
        member("AES without saying which", METHODS, |member| member.method = 99),
        member("AES of a strength there is not", SOMEHOW, |member| {
            (member.method, member.flags) = (99, 1);
            member.extra = b"\x01\x99\x07\x00\x02\x00AE\x09\x08\x00".to_vec();
        }),
        member("AES that is cut off", SOMEHOW, |member| {
            (member.method, member.flags) = (99, 1);
            member.extra = b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00".to_vec();
            member.packed.truncate(5);
            member.claimed_packed = 5;
        }),
        member("zip64 sizes of 2^63", SOMEHOW, |member| {
            (member.claimed_size, member.claimed_packed) = (u32::MAX, u32::MAX);
            member.extra = [&b"\x01\x00\x10\x00"[..], &[0xff; 7], &[0x7f], &[0xff; 7], &[0x7f]].concat();
        }),
        end("65,535 members, it says", DAMAGED, |zip| zip.claimed_members = Some(u16::MAX)),
        end("no members, it says", SOMEHOW, |zip| zip.claimed_members = Some(0)),
        Hostile::harmless("a directory of 4 GiB, it says", 2, || {
            Zip { claimed_directory_size: Some(u32::MAX - 1), ..sound() }.bytes()
        }),
        end("a directory behind the end", DAMAGED, |zip| zip.claimed_directory_offset = Some(1_000_000)),
        end("a directory at the last address", DAMAGED, |zip| zip.claimed_directory_offset = Some(u32::MAX)),
    ];
    for (name, method) in [
        ("shrunk", 1),
        ("imploded", 6),
        ("Deflate64", 9),
        ("bzip2", 12),
        ("LZMA", 14),
        ("Zstandard", 93),
        ("PPMd", 98),
        ("no method", 55),
    ] {
        files.push(member(name, METHODS, move |member| member.method = method));
    }
    let length = sound().bytes().len();
    for at in (4..length).step_by(length / 12) {
        files.push(Hostile::refused(format!("the first {at} bytes"), &[Reason::ArchiveDamaged], move || {
            let mut bytes = sound().bytes();
            bytes.truncate(at);
            bytes
        }));
    }
    files
}
