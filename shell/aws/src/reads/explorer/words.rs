//! Cost Explorer's own words.

use crate::answer::words;

words! {
    /// The time that a row is for.
    pub Granularity {
        /// A day.
        Daily = "DAILY",
        /// A month.
        Monthly = "MONTHLY",
        /// An hour, of the last 14 days, where the owner switched that on.
        Hourly = "HOURLY",
    }
}

words! {
    /// What is added up.
    pub MetricName {
        /// What is billed.
        Unblended = "UnblendedCost",
        /// What is billed, averaged over the organization.
        Blended = "BlendedCost",
        /// Upfront fees spread over their terms.
        Amortized = "AmortizedCost",
        /// What is billed, after private discounts.
        NetUnblended = "NetUnblendedCost",
        /// Upfront fees spread over their terms, after private discounts.
        NetAmortized = "NetAmortizedCost",
        /// How much is used.
        Usage = "UsageQuantity",
        /// How much is used, in normalized units.
        NormalizedUsage = "NormalizedUsageAmount",
    }
}

words! {
    /// How long a commitment runs.
    pub TermYears {
        /// A year.
        One = "ONE_YEAR",
        /// Three years.
        Three = "THREE_YEARS",
    }
}

words! {
    /// From how much of the past AWS recommends.
    pub Lookback {
        /// A week.
        SevenDays = "SEVEN_DAYS",
        /// A month.
        ThirtyDays = "THIRTY_DAYS",
        /// Two months.
        SixtyDays = "SIXTY_DAYS",
    }
}

words! {
    /// For whom AWS recommends.
    pub AccountScope {
        /// For the organization.
        Payer = "PAYER",
        /// For each account by itself.
        Linked = "LINKED",
    }
}

words! {
    /// What a Savings Plan is for, in Cost Explorer's words.
    pub SoldPlan {
        /// EC2, Fargate and Lambda.
        Compute = "COMPUTE_SP",
        /// One EC2 family in one region.
        Ec2Instance = "EC2_INSTANCE_SP",
        /// SageMaker AI instances.
        SageMaker = "SAGEMAKER_SP",
        /// Databases and caches.
        Database = "DATABASE_SP",
    }
}
