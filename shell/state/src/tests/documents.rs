//! What entries name by a hash is kept with them, once, and whoever changes it is found out.

use super::ledger::drafts;
use super::{Counting, NoBytes, dump, key, lease, no_files, now, open, restored, told_of};
use crate::folder::database;
use crate::ledger::{append_in, keep_in};
use crate::{DOCUMENT_BYTES_MAX, Document, DocumentKind, State, View};
use rusqlite::Connection;
use std::path::Path;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Moment, Signature, SigningKey, Text};
use tenor_order::{Action, Order, Service, Setting, Step};
use tenor_propose::proposal::{Kind, Term, Upfront};

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn document(content: &str) -> Document {
    Document::new(DocumentKind::Intent, content.to_owned())
}

/// An order of one plan, for the ledger of this state.
fn order(state: &View) -> Order {
    let step = Step {
        number: 1,
        action: Action::Buy,
        service: Service::SavingsPlans,
        account: "111122223333".parse().unwrap(),
        region: None,
        kind: Some(Kind::ComputePlan),
        term: Some(Term::OneYear),
        payment: Some(Upfront::Partial),
        goods: text("-"),
        object: text("offering-1"),
        quantity: text("1.5"),
        starts: None,
        deadline: None,
        ceiling_hourly: "0.75".parse().unwrap(),
        ceiling_upfront: "6570".parse().unwrap(),
        obligation: "13140".parse().unwrap(),
        details: None,
    };
    let setting = Setting {
        made: Moment(now()),
        ledger: state.ledger_head().unwrap().first().unwrap(),
        connection: text("prod"),
        agreement: ContentHash::sha256(b"agreement"),
        policy: ContentHash::sha256(b"policy"),
        inventory: ContentHash::sha256(b"inventory"),
        currency: text("USD"),
    };
    Order::new("0b".repeat(32).parse().unwrap(), SigningKey::from_seed(&[1; 32]).public(), setting, vec![step]).unwrap()
}

/// That it was made, in so many steps.
fn created(order: &Order, steps: u32) -> Draft {
    let event = Event::OrderCreated {
        order: order.id(),
        proposal: order.proposal(),
        connection: order.connection().clone(),
        policy: order.policy(),
        steps,
        key: order.proposer(),
        user: None,
        signature: Signature::from_bytes([0; 64]),
    };
    Draft { moment: now(), actor: Actor::System, event }
}

/// A home in which an order waits, closed again.
pub(super) fn closed() -> (tempfile::TempDir, Order) {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.begin_ledger(&text("0.1.0"), &Counting::new(), now()).unwrap();
    let order = order(&state);
    let inventory = Document::new(DocumentKind::Inventory, "inventory".to_owned());
    assert_eq!(inventory.hash(), order.inventory());
    let documents = [Document::new(DocumentKind::Order, order.encode()), inventory, document("intent")];
    state.append_with(&[created(&order, 1)], &documents, &Counting::new()).unwrap();
    (home, order)
}

/// Runs SQL on the file, past all that keeps it.
fn edit(home: &Path, sql: &str) {
    let db = Connection::open(database(home)).unwrap();
    db.execute_batch("DROP TRIGGER documents_change_nothing; DROP TRIGGER documents_lose_nothing").unwrap();
    db.execute_batch(sql).unwrap();
}

#[test]
fn a_ledger_is_begun_once() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let head = state.begin_ledger(&text("0.1.0"), &Counting::new(), now()).unwrap();
    assert_eq!(head.sequence(), 1);
    assert_eq!(state.begin_ledger(&text("0.2.0"), &Counting::new(), now()).unwrap(), head);
}

#[test]
fn a_document_is_kept_once_and_read_by_its_hash() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let (one, two) = (document("one"), document("two"));
    assert_eq!(one.hash(), ContentHash::sha256(b"one"));
    state.append_with(&drafts(1), &[one.clone(), one.clone()], &Counting::new()).unwrap();
    state.append_with(&drafts(1), &[one.clone(), two.clone()], &Counting::new()).unwrap();
    assert_eq!(dump(&state).matches("documents [").count(), 2);
    let view = State::look(home.path(), &key()).unwrap();
    assert_eq!([&one, &two].map(|kept| view.document(kept.hash()).unwrap().unwrap()), ["one", "two"]);
    assert_eq!(view.document(ContentHash::sha256(b"three")).unwrap(), None);
}

#[test]
fn entries_and_their_documents_are_there_together_or_not_at_all() {
    let (home, _) = closed();
    let mut state = open(home.path());
    let before = dump(&state);
    assert!(told_of(home.path(), state.append_with(&drafts(2), &[document("new")], &NoBytes)).contains("no random bytes"));
    assert_eq!(dump(&state), before);
    let long = Document::new(DocumentKind::Inventory, "x".repeat(DOCUMENT_BYTES_MAX + 1));
    let told = told_of(home.path(), state.append_with(&drafts(2), &[document("new"), long.clone()], &Counting::new()));
    insta::assert_snapshot!(told.replace(&long.hash().to_string(), "HASH"), @"
    cannot use the ledger: a content that it names cannot be used: document HASH has 67108865 bytes, and documents have 67108864 at most
    hint: split what is to be done into smaller orders
    ");
    assert_eq!(dump(&state), before);
    // It died between the last statement and the commit.
    let change = state.begin().unwrap();
    keep_in(&change, &[document("new")]).unwrap();
    append_in(&change, &key(), &drafts(2), &Counting::new()).unwrap();
    drop(change);
    assert_eq!(dump(&open_again(state, home.path())), before);
}

fn open_again(state: State, home: &Path) -> State {
    drop(state);
    open(home)
}

#[test]
fn the_database_itself_refuses_to_bend_a_document() {
    let (home, _) = closed();
    let state = open(home.path());
    let told = [
        "UPDATE documents SET content = 'x'",
        "UPDATE documents SET kind = 'x'",
        "DELETE FROM documents",
        "INSERT OR REPLACE INTO documents SELECT hash, kind, 'x' FROM documents",
        "INSERT INTO documents VALUES ('short', 'order', 'x')",
    ]
    .map(|sql| state.db.execute_batch(sql).err().map_or("done".to_owned(), |error| error.to_string()));
    insta::assert_snapshot!(told.join("\n"), @"
    a document never changes
    a document never changes
    a document is never deleted
    a document is kept once
    CHECK constraint failed: length(hash) = 64
    ");
}

#[test]
fn a_changed_document_is_found_when_it_is_read() {
    let told = [
        "UPDATE documents SET content = replace(content, 'USD', 'EUR')",
        "UPDATE documents SET content = CAST(x'ff00' AS TEXT)",
        "DELETE FROM documents WHERE kind = 'order'",
    ]
    .map(|sql| {
        let (home, order) = closed();
        edit(home.path(), sql);
        let mut state = open(home.path());
        let book = state.book().unwrap();
        let told = told_of(home.path(), state.orders(&book)).replace(&order.id().to_string(), "ORDER");
        // Nor is it taken for kept when it comes again.
        let again = state.append_with(&drafts(1), &[Document::new(DocumentKind::Order, order.encode())], &Counting::new());
        assert_eq!(again.is_ok(), sql.starts_with("DELETE"), "{again:?}");
        told
    });
    insta::assert_snapshot!(told.join("\n"), @"
    cannot use the ledger: a content that it names cannot be used: document ORDER was changed: its content has the hash 30ed6715894b53815bd913ea62cdfa17a9bbd67e57d1fd54647e8a05ecc12a89 now
    hint: somebody changed the database: keep it for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: a content that it names cannot be used: document ORDER was changed: its content has the hash ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f now
    hint: somebody changed the database: keep it for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: a content that it names cannot be used: the content of order ORDER is gone
    hint: somebody changed the database: keep it for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    ");
}

#[test]
fn an_order_says_what_the_ledger_says_of_it() {
    let (home, order) = closed();
    let state = open(home.path());
    let book = state.book().unwrap();
    assert_eq!(state.orders(&book).unwrap(), [(order.id(), order.clone())].into());

    let told = |steps, content: &str| {
        let home = tempfile::tempdir().unwrap();
        let mut state = open(home.path());
        let Draft { moment, actor, mut event } = created(&order, steps);
        let hash = ContentHash::sha256(content.as_bytes()).to_string();
        if let Event::OrderCreated { order, .. } = &mut event {
            *order = hash.parse().unwrap();
        }
        let kept = Document::new(DocumentKind::Order, content.to_owned());
        state.append_with(&[Draft { moment, actor, event }], &[kept], &Counting::new()).unwrap();
        told_of(home.path(), state.orders(&state.book().unwrap())).replace(&hash, "ORDER")
    };
    insta::assert_snapshot!([told(2, &order.encode()), told(1, "{}")].join("\n"), @"
    cannot use the ledger: a content that it names cannot be used: the ledger says of order ORDER that its number of steps is 2, and the order says 1
    hint: nothing is carried out by it: update Tenor if a newer one wrote it, else keep the home for inquiry
    cannot use the ledger: a content that it names cannot be used: the content of order ORDER cannot be read: this is not an order: missing field `order` at line 1 column 2
    hint: nothing is carried out by it: update Tenor if a newer one wrote it, else keep the home for inquiry
    ");
}

#[test]
fn a_ledger_that_says_what_cannot_be_decides_nothing() {
    let (home, order) = closed();
    let mut state = open(home.path());
    state.append(&[created(&order, 1)], &Counting::new()).unwrap();
    let told = told_of(home.path(), state.book());
    insta::assert_snapshot!(told.replace(&order.id().to_string(), "ORDER"), @"
    cannot use the ledger: nothing can be decided by the ledger: the ledger says twice that order ORDER was made
    hint: verify the ledger (tenor ledger verify); if it is whole, a newer Tenor wrote it: update this one
    ");
}

#[test]
fn a_backup_has_the_documents() {
    let (home, order) = closed();
    let (other, file) = (tempfile::tempdir().unwrap(), home.path().join("backup"));
    open(home.path()).backup(&file, no_files, &Counting::new(), now()).unwrap();
    restored(&lease(other.path()), &file, &key()).unwrap();
    let state = open(other.path());
    assert_eq!(state.orders(&state.book().unwrap()).unwrap(), [(order.id(), order)].into());
    assert_eq!(state.document(ContentHash::sha256(b"intent")).unwrap().as_deref(), Some("intent"));
}

#[test]
fn what_an_entry_names_has_to_be_kept_for_a_backup() {
    for kind in ["order", "inventory"] {
        let (home, order) = closed();
        edit(home.path(), &format!("DELETE FROM documents WHERE kind = '{kind}'"));
        let hash = if kind == "order" { order.id().to_string() } else { order.inventory().to_string() };
        let told = told_of(home.path(), open(home.path()).backup(&home.path().join("backup"), no_files, &Counting::new(), now()));
        let expected = format!(
            "cannot use the ledger: a content that it names cannot be used: document {hash} is gone, which entry 2 needs\n\
             hint: somebody changed the database: keep it for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER"
        );
        assert_eq!(told, expected);
    }
    // What no entry names may be missing.
    let (home, _) = closed();
    edit(home.path(), "DELETE FROM documents WHERE kind = 'intent'");
    open(home.path()).backup(&home.path().join("backup"), no_files, &Counting::new(), now()).unwrap();
}
