//! Who looked at what is recorded, and the ledger says how far.

use super::{Bills, Site, begin, ports};
use crate::{App, Home, Readings, Settings, router};
use std::sync::Arc;
use tenor_ledger::{Event, PublicKey, Text, Told};
use tenor_state::{AccessEntry, AccessLog, Key, read_access};

/// The same site with an access log.
fn recorded(site: &mut Site) -> Arc<App> {
    let readings = Readings::begin(AccessLog::open(site.home.path()).unwrap(), |_| ());
    let home = Home::new(site.home.path().to_owned(), Key::new(&[7; 32]), PublicKey::from_bytes([3; 32]), Text::fitted("0.1.0"));
    let settings = Settings { is_loopback: false, ..Settings::default() };
    let app = App::new(ports(Bills::Three, &site.desk, &site.asked), home.recording(readings), settings, begin, |_| ());
    site.router = router(Arc::clone(&app));
    app
}

fn read(site: &Site) -> Vec<AccessEntry> {
    let mut entries = Vec::new();
    read_access(site.home.path(), &mut |entry| entries.push(entry)).unwrap();
    entries
}

fn sealed(site: &Site) -> Vec<(String, u64)> {
    let entries = site.state().entries(1, 100).unwrap();
    let sealed = entries.into_iter().filter_map(|entry| match entry.event {
        Told::Known(Event::DataRead { question, rows, .. }) => Some((question.to_string(), rows)),
        _ => None,
    });
    sealed.collect()
}

#[tokio::test]
async fn every_look_at_a_customers_data_is_a_line_and_nothing_else_is() {
    let mut site = Site::new(Bills::Three);
    let app = recorded(&mut site);
    let (viewer, nobody) = (site.session("viewer"), None);
    for (path, session) in [
        ("/", Some(&viewer)),
        ("/explore?by=service&where=secret", Some(&viewer)),
        ("/ledger", Some(&viewer)),
        ("/account", Some(&viewer)),
        ("/style.css", Some(&viewer)),
        ("/login", Some(&viewer)),
        ("/explore", nobody),
    ] {
        let _ = site.get(path, session).await;
    }
    app.seal_readings().await;
    let entries = read(&site);
    let shown: Vec<_> = entries.iter().map(|entry| format!("{} {} {}", entry.user, entry.route, entry.status)).collect();
    assert_eq!(shown, ["viewer overview 200", "viewer cost 200", "viewer ledger 403"]);
    assert!(entries.iter().all(|entry| !format!("{entry:?}").contains("secret")));
    assert_eq!(sealed(&site), [(entries[2].hash.clone(), 3)]);
    app.seal_readings().await;
    assert_eq!(sealed(&site).len(), 1, "nothing new");
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_ask_again_and_recorded_once_a_second() {
    let mut site = Site::new(Bills::Three);
    let app = recorded(&mut site);
    let analyst = site.session("analyst");
    let mut statuses = Vec::new();
    for _ in 0..65 {
        let reply = site.get("/ledger/verify", Some(&analyst)).await;
        statuses.push((reply.status, reply.headers.get("retry-after").map(|seconds| seconds.to_str().unwrap().to_owned())));
    }
    assert_eq!(statuses[59], (200, None));
    assert_eq!(statuses[60..], vec![(429, Some("1".to_owned())); 5]);
    app.seal_readings().await;
    let refused = read(&site).iter().filter(|entry| entry.status == 429).count();
    assert_eq!((read(&site).len(), refused), (61, 1));
}

#[tokio::test]
async fn a_form_that_is_answered_with_a_page_is_a_line_and_one_that_leads_on_is_none() {
    let mut site = Site::new(Bills::Three);
    site.password("admin");
    let app = recorded(&mut site);
    let admin = site.session("admin");
    let form = vec![("name", "eve".to_owned()), ("role", "viewer".to_owned()), ("password", "wrong password".to_owned())];
    let wrong = site.post("/users", &admin, form).await;
    assert!(wrong.status == 403 && wrong.body.contains("viewer"), "who may log in is shown again: {}", wrong.body);
    assert_eq!(site.post("/proposals", &admin, Vec::new()).await.status, 303);
    assert_eq!(site.post("/jobs/run", &admin, vec![("job", "none".to_owned())]).await.status, 400);
    app.seal_readings().await;
    let shown: Vec<_> = read(&site).iter().map(|entry| format!("{} {} {}", entry.user, entry.route, entry.status)).collect();
    assert_eq!(shown, ["admin user added 403"]);
}
