//! `tenor restore`: a home made of a backup, in which nothing is sent before somebody has looked what was bought since.

use crate::connect::keep;
use crate::context::Context;
use crate::order::standing;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use std::path::PathBuf;
use std::time::Duration;
use tenor_order::Book;
use tenor_state::{Claim, Ended, Key, KeyError, KeySource, Lease, Restored, Restoring, SystemRandomness, View, restore};

/// Arguments of `tenor restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Restores it, and says what was restored and what to do next.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let now = context.now();
    // A home is not begun for a file that nobody can read.
    std::fs::File::open(&args.file).with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let lease = Lease::take(&context.home, &Claim::of_this_process("tenor restore", Duration::ZERO), now)?;
    let source = keep::source(context)?;
    let key = key(context, &source)?;
    let version = env!("CARGO_PKG_VERSION").parse().expect("a version is short and plain");
    let (by, random) = (keep::by(context), SystemRandomness::new());
    let restored = restore(&lease, &args.file, &Restoring { key: &key, version: &version, by: &by, random: &random })?;
    drop(lease);
    // Read again as everybody will.
    let done = "the backup is restored and stopped, but what it says cannot be used";
    let view = keep::view(context)?;
    let verified = view.verify_ledger(&[])?;
    let book = view.book().context(done)?;
    view.orders(&book).context(done)?;
    context.print(&table(&restored, &view, &book, verified.report.head.sequence())?)?;
    let users: Vec<_> = view.users()?.into_iter().map(|user| user.name.to_string()).collect();
    tell(context, &source, &book, &people(&users, restored.ended));
    Ok(())
}

/// The key of the home that the backup is of. It is never made here: a new one opens nothing.
fn key(context: &Context, source: &KeySource) -> anyhow::Result<Key> {
    let place = context.home.join("state").join("key");
    source.held().map_err(|error| match error {
        KeyError::Missing { .. } if matches!(source, KeySource::Own(_)) => {
            Refused::new(format!("there is no key to open the backup with: `{}` is not there", place.display()))
                .hint("put the key of the home that the backup is of there, with mode 600; or name it with TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND")
                .into()
        }
        error => error.into(),
    })
}

fn table(restored: &Restored, view: &View, book: &Book, entries: u64) -> anyhow::Result<Table> {
    let mut table = Table::new([
        Column::text("made", "Backup of"),
        Column::number("entries", "Entries"),
        Column::text("last", "Last of them"),
        Column::number("connections", "Connections"),
        Column::number("orders", "Orders"),
        Column::number("proposal_files", "Files of proposals"),
        Column::number("entries_now", "Entries now"),
    ]);
    let is_begun = restored.head.sequence() > 0;
    table.row([
        restored.made.map(|made| made.to_string()).into(),
        Cell::Count(restored.head.sequence()),
        is_begun.then(|| restored.head.moment().to_string()).into(),
        Cell::Count(view.connections()?.len() as u64),
        Cell::Count(book.orders().count() as u64),
        Cell::Count(restored.files as u64),
        Cell::Count(entries),
    ]);
    Ok(table)
}

/// Who may log in here, and what of theirs is of no use any more, in lines.
fn people(users: &[String], Ended { sessions, links, tokens, bound }: Ended) -> Vec<String> {
    if users.is_empty() {
        return vec!["6. add whoever may log in: the backup knows no user: tenor user add".to_owned()];
    }
    let mut lines = vec![
        "6. look who may log in: tenor user list; who was removed since is there again, and each with the role and the password of then:"
            .to_owned(),
        format!("   {}", users.join(", ")),
        format!(
            "   what else let somebody in is ended: {sessions} sessions, {links} links, {tokens} tokens; give new ones: tenor user invite, tenor user token"
        ),
    ];
    if bound > 0 {
        lines.push(format!(
            "   the identity provider lets {bound} of them in by the accounts of then: of each whose account is another one since, tenor user unlink NAME"
        ));
    }
    lines
}

/// What to do next, in the order in which it has to be done.
fn tell(context: &Context, source: &KeySource, book: &Book, people: &[String]) {
    context.note("the ledger is whole, every document is the one that was kept, and all that is sealed opens with this key");
    context.note("STOPPED: nothing is sent to AWS, for nobody knows here what was done after the backup. Before `tenor resume`:");
    context.note("1. end what still runs on the old home; two homes with the same orders would both carry them out");
    context.note("2. import the bills and prices again: tenor import SOURCE, tenor prices import SOURCE");
    context.note("3. hold what AWS has against the orders: tenor ledger reconcile --live, tenor order list");
    let open: Vec<_> = book.orders().filter(|(_, record)| record.ended.is_none() && record.rejected.is_none()).collect();
    for (id, record) in &open {
        context.note(format_args!(
            "   order {:.12} is {} here, and may have been carried out, rejected or stopped since: unless you know that it was not, tenor order stop {:.12} --reason TEXT",
            id.to_string(),
            standing(record),
            id.to_string()
        ));
    }
    if open.is_empty() {
        context.note("   no order is open here; orders that were made after the backup are not known at all");
    }
    context.note("4. revoke again the keys that were revoked since: tenor key revoke; here they still sign and approve");
    context.note("5. set the terms again: tenor order terms FILE; day and month limits do not count what was spent since");
    people.iter().for_each(|line| context.note(line));
    context.note("7. tenor resume --reason TEXT");
    if !matches!(source, KeySource::Own(_)) {
        let place = context.home.join("state").join("key");
        context.note(format_args!("the key stays where it is named: keep the variable set, or put the key into `{}`", place.display()));
    }
}
