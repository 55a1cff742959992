"""EC2 Reserved Instances modified: footprint, what must be alike, tokens, what comes of it and what is carried on. Rules: [EC2:ri-modifying],
[EC2API:ec2-api-idempotency], [BOTO:ec2]."""
from datetime import datetime, timedelta, timezone

from ec2_common import buy, ec2, held, offering, year
from session import advance, client, done, has, refused, same


def modification(id, of=ec2):
    [found] = of.describe_reserved_instances_modifications(ReservedInstancesModificationIds=[id])["ReservedInstancesModifications"]
    return found


def modify(ids, *targets, of=ec2, **more):
    return of.modify_reserved_instances(ReservedInstancesIds=ids, TargetConfigurations=list(targets), **more)["ReservedInstancesModificationId"]


def refuse(code, ids, *targets, of=ec2, **more):
    return refused(of.modify_reserved_instances, code, 400, ReservedInstancesIds=ids, TargetConfigurations=list(targets), **more)


def become(ids, *targets, of=ec2):
    """Modifies, waits, and gives what came of it."""
    id = modify(ids, *targets, of=of)
    advance(seconds=10)
    done = modification(id, of)
    same(done["Status"], "fulfilled")
    return [held(result["ReservedInstancesId"], of) for result in done["ModificationResults"]]


def target(count, instance_type=None, zone=None, **more):
    made = {"InstanceCount": count, **more}
    made.update({"InstanceType": instance_type} if instance_type else {})
    made.update({"AvailabilityZone": zone} if zone else {})
    return made


# One xlarge (8 units) becomes a large in a zone and one in the Region (4 and 4): accepted, then processing, then fulfilled.
first = buy(offering("m5.xlarge", "Partial Upfront"))
before = held(first)
advance(hours=2, seconds=900)
split = [target(1, "m5.large", "us-east-1a"), target(1, "m5.large", Scope="Region")]
id = modify([first], *split, ClientToken="once")
assert id.startswith("rimod-")
under_way = modification(id)
same(under_way["Status"], "processing")
same([result.get("ReservedInstancesId") for result in under_way["ModificationResults"]], [None, None])
same(held(first)["State"], "active")
# The same request again is the same modification; another one with its token is refused, and so is another while it is pending.
same(modify([first], *split, ClientToken="once"), id)
refuse("IdempotentParameterMismatch", [first], split[0], ClientToken="once")
refuse("InvalidParameterValue", [first], *split, ClientToken="x" * 65)
refuse("InvalidInput", [first], *split)
advance(seconds=10)
fulfilled = modification(id)
has(fulfilled, "Status", "ModificationResults", "EffectiveDate", "CreateDate", "UpdateDate", "ClientToken", "ReservedInstancesModificationId",
    "ReservedInstancesIds")
same((fulfilled["Status"], fulfilled["ClientToken"], fulfilled["ReservedInstancesIds"]), ("fulfilled", "once", [{"ReservedInstancesId": first}]))
same(fulfilled["UpdateDate"], fulfilled["CreateDate"] + timedelta(seconds=5))
# It counts from the start of the hour it was asked for in.
same(fulfilled["EffectiveDate"], fulfilled["CreateDate"].replace(minute=0, second=0))
for result in fulfilled["ModificationResults"]:
    has(result, "ReservedInstancesId", "TargetConfiguration")
    has(result["TargetConfiguration"], "InstanceType", "InstanceCount", "Scope")
old, (zonal, regional) = held(first), [held(result["ReservedInstancesId"]) for result in fulfilled["ModificationResults"]]
same((old["State"], old["End"]), ("retired", fulfilled["EffectiveDate"]))
for new in (zonal, regional):
    # Nothing is paid for it; the end stays; what is paid by the hour goes over by units (0.121 * 0.48 = 0.0581, half to each).
    same((new["State"], new["FixedPrice"], new["Start"], new["End"]), ("active", 0.0, old["End"], before["End"]))
    same(new["RecurringCharges"], [{"Amount": 0.02905, "Frequency": "Hourly"}])
    same((new["InstanceType"], new["InstanceCount"], new["OfferingType"]), ("m5.large", 1, "Partial Upfront"))
    same(new["Duration"], int((new["End"] - new["Start"]).total_seconds()) + 1)
same((zonal["Scope"], zonal["AvailabilityZone"], zonal["AvailabilityZoneId"]), ("Availability Zone", "us-east-1a", "use1-az1"))
same((regional["Scope"], regional.get("AvailabilityZone")), ("Region", None))

# Merged again, the zonal one moved first; sizes of another family, or more units than there are, are refused.
[moved] = become([zonal["ReservedInstancesId"]], target(1, zone="us-east-1b"))
same(moved["AvailabilityZone"], "us-east-1b")
both = [moved["ReservedInstancesId"], regional["ReservedInstancesId"]]
refuse("InvalidInput", both, target(2, "m5.xlarge", Scope="Region"))
refuse("InvalidInput", both, target(1, "m5.large", Scope="Region"))
refuse("InvalidInput", both, target(2, "r5.large", Scope="Region"))
refuse("InvalidParameterValue", both, target(2, "m5.huge", Scope="Region"))
refuse("InvalidInput", both, target(1, "m5.large", Scope="Region"), target(1, "m5.large", Scope="Region"))
refuse("InvalidInput", both, target(2, "m5.large"))
refuse("InvalidParameterCombination", both, target(2, "m5.large", "us-east-1a", Scope="Region"))
refuse("InvalidParameterValue", both, target(2, "m5.large", Scope="Availability Zone"))
refuse("InvalidParameterValue", both, target(2, "m5.large", Scope="World"))
refuse("InvalidParameterValue", both, target(2, "m5.large", "us-west-2a"))
refuse("MissingParameter", both, {"InstanceType": "m5.large", "Scope": "Region"})
refuse("InvalidParameterValue", both, target(0, "m5.large", Scope="Region"))
refuse("MissingParameter", both)
refuse("InvalidParameterValue", both * 2, target(2, "m5.large", Scope="Region"))
[merged] = become(both, target(1, "m5.xlarge", AvailabilityZoneId="use1-az3", Scope="Availability Zone", Platform="EC2-VPC"))
same((merged["InstanceType"], merged["AvailabilityZone"], merged["End"]), ("m5.xlarge", "us-east-1c", before["End"]))
same(merged["RecurringCharges"][0]["Amount"], 0.0581)

# What is modified must be active, one's own, and alike; standard ones must end within the same hour.
refuse("InvalidInput", [first], target(1, "m5.xlarge"))
refuse("InvalidReservedInstancesId", ["none"], target(1, "m5.xlarge"))
refuse("InvalidReservedInstancesId", [merged["ReservedInstancesId"]], target(1, "m5.xlarge"), of=client("ec2", account=1))
pending = buy(offering("m5.large"), settle=False)
refuse("InvalidInput", [pending], target(1, "m5.large", "us-east-1a"))
advance(seconds=10)
convertible = buy(offering("m5.large", kind="convertible"))
refuse("InvalidInput", [pending, convertible], target(2, "m5.large", "us-east-1a"))
other_pay = buy(offering("m5.large", "All Upfront"))
refuse("InvalidInput", [pending, other_pay], target(2, "m5.large", "us-east-1a"))
advance(hours=1)
later = buy(offering("m5.large"))
refuse("InvalidInput", [pending, later], target(2, "m5.large", "us-east-1a"))
also = buy(offering("m5.large"))
same(become([later, also], target(2, "m5.large", "us-east-1a"))[0]["InstanceCount"], 2)
later = buy(offering("m5.large", kind="convertible"))
furthest = held(later)["End"]
[together] = become([convertible, later], target(1, "m5.xlarge", Scope="Region"))
same((together["OfferingClass"], together["End"]), ("convertible", furthest))

# Windows, and families whose sizes are not flexible, change their zone but not their size.
windows = buy(offering("m5.xlarge", product="Windows"))
refuse("InvalidInput", [windows], target(2, "m5.large"))
[windows] = become([windows], target(1, zone="us-east-1a"))
same((windows["ProductDescription"], windows["AvailabilityZone"]), ("Windows", "us-east-1a"))
west = client("ec2", region="us-west-2")
graphics = buy(offering("g4dn.2xlarge", of=west), of=west)
refuse("InvalidInput", [graphics], target(2, "g4dn.xlarge"), of=west)
same(become([graphics], target(1, zone="us-west-2a"), of=west)[0]["AvailabilityZone"], "us-west-2a")

# A valid request may fail for want of capacity: 5,000 units of a family in a zone (simulated). What was there stays.
elsewhere = client("ec2", account=1)
buy(offering("r5.24xlarge", zone="us-east-1c"), 20)
big = buy(offering("r5.24xlarge", of=elsewhere), 10, of=elsewhere)
id = modify([big], target(10, zone="us-east-1c"), of=elsewhere, ClientToken="too much")
advance(seconds=10)
failed = modification(id, elsewhere)
has(failed, "StatusMessage", "CreateDate", "UpdateDate")
same(failed["Status"], "failed")
same([held(big, elsewhere)[member] for member in ("State", "Scope")], ["active", "Region"])
[in_zone] = become([big], target(10, zone="us-east-1a"), of=elsewhere)
same(in_zone["InstanceCount"], 10)

# Described: by any filter, in pages.
describe = ec2.describe_reserved_instances_modifications
everything = describe()["ReservedInstancesModifications"]
date = "%Y-%m-%dT%H:%M:%S.000Z"
for name, value in (("client-token", "once"), ("status", "fulfilled"), ("reserved-instances-id", first),
                    ("reserved-instances-modification-id", fulfilled["ReservedInstancesModificationId"]),
                    ("create-date", fulfilled["CreateDate"].strftime(date)), ("effective-date", fulfilled["EffectiveDate"].strftime(date)),
                    ("update-date", fulfilled["UpdateDate"].strftime(date)), ("status-message", ""),
                    ("modification-result.reserved-instances-id", zonal["ReservedInstancesId"]),
                    ("modification-result.target-configuration.availability-zone", "us-east-1a"),
                    ("modification-result.target-configuration.availability-zone-id", "use1-az1"),
                    ("modification-result.target-configuration.instance-count", "1"),
                    ("modification-result.target-configuration.instance-type", "m5.large")):
    found = describe(Filters=[{"Name": name, "Values": [value]}])["ReservedInstancesModifications"]
    assert fulfilled in found, name
same(describe(Filters=[{"Name": "status", "Values": ["processing"]}])["ReservedInstancesModifications"], [])
refused(describe, "InvalidParameterValue", 400, Filters=[{"Name": "colour", "Values": ["red"]}])
refused(describe, "InvalidParameterValue", 400, NextToken="made-up")
refused(describe, "InvalidInput", 400, ReservedInstancesModificationIds=["rimod-none"])
place = in_zone["ReservedInstancesId"]
for turn in range(101):
    [again] = become([place], target(10, zone=f"us-east-1{'ba'[turn % 2]}"), of=elsewhere)
    place = again["ReservedInstancesId"]
    if turn == 0:
        same(again["Start"], in_zone["Start"])
pages = list(elsewhere.get_paginator("describe_reserved_instances_modifications").paginate())
same([len(page["ReservedInstancesModifications"]) for page in pages], [100, 3])
done()
