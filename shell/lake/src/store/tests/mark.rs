//! A snapshot's mark: another after each import, the same without one.

use super::super::{Lake, SnapshotMark};
use super::{import, key, scratch};
use std::collections::HashSet;

#[test]
fn a_lake_that_is_not_there_has_a_mark_and_is_not_made() {
    let folder = scratch();
    let root = folder.path().join("lake");
    let mark = SnapshotMark::look(&root).unwrap();
    assert_eq!(SnapshotMark::look(&root).unwrap(), mark);
    assert!(!root.exists());
}

#[test]
fn each_import_has_a_mark_of_its_own_and_looking_changes_nothing() {
    let folder = scratch();
    let lake = Lake::open(folder.path()).unwrap();
    let mut marks = HashSet::from([SnapshotMark::look(folder.path()).unwrap()]);
    // The same version once more is an import too; so is the first one put back.
    for (payer, period, version) in [
        ("111122223333", "2018-10", "a"),
        ("111122223333", "2018-10", "b"),
        ("111122223333", "2018-10", "a"),
        ("111122223333", "2018-11", "a"),
        ("444455556666", "2018-10", "a"),
    ] {
        import(&lake, &key(payer, period), version).unwrap();
        let mark = SnapshotMark::look(folder.path()).unwrap();
        assert!(marks.insert(mark), "{payer} {period} {version}");
        lake.snapshot().unwrap();
        assert_eq!(SnapshotMark::look(folder.path()).unwrap(), mark);
    }
    assert_eq!(marks.len(), 6);
}
