//! `tenor order take-back` and `tenor order change`: orders of one step on something held.

use super::create::{By, Draft, NO_PROPOSAL, Placed, Twice, account, submit, unread};
use super::signer::Doing;
use super::{desk, live};
use crate::connect::keep;
use crate::context::Context;
use crate::report::Refused;
use clap::Subcommand;
use std::str::FromStr;
use tenor_execute::{Change, LiveAws, Offered, Place, Sought, Unread, on_held, snapshot};
use tenor_ledger::Text;
use tenor_money::Money;
use tenor_order::{Service, Target};
use tenor_permit::RegionName;
use tenor_propose::proposal::{Term, Upfront};
use tenor_state::ConnectionName;

/// Arguments of `tenor order take-back`.
#[derive(Debug, clap::Args)]
pub(super) struct TakeBack {
    /// The plan or reservation, by the id that AWS has for it.
    #[arg(value_name = "ID")]
    id: String,

    /// The Region of an EC2 reservation; a plan has none.
    #[arg(long, value_name = "REGION")]
    region: Option<RegionName>,

    #[command(flatten)]
    by: By,
}

/// Arguments of `tenor order change`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with reservations that are held.
#[derive(Debug, Subcommand)]
enum What {
    /// Cut, merge, move or resize EC2 reservations; AWS keeps their size in all, their end and their price.
    Modify {
        /// The reservations, by the ids that AWS has for them; several of one kind are merged.
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,

        /// What they become: so many, of which type, in which zone. Without a type they keep theirs, without a zone they cover the Region.
        #[arg(long = "into", value_name = "COUNT[:TYPE][@ZONE]", required = true)]
        targets: Vec<Becomes>,

        #[command(flatten)]
        on: On,
    },
    /// Give convertible EC2 reservations, or a Redshift node's, for others. AWS says how many come of it, and what is due.
    Exchange {
        /// The reservations, by the ids that AWS has for them.
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,

        /// The type that they become.
        #[arg(long = "for", value_name = "TYPE")]
        instance_type: String,

        /// The platform, where it changes: `Linux/UNIX`.
        #[arg(long, value_name = "NAME", conflicts_with = "redshift")]
        platform: Option<String>,

        /// The term of the new ones, where it is another one.
        #[arg(long, value_enum)]
        term: Option<TermArg>,

        /// How the new ones are paid, where that changes.
        #[arg(long, value_enum)]
        payment: Option<PaymentArg>,

        /// The most that may be due at once; what AWS asks for now, if nothing is said.
        #[arg(long, value_name = "AMOUNT")]
        at_most: Option<Money>,

        /// Redshift's instead of EC2's.
        #[arg(long)]
        redshift: bool,

        #[command(flatten)]
        on: On,
    },
    /// Offer a standard EC2 reservation on the marketplace. AWS keeps 12% of the price.
    List {
        /// The reservation, by the id that AWS has for it.
        #[arg(value_name = "ID")]
        id: String,

        /// So many of it; all, if nothing is said.
        #[arg(long, value_name = "COUNT")]
        count: Option<u32>,

        /// What one costs at once, while at most so many months are left: `11=450`, and `450` from now on.
        #[arg(long = "price", value_name = "[MONTHS=]AMOUNT", required = true)]
        prices: Vec<PriceArg>,

        #[command(flatten)]
        on: On,
    },
    /// Take an offer on the marketplace back.
    Unlist {
        /// The listing, by the id that AWS has for it.
        #[arg(value_name = "LISTING")]
        id: String,

        #[command(flatten)]
        on: On,
    },
}

/// Where, and who.
#[derive(Debug, clap::Args)]
struct On {
    /// The Region in which it is held.
    #[arg(long, value_name = "REGION")]
    region: RegionName,

    #[command(flatten)]
    by: By,
}

/// `2:m5.large@us-east-1a`.
#[derive(Debug, Clone)]
struct Becomes(Target);

/// `11=450`.
#[derive(Debug, Clone)]
struct PriceArg(Offered);

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum TermArg {
    /// One year.
    #[value(name = "1yr")]
    One,
    /// Three years.
    #[value(name = "3yr")]
    Three,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PaymentArg {
    /// Nothing at once.
    #[value(name = "no-upfront")]
    Nothing,
    /// About half at once.
    #[value(name = "partial-upfront")]
    Partial,
    /// All at once.
    #[value(name = "all-upfront")]
    All,
}

impl FromStr for Becomes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, zone) = text.split_once('@').map_or((text, None), |(rest, zone)| (rest, Some(zone)));
        let (count, instance_type) = rest.split_once(':').map_or((rest, None), |(count, name)| (count, Some(name)));
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(|| format!("`{count}` is no number of reservations"))?;
        let named = |name: Option<&str>| name.map(|name| Text::from_str(name).map_err(|error| error.to_string())).transpose();
        Ok(Self(Target { count, instance_type: named(instance_type)?, zone: named(zone)? }))
    }
}

impl FromStr for PriceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (months, amount) = text.split_once('=').map_or((None, text), |(months, amount)| (Some(months), amount));
        let months = months.map(|months| months.parse().map_err(|_| format!("`{months}` is no number of months"))).transpose()?;
        let price = amount.parse().ok().filter(|price| *price > Money::ZERO).ok_or_else(|| format!("`{amount}` is no amount"))?;
        Ok(Self(Offered { months, price }))
    }
}

/// An order of one step: to take back what is queued, or to return a plan.
pub(super) fn take_back(context: &Context, args: &TakeBack) -> anyhow::Result<()> {
    let signer = args.by.signer()?;
    let doing = Doing { context, command: "tenor order take-back", signer: &signer, tell: &|text: &str| context.note(text) };
    let placed = take_back_as(&doing, &args.by.connection, args.region.as_ref(), last_part(&args.id), Twice::Allowed)?;
    placed.tell(context)
}

/// Makes an order that takes back a plan, or, in a Region, queued EC2 reservations.
///
/// # Errors
/// When it cannot be taken back now, or as [`submit`].
pub(crate) fn take_back_as(
    doing: &Doing<'_>,
    connection: &ConnectionName,
    region: Option<&RegionName>,
    id: &str,
    twice: Twice,
) -> anyhow::Result<Placed> {
    let service = if region.is_some() { Service::Ec2 } else { Service::SavingsPlans };
    let changes: &[Change] = if service == Service::Ec2 { &[Change::CancelQueued] } else { &[Change::CancelQueued, Change::Return] };
    let held = OneHeld { service, region, id };
    order(doing, connection, &held, changes, twice)
}

/// The id in an ARN, or what is one already.
fn last_part(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

/// An order of one step that changes reservations.
pub(super) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let (on, service, mut ids, change) = match args.what {
        What::Modify { ids, targets, on } => {
            let targets = targets.into_iter().map(|Becomes(target)| target).collect();
            (on, Service::Ec2, ids, Change::Modify { also: Vec::new(), targets })
        }
        What::Exchange { ids, instance_type, platform, term, payment, at_most, redshift, on } => {
            let sought = Sought {
                instance_type,
                platform,
                term: term.map(TermArg::term),
                payment: payment.map(PaymentArg::payment),
                count: None,
                due_max: at_most,
            };
            let service = if redshift { Service::Redshift } else { Service::Ec2 };
            (on, service, ids, Change::Exchange { also: Vec::new(), sought })
        }
        What::List { id, count, prices, on } => {
            let prices = prices.into_iter().map(|PriceArg(offered)| offered).collect();
            (on, Service::Ec2, vec![id], Change::List { count, prices })
        }
        What::Unlist { id, on } => (on, Service::Ec2, vec![id], Change::CancelListing),
    };
    let first = last_part(&ids.remove(0)).to_owned();
    let bad = |id: &String| Refused::bad_usage(format!("`{id}` is no id of AWS's"));
    let others = ids.iter().map(|id| last_part(id).parse::<Text>().map_err(|_| bad(id))).collect::<Result<Vec<_>, _>>()?;
    let change = match change {
        Change::Modify { targets, .. } => Change::Modify { also: others, targets },
        Change::Exchange { sought, .. } => Change::Exchange { also: others, sought },
        other => other,
    };
    let signer = on.by.signer()?;
    let doing = Doing { context, command: "tenor order change", signer: &signer, tell: &|text: &str| context.note(text) };
    let held = OneHeld { service, region: Some(&on.region), id: &first };
    order(&doing, &on.by.connection, &held, &[change], Twice::Allowed)?.tell(context)
}

/// Something held, by where it is and how AWS names it.
struct OneHeld<'a> {
    service: Service,
    region: Option<&'a RegionName>,
    id: &'a str,
}

/// Makes the order of the first of these changes that can be done.
fn order(doing: &Doing<'_>, connection: &ConnectionName, held: &OneHeld<'_>, changes: &[Change], twice: Twice) -> anyhow::Result<Placed> {
    let connection = keep::connection(doing.context, connection)?;
    let now = desk::now(doing.context);
    let place = Place { account: account(&connection), service: held.service, region: held.region.cloned() };
    let found = live::with(doing.context, doing.command, &connection, true, &doing.errand(), async |aws: &LiveAws| {
        let mut why = Text::fitted("nothing of the kind can be done");
        for change in changes {
            match on_held(&place, held.id, change, aws, now).await? {
                Ok(step) => {
                    let steps = vec![step];
                    let made_on = snapshot(&steps, aws, now).await?;
                    return Ok(Ok((steps, made_on)));
                }
                Err(not) => why = not,
            }
        }
        Ok::<_, Unread>(Err(why))
    })?
    .map_err(unread)?;
    let (steps, snapshot) = found.map_err(|why| Refused::new(why.to_string()))?;
    submit(doing, &connection, Draft { proposal: NO_PROPOSAL, steps, snapshot, document: None, twice, known: None }, now)
}

impl TermArg {
    const fn term(self) -> Term {
        match self {
            Self::One => Term::OneYear,
            Self::Three => Term::ThreeYears,
        }
    }
}

impl PaymentArg {
    const fn payment(self) -> Upfront {
        match self {
            Self::Nothing => Upfront::Nothing,
            Self::Partial => Upfront::Partial,
            Self::All => Upfront::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Becomes, PriceArg};

    #[test]
    fn what_reservations_become_is_said_in_a_word() {
        let told = |text: &str| match text.parse::<Becomes>() {
            Ok(Becomes(target)) => {
                let named = |name: &Option<tenor_ledger::Text>| name.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
                format!("{} {} {}", target.count, named(&target.instance_type), named(&target.zone))
            }
            Err(why) => why,
        };
        let words = ["2", "2:m5.large", "1@us-east-1a", "1:m5.xlarge@us-east-1b", "0", "m5.large", ""];
        insta::assert_snapshot!(words.map(told).join("\n"), @"
        2 - -
        2 m5.large -
        1 - us-east-1a
        1 m5.xlarge us-east-1b
        `0` is no number of reservations
        `m5.large` is no number of reservations
        `` is no number of reservations
        ");
    }

    #[test]
    fn a_price_may_say_until_which_month_it_holds() {
        let told = |text: &str| match text.parse::<PriceArg>() {
            Ok(PriceArg(offered)) => format!("{:?} {}", offered.months, offered.price),
            Err(why) => why,
        };
        let words = ["450", "11=450.5", "x=450", "11=0", "-1", "450 USD"];
        insta::assert_snapshot!(words.map(told).join("\n"), @"
        None 450
        Some(11) 450.5
        `x` is no number of months
        `0` is no amount
        `-1` is no amount
        `450 USD` is no amount
        ");
    }
}
