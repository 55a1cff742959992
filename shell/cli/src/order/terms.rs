//! `tenor order terms`: what the owner allows, and how many have to agree.

use super::desk;
use crate::connect::keep;
use crate::context::Context;
use crate::output;
use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::path::PathBuf;
use tenor_execute::{Journal as _, Terms};
use tenor_ledger::Event;
use tenor_state::{Document, DocumentKind};

/// Arguments of `tenor order terms`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Set them from this file (docs/spec/terms.md); without one, those that hold are printed.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let Some(file) = &args.file else {
        let view = keep::view(context)?;
        let book = view.book()?;
        desk::terms(&view, &book)?;
        let hash = book.setting(&desk::terms_name()).context("the terms are gone")?;
        return Ok(output::print_line(desk::document(&view, hash)?.trim_end())?);
    };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let cannot = |error| Refused::new(format!("`{}` says no terms: {error}", file.display())).hint("docs/spec/terms.md has every key");
    let terms = Terms::read(&text).map_err(cannot)?;
    let document = Document::new(DocumentKind::Policy, text);
    desk::with_journal(context, "tenor order terms", desk::operator(context), |journal| {
        let (what, after) = (desk::terms_name(), Some(document.hash()));
        let before = journal.book().setting(&what);
        if before == after {
            context.note("these terms hold already");
            return Ok(());
        }
        journal.record(desk::now(context), &[Event::ConfigurationChanged { what, before, after }], std::slice::from_ref(&document))?;
        let needed = terms.rails.approvals_needed;
        context.note(format_args!("from now on {needed} must approve; orders made under other terms have to be made again"));
        Ok(())
    })
}
