//! What one kind of action says beside what all of them say.

use crate::order::Action;
use serde::{Deserialize, Serialize};
use tenor_ledger::{Text, serial};
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
}
