//! A play: an organization to which a sequence of things happens by chance from a seed, each told so that a failure can be played again.

use crate::cloud::ask::{Answered, Ask, Caller};
use crate::cloud::books::Books;
use crate::cloud::moment::Moment;
use crate::cloud::offers::ReservedOffer;
use crate::cloud::operate::Keep;
use crate::cloud::{Cloud, Setup, table};
use crate::price::{OfferingClass, Term};
use crate::random::below;
use crate::region::REGIONS;
use crate::request::SharingMode;
use crate::sku::{Kind, Sku, instance_type_of};
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_wire::Value;

/// Accounts of the organization.
pub(super) const ACCOUNTS: u32 = 3;

/// A call of an operation.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) account: u32,
    pub(super) region: u32,
    /// `ec2:ModifyReservedInstances`.
    pub(super) operation: &'static str,
    pub(super) input: Value,
}

/// What a good answer to a call may have changed: nothing else may have.
#[derive(Debug, Clone, Default)]
pub(super) struct Effect {
    /// Ids of what was there and may be another now.
    pub(super) touches: Vec<String>,
    /// Whether a plan is there that was not.
    pub(super) plan: bool,
    /// Of which offering how many units are there that were not.
    pub(super) units: Option<(String, u32)>,
}

/// What happens next.
#[derive(Debug, Clone)]
pub(super) enum Move {
    /// So many seconds pass.
    Time(i64),
    /// The next payments fail.
    Fail(u32),
    /// A legal call, with the member of its client token if it has one.
    Legal(Call, Effect, Option<&'static str>),
    /// A call that is refused with this code.
    Wrong(Call, &'static str),
    /// A request with a client token, made again: the same comes of it.
    Again(Call, String),
    /// The next legal call cannot be kept.
    Unkept,
    /// The books are read anew out of their file.
    Reopen,
    /// Commitments are shared otherwise, and not with an account.
    Share(SharingMode, Option<u32>),
}

/// Reservations on sale, by what they are drawn as and Region: indices into the offers.
type Shelf = BTreeMap<(&'static str, u32), Vec<usize>>;

/// The play.
pub(super) struct Play {
    pub(super) cloud: Cloud,
    shelf: Arc<Shelf>,
    pub(super) seed: u64,
    drawn: u64,
    told: Vec<String>,
    /// Requests with client tokens, the member that the token is in, and what came of them.
    pub(super) tokens: Vec<(Call, &'static str, String)>,
    /// What the bills of months that are over said when they were first written.
    pub(super) bills: BTreeMap<BillingPeriod, String>,
    /// How often each kind of move was made.
    pub(super) made: BTreeMap<&'static str, u32>,
}

impl Drop for Play {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, at {}:\n{}", self.seed, self.cloud.books.now, self.told.join("\n"));
        }
    }
}

/// What an offering is drawn as: by its service; usual are a few instance types, so that there is something to merge and to exchange; old are the
/// nodes that can be exchanged. An offering of MemoryDB names no engine, and those for Valkey are not sold.
fn drawn_as(offer: &ReservedOffer, sku: &Sku) -> Vec<&'static str> {
    let is_valkey = matches!(&sku.kind, Kind::Node(price) if price.engine == "Valkey");
    if sku.product_code == "AmazonMemoryDB" && is_valkey {
        return Vec::new();
    }
    let mut names = vec![sku.product_code];
    let instance_type = instance_type_of(sku);
    if sku.operation == "RunInstances" && [".large", ".xlarge", ".24xlarge"].iter().any(|size| instance_type.ends_with(size)) {
        names.push("usual");
    }
    if sku.product_code == "AmazonEC2" && offer.class == OfferingClass::Convertible {
        names.push(if offer.term == Term::OneYear { "convertible for a year" } else { "convertible for three years" });
    }
    if instance_type.starts_with("dc1.") {
        names.push("old");
    }
    names
}

/// An organization in which nothing has happened yet.
pub(super) fn fresh() -> Cloud {
    Cloud::new(Setup { seed: 7, secret: 1, accounts: ACCOUNTS, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 })
}

impl Play {
    pub(super) fn new(cloud: Cloud) -> Self {
        let mut shelf = Shelf::new();
        for (index, offer) in cloud.offers.reserved.iter().enumerate() {
            let sku = &cloud.offers.skus[offer.sku];
            for name in drawn_as(offer, sku) {
                shelf.entry((name, sku.region)).or_default().push(index);
            }
        }
        Self {
            cloud,
            shelf: Arc::new(shelf),
            seed: 0,
            drawn: 0,
            told: Vec::new(),
            tokens: Vec::new(),
            bills: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    /// Begins anew with another seed; what there is on sale stays as it is.
    pub(super) fn restart(&mut self, seed: u64, books: &Books) {
        self.cloud.books = books.clone();
        (self.seed, self.drawn) = (seed, 0);
        self.told.clear();
        self.tokens.clear();
        self.bills.clear();
    }

    /// A number below `bound`, another each time.
    pub(super) fn chance(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        below(bound, &[self.seed, self.drawn, 90])
    }

    /// One of some; none of none.
    pub(super) fn one_of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let index = self.chance(all.len().max(1) as u64);
        all.get(index as usize)
    }

    /// A reservation on sale in a Region, of those drawn under this name.
    pub(super) fn offer(&mut self, name: &'static str, region: u32) -> Option<(ReservedOffer, Sku)> {
        let (shelf, offers) = (Arc::clone(&self.shelf), Arc::clone(&self.cloud.offers));
        let index = *self.one_of(shelf.get(&(name, region))?)?;
        let offer = &offers.reserved[index];
        Some((offer.clone(), offers.skus[offer.sku].clone()))
    }

    /// A name that nothing had before in this play.
    pub(super) fn name(&mut self) -> String {
        self.drawn += 1;
        format!("name-{}-{}", self.seed, self.drawn)
    }

    pub(super) fn account(&mut self) -> u32 {
        self.chance(u64::from(ACCOUNTS)) as u32
    }

    pub(super) fn region(&mut self) -> u32 {
        self.chance(REGIONS.len() as u64) as u32
    }

    pub(super) fn now(&self) -> Moment {
        self.cloud.books.now
    }

    /// Makes a call as it is made past the wire, and keeps what it changes.
    pub(super) fn ask(&mut self, call: &Call) -> Answered {
        let answer = self.try_to(call);
        self.cloud.confirm();
        answer
    }

    /// The same, but for keeping it.
    pub(super) fn try_to(&mut self, call: &Call) -> Answered {
        let (service, operation) = call.operation.split_once(':').expect("operations are named by service and name");
        let row = table::find(service, operation).expect("only operations that there are are called");
        let caller =
            Caller { account: call.account, arn: String::new(), access_key: String::new(), role: None, source_identity: String::new() };
        let region = REGIONS[call.region as usize].code;
        let ask = Ask { caller: &caller, region, host: "", input: &call.input, wall: jiff::Timestamp::UNIX_EPOCH };
        if !row.changes {
            return (row.answer)(&mut self.cloud, &ask);
        }
        self.drawn += 1;
        let (answer, keep) = self.cloud.change(row, &ask, &format!("{}-{}", self.seed, self.drawn), None);
        assert_eq!(keep, if answer.is_ok() { Keep::First } else { Keep::Soon });
        answer
    }

    /// The answer to a question that must have one.
    pub(super) fn read(&mut self, account: u32, region: u32, operation: &'static str, input: Value) -> Value {
        self.ask(&Call { account, region, operation, input }).expect("a question is answered")
    }

    /// Keeps what happens, for whoever reads a failure.
    pub(super) fn tell(&mut self, name: &'static str, what: String) {
        *self.made.entry(name).or_default() += 1;
        self.told.push(format!("{} {name}: {what}", self.cloud.books.now));
    }
}

/// The books as their file has them, but for the clock.
pub(super) fn kept(books: &Books) -> String {
    let mut books = books.clone();
    books.now = Moment(0);
    books.events.clear();
    serde_json::to_string(&books).expect("books are written")
}

/// The id of what came of a request.
pub(super) fn made_id(answer: &Value) -> String {
    let listing = answer.list("ReservedInstancesListings").and_then(|listings| listings.first()?.text("ReservedInstancesListingId"));
    let members = ["savingsPlanId", "ReservedInstancesModificationId", "reservation.reservationId"];
    members.iter().find_map(|member| answer.text(member)).or(listing).unwrap_or_default().to_owned()
}
