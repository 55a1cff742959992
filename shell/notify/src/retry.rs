//! When a message that was not taken is sent again: after a minute, then twice as long each time, up to six hours, and not for ever.

use jiff::{SignedDuration, Timestamp};

/// It is tried no more often; the last attempt comes about two days after the first.
pub const ATTEMPTS_MAX: u32 = 15;
const FIRST: SignedDuration = SignedDuration::from_mins(1);
const MOST: SignedDuration = SignedDuration::from_hours(6);

/// When to try again after so many attempts, from 1; nothing when that was the last.
#[must_use]
pub fn again(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let factor = 1_i32 << attempts.saturating_sub(1).min(20);
    now.checked_add(FIRST.saturating_mul(factor).min(MOST)).ok()
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS_MAX, again};
    use jiff::Timestamp;

    #[test]
    fn it_is_tried_less_and_less_often_and_not_for_ever() {
        let now: Timestamp = "2026-01-20T12:00:00Z".parse().unwrap();
        let minutes: Vec<_> = (1..=ATTEMPTS_MAX).map(|n| again(n, now).map(|at| at.duration_since(now).as_mins())).collect();
        let some = [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360, 360].map(Some);
        assert_eq!(minutes, [&some[..], &[None]].concat());
    }
}
