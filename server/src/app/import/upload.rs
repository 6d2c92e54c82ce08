//! The bytes of a file on their way from the network to the reader, which runs on a thread of its own.

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

/// The network's end.
pub struct UploadEnd(mpsc::Sender<Option<Piece>>);

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
    (UploadEnd(sender), Upload { pieces, piece: Piece::default(), read: 0, ended: false })
}

impl UploadEnd {
    /// Passes a piece on; false when the reader wants no more.
    pub async fn send(&self, piece: Vec<u8>) -> bool {
        self.0.send(Some(Zeroizing::new(piece))).await.is_ok()
    }

    /// Says that the file is whole. Dropped without it, the upload was broken off.
    pub async fn finish(self) -> bool {
        self.0.send(None).await.is_ok()
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
