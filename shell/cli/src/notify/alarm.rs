//! Tells that the ledger is not what was written: at once, and past the outbox, since nothing can be queued then. A process tells each target once.

use super::file::Notify;
use super::{facts, new_id};
use crate::context::Context;
use futures::future::join_all;
use std::collections::BTreeSet;
use tenor_notify::{Kind, Sender};
use tenor_state::StateError;
use tokio::sync::Mutex;

/// Who does not take it is tried no more often.
const ATTEMPTS_MAX: u32 = 15;

/// Who was told, by this process.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Mutex<Rung>);

#[derive(Debug, Default)]
struct Rung {
    /// The same whenever it is sent.
    id: Option<String>,
    attempts: u32,
    told: BTreeSet<String>,
}

impl Alarm {
    /// Tells whoever was not told yet. What goes wrong is told on stderr.
    pub(crate) async fn ring(&self, context: &Context, notify: &Notify, error: &StateError) {
        let mut rung = self.0.lock().await;
        let left = notify.targets.iter().filter(|(_, addressee)| addressee.kinds.contains(&Kind::LedgerBroken));
        let left: Vec<_> = left.filter(|(name, _)| !rung.told.contains(*name)).collect();
        if left.is_empty() || rung.attempts >= ATTEMPTS_MAX {
            return;
        }
        rung.attempts += 1;
        let (sender, id) = match (Sender::new(), rung.id.clone().map_or_else(new_id, Ok)) {
            (Ok(sender), Ok(id)) => (sender, id),
            (Err(error), _) => return context.note(format_args!("nobody is told of the ledger: {}", error.told())),
            (_, Err(error)) => return context.note(format_args!("nobody is told of the ledger: {error}")),
        };
        rung.id = Some(id.clone());
        let message = notify.message(&facts::of_broken(error, context.now()));
        let (sender, id, message) = (&sender, id.as_str(), &message);
        let mut sending = Vec::new();
        for (name, addressee) in left {
            let now = context.now();
            sending.push(async move { (name, sender.send(&addressee.target, id, Kind::LedgerBroken, message, now).await) });
        }
        for (name, sent) in join_all(sending).await {
            match sent {
                Ok(()) => {
                    rung.told.insert(name.clone());
                }
                Err(error) => context.note(format_args!("`{name}` is not told of the ledger: {}", error.told())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Alarm;
    use crate::context::Context;
    use crate::notify::Notify;
    use crate::notify::receiver::receive;
    use crate::output::Format;
    use std::fs;
    use std::sync::atomic::Ordering;
    use tenor_state::{LedgerError, StateError};

    #[tokio::test]
    async fn a_process_tells_each_target_once() {
        let (file, taken) = receive();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("hook.secret"), "both know it").unwrap();
        let others = "[target.gone]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\nsecret_file = \"hook.secret\"\n";
        fs::write(home.path().join("notify.toml"), format!("{file}{others}")).unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let notify = Notify::read(&context, None).unwrap().unwrap();
        let (alarm, error) = (Alarm::default(), StateError::Ledger(LedgerError::NoHead));
        for _ in 0..3 {
            alarm.ring(&context, &notify, &error).await;
        }
        assert_eq!(taken.load(Ordering::SeqCst), 1);
    }
}
