//! What was ever bought here, as the books have it: for whoever checks a buyer against them.

use super::Cloud;
use super::books::Standing;

/// Something that was bought. What it was modified or exchanged into is not another purchase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sold {
    /// The account's number.
    pub account: String,
    /// `savingsplans`, or the product code of a bill: `AmazonEC2`.
    pub service: String,
    /// AWS's id, or the name that the buyer chose.
    pub id: String,
    /// Which offering.
    pub offering: String,
    /// How many, or what it commits to by the hour.
    pub quantity: String,
    /// Whether it is or will be paid for: not so when it was taken back or returned, or its payment failed.
    pub is_owed: bool,
}

impl Cloud {
    /// All that was ever bought, in the order of its purchases by kind.
    #[must_use]
    pub fn purchases(&self) -> Vec<Sold> {
        let account = |index: u32| self.accounts[index as usize].id.clone();
        let is_owed = |standing| {
            !matches!(standing, Standing::QueuedDeleted | Standing::PaymentFailed | Standing::PendingReturn | Standing::Returned)
        };
        let plans = self.books.plans.iter().map(|plan| Sold {
            account: account(plan.account),
            service: "savingsplans".to_owned(),
            id: plan.id.clone(),
            offering: plan.offering.clone(),
            quantity: plan.commitment.to_string(),
            is_owed: is_owed(plan.standing),
        });
        let reserved = self.books.reserved.iter().filter(|held| held.life.from.is_empty()).map(|held| Sold {
            account: account(held.account),
            service: held.product_code.clone(),
            id: held.id.clone(),
            offering: held.offering.clone(),
            quantity: held.count.to_string(),
            is_owed: is_owed(held.standing),
        });
        plans.chain(reserved).collect()
    }

    /// How many modifications of a reservation were asked for and not refused.
    #[must_use]
    pub fn modifications_of(&self, reservation: &str) -> usize {
        self.books.ec2.modifications.iter().filter(|asked| asked.inputs.iter().any(|input| input == reservation)).count()
    }

    /// How many listings of a reservation are open.
    #[must_use]
    pub fn open_listings_of(&self, reservation: &str) -> usize {
        self.books.ec2.listings.iter().filter(|listing| listing.reservation == reservation && listing.is_open()).count()
    }

    /// Whether a listing is open.
    #[must_use]
    pub fn is_listing_open(&self, id: &str) -> bool {
        self.books.ec2.listings.iter().any(|listing| listing.id == id && listing.is_open())
    }

    /// Everything works from here on.
    pub fn forget_faults(&mut self) {
        self.books.faults.clear();
    }

    /// The same organization at its first second, with nothing bought; what is on sale is not worked out anew.
    #[must_use]
    pub fn begun_anew(&self) -> Self {
        let mut books = super::Books::new(self.books.setup.clone());
        books.taken.clone_from(&self.books.taken);
        let mut anew = self.with(books);
        // Nothing was delivered yet, and so nothing could not be.
        anew.undelivered.clear();
        anew
    }
}
