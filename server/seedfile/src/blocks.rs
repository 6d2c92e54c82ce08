//! A file held in memory: in blocks that never move, so that growing leaves no copies of seeds behind, and that are wiped
//! when they go. What one file may hold in all is counted against one budget.

use std::io::{self, Read, Seek, SeekFrom};

use tokenfleet_domain::{catalogue::Reason, reject::Rejection};
use zeroize::Zeroizing;

use crate::lines::read_some;

const BLOCK: usize = 64 * 1024;

/// Most bytes that an archive or a workbook and everything taken out of it may hold together.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// What may still be held.
pub(crate) struct Budget {
    left: usize,
}

impl Budget {
    /// For one file, of which so many bytes are held already.
    pub(crate) fn beside(held: usize) -> Result<Self, Rejection> {
        let mut budget = Self { left: MOST_HELD };
        budget.spend(held)?;
        Ok(budget)
    }

    /// Counts bytes that are to be held.
    pub(crate) fn spend(&mut self, bytes: usize) -> Result<(), Rejection> {
        let too_large = || Rejection::from(Reason::FileTooLarge).with("limit", "64 MiB");
        self.left = self.left.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }
}

/// Bytes, and where they are read next.
#[derive(Default)]
pub(crate) struct Blocks {
    /// All full but the last.
    blocks: Vec<Zeroizing<Vec<u8>>>,
    at: usize,
}

impl Blocks {
    /// Reads an input to its end.
    pub(crate) fn of(input: &mut impl Read, budget: &mut Budget) -> Result<Self, Rejection> {
        let mut blocks = Self::default();
        let mut chunk = Zeroizing::new(vec![0; BLOCK]);
        loop {
            let count = read_some(input, &mut chunk)?;
            if count == 0 {
                return Ok(blocks);
            }
            blocks.push(&chunk[..count], budget)?;
        }
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, mut bytes: &[u8], budget: &mut Budget) -> Result<(), Rejection> {
        budget.spend(bytes.len())?;
        while !bytes.is_empty() {
            if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
                self.blocks.push(Zeroizing::new(Vec::with_capacity(BLOCK)));
            }
            let Some(block) = self.blocks.last_mut() else { return Ok(()) };
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    /// Begins from the start again.
    pub(crate) fn rewind(&mut self) {
        self.at = 0;
    }

    /// How often four bytes stand in it, but for those that two blocks share.
    pub(crate) fn count(&self, sign: [u8; 4]) -> usize {
        let count_in = |block: &Zeroizing<Vec<u8>>| block.windows(sign.len()).filter(|window| **window == sign).count();
        self.blocks.iter().map(count_in).sum()
    }

    /// The bytes that are read next, up to the end of their block.
    fn next(&self) -> &[u8] {
        let block = self.blocks.get(self.at / BLOCK).map_or(&[][..], |block| block.as_slice());
        block.get(self.at % BLOCK..).unwrap_or_default()
    }
}

impl Read for Blocks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let next = self.next();
        let count = next.len().min(into.len());
        into[..count].copy_from_slice(&next[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Seek for Blocks {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |start: usize, by: i64| i64::try_from(start).ok().and_then(|start| start.checked_add(by));
        let at = match to {
            SeekFrom::Start(at) => i64::try_from(at).ok(),
            SeekFrom::End(by) => from(self.len(), by),
            SeekFrom::Current(by) => from(self.at, by),
        };
        let at = at.and_then(|at| u64::try_from(at).ok()).ok_or(io::ErrorKind::InvalidInput)?;
        // Behind the end there is nothing, however far.
        self.at = usize::try_from(at).unwrap_or(usize::MAX).min(self.len());
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(bytes: &[u8]) -> Blocks {
        Blocks::of(&mut &bytes[..], &mut Budget::beside(0).unwrap()).unwrap()
    }

    #[test]
    fn what_is_held_reads_as_it_came_from_any_place() {
        let bytes: Vec<u8> = (0..BLOCK * 2 + 10).map(|at| at.to_le_bytes()[0]).collect();
        let mut held = blocks(&bytes);
        assert_eq!(held.len(), bytes.len());
        for (to, at) in [
            (SeekFrom::Start(0), 0),
            (SeekFrom::Start(BLOCK as u64 - 1), BLOCK - 1),
            (SeekFrom::End(-12), bytes.len() - 12),
            (SeekFrom::End(0), bytes.len()),
            (SeekFrom::Start(u64::MAX >> 1), bytes.len()),
        ] {
            held.seek(to).unwrap();
            let mut rest = Vec::new();
            held.read_to_end(&mut rest).unwrap();
            assert!(rest == bytes[at..], "{to:?}");
        }
        held.rewind();
        held.seek(SeekFrom::Current(5)).unwrap();
        assert_eq!(held.next()[0], 5);
        assert!(held.seek(SeekFrom::Current(-6)).is_err());
        assert!(blocks(b"").next().is_empty());
    }

    #[test]
    fn nothing_is_held_beyond_the_budget() {
        let mut budget = Budget { left: 5 };
        let mut held = Blocks::default();
        held.push(b"abc", &mut budget).unwrap();
        assert_eq!(held.push(b"def", &mut budget).unwrap_err().reason, Reason::FileTooLarge);
        assert_eq!(held.len(), 3);
        held.push(b"de", &mut budget).unwrap();
        assert!(Budget::beside(MOST_HELD).is_ok() && Budget::beside(MOST_HELD + 1).is_err());
    }
}
