//! The notation of a case: one line for each SKU, rate table, series, commitment and sharing preference.
//!
//! Times are seconds from [`FIRST_HOUR`]; usage is in decimals, one number for each hour. What is left out has the value of [`Words::get`]'s
//! second argument.

use super::{Case, FIRST_HOUR, quantity};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display, Write};
use std::str::FromStr;
use tenor_bill::AccountId;
use tenor_cover::{
    Capacity, CommitmentId, Covers, ExactKey, Factor, FamilyKey, GroupMode, GroupSharing, PartialHours, Parts, Plan, PlanKind, RateTable,
    Reservable, Reservation, Series, Settings, SharingMode, Sku, Term, Ties, Unit,
};
use tenor_money::Quantity;

/// A year, the length of a term that says nothing else.
const YEAR: &str = "31536000";

/// The words of a line after the first two: `key=value`.
struct Words<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Words<'a> {
    fn get(&self, key: &str, otherwise: &'a str) -> &'a str {
        self.0.get(key).copied().unwrap_or(otherwise)
    }

    fn parse<T: FromStr<Err: Debug>>(&self, key: &str, otherwise: &'a str) -> T {
        self.get(key, otherwise).parse().unwrap_or_else(|error| panic!("{key}: {error:?}"))
    }

    fn maybe(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|text| (*text).to_owned())
    }

    fn list<T: FromStr<Err: Debug>>(&self, key: &str) -> Vec<T> {
        let text = self.get(key, "");
        text.split(',').filter(|item| !item.is_empty()).map(|item| item.parse().expect("each item can be read")).collect()
    }

    fn term(&self) -> Term {
        let base = FIRST_HOUR.start_second();
        let retired = self.maybe("retired").map(|text| base + text.parse::<i64>().expect("seconds"));
        Term { start: base + self.parse::<i64>("start", "0"), seconds: self.parse("term", YEAR), retired }
    }
}

/// Reads a case.
pub(crate) fn read(text: &str) -> Case {
    let mut case = Case::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let (what, name) = (words.next().expect("a line has words"), words.next().expect("a line names something"));
        let words = Words(words.map(|word| word.split_once('=').unwrap_or_else(|| panic!("`{word}` in `{line}`"))).collect());
        read_line(&mut case, what, name, &words);
    }
    case
}

fn read_line(case: &mut Case, what: &str, name: &str, words: &Words<'_>) {
    let parts = &mut case.parts;
    match what {
        "sharing" => {
            parts.sharing.mode = match name {
                "open" => SharingMode::Open,
                "prioritized" => SharingMode::Prioritized,
                "restricted" => SharingMode::Restricted,
                other => panic!("no sharing is {other}"),
            };
            parts.sharing.off = words.list("off").into_iter().collect();
        }
        "settings" => {
            case.settings = Settings {
                reservation_ties: if words.get("reservations", "") == "arn" { Ties::ByArn } else { Ties::EarliestEnding },
                plan_ties: if words.get("plans", "") == "arn" { Ties::ByArn } else { Ties::EarliestEnding },
                plan_partial_hours: match words.get("partial-hours", "") {
                    "nothing" => PartialHours::Nothing,
                    "whole" => PartialHours::Whole,
                    _ => PartialHours::First,
                },
            };
        }
        "group" => parts.sharing.groups.extend(words.list::<AccountId>("accounts").into_iter().map(|account| (account, name.to_owned()))),
        "shared" => {
            let mode = if words.get("mode", "") == "restricted" { GroupMode::Restricted } else { GroupMode::Prioritized };
            let accounts = words.list("accounts").into_iter().collect();
            parts.sharing.by_commitment.insert(CommitmentId(name.to_owned()), GroupSharing { accounts, mode });
        }
        "sku" => parts.skus.push(read_sku(name, words)),
        "rates" => {
            let rate = |sku: &Sku| words.maybe(&sku.name).map(|text| text.parse().expect("a rate is a number"));
            parts.rate_tables.push(RateTable { name: name.to_owned(), rates: parts.skus.iter().map(rate).collect() });
        }
        "usage" => read_usage(case, name, words),
        "reservation" => parts.reservations.push(Reservation {
            id: CommitmentId(name.to_owned()),
            owner: words.parse("owner", ""),
            term: words.term(),
            covers: match words.maybe("family") {
                Some(family) => Covers::Family(FamilyKey(family)),
                None => Covers::Exact(ExactKey(words.get("exact", "").to_owned())),
            },
            zone: words.maybe("zone"),
            count: words.parse("count", "1"),
            factor: read_factor(words.get("factor", "1")),
            hourly: words.parse("hourly", "0"),
            upfront: words.parse("upfront", "0"),
        }),
        "plan" => parts.plans.push(Plan {
            id: CommitmentId(name.to_owned()),
            owner: words.parse("owner", ""),
            term: words.term(),
            kind: PlanKind::ALL.into_iter().find(|kind| kind_word(*kind) == words.get("kind", "Compute")).expect("a kind of plan"),
            recurring: words.parse("recurring", "0"),
            upfront: words.parse("upfront", "0"),
            rate_table: parts.rate_tables.iter().position(|table| table.name == words.get("rates", "")).expect("a rate table"),
        }),
        other => panic!("a case has no {other}"),
    }
}

fn read_sku(name: &str, words: &Words<'_>) -> Sku {
    let families = || words.list::<String>("families").into_iter().map(FamilyKey).collect();
    let exact = words.maybe("exact");
    Sku {
        name: name.to_owned(),
        on_demand: words.parse("rate", "0"),
        decimals: words.parse("decimals", "6"),
        unit: if words.get("unit", "hour") == "hour" { Unit::Hour } else { Unit::Other },
        capacity: if words.get("capacity", "used") == "used" { Capacity::Used } else { Capacity::UnusedReservation },
        reservable: exact.map(|exact| Reservable {
            families: families(),
            exact: ExactKey(exact),
            factor: read_factor(words.get("factor", "1")),
        }),
    }
}

fn read_factor(text: &str) -> Factor {
    let factor: Quantity = text.parse().expect("a factor is a number");
    u32::try_from(factor.units() / 10_i128.pow(9)).ok().and_then(Factor::from_thousandths).expect("a factor is positive")
}

fn read_usage(case: &mut Case, name: &str, words: &Words<'_>) {
    let (account, resource) = name.split_once('/').expect("a series is `account/resource`");
    let sku = case.parts.skus.iter().position(|sku| sku.name == words.get("sku", "")).expect("a series has a SKU");
    let used = words.list::<Quantity>("used");
    let unit = 10_i128.pow(12 - case.parts.skus[sku].decimals);
    case.hours.resize(used.len().max(case.hours.len()), vec![0; case.parts.series.len()]);
    for (hour, cells) in case.hours.iter_mut().enumerate() {
        let used = used.get(hour).copied().unwrap_or_default();
        assert_eq!(used.units() % unit, 0, "{used} has more decimals than its SKU");
        cells.push(u64::try_from(used.units() / unit).expect("usage is a whole number of its unit"));
    }
    let account = account.parse().expect("an account id");
    case.parts.series.push(Series { account, resource: resource.to_owned(), sku, zone: words.maybe("zone") });
}

fn kind_word(kind: PlanKind) -> String {
    kind.as_str().replace(' ', "")
}

/// Writes a case so that [`read`] reads the same.
pub(crate) fn write(case: &Case) -> String {
    let parts = &case.parts;
    let mut text = write_settings(case.settings);
    text.push_str(&write_sharing(parts));
    for sku in &parts.skus {
        line(
            &mut text,
            "sku",
            &sku.name,
            &[
                ("rate", sku.on_demand.to_string()),
                ("decimals", sku.decimals.to_string()),
                ("unit", if sku.unit == Unit::Hour { String::new() } else { "other".to_owned() }),
                ("capacity", if sku.capacity == Capacity::Used { String::new() } else { "unused".to_owned() }),
                ("families", sku.reservable.as_ref().map_or_else(String::new, |r| join(r.families.iter()))),
                ("exact", sku.reservable.as_ref().map_or_else(String::new, |r| r.exact.to_string())),
                ("factor", sku.reservable.as_ref().map_or_else(String::new, |r| write_factor(r.factor))),
            ],
        );
    }
    for table in &parts.rate_tables {
        let named = parts.skus.iter().zip(&table.rates).filter_map(|(sku, rate)| Some((sku.name.as_str(), rate.as_ref()?.to_string())));
        line(&mut text, "rates", &table.name, &named.collect::<Vec<_>>());
    }
    for (index, series) in parts.series.iter().enumerate() {
        let sku = &parts.skus[series.sku];
        line(
            &mut text,
            "usage",
            &format!("{}/{}", series.account, series.resource),
            &[
                ("sku", sku.name.clone()),
                ("zone", series.zone.clone().unwrap_or_default()),
                ("used", join(case.hours.iter().map(|cells| quantity(sku, cells[index])))),
            ],
        );
    }
    write_commitments(&mut text, parts);
    text
}

fn write_settings(settings: Settings) -> String {
    let mut text = String::new();
    if settings != Settings::default() {
        let word = |other: bool, word: &str| if other { word.to_owned() } else { String::new() };
        line(
            &mut text,
            "settings",
            "not-default",
            &[
                ("reservations", word(settings.reservation_ties == Ties::ByArn, "arn")),
                ("plans", word(settings.plan_ties == Ties::ByArn, "arn")),
                ("partial-hours", word(settings.plan_partial_hours == PartialHours::Nothing, "nothing")),
                ("partial-hours", word(settings.plan_partial_hours == PartialHours::Whole, "whole")),
            ],
        );
    }
    text
}

fn write_sharing(parts: &Parts) -> String {
    let mut text = String::new();
    let sharing = &parts.sharing;
    line(&mut text, "sharing", &format!("{:?}", sharing.mode).to_lowercase(), &[("off", join(&sharing.off))]);
    for (account, group) in &sharing.groups {
        line(&mut text, "group", group, &[("accounts", account.to_string())]);
    }
    for (id, shared) in &sharing.by_commitment {
        let mode = format!("{:?}", shared.mode).to_lowercase();
        line(&mut text, "shared", &id.0, &[("mode", mode), ("accounts", join(&shared.accounts))]);
    }
    text
}

fn write_commitments(text: &mut String, parts: &Parts) {
    for reservation in &parts.reservations {
        let covers = match &reservation.covers {
            Covers::Family(family) => ("family", family.to_string()),
            Covers::Exact(exact) => ("exact", exact.to_string()),
        };
        let [start, term, retired] = write_term(reservation.term);
        line(
            text,
            "reservation",
            &reservation.id.0,
            &[
                ("owner", reservation.owner.to_string()),
                covers,
                ("zone", reservation.zone.clone().unwrap_or_default()),
                ("count", reservation.count.to_string()),
                ("factor", write_factor(reservation.factor)),
                ("hourly", reservation.hourly.to_string()),
                ("upfront", reservation.upfront.to_string()),
                start,
                term,
                retired,
            ],
        );
    }
    for plan in &parts.plans {
        let [start, term, retired] = write_term(plan.term);
        line(
            text,
            "plan",
            &plan.id.0,
            &[
                ("owner", plan.owner.to_string()),
                ("kind", kind_word(plan.kind)),
                ("recurring", plan.recurring.to_string()),
                ("upfront", plan.upfront.to_string()),
                ("rates", parts.rate_tables[plan.rate_table].name.clone()),
                start,
                term,
                retired,
            ],
        );
    }
}

fn write_term(term: Term) -> [(&'static str, String); 3] {
    let from_base = |moment: i64| (moment - FIRST_HOUR.start_second()).to_string();
    let retired = term.retired.map_or_else(String::new, from_base);
    [("start", from_base(term.start)), ("term", term.seconds.to_string()), ("retired", retired)]
}

fn write_factor(factor: Factor) -> String {
    Quantity::from_units(i128::from(factor.thousandths()) * 10_i128.pow(9)).to_string()
}

fn join<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

/// One line, without the words whose value is empty.
fn line(text: &mut String, what: &str, name: &str, words: &[(&str, String)]) {
    write!(text, "{what} {name}").expect("a string takes all");
    for (key, value) in words.iter().filter(|(_, value)| !value.is_empty()) {
        write!(text, " {key}={value}").expect("a string takes all");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::case::random;

    #[test]
    fn a_case_that_is_written_is_read_back() {
        for seed in 0..500 {
            let case = random::draw(seed);
            assert_eq!(read(&write(&case)), case, "seed {seed}");
        }
    }
}
