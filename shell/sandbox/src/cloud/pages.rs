//! Answers in pages.

use super::ask::{Ask, Refusal};
use crate::random::hash;
use crate::sku::text_key;

/// How a service says pages: its members' names, and how many items one has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    /// The member with the most items wanted.
    pub(crate) limit: &'static str,
    /// The member with the token of the page before.
    pub(crate) token: &'static str,
    /// Items of a page when none are asked for.
    pub(crate) usual: usize,
    /// The fewest and most that may be asked for.
    pub(crate) range: (i64, i64),
    /// The code of a refusal for a wrong token or limit.
    pub(crate) refusal: &'static str,
}

impl Paging {
    /// The page that is asked for, and the token of the next one if there is one.
    ///
    /// A token is bound to the question: AWS refuses one that belongs to another.
    pub(crate) fn page<T>(&self, ask: &Ask<'_>, items: Vec<T>, most: Option<usize>) -> Result<(Vec<T>, Option<String>), Refusal> {
        let (fewest, greatest) = self.range;
        let limit = match ask.integer(self.limit) {
            None => self.usual,
            Some(limit) if (fewest..=greatest).contains(&limit) => usize::try_from(limit).unwrap_or(self.usual),
            Some(limit) => {
                return Err(Refusal::new(self.refusal, format!("{} must be between {fewest} and {greatest}, not {limit}", self.limit)));
            }
        };
        let limit = most.map_or(limit, |most| limit.min(most)).max(1);
        let key = format!("{:012x}", hash(&[question(ask, self)]) >> 16);
        let from = match ask.text(self.token) {
            None => 0,
            Some(token) => match token.split_once('-') {
                Some((of, at)) if of == key => at.parse().ok().filter(|at| *at <= items.len()).ok_or_else(|| self.wrong_token())?,
                _ => return Err(self.wrong_token()),
            },
        };
        let total = items.len();
        let page: Vec<T> = items.into_iter().skip(from).take(limit).collect();
        let next = from + page.len();
        Ok((page, (next < total).then(|| format!("{key}-{next}"))))
    }

    fn wrong_token(&self) -> Refusal {
        Refusal::new(self.refusal, format!("The value of {} is not valid", self.token))
    }
}

/// A number for the question without its page.
fn question(ask: &Ask<'_>, paging: &Paging) -> u64 {
    let mut input = ask.input.clone();
    if let tenor_wire::Value::Map(members) = &mut input {
        members.remove(paging.token);
        members.remove(paging.limit);
    }
    text_key(&format!("{} {} {input:?}", ask.caller.account, ask.region))
}
