//! The closed vocabularies of FOCUS 1.2 that a charge speaks.
//!
//! Source: FOCUS specification 1.2, the column definitions of the same names.

macro_rules! focus_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// The word as FOCUS writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The word that `text` is, in FOCUS's own spelling.
            #[must_use]
            pub fn from_word(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

focus_words! {
    /// FOCUS `ChargeCategory`: the highest-level kind of a charge.
    ChargeCategory {
        /// Something was consumed, or a commitment went unused.
        Usage => "Usage",
        /// Something was bought, a commitment above all.
        Purchase => "Purchase",
        /// A levy on other charges.
        Tax => "Tax",
        /// Money back: vouchers, refunds, discounts booked as rows.
        Credit => "Credit",
        /// A correction that fits nowhere else.
        Adjustment => "Adjustment",
    }
}

focus_words! {
    /// FOCUS `ChargeFrequency`: how often a charge occurs.
    ChargeFrequency {
        /// Once.
        OneTime => "One-Time",
        /// Every hour, day or month of a term.
        Recurring => "Recurring",
        /// As something is used.
        UsageBased => "Usage-Based",
    }
}

focus_words! {
    /// FOCUS `CommitmentDiscountStatus`: whether a commitment's hour served usage.
    CommitmentStatus {
        /// The commitment paid for usage.
        Used => "Used",
        /// The commitment was paid for and served nothing.
        Unused => "Unused",
    }
}

focus_words! {
    /// FOCUS `CommitmentDiscountCategory`: what is promised.
    CommitmentCategory {
        /// An amount of money per hour: a Savings Plan.
        Spend => "Spend",
        /// An amount of usage: a reservation.
        Usage => "Usage",
    }
}

focus_words! {
    /// FOCUS `PricingCategory`: the pricing model used for a charge.
    PricingCategory {
        /// At the agreed price without a commitment: on demand.
        Standard => "Standard",
        /// At a price that moves: spot.
        Dynamic => "Dynamic",
        /// Under a commitment.
        Committed => "Committed",
        /// Any other.
        Other => "Other",
    }
}
