"""EC2 Reserved Instances: on sale, bought, queued, deleted, split by volume tiers. Rules: [EC2:ri-limits], [EC2:ri-market-concepts-buying],
[EC2:concepts-reserved-instances-application], [BOTO:ec2]."""
from datetime import datetime, timedelta, timezone

from session import advance, client, control, done, fault, has, lost, refused, same

ec2 = client("ec2")
start = datetime(2025, 1, 1, tzinfo=timezone.utc)
year = 31_536_000


def filters(**values):
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in values.items()]


def on_sale(of=ec2, **wanted):
    pages = of.get_paginator("describe_reserved_instances_offerings").paginate(**wanted)
    return [offer for page in pages for offer in page["ReservedInstancesOfferings"]]


def offering(instance_type, payment, of=ec2, seconds=year, product="Linux/UNIX", where=("scope", "Region"), kind="standard"):
    found = on_sale(of, InstanceType=instance_type, OfferingType=payment, ProductDescription=product, OfferingClass=kind, IncludeMarketplace=False,
                    Filters=[{"Name": "duration", "Values": [str(seconds)]}, {"Name": where[0], "Values": [where[1]]}])
    same(len(found), 1)
    return found[0]["ReservedInstancesOfferingId"]


def held(id, of=ec2):
    return of.describe_reserved_instances(ReservedInstancesIds=[id])["ReservedInstances"][0]


def buy(offer, count=1, of=ec2, **more):
    return of.purchase_reserved_instances_offering(ReservedInstancesOfferingId=offer, InstanceCount=count, **more)["ReservedInstancesId"]


def refuse(code, offer, count=1, of=ec2, **more):
    return refused(of.purchase_reserved_instances_offering, code, 400, ReservedInstancesOfferingId=offer, InstanceCount=count, **more)


# On sale: AWS's own, with awscli's documented members; prices are the list's (0.06 an hour for a year with nothing upfront).
offers = on_sale(IncludeMarketplace=False)
for offer in offers:
    has(offer, "ReservedInstancesOfferingId", "InstanceType", "ProductDescription", "InstanceTenancy", "OfferingType", "OfferingClass", "Scope", "Duration",
        "CurrencyCode", "RecurringCharges")
    same(offer["Marketplace"], False)
    same("AvailabilityZone" in offer, offer["Scope"] == "Availability Zone")
same({(o["Scope"], o.get("AvailabilityZone"), o.get("AvailabilityZoneId")) for o in offers},
     {("Region", None, None), *(("Availability Zone", f"us-east-1{'abc'[n]}", f"use1-az{n + 1}") for n in range(3))})
same({o["ProductDescription"] for o in offers}, {"Linux/UNIX", "Windows"})
same(len({o["ReservedInstancesOfferingId"] for o in offers}), len(offers))
m5 = {(o["OfferingClass"], o["Duration"], o["OfferingType"]): (o["FixedPrice"], o["RecurringCharges"][0]["Amount"], o["UsagePrice"])
      for o in offers if (o["InstanceType"], o["ProductDescription"], o["Scope"]) == ("m5.large", "Linux/UNIX", "Region")}
same(len(m5), 12)
same(m5["standard", year, "No Upfront"], (0.0, 0.06, 0.0))
same(m5["standard", year, "Partial Upfront"], (252.0, 0.0288, 0.0))
same(m5["standard", year, "All Upfront"], (489.0, 0.0, 0.0))
same(m5["convertible", 3 * year, "No Upfront"], (0.0, 0.049, 0.0))
[windows] = on_sale(InstanceType="m5.large", ProductDescription="Windows (Amazon VPC)", OfferingType="No Upfront", OfferingClass="standard", MaxDuration=year,
                    IncludeMarketplace=False, Filters=filters(scope="Region"))
same((windows["ProductDescription"], windows["RecurringCharges"][0]["Amount"]), ("Windows", 0.152))
same({o["AvailabilityZone"] for o in on_sale(InstanceType="m5.large", AvailabilityZone="us-east-1b")}, {"us-east-1b"})
same({o["AvailabilityZone"] for o in on_sale(InstanceType="m5.large", AvailabilityZoneId="use1-az2")}, {"us-east-1b"})
same({o["InstanceType"][:3] for o in on_sale(Filters=filters(instance_type="c5.4*"))}, {"c5."})
same({o["FixedPrice"] for o in on_sale(Filters=filters(fixed_price="489.0"))}, {489.0})
same(on_sale(InstanceTenancy="dedicated"), [])
same(on_sale(MinDuration=3 * year + 1), [])
same(on_sale(client("ec2", region="ap-southeast-2")), [])
one = offers[0]["ReservedInstancesOfferingId"]
same(len(on_sale(ReservedInstancesOfferingIds=[one])), 1)
for name, value in (("usage-price", "0.0"), ("marketplace", "false"), ("availability-zone", "us-east-1a"), ("availability-zone-id", "use1-az1"),
                    ("product-description", "Windows"), ("reserved-instances-offering-id", one)):
    assert on_sale(InstanceType=offers[0]["InstanceType"], Filters=[{"Name": name, "Values": [value]}]), name
page = ec2.describe_reserved_instances_offerings(MaxResults=5)
same(len(page["ReservedInstancesOfferings"]), 5)
describe = ec2.describe_reserved_instances_offerings
refused(describe, "InvalidParameterValue", 400, NextToken="made-up")
refused(describe, "InvalidParameterValue", 400, NextToken=page["NextToken"], InstanceType="m5.large")
refused(describe, "InvalidParameterValue", 400, MaxResults=101)
refused(describe, "InvalidParameterValue", 400, Filters=filters(colour="red"))
refused(describe, "InvalidParameterValue", 400, AvailabilityZone="us-east-1z")
refused(describe, "InvalidParameterValue", 400, InstanceTenancy="host")
refused(describe, "InvalidParameterCombination", 400, AvailabilityZone="us-east-1a", AvailabilityZoneId="use1-az1")
refused(describe, "InvalidReservedInstancesOfferingId", 400, ReservedInstancesOfferingIds=["none"])
refused(describe, "DryRunOperation", 412, DryRun=True)

# Bought: pending, then active after the payment.
partial, nothing = offering("m5.large", "Partial Upfront"), offering("m5.large", "No Upfront")
zonal = offering("m5.large", "All Upfront", where=("availability-zone", "us-east-1a"), kind="convertible")
refused(
    ec2.purchase_reserved_instances_offering, "DryRunOperation", 412, ReservedInstancesOfferingId=partial, InstanceCount=1, DryRun=True)
bought = buy(partial, 2)
mine = held(bought)
has(mine, "ReservedInstancesId", "OfferingType", "End", "ProductDescription", "RecurringCharges", "Start", "State", "FixedPrice", "CurrencyCode", "Duration",
    "InstanceTenancy", "InstanceType", "InstanceCount", "Scope", "OfferingClass")
same((mine["State"], mine["InstanceCount"], mine["FixedPrice"], mine["RecurringCharges"]),
     ("payment-pending", 2, 252.0, [{"Amount": 0.0288, "Frequency": "Hourly"}]))
same((mine["End"], mine["Duration"]), (mine["Start"] + timedelta(days=365, seconds=-1), year))
advance(seconds=10)
same(held(bought)["State"], "active")
in_zone = buy(zonal)
same((held(in_zone)["AvailabilityZone"], held(in_zone)["AvailabilityZoneId"], held(in_zone)["Scope"], held(in_zone)["OfferingClass"]),
     ("us-east-1a", "use1-az1", "Availability Zone", "convertible"))

# Found again by any attribute, and by nobody else.
for name, value in (("state", "active"), ("instance-type", "m5.*"), ("duration", str(year)), ("scope", "Region"), ("fixed-price", "252.0"),
                    ("product-description", "Linux/UNIX"), ("reserved-instances-id", bought), ("usage-price", "0"),
                    ("end", f"{mine['End']:%Y-%m-%dT%H:%M:%S}.000Z"), ("start", f"{mine['Start']:%Y-%m-%dT%H:%M:%S}.000Z")):
    found = ec2.describe_reserved_instances(Filters=[{"Name": name, "Values": [value]}])["ReservedInstances"]
    assert bought in {one["ReservedInstancesId"] for one in found}, name
same([r["ReservedInstancesId"] for r in ec2.describe_reserved_instances(Filters=filters(availability_zone="us-east-1a"))["ReservedInstances"]], [in_zone])
same([r["ReservedInstancesId"] for r in ec2.describe_reserved_instances(Filters=filters(availability_zone_id="use1-az1"))["ReservedInstances"]], [in_zone])
same(ec2.describe_reserved_instances(Filters=[{"Name": "tag:owner", "Values": ["a"]}, {"Name": "tag-key", "Values": ["owner"]}])["ReservedInstances"], [])
same([r["ReservedInstancesId"] for r in ec2.describe_reserved_instances(OfferingClass="convertible")["ReservedInstances"]], [in_zone])
same([r["ReservedInstancesId"] for r in ec2.describe_reserved_instances(OfferingType="Partial Upfront")["ReservedInstances"]], [bought])
other = client("ec2", account=1)
same(other.describe_reserved_instances()["ReservedInstances"], [])
same(client("ec2", region="us-west-2").describe_reserved_instances()["ReservedInstances"], [])
refused(other.describe_reserved_instances, "InvalidReservedInstancesId", 400, ReservedInstancesIds=[bought])
refused(ec2.describe_reserved_instances, "InvalidParameterValue", 400, Filters=filters(colour="red"))
refused(ec2.describe_reserved_instances, "DryRunOperation", 412, DryRun=True)

# No token: the same request again buys again.
assert buy(nothing) != buy(nothing)
refuse("InvalidReservedInstancesOfferingId", "11111111-1111-4111-a111-111111111111")
refuse("InvalidReservedInstancesOfferingId", partial, of=client("ec2", region="eu-west-1"))
refuse("InvalidParameterValue", partial, 0)
refuse("LimitPriceExceeded", partial, 2, LimitPrice={"Amount": 503.99, "CurrencyCode": "USD"})
buy(partial, 2, LimitPrice={"Amount": 504.0, "CurrencyCode": "USD"})

# Twenty a month, apart for the Region and each zone: six regional ones are bought.
refuse("ReservedInstancesLimitExceeded", nothing, 15)
buy(nothing, 14)
refuse("ReservedInstancesLimitExceeded", nothing)
refuse("ReservedInstancesLimitExceeded", zonal, 20)
buy(zonal, 19)
buy(offering("m5.large", "No Upfront", where=("availability-zone", "us-east-1b")), 20)
buy(offering("m5.large", "No Upfront", other), 20, of=other)
west = client("ec2", region="us-west-2")
buy(offering("t3.micro", "No Upfront", west), 20, of=west)

# Queued: regional ones of AWS's alone, up to three years ahead; they count in the month they are for.
later = start + timedelta(days=40)
queued, taken_back = buy(nothing, 2, PurchaseTime=later), buy(nothing, 18, PurchaseTime=later)
refuse("ReservedInstancesLimitExceeded", nothing, PurchaseTime=later)
same((held(queued)["State"], held(queued)["Start"]), ("queued", later))
refuse("InvalidParameterCombination", zonal, PurchaseTime=later)
refuse("InvalidParameterValue", nothing, PurchaseTime=start)
refuse("InvalidParameterValue", nothing, PurchaseTime=start + timedelta(days=1097))
delete = ec2.delete_queued_reserved_instances
answer = delete(ReservedInstancesIds=[taken_back, bought, "none"])
same([one["ReservedInstancesId"] for one in answer["SuccessfulQueuedPurchaseDeletions"]], [taken_back])
same([(one["ReservedInstancesId"], one["Error"]["Code"]) for one in answer["FailedQueuedPurchaseDeletions"]],
     [(bought, "reserved-instances-not-in-queued-state"), ("none", "reserved-instances-id-invalid")])
assert all(one["Error"]["Message"] for one in answer["FailedQueuedPurchaseDeletions"])
same(held(taken_back)["State"], "queued-deleted")
refused(delete, "InvalidParameterValue", 400, ReservedInstancesIds=["none"] * 101)
refused(delete, "DryRunOperation", 412, ReservedInstancesIds=[queued], DryRun=True)
same(other.delete_queued_reserved_instances(ReservedInstancesIds=[queued])["SuccessfulQueuedPurchaseDeletions"], [])
advance(days=41)
same(held(queued)["State"], "active")
same(delete(ReservedInstancesIds=[queued])["FailedQueuedPurchaseDeletions"][0]["Error"]["Code"], "reserved-instances-not-in-queued-state")

# A payment fails.
control({"fail-payments": 1})
failed = buy(partial)
advance(seconds=10)
same(held(failed)["State"], "payment-failed")

# Volume tiers: what crosses 500,000 dollars in the Region is a reservation of its own, and the answered id is none of theirs.
advance(days=60)
region = client("ec2", region="eu-west-1")
large = offering("m6i.32xlarge", "No Upfront", region, 3 * year)
id = buy(large, 12, of=region)
refused(region.describe_reserved_instances, "InvalidReservedInstancesId", 400, ReservedInstancesIds=[id])
parts = region.describe_reserved_instances()["ReservedInstances"]
# 3.10625 * 26280 = 81632.25 each: before the seventh there are 489,793.50, before the eighth more than the threshold.
same(sorted((r["InstanceCount"], r["RecurringCharges"][0]["Amount"]) for r in parts), [(5, 2.9509375), (7, 3.10625)])
advance(seconds=10)
# Another account of the organization is discounted too; convertible ones never are.
elsewhere = client("ec2", account=1, region="eu-west-1")
same(held(buy(large, of=elsewhere), elsewhere)["RecurringCharges"][0]["Amount"], 2.9509375)
same(held(buy(offering("m6i.32xlarge", "No Upfront", region, 3 * year, kind="convertible"), of=region), region)["RecurringCharges"][0]["Amount"], 3.59794)
# A queued one is bought when its time comes, at the discount of then.
time = datetime(2025, 6, 1, tzinfo=timezone.utc)
waiting = buy(large, of=region, PurchaseTime=time)
same(held(waiting, region)["RecurringCharges"][0]["Amount"], 3.10625)
advance(days=60)
same((held(waiting, region)["State"], held(waiting, region)["RecurringCharges"][0]["Amount"]), ("active", 2.9509375))

# What goes wrong on the way: without a token, a purchase that was made all the same is only found by looking.
far = client("ec2", account=2)
one = offering("m5.large", "No Upfront", far)
purchase = {"ReservedInstancesOfferingId": one, "InstanceCount": 1}


def number():
    return len(far.describe_reserved_instances()["ReservedInstances"])


for kind, code, status, made in (("throttled", "RequestLimitExceeded", 503, 0), ("denied", "UnauthorizedOperation", 403, 0),
                                 ("skewed-clock", "RequestExpired", 400, 0), ("error-after", "InternalError", 500, 1)):
    before = number()
    fault("ec2:PurchaseReservedInstancesOffering", kind)
    refused(far.purchase_reserved_instances_offering, code, status, **purchase)
    same((kind, number() - before), (kind, made))
fault("ec2:*", "lost-after")
lost(far.purchase_reserved_instances_offering, **purchase)
same(number(), 2)
fault("ec2:PurchaseReservedInstancesOffering", "duplicated")
far.purchase_reserved_instances_offering(**purchase)
same(number(), 4)
buy(one, of=far)
fault("ec2:DescribeReservedInstances", "stale")
same((number(), number()), (4, 5))
fault("ec2:DescribeReservedInstancesOfferings", "short-page")
page = far.describe_reserved_instances_offerings(InstanceType="m5.large")
same((len(page["ReservedInstancesOfferings"]), "NextToken" in page), (1, True))

# A zone holds so many units of a family: 5,000 of 24xlarge's 192 are 26 (simulated).
full = offering("r5.24xlarge", "No Upfront", where=("availability-zone", "us-east-1c"))
buy(full, 20)
refuse("InsufficientReservedInstancesCapacity", offering("r5.24xlarge", "No Upfront", other, where=("availability-zone", "us-east-1c")), 20, of=other)

# Terms end.
advance(days=365)
same((held(bought)["State"], held(bought)["End"]), ("retired", mine["End"]))
done()
