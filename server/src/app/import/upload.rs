//! The bytes of a file on their way from the network to the reader, which runs on a thread of its own.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER;
use ring::digest;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// Pieces on their way at most: the network waits while the reader is behind.
const PIECES: usize = 8;

/// A piece of a file; wiped after it was read.
type Piece = Zeroizing<Vec<u8>>;

/// Pieces that are held at the network's end for each time that the reader asks for a secret: what the caller had sent
/// before hearing of that comes in before the answer. This is more than the windows and buffers of a connection hold; at
/// any other time one piece is held, so that there is room for them.
const HELD_MAX: usize = 16;

/// The network's end.
pub struct UploadEnd {
    pieces: mpsc::Sender<Option<Piece>>,
    /// What waits for the reader; None is the end of the file.
    held: VecDeque<Option<Piece>>,
}

/// The reader's end.
pub struct Upload {
    pieces: mpsc::Receiver<Option<Piece>>,
    piece: Piece,
    read: usize,
    ended: bool,
}

/// The two ends of an upload.
pub fn upload() -> (UploadEnd, Upload) {
    let (sender, pieces) = mpsc::channel(PIECES);
    (
        UploadEnd { pieces: sender, held: VecDeque::new() },
        Upload { pieces, piece: Piece::default(), read: 0, ended: false },
    )
}

impl UploadEnd {
    /// Takes a piece, to be passed on.
    pub fn hold(&mut self, piece: Vec<u8>) {
        self.held.push_back(Some(Zeroizing::new(piece)));
    }

    /// Says that the file is whole. Dropped before that was passed on, the upload was broken off.
    pub fn finish(&mut self) {
        self.held.push_back(None);
    }

    /// Whether another piece may be taken, where an answer to a question comes behind it; `asked` is 0 where none does.
    pub fn has_room(&self, asked: usize) -> bool {
        self.held.is_empty() || self.held.len() < HELD_MAX * asked
    }

    /// Whether all was passed on.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Passes on the next piece; where there is none it waits for the reader to end. False when that wants no more. It
    /// may be broken off at any moment.
    pub async fn pass(&mut self) -> bool {
        if self.held.is_empty() {
            self.pieces.closed().await;
            return false;
        }
        let Ok(place) = self.pieces.reserve().await else { return false };
        if let Some(piece) = self.held.pop_front() {
            place.send(piece);
        }
        true
    }
}

impl Read for Upload {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Some(piece)) => {
                    self.piece = piece;
                    self.read = 0;
                }
                Some(None) => self.ended = true,
                // Dropped without `finish`: an error, since an end would make half a file look whole.
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let rest = &self.piece[self.read..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.read += length;
        Ok(length)
    }
}

/// An upload whose bytes are hashed as they pass.
pub(in crate::app) struct Hashed {
    upload: Upload,
    hash: FileHash,
}

/// The hash of what has passed.
#[derive(Clone)]
pub(in crate::app) struct FileHash(Arc<Mutex<digest::Context>>);

impl Hashed {
    pub(in crate::app) fn new(upload: Upload) -> Self {
        Self { upload, hash: FileHash(Arc::new(Mutex::new(digest::Context::new(&digest::SHA256)))) }
    }

    pub(in crate::app) fn hash(&self) -> FileHash {
        self.hash.clone()
    }
}

impl FileHash {
    /// SHA-256 in hex.
    pub(in crate::app) fn finish(&self) -> String {
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        HEXLOWER.encode(context.finish().as_ref())
    }
}

impl Read for Hashed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.upload.read(out)?;
        self.hash.0.lock().unwrap_or_else(PoisonError::into_inner).update(&out[..length]);
        Ok(length)
    }
}
