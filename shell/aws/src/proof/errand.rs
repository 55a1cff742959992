//! What a session is for and who has it done, in the words that CloudTrail keeps with every call of the session.
//!
//! It asks nobody: names of people come in as they are, and become what AWS takes.

/// Neither a session's name nor a source identity is shorter. Source: STS, `AssumeRole`.
const CHARACTERS_MIN: usize = 2;
/// Neither is longer.
const CHARACTERS_MAX: usize = 64;
/// An order is told by so many digits of its id, as commands tell it.
const ORDER_DIGITS: usize = 12;

/// What a session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To try a connection.
    Verify,
    /// To look into Cost Explorer.
    Look,
    /// To list what is held.
    Commitments,
    /// To see what needs attention.
    Watch,
    /// To hold the ledger against what AWS lists and CloudTrail recorded.
    Reconcile,
    /// To fetch price lists.
    Prices,
    /// To ask what time it is.
    Clock,
    /// To make an order, of which nothing is sent yet.
    Draft,
    /// To carry an order out.
    Order {
        /// The order's id, in hexadecimal digits.
        id: String,
    },
}

impl Purpose {
    /// What the session is called.
    #[must_use]
    pub fn session_name(&self) -> String {
        match self {
            Self::Verify => "tenor-verify".to_owned(),
            Self::Look => "tenor-look".to_owned(),
            Self::Commitments => "tenor-commitments".to_owned(),
            Self::Watch => "tenor-watch".to_owned(),
            Self::Reconcile => "tenor-reconcile".to_owned(),
            Self::Prices => "tenor-prices".to_owned(),
            Self::Clock => "tenor-clock".to_owned(),
            Self::Draft => "tenor-draft".to_owned(),
            Self::Order { id } => format!("tenor-order-{}", fitted(id, ORDER_DIGITS)),
        }
    }
}

/// Who has something done, as `SourceIdentity` takes it: 2 to 64 ASCII letters, digits and `_+=,.@-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIdentity(String);

impl SourceIdentity {
    /// One person's: what AWS does not take becomes `-`, and a name that is too long is cut.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut fitted = fitted(name, CHARACTERS_MAX);
        while fitted.len() < CHARACTERS_MIN {
            fitted.push('-');
        }
        Self(fitted)
    }

    /// That of several, parted by commas; those for whom there is no room are counted: `ada,ben,+2`. None where nobody is named.
    #[must_use]
    pub fn of_all<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = names.into_iter().map(|name| Self::of(name).0).collect();
        let text = |shown: usize| {
            let left = names.len() - shown;
            let more = if left == 0 { String::new() } else { format!(",+{left}") };
            format!("{}{more}", names[..shown].join(","))
        };
        let fits = (1..=names.len()).rev().map(text).find(|text| text.len() <= CHARACTERS_MAX);
        fits.or_else(|| names.first().cloned()).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A comma parts names, so none has one.
fn fitted(text: &str, characters_max: usize) -> String {
    let taken = |c: char| if c.is_ascii_alphanumeric() || "_+=.@-".contains(c) { c } else { '-' };
    text.chars().take(characters_max).map(taken).collect()
}

/// What a session is for, and who has it done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// What for.
    pub purpose: Purpose,
    /// For whom; none where nobody is known.
    pub person: Option<SourceIdentity>,
}

#[cfg(test)]
mod tests {
    use super::{Purpose, SourceIdentity};

    #[test]
    fn names_become_what_aws_takes() {
        let long = "x".repeat(70);
        let told = |name: &str| SourceIdentity::of(name).as_str().to_owned();
        insta::assert_snapshot!(["ada@example.com", "Zoë Doe", "a,b", "A", "", "aws:x", long.as_str()].map(told).join("\n"), @"
        ada@example.com
        Zo--Doe
        a-b
        A-
        --
        aws-x
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        ");
    }

    #[test]
    fn several_are_named_as_far_as_there_is_room_and_the_rest_is_counted() {
        let told = |names: &[&str]| {
            SourceIdentity::of_all(names.iter().copied()).map_or_else(|| "nobody".to_owned(), |all| all.as_str().to_owned())
        };
        let (half, long) = ("x".repeat(32), "y".repeat(64));
        let all = [told(&[]), told(&["ada"]), told(&["ada", "ben"]), told(&["ada", &half, &half]), told(&[&long, "ben"])];
        insta::assert_snapshot!(all.join("\n"), @"
        nobody
        ada
        ada,ben
        ada,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,+1
        yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
        ");
    }

    #[test]
    fn a_session_of_an_order_has_its_first_digits() {
        let order = Purpose::Order { id: "0123456789abcdef".repeat(4) };
        assert_eq!([order, Purpose::Verify].map(|purpose| purpose.session_name()), ["tenor-order-0123456789ab", "tenor-verify"]);
    }
}
