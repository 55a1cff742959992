//! What one kind of action says beside what all of them say.

use crate::order::{Action, Step};
use serde::{Deserialize, Serialize};
use tenor_ledger::{Moment, Text, serial};
use tenor_money::Money;

/// What one kind of action says beside what all of them say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Details {
    /// Of a modification: what is merged with the object, and what all of it becomes.
    Modify {
        /// Further reservations that are given; none mostly.
        also: Vec<Text>,
        /// What they become. AWS refuses another footprint than they have. Source: `[EC2:ri-modifying]`.
        targets: Vec<Target>,
    },
    /// Of an exchange: what is given for the object.
    Exchange {
        /// Their ids.
        given: Vec<Text>,
    },
    /// Of a listing: what is asked for one, from so many months left downwards.
    List {
        /// The highest number of months first.
        prices: Vec<Asked>,
    },
    /// Of what a person does: line by line.
    Instruct {
        /// What to do.
        lines: Vec<Text>,
    },
}

/// What some of modified reservations become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// How many.
    pub count: u32,
    /// Of which type; of their own, where nothing is said.
    pub instance_type: Option<Text>,
    /// In which zone; in the whole Region, where nothing is said.
    pub zone: Option<Text>,
}

/// What one costs while its term has at most so many months left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Months left.
    pub months: u32,
    /// What one costs, at once.
    #[serde(with = "serial")]
    pub price: Money,
}

impl Details {
    /// What is wrong with these details, if anything.
    pub(crate) fn wrong(details: Option<&Self>, action: Action) -> Option<&'static str> {
        match (action, details) {
            (Action::Modify, Some(Self::Modify { targets, .. })) => {
                (targets.is_empty() || targets.iter().any(|target| target.count == 0)).then_some("what the reservations become")
            }
            (Action::Exchange, Some(Self::Exchange { given })) => given.is_empty().then_some("what is given"),
            (Action::List, Some(Self::List { prices })) => {
                let sound = prices.iter().all(|asked| asked.months > 0 && asked.price > Money::ZERO);
                let falls = prices.windows(2).all(|pair| pair[0].months > pair[1].months);
                (prices.is_empty() || !sound || !falls).then_some("prices for ever fewer months")
            }
            (Action::Instruct, Some(Self::Instruct { lines })) => lines.is_empty().then_some("what to do"),
            (Action::Modify, _) => Some("what the reservations become"),
            (Action::Exchange, _) => Some("what is given"),
            (Action::List, _) => Some("prices for ever fewer months"),
            (Action::Instruct, _) => Some("what to do"),
            (_, None) => None,
            (_, Some(_)) => Some("details of its own action, and no other's"),
        }
    }

    /// What is given up by the step beside its object.
    #[must_use]
    pub fn given(&self) -> &[Text] {
        match self {
            Self::Modify { also: given, .. } | Self::Exchange { given } => given,
            Self::List { .. } | Self::Instruct { .. } => &[],
        }
    }

    /// What they say, in words for people, a line each; `money` tells an amount with its currency, to the last digit.
    #[must_use]
    pub fn told(&self, money: &dyn Fn(Money) -> String) -> Vec<String> {
        match self {
            Self::Modify { also, targets } => {
                let also = (!also.is_empty()).then(|| format!("together with {}", joined(also)));
                also.into_iter().chain(targets.iter().map(Target::told)).collect()
            }
            Self::Exchange { given } => vec![format!("gives {}", joined(given))],
            Self::List { prices } => prices.iter().map(|asked| asked.told(money)).collect(),
            Self::Instruct { lines } => lines.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Target {
    /// `becomes 2 × m5.large in eu-west-1a`.
    fn told(&self) -> String {
        let of_type = self.instance_type.as_ref().map_or("of the same type", |name| name.as_str());
        let place = self.zone.as_ref().map_or("the whole Region", |zone| zone.as_str());
        format!("becomes {} × {of_type} in {place}", self.count)
    }
}

impl Asked {
    /// `asks 1500 USD for one with at most 12 months left`.
    fn told(&self, money: &dyn Fn(Money) -> String) -> String {
        let months = if self.months == 1 { "1 month".to_owned() } else { format!("{} months", self.months) };
        format!("asks {} for one with at most {months} left", money(self.price))
    }
}

impl Step {
    /// What it does beside what, where and how many: what its details say, when it begins, until when it may be done, and which account does it. In words
    /// for whoever signs, a line each; `money` tells an amount with its currency, to the last digit.
    #[must_use]
    pub fn more(&self, money: &dyn Fn(Money) -> String) -> Vec<String> {
        let moment = |moment: Moment| moment.0.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        let mut more = self.details.as_ref().map_or_else(Vec::new, |details| details.told(money));
        more.extend(self.starts.map(|starts| format!("begins {}", moment(starts))));
        more.extend(self.deadline.map(|deadline| format!("not after {}", moment(deadline))));
        more.push(format!("by the account {}", self.account.as_str()));
        more
    }
}

fn joined(ids: &[Text]) -> String {
    ids.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
}
