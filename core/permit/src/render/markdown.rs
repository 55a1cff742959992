//! A page for whoever has to agree: every action with its reason, counted, and what cannot be had.

use crate::connection::Connection;
use crate::counts::Counts;
use crate::kinds::Tier;
use crate::permit::{Permit, Permitted};
use crate::policy::{Names, PolicyError, documents};
use crate::row::{Guard, Scope};
use crate::version::CURRENT;
use std::fmt::Write as _;

/// The page.
///
/// # Errors
/// As [`documents`].
pub fn markdown(permit: &Permit, connection: &Connection) -> Result<String, PolicyError> {
    let names = Names::of(connection);
    let documents = documents(permit, connection)?;
    let mut page = String::new();
    let mut line = |text: String| writeln!(page, "{text}").expect("a String takes everything");
    line(format!("# What Tenor may do in account {}", connection.account));
    line(String::new());
    line(format!("Policy version {CURRENT}, partition {}. {}", connection.partition, Counts::of(permit.permitted())));
    line(format!(
        "Role `tenor/{}` may be assumed by `{}` alone, and only with the connection's External ID.",
        connection.role, connection.trusted
    ));
    for tier in Tier::ALL {
        let actions: Vec<_> = permit.of_tier(tier).collect();
        if actions.is_empty() {
            continue;
        }
        let held = documents.iter().filter(|document| document.tier == tier);
        let sizes: Vec<_> =
            held.map(|document| format!("`{}` ({} characters)", document.name(), document.characters(connection))).collect();
        line(String::new());
        line(format!("## {tier}: {}", tier.promise()));
        line(String::new());
        line(format!("{} In {}.", Counts::of(actions.iter().copied()), sizes.join(", ")));
        line(String::new());
        line("| action | level | on | only if | why |".to_owned());
        line("|---|---|---|---|---|".to_owned());
        for permitted in actions {
            line(row(permitted, &names));
        }
    }
    if !permit.withheld().is_empty() {
        line(String::new());
        line("## Selected, and not to be had on this connection".to_owned());
        line(String::new());
        for withheld in permit.withheld() {
            let operation = withheld.operation.map(|operation| format!(", `{operation}`")).unwrap_or_default();
            line(format!("- {}{operation}: {}", withheld.capability, withheld.why));
        }
    }
    Ok(page)
}

fn row(permitted: &Permitted, names: &Names) -> String {
    let grant = permitted.grant;
    let on = match grant.scope {
        Scope::Unscopable => "`*` (AWS allows no less)".to_owned(),
        Scope::Arns(arns) => arns.iter().map(|arn| format!("`{}`", names.fill(arn))).collect::<Vec<_>>().join(", "),
    };
    let only_if = grant.guards.iter().filter_map(|guard| in_words(*guard, names)).collect::<Vec<_>>().join("; ");
    let mut why: Vec<_> = permitted.operations.iter().map(|operation| operation.reason.to_owned()).collect();
    why.extend(grant.sensitive.map(|what| format!("Its answer can show {what}.")));
    format!("| `{}` | {} | {on} | {only_if} | {} |", grant.action, grant.access, why.join(" "))
}

fn in_words(guard: Guard, names: &Names) -> Option<String> {
    let (operator, key, values) = names.condition(guard)?;
    let values = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let is = match operator {
        "StringEquals" => "is",
        "ForAllValues:StringLike" => "are all like",
        _ => "is like",
    };
    Some(format!("`{key}` {is} {values}"))
}
