//! The owner's file `schedule.toml`: which jobs run by themselves, when, and with which arguments.

use crate::context::Context;
use crate::place::Written;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tenor_serve::jobs::{Job, Schedule, Timing, TimingError};
use tenor_state::ConnectionName;
use toml::Spanned;

/// Its name, in the home.
pub(crate) const FILE: &str = "schedule.toml";
const HINT: &str = "docs/operations.md shows every key; `tenor schedule check` reads it again";
/// Where the file does not say.
const ZONE: &str = "UTC";
const RETRIES: u32 = 3;
const RETRY_MINUTES: i64 = 5;
const KEEP: u32 = 14;
const HOURS_MAX: u32 = 24;
/// No job may take longer.
const HOURS_MOST: u32 = 7 * 24;

/// What runs by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan(pub(crate) BTreeMap<Job, Planned>);

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) timing: Timing,
    pub(crate) work: Work,
    /// After so many hours it is ended, where the server runs it.
    pub(crate) hours_max: u32,
}

/// What is done, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Import each of these.
    Import { sources: Vec<String> },
    /// Import all of these as one version of prices.
    Prices { sources: Vec<PathBuf>, regions: Vec<String> },
    /// Fetch AWS's own price lists, through a connection or the first one that is proved; of all Regions and services of the bills where none is named.
    Refresh { connection: Option<String>, regions: Vec<String>, services: Vec<String> },
    /// Verify the home's ledger.
    Verify,
    /// Reconcile, asking AWS or not.
    Reconcile { live: bool },
    /// Propose by a policy; by the defaults without one.
    Propose { policy: Option<PathBuf> },
    /// Watch so many days ahead, asking AWS or not.
    Watch { live: bool, days: Option<u16> },
    /// Make a backup in a folder, and keep so many there.
    Backup { folder: PathBuf, keep: u32 },
    /// Tell of the week.
    Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    time_zone: Option<Spanned<String>>,
    import: Option<Section>,
    prices: Option<Section>,
    verify: Option<Section>,
    reconcile: Option<Section>,
    propose: Option<Section>,
    watch: Option<Section>,
    backup: Option<Section>,
    digest: Option<Section>,
}

/// A job, whichever it is: which arguments belong to it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    cron: Spanned<String>,
    time_zone: Option<Spanned<String>>,
    retries: Option<Spanned<u32>>,
    retry_minutes: Option<Spanned<i64>>,
    hours_max: Option<Spanned<u32>>,
    sources: Option<Spanned<Vec<String>>>,
    regions: Option<Spanned<Vec<String>>>,
    services: Option<Spanned<Vec<String>>>,
    connection: Option<Spanned<String>>,
    policy: Option<Spanned<PathBuf>>,
    live: Option<Spanned<bool>>,
    days: Option<Spanned<u16>>,
    folder: Option<Spanned<PathBuf>>,
    keep: Option<Spanned<u32>>,
}

impl Plan {
    /// As the home has it; nothing where there is no file.
    ///
    /// # Errors
    /// When it makes no sense, with the place.
    pub(crate) fn read(context: &Context) -> anyhow::Result<Option<Self>> {
        let Some(written) = Written::read(&context.home.join(FILE), "no schedule", HINT)? else { return Ok(None) };
        Self::of(&written, context.now()).map(Some)
    }

    fn of(written: &Written, now: Timestamp) -> anyhow::Result<Self> {
        let File { time_zone, import, prices, verify, reconcile, propose, watch, backup, digest } = written.parse()?;
        let sections = [
            (Job::Import, import),
            (Job::Prices, prices),
            (Job::Verify, verify),
            (Job::Reconcile, reconcile),
            (Job::Propose, propose),
            (Job::Watch, watch),
            (Job::Backup, backup),
            (Job::Digest, digest),
        ];
        let mut plan = Self::default();
        for (job, section) in sections {
            let Some(section) = section else { continue };
            let timing = timing(written, &section, time_zone.as_ref(), now)?;
            let hours_max = hours_max(written, &section)?;
            plan.0.insert(job, Planned { timing, work: work(written, job, section)?, hours_max });
        }
        Ok(plan)
    }

    /// When they are due, for whoever runs them.
    pub(crate) fn schedule(&self) -> Schedule {
        Schedule(self.0.iter().map(|(job, planned)| (*job, planned.timing.clone())).collect())
    }
}

fn timing(written: &Written, section: &Section, time_zone: Option<&Spanned<String>>, now: Timestamp) -> anyhow::Result<Timing> {
    let zone = section.time_zone.as_ref().or(time_zone);
    let retries = section.retries.as_ref().map_or(RETRIES, |retries| *retries.get_ref());
    let minutes = section.retry_minutes.as_ref().map_or(RETRY_MINUTES, |minutes| *minutes.get_ref());
    // Longer than any pause, and short enough to be a duration.
    let pause = SignedDuration::from_mins(minutes.clamp(0, 24 * 60));
    let name = zone.map_or(ZONE, |zone| zone.get_ref().as_str());
    Timing::read(section.cron.get_ref(), name, retries, pause, now).map_err(|error| {
        let span = match &error {
            TimingError::Zone(_) => zone.map(Spanned::span),
            TimingError::Retries(_) => section.retries.as_ref().map(Spanned::span),
            TimingError::Pause => section.retry_minutes.as_ref().map(Spanned::span),
            TimingError::Fields { .. } | TimingError::Crontab { .. } | TimingError::Never(_) => None,
        };
        written.wrong(&span.unwrap_or_else(|| section.cron.span()), format!("{error}: {}", error.hint()))
    })
}

fn hours_max(written: &Written, section: &Section) -> anyhow::Result<u32> {
    match &section.hours_max {
        Some(hours) if !(1..=HOURS_MOST).contains(hours.get_ref()) => {
            Err(written.wrong(&hours.span(), format!("`hours_max` is 1 to {HOURS_MOST}")))
        }
        hours => Ok(hours.as_ref().map_or(HOURS_MAX, |hours| *hours.get_ref())),
    }
}

/// What a job does; an argument that is another's is refused, since it would seem to count.
fn work(written: &Written, job: Job, section: Section) -> anyhow::Result<Work> {
    let cron = section.cron.span();
    let missing = |key: &str| written.wrong(&cron, format!("`{key}` of [{job}] is missing"));
    let idle = [
        ("sources", section.sources.as_ref().map(Spanned::span), matches!(job, Job::Import | Job::Prices)),
        ("regions", section.regions.as_ref().map(Spanned::span), job == Job::Prices),
        ("services", section.services.as_ref().map(Spanned::span), job == Job::Prices),
        ("connection", section.connection.as_ref().map(Spanned::span), job == Job::Prices),
        ("policy", section.policy.as_ref().map(Spanned::span), job == Job::Propose),
        ("live", section.live.as_ref().map(Spanned::span), matches!(job, Job::Prices | Job::Reconcile | Job::Watch)),
        ("days", section.days.as_ref().map(Spanned::span), job == Job::Watch),
        ("folder", section.folder.as_ref().map(Spanned::span), job == Job::Backup),
        ("keep", section.keep.as_ref().map(Spanned::span), job == Job::Backup),
    ];
    for (key, span, belongs) in idle {
        if let Some(span) = span.filter(|_| !belongs) {
            return Err(written.wrong(&span, format!("[{job}] has no `{key}`")));
        }
    }
    if let Some(span) = section.keep.as_ref().filter(|keep| *keep.get_ref() == 0).map(Spanned::span) {
        return Err(written.wrong(&span, "`keep` is 1 at least"));
    }
    if job == Job::Prices {
        return prices(written, section);
    }
    let sources = || section.sources.map(Spanned::into_inner).filter(|sources| !sources.is_empty()).ok_or_else(|| missing("sources"));
    let live = section.live.is_some_and(|live| live.into_inner());
    Ok(match job {
        Job::Import => Work::Import { sources: sources()? },
        Job::Prices => unreachable!("prices were read above"),
        Job::Verify => Work::Verify,
        Job::Reconcile => Work::Reconcile { live },
        Job::Propose => Work::Propose { policy: section.policy.map(Spanned::into_inner) },
        Job::Watch => Work::Watch { live, days: section.days.map(Spanned::into_inner) },
        Job::Backup => Work::Backup {
            folder: section.folder.map(Spanned::into_inner).ok_or_else(|| missing("folder"))?,
            keep: section.keep.map_or(KEEP, Spanned::into_inner),
        },
        Job::Digest => Work::Digest,
    })
}

/// Where prices come from: files, or AWS itself. What belongs to the other is refused.
fn prices(written: &Written, section: Section) -> anyhow::Result<Work> {
    let regions = section.regions.map(Spanned::into_inner).unwrap_or_default();
    if section.live.as_ref().is_some_and(|live| *live.get_ref()) {
        if let Some(sources) = &section.sources {
            return Err(written.wrong(&sources.span(), "with `live = true` prices are AWS's own: there are no `sources`"));
        }
        if let Some(wrong) = section.connection.as_ref().filter(|name| name.get_ref().parse::<ConnectionName>().is_err()) {
            return Err(written.wrong(&wrong.span(), format!("`{}` is no name of a connection", wrong.get_ref())));
        }
        let services = section.services.map(Spanned::into_inner).unwrap_or_default();
        return Ok(Work::Refresh { connection: section.connection.map(Spanned::into_inner), regions, services });
    }
    let of_aws =
        [("services", section.services.as_ref().map(Spanned::span)), ("connection", section.connection.as_ref().map(Spanned::span))];
    if let Some((key, span)) = of_aws.into_iter().find_map(|(key, span)| Some((key, span?))) {
        return Err(written.wrong(&span, format!("`{key}` is for `live = true`")));
    }
    let sources = section.sources.map(Spanned::into_inner).filter(|sources| !sources.is_empty());
    let missing = || written.wrong(&section.cron.span(), "`sources` of [prices] is missing; or write `live = true`, and AWS is asked");
    Ok(Work::Prices { sources: sources.ok_or_else(missing)?.into_iter().map(PathBuf::from).collect(), regions })
}

#[cfg(test)]
mod tests {
    use super::{FILE, Plan, Work};
    use crate::place::Written;
    use tenor_serve::jobs::Job;

    const WHOLE: &str = r#"
time_zone = "Europe/Berlin"

[import]
cron = "0 6 * * *"
sources = ["s3://bills/hourly", "/data/cur"]

[prices]
cron = "0 5 * * MON"
sources = ["/data/prices"]
regions = ["eu-west-1"]

[verify]
cron = "30 6 * * *"
time_zone = "UTC"

[reconcile]
cron = "0 7 * * *"
live = true

[propose]
cron = "0 8 1 * *"
policy = "/etc/tenor/policy.toml"

[watch]
cron = "0 7 * * *"
days = 60

[backup]
cron = "0 1 * * *"
folder = "/backups"
keep = 30

[digest]
cron = "0 7 * * MON"
"#;

    fn read(text: &str) -> anyhow::Result<Plan> {
        let home = tempfile::tempdir()?;
        std::fs::write(home.path().join(FILE), text)?;
        let written = Written::read(&home.path().join(FILE), "no schedule", "look")?.expect("it was written");
        Plan::of(&written, "2026-01-20T12:00:00Z".parse()?)
    }

    #[test]
    fn a_schedule_says_when_and_with_what() {
        let plan = read(WHOLE).unwrap();
        let now = "2026-01-20T12:00:00Z".parse().unwrap();
        let line = |job: &Job| format!("{job} {} {}", plan.0[job].timing.zone(), plan.0[job].timing.next(now).unwrap());
        insta::assert_snapshot!(plan.0.keys().map(line).collect::<Vec<_>>().join("\n"), @"
        import Europe/Berlin 2026-01-21T05:00:00Z
        prices Europe/Berlin 2026-01-26T04:00:00Z
        verify UTC 2026-01-21T06:30:00Z
        reconcile Europe/Berlin 2026-01-21T06:00:00Z
        propose Europe/Berlin 2026-02-01T07:00:00Z
        watch Europe/Berlin 2026-01-21T06:00:00Z
        backup Europe/Berlin 2026-01-21T00:00:00Z
        digest Europe/Berlin 2026-01-26T06:00:00Z
        ");
        assert_eq!(plan.0[&Job::Backup].work, Work::Backup { folder: "/backups".into(), keep: 30 });
        assert_eq!(plan.0[&Job::Watch].work, Work::Watch { live: false, days: Some(60) });
    }

    #[test]
    fn prices_are_asked_of_aws_where_the_schedule_says_so() {
        let plan = read("[prices]\ncron = \"0 5 * * MON\"\nlive = true\nhours_max = 2\nconnection = \"payer\"\nservices = [\"AmazonEC2\"]")
            .unwrap();
        let work = Work::Refresh { connection: Some("payer".to_owned()), regions: Vec::new(), services: vec!["AmazonEC2".to_owned()] };
        assert_eq!((&plan.0[&Job::Prices].work, plan.0[&Job::Prices].hours_max), (&work, 2));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let refused = |text: &str| read(text).unwrap_err().root_cause().to_string();
        let told = [
            refused("[import]\ncron = \"0 6 * *\"\nsources = [\"x\"]"),
            refused("[import]\ncron = \"0 24 * * *\"\nsources = [\"x\"]"),
            refused("time_zone = \"Berlin\"\n[verify]\ncron = \"0 6 * * *\""),
            refused("[import]\ncron = \"0 6 * * *\""),
            refused("[import]\ncron = \"0 6 * * *\"\nsources = []"),
            refused("[verify]\ncron = \"0 6 * * *\"\nlive = true"),
            refused("[backup]\ncron = \"0 6 * * *\"\nfolder = \"/b\"\nkeep = 0"),
            refused("[verify]\ncron = \"0 6 * * *\"\nretries = 50"),
            refused("[verify]\ncron = \"0 6 * * *\"\nhours_max = 0"),
            refused("[prices]\ncron = \"0 6 * * *\""),
            refused("[prices]\ncron = \"0 6 * * *\"\nlive = true\nsources = [\"x\"]"),
            refused("[prices]\ncron = \"0 6 * * *\"\nsources = [\"x\"]\nconnection = \"payer\""),
            refused("[prices]\ncron = \"0 6 * * *\"\nlive = true\nconnection = \"The Payer\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        line 2, column 8: `0 6 * *` has 4 fields: minute, hour, day of the month, month and day of the week are five: every day at six is `0 6 * * *`; Mondays at seven, `0 7 * * MON`
        line 2, column 8: `0 24 * * *` is no crontab: value must be in range 0..=23; found 24: every day at six is `0 6 * * *`; Mondays at seven, `0 7 * * MON`
        line 1, column 13: there is no time zone `Berlin`: name one of the IANA database: Europe/Berlin, America/New_York, UTC
        line 2, column 8: `sources` of [import] is missing
        line 2, column 8: `sources` of [import] is missing
        line 3, column 8: [verify] has no `live`
        line 4, column 8: `keep` is 1 at least
        line 3, column 11: 50 retries are too many: at most 10: leave it out: three retries, five minutes before the first
        line 3, column 13: `hours_max` is 1 to 168
        line 2, column 8: `sources` of [prices] is missing; or write `live = true`, and AWS is asked
        line 4, column 11: with `live = true` prices are AWS's own: there are no `sources`
        line 4, column 14: `connection` is for `live = true`
        line 4, column 14: `The Payer` is no name of a connection
        ");
        assert!(refused("[purchase]\ncron = \"0 6 * * *\"").contains("unknown field `purchase`"), "nothing buys by itself");
    }
}
