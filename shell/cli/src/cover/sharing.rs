//! A file that says how an organization shares its commitments: bills do not.
//!
//! Its format is in `docs/spec/sharing.md`.

use crate::report::Refused;
use anyhow::Context as _;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tenor_bill::AccountId;
use tenor_cover::{CommitmentId, GroupMode, GroupSharing, Parts, Sharing, SharingMode};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    groups: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    commitment: Vec<OneCommitment>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Open,
    Prioritized,
    Restricted,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneCommitment {
    arn: String,
    mode: OneMode,
    accounts: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OneMode {
    Prioritized,
    Restricted,
}

/// Reads the file; without one, sharing is open.
///
/// # Errors
/// When it cannot be read, is not such a file, or names what is no account.
pub(crate) fn read(path: Option<&Path>) -> anyhow::Result<Sharing> {
    let Some(path) = path else { return Ok(Sharing::default()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(&text).with_context(|| format!("`{}` does not say how commitments are shared", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Sharing> {
    let file: File = toml::from_str(text)
        .map_err(|error| Refused::new(error.to_string().trim_end().to_owned()).hint("docs/spec/sharing.md shows the format"))?;
    let mut by_commitment = BTreeMap::new();
    for one in file.commitment {
        let mode = match one.mode {
            OneMode::Prioritized => GroupMode::Prioritized,
            OneMode::Restricted => GroupMode::Restricted,
        };
        let shared = GroupSharing { accounts: accounts(one.accounts)?, mode };
        if by_commitment.insert(CommitmentId(one.arn.clone()), shared).is_some() {
            return Err(Refused::new(format!("the commitment `{}` is there twice", one.arn)).hint("leave one of them").into());
        }
    }
    let mut groups = BTreeMap::new();
    for (group, members) in file.groups {
        for account in members {
            let before = groups.insert(id(&account)?, group.clone());
            let wrong = match &before {
                Some(other) if *other == group => format!("account `{account}` is in the group `{group}` twice"),
                Some(other) => format!("account `{account}` is in two groups, `{other}` and `{group}`"),
                None => continue,
            };
            return Err(Refused::new(wrong).hint("an account is in one group at most, and named there once").into());
        }
    }
    Ok(Sharing {
        mode: match file.mode {
            Mode::Open => SharingMode::Open,
            Mode::Prioritized => SharingMode::Prioritized,
            Mode::Restricted => SharingMode::Restricted,
        },
        groups,
        off: accounts(file.off)?,
        by_commitment,
    })
}

/// What the file names and the bill does not have, in words.
pub(crate) fn unmatched(sharing: &Sharing, parts: &Parts) -> Vec<String> {
    let unknown = sharing.unknown_ids(parts);
    let account = |account: AccountId| format!("account {account} (no commitment of it, and no usage that one could cover)");
    let commitments = unknown.commitments.into_iter().map(|id| format!("commitment {id}"));
    unknown.accounts.into_iter().map(account).chain(commitments).collect()
}

fn accounts(names: Vec<String>) -> anyhow::Result<BTreeSet<AccountId>> {
    names.iter().map(|name| id(name)).collect()
}

fn id(text: &str) -> anyhow::Result<AccountId> {
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn all_that_aws_lets_one_set_can_be_said() {
        let text = r#"
            mode = "prioritized"
            off = ["3"]
            groups = { red = ["1", "2"] }
            [[commitment]]
            arn = "arn:plan"
            mode = "restricted"
            accounts = ["2"]
        "#;
        let sharing = parse(text).unwrap();
        let id = |text: &str| text.parse().unwrap();
        let plan = tenor_cover::CommitmentId("arn:plan".to_owned());
        let other = tenor_cover::CommitmentId("arn:ri".to_owned());
        assert_eq!(sharing.reach(&other, &id("1"), &id("2")), Some(tenor_cover::Reach::Group));
        assert_eq!(sharing.reach(&plan, &id("1"), &id("4")), None);
        assert_eq!(sharing.reach(&other, &id("1"), &id("3")), None);
    }

    #[test]
    fn what_the_bill_does_not_have_is_named() {
        let text = r#"
            off = ["3"]
            groups = { red = ["1"] }
            [[commitment]]
            arn = "arn:plan"
            mode = "restricted"
            accounts = ["4"]
        "#;
        let series = tenor_cover::Series { account: "1".parse().unwrap(), resource: String::new(), sku: 0, zone: None };
        let parts = tenor_cover::Parts { series: vec![series], ..Default::default() };
        insta::assert_snapshot!(super::unmatched(&parse(text).unwrap(), &parts).join("\n"), @"
        account 3 (no commitment of it, and no usage that one could cover)
        account 4 (no commitment of it, and no usage that one could cover)
        commitment arn:plan
        ");
    }

    #[test]
    fn what_is_wrong_is_shown_where_it_is() {
        let told = |text: &str| parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(told("mode = \"opne\""), @r#"
        TOML parse error at line 1, column 8
          |
        1 | mode = "opne"
          |        ^^^^^^
        unknown variant `opne`, expected one of `open`, `prioritized`, `restricted`
        "#);
        insta::assert_snapshot!(told("mode = \"open\"\nof = []"), @"
        TOML parse error at line 2, column 1
          |
        2 | of = []
          | ^^
        unknown field `of`, expected one of `mode`, `groups`, `off`, `commitment`
        ");
        insta::assert_snapshot!(told("mode = \"open\"\noff = [\"\"]"), @"`` is not an account id");
        insta::assert_snapshot!(told("groups = { red = [\"1\"], blue = [\"1\"] }"), @"account `1` is in two groups, `blue` and `red`");
        insta::assert_snapshot!(told("groups = { red = [\"1\", \"1\"] }"), @"account `1` is in the group `red` twice");
        let twice = "[[commitment]]\narn = \"x\"\nmode = \"restricted\"\naccounts = []\n";
        insta::assert_snapshot!(told(&format!("mode = \"open\"\n{twice}{twice}")), @"the commitment `x` is there twice");
    }
}
