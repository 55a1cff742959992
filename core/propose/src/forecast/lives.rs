//! How long what a commitment is bound to lasts: lives of pools, read from their weekly levels, and the mortality learnt from them.
//!
//! Instance types are generations: a life begins with the first use and ends when usage has moved to another type of its group.
//! Usage that merely falls has not moved; the life goes on at a lower level. A life's length is Weibull with shape known shape; its
//! scale is learnt from all lives seen so far, starting from one life's worth of a convention: [`Wear::CONVENTION`].

#![expect(clippy::disallowed_types, reason = "the forecast computes in floats, in a fixed order")]

/// What is believed of lives before any is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wear {
    /// How long a generation is in use.
    pub mean_years: f64,
    /// How regular lives are: the shape of a Weibull distribution; 1 is without memory.
    pub shape: f64,
    /// How many lives of evidence this counts for.
    pub weight: f64,
}

impl Wear {
    /// AWS has brought a generation every two to three years; a shape of 4 puts three quarters of lives between 2 and 4 years.
    pub const CONVENTION: Self = Self { mean_years: 3.0, shape: 4.0, weight: 1.0 };

    /// The cumulative hazard at an age, but for the rate: years to the power of the shape, and from the mean on no steeper than there.
    /// What has outlived its kind is of another kind, so the hazard does not rise for ever.
    fn hazard(self, years: f64) -> f64 {
        let mean = self.mean_years;
        if years <= mean {
            libm::pow(years, self.shape)
        } else {
            libm::pow(mean, self.shape) + self.shape * libm::pow(mean, self.shape - 1.0) * (years - mean)
        }
    }

    /// Years a life has lasted. One that was there when history begins is taken to have been half-way through.
    fn age(self, life: &Life, week: usize) -> f64 {
        let before = if life.start == 0 { self.mean_years / 2.0 } else { 0.0 };
        before + (week - life.start) as f64 / WEEKS_A_YEAR
    }
}

/// A life was at its level when it reached it in so many weeks.
const SUSTAINED_WEEKS: usize = 4;
/// A life is below half its level when it is in so many weeks in a row.
const CONFIRMED_WEEKS: usize = 2;
/// Weeks in a year of 365 days.
const WEEKS_A_YEAR: f64 = 365.0 / 7.0;

/// A pool's life: from its first use until its usage moved away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The pool.
    pub pool: usize,
    /// The week in which it began.
    pub start: usize,
    /// The week in which it ended, or the number of weeks known.
    pub end: usize,
    /// Whether it ended.
    pub ended: bool,
    /// The level it was at, in at least four weeks once it is that old.
    pub level: u64,
    /// The week of its highest level.
    highest: usize,
    /// Its highest levels, lowest first.
    top: [u64; SUSTAINED_WEEKS],
    /// The first week that counts for them.
    since: usize,
}

/// Lives by weekly levels, `groups` saying among which pools usage moves.
///
/// After an end a pool lives again only when it exceeds its old level: a remnant is no new life.
#[must_use]
pub fn lives(levels: &[Vec<u64>], groups: &[usize]) -> Vec<Life> {
    let totals = totals(levels, groups);
    let mut lives = Vec::new();
    for (pool, weeks) in levels.iter().enumerate() {
        let others = |week: usize| i128::from(totals[groups[pool]][week]) - i128::from(weeks[week]);
        let (mut bar, mut open) = (0, None);
        for (week, level) in weeks.iter().copied().enumerate() {
            let mut life = match open.take() {
                Some(life) => life,
                None if level > bar => Life::begun(pool, week, level),
                None => continue,
            };
            life.live(week, weeks);
            if life.fallen(week, weeks) {
                // Moved when the others of the group took over at least half of what was lost.
                if 2 * (others(week) - others(life.highest)) >= i128::from(life.level) - i128::from(level) {
                    lives.push(Life { end: week, ended: true, ..life });
                    bar = life.level;
                    continue;
                }
                life = Life { start: life.start, ..Life::begun(pool, week, level) };
            }
            open = Some(life);
        }
        lives.extend(open.map(|life| Life { end: weeks.len(), ..life }));
    }
    lives
}

/// By group and week: what its pools add up to.
pub(crate) fn totals(levels: &[Vec<u64>], groups: &[usize]) -> Vec<Vec<u64>> {
    let weeks = levels.first().map_or(0, Vec::len);
    let mut totals = vec![vec![0; weeks]; groups.iter().max().map_or(0, |last| last + 1)];
    for (weeks, group) in levels.iter().zip(groups) {
        totals[*group].iter_mut().zip(weeks).for_each(|(total, level)| *total += level);
    }
    totals
}

impl Life {
    fn begun(pool: usize, week: usize, level: u64) -> Self {
        let top = [0, 0, 0, level];
        Self { pool, start: week, end: week, ended: false, level, highest: week, top, since: week }
    }

    /// Takes in a week.
    fn live(&mut self, week: usize, weeks: &[u64]) {
        if weeks[week] > weeks[self.highest] {
            self.highest = week;
        }
        if week > self.since {
            self.top[0] = self.top[0].max(weeks[week]);
            self.top.sort_unstable();
        }
        self.level = self.top[SUSTAINED_WEEKS - (week + 1 - self.since).min(SUSTAINED_WEEKS)];
    }

    /// Whether half its level is gone.
    fn fallen(&self, week: usize, weeks: &[u64]) -> bool {
        let recent = weeks[(week + 1).saturating_sub(CONFIRMED_WEEKS)..=week].iter().max().copied().unwrap_or(0);
        week + 1 - self.since >= SUSTAINED_WEEKS && 2 * u128::from(recent) < u128::from(self.level)
    }
}

/// The rate at which lives end, learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mortality {
    wear: Wear,
    /// Of the cumulative hazard: see [`Wear::hazard`].
    rate: f64,
}

impl Mortality {
    /// Learns from lives, each weighing as much as `shares` says: the share of its group that it carried, 0 to 1.
    ///
    /// With a Weibull of known shape the rate has a conjugate prior: ends counted over exposure in years to the power of the shape.
    #[must_use]
    pub fn learn(wear: Wear, lives: &[Life], shares: &[f64]) -> Self {
        let scale = wear.mean_years / libm::tgamma(1.0 + 1.0 / wear.shape);
        let (mut ends, mut exposure) = (wear.weight, wear.weight * libm::pow(scale, wear.shape));
        for (life, share) in lives.iter().zip(shares) {
            let lived = wear.hazard(wear.age(life, life.end)) - wear.hazard(wear.age(life, life.start));
            exposure += share * lived;
            ends += if life.ended { *share } else { 0.0 };
        }
        Self { wear, rate: ends / exposure }
    }

    /// The share of a term beginning in `week` that a life is expected to see.
    #[must_use]
    pub fn expected_use(self, life: &Life, week: usize, term_hours: usize) -> f64 {
        const STEPS: usize = 52;
        let (now, term) = (self.wear.age(life, week), term_hours as f64 / 8760.0);
        let survival = |step: usize| self.survival(now, now + term * (step as f64 + 0.5) / STEPS as f64);
        (0..STEPS).map(survival).sum::<f64>() / STEPS as f64
    }

    /// The chance that a life that sees the beginning of `week` ends within it.
    #[must_use]
    pub fn chance(self, life: &Life, week: usize) -> f64 {
        1.0 - self.survival(self.wear.age(life, week), self.wear.age(life, week + 1))
    }

    fn survival(self, now: f64, then: f64) -> f64 {
        libm::exp(-self.rate * (self.wear.hazard(then) - self.wear.hazard(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Life, Mortality, Wear, lives};
    use std::fmt::Write as _;

    /// The lives of a pool beside another, which has what the text says or takes over what the first loses.
    fn told(weeks: &[u64], moves: bool) -> String {
        let others = weeks.iter().map(|level| if moves { 100 - level } else { 100 }).collect();
        lives(&[weeks.to_vec(), others], &[0, 0]).iter().filter(|life| life.pool == 0).fold(String::new(), |mut text, life| {
            let ended = if life.ended { "ended" } else { "lives" };
            writeln!(text, "{}..{} {ended} at {}", life.start, life.end, life.level).unwrap();
            text
        })
    }

    #[test]
    fn a_life_ends_when_half_of_it_has_moved_for_two_weeks() {
        insta::assert_snapshot!(told(&[0, 9, 9, 9, 9, 8, 3, 8, 3, 3, 3], true), @"1..9 ended at 9");
    }

    #[test]
    fn what_only_falls_goes_on_at_a_lower_level() {
        insta::assert_snapshot!(told(&[0, 9, 9, 9, 9, 8, 3, 8, 3, 3, 3], false), @"1..11 lives at 3");
    }

    #[test]
    fn a_remnant_is_no_new_life_but_a_return_is() {
        insta::assert_snapshot!(told(&[9, 9, 9, 9, 2, 2, 3, 4, 20, 20], true), @r"
        0..5 ended at 9
        8..10 lives at 20
        ");
    }

    #[test]
    fn a_spike_is_no_level() {
        insta::assert_snapshot!(told(&[9, 9, 9, 90, 9, 9], true), @"0..6 lives at 9");
    }

    #[test]
    fn old_lives_are_trusted_less_until_many_have_grown_old() {
        let young = Life { end: 20, ..Life::begun(0, 10, 1) };
        let old = Life { end: 200, ..Life::begun(0, 1, 1) };
        let use_of = |life: &Life, seen: usize| {
            let mortality = Mortality::learn(Wear::CONVENTION, &vec![old; seen], &vec![1.0; seen]);
            (mortality.expected_use(life, life.end, 8760) * 100.0).round()
        };
        assert_eq!([use_of(&young, 0), use_of(&old, 0), use_of(&old, 20)], [100.0, 66.0, 98.0]);
    }
}
