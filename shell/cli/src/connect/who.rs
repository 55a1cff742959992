//! For whom AWS is asked, as CloudTrail will say it: a word for each of the ledger's actors.

use super::keep;
use crate::context::Context;
use tenor_aws::proof::{Errand, Purpose, SourceIdentity};
use tenor_ledger::Actor;

/// What the schedule is called; of which job it was, the session's name says.
const SCHEDULE: &str = "schedule";
/// What Tenor itself is called.
const TENOR: &str = "tenor";

/// Something that is asked for whoever runs this command, for the schedule, or for who asked the server.
pub(crate) fn errand(context: &Context, purpose: Purpose) -> Errand {
    Errand { purpose, person: Some(identity(&keep::by(context).actor)) }
}

/// What somebody is called.
pub(crate) fn identity(actor: &Actor) -> SourceIdentity {
    match actor {
        // Whose a key is the ledger says.
        Actor::Person { key } => SourceIdentity::of(&format!("key-{key}")),
        Actor::LoggedIn { user, .. } => SourceIdentity::of(user.as_str()),
        Actor::Operator { name } => SourceIdentity::of(name.as_str()),
        Actor::Schedule { .. } => SourceIdentity::of(SCHEDULE),
        Actor::System => SourceIdentity::of(TENOR),
    }
}

#[cfg(test)]
mod tests {
    use super::identity;
    use tenor_ledger::{Actor, SigningKey, Text};

    #[test]
    fn everyone_is_called_by_a_word_of_theirs() {
        let key = SigningKey::from_seed(&[7; 32]).public();
        let text = |text: &str| Text::fitted(text);
        let actors = [
            Actor::LoggedIn { key, user: text("ada") },
            Actor::Operator { name: text("ben@laptop") },
            Actor::Schedule { name: text("watch") },
            Actor::System,
        ];
        assert_eq!(actors.map(|actor| identity(&actor).as_str().to_owned()), ["ada", "ben@laptop", "schedule", "tenor"]);
        assert!(identity(&Actor::Person { key }).as_str().starts_with("key-"));
    }
}
