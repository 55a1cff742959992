//! What an account is called, and since when it is there ([BOTO:account]).

use super::PAYER;
use super::organization::is_account_id;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use tenor_wire::{Secret, Value};

/// `GetAccountInformation`: of the caller's account, or for the management account of a member. The management account must not name itself.
pub(super) fn information(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let account = match ask.text("AccountId") {
        None => ask.caller.account,
        Some(id) if !is_account_id(id) => {
            return Err(Refusal::new("ValidationException", format!("AccountId `{id}` must be twelve digits")));
        }
        Some(id) => {
            let member = cloud.accounts.iter().skip(1).position(|account| account.id == id).filter(|_| ask.caller.account == PAYER);
            let denied = || Refusal::new("AccessDeniedException", format!("You are not authorized to read account {id}"));
            member.ok_or_else(denied)? as u32 + 1
        }
    };
    Ok(Value::of([
        ("AccountId", cloud.account_id(account).into()),
        ("AccountName", Secret::new(&cloud.accounts[account as usize].name).into()),
        ("AccountCreatedDate", Value::Time(cloud.account_made(account).timestamp())),
        ("AccountState", "ACTIVE".into()),
    ]))
}
