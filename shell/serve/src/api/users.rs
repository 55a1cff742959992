//! Who may log in, for programs. Users are changed by people, with their password: a token makes nobody anything.

use super::part::Part;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_state::{StoredToken, User};

pub(crate) async fn users(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let (users, tokens) = app.home.read(|view| Ok((view.users()?, view.tokens()?))).await?;
    let (items, next) =
        part.cut(users, |user| user.name.to_string(), |user| item(&user, tokens.iter().filter(|token| token.user == user.name)))?;
    Ok(document(&json!({ "items": items, "next": next })))
}

fn item<'a>(user: &User, tokens: impl Iterator<Item = &'a StoredToken>) -> Value {
    let token = |token: &StoredToken| {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        json!({
            "token": token.prefix, "label": token.label, "scopes": scopes, "created": token.created.to_string(), "expires": token.expires.to_string(),
        })
    };
    json!({
        "user": user.name.as_str(), "role": user.role.as_str(), "has_password": user.has_password, "created": user.created.to_string(),
        "tokens": tokens.map(token).collect::<Vec<_>>(),
    })
}
