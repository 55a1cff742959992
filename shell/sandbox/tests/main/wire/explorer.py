"""Cost Explorer's costs: by time and by anything, their values, months compared. Rules: [BOTO:ce]."""
from decimal import Decimal

from session import KEYS, advance, client, done, fault, has, refused, same

ce, member = client("ce"), client("ce", account=1)
plans = client("savingsplans")
payer = KEYS[0][0]
METRICS = ["AmortizedCost", "BlendedCost", "NetAmortizedCost", "NetUnblendedCost", "NormalizedUsageAmount", "UnblendedCost", "UsageQuantity"]
january, february = {"Start": "2025-01-01", "End": "2025-02-01"}, {"Start": "2025-02-01", "End": "2025-03-01"}
compute = "Amazon Elastic Compute Cloud - Compute"


def by(*keys, kind="DIMENSION"):
    return [{"Type": kind, "Key": key} for key in keys]


def only(key, *values, kind="Dimensions"):
    return {kind: {"Key": key, "Values": list(values)}}


def amount(group, metric="UnblendedCost"):
    return Decimal(group["Metrics"][metric]["Amount"])


def total(results, metric="UnblendedCost"):
    return sum(Decimal(result["Total"][metric]["Amount"]) for result in results)


# Before anything is over there is nothing to tell.
refused(ce.get_cost_and_usage, "DataUnavailableException", 400, TimePeriod={"Start": "2025-01-20", "End": "2025-01-21"}, Granularity="DAILY", Metrics=METRICS)
refused(ce.get_cost_and_usage_with_resources, "DataUnavailableException", 400, TimePeriod={"Start": "2025-01-20", "End": "2025-01-21"}, Granularity="DAILY",
        Filter=only("SERVICE", "Amazon Elastic Compute Cloud - Compute"))
fault("ce:GetCostAndUsage", "throttled")
refused(ce.get_cost_and_usage, "LimitExceededException", 400, TimePeriod={"Start": "2025-01-01", "End": "2025-01-02"}, Granularity="DAILY", Metrics=METRICS)
offering = plans.describe_savings_plans_offerings(planTypes=["Compute"], paymentOptions=["No Upfront"], durations=[31_536_000])["searchResults"][0]["offeringId"]
advance(days=36)
plans.create_savings_plan(savingsPlanOfferingId=offering, commitment="1")
advance(days=30)

# A closed month: total, by service, by tag, by two; the parts add up, whatever they are told apart by.
answer = ce.get_cost_and_usage(TimePeriod=january, Granularity="MONTHLY", Metrics=METRICS)
[month] = answer["ResultsByTime"]
has(month, "TimePeriod", "Total")
same((month["TimePeriod"], month["Estimated"], month["Groups"]), (january, False, []))
same(sorted(month["Total"]), sorted(METRICS))
same((month["Total"]["UnblendedCost"]["Unit"], month["Total"]["UsageQuantity"]["Unit"]), ("USD", "N/A"))
whole = Decimal(month["Total"]["UnblendedCost"]["Amount"])
assert whole > 100
for groups in (by("SERVICE"), by("LINKED_ACCOUNT"), by("REGION", "INSTANCE_TYPE"), by("Team", kind="TAG"), by("BusinessUnit", kind="COST_CATEGORY"),
               by("RECORD_TYPE") + by("Environment", kind="TAG"), by("PURCHASE_TYPE", "USAGE_TYPE"), by("AZ", "OPERATION")):
    answer = ce.get_cost_and_usage(TimePeriod=january, Granularity="MONTHLY", Metrics=["UnblendedCost"], GroupBy=groups)
    same(answer["GroupDefinitions"], groups)
    [result] = answer["ResultsByTime"]
    has(result["Groups"][0], "Keys", "Metrics")
    same(sum(amount(group) for group in result["Groups"]), whole)
answer = ce.get_cost_and_usage(TimePeriod=january, Granularity="MONTHLY", Metrics=["UnblendedCost"], GroupBy=by("LINKED_ACCOUNT"))
same(answer["DimensionValueAttributes"][0], {"Value": payer, "Attributes": {"description": "example-payer"}})
own = {group["Keys"][0]: amount(group) for group in answer["ResultsByTime"][0]["Groups"]}
same(total(member.get_cost_and_usage(TimePeriod=january, Granularity="MONTHLY", Metrics=["UnblendedCost"])["ResultsByTime"]), own[KEYS[1][0]])
days = ce.get_cost_and_usage(TimePeriod=january, Granularity="DAILY", Metrics=["UnblendedCost"])["ResultsByTime"]
same((len(days), total(days)), (31, whole))
teams = ce.get_cost_and_usage(TimePeriod=january, Granularity="MONTHLY", Metrics=["UnblendedCost"], GroupBy=by("Team", kind="TAG"))["ResultsByTime"][0]["Groups"]
assert ["Team$"] in [group["Keys"] for group in teams] and ["Team$Checkout"] in [group["Keys"] for group in teams], teams


def cost(filter, metric="UnblendedCost", period=january):
    return total(ce.get_cost_and_usage(TimePeriod=period, Granularity="MONTHLY", Metrics=[metric], Filter=filter)["ResultsByTime"], metric)


# Filters: of one, of not one, of both, of either.
ec2, europe = only("SERVICE", compute), only("REGION", "eu-west-1")
assert cost(ec2) > 0
same(cost(ec2) + cost({"Not": ec2}), whole)
same(cost({"And": [ec2, europe]}) + cost({"Or": [ec2, europe]}), cost(ec2) + cost(europe))
same(cost(only("Team", "Checkout", kind="Tags")), {group["Keys"][0]: amount(group) for group in teams}["Team$Checkout"])
same(cost({"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}}), {group["Keys"][0]: amount(group) for group in teams}["Team$"])
assert cost(only("BusinessUnit", "Commerce", kind="CostCategories")) > 0
assert cost({"Dimensions": {"Key": "USAGE_TYPE", "Values": ["EU-BoxUsage"], "MatchOptions": ["STARTS_WITH"]}}) > 0

# The month after: a plan's hours; amortized and unblended differ by nothing where nothing is paid upfront.
same(cost(only("RECORD_TYPE", "SavingsPlanRecurringFee"), period=february), Decimal(552))
same(cost(only("SAVINGS_PLANS_TYPE", "ComputeSavingsPlans"), "AmortizedCost", february), Decimal(552))
assert cost(only("PURCHASE_TYPE", "Savings Plans"), "UsageQuantity", february) > 0

# The open month is an estimate; an hour is told within two weeks alone.
march = {"Start": "2025-03-01", "End": "2025-04-01"}
[open_month] = ce.get_cost_and_usage(TimePeriod=march, Granularity="MONTHLY", Metrics=["UnblendedCost"])["ResultsByTime"]
same(open_month["Estimated"], True)
assert 0 < total([open_month]) < whole
hours = ce.get_cost_and_usage(TimePeriod={"Start": "2025-03-05T00:00:00Z", "End": "2025-03-05T06:00:00Z"}, Granularity="HOURLY", Metrics=["UsageQuantity"], Filter=ec2)
same([hour["TimePeriod"]["Start"] for hour in hours["ResultsByTime"]], [f"2025-03-05T0{hour}:00:00Z" for hour in range(6)])
assert all(Decimal(hour["Total"]["UsageQuantity"]["Amount"]) > 0 for hour in hours["ResultsByTime"])

# Pages: the same groups, each once.
many = {"TimePeriod": {"Start": "2025-01-01", "End": "2025-03-01"}, "Granularity": "DAILY", "Metrics": ["UnblendedCost"], "GroupBy": by("SERVICE", "USAGE_TYPE")}

first = ce.get_cost_and_usage(**many)
has(first, "NextPageToken")
groups, token = [], None
while True:
    page = ce.get_cost_and_usage(**many, **({"NextPageToken": token} if token else {}))
    groups += [(result["TimePeriod"]["Start"], *group["Keys"]) for result in page["ResultsByTime"] for group in result["Groups"]]
    token = page.get("NextPageToken")
    if not token:
        break
assert len(groups) == len(set(groups)) > 1000
refused(ce.get_cost_and_usage, "RequestChangedException", 400, **{**many, "Granularity": "MONTHLY"}, NextPageToken=first["NextPageToken"])
refused(ce.get_cost_and_usage, "InvalidNextTokenException", 400, **many, NextPageToken="made-up")

# Wrong questions.
wrong = {"TimePeriod": january, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]}
for change in ({"TimePeriod": {"Start": "2025-02-01", "End": "2025-01-01"}}, {"TimePeriod": {"Start": "2023-12-01", "End": "2025-01-01"}},
               {"TimePeriod": {"Start": "2025-01-01", "End": "2025-05-01"}}, {"TimePeriod": {"Start": "yesterday", "End": "2025-01-01"}},
               {"Granularity": "WEEKLY"}, {"Granularity": "HOURLY"}, {"Metrics": ["Happiness"]}, {"GroupBy": by("COLOUR")}, {"GroupBy": by("SERVICE", "REGION", "AZ")},
               {"Filter": {**ec2, **only("Team", "Checkout", kind="Tags")}}, {"Filter": only("COLOUR", "red")}, {"GroupBy": by("a", kind="SHAPE")}):
    refused(ce.get_cost_and_usage, "ValidationException", 400, **{**wrong, **change})
refused(ce.get_cost_and_usage, "DataUnavailableException", 400, **{**wrong, "TimePeriod": {"Start": "2024-11-01", "End": "2024-12-01"}})
refused(ce.get_cost_and_usage, "ResourceNotFoundException", 400, **wrong, BillingViewArn="arn:aws:billing::111122223333:billingview/primary")
ce.get_cost_and_usage(**wrong, BillingViewArn=f"arn:aws:billing::{payer}:billingview/primary")

# By resource.
week = {"TimePeriod": {"Start": "2025-03-01", "End": "2025-03-03"}, "Granularity": "DAILY", "Metrics": ["UnblendedCost", "UsageQuantity"]}
answer = ce.get_cost_and_usage_with_resources(**week, Filter=ec2, GroupBy=by("RESOURCE_ID"))
instances = [group for group in answer["ResultsByTime"][0]["Groups"] if group["Keys"][0].startswith("i-")]
has(instances[0], "Keys", "Metrics")
[one] = instances[0]["Keys"]
answer = ce.get_cost_and_usage_with_resources(**week, Filter={"And": [ec2, only("RESOURCE_ID", one)]})
same(answer["ResultsByTime"][0]["Total"]["UnblendedCost"]["Amount"], instances[0]["Metrics"]["UnblendedCost"]["Amount"])
refused(ce.get_cost_and_usage_with_resources, "ValidationException", 400, **week, Filter=ec2)
refused(ce.get_cost_and_usage_with_resources, "ValidationException", 400, **week, Filter=europe, GroupBy=by("RESOURCE_ID"))
refused(ce.get_cost_and_usage_with_resources, "ValidationException", 400, **{**week, "TimePeriod": january}, Filter=ec2, GroupBy=by("RESOURCE_ID"))
refused(ce.get_cost_and_usage_with_resources, "InvalidNextTokenException", 400, **week, Filter=ec2, GroupBy=by("RESOURCE_ID"), NextPageToken="made-up")
refused(ce.get_cost_and_usage_with_resources, "ResourceNotFoundException", 400, **week, Filter=ec2, GroupBy=by("RESOURCE_ID"),
        BillingViewArn="arn:aws:billing::111122223333:billingview/primary")
fault("ce:GetCostAndUsageWithResources", "short-page")
token = ce.get_cost_and_usage_with_resources(**week, Filter=ec2, GroupBy=by("RESOURCE_ID"))["NextPageToken"]
refused(ce.get_cost_and_usage_with_resources, "RequestChangedException", 400, **{**week, "Granularity": "HOURLY"}, Filter=ec2, GroupBy=by("RESOURCE_ID"),
        NextPageToken=token)

# Values.
answer = ce.get_dimension_values(TimePeriod=january, Dimension="SERVICE", SearchString="elastic")
has(answer, "DimensionValues", "ReturnSize", "TotalSize")
names = [value["Value"] for value in answer["DimensionValues"]]
assert compute in names and "Amazon ElastiCache" in names and "AWS Lambda" not in names, names
same((answer["ReturnSize"], answer["TotalSize"]), (len(names), len(names)))
accounts = ce.get_dimension_values(TimePeriod=january, Dimension="LINKED_ACCOUNT", MaxResults=3)
same((accounts["ReturnSize"], accounts["TotalSize"]), (3, 8))
same(ce.get_dimension_values(TimePeriod=january, Dimension="LINKED_ACCOUNT", MaxResults=3, NextPageToken=accounts["NextPageToken"])["ReturnSize"], 3)
same(ce.get_tags(TimePeriod=january)["Tags"], ["CostCenter", "Environment", "Team"])
same([tag for tag in ce.get_tags(TimePeriod=january, TagKey="Team", SearchString="check")["Tags"]], ["Checkout"])
same(ce.get_cost_categories(TimePeriod=january)["CostCategoryNames"], ["BusinessUnit", "Stage"])
units = ce.get_cost_categories(TimePeriod=january, CostCategoryName="BusinessUnit")
same((units["CostCategoryValues"], units["TotalSize"]), (["Commerce", "Engineering", "Insights"], 3))
for call, more in ((ce.get_dimension_values, {"Dimension": "SERVICE"}), (ce.get_tags, {}), (ce.get_cost_categories, {})):
    refused(call, "DataUnavailableException", 400, TimePeriod={"Start": "2024-11-01", "End": "2024-12-01"}, **more)
    refused(call, "InvalidNextTokenException", 400, TimePeriod=january, NextPageToken="made-up", **more)
    refused(call, "ResourceNotFoundException", 400, TimePeriod=january, BillingViewArn="arn:aws:billing::111122223333:billingview/primary", **more)
    refused(call, "RequestChangedException", 400, TimePeriod=january, NextPageToken=accounts["NextPageToken"], SearchString="x", **more)
refused(ce.get_dimension_values, "ValidationException", 400, TimePeriod=january, Dimension="COLOUR")

# Two months compared: what the plan did.
both = {"BaselineTimePeriod": january, "ComparisonTimePeriod": february, "MetricForComparison": "UnblendedCost"}
answer = ce.get_cost_and_usage_comparisons(**both, GroupBy=by("RECORD_TYPE"))
has(answer, "CostAndUsageComparisons", "TotalCostAndUsage")
found = {item["CostAndUsageSelector"]["Dimensions"]["Values"][0]: item["Metrics"]["UnblendedCost"] for item in answer["CostAndUsageComparisons"]}
same(found["SavingsPlanRecurringFee"], {"BaselineTimePeriodAmount": "0", "ComparisonTimePeriodAmount": "552", "Difference": "552", "Unit": "USD"})
same(Decimal(answer["TotalCostAndUsage"]["UnblendedCost"]["BaselineTimePeriodAmount"]), whole)
answer = ce.get_cost_comparison_drivers(**both, MaxResults=5)
has(answer["CostComparisonDrivers"][0], "CostSelector", "Metrics", "CostDrivers")
has(answer["CostComparisonDrivers"][0]["CostDrivers"][0], "Type", "Name", "Metrics")
assert "NextPageToken" in answer and len(answer["CostComparisonDrivers"]) == 5
for call in (ce.get_cost_and_usage_comparisons, ce.get_cost_comparison_drivers):
    refused(call, "ValidationException", 400, **{**both, "BaselineTimePeriod": {"Start": "2025-01-02", "End": "2025-02-01"}})
    refused(call, "ValidationException", 400, **{**both, "MetricForComparison": "Happiness"})
    refused(call, "DataUnavailableException", 400, **{**both, "BaselineTimePeriod": {"Start": "2024-11-01", "End": "2024-12-01"}})
    refused(call, "InvalidNextTokenException", 400, **both, NextPageToken="made-up")
    refused(call, "ResourceNotFoundException", 400, **both, BillingViewArn="arn:aws:billing::111122223333:billingview/primary")
done()
