//! The lake's files as an object store: those of the snapshot, by number, and nothing else on the disk.

use crate::QueryError;
use crate::engine::Resolve;
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use url::Url;

/// Where the engine looks the lake's files up.
const LAKE_URL: &str = "lake://files";

/// The files of one snapshot, found again when an import moves them away.
///
/// Every other operation of an object store is refused: nothing is written, nothing is listed.
pub(crate) struct LakeFiles {
    /// By their names in the store.
    known: RwLock<BTreeMap<StorePath, ObjectFile>>,
    /// How many of them may be held open.
    held_max: AtomicUsize,
    /// What could not be read, by its name, until it is told.
    refused: Mutex<BTreeMap<StorePath, QueryError>>,
    resolve: Option<Resolve>,
}

#[derive(Clone)]
struct ObjectFile {
    path: PathBuf,
    meta: ObjectMeta,
    /// Held open, so that the file stays readable whatever imports remove meanwhile.
    open: Option<Arc<File>>,
}

/// Files held open at most. Beyond, a file is opened each time it is read.
const HELD_FILES_MAX: usize = 400;
/// The part of all files this process may have open that is held at most: one in so many.
const HELD_FILES_SHARE: usize = 4;
/// The files a process may have open where the system does not say: the least that is usual.
const MAY_OPEN: usize = 256;
/// What Unix says when this process, or the whole system, has too many files open.
const TOO_MANY_OPEN: [i32; 2] = [24, 23];

impl LakeFiles {
    pub(crate) fn new(resolve: Option<Resolve>) -> Self {
        let held_max = (may_open() / HELD_FILES_SHARE).min(HELD_FILES_MAX);
        Self { known: RwLock::default(), held_max: AtomicUsize::new(held_max), refused: Mutex::default(), resolve }
    }

    pub(crate) fn url() -> ObjectStoreUrl {
        ObjectStoreUrl::parse(LAKE_URL).expect("it is a URL")
    }

    /// Takes a file in, and says by which name and how large it is.
    pub(crate) fn meta(&self, path: &Path) -> Result<ObjectMeta, QueryError> {
        let name = name(path);
        if let Some(meta) = self.known_meta(&name, path) {
            return Ok(meta);
        }
        let file = self.open(path).map_err(|source| QueryError::File { path: path.to_owned(), source })?;
        let metadata = file.metadata().map_err(|source| QueryError::File { path: path.to_owned(), source })?;
        let mut known = self.known.write().expect("no holder of this lock panics");
        let location = if known.contains_key(&name) { StorePath::from(format!("{}/{name}", known.len())) } else { name };
        // Files of a version never change, so their age tells nothing.
        let meta = ObjectMeta { location, last_modified: Default::default(), size: metadata.len(), e_tag: None, version: None };
        let open = (known.len() < self.held_max.load(Ordering::Relaxed)).then(|| Arc::new(file));
        known.insert(meta.location.clone(), ObjectFile { path: path.to_owned(), meta: meta.clone(), open });
        Ok(meta)
    }

    fn known_meta(&self, name: &StorePath, path: &Path) -> Option<ObjectMeta> {
        let known = self.known.read().expect("no holder of this lock panics");
        let first = known.get(name)?;
        // Two tables may have a file of the same name; the second goes by another.
        let file = if first.path == path { Some(first) } else { known.values().find(|file| file.path == path) };
        file.map(|file| file.meta.clone())
    }

    /// Opens a file where it was, else where the lake has moved it.
    fn open(&self, path: &Path) -> io::Result<File> {
        match self.open_making_room(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // It may move once more, from the exchanged folder to where old versions wait, between the look and the opening.
                let found = (0..3).find_map(|_| self.open_making_room(&self.resolve.as_ref()?(path)?).ok());
                found.ok_or(error)
            }
            opened => opened,
        }
    }

    /// Opens a file; when too many are open, lets go of those that are held, and holds none from then on.
    fn open_making_room(&self, path: &Path) -> io::Result<File> {
        match File::open(path) {
            Err(error) if error.raw_os_error().is_some_and(|code| TOO_MANY_OPEN.contains(&code)) => {
                self.held_max.store(0, Ordering::Relaxed);
                self.known.write().expect("no holder of this lock panics").values_mut().for_each(|file| file.open = None);
                File::open(path)
            }
            opened => opened,
        }
    }

    fn file(&self, location: &StorePath) -> Result<ObjectFile> {
        let known = self.known.read().expect("no holder of this lock panics");
        let file = known.get(location).cloned();
        file.ok_or_else(|| Error::NotFound { path: location.to_string(), source: "it is not a file of the lake".into() })
    }

    fn read(&self, location: &StorePath, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let object = self.file(location)?;
        let read = || -> io::Result<Vec<Bytes>> {
            let file = object.open.clone().map_or_else(|| self.open(&object.path).map(Arc::new), Ok)?;
            ranges.iter().map(|range| read_range(&file, range)).collect()
        };
        read().map_err(|source| {
            let refused = QueryError::File { path: object.path.clone(), source };
            let copy = refused.copy_of_file().expect("it is of a file");
            self.refused.lock().expect("no holder of this lock panics").insert(location.clone(), copy);
            Error::Generic { store: "lake", source: refused.into() }
        })
    }

    /// What could not be read of a file that `message` names: DataFusion tells of some failures in words alone.
    pub(crate) fn refusal(&self, message: &str) -> Option<QueryError> {
        let mut refused = self.refused.lock().expect("no holder of this lock panics");
        let location = refused.keys().find(|location| message.contains(location.as_ref())).cloned()?;
        refused.remove(&location)
    }
}

/// How many files this process may have open, as Linux tells it: `Max open files  1024  524288  files`.
fn may_open() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    match limit {
        Some("unlimited") => usize::MAX,
        limit => limit.and_then(|limit| limit.parse().ok()).unwrap_or(MAY_OPEN),
    }
}

/// What a file is called in the store, and so in plans and errors: its payer, period and name.
fn name(path: &Path) -> StorePath {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(3)..].iter().map(|part| &**part).collect()
}

fn read_range(file: &File, range: &Range<u64>) -> io::Result<Bytes> {
    let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    // Where it is read is part of the call, so partitions read one file side by side.
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes.into())
}

impl fmt::Debug for LakeFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LakeFiles")
    }
}

impl fmt::Display for LakeFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lake's files")
    }
}

fn refused<T>(operation: &str) -> Result<T> {
    Err(Error::NotImplemented { operation: operation.to_owned(), implementer: "a lake opened for questions".to_owned() })
}

/// The store that DataFusion asks. Reads run where blocking is fine.
#[derive(Debug)]
struct Store(Arc<LakeFiles>);

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Store {
    async fn read(&self, location: &StorePath, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let (files, location) = (Arc::clone(&self.0), location.clone());
        let work = move || files.read(&location, &ranges);
        tokio::task::spawn_blocking(work).await?
    }
}

#[async_trait]
impl ObjectStore for Store {
    async fn get_opts(&self, location: &StorePath, options: GetOptions) -> Result<GetResult> {
        let meta = self.0.file(location)?.meta;
        let range = match &options.range {
            Some(range) => range.as_range(meta.size).map_err(|error| Error::Generic { store: "lake", source: error.into() })?,
            None => 0..meta.size,
        };
        let bytes = if options.head { Bytes::new() } else { self.read(location, vec![range.clone()]).await?.swap_remove(0) };
        let payload = GetResultPayload::Stream(futures::stream::iter([Ok(bytes)]).boxed());
        Ok(GetResult { payload, meta, range, attributes: Default::default() })
    }

    async fn get_ranges(&self, location: &StorePath, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.read(location, ranges.to_vec()).await
    }

    async fn put_opts(&self, _: &StorePath, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        refused("put")
    }

    async fn put_multipart_opts(&self, _: &StorePath, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        refused("put")
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<StorePath>>) -> BoxStream<'static, Result<StorePath>> {
        locations.map(|_| refused("delete")).boxed()
    }

    fn list(&self, _: Option<&StorePath>) -> BoxStream<'static, Result<ObjectMeta>> {
        futures::stream::iter([refused("list")]).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&StorePath>) -> Result<ListResult> {
        refused("list")
    }

    async fn copy_opts(&self, _: &StorePath, _: &StorePath, _: CopyOptions) -> Result<()> {
        refused("copy")
    }
}

/// A registry that knows the lake's store and takes no other in, not even that of the local file system.
#[derive(Debug)]
pub(crate) struct OnlyTheLake(Arc<Store>);

impl OnlyTheLake {
    pub(crate) fn new(files: Arc<LakeFiles>) -> Self {
        Self(Arc::new(Store(files)))
    }
}

impl ObjectStoreRegistry for OnlyTheLake {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        if url.scheme() == "lake" {
            return Ok(Arc::clone(&self.0) as Arc<dyn ObjectStore>);
        }
        Err(DataFusionError::Execution(format!("`{url}` is not part of the lake")))
    }
}
