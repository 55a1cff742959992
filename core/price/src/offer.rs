//! What commitments are sold as: class, term, payment option; and for Savings Plans kind, family and Region.

use std::fmt;
use tenor_cover::PlanKind;
use tenor_cover::replay::PlanOffering;

/// How long a commitment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermLength {
    /// 365 days.
    OneYear,
    /// 1,095 days.
    ThreeYears,
}

/// How much of a commitment is paid at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payment {
    /// Nothing.
    NoUpfront,
    /// About half.
    PartialUpfront,
    /// Everything.
    AllUpfront,
}

/// Whether a reservation can be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferingClass {
    /// Cheaper; cannot be exchanged.
    Standard,
    /// Dearer; can be exchanged.
    Convertible,
}

/// A reservation as it is sold for a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservedOffer {
    /// Whether it can be exchanged.
    pub class: OfferingClass,
    /// How long it runs.
    pub term: TermLength,
    /// What is paid at its start.
    pub payment: Payment,
}

/// What sets the rates of a Savings Plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanOffer {
    /// Its kind.
    pub kind: PlanKind,
    /// How long it runs.
    pub term: TermLength,
    /// What is paid at its start.
    pub payment: Payment,
    /// Of an EC2 Instance plan: `m5`; else empty.
    pub family: String,
    /// Of an EC2 Instance plan: `us-east-1`; else empty.
    pub region: String,
}

impl TermLength {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OneYear, Self::ThreeYears];

    /// Its length in years.
    #[must_use]
    pub const fn years(self) -> u32 {
        match self {
            Self::OneYear => 1,
            Self::ThreeYears => 3,
        }
    }

    /// Its length in hours: 8,760 or 26,280. Source: `aws-rules` §0.
    #[must_use]
    pub const fn hours(self) -> u32 {
        8_760 * self.years()
    }

    /// `1yr` or `3yr`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneYear => "1yr",
            Self::ThreeYears => "3yr",
        }
    }

    /// As price lists write it: `1yr`, `1 yr`, `3 year`, `1`.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end() {
            "1" => Some(Self::OneYear),
            "3" => Some(Self::ThreeYears),
            _ => None,
        }
    }
}

impl Payment {
    /// All three.
    pub const ALL: [Self; 3] = [Self::NoUpfront, Self::PartialUpfront, Self::AllUpfront];

    /// AWS's words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoUpfront => "No Upfront",
            Self::PartialUpfront => "Partial Upfront",
            Self::AllUpfront => "All Upfront",
        }
    }

    /// As price lists write it, whatever the case and the spaces.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let letters: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        match letters.as_str() {
            "noupfront" => Some(Self::NoUpfront),
            "partialupfront" => Some(Self::PartialUpfront),
            "allupfront" => Some(Self::AllUpfront),
            _ => None,
        }
    }
}

impl OfferingClass {
    /// AWS's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Convertible => "convertible",
        }
    }

    /// As price lists write it. Services with one class alone leave it out, which is standard.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "standard" => Some(Self::Standard),
            "convertible" => Some(Self::Convertible),
            _ => None,
        }
    }
}

impl fmt::Display for TermLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for ReservedOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {} {}", self.class.as_str(), self.term, self.payment))
    }
}

impl fmt::Display for PlanOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PlanOffering::from(self).fmt(f)
    }
}

impl From<&PlanOffer> for PlanOffering {
    fn from(offer: &PlanOffer) -> Self {
        Self {
            kind: offer.kind,
            term_years: offer.term.years(),
            payment_option: offer.payment.as_str().to_owned(),
            family: offer.family.clone(),
            region: offer.region.clone(),
        }
    }
}

impl PlanOffer {
    /// What a bill's plan is an offer of; none when its term or payment option is none that AWS sells.
    #[must_use]
    pub fn of(offering: &PlanOffering) -> Option<Self> {
        let term = TermLength::ALL.into_iter().find(|term| term.years() == offering.term_years)?;
        let payment = Payment::from_text(&offering.payment_option)?;
        let (family, region) = (offering.family.clone(), offering.region.clone());
        Some(Self { kind: offering.kind, term, payment, family, region })
    }
}

#[cfg(test)]
mod tests {
    use super::{OfferingClass, Payment, PlanOffer, TermLength};
    use tenor_cover::PlanKind;
    use tenor_cover::replay::PlanOffering;

    #[test]
    fn terms_payments_and_classes_are_read_however_lists_write_them() {
        assert_eq!(["1yr", "1 yr", "1 year", "1", "3 years"].map(|text| TermLength::from_text(text).is_some()), [true; 5]);
        assert_eq!(["", "2yr", "yr", "1.5yr", "31"].map(TermLength::from_text), [None; 5]);
        assert_eq!(["No Upfront", "no-upfront", "NoUpfront"].map(Payment::from_text), [Some(Payment::NoUpfront); 3]);
        assert_eq!(["", "Heavy Utilization"].map(Payment::from_text), [None; 2]);
        assert_eq!(OfferingClass::from_text(""), Some(OfferingClass::Standard));
        assert_eq!(OfferingClass::from_text("scheduled"), None);
    }

    #[test]
    fn an_offer_is_the_offering_of_a_bill() {
        let offer = PlanOffer {
            kind: PlanKind::Ec2Instance,
            term: TermLength::ThreeYears,
            payment: Payment::AllUpfront,
            family: "m5".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        assert_eq!(offer.to_string(), "EC2 Instance 3yr All Upfront m5 eu-west-1");
        assert_eq!(PlanOffer::of(&PlanOffering::from(&offer)), Some(offer));
    }
}
