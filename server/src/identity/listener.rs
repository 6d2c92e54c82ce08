//! The accept loop: TCP, then TLS, then a [`Connection`] for tonic. tonic's own TLS can't reload and does not say why
//! a handshake failed; this one does both.
//!
//! Guarantee: every connection that comes out has shown a valid client certificate. Whatever a stranger does costs at
//! most [`HANDSHAKES_MAX`] handshakes of [`HANDSHAKE_TIMEOUT`] each.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokenfleet_domain::ids::OperatorName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::certificate::ClientCertificate;
use super::tls::Tls;

/// A handshake that takes longer is given up.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Handshakes at a time; one more and the oldest is given up, so that a flood can't keep a good client out for long.
pub const HANDSHAKES_MAX: usize = 1024;
/// Connections at a time, all with valid certificates; further ones are closed.
pub const CONNECTIONS_MAX: usize = 4096;
/// Connections of one name at a time, so that nobody takes them all.
pub const CONNECTIONS_OF_A_NAME_MAX: usize = 512;
/// A connection that has not sent HTTP/2's preface that long after its handshake is closed.
pub const PREFACE_TIMEOUT: Duration = Duration::from_secs(10);
/// The bytes of HTTP/2's preface.
const PREFACE_LENGTH: usize = 24;
/// Connections that are ready and not yet taken.
const READY_MAX: usize = 64;
/// How long the loop waits when the system gives no more connections (out of file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Accepts connections until `stop`, then closes the listening socket. Handshakes under way are given up.
pub fn accept(listener: TcpListener, tls: Arc<Tls>, stop: CancellationToken) -> ReceiverStream<io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(READY_MAX);
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let crowd = Crowd::default();
    tokio::spawn(async move {
        stop.run_until_cancelled(accept_all(listener, Handshaker { tls, ready, permits, crowd })).await;
    });
    ReceiverStream::new(connections)
}

async fn accept_all(listener: TcpListener, handshaker: Handshaker) {
    let mut under_way = Handshakes::default();
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                let handshaker = handshaker.clone();
                under_way.push(tokio::spawn(async move { handshaker.run(socket, peer).await }).abort_handle());
            }
            Err(why) => {
                tracing::warn!(%why, "can't accept a connection");
                if is_lack(&why) {
                    under_way.give_up_oldest();
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Handshakes under way, the oldest first; with too many the oldest is given up. Dropping it gives up all.
#[derive(Default)]
struct Handshakes(VecDeque<AbortHandle>);

impl Handshakes {
    fn push(&mut self, newest: AbortHandle) {
        self.forget_finished();
        self.0.push_back(newest);
        if self.0.len() > HANDSHAKES_MAX {
            self.give_up_oldest();
        }
    }

    fn give_up_oldest(&mut self) {
        self.forget_finished();
        if let Some(oldest) = self.0.pop_front() {
            tracing::warn!(under_way = self.0.len(), "too many handshakes at a time; the oldest was given up");
            oldest.abort();
        }
    }

    fn forget_finished(&mut self) {
        self.0.retain(|handshake| !handshake.is_finished());
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// Whether the system lacks something. Otherwise one connection broke before it was accepted, which says nothing of
/// the next.
fn is_lack(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    !matches!(why.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

#[derive(Clone)]
struct Handshaker {
    tls: Arc<Tls>,
    ready: mpsc::Sender<io::Result<Connection>>,
    permits: Arc<Semaphore>,
    crowd: Crowd,
}

/// How many connections each name has. Those whose certificate names nobody count together.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<Option<OperatorName>, usize>>>);

/// One connection in the crowd, until it is dropped.
struct Place {
    crowd: Crowd,
    name: Option<OperatorName>,
}

impl Crowd {
    fn join(&self, name: Option<OperatorName>) -> Option<Place> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = names.entry(name.clone()).or_default();
        if *count >= CONNECTIONS_OF_A_NAME_MAX {
            return None;
        }
        *count += 1;
        drop(names);
        Some(Place { crowd: self.clone(), name })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut names = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = names.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                names.remove(&self.name);
            }
        }
    }
}

impl Handshaker {
    async fn run(self, socket: TcpStream, peer: SocketAddr) {
        match self.connect(socket, peer).await {
            // Nobody takes connections any more: the server is stopping.
            Ok(connection) => drop(self.ready.send(Ok(connection)).await),
            Err(reason) => tracing::warn!(%peer, %reason, "TLS handshake failed"),
        }
    }

    async fn connect(&self, socket: TcpStream, peer: SocketAddr) -> Result<Connection, HandshakeError> {
        socket.set_nodelay(true)?;
        let handshake = TlsAcceptor::from(self.tls.config()).accept(socket);
        let stream = timeout(HANDSHAKE_TIMEOUT, handshake).await.map_err(|_| HandshakeError::Timeout)??;
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first).ok_or(HandshakeError::NoCertificate)?;
        let certificate = Arc::new(ClientCertificate::read(certificate));
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| HandshakeError::TooMany)?;
        let name = certificate.identity.as_ref().ok().cloned();
        let place = self.crowd.join(name).ok_or(HandshakeError::TooManyOfAName)?;
        Ok(Connection::new(stream, Peer { addr: peer, certificate }, (permit, place)))
    }
}

#[derive(Debug, thiserror::Error)]
enum HandshakeError {
    #[error("it took longer than {} s", HANDSHAKE_TIMEOUT.as_secs())]
    Timeout,
    #[error("{0}")]
    Failed(#[from] io::Error),
    #[error("the client showed no certificate")]
    NoCertificate,
    #[error("there are {CONNECTIONS_MAX} connections already")]
    TooMany,
    #[error("its name has {CONNECTIONS_OF_A_NAME_MAX} connections already")]
    TooManyOfAName,
}

/// Who is at the other end of a connection; stands in the extensions of each of its requests.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The address.
    pub addr: SocketAddr,
    /// The certificate it showed.
    pub certificate: Arc<ClientCertificate>,
}

/// A connection whose peer has shown a valid certificate.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    preface: Option<Preface>,
    _places: (OwnedSemaphorePermit, Place),
}

/// The wait for the first bytes, since hyper waits for them for ever, even when it is told to stop.
struct Preface {
    missing: usize,
    until: Pin<Box<Sleep>>,
}

impl Connection {
    fn new(stream: TlsStream<TcpStream>, peer: Peer, places: (OwnedSemaphorePermit, Place)) -> Self {
        let preface = Preface { missing: PREFACE_LENGTH, until: Box::pin(sleep(PREFACE_TIMEOUT)) };
        Self { stream, peer, preface: Some(preface), _places: places }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let Some(preface) = &mut self.preface else { return read };
        if read.is_pending() {
            ready!(preface.until.as_mut().poll(cx));
            tracing::warn!(peer = %self.peer.addr, "the connection was closed: it sent no request");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        preface.missing = preface.missing.saturating_sub(into.filled().len() - before);
        if preface.missing == 0 {
            self.preface = None;
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_file_descriptors_is_told_from_a_broken_connection() {
        assert!(is_lack(&rustix::io::Errno::MFILE.into()));
        assert!(is_lack(&rustix::io::Errno::NFILE.into()));
        assert!(!is_lack(&rustix::io::Errno::CONNABORTED.into()));
    }

    #[test]
    fn one_name_can_not_take_all_connections_and_gives_its_places_back() {
        let crowd = Crowd::default();
        let alice = || crowd.join("alice".parse().ok());
        let mut places: Vec<_> = std::iter::repeat_with(alice).take(CONNECTIONS_OF_A_NAME_MAX).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(alice().is_none());
        assert!(crowd.join("bob".parse().ok()).is_some() && crowd.join(None).is_some());
        places.pop();
        assert!(alice().is_some());
        drop(places);
        assert!(crowd.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn of_too_many_handshakes_the_oldest_is_given_up() {
        let mut handshakes = Handshakes::default();
        let tasks: Vec<_> = (0..=HANDSHAKES_MAX).map(|_| tokio::spawn(std::future::pending::<()>())).collect();
        for task in &tasks {
            handshakes.push(task.abort_handle());
        }
        let mut tasks = tasks.into_iter();
        assert!(tasks.next().unwrap().await.unwrap_err().is_cancelled());
        assert!(tasks.all(|task| !task.is_finished()));
    }
}
