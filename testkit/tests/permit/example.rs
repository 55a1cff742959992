//! The connection that the tests are about.

use tenor_permit::{AccountKind, Connection, ExternalId, Partition, Permit, Regions, Report, Selection, Tier};

pub(crate) fn connection(partition: Partition) -> Connection {
    Connection {
        partition,
        account: "123456789012".parse().expect("a good name"),
        kind: AccountKind::Payer,
        role: "tenor".parse().expect("a good name"),
        trusted: format!("arn:{partition}:iam::999988887777:role/tenor-server").parse().expect("a good name"),
        report: Some(Report {
            bucket: "acme-billing".parse().expect("a good name"),
            prefix: "cur/".parse().expect("a good name"),
            owner: "123456789012".parse().expect("a good name"),
        }),
        regions: Regions::Only(["us-east-1", "eu-west-1"].map(|region| region.parse().expect("a good name")).into()),
    }
}

pub(crate) fn external_id() -> ExternalId {
    ExternalId::from_random([0x5a; 16])
}

pub(crate) fn permit(tiers: &[Tier], connection: &Connection) -> Permit {
    Permit::new(&selection(tiers), connection)
}

/// All that these tiers can bring, what is on by name alone included.
pub(crate) fn selection(tiers: &[Tier]) -> Selection {
    let chosen = Selection::of(tiers.iter().copied());
    let by_name = |chosen: Selection| chosen.switch("cur-setup", true).expect("the catalogue has it");
    if tiers.contains(&Tier::Automation) { by_name(chosen) } else { chosen }
}
