//! How large a plan saves the most on the hours that were (`aws-rules` §5.1 and §6.3): exact, in units of 10⁻¹².

use crate::exact::ratio;
use tenor_money::{Money, SCALE};

/// Usage of an hour that nothing covers: what it would cost with the plan, and what it cost on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) with_plan: Money,
    pub(super) on_demand: Money,
}

/// What a commitment would have done in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filled {
    /// The part of it that is used.
    pub(super) used: Money,
    /// What the usage that it covers cost on demand.
    pub(super) covered: Money,
}

/// How much a unit of commitment saves on a piece.
fn slope(piece: &Piece) -> i128 {
    ratio(piece.on_demand.units(), SCALE, piece.with_plan.units(), 12)
}

/// Puts the pieces into the order in which a plan takes them: the largest discount first.
pub(super) fn by_discount(pieces: &mut [Piece]) {
    pieces.sort_by_key(|piece| std::cmp::Reverse(slope(piece)));
}

/// An hour's pieces under a commitment, taken in their order.
pub(super) fn filled(pieces: &[Piece], commitment: Money) -> Filled {
    let mut found = Filled::default();
    for piece in pieces {
        let left = commitment - found.used;
        if piece.with_plan <= left {
            found.used += piece.with_plan;
            found.covered += piece.on_demand;
        } else {
            found.covered += Money::from_units(ratio(piece.on_demand.units(), left.units(), piece.with_plan.units(), 12));
            found.used = commitment;
            break;
        }
    }
    found
}

/// The commitment that saves the most over these hours, each sorted by discount.
///
/// What an hour saves grows with the commitment by the slope of the piece that it reaches, and slopes only fall: the best is the smallest
/// commitment at which the hours' slopes come to no more than what a commitment costs in all of them.
pub(super) fn best(hours: &[Vec<Piece>]) -> Money {
    let (mut total, mut falls) = (0_i128, Vec::new());
    for pieces in hours {
        let (mut reached, mut before) = (Money::ZERO, 0);
        for piece in pieces {
            let slope = slope(piece);
            if reached.is_zero() {
                total += slope;
            } else {
                falls.push((reached, before - slope));
            }
            before = slope;
            reached += piece.with_plan;
        }
        falls.push((reached, before));
    }
    falls.sort_unstable();
    let cost = hours.len() as i128 * SCALE;
    let mut best = Money::ZERO;
    for (at, fall) in falls {
        if total <= cost {
            break;
        }
        total -= fall;
        best = at;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{Piece, best, by_discount, filled};
    use tenor_money::Money;

    fn hour(pieces: &[(&str, &str)]) -> Vec<Piece> {
        let piece =
            |(with_plan, on_demand): &(&str, &str)| Piece { with_plan: with_plan.parse().unwrap(), on_demand: on_demand.parse().unwrap() };
        let mut pieces: Vec<Piece> = pieces.iter().map(piece).collect();
        by_discount(&mut pieces);
        pieces
    }

    /// What a commitment saves over the hours.
    fn saved(hours: &[Vec<Piece>], commitment: Money) -> Money {
        hours.iter().map(|pieces| filled(pieces, commitment).covered - commitment).sum()
    }

    #[test]
    fn no_other_commitment_saves_more() {
        let hours = [
            hour(&[("0.7", "1"), ("0.5", "1")]),
            hour(&[("0.7", "1")]),
            hour(&[]),
            hour(&[("2.1", "3"), ("0.5", "1"), ("0.9", "1")]),
            hour(&[("0.6", "1.4")]),
        ];
        let found = best(&hours);
        let every = (0..400).map(|step| Money::from_units(step * 10_000_000_000));
        assert!(every.map(|commitment| saved(&hours, commitment)).all(|other| other <= saved(&hours, found)));
        assert_eq!(found.to_string(), "0.6");
    }

    #[test]
    fn usage_of_few_hours_is_not_worth_a_commitment() {
        let hours = [hour(&[("0.7", "1")]), hour(&[]), hour(&[])];
        assert_eq!(best(&hours), Money::ZERO);
        assert_eq!(best(&[]), Money::ZERO);
    }
}
