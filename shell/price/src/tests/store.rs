//! Versions on disk: kept once, whole, and checked when they are read.

use super::{dated, imported, rows, told};
use crate::store::{Store, StoreError};
use crate::{Options, import};
use std::fs;
use std::path::Path;
use tenor_price::PriceBook;

fn book(rate: &str, day: &str) -> PriceBook {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.csv");
    let header = "offering,term,payment_option,family,region,service,usage_type,operation,rate";
    fs::write(&path, format!("{header}\nOnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,{rate}\n")).unwrap();
    import(&[path], &Options { date: Some(day.parse().unwrap()), ..Options::default() }).unwrap().book
}

/// Every file below a folder, with its size.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|name| format!("{}/{name}", path.file_name().unwrap().to_string_lossy())));
        } else {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

#[test]
fn a_version_is_kept_once_and_read_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path().join("prices"));
    assert!(matches!(store.find(None), Err(StoreError::Nothing)));
    let (old, new) = (book("0.1", "2024-01-01"), book("0.096", "2025-04-04"));
    assert!(store.keep(&new).unwrap() && store.keep(&old).unwrap());
    let before = files(home.path());
    assert!(!store.keep(&new).unwrap(), "the same prices again");
    assert_eq!(files(home.path()), before);
    assert_eq!(before.len(), 5, "two versions with their numbers, and the lock");
    assert_eq!(store.find(None).unwrap(), new.version(), "the youngest prices");
    assert_eq!(store.read(new.version()).unwrap(), new);
    let listed: Vec<_> = store.list().unwrap().into_iter().map(|held| (held.date.to_string(), held.currency, held.origins)).collect();
    let origins = || vec!["prices CSV".to_owned()];
    assert_eq!(listed, [("2024-01-01".into(), "USD".into(), origins()), ("2025-04-04".into(), "USD".into(), origins())]);
}

#[test]
fn what_was_decided_by_prices_that_are_not_in_use_any_more_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let (first, second, third) = (book("0.1", "2024-01-01"), book("0.2", "2024-01-02"), book("0.3", "2024-01-02"));
    assert!(store.keep_after(&first, None).unwrap());
    assert!(matches!(store.keep_after(&second, None), Err(StoreError::Moved)), "there were no prices, and there are");
    assert!(store.keep_after(&second, Some(first.version())).unwrap());
    assert!(store.keep(&third).unwrap(), "somebody imports meanwhile");
    assert!(matches!(store.keep_after(&second, Some(second.version())), Err(StoreError::Moved)), "the same prices take nothing back");
    assert_eq!(store.find(None).unwrap(), third.version());
    // An older day kept last changes nothing of what is in use, nor does the youngest kept once more.
    assert!(!store.keep(&first).unwrap());
    let number = fs::read(home.path().join(third.version().to_string()).join("kept")).unwrap();
    assert!(!store.keep_after(&third, Some(third.version())).unwrap());
    assert_eq!(fs::read(home.path().join(third.version().to_string()).join("kept")).unwrap(), number, "nothing is written");
}

#[test]
fn a_version_is_found_by_its_first_digits() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let held = [book("0.1", "2024-01-01"), book("0.2", "2024-01-01")];
    held.iter().for_each(|book| assert!(store.keep(book).unwrap()));
    assert_eq!(store.find(Some(&held[1].version().short())).unwrap(), held[1].version());
    let refused = |begins| {
        let error = store.find(Some(begins)).unwrap_err();
        told(&error, error.hint(), "")
    };
    assert_eq!(store.find(None).unwrap(), held[1].version(), "the one that was kept last");
    // As they were kept before there were numbers.
    held.iter().for_each(|book| fs::remove_file(home.path().join(book.version().to_string()).join("kept")).unwrap());
    let same_day = store.find(None).unwrap_err();
    insta::assert_snapshot!([refused("none"), refused(""), told(&same_day, same_day.hint(), "")].join("\n"), @"
    no version of prices begins with `none`
    hint: tenor prices show lists them
    2 versions of prices begin with ``
    hint: write more of its digits; tenor prices show lists them
    2 versions of prices are of 2024-01-01, the youngest day
    hint: name one with --version; tenor prices show lists them
    ");
}

#[test]
fn what_was_left_by_a_writer_that_died_is_cleared_away() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    fs::create_dir(home.path().join("staging")).unwrap();
    fs::write(home.path().join("staging/prices.csv.gz"), "half").unwrap();
    assert!(matches!(store.find(None), Err(StoreError::Nothing)), "what is not whole is no version");
    let book = book("0.1", "2024-01-01");
    assert!(store.keep(&book).unwrap());
    let version = book.version();
    assert_eq!(files(home.path()), [format!("{version}/kept"), format!("{version}/prices.csv.gz"), "writer.lock".to_owned()]);
}

#[test]
fn of_one_day_the_version_that_was_kept_last_is_the_youngest() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let (first, second) = (book("0.1", "2024-01-01"), book("0.2", "2024-01-01"));
    let youngest = |kept: &PriceBook| {
        let is_new = store.keep(kept).unwrap();
        (is_new, store.find(None).unwrap() == kept.version(), store.list().unwrap().last().unwrap().version == kept.version())
    };
    assert_eq!(
        [&first, &second, &first, &first].map(youngest),
        [(true, true, true), (true, true, true), (false, true, true), (false, true, true)]
    );
    store.keep(&book("0.3", "2023-01-01")).unwrap();
    assert_eq!(store.find(None).unwrap(), first.version(), "the day comes first");
    let number = home.path().join(first.version().to_string()).join("kept");
    fs::write(&number, "seven").unwrap();
    assert!(matches!(store.find(None), Err(StoreError::Damaged { .. })));
    // One from before there were numbers is older than one that has a number, and is told apart from it once it is kept again.
    fs::remove_file(&number).unwrap();
    assert_eq!(store.find(None).unwrap(), second.version());
    assert_eq!(youngest(&first), (false, true, true));
}

#[test]
fn a_changed_version_is_refused_and_the_same_import_mends_it() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(home.path());
    let (held, other) = (book("0.1", "2024-01-01"), book("0.2", "2024-01-01"));
    store.keep(&held).unwrap();
    store.keep(&other).unwrap();
    let path = |book: &PriceBook| home.path().join(book.version().to_string()).join("prices.csv.gz");
    fs::copy(path(&other), path(&held)).unwrap();
    let damaged = store.read(held.version()).unwrap_err();
    fs::write(path(&held), "not prices").unwrap();
    let broken = store.read(held.version()).unwrap_err();
    let place = home.path().join(held.version().to_string()).display().to_string();
    insta::assert_snapshot!([&damaged, &broken].map(|error| told(error, error.hint(), &place)).join("\n"), @"
    `prices.csv.gz` is damaged: its contents are not those of its version
    hint: remove its folder and import the same files again
    `prices.csv.gz` cannot be read as a version of prices
      because: `prices.csv.gz` is no price list that is known: it begins with `not prices`
    hint: remove its folder and import the same files again
    ");
    assert!(store.keep(&held).unwrap());
    assert_eq!(store.read(held.version()).unwrap(), held);
}

#[test]
fn a_kept_version_is_a_file_that_can_be_imported() {
    let book = book("0.1", "2024-01-01");
    let mut text = String::new();
    book.encode(&mut text).unwrap();
    let again = imported(&[("prices.csv", &text)], &Options::default());
    assert_eq!(again, format!("2024-01-01 USD prices CSV\n{}", rows(&book)));
    assert_eq!(imported(&[("prices.csv", &text)], &dated()).split(' ').next(), Some("2025-04-04"));
}
