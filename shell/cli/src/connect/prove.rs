//! `tenor connect prove` and `tenor access verify`: who gets in, what works, what is lacking, what was changed.

use super::calling::{CallsMax, calling};
use super::{keep, who};
use crate::context::Context;
use crate::output::{Column, Table};
use crate::report::Refused;
use tenor_aws::client::Client;
use tenor_aws::proof::{Errand, Purpose, SourceIdentity, connected, names_people, role_found, simulations, trials, tried, tries};
use tenor_permit::{Capability, Drift, ExternalId, NotProved, Observed, Permit, Question, Regions, Standing, Version, drift, standings};
use tenor_state::{By, ConnectionName, Finding, Randomness as _, State, StoredConnection, SystemRandomness, Verdict, Verification};

/// Which connection, and what asking may cost.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The connection.
    #[arg(value_name = "NAME")]
    name: ConnectionName,

    #[command(flatten)]
    calls_max: CallsMax,
}

/// What came of a proof that had an answer.
enum Proof {
    Holds(Found),
    /// The role does not let in the right one alone.
    Fails(Refused),
}

/// What was found.
struct Found {
    standings: Vec<(&'static Capability, Standing)>,
    drifts: Vec<Drift>,
}

/// Proves a connection; it may be used when the role lets in the right one alone.
pub(super) fn run(context: &Context, args: &Asked) -> anyhow::Result<()> {
    let found = proved(context, args)?;
    tell(context, args, &found)
}

/// The same for a connection that is in use: it fails when something is lacking or was changed, so that scripts notice.
pub(crate) fn verify(context: &Context, args: &Asked) -> anyhow::Result<()> {
    let found = proved(context, args)?;
    tell(context, args, &found)?;
    let lacking = found
        .standings
        .iter()
        .filter(|(_, standing)| !matches!(standing, Standing::Works | Standing::Part(_) | Standing::NotOffered(_)))
        .count();
    match (found.drifts.len(), lacking) {
        (0, 0) => Ok(()),
        (drifts, lacking) => {
            let told = format!("{drifts} differences of the role and {lacking} capabilities that do not stand as agreed");
            Err(Refused::new(told).hint("update the stack from the connection's template, or make the connection anew").into())
        }
    }
}

/// What a proof came to, where nobody reads its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proved {
    /// Capabilities that work, all that the account can have of them.
    pub(crate) works: usize,
    /// Capabilities that lack something, are in excess or unclear.
    pub(crate) lacking: usize,
    /// Differences of the role from what was published.
    pub(crate) differences: usize,
}

/// Proves a connection for somebody.
///
/// # Errors
/// When it is not proved, AWS cannot be asked, or what was found cannot be kept.
pub(crate) fn prove_as(context: &Context, command: &str, name: &ConnectionName, calls_max: CallsMax, by: &By) -> anyhow::Result<Proved> {
    let found = proved_by(context, command, name, calls_max, &|| By { moment: context.now(), ..by.clone() })?;
    let works = found.standings.iter().filter(|(_, standing)| matches!(standing, Standing::Works | Standing::Part(_))).count();
    let not_offered = found.standings.iter().filter(|(_, standing)| matches!(standing, Standing::NotOffered(_))).count();
    Ok(Proved { works, lacking: found.standings.len() - works - not_offered, differences: found.drifts.len() })
}

fn proved(context: &Context, args: &Asked) -> anyhow::Result<Found> {
    proved_by(context, "tenor connect prove", &args.name, args.calls_max, &|| keep::by(context))
}

/// Asks, and keeps what was found as `by` says when that is known.
fn proved_by(context: &Context, command: &str, name: &ConnectionName, calls_max: CallsMax, by: &dyn Fn() -> By) -> anyhow::Result<Found> {
    let kept = keep::connection(context, name)?;
    let person = who::identity(&by().actor);
    let (outcome, _) = calling(context, command, Some(calls_max), async |own: &Client| asked(own, &kept, &person).await)?;
    match outcome? {
        Proof::Holds(found) => {
            keep_findings(context, &mut keep::writer_of(context, command, &kept)?, name, &found, &by())?;
            Ok(found)
        }
        Proof::Fails(why) => {
            // What was found before is not so any more. Whatever comes of writing that, why it fails has to be told.
            let forgotten = keep::writer_of(context, command, &kept)
                .and_then(|mut state| Ok(state.forget_verification(name, &why.to_string(), &by(), &SystemRandomness::new())?));
            if let Err(error) = forgotten {
                context.note(format_args!("what follows could not be kept: {error:#}"));
            }
            Err(why.into())
        }
    }
}

/// Everything that is asked of AWS about a connection, for somebody.
async fn asked(own: &Client, kept: &StoredConnection, person: &SourceIdentity) -> anyhow::Result<Proof> {
    let agreement = &kept.agreement;
    let connection = &agreement.connection;
    let mut bits = [0; 16];
    SystemRandomness::new().fill(&mut bits)?;
    let trials = trials(own, connection, &agreement.external_id, &ExternalId::from_random(bits)).await;
    if let Err(not_proved) = trials.proves() {
        let refused = Refused::new(format!("connection `{}` is not proved: {not_proved}", kept.name)).hint(not_proved.hint());
        // What could not be found out says nothing about the role.
        return if matches!(not_proved, NotProved::Unclear { .. }) { Err(refused.into()) } else { Ok(Proof::Fails(refused)) };
    }
    let permit = Permit::new(&agreement.selection, connection);
    let errand = Errand { purpose: Purpose::Verify, person: Some(person.clone()) };
    let role = connected(own, connection, &agreement.external_id, &errand);
    let mut simulated = simulations(&role, connection, &Question::all(&permit, connection)).await;
    simulated.extend([names_people(own, connection, &agreement.external_id, person).await]);
    // In a Region that the connection is for: in another one the role may do nothing.
    let somewhere = match &connection.regions {
        Regions::Only(regions) if !regions.iter().any(|region| region.to_string() == role.place().region) => regions.iter().next(),
        _ => None,
    };
    let there = somewhere.map(|region| role.in_region(region.to_string().as_str()));
    let tried = tried(there.as_ref().unwrap_or(&role), &tries(&agreement.selection, connection)).await;
    let observed = Observed { simulated, tried };
    let found = role_found(&role, connection).await?;
    let drifts = drift(&permit, connection, &agreement.external_id, &found)?;
    if drifts.contains(&Drift::Trust) {
        // Three trials from one caller cannot see whom else it lets in; only the published policy is known to let in nobody.
        let changed = format!("connection `{}` is not proved: {}", kept.name, Drift::Trust);
        return Ok(Proof::Fails(Refused::new(changed).hint("update the role from this connection's template; until then it is not used")));
    }
    Ok(Proof::Holds(Found { standings: standings(&agreement.selection, connection, &observed), drifts }))
}

fn keep_findings(context: &Context, state: &mut State, name: &ConnectionName, found: &Found, by: &By) -> anyhow::Result<()> {
    let mut verification = Verification::new(context.now());
    for (capability, standing) in &found.standings {
        let verdict = match standing {
            Standing::Works | Standing::Part(_) => Verdict::Works,
            Standing::Missing(_) => Verdict::Missing,
            Standing::Excess(_) => Verdict::Excess,
            Standing::NotOffered(_) => Verdict::NotOffered,
            Standing::Unclear(_) => Verdict::Untried,
        };
        verification.note(capability, Finding::new(verdict, &note(standing)));
    }
    let differences: Vec<String> = found.drifts.iter().map(ToString::to_string).collect();
    Ok(state.keep_verification(name, &verification, &differences, by, &SystemRandomness::new())?)
}

fn note(standing: &Standing) -> String {
    match standing {
        Standing::Works => String::new(),
        Standing::Missing(actions) | Standing::Excess(actions) => actions.join(", "),
        Standing::NotOffered(why) | Standing::Part(why) => why.to_string(),
        Standing::Unclear(why) => why.clone(),
    }
}

fn tell(context: &Context, args: &Asked, found: &Found) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("capability", "Capability"),
        Column::text("tier", "Tier"),
        Column::text("result", "Result"),
        Column::text("note", "What of it"),
    ]);
    for (capability, standing) in &found.standings {
        let note = Some(note(standing)).filter(|note| !note.is_empty());
        table.row([capability.name.into(), capability.tier.as_str().into(), standing.as_str().into(), note.into()]);
    }
    context.note(format_args!("`{}` lets in the connection's External ID and no other", args.name));
    for drift in &found.drifts {
        context.note(format_args!("drift: {drift}"));
        if let Drift::Version { found, .. } = drift {
            degraded(context, found);
        }
    }
    Ok(context.print(&table)?)
}

/// What an older role cannot do, capability by capability.
fn degraded(context: &Context, held: &str) {
    let Some(held) = held.parse().ok().and_then(Version::find) else { return };
    for degraded in Version::of_catalogue().degraded_on(&held) {
        let lacks: Vec<&str> = degraded.missing.iter().chain(&degraded.narrower).map(String::as_str).collect();
        context.note(format_args!("on policy version {}, {} is limited: {}", degraded.held, degraded.capability, lacks.join(", ")));
    }
}
