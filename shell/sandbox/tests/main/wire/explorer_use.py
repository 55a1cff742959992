"""Cost Explorer's coverage and utilization, against what was bought. Rules: [BOTO:ce], `aws-rules` section 4."""
from decimal import Decimal

from session import KEYS, advance, client, done, has, refused, same

ce, plans = client("ce"), client("savingsplans")
january, february = {"Start": "2025-01-01", "End": "2025-02-01"}, {"Start": "2025-02-01", "End": "2025-03-01"}
day = {"Start": "2025-02-10", "End": "2025-02-11"}


def dimension(key, *values):
    return {"Dimensions": {"Key": key, "Values": list(values)}}


def offering(kind, payment, **more):
    return plans.describe_savings_plans_offerings(planTypes=[kind], paymentOptions=[payment], durations=[31_536_000], **more)["searchResults"][0]["offeringId"]


# Before any purchase: no utilization to tell, and coverage of zero.
advance(days=31)
for call in (ce.get_savings_plans_utilization, ce.get_savings_plans_utilization_details):
    refused(call, "DataUnavailableException", 400, TimePeriod=january)
[month] = ce.get_savings_plans_coverage(TimePeriod=january, Granularity="MONTHLY")["SavingsPlansCoverages"]
has(month, "Coverage", "TimePeriod")
same((month["Coverage"]["SpendCoveredBySavingsPlans"], month["Coverage"]["CoveragePercentage"]), ("0", "0"))
assert Decimal(month["Coverage"]["OnDemandCost"]) > 0
advance(seconds=2)
small = plans.create_savings_plan(savingsPlanOfferingId=offering("Compute", "No Upfront"), commitment="0.5")["savingsPlanId"]
large = plans.create_savings_plan(savingsPlanOfferingId=offering("SageMaker", "All Upfront"), commitment="1000")["savingsPlanId"]
advance(days=40)

# Utilization: the Compute plan is used whole, the large SageMaker one in part.
answer = ce.get_savings_plans_utilization(TimePeriod=day, Granularity="DAILY")
has(answer, "SavingsPlansUtilizationsByTime", "Total")
[one] = answer["SavingsPlansUtilizationsByTime"]
has(one, "TimePeriod", "Utilization", "Savings", "AmortizedCommitment")
same(one["TimePeriod"], day)
same(Decimal(one["Utilization"]["TotalCommitment"]).quantize(Decimal("0.01")), Decimal("24012.00"))
same(Decimal(one["Utilization"]["UsedCommitment"]) + Decimal(one["Utilization"]["UnusedCommitment"]), Decimal(one["Utilization"]["TotalCommitment"]))
same(answer["Total"]["Utilization"], one["Utilization"])
compute = dimension("SAVINGS_PLANS_TYPE", "ComputeSavingsPlans")
total = ce.get_savings_plans_utilization(TimePeriod=day, Filter=compute)["Total"]
same(total["Utilization"], {"TotalCommitment": "12", "UsedCommitment": "12", "UnusedCommitment": "0", "UtilizationPercentage": "100"})
same(total["AmortizedCommitment"], {"AmortizedRecurringCommitment": "12", "AmortizedUpfrontCommitment": "0", "TotalAmortizedCommitment": "12"})
same(Decimal(total["Savings"]["NetSavings"]), Decimal(total["Savings"]["OnDemandCostEquivalent"]) - 12)
assert Decimal(total["Savings"]["NetSavings"]) > 0
months = ce.get_savings_plans_utilization(TimePeriod={"Start": "2025-01-01", "End": "2025-03-01"}, Granularity="MONTHLY", Filter=compute)
same([item["Utilization"]["TotalCommitment"] for item in months["SavingsPlansUtilizationsByTime"]], ["336"])
details = ce.get_savings_plans_utilization_details(TimePeriod=february)
has(details, "SavingsPlansUtilizationDetails", "Total", "TimePeriod")
by_id = {item["SavingsPlanArn"].rsplit("/")[-1]: item for item in details["SavingsPlansUtilizationDetails"]}
same(set(by_id), {small, large})
has(by_id[large], "SavingsPlanArn", "Attributes", "Utilization", "Savings", "AmortizedCommitment")
same((by_id[small]["Attributes"]["HourlyCommitment"], by_id[small]["Attributes"]["PaymentOption"], by_id[large]["Attributes"]["UpfrontFee"]), ("0.5", "No Upfront", "8760000"))
assert 0 < Decimal(by_id[large]["Utilization"]["UtilizationPercentage"]) < 10
only = ce.get_savings_plans_utilization_details(TimePeriod=february, DataType=["UTILIZATION"], MaxResults=1)
same((sorted(only["SavingsPlansUtilizationDetails"][0]), "NextToken" in only), (["SavingsPlanArn", "Utilization"], True))
second = ce.get_savings_plans_utilization_details(TimePeriod=february, DataType=["UTILIZATION"], MaxResults=1, NextToken=only["NextToken"])
assert second["SavingsPlansUtilizationDetails"][0]["SavingsPlanArn"] != only["SavingsPlansUtilizationDetails"][0]["SavingsPlanArn"]
refused(ce.get_savings_plans_utilization_details, "InvalidNextTokenException", 400, TimePeriod=february, NextToken="made-up")
# A plan is its buyer's: a member sees no use of the payer's.
refused(client("ce", account=1).get_savings_plans_utilization, "DataUnavailableException", 400, TimePeriod=february)

# Coverage: what is covered and what is not are all of it; the covered part is the utilization's on-demand equivalent.
before, after = ce.get_savings_plans_coverage(TimePeriod={"Start": "2025-01-01", "End": "2025-03-01"}, Granularity="MONTHLY")["SavingsPlansCoverages"]
covered = Decimal(after["Coverage"]["SpendCoveredBySavingsPlans"])
same(covered, Decimal(details["Total"]["Savings"]["OnDemandCostEquivalent"]))
same(covered + Decimal(after["Coverage"]["OnDemandCost"]), Decimal(after["Coverage"]["TotalCost"]))
assert Decimal(after["Coverage"]["CoveragePercentage"]) > 0
groups = ce.get_savings_plans_coverage(TimePeriod=february, GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}], Metrics=["SpendCoveredBySavingsPlans"])["SavingsPlansCoverages"]
has(groups[0], "Attributes", "Coverage", "TimePeriod")
same(sum(Decimal(group["Coverage"]["SpendCoveredBySavingsPlans"]) for group in groups), covered)
assert Decimal({group["Attributes"]["service"]: group for group in groups}["Amazon SageMaker"]["Coverage"]["CoveragePercentage"]) == 100
page = ce.get_savings_plans_coverage(TimePeriod=february, Granularity="DAILY")
same((len(page["SavingsPlansCoverages"]), "NextToken" in page), (20, True))
same(len(ce.get_savings_plans_coverage(TimePeriod=february, Granularity="DAILY", NextToken=page["NextToken"])["SavingsPlansCoverages"]), 8)
refused(ce.get_savings_plans_coverage, "InvalidNextTokenException", 400, TimePeriod=february, NextToken="made-up")
refused(ce.get_savings_plans_coverage, "ValidationException", 400, TimePeriod=february, Granularity="DAILY", GroupBy=[{"Type": "DIMENSION", "Key": "REGION"}])
refused(ce.get_savings_plans_coverage, "ValidationException", 400, TimePeriod=february, GroupBy=[{"Type": "DIMENSION", "Key": "AZ"}])
for call in (ce.get_savings_plans_coverage, ce.get_savings_plans_utilization, ce.get_savings_plans_utilization_details, ce.get_reservation_coverage, ce.get_reservation_utilization):
    refused(call, "DataUnavailableException", 400, TimePeriod={"Start": "2024-11-01", "End": "2024-12-01"})
    refused(call, "ValidationException", 400, TimePeriod={"Start": "2025-02-01", "End": "2025-01-01"})

# Reservations: none is held, so all hours run on demand; EC2's where no service is named.
answer = ce.get_reservation_coverage(TimePeriod=february, Granularity="MONTHLY", Metrics=["Hour", "Unit", "Cost"])
has(answer, "CoveragesByTime", "Total")
[month] = answer["CoveragesByTime"]
same(month["Total"], answer["Total"])
hours, units = month["Total"]["CoverageHours"], month["Total"]["CoverageNormalizedUnits"]
same((hours["ReservedHours"], hours["CoverageHoursPercentage"], hours["TotalRunningHours"]), ("0", "0", hours["OnDemandHours"]))
assert Decimal(units["TotalRunningNormalizedUnits"]) > Decimal(hours["TotalRunningHours"]) > 0
assert Decimal(month["Total"]["CoverageCost"]["OnDemandCost"]) > 0
databases = ce.get_reservation_coverage(TimePeriod=day, Granularity="DAILY", Filter=dimension("SERVICE", "Amazon Relational Database Service"), Metrics=["Hour"])["Total"]
same((sorted(databases), Decimal(databases["CoverageHours"]["TotalRunningHours"]) % 24), (["CoverageHours"], 0))
groups = ce.get_reservation_coverage(TimePeriod=february, GroupBy=[{"Type": "DIMENSION", "Key": "REGION"}])["CoveragesByTime"][0]["Groups"]
same({group["Attributes"]["region"] for group in groups}, {"us-east-1", "us-west-2", "eu-west-1"})
answer = ce.get_reservation_utilization(TimePeriod=february, Granularity="MONTHLY")
same((answer["UtilizationsByTime"], answer["Total"]["PurchasedHours"], answer["Total"]["UtilizationPercentage"]), ([], "0", "0"))
for call in (ce.get_reservation_coverage, ce.get_reservation_utilization):
    refused(call, "InvalidNextTokenException", 400, TimePeriod=february, NextPageToken="made-up")
    refused(call, "ValidationException", 400, TimePeriod=february, Granularity="HOURLY")
refused(ce.get_reservation_utilization, "ValidationException", 400, TimePeriod=february, GroupBy=[{"Type": "DIMENSION", "Key": "REGION"}])
refused(ce.get_reservation_coverage, "ValidationException", 400, TimePeriod=february, Metrics=["Joy"])
done()
