//! What AWS sells at: its price list, service by service, and the files it comes in. Nothing here decides whether a price is the right one.

use crate::answer::input::moment;
use crate::answer::{AnswerError, Arn, Input, record};
use crate::client::Client;
use jiff::Timestamp;

record! {
    /// A service that has prices.
    pub Service {
        /// Its code: `AmazonEC2`.
        code: String = "ServiceCode",
        /// What its products are told apart by.
        attributes: Vec<String> = "AttributeNames",
    }
}

record! {
    /// A price list: all prices of a service, a region and a day.
    pub PriceList {
        /// Its name, by which its file is found.
        arn: Arn = "PriceListArn",
        /// The region.
        region: Option<String> = "RegionCode",
        /// The currency.
        currency: String = "CurrencyCode",
        /// What its file can be: `csv`, `json`.
        formats: Vec<String> = "FileFormats",
    }
}

/// What a product must be: an attribute and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Having {
    /// The attribute: `instanceType`.
    pub attribute: String,
    /// Its value.
    pub value: String,
}

/// A product with its prices, as the JSON that price lists are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product(pub String);

impl crate::answer::Read for Product {
    fn read(field: &crate::answer::Field<'_>) -> Result<Self, AnswerError> {
        String::read(field).map(Self)
    }
}

/// The services that have prices.
///
/// # Errors
/// [`AnswerError`].
pub async fn services(client: &Client) -> Result<Vec<Service>, AnswerError> {
    client.all("pricing", "DescribeServices", Input::new(), "Services").await
}

/// The values of an attribute of a service's products.
///
/// # Errors
/// [`AnswerError`].
pub async fn attribute_values(client: &Client, service: &str, attribute: &str) -> Result<Vec<String>, AnswerError> {
    let input = Input::new().with("ServiceCode", service).with("AttributeName", attribute);
    let values: Vec<AttributeValue> = client.all("pricing", "GetAttributeValues", input, "AttributeValues").await?;
    Ok(values.into_iter().map(|AttributeValue(value)| value).collect())
}

struct AttributeValue(String);

impl crate::answer::Read for AttributeValue {
    fn read(field: &crate::answer::Field<'_>) -> Result<Self, AnswerError> {
        String::read(&field.member("Value")).map(Self)
    }
}

/// The products of a service that have all of these values.
///
/// # Errors
/// [`AnswerError`].
pub async fn products(client: &Client, service: &str, having: &[Having]) -> Result<Vec<Product>, AnswerError> {
    let filter = |having: &Having| {
        Input::new().with("Type", "TERM_MATCH").with("Field", having.attribute.as_str()).with("Value", having.value.as_str())
    };
    let filters: Vec<Input> = having.iter().map(filter).collect();
    let input = Input::new().with("ServiceCode", service).with("FormatVersion", "aws_v1").some("Filters", &filters);
    client.all("pricing", "GetProducts", input, "PriceList").await
}

/// The price lists of a service that were in force at a moment, of one region or of all.
///
/// # Errors
/// [`AnswerError`].
pub async fn price_lists(client: &Client, service: &str, region: Option<&str>, at: Timestamp) -> Result<Vec<PriceList>, AnswerError> {
    let input = Input::new()
        .with("ServiceCode", service)
        .with("EffectiveDate", moment(at))
        .with("CurrencyCode", currency(client))
        .maybe("RegionCode", region);
    client.all("pricing", "ListPriceLists", input, "PriceLists").await
}

/// Where a price list's file is, for a few minutes.
///
/// # Errors
/// [`AnswerError`].
pub async fn file_url(client: &Client, list: &Arn, format: &str) -> Result<String, AnswerError> {
    let input = Input::new().with("PriceListArn", list.0.as_str()).with("FileFormat", format);
    client.one("pricing", "GetPriceListFileUrl", input, "Url").await
}

/// AWS sells in yuan in China, in dollars elsewhere.
fn currency(client: &Client) -> &'static str {
    if client.place().partition() == "aws-cn" { "CNY" } else { "USD" }
}
