//! What orders of the year made, and what can be done with it.

use anyhow::Context as _;
use serde_json::Value;
use tenor_money::{Money, Rounding};

/// Something that an order made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) what: String,
    region: String,
    quantity: u32,
    upfront: Money,
    number: u16,
}

/// What happens once in the year, as soon as there is something to do it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Exchange,
    Modify,
    Return,
    List,
}

/// A text of a row.
pub(super) fn text(row: &Value, column: &str) -> anyhow::Result<String> {
    Ok(row[column].as_str().with_context(|| format!("a row says not its `{column}`"))?.to_owned())
}

impl Event {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Modify => "modification",
            Self::Return => "return",
            Self::List => "listing",
        }
    }
}

impl Made {
    /// What a step that was done bought.
    pub(super) fn of(step: &Value, number: u16) -> anyhow::Result<Self> {
        let quantity = text(step, "quantity")?;
        Ok(Self {
            id: text(step, "result")?,
            what: text(step, "what")?,
            region: text(step, "region")?,
            // Of a plan it is an amount.
            quantity: quantity.parse().unwrap_or(1),
            upfront: text(step, "ceiling_upfront")?.parse().context("what is paid at once is an amount")?,
            number,
        })
    }

    /// Whether something can be done with it now.
    pub(super) fn is_for(&self, event: Event, number: u16) -> bool {
        let is_standard = self.what.starts_with("standard-reservation of ") && self.what.contains(", Linux/UNIX");
        match event {
            Event::Exchange => self.what.starts_with("convertible-reservation of ") && number > self.number,
            Event::Modify => is_standard && self.quantity > 1 && number > self.number,
            // A plan within its window is one of this month.
            Event::Return => self.what.contains("-plan") && number == self.number,
            // It has to have run for thirty days.
            Event::List => is_standard && number > self.number + 1,
        }
    }

    /// Orders that would do it, of which one may be possible.
    pub(super) fn orders(&self, event: Event) -> Vec<Vec<String>> {
        let Self { id, region, quantity, .. } = self;
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match event {
            Event::Exchange => {
                let others = self.neighbours();
                others.iter().map(|other| words(&["change", "exchange", id, "--for", other, "--region", region])).collect()
            }
            Event::Modify => {
                let (zonal, rest) = (format!("1@{region}a"), (quantity - 1).to_string());
                vec![words(&["change", "modify", id, "--into", &zonal, "--into", &rest, "--region", region])]
            }
            Event::Return => vec![words(&["take-back", id])],
            Event::List => {
                let half = Money::from_units(self.upfront.units() / (2 * i128::from((*quantity).max(1))));
                let price = half.round_to(2, Rounding::Floor).max(Money::from_whole(1)).to_string();
                vec![words(&["change", "list", id, "--price", &price, "--region", region])]
            }
        }
    }

    /// The next larger and the next smaller type.
    fn neighbours(&self) -> Vec<String> {
        let name = self.what.split(" of ").nth(1).and_then(|goods| goods.split(',').next()).unwrap_or_default();
        let Some((family, size)) = name.split_once('.') else { return Vec::new() };
        let Some(place) = SIZES.iter().position(|other| *other == size) else { return Vec::new() };
        let others = [SIZES.get(place + 1), place.checked_sub(1).and_then(|place| SIZES.get(place))];
        others.into_iter().flatten().map(|size| format!("{family}.{size}")).collect()
    }
}

/// Sizes of instances, each half of the next.
const SIZES: [&str; 6] = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"];

#[cfg(test)]
mod tests {
    use super::{Event, Made};
    use serde_json::json;

    #[test]
    fn what_was_bought_decides_what_can_be_done_with_it() {
        let row = |what: &str, quantity: &str| {
            let step = json!({"result": "ID", "what": what, "region": "us-east-1", "quantity": quantity, "ceiling_upfront": "90"});
            Made::of(&step, 2).unwrap()
        };
        let rows = [
            row("convertible-reservation of r5.xlarge, Linux/UNIX, default", "3"),
            row("standard-reservation of m5.large, Linux/UNIX, default", "2"),
            row("standard-reservation of m5.large, Linux/UNIX, default", "1"),
            row("standard-reservation of db.r6g.large, postgresql", "2"),
            row("compute-plan", "1.25"),
        ];
        let mut told = Vec::new();
        for made in &rows {
            for event in [Event::Exchange, Event::Modify, Event::Return, Event::List] {
                for number in [2, 3, 4].into_iter().filter(|number| made.is_for(event, *number)).take(1) {
                    let orders: Vec<String> = made.orders(event).iter().map(|words| words.join(" ")).collect();
                    told.push(format!("{} in month {number}: {}", made.what, orders.join(" | ")));
                }
            }
        }
        insta::assert_snapshot!(told.join("\n"), @"
        convertible-reservation of r5.xlarge, Linux/UNIX, default in month 3: change exchange ID --for r5.2xlarge --region us-east-1 | change exchange ID --for r5.large --region us-east-1
        standard-reservation of m5.large, Linux/UNIX, default in month 3: change modify ID --into 1@us-east-1a --into 1 --region us-east-1
        standard-reservation of m5.large, Linux/UNIX, default in month 4: change list ID --price 22.5 --region us-east-1
        standard-reservation of m5.large, Linux/UNIX, default in month 4: change list ID --price 45 --region us-east-1
        compute-plan in month 2: take-back ID
        ");
    }
}
