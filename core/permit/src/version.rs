//! Numbered versions of the policies: what each one granted, so that versions can be compared and a product can say what an older role lacks.
//!
//! A version is a text file in `versions/`, described in `docs/spec/permit.md`. A number that was published never changes what it means.

use crate::catalogue::capabilities;
use crate::kinds::{Access, Tier, UnknownAccess, UnknownTier};
use crate::row::{Grant, Guard, Scope, Via};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// The version that this catalogue grants.
pub const CURRENT: u32 = 1;

/// What every version granted, from the first.
const RECORDED: [(u32, &str); 1] = [(1, include_str!("../versions/1.txt"))];

const COLUMNS: &str = "tier\tlevel\taction\tvia\tscope\tguards\tcapabilities";

/// What a version of the policies granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    number: u32,
    grants: BTreeMap<String, Granted>,
}

/// What a version granted of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The lowest tier that had it.
    pub tier: Tier,
    /// AWS's access level of the action.
    pub access: Access,
    /// `policy` or `trust`.
    pub via: String,
    /// The ARNs it was limited to, or `*`.
    pub scope: String,
    /// The guards beside it, or `-`.
    pub guards: String,
    /// Every capability that needed it.
    pub capabilities: BTreeSet<String>,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The newer grants it, the older did not.
    Added {
        /// The action.
        action: String,
        /// How it is granted.
        granted: Granted,
    },
    /// The older granted it, the newer does not.
    Removed {
        /// The action.
        action: String,
        /// How it was granted.
        granted: Granted,
    },
    /// Both grant it, on other things, under other guards or in another tier.
    Altered {
        /// The action.
        action: String,
        /// How it was granted.
        before: Granted,
        /// How it is granted.
        after: Granted,
    },
}

/// A capability that a role of an older version does not fully have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Degraded {
    /// Its name.
    pub capability: String,
    /// The version that the role has.
    pub held: u32,
    /// The version that has all of it.
    pub wanted: u32,
    /// The actions the role lacks.
    pub missing: Vec<String>,
    /// The actions the role has on other things or under other guards, which may refuse what is needed now.
    pub narrower: Vec<String>,
}

/// Why a text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The first lines are not those of a version.
    #[error("not a record of a policy version: it has to begin with `tenor policy version N` and the line of columns")]
    Head,
    /// A line has not seven columns.
    #[error("line {line} has not the seven columns of a policy version")]
    Columns {
        /// Its number, from 1.
        line: usize,
    },
    /// A word of a line is not known.
    #[error("line {line} of a policy version cannot be understood")]
    Tier {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        source: UnknownTier,
    },
    /// A word of a line is not known.
    #[error("line {line} of a policy version cannot be understood")]
    Access {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        source: UnknownAccess,
    },
    /// An action stands on two lines.
    #[error("line {line} of a policy version grants `{action}` again")]
    Twice {
        /// Its number, from 1.
        line: usize,
        /// The action.
        action: String,
    },
}

impl Version {
    /// The recorded version of that number.
    #[must_use]
    pub fn find(number: u32) -> Option<Self> {
        let (_, text) = RECORDED.into_iter().find(|(known, _)| *known == number)?;
        Some(Self::parse(text).expect("recorded versions are read by a test"))
    }

    /// The numbers of all recorded versions.
    pub fn numbers() -> impl Iterator<Item = u32> {
        RECORDED.into_iter().map(|(number, _)| number)
    }

    /// What the catalogue grants now, under [`CURRENT`].
    #[must_use]
    pub fn of_catalogue() -> Self {
        let mut grants = BTreeMap::<String, Granted>::new();
        for capability in capabilities() {
            for grant in capability.operations.iter().flat_map(|operation| operation.grants) {
                let entry = grants.entry(grant.action.to_owned()).or_insert_with(|| Granted::new(capability.tier, grant));
                entry.tier = entry.tier.min(capability.tier);
                entry.capabilities.insert(capability.name.to_owned());
            }
        }
        Self { number: CURRENT, grants }
    }

    /// Read a record.
    ///
    /// # Errors
    /// Names the line that is not as `docs/spec/permit.md` says.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let mut lines = text.lines();
        let number = lines.next().and_then(|line| line.strip_prefix("tenor policy version ")).and_then(|number| number.parse().ok());
        let number = number.ok_or(VersionError::Head)?;
        if lines.next() != Some(COLUMNS) {
            return Err(VersionError::Head);
        }
        let mut grants = BTreeMap::new();
        for (line, row) in (3..).zip(lines) {
            let columns: Vec<_> = row.split('\t').collect();
            let [tier, access, action, via, scope, guards, capabilities] = columns.as_slice() else {
                return Err(VersionError::Columns { line });
            };
            let granted = Granted {
                tier: tier.parse().map_err(|source| VersionError::Tier { line, source })?,
                access: access.parse().map_err(|source| VersionError::Access { line, source })?,
                via: (*via).to_owned(),
                scope: (*scope).to_owned(),
                guards: (*guards).to_owned(),
                capabilities: capabilities.split(' ').map(str::to_owned).collect(),
            };
            if grants.insert((*action).to_owned(), granted).is_some() {
                return Err(VersionError::Twice { line, action: (*action).to_owned() });
            }
        }
        Ok(Self { number, grants })
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Every action it granted.
    #[must_use]
    pub const fn grants(&self) -> &BTreeMap<String, Granted> {
        &self.grants
    }

    /// What changed from `older` to this one, by action.
    #[must_use]
    pub fn changes_since(&self, older: &Self) -> Vec<Change> {
        let actions: BTreeSet<_> = self.grants.keys().chain(older.grants.keys()).cloned().collect();
        let mut changes = Vec::new();
        for action in actions {
            match (older.grants.get(&action).cloned(), self.grants.get(&action).cloned()) {
                (None, Some(granted)) => changes.push(Change::Added { action, granted }),
                (Some(granted), None) => changes.push(Change::Removed { action, granted }),
                (Some(before), Some(after)) if before.differs(&after) => changes.push(Change::Altered { action, before, after }),
                _ => {}
            }
        }
        changes
    }

    /// The capabilities of this version that a role of the version `held` does not fully have, and by which actions.
    #[must_use]
    pub fn degraded_on(&self, held: &Self) -> Vec<Degraded> {
        let mut degraded = BTreeMap::<String, Degraded>::new();
        for (action, granted) in &self.grants {
            let had = held.grants.get(action);
            if had.is_some_and(|had| (&had.via, &had.scope, &had.guards) == (&granted.via, &granted.scope, &granted.guards)) {
                continue;
            }
            for capability in &granted.capabilities {
                let entry = degraded.entry(capability.clone()).or_insert_with(|| Degraded {
                    capability: capability.clone(),
                    held: held.number,
                    wanted: self.number,
                    missing: Vec::new(),
                    narrower: Vec::new(),
                });
                let list = if had.is_none() { &mut entry.missing } else { &mut entry.narrower };
                list.push(action.clone());
            }
        }
        degraded.into_values().collect()
    }
}

impl Granted {
    fn new(tier: Tier, grant: &Grant) -> Self {
        let scope = match grant.scope {
            Scope::Unscopable => "*".to_owned(),
            Scope::Arns(arns) => arns.join(" "),
        };
        let guards: Vec<_> = grant.guards.iter().map(|guard| guard.record()).collect();
        Self {
            tier,
            access: grant.access,
            via: if grant.via == Via::Policy { "policy" } else { "trust" }.to_owned(),
            scope,
            guards: if guards.is_empty() { "-".to_owned() } else { guards.join(" ") },
            capabilities: BTreeSet::new(),
        }
    }

    /// Whether a role is granted something else; which capabilities need it is no difference to a role.
    fn differs(&self, other: &Self) -> bool {
        let granted = |of: &Self| (of.tier, of.via.clone(), of.scope.clone(), of.guards.clone());
        granted(self) != granted(other)
    }
}

impl Guard {
    fn record(self) -> String {
        match self {
            Self::Regions(key) => format!("regions={key}"),
            Self::MadeTagged => "made-tagged".to_owned(),
            Self::OwnTagKeys => "own-tag-keys".to_owned(),
            Self::HeldTagged => "held-tagged".to_owned(),
            Self::ServiceLinked(service) => format!("service-linked={service}"),
            Self::BucketOwner => "bucket-owner".to_owned(),
            Self::KeyPrefix => "key-prefix".to_owned(),
        }
    }
}

/// The record, as `versions/` keeps it.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tenor policy version {}\n{COLUMNS}", self.number)?;
        let mut rows: Vec<_> = self.grants.iter().map(|(action, granted)| (granted.tier, action, granted)).collect();
        rows.sort_by_key(|(tier, action, _)| (*tier, *action));
        for (tier, action, granted) in rows {
            let capabilities = granted.capabilities.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let Granted { access, via, scope, guards, .. } = granted;
            writeln!(f, "{tier}\t{access}\t{action}\t{via}\t{scope}\t{guards}\t{capabilities}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Degraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capability, held, wanted, missing, narrower } = self;
        let mut why = String::new();
        if !missing.is_empty() {
            write!(why, " lacks {}", missing.join(", "))?;
        }
        if !narrower.is_empty() {
            let and = if why.is_empty() { "" } else { " and" };
            write!(why, "{and} limits {} otherwise", narrower.join(", "))?;
        }
        write!(f, "{capability}: the role's policy version {held}{why}; version {wanted} has it")
    }
}

#[cfg(test)]
#[path = "version_tests.rs"]
mod tests;
