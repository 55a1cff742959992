//! What counts as a change of what is held, and what is our own doing or time's.

use super::fake::{bought, old, plan};
use super::{moment, text};
use crate::{Held, Own, Standing, differs};

#[test]
fn what_others_did_is_told_and_what_we_or_time_did_is_not() {
    let now = moment("2026-01-05T12:00:00Z");
    let new = |id: &str| bought(&plan(), id, "1");
    let own = Own { ids: [text("ours")].into(), splits: false };
    let with = |standing| Held { standing, ..old() };
    let told = |held: &[Held], own: &Own| differs(&[old()], held, own, now).map_or("-".to_owned(), |told| told.to_string());
    let none = Own::default();
    let splits = Own { splits: true, ..Own::default() };
    let rest = Held { term: None, ..new("rest") };
    let cases = [
        told(&[old()], &none),
        told(&[old(), new("theirs")], &none),
        told(&[old(), new("ours")], &own),
        told(&[old(), Held { standing: Standing::Failed, ..new("theirs") }], &none),
        told(&[], &none),
        told(&[with(Standing::Returned)], &none),
        told(&[with(Standing::Returning)], &none),
        told(&[with(Standing::Ended)], &none),
        told(&[Held { end: Some(now), ..with(Standing::Ended) }], &none),
        told(&[Held { quantity: text("3"), ..old() }], &none),
        told(&[old(), rest.clone()], &none),
        told(&[old(), rest], &splits),
        told(&[old(), new("a"), new("b"), new("c"), new("d"), new("e")], &none),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    -
    theirs (-, 1) was bought meanwhile
    -
    -
    old-1 is not listed any more
    old-1 is returned now
    old-1 is being returned
    old-1 is ended now
    -
    old-1 is of 3 now, and was of 4
    rest (-, 1) was bought meanwhile
    -
    a (-, 1) was bought meanwhile; b (-, 1) was bought meanwhile; c (-, 1) was bought meanwhile; and 2 more
    ");
}
