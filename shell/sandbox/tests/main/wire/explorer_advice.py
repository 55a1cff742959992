"""What Cost Explorer would advise to buy: plans, reservations, and one purchase analysed. Rules: [BOTO:ce], `aws-rules` section 5."""
from decimal import Decimal

from session import KEYS, advance, client, done, has, refused, same

ce, member, plans = client("ce"), client("ce", account=1), client("savingsplans")
MINIMUM = Decimal("0.10")


def advice(kind="COMPUTE_SP", term="ONE_YEAR", payment="NO_UPFRONT", days="THIRTY_DAYS", of=ce, **more):
    return of.get_savings_plans_purchase_recommendation(SavingsPlansType=kind, TermInYears=term, PaymentOption=payment, LookbackPeriodInDays=days, **more)


def details(*arguments, **more):
    return advice(*arguments, **more)["SavingsPlansPurchaseRecommendation"].get("SavingsPlansPurchaseRecommendationDetails", [])


# On the first day there is nothing to look back at.
same(details(), [])
advance(days=62)

# All accounts together: one Compute plan that saves, is used nearly whole, and whose numbers fit together.
answer = advice()
has(answer["Metadata"], "RecommendationId", "GenerationTimestamp")
found = answer["SavingsPlansPurchaseRecommendation"]
has(found, "AccountScope", "SavingsPlansType", "TermInYears", "PaymentOption", "LookbackPeriodInDays", "SavingsPlansPurchaseRecommendationDetails", "SavingsPlansPurchaseRecommendationSummary")
[one] = found["SavingsPlansPurchaseRecommendationDetails"]
has(one, "SavingsPlansDetails", "AccountId", "UpfrontCost", "EstimatedROI", "CurrencyCode", "EstimatedSPCost", "EstimatedOnDemandCost",
    "EstimatedOnDemandCostWithCurrentCommitment", "EstimatedSavingsAmount", "EstimatedSavingsPercentage", "HourlyCommitmentToPurchase", "EstimatedAverageUtilization",
    "EstimatedMonthlySavingsAmount", "CurrentMinimumHourlyOnDemandSpend", "CurrentMaximumHourlyOnDemandSpend", "CurrentAverageHourlyOnDemandSpend", "RecommendationDetailId")
number = {name: Decimal(text) for name, text in one.items() if name.startswith(("Estimated", "Hourly", "Current")) and name != "CurrencyCode"}
same(number["EstimatedSPCost"], number["HourlyCommitmentToPurchase"] * 720)
same(number["EstimatedSavingsAmount"], number["EstimatedOnDemandCostWithCurrentCommitment"] - number["EstimatedOnDemandCost"] - number["EstimatedSPCost"])
assert number["EstimatedSavingsAmount"] > 0 and number["EstimatedAverageUtilization"] > 80
assert number["CurrentMinimumHourlyOnDemandSpend"] <= number["CurrentAverageHourlyOnDemandSpend"] <= number["CurrentMaximumHourlyOnDemandSpend"]
summary = found["SavingsPlansPurchaseRecommendationSummary"]
same((summary["HourlyCommitmentToPurchase"], summary["TotalRecommendationCount"]), (one["HourlyCommitmentToPurchase"], "1"))
same(one["UpfrontCost"], "0")
[paid] = details(payment="ALL_UPFRONT", term="THREE_YEARS")
same(Decimal(paid["UpfrontCost"]), Decimal(paid["HourlyCommitmentToPurchase"]) * 26_280)
assert len({details(days=days)[0]["HourlyCommitmentToPurchase"] for days in ("SEVEN_DAYS", "THIRTY_DAYS", "SIXTY_DAYS")}) > 1

# Other kinds: by Region and family for EC2 Instance plans; a Database plan for a year with nothing upfront alone.
families = {(item["SavingsPlansDetails"]["Region"], item["SavingsPlansDetails"]["InstanceFamily"]) for item in details("EC2_INSTANCE_SP")}
assert ("us-east-1", "m5") in families and len(families) > 3, families
assert details("SAGEMAKER_SP") and details("DATABASE_SP")
same(details("DATABASE_SP", term="THREE_YEARS"), [])

# Each account alone; below the minimum nothing.
linked = details(AccountScope="LINKED")
assert len(linked) > 2 and len({item["AccountId"] for item in linked}) == len(linked)
assert all(Decimal(item["CurrentAverageHourlyOnDemandSpend"]) >= MINIMUM for item in linked)
same([item["AccountId"] for item in details(AccountScope="LINKED", Filter={"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [linked[0]["AccountId"]]}})], [linked[0]["AccountId"]])
page = advice(AccountScope="LINKED", PageSize=1)
has(page, "NextPageToken")
same(details(AccountScope="LINKED", PageSize=1, NextPageToken=page["NextPageToken"])[0]["AccountId"], linked[1]["AccountId"])
assert {item["AccountId"] for item in details(of=member)} <= {KEYS[1][0]}
refused(advice, "InvalidNextTokenException", 400, NextPageToken="made-up")
for wrong in ({"kind": "HAPPY_SP"}, {"term": "TWO_YEARS"}, {"payment": "LATER"}, {"days": "ONE_DAY"}, {"AccountScope": "ALL"}):
    refused(advice, "ValidationException", 400, **wrong)

# Hour by hour.
detail = ce.get_savings_plan_purchase_recommendation_details(RecommendationDetailId=one["RecommendationDetailId"])
same(detail["RecommendationDetailId"], one["RecommendationDetailId"])
data = detail["RecommendationDetailData"]
has(data, "AccountScope", "LookbackPeriodInDays", "SavingsPlansType", "TermInYears", "PaymentOption", "AccountId", "CurrencyCode", "OfferingId", "GenerationTimestamp", "LatestUsageTimestamp",
    "HourlyCommitmentToPurchase", "ExistingHourlyCommitment", "CurrentAverageCoverage", "EstimatedAverageCoverage", "MetricsOverLookbackPeriod")
same((data["HourlyCommitmentToPurchase"], len(data["MetricsOverLookbackPeriod"])), (one["HourlyCommitmentToPurchase"], 720))
has(data["MetricsOverLookbackPeriod"][0], "StartTime", "EstimatedOnDemandCost", "CurrentCoverage", "EstimatedCoverage", "EstimatedNewCommitmentUtilization")
same(sum(Decimal(hour["EstimatedOnDemandCost"]) for hour in data["MetricsOverLookbackPeriod"]).quantize(Decimal("0.000001")), number["EstimatedOnDemandCost"].quantize(Decimal("0.000001")))
refused(ce.get_savings_plan_purchase_recommendation_details, "DataUnavailableException", 400, RecommendationDetailId="11111111-1111-4111-a111-111111111111")

# Made anew: one at a time, three a day.
made = ce.start_savings_plans_purchase_recommendation_generation()
has(made, "RecommendationId", "GenerationStartedTime", "EstimatedCompletionTime")
refused(ce.start_savings_plans_purchase_recommendation_generation, "GenerationExistsException", 400)
same(ce.list_savings_plans_purchase_recommendation_generation()["GenerationSummaryList"][0]["GenerationStatus"], "PROCESSING")
advance(seconds=10)
[listed] = ce.list_savings_plans_purchase_recommendation_generation(RecommendationIds=[made["RecommendationId"]], GenerationStatus="SUCCEEDED")["GenerationSummaryList"]
has(listed, "RecommendationId", "GenerationStatus", "GenerationStartedTime", "GenerationCompletionTime", "EstimatedCompletionTime")
same(advice()["Metadata"]["RecommendationId"], made["RecommendationId"])
for _ in range(2):
    ce.start_savings_plans_purchase_recommendation_generation()
    advance(seconds=10)
refused(ce.start_savings_plans_purchase_recommendation_generation, "ServiceQuotaExceededException", 400)
same(len(ce.list_savings_plans_purchase_recommendation_generation(PageSize=2)["GenerationSummaryList"]), 2)
refused(ce.list_savings_plans_purchase_recommendation_generation, "InvalidNextTokenException", 400, NextPageToken="made-up")


# Analysed: what saves the most is what is recommended; a commitment of one's own; a coverage to reach.
def analyse(kind="MAX_SAVINGS", plan={}, of=ce, **more):
    configuration = {"AnalysisType": kind, "LookBackTimePeriod": {"Start": "2025-02-01T00:00:00Z", "End": "2025-03-01T00:00:00Z"},
                     "SavingsPlansToAdd": [{"SavingsPlansType": "COMPUTE_SP", "TermInYears": "ONE_YEAR", "PaymentOption": "NO_UPFRONT", **plan}], **more}
    return of.start_commitment_purchase_analysis(CommitmentPurchaseAnalysisConfiguration={"SavingsPlansPurchaseAnalysisConfiguration": configuration})


def outcome(*arguments, **more):
    started = analyse(*arguments, **more)
    has(started, "AnalysisId", "AnalysisStartedTime", "EstimatedCompletionTime")
    advance(seconds=10)
    found = ce.get_commitment_purchase_analysis(AnalysisId=started["AnalysisId"])
    has(found, "EstimatedCompletionTime", "AnalysisCompletionTime", "AnalysisStartedTime", "AnalysisId", "AnalysisStatus", "AnalysisDetails", "CommitmentPurchaseAnalysisConfiguration")
    same(found["AnalysisStatus"], "SUCCEEDED")
    return found["AnalysisDetails"]["SavingsPlansPurchaseAnalysisDetails"]


first = analyse()
refused(analyse, "GenerationExistsException", 400)
same(ce.get_commitment_purchase_analysis(AnalysisId=first["AnalysisId"])["AnalysisStatus"], "PROCESSING")
advance(seconds=10)
best = outcome()
has(best, "CurrencyCode", "LookbackPeriodInHours", "CurrentAverageCoverage", "CurrentAverageHourlyOnDemandSpend", "CurrentMaximumHourlyOnDemandSpend", "CurrentMinimumHourlyOnDemandSpend",
    "CurrentOnDemandSpend", "ExistingHourlyCommitment", "HourlyCommitmentToPurchase", "EstimatedAverageCoverage", "EstimatedAverageUtilization", "EstimatedMonthlySavingsAmount",
    "EstimatedOnDemandCost", "EstimatedOnDemandCostWithCurrentCommitment", "EstimatedROI", "EstimatedSavingsAmount", "EstimatedSavingsPercentage", "EstimatedCommitmentCost",
    "LatestUsageTimestamp", "UpfrontCost", "MetricsOverLookbackPeriod")
same((best["LookbackPeriodInHours"], len(best["MetricsOverLookbackPeriod"])), ("672", 672))
own = outcome("CUSTOM_COMMITMENT", {"SavingsPlansCommitment": 0.25})
same((own["HourlyCommitmentToPurchase"], Decimal(own["EstimatedCommitmentCost"])), ("0.25", Decimal(168)))
assert 0 < Decimal(own["EstimatedSavingsAmount"]) < Decimal(best["EstimatedSavingsAmount"])
half = outcome("TARGET_AVERAGE_COVERAGE", SavingsPlansTargetCoverage=50)
assert 50 <= Decimal(half["EstimatedAverageCoverage"]) < 51, half["EstimatedAverageCoverage"]
alone = outcome(AccountScope="LINKED", AccountId=linked[0]["AccountId"])
assert Decimal(alone["CurrentOnDemandSpend"]) < Decimal(best["CurrentOnDemandSpend"])
listed = ce.list_commitment_purchase_analyses(AnalysisIds=[first["AnalysisId"]], AnalysisStatus="SUCCEEDED")["AnalysisSummaryList"]
has(listed[0], "EstimatedCompletionTime", "AnalysisCompletionTime", "AnalysisStartedTime", "AnalysisStatus", "AnalysisId", "CommitmentPurchaseAnalysisConfiguration")
same(len(ce.list_commitment_purchase_analyses(PageSize=2)["AnalysisSummaryList"]), 2)
refused(ce.list_commitment_purchase_analyses, "InvalidNextTokenException", 400, NextPageToken="made-up")
refused(ce.get_commitment_purchase_analysis, "AnalysisNotFoundException", 400, AnalysisId="11111111-1111-4111-a111-111111111111")
for wrong in (("CUSTOM_COMMITMENT",), ("HAPPINESS",), ("TARGET_AVERAGE_COVERAGE",), ("CUSTOM_COMMITMENT", {"SavingsPlansCommitment": 5001}), ("MAX_SAVINGS", {"SavingsPlansType": "HAPPY_SP"})):
    refused(lambda **more: analyse(*wrong, **more), "ValidationException", 400)
refused(analyse, "ValidationException", 400, LookBackTimePeriod={"Start": "2024-11-01T00:00:00Z", "End": "2024-12-01T00:00:00Z"})
refused(analyse, "ValidationException", 400, AccountScope="LINKED", AccountId="000000000000")
for _ in range(15):
    analyse(of=ce)
    advance(seconds=10)
refused(analyse, "ServiceQuotaExceededException", 400)

# Reservations: of each service; the smallest size and units where sizes are flexible.
def reservations(service, **more):
    return ce.get_reservation_purchase_recommendation(Service=service, LookbackPeriodInDays="THIRTY_DAYS", **more)


answer = reservations("Amazon Elastic Compute Cloud - Compute", TermInYears="ONE_YEAR", PaymentOption="PARTIAL_UPFRONT", ServiceSpecification={"EC2Specification": {"OfferingClass": "STANDARD"}})
has(answer, "Metadata", "Recommendations")
[found] = answer["Recommendations"]
has(found, "AccountScope", "LookbackPeriodInDays", "TermInYears", "PaymentOption", "ServiceSpecification", "RecommendationDetails", "RecommendationSummary")
same(found["ServiceSpecification"], {"EC2Specification": {"OfferingClass": "STANDARD"}})
by_family = {(item["InstanceDetails"]["EC2InstanceDetails"]["Region"], item["InstanceDetails"]["EC2InstanceDetails"]["InstanceType"], item["InstanceDetails"]["EC2InstanceDetails"]["Platform"]): item
             for item in found["RecommendationDetails"]}
m5 = by_family["us-east-1", "m5.large", "Linux/UNIX"]
has(m5, "AccountId", "InstanceDetails", "RecommendedNumberOfInstancesToPurchase", "RecommendedNormalizedUnitsToPurchase", "MinimumNumberOfInstancesUsedPerHour", "MinimumNormalizedUnitsUsedPerHour",
    "MaximumNumberOfInstancesUsedPerHour", "MaximumNormalizedUnitsUsedPerHour", "AverageNumberOfInstancesUsedPerHour", "AverageNormalizedUnitsUsedPerHour", "AverageUtilization",
    "EstimatedBreakEvenInMonths", "CurrencyCode", "EstimatedMonthlySavingsAmount", "EstimatedMonthlySavingsPercentage", "EstimatedMonthlyOnDemandCost", "EstimatedReservationCostForLookbackPeriod",
    "UpfrontCost", "RecurringStandardMonthlyCost")
same(m5["InstanceDetails"]["EC2InstanceDetails"]["SizeFlexEligible"], True)
same(Decimal(m5["RecommendedNormalizedUnitsToPurchase"]), 4 * Decimal(m5["RecommendedNumberOfInstancesToPurchase"]))
assert Decimal(m5["EstimatedMonthlySavingsAmount"]) > 0 and Decimal(m5["AverageUtilization"]) > 50
for service, member_name in (("Amazon Relational Database Service", "RDSInstanceDetails"), ("Amazon ElastiCache", "ElastiCacheInstanceDetails"), ("Amazon OpenSearch Service", "ESInstanceDetails"),
                             ("Amazon Redshift", "RedshiftInstanceDetails"), ("Amazon MemoryDB Service", "MemoryDBInstanceDetails")):
    [found] = reservations(service)["Recommendations"]
    for item in found["RecommendationDetails"]:
        has(item["InstanceDetails"][member_name], "Region")
        # Databases and nodes run all the time: what is recommended is used whole.
        same(item["AverageUtilization"], "100")
same(reservations("Amazon DynamoDB")["Recommendations"], [])
page = reservations("Amazon Relational Database Service", PageSize=1, AccountScope="LINKED")
has(page, "NextPageToken")
assert reservations("Amazon Relational Database Service", PageSize=1, AccountScope="LINKED", NextPageToken=page["NextPageToken"])["Recommendations"] != page["Recommendations"]
for wrong in ({"TermInYears": "TWO_YEARS"}, {"PaymentOption": "LATER"}, {"ServiceSpecification": {"EC2Specification": {"OfferingClass": "FIRST"}}}):
    refused(lambda **more: reservations("Amazon Redshift", **wrong), "ValidationException", 400)
refused(lambda **more: reservations("Amazon Happiness"), "ValidationException", 400)
refused(lambda **more: reservations("Amazon Redshift", NextPageToken="made-up"), "InvalidNextTokenException", 400)

# Bought as recommended: a week later, over that week, there is next to nothing left to buy.
before = Decimal(details(days="SEVEN_DAYS")[0]["HourlyCommitmentToPurchase"])
plans.create_savings_plan(savingsPlanOfferingId=one["SavingsPlansDetails"]["OfferingId"], commitment=str(before))
advance(days=9)
left = details(days="SEVEN_DAYS")
assert not left or Decimal(left[0]["HourlyCommitmentToPurchase"]) < before / 5, (left, before)
week = {"Start": "2025-03-06", "End": "2025-03-12"}
assert Decimal(ce.get_savings_plans_utilization(TimePeriod=week)["Total"]["Utilization"]["UtilizationPercentage"]) > 90
done()
