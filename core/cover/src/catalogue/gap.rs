//! What a bill leaves open, as data that reads as a sentence.

use crate::commitment::CommitmentId;

/// Why usage or a reservation cannot be matched, or what was assumed so that it can. Named in results, never passed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Gap {
    /// A reservation of something that no rule is known for.
    #[error("no rule says what a reservation of {service} `{usage_type}` covers; its usage is taken as not covered")]
    UnknownReservation {
        /// The product code.
        service: String,
        /// The usage type of its fee.
        usage_type: String,
    },
    /// An instance type without a known factor.
    #[error("`{instance_type}` has no known normalization factor; it is matched by its exact type alone")]
    UnknownSize {
        /// The type.
        instance_type: String,
    },
    /// A bare-metal type whose factor AWS does not publish (`aws-rules` U14).
    #[error("`{instance_type}` is counted as the virtual size of its name; AWS publishes no normalization factor of it")]
    SizedMetal {
        /// The type.
        instance_type: String,
    },
    /// Usage without a public price.
    #[error(
        "nothing says the public on-demand rate of {sku}; what a plan saves on it cannot be told, so that no plan covers it here (a price list may have the rate)"
    )]
    NoRate {
        /// The SKU.
        sku: String,
    },
    /// Usage with more than one public price, or a plan with more than one rate for it.
    #[error("rows of {sku} have several public rates, or several of one plan; the highest is taken for all")]
    SeveralRates {
        /// The SKU.
        sku: String,
    },
    /// A commitment that paid for usage and of which the bill has no fee row.
    #[error("the bill says that {commitment} paid for usage, but has no fee of it; what it paid for is taken as on demand")]
    NoFee {
        /// The commitment.
        commitment: CommitmentId,
    },
    /// A quantity with more digits than are kept.
    #[error("a quantity of {sku} has more decimals than a simulation keeps (9 of hours, 6 else); it is rounded")]
    Rounded {
        /// The SKU.
        sku: String,
    },
    /// A plan whose rates are known in part.
    #[error("the rates of {offering} are known only where a plan of it covered usage; what else it could have covered is not simulated")]
    NoRateTable {
        /// Kind, term, payment option, family and region.
        offering: String,
    },
    /// No region, so nothing of it can match.
    #[error("{service} `{usage_type}` names no region; it is taken as matching nothing")]
    NoRegion {
        /// The product code.
        service: String,
        /// The usage type.
        usage_type: String,
    },
    /// A usage type that begins with what no list knows as a region's code.
    #[error("`{prefix}` of `{usage_type}` is no known region's code; it is passed over, and the region is what the bill says besides")]
    UnknownPrefix {
        /// What it begins with.
        prefix: String,
        /// The usage type.
        usage_type: String,
    },
    /// An EC2 row without an operation, which is what tells its platform.
    #[error("EC2 `{usage_type}` has no operation, so its platform is not known; it is taken as matching nothing")]
    NoPlatform {
        /// The usage type.
        usage_type: String,
    },
    /// An operation that no list of platforms has.
    #[error("no list says which platform EC2's `{operation}` is; it is matched by its exact type among usage of the same operation alone")]
    UnknownPlatform {
        /// The operation.
        operation: String,
    },
    /// Fees of reservations that do not say its tenancy, which no usage type tells either.
    #[error("fees of EC2 reservations say no tenancy; they are taken as reservations of shared instances")]
    NoTenancy,
    /// A database or cache without an engine that a rule is known for.
    #[error("{service} `{usage_type}` (operation `{operation}`) names no engine that a rule is known for; it is taken as matching nothing")]
    NoEngine {
        /// The product code.
        service: String,
        /// The usage type.
        usage_type: String,
        /// The operation.
        operation: String,
    },
    /// A database code that no list has, beside an engine that the bill names.
    #[error("no list says which edition and licence `{operation}` is; it is matched as the engine that the bill names")]
    UnknownEngineCode {
        /// The operation.
        operation: String,
    },
    /// A zonal reservation and another account's usage in a zone of the same name.
    #[error(
        "{commitment} is for the zone `{zone}`, and other accounts use what it covers in a zone of that name; each account has names of \
         its own for zones, so that it is not known whether they are one"
    )]
    ZoneNames {
        /// The reservation.
        commitment: CommitmentId,
        /// Its zone, as the bill names it.
        zone: String,
    },
    /// A Database plan and a reservation that may cover the same usage (`aws-rules` U5).
    #[error("{commitment} and reservations may cover the same databases or caches; reservations are applied first, which AWS does not say")]
    DatabaseOrder {
        /// The plan.
        commitment: CommitmentId,
    },
}
