//! A stream that does not wait for ever to be read from: who takes an answer too slowly loses the connection.
//!
//! Waiting uses up patience, and every byte that is taken gives some back; so a slow line is served, and a reader who takes a byte now and then is not.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The longest wait for who takes nothing.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Who takes so many bytes a second, or more, is waited for as long as it takes.
const BYTES_PER_SECOND_MIN: u32 = 4 << 10;

/// How long is still waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Patience(Duration);

impl Patience {
    const FULL: Self = Self(WAIT_MAX);

    fn after(self, waited: Duration, taken_bytes: usize) -> Self {
        let bytes = u32::try_from(taken_bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(bytes.into()) / BYTES_PER_SECOND_MIN;
        Self(self.0.saturating_sub(waited).saturating_add(earned).min(WAIT_MAX))
    }
}

/// A stream with patience.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Patience,
    /// Since when it waits, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Patient<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, patience: Patience::FULL, waiting: None }
    }

    /// What became of an attempt to have bytes taken.
    fn judged<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        let Poll::Ready(done) = polled else {
            let patience = self.patience;
            let (_, end) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                (now, Box::pin(sleep_until(now + patience.0)))
            });
            return end.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        };
        let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        self.patience = self.patience.after(waited, done.as_ref().map_or(0, bytes));
        Poll::Ready(done)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.judged(context, polled, |count| *count)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(context);
        this.judged(context, polled, |()| 0)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_shutdown(context);
        this.judged(context, polled, |()| 0)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.judged(context, polled, |count| *count)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::{Patience, Patient};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_slow_line_is_waited_for_and_a_byte_now_and_then_is_not_enough() {
        let mut slow = Patience::FULL;
        for _ in 0..1_000 {
            slow = slow.after(seconds(10), 64 << 10);
        }
        assert_eq!(slow, Patience::FULL);
        let mut stalling = Patience::FULL;
        let rounds = (0..1_000).take_while(|_| {
            let is_waited_for = stalling.0 >= seconds(5);
            stalling = stalling.after(seconds(5), 1_460);
            is_waited_for
        });
        assert_eq!(rounds.count(), 6);
        assert_eq!(Patience::FULL.after(seconds(60), 0), Patience(Duration::ZERO));
    }

    #[tokio::test]
    async fn what_has_no_patience_left_fails_and_what_is_read_is_served() {
        let (near, mut far) = tokio::io::duplex(16);
        let mut near = Patient::new(near);
        near.write_all(b"0123456789").await.unwrap();
        let mut read = [0; 10];
        far.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"0123456789");
        near.patience = Patience(Duration::ZERO);
        let error = near.write_all(&[7; 64]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    }
}
