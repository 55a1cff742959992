//! What is to be looked at: charts, the page of one commitment, drill-down, the API page, and that all of it can be read and reached.

use super::{Bills, Site, money};
use crate::ROUTES;
use crate::heat::{Heat, Spot, level};
use crate::lake::{Held, Lake as _};
use crate::pages::commitments::address;
use crate::route::{Kind, Method};
use crate::stack::{COLUMNS_MAX, Series, Stack, folded};
use askama::Template as _;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_money::Money;

const ARN: &str = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-2";

fn labels(count: usize) -> Vec<String> {
    (1..=count).map(|at| format!("t{at}")).collect()
}

fn series(name: &str, amounts: &[&str]) -> Series {
    Series { name: name.to_owned(), address: None, amounts: amounts.iter().map(|amount| money(amount)).collect() }
}

/// The bars of a chart, a line each: look, place, size.
fn bars(chart: &Stack) -> String {
    let html = chart.render().unwrap();
    let bars = html.lines().filter_map(|line| line.strip_prefix("<rect class=\"mark\" "));
    bars.map(|bar| bar.split("<title>").next().unwrap().trim_end_matches('>').replace('"', "")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_more_than_nothing_goes_up_and_what_is_less_goes_down() {
    let both = [series("used", &["3", "1"]), series("credit", &["0", "-1"])];
    let chart = Stack::of("c", "Costs", "USD", &labels(2), &both).unwrap();
    insta::assert_snapshot!(bars(&chart), @"
    fill=url(#c-0) x=17 y=22 width=42 height=135
    fill=url(#c-0) x=81 y=112 width=42 height=45
    fill=url(#c-1) x=81 y=157 width=42 height=45
    ");
}

#[test]
fn a_chart_of_nothing_is_none_and_one_of_one_bar_is_one() {
    assert!(Stack::of("c", "Costs", "USD", &[], &[]).is_none());
    assert!(Stack::of("c", "Costs", "USD", &labels(3), &[]).is_none());
    assert!(Stack::of("c", "Costs", "USD", &labels(2), &[series("used", &["0", "0"])]).is_none());
    let one = Stack::of("c", "Costs", "USD", &labels(1), &[series("used", &["0.000000000001"])]).unwrap();
    let html = one.render().unwrap();
    assert_eq!(html.matches("class=\"mark\"").count(), 1, "{html}");
    assert!(html.contains("height=\"180\"") && !html.contains("class=\"legend\""), "{html}");
}

#[test]
fn a_hundred_groups_have_eight_looks_and_lose_no_money() {
    let many: Vec<_> = (1..=100).map(|at| series(&format!("group {at}"), &["1", &at.to_string()])).collect();
    let sum = |all: &[Series]| all.iter().flat_map(|one| one.amounts.iter().copied()).sum::<Money>();
    let (before, shown) = (sum(&many), folded(many));
    assert_eq!((shown.len(), sum(&shown)), (8, before));
    assert_eq!((shown[0].name.as_str(), shown[7].name.as_str()), ("group 100", "93 others"));
    let html = Stack::of("c", "Costs", "USD", &labels(2), &shown).unwrap().render().unwrap();
    assert_eq!(html.matches("<pattern ").count(), 8);
    assert_eq!(html.matches("class=\"texture\"").count(), 7, "every look but the first differs by more than its colour");
}

#[test]
fn a_long_time_is_cut_to_the_newest() {
    let amounts: Vec<String> = (1..=500).map(|at| at.to_string()).collect();
    let texts: Vec<&str> = amounts.iter().map(String::as_str).collect();
    let html = Stack::of("c", "Costs", "USD", &labels(500), &[series("used", &texts)]).unwrap().render().unwrap();
    assert_eq!(html.matches("class=\"mark\"").count(), COLUMNS_MAX);
    assert!(html.contains("t500, used: 500.00 USD") && !html.contains("t1, used"));
    assert!(html.contains("The newest are drawn; 310 before them are not drawn."), "{html}");
}

#[test]
fn a_month_by_the_hour_leaves_blank_what_is_not_known() {
    let hour = |text: &str| text.parse::<Timestamp>().unwrap();
    let spot = |level, figure: &str| Spot { level, figure: figure.to_owned(), title: format!("{figure} %") };
    let spots = BTreeMap::from([(hour("2026-02-01T00:00:00Z"), spot(0, "0.00")), (hour("2026-02-28T23:00:00Z"), spot(4, "100.00"))]);
    let html = Heat::of("Use", "2026-02".parse().unwrap(), &spots).unwrap().render().unwrap();
    assert_eq!(html.matches("class=\"mark").count(), 2);
    assert!(html.contains("<title>2026-02-28 23:00: 100.00 %</title>"), "{html}");
    assert_eq!(html.matches("<th scope=\"row\">").count(), 28);
    assert_eq!(html.matches("<td class=\"n\">–</td>").count(), 28 * 24 - 2);
    assert!(Heat::of("Use", "2026-02".parse().unwrap(), &BTreeMap::new()).is_none());
    assert_eq!([-1, 0, 1, 4_999, 5_000, 7_999, 8_000, 9_949, 9_950, 20_000].map(level), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
}

#[tokio::test]
async fn commitments_are_narrowed_by_kind_state_and_end() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let shown = async |path: &str| {
        let reply = site.get(path, Some(&session)).await;
        let ids = ["ri-1", "ri-2"].into_iter().filter(|id| reply.body.contains(&format!("<code>{id}</code>")));
        (reply.status, ids.collect::<Vec<_>>())
    };
    assert_eq!(shown("/commitments?kind=EC2+reservation&state=").await, (200, vec!["ri-1", "ri-2"]));
    assert_eq!(shown("/commitments?state=idle").await, (200, vec!["ri-2"]));
    assert_eq!(shown("/commitments?ends=2026-02").await, (200, vec!["ri-1"]));
    assert_eq!(shown("/commitments?kind=Savings+Plan").await, (200, vec![]));
    assert_eq!(shown("/commitments?state=lost").await.0, 400);
    let none = site.get("/commitments?kind=Savings+Plan", Some(&session)).await.text();
    assert!(none.contains("None of the 2 commitments is like that."), "{none}");
}

#[tokio::test]
async fn what_leads_on_from_narrowed_commitments_is_narrowed_too() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let all = site.get("/commitments", Some(&session)).await;
    assert!(all.text().contains("of all that is held"), "{}", all.text());
    let idle = site.get("/commitments?state=idle", Some(&session)).await;
    assert!(idle.text().contains("of those shown") && !idle.text().contains("of all that is held"), "{}", idle.text());
    let over = site.get("/commitments?state=over", Some(&session)).await.text();
    assert!(!over.contains("When they end"), "{over}");
    // These tell no cost of an hour: nothing is drawn, and that is said.
    assert!(idle.text().contains("When they end") && idle.text().contains("Not drawn: 1 whose end or cost"), "{}", idle.text());
}

#[tokio::test]
async fn coverage_keeps_how_finely_time_is_told_apart() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let body = site.get("/coverage?by=service&granularity=month&from=2025-12", Some(&session)).await.body;
    assert!(body.contains("<option value=\"month\" selected>By month</option>"), "{body}");
    assert!(body.contains("href=\"/coverage?by=family&#38;granularity=month&#38;from=2025-12\""), "{body}");
}

#[tokio::test]
async fn one_commitment_is_shown_from_near() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let reply = site.get(&address(ARN), Some(&session)).await;
    let text = reply.text();
    for line in [
        "ri-2 idle",
        "The bill of 2026-01 ends before the month does: its figures are not all yet.",
        "Kind | EC2 reservation",
        "141 of 365 days are over: from 2025-09-01 00:00 UTC to 2026-09-01 00:00 UTC.",
        "Return | Never: AWS takes no reservation back.",
        "| 2026-01 not all yet | 100.00 | 60.00 | 40.00 | 60.00 % | 120.00 | 20.00",
        "| 2025-12 | 100.00 | 60.00 | 40.00 | 60.00 % | 120.00 | 20.00",
        "lies in no hour: 40.00 USD in 2026-01.",
        "| Amazon &#60;EC2&#62; · BoxUsage:m5.large | 0.30 | | 50.00 %",
        "| 222 | 0.20 | | 50.00 %",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert!(reply.body.contains("<title>2026-01-02 01:00: 0.5 units used</title>"), "{}", reply.body);
    assert!(reply.body.contains("CommitmentDiscountId+%3D+%27arn%3Aaws%3Aec2"), "what it covered leads on");
    assert!(reply.body.contains("aria-label=\"141 of 365 days are over\""));
}

#[tokio::test]
async fn one_commitment_that_no_bill_shows_is_not_found() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    for path in ["/commitments/one", "/commitments/one?id=%3Cx%3E"] {
        let reply = site.get(path, Some(&session)).await;
        assert!(reply.status == 404 && !reply.body.contains("<x>"), "{path}");
    }
    let path = address(ARN);
    assert_eq!(site.get(&format!("{path}&month=2026-1"), Some(&session)).await.status, 400);
    let early = site.get(&format!("{path}&month=2024-01"), Some(&session)).await;
    assert!(early.status == 200 && early.text().contains("The bill of 2024-01 does not show it."), "{}", early.text());
    assert_eq!(site.get(&address(ARN), None).await.status, 303);
    let none = Site::new(Bills::None);
    assert_eq!(none.get(&path, Some(&none.session("viewer"))).await.location(), "/");
}

#[tokio::test]
async fn a_group_leads_to_what_it_is_made_of_and_each_filter_can_be_taken_away() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let path = "/explore?by=usage-type&from=2026-01&to=2026-01&where=ServiceName+%3D+%27Amazon+%3CEC2%3E%27+AND+RegionId+IS+NULL";
    let body = site.get(path, Some(&session)).await.body;
    for (text, without) in [
        ("2026-01 to 2026-01", "by=usage-type&#38;where=ServiceName+%3D+%27Amazon+%3CEC2%3E%27+AND+RegionId+IS+NULL"),
        ("service: Amazon &#60;EC2&#62;", "by=usage-type&#38;from=2026-01&#38;to=2026-01&#38;where=RegionId+IS+NULL"),
        ("region: none", "by=usage-type&#38;from=2026-01&#38;to=2026-01&#38;where=ServiceName+%3D+%27Amazon+%3CEC2%3E%27"),
    ] {
        assert!(body.contains(&format!("<span>{text}</span> <a href=\"/explore?{without}\"")), "{text}\n{body}");
    }
    assert!(body.contains("AND+RegionId+IS+NULL+AND+x_UsageType+IS+NULL"), "what has no value leads on too");
    let other = site.get("/explore?by=service&where=BilledCost+%3E+1", Some(&session)).await.body;
    assert!(other.contains("<span>BilledCost &#62; 1</span> <a href=\"/explore?by=service\""), "{other}");
}

#[tokio::test]
async fn costs_stand_beside_those_of_the_time_before() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let by_month = site.get("/explore?by=service&granularity=month&compare=before", Some(&session)).await.text();
    assert!(by_month.contains("| 2025-11 | no service | 333.12 | – |"), "{by_month}");
    assert!(by_month.contains("| 2025-12 | no service | 666.12 | +333.00 (+99.96 %) |"), "{by_month}");
    let total = site.get("/explore?by=service&from=2026-01&to=2026-01&compare=before", Some(&session)).await.text();
    assert!(total.contains("Compared with 2025-12 to 2025-12."), "{total}");
    assert!(
        total.contains("The bill of 2026-01 ends before the month does") && total.contains("Not counted from 2025-12 to 2025-12: 2 "),
        "{total}"
    );
    assert!(total.contains("| Total | 1,833.38 | 0.00 (0.00 %) |"), "{total}");
    let early = site.get("/explore?by=service&from=2025-12&to=2026-01&compare=before", Some(&session)).await.text();
    assert!(early.contains("Not compared with 2025-10 to 2025-11: the bills begin with 2025-11."), "{early}");
    assert!(early.contains("| Total | 1,833.38 |") && !early.contains("Change"), "{early}");
    let open = site.get("/explore?by=service&compare=before", Some(&session)).await.text();
    assert!(open.contains("To compare, say from when to when"), "{open}");
    assert_eq!(site.get("/explore?compare=after", Some(&session)).await.status, 400);
}

#[tokio::test]
async fn each_figure_of_the_overview_leads_to_its_rows() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let body = site.get("/", Some(&session)).await.body;
    for address in [
        "/explore?by=service&#38;from=2026-01&#38;to=2026-01",
        "/coverage?by=service&#38;from=2026-01&#38;to=2026-01",
        "/coverage?by=service",
        "/coverage?by=family&#38;from=2026-01&#38;to=2026-01",
        "/coverage?by=commitment&#38;from=2026-01&#38;to=2026-01",
    ] {
        assert!(body.contains(&format!("<h2><a href=\"{address}\">")), "{address}\n{body}");
    }
    let rows = site.get("/coverage", Some(&session)).await.text();
    assert!(rows.contains("| Total | 1,000.00 | 600.00 | 60.00 % | 450.00 | 50.00 | 88.89 % | 400.00 | 150.00 | 15.00 %"), "{rows}");
}

#[tokio::test]
async fn the_api_can_be_read_as_a_page() {
    let site = Site::new(Bills::Three);
    let reply = site.get("/api/docs", None).await;
    assert_eq!(reply.status, 200);
    for route in ROUTES.iter().filter(|route| matches!(route.kind, Kind::Api(_))) {
        let name = format!("<h2><code>{} {}</code></h2>", route.method.as_str(), route.path);
        assert!(reply.body.contains(&name), "{name}");
    }
    let text = reply.text();
    for line in [
        "curl -H &#34;Authorization: Bearer $TOKEN&#34; &#34;$TENOR/api/v1/cost?by=service&#34;",
        "For viewer or more; a token needs the scope `cost`.",
        "| metric | query | which cost | effective, billed, list, contracted",
        "| items[].cost | string | an exact decimal",
        "| next | string or null |",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}

/// The tags of a page that begin so.
fn tags<'a>(body: &'a str, begin: &'a str) -> impl Iterator<Item = &'a str> {
    body.split('<').filter(move |piece| piece.starts_with(begin)).map(|piece| piece.split('>').next().unwrap_or_default())
}

#[tokio::test]
async fn every_page_can_be_walked_by_keyboard_and_by_its_headings() {
    let site = Site::new(Bills::Three);
    let session = site.session("admin");
    let is_page = |route: &&crate::Route| {
        route.kind == Kind::Page
            && route.method == Method::Get
            && !route.path.contains('{')
            && !route.path.ends_with(".csv")
            && !route.path.ends_with(".jsonl")
    };
    let one = address(ARN);
    let own = ["/", "/explore", "/commitments", "/coverage", "/api/docs"]
        .into_iter()
        .chain([one.as_str(), "/explore?by=service&granularity=month"]);
    for path in ROUTES.iter().filter(is_page).map(|route| route.path).chain(own.clone()) {
        let body = site.get(path, Some(&session)).await.body;
        if body.is_empty() {
            continue;
        }
        for part in ["<html lang=\"en\"", "<main id=\"main\"", "href=\"#main\"", "<header", "<footer"] {
            assert_eq!(body.matches(part).count(), 1, "{path}: {part}");
        }
        let levels: Vec<u32> = body.match_indices("<h").filter_map(|(at, _)| body[at + 2..].chars().next()?.to_digit(10)).collect();
        assert!(levels.first() == Some(&1) && levels.iter().filter(|level| **level == 1).count() == 1, "{path}: {levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{path}: {levels:?}");
        let ids: Vec<_> = body.match_indices(" id=\"").map(|(at, _)| body[at + 5..].split('"').next().unwrap()).collect();
        assert!(ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id)), "{path}: an id stands twice in {ids:?}");
    }
    for path in own {
        let body = site.get(path, Some(&session)).await.body;
        for tag in tags(&body, "div class=\"scroll\"") {
            assert!(tag.contains("tabindex=\"0\" role=\"region\" aria-label=\""), "{path}: {tag}");
        }
        for tag in tags(&body, "svg ") {
            assert!(tag.contains("aria-hidden=\"true\"") || tag.contains("role=\"img\" aria-label=\""), "{path}: {tag}");
        }
    }
}

#[tokio::test]
async fn the_script_is_small_and_does_nothing_but_read_out() {
    let site = Site::new(Bills::Three);
    let reply = site.get("/tenor.js", None).await;
    assert_eq!((reply.status, &reply.headers["content-type"]), (200, &"text/javascript; charset=utf-8".parse().unwrap()));
    assert!(reply.body.len() < 8_000, "{} bytes", reply.body.len());
    for bad in ["fetch", "XMLHttpRequest", "innerHTML", "eval", "localStorage", "submit", "cookie", "import", "http"] {
        assert!(!reply.body.contains(bad), "{bad}");
    }
    let first = site.get("/", Some(&site.session("viewer"))).await.body.len();
    let style = site.get("/style.css", None).await.body.len();
    assert!(first + style + reply.body.len() < 200_000);
}

/// Relative luminance of `#rrggbb`, times a million.
fn luminance(colour: &str) -> u64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let sum = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    format!("{:.0}", sum * 1e6).parse().unwrap()
}

/// Contrast in hundredths.
fn contrast(a: &str, b: &str) -> u64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 50_000) * 100 / (a.min(b) + 50_000)
}

#[tokio::test]
async fn text_and_charts_have_contrast_in_both_themes() {
    let site = Site::new(Bills::Three);
    let style = site.get("/style.css", None).await.body;
    let colour = |name: &str, theme: usize| {
        let rest = style.split(&format!("--{name}: light-dark(")).nth(1).unwrap_or_else(|| panic!("no --{name}"));
        rest.split(')').next().unwrap().split(", ").nth(theme).unwrap().to_owned()
    };
    let texts = [
        ("ink", "paper"),
        ("muted", "paper"),
        ("muted", "card"),
        ("accent", "paper"),
        ("accent", "card"),
        ("card", "accent"),
        ("good", "good-bg"),
        ("warn", "warn-bg"),
        ("bad", "bad-bg"),
        ("good", "card"),
        ("bad", "card"),
        ("accent", "warn-bg"),
    ];
    let shapes = ["bar", "edge", "look0", "look1", "look2", "look3", "look4", "look5", "look6", "look7", "heat3", "heat4", "bad"];
    for theme in [0, 1] {
        for (text, ground) in texts {
            let found = contrast(&colour(text, theme), &colour(ground, theme));
            assert!(found >= 450, "--{text} on --{ground}: {found}");
        }
        for shape in shapes {
            let found = contrast(&colour(shape, theme), &colour("card", theme));
            assert!(found >= 300, "--{shape}: {found}");
        }
    }
}

#[tokio::test]
async fn the_months_that_are_open_are_those_that_are_named() {
    let Held { partial, open, .. } = Bills::Three.commitments().await.unwrap().as_ref().clone();
    assert!(open.iter().zip(&partial).all(|(month, text)| text.contains(&month.to_string())) && open.len() == partial.len());
}

#[tokio::test]
async fn while_charts_are_computed_the_page_does_not_go_from_under_who_uses_it() {
    let site = Site::new(Bills::Imported);
    let (session, page) = (site.session("viewer"), format!("/proposals/{}", "0b".repeat(32)));
    let reply = site.get(&page, Some(&session)).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("It is still being computed. Look again"), "{}", reply.text());
    assert!(reply.body.contains(&format!("<a href=\"{page}\">Look again</a>")) && !reply.body.contains("http-equiv"), "{}", reply.body);
}
