"""IAM and STS: the same role with the same policies here and in moto, asked the same; the differences are listed at the end. [BOTO:iam], [BOTO:sts].

S3 is not compared: the sandbox serves none."""
import json
import os

import boto3
import botocore

from session import KEYS, client, control, done, same

payer, tenor = KEYS[0][0], KEYS[1][0]
trusted = f"arn:aws:iam::{tenor}:user/administrator"
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}]}
reads = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["savingsplans:Describe*"], "Resource": "*"}]}
more = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
own = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "cloudtrail:LookupEvents", "Resource": "*"}]}
tags = [{"Key": "tenor:policy-version", "Value": "1"}]


def template(document):
    return json.dumps({"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "Tenor", "Path": "/tenor/", "Description": "Assumed by one", "MaxSessionDuration": 3600, "Tags": tags,
            "AssumeRolePolicyDocument": trust, "Policies": [{"PolicyName": "own", "PolicyDocument": own}]}},
        "Reads": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "ManagedPolicyName": "Tenor-reads", "Path": "/tenor/", "Description": "What it reads", "Roles": [{"Ref": "Role"}], "PolicyDocument": document}}}})


for document in (reads, more):
    control({"deploy": {"account": payer, "template": template(document), "parameters": {}}})


def of_moto(service):
    return boto3.client(service, endpoint_url=os.environ["OTHER_ENDPOINT"], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


iam, motos = client("iam"), of_moto("iam")
account = of_moto("sts").get_caller_identity()["Account"]
motos.create_role(RoleName="Tenor", Path="/tenor/", Description="Assumed by one", MaxSessionDuration=3600, Tags=tags, AssumeRolePolicyDocument=json.dumps(trust))
motos.put_role_policy(RoleName="Tenor", PolicyName="own", PolicyDocument=json.dumps(own))
policy = motos.create_policy(PolicyName="Tenor-reads", Path="/tenor/", Description="What it reads", PolicyDocument=json.dumps(reads))["Policy"]["Arn"]
motos.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(more), SetAsDefault=True)
motos.attach_role_policy(RoleName="Tenor", PolicyArn=policy)
motos.create_account_alias(AccountAlias="example-payer")

# What differs between any two accounts: ids, moments, keys.
PASSING = {"RoleId", "PolicyId", "CreateDate", "UpdateDate", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "UserId", "AssumedRoleId", "RoleLastUsed"}


def flat(value, path=""):
    """Every member of an answer with its value; of what passes only that it is there."""
    if isinstance(value, dict):
        return {k: v for name, part in value.items() if name != "ResponseMetadata" for k, v in flat(part, f"{path}.{name}").items()}
    if isinstance(value, list):
        return {k: v for at, part in enumerate(value) for k, v in flat(part, f"{path}[{at}]").items()} or {path: []}
    name = path.rsplit(".", 1)[-1]
    return {path: "there" if name in PASSING else str(value).replace(account, payer)}


def told(call, arguments):
    """A good answer member by member, a bad one as its code and status."""
    try:
        return flat(call(**arguments))
    except botocore.exceptions.ClientError as error:
        return {"error": (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])}
    except botocore.parsers.ResponseParserError:
        return {"error": "not answered"}


def at(arn, of):
    return arn.replace(payer, of)


role, managed = f"arn:aws:iam::{payer}:role/tenor/Tenor", f"arn:aws:iam::{payer}:policy/tenor/Tenor-reads"
questions = [
    ("get_role", {"RoleName": "Tenor"}),
    ("get_role", {"RoleName": "None"}),
    ("list_attached_role_policies", {"RoleName": "Tenor"}),
    ("list_attached_role_policies", {"RoleName": "Tenor", "PathPrefix": "/other/"}),
    ("list_attached_role_policies", {"RoleName": "None"}),
    ("list_role_policies", {"RoleName": "Tenor"}),
    ("list_role_policies", {"RoleName": "None"}),
    ("get_role_policy", {"RoleName": "Tenor", "PolicyName": "own"}),
    ("get_role_policy", {"RoleName": "Tenor", "PolicyName": "none"}),
    ("get_policy", {"PolicyArn": managed}),
    ("get_policy", {"PolicyArn": managed + "-none"}),
    ("get_policy_version", {"PolicyArn": managed, "VersionId": "v1"}),
    ("get_policy_version", {"PolicyArn": managed, "VersionId": "v2"}),
    ("get_policy_version", {"PolicyArn": managed, "VersionId": "v9"}),
    ("get_policy_version", {"PolicyArn": managed + "-none", "VersionId": "v1"}),
    ("list_account_aliases", {}),
    ("simulate_principal_policy", {"PolicySourceArn": role, "ActionNames": ["ec2:DescribeInstances", "ec2:RunInstances", "cloudtrail:LookupEvents"]}),
    ("simulate_principal_policy", {"PolicySourceArn": role + "-none", "ActionNames": ["ec2:DescribeInstances"]}),
]
differences, unanswered = [], set()
for name, arguments in questions:
    here = told(getattr(iam, name), arguments)
    there = told(getattr(motos, name), {member: at(value, account) if type(value) is str else value for member, value in arguments.items()})
    if there.get("error") == "not answered":
        unanswered.add(name)
        continue
    differences += [(name, member, here.get(member), there.get(member)) for member in sorted(set(here) | set(there)) if here.get(member) != there.get(member)]

# STS: who assumes is told alike; that moto lets anybody in is why refusals are not compared.
sts, motos_sts = client("sts", account=1), of_moto("sts")
here = told(sts.assume_role, {"RoleArn": role, "RoleSessionName": "proof"})
there = told(motos_sts.assume_role, {"RoleArn": at(role, account), "RoleSessionName": "proof"})
differences += [("assume_role", member, here.get(member), there.get(member)) for member in sorted(set(here) | set(there)) if here.get(member) != there.get(member)]
same(set(told(sts.get_caller_identity, {})), set(told(motos_sts.get_caller_identity, {})))

# moto simulates nothing; it leaves out two members that IAM sends, and says how large a session policy is where there is none.
same(unanswered, {"simulate_principal_policy"})
same(differences, [("get_policy", ".Policy.PermissionsBoundaryUsageCount", "0", None), ("list_account_aliases", ".IsTruncated", "False", None),
                   ("assume_role", ".PackedPolicySize", None, "6")])
done()
