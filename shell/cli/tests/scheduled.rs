//! `tenor schedule` and `tenor notify`: a job done by hand and recorded, and what is told of it, to receivers of other people's making.

use crate::ran::{tenor, tenor_in};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tenor_testkit::sinks::Sink;

const SCHEDULE: &str = "
time_zone = \"Europe/Berlin\"

[import]
cron = \"0 6 * * *\"
sources = [\"HOME/none\"]

[verify]
cron = \"30 6 * * *\"

[backup]
cron = \"0 1 * * *\"
folder = \"HOME/backups\"
keep = 2
";

/// A home with a schedule.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("backups")).unwrap();
    fs::write(home.path().join("schedule.toml"), SCHEDULE.replace("HOME", home.path().to_str().unwrap())).unwrap();
    home
}

fn told(home: &Path, command: &str) -> String {
    tenor(home, command.split(' ')).to_string().replace(home.to_str().unwrap(), "HOME")
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of the home, for what it does by itself.
fn serve(home: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_clear().env("TENOR_HOME", home).args(["serve", "--port", "0", "--public-url", "https://tenor.example"]);
    Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_job_is_done_by_hand_recorded_and_fails_as_its_command_does() {
    let home = home();
    let check = told(home.path(), "--format csv schedule check");
    assert!(check.contains("import,0 6 * * *,Europe/Berlin,") && check.contains("[exit 0]"), "{check}");
    let failed = told(home.path(), "schedule run import");
    assert!(failed.contains("HOME/none") && failed.contains("error: `import` failed") && failed.contains("[exit 1]"), "{failed}");
    let verified = told(home.path(), "schedule run verify");
    assert!(verified.starts_with("[stdout]\n") && verified.contains("[exit 0]"), "{verified}");
    let history = told(home.path(), "--format csv schedule history import");
    assert!(history.contains(",import,") && history.contains(",failed,") && !history.contains(",verify,"), "{history}");
    assert!(told(home.path(), "schedule run digest").contains("`digest` is not in `schedule.toml`"));
}

#[test]
fn of_its_own_backups_the_schedule_keeps_the_newest_and_nobody_elses_goes() {
    let home = home();
    assert!(told(home.path(), "schedule run verify").contains("[exit 0]"));
    let by_hand = home.path().join("backups/by-hand.backup");
    assert!(told(home.path(), &format!("backup {}", by_hand.display())).contains("[exit 0]"));
    for _ in 0..4 {
        let ran = told(home.path(), "schedule run backup");
        assert!(ran.contains("[exit 0]"), "{ran}");
    }
    let mut names: Vec<_> =
        fs::read_dir(home.path().join("backups")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() == 3 && names[0] == "by-hand.backup", "{names:?}");
}

#[test]
fn what_failed_is_queued_and_a_server_tells_it_once() {
    let Some(sink) = Sink::webhook("both know it") else { return };
    let home = home();
    let notify = format!(
        "public_url = \"https://tenor.example\"\n\n[target.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/hook\"\nsecret_file = \"hook.secret\"\n",
        sink.port
    );
    fs::write(home.path().join("notify.toml"), notify).unwrap();
    fs::write(home.path().join("hook.secret"), "both know it\n").unwrap();
    assert!(told(home.path(), "schedule run import").contains("[exit 1]"));
    let waiting = told(home.path(), "--format csv notify list");
    assert!(waiting.contains(",hook,job-failed,waiting,0,"), "{waiting}");
    let server = serve(home.path());
    let got = sink.next();
    assert_eq!(
        (&got["verdict"], &got["body"]["kind"], &got["body"]["link"]),
        (&"new".into(), &"job-failed".into(), &"https://tenor.example/jobs".into())
    );
    drop(server);
    // Where the death came between the message and its note, it is sent again, and known.
    let _server = serve(home.path());
    assert!(told(home.path(), "notify test hook").contains("`hook` took it"));
    let mut next = sink.next();
    while next["verdict"] == "again" {
        next = sink.next();
    }
    assert_eq!(next["body"]["kind"], "test");
}

#[test]
fn a_secret_of_a_variable_is_used_and_one_that_lacks_is_told() {
    let Some(sink) = Sink::webhook("hush-hook") else { return };
    let home = home();
    let notify = format!("[target.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{}/hook\"\nsecret_variable = \"HOOK\"\n", sink.port);
    fs::write(home.path().join("notify.toml"), notify).unwrap();
    let taken = tenor_in(home.path(), ["notify", "test", "hook"], &[("HOOK", "hush-hook")]).to_string();
    assert!(taken.contains("`hook` took it"), "{taken}");
    assert_eq!(sink.next()["verdict"], "new");
    let forged = tenor_in(home.path(), ["notify", "test", "hook"], &[("HOOK", "other")]).to_string();
    assert!(forged.contains("the webhook answered 401") && forged.contains("[exit 1]"), "{forged}");
    assert_eq!(sink.next()["verdict"], "forged");
    let lacks = told(home.path(), "notify test hook");
    assert!(lacks.contains("the variable HOOK is not set") && lacks.contains("[exit 1]"), "{lacks}");
}
