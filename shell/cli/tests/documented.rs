//! What documents show is run word for word.

use crate::sandbox::Sandbox;
use std::path::Path;
use std::process::Command;
use tenor_sandbox::{BillRequest, Format, write_bill};

/// The blocks of a page for a shell whose first line is a comment that begins so.
pub(crate) fn blocks<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let (fence, begin) = ("```sh\n", format!("```sh\n# {mark}"));
    page.match_indices(&begin).map(|(at, _)| page[at + fence.len()..].split("```").next().unwrap()).collect()
}

/// Has a shell run a block in a folder, with `tenor` and what lies in `programs` on its path; what it said and told.
pub(crate) fn word_for_word(block: &str, folder: &Path, programs: Option<&Path>, variables: &[(&str, &str)]) -> (String, String) {
    let ours = Path::new(env!("CARGO_BIN_EXE_tenor")).parent().unwrap();
    let folders = programs.into_iter().chain([ours]).map(|folder| folder.display().to_string() + ":");
    let path = folders.collect::<String>() + "/usr/bin:/bin";
    let mut shell = Command::new("sh");
    shell.args(["-euc", block]).current_dir(folder).env_clear().env("PATH", path).env("HOME", folder).envs(variables.iter().copied());
    let output = shell.output().unwrap();
    let (said, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{block}\n{said}\n{told}");
    (said, told)
}

/// The walk in the README, from a folder of bills to an order that was carried out; the server that it has in another terminal runs between its parts.
#[test]
fn the_walk_from_a_bill_to_a_first_order_works_word_for_word() {
    let page = include_str!("../../../README.md");
    let [bill, order] = blocks(page, "walk")[..] else { panic!("the walk has two parts") };
    let serves = "```sh\ntenor --home rehearsal sandbox serve ";
    assert!(page.contains(serves), "the server is shown");
    let (home, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_bill(&BillRequest { accounts: 4, ..BillRequest::small(Format::LegacyCsv) }, &work.path().join("my-cur")).unwrap();
    let own = home.path().display().to_string();
    let (said, told) = word_for_word(bill, work.path(), None, &[("TENOR_HOME", own.as_str())]);
    assert!(said.contains("2025-01") && said.contains("Amazon Relational Database Service"), "{said}");
    assert!(told.contains("of the list cost of all usage"), "{told}");

    let rehearsal = work.path().join("rehearsal");
    let sandbox = Sandbox::serve(&rehearsal);
    let given = [
        ("AWS_ENDPOINT_URL", sandbox.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", sandbox.key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", sandbox.secret.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let (said, told) = word_for_word(order, work.path(), None, &given);
    assert!(said.contains("be sent") && said.contains("not billed yet"), "{said}");
    for line in ["nothing was sent: say --live to carry it out", "done: every step", "the ledger is whole"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains(&sandbox.secret) && !said.contains(&sandbox.secret), "a secret is told");
    // What was bought is the rehearsal's: the own home knows of no proposal, and of no order.
    assert!(rehearsal.join("proposals").exists() && !home.path().join("proposals").exists());
}
