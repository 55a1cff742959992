//! A price that is not there: named, and never guessed.

use crate::key::SkuKey;
use crate::offer::{PlanOffer, ReservedOffer};

/// Why a lookup has no price. It names the SKU, what of it is missing, and the prices that were asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Missing {
    /// No on-demand rate.
    #[error("{book} have no on-demand rate of {sku}")]
    OnDemand {
        /// Of what.
        sku: SkuKey,
        /// Where.
        book: String,
    },
    /// No reservation is sold that way, or none is listed.
    #[error("{book} have no {offer} reservation of {sku}")]
    Reserved {
        /// Of what.
        sku: SkuKey,
        /// How.
        offer: ReservedOffer,
        /// Where.
        book: String,
    },
    /// No rate at all of a plan's offering; what it covers is not known.
    #[error("{book} have no rates of {offer} Savings Plans")]
    Plan {
        /// Which.
        offer: PlanOffer,
        /// Where.
        book: String,
    },
}

impl Missing {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OnDemand { .. } | Self::Reserved { .. } => "import a price list that has it: tenor prices import FILE...",
            Self::Plan { .. } => {
                "import AWS's Savings Plan rate files beside the price list, or simulate them from reservations: tenor prices import --simulate-plans FILE..."
            }
        }
    }
}
