"""The organization: the payer under the root, the other accounts in a unit for each business unit. [BOTO:organizations]; moto is asked the same, and
the differences are listed at the end.

Never refused here: AWSOrganizationsNotInUseException, since every account is in the organization, and ConcurrentModificationException."""
import os

import boto3
import botocore

from session import KEYS, client, done, fault, has, pages, refused, same

organizations, member = client("organizations"), client("organizations", account=1)
ids = [key[0] for key in KEYS]

found = organizations.describe_organization()["Organization"]
has(found, "MasterAccountArn", "MasterAccountEmail", "MasterAccountId", "Id", "FeatureSet", "Arn", "AvailablePolicyTypes")
same((found["MasterAccountId"], found["FeatureSet"], found["MasterAccountEmail"]), (ids[0], "ALL", "example-payer@example.com"))
organization = found["Id"]
same(found["Arn"], f"arn:aws:organizations::{ids[0]}:organization/{organization}")
same(found["MasterAccountArn"], f"arn:aws:organizations::{ids[0]}:account/{organization}/{ids[0]}")
# The one operation that a member may call.
same(member.describe_organization()["Organization"], found)

[root] = organizations.list_roots()["Roots"]
has(root, "Name", "Arn", "Id", "PolicyTypes")
same((root["Name"], root["Arn"]), ("Root", f"arn:aws:organizations::{ids[0]}:root/{organization}/{root['Id']}"))
units = organizations.list_organizational_units_for_parent(ParentId=root["Id"])["OrganizationalUnits"]
for unit in units:
    has(unit, "Name", "Arn", "Id", "Path")
    same(unit["Path"], f"{organization}/{root['Id']}/{unit['Id']}/")
    same(unit["Arn"], f"arn:aws:organizations::{ids[0]}:ou/{organization}/{unit['Id']}")
    same(organizations.list_organizational_units_for_parent(ParentId=unit["Id"])["OrganizationalUnits"], [])
same([unit["Name"] for unit in units], ["Commerce", "Engineering", "Insights"])

accounts = organizations.list_accounts()["Accounts"]
same([account["Id"] for account in accounts], ids)
for account in accounts:
    has(account, "Arn", "JoinedMethod", "JoinedTimestamp", "Id", "Name", "Email", "Paths", "State", "Status")
same([account["JoinedMethod"] for account in accounts], ["INVITED"] + ["CREATED"] * 7)
same([account["Name"] for account in accounts][:2], ["example-payer", "checkout-prod"])
same(accounts[0]["Paths"], [f"{organization}/{root['Id']}/{ids[0]}/"])
assert all(before["JoinedTimestamp"] < after["JoinedTimestamp"] for before, after in zip(accounts, accounts[1:]))
# The tree has every account once, and accounts say where they are.
under = {unit["Name"]: organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"] for unit in units}
same([account["Id"] for account in organizations.list_accounts_for_parent(ParentId=root["Id"])["Accounts"]], ids[:1])
same(sorted(account["Id"] for unit in under.values() for account in unit), ids[1:])
for unit in units:
    for account in under[unit["Name"]]:
        same(account["Paths"], [f"{unit['Path']}{account['Id']}/"])
        same(account, accounts[ids.index(account["Id"])])

tags = organizations.list_tags_for_resource(ResourceId=ids[1])["Tags"]
same({tag["Key"]: tag["Value"] for tag in tags}["Team"], "Checkout")
same(sorted(tag["Key"] for tag in tags), ["CostCenter", "Environment", "Team"])
same(organizations.list_tags_for_resource(ResourceId=root["Id"])["Tags"], [])
same(organizations.list_tags_for_resource(ResourceId=units[0]["Id"])["Tags"], [])

# Pages: 20 at most.
same([len(page) for page in pages(organizations.list_accounts, "Accounts", MaxResults=3)], [3, 3, 2])
for name, arguments in (("list_accounts", {}), ("list_roots", {}), ("list_organizational_units_for_parent", {"ParentId": root["Id"]}),
                        ("list_accounts_for_parent", {"ParentId": units[0]["Id"]}), ("list_tags_for_resource", {"ResourceId": ids[1]})):
    call = getattr(organizations, name)
    refused(getattr(member, name), "AccessDeniedException", 400, **arguments)
    refused(call, "InvalidInputException", 400, NextToken="made-up", **arguments)
    if name != "list_tags_for_resource":
        refused(call, "InvalidInputException", 400, MaxResults=21, **arguments)
    paginator = organizations.get_paginator(name).paginate(**arguments)
    assert [page for page in paginator]
    fault("organizations:*", "throttled")
    refused(call, "TooManyRequestsException", 400, **arguments)
    fault("organizations:*", "error-after")
    refused(call, "ServiceException", 500, **arguments)
fault("organizations:ListTagsForResource", "short-page")
same(len(organizations.list_tags_for_resource(ResourceId=ids[1])["Tags"]), 1)

NOWHERE = f"ou-{root['Id'][2:]}-none1234"
for name in ("list_accounts_for_parent", "list_organizational_units_for_parent"):
    refused(getattr(organizations, name), "ParentNotFoundException", 400, ParentId=NOWHERE)
    refused(getattr(organizations, name), "InvalidInputException", 400, ParentId="here")
for id in ("123456789012", NOWHERE, "p-12345678"):
    refused(organizations.list_tags_for_resource, "TargetNotFoundException", 400, ResourceId=id)
refused(organizations.list_tags_for_resource, "InvalidInputException", 400, ResourceId="here")

# The same of moto, with an organization of the same shape.
moto = boto3.client("organizations", endpoint_url=os.environ["OTHER_ENDPOINT"], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
moto.create_organization(FeatureSet="ALL")
motos_root = moto.list_roots()["Roots"][0]["Id"]
motos_units = [moto.create_organizational_unit(ParentId=motos_root, Name=unit["Name"])["OrganizationalUnit"]["Id"] for unit in units]
for account in accounts[1:]:
    made = moto.create_account(AccountName=account["Name"], Email=account["Email"])["CreateAccountStatus"]["AccountId"]
    [unit] = [n for n, unit in enumerate(units) if account in under[unit["Name"]]]
    moto.move_account(AccountId=made, SourceParentId=motos_root, DestinationParentId=motos_units[unit])
    moto.tag_resource(ResourceId=made, Tags=organizations.list_tags_for_resource(ResourceId=account["Id"])["Tags"])


def told(call, list, **arguments):
    """Of a good answer how many items there are and what they have, of a bad one the error."""
    try:
        items = call(**arguments)[list]
    except botocore.exceptions.ClientError as error:
        return [error.response["Error"]["Code"], str(error.response["ResponseMetadata"]["HTTPStatusCode"])]
    items = items if type(items) is not dict else [items]
    return [str(len(items))] + sorted({member for item in items for member in item})


account = [account["Id"] for account in moto.list_accounts()["Accounts"]][1]
differences = []
for name, list, ours, motos in (
    ("describe_organization", "Organization", {}, {}),
    ("list_accounts", "Accounts", {}, {}),
    ("list_accounts", "Accounts", {"MaxResults": 3}, {"MaxResults": 3}),
    ("list_roots", "Roots", {}, {}),
    ("list_organizational_units_for_parent", "OrganizationalUnits", {"ParentId": root["Id"]}, {"ParentId": motos_root}),
    ("list_organizational_units_for_parent", "OrganizationalUnits", {"ParentId": NOWHERE}, {"ParentId": "ou-" + motos_root[2:] + "-none1234"}),
    ("list_accounts_for_parent", "Accounts", {"ParentId": root["Id"]}, {"ParentId": motos_root}),
    ("list_accounts_for_parent", "Accounts", {"ParentId": units[0]["Id"]}, {"ParentId": motos_units[0]}),
    ("list_accounts_for_parent", "Accounts", {"ParentId": NOWHERE}, {"ParentId": "ou-" + motos_root[2:] + "-none1234"}),
    ("list_tags_for_resource", "Tags", {"ResourceId": ids[1]}, {"ResourceId": account}),
    ("list_tags_for_resource", "Tags", {"ResourceId": "123456789012"}, {"ResourceId": "210987654321"}),
):
    here, there = told(getattr(organizations, name), list, **ours), told(getattr(moto, name), list, **motos)
    if here != there:
        differences.append((name, sorted(set(here) - set(there)), sorted(set(there) - set(here))))
# Where accounts and units are in the tree is newer than moto.
same(differences, [("list_accounts", ["Paths"], []), ("list_accounts", ["Paths"], []), ("list_organizational_units_for_parent", ["Path"], []),
                   ("list_accounts_for_parent", ["Paths"], []), ("list_accounts_for_parent", ["Paths"], [])])
done()
