//! The chart as a page: the drawing, and its figures as tables.

use super::svg::escape;
use super::{day, percent, summary};
use crate::backtest::answer::Answer;
use crate::output::sentence_amount;
use tenor_money::Money;
use tenor_propose::backtest::Standing;

/// The browser is told to ask nothing of any other place, whatever stands in the page.
const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<title>Commitment policies on past demand</title>
<style>
:root{--paper:#fff;--ink:#1b1f24;--soft:#5b6470;--grid:#e6e8eb}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#eceff2;--soft:#a3acb6;--grid:#272c31}}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{max-width:960px;margin:0 auto;padding:16px 16px 48px}
figure{margin:0;overflow-x:auto}figure svg{display:block;width:100%;min-width:640px;height:auto}
h1{position:absolute;clip-path:inset(50%)}h2{font-size:16px;margin:32px 0 8px}p{color:var(--soft);margin:8px 0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{padding:4px 16px 4px 0;text-align:right;border-bottom:1px solid var(--grid)}
th{font-weight:600;vertical-align:bottom;white-space:normal}th:first-child,td:first-child{text-align:left}
tbody th{font-weight:400;white-space:nowrap}tr.tenor *{font-weight:600}summary{cursor:pointer}
</style>
</head>
<body>
<main>
";

const ONE_PRICE: &str =
    " Saving is the effective savings rate too: all usage has one list price, and commitment that was not used counts as cost.";

/// The page around a drawing.
pub(super) fn page(answer: &Answer<'_>, drawing: &str) -> String {
    let (policies, decisions) = (policies(answer), decisions(answer));
    // At real prices there are no offers of a file, and some usage is covered by nothing on sale.
    let rate = if answer.offers.is_empty() { "" } else { ONE_PRICE };
    format!(
        "{HEAD}<h1>Commitment policies on past demand</h1>\n<figure>\n{drawing}</figure>\n\
         <h2>Policies</h2>\n<p>{}.{rate}</p>\n\
         {policies}<h2>Decision by decision</h2>\n<p>Saved from the first decision until the next one; owed just after it.</p>\n\
         <details>\n<summary>{} decisions</summary>\n{decisions}</details>\n</main>\n</body>\n</html>\n",
        escape(&summary(answer)),
        answer.decisions()
    )
}

fn policies(answer: &Answer<'_>) -> String {
    let mut heads = ["Policy", "Saving", "Cost", "Regret"].map(str::to_owned).to_vec();
    heads.extend(answer.offers.iter().map(|offer| format!("Utilization {offer}")));
    heads.extend(answer.offers.iter().map(|offer| format!("Held at the end {offer}")));
    heads.push("Peak obligation".to_owned());
    let cells = |one: &Standing| {
        let mut cells = vec![one.name.clone(), percent(one.saving, 2), sentence_amount(one.cost), sentence_amount(one.regret)];
        let offers = 0..answer.offers.len();
        let used = |offer: usize| one.utilization.get(offer).copied().flatten();
        cells.extend(offers.clone().map(|offer| used(offer).map_or_else(String::new, |used| percent(used, 2))));
        let held = |offer: usize| one.over_time.last().and_then(|last| last.units.get(offer).copied());
        cells.extend(offers.map(|offer| held(offer).map_or_else(String::new, |held| answer.units(held).to_string())));
        cells.push(one.peak_obligation().map_or_else(String::new, sentence_amount));
        cells
    };
    table(&heads, answer.compared.policies.iter().map(cells))
}

fn decisions(answer: &Answer<'_>) -> String {
    let told: Vec<&Standing> = answer.compared.policies.iter().filter(|one| !one.over_time.is_empty() && one.name != "nothing").collect();
    let owing: Vec<&Standing> = told.iter().copied().filter(|one| one.peak_obligation().is_some()).collect();
    let saved = told.iter().map(|one| format!("{} saved", one.name));
    let heads: Vec<String> =
        std::iter::once("Decision".to_owned()).chain(saved).chain(owing.iter().map(|one| format!("{} owed", one.name))).collect();
    let row = |at: usize| {
        let mut cells = vec![day(answer.hour(&told[0].over_time[at]))];
        cells.extend(told.iter().map(|one| percent(one.over_time[at].saving, 2)));
        cells.extend(owing.iter().map(|one| sentence_amount(one.over_time[at].obligation.unwrap_or(Money::ZERO))));
        cells
    };
    let count = told.first().map_or(0, |one| one.over_time.len());
    table(&heads, (0..count).map(row))
}

fn table(heads: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
    let mut out = format!("<div class=\"wide\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n");
    for row in rows {
        let (name, rest) = row.split_first().expect("a row has a name");
        let rest: String = rest.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        let class = if name == "tenor" { " class=\"tenor\"" } else { "" };
        out += &format!("<tr{class}><th scope=\"row\">{}</th>{rest}</tr>\n", escape(name));
    }
    out + "</tbody>\n</table></div>\n"
}
