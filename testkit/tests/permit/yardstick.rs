//! The catalogue beside the lists made by hand: nothing of waves 1 and 2 is missing without a reason, no tier grants more than the list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tenor_permit::{Audit, Capability, Counts, Tier, capabilities};

fn rows(name: &str, wanted: &[&str]) -> Option<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(tenor_testkit::shared::path(name)?).expect("the list can be read");
    let headers = reader.headers().expect("the list has headers").clone();
    let cells = |record: csv::StringRecord| {
        headers
            .iter()
            .zip(&record)
            .filter(|(name, _)| wanted.contains(name))
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    Some(reader.records().map(|record| cells(record.expect("the list is CSV"))).collect())
}

#[test]
fn every_capability_of_the_first_waves_has_every_action_it_needs() {
    let Some(rows) = rows("permissions/capabilities.csv", &["capability", "iam_actions_needed", "mvp_wave"]) else { return };
    let first: Vec<_> = rows.iter().filter(|row| ["1", "2"].contains(&row["mvp_wave"].as_str())).collect();
    assert_eq!(first.len(), 33);
    for row in first {
        let name = row["capability"].as_str();
        let capability = Capability::find(name).unwrap_or_else(|| panic!("`{name}` is not in the catalogue"));
        let granted: BTreeSet<_> = capability.grants().map(|(_, grant)| grant.action).collect();
        for action in row["iam_actions_needed"].split(';').filter(|action| !action.is_empty()) {
            assert!(granted.contains(action), "{name}: {action}");
        }
    }
}

#[test]
fn what_can_show_secrets_is_what_the_list_says() {
    let Some(rows) = rows("permissions/secret-actions.csv", &["action"]) else { return };
    let listed: BTreeSet<_> = rows.iter().map(|row| row["action"].as_str()).collect();
    for (_, grant) in capabilities().flat_map(Capability::grants) {
        assert_eq!(grant.sensitive.is_some(), listed.contains(grant.action), "{}", grant.action);
    }
    let actions: Vec<_> = listed.iter().map(|action| format!("\"{action}\"")).collect();
    let policy = format!(r#"{{"Statement": {{"Effect": "Allow", "Action": [{}], "Resource": "*"}}}}"#, actions.join(","));
    let audit = Audit::of([policy.as_str()]).unwrap();
    assert_eq!(audit.sensitive().map(|(action, _)| action).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn no_tier_grants_more_than_the_set_made_by_hand() {
    let Some(folder) = tenor_testkit::shared::path("permissions/policies") else { return };
    let files: [(Tier, &[&str]); 6] = [
        (Tier::Trial, &["1a-trial-billing", "1b-trial-inventory"]),
        (Tier::Detail, &["1c-detail-optin"]),
        (Tier::Commitments, &["2-commitments"]),
        (Tier::Org, &["3-org"]),
        (Tier::Automation, &["4a-automation-billing", "4b-automation-capacity-events"]),
        (Tier::Infrastructure, &["5-infrastructure-optin"]),
    ];
    let ours = Counts::by_tier();
    for (tier, names) in files {
        let texts: Vec<_> = names.iter().map(|name| fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).collect();
        let by_hand = Audit::of(texts.iter().map(String::as_str)).unwrap();
        assert!(ours[&tier].actions <= by_hand.granted().len(), "{tier}: {} of {}", ours[&tier].actions, by_hand.granted().len());
        assert!(ours[&tier].write_level <= by_hand.write_level().count(), "{tier}");
    }
}

#[test]
fn the_trial_shows_no_secrets_but_of_our_bucket_and_role() {
    let trial = capabilities().filter(|capability| capability.tier == Tier::Trial);
    let sensitive: BTreeSet<_> =
        trial.flat_map(Capability::grants).filter(|(_, grant)| grant.sensitive.is_some()).map(|(_, grant)| grant.action).collect();
    assert_eq!(sensitive, ["iam:GetRolePolicy", "s3:GetObject", "s3:ListBucket"].into());
    let trial = Counts::by_tier()[&Tier::Trial];
    assert_eq!((trial.write_level, trial.sensitive, trial.sensitive_unscoped), (0, 3, 0));
}
