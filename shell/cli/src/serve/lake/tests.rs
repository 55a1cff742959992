//! What is asked of bills while imports come and go.

use super::{Asking, Bills, Limits};
use crate::context::Context;
use crate::output::Format;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenor_serve::{CostAnswer, CostQuestion, Lake as _, RefusalKind};

fn bills(home: &std::path::Path, time_max: Duration) -> Bills {
    let context = Context::new(Some(home.to_owned()), Format::Table).unwrap();
    Bills::new(&context, Limits { memory_bytes_max: 64 << 20, time_max })
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_given_up_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let bills = bills(home.path(), Duration::from_millis(20));
    let mark = bills.mark().await.unwrap();
    let slow =
        bills.desk.ask(&bills.desk.turns, mark, &(), |_, ()| Box::pin(futures::future::pending::<Result<(), _>>())).await.unwrap_err();
    assert_eq!((slow.kind, slow.message.as_str()), (RefusalKind::Slow, "there was no answer within 0 seconds"));
}

#[tokio::test]
async fn what_is_asked_of_bills_as_they_were_is_of_that_mark() {
    let home = tempfile::tempdir().unwrap();
    let bills = bills(home.path(), Duration::from_secs(50));
    let mark = bills.mark().await.unwrap();
    std::fs::create_dir(home.path().join("lake")).unwrap();
    std::fs::write(home.path().join("lake/exchange.json"), "").unwrap();
    let later = Instant::now() + Duration::from_secs(1);
    assert_ne!(bills.desk.engines.mark_at(later).await.unwrap(), mark);
    assert_eq!(bills.at(mark).mark().await.unwrap(), mark);
}

#[tokio::test]
async fn what_reads_no_charges_waits_for_nothing_that_does() {
    let home = tempfile::tempdir().unwrap();
    let bills = bills(home.path(), Duration::from_secs(50));
    let _all = bills.desk.turns.acquire_many(2).await.unwrap();
    assert_eq!(bills.cost(&CostQuestion::default()).await.unwrap_err().kind, RefusalKind::Empty);
}

#[tokio::test]
async fn of_the_bills_before_an_import_only_what_was_answered_is_told() {
    let home = tempfile::tempdir().unwrap();
    let bills = bills(home.path(), Duration::from_secs(50));
    assert!(bills.before().await.is_none(), "there were none");
    let mark = bills.look().await.unwrap();
    let answer = || -> Asking<CostAnswer> { Box::pin(async { Ok(Arc::default()) }) };
    bills.desk.costs.answer(mark, &CostQuestion::default(), answer).await.unwrap();
    bills.answered(mark).await;
    assert!(bills.before().await.is_none(), "they are answered");
    std::fs::create_dir(home.path().join("lake")).unwrap();
    std::fs::write(home.path().join("lake/exchange.json"), "").unwrap();
    let later = Instant::now() + Duration::from_secs(1);
    let now = bills.desk.engines.mark_at(later).await.unwrap();
    let before = bills.at(now).before().await.unwrap();
    assert_eq!(*before.cost(&CostQuestion::default()).await.unwrap(), CostAnswer::default());
    assert_eq!(before.commitments().await.unwrap_err().kind, RefusalKind::Busy);
    assert_eq!(before.commitment("r").await.unwrap_err().kind, RefusalKind::Busy);
    bills.answered(mark).await;
    assert!(bills.at(now).before().await.is_some(), "what was asked of bills that have passed is no answer about these");
    bills.answered(now).await;
    assert!(bills.at(now).before().await.is_none());
}

#[tokio::test]
async fn what_an_import_came_before_is_answered_of_the_new_bills_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let bills = bills(home.path(), Duration::from_secs(50));
    let mark = bills.mark().await.unwrap();
    std::fs::create_dir(home.path().join("lake")).unwrap();
    std::fs::write(home.path().join("lake/exchange.json"), r#"{"sequence":1,"pending":null}"#).unwrap();
    let of_mark = bills.at(mark);
    assert_eq!(of_mark.cost(&CostQuestion::default()).await.unwrap_err().kind, RefusalKind::Moved);
    assert_eq!(of_mark.commitments().await.unwrap_err().kind, RefusalKind::Moved);
    assert_eq!(of_mark.commitment("r").await.unwrap_err().kind, RefusalKind::Moved);
    let marks = std::sync::Mutex::new(vec![mark]);
    let ask = |now| {
        let mark = marks.lock().unwrap().pop().unwrap_or(now);
        let desk = Arc::clone(&bills.desk);
        async move { desk.cost(mark, &CostQuestion::default()).await }
    };
    assert_eq!(bills.asked(ask).await.unwrap_err().kind, RefusalKind::Empty, "one question goes on to the new bills");
}
