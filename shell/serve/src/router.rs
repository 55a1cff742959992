//! The table of routes as a service: each request is timed, guarded, answered, counted and given its headers in one place.

use crate::app::App;
use crate::ask::{Ask, Pairs, Who};
use crate::guard::{self, Identified};
use crate::headers;
use crate::pages::Frame;
use crate::readings::NotRecorded;
use crate::reply::{self, Trouble};
use crate::route::{Kind, Method, Route, Rule};
use crate::routes::ROUTES;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tenor_state::Reading;

/// All routes, ready to be served.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let app = Arc::clone(&app);
        let handler = move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let app = Arc::clone(&app);
            async move {
                match path {
                    // Whoever asks for the head alone is shown nothing: it would be recorded that they were, and a file would be taken away by nobody.
                    _ if request.method() == axum::http::Method::HEAD && route.word.is_some() => {
                        none(app, request, StatusCode::METHOD_NOT_ALLOWED).await
                    }
                    Ok(path) => answer(app, route, pairs(&path), request).await,
                    // What is no text is the name of nothing.
                    Err(_) => none(app, request, StatusCode::NOT_FOUND).await,
                }
            }
        };
        router = router.route(route.path, on(filter, handler));
    }
    let (missing, wrong, secured) = (Arc::clone(&app), Arc::clone(&app), app);
    router
        .fallback(move |request: Request| none(Arc::clone(&missing), request, StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(move |request: Request| none(Arc::clone(&wrong), request, StatusCode::METHOD_NOT_ALLOWED))
        .layer(from_fn(move |request: Request, next: Next| {
            let is_secure = guard::is_secure(&secured, request.headers());
            async move {
                let mut response = next.run(request).await;
                headers::add(&mut response, is_secure);
                response
            }
        }))
}

async fn answer(app: Arc<App>, route: &'static Route, path: Pairs, request: Request) -> Response {
    let begun = Instant::now();
    // What panics has let go of its locks, or poisoned them, which whoever takes them next sees.
    let guarded = AssertUnwindSafe(guarded(&app, route, path, request)).catch_unwind();
    let answered = tokio::time::timeout(app.settings.answer_max, guarded).await;
    let broken = || {
        app.note(&format!("{route:?}: it panicked; what it said is above"));
        let (title, hint) = ("It went wrong", "this is a fault of Tenor's: report it, with what the server's log says");
        reply::trouble(
            route.kind,
            &Frame::default(),
            Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, title, "it could not be answered", hint),
        )
    };
    let slow = || {
        app.note(&format!("{route:?}: there was no answer in time"));
        let (title, hint) = ("It takes too long", "ask for a shorter time or fewer groups");
        reply::trouble(route.kind, &Frame::default(), Trouble::new(StatusCode::GATEWAY_TIMEOUT, title, "there was no answer in time", hint))
    };
    let response = answered.map_or_else(|_| slow(), |answered| answered.unwrap_or_else(|_| broken()));
    app.metrics.count(Some(route), response.status().as_u16(), begun.elapsed());
    response
}

async fn guarded(app: &Arc<App>, route: &'static Route, path: Pairs, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Identified { mut ask, cookie } = match guard::identify(app, route, path, &parts).await {
        Ok(identified) => identified,
        Err(error) => return told(app, route, &Frame::default(), error.into()),
    };
    let (frame, reading) = (ask.frame(), reading(&ask));
    let admitted = guard::admit(app, &mut ask, &parts.headers, body).await;
    let mut is_recorded = true;
    let admitted = admitted.and_then(|()| {
        app.rate.take(route, ask.from, ask.now).map_err(|wait| {
            is_recorded = wait.is_recorded;
            Trouble::wait("this address asks more than it may", wait.seconds)
        })
    });
    let answered = match admitted {
        Ok(()) => (route.answer)(Arc::clone(app), ask).await,
        Err(trouble) => Err(trouble),
    };
    // A form that is not carried out may be answered with the page that it stood on. What went wrong shows nothing of a customer.
    let shows = answered.as_ref().is_ok_and(|response| !response.status().is_redirection());
    let mut response = answered.unwrap_or_else(|trouble| told(app, route, &frame, trouble));
    let is_shown = route.method == Method::Get || shows;
    if let Some(reading) = reading.filter(|_| is_recorded && is_shown) {
        let status = response.status().as_u16();
        // What is not recorded is not shown.
        if let Err(error) = app.home.saw(Reading { status, ..reading }).await {
            response = told(app, route, &frame, unrecorded(&error));
        }
    }
    match cookie {
        Some(cookie) => reply::with_cookie(response, &cookie),
        None => response,
    }
}

/// What is recorded of somebody's looking at a customer's data; how it went is not known yet. That of a form counts where it is answered with a page, and what
/// a program changes where it is answered at all.
fn reading(ask: &Ask) -> Option<Reading> {
    let is_looked_at = ask.route.method == Method::Get || ask.route.rule != Rule::Open;
    let (true, Some(word), Some(user)) = (is_looked_at, ask.route.word, ask.who.user()) else { return None };
    let token = match &ask.who {
        Who::Token { token, .. } => Some(token.prefix.clone()),
        _ => None,
    };
    Some(Reading { moment: ask.now, user: user.name.to_string(), token, route: word, address: ask.address.clone(), status: 0 })
}

fn unrecorded(error: &NotRecorded) -> Trouble {
    let (title, hint) = ("It cannot be recorded", "what cannot be recorded is not shown: restart the server");
    Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, title, error.to_string(), hint)
}

/// A failure of ours is told to the owner too, once, and here.
pub(crate) fn told(app: &App, route: &Route, frame: &Frame, trouble: Trouble) -> Response {
    if let Trouble::Told(told) = &trouble
        && told.status.is_server_error()
    {
        app.note(&format!("{route:?}: {}", told.cause.as_ref().unwrap_or(&told.detail)));
    }
    reply::trouble(route.kind, frame, trouble)
}

async fn none(app: Arc<App>, request: Request, status: StatusCode) -> Response {
    let kind = if request.uri().path().starts_with("/api/") { Kind::Machine } else { Kind::Page };
    let trouble = match status {
        StatusCode::NOT_FOUND => Trouble::not_found("there is nothing at this address"),
        _ => Trouble::new(status, "Not like this", "this address is not for that method", "look at the address"),
    };
    app.metrics.count(None, status.as_u16(), std::time::Duration::ZERO);
    reply::trouble(kind, &Frame::default(), trouble)
}

fn pairs(path: &RawPathParams) -> Pairs {
    Pairs(path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
