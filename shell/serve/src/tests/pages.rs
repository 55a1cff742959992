//! What stands on pages, and what they carry.

use super::{Bills, Site};
use crate::ROUTES;
use crate::lake::{Refusal, RefusalKind, of_one_snapshot};
use crate::route::{Kind, Method};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every page that can be looked at without an id.
fn shown() -> impl Iterator<Item = &'static str> {
    let is_page = |route: &&crate::Route| {
        route.kind == Kind::Page
            && route.method == Method::Get
            && !route.path.contains('{')
            && !route.path.ends_with(".csv")
            && !route.path.ends_with(".jsonl")
    };
    ROUTES.iter().filter(is_page).map(|route| route.path)
}

#[tokio::test]
async fn no_page_has_anything_inline_or_from_elsewhere() {
    let site = Site::new(Bills::Three);
    let session = site.session("admin");
    for path in shown().chain(["/nothing", "/explore?by=srvice", "/login"]) {
        for session in [Some(&session), None] {
            let reply = site.get(path, session).await;
            let csp = reply.headers["content-security-policy"].to_str().unwrap();
            assert!(
                csp.starts_with("default-src 'none'; style-src 'self'; script-src 'self'")
                    && !csp.contains("unsafe")
                    && csp.contains("frame-ancestors 'none'")
            );
            for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cache-control", "no-store")]
            {
                assert_eq!(reply.headers[name], value, "{path}");
            }
            // One script of our own, and nothing else that runs.
            let script = format!("<script src=\"{}\" defer></script>", crate::pages::Frame::default().script());
            let rest = reply.body.replacen(&script, "", 1);
            for bad in [" style=", "<style", "<script", "javascript:", " onclick", "http://", "https://", "src="] {
                assert!(!rest.contains(bad), "{path} has `{bad}`");
            }
            assert!(reply.body.is_empty() || reply.body.contains("<html lang=\"en\""), "{path}");
            assert!(reply.body.len() < 200_000);
        }
    }
}

#[tokio::test]
async fn every_form_that_changes_something_carries_its_token() {
    let site = Site::new(Bills::Three);
    let session = site.session("admin");
    for path in shown() {
        let body = site.get(path, Some(&session)).await.body;
        let (posts, tokens) = (body.matches("method=\"post\"").count(), body.matches("name=\"form_token\"").count());
        assert_eq!(posts, tokens, "{path}");
    }
}

#[tokio::test]
async fn without_a_bill_the_first_page_says_what_to_do() {
    let site = Site::new(Bills::None);
    let session = site.session("viewer");
    insta::assert_snapshot!(site.get("/", Some(&session)).await.text(), @"
    There is no bill yet
    Tenor reads your own cost reports, keeps them on this machine, and shows here where the money goes and what your commitments do.
    Have the reports at hand. A legacy CUR, a CUR 2.0 or a FOCUS export: a folder, or a bucket on S3.
    Import them.tenor import /path/to/reports
    tenor import s3://bucket/prefix
    Load this page again. Nothing else has to be set.
    Set it up step by step: what is done, what is next, each with its command.
    Only looking around? tenor demo makes a simulated organization in a home of its own; then tenor serve with that home.
    To read what is held from AWS itself: tenor connect make.
    ");
    assert_eq!(site.get("/explore", Some(&session)).await.location(), "/");
    assert_eq!(site.get("/commitments", Some(&session)).await.location(), "/");
}

#[tokio::test]
async fn while_new_bills_are_added_up_the_overview_alone_stands_on_those_before_and_says_so() {
    let (site, before) = (Site::new(Bills::Imported), Site::new(Bills::Three));
    let (session, other) = (site.session("viewer"), before.session("viewer"));
    let (overview, usual) = (site.get("/", Some(&session)).await, before.get("/", Some(&other)).await);
    assert_eq!((overview.status, usual.status), (200, 200));
    let note = "New bills are being added up; the figures are those before the last import.";
    assert!(overview.text().contains(note) && !usual.text().contains(note), "{}", overview.text());
    assert!(site.get("/explore", Some(&session)).await.status >= 400, "no other page answers with what was before");
}

#[tokio::test]
async fn what_an_import_came_between_is_asked_once_more_whole_and_no_more_than_once() {
    let asked = AtomicUsize::new(0);
    let moved = || Refusal { kind: RefusalKind::Moved, message: "new bills".to_owned(), hint: "ask again".to_owned() };
    let ask = |times_moved: usize| {
        let now = asked.fetch_add(1, Ordering::SeqCst);
        async move { if now < times_moved { Err(moved()) } else { Ok(now) } }
    };
    assert_eq!(of_one_snapshot(&Bills::Three, |_| ask(1)).await, Ok(1));
    asked.store(0, Ordering::SeqCst);
    assert_eq!(of_one_snapshot(&Bills::Three, |_| ask(9)).await, Err(moved()));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_overview_says_what_is_spent_saved_and_to_be_looked_at() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let reply = site.get("/", Some(&session)).await;
    insta::assert_snapshot!(reply.text(), @"
    Overview 2025-11 to 2026-01, USD
    Needs attention 5
    proposal The newest proposal is not ordered 4,380.00 USD saved as expected, 365.00 a month, 13,140.00 owed
    proposal A proposal could not be read, or not be made why is told where the server runs
    access The connection prod lacks what it was to have 1 capabilities are missing
    expiring 1 commitment ends soon
    idle 1 commitment is not used whole 40.00 unused
    The bill of 2026-01 ends on 2026-01-19: its figures are not all yet.
    Spend
    3,000.12 USD
    amortized, 2026-01, not all yet
    Savings this month
    150.00 USD
    measured, 2026-01, not all yet
    Savings to date
    150.00 USD
    measured, all bills held
    Effective savings rate
    15.00 %
    2026-01, not all yet; 15.00 % to date
    Coverage
    60.00 %
    of eligible usage at list prices, 2026-01, not all yet
    Utilization
    88.89 %
    of commitments, 2026-01, not all yet; 50.00 USD unused
    Spend by month amortized, USD3,000.12 USD2025-11: 1,000.12 USD2025-112025-12: 2,000.12 USD2025-122026-01: 3,000.12 USD2026-01
    The table behind it |
    | Period | Spend | Savings | ESR | Coverage | Utilization
    | 2026-01 not all yet | 3,000.12 | 150.00 | 15.00 % | 60.00 % | 88.89 %
    | 2025-12 | 2,000.12 | 150.00 | 15.00 % | 60.00 % | 88.89 %
    | 2025-11 | 1,000.12 | – | – | – | –
    Commitments to look at |
    | What | Commitment | Ends | Unused (USD) | Utilization
    | expiring | 2 × m5.large EC2 reservation | 2026-02-01 | 0.00 | 100.00 %
    | idle | 2 × m5.large EC2 reservation | 2026-09-01 | 40.00 | 60.00 %
    All commitments, 2 of which need attention
    By service amortized, 2026-01, USD |
    | Service | Cost | Share
    | Amazon &#60;EC2&#62; | 1,000.12 |
    | =Amazon RDS, &#34;new&#34; | 500.12 |
    | no service | 333.12 |
    ");
    assert!(reply.body.contains("Amazon &#60;EC2&#62;"), "what a bill says is text");
    assert!(reply.body.contains("from=2026-01&#38;to=2026-01&#38;where="), "a service leads to the month that is shown");
}

#[tokio::test]
async fn costs_are_told_apart_and_lead_on() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let reply = site.get("/explore?by=service&granularity=month&from=2025-11", Some(&session)).await;
    insta::assert_snapshot!(reply.text(), @"
    Explore Amortized, USD | Group by
    | Cost
    Amortized
    As invoiced
    At list prices
    At negotiated prices | Time
    Total
    By month
    By day | From | To, included | Groups | Only where (SQL over the columns) | Beside the time beforeShow
    2025-11 to now ×
    service account region usage-type instance-type category commitment
    Not counted: 2 charges that lie only partly in that time (monthly fees, taxes), together 3.50 USD.
    Over time Amortized, USD5,500.38 USD2025-11, Amazon &#60;EC2&#62;: 1,000.12 USD2025-11, =Amazon RDS, &#34;new&#34;: 500.12 USD2025-11, no service: 333.12 USD2025-12, Amazon &#60;EC2&#62;: 2,000.12 USD2025-12, =Amazon RDS, &#34;new&#34;: 1,000.12 USD2025-12, no service: 666.12 USD2026-01, Amazon &#60;EC2&#62;: 3,000.12 USD2026-01, =Amazon RDS, &#34;new&#34;: 1,500.12 USD2026-01, no service: 1,000.12 USD2025-112025-122026-01
    Amazon &#60;EC2&#62; 6,000.38
    =Amazon RDS, &#34;new&#34; 3,000.38
    no service 1,999.38
    The table behind it 9 rows |
    | Period | Service | Cost (USD) | Share
    | Total | | 11,000.12 |
    | 2025-11 | Amazon &#60;EC2&#62; | 1,000.12 |
    | 2025-11 | =Amazon RDS, &#34;new&#34; | 500.12 |
    | 2025-11 | no service | 333.12 |
    | 2025-12 | Amazon &#60;EC2&#62; | 2,000.12 |
    | 2025-12 | =Amazon RDS, &#34;new&#34; | 1,000.12 |
    | 2025-12 | no service | 666.12 |
    | 2026-01 | Amazon &#60;EC2&#62; | 3,000.12 |
    | 2026-01 | =Amazon RDS, &#34;new&#34; | 1,500.12 |
    | 2026-01 | no service | 1,000.12 |
    All of it as CSV, exact
    ");
    assert!(reply.body.contains("/explore.csv?by=service&#38;granularity=month&#38;from=2025-11"));
    assert!(reply.body.contains("where=ServiceName+%3D+%27Amazon+%3CEC2%3E%27"));
    let wrong = site.get("/explore?by=srvice", Some(&session)).await;
    assert!(wrong.status == 400 && wrong.body.contains("did you mean `service`?") && wrong.body.contains("value=\"srvice\""));
    let viewer = site.session("viewer");
    assert!(!site.get("/explore", Some(&viewer)).await.body.contains(".csv"));
}

#[tokio::test]
async fn a_file_has_exact_figures_nothing_a_spreadsheet_would_run_and_is_recorded() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let reply = site.get("/explore.csv?by=service", Some(&session)).await;
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"tenor-cost.csv\"");
    insta::assert_snapshot!(reply.body.replace('\r', ""), @r#"
    service,cost,currency
    Amazon <EC2>,1000.125,USD
    "'=Amazon RDS, ""new""",500.125,USD
    ,333.125,USD
    "#);
    let asked = |site| super::Asked {
        path: "/explore.csv",
        cookies: vec![super::cookie(&session)],
        headers: vec![("sec-fetch-site", site)],
        ..super::Asked::default()
    };
    assert_eq!(site.ask(asked("cross-site")).await.status, 403, "a link elsewhere writes no entry here");
    let found = site.get("/ledger?q=data-exported", Some(&session)).await;
    assert!(found.text().contains("| data-exported | what cost as a file ·"), "{}", found.text());
}

#[tokio::test]
async fn a_condition_is_asked_by_no_other_site() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let status = async |path: &'static str, from: &'static str| {
        let headers = vec![("sec-fetch-site", from)];
        site.ask(super::Asked { path, cookies: vec![super::cookie(&session)], headers, ..super::Asked::default() }).await.status
    };
    for path in ["/explore?by=service&where=BilledCost+%3E+1", "/api/v1/cost?by=service&where=BilledCost+%3E+1"] {
        assert_eq!((status(path, "cross-site").await, status(path, "same-origin").await, status(path, "none").await), (403, 200, 200));
    }
    assert_eq!(status("/explore?by=service", "cross-site").await, 200, "a link without one leads there");
}

#[tokio::test]
async fn commitments_stand_in_the_order_of_attention() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    insta::assert_snapshot!(site.get("/commitments", Some(&session)).await.text(), @"
    Commitments of the bills of 2025-11 to 2026-01, USD
    The bill of 2026-01 ends on 2026-01-19: its figures are not all yet.
    Of 2 commitments the bills do not tell what is still owed. | Kind
    Any
    EC2 reservation | State
    Any
    running
    wasted
    losing
    expiring
    idle
    fine
    over | Ends inShow
    Cost
    160.00 USD
    amortized; 40.00 unused
    Utilization
    75.00 %
    of all that is held
    Net savings
    80.00 USD
    measured, against list prices
    Lock-in
    – USD
    to the ends of the terms, – still to be paid; – months on average by cost
    When they end amortized cost of a month (730 hours) of what ends, USD
    Not drawn: 2 whose end or cost the bills do not tell.
    What is wasted cost of what served nothing, 2025-11 to 2026-01, USD |
    | Commitment | Type | Kind | Unused | Share | Utilization
    | ri-2 | 2 × m5.large | EC2 reservation | 40.00 | | 60.00 %
    All of them 2, what needs attention first |
    | Attention | Commitment | Kind | Owner | Type | Place | Ends | Cost | Unused | Utilization | Breaks even | Net savings | Way out
    | expiring | ri-1 | EC2 reservation | 111122223333 | 2 × m5.large | eu-west-1 | 2026-02-01 | 60.00 | 0.00 | 100.00 % | 50.00 % | 60.00 | –
    | idle | ri-2 | EC2 reservation | 111122223333 | 2 × m5.large | eu-west-1 | 2026-09-01 | 100.00 | 40.00 | 60.00 % | 50.00 % | 20.00 | –
    ");
}

#[tokio::test]
async fn the_ledger_is_shown_searched_and_verified() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    insta::assert_snapshot!(site.get("/ledger?q=viewer", Some(&session)).await.text(), @"
    Ledger 4 entries, the newest first | Search: a kind, an id, a name, a hashSearch Verify all of it Take all of it as a file |
    | Entry | What | Says | Who | Moment (UTC)
    | 1 | user-added | user viewer · role viewer | tenor | 2026-01-20 12:00:00
    ");
    assert!(site.get("/ledger?q=%3Cx%3E", Some(&session)).await.text().contains("No entry has “&#60;x&#62;” in it."));
    assert!(site.get("/ledger/verify", Some(&session)).await.text().starts_with("The ledger is whole"));
    assert!(site.get("/orders", Some(&session)).await.text().contains("Nothing was ordered yet."));
    assert_eq!(site.get("/orders/zz", Some(&session)).await.status, 404);
    assert_eq!(site.get("/ledger?before=x", Some(&session)).await.status, 400);
}

#[tokio::test]
async fn what_fails_is_told_to_both_sides_once_and_readiness_says_which() {
    let site = Site::new(Bills::Broken);
    let session = site.session("viewer");
    let reply = site.get("/", Some(&session)).await;
    assert_eq!(reply.status, 500);
    insta::assert_snapshot!(reply.text(), @"
    500
    The bills cannot be read
    why is told where the server runs
    import the period again
    To the overview
    ");
    assert_eq!(*site.notes.lock().unwrap(), ["GET /: a file is damaged"]);
    let ready = site.get("/readyz", None).await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "bills cannot be read\nstate ok\n"));
    assert_eq!(Site::new(Bills::None).get("/readyz", None).await.status, 200);
}

#[tokio::test]
async fn why_the_state_fails_is_for_its_owner_alone() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    std::fs::write(site.home.path().join("state/tenor.db"), "no database".repeat(1_000)).unwrap();
    let reply = site.get("/account", Some(&session)).await;
    assert_eq!(reply.status, 500);
    assert!(reply.body.contains("why is told where the server runs") && !reply.body.contains("tenor.db"), "{}", reply.body);
    assert_eq!(site.notes.lock().unwrap().len(), 1);
    assert!(site.notes.lock().unwrap()[0].starts_with("GET /account: "));
    assert_eq!(site.get("/style.css", Some(&session)).await.status, 200, "what shows everybody the same asks nobody who they are");
}

#[tokio::test]
async fn the_navigation_says_where_one_is_behind_more_too() {
    let site = Site::new(Bills::Three);
    let navigation = async |role: &str, path: &str| {
        let body = site.get(path, Some(&site.session(role))).await.body;
        body.split("<nav aria-label=\"Pages\">").nth(1).unwrap().split("</nav>").next().unwrap().to_owned()
    };
    let names = |navigation: &str| {
        let names = navigation.split("</a>").filter_map(|piece| piece.rsplit_once('>')).map(|(_, name)| name.to_owned());
        names.filter(|name| !name.trim().is_empty()).collect::<Vec<_>>().join(" ")
    };
    let (front, behind) = ("Overview Explore Commitments Coverage Proposals Orders", "Jobs Back-tests Access Settings");
    assert_eq!(names(&navigation("viewer", "/").await), format!("{front} {behind}"));
    assert_eq!(names(&navigation("admin", "/").await), format!("{front} Ledger {behind} Users"));
    let overview = navigation("admin", "/").await;
    assert!(overview.contains("<summary>More</summary>") && !overview.contains("<details class=\"more\" open"), "{overview}");
    for path in ["/jobs", "/backtest", "/access", "/settings", "/users"] {
        let there = navigation("admin", path).await;
        assert!(there.contains("<summary aria-current=\"true\">More</summary>"), "{path}: {there}");
        assert!(there.contains(&format!("<a href=\"{path}\" aria-current=\"page\">")), "{path}: {there}");
    }
}

#[tokio::test]
async fn what_a_browser_keeps_is_asked_for_by_what_is_in_it() {
    let site = Site::new(Bills::Three);
    let body = site.get("/login", None).await.body;
    let version = |path: &str| body.split(&format!("\"{path}?v=")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    for path in ["/style.css", "/tenor.js"] {
        let kept = site.get(&format!("{path}?v={}", version(path)), None).await;
        let hash = tenor_ledger::ContentHash::sha256(kept.body.as_bytes()).to_string();
        assert!(kept.status == 200 && version(path).len() == 16 && hash.starts_with(&version(path)), "{path}");
        assert_eq!(kept.headers["cache-control"], "public, max-age=31536000, immutable", "{path}");
        for other in [path.to_owned(), format!("{path}?v=0123456789abcdef")] {
            assert_eq!(site.get(&other, None).await.headers["cache-control"], "no-cache", "{other}");
        }
    }
}

#[tokio::test]
async fn colours_are_chosen_without_a_script() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    assert!(site.get("/account", Some(&session)).await.body.contains("data-theme=\"auto\""));
    let reply = site.post("/theme", &session, vec![("theme", "dark".to_owned()), ("to", "/account".to_owned())]).await;
    assert_eq!((reply.location(), reply.cookie("theme").unwrap().0.as_str()), ("/account", "dark"));
    let cookies = vec![super::cookie(&session), "theme=dark".to_owned()];
    let dark = site.ask(super::Asked { path: "/account", cookies, ..super::Asked::default() }).await;
    assert!(dark.body.contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn the_ledger_is_taken_away_as_it_is_stored_and_that_is_recorded() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let export = |view: &tenor_state::View| {
        let mut lines = Vec::new();
        view.export_ledger(&mut lines).map(|()| lines)
    };
    let stored = site.app.home.read(export).await.unwrap();
    let reply = site.get("/ledger.jsonl", Some(&session)).await;
    assert_eq!((reply.status, reply.body.as_bytes()), (200, stored.as_slice()));
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"tenor-ledger.jsonl\"");
    let recorded = site.get("/ledger?q=ledger+as+a+file", Some(&session)).await.text();
    let hash = tenor_ledger::ContentHash::sha256(&stored).to_string();
    assert!(recorded.contains("data-exported") && recorded.contains(&hash[..12]), "{recorded}");
    let headers = vec![("sec-fetch-site", "cross-site")];
    let elsewhere = super::Asked { path: "/ledger.jsonl", cookies: vec![super::cookie(&session)], headers, ..super::Asked::default() };
    assert_eq!(site.ask(elsewhere).await.status, 403);
}

#[tokio::test]
async fn what_waits_for_somebody_stands_first() {
    let site = Site::new(Bills::Three);
    let session = site.session("approver");
    let order = super::orders::made(&site);
    let body = site.get("/", Some(&session)).await.body;
    let list = body.split("<section class=\"card waits\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(list.contains(&format!("<a href=\"/orders/{order}\">Order ")) && list.contains("waits for an approval"), "{list}");
    assert!(list.contains("13,140.00 USD of obligation, 1 step"), "{list}");
    assert!(list.contains("<a href=\"/commitments?state=expiring\">1 commitment ends soon</a>"), "{list}");
    assert!(body.find("waits for an approval").unwrap() < body.find("class=\"chart").unwrap());
    assert!(!list.contains("kill switch"), "{list}");
    tenor_state::halt(site.home.path(), &super::orders::text("drill"), &tenor_state::By::system(super::begin())).unwrap();
    let stopped = site.get("/", Some(&session)).await.text();
    assert!(stopped.contains("The kill switch is set: nothing is sent to AWS drill"), "{stopped}");
}

#[tokio::test]
async fn a_search_that_reached_the_first_entry_offers_no_more() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let shown = site.get("/ledger?q=viewer&before=2", Some(&session)).await.text();
    assert!(shown.contains("| 1 | user-added | user viewer") && !shown.contains("Search on"), "{shown}");
}

#[tokio::test]
async fn coverage_is_a_file_with_exact_figures_and_is_recorded() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let reply = site.get("/coverage.csv?granularity=month", Some(&session)).await;
    insta::assert_snapshot!(reply.body.replace('\r', ""), @"
    time,eligible_list_cost,covered_list_cost,commitment_cost,unused_cost,on_demand_cost,savings,currency
    2025-12,1000,600,450,50,400,150,USD
    2026-01,1000,600,450,50,400,150,USD
    ");
    let found = site.get("/ledger?q=data-exported", Some(&session)).await.text();
    assert!(found.contains("what coverage as a file"), "{found}");
    assert!(site.get("/coverage?by=family", Some(&session)).await.body.contains("href=\"/coverage.csv?by=family\" download"));
    assert!(!site.get("/coverage", Some(&site.session("viewer"))).await.body.contains(".csv"));
}

#[tokio::test]
async fn a_page_of_costs_is_the_same_for_all_with_the_same_right() {
    let site = Site::new(Bills::Three);
    let main = async |role: &str| {
        let session = site.session(role);
        let body = site.get("/explore?by=service", Some(&session)).await.body;
        let main = body.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
        assert!(body.contains(&super::form_token(&session)) && !main.contains(&super::form_token(&session)), "{role}");
        assert!(!main.contains(role) && !main.contains("form_token"), "{role}");
        main
    };
    let (analyst, admin) = (main("analyst").await, main("admin").await);
    assert_eq!(analyst, admin);
    assert_ne!(analyst, main("viewer").await, "who may not take it as a file is not offered it");
}
