//! Through which connections an order can be made, and how much of a proposal each could do. AWS is never asked here: the making does that.

use crate::app::App;
use std::cmp::Reverse;
use tenor_propose::proposal::Proposal;
use tenor_state::{StateError, StoredConnection};

/// A connection through which an order can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Buyer {
    pub(crate) name: String,
    pub(crate) account: String,
    /// So many steps and changes of the proposal are its account's.
    pub(crate) parts: usize,
}

/// All connections, by name.
pub(crate) async fn buyers(app: &App) -> Result<Vec<Buyer>, StateError> {
    let buyer = |one: StoredConnection| {
        let account = one.agreement.connection.account.as_str().to_owned();
        Buyer { name: one.name.to_string(), account, parts: 0 }
    };
    app.home.read(move |view| Ok(view.connections()?.into_iter().map(buyer).collect())).await
}

/// The same for a proposal: who does most of it comes first.
pub(crate) fn ranked(mut buyers: Vec<Buyer>, proposal: &Proposal) -> Vec<Buyer> {
    for buyer in &mut buyers {
        let bought = proposal.steps.iter().filter(|step| step.account == buyer.account).count();
        let changed = proposal.changes.iter().filter(|change| holder(&change.id) == Some(buyer.account.as_str())).count();
        buyer.parts = bought + changed;
    }
    buyers.sort_by_key(|buyer| Reverse(buyer.parts));
    buyers
}

/// Whose something held is, by its ARN.
pub(super) fn holder(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Buyer, holder, ranked};
    use crate::tests::proposals::proposal;

    #[test]
    fn who_does_most_of_a_proposal_comes_first() {
        let buyer = |name: &str, account: &str| Buyer { name: name.to_owned(), account: account.to_owned(), parts: 0 };
        let all = vec![buyer("dev", "222233334444"), buyer("payer", "111122223333")];
        let told: Vec<_> = ranked(all, &proposal()).into_iter().map(|one| format!("{} {}", one.name, one.parts)).collect();
        assert_eq!(told, ["payer 2", "dev 0"]);
        assert_eq!(holder("ri-1"), None);
    }
}
