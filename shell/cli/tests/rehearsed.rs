//! A year rehearsed in the sandbox: bought through AWS's API, billed by the sandbox, imported and simulated again by the product's own code.

use crate::documented::{blocks, word_for_word};
use crate::ran::{Ran, tenor};
use crate::sandbox::Sandbox;
use std::path::Path;
use tenor_testkit::judges;

fn done(ran: Ran) -> String {
    assert!(ran.0.status.success(), "{ran}");
    String::from_utf8(ran.0.stdout).expect("what is printed is text")
}

#[test]
fn a_year_of_purchases_and_changes_is_billed_as_the_simulation_has_it() {
    let Some(python) = judges::python() else { return };
    let (home, bills) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sandbox = Sandbox::serve(home.path());
    let advance = |time: &str| done(tenor(home.path(), ["sandbox", "advance", time]));
    let bought = sandbox.step(&python, &["january"]);
    let [large, convertible] = bought.split(' ').collect::<Vec<_>>()[..] else { panic!("{bought}") };
    advance("35d");
    let returned = sandbox.step(&python, &["february"]);
    advance("3d");
    sandbox.step(&python, &["return", &returned]);
    advance("10h");
    sandbox.step(&python, &["modify", large, convertible]);
    advance("25d");
    sandbox.step(&python, &["exchange", large, convertible]);
    // A restart forgets nothing.
    drop(sandbox);
    assert!(advance("303d").starts_with("2026-01-02T"));

    let settings = home.path().join("settings");
    let written = ["sandbox", "bills", "--out", bills.path().to_str().unwrap(), "--settings", settings.to_str().unwrap()];
    done(tenor(home.path(), written));
    let imported = done(tenor(home.path(), ["--format", "csv", "import", bills.path().to_str().unwrap()]));
    assert_eq!(imported.lines().count(), 13, "a heading and twelve months: {imported}");
    let [sharing, prices] = ["sharing.toml", "prices.csv"].map(|name| settings.join(name).display().to_string());
    for month in 1..=12 {
        let month = format!("2025-{month:02}");
        let ran = tenor(home.path(), ["--format", "csv", "cover", "--replay", &month, "--sharing", &sharing, "--prices", &prices]);
        let told = String::from_utf8(ran.0.stderr.clone()).unwrap();
        let compared = done(ran);
        assert!(told.contains(" hours simulated; nothing differs, to the last digit"), "{month}: {told}\n{compared}");
        assert!(compared.lines().count() > 8, "{month}: {compared}");
    }
}

#[test]
fn a_sandbox_is_asked_past_aws_only_by_its_owner() {
    let home = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "keys"]).to_string().replace(&home.path().display().to_string(), "[home]"), @"
    [stderr]
    error: there is no sandbox in `[home]/sandbox`
    hint: `tenor sandbox serve` makes one
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "advance", "soon"]).to_string(), @"
    [stderr]
    error: invalid value 'soon' for '<TIME>': `soon` is no time; write `30d`, `12h`, `5m` or `90s`

    For more information, try '--help'.
    [exit 2]
    ");
    let sandbox = Sandbox::serve(home.path());
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "serve"]).to_string(), @"
    [stderr]
    error: the sandbox is running
    hint: stop it first, or name another folder with --home
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "reset"]).to_string(), @"
    [stderr]
    error: the sandbox is running
    hint: stop it first, or name another folder with --home
    [exit 1]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "advance", "36h"]).to_string(), @"
    [stdout]
    2025-01-02T12:00:00Z
    [exit 0]
    ");
    let kept = home.path().join("before.json");
    assert!(tenor(home.path(), ["sandbox", "snapshot", kept.to_str().unwrap()]).0.status.success());
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "fault", "ec2:*", "late"]).to_string(), @"
    [stderr]
    error: invalid value 'late' for '<FAULT>': `late` is no fault; there are lost-before, lost-after, error-after, throttled, duplicated, stale, short-page, skewed-clock, denied

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "bills", "--out", "bills"]).to_string(), @"
    [stderr]
    error: no month is over in the sandbox; it is 2025-01-02T12:00:00Z there
    hint: `tenor sandbox advance 31d` lets a month pass
    [exit 1]
    ");
    assert_eq!(sandbox.key.len(), 20);
    drop(sandbox);
    assert!(tenor(home.path(), ["sandbox", "advance", "1d"]).0.status.success());
    assert!(tenor(home.path(), ["sandbox", "restore", kept.to_str().unwrap()]).0.status.success());
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "time"]).to_string(), @"
    [stdout]
    2025-01-02T12:00:00Z
    [exit 0]
    ");
    assert!(tenor(home.path(), ["sandbox", "reset"]).0.status.success());
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "time"]).to_string().replace(&home.path().display().to_string(), "[home]"), @"
    [stderr]
    error: there is no sandbox in `[home]/sandbox`
    hint: `tenor sandbox serve` makes one
    [exit 1]
    ");
}

#[test]
fn a_sandbox_that_is_told_to_end_keeps_what_it_knows() {
    let home = tempfile::tempdir().unwrap();
    let mut sandbox = Sandbox::serve(home.path());
    let books = home.path().join("sandbox/books.json");
    done(tenor(home.path(), ["sandbox", "advance", "1d"]));
    let text = std::fs::read_to_string(&books).unwrap();
    std::fs::remove_file(&books).unwrap();
    assert_eq!(sandbox.terminate().code(), Some(0));
    assert_eq!(std::fs::read_to_string(&books).unwrap(), text);
    drop(sandbox);
    insta::assert_snapshot!(tenor(home.path(), ["sandbox", "advance", "7321d"]).to_string(), @"
    [stderr]
    error: 632534400 s cannot pass at once: at least 0 and at most 632448000 (20 years) can; advance several times
    [exit 1]
    ");
    std::fs::write(&books, text.replace("tenor-sandbox-3", "tenor-sandbox-0")).unwrap();
    let told = ["serve", "time"].map(|command| tenor(home.path(), ["sandbox", command]).to_string());
    insta::assert_snapshot!(told.join("\n").replace(&home.path().display().to_string(), "[home]"), @"
    [stderr]
    error: [home]/sandbox/books.json is no sandbox of this version: its format is `tenor-sandbox-0`, not `tenor-sandbox-3`; open it with the version that wrote it, or put it away and begin anew
    [exit 1]
    [stderr]
    error: [home]/sandbox/books.json is no sandbox of this version: its format is `tenor-sandbox-0`, not `tenor-sandbox-3`; open it with the version that wrote it, or put it away and begin anew
    [exit 1]
    ");
}

/// The session in `docs/sandbox.md`, word for word, by AWS's own command line.
#[test]
fn the_documented_session_works_word_for_word() {
    let Some(python) = judges::python() else { return };
    let [session] = blocks(include_str!("../../../docs/sandbox.md"), "session")[..] else { panic!("the page has one session") };
    let (home, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sandbox = Sandbox::serve(home.path());
    let own = home.path().display().to_string();
    let variables = [
        ("TENOR_HOME", own.as_str()),
        ("AWS_ENDPOINT_URL", sandbox.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", sandbox.key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", sandbox.secret.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let (said, told) = word_for_word(session, work.path(), Path::new(&python).parent(), &variables);
    assert!(said.contains("active\t1.5\t2025-01-08T"), "{said}");
    assert!(said.contains("m5.large\t2\tretired") && said.contains("m5.xlarge\t1\tactive"), "{said}");
    assert!(told.contains("nothing differs, to the last digit"), "{told}");
}
