//! Deploying a connection's template: as much of CloudFormation as makes a role and its policies.

use super::role::{Managed, Role};
use crate::cloud::Cloud;
use crate::random::{base32, hash};
use crate::sku::text_key;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Why a template is not deployed. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// No account of the organization.
    #[error("account {0} is not in the organization")]
    Account(String),
    /// Not JSON.
    #[error("the template is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Something that the sandbox does not do.
    #[error("{0}")]
    Template(String),
}

/// What stands in for a template's blanks.
struct Blanks {
    values: BTreeMap<String, String>,
}

impl Cloud {
    /// Makes or updates the role of a template in an account, with the values of its parameters; its ARN.
    ///
    /// # Errors
    /// When the template is not JSON, lacks a parameter's value, or makes what the sandbox has not.
    pub fn deploy(&mut self, account: &str, template: &str, parameters: &BTreeMap<String, String>) -> Result<String, DeployError> {
        let index =
            self.accounts.iter().position(|known| known.id == account).ok_or_else(|| DeployError::Account(account.to_owned()))? as u32;
        let template: Json = serde_json::from_str(template)?;
        let blanks = Blanks::of(&template, account, parameters)?;
        let empty = Map::new();
        let resources = template["Resources"].as_object().unwrap_or(&empty);
        let mut role = None;
        let mut managed = BTreeMap::new();
        for (logical, resource) in resources {
            let properties = blanks.fill(&resource["Properties"])?;
            match resource["Type"].as_str().unwrap_or_default() {
                "AWS::IAM::Role" if role.is_none() => role = Some(self.made_role(index, logical, &properties)?),
                "AWS::IAM::ManagedPolicy" => {
                    let (name, policy) = made_policy(logical, &properties)?;
                    managed.insert(name, policy);
                }
                other => {
                    return Err(DeployError::Template(format!(
                        "`{logical}` is a {other}; the sandbox deploys one role and its managed policies"
                    )));
                }
            }
        }
        let mut role: Role = role.ok_or_else(|| DeployError::Template("the template makes no role".to_owned()))?;
        let old = self.books.roles.iter().position(|known| known.account == index && known.name == role.name);
        let old = old.map(|at| self.books.roles.remove(at));
        for (name, mut policy) in managed {
            // A changed document is a new version of its policy.
            if let Some(before) = old.as_ref().and_then(|old| old.managed.get(&name)) {
                let document = policy.versions.remove(&1).unwrap_or_default();
                policy = before.clone();
                if policy.versions.get(&policy.newest()) != Some(&document) {
                    policy.versions.insert(policy.newest() + 1, document);
                }
            }
            role.managed.insert(name, policy);
        }
        let arn = self.role_arn(&role);
        self.books.roles.push(role);
        Ok(arn)
    }

    fn made_role(&self, account: u32, logical: &str, properties: &Json) -> Result<Role, DeployError> {
        let name = text(properties, "RoleName").unwrap_or(logical).to_owned();
        let mut tags = BTreeMap::new();
        for tag in properties["Tags"].as_array().into_iter().flatten() {
            tags.insert(text(tag, "Key").unwrap_or_default().to_owned(), text(tag, "Value").unwrap_or_default().to_owned());
        }
        let mut inline = BTreeMap::new();
        for policy in properties["Policies"].as_array().into_iter().flatten() {
            inline.insert(text(policy, "PolicyName").unwrap_or_default().to_owned(), policy["PolicyDocument"].to_string());
        }
        if !properties["AssumeRolePolicyDocument"].is_object() {
            return Err(DeployError::Template(format!("`{logical}` has no AssumeRolePolicyDocument")));
        }
        Ok(Role {
            account,
            id: format!("AROA{}", base32(16, hash(&[text_key(&name), u64::from(account)])).to_uppercase()),
            path: text(properties, "Path").unwrap_or("/").to_owned(),
            made: self.books.now,
            description: text(properties, "Description").unwrap_or_default().to_owned(),
            session_max: properties["MaxSessionDuration"].as_i64().unwrap_or(3_600),
            trust: properties["AssumeRolePolicyDocument"].to_string(),
            tags,
            managed: BTreeMap::new(),
            inline,
            name,
        })
    }
}

fn made_policy(logical: &str, properties: &Json) -> Result<(String, Managed), DeployError> {
    if !properties["PolicyDocument"].is_object() {
        return Err(DeployError::Template(format!("`{logical}` has no PolicyDocument")));
    }
    let name = text(properties, "ManagedPolicyName").unwrap_or(logical).to_owned();
    let managed = Managed {
        path: text(properties, "Path").unwrap_or("/").to_owned(),
        id: format!("ANPA{}", base32(16, text_key(&name)).to_uppercase()),
        description: text(properties, "Description").unwrap_or_default().to_owned(),
        versions: BTreeMap::from([(1, properties["PolicyDocument"].to_string())]),
    };
    Ok((name, managed))
}

fn text<'j>(value: &'j Json, name: &str) -> Option<&'j str> {
    value[name].as_str()
}

impl Blanks {
    fn of(template: &Json, account: &str, given: &BTreeMap<String, String>) -> Result<Self, DeployError> {
        let mut values = BTreeMap::from([
            ("AWS::AccountId".to_owned(), account.to_owned()),
            ("AWS::Partition".to_owned(), "aws".to_owned()),
            ("AWS::Region".to_owned(), "us-east-1".to_owned()),
        ]);
        for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
            let value = given.get(name).map(String::as_str).or_else(|| text(parameter, "Default"));
            let value = value.ok_or_else(|| DeployError::Template(format!("parameter `{name}` has no value")))?;
            values.insert(name.clone(), value.to_owned());
        }
        Ok(Self { values })
    }

    /// The value with every `Ref` and `Fn::Sub` filled in.
    fn fill(&self, value: &Json) -> Result<Json, DeployError> {
        match value {
            Json::Array(items) => items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>().map(Json::Array),
            Json::Object(members) => match members.iter().next() {
                // A reference to another resource is by its logical name: only roles are referred to, and there is one.
                Some((name, Json::String(of))) if members.len() == 1 && name == "Ref" => {
                    Ok(Json::String(self.values.get(of).unwrap_or(of).clone()))
                }
                Some((name, Json::String(pattern))) if members.len() == 1 && name == "Fn::Sub" => {
                    self.substitute(pattern).map(Json::String)
                }
                Some((name, _)) if members.len() == 1 && name.starts_with("Fn::") => {
                    Err(DeployError::Template(format!("the sandbox does not do `{name}`")))
                }
                _ => {
                    members.iter().map(|(name, member)| Ok((name.clone(), self.fill(member)?))).collect::<Result<_, _>>().map(Json::Object)
                }
            },
            other => Ok(other.clone()),
        }
    }

    fn substitute(&self, pattern: &str) -> Result<String, DeployError> {
        let mut pieces = pattern.split("${");
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let wrong = || DeployError::Template(format!("`{pattern}` names what the template does not have"));
            let (name, rest) = piece.split_once('}').ok_or_else(wrong)?;
            out.push_str(self.values.get(name).ok_or_else(wrong)?);
            out.push_str(rest);
        }
        Ok(out)
    }
}
