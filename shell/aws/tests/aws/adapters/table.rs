//! Every adapter, called once; held against the catalogue.

use super::changes;
use super::fake::{Fake, Reply};
use super::reads;
use super::sample::{call, page};
use crate::client::world::run;
use futures::future::BoxFuture;
use std::collections::BTreeSet;
use tenor_aws::answer::AnswerError;
use tenor_aws::client::Client;
use tenor_permit::{Channel, Operation, Retry, operations};

/// An operation, and a call of its adapter that tells the typed answer.
pub(crate) type Row = (&'static str, fn(Client) -> BoxFuture<'static, Result<String, AnswerError>>);

/// A row of the table: what is called, and what calls it.
macro_rules! row {
    ($name:literal, |$client:ident| $call:expr) => {
        ($name, |$client: tenor_aws::client::Client| Box::pin(async move { $call.await.map(|answer| format!("{answer:?}")) }))
    };
}
pub(crate) use row;

/// Those that answer nothing when all is well.
const SILENT: [&str; 9] = [
    "cur:PutReportDefinition",
    "ec2:CreateTags",
    "s3:CreateBucket",
    "s3:PutBucketEncryption",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketPolicy",
    "s3:PutPublicAccessBlock",
    "savingsplans:DeleteQueuedSavingsPlan",
    // No constraint is the first region.
    "s3:GetBucketLocation",
];

/// All rows.
pub(crate) fn all() -> Vec<Row> {
    reads::rows().into_iter().chain(changes::rows()).collect()
}

/// What may be called with the codec: `aws-config` asks who somebody is too, but a connection's identity is asked by the client.
fn catalogued() -> impl Iterator<Item = &'static Operation> {
    operations().filter(|operation| operation.channel == Channel::Codec || operation.name == "GetCallerIdentity")
}

fn catalogued_as(name: &str) -> &'static Operation {
    let (service, operation) = name.split_once(':').unwrap();
    Operation::find(service, operation).unwrap()
}

#[test]
fn every_catalogued_operation_has_an_adapter() {
    let has: BTreeSet<String> = all().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(has.len(), all().len(), "an operation is in two rows");
    assert_eq!(has, catalogued().map(ToString::to_string).collect());
    for (name, _) in reads::rows() {
        assert!(catalogued_as(name).retry == Retry::Read, "{name} is no read");
    }
    for (name, _) in changes::rows() {
        assert!(catalogued_as(name).retry != Retry::Read, "{name} is no change");
    }
}

#[test]
fn an_adapter_calls_its_operation_and_reads_every_member_of_every_page() {
    for (name, adapter) in all() {
        let has_pages = call(name).operation.pages.is_some();
        let fake = Fake::new(move |asked| Reply::Good(page(call(&asked.name), has_pages && asked.before == 0)));
        let (client, world) = fake.client();
        let answer = run(adapter(client)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let pages = if has_pages { 2 } else { 1 };
        assert_eq!(fake.names(), vec![name; pages], "{name}");
        let recorded: Vec<String> =
            world.records.lock().unwrap().iter().map(|record| format!("{}:{}", record.service, record.operation)).collect();
        assert_eq!(recorded, fake.names());
        for nothing in ["None", "[]", "{}", "Tags({})", "\"\""] {
            assert!(!answer.contains(nothing), "{name}: a member is not read: {answer}");
        }
    }
}

#[test]
fn an_answer_with_nothing_in_it_is_no_empty_list() {
    for (name, adapter) in all().into_iter().filter(|(name, _)| !SILENT.contains(name)) {
        let fake = Fake::new(|_| Reply::Empty);
        let error = run(adapter(fake.client().0)).expect_err(name);
        assert!(error.to_string().contains(name), "{name}: {error}");
        assert_eq!(error.fate(), tenor_aws::client::Fate::Unknown, "{name}");
    }
}

#[test]
fn a_refusal_names_the_operation() {
    for (name, adapter) in all() {
        let code = if name.starts_with("ec2:") { "UnauthorizedOperation" } else { "AccessDeniedException" };
        let fake = Fake::new(move |_| Reply::Fault(code, 403));
        let error = run(adapter(fake.client().0)).expect_err(name);
        assert!(error.is_denied() && error.to_string().contains(name), "{name}: {error}");
        assert_eq!((error.fate(), fake.names().len()), (tenor_aws::client::Fate::Refused, 1), "{name}");
    }
}
