//! The commit, with a fault at every operation: readers see the old period or the new one, whole, and the next import sets all right.

use super::disk::{Fault, FaultyDisk};
use super::{import, key, now, scratch, seen, tree};
use crate::store::{Key, Lake, Wait};
use std::path::Path;
use std::sync::Arc;

/// What is imported, over what, on what kind of disk.
#[derive(Debug, Clone, Copy)]
struct Scenario {
    replaces: bool,
    swaps: bool,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario { replaces: false, swaps: true },
    Scenario { replaces: true, swaps: true },
    Scenario { replaces: false, swaps: false },
    Scenario { replaces: true, swaps: false },
];

impl Scenario {
    fn lake(self, root: &Path, fault: Fault, at: usize) -> (Arc<FaultyDisk>, Lake) {
        let disk = Arc::new(FaultyDisk::new(root, self.swaps, fault, at));
        let lake = Lake::open_on(root.to_owned(), Arc::clone(&disk) as _).unwrap();
        (disk, lake)
    }

    fn sound(self, root: &Path) -> Lake {
        self.lake(root, Fault::None, 0).1
    }

    fn prepare(self, root: &Path) {
        let lake = self.sound(root);
        import(&lake, &key("222233334444", "2018-10"), "c").unwrap();
        if self.replaces {
            // Twice, so that there are remains of a version before to clear away.
            import(&lake, &self.key(), "d").unwrap();
            import(&lake, &self.key(), "a").unwrap();
        }
    }

    fn key(self) -> Key {
        key("111122223333", "2018-10")
    }

    /// What a lake looks like, and every name in it, with nothing left to clear away.
    fn settled(self, root: &Path) -> (String, String) {
        let lake = self.sound(root);
        drop(lake.writer(Wait::No, now).unwrap());
        (seen(&lake.snapshot().unwrap()), tree(root).replace("exchange.json\n", ""))
    }
}

/// Runs the scenario with the fault at each operation in turn; returns at how many it struck.
fn strike_everywhere(scenario: Scenario, fault: Fault) -> usize {
    let home = scratch();
    let root = |name: String| home.path().join(name);
    scenario.prepare(&root("old".into()));
    scenario.prepare(&root("new".into()));
    let (old, _) = scenario.settled(&root("old".into()));
    import(&scenario.sound(&root("new".into())), &scenario.key(), "b").unwrap();
    let (new, new_tree) = scenario.settled(&root("new".into()));
    assert_ne!(old, new);

    for at in 0.. {
        let root = root(at.to_string());
        scenario.prepare(&root);
        let (disk, lake) = scenario.lake(&root, fault, at);
        let outcome = import(&lake, &scenario.key(), "b");
        disk.lose_what_was_not_synced();
        let place = format!("{scenario:?}, {fault:?} at operation {at}");
        let found = seen(&scenario.sound(&root).snapshot().unwrap());
        assert!(found == old || found == new, "{place}: neither old nor new but\n{found}");
        if outcome.is_ok() {
            assert_eq!(found, new, "{place}: it was said to be done");
        }
        if fault == Fault::Full && scenario.swaps {
            assert_eq!(found == new, outcome.is_ok(), "{place}: an error changed something");
        }
        if !disk.struck() {
            assert_eq!(found, new, "{place}: what was said to be done was lost");
            return at;
        }
        drop((lake, disk));
        import(&scenario.sound(&root), &scenario.key(), "b").unwrap_or_else(|error| panic!("{place}: then {error}"));
        assert_eq!(scenario.settled(&root), (new.clone(), new_tree.clone()), "{place}: garbage is left");
        std::fs::remove_dir_all(&root).unwrap();
    }
    unreachable!("an import has an end")
}

#[test]
fn a_process_killed_at_any_operation_leaves_the_old_period_or_the_new() {
    for scenario in SCENARIOS {
        for fault in [Fault::DieBefore, Fault::DieMidway, Fault::DieAfter] {
            let operations = strike_everywhere(scenario, fault);
            assert!(operations > 20, "{scenario:?} struck at only {operations} operations");
        }
    }
}

#[test]
fn a_machine_that_loses_power_at_any_operation_keeps_the_old_period_or_the_new() {
    for scenario in SCENARIOS {
        for fault in [Fault::PowerCut, Fault::PartialPowerCut(1), Fault::PartialPowerCut(2), Fault::PartialPowerCut(3)] {
            strike_everywhere(scenario, fault);
        }
    }
}

#[test]
fn a_disk_that_fills_up_at_any_operation_keeps_the_old_period() {
    for scenario in SCENARIOS {
        strike_everywhere(scenario, Fault::Full);
    }
}

#[test]
fn a_full_disk_says_so() {
    let home = scratch();
    let scenario = SCENARIOS[0];
    scenario.prepare(&home.path().join("lake"));
    let (_, lake) = scenario.lake(&home.path().join("lake"), Fault::Full, 0);
    let error = import(&lake, &scenario.key(), "b").unwrap_err();
    assert_eq!(error.hint(), "free some space and run the import again; nothing was changed");
}
