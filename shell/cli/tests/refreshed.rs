//! `tenor prices refresh`, end to end, against a sandbox that publishes price lists; by hand and by the schedule.

use crate::ordered::Rehearsal;
use std::fs;

/// Version and change, as a refresh prints them.
fn version(printed: &str) -> (String, String) {
    let line = printed.lines().nth(1).unwrap_or_default();
    let (first, last) = (line.split(',').next().unwrap_or_default(), line.rsplit(',').next().unwrap_or_default());
    (first.to_owned(), last.to_owned())
}

#[test]
fn price_lists_are_fetched_through_a_connection_and_the_same_ones_are_the_same_version() {
    let rehearsal = Rehearsal::begin();
    let first = rehearsal.run("--format csv prices refresh");
    let told = first.to_string();
    assert!(told.contains(" price lists fetched through `payer`, ") && told.contains("[exit 0]"), "{told}");
    let (held, change) = version(&String::from_utf8_lossy(&first.0.stdout));
    assert_eq!((held.len(), change.as_str()), (64, "new"), "{told}");
    assert_eq!(version(&rehearsal.done("--format csv prices refresh payer")), (held.clone(), "unchanged".to_owned()));
    assert!(rehearsal.done("--format csv prices show").contains(&held));
    // Savings Plan rates come with them.
    let shown = rehearsal.done(&format!("--format csv prices show --version {held} --service AmazonEC2"));
    assert!(shown.contains("ComputeSavingsPlans") && shown.contains("StandardReservation") && shown.contains("OnDemand"), "{shown}");

    let schedule = "[prices]\ncron = \"0 5 * * MON\"\nlive = true\nconnection = \"payer\"\n";
    fs::write(rehearsal.home.path().join("schedule.toml"), schedule).unwrap();
    let ran = rehearsal.done("schedule run prices");
    assert!(ran.contains("unchanged"), "{ran}");
    let left = fs::read_dir(rehearsal.home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with("prices-fetched-")).count(), 0);
}

#[test]
fn what_cannot_be_fetched_is_refused_and_keeps_nothing() {
    let rehearsal = Rehearsal::begin();
    let before = rehearsal.done("--format csv prices show");
    let refused = |words: &str| {
        let told = rehearsal.run(words).to_string();
        assert!(told.contains("[exit 1]"), "{told}");
        told
    };
    let none = refused("prices refresh payer --service AmazonNothing --region us-east-1");
    assert!(none.contains("the price lists of AmazonNothing could not be listed"), "{none}");
    assert!(refused("prices refresh nobody").contains("there is no connection `nobody`"));
    rehearsal.done("sandbox fault pricing:GetPriceListFileUrl denied --times 100");
    let denied = refused("prices refresh payer --service AmazonEC2 --region us-east-1");
    assert!(denied.contains("the price list of AmazonEC2 in us-east-1 could not be fetched"), "{denied}");
    assert_eq!(rehearsal.done("--format csv prices show"), before);
}
