//! What connections may do, as people and programs are told of it; and the templates of their roles.

use super::{Bills, Site, begin};
use crate::access::{Access, AccessStatus, CapabilityAccess, ConnectionAccess, Policies, PolicyText, Template, TemplateFormat};
use crate::lake::{Refusal, RefusalKind};
use async_trait::async_trait;
use serde_json::Value;
use tenor_ledger::{Event, Told};
use tenor_permit::{CURRENT, Capability, Tier, capabilities};
use tenor_state::ConnectionName;

/// Connections made up, of bills made up.
pub(super) struct Granted {
    bills: Bills,
}

impl Granted {
    pub(super) const fn beside(bills: Bills) -> Self {
        Self { bills }
    }

    fn refuse(&self) -> Result<(), Refusal> {
        let (message, hint) = ("/secret/key cannot be read".to_owned(), "look at it".to_owned());
        if self.bills == Bills::Broken { Err(Refusal { kind: RefusalKind::Failed, message, hint }) } else { Ok(()) }
    }
}

fn name() -> ConnectionName {
    "prod".parse().unwrap()
}

/// One that works, one that lacks something, one too much, and the rest.
fn stands(capability: &'static Capability) -> CapabilityAccess {
    let (status, note) = match capability.name {
        "sp-inventory" => (AccessStatus::Granted, ""),
        "cost-explorer" => (AccessStatus::Missing, "ce:GetCostAndUsage, <ce:GetDimensionValues>"),
        "sp-purchase" => (AccessStatus::Excess, "savingsplans:CreateSavingsPlan"),
        _ => (AccessStatus::NotChosen, ""),
    };
    let is_chosen = matches!(status, AccessStatus::Granted | AccessStatus::Missing);
    CapabilityAccess { capability, is_chosen, status, note: note.to_owned() }
}

#[async_trait]
impl Access for Granted {
    async fn connections(&self) -> Result<Vec<ConnectionAccess>, Refusal> {
        self.refuse()?;
        if self.bills == Bills::None {
            return Ok(Vec::new());
        }
        Ok(vec![ConnectionAccess {
            name: name(),
            account: "111122223333".to_owned(),
            kind: "payer",
            partition: "aws".to_owned(),
            role: "tenor/Tenor".to_owned(),
            trusted: "arn:aws:iam::444455556666:role/tenor".to_owned(),
            report: Some("s3://bills/cur/".to_owned()),
            regions: "all".to_owned(),
            policy_versions: (CURRENT, CURRENT),
            made: begin(),
            proved: Some(begin()),
            tried: Some((begin(), vec!["policy `Tenor-trial-1` was changed".to_owned()])),
            tiers: vec![Tier::Trial],
            capabilities: capabilities().map(stands).collect(),
        }])
    }

    async fn connection(&self, asked: &ConnectionName) -> Result<Option<(ConnectionAccess, Policies)>, Refusal> {
        let policy = PolicyText {
            name: "Tenor-trial-1".to_owned(),
            text: "{\"Version\": \"2012-10-17\"}".to_owned(),
            reasons: vec![("savingsplans:DescribeSavingsPlans", "it lists what is held".to_owned())],
        };
        let found = self.connections().await?.into_iter().find(|one| one.name == *asked);
        Ok(found.map(|one| (one, Ok(vec![policy]))))
    }

    async fn template(&self, asked: &ConnectionName, format: TemplateFormat) -> Result<Option<Template>, Refusal> {
        self.refuse()?;
        let written = || Template { file: format!("prod-{}", format.word()), text: format!("a template, as {}\n", format.word()) };
        Ok((*asked == name()).then(written))
    }
}

#[tokio::test]
async fn what_is_granted_missing_and_in_excess_is_told_with_its_moment() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let list = site.get("/access", Some(&session)).await.text();
    assert!(list.contains("| prod | 1 | 1 | 1 | 0 | 111122223333 | payer | tenor/Tenor |"), "{list}");
    assert!(list.contains("| 2026-01-20 12:00:00"), "{list}");
    let shown = site.get("/access/prod", Some(&session)).await;
    let text = shown.text();
    assert!(text.contains("as found on 2026-01-20 12:00:00 UTC") && text.contains("policy `Tenor-trial-1` was changed"), "{text}");
    assert!(shown.body.contains("&#60;ce:GetDimensionValues&#62;"), "names are escaped");
    assert!(text.contains("it lists what is held"), "a policy has its reasons");
    assert!(!shown.body.contains("/template?format="), "a viewer takes nothing away: {text}");
}

#[tokio::test]
async fn a_status_and_a_tier_in_the_address_leave_only_what_stands_so() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let rows = async |path: &str| {
        let body = site.get(path, Some(&session)).await.body;
        let table = body.split("aria-label=\"Capabilities\"").nth(1).map_or("", |rest| rest.split("</table>").next().unwrap()).to_owned();
        let names = table.split("<th scope=\"row\"><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(rows("/access/prod?status=missing").await, ["cost-explorer"]);
    assert_eq!(rows("/access/prod?status=excess").await, ["sp-purchase"]);
    assert_eq!(rows("/access/prod?status=excess&tier=trial").await, [""; 0]);
    assert_eq!(rows("/access/prod").await.len(), capabilities().count());
    for wrong in ["/access/prod?status=well", "/access/prod?tier=gold"] {
        assert_eq!(site.get(wrong, Some(&session)).await.status, 400, "{wrong}");
    }
    assert_eq!(site.get("/access/other", Some(&session)).await.status, 404);
}

#[tokio::test]
async fn a_template_is_taken_away_by_an_analyst_and_recorded() {
    let site = Site::new(Bills::Three);
    assert_eq!(site.get("/access/prod/template", Some(&site.session("viewer"))).await.status, 403);
    let session = site.session("analyst");
    let reply = site.get("/access/prod/template?format=stackset", Some(&session)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "a template, as stackset\n"));
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"prod-stackset\"");
    let exported =
        |event: &Told<Event>| matches!(event, Told::Known(Event::DataExported { what, .. }) if what.as_str() == "template as a file");
    assert_eq!(site.state().entries(1, 100).unwrap().iter().filter(|entry| exported(&entry.event)).count(), 1);
    assert_eq!(site.get("/access/prod/template?format=word", Some(&session)).await.status, 400);
    assert_eq!(site.get("/access/other/template", Some(&session)).await.status, 404);
}

#[tokio::test]
async fn without_a_connection_it_says_how_to_make_one_and_what_cannot_be_read_is_not_none() {
    let site = Site::new(Bills::None);
    let session = site.session("viewer");
    let text = site.get("/access", Some(&session)).await;
    assert!(text.status == 200 && text.body.contains("href=\"/setup#connect\""), "{}", text.body);
    let site = Site::new(Bills::Broken);
    let session = site.session("viewer");
    let reply = site.get("/access", Some(&session)).await;
    assert!(reply.status == 500 && !reply.body.contains("/secret/key"), "{}", reply.body);
    assert!(site.notes.lock().unwrap().iter().any(|note| note.contains("/secret/key cannot be read")));
}

#[tokio::test]
async fn programs_are_told_the_same() {
    let site = Site::new(Bills::Three);
    let reply = site.get("/api/v1/access?status=missing", Some(&site.session("viewer"))).await;
    let answer: Value = serde_json::from_str(&reply.body).unwrap();
    let connection = &answer["items"][0];
    assert_eq!((&connection["connection"], &connection["proved"]), (&"prod".into(), &"2026-01-20T12:00:00Z".into()));
    assert_eq!(connection["capabilities"].as_array().unwrap().len(), 1);
    assert_eq!(connection["capabilities"][0]["status"], "missing");
}
