//! Files on their way in: what follows the header of an upload, up to its end.

use tokenfleet_domain::catalogue::Reason;
use tokenfleet_domain::reject::Rejection;
use tokenfleet_seedfile::Secret;
use tokio::sync::mpsc;
use tonic::{Code, Streaming};
use zeroize::Zeroizing;

use crate::app::Answer;
use crate::app::import::{SecretsEnd, UploadEnd};
use crate::grpc::convert;

/// Bytes of a key file at most: the longest key is 32 bytes, and somebody may have written about it.
const KEY_FILE_MAX: usize = 4 * 1024;

/// Characters of a passphrase at most.
const PASSPHRASE_MAX: usize = 1024;

/// What follows the header.
pub(super) enum Part {
    /// Bytes of the file.
    Chunk(Vec<u8>),
    /// What opens it, or that there is nothing that does.
    Secret(Option<Secret>),
    /// The file is whole.
    End,
}

/// Passes the pieces of a file on until it is whole, the caller goes away, or the reader wants no more.
pub(super) async fn feed<M>(
    mut incoming: Streaming<M>,
    mut end: UploadEnd,
    part: impl Fn(M) -> Option<Vec<u8>>,
) -> Answer<()> {
    loop {
        let Some(message) = next(&mut incoming).await? else {
            end.finish();
            break;
        };
        end.hold(part(message).ok_or(Reason::StreamOrder)?);
        if !end.pass().await {
            return Ok(());
        }
    }
    end.pass().await;
    Ok(())
}

/// The same for a file that may be encrypted: what opens it comes among its pieces, also while the reader takes none, and
/// when it is whole.
pub(super) async fn feed_with_secrets<M>(
    incoming: Streaming<M>,
    end: UploadEnd,
    secrets: SecretsEnd,
    part: impl Fn(M) -> Answer<Part>,
) -> Answer<()> {
    let mut is_whole = false;
    let fed = feed_parts(incoming, end, secrets, part, &mut is_whole).await;
    // From then on the one who reads the file says how it ended, whatever comes behind it.
    if is_whole { Ok(()) } else { fed }
}

async fn feed_parts<M>(
    mut incoming: Streaming<M>,
    mut end: UploadEnd,
    mut secrets: SecretsEnd,
    part: impl Fn(M) -> Answer<Part>,
    is_whole: &mut bool,
) -> Answer<()> {
    let mut is_closed = false;
    while !(is_closed && end.is_empty()) {
        let has_room = end.has_room(secrets.asked());
        tokio::select! {
            biased;
            wanted = end.pass() => if !wanted {
                return Ok(());
            },
            () = secrets.changes() => {}
            message = next(&mut incoming), if !is_closed && has_room => match message?.map(&part).transpose()? {
                Some(Part::Secret(secret)) => if !secrets.give(secret) {
                    return Err(Reason::StreamOrder.into());
                },
                Some(Part::Chunk(_) | Part::End) if *is_whole => return Err(Reason::StreamOrder.into()),
                Some(Part::Chunk(chunk)) => end.hold(chunk),
                Some(Part::End) => {
                    *is_whole = true;
                    end.finish();
                }
                None => {
                    is_closed = true;
                    if !*is_whole {
                        end.finish();
                    }
                }
            },
        }
    }
    Ok(())
}

/// The bytes of a key file.
pub(super) fn key_file(bytes: Vec<u8>) -> Answer<Part> {
    let bytes = Zeroizing::new(bytes);
    match bytes.len() {
        0 => Err(convert::missing("key_file")),
        1..=KEY_FILE_MAX => Ok(Part::Secret(Some(Secret::KeyFile(bytes)))),
        _ => Err(too_long("key_file", KEY_FILE_MAX)),
    }
}

/// A passphrase.
pub(super) fn passphrase(text: String) -> Answer<Part> {
    let text = Zeroizing::new(text);
    let fits = text.chars().count() <= PASSPHRASE_MAX;
    if fits { Ok(Part::Secret(Some(Secret::Passphrase(text)))) } else { Err(too_long("passphrase", PASSPHRASE_MAX)) }
}

fn too_long(field: &'static str, limit: usize) -> Rejection {
    Rejection::from(Reason::FieldTooLong).with("field", field).with("limit", limit.to_string()).in_field(field)
}

/// Feeds only while somebody hears the news: when the gate ends a call, its answer is dropped, but the bytes of a client
/// that does not care go on coming.
pub(super) async fn while_heard<T>(listener: &mpsc::Sender<T>, feed: impl Future<Output = Answer<()>>) -> Answer<()> {
    tokio::select! {
        biased;
        () = listener.closed() => Err(Reason::ImportAborted.into()),
        fed = feed => fed,
    }
}

pub(super) async fn next<M>(incoming: &mut Streaming<M>) -> Answer<Option<M>> {
    incoming.message().await.map_err(|broken| {
        let unreadable = matches!(broken.code(), Code::Internal | Code::OutOfRange);
        if unreadable { Reason::MessageInvalid } else { Reason::ImportAborted }.into()
    })
}

/// The last part of a path, of either kind of system.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
