//! What a proposal says becomes of something held, as a change of it.

use crate::aws::{Place, Unread};
use crate::change::{Change, Offered, Sought, on_so_many};
use crate::make::Offers;
use tenor_bill::AccountId;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Service, Step, Target};
use tenor_propose::proposal::{Becomes, HeldStep};

/// A change that a proposal says, as a step.
///
/// # Errors
/// When what is held cannot be read; or, inside, why there is no such step.
pub(crate) async fn proposed_change(
    proposed: &HeldStep,
    account: &AccountId,
    offers: &dyn Offers,
    now: Moment,
) -> Result<Result<Step, Text>, Unread> {
    let Some((place, id)) = place_of(&proposed.id) else {
        return Ok(Err(Text::fitted(&format!("`{}` is no ARN of something held", proposed.id))));
    };
    if place.account != *account {
        return Ok(Err(Text::fitted(&format!("the account {} holds it, and the connection is of {account}", place.account))));
    }
    let change = match change_of(proposed) {
        Ok(change) => change,
        Err(why) => return Ok(Err(why)),
    };
    // AWS would exchange, modify or return all of it.
    if proposed.count != proposed.held && !matches!(change, Change::List { .. }) {
        return Ok(Err(Text::fitted(
            "only some of it is meant: split that off by tenor order change modify, then change the piece by its own id",
        )));
    }
    let made = on_so_many(&place, &id, &change, proposed.held, offers, now).await?;
    let until = proposed.deadline.as_ref().and_then(|until| until.parse().ok()).map(Moment);
    Ok(made.map(|step| Step { deadline: [step.deadline, until].into_iter().flatten().min(), ..step }))
}

fn change_of(proposed: &HeldStep) -> Result<Change, Text> {
    let money = |text: &str| text.parse::<Money>().map_err(|_| Text::fitted(&format!("`{text}` is no amount")));
    Ok(match &proposed.becomes {
        Becomes::Returned => Change::Return,
        Becomes::Regional => {
            let count = proposed.count.ok_or_else(|| Text::fitted("it says not how many"))?;
            Change::Modify { also: Vec::new(), targets: vec![Target { count, instance_type: None, zone: None }] }
        }
        Becomes::Exchanged { instance_type, count, due_max } => Change::Exchange {
            also: Vec::new(),
            sought: Sought {
                instance_type: instance_type.clone(),
                count: Some(*count),
                due_max: Some(money(due_max)?),
                ..Sought::default()
            },
        },
        Becomes::Listed { price } => Change::List { count: proposed.count, prices: vec![Offered { months: None, price: money(price)? }] },
    })
}

/// Where something is held, and its id there, by its ARN: `arn:aws:ec2:us-east-1:111122223333:reserved-instances/…`.
fn place_of(arn: &str) -> Option<(Place, String)> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(_), Some(service), Some(region), Some(account), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (service, region) = match service {
        "savingsplans" => (Service::SavingsPlans, None),
        "ec2" => (Service::Ec2, Some(region.parse().ok()?)),
        _ => return None,
    };
    Some((Place { account: account.parse().ok()?, service, region }, rest.rsplit('/').next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{change_of, place_of};
    use tenor_propose::proposal::{Becomes, HeldStep, Spread};

    #[test]
    fn an_arn_says_where_something_is_held() {
        let told = |arn: &str| place_of(arn).map_or_else(|| "nowhere".to_owned(), |(place, id)| format!("{id}: {place}"));
        let arns = [
            "arn:aws:ec2:us-east-1:111122223333:reserved-instances/5f3a",
            "arn:aws:savingsplans::111122223333:savingsplan/5f3b",
            "arn:aws:rds:us-east-1:111122223333:ri:orders",
            "arn:aws:ec2:us-east-1:1111:reserved-instances/5f3a",
            "5f3a",
        ];
        insta::assert_snapshot!(arns.map(told).join("\n"), @"
        5f3a: ec2 of 111122223333 in us-east-1
        5f3b: savingsplans of 111122223333
        nowhere
        nowhere
        nowhere
        ");
    }

    #[test]
    fn what_a_proposal_says_becomes_of_something_is_a_change_of_it() {
        let spread = || Spread { expected: "1".to_owned(), p10: "1".to_owned(), p90: "1".to_owned() };
        let proposed = |becomes: Becomes, count: Option<u32>| HeldStep {
            number: 1,
            action: "-".to_owned(),
            id: "-".to_owned(),
            what: "-".to_owned(),
            count,
            held: count,
            becomes,
            from: "-".to_owned(),
            to: "-".to_owned(),
            moment: "-".to_owned(),
            deadline: None,
            money_now: "0".to_owned(),
            savings: spread(),
            conditions: Vec::new(),
            reason: "-".to_owned(),
        };
        let exchanged = |due: &str| Becomes::Exchanged { instance_type: "m5.xlarge".to_owned(), count: 2, due_max: due.to_owned() };
        let cases = [
            (Becomes::Returned, None),
            (Becomes::Regional, Some(3)),
            (Becomes::Regional, None),
            (exchanged("12.5"), Some(4)),
            (exchanged("much"), Some(4)),
            (Becomes::Listed { price: "20".to_owned() }, Some(1)),
        ];
        let told = cases.map(|(becomes, count)| match change_of(&proposed(becomes, count)) {
            Ok(change) => format!("{change:?}"),
            Err(why) => format!("no: {why}"),
        });
        insta::assert_snapshot!(told.join("\n"), @"");
    }
}
