//! Who asks, and whether they may. The one place where that is decided.
//!
//! In order: whose session or token it is; whether the route's rule has them; of what changes something, whether it was sent by a form that this server
//! made for them, from a page of its own.

use crate::app::App;
use crate::ask::{Ask, Members, Pairs, Sent, Theme, Who};
use crate::reply::Trouble;
use crate::route::{Kind, Method, Route, Rule};
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, PoisonError};
use tenor_ledger::ContentHasher;
use tenor_state::{ANSWER_KEY_CHARACTERS_MAX, Secret, StateError, SystemRandomness};
use url::Url;

/// A form has no more bytes.
const FORM_BYTES_MAX: usize = 64 << 10;
/// What a program sends has no more bytes.
const JSON_BYTES_MAX: usize = 64 << 10;
/// By which a program says that it asks for the same again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The field of every form that shows where it comes from.
pub(crate) const FORM_TOKEN: &str = "form_token";
/// A session's use is recorded so many times in its idle time, and not at each request.
const SEEN_SHARE: i32 = 10;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A request, before it is let through: who asks, and a cookie that they need for forms.
pub(crate) struct Identified {
    pub(crate) ask: Ask,
    pub(crate) cookie: Option<String>,
}

/// Finds out who asks.
pub(crate) async fn identify(app: &Arc<App>, route: &'static Route, path: Pairs, request: &Parts) -> Result<Identified, StateError> {
    let headers = &request.headers;
    let is_secure = is_secure(app, headers);
    // What is open to programs shows everybody the same; the state is not asked for it.
    let is_same_for_all = route.rule == Rule::Open && route.kind == Kind::Machine;
    if !is_same_for_all {
        app.home.look().await;
    }
    let now = app.now();
    let who = if is_same_for_all { Who::Nobody } else { who(app, route, headers, is_secure, now).await? };
    let (form_secret, cookie) = match &who {
        Who::LoggedIn { secret, .. } => (secret.clone(), None),
        _ => match cookie(headers, &form_cookie(is_secure)).and_then(Secret::read) {
            Some(secret) => (secret, None),
            None => {
                let secret = Secret::draw(&SystemRandomness::new()).map_err(tenor_state::KeyError::from)?;
                let set = format!("{}={}; {}", form_cookie(is_secure), secret.reveal(), cookie_rest(is_secure));
                (secret, (route.kind == Kind::Page).then_some(set))
            }
        },
    };
    let ask = Ask {
        route,
        address: request.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned(),
        path,
        query: Pairs::read(request.uri.query().unwrap_or_default()),
        form: Pairs::default(),
        sent: Sent::default(),
        who,
        form_token: form_secret.derive("tenor form 1"),
        theme: Theme::named(cookie_text(headers, "theme").unwrap_or_default()),
        from: from(app, request),
        host: host(app, headers).unwrap_or_default().to_owned(),
        attempt: cookie_text(headers, &oidc_cookie(is_secure)).map(str::to_owned),
        is_secure,
        is_cross_site: headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none"),
        now,
    };
    Ok(Identified { ask, cookie })
}

/// Whether they may; reads what they sent.
pub(crate) async fn admit(app: &App, ask: &mut Ask, headers: &HeaderMap, body: Body) -> Result<(), Trouble> {
    authorize(app, ask)?;
    if matches!(ask.route.kind, Kind::Api(_)) {
        check_query(ask)?;
    }
    if ask.route.method == Method::Get {
        return Ok(());
    }
    check_origin(app, ask, headers)?;
    if matches!(ask.route.kind, Kind::Api(_)) {
        ask.sent = sent(ask, headers, body).await?;
        return Ok(());
    }
    let is_form = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Err(Trouble::bad("what was sent is no form"));
    }
    let body = to_bytes(body, FORM_BYTES_MAX).await;
    let body = body.map_err(|_| Trouble::bad(format!("a form has {FORM_BYTES_MAX} bytes at most")))?;
    let form = Pairs::read(&String::from_utf8_lossy(&body));
    // Both are of 256 random bits and hashed: how long it takes to compare them tells nothing of use.
    if Secret::read(form.exact(FORM_TOKEN)).is_none_or(|token| token != ask.form_token) {
        return Err(Trouble::forbidden("the form is not of this session: it lay open too long, or was sent from elsewhere"));
    }
    ask.form = form;
    Ok(())
}

/// What a program sends: an object of JSON, by a token. A browser sends such a thing by itself for nobody, and who is logged in has the pages.
async fn sent(ask: &Ask, headers: &HeaderMap, body: Body) -> Result<Sent, Trouble> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).and_then(|kind| kind.split(';').next());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        let hint = "send an object with Content-Type: application/json";
        return Err(Trouble::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not JSON", "what was sent is no JSON", hint));
    }
    if !matches!(ask.who, Who::Token { .. }) {
        return Err(Trouble::forbidden("a program changes something by a token; who is logged in has the pages for that"));
    }
    let key = match headers.get(IDEMPOTENCY_KEY) {
        None => None,
        Some(key) => {
            let key = key.to_str().ok().map(str::trim).filter(|key| (1..=ANSWER_KEY_CHARACTERS_MAX).contains(&key.len()));
            let bad = || Trouble::bad(format!("`{IDEMPOTENCY_KEY}` is 1 to {ANSWER_KEY_CHARACTERS_MAX} plain characters"));
            Some(key.ok_or_else(bad)?.to_owned())
        }
    };
    let body = to_bytes(body, JSON_BYTES_MAX).await;
    let large = || {
        let detail = format!("what is sent has {JSON_BYTES_MAX} bytes at most");
        Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", detail, "send less")
    };
    let body = body.map_err(|_| large())?;
    let Members(members) =
        serde_json::from_slice(&body).map_err(|error| Trouble::bad(format!("what was sent is no object of JSON: {error}")))?;
    let mut asked = ContentHasher::default();
    asked.take(format!("{} {}\n", ask.route.method.as_str(), ask.address).as_bytes());
    asked.take(&body);
    Ok(Sent { members, key, hash: Some(asked.finish()) })
}

/// A program that asks for what is not there, or says something twice, is told so: another answer than it wanted would look like the right one.
fn check_query(ask: &Ask) -> Result<(), Trouble> {
    let mut said = BTreeSet::new();
    for (name, _) in &ask.query.0 {
        if !ask.route.params.iter().any(|param| param.name == name) {
            return Err(Trouble::bad(format!("`{name}` is nothing that {} knows", ask.route.path)));
        }
        if !said.insert(name) && name != "by" {
            return Err(Trouble::bad(format!("`{name}` is said twice")));
        }
    }
    Ok(())
}

fn authorize(app: &App, ask: &Ask) -> Result<(), Trouble> {
    if let Rule::OnThisMachine(_) = ask.route.rule
        && is_on_this_machine(app, ask)
    {
        return Ok(());
    }
    if !ask.route.rule.allows(ask.who.role()) && !has_scope_of_machine(ask) {
        return Err(match ask.who.user() {
            None => Trouble::LogIn,
            Some(user) => Trouble::forbidden(format!("`{}` is {}, and this takes more", user.name, user.role)),
        });
    }
    let Who::Token { token, .. } = &ask.who else { return Ok(()) };
    match (ask.route.kind, ask.route.rule) {
        (Kind::Api(scope), _) | (_, Rule::OnThisMachine(scope)) if !token.scopes.contains(&scope) => {
            Err(Trouble::forbidden(format!("the token {} is not for `{scope}`", token.prefix)))
        }
        _ => Ok(()),
    }
}

/// A token for the server's own figures shows nothing of a customer, so its user's role does not matter.
fn has_scope_of_machine(ask: &Ask) -> bool {
    matches!((&ask.who, ask.route.rule), (Who::Token { token, .. }, Rule::OnThisMachine(scope)) if token.scopes.contains(&scope))
}

/// Asked by this machine, by a name of this machine: a page elsewhere that has its name point here does not get it.
pub(crate) fn is_on_this_machine(app: &App, ask: &Ask) -> bool {
    let host = ask.host.as_str();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(name, _)| name);
    app.settings.is_loopback
        && !app.settings.is_behind_proxy
        && ask.from.is_loopback()
        && ["127.0.0.1", "localhost", "[::1]"].contains(&name)
}

async fn who(app: &Arc<App>, route: &Route, headers: &HeaderMap, is_secure: bool, now: jiff::Timestamp) -> Result<Who, StateError> {
    // A token is no way to pages, and a page needs none: what is in an address bar stays out of it.
    if let Some(token) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer ")) {
        if route.kind == Kind::Page {
            return Ok(Who::Nobody);
        }
        let token = token.trim().to_owned();
        let found = app.home.read(move |view| view.token(&token, now)).await?;
        return Ok(found.map_or(Who::Nobody, |(user, token)| Who::Token { user, token }));
    }
    let Some(secret) = cookie(headers, &session_cookie(is_secure)).and_then(Secret::read) else { return Ok(Who::Nobody) };
    let (limits, asked) = (app.settings.sessions, secret.clone());
    let Some(session) = app.home.read(move |view| view.session(&asked, limits, now)).await? else { return Ok(Who::Nobody) };
    if now.duration_since(session.seen) > limits.idle / SEEN_SHARE
        && let Some(seeing) = Seeing::begin(app, &secret)
    {
        // Nobody waits for it; where another process writes just now, the next request records it.
        tokio::spawn(async move {
            let seen = seeing.secret.clone();
            drop(seeing.app.home.write(now, move |state, _| state.see_session(&seen, now)).await);
            drop(seeing);
        });
    }
    Ok(Who::LoggedIn { session, secret })
}

/// A session whose use is being recorded: once at a time, however many requests come meanwhile.
struct Seeing {
    app: Arc<App>,
    secret: Secret,
}

impl Seeing {
    fn begin(app: &Arc<App>, secret: &Secret) -> Option<Self> {
        let mut all = app.seeing.lock().unwrap_or_else(PoisonError::into_inner);
        if all.contains(secret) {
            return None;
        }
        all.push(secret.clone());
        Some(Self { app: Arc::clone(app), secret: secret.clone() })
    }
}

impl Drop for Seeing {
    fn drop(&mut self) {
        self.app.seeing.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| *held != self.secret);
    }
}

/// A browser says where a form was sent from; only a page of this server will do.
fn check_origin(app: &App, ask: &Ask, headers: &HeaderMap) -> Result<(), Trouble> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let elsewhere = || Trouble::forbidden("the form was sent from another site");
    if text(&HeaderName::from_static("sec-fetch-site")).is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return Err(elsewhere());
    }
    let Some(origin) = text(&ORIGIN) else { return Ok(()) };
    let host = host(app, headers).ok_or_else(elsewhere)?;
    let scheme = if ask.is_secure { "https" } else { "http" };
    let same = match (Url::parse(origin), Url::parse(&format!("{scheme}://{host}"))) {
        (Ok(origin), Ok(own)) => origin.origin() == own.origin() && origin.origin().is_tuple(),
        _ => false,
    };
    if same { Ok(()) } else { Err(elsewhere()) }
}

/// By which name the browser asked.
fn host<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = || text(HeaderName::from_static("x-forwarded-host")).filter(|_| app.settings.is_behind_proxy);
    forwarded().or_else(|| text(HOST))
}

/// Whether the browser reached us through TLS.
pub(crate) fn is_secure(app: &App, headers: &HeaderMap) -> bool {
    let says_https = || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    app.settings.has_tls || (app.settings.is_behind_proxy && says_https())
}

fn from(app: &App, request: &Parts) -> IpAddr {
    let peer = request.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    if !app.settings.is_behind_proxy {
        return peer;
    }
    // The last one is the proxy's own word; those before it are anybody's.
    let last = request.headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|all| all.rsplit(',').next()).and_then(|address| address.trim().parse().ok()).unwrap_or(peer)
}

/// What the cookie of a session is called. `__Host-` keeps other hosts and plain HTTP from setting it.
pub(crate) fn session_cookie(is_secure: bool) -> String {
    format!("{}tenor", if is_secure { "__Host-" } else { "" })
}

pub(crate) fn form_cookie(is_secure: bool) -> String {
    format!("{}tenor-form", if is_secure { "__Host-" } else { "" })
}

/// What the cookie of an attempt to log in by the identity provider is called.
pub(crate) fn oidc_cookie(is_secure: bool) -> String {
    format!("{}tenor-oidc", if is_secure { "__Host-" } else { "" })
}

pub(crate) fn cookie_rest(is_secure: bool) -> String {
    format!("Path=/; HttpOnly; SameSite=Lax{}", if is_secure { "; Secure" } else { "" })
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookie_text(headers, name).filter(|value| !value.is_empty())
}

fn cookie_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(held, _)| *held == name).map(|(_, value)| value)
}
