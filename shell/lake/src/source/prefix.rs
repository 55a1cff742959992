//! The objects below a prefix of a store, without the versions of a month that its manifest has left behind.
//!
//! A report that keeps its versions has some ninety a month, of hundreds of files each; listing them all takes longer than reading the
//! one that counts. So folders are listed one by one, and a version's folder only if a manifest of its month names it, or there is none.

use super::keys::{self, Partition};
use super::listing::{ENTRIES_MAX, base, folder};
use super::manifest::{self, is_manifest};
use super::stored::failed;
use futures::StreamExt;
use object_store::path::Path as StorePath;
use object_store::{ListResult, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::io;
use std::sync::Arc;

/// Folders listed at a time; each is a request or a few, that mostly wait.
const LISTED_AT_ONCE: usize = 16;

/// Every object below the prefix that a report there may need.
pub(super) async fn objects(store: &Arc<dyn ObjectStore>, prefix: &StorePath) -> io::Result<Vec<ObjectMeta>> {
    let mut walk = Walk::new(store, prefix, ENTRIES_MAX);
    walk.below(vec![prefix.clone()], true).await?;
    let wanted = walk.wanted().await?;
    walk.below(wanted, false).await?;
    Ok(walk.found)
}

/// The path of an object or folder below a prefix.
pub(super) fn name_below(location: &StorePath, prefix: &StorePath) -> Option<String> {
    let parts = location.prefix_match(prefix)?;
    Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
}

struct Walk<'a> {
    store: Arc<dyn ObjectStore>,
    prefix: &'a StorePath,
    found: Vec<ObjectMeta>,
    /// Folders of versions that were passed by.
    versions: Vec<Version>,
    /// Objects and folders listed.
    seen: usize,
    seen_max: usize,
}

/// The folder of one version of a month.
struct Version {
    location: StorePath,
    /// Its own name.
    id: String,
    month: Partition,
}

impl<'a> Walk<'a> {
    fn new(store: &Arc<dyn ObjectStore>, prefix: &'a StorePath, seen_max: usize) -> Self {
        Self { store: Arc::clone(store), prefix, found: Vec::new(), versions: Vec::new(), seen: 0, seen_max }
    }

    /// Lists folders and all below them, level by level.
    async fn below(&mut self, mut folders: Vec<StorePath>, passes_versions_by: bool) -> io::Result<()> {
        while !folders.is_empty() {
            let store = Arc::clone(&self.store);
            let list = move |folder: StorePath| {
                let store = Arc::clone(&store);
                async move { store.list_with_delimiter(Some(&folder)).await }
            };
            let mut listings = futures::stream::iter(std::mem::take(&mut folders)).map(list).buffered(LISTED_AT_ONCE);
            while let Some(listing) = listings.next().await {
                folders.extend(self.take(listing.map_err(failed)?, passes_versions_by)?);
            }
        }
        Ok(())
    }

    /// Takes in what one folder holds; returns the folders to list next.
    fn take(&mut self, listing: ListResult, passes_versions_by: bool) -> io::Result<Vec<StorePath>> {
        self.seen += listing.objects.len() + listing.common_prefixes.len();
        if self.seen > self.seen_max {
            return Err(io::Error::other(format!("more than {} objects and folders", self.seen_max)));
        }
        // The console makes an empty object for each folder; stores list it under the folder's own name.
        let is_folder =
            |object: &ObjectMeta| object.location == *self.prefix || (object.size == 0 && object.location.extension().is_none());
        self.found.extend(listing.objects.into_iter().filter(|object| !is_folder(object)));
        let mut next = Vec::new();
        for location in listing.common_prefixes {
            match self.version(&location).filter(|_| passes_versions_by) {
                Some(version) => self.versions.push(version),
                None => next.push(location),
            }
        }
        Ok(next)
    }

    /// The version whose folder this is, if it lies right in the folder of a month.
    fn version(&self, location: &StorePath) -> Option<Version> {
        let name = name_below(location, self.prefix)?;
        let month = keys::partition(&name)?;
        let is_version = folder(&name) == month.folder && keys::is_version(&name);
        is_version.then(|| Version { location: location.clone(), id: base(&name).to_owned(), month })
    }

    /// Those of the versions passed by that a manifest of their month names, or whose month has no manifest.
    async fn wanted(&mut self) -> io::Result<Vec<StorePath>> {
        let versions = std::mem::take(&mut self.versions);
        let manifests = if versions.is_empty() { Vec::new() } else { self.manifests().await? };
        let is_wanted = |version: &Version| {
            let mut of_month = manifests.iter().filter(|(month, _)| version.month.is_of(month)).peekable();
            of_month.peek().is_none() || of_month.any(|(_, text)| text.contains(&version.id))
        };
        Ok(versions.into_iter().filter(is_wanted).map(|version| version.location).collect())
    }

    /// The texts of the manifests that lie right in the folders of their months.
    async fn manifests(&self) -> io::Result<Vec<(Partition, String)>> {
        let mut manifests = Vec::new();
        for object in self.found.iter().filter(|object| object.size <= manifest::SIZE_MAX) {
            let Some(name) = name_below(&object.location, self.prefix).filter(|name| is_manifest(name)) else { continue };
            let Some(month) = keys::partition(&name).filter(|month| month.folder == folder(&name)) else { continue };
            let content = self.store.get(&object.location).await.map_err(failed)?.bytes().await.map_err(failed)?;
            manifests.push((month, String::from_utf8_lossy(&content).into_owned()));
        }
        Ok(manifests)
    }
}

#[cfg(test)]
mod tests {
    use super::{StorePath, Walk};
    use object_store::memory::InMemory;
    use object_store::{ObjectStore, ObjectStoreExt};
    use std::sync::Arc;

    #[tokio::test]
    async fn folders_count_as_objects_do() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for name in ["bills/a.csv", "bills/b/c.csv"] {
            store.put(&StorePath::from(name), "x".into()).await.unwrap();
        }
        let prefix = StorePath::from("bills");
        assert!(Walk::new(&store, &prefix, 3).below(vec![prefix.clone()], true).await.is_ok());
        let error = Walk::new(&store, &prefix, 2).below(vec![prefix.clone()], true).await.unwrap_err();
        assert_eq!(error.to_string(), "more than 2 objects and folders");
    }
}
