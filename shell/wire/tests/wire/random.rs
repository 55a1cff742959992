//! Values of any structure of the model, from a seed.

use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_wire::{Decimal, Kind, Member, Place, Secret, Service, Shape, Structure, Value};

/// Below this, what need not be there is not: some shapes hold themselves.
const DEPTH_MAX: usize = 5;

const TEXTS: [&str; 8] = ["a", "two words", "a&b=c<d>\"'", "é😀", "100%+1", "arn:aws:iam::111122223333:role/x", "-", "x/y.z~"];

pub(crate) struct Random {
    state: u64,
    /// Whether everything is there that may be.
    pub(crate) is_full: bool,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), is_full: seed == 0 }
    }

    /// One of `0..below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }

    pub(crate) fn structure(&mut self, service: &Service, structure: &Structure, depth: usize) -> Value {
        let mut members = BTreeMap::new();
        for member in &structure.members {
            let is_required = structure.required.contains(&member.name) || member.place == Place::Path;
            let is_there = is_required || (depth < DEPTH_MAX && (self.is_full || self.below(2) == 0));
            if is_there && member.place != Place::Status {
                members.insert(member.name.clone().into(), self.member(service, member, depth));
            }
        }
        Value::Map(members)
    }

    fn member(&mut self, service: &Service, member: &Member, depth: usize) -> Value {
        match (member.place, &member.kind) {
            // Neither a path nor a header holds everything.
            (Place::Path | Place::Header, Kind::Text) => TEXTS[[0, 1, 5, 7][self.below(4)]].into(),
            (Place::Headers, Kind::Shape(_)) => Value::of([("one", "a".into()), ("two", "b c".into())]),
            // Of a flat list with nothing in it there is no trace.
            (_, kind) => {
                self.value(service, kind, depth + 1, usize::from(member.flat || is_flat(service, kind) || member.place == Place::Query))
            }
        }
    }

    fn value(&mut self, service: &Service, kind: &Kind, depth: usize, items_min: usize) -> Value {
        match kind {
            Kind::Text => TEXTS[self.below(TEXTS.len())].into(),
            Kind::Secret => Secret::new(TEXTS[self.below(TEXTS.len())]).into(),
            Kind::Bool => (self.below(2) == 0).into(),
            Kind::Integer => i64::try_from(self.below(1 << 20)).unwrap().into(),
            // Quarters, which a float holds exactly: botocore has floats.
            Kind::Decimal => Value::Decimal(Decimal::parse(&format!("{}.{}", self.below(1000), ["25", "5", "75"][self.below(3)])).unwrap()),
            Kind::Blob => Value::Blob(TEXTS[self.below(TEXTS.len())].as_bytes().to_vec()),
            Kind::Time(_) => Value::Time(Timestamp::from_second(1_500_000_000 + i64::try_from(self.below(1 << 28)).unwrap()).unwrap()),
            Kind::Shape(name) => match service.shape(name) {
                Shape::Structure(structure) => self.structure(service, structure, depth),
                Shape::List(list) => {
                    let count = if depth >= DEPTH_MAX { items_min } else { items_min.max(self.below(4)) };
                    Value::List((0..count).map(|_| self.value(service, &list.item, depth + 1, 0)).collect())
                }
                Shape::Map(map) => {
                    let count = items_min.max(1 + self.below(2));
                    let entries = (0..count).map(|index| (format!("key {index}").into(), self.value(service, &map.value, depth + 1, 0)));
                    Value::Map(entries.collect())
                }
            },
        }
    }
}

fn is_flat(service: &Service, kind: &Kind) -> bool {
    let Kind::Shape(name) = kind else { return false };
    match service.shape(name) {
        Shape::List(list) => list.flat,
        Shape::Map(map) => map.flat,
        Shape::Structure(_) => false,
    }
}
