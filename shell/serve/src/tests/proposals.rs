//! Proposals, as people and programs are told of them; and what would be if.

use super::deciding::connect;
use super::{Bills, Site, begin, money};
use crate::lake::{Refusal, RefusalKind};
use crate::proposals::{
    AllProposals, Cap, Knobs, ListedProposal, ProposalNote, ProposalOutlook, ProposalStanding, Proposals, WhatIf, WholeProposal,
};
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;
use tenor_ledger::ProposalId;
use tenor_propose::proposal::{
    Becomes, Candidate, Certificate, Course, Ending, HeldStep, Limits, NextBest, Outcome, OutlookFacts, Policy, PriceFacts, Proposal,
    Spread, Standing, Step, Summary, Term,
};
use tenor_state::{By, Secret};

/// Proposals made up, of bills made up.
pub(super) struct Offered {
    bills: Bills,
}

fn id() -> ProposalId {
    "0b".repeat(32).parse().unwrap()
}

fn page() -> String {
    format!("/proposals/{}", id())
}

fn spread(expected: &str, p10: &str, p90: &str) -> Spread {
    Spread { expected: expected.to_owned(), p10: p10.to_owned(), p90: p90.to_owned() }
}

fn step() -> Step {
    let text = str::to_owned;
    Step {
        number: 1,
        action: text("buy"),
        what: text("Compute Savings Plan of 1.5 an hour, 1yr No Upfront"),
        kind: text("Compute plan"),
        account: text("111122223333"),
        group: String::new(),
        service: String::new(),
        region: String::new(),
        instance_type: String::new(),
        usage_type: String::new(),
        operation: String::new(),
        count: None,
        commitment: Some(text("1.5")),
        slices: vec![text("1.5")],
        term: text("1yr"),
        payment: text("No Upfront"),
        starts: text("2026-01-20T00:00Z"),
        returnable_until: Some(text("2026-01-27T00:00Z")),
        hourly: text("1.5"),
        upfront: text("0"),
        ceiling_hourly: text("1.5"),
        ceiling_upfront: text("0"),
        price_source: text("list"),
        cost_per_hour: text("1.5"),
        cash: text("0"),
        obligation: text("13140"),
        utilization: spread("0.961234", "0.900000", "1.000000"),
        savings: spread("4380", "2000", "6000"),
        break_even_utilization: Some(text("0.72")),
        payback_days: Some(text("240")),
        reason: text("It covers <most> of what runs all day."),
        next_best: Some(NextBest { what: text("buying nothing instead"), costs_more: text("4380"), scenarios: 2 }),
    }
}

pub(crate) fn proposal() -> Proposal {
    let text = str::to_owned;
    let change = HeldStep {
        number: 1,
        action: text("return"),
        id: text("arn:aws:savingsplans::111122223333:savingsplan/sp-1"),
        what: text("return a plan of 0.5 an hour"),
        count: None,
        held: None,
        becomes: Becomes::Returned,
        from: text("a plan"),
        to: text("nothing"),
        moment: text("2026-01-20T00:00Z"),
        deadline: Some(text("2026-01-25T00:00Z")),
        money_now: text("0"),
        savings: spread("100", "90", "110"),
        conditions: vec![text("returns are left this year")],
        reason: text("It is hardly used."),
    };
    let policy = Policy {
        terms: vec![Term::OneYear],
        limits: Limits { hourly: Some(money("2")), obligation: Some(money("15000")), ..Limits::default() },
        ..Policy::default()
    };
    Proposal {
        id: id().to_string(),
        format: 1,
        inputs: "0c".repeat(32),
        as_of: text("2026-01-20T00:00Z"),
        outlook: OutlookFacts { history_hours: 9_000, horizon_hours: 8_760, scenarios: 16, seed: 1, pools: 3, choices: 12 },
        prices: PriceFacts { version: "0d".repeat(32), date: text("2026-01-01"), currency: text("USD"), basis: text("list") },
        summary: Summary {
            list_cost_per_hour: text("3"),
            commitment_per_hour: text("1.5"),
            upfront: text("0"),
            obligation: text("13140"),
            savings: spread("4380", "2000", "6000"),
            savings_share: text("0.166667"),
        },
        certificate: Certificate {
            nothing: text("26280"),
            expected_cost: text("21900"),
            capital: text("0"),
            risk: text("-100"),
            objective: text("21800"),
            bound: text("21700"),
            gap: text("0.003805"),
            changes: text("100"),
            covers: text("Purchases of these offers."),
        },
        steps: vec![step()],
        changes: vec![change],
        later: Vec::new(),
        ending: vec![Ending { id: text("ri-1"), ends: text("2026-02-01T00:00Z"), cost_per_hour: text("0.06"), replaced_by: vec![1] }],
        limitations: vec![text("the last month is open")],
        policy,
    }
}

fn outcome(obligation: &str, saved: &[&str]) -> Outcome {
    let savings: Vec<_> = saved.iter().map(|text| money(text)).collect();
    let (least, most) = (savings[0], savings[savings.len() - 1]);
    let course = |month: &str| Course { month: month.parse().unwrap(), expected: most, p10: least, p25: least, p75: most, p90: most };
    let standing = |spend: &str, covered: &str| Standing {
        spend: money(spend),
        list: money("26280"),
        covered: money(covered),
        committed: money("13140"),
        unused: money("500"),
    };
    Outcome {
        bought: vec!["a plan".to_owned()],
        commitment_per_hour: money("1.5"),
        upfront: money("0"),
        obligation: money(obligation),
        courses: vec![course("2026-01"), course("2026-02")],
        savings,
        before: standing("26280", "0"),
        after: standing("21900", "17520"),
        standing_hours: 8_760,
    }
}

impl Offered {
    pub(super) const fn beside(bills: Bills) -> Self {
        Self { bills }
    }

    fn refuse(&self) -> Result<(), Refusal> {
        let (message, hint) = ("a file is damaged".to_owned(), "look at it".to_owned());
        if self.bills == Bills::Broken { Err(Refusal { kind: RefusalKind::Failed, message, hint }) } else { Ok(()) }
    }
}

#[async_trait]
impl Proposals for Offered {
    async fn list(&self) -> Result<AllProposals, Refusal> {
        self.refuse()?;
        if self.bills == Bills::None {
            return Ok(AllProposals::default());
        }
        let one = |id: ProposalId, made, standing| ListedProposal {
            id,
            made,
            as_of: "2026-01-20T00:00Z".to_owned(),
            steps: 1,
            changes: 1,
            savings: money("4380"),
            monthly_savings: Some(money("365")),
            horizon_hours: 8_760,
            obligation: money("13140"),
            gap: "0.003805".to_owned(),
            currency: "USD".to_owned(),
            standing,
        };
        let older = "0a".repeat(32).parse().unwrap();
        let proposals = vec![one(id(), Some(begin()), ProposalStanding::Newest), one(older, None, ProposalStanding::Ordered)];
        let note = ProposalNote { told: "One was changed.".to_owned(), cause: Some("It is `/secret/x`.".to_owned()) };
        Ok(AllProposals { proposals, notes: vec![note], is_making: true })
    }

    async fn get(&self, asked: ProposalId) -> Result<Option<Arc<WholeProposal>>, Refusal> {
        self.refuse()?;
        let proposal = proposal();
        let compared = Candidate {
            name: "AWS: Compute Savings Plans".to_owned(),
            purchases: 1,
            left_out: 0,
            expected_cost: "22000".to_owned(),
            savings: spread("4280", "1000", "6000"),
            commitment_per_hour: "2.5".to_owned(),
            upfront: "0".to_owned(),
            obligation: "21900".to_owned(),
            lowest_utilization: Some("0.8".to_owned()),
            aws_monthly_savings: None,
            breaks: vec!["commitment per hour of 2.5 is above the limit of 2".to_owned()],
            notes: Vec::new(),
        };
        let whole = WholeProposal {
            text: proposal.encode(),
            proposal,
            made: Some(begin()),
            standing: ProposalStanding::Newest,
            compared: vec![compared],
            notes: vec![ProposalNote { told: "the comparison cannot be read".to_owned(), cause: Some("It is `/secret/y`.".to_owned()) }],
        };
        Ok((asked == id()).then(|| Arc::new(whole)))
    }

    async fn outlook(&self, _: ProposalId) -> Result<Option<Arc<ProposalOutlook>>, Refusal> {
        let (less, all) = (outcome("6570", &["1000", "3000"]), outcome("13140", &["2000", "6000"]));
        // In the few futures of the frontier the proposal comes to something else than in its own.
        let proposed = outcome("13140", &["2500", "5500"]);
        let frontier = vec![less, outcome("13140", &["2400", "5600"]), outcome("19710", &["1900", "6200"])];
        let is_ready = self.bills != Bills::Imported;
        Ok(is_ready.then(|| Arc::new(ProposalOutlook { scenarios: 16, outcome: all, frontier_scenarios: 4, proposed, frontier })))
    }

    async fn what_if(&self, _: ProposalId, knobs: &Knobs) -> Result<Option<Arc<WhatIf>>, Refusal> {
        if knobs.term == Some(Term::OneYear) && knobs.payment.is_some() {
            return Ok(None);
        }
        if knobs.term == Some(Term::ThreeYears) {
            let (message, hint) = ("the proposal looks 8760 hours ahead".to_owned(), "propose under another policy".to_owned());
            return Err(Refusal { kind: RefusalKind::Question, message, hint });
        }
        let instead = if knobs.hourly == Some(Cap::AtMost(money("1"))) { "8760" } else { "13140" };
        let (proposed, instead) = (outcome("13140", &["2000", "6000"]), outcome(instead, &["1500", "3500"]));
        Ok(Some(Arc::new(WhatIf { scenarios: 4, proposed, instead })))
    }

    async fn make(&self, _: By) -> Result<Option<ProposalId>, Refusal> {
        self.refuse()?;
        // Of nothing it takes for ever.
        Ok((self.bills != Bills::None).then(id))
    }
}

async fn told(site: &Site, path: &str, session: &Secret) -> Value {
    let reply = site.get(path, Some(session)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

#[tokio::test]
async fn proposals_are_listed_with_what_they_save_and_what_became_of_them() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    insta::assert_snapshot!(site.get("/proposals", Some(&session)).await.text(), @"
    Proposals the newest first
    One was changed.
    A proposal is being computed. This page looks again every three seconds until it is here. |
    | Proposal | As of | Recorded (UTC) | Steps | Changes | Saves a month | Saves over the term | Lock-in | Gap | Standing
    | 0b0b0b0b0b0b… | 2026-01-20T00:00Z | 2026-01-20 12:00:00 | 1 | 1 | 365.00 USD | 4,380.00 | 13,140.00 | 0.38 % | newest
    | 0a0a0a0a0a0a… | 2026-01-20T00:00Z | not recorded | 1 | 1 | 365.00 USD | 4,380.00 | 13,140.00 | 0.38 % | ordered
    ");
    let none = Site::new(Bills::None);
    let session = none.session("viewer");
    insta::assert_snapshot!(none.get("/proposals", Some(&session)).await.text(), @"
    Proposals the newest first
    Nothing was proposed yet.
    A proposal takes bills with hourly rows and a version of prices: tenor import, tenor prices import, then tenor propose --keep.
    ");
}

#[tokio::test]
async fn a_proposal_says_what_to_buy_why_and_how_sure_it_is() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let reply = site.get(&page(), Some(&session)).await;
    assert_eq!(reply.status, 200);
    insta::assert_snapshot!(reply.text(), @"
    Proposal as of 2026-01-20T00:00Z, USD newest
    the comparison cannot be read
    Saves a month
    365.00 USD
    as expected, while all steps run: of each what it saves over its own term
    Saves over the term
    4,380.00 USD
    2,000.00 to 6,000.00 in eight of ten futures; 16.67 % of what buying nothing costs over the 365 days looked ahead
    Costs at once
    0.00 USD
    paid on the days of purchase; 1.50 USD committed by the hour
    Lock-in
    13,140.00 USD
    owed from the purchases to their ends, used or not
    Room for better
    0.38 %
    of what buying nothing costs, at most: this is proved
    An order needs a connection of the account that buys: what is connected, and how to connect an account.
    The document as a file; what the ledger says of it
    How good it is
    Paid on demand, beyond what is held, the usage looked at costs 26,280.00 USD over 365 days: the mean of 16 futures, each billed hour by hour as AWS bills it. With this proposal it costs 21,900.00 USD.
    What is minimized adds 0.00 for the interest on what is paid ahead, less 100.00: even in the worst 10% of futures it saves on the mean, and that counts 0.5 times. Together: 21,800.00.
    Nothing that this policy allows can come out below 21,700.00. So the best there is would be better by 100.00 at most, which is 0.38 % of what buying nothing costs.
    The proof covers: Purchases of these offers.
    What to buy USD |
    | Step | What and why | Account, start | By the hour, at once | Lock-in | Saves (eight of ten) | Used, pays from
    | 1 |
    buy: Compute Savings Plan of 1.5 an hour, 1yr No Upfront
    It covers &#60;most&#62; of what runs all day.
    Next best: buying nothing instead, which costs 4,380.00 more in 2 futures.
    What it saves has paid for all that is owed after 240 days, as expected.
    It can be returned until 2026-01-27T00:00Z: 1 of 1 parts.
    It must not be bought above 1.50 an hour or 0.00 at once. Price: list. | 111122223333 2026-01-20T00:00Z | 1.50 0.00 at once | 13,140.00 | 4,380.00 2,000.00 to 6,000.00 | 96.12 % at least 90.00 % in nine of ten pays from 72.00 %
    What becomes of what is held USD |
    | Change | Action | What and why | From | To | Received at once | Saves (eight of ten) | Until
    | 1 | return |
    return a plan of 0.5 an hour
    It is hardly used.
    returns are left this year | a plan | nothing | 0.00 | 100.00 90.00 to 110.00 | 2026-01-25T00:00Z
    |
    | Ends soon | Ends | By the hour | Then
    | ri-1 | 2026-02-01T00:00Z | 0.06 | replaced by step 1
    Before and after estimates over the first 365 days, while all that is bought runs, the mean of 16 futures
    Of the steps alone: changes of what is held are not counted. |
    | Of usage that commitments may cover | With what is held | With this proposal
    | Spend a month (USD) | 2,190.00 | 1,825.00
    | Coverage, at list prices | 0.00 % | 66.67 %
    | Utilization of commitments | 96.19 % | 96.19 %
    | Effective savings rate | 0.00 % | 16.67 %
    How sure the savings are saved up to the end of each month, fees spread, USD
    Of the steps alone: changes of what is held are not counted.6,000.00 USD0up to the end of 2026-01: 6,000.00 USD, eight of ten futures 2,000.00 to 6,000.00up to the end of 2026-02: 6,000.00 USD, eight of ten futures 2,000.00 to 6,000.002026-012026-02
    The line is the mean of 16 futures. Half of them lie in the inner band, eight of ten in the outer one.
    The table behind it |
    | Up to the end of | One in ten is below | One in four is below | Expected | One in four is above | One in ten is above
    | 2026-01 | 2,000.00 | 2,000.00 | 6,000.00 | 6,000.00 | 6,000.00
    | 2026-02 | 2,000.00 | 2,000.00 | 6,000.00 | 6,000.00 | 6,000.00
    More or less lock-in savings over the term against what is owed, USD2,000.00 USD saved, 6,570.00 owed4,000.00 USD saved, 13,140.00 owed4,050.00 USD saved, 19,710.00 owed, above the policy&#39;s limitthis proposal: 4,000.00 USD saved, 13,140.00 owed4,050.00 USD saved019,710.00 USD owed |
    | Lock-in | Commitment an hour | At once | Saves | One in ten is below | One in ten is above | Note
    | 13,140.00 | 1.50 | 0.00 | 4,000.00 | 2,500.00 | 5,500.00 | this proposal
    | 6,570.00 | 1.50 | 0.00 | 2,000.00 | 1,000.00 | 3,000.00 |
    | 13,140.00 | 1.50 | 0.00 | 4,000.00 | 2,400.00 | 5,600.00 |
    | 19,710.00 | 1.50 | 0.00 | 4,050.00 | 1,900.00 | 6,200.00 | above the policy&#39;s limit
    Each point is solved anew under a limit of what may be owed, in 4 futures and with a coarser look than the proposal. The ring is the proposal in the same futures.
    What if | Commitment an hour, at most: 2.00 USD | Cash at once, at most: no limit | Lock-in, at most: 15,000.00 USD | How much bad futures count: 0.5 times, beside the mean | Each purchase has to be used: 75 % | Only this term
    as the policy has it
    1yr
    3yr | Only paid so
    as the policy has it
    No Upfront
    Partial Upfront
    All UpfrontLook As proposed
    At the right end of a limit there is none. Nothing is kept or bought by looking; to have it so, change the policy and propose again.
    Beside what AWS recommends priced in the same futures, USD |
    | Bought | Purchases | Left out | Saves | Eight of ten futures | By the hour | At once | Lock-in | Least used | AWS says, a month
    | AWS: Compute Savings Plans Breaks a limit: commitment per hour of 2.5 is above the limit of 2 | 1 | 0 | 4,280.00 | 1,000.00 to 6,000.00 | 2.50 | 0.00 | 21,900.00 | 80.00 % | –
    What it stands on
    Content hash, which an order names | 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b
    Hash of the inputs | 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c
    Decided as of | 2026-01-20T00:00Z
    Prices | version 0d0d0d0d0d0d… of 2026-01-01, USD (list)
    Computed from | 9000 hours of history, 3 pools of usage, 12 offers, 16 futures from seed 1
    Recorded | 2026-01-20 12:00:00
    What could not be told, and what was assumed
    the last month is open
    Anybody with the inputs can compute it again to the last byte: tenor propose --verify with the id.
    ");
    assert!(reply.body.contains("It covers &#60;most&#62;"), "what a document says is text");
    for bad in [" style=", "<style", "<script>", "http://", "https://"] {
        assert!(!reply.body.contains(bad), "{bad}");
    }
    assert_eq!(reply.body.matches("method=\"post\"").count(), reply.body.matches("name=\"form_token\"").count());
    assert_eq!(reply.body.matches("<svg").count(), reply.body.matches("role=\"img\" aria-label=").count(), "each chart says what it is");
}

#[tokio::test]
async fn charts_say_what_they_are_of() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let reply = site.get(&page(), Some(&session)).await;
    let text = reply.text();
    assert!(text.contains("365.00 USD"), "4,380 over the 365 days of the step: {text}");
    assert_eq!(text.matches("changes of what is held are not counted").count(), 2, "{text}");
    assert!(text.contains("over the first 365 days"), "{text}");
    assert!(
        reply.body.contains("this proposal: 4,000.00 USD saved, 13,140.00 owed"),
        "the ring has the futures of the curve: {}",
        reply.body
    );
    assert_eq!(reply.body.matches("above the policy&#39;s limit").count(), 2, "in the chart and in the table: {}", reply.body);
    assert_eq!(text.matches("| this proposal").count(), 1, "a row of its own: {text}");
    assert!(text.contains("the comparison cannot be read"), "{text}");
}

#[tokio::test]
async fn who_may_not_order_is_offered_neither_an_order_nor_the_file_nor_a_new_proposal() {
    let site = Site::new(Bills::Three);
    connect(&site, "payer", "111122223333");
    let (viewer, analyst) = (site.session("viewer"), site.session("analyst"));
    let offers = |body: &str| ["action=\"/orders\"", "proposal.json", "Propose now"].map(|offer| body.contains(offer));
    let (list, one) = (site.get("/proposals", Some(&viewer)).await.body, site.get(&page(), Some(&viewer)).await.body);
    assert_eq!((offers(&list), offers(&one)), ([false; 3], [false; 3]));
    let (list, one) = (site.get("/proposals", Some(&analyst)).await.body, site.get(&page(), Some(&analyst)).await.body);
    assert_eq!((offers(&list), offers(&one)), ([false, false, true], [true, true, false]));
    assert!(one.contains(&format!("name=\"proposal\" value=\"{}\"", id())));
    assert_eq!(site.post("/proposals", &viewer, vec![]).await.status, 403);
    let made = site.post("/proposals", &analyst, vec![]).await;
    assert_eq!((made.status, made.location()), (303, page().as_str()));
}

#[tokio::test]
async fn a_knob_that_is_turned_shows_the_other_answer_beside_the_proposal() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let reply = site.get(&format!("{}?hourly=1&term=1yr", page()), Some(&session)).await;
    assert_eq!(reply.status, 200);
    let text = reply.text();
    assert!(text.contains("| Lock-in (USD) | 13,140.00 | 8,760.00 | −4,380.00"), "{text}");
    assert!(text.contains("In the same 4 futures"), "{text}");
    assert!(reply.body.contains("name=\"hourly\" min=\"0\" max=\"4\" step=\"any\" value=\"1\""), "{}", reply.body);
    assert!(reply.body.contains("<option value=\"1yr\" selected>"));
    let slow = site.get(&format!("{}?term=1yr&payment=No+Upfront", page()), Some(&session)).await;
    assert!(slow.status == 200 && slow.text().contains("It is still being computed"), "{}", slow.text());
    assert!(slow.body.contains("http-equiv=\"refresh\"") && !reply.body.contains("http-equiv"), "it looks again for as long as it waits");
    // At the right end there is no limit.
    let free = site.get(&format!("{}?hourly=4", page()), Some(&session)).await;
    assert!(free.text().contains("no limit") && free.text().contains("| Lock-in (USD) | 13,140.00 | 13,140.00 | 0.00"), "{}", free.text());
}

#[tokio::test]
async fn a_knob_that_makes_no_sense_is_told_beside_the_form_with_what_to_write() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    for (query, wrong, hint) in [
        ("hourly=much", "`hourly` is never `much`", "write an amount: 0 or more"),
        ("obligation=-1", "`obligation` is never `-1`", "write an amount: 0 or more"),
        ("weight=101", "`weight` is never `101`", "write a number from 0 to 100"),
        ("at_least=120", "`at_least` is never `120`", "write a number of percent, from 0 to 100"),
        ("term=2yr", "`term` is never `2yr`", "write 1yr or 3yr"),
        ("payment=x", "`payment` is never `x`", "write No Upfront, Partial Upfront or All Upfront"),
        ("term=3yr", "the proposal looks 8760 hours ahead", "propose under another policy"),
    ] {
        let reply = site.get(&format!("{}?{query}", page()), Some(&session)).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.body.contains(wrong) && reply.body.contains(hint), "{query}: {}", reply.text());
        assert!(reply.body.contains("What to buy"), "the proposal stands all the same");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_cannot_be_read_is_said() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    for path in [format!("/proposals/{}", "0e".repeat(32)), "/proposals/x".to_owned(), format!("/api/v1/proposals/{}", "0e".repeat(32))] {
        let reply = site.get(&path, Some(&session)).await;
        assert!(reply.status == 404 && reply.body.contains("there is no proposal of that id"), "{path}: {}", reply.body);
    }
    let broken = Site::new(Bills::Broken);
    let session = broken.session("viewer");
    for path in ["/proposals", "/api/v1/proposals"] {
        let reply = broken.get(path, Some(&session)).await;
        assert!(reply.status == 500 && reply.body.contains("why is told where the server runs"), "{path}: {}", reply.body);
        assert!(!reply.body.contains("a file is damaged"), "{path}: {}", reply.body);
    }
    assert_eq!(*broken.notes.lock().unwrap(), ["GET /proposals: a file is damaged", "GET /api/v1/proposals: a file is damaged"]);
}

#[tokio::test]
async fn what_names_files_is_for_admins() {
    let site = Site::new(Bills::Three);
    for path in ["/proposals".to_owned(), "/api/v1/proposals".to_owned(), page(), format!("/api/v1{}", page())] {
        for (role, is_told) in [("approver", false), ("admin", true)] {
            let body = site.get(&path, Some(&site.session(role))).await.body;
            assert_eq!(body.contains("/secret/"), is_told, "{path} for {role}");
        }
    }
}

#[tokio::test]
async fn programs_are_told_the_same_and_the_file_is_the_document_that_is_recorded_to_have_left() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    let all = told(&site, "/api/v1/proposals?limit=1", &session).await;
    assert_eq!((all["items"].as_array().unwrap().len(), all["next"].is_string()), (1, true));
    let item = &all["items"][0];
    assert_eq!((&item["savings"], &item["gap"], &item["standing"]), (&"4380".into(), &"0.003805".into(), &"newest".into()));
    let one = told(&site, &format!("/api/v1{}", page()), &session).await;
    assert_eq!((&one["proposal"]["steps"][0]["commitment"], &one["compared"][0]["savings_p10"]), (&"1.5".into(), &"1000".into()));
    let file = site.get(&format!("{}/proposal.json", page()), Some(&session)).await;
    assert_eq!((file.status, file.body), (200, proposal().encode()));
    let name = file.headers["content-disposition"].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"tenor-proposal-0b0b0b0b0b0b0b0b.json\"");
    let entries = site.get("/api/v1/ledger?q=data-exported", Some(&session)).await;
    assert!(entries.body.contains("proposal as a file"), "{}", entries.body);
}
