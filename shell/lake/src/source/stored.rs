//! Objects in a store: listed, and read by ranges with one block of read-ahead.

use super::bytes::{Changed, PartBytes};
use super::listing::Entry;
use super::prefix;
use ::bytes::{Buf, Bytes};
use object_store::path::Path as StorePath;
use object_store::{Error as StoreError, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::future::Future;
use std::io::{self, Read};
use std::sync::{Arc, mpsc};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// The first block is small, since often only a header is wanted.
const FIRST_BLOCK: u64 = 256 << 10;
const BLOCK: u64 = 8 << 20;

/// The object itself, or every object below the prefix, by path below it.
pub(super) fn list(store: &Arc<dyn ObjectStore>, prefix: &StorePath, runtime: &Handle) -> io::Result<Vec<Entry>> {
    let found = {
        let (store, prefix) = (Arc::clone(store), prefix.clone());
        ask(runtime, async move { metas(&store, &prefix).await }).wait()?
    };
    let entry = |meta: ObjectMeta| {
        let name = prefix::name_below(&meta.location, prefix)
            .filter(|name| !name.is_empty())
            .or_else(|| meta.location.filename().map(str::to_owned))
            .unwrap_or_default();
        let tag = meta.e_tag.clone().unwrap_or_else(|| meta.last_modified.to_rfc3339());
        let (size, store, runtime) = (meta.size, Arc::clone(store), runtime.clone());
        Entry { name, size, tag, bytes: Arc::new(Object { store, meta, runtime }) }
    };
    Ok(found.into_iter().map(entry).collect())
}

async fn metas(store: &Arc<dyn ObjectStore>, prefix: &StorePath) -> io::Result<Vec<ObjectMeta>> {
    let found = prefix::objects(store, prefix).await?;
    if !found.is_empty() || prefix.is_root() {
        return Ok(found);
    }
    match store.head(prefix).await {
        Ok(object) => Ok(vec![object]),
        Err(StoreError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

/// An object, as it was when it was listed.
#[derive(Debug, Clone)]
struct Object {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    runtime: Handle,
}

impl PartBytes for Object {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Blocks { object: self.clone(), asked: 0, block: Bytes::new(), ahead: None, is_broken: false }))
    }

    fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.ask(start, length as u64).wait()
    }
}

impl Object {
    fn ask(&self, start: u64, length: u64) -> Answer<Bytes> {
        let object = self.clone();
        ask(&self.runtime, async move { object.get(start, length).await })
    }

    /// One range of the very version that was listed.
    async fn get(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let range = Some((start..start + length).into());
        let options = GetOptions { if_match: self.meta.e_tag.clone(), range, ..GetOptions::default() };
        let answer = self.store.get_opts(&self.meta.location, options).await.map_err(failed)?;
        let same_tag = self.meta.e_tag.is_none() || answer.meta.e_tag == self.meta.e_tag;
        if !same_tag || answer.meta.size != self.meta.size {
            return Err(changed());
        }
        let content = answer.bytes().await.map_err(failed)?;
        if content.len() as u64 == length {
            return Ok(content);
        }
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the store sent {} bytes of {length} from byte {start}", content.len())))
    }
}

/// An object from its beginning, block by block.
struct Blocks {
    object: Object,
    /// Bytes asked for so far.
    asked: u64,
    /// What is left of the block being read.
    block: Bytes,
    /// The block after it.
    ahead: Option<Answer<Bytes>>,
    /// A block was lost: whatever comes after it would be read as if it followed.
    is_broken: bool,
}

impl Blocks {
    fn ask_next(&mut self) -> Option<Answer<Bytes>> {
        let left = self.object.meta.size - self.asked;
        let length = if self.asked == 0 { FIRST_BLOCK } else { BLOCK }.min(left);
        let answer = (length > 0).then(|| self.object.ask(self.asked, length));
        self.asked += length;
        answer
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_broken {
            return Err(io::Error::other("an earlier read of this object failed"));
        }
        if self.block.is_empty() {
            let is_first = self.asked == 0;
            let Some(answer) = self.ahead.take().or_else(|| self.ask_next()) else { return Ok(0) };
            if !is_first {
                self.ahead = self.ask_next();
            }
            self.block = answer.wait().inspect_err(|_| self.is_broken = true)?;
        }
        let length = buffer.len().min(self.block.len());
        self.block.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// An answer that a task of the runtime is working on.
struct Answer<T> {
    receiver: mpsc::Receiver<io::Result<T>>,
    task: JoinHandle<()>,
}

/// Runs a request on the runtime. Waiting is a plain blocking wait, so that any thread may do it.
fn ask<T: Send + 'static>(runtime: &Handle, request: impl Future<Output = io::Result<T>> + Send + 'static) -> Answer<T> {
    let (sender, receiver) = mpsc::channel();
    let task = runtime.spawn(async move {
        // Nobody listens any more when the reader was dropped.
        let _ = sender.send(request.await);
    });
    Answer { receiver, task }
}

impl<T> Answer<T> {
    fn wait(self) -> io::Result<T> {
        self.receiver.recv().unwrap_or_else(|_| Err(io::Error::other("the request was given up: its runtime has ended")))
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn changed() -> io::Error {
    Changed::error("the object was replaced")
}

/// The store's error as an I/O error. Its own text repeats that of its cause, so the cause alone is kept where there is one.
pub(super) fn failed(error: StoreError) -> io::Error {
    match error {
        StoreError::Precondition { .. } => changed(),
        StoreError::NotFound { source, .. } => io::Error::new(io::ErrorKind::NotFound, source),
        StoreError::PermissionDenied { source, .. } | StoreError::Unauthenticated { source, .. } => {
            io::Error::new(io::ErrorKind::PermissionDenied, source)
        }
        StoreError::Generic { source, .. } => io::Error::other(source),
        error => io::Error::other(error),
    }
}
