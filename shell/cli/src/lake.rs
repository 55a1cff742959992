//! Opening the lake for questions.

use crate::context::Context;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tenor_lake::store::{Lake, Snapshot};
use tenor_query::{Engine, Options, QueryError};

/// After this long, what a question spilled to disk was left by a process that was killed.
const SPILL_AGE_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Asks on so many threads; and once more, over what the lake holds then, when imports have moved files away meanwhile.
///
/// # Errors
/// When the lake cannot be read, or as the asking fails.
pub(crate) async fn ask<T>(
    context: &Context,
    threads: Option<usize>,
    ask: impl AsyncFn(&Engine) -> Result<T, QueryError>,
) -> anyhow::Result<T> {
    match ask(&engine(context, threads)?).await {
        Err(error) if error.is_gone() => Ok(ask(&engine(context, threads)?).await?),
        answer => Ok(answer?),
    }
}

/// An engine over what the lake holds now. A lake that is not there yet is an empty one, and is not made.
///
/// # Errors
/// When the lake cannot be read.
pub(crate) fn engine(context: &Context, threads: Option<usize>) -> anyhow::Result<Engine> {
    engine_within(context, threads, None)
}

/// The same, which takes so much memory for a question at most.
///
/// # Errors
/// When the lake cannot be read.
pub(crate) fn engine_within(context: &Context, threads: Option<usize>, memory_bytes_max: Option<usize>) -> anyhow::Result<Engine> {
    let root = context.lake();
    let usual = Options::default();
    let (threads, memory_bytes_max) = (threads.unwrap_or(usual.threads), memory_bytes_max.unwrap_or(usual.memory_bytes_max));
    let options = Options { threads, memory_bytes_max, ..usual };
    if !root.is_dir() {
        return Ok(Engine::open(&Snapshot::default(), &options)?);
    }
    let lake = Lake::open(&root)?;
    let snapshot = lake.snapshot()?;
    let spill_folder = root.join("tmp");
    remove_stale(&spill_folder);
    let resolve = move |path: &Path| lake.resolve(path);
    let options = Options { spill_folder: Some(spill_folder), resolve: Some(Arc::new(resolve)), ..options };
    Ok(Engine::open(&snapshot, &options)?)
}

/// Whether what the lake says of its periods can be read. One that is not there yet can.
///
/// # Errors
/// When it cannot.
pub(crate) fn check(context: &Context) -> anyhow::Result<()> {
    let root = context.lake();
    if root.is_dir() {
        Lake::open(&root)?.snapshot()?;
    }
    Ok(())
}

/// Removes what killed questions have left. What cannot be removed now is removed some other time.
fn remove_stale(spill_folder: &Path) {
    let entries = fs::read_dir(spill_folder).into_iter().flatten().flatten();
    for entry in entries {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > SPILL_AGE_MAX) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
