//! A file on its way to the server.

use std::fs::File;
use std::future;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokenfleet_proto::CHUNK_MAX;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use super::secrets::Secret;
use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::words::{Complaint, Lang, Say};

/// How many pieces of a file wait for the network.
const PIECES_WAITING: usize = 4;

/// A file on its way to the server, piece by piece.
pub(in crate::commands) struct Upload {
    pub(in crate::commands) pieces: ReceiverStream<Vec<u8>>,
    pub(in crate::commands) broken: oneshot::Receiver<Broken>,
    /// Whether the file was read to its end: from then on the server may have all of it.
    pub(in crate::commands) is_read: Arc<AtomicBool>,
}

/// A file that broke off. It holds the way to the server open: a closed one would say that the file is whole.
pub(in crate::commands) struct Broken {
    pub(in crate::commands) error: io::Error,
    pub(in crate::commands) _pieces: mpsc::Sender<Vec<u8>>,
}

impl Upload {
    /// Opens a file and starts to read it, on a thread of its own.
    pub(in crate::commands) fn of(file: &Path) -> Outcome<Self> {
        let source = open(file).map_err(|error| unreadable(&shown_name(file), &error))?;
        let (pieces_in, pieces) = mpsc::channel(PIECES_WAITING);
        let (broken_in, broken) = oneshot::channel();
        let is_read = Arc::new(AtomicBool::new(false));
        let at_end = is_read.clone();
        std::thread::spawn(move || feed(source, pieces_in, broken_in, &at_end));
        Ok(Self { pieces: ReceiverStream::new(pieces), broken, is_read })
    }
}

/// What follows the header on the way to the server.
pub(super) enum Part {
    /// What may open the file, or that nothing more does.
    Secret(Option<Secret>),
    /// Bytes of the file.
    Chunk(Vec<u8>),
    /// The file is whole, and the way stays open for answers.
    End,
}

/// All that follows the header: the file, and answers where there may be any.
pub(super) struct Parts {
    pieces: ReceiverStream<Vec<u8>>,
    is_whole: bool,
    answers: Option<Waiting>,
}

/// Answers on their way, and whether one is waited for: until it goes, no bytes of the file do.
struct Waiting {
    answers: mpsc::UnboundedReceiver<Option<Secret>>,
    is_awaited: Arc<AtomicBool>,
}

/// Where answers are given. While it is there, the way to the server stays open.
pub(super) struct Answers {
    answers: mpsc::UnboundedSender<Option<Secret>>,
    is_awaited: Arc<AtomicBool>,
}

impl Answers {
    /// An answer is waited for: the rest of the file stays back.
    pub(super) fn await_one(&self) {
        self.is_awaited.store(true, Ordering::SeqCst);
    }

    /// Answers.
    pub(super) fn give(&self, secret: Option<Secret>) {
        // Where nobody takes it any more, the server's news say why.
        drop(self.answers.send(secret));
    }
}

impl Parts {
    /// The parts of a file; with answers where there may be any.
    pub(super) fn of(pieces: ReceiverStream<Vec<u8>>, can_be_asked: bool) -> (Self, Option<Answers>) {
        let is_awaited = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::unbounded_channel();
        let waiting = Waiting { answers: receiver, is_awaited: is_awaited.clone() };
        let parts = Self { pieces, is_whole: false, answers: can_be_asked.then_some(waiting) };
        (parts, can_be_asked.then_some(Answers { answers: sender, is_awaited }))
    }
}

impl Stream for Parts {
    type Item = Part;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Part>> {
        let this = self.get_mut();
        if let Some(waiting) = &mut this.answers {
            match waiting.answers.poll_recv(context) {
                Poll::Ready(Some(answer)) => {
                    waiting.is_awaited.store(false, Ordering::SeqCst);
                    return Poll::Ready(Some(Part::Secret(answer)));
                }
                // The talk is over. An end here would say that the file is whole.
                Poll::Ready(None) => return Poll::Pending,
                Poll::Pending if this.is_whole || waiting.is_awaited.load(Ordering::SeqCst) => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        let piece = ready!(Pin::new(&mut this.pieces).poll_next(context));
        this.is_whole = piece.is_none();
        Poll::Ready(match piece {
            Some(piece) => Some(Part::Chunk(piece)),
            None => this.answers.as_ref().map(|_| Part::End),
        })
    }
}

fn open(file: &Path) -> io::Result<Box<dyn Read + Send>> {
    if is_stdin(file) {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file)?;
    if opened.metadata()?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok(Box::new(opened))
}

fn feed(mut source: impl Read, pieces: mpsc::Sender<Vec<u8>>, broken: oneshot::Sender<Broken>, is_read: &AtomicBool) {
    loop {
        let mut piece = Vec::with_capacity(CHUNK_MAX);
        match source.by_ref().take(CHUNK_MAX as u64).read_to_end(&mut piece) {
            Ok(0) => {
                // Before the pieces end, which is what tells the server that the file is whole.
                is_read.store(true, Ordering::SeqCst);
                return;
            }
            // Nobody listens any more: the server has made up its mind.
            Ok(_) if pieces.blocking_send(piece).is_err() => return,
            Ok(_) => {}
            Err(error) => {
                drop(broken.send(Broken { error, _pieces: pieces }));
                return;
            }
        }
    }
}

/// A talk about a file, up to the deadline, and no longer than the file can be read.
pub(in crate::commands) async fn in_time(
    client: &Client,
    talk: impl Future<Output = Outcome>,
    broken: oneshot::Receiver<Broken>,
    name: &str,
) -> Outcome {
    let broken_off = async {
        match broken.await {
            Ok(broken) => broken,
            // It was read to its end.
            Err(_) => future::pending().await,
        }
    };
    tokio::select! {
        done = tokio::time::timeout(client.deadline(), talk) => done.unwrap_or_else(|_elapsed| Err(client.timed_out())),
        broken = broken_off => Err(unreadable(name, &broken.error)),
    }
}

/// An import until Ctrl-C, which says what became of it: half a file is nothing.
pub(in crate::commands) async fn unless_interrupted(
    import: impl Future<Output = Outcome>,
    is_read: &AtomicBool,
    name: &str,
) -> Outcome {
    tokio::select! {
        biased;
        done = import => done,
        Ok(()) = tokio::signal::ctrl_c() => Err(if is_read.load(Ordering::SeqCst) {
            Failure::plain(Complaint::Interrupted)
        } else {
            Failure::with(Complaint::ImportInterrupted, [("file", name)])
        }),
    }
}

pub(in crate::commands) fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::with(Complaint::FileUnreadable, [("file", name), ("why", &error.to_string())])
}

pub(in crate::commands) fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The file as it was typed, for people.
pub(in crate::commands) fn shown_name(file: &Path) -> String {
    if is_stdin(file) { "stdin".to_owned() } else { file.display().to_string() }
}

/// The same in a sentence.
pub(super) fn told_name(file: &Path, lang: Lang) -> String {
    if is_stdin(file) { Say::StandardInput.plain(lang).to_owned() } else { shown_name(file) }
}

/// The name of a file without its folders, for the record.
pub(in crate::commands) fn recorded_name(file: &Path) -> String {
    file.file_name().map_or_else(|| shown_name(file), |name| shown_name(Path::new(name)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use tokio::time::timeout;
    use tokio_stream::StreamExt;
    use zeroize::Zeroizing;

    use super::*;
    use crate::failure::Exit;

    #[test]
    fn the_record_keeps_the_name_of_a_file_and_people_see_its_path() {
        assert_eq!(recorded_name(Path::new("/mnt/usb/seeds.csv")), "seeds.csv");
        assert_eq!(shown_name(Path::new("new/seeds.csv")), "new/seeds.csv");
        assert_eq!(recorded_name(Path::new("-")), "stdin");
        assert_eq!(told_name(Path::new("-"), Lang::En), "standard input");
        assert_eq!(told_name(Path::new("new/seeds.csv"), Lang::Ja), "new/seeds.csv");
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_is_never_ended() {
        struct Breaking(bool);
        impl Read for Breaking {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
                buffer[0] = b'x';
                Ok(1)
            }
        }
        let (pieces_in, mut pieces) = mpsc::channel(1);
        let (broken_in, broken) = oneshot::channel();
        std::thread::spawn(move || feed(Breaking(false), pieces_in, broken_in, &AtomicBool::new(false)));
        let broken = broken.await.unwrap();
        assert_eq!(broken.error.kind(), io::ErrorKind::TimedOut);
        assert!(pieces.try_recv().is_err() && !pieces.is_closed(), "an end would make half a file whole");
    }

    #[tokio::test]
    async fn a_file_arrives_in_pieces_of_the_contracts_size() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seeds.csv");
        fs::write(&file, vec![b'x'; CHUNK_MAX + 1]).unwrap();
        let pieces: Vec<_> = Upload::of(&file).unwrap().pieces.map(|piece| piece.len()).collect().await;
        assert_eq!(pieces, [CHUNK_MAX, 1]);
    }

    fn shown(part: Option<&Part>) -> &'static str {
        match part {
            Some(Part::Secret(Some(Secret::Key(_)))) => "key",
            Some(Part::Secret(Some(Secret::Passphrase(_)))) => "passphrase",
            Some(Part::Secret(None)) => "no secret",
            Some(Part::Chunk(_)) => "chunk",
            Some(Part::End) => "end",
            None => "closed",
        }
    }

    #[tokio::test]
    async fn while_an_answer_is_waited_for_no_bytes_of_the_file_go_out_and_after_it_they_do() {
        let (sender, pieces) = mpsc::channel(4);
        for _ in 0..2 {
            sender.send(b"x".to_vec()).await.unwrap();
        }
        drop(sender);
        let (mut parts, answers) = Parts::of(ReceiverStream::new(pieces), true);
        let answers = answers.unwrap();
        assert_eq!(shown(parts.next().await.as_ref()), "chunk");
        answers.await_one();
        assert!(timeout(Duration::ZERO, parts.next()).await.is_err());
        answers.give(Some(Secret::Key(Zeroizing::new(b"00".to_vec()))));
        for expected in ["key", "chunk", "end"] {
            assert_eq!(shown(parts.next().await.as_ref()), expected);
        }
        answers.give(None);
        assert_eq!(shown(parts.next().await.as_ref()), "no secret");
        drop(answers);
        let over = timeout(Duration::ZERO, parts.next()).await;
        assert!(over.is_err(), "an end would be that of the file");
    }

    #[tokio::test]
    async fn where_nobody_can_be_asked_the_end_of_the_file_closes_the_way() {
        let (sender, pieces) = mpsc::channel(1);
        drop(sender);
        let (mut parts, answers) = Parts::of(ReceiverStream::new(pieces), false);
        assert_eq!((shown(parts.next().await.as_ref()), answers.is_none()), ("closed", true));
    }

    #[test]
    fn a_file_that_is_not_there_or_is_a_folder_is_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            let failure = Upload::of(&path).err().unwrap();
            assert_eq!((failure.exit(), failure.reason()), (Some(Exit::Usage), "FILE_UNREADABLE"));
        }
    }
}
