//! `tenor order`: what was decided, who agrees, and how it is carried out.

mod agree;
mod change;
mod create;
mod demand;
pub(crate) mod desk;
mod left;
mod live;
mod run;
mod scope;
mod show;
mod sign;
mod signer;
mod terms;

pub(crate) use agree::agreeing;
pub(crate) use change::take_back_as;
pub(crate) use create::{Meant, Placed, Twice, create_as};
pub(crate) use live::account;
pub(crate) use run::{How, by_hand, carry_out, halted, record_stops, stop_as, words};
pub(crate) use show::standing;
pub(crate) use sign::{Again, approve_as, reject_as};
pub(crate) use signer::{Doing, Signer};

use crate::context::Context;
use clap::Subcommand;

/// Arguments of `tenor order`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with orders.
#[derive(Debug, Subcommand)]
enum What {
    /// Turn a proposal into an order, on what AWS sells and what is held now; it waits for approval.
    Create(create::Args),
    /// Make an order that takes back what is queued, or returns a plan within its window.
    TakeBack(change::TakeBack),
    /// Make an order that modifies, exchanges, sells or no longer sells reservations that are held.
    Change(change::Args),
    /// List orders.
    List,
    /// Show an order: who made it, who agrees, and how far each step came.
    Show(show::Args),
    /// Agree to an order, by a signature over exactly this order and the terms that hold.
    Approve(sign::Approve),
    /// Say no to an order.
    Reject(sign::Reject),
    /// Carry an order out, step by step, each exactly once. Without --live everything is looked at and nothing is sent.
    Run(run::Args),
    /// Say what became of a step that only a person can tell.
    Resolve(run::Resolve),
    /// Have nothing more of an order sent.
    Stop(run::Stop),
    /// Print the owner's terms, or set them.
    Terms(terms::Args),
}

/// Does one of these.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Create(args) => create::run(context, &args),
        What::TakeBack(args) => change::take_back(context, &args),
        What::Change(args) => change::run(context, args),
        What::List => show::list(context),
        What::Show(args) => show::show(context, &args),
        What::Approve(args) => sign::approve(context, &args),
        What::Reject(args) => sign::reject(context, &args),
        What::Run(args) => run::run(context, &args),
        What::Resolve(args) => run::resolve(context, &args),
        What::Stop(args) => run::stop(context, &args),
        What::Terms(args) => terms::run(context, &args),
    }
}
