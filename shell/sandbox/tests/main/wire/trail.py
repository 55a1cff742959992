"""CloudTrail: what was changed and what came of it; what was denied or throttled, reads too; what was wrong with it."""
import json

from session import advance, client, done, fault, has, refused, same

plans, ec2, trail = client("savingsplans"), client("ec2"), client("cloudtrail")
offering = plans.describe_savings_plans_offerings(planTypes=["Compute"], paymentOptions=["No Upfront"])["searchResults"][0]["offeringId"]


def buy():
    return plans.create_savings_plan(savingsPlanOfferingId=offering, commitment="1", clientToken="one")


def events(key, value):
    """The newest first, each as AWS writes it and as it is listed."""
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])["Events"]
    return [(json.loads(event["CloudTrailEvent"]), event) for event in found]


plan = buy()["savingsPlanId"]
refused(plans.create_savings_plan, "ResourceNotFoundException", 404, savingsPlanOfferingId="none", commitment="1")
fault("savingsplans:CreateSavingsPlan", "denied")
refused(buy, "AccessDeniedException", 400)
fault("savingsplans:CreateSavingsPlan", "throttled")
refused(buy, "ThrottlingException", 400)
fault("savingsplans:CreateSavingsPlan", "lost-before")
try:
    buy()
    raise AssertionError("no answer was to come")
except Exception as error:
    assert "offering" not in str(error)
fault("ec2:DescribeReservedInstances", "denied")
refused(ec2.describe_reserved_instances, "UnauthorizedOperation", 403)
fault("ec2:DescribeReservedInstances", "throttled")
refused(ec2.describe_reserved_instances, "RequestLimitExceeded", 503)
ec2.describe_reserved_instances()
advance(hours=1)

throttled, denied, wrong, bought = [event for event, _ in events("EventName", "CreateSavingsPlan")]
same(bought["responseElements"], {"savingsPlanId": plan})
same(bought["requestParameters"], {"savingsPlanOfferingId": offering, "commitment": "1", "clientToken": "one"})
assert "errorCode" not in bought and "errorMessage" not in bought
for event, code in ((wrong, "ResourceNotFoundException"), (denied, "AccessDeniedException"), (throttled, "ThrottlingException")):
    same((event["errorCode"], event["responseElements"], event["readOnly"]), (code, None, False))
    has(event, "errorMessage", "eventTime", "requestID", "eventID", "userIdentity")
assert "is not authorized to perform: savingsplans:CreateSavingsPlan" in denied["errorMessage"]

# EC2 says whose fault it was. Reads are there when they were refused; of those that were answered, a look a minute.
throttled, denied = [one for one in events("EventName", "DescribeReservedInstances") if "errorCode" in one[0]]
same([event["errorCode"] for event, _ in (throttled, denied)], ["Client.RequestLimitExceeded", "Client.UnauthorizedOperation"])
same([(event["readOnly"], listed["ReadOnly"]) for event, listed in (throttled, denied)], [(True, "true")] * 2)
same({event["eventName"] for event, _ in events("ReadOnly", "true")}, {"DescribeReservedInstances"})
same({event["eventName"] for event, _ in events("ReadOnly", "false")}, {"CreateSavingsPlan"})

# Nothing is kept for longer than ninety days.
advance(days=90)
same(trail.lookup_events()["Events"], [])
done()
