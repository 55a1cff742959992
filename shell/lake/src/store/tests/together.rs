//! Readers and writers at the same time.

use super::disk::{Fault, FaultyDisk};
use super::{import, key, now, record, scratch, stage};
use crate::store::{Key, Lake, Snapshot, StoreError, Wait};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

fn open(root: &Path, swaps: bool) -> Lake {
    Lake::open_on(root.to_owned(), Arc::new(FaultyDisk::new(root, swaps, Fault::None, usize::MAX))).unwrap()
}

/// Reads a snapshot's charges as a query does, files that were replaced since included. `None` when they were cleared away meanwhile.
fn read(lake: &Lake, snapshot: &Snapshot) -> Option<usize> {
    let mut files = 0;
    for period in &snapshot.periods {
        let version = &period.record.version[..1];
        for file in &period.charges {
            let text = loop {
                // Between finding a file and opening it, it may move once more.
                match fs::read_to_string(lake.resolve(file)?) {
                    Ok(text) => break text,
                    Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
                }
            };
            assert!(text.starts_with(&format!("{} {version} ", period.key)), "{} held {text}", file.display());
            files += 1;
        }
    }
    Some(files)
}

fn readers_see_whole_versions(swaps: bool) {
    let home = scratch();
    let root = home.path().join("lake");
    let keys: Vec<Key> = ["2018-10", "2018-11"].iter().map(|period| key("111122223333", period)).collect();
    let lake = open(&root, swaps);
    keys.iter().for_each(|key| drop(import(&lake, key, "a").unwrap()));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut whole = 0;
            while !done.load(Ordering::Relaxed) || whole == 0 {
                let snapshot = lake.snapshot().unwrap();
                assert_eq!(snapshot.periods.len(), 2, "no period is ever missing");
                if let Some(files) = read(&lake, &snapshot) {
                    assert_eq!(files, 4);
                    whole += 1;
                }
            }
            whole
        });
        for (version, key) in ["b", "c", "d", "a"].iter().cycle().zip(keys.iter().cycle()).take(200) {
            import(&lake, key, version).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

#[test]
fn readers_see_whole_versions_while_folders_are_exchanged() {
    readers_see_whole_versions(true);
}

#[test]
fn readers_see_whole_versions_while_a_journal_is_rolled_forward() {
    readers_see_whole_versions(false);
}

#[test]
fn two_writers_take_turns() {
    let home = scratch();
    let root = home.path().join("lake");
    let october = key("111122223333", "2018-10");
    // All are open before any writes: the disk looks at what is there already, and must not look while it changes.
    let lakes = ["a", "b", "c"].map(|version| (version, open(&root, true)));
    thread::scope(|scope| {
        for (version, lake) in &lakes {
            let october = &october;
            scope.spawn(move || {
                for _ in 0..20 {
                    let mut writer = lake.writer(Wait::Until(&|_| ()), now).unwrap();
                    let staged = stage(&mut writer, october, version).unwrap();
                    writer.commit(staged).unwrap();
                }
            });
        }
    });
    let lake = open(&root, true);
    let snapshot = lake.snapshot().unwrap();
    assert_eq!(read(&lake, &snapshot), Some(2));
}

#[test]
fn a_writer_that_will_not_wait_is_told_and_changes_nothing() {
    let home = scratch();
    let lake = open(&home.path().join("lake"), true);
    let october = key("111122223333", "2018-10");
    import(&lake, &october, "a").unwrap();
    let writer = lake.writer(Wait::No, now).unwrap();
    assert!(matches!(import(&lake, &october, "b"), Err(StoreError::Busy { .. })));
    drop(writer);
    assert_eq!(lake.held(&october).unwrap().unwrap().record.fingerprint, record(&october, "a").fingerprint);
}
