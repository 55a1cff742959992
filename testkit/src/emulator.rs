//! A simulated IAM and STS on the loopback interface that enforces what it is told: External IDs, trust policies, permissions. It knows nothing of
//! this project, and never reaches AWS.

use crate::judges;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;

/// Makes or changes a role: its name, trust policy, tag and policies, by boto3 as the account's root. The emulator's policy simulation looks for a role by
/// its path and name together, so a shadow of that name has the same policies.
const MAKE: &str = "
import boto3, json, sys
endpoint, role, trust, version = sys.argv[1:5]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
tags = [{'Key': 'tenor:policy-version', 'Value': version}]
names = [role, 'tenor/' + role]
for name in names:
    try:
        iam.create_role(RoleName=name, Path='/tenor/', AssumeRolePolicyDocument=trust, Tags=tags)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        iam.tag_role(RoleName=name, Tags=tags)
for name, document in json.load(sys.stdin).items():
    arn = f'arn:aws:iam::000000000000:policy/tenor/{role}-{name}'
    try:
        iam.create_policy(PolicyName=f'{role}-{name}', Path='/tenor/', PolicyDocument=document)
        for holder in names:
            iam.attach_role_policy(RoleName=holder, PolicyArn=arn)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
";

/// Makes a policy that no connection has, and attaches it to a role.
const STRANGE: &str = "
import boto3, json, sys
endpoint, role, name = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
statement = {'Effect': 'Allow', 'Action': 's3:ListAllMyBuckets', 'Resource': '*'}
policy = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [statement]}))
iam.attach_role_policy(RoleName=role, PolicyArn=policy['Policy']['Arn'])
";

/// Makes a user who may assume roles and nothing else, and prints its key.
const CALLER: &str = "
import boto3, json, sys
endpoint, name = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
iam.create_user(UserName=name)
statement = {'Effect': 'Allow', 'Action': 'sts:*', 'Resource': '*'}
iam.put_user_policy(UserName=name, PolicyName='assume', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [statement]}))
key = iam.create_access_key(UserName=name)['AccessKey']
print(key['AccessKeyId'], key['SecretAccessKey'])
";

/// The account that everything is in.
pub const ACCOUNT: &str = "000000000000";

/// A running emulator, ended when it goes out of use.
#[derive(Debug)]
pub struct Emulator {
    server: Child,
    python: String,
    /// Where it listens, as a URL.
    pub endpoint: String,
}

impl Emulator {
    /// A new and empty AWS that asks everyone for permission.
    ///
    /// `None` when no judges are installed; the reason is then written to standard error, and the test returns early.
    ///
    /// # Panics
    /// When it does not start, or when there are no judges and `CI=true`.
    #[must_use]
    pub fn start() -> Option<Self> {
        let (emulator, python) = (judges::emulator()?, judges::python()?);
        // It takes no port 0, so one is found for it; nobody else on this machine is told of it.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free").port();
        let mut command = Command::new(&emulator);
        command.args(["-m", "ministack"]).env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        command.env("AUTH", "true").env("CLOUDTRAIL_RECORDING", "1").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut server = command.spawn().expect("the emulator's Python runs");
        let mut log = BufReader::new(server.stderr.take().expect("it is piped"));
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).expect("it writes UTF-8"), 0, "the emulator ended before it listened: {said}");
            if line.contains("Running on http") {
                break;
            }
            said.push_str(&line);
        }
        // Read on, or it stops when the pipe is full.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Some(Self { server, python, endpoint: format!("http://127.0.0.1:{port}") })
    }

    /// Makes or changes a role, with its policies by name.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn role(&self, name: &str, trust: &str, version: &str, policies: &[(String, String)]) {
        let policies: serde_json::Map<String, serde_json::Value> =
            policies.iter().cloned().map(|(name, text)| (name, text.into())).collect();
        self.run(MAKE, &[name, trust, version], &serde_json::Value::Object(policies).to_string());
    }

    /// Attaches a policy to a role that is none of a connection's.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn attach(&self, role: &str, policy: &str) {
        self.run(STRANGE, &[role, policy], "");
    }

    /// Makes a user who may assume roles alone; its key and secret.
    ///
    /// # Panics
    /// When that cannot be done.
    #[must_use]
    pub fn caller(&self, name: &str) -> (String, String) {
        let printed = self.run(CALLER, &[name], "");
        let (key, secret) = printed.trim().split_once(' ').expect("a key and a secret are printed");
        (key.to_owned(), secret.to_owned())
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(&self.python);
        command.args(["-c", program, &self.endpoint]).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = command.spawn().expect("the judges' Python runs");
        std::io::Write::write_all(&mut running.stdin.take().expect("it is piped"), input.as_bytes()).expect("it reads");
        let done = running.wait_with_output().expect("it ends");
        assert!(done.status.success(), "boto3 could not prepare the emulator");
        String::from_utf8(done.stdout).expect("it prints UTF-8")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
