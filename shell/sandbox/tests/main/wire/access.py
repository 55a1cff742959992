"""Roles: made from a template, assumed with the right External ID alone, read, simulated; what a session may do; what CloudTrail keeps of it."""
import json
import urllib.error
from datetime import datetime, timezone

from session import KEYS, advance, client, control, done, has, refused, same

payer, tenor = KEYS[0][0], KEYS[1][0]
trusted = f"arn:aws:iam::{tenor}:user/administrator"
allow = {"Effect": "Allow", "Action": ["savingsplans:DescribeSavingsPlansOfferings", "savingsplans:DescribeSavingsPlans", "sts:GetCallerIdentity"], "Resource": "*"}
buy = {"Effect": "Allow", "Action": "savingsplans:CreateSavingsPlan", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/tenor:managed": "true"}}}
give_back = {"Effect": "Allow", "Action": "savingsplans:ReturnSavingsPlan", "Resource": {"Fn::Sub": "arn:${AWS::Partition}:savingsplans::${AWS::AccountId}:savingsplan/*"},
             "Condition": {"StringEquals": {"aws:ResourceTag/tenor:managed": "true"}}}
look = {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}


def trust(action, **condition):
    return {"Effect": "Allow", "Principal": {"AWS": {"Ref": "Trusted"}}, "Action": action, "Condition": condition}


def template(*statements):
    return json.dumps({
        "Parameters": {"ExternalId": {"Type": "String"}, "Trusted": {"Type": "String", "Default": trusted}},
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {
                "RoleName": "Tenor", "Path": "/tenor/", "Description": "Assumed by one", "MaxSessionDuration": 3600,
                "Tags": [{"Key": "tenor:policy-version", "Value": "1"}],
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                    trust("sts:AssumeRole", StringEquals={"sts:ExternalId": {"Ref": "ExternalId"}}),
                    trust("sts:SetSourceIdentity", StringLike={"sts:SourceIdentity": "*"})]},
                "Policies": [{"PolicyName": "own", "PolicyDocument": {"Statement": [look]}}]}},
            "Reads": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
                "ManagedPolicyName": {"Fn::Sub": "Tenor-reads"}, "Path": "/tenor/", "Description": "What it reads", "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}}}})


def deploy(*statements, account=payer, parameters={"ExternalId": "right"}):
    return control({"deploy": {"account": account, "template": template(*statements), "parameters": parameters}})


arn = deploy(allow)
same(arn, f"arn:aws:iam::{payer}:role/tenor/Tenor")
sts = client("sts", account=1)
who = sts.get_caller_identity()
same((who["Account"], who["Arn"]), (tenor, trusted))
has(who, "UserId")

# The right External ID, a wrong one, none; somebody else; a session that is too long or too short.
given = sts.assume_role(RoleArn=arn, RoleSessionName="proof", ExternalId="right", SourceIdentity="ann", DurationSeconds=900)
has(given["Credentials"], "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
same(given["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{payer}:assumed-role/Tenor/proof")
assert 800 < (given["Credentials"]["Expiration"] - datetime.now(timezone.utc)).total_seconds() <= 900
refused(sts.assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="proof", ExternalId="wrong")
refused(sts.assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="proof")
refused(sts.assume_role, "AccessDenied", 403, RoleArn=arn + "x", RoleSessionName="proof", ExternalId="right")
refused(sts.assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="proof", ExternalId="right", Tags=[{"Key": "a", "Value": "b"}])
refused(client("sts", account=2).assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="proof", ExternalId="right")
refused(sts.assume_role, "ValidationError", 400, RoleArn=arn, RoleSessionName="proof", ExternalId="right", DurationSeconds=7200)


def session(service, **more):
    keys = sts.assume_role(RoleArn=arn, RoleSessionName="order-1", ExternalId="right", SourceIdentity="ann")["Credentials"]
    return client(service, **more, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


# A session's keys are nobody's without its token, or with another's.
keys, other = (sts.assume_role(RoleArn=arn, RoleSessionName="proof", ExternalId="right")["Credentials"] for _ in range(2))
half = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
refused(client("sts", **half).get_caller_identity, "InvalidClientTokenId", 403)
refused(client("savingsplans", **half, aws_session_token=other["SessionToken"]).describe_savings_plans, "UnrecognizedClientException", 403)
refused(client("ec2", **half).describe_reserved_instances, "AuthFailure", 403)

# A session may do what its policies say, and no more.
plans = session("savingsplans")
offering = plans.describe_savings_plans_offerings(planTypes=["Compute"], paymentOptions=["No Upfront"])["searchResults"][0]["offeringId"]
refused(plans.create_savings_plan, "AccessDeniedException", 400, savingsPlanOfferingId=offering, commitment="1", tags={"tenor:managed": "true"})
deploy(allow, buy, give_back)
refused(plans.create_savings_plan, "AccessDeniedException", 400, savingsPlanOfferingId=offering, commitment="1")
mine = plans.create_savings_plan(savingsPlanOfferingId=offering, commitment="1", tags={"tenor:managed": "true"})["savingsPlanId"]
theirs = client("savingsplans").create_savings_plan(savingsPlanOfferingId=offering, commitment="1")["savingsPlanId"]
advance(seconds=10)
refused(plans.return_savings_plan, "AccessDeniedException", 400, savingsPlanId=theirs)
plans.return_savings_plan(savingsPlanId=mine)
same(session("sts").get_caller_identity()["Arn"], f"arn:aws:sts::{payer}:assumed-role/Tenor/order-1")

# What IAM shows of it.
iam = client("iam")
role = iam.get_role(RoleName="Tenor")["Role"]
has(role, "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags")
same(role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"], {"StringEquals": {"sts:ExternalId": "right"}})
[attached] = iam.list_attached_role_policies(RoleName="Tenor")["AttachedPolicies"]
same(attached, {"PolicyName": "Tenor-reads", "PolicyArn": f"arn:aws:iam::{payer}:policy/tenor/Tenor-reads"})
policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
has(policy, "PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId", "AttachmentCount", "IsAttachable", "CreateDate", "UpdateDate")
same(policy["DefaultVersionId"], "v2")
version = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId="v2")["PolicyVersion"]
same(([s["Action"] for s in version["Document"]["Statement"]][1], version["IsDefaultVersion"]), ("savingsplans:CreateSavingsPlan", True))
same(iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId="v1")["PolicyVersion"]["IsDefaultVersion"], False)
same(iam.list_role_policies(RoleName="Tenor")["PolicyNames"], ["own"])
same(iam.get_role_policy(RoleName="Tenor", PolicyName="own")["PolicyDocument"], {"Statement": [look]})
same(iam.list_account_aliases()["AccountAliases"], ["example-payer"])
for call, wrong in ((iam.get_role, {"RoleName": "no"}), (iam.list_role_policies, {"RoleName": "no"}), (iam.list_attached_role_policies, {"RoleName": "no"}),
                    (iam.get_role_policy, {"RoleName": "Tenor", "PolicyName": "no"}), (iam.get_policy, {"PolicyArn": "arn:aws:iam::1:policy/no-such"}),
                    (iam.get_policy_version, {"PolicyArn": attached["PolicyArn"], "VersionId": "v9"})):
    refused(call, "NoSuchEntity", 404, **wrong)

# Simulation says the same as the doors do.
asked = ["savingsplans:CreateSavingsPlan", "savingsplans:DescribeSavingsPlans", "ec2:RunInstances"]
tagged = [{"ContextKeyName": "aws:RequestTag/tenor:managed", "ContextKeyValues": ["true"], "ContextKeyType": "string"}]
pages = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=arn, ActionNames=asked, ContextEntries=tagged, PaginationConfig={"PageSize": 2})
results = [result for page in pages for result in page["EvaluationResults"]]
same([(r["EvalActionName"], r["EvalDecision"]) for r in results], list(zip(asked, ["allowed", "allowed", "implicitDeny"])))
untagged = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=asked[:1])["EvaluationResults"][0]
has(untagged, "EvalActionName", "EvalResourceName", "EvalDecision", "ResourceSpecificResults")
same(untagged["EvalDecision"], "implicitDeny")
refused(iam.simulate_principal_policy, "NoSuchEntity", 404, PolicySourceArn=arn + "x", ActionNames=asked)

# CloudTrail shows it after a while, with whom it was done for.
trail = session("cloudtrail")
bought = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateSavingsPlan"}]}
same(trail.lookup_events(**bought)["Events"], [])
advance(hours=1)
events = trail.lookup_events(**bought)["Events"]
has(events[0], "EventId", "EventName", "ReadOnly", "AccessKeyId", "EventTime", "EventSource", "Username", "CloudTrailEvent")
details = [json.loads(event["CloudTrailEvent"]) for event in events]
same([detail.get("errorCode") for detail in details], [None, None, "AccessDeniedException", "AccessDeniedException"])
same(details[1]["userIdentity"]["sessionContext"]["sourceIdentity"], "ann")
same(details[1]["requestParameters"]["commitment"], "1")
assert "right" not in json.dumps([event["CloudTrailEvent"] for event in trail.lookup_events()["Events"]])
same([e for p in trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 1}, **bought) for e in p["Events"]], events)
now = datetime(2025, 1, 1, tzinfo=timezone.utc)
refused(trail.lookup_events, "InvalidTimeRangeException", 400, StartTime=datetime(2025, 2, 1), EndTime=now)
refused(trail.lookup_events, "InvalidNextTokenException", 400, NextToken="none")
refused(trail.lookup_events, "InvalidMaxResultsException", 400, MaxResults=51)
two = [{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "EventId", "AttributeValue": "b"}]
refused(trail.lookup_events, "InvalidLookupAttributesException", 400, LookupAttributes=two)

# A policy may name what it is for: one plan and no other, one Region, names of one kind, one role.
later = datetime(2026, 1, 1, tzinfo=timezone.utc)
one, other = [client("savingsplans").create_savings_plan(savingsPlanOfferingId=offering, commitment="1", purchaseTime=later)["savingsPlanId"] for _ in range(2)]
named = lambda action, resource, **more: {"Effect": "Allow", "Action": action, "Resource": resource, **more}
deploy(named("savingsplans:DeleteQueuedSavingsPlan", f"arn:aws:savingsplans::{payer}:savingsplan/{one}"),
       named("ec2:DescribeReservedInstances", "*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
       named("elasticache:DescribeReservedCacheNodes", f"arn:aws:elasticache:eu-west-1:{payer}:reserved-instance:*"),
       named("rds:DescribeReservedDBInstances", f"arn:aws:rds:*:{payer}:ri:tenor-*"),
       named("iam:GetRole", arn))
plans, rds = session("savingsplans"), session("rds")
refused(plans.delete_queued_savings_plan, "AccessDeniedException", 400, savingsPlanId=other)
plans.delete_queued_savings_plan(savingsPlanId=one)
refused(session("ec2").describe_reserved_instances, "UnauthorizedOperation", 403)
session("ec2", region="eu-west-1").describe_reserved_instances()
refused(session("elasticache").describe_reserved_cache_nodes, "AccessDenied", 403)
session("elasticache", region="eu-west-1").describe_reserved_cache_nodes()
refused(rds.describe_reserved_db_instances, "AccessDenied", 403, ReservedDBInstanceId="ours")
refused(rds.describe_reserved_db_instances, "AccessDenied", 403)
refused(rds.describe_reserved_db_instances, "ReservedDBInstanceNotFound", 404, ReservedDBInstanceId="tenor-1")
session("iam").get_role(RoleName="Tenor")
refused(session("iam").get_role, "AccessDenied", 403, RoleName="Other")

# A template that cannot be deployed changes nothing.
for wrong in ({"account": "000000000000"}, {"parameters": {}}):
    try:
        deploy(allow, **wrong)
        raise AssertionError("it was deployed")
    except urllib.error.HTTPError as error:
        same(error.code, 400)
same(len(iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId="v2")["PolicyVersion"]["Document"]["Statement"]), 3)
done()
