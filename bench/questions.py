"""Everyday questions: a name, whether Tenor answers from its roll-ups alone, its command, and the same in DuckDB's SQL over the same files.

RESOURCE stands for the resource of most charges, FROM and TO for the first and the last of the seven last days.
"""

MONTH = "strftime(BillingPeriodStart, '%Y-%m')"

DAY = "CASE WHEN ChargePeriodEnd <= date_trunc('day', ChargePeriodStart) + INTERVAL 1 DAY THEN ChargePeriodStart::DATE END"

QUESTIONS = [
    (
        "cost by service and month",
        True,
        ["cost", "--by", "service", "--granularity", "month", "--metric", "effective"],
        f"SELECT {MONTH} m, ServiceName, sum(EffectiveCost) FROM CHARGES GROUP BY ALL ORDER BY 3 DESC",
    ),
    (
        "top ten accounts",
        True,
        ["cost", "--by", "account", "--metric", "billed", "--top", "10"],
        "SELECT SubAccountId, sum(BilledCost) c FROM CHARGES GROUP BY ALL ORDER BY c DESC",
    ),
    (
        "daily trend",
        True,
        ["cost", "--granularity", "day", "--metric", "effective"],
        f"SELECT {DAY} d, sum(EffectiveCost) FROM CHARGES GROUP BY ALL ORDER BY d",
    ),
    (
        "last seven days by service",
        False,
        ["cost", "--by", "service", "--metric", "effective", "--from", "FROM", "--to", "TO"],
        "SELECT ServiceName, sum(EffectiveCost) c FROM CHARGES "
        "WHERE ChargePeriodStart >= DATE 'FROM' AND ChargePeriodEnd <= DATE 'TO' + INTERVAL 1 DAY GROUP BY ALL ORDER BY c DESC",
    ),
    (
        "amortized versus billed by service",
        True,
        ["sql", "SELECT ServiceName, sum(BilledCost) b, sum(EffectiveCost) e FROM rollup GROUP BY ServiceName ORDER BY e DESC"],
        "SELECT ServiceName, sum(BilledCost) b, sum(EffectiveCost) e FROM CHARGES GROUP BY ALL ORDER BY e DESC",
    ),
    (
        "unused cost of each commitment",
        True,
        ["cost", "--by", "commitment", "--metric", "effective", "--where", "CommitmentDiscountStatus = 'Unused'"],
        "SELECT CommitmentDiscountId, sum(EffectiveCost) FROM CHARGES WHERE CommitmentDiscountStatus = 'Unused' GROUP BY ALL ORDER BY 2 DESC",
    ),
    (
        "cost by tag Team",
        False,
        ["cost", "--by", "tag:Team", "--metric", "effective"],
        "SELECT json_extract_string(Tags, '$.Team') t, sum(EffectiveCost) FROM CHARGES GROUP BY ALL ORDER BY 2 DESC",
    ),
    (
        "usage types of one service",
        False,
        ["cost", "--by", "usage-type", "--metric", "billed", "--where", "x_ServiceCode = 'AmazonEC2'", "--top", "20"],
        "SELECT x_UsageType, sum(BilledCost) FROM CHARGES WHERE x_ServiceCode = 'AmazonEC2' GROUP BY ALL ORDER BY 2 DESC",
    ),
    (
        "one resource's daily history",
        False,
        ["cost", "--granularity", "day", "--metric", "effective", "--where", "ResourceId = 'RESOURCE'"],
        f"SELECT {DAY} d, sum(EffectiveCost) FROM CHARGES WHERE ResourceId = 'RESOURCE' GROUP BY ALL ORDER BY d",
    ),
    (
        "hundred dearest resources",
        False,
        ["sql", "SELECT ResourceId, sum(EffectiveCost) c FROM charges WHERE ResourceId IS NOT NULL GROUP BY ResourceId ORDER BY c DESC LIMIT 100"],
        "SELECT ResourceId, sum(EffectiveCost) c FROM CHARGES WHERE ResourceId IS NOT NULL GROUP BY ALL ORDER BY c DESC LIMIT 100",
    ),
    (
        "hourly cost of one instance family",
        False,
        ["sql", "SELECT ChargePeriodStart, sum(EffectiveCost) c FROM charges WHERE x_InstanceType LIKE 'm5.%' GROUP BY ChargePeriodStart ORDER BY 1"],
        "SELECT ChargePeriodStart, sum(EffectiveCost) c FROM CHARGES WHERE x_InstanceType LIKE 'm5.%' GROUP BY ALL ORDER BY 1",
    ),
]
