//! What goes out: an answer that is in memory, or a piece of a file that is read while it is sent.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tenor_wire::Response;
use tokio::io::{AsyncRead as _, ReadBuf};

/// How much of a file is in memory at a time.
const CHUNK_BYTES: u64 = 128 * 1024;

/// What comes of a request.
pub(super) enum Reply {
    /// All of it is in memory.
    Whole(Response),
    /// A piece of a file.
    Piece { status: u16, headers: Vec<(String, String)>, piece: Piece },
    /// The connection breaks.
    Lost,
}

impl Reply {
    /// The same with another header.
    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        match &mut self {
            Self::Whole(Response { headers, .. }) | Self::Piece { headers, .. } => headers.push((name.to_owned(), value.to_owned())),
            Self::Lost => {}
        }
        self
    }
}

/// So many bytes of a file from where it is.
pub(super) struct Piece {
    file: tokio::fs::File,
    left: u64,
}

impl Piece {
    pub(super) fn new(file: File, length: u64) -> Self {
        Self { file: tokio::fs::File::from_std(file), left: length }
    }
}

/// The body of an answer.
pub(super) enum Outgoing {
    Whole(Full<Bytes>),
    Piece(Piece),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let piece = match self.get_mut() {
            Self::Whole(full) => return Pin::new(full).poll_frame(context).map_err(|never| match never {}),
            Self::Piece(piece) if piece.left == 0 => return Poll::Ready(None),
            Self::Piece(piece) => piece,
        };
        let mut chunk = vec![0; piece.left.min(CHUNK_BYTES) as usize];
        let mut read = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut piece.file).poll_read(context, &mut read))?;
        let length = read.filled().len();
        if length == 0 {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        piece.left -= length as u64;
        chunk.truncate(length);
        Poll::Ready(Some(Ok(Frame::data(chunk.into()))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(full) => full.is_end_stream(),
            Self::Piece(piece) => piece.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(full) => full.size_hint(),
            Self::Piece(piece) => SizeHint::with_exact(piece.left),
        }
    }
}
