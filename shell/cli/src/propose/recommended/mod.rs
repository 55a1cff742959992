//! Reads what Cost Explorer recommends, as the AWS command line prints it (`docs/spec/recommendations.md`).
//!
//! Whatever is not as AWS writes it is refused with its file, its place and its value: a number misread here would be compared as AWS's.

mod node;
#[cfg(test)]
mod tests;

use crate::report::Refused;
use anyhow::Context as _;
use node::Node;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tenor_cover::PlanKind;
use tenor_price::{OfferingClass, Payment, TermLength};
use tenor_price_list::region_of_name;
use tenor_propose::proposal::{Recommended, RecommendedGoods, Reserved};

/// AWS's pages have some hundred recommendations; this is far above all of an organization's.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Each is simulated over all futures.
const RECOMMENDATIONS_MAX: usize = 10_000;

const KINDS: [(&str, PlanKind); 4] = [
    ("COMPUTE_SP", PlanKind::Compute),
    ("EC2_INSTANCE_SP", PlanKind::Ec2Instance),
    ("SAGEMAKER_SP", PlanKind::SageMaker),
    ("DATABASE_SP", PlanKind::Database),
];
const TERMS: [(&str, TermLength); 2] = [("ONE_YEAR", TermLength::OneYear), ("THREE_YEARS", TermLength::ThreeYears)];
const PAYMENTS: [(&str, Payment); 3] =
    [("NO_UPFRONT", Payment::NoUpfront), ("PARTIAL_UPFRONT", Payment::PartialUpfront), ("ALL_UPFRONT", Payment::AllUpfront)];
const CLASSES: [(&str, OfferingClass); 2] = [("STANDARD", OfferingClass::Standard), ("CONVERTIBLE", OfferingClass::Convertible)];

const LOOKBACKS: [(&str, &str); 3] = [("SEVEN_DAYS", "from 7 days"), ("THIRTY_DAYS", "from 30 days"), ("SIXTY_DAYS", "from 60 days")];
const SCOPES: [(&str, &str); 2] = [("PAYER", ""), ("LINKED", "each account alone")];

/// What an answer of AWS is of.
const PLANS: &str = "SavingsPlansPurchaseRecommendation";
const RESERVATIONS: &str = "Recommendations";

const HINT: &str = "give the answers of `aws ce get-savings-plans-purchase-recommendation` and `aws ce get-reservation-purchase-recommendation` \
     as they are (--output json, all pages)";

/// Reads files in their order.
///
/// # Errors
/// When one cannot be read or is not such an answer, and when pages of an answer are missing.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Recommended>> {
    let mut reader = Reader::default();
    for path in paths {
        let file = path.display().to_string();
        let text = text_of(path, FILE_BYTES_MAX)?;
        reader.file(&file, &text)?;
    }
    Ok(reader.finish()?)
}

fn text_of(path: &Path, bytes_max: u64) -> anyhow::Result<String> {
    let cannot = || format!("cannot read `{}`", path.display());
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes)).with_context(cannot)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Refused::new(format!("`{}` is larger than {bytes_max} bytes", path.display())).hint(HINT).into());
    }
    let text = String::from_utf8(bytes);
    Ok(text.map_err(|_| Refused::new(format!("`{}` is not UTF-8 text", path.display())).hint("write the answer anew as UTF-8"))?)
}

#[derive(Default)]
struct Reader {
    found: Vec<Recommended>,
    /// The answer whose last page said that another follows.
    open: Option<Open>,
    /// What complete answers are for, each with its place: a set of AWS's, and an account that it is for.
    seen: Vec<(BTreeSet<Key>, String)>,
}

/// A set of AWS's, and an account that it is for.
type Key = (String, String);

/// An answer of which a page is still to come.
struct Open {
    /// Where its last page stands.
    place: String,
    /// Where its first does.
    first: String,
    of: &'static str,
    /// What was asked, as all of its pages say.
    question: BTreeSet<String>,
    /// What names its next page.
    token: String,
    keys: BTreeSet<Key>,
}

impl Reader {
    /// A file: one answer, an array of answers, or one after the other.
    fn file(&mut self, file: &str, text: &str) -> Result<(), Refused> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut documents = Vec::new();
        for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            documents.push(document.map_err(|error| Refused::new(format!("`{file}` is not JSON: {error}")).hint(HINT))?);
        }
        if documents.is_empty() {
            return Err(Refused::new(format!("`{file}` is empty")).hint(HINT));
        }
        for (place, document) in documents.iter().enumerate() {
            let path = if documents.len() > 1 { format!("answer {} ", place + 1) } else { String::new() };
            let node = Node { file, path, value: document };
            match document {
                Value::Array(_) => node.list()?.iter().try_for_each(|answer| self.answer(answer))?,
                _ => self.answer(&node)?,
            }
        }
        Ok(())
    }

    fn answer(&mut self, answer: &Node<'_>) -> Result<(), Refused> {
        let Value::Object(fields) = answer.value else { return Err(answer.wrong("an answer of AWS, which is an object")) };
        let of = match (fields.contains_key(PLANS), fields.contains_key(RESERVATIONS)) {
            (true, false) => PLANS,
            (false, true) => RESERVATIONS,
            // So AWS answers when it has nothing to recommend.
            (false, false) if fields.keys().all(|key| key == "Metadata") => {
                return if self.open.is_some() { Err(self.missing()) } else { Ok(()) };
            }
            _ => return Err(answer.wrong(&format!("an answer with either `{PLANS}` or `{RESERVATIONS}`"))),
        };
        let (place, before) = (format!("`{}`{}", answer.file, spaced(&answer.path)), self.found.len());
        let node = answer.field(of)?;
        let question = if of == PLANS { BTreeSet::from([question(&node)?]) } else { questions(&node)? };
        let is_next = |open: &Open| open.of == of && open.question == question;
        if self.open.as_ref().is_some_and(|open| !is_next(open)) {
            return Err(self.missing());
        }
        if of == PLANS {
            self.plans(&node)?
        } else {
            self.reservations(&node)?
        }
        if self.found.len() > RECOMMENDATIONS_MAX {
            let most = format!("`{}`: more than {RECOMMENDATIONS_MAX} recommendations are not compared", answer.file);
            return Err(Refused::new(most).hint("give fewer files at once"));
        }
        let keys: BTreeSet<Key> = self.found[before..].iter().map(|one| (one.set(), one.account.clone())).collect();
        if let Some((_, other)) = self.seen.iter().find(|(seen, _)| !seen.is_disjoint(&keys)) {
            return Err(again(&place, other));
        }
        let token = answer.field("NextPageToken")?.text()?.to_owned();
        let Open { first, keys: mut all, token: before, .. } = self.open.take().unwrap_or_else(|| Open {
            place: place.clone(),
            first: place.clone(),
            of,
            question: BTreeSet::new(),
            token: String::new(),
            keys: BTreeSet::new(),
        });
        all.extend(keys);
        if token.is_empty() {
            self.seen.push((all, first));
        } else if token == before {
            return Err(again(&place, &first));
        } else {
            self.open = Some(Open { place, first, of, question, token, keys: all });
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Recommended>, Refused> {
        if self.open.is_some() { Err(self.missing()) } else { Ok(self.found) }
    }

    /// A page that says another follows, and none does.
    fn missing(&self) -> Refused {
        let place = self.open.as_ref().map_or("", |open| open.place.as_str());
        Refused::new(format!("{place} has a NextPageToken, and the page after it is missing")).hint(
            "give every page, one after the other: of reservations the AWS command line joins or prints them all unless told --no-paginate; of Savings \
             Plans it prints one, and the next is asked for with --next-page-token",
        )
    }

    fn plans(&mut self, set: &Node<'_>) -> Result<(), Refused> {
        for one in set.field("SavingsPlansPurchaseRecommendationDetails")?.list()? {
            let kind = set.field("SavingsPlansType")?.one_of(&KINDS)?;
            let details = one.field("SavingsPlansDetails")?;
            let bound = |name: &str| -> Result<String, Refused> {
                let field = details.field(name)?;
                let text = if kind == PlanKind::Ec2Instance { field.needed()? } else { "" };
                Ok(text.to_owned())
            };
            let (family, region) = (bound("InstanceFamily")?, region(&bound("Region")?));
            let hourly = one.field("HourlyCommitmentToPurchase")?;
            let hourly = hourly.amount()?.ok_or_else(|| hourly.wrong("an amount"))?;
            self.push(set, &one, RecommendedGoods::Plan { kind, family, region, hourly })?;
        }
        Ok(())
    }

    fn reservations(&mut self, sets: &Node<'_>) -> Result<(), Refused> {
        for set in sets.list()? {
            let class = set.field("ServiceSpecification")?.field("EC2Specification")?.field("OfferingClass")?;
            let class = if class.text()?.is_empty() { None } else { Some(class.one_of(&CLASSES)?) };
            for one in set.field("RecommendationDetails")?.list()? {
                let Instance { of, region, instance_type, count } = instance(&one, class)?;
                let count = one.field(count)?.count()?;
                self.push(&set, &one, RecommendedGoods::Reservation { of, region, instance_type, count })?;
            }
        }
        Ok(())
    }

    fn push(&mut self, set: &Node<'_>, one: &Node<'_>, goods: RecommendedGoods) -> Result<(), Refused> {
        let account = one.field("AccountId")?;
        let id = account.text()?;
        if !id.is_empty() && (id.len() != 12 || !id.bytes().all(|digit| digit.is_ascii_digit())) {
            return Err(account.wrong("an account, which is 12 digits"));
        }
        self.found.push(Recommended {
            source: format!("{}{}", one.file, spaced(&one.path)),
            account: id.to_owned(),
            currency: one.field("CurrencyCode")?.text()?.to_owned(),
            term: set.field("TermInYears")?.one_of(&TERMS)?,
            payment: set.field("PaymentOption")?.one_of(&PAYMENTS)?,
            basis: basis(set)?,
            goods,
            upfront: one.field("UpfrontCost")?.amount()?,
            monthly_savings: one.field("EstimatedMonthlySavingsAmount")?.amount()?,
        });
        Ok(())
    }
}

/// A second answer to one question, or a page twice.
fn again(place: &str, other: &str) -> Refused {
    Refused::new(format!("{place} recommends for the same as {other}: added up it would count twice"))
        .hint("give one answer for each set, the youngest")
}

/// What was asked, as a set says it.
fn question(set: &Node<'_>) -> Result<String, Refused> {
    let class = set.field("ServiceSpecification")?.field("EC2Specification")?.field("OfferingClass")?;
    let fields = ["SavingsPlansType", "TermInYears", "PaymentOption", "LookbackPeriodInDays", "AccountScope"];
    let mut said = vec![class.text()?];
    for field in fields {
        said.push(set.field(field)?.text()?);
    }
    Ok(said.join(" "))
}

/// The same of all sets of an answer, with the services that they are for.
fn questions(sets: &Node<'_>) -> Result<BTreeSet<String>, Refused> {
    let mut questions = BTreeSet::new();
    for set in sets.list()? {
        let mut services: BTreeSet<&'static str> = BTreeSet::new();
        for one in set.field("RecommendationDetails")?.list()? {
            services.insert(instance(&one, None)?.of.service());
        }
        questions.insert(format!("{} {services:?}", question(&set)?));
    }
    Ok(questions)
}

/// What AWS looked at: answers that differ in it are answers to different questions.
fn basis(set: &Node<'_>) -> Result<String, Refused> {
    let (lookback, scope) = (set.field("LookbackPeriodInDays")?, set.field("AccountScope")?);
    let days = if lookback.text()?.is_empty() { "" } else { lookback.one_of(&LOOKBACKS)? };
    let scope = if scope.text()?.is_empty() { "" } else { scope.one_of(&SCOPES)? };
    Ok([days, scope].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
}

/// What reservations are for, and the field that says how many.
struct Instance {
    of: Reserved,
    region: String,
    instance_type: String,
    count: &'static str,
}

fn instance(one: &Node<'_>, class: Option<OfferingClass>) -> Result<Instance, Refused> {
    let capacity = one.field("ReservedCapacityDetails")?.field("DynamoDBCapacityDetails")?;
    if !capacity.value.is_null() {
        let (region, instance_type) = (region(capacity.field("Region")?.text()?), capacity.field("CapacityUnits")?.text()?.to_owned());
        return Ok(Instance { of: Reserved::DynamoDb, region, instance_type, count: "RecommendedNumberOfCapacityUnitsToPurchase" });
    }
    let instance = one.field("InstanceDetails")?;
    let names = ["EC2", "RDS", "Redshift", "ElastiCache", "ES", "MemoryDB"];
    for name in names {
        let details = instance.field(&format!("{name}InstanceDetails"))?;
        if details.value.is_null() {
            continue;
        }
        let text = |field: &str| details.field(field).and_then(|field| field.text().map(str::to_owned));
        let needed = |field: &str| details.field(field).and_then(|field| field.needed().map(str::to_owned));
        let (of, instance_type) = match name {
            "EC2" => {
                let (platform, tenancy, zone) = (needed("Platform")?, text("Tenancy")?, text("AvailabilityZone")?);
                (Reserved::Ec2 { platform, tenancy, zone, class }, needed("InstanceType")?)
            }
            "RDS" => {
                let (engine, edition, license_model) = (needed("DatabaseEngine")?, text("DatabaseEdition")?, text("LicenseModel")?);
                let (deployment, deployment_model) = (needed("DeploymentOption")?, text("DeploymentModel")?);
                (Reserved::Rds { engine, edition, license_model, deployment, deployment_model }, needed("InstanceType")?)
            }
            "Redshift" => (Reserved::Redshift, needed("NodeType")?),
            "ElastiCache" => (Reserved::ElastiCache { engine: needed("ProductDescription")? }, needed("NodeType")?),
            "ES" => (Reserved::OpenSearch, search_type(&needed("InstanceClass")?, &needed("InstanceSize")?)),
            _ => (Reserved::MemoryDb, needed("NodeType")?),
        };
        let region = region(&needed("Region")?);
        return Ok(Instance { of, region, instance_type, count: "RecommendedNumberOfInstancesToPurchase" });
    }
    let known = names.map(|name| format!("{name}InstanceDetails")).join(", ");
    Err(one.wrong(&format!("a recommendation that is known: its InstanceDetails have none of {known}")))
}

/// Class and size of a search domain's instance as bills write its type.
fn search_type(class: &str, size: &str) -> String {
    let size = size.trim_end_matches(".search").trim_end_matches(".elasticsearch");
    format!("{class}.{size}.search")
}

/// The code of a Region, which is written by its code or by its name.
fn region(text: &str) -> String {
    region_of_name(text).unwrap_or(text).to_owned()
}

fn spaced(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(": {}", path.trim_end()) }
}
