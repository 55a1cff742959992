"""Savings Plans: on sale, bought, queued, deleted, returned, retired. Rules: [SP:queued-sp-cart], [SP:return-sp], [BOTO:savingsplans]."""
from datetime import datetime, timedelta, timezone

from session import advance, client, control, done, has, refused, same

plans = client("savingsplans")
start = datetime(2025, 1, 1, tzinfo=timezone.utc)


def plan(id, of=plans):
    return of.describe_savings_plans(savingsPlanIds=[id])["savingsPlans"][0]


# On sale: every kind, term and payment option; Database plans for one year with nothing upfront alone.
offers, token = [], None
while True:
    page = plans.describe_savings_plans_offerings(maxResults=7, **({"nextToken": token} if token else {}))
    offers += page["searchResults"]
    token = page.get("nextToken")
    if not token:
        break
for offer in offers:
    has(offer, "offeringId", "productTypes", "planType", "description", "paymentOption", "durationSeconds", "currency", "serviceCode", "usageType")
same({offer["planType"] for offer in offers}, {"Compute", "EC2Instance", "SageMaker", "Database"})
same(len({offer["offeringId"] for offer in offers}), len(offers))
same([(o["durationSeconds"], o["paymentOption"]) for o in offers if o["planType"] == "Database"], [(31_536_000, "No Upfront")])
m5 = [o for o in offers if {"name": "instanceFamily", "value": "m5"} in o["properties"] and {"name": "region", "value": "us-east-1"} in o["properties"]]
same(len(m5), 6)


def offering(kind, payment, seconds=31_536_000, **more):
    found = plans.describe_savings_plans_offerings(planTypes=[kind], paymentOptions=[payment], durations=[seconds], **more)["searchResults"]
    same(len(found), 1)
    return found[0]["offeringId"]


compute = offering("Compute", "No Upfront")
partial = offering("Compute", "Partial Upfront")
upfront = offering("EC2Instance", "All Upfront", 94_608_000,
                   filters=[{"name": "region", "values": ["us-east-1"]}, {"name": "instanceFamily", "values": ["m5"]}])
refused(plans.describe_savings_plans_offerings, "ValidationException", 400, nextToken="made-up")

# Rates: a Compute plan's is the convertible reservation's, an EC2 Instance plan's the standard one's (simulated); list prices 0.096 on demand.
rates = plans.describe_savings_plans_offering_rates(savingsPlanOfferingIds=[compute], usageTypes=["BoxUsage:m5.large"], operations=["RunInstances"])
[rate] = rates["searchResults"]
has(rate, "savingsPlanOffering", "rate", "unit", "productType", "serviceCode", "usageType", "operation", "properties")
same((rate["rate"], rate["unit"], rate["productType"], rate["serviceCode"]), ("0.071", "Hrs", "EC2", "AmazonEC2"))
same(rate["savingsPlanOffering"]["offeringId"], compute)

# Bought: pending, then active after the payment; the money adds up.
bought = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="1.5", clientToken="first", tags={"owner": "finance"})["savingsPlanId"]
held = plan(bought)
has(held, "offeringId", "savingsPlanId", "savingsPlanArn", "description", "start", "end", "state", "savingsPlanType", "paymentOption", "productTypes",
    "currency", "commitment", "upfrontPaymentAmount", "recurringPaymentAmount", "termDurationInSeconds", "tags", "returnableUntil")
same((held["state"], held["commitment"], held["upfrontPaymentAmount"], held["recurringPaymentAmount"]), ("payment-pending", "1.5", "0", "1.5"))
same(held["savingsPlanType"], "Compute")
begin = datetime.fromisoformat(held["start"])
same(datetime.fromisoformat(held["end"]), begin + timedelta(days=365, seconds=-1))
same(datetime.fromisoformat(held["returnableUntil"]), begin + timedelta(days=7))
advance(seconds=10)
same(plan(bought)["state"], "active")
same(plans.list_tags_for_resource(resourceArn=held["savingsPlanArn"])["tags"], {"owner": "finance"})
refused(plans.list_tags_for_resource, "ResourceNotFoundException", 404, resourceArn=held["savingsPlanArn"] + "0")
refused(plans.describe_savings_plan_rates, "ResourceNotFoundException", 404, savingsPlanId="none")
refused(plans.describe_savings_plan_rates, "ValidationException", 400, savingsPlanId=bought, nextToken="made-up")
refused(plans.describe_savings_plans_offering_rates, "ValidationException", 400, nextToken="made-up")
rates = plans.describe_savings_plan_rates(savingsPlanId=bought, filters=[{"name": "usageType", "values": ["BoxUsage:m5.large"]}])
same(rates["savingsPlanId"], bought)
has(rates["searchResults"][0], "rate", "currency", "unit", "productType", "serviceCode", "usageType", "operation", "properties")
same({rate["rate"] for rate in rates["searchResults"] if rate["operation"] == "RunInstances"}, {"0.071"})

# The same request again is the same plan; another one with its token is refused; nobody else sees it.
same(plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="1.5", clientToken="first", tags={"owner": "finance"})["savingsPlanId"], bought)
refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=compute, commitment="2", clientToken="first")
same(len(plans.describe_savings_plans()["savingsPlans"]), 1)
same(client("savingsplans", account=1).describe_savings_plans()["savingsPlans"], [])
refused(client("savingsplans", account=1).return_savings_plan, "ResourceNotFoundException", 404, savingsPlanId=bought)

# Partial upfront: a whole number between 50 and 99 percent of the total value, 8760 here.
money = plan(plans.create_savings_plan(savingsPlanOfferingId=partial, commitment="1", upfrontPaymentAmount="6570")["savingsPlanId"])
same((money["upfrontPaymentAmount"], money["recurringPaymentAmount"]), ("6570", "0.25"))
for wrong in ("4379", "8673", "6570.5", "much"):
    refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=partial, commitment="1", upfrontPaymentAmount=wrong)
refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=compute, commitment="1", upfrontPaymentAmount="5000")
money = plan(plans.create_savings_plan(savingsPlanOfferingId=upfront, commitment="0.001")["savingsPlanId"])
same((money["upfrontPaymentAmount"], money["recurringPaymentAmount"], money["region"], money["ec2InstanceFamily"]), ("26.28", "0", "us-east-1", "m5"))
for wrong in ("0.0009", "1000000.1", "0.123456", "-1", "lots"):
    refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=compute, commitment=wrong)
refused(plans.create_savings_plan, "ResourceNotFoundException", 404, savingsPlanOfferingId="11111111-1111-4111-a111-111111111111", commitment="1")

# Queued: starts when it was told to, can be deleted until then, and not when it has started.
queued = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="2", purchaseTime=start + timedelta(days=2))["savingsPlanId"]
same(plan(queued)["state"], "queued")
deleted = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="2", purchaseTime=start + timedelta(days=2))["savingsPlanId"]
plans.delete_queued_savings_plan(savingsPlanId=deleted)
same(plan(deleted)["state"], "queued-deleted")
refused(plans.delete_queued_savings_plan, "ValidationException", 400, savingsPlanId=deleted)
refused(plans.delete_queued_savings_plan, "ResourceNotFoundException", 404, savingsPlanId="none")
advance(days=2)
same(plan(queued)["state"], "active")
refused(plans.delete_queued_savings_plan, "ValidationException", 400, savingsPlanId=queued)
refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=compute, commitment="2", purchaseTime=start)
refused(plans.create_savings_plan, "ValidationException", 400, savingsPlanOfferingId=compute, commitment="2", purchaseTime=start + timedelta(days=1200))
# [SP:queued-sp-cart]: invoiced within the month it starts in, else the payment fails.
late = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="2", purchaseTime=datetime(2025, 1, 31, 23, 59, 57, tzinfo=timezone.utc))["savingsPlanId"]

# Returned: within seven days, at most $100 an hour.
large = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="100.001")["savingsPlanId"]
advance(seconds=10)
same(plan(large)["returnableUntil"], plan(large)["start"])
refused(plans.return_savings_plan, "ValidationException", 400, savingsPlanId=large)
same(plans.return_savings_plan(savingsPlanId=bought, clientToken="back")["savingsPlanId"], bought)
same(plans.return_savings_plan(savingsPlanId=bought, clientToken="back")["savingsPlanId"], bought)
same(plan(bought)["state"], "pending-return")
advance(seconds=10)
same(plan(bought)["state"], "returned")
refused(plans.return_savings_plan, "ValidationException", 400, savingsPlanId=bought)
advance(days=8)
refused(plans.return_savings_plan, "ValidationException", 400, savingsPlanId=queued)
# Ten returns a year, the whole organization's.
for _ in range(9):
    slice = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="1")["savingsPlanId"]
    advance(seconds=10)
    plans.return_savings_plan(savingsPlanId=slice)
other = client("savingsplans", account=1)
eleventh = other.create_savings_plan(savingsPlanOfferingId=compute, commitment="1")["savingsPlanId"]
advance(seconds=10)
refused(other.return_savings_plan, "ServiceQuotaExceededException", 402, savingsPlanId=eleventh)

# Payment failed, month ended, term over.
control({"fail-payments": 1})
failed = plans.create_savings_plan(savingsPlanOfferingId=compute, commitment="3")["savingsPlanId"]
advance(seconds=10)
same(plan(failed)["state"], "payment-failed")
advance(days=31)
same(plan(late)["state"], "payment-failed")
advance(days=365)
same(plan(queued)["state"], "retired")
states = {held["state"] for held in plans.describe_savings_plans()["savingsPlans"]}
same(states, {"retired", "returned", "payment-failed", "queued-deleted", "active"})
same({held["state"] for held in plans.describe_savings_plans(states=["active"])["savingsPlans"]}, {"active"})
refused(plans.describe_savings_plans, "ValidationException", 400, filters=[{"name": "colour", "values": ["red"]}])
done()
