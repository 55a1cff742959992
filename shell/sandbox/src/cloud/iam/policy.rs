//! What IAM policies say to a request: enough of IAM's language for policies of roles, and what is not understood never permits anything.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What somebody wants to do.
#[derive(Debug, Clone)]
pub(crate) struct Wish<'a> {
    /// `savingsplans:CreateSavingsPlan`.
    pub(crate) action: &'a str,
    /// An ARN; `*` where the action has no resource.
    pub(crate) resource: &'a str,
    /// Condition keys, in lower case, and their values.
    pub(crate) context: &'a BTreeMap<String, Vec<String>>,
}

/// What policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

impl Decision {
    /// IAM's word.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// What the policies of an identity say.
pub(crate) fn decide<'d>(documents: impl Iterator<Item = &'d str>, wish: &Wish<'_>) -> Decision {
    let mut decision = Decision::ImplicitDeny;
    for document in documents {
        for statement in statements(document) {
            if !covers(&statement, wish) {
                continue;
            }
            match statement["Effect"].as_str() {
                Some("Deny") => return Decision::ExplicitDeny,
                Some("Allow") => decision = Decision::Allowed,
                _ => {}
            }
        }
    }
    decision
}

/// Whether a trust policy lets `principal` do this to the role.
pub(crate) fn trusts(document: &str, principal: &str, wish: &Wish<'_>) -> bool {
    let account = principal.split(':').nth(4).unwrap_or_default();
    let root = format!("arn:aws:iam::{account}:root");
    let is_meant = |statement: &Json| {
        // Whoever is not named by a `NotPrincipal` is not told here: a denial is for everyone, a permission for nobody.
        if !statement["NotPrincipal"].is_null() {
            return statement["Effect"] == "Deny";
        }
        let named = strings(&statement["Principal"]["AWS"]);
        statement["Principal"] == "*" || named.iter().any(|name| name == "*" || name == principal || *name == root || name == account)
    };
    let of_principal: Vec<Json> = statements(document).into_iter().filter(is_meant).collect();
    let fits = |effect: &str| of_principal.iter().any(|statement| statement["Effect"] == effect && covers_action(statement, wish));
    fits("Allow") && !fits("Deny")
}

fn statements(document: &str) -> Vec<Json> {
    match serde_json::from_str::<Json>(document).map(|mut document| document["Statement"].take()) {
        Ok(Json::Array(statements)) => statements,
        Ok(statement @ Json::Object(_)) => vec![statement],
        _ => Vec::new(),
    }
}

fn covers(statement: &Json, wish: &Wish<'_>) -> bool {
    let resources = match (&statement["Resource"], &statement["NotResource"]) {
        (Json::Null, Json::Null) => false,
        (Json::Null, not) => !strings(not).iter().any(|pattern| is_like(pattern, wish.resource)),
        (named, _) => strings(named).iter().any(|pattern| is_like(pattern, wish.resource)),
    };
    resources && covers_action(statement, wish)
}

fn covers_action(statement: &Json, wish: &Wish<'_>) -> bool {
    let is_named = |pattern: &String| is_like(&pattern.to_lowercase(), &wish.action.to_lowercase());
    let actions = match (&statement["Action"], &statement["NotAction"]) {
        (Json::Null, Json::Null) => false,
        (Json::Null, not) => !strings(not).iter().any(is_named),
        (named, _) => strings(named).iter().any(is_named),
    };
    actions && conditions_hold(statement, wish)
}

/// Whether all conditions of a statement hold. What is not understood holds for a denial and for no permission.
fn conditions_hold(statement: &Json, wish: &Wish<'_>) -> bool {
    let otherwise = statement["Effect"] == "Deny";
    let conditions = match &statement["Condition"] {
        Json::Null => return true,
        Json::Object(conditions) => conditions,
        _ => return otherwise,
    };
    conditions.iter().all(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return otherwise };
        keys.iter().all(|(key, values)| holds(operator, wish.context.get(&key.to_lowercase()), &strings(values)).unwrap_or(otherwise))
    })
}

/// Whether one condition holds; none for an operator that is not known.
fn holds(operator: &str, found: Option<&Vec<String>>, wanted: &[String]) -> Option<bool> {
    let (set, plain) = operator.split_once(':').map_or(("", operator), |(set, plain)| (set, plain));
    let (plain, if_exists) = plain.strip_suffix("IfExists").map_or((plain, false), |plain| (plain, true));
    if plain == "Null" {
        let is_null = found.is_none_or(Vec::is_empty);
        return Some(wanted.iter().all(|text| text == &is_null.to_string()));
    }
    let (matches, negated): (fn(&str, &str) -> bool, bool) = match plain {
        "StringEquals" => (|pattern, value| pattern == value, false),
        "StringNotEquals" => (|pattern, value| pattern == value, true),
        "StringEqualsIgnoreCase" | "Bool" => (|pattern, value| pattern.eq_ignore_ascii_case(value), false),
        "StringLike" | "ArnLike" | "ArnEquals" => (is_like, false),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (is_like, true),
        _ => return None,
    };
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        // No value at all: `ForAllValues` holds for each of none, `ForAnyValue` for no one, and what is asked not to be something is not.
        return Some(if_exists || set == "ForAllValues" || (negated && set != "ForAnyValue"));
    };
    let fits = |value: &String| wanted.iter().any(|pattern| matches(pattern, value)) != negated;
    Some(if set == "ForAnyValue" { found.iter().any(fits) } else { found.iter().all(fits) })
}

/// One text or a list of them.
fn strings(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Json::Bool(answer) => vec![answer.to_string()],
        _ => Vec::new(),
    }
}

/// Whether a text is like a pattern with `*` and `?`.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut of, mut star): (usize, usize, Option<(usize, usize)>) = (0, 0, None);
    while at < text.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at] => (at, of) = (at + 1, of + 1),
            _ => match star {
                // The last star takes one character more.
                Some((from, to)) => {
                    star = Some((from, to + 1));
                    (at, of) = (to + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[of..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::{Decision, Wish, decide, is_like, trusts};
    use std::collections::BTreeMap;

    fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()])).collect()
    }

    #[test]
    fn patterns_have_stars_and_question_marks() {
        let is = [("*", ""), ("a*c", "abbc"), ("a?c", "abc"), ("*b*b*", "abab"), ("", "")];
        let is_not = [("a", ""), ("a*c", "abb"), ("a?c", "ac"), ("", "a"), ("*ab", "aba")];
        assert!(is.iter().all(|(pattern, text)| is_like(pattern, text)));
        assert!(!is_not.iter().any(|(pattern, text)| is_like(pattern, text)));
    }

    #[test]
    fn a_denial_wins_and_silence_denies() {
        let allow = r#"{"Statement": {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}}"#;
        let deny = r#"{"Statement": [{"Effect": "Deny", "Action": ["ec2:DescribeTags"], "Resource": ["arn:aws:ec2:*"]}]}"#;
        let none = BTreeMap::new();
        let says = |action, resource| decide([allow, deny, "no json"].into_iter(), &Wish { action, resource, context: &none });
        assert_eq!(says("ec2:describeInstances", "*"), Decision::Allowed);
        assert_eq!(says("ec2:DescribeTags", "arn:aws:ec2:us-east-1"), Decision::ExplicitDeny);
        assert_eq!(says("ec2:RunInstances", "*"), Decision::ImplicitDeny);
    }

    #[test]
    fn conditions_hold_or_do_not() {
        let policy = |operator: &str| {
            format!(
                r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"aws:X": ["a", "b*"]}}}}}}}}"#
            )
        };
        let says = |operator: &str, pairs: &[(&str, &str)]| {
            let context = context(pairs);
            decide([policy(operator).as_str()].into_iter(), &Wish { action: "s:A", resource: "*", context: &context }) == Decision::Allowed
        };
        let (a, b, c) = ([("aws:x", "a")], [("aws:x", "bc")], [("aws:x", "c")]);
        assert_eq!([says("StringEquals", &a), says("StringEquals", &b), says("StringEquals", &[])], [true, false, false]);
        assert_eq!([says("StringLike", &b), says("StringLike", &c)], [true, false]);
        assert_eq!([says("StringNotLike", &b), says("StringNotLike", &c), says("StringNotLike", &[])], [false, true, true]);
        assert_eq!(
            [says("StringEqualsIfExists", &[]), says("ForAllValues:StringLike", &[]), says("ForAnyValue:StringLike", &[])],
            [true, true, false]
        );
        assert!(!says("NumericLessThan", &a) && !says("NotIpAddress", &[]), "what is not understood permits nothing");
        assert!(!says("ForAnyValue:StringNotEquals", &[]));
        let malformed = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": "none"}}"#;
        let wish = Wish { action: "s:A", resource: "*", context: &BTreeMap::new() };
        assert_eq!(decide([malformed].into_iter(), &wish), Decision::ImplicitDeny);
    }

    #[test]
    fn trust_is_for_the_principal_that_is_named() {
        let document = r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:user/a"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]}"#;
        let (right, wrong) = (context(&[("sts:externalid", "x")]), context(&[("sts:externalid", "y")]));
        let says = |principal, context| trusts(document, principal, &Wish { action: "sts:AssumeRole", resource: "*", context });
        assert!(says("arn:aws:iam::1:user/a", &right));
        assert!(
            !says("arn:aws:iam::1:user/a", &wrong)
                && !says("arn:aws:iam::1:user/b", &right)
                && !says("arn:aws:iam::1:user/a", &BTreeMap::new())
        );
    }
}
