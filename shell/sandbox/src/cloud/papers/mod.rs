//! The organization and its papers: who is in it, who shares, which reports it has, and what AWS's price lists say.

mod accounts;
mod definition;
mod deliveries;
mod exports;
mod organization;
mod price_file;
mod pricing;
mod print;
mod reports;
mod sharing;
mod wanted;

pub(crate) use definition::Paper;
pub(crate) use deliveries::{Due, Failed};
pub(crate) use pricing::PATH as PRICE_LISTS_PATH;

use super::Cloud;
use super::ask::{Answered, Ask, Refusal};
use super::pages::Paging;
use super::table::{Row, change, read};
use tenor_wire::Value;

pub(super) const OPERATIONS: &[Row] = &[
    read("organizations", "DescribeOrganization", organization::organization),
    read("organizations", "ListAccounts", organization::accounts),
    read("organizations", "ListRoots", organization::roots),
    read("organizations", "ListOrganizationalUnitsForParent", organization::units),
    read("organizations", "ListAccountsForParent", organization::accounts_under),
    read("organizations", "ListTagsForResource", organization::tags),
    read("account", "GetAccountInformation", accounts::information),
    read("billing", "GetBillingPreferences", sharing::preferences),
    read("cur", "DescribeReportDefinitions", reports::describe),
    change("cur", "PutReportDefinition", reports::put),
    read("bcm-data-exports", "ListExports", exports::list),
    read("bcm-data-exports", "GetExport", exports::get),
    read("bcm-data-exports", "ListExecutions", exports::executions),
    read("bcm-data-exports", "GetExecution", exports::execution),
    change("bcm-data-exports", "CreateExport", exports::create),
    read("pricing", "DescribeServices", pricing::services),
    read("pricing", "GetAttributeValues", pricing::attribute_values),
    read("pricing", "GetProducts", pricing::products),
    read("pricing", "ListPriceLists", pricing::lists),
    read("pricing", "GetPriceListFileUrl", pricing::file_url),
];

/// The index of the account that pays: the organization's management account.
pub(super) const PAYER: u32 = 0;

/// Refuses whoever is not of the management account, as Organizations and Billing do: the sandbox has no delegated administrators.
fn payer_only(ask: &Ask<'_>) -> Result<(), Refusal> {
    if ask.caller.account == PAYER {
        return Ok(());
    }
    Err(Refusal::new("AccessDeniedException", "You don't have permissions to access this resource."))
}

impl Cloud {
    /// An answer with a page of a list.
    fn listed(&self, paging: &Paging, ask: &Ask<'_>, list: &'static str, found: Vec<Value>) -> Answered {
        let (page, next) = paging.page(ask, found, self.page_most())?;
        let mut answer = Value::of([(list, page.into())]);
        if let Some(next) = next {
            answer.set(paging.token, next.into());
        }
        Ok(answer)
    }
}
