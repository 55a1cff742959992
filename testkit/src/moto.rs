//! A simulated S3 on the loopback interface: moto, filled by boto3. Neither knows anything of this project.
//!
//! Both run on the judges' Python, which `TENOR_JUDGES` names. It never reaches AWS.

use crate::judges;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// Makes a bucket and puts every file of a folder into it; the bucket `public` is one.
const UPLOAD: &str = "
import boto3, pathlib, sys
endpoint, bucket, folder = sys.argv[1:]
access = {'ACL': 'public-read'} if bucket == 'public' else {}
s3 = boto3.client('s3', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
s3.create_bucket(Bucket=bucket)
for path in sorted(pathlib.Path(folder).rglob('*')):
    if path.is_file():
        s3.upload_file(str(path), bucket, str(path.relative_to(folder)), ExtraArgs=access)
";

/// A user who may list and not read, whose key is printed; from then on everyone needs permission.
const LISTER: &str = "
import boto3, json, sys, urllib.request
endpoint, bucket = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')
iam.create_user(UserName='lister')
statement = {'Effect': 'Allow', 'Action': 's3:ListBucket', 'Resource': f'arn:aws:s3:::{bucket}'}
policy = json.dumps({'Version': '2012-10-17', 'Statement': [statement]})
iam.put_user_policy(UserName='lister', PolicyName='list', PolicyDocument=policy)
iam.create_user(UserName='nobody')
for user in ('lister', 'nobody'):
    key = iam.create_access_key(UserName=user)['AccessKey']
    print(key['AccessKeyId'], key['SecretAccessKey'])
plain = {'Content-Type': 'text/plain'}
urllib.request.urlopen(urllib.request.Request(endpoint + '/moto-api/reset-auth', data=b'0', headers=plain))
";

/// A running server, ended when it goes out of use.
#[derive(Debug)]
pub struct Moto {
    server: Child,
    python: String,
    /// Where it listens, as a URL.
    pub endpoint: String,
}

impl Moto {
    /// A new and empty AWS, where any key is good.
    ///
    /// `None` when no judges are installed; the reason is then written to standard error, and the test returns early.
    ///
    /// # Panics
    /// When the server does not start, or when there are no judges and `CI=true`.
    #[must_use]
    pub fn start() -> Option<Self> {
        let python = judges::python()?;
        let mut command = Command::new(&python);
        let mut server = command
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the judges' Python runs");
        let mut log = BufReader::new(server.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let endpoint = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).expect("moto writes UTF-8"), 0, "moto ended before it listened: {said}");
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
            said.push_str(&line);
        };
        // Read on, or the server stops when the pipe is full.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Some(Self { server, python, endpoint })
    }

    /// Makes a bucket of the files of a folder; one named `public` may be read by anyone.
    ///
    /// # Panics
    /// When boto3 fails.
    pub fn upload(&self, bucket: &str, folder: &Path) {
        self.run(UPLOAD, &[&self.endpoint, bucket, folder.to_str().expect("test folders are UTF-8")]);
    }

    /// Keys of a user who may only list the bucket, and of one who may nothing. From then on everyone needs permission.
    ///
    /// # Panics
    /// When boto3 fails.
    #[must_use]
    pub fn enforce(&self, bucket: &str) -> [(String, String); 2] {
        let said = self.run(LISTER, &[&self.endpoint, bucket]);
        let keys: Vec<_> = said
            .lines()
            .map(|line| line.split_once(' ').expect("an id and a secret"))
            .map(|(id, key)| (id.to_owned(), key.to_owned()))
            .collect();
        keys.try_into().expect("two users")
    }

    fn run(&self, script: &str, arguments: &[&str]) -> String {
        let output = Command::new(&self.python).args(["-c", script]).args(arguments).output().expect("the judges' Python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("Python writes UTF-8")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
