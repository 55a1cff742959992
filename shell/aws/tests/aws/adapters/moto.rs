//! The adapters against moto, for what it has of its own.

use crate::client::moto::client;
use std::process::Command;
use tenor_aws::answer::Arn;
use tenor_aws::client::Client;
use tenor_aws::reads::accounts::{self, FeatureSet};
use tenor_aws::reads::{bucket, identity, role};
use tenor_testkit::judges;
use tenor_testkit::moto::Moto;

/// Makes what is read below.
const SET_UP: &str = "
import boto3, json, sys
client = lambda name: boto3.client(name, endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
iam = client('iam')
trust = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': '*'}}]})
iam.create_role(RoleName='tenor', AssumeRolePolicyDocument=trust, Tags=[{'Key': 'tenor:version', 'Value': '1'}])
policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'ce:GetTags', 'Resource': '*'}]})
iam.put_role_policy(RoleName='tenor', PolicyName='inline', PolicyDocument=policy)
arn = iam.create_policy(PolicyName='trial', PolicyDocument=policy)['Policy']['Arn']
iam.attach_role_policy(RoleName='tenor', PolicyArn=arn)
iam.create_account_alias(AccountAlias='acme')
organizations = client('organizations')
organizations.create_organization(FeatureSet='ALL')
root = organizations.list_roots()['Roots'][0]['Id']
unit = organizations.create_organizational_unit(ParentId=root, Name='teams')['OrganizationalUnit']['Id']
made = [organizations.create_account(AccountName=f'account {n}', Email=f'a{n}@example.com')['CreateAccountStatus']['AccountId'] for n in range(30)]
organizations.move_account(AccountId=made[0], SourceParentId=root, DestinationParentId=unit)
organizations.tag_resource(ResourceId=made[0], Tags=[{'Key': 'team', 'Value': 'one & two'}])
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-west-1', aws_access_key_id='x', aws_secret_access_key='x')
s3.create_bucket(Bucket='bills', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
";

#[test]
fn motos_organization_and_role_are_read() {
    let Some(moto) = Moto::start() else { return };
    let output = Command::new(judges::python().unwrap()).args(["-c", SET_UP, &moto.endpoint]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = client(&moto.endpoint);
        whole_organization(&client).await;
        whole_role(&client).await;
        let caller = identity::caller(&client).await.unwrap();
        assert_eq!(caller.account.as_str(), "123456789012");
        assert_eq!(identity::aliases(&client).await.unwrap(), ["acme"]);
        assert_eq!(bucket::region(&client, "bills", &caller.account).await.unwrap(), "eu-west-1");
    });
}

async fn whole_organization(client: &Client) {
    let organization = accounts::organization(client).await.unwrap();
    assert_eq!((organization.features, organization.payer.as_str()), (Some(FeatureSet::All), "123456789012"));
    assert_eq!(accounts::accounts(client).await.unwrap().len(), 31);
    let roots = accounts::roots(client).await.unwrap();
    let units = accounts::units(client, &roots[0].id).await.unwrap();
    assert_eq!(units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>(), ["teams"]);
    let moved = accounts::accounts_under(client, &units[0].id).await.unwrap();
    assert_eq!(moved[0].name.as_ref().unwrap().expose(), "account 0");
    let tags = accounts::tags(client, moved[0].id.as_str()).await.unwrap();
    assert_eq!(tags.0, [("team".to_owned(), "one & two".to_owned())].into());
}

async fn whole_role(client: &Client) {
    let found = role::role(client, "tenor").await.unwrap();
    assert!(found.trust.0.contains("sts:AssumeRole"));
    assert_eq!(found.tags.0["tenor:version"], "1");
    assert_eq!(role::inline_policies(client, "tenor").await.unwrap(), ["inline"]);
    assert!(role::inline_policy(client, "tenor", "inline").await.unwrap().0.contains("ce:GetTags"));
    let attached = role::attached_policies(client, "tenor").await.unwrap();
    let policy = role::policy(client, &attached[0].arn).await.unwrap();
    assert_eq!((policy.name.as_str(), policy.version.as_str()), ("trial", "v1"));
    let version = role::policy_version(client, &attached[0].arn, &policy.version).await.unwrap();
    assert!(version.is_default && version.document.0.starts_with('{'));
    let nobody = Arn("arn:aws:iam::123456789012:policy/nobody".to_owned());
    assert_eq!(role::policy(client, &nobody).await.unwrap_err().code(), Some("NoSuchEntity"));
}
