//! What is made ready, once and in its turn.

use super::{ANSWERING_MAX, AT_HAND_MAX, Kept, READY_AGAIN, broken};
use crate::context::Context;
use crate::output::Format;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tenor_ledger::ProposalId;
use tenor_money::Quantity;
use tenor_serve::{Knobs, Proposals as _, RefusalKind};

fn home() -> (tempfile::TempDir, Kept) {
    let home = tempfile::tempdir().unwrap();
    let kept = Kept::new(&Context::new(Some(home.path().to_owned()), Format::Table).unwrap());
    (home, kept)
}

fn id(number: u8) -> ProposalId {
    ProposalId::from_bytes([number; 32])
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work);
}

#[test]
fn what_is_being_computed_keeps_its_place_and_is_never_begun_again() {
    run(async {
        let (_home, kept) = home();
        let places: u8 = AT_HAND_MAX.try_into().unwrap();
        let begin = |number: u8| {
            let (end, ended) = mpsc::channel::<()>();
            let work = move || {
                ended.recv().unwrap();
                Err(broken("it is over".to_owned()))
            };
            kept.ready_by(id(number), work).map(|ready| (ready, end))
        };
        let begun: Vec<_> = (0..places).map(|number| begin(number).unwrap()).collect();
        assert!(begin(places).is_none(), "there is no place, and nothing gives way");
        assert!(kept.outlook(id(places)).await.unwrap().is_none(), "which is told as still being computed");
        let (again, unused) = begin(0).unwrap();
        drop(unused);
        assert!(again.ptr_eq(&begun[0].0), "the same work");
        // In whichever order they have their turns.
        begun.iter().for_each(|(_, end)| end.send(()).unwrap());
        for (ready, _) in begun {
            assert_eq!(ready.await.err().unwrap().message, "it is over");
        }
        let (ready, end) = begin(places).unwrap();
        end.send(()).unwrap();
        assert!(ready.await.is_err());
    });
}

#[test]
fn a_turn_ends_with_the_work_and_not_with_whoever_waits_for_it() {
    run(async {
        let (_home, kept) = home();
        let (end, ended) = mpsc::channel::<()>();
        let work = move || {
            ended.recv().unwrap();
            Err(broken("it is over".to_owned()))
        };
        let ready = kept.ready_by(id(0), work).unwrap();
        drop(ready);
        while kept.turn.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        end.send(()).unwrap();
        let turn = kept.turn.acquire().await.unwrap();
        drop(turn);
        // Nobody asked, and it was noticed all the same.
        while kept.at_hand.lock().unwrap()[0].is_unfinished() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_what_if_waits_for_no_outlook_and_nothing_is_made_ready_where_there_is_no_proposal() {
    run(async {
        let (_home, kept) = home();
        let turn = kept.turn.acquire().await.unwrap();
        assert_eq!(kept.what_ifs.available_permits(), 1);
        drop(turn);
        assert_eq!(kept.newest().await.unwrap(), None);
        kept.close();
        let kept = std::sync::Arc::new(kept);
        std::sync::Arc::clone(&kept).keep_ready().await;
        assert!(kept.at_hand.lock().unwrap().is_empty());
    });
}

#[test]
fn whoever_has_one_made_joins_the_one_under_way_and_a_failure_is_a_note() {
    run(async {
        let (_home, kept) = home();
        let (end, ended) = mpsc::channel::<()>();
        let first = kept.made_by(move || {
            ended.recv().unwrap();
            Err(broken("the disk is full".to_owned()))
        });
        let second = kept.made_by(|| panic!("one is made already"));
        assert!(second.ptr_eq(&first));
        assert!(kept.list().await.unwrap().is_making);
        assert_eq!(kept.going().as_deref(), Some("a proposal"), "which the end of the server names");
        end.send(()).unwrap();
        assert!(first.await.is_err());
        assert_eq!(kept.going(), None);
        let all = kept.list().await.unwrap();
        assert_eq!((all.is_making, all.proposals.len()), (false, 0));
        let [note] = &all.notes[..] else { panic!("{:?}", all.notes) };
        assert_eq!(note.told, "The last proposal could not be made.");
        assert_eq!(note.cause.as_deref(), Some("the disk is full. look at what the server says where it runs."), "for admins");
        let third = kept.made_by(|| Ok(id(3)));
        assert_eq!(*third.await.unwrap(), id(3));
        assert!(kept.list().await.unwrap().notes.is_empty());
        kept.close();
        let by = tenor_state::By::system(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(kept.make(by).await.unwrap_err().kind, RefusalKind::Busy);
        assert!(kept.ready(id(1)).is_none(), "nothing more is begun");
    });
}

#[test]
fn what_fails_is_told_to_whoever_asks_next_and_tried_again_after_a_while() {
    run(async {
        let (_home, kept) = home();
        let (end, ended) = mpsc::channel::<()>();
        let work = move || {
            ended.recv().unwrap();
            Err(broken("it is damaged".to_owned()))
        };
        let ready = kept.ready_by(id(0), work).unwrap();
        assert!(kept.outlook(id(0)).await.unwrap().is_none(), "it is still being computed");
        end.send(()).unwrap();
        assert!(ready.await.is_err());
        let outlook = kept.at_hand.lock().unwrap()[0].outlook.as_ref().unwrap().slow.clone();
        assert!(outlook.await.is_err());
        assert_eq!(kept.outlook(id(0)).await.unwrap_err().message, "it is damaged");
        assert_eq!(kept.what_if(id(0), &Knobs::default()).await.unwrap_err().message, "it is damaged", "the same page asks this too");
        let late = Instant::now() + Duration::from_secs(60);
        assert!(kept.at_hand.lock().unwrap()[0].ready.asked(late).is_none(), "and then it is begun anew");
    });
}

#[test]
fn the_newest_is_kept_ready_and_a_failure_of_it_is_not_repeated_at_once() {
    run(async {
        let (_home, kept) = home();
        let (mut last, now) = (None, Instant::now());
        kept.refresh(id(0), now, &mut last, || Err(broken("first".to_owned())));
        let first = kept.at_hand.lock().unwrap()[0].ready.slow.clone();
        assert!(first.clone().await.is_err());
        kept.refresh(id(0), now, &mut last, || panic!("it has just failed"));
        assert!(kept.at_hand.lock().unwrap()[0].ready.slow.ptr_eq(&first), "and is there for whoever asks");
        let (end, ended) = mpsc::channel::<()>();
        let work = move || {
            ended.recv().unwrap();
            Err(broken("second".to_owned()))
        };
        kept.refresh(id(0), now + READY_AGAIN, &mut last, work);
        drop(kept.ready_by(id(1), || Err(broken("other".to_owned()))));
        kept.refresh(id(0), now + READY_AGAIN, &mut last, || panic!("it is being made ready"));
        assert_eq!(kept.at_hand.lock().unwrap().iter().map(|held| held.id).collect::<Vec<_>>(), [id(1), id(0)], "others go before it");
        end.send(()).unwrap();
    });
}

#[test]
fn a_what_if_is_begun_once_and_no_more_at_once_than_a_few() {
    run(async {
        let (_home, kept) = home();
        let (end, ended) = mpsc::channel::<()>();
        let work = move || {
            ended.recv().unwrap();
            Err(broken("it is over".to_owned()))
        };
        let ready = kept.ready_by(id(0), work).unwrap();
        let knobs = |weight: usize| Knobs { weight: Some(Quantity::from_whole(i64::try_from(weight).unwrap())), ..Knobs::default() };
        let ask = |weight: usize| kept.what_if_of(id(0), ready.clone(), &knobs(weight));
        let begun: Vec<_> = (0..ANSWERING_MAX).map(|weight| ask(weight).unwrap()).collect();
        assert!(ask(0).unwrap().ptr_eq(&begun[0]), "whoever waited in vain finds it on its way");
        assert!(ask(ANSWERING_MAX).is_none());
        end.send(()).unwrap();
        for answer in begun {
            assert_eq!(answer.await.err().unwrap().message, "it is over");
        }
        assert!(ask(ANSWERING_MAX).is_some());
    });
}
