//! What will be asked of AWS, with all that is needed to find out later whether it was done.

use crate::encoded::Encoded;
use crate::held::Held;
use serde::{Deserialize, Serialize};
use tenor_ledger::{Moment, OrderId, Text, serial};
use tenor_money::Money;
use tenor_order::{Order, Price, Step};

/// The format of the document.
const FORMAT: u32 = 1;

/// What will be asked of AWS: durable before it is. An entry of the ledger names it by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    intent: u32,
    /// Of which order.
    pub order: OrderId,
    /// Which step; the order has all that will be asked.
    pub step: u32,
    /// AWS's operation.
    pub operation: Text,
    /// The token or name that goes with it.
    pub key: Option<Text>,
    /// When.
    pub at: Moment,
    /// What it costs by the hour, as AWS said last; none of what costs nothing.
    #[serde(with = "serial::optional")]
    pub hourly: Option<Money>,
    /// What it costs at once.
    #[serde(with = "serial::optional")]
    pub upfront: Option<Money>,
    /// All that was held in its place right before: what is new afterwards may be its doing.
    pub held: Vec<Held>,
}

impl Encoded for Intent {
    const FORMAT: u32 = FORMAT;

    fn format(&self) -> u32 {
        self.intent
    }
}

impl Intent {
    /// What will be asked for a step, after this was read.
    #[must_use]
    pub fn new(order: &Order, step: &Step, at: Moment, price: Option<&Price>, held: Vec<Held>) -> Self {
        let operation = Text::fitted(&step.operation().map_or_else(String::new, ToString::to_string));
        Self {
            intent: FORMAT,
            order: order.id(),
            step: step.number,
            operation,
            key: order.key(step).map(|key| Text::fitted(key.as_str())),
            at,
            hourly: price.map(|price| price.hourly),
            upfront: price.map(|price| price.upfront),
            held,
        }
    }
}
