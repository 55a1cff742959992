//! Roles that let in the wrong ones, lack something, or were changed by hand.

use super::{Assumed, Drift, Observed, Question, RoleFound, Seen, Trials, drift, standings};
use crate::{AccountKind, Capability, Connection, ExternalId, Partition, Permit, Regions, Selection, Tier, documents, trust_policy};

fn connection() -> Connection {
    Connection {
        partition: Partition::Aws,
        account: "111122223333".parse().unwrap(),
        kind: AccountKind::Payer,
        role: "Tenor".parse().unwrap(),
        trusted: "arn:aws:iam::444455556666:role/tenor".parse().unwrap(),
        report: None,
        regions: Regions::All,
    }
}

/// All that a selection needs, simulated as allowed.
fn allowed(selection: &Selection) -> Observed {
    let permit = Permit::new(selection, &connection());
    Observed { simulated: permit.permitted().iter().map(|one| (one.grant.action, Seen::Works)).collect(), ..Observed::default() }
}

fn told(selection: &Selection, connection: &Connection, observed: &Observed) -> String {
    let all = standings(selection, connection, observed);
    let told = all.iter().filter(|(_, standing)| standing.as_str() != "works");
    told.map(|(capability, standing)| format!("{capability}: {standing:?}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_role_is_proved_when_it_lets_in_the_right_one_alone() {
    let failed = || Assumed::Failed("no answer".to_owned());
    let cases = [
        (Assumed::Yes, Assumed::Refused, Assumed::Refused),
        (Assumed::Yes, Assumed::Refused, Assumed::Yes),
        (Assumed::Yes, Assumed::Yes, Assumed::Refused),
        (Assumed::Refused, Assumed::Refused, Assumed::Refused),
        (Assumed::Yes, failed(), Assumed::Refused),
        (failed(), failed(), Assumed::Yes),
    ];
    let told = cases.map(|(right, wrong, missing)| match (Trials { right, wrong, missing }).proves() {
        Ok(()) => "proved".to_owned(),
        Err(not) => not.to_string(),
    });
    insta::assert_snapshot!(told.join("\n"), @"
    proved
    the role can be assumed without an External ID: its trust policy does not ask for one
    the role can be assumed with a wrong External ID: its trust policy does not ask for the right one
    AWS does not let Tenor assume the role with the connection's External ID
    assuming the role with a wrong External ID gave no clear answer: no answer
    the role can be assumed without an External ID: its trust policy does not ask for one
    ");
}

#[test]
fn what_is_lacking_is_named_and_what_was_not_chosen_is_in_excess() {
    let trial = Selection::of([Tier::Trial]);
    let mut observed = allowed(&trial);
    assert_eq!(told(&trial, &connection(), &observed).lines().filter(|line| !line.contains("Part(NoReport)")).count(), 0);
    observed.simulated.insert("savingsplans:DescribeSavingsPlans", Seen::Denied);
    observed.simulated.insert("savingsplans:CreateSavingsPlan", Seen::Works);
    observed.tried.insert("ce:GetCostAndUsage".to_owned(), Seen::Denied);
    observed.simulated.remove("iam:ListAccountAliases");
    insta::assert_snapshot!(told(&trial, &connection(), &observed), @r#"
    account-identity: Unclear("iam:ListAccountAliases was not simulated")
    cur-ingest: Part(NoReport)
    cost-explorer: Missing(["ce:GetCostAndUsage"])
    sp-inventory: Missing(["savingsplans:DescribeSavingsPlans"])
    sp-purchase: Excess(["savingsplans:CreateSavingsPlan"])
    commitment-renewal: Excess(["savingsplans:CreateSavingsPlan"])
    "#);
}

#[test]
fn what_aws_did_counts_for_more_than_what_it_says_it_would() {
    let trial = Selection::of([Tier::Trial]);
    let mut observed = allowed(&trial);
    observed.simulated.insert("ce:GetCostAndUsage", Seen::Denied);
    observed.tried.insert("ce:GetCostAndUsage".to_owned(), Seen::Works);
    let explorer = Capability::find("cost-explorer").unwrap();
    let standing = standings(&trial, &connection(), &observed).into_iter().find(|(capability, _)| *capability == explorer).unwrap().1;
    assert_eq!(standing.as_str(), "works");
}

#[test]
fn a_member_and_govcloud_are_told_what_there_is_not() {
    let trial = Selection::of([Tier::Trial]);
    let member = Connection { kind: AccountKind::Member, ..connection() };
    let of_member = told(&trial, &member, &allowed(&trial));
    assert!(of_member.contains("org-account-inventory: NotOffered(NotOnMember("), "{of_member}");
    let trusted = "arn:aws-us-gov:iam::444455556666:role/tenor".parse().unwrap();
    let gov = Connection { partition: Partition::AwsUsGov, trusted, ..connection() };
    assert!(told(&trial, &gov, &allowed(&trial)).contains("cost-explorer: NotOffered(NotInPartition("));
}

#[test]
fn a_role_as_published_has_no_drift_however_iam_writes_it() {
    let (connection, external_id) = (connection(), ExternalId::from_random([7; 16]));
    let permit = Permit::new(&Selection::of([Tier::Trial, Tier::Commitments]), &connection);
    let as_iam = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap().to_string();
    let mut found = RoleFound {
        trust: as_iam(&trust_policy(&connection, &external_id)),
        documents: documents(&permit, &connection).unwrap().iter().map(|one| (one.name(), as_iam(&one.to_json(&connection)))).collect(),
        boundary: None,
        version: Some("1".to_owned()),
    };
    let drifts = |found: &RoleFound| drift(&permit, &connection, &external_id, found).unwrap();
    assert_eq!(drifts(&found), []);
    found.documents.get_mut("trial-1").unwrap().push(' ');
    assert_eq!(drifts(&found), []);
    found.trust = as_iam(&trust_policy(&connection, &ExternalId::from_random([8; 16])));
    let wider = found.documents["trial-1"].replace("ce:GetCostAndUsage", "ce:*");
    found.documents.insert("trial-1".to_owned(), wider);
    found.documents.remove("commitments-1");
    found.documents.insert("AdministratorAccess".to_owned(), "{}".to_owned());
    found.boundary = Some("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
    found.version = None;
    let told: Vec<String> = drifts(&found).iter().map(Drift::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    the trust policy is not the one that was published
    the role has a policy that is not Tenor's: `AdministratorAccess`
    the policy `commitments-1` is missing
    the policy `trial-1` is not the one that was published
    the role has a permission boundary, `arn:aws:iam::aws:policy/ReadOnlyAccess`, which may take away what its policies grant
    the role is of policy version none; the newest is 1
    ");
}

#[test]
fn a_question_names_a_resource_and_a_request_that_keeps_the_guards() {
    let regions = Regions::Only(["eu-west-1".parse().unwrap()].into());
    let connection = Connection { regions, ..connection() };
    let permit = Permit::new(&Selection::of([Tier::Trial, Tier::Commitments]), &connection);
    let questions = Question::all(&permit, &connection);
    assert!(questions.iter().all(|question| question.resource.as_ref().is_none_or(|arn| !arn.contains(['*', '{']))));
    let asked: Vec<_> = questions.iter().flat_map(|question| &question.actions).collect();
    assert!(permit.permitted().iter().all(|one| asked.iter().filter(|action| ***action == one.grant.action).count() == 1));
    let buys = questions.iter().find(|question| question.actions.contains(&"savingsplans:CreateSavingsPlan")).unwrap();
    insta::assert_snapshot!(format!("{:?} {:?}", buys.resource, buys.context), @r#"None {"aws:RequestTag/tenor:managed": "true", "aws:TagKeys": "tenor:proof"}"#);
}

#[test]
fn a_role_whose_sessions_take_no_name_lacks_that_and_nothing_else() {
    let trial = Selection::of([Tier::Trial]);
    let mut observed = allowed(&trial);
    observed.simulated.insert("sts:SetSourceIdentity", Seen::Denied);
    insta::assert_snapshot!(told(&trial, &connection(), &observed), @r#"
    account-connect: Missing(["sts:SetSourceIdentity"])
    cur-ingest: Part(NoReport)
    "#);
    // What could not be found out takes nothing away: the role is used without a name.
    observed.simulated.insert("sts:SetSourceIdentity", Seen::Unclear("no answer".to_owned()));
    assert_eq!(told(&trial, &connection(), &observed), "cur-ingest: Part(NoReport)");
}
