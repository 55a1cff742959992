//! The organization: the payer under the root, the other accounts under a unit for each business unit ([BOTO:organizations]).

use super::{PAYER, payer_only};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::moment::Moment;
use crate::cloud::pages::Paging;
use crate::random::{base32, hash};
use crate::sku::text_key;
use std::collections::BTreeSet;
use tenor_wire::{Secret, Value};

const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 20, range: (1, 20), refusal: "InvalidInputException" };
const YEAR: i64 = 365 * 86_400;

/// `DescribeOrganization`: the one that any account may call.
pub(super) fn organization(cloud: &mut Cloud, _: &Ask<'_>) -> Answered {
    let organization = Value::of([
        ("Id", cloud.organization_id().into()),
        ("Arn", cloud.organization_arn("organization", "").into()),
        ("FeatureSet", "ALL".into()),
        ("MasterAccountArn", cloud.organization_arn("account", cloud.account_id(PAYER)).into()),
        ("MasterAccountId", cloud.account_id(PAYER).into()),
        ("MasterAccountEmail", cloud.email(PAYER).into()),
        ("AvailablePolicyTypes", policies()),
    ]);
    Ok(Value::of([("Organization", organization)]))
}

/// `ListAccounts`.
pub(super) fn accounts(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let found = (0..cloud.accounts.len() as u32).map(|account| cloud.account_value(account)).collect();
    cloud.listed(&PAGING, ask, "Accounts", found)
}

/// `ListRoots`.
pub(super) fn roots(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let root = cloud.root_id();
    let value = Value::of([
        ("Arn", cloud.organization_arn("root", &root).into()),
        ("Id", root.into()),
        ("Name", "Root".into()),
        ("PolicyTypes", policies()),
    ]);
    cloud.listed(&PAGING, ask, "Roots", vec![value])
}

/// `ListOrganizationalUnitsForParent`: all are under the root.
pub(super) fn units(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let value = |name: &str| {
        let id = cloud.unit_id(name);
        Value::of([
            ("Arn", cloud.organization_arn("ou", &id).into()),
            ("Name", name.into()),
            ("Path", format!("{}/{}/{id}/", cloud.organization_id(), cloud.root_id()).into()),
            ("Id", id.into()),
        ])
    };
    let found = match cloud.parent(ask)? {
        None => cloud.unit_names().into_iter().map(value).collect(),
        Some(_) => Vec::new(),
    };
    cloud.listed(&PAGING, ask, "OrganizationalUnits", found)
}

/// `ListAccountsForParent`.
pub(super) fn accounts_under(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let parent = cloud.parent(ask)?;
    let under = (0..cloud.accounts.len() as u32).filter(|account| cloud.unit_of(*account) == parent);
    let found = under.map(|account| cloud.account_value(account)).collect();
    cloud.listed(&PAGING, ask, "Accounts", found)
}

/// `ListTagsForResource`: accounts have those that bills show of what they run, units and the root none.
pub(super) fn tags(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let id = ask.text("ResourceId").unwrap_or_default();
    let is_unit = id == cloud.root_id() || cloud.unit_names().iter().any(|name| cloud.unit_id(name) == id);
    let account = cloud.accounts.iter().find(|account| account.id == id);
    let is_id = ["r-", "ou-", "p-", "rp-", "rt-"].iter().any(|prefix| id.starts_with(prefix)) || is_account_id(id);
    let pairs = match account {
        Some(account) => vec![("CostCenter", account.cost_center.as_str()), ("Environment", account.environment), ("Team", account.team)],
        None if is_unit => Vec::new(),
        None if is_id => return Err(Refusal::new("TargetNotFoundException", "You specified a target that doesn't exist.")),
        None => return Err(wrong(format!("ResourceId `{id}` is no id of an account, a unit, a root or a policy"))),
    };
    let found = pairs.into_iter().map(|(key, value)| Value::of([("Key", key.into()), ("Value", value.into())])).collect();
    cloud.listed(&PAGING, ask, "Tags", found)
}

/// Twelve digits.
pub(super) fn is_account_id(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn wrong(message: String) -> Refusal {
    Refusal::new("InvalidInputException", message)
}

fn policies() -> Value {
    Value::List(vec![Value::of([("Type", "SERVICE_CONTROL_POLICY".into()), ("Status", "ENABLED".into())])])
}

impl Cloud {
    pub(in crate::cloud) fn organization_id(&self) -> String {
        format!("o-{}", base32(10, hash(&[self.books.setup.seed, 70])))
    }

    fn root_id(&self) -> String {
        format!("r-{}", base32(4, hash(&[self.books.setup.seed, 71])))
    }

    fn unit_id(&self, name: &str) -> String {
        format!("ou-{}-{}", &self.root_id()[2..], base32(8, hash(&[self.books.setup.seed, 72, text_key(name)])))
    }

    /// `arn:aws:organizations::111111111111:account/o-…/222222222222`; nothing follows the organization where `id` is empty.
    fn organization_arn(&self, kind: &str, id: &str) -> String {
        let arn = format!("arn:aws:organizations::{}:{kind}/{}", self.account_id(PAYER), self.organization_id());
        if id.is_empty() { arn } else { format!("{arn}/{id}") }
    }

    /// The unit that an account is in; none for the payer, which is under the root.
    fn unit_of(&self, account: u32) -> Option<&'static str> {
        (account != PAYER).then(|| self.accounts[account as usize].business_unit)
    }

    fn unit_names(&self) -> BTreeSet<&'static str> {
        (0..self.accounts.len() as u32).filter_map(|account| self.unit_of(account)).collect()
    }

    /// The unit that `ParentId` names; none for the root.
    fn parent(&self, ask: &Ask<'_>) -> Result<Option<&'static str>, Refusal> {
        let id = ask.text("ParentId").unwrap_or_default();
        if id == self.root_id() {
            return Ok(None);
        }
        if !id.starts_with("r-") && !id.starts_with("ou-") {
            return Err(wrong(format!("ParentId `{id}` is no id of a root or a unit")));
        }
        let found = self.unit_names().into_iter().find(|name| self.unit_id(name) == id);
        let missing = || Refusal::new("ParentNotFoundException", "You specified parent that doesn't exist.");
        found.map(Some).ok_or_else(missing)
    }

    fn email(&self, account: u32) -> Secret {
        Secret::new(format!("{}@example.com", self.accounts[account as usize].name))
    }

    /// When an account was made: the payer two years before the first bill, the others one after the other in the year after.
    pub(super) fn account_made(&self, account: u32) -> Moment {
        let first = Moment::of(self.books.setup.start.start());
        first.later(-2 * YEAR + YEAR * i64::from(account) / self.accounts.len() as i64)
    }

    fn account_value(&self, account: u32) -> Value {
        let id = self.account_id(account);
        let unit = self.unit_of(account).map(|name| format!("{}/", self.unit_id(name))).unwrap_or_default();
        let path = format!("{}/{}/{unit}{id}/", self.organization_id(), self.root_id());
        Value::of([
            ("Id", id.into()),
            ("Arn", self.organization_arn("account", id).into()),
            ("Email", self.email(account).into()),
            ("Name", Secret::new(&self.accounts[account as usize].name).into()),
            ("Status", "ACTIVE".into()),
            ("State", "ACTIVE".into()),
            ("Paths", vec![path].into()),
            ("JoinedMethod", if account == PAYER { "INVITED" } else { "CREATED" }.into()),
            ("JoinedTimestamp", Value::Time(self.account_made(account).timestamp())),
        ])
    }
}
