//! The answer of a streaming call while it runs: ends it when its time is up or its operator is revoked, catches a
//! panic in it, and writes its log line when it is over.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::{Body as HttpBody, Frame};
use tokenfleet_domain::reject::Rejection;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::HeaderMap;
use tonic::{Code, Status};

use super::call::{Call, Record, code_of};
use super::layer::{Ending, caught_poll};
use crate::grpc::status::status;

/// The body of a streaming answer.
pub(super) struct WatchedBody {
    running: Option<Running>,
    call: Arc<Call>,
    record: Record,
}

struct Running {
    inner: Body,
    ending: Ending,
}

impl WatchedBody {
    pub(super) fn new(inner: Body, ending: Ending, call: Arc<Call>, record: Record) -> Self {
        Self { running: Some(Running { inner, ending }), call, record }
    }

    fn close(&mut self, code: Code) {
        self.running = None;
        self.record.close(code);
    }

    /// The trailers that say why the stream ends here. The handler's part is dropped.
    fn refuse(&mut self, no: &Rejection) -> Result<Frame<Bytes>, Status> {
        self.running = None;
        let status = status(no, self.call.lang, &self.call.request_id);
        self.record.refuse(status.code(), no);
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        Ok(Frame::trailers(trailers))
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(running) = &mut this.running else { return Poll::Ready(None) };
        // First, so that a stream which always has something to say ends too.
        if let Poll::Ready(no) = running.ending.as_mut().poll(cx) {
            return Poll::Ready(Some(this.refuse(&no)));
        }
        let inner = Pin::new(&mut running.inner);
        match caught_poll(|| inner.poll_frame(cx)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(no)) => Poll::Ready(Some(this.refuse(&no))),
            Poll::Ready(Ok(next)) => {
                match &next {
                    Some(Ok(frame)) => {
                        if let Some(trailers) = frame.trailers_ref() {
                            this.close(code_of(trailers).unwrap_or(Code::Unknown));
                        }
                    }
                    Some(Err(status)) => this.close(status.code()),
                    None => this.close(Code::Unknown),
                }
                Poll::Ready(next)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.running.is_none()
    }
}
