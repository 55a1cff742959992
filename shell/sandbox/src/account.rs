//! Who is billed: the payer and its member accounts, each with a team and an environment.

use crate::random::{below, hash};

/// An account of the organization.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Twelve digits, ascending through the organization if it is made up.
    pub(crate) id: String,
    /// `payments-prod`.
    pub(crate) name: String,
    pub(crate) team: &'static str,
    pub(crate) environment: &'static str,
    pub(crate) cost_center: String,
    /// The cost category `BusinessUnit`.
    pub(crate) business_unit: &'static str,
}

/// Teams and the business unit each belongs to.
const TEAMS: [(&str, &str); 8] = [
    ("Checkout", "Commerce"),
    ("Payments", "Commerce"),
    ("Search", "Commerce"),
    ("Mobile", "Commerce"),
    ("Data", "Insights"),
    ("Analytics", "Insights"),
    ("Platform", "Engineering"),
    ("Security", "Engineering"),
];

const ENVIRONMENTS: [&str; 3] = ["prod", "staging", "dev"];

/// The organization's accounts, the payer first.
pub(crate) fn accounts(count: u32, seed: u64) -> Vec<Account> {
    // Ids ascend, so that the order of accounts is that of their ids.
    let step = 900_000_000_000 / u64::from(count + 1);
    (0..count)
        .map(|index| {
            let number = 100_000_000_000 + step * u64::from(index) + below(step, &[seed, 1, u64::from(index)]);
            let member = index.saturating_sub(1) as usize;
            let (team, business_unit) = if index == 0 { TEAMS[6] } else { TEAMS[member % TEAMS.len()] };
            let environment = ENVIRONMENTS[member / TEAMS.len() % ENVIRONMENTS.len()];
            let generation = member / (TEAMS.len() * ENVIRONMENTS.len());
            let suffix = if generation == 0 { String::new() } else { format!("-{}", generation + 1) };
            let name = if index == 0 { "example-payer".to_owned() } else { format!("{}-{environment}{suffix}", team.to_lowercase()) };
            let cost_center = format!("CC-{:04}", 1000 + hash(&[team.len() as u64, u64::from(team.as_bytes()[0])]) % 9000);
            Account { id: number.to_string(), name, team, environment, cost_center, business_unit }
        })
        .collect()
}

/// Accounts of bills, the payer first, by id and name; teams are made up. Who has no name goes by the id.
pub(crate) fn accounts_of_bills(known: &[(String, String)], seed: u64) -> Vec<Account> {
    let made_up = accounts(known.len() as u32, seed);
    let named = known.iter().zip(made_up).map(|((id, name), account)| {
        let name = if name.is_empty() { id } else { name };
        Account { id: id.clone(), name: name.clone(), ..account }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::accounts;

    #[test]
    fn ids_ascend_and_have_twelve_digits() {
        let all = accounts(500, 7);
        assert!(all.is_sorted_by(|a, b| a.id < b.id));
        assert!(all.iter().all(|account| account.id.len() == 12));
        assert_eq!(all[1].name, "checkout-prod");
        assert_eq!(all[499].name, "search-dev-21");
    }
}
