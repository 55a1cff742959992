//! What a program sends, read member by member. What nobody reads is refused: another thing than was wanted would look like it.

use crate::ask::{Ask, Sent};
use crate::reply::Trouble;
use serde_json::Value;
use tenor_state::UserName;

/// Whose token it is.
pub(super) fn user(ask: &Ask) -> Result<UserName, Trouble> {
    ask.who.user().map(|user| user.name.clone()).ok_or(Trouble::LogIn)
}

/// Refuses members but these.
pub(super) fn only(sent: &Sent, names: &[&str]) -> Result<(), Trouble> {
    match sent.members.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) if names.is_empty() => Err(Trouble::bad(format!("`{name}` is no member of this; it takes an empty object"))),
        Some(name) => Err(Trouble::bad(format!("`{name}` is no member of this; there are {}", names.join(", ")))),
        None => Ok(()),
    }
}

/// A text that has to be there.
pub(super) fn text<'a>(sent: &'a Sent, name: &str) -> Result<&'a str, Trouble> {
    sent.members.get(name).and_then(Value::as_str).ok_or_else(|| Trouble::bad(format!("`{name}` is missing, or no text")))
}

/// The same where it may be left out.
pub(super) fn maybe_text<'a>(sent: &'a Sent, name: &str) -> Result<Option<&'a str>, Trouble> {
    if sent.members.contains_key(name) { text(sent, name).map(Some) } else { Ok(None) }
}

/// Yes or no; no where nothing is said.
pub(super) fn flag(sent: &Sent, name: &str) -> Result<bool, Trouble> {
    let Some(said) = sent.members.get(name) else { return Ok(false) };
    said.as_bool().ok_or_else(|| Trouble::bad(format!("`{name}` is true or false")))
}

/// Texts; none where nothing is said.
pub(super) fn texts<'a>(sent: &'a Sent, name: &str) -> Result<Vec<&'a str>, Trouble> {
    let Some(said) = sent.members.get(name) else { return Ok(Vec::new()) };
    let texts = said.as_array().and_then(|all| all.iter().map(Value::as_str).collect());
    texts.ok_or_else(|| Trouble::bad(format!("`{name}` is a list of texts")))
}

/// A whole number; the usual one where nothing is said.
pub(super) fn number(sent: &Sent, name: &str, usual: u32, least: u32, most: u32) -> Result<u32, Trouble> {
    if sent.members.contains_key(name) { whole(sent, name, least, most) } else { Ok(usual) }
}

/// A whole number that has to be there.
pub(super) fn whole(sent: &Sent, name: &str, least: u32, most: u32) -> Result<u32, Trouble> {
    let said = sent.members.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let number = said.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Trouble::bad(format!("`{name}` is a whole number from {least} to {most}")))
}
