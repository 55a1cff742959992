//! What a lake holds after imports in peace, and what is said of one that was tampered with.

use super::super::disk::{RealDisk, remove_tree};
use super::super::record::RECORD_FILE;
use super::disk::{Fault, FaultyDisk};
use super::{import, key, now, record, scratch, seen, stage, tree};
use crate::store::{GivenUp, ImportRecord, Lake, StoreError, Wait, hive};
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

#[test]
fn a_period_is_held_with_its_files_and_another_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path().join("lake")).unwrap();
    import(&lake, &key("222233334444", "2018-11"), "b").unwrap();
    import(&lake, &key("111122223333", "2018-10"), "a").unwrap();
    insta::assert_snapshot!(seen(&lake.snapshot().unwrap()), @"
    2018-10 of AWS 111122223333 is of version a
      2018-10 of AWS 111122223333 a first
      2018-10 of AWS 111122223333 a second
      2018-10 of AWS 111122223333 a rollup
      2018-10 of AWS 111122223333 a detail
      2018-10 of AWS 111122223333 a split
      2018-10 of AWS 111122223333 a bad.csv
    2018-11 of AWS 222233334444 is of version b
      2018-11 of AWS 222233334444 b first
      2018-11 of AWS 222233334444 b second
      2018-11 of AWS 222233334444 b rollup
      2018-11 of AWS 222233334444 b detail
      2018-11 of AWS 222233334444 b split
      2018-11 of AWS 222233334444 b bad.csv
    ");
}

#[test]
fn what_was_replaced_stays_readable_until_the_next_import_clears_it_away() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let october = key("111122223333", "2018-10");
    import(&lake, &october, "a").unwrap();
    let before = lake.snapshot().unwrap();
    let listed = &before.periods[0].charges[1];
    assert_eq!(lake.resolve(listed).as_ref(), Some(listed));

    import(&lake, &october, "b").unwrap();
    assert!(!listed.exists());
    let kept = lake.resolve(listed).unwrap();
    assert_eq!(fs::read_to_string(kept).unwrap(), "2018-10 of AWS 111122223333 a second");

    drop(lake.writer(Wait::No, now).unwrap());
    assert_eq!(lake.resolve(listed), None);
    insta::assert_snapshot!(tree(home.path()), @"
    charges/
    charges/x_payer=111122223333/
    charges/x_payer=111122223333/billing_period=2018-10/
    charges/x_payer=111122223333/billing_period=2018-10/_import.json
    charges/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb-00000.parquet
    charges/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb-00001.parquet
    quarantine/
    quarantine/x_payer=111122223333/
    quarantine/x_payer=111122223333/billing_period=2018-10/
    quarantine/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb.csv
    rollups/
    rollups/x_payer=111122223333/
    rollups/x_payer=111122223333/billing_period=2018-10/
    rollups/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb-detail1.parquet
    rollups/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb.parquet
    split_costs/
    split_costs/x_payer=111122223333/
    split_costs/x_payer=111122223333/billing_period=2018-10/
    split_costs/x_payer=111122223333/billing_period=2018-10/bbbbbbbbbbbbbbbb-00000.parquet
    staging/
    staging/import/
    writer.lock
    ");
}

#[test]
fn a_record_is_refreshed_without_touching_the_files() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let october = key("111122223333", "2018-10");
    let mut record = import(&lake, &october, "a").unwrap();
    record.assembly = Some("another".to_owned());
    lake.writer(Wait::No, now).unwrap().refresh(&record).unwrap();
    let held = lake.held(&october).unwrap().unwrap();
    assert_eq!(held.record, record);
    assert_eq!(lake.held(&key("111122223333", "2018-11")).unwrap(), None);
}

#[test]
fn a_lake_that_was_tampered_with_is_named_and_not_guessed_at() {
    let october = key("111122223333", "2018-10");
    let told = |tamper: &dyn Fn(&std::path::Path)| {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        import(&lake, &october, "a").unwrap();
        tamper(&home.path().join("charges").join(hive::folder(&october)));
        let error = lake.snapshot().unwrap_err();
        // Even then a new import can replace it.
        import(&lake, &october, "b").unwrap();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        format!("{error}{source}\n  {}\n", error.hint()).replace(&home.path().display().to_string(), "LAKE")
    };
    let rewrite = |folder: &std::path::Path, from: &str, to: &str| {
        let file = folder.join(RECORD_FILE);
        fs::write(&file, fs::read_to_string(&file).unwrap().replace(from, to)).unwrap();
    };
    let all = [
        told(&|folder| fs::write(folder.join(RECORD_FILE), "{").unwrap()),
        told(&|folder| rewrite(folder, "aaaaaaaaaaaaaaaa", "../../etc/passwd")),
        told(&|folder| rewrite(folder, "2018-10", "October")),
        told(&|folder| rewrite(folder, "\"layout\": 1", "\"layout\": 9")),
        told(&|folder| fs::remove_file(folder.join(RECORD_FILE)).unwrap()),
        told(&|folder| fs::remove_file(folder.join("aaaaaaaaaaaaaaaa-00001.parquet")).unwrap()),
    ];
    insta::assert_snapshot!(all.concat(), @"
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json` is not the record of an import: EOF while parsing an object at line 1 column 1
      import that period again with --replace; nothing else needs to be done
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json` has a version that no import writes
      import that period again with --replace; nothing else needs to be done
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json` has a period that no import writes
      import that period again with --replace; nothing else needs to be done
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json` has layout 9, which a later version of Tenor wrote
      update Tenor, or import that period again with --replace
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10` has no `_import.json`, so no import made it
      move the folder out of the lake; only `tenor import` puts folders under `charges`
    `LAKE/charges/x_payer=111122223333/billing_period=2018-10/aaaaaaaaaaaaaaaa-00001.parquet` is missing from a period that was imported whole
      import that period again with --replace; nothing else needs to be done
    ");
}

#[test]
fn a_folder_that_was_copied_is_not_counted_twice() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let october = key("111122223333", "2018-10");
    import(&lake, &october, "a").unwrap();
    let folder = home.path().join("charges").join(hive::folder(&october));
    let copy = folder.with_file_name("billing_period=2018-11");
    fs::create_dir(&copy).unwrap();
    fs::copy(folder.join(RECORD_FILE), copy.join(RECORD_FILE)).unwrap();
    let error = lake.snapshot().unwrap_err();
    assert!(matches!(error, StoreError::Misplaced { .. }), "{error}");
    assert_eq!(error.hint(), "move the folder out of the lake and import that period again");
    assert_eq!(lake.survey().unwrap().len(), 2, "the sound one is still told of");
}

#[test]
fn what_lies_behind_a_link_is_not_the_lakes_to_remove() {
    let home = tempfile::tempdir().unwrap();
    let archive = home.path().join("archive");
    let precious = archive.join("x_payer=111122223333/billing_period=2018-10/cccccccccccccccc.parquet");
    fs::create_dir_all(precious.parent().unwrap()).unwrap();
    fs::write(&precious, "precious").unwrap();
    let lake = Lake::open(home.path().join("lake")).unwrap();
    let link = |name: &str| symlink(&archive, lake.root().join(name)).unwrap();
    link("staging/old");
    link("staging/import");
    link("rollups/x_payer=222233334444");
    link("charges/x_payer=222233334444");
    import(&lake, &key("111122223333", "2018-10"), "a").unwrap();
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(tree(&lake.root().join("staging")), "import/\nimport/convert-0001/", "links in staging go, as all there does");
    remove_tree(&RealDisk, &lake.root().join("rollups/x_payer=222233334444")).unwrap();
    assert!(precious.exists() && !lake.root().join("rollups/x_payer=222233334444").exists());
}

#[test]
fn a_payer_kept_on_another_disk_by_a_link_is_read() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path().join("lake")).unwrap();
    import(&lake, &key("111122223333", "2018-10"), "a").unwrap();
    let payer = lake.root().join("charges/x_payer=111122223333");
    fs::rename(&payer, home.path().join("elsewhere")).unwrap();
    symlink(home.path().join("elsewhere"), &payer).unwrap();
    drop(lake.writer(Wait::No, now).unwrap());
    assert_eq!(lake.snapshot().unwrap().periods.len(), 1);
}

#[test]
fn a_new_lake_is_durable_with_every_folder_above_it() {
    for at in 0.. {
        let home = scratch();
        let root = home.path().join("data/tenor/lake");
        fs::create_dir(home.path().join("data")).unwrap();
        let disk = Arc::new(FaultyDisk::new(&home.path().join("data"), true, Fault::PowerCut, at));
        let opened = Lake::open_on(root.clone(), Arc::clone(&disk) as _);
        disk.lose_what_was_not_synced();
        assert_eq!(at == 0, !root.parent().unwrap().exists(), "the first operation makes the folder above, and is lost with the power");
        assert!(root.is_dir() || opened.is_err(), "at operation {at}");
        if !disk.struck() {
            return;
        }
    }
}

#[test]
fn a_failed_commit_says_where() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let october = key("111122223333", "2018-10");
    let mut writer = lake.writer(Wait::No, now).unwrap();
    let mut staged = stage(&mut writer, &october, "a").unwrap();
    staged.charges.push(home.path().join("not-there"));
    let error = writer.commit(staged).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot move `{}`", home.path().join("not-there").display()));
    assert_eq!(lake.snapshot().unwrap().periods, []);
    assert!(writer.refresh(&record(&october, "a")).is_err(), "there is no record to replace");
}

#[test]
fn a_roll_up_by_month_of_other_rules_is_not_read_and_goes_with_the_next_import() {
    let home = scratch();
    let lake = Lake::open(home.path()).unwrap();
    import(&lake, &key("111122223333", "2018-10"), "a").unwrap();
    let detail = lake.snapshot().unwrap().periods[0].detail.clone().unwrap();
    for name in ["aaaaaaaaaaaaaaaa-detail.parquet", "aaaaaaaaaaaaaaaa-detail0.parquet"] {
        let other = detail.with_file_name(name);
        fs::rename(&detail, &other).unwrap();
        assert_eq!(lake.snapshot().unwrap().periods[0].detail, None);
        fs::copy(&other, &detail).unwrap();
        drop(lake.writer(Wait::No, now).unwrap());
        assert!(detail.exists() && !other.exists(), "{name}");
    }
}

#[test]
fn a_roll_up_by_month_that_was_given_up_is_not_read_though_an_older_one_lies_there() {
    let home = scratch();
    let lake = Lake::open(home.path()).unwrap();
    let october = key("111122223333", "2018-10");
    let record = import(&lake, &october, "a").unwrap();
    let given_up = ImportRecord { given_up: vec![GivenUp::ByMonth], ..record };
    lake.writer(Wait::No, now).unwrap().refresh(&given_up).unwrap();
    assert_eq!(lake.snapshot().unwrap().periods[0].detail, None);
}
