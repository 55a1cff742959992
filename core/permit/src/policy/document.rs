//! Statements grouped by what they may act on and when, packed into managed policies that IAM takes.

use crate::connection::Connection;
use crate::json::Json;
use crate::kinds::Tier;
use crate::permit::Permit;
use crate::policy::names::Names;
use crate::row::{Guard, Scope};
use std::collections::BTreeMap;

/// The most characters of a managed policy, spaces not counted. Source: IAM quotas.
pub const MANAGED_CHARACTERS_MAX: usize = 6_144;
/// The most managed policies on a role unless AWS raises it. Source: IAM quotas.
pub const MANAGED_POLICIES_MAX: usize = 10;
/// The most characters of all inline policies of a role together, spaces not counted. Source: IAM quotas.
pub const INLINE_CHARACTERS_MAX: usize = 10_240;

/// Why there is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// More than a role can have.
    #[error("{0} managed policies are needed, and a role can have {MANAGED_POLICIES_MAX}: select less, or name fewer regions")]
    TooMany(usize),
    /// One action alone, with its resources and regions, is longer than a policy may be.
    #[error("`{0}` does not fit into a policy of {MANAGED_CHARACTERS_MAX} characters: name fewer regions")]
    TooLong(&'static str),
    /// A role can be assumed from within its partition alone.
    #[error("`{trusted}` cannot assume a role in {partition}")]
    OtherPartition {
        /// Who was to be trusted.
        trusted: String,
        /// Where the role is.
        partition: crate::Partition,
    },
    /// The connection allows no region, which IAM cannot say.
    #[error("the connection names no region; name one, or say all")]
    NoRegion,
}

/// Actions that may be done on the same things under the same guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id within the document.
    pub sid: String,
    /// The actions, sorted; at least one.
    pub actions: Vec<&'static str>,
    /// What they may act on.
    pub scope: Scope,
    /// What must hold besides, all of it.
    pub guards: &'static [Guard],
}

/// A policy document of one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Whose permissions it holds.
    pub tier: Tier,
    /// Its number within the tier, from 1.
    pub number: usize,
    /// Its statements; at least one.
    pub statements: Vec<Statement>,
}

/// The documents that grant exactly what is permitted, by tier. They are split for the longest names there are, so names change no document's
/// actions.
///
/// # Errors
/// When IAM cannot take it, or the connection makes no sense.
pub fn documents(permit: &Permit, connection: &Connection) -> Result<Vec<Document>, PolicyError> {
    check(connection)?;
    let names = Names::longest(&connection.regions);
    let mut documents = Vec::new();
    for tier in Tier::ALL {
        let mut groups = BTreeMap::<(Scope, &'static [Guard]), Vec<&'static str>>::new();
        for permitted in permit.of_tier(tier) {
            groups.entry((permitted.grant.scope, permitted.grant.guards)).or_default().push(permitted.grant.action);
        }
        documents.extend(pack(tier, groups, &names)?);
    }
    attachable(documents)
}

/// The documents, if a role can have as many.
pub(super) fn attachable(documents: Vec<Document>) -> Result<Vec<Document>, PolicyError> {
    if documents.len() <= MANAGED_POLICIES_MAX { Ok(documents) } else { Err(PolicyError::TooMany(documents.len())) }
}

/// Whether the documents would also fit into the role itself.
#[must_use]
pub fn fit_inline(documents: &[Document], connection: &Connection) -> bool {
    documents.iter().map(|document| document.characters(connection)).sum::<usize>() <= INLINE_CHARACTERS_MAX
}

fn check(connection: &Connection) -> Result<(), PolicyError> {
    if connection.trusted.partition() != connection.partition {
        let (trusted, partition) = (connection.trusted.to_string(), connection.partition);
        return Err(PolicyError::OtherPartition { trusted, partition });
    }
    if matches!(&connection.regions, crate::connection::Regions::Only(regions) if regions.is_empty()) {
        return Err(PolicyError::NoRegion);
    }
    Ok(())
}

fn pack(tier: Tier, groups: BTreeMap<(Scope, &'static [Guard]), Vec<&'static str>>, names: &Names) -> Result<Vec<Document>, PolicyError> {
    let mut documents = Vec::<Document>::new();
    let mut statement_number = 0;
    for ((scope, guards), actions) in groups {
        let mut open = false;
        for action in actions {
            if open && last(&mut documents).try_push(action, names) {
                continue;
            }
            statement_number += 1;
            let sid = format!("{}{statement_number}", capitalized(tier.as_str()));
            let statement = Statement { sid, actions: vec![action], scope, guards };
            let fits = documents.last_mut().is_some_and(|document| document.try_add(statement.clone(), names));
            if !fits {
                let document = Document { tier, number: documents.len() + 1, statements: vec![statement] };
                if document.characters_with(names) > MANAGED_CHARACTERS_MAX {
                    return Err(PolicyError::TooLong(action));
                }
                documents.push(document);
            }
            open = true;
        }
    }
    Ok(documents)
}

fn last(documents: &mut [Document]) -> &mut Document {
    documents.last_mut().expect("a statement was opened in one")
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl Document {
    /// Its name within the connection: `trial-1`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.tier, self.number)
    }

    /// Every action it grants.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.statements.iter().flat_map(|statement| statement.actions.iter().copied())
    }

    /// As IAM takes it, for people: two spaces a level.
    #[must_use]
    pub fn to_json(&self, connection: &Connection) -> String {
        self.json(&Names::of(connection)).pretty()
    }

    /// How many characters IAM counts.
    #[must_use]
    pub fn characters(&self, connection: &Connection) -> usize {
        self.characters_with(&Names::of(connection))
    }

    pub(crate) fn json(&self, names: &Names) -> Json {
        let statements = self.statements.iter().map(|statement| statement.json(names)).collect();
        Json::object([("Version", Json::text("2012-10-17")), ("Statement", Json::List(statements))])
    }

    fn characters_with(&self, names: &Names) -> usize {
        self.json(names).compact().chars().filter(|c| !c.is_whitespace()).count()
    }

    fn try_push(&mut self, action: &'static str, names: &Names) -> bool {
        let statement = self.statements.last_mut().expect("a document has a statement");
        statement.actions.push(action);
        let fits = self.characters_with(names) <= MANAGED_CHARACTERS_MAX;
        if !fits {
            self.statements.last_mut().expect("a document has a statement").actions.pop();
        }
        fits
    }

    fn try_add(&mut self, statement: Statement, names: &Names) -> bool {
        self.statements.push(statement);
        let fits = self.characters_with(names) <= MANAGED_CHARACTERS_MAX;
        if !fits {
            self.statements.pop();
        }
        fits
    }
}

impl Statement {
    pub(super) fn json(&self, names: &Names) -> Json {
        let resource = match self.scope {
            Scope::Unscopable => Json::text("*"),
            Scope::Arns(arns) => Json::one_or_list(arns.iter().map(|arn| names.fill(arn))),
        };
        let mut members = vec![
            ("Sid", Json::text(&self.sid)),
            ("Effect", Json::text("Allow")),
            ("Action", Json::one_or_list(self.actions.iter().copied())),
            ("Resource", resource),
        ];
        let mut operators = BTreeMap::<_, Vec<_>>::new();
        for (operator, key, values) in self.guards.iter().filter_map(|guard| names.condition(*guard)) {
            operators.entry(operator).or_default().push((key, Json::one_or_list(values)));
        }
        if !operators.is_empty() {
            let operators = operators.into_iter().map(|(operator, keys)| (operator, Json::object(keys)));
            members.push(("Condition", Json::object(operators)));
        }
        Json::object(members)
    }
}
