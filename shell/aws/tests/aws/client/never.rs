//! A call of class `never` is sent once, whatever happens to it.

use super::world::{Act, World, call_of, run};
use tenor_aws::client::Fate;
use tenor_permit::{Channel, Retry, operations};
use tenor_wire::{Model, Value};

/// Runs, each from a seed of its own.
const RUNS: u64 = 10_000;

fn buy() -> Value {
    Value::of([("InstanceCount", 2.into()), ("ReservedInstancesOfferingId", "offer-1".into())])
}

/// What the seed makes happen, and after that more of the same: a client that asked again would find it.
fn acts(seed: u64) -> [Act; 3] {
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [0, 16, 32].map(|shift| match (mixed >> (20 + shift)) % 9 {
        0 => Act::Refuse,
        1 => Act::Lose,
        2 => Act::Hang,
        3 => Act::Garble,
        4 => Act::Fault("RequestLimitExceeded", 503),
        5 => Act::Fault("InternalError", 500),
        6 => Act::Skewed("RequestExpired", 900),
        7 => Act::Fault("ExpiredToken", 400),
        _ => Act::Answer(Value::of([("ReservedInstancesId", "ri-1".into())])),
    })
}

#[test]
fn in_ten_thousand_runs_each_purchase_arrives_at_most_once() {
    let (mut good, mut unknown, mut refused, mut not_sent) = (0, 0, 0, 0);
    for seed in 0..RUNS {
        let acts = acts(seed);
        let world = World::new(acts.clone());
        let ended = run(world.client().call("ec2", "PurchaseReservedInstancesOffering", &buy()));
        let arrived = usize::from(acts[0] != Act::Refuse);
        assert_eq!(world.sendings(), arrived, "seed {seed}: {acts:?}");
        assert_eq!(world.records.lock().unwrap().len(), 1, "seed {seed}: every sending is recorded once");
        match (&acts[0], ended.map_err(|error| error.fate())) {
            (Act::Answer(_), Ok(_)) => good += 1,
            (Act::Refuse, Err(Fate::NotSent)) => not_sent += 1,
            (Act::Lose | Act::Hang | Act::Garble | Act::Fault("InternalError", _), Err(Fate::Unknown)) => unknown += 1,
            (Act::Fault(..) | Act::Skewed(..), Err(Fate::Refused)) => refused += 1,
            (act, ended) => panic!("seed {seed}: {act:?} ended as {ended:?}"),
        }
    }
    assert!([good, unknown, refused, not_sent].iter().all(|count| *count > 500), "{good} {unknown} {refused} {not_sent}");
}

#[test]
fn every_operation_of_that_class_is_sent_once_over_a_connection_of_its_own() {
    let never = operations().filter(|operation| operation.retry == Retry::Never && operation.channel == Channel::Codec);
    let mut count = 0;
    for operation in never {
        let service = Model::catalogued().service(operation.service).unwrap();
        let structure = service.structure(service.operation(operation.name).unwrap().input.as_deref());
        let input = minimal(service, structure);
        for act in [Act::Lose, Act::Hang, Act::Garble, Act::Fault("ThrottlingException", 400), Act::Fault("InternalFailure", 500)] {
            let world = World::new(vec![act; 9]);
            run(world.client().call(operation.service, operation.name, &input)).unwrap_err();
            let sent = world.sent.lock().unwrap();
            assert_eq!(sent.len(), 1, "{operation}");
            assert!(sent[0].is_alone, "{operation}");
            assert_eq!(call_of(&sent[0]).0.operation.name, operation.name);
        }
        count += 1;
    }
    assert!(count >= 3, "{count}");
}

/// Required members, with whatever fits.
fn minimal(service: &tenor_wire::Service, structure: &tenor_wire::Structure) -> Value {
    let members = structure.required.iter().map(|name| (name.clone().into(), sample(service, &structure.member(name).unwrap().kind)));
    Value::Map(members.collect())
}

fn sample(service: &tenor_wire::Service, kind: &tenor_wire::Kind) -> Value {
    use tenor_wire::{Kind, Shape};
    match kind {
        Kind::Bool => true.into(),
        Kind::Integer | Kind::Decimal => 1.into(),
        Kind::Shape(name) => match service.shape(name) {
            Shape::Structure(structure) => minimal(service, structure),
            Shape::List(list) => Value::List(vec![sample(service, &list.item)]),
            Shape::Map(_) => Value::Map(Default::default()),
        },
        _ => "x".into(),
    }
}
