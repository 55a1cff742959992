//! Orders, for programs: all of them, and one with its steps, who agrees to it and who could.

use super::money;
use super::part::Part;
use crate::app::App;
use crate::ask::Ask;
use crate::desk::{Agreeing, Run};
use crate::pages::orders;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_ledger::Moment;

pub(crate) async fn orders(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let (lines, stopped) = orders::read(&app).await?;
    let (items, next) = part.cut(lines, |line| line.id.clone(), |line| order_line(&line))?;
    Ok(document(&json!({ "kill_switch": stopped, "items": items, "next": next })))
}

fn order_line(line: &orders::Line) -> Value {
    json!({
        "id": line.id, "made": line.made_exact, "connection": line.connection, "steps": line.steps, "obligation": money(line.obligation_exact),
        "currency": line.currency, "approvals": line.approvals, "standing": line.standing,
    })
}

pub(crate) async fn order(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, order) = (orders::id_of(&ask)?, orders::asked(&app, &ask).await?);
    let (agreeing, untold) = orders::agreeing(&app, id).await;
    let run = app.ports.orders.progress(id).map(|run| run_of(&run));
    let approvals: Vec<_> =
        order.approvals.iter().map(|(person, _, until)| json!({ "person": person, "until": until.to_string() })).collect();
    Ok(document(&json!({
        "order": order_line(&order.line), "made_by": order.maker.to_string(), "proposal": order.proposal, "policy": order.policy,
        "inventory": order.inventory, "approvals": approvals, "agreement": untold.is_none().then(|| agreement(&agreeing)),
        "agreement_untold": untold, "rejected": order.rejected, "steps": order.steps.iter().map(step).collect::<Vec<_>>(), "run": run,
    })))
}

fn step(of: &orders::StepLine) -> Value {
    let moment = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
    json!({
        "account": of.account, "starts": moment(of.starts), "deadline": moment(of.deadline), "details": of.details,
        "step": of.number, "action": of.action, "service": of.service, "what": of.what, "object": of.object, "region": of.region, "quantity": of.quantity,
        "ceiling_hourly": money(of.hourly), "ceiling_upfront": money(of.upfront), "obligation": money(of.obligation), "state": of.state,
        "result": of.result, "said": of.said, "undo_until": moment(of.undo_until), "is_undoable": of.is_undoable,
    })
}

/// Who agrees, as things stand, and who still could.
fn agreement(of: &Agreeing) -> Value {
    json!({
        "needed": of.needed, "counted": of.counted, "why_not": of.why_not, "is_to_be_settled": of.is_to_be_settled, "could": of.could,
        "hours_max": of.hours_max, "off": of.off,
    })
}

fn run_of(run: &Run) -> Value {
    let steps: Vec<_> = run.steps.iter().map(|(number, would)| json!({ "step": number, "would": would })).collect();
    json!({
        "user": run.user, "begun": run.begun.to_string(), "is_going": run.is_going, "is_live": run.is_live, "is_good": run.is_good, "told": run.told,
        "steps": steps,
    })
}
