//! moto's answers, which are somebody else's reading of AWS's protocols, are understood.

use super::world::credentials;
use std::process::Command;
use std::sync::Arc;
use tenor_aws::client::{Client, Fixed, HttpTransport, Meter, Nowhere, Place, Role, Shared, SystemClock, Throttle};
use tenor_money::Money;
use tenor_testkit::judges;
use tenor_testkit::moto::Moto;
use tenor_wire::Value;

/// Makes what the calls below find.
const SET_UP: &str = "
import boto3, json, sys
client = lambda name: boto3.client(name, endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
iam = client('iam')
trust = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': '*'}}]})
iam.create_role(RoleName='tenor', AssumeRolePolicyDocument=trust)
policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'ce:GetTags', 'Resource': '*'}]})
iam.put_role_policy(RoleName='tenor', PolicyName='trial', PolicyDocument=policy)
iam.create_account_alias(AccountAlias='acme')
organizations = client('organizations')
organizations.create_organization(FeatureSet='ALL')
organizations.create_account(AccountName='one & two', Email='a@example.com')
";

pub(crate) fn client(endpoint: &str) -> Client {
    let shared = Shared {
        transport: Arc::new(HttpTransport::default()),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemClock),
        throttle: Throttle::default(),
        purse: Arc::new(Meter::up_to(Money::from_whole(1))),
        sink: Arc::new(Nowhere),
    };
    let place = Place { endpoint: Some(endpoint.to_owned()), ..Place::new("us-east-1") };
    Client::new(Arc::new(shared), Arc::new(Fixed(credentials())), place, "123456789012")
}

#[test]
fn motos_answers_are_understood() {
    let Some(moto) = Moto::start() else { return };
    let output = Command::new(judges::python().unwrap()).args(["-c", SET_UP, &moto.endpoint]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = client(&moto.endpoint);
        let role = Role {
            arn: "arn:aws:iam::123456789012:role/tenor".to_owned(),
            external_id: Some("0123456789abcdef0123456789abcdef".into()),
            session_name: "tenor-test".to_owned(),
            source_identity: Some("approver".to_owned()),
            may_be_unnamed: false,
            seconds: 3600,
        };
        let assumed = client.assuming(role);
        let who = assumed.call("sts", "GetCallerIdentity", &Value::Null).await.unwrap();
        assert_eq!(who.text("Arn"), Some("arn:aws:sts::123456789012:assumed-role/tenor/tenor-test"));
        let name = Value::of([("RoleName", "tenor".into())]);
        let role = assumed.call("iam", "GetRole", &name).await.unwrap();
        assert!(role.text("Role.AssumeRolePolicyDocument").unwrap().contains("AssumeRole") && role.time("Role.CreateDate").is_some());
        let policies = assumed.pages("iam", "ListRolePolicies", &name).await.unwrap();
        assert_eq!(policies[0].list("PolicyNames"), Some(["trial".into()].as_slice()));
        let accounts = assumed.pages("organizations", "ListAccounts", &Value::Null).await.unwrap();
        let names = accounts[0].list("Accounts").unwrap().iter().map(|account| account.secret("Name").unwrap().expose());
        assert_eq!(names.collect::<Vec<_>>(), ["master", "one & two"]);
        let organization = assumed.call("organizations", "DescribeOrganization", &Value::Null).await.unwrap();
        assert_eq!(organization.text("Organization.FeatureSet"), Some("ALL"));
        let missing = Value::of([("RoleName", "nobody".into())]);
        let error = assumed.call("iam", "GetRole", &missing).await.unwrap_err();
        assert_eq!(error.code(), Some("NoSuchEntity"));
        for (operation, input) in [
            ("CreateBucket", Value::of([("Bucket", "bills".into())])),
            (
                "PutBucketPolicy",
                Value::of([("Bucket", "bills".into()), ("Policy", "{\"Version\":\"2012-10-17\",\"Statement\":[]}".into())]),
            ),
        ] {
            assumed.call("s3", operation, &input).await.unwrap();
        }
    });
}
