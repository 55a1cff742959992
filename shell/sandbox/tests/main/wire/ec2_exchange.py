"""Convertible Reserved Instances exchanged: what both sides are worth, the true-up, payment options, terms, ends. Rules:
[EC2:ri-convertible-exchange], [BOTO:ec2]; the arithmetic of values is awscli's documented quote, a Rust test."""
import functools
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from ec2_common import buy, ec2, held, offering as any_offering, year
from session import advance, client, done, has, refused, same

offering = functools.partial(any_offering, kind="convertible")


def quote(ids, *offers, of=ec2):
    return of.get_reserved_instances_exchange_quote(ReservedInstanceIds=ids, TargetConfigurations=[{"OfferingId": offer} for offer in offers])


def accept(ids, *offers, of=ec2):
    """Exchanges, and gives the new reservation."""
    known = {one["ReservedInstancesId"] for one in of.describe_reserved_instances()["ReservedInstances"]}
    answer = of.accept_reserved_instances_exchange_quote(ReservedInstanceIds=ids, TargetConfigurations=[{"OfferingId": offer} for offer in offers])
    assert answer["ExchangeId"].startswith("riex-")
    [new] = [one for one in of.describe_reserved_instances()["ReservedInstances"] if one["ReservedInstancesId"] not in known]
    return new


def invalid(ids, *offers, of=ec2):
    """The quote says why not, and the exchange is refused."""
    answer = quote(ids, *offers, of=of)
    has(answer, "ValidationFailureReason", "CurrencyCode")
    same(answer["IsValidExchange"], False)
    refused(of.accept_reserved_instances_exchange_quote, "InvalidInput", 400, ReservedInstanceIds=ids,
            TargetConfigurations=[{"OfferingId": offer} for offer in offers])
    return answer["ValidationFailureReason"]


def six(number):
    return str(Decimal(number).quantize(Decimal("0.000001")))


# From nothing upfront to all upfront, just after the purchase: 8,759 whole hours are left of 8,760.
m5 = buy(offering("m5.large"))
target = offering("c5.large", "All Upfront")
[price] = {o["FixedPrice"] for o in ec2.describe_reserved_instances_offerings(ReservedInstancesOfferingIds=[target])["ReservedInstancesOfferings"]}
answer = quote([m5], target)
has(answer, "CurrencyCode", "ReservedInstanceValueSet", "PaymentDue", "TargetConfigurationValueSet", "IsValidExchange",
    "OutputReservedInstancesWillExpireAt", "ReservedInstanceValueRollup", "TargetConfigurationValueRollup")
worth = {"RemainingUpfrontValue": "0.000000", "HourlyPrice": "0.071000", "RemainingTotalValue": six(Decimal("0.071") * 8759)}
same((answer["ReservedInstanceValueSet"], answer["ReservedInstanceValueRollup"]), ([{"ReservedInstanceId": m5, "ReservationValue": worth}], worth))
# 0.071 * 8759 = 621.889; one c5.large is worth 505 * 8759 / 8760 upfront, so it takes two.
same(price, 505.0)
upfront = six(2 * Decimal(505) * 8759 / 8760)
worth = {"RemainingUpfrontValue": upfront, "HourlyPrice": "0.000000", "RemainingTotalValue": upfront}
same(answer["TargetConfigurationValueSet"], [{"TargetConfiguration": {"InstanceCount": 2, "OfferingId": target}, "ReservationValue": worth}])
same((answer["TargetConfigurationValueRollup"], answer["PaymentDue"], answer["CurrencyCode"]), (worth, upfront, "USD"))
same(answer["OutputReservedInstancesWillExpireAt"], held(m5)["End"])
end = held(m5)["End"]
c5 = accept([m5], target)
same((c5["InstanceType"], c5["InstanceCount"], c5["OfferingType"], c5["OfferingClass"], c5["State"]), ("c5.large", 2, "All Upfront", "convertible", "active"))
same(c5["End"], end)
# The old end and the new start at the same moment; what is exchanged is retired and cannot be exchanged again.
same((held(m5)["State"], held(m5)["End"]), ("retired", c5["Start"]))
assert "not active" in invalid([m5], target)

# All upfront to all upfront: what is left of the old upfront price is taken off the new one. For the same again nothing is due.
c5 = c5["ReservedInstancesId"]
answer = quote([c5], target)
same((answer["PaymentDue"], answer["TargetConfigurationValueSet"][0]["TargetConfiguration"]["InstanceCount"]), ("0.000000", 2))
advance(days=100)
bigger = offering("r5.large", "Partial Upfront")
answer = quote([c5], bigger)
old, new = answer["ReservedInstanceValueRollup"], answer["TargetConfigurationValueRollup"]
assert Decimal(new["RemainingTotalValue"]) >= Decimal(old["RemainingTotalValue"])
assert Decimal(new["RemainingUpfrontValue"]) >= Decimal(old["RemainingUpfrontValue"])
same(Decimal(answer["PaymentDue"]), Decimal(new["RemainingUpfrontValue"]) - Decimal(old["RemainingUpfrontValue"]))
same(Decimal(new["RemainingTotalValue"]), Decimal(new["RemainingUpfrontValue"]) + Decimal(new["HourlyPrice"]) * (365 * 24 - 100 * 24 - 1))
count = answer["TargetConfigurationValueSet"][0]["TargetConfiguration"]["InstanceCount"]
# 0.091 * 0.48 = 0.0437 an hour and 383 upfront: two are worth less upfront than 732.55, three are not.
same(count, 3)
r5 = accept([c5], bigger)
same((r5["InstanceCount"], r5["End"], r5["RecurringCharges"][0]["Amount"]), (3, end, 0.0437))
# A purchase is not taken back: with an upfront price it stays one with an upfront price.
assert "upfront" in invalid([r5["ReservedInstancesId"]], offering("m5.large"))

# What can be exchanged: convertible, active, one's own, not being modified, with a day left, for one convertible offering of AWS's.
mine = buy(offering("m5.large"), 2)
standard = buy(offering("m5.large", kind="standard"))
assert "not convertible" in invalid([standard], target)
assert "not convertible" in invalid([mine], offering("c5.large", kind="standard"))
assert "one offering" in invalid([mine], target, bigger)
pending = buy(offering("m5.large"), settle=False)
assert "not active" in invalid([pending], target)
advance(seconds=10)
get = ec2.get_reserved_instances_exchange_quote
refused(get, "InvalidReservedInstancesId", 400, ReservedInstanceIds=["none"], TargetConfigurations=[{"OfferingId": target}])
refused(get, "InvalidReservedInstancesId", 400, ReservedInstanceIds=[mine, r5["ReservedInstancesId"], "none"], TargetConfigurations=[{"OfferingId": target}])
refused(get, "InvalidReservedInstancesOfferingId", 400, ReservedInstanceIds=[mine], TargetConfigurations=[{"OfferingId": "none"}])
refused(get, "InvalidReservedInstancesOfferingId", 400, ReservedInstanceIds=[mine],
        TargetConfigurations=[{"OfferingId": offering("t3.micro", of=client("ec2", region="us-west-2"))}])
refused(get, "MissingParameter", 400, ReservedInstanceIds=[mine])
refused(get, "MissingParameter", 400, ReservedInstanceIds=[], TargetConfigurations=[{"OfferingId": target}])
refused(get, "InvalidParameterValue", 400, ReservedInstanceIds=[mine, mine], TargetConfigurations=[{"OfferingId": target}])
refused(get, "InvalidParameterValue", 400, ReservedInstanceIds=[mine], TargetConfigurations=[{"OfferingId": target, "InstanceCount": 1}])
refused(client("ec2", account=1).get_reserved_instances_exchange_quote, "InvalidReservedInstancesId", 400, ReservedInstanceIds=[mine],
        TargetConfigurations=[{"OfferingId": target}])
for call in (get, ec2.accept_reserved_instances_exchange_quote):
    refused(call, "DryRunOperation", 412, ReservedInstanceIds=[mine], TargetConfigurations=[{"OfferingId": target}], DryRun=True)

# A part of one: split it first, then exchange a piece.
ec2.modify_reserved_instances(ReservedInstancesIds=[mine], TargetConfigurations=[
    {"InstanceCount": 1, "Scope": "Region"}, {"InstanceCount": 1, "AvailabilityZone": "us-east-1a"}])
assert "pending modification" in invalid([mine], target)
advance(seconds=10)
[modification] = ec2.describe_reserved_instances_modifications()["ReservedInstancesModifications"]
kept, piece = [result["ReservedInstancesId"] for result in modification["ModificationResults"]]
new = accept([piece], offering("m6g.large", zone="us-east-1b"))
# No upfront to no upfront: at least the same for each hour (0.071 against 0.0567 takes two).
same((new["InstanceCount"], new["AvailabilityZone"], held(kept)["State"]), (2, "us-east-1b", "active"))

# Merged: the term is the longest, the end the furthest. One alone keeps its term.
assert "term" in invalid([kept], offering("m5.large", seconds=3 * year))
long = buy(offering("m5.large", seconds=3 * year))
assert "term" in invalid([long], offering("m5.xlarge"))
assert "term" in invalid([kept, long], offering("m5.xlarge"))
short = buy(offering("m5.large"))
assert "term" in invalid([kept, short], offering("m5.xlarge", seconds=3 * year))
answer = quote([kept, short], offering("m5.xlarge"))
same((answer["IsValidExchange"], answer["OutputReservedInstancesWillExpireAt"]), (True, held(short)["End"]))
long_end = held(long)["End"]
# Merging may lengthen so much that less for an hour is worth as much in all: with nothing upfront the hourly price may not fall (0.097 of 0.12).
assert "hourly price" in invalid([short, long], offering("m5.xlarge", seconds=3 * year))
new = accept([short, long], offering("m5.xlarge", "All Upfront", seconds=3 * year))
same((new["End"], new["InstanceType"]), (long_end, "m5.xlarge"))
same(new["End"] + timedelta(seconds=1) - new["Start"], timedelta(seconds=new["Duration"]))
assert timedelta(days=1094) < new["End"] - new["Start"] < timedelta(days=1095)

early = buy(offering("r5.4xlarge"))
advance(days=300)

# A zone without capacity: 26 of r5.24xlarge fill it (simulated).
for account in (1, 2):
    buy(offering("r5.24xlarge", zone="us-east-1c"), 13, of=client("ec2", account=account))
large = buy(offering("r5.24xlarge"))
assert "capacity" in invalid([large], offering("r5.24xlarge", zone="us-east-1c"))

# Less than a day left.
advance(days=64, hours=12)
last = held(early)
same(last["State"], "active")
assert timedelta() < last["End"] - datetime.fromisoformat(advance()) < timedelta(days=1)
assert "24 hours" in invalid([early], target)
done()
