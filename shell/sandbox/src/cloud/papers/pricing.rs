//! The price list's API ([BOTO:pricing]). Which refusal AWS has for a service or an attribute that there is not is UNVERIFIED.

use super::price_file::{ListName, attributes, family, file, listed, product_item};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::pages::Paging;
use crate::region::REGIONS;
use crate::sku::Sku;
use std::collections::BTreeSet;
use std::fmt;
use tenor_wire::Value;

const PAGING: Paging =
    Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "InvalidNextTokenException" };
const MANY: Paging = Paging { range: (1, 10_000), ..PAGING };
const FORMAT: &str = "aws_v1";
const ARN: &str = "arn:aws:pricing:::price-list/";
/// What the addresses of lists begin with on the sandbox's own endpoint.
pub(crate) const PATH: &str = "/price-list/";

/// `DescribeServices`.
pub(super) fn services(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check(ask, 100)?;
    let codes: BTreeSet<&str> = match ask.text("ServiceCode") {
        None => listed(&cloud.offers).map(|sku| sku.product_code).collect(),
        Some(code) => {
            of_service(cloud, code)?;
            BTreeSet::from([code])
        }
    };
    let value = |code: &str| {
        let names: BTreeSet<&str> =
            listed(&cloud.offers).filter(|sku| sku.product_code == code).flat_map(|sku| attributes(sku).map(|(name, _)| name)).collect();
        let names: Vec<&str> = names.into_iter().chain(["productFamily"]).collect();
        Value::of([("ServiceCode", code.into()), ("AttributeNames", names.into())])
    };
    let found = codes.into_iter().map(value).collect();
    let mut answer = cloud.listed(&PAGING, ask, "Services", found)?;
    answer.set("FormatVersion", FORMAT.into());
    Ok(answer)
}

/// `GetAttributeValues`.
pub(super) fn attribute_values(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check(ask, 10_000)?;
    let (service, name) = (ask.text("ServiceCode").unwrap_or_default(), ask.text("AttributeName").unwrap_or_default());
    let values: BTreeSet<&str> = of_service(cloud, service)?.into_iter().filter_map(|sku| attribute(sku, name)).collect();
    if values.is_empty() {
        return Err(Refusal::new("NotFoundException", format!("{service} has no attribute {name}")));
    }
    let found = values.into_iter().map(|value| Value::of([("Value", value.into())])).collect();
    cloud.listed(&MANY, ask, "AttributeValues", found)
}

/// `GetProducts`.
pub(super) fn products(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check(ask, 100)?;
    let filters: Vec<Filter<'_>> = ask.input.list("Filters").unwrap_or_default().iter().map(Filter::read).collect::<Result<_, _>>()?;
    let skus = of_service(cloud, ask.text("ServiceCode").unwrap_or_default())?;
    let fits = |sku: &&Sku| filters.iter().all(|filter| filter.fits(sku));
    let (page, next) = PAGING.page(ask, skus.into_iter().filter(fits).collect(), cloud.page_most())?;
    let page: Vec<String> = page.into_iter().map(|sku| product_item(sku).to_string()).collect();
    let mut answer = Value::of([("PriceList", page.into()), ("FormatVersion", FORMAT.into())]);
    if let Some(next) = next {
        answer.set(PAGING.token, next.into());
    }
    Ok(answer)
}

/// `ListPriceLists`. There is one version, in force at any date; it is in dollars.
pub(super) fn lists(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check(ask, 100)?;
    let currency = ask.text("CurrencyCode").unwrap_or_default();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(invalid(format!("CurrencyCode `{currency}` must be three capitals")));
    }
    let (service, region) = (ask.text("ServiceCode").unwrap_or_default(), ask.text("RegionCode"));
    let fits = |name: &ListName| {
        let code = REGIONS[name.region as usize].code;
        currency == "USD" && name.service == service && region.is_none_or(|region| region == code)
    };
    let value = |name: ListName| {
        Value::of([
            ("PriceListArn", format!("{ARN}{}", name.text()).into()),
            ("RegionCode", REGIONS[name.region as usize].code.into()),
            ("CurrencyCode", "USD".into()),
            ("FileFormats", vec!["json"].into()),
        ])
    };
    let found: Vec<Value> = ListName::all(&cloud.offers).into_iter().filter(fits).map(value).collect();
    if found.is_empty() {
        return Err(Refusal::new(
            "ResourceNotFoundException",
            format!("There is no price list of {service} in {currency} for what is asked"),
        ));
    }
    cloud.listed(&PAGING, ask, "PriceLists", found)
}

/// `GetPriceListFileUrl`: the file is on the sandbox's own endpoint, for whoever asks.
pub(super) fn file_url(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (arn, format) = (ask.text("PriceListArn").unwrap_or_default(), ask.text("FileFormat").unwrap_or_default());
    let name = arn.strip_prefix(ARN).ok_or_else(|| invalid(format!("PriceListArn `{arn}` is no ARN of a price list")))?;
    if format != "json" {
        return Err(invalid(format!("FileFormat `{format}` must be json")));
    }
    if !cloud.price_lists().iter().any(|list| list == name) {
        return Err(Refusal::new("ResourceNotFoundException", format!("Price list {arn} was not found")));
    }
    Ok(Value::of([("Url", format!("http://{}{PATH}{name}/index.json", ask.host).into())]))
}

impl Cloud {
    /// The names of all price lists: `aws/AmazonEC2/USD/20250404000000/us-east-1`.
    #[must_use]
    pub fn price_lists(&self) -> Vec<String> {
        ListName::all(&self.offers).iter().map(ListName::text).collect()
    }

    /// The price list of a name as AWS's JSON; none for a name that no list has.
    #[must_use]
    pub fn price_list(&self, name: &str) -> Option<String> {
        let found = ListName::all(&self.offers).into_iter().find(|list| list.text() == name)?;
        Some(file(&self.offers, &found))
    }
}

/// What a product must be.
struct Filter<'a> {
    kind: &'a str,
    field: &'a str,
    value: &'a str,
}

impl<'a> Filter<'a> {
    fn read(given: &'a Value) -> Result<Self, Refusal> {
        let [kind, field, value] = ["Type", "Field", "Value"].map(|member| given.text(member).unwrap_or_default());
        if !["TERM_MATCH", "EQUALS", "CONTAINS", "ANY_OF", "NONE_OF"].contains(&kind) {
            return Err(invalid(format!("`{kind}` is no type of filter")));
        }
        Ok(Self { kind, field, value })
    }

    fn fits(&self, sku: &Sku) -> bool {
        let own = attribute(sku, self.field);
        let among = || self.value.split(',').any(|value| own == Some(value.trim()));
        match self.kind {
            "CONTAINS" => own.is_some_and(|own| own.contains(self.value)),
            "ANY_OF" => among(),
            "NONE_OF" => !among(),
            _ => own == Some(self.value),
        }
    }
}

/// An attribute of a product; the service's code is one too.
fn attribute<'s>(sku: &'s Sku, name: &str) -> Option<&'s str> {
    match name {
        "ServiceCode" => Some(sku.product_code),
        "productFamily" => Some(family(sku)),
        _ => attributes(sku).find(|(own, _)| *own == name).map(|(_, value)| value),
    }
}

fn of_service<'c>(cloud: &'c Cloud, code: &str) -> Result<Vec<&'c Sku>, Refusal> {
    let found: Vec<&Sku> = listed(&cloud.offers).filter(|sku| sku.product_code == code).collect();
    if found.is_empty() {
        return Err(Refusal::new("NotFoundException", format!("There is no service {code}")));
    }
    Ok(found)
}

fn invalid(message: impl fmt::Display) -> Refusal {
    Refusal::new("InvalidParameterException", message)
}

/// Refuses a wrong number of results or another format, which are no matter of tokens.
fn check(ask: &Ask<'_>, most: i64) -> Result<(), Refusal> {
    if let Some(limit) = ask.integer("MaxResults").filter(|limit| !(1..=most).contains(limit)) {
        return Err(invalid(format!("MaxResults must be between 1 and {most}, not {limit}")));
    }
    match ask.text("FormatVersion") {
        Some(format) if format != FORMAT => Err(invalid(format!("FormatVersion `{format}` must be {FORMAT}"))),
        _ => Ok(()),
    }
}
