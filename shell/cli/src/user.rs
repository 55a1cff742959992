//! `tenor user`: who may log in to the pages, as what, and tokens for the API.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{self, Column, Table};
use clap::Subcommand;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_state::{Scope, Secret, SystemRandomness, UserName, UserRole};

/// How long a link lasts by which a password is set.
const LINK: SignedDuration = SignedDuration::from_hours(72);

/// Arguments of `tenor user`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with users.
#[derive(Debug, Subcommand)]
enum What {
    /// Add a user, and print the link by which they set their password.
    Add {
        /// What they are called: lower case letters, digits, `.`, `-`, `_`, `@`.
        #[arg(value_name = "NAME")]
        name: UserName,
        /// `viewer` looks, `analyst` takes data away and reads the ledger, `approver` agrees to orders, `admin` says who may what.
        #[arg(long)]
        role: UserRole,
        #[command(flatten)]
        at: At,
    },
    /// Print a new link by which a user sets their password; one given before is of no use any more.
    Invite {
        /// Who.
        #[arg(value_name = "NAME")]
        name: UserName,
        #[command(flatten)]
        at: At,
    },
    /// Let a user do more or less; their sessions end.
    Role {
        /// Who.
        #[arg(value_name = "NAME")]
        name: UserName,
        /// What they may do from here on.
        #[arg(value_name = "ROLE")]
        role: UserRole,
    },
    /// Forget which account of the identity provider a user is: the next one that comes with their name is them. Their sessions end.
    Unlink {
        /// Who.
        #[arg(value_name = "NAME")]
        name: UserName,
    },
    /// Forget a user with their sessions and tokens.
    Remove {
        /// Who.
        #[arg(value_name = "NAME")]
        name: UserName,
    },
    /// List the users.
    List,
    /// Make a token for the API, and print it for the only time.
    Token {
        /// Whose: it may do no more than they may.
        #[arg(value_name = "NAME")]
        name: UserName,
        /// What it may be used for; can be said again.
        #[arg(long, required = true)]
        scope: Vec<Scope>,
        /// What it is for, in your words.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How many days it lasts.
        #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// List the tokens by their beginnings.
    Tokens,
    /// Accept a token no more.
    Revoke {
        /// Its beginning: `tnr_` and 8 digits.
        #[arg(value_name = "TOKEN")]
        token: String,
    },
}

/// Where the server is reached.
#[derive(Debug, clap::Args)]
struct At {
    /// The server's address, for the link.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4680")]
    url: String,
}

/// Changes or lists.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let (by, random, doing) = (keep::by(context), SystemRandomness::new(), "tenor user");
    match args.what {
        What::Add { name, role, at } => {
            let mut state = keep::writer(context, doing)?;
            state.add_user(&name, role, &by, &random)?;
            let link = state.invite(&name, context.now() + LINK, &by, &random)?;
            tell_link(context, &name, &at, &link)
        }
        What::Invite { name, at } => {
            let link = keep::writer(context, doing)?.invite(&name, context.now() + LINK, &by, &random)?;
            tell_link(context, &name, &at, &link)
        }
        What::Role { name, role } => {
            keep::writer(context, doing)?.change_role(&name, role, &by, &random)?;
            context.note(format_args!("{name} is {role} from here on, and logs in again"));
            Ok(())
        }
        What::Unlink { name } => {
            keep::writer(context, doing)?.unbind_identities(&name, &by, &random)?;
            context.note(format_args!("the next account of the identity provider that comes as {name} is them"));
            Ok(())
        }
        What::Remove { name } => {
            keep::writer(context, doing)?.remove_user(&name, &by, &random)?;
            context.note(format_args!("{name} is forgotten, with all sessions and tokens"));
            Ok(())
        }
        What::List => list(context),
        What::Token { name, scope, label, days } => {
            let (scopes, expires) = (BTreeSet::from_iter(scope), context.now() + SignedDuration::from_hours(24 * i64::from(days)));
            let token = keep::writer(context, doing)?.make_token(&name, &label, &scopes, expires, &by, &random)?;
            context.note(format_args!("{name}'s token, until {}; it is not shown again:", expires.strftime("%Y-%m-%d %H:%M UTC")));
            Ok(output::print_line(&token)?)
        }
        What::Tokens => tokens(context),
        What::Revoke { token } => {
            keep::writer(context, doing)?.revoke_token(&token, &by, &random)?;
            context.note(format_args!("{token} is not accepted any more"));
            Ok(())
        }
    }
}

fn tell_link(context: &Context, name: &UserName, at: &At, link: &Secret) -> anyhow::Result<()> {
    context.note(format_args!("{name} sets their password there, once, within three days:"));
    Ok(output::print_line(&format!("{}/welcome/{}", at.url.trim_end_matches('/'), link.reveal()))?)
}

fn list(context: &Context) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("user", "User"),
        Column::text("role", "Role"),
        Column::text("password", "Password"),
        Column::text("created", "Since"),
    ]);
    for user in keep::view(context)?.users()? {
        let password = if user.has_password { "set" } else { "not set yet" };
        table.row([user.name.as_str().into(), user.role.as_str().into(), password.into(), user.created.to_string().into()]);
    }
    Ok(context.print(&table)?)
}

fn tokens(context: &Context) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("token", "Token"),
        Column::text("user", "User"),
        Column::text("scopes", "Scopes"),
        Column::text("label", "For"),
        Column::text("expires", "Until"),
    ]);
    for token in keep::view(context)?.tokens()? {
        let scopes = token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
        table.row([token.prefix.into(), token.user.as_str().into(), scopes.into(), token.label.into(), token.expires.to_string().into()]);
    }
    Ok(context.print(&table)?)
}
