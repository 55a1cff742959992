//! A key that a command prints, as one that asks a KMS does. It is run without a shell, and never waited for without end.

use super::KeyError;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// More is no key.
const OUTPUT_BYTES_MAX: u64 = 4096;
/// A command that has not ended by then is ended.
pub(super) const WAIT: Duration = Duration::from_secs(60);
/// How often it is looked whether it has ended, once its output has.
const LOOK_TIME: Duration = Duration::from_millis(10);

/// What the command prints. What it says on stderr goes to ours.
pub(super) fn output(argv: &[String], wait: Duration) -> Result<Vec<u8>, KeyError> {
    let (program, arguments) = argv.split_first().expect("a source has no empty command");
    let failed = |how: String| KeyError::Failed { program: program.clone(), how };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let io = |source| KeyError::Command { program: program.clone(), source };
    let mut child = command.spawn().map_err(io)?;
    let mut stdout = child.stdout.take().expect("it was asked for");
    let (tell, told) = mpsc::channel();
    // On a thread of its own, which ends when the pipe is closed; nobody waits for it if a grandchild keeps the pipe open.
    thread::spawn(move || {
        let mut printed = Vec::new();
        let read = stdout.by_ref().take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut printed).map(|_| printed);
        // Nobody listens any more once the wait is over.
        let _ = tell.send(read);
    });
    let Ok(printed) = told.recv_timeout(wait) else { return Err(failed(end(&mut child, wait))) };
    let printed = printed.map_err(io)?;
    if printed.len() as u64 > OUTPUT_BYTES_MAX {
        end(&mut child, wait);
        return Err(failed(format!("it printed more than {OUTPUT_BYTES_MAX} bytes")));
    }
    let mut looks = wait.as_millis() / LOOK_TIME.as_millis();
    let status = loop {
        match child.try_wait().map_err(io)? {
            Some(status) => break status,
            None if looks == 0 => return Err(failed(end(&mut child, wait))),
            None => thread::sleep(LOOK_TIME),
        }
        looks -= 1;
    };
    if status.success() { Ok(printed) } else { Err(failed(status.to_string())) }
}

fn end(child: &mut Child, wait: Duration) -> String {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    format!("it did not end within {} ms", wait.as_millis())
}

#[cfg(test)]
mod tests {
    use super::output;
    use std::time::Duration;

    fn told(argv: &[&str]) -> String {
        let argv = argv.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        output(&argv, Duration::from_millis(50)).unwrap_err().to_string()
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let expected = "which TENOR_KEY_COMMAND names, failed: it did not end within 50 ms";
        assert_eq!(told(&["sleep", "600"]), format!("`sleep`, {expected}"));
        // It has printed all it will, and stays.
        assert_eq!(told(&["sh", "-c", "exec >&-; exec sleep 600"]), format!("`sh`, {expected}"));
    }
}
