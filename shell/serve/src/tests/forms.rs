//! Forms as a browser sends them: read from a page, filled in by a person, and sent with exactly the fields that stand there.

use super::{Asked, Reply, Site, cookie};
use tenor_state::Secret;

/// A form of a page.
pub(super) struct Form {
    action: String,
    /// Names and values, those that a person leaves as they are.
    fields: Vec<(String, String)>,
    /// Names that have to be filled in.
    required: Vec<String>,
}

impl Form {
    /// The form of a page that is posted there, by the end of its address. There is exactly one.
    pub(super) fn of(page: &str, action: &str) -> Self {
        let forms = page.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let all: Vec<&str> = forms.filter(|form| of_tag(form, "method") == "post" && of_tag(form, "action").ends_with(action)).collect();
        let [form] = &all[..] else { panic!("{} forms are posted to {action}: {page}", all.len()) };
        let (mut fields, mut required) = (Vec::new(), Vec::new());
        for piece in form.split('<').skip(1) {
            let tag = piece.split('>').next().unwrap();
            let name = of_tag(tag, "name");
            if tag.starts_with("input ") && !name.is_empty() {
                if tag.ends_with(" required") {
                    required.push(name.clone());
                }
                fields.push((name, of_tag(tag, "value")));
            } else if tag.starts_with("select ") {
                fields.push((name, chosen(form.split(&format!("<{tag}>")).nth(1).unwrap())));
            }
        }
        Self { action: of_tag(form, "action"), fields, required }
    }

    /// Writes into a field that stands there.
    pub(super) fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(held, _)| held == name);
        value.clone_into(&mut field.unwrap_or_else(|| panic!("the form has no field `{name}`")).1);
        self
    }

    /// What is in a field.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// Sends it, with what stands in it and nothing else.
    pub(super) async fn send(&self, site: &Site, session: &Secret) -> Reply {
        for name in &self.required {
            assert!(self.value(name).is_some_and(|value| !value.is_empty()), "a browser sends no form without `{name}`");
        }
        let form = self.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        site.ask(Asked { path: &self.action, form: Some(form), cookies: vec![cookie(session)], ..Asked::default() }).await
    }
}

/// The option that is chosen, which is the first where none is said to be.
fn chosen(select: &str) -> String {
    let options: Vec<&str> = select.split("</select>").next().unwrap().split("<option").skip(1).collect();
    let tag = |option: &str| option.split('>').next().unwrap().to_owned();
    let selected = options.iter().find(|option| tag(option).ends_with(" selected")).or(options.first()).expect("a select has options");
    of_tag(&tag(selected), "value")
}

/// An attribute of the first tag of a text; empty where it is not there.
fn of_tag(text: &str, name: &str) -> String {
    let tag = text.split('>').next().unwrap();
    let value = tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .into_iter()
        .fold(value.to_owned(), |text, (from, to)| text.replace(from, to))
}
