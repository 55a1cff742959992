//! What AWS leaves open, as options: `tenor_cover::Settings`.

use tenor_cover::{PartialHours, Settings, Ties};

/// Choices that AWS documents nowhere; the defaults are the simulator's own.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What AWS leaves open")]
pub(super) struct SettingsArgs {
    /// Which of several reservations that match the same usage is used first.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = TiesWord::EarliestEnding)]
    reservation_ties: TiesWord,

    /// Which of several plans with the same saving and rate is used first.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = TiesWord::EarliestEnding)]
    plan_ties: TiesWord,

    /// What a plan commits to in a clock hour of which it holds only a part.
    #[arg(long, value_enum, value_name = "WORTH", default_value_t = PartialHoursWord::First)]
    plan_partial_hours: PartialHoursWord,
}

/// An order of commitments, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TiesWord {
    /// The one that ends first, then by ARN.
    EarliestEnding,
    /// By ARN.
    Arn,
}

/// What a partial hour is worth, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PartialHoursWord {
    /// All of the hour's commitment in the first, nothing in the last.
    First,
    /// All of the hour's commitment.
    Whole,
    /// Nothing.
    Nothing,
}

impl From<TiesWord> for Ties {
    fn from(word: TiesWord) -> Self {
        match word {
            TiesWord::EarliestEnding => Self::EarliestEnding,
            TiesWord::Arn => Self::ByArn,
        }
    }
}

impl From<SettingsArgs> for Settings {
    fn from(args: SettingsArgs) -> Self {
        Self {
            reservation_ties: args.reservation_ties.into(),
            plan_ties: args.plan_ties.into(),
            plan_partial_hours: match args.plan_partial_hours {
                PartialHoursWord::First => PartialHours::First,
                PartialHoursWord::Whole => PartialHours::Whole,
                PartialHoursWord::Nothing => PartialHours::Nothing,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SettingsArgs;
    use clap::Parser;
    use tenor_cover::{PartialHours, Settings, Ties};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: SettingsArgs,
    }

    fn settings(words: &[&str]) -> Settings {
        Line::try_parse_from(["cover"].iter().chain(words)).unwrap().args.into()
    }

    #[test]
    fn every_setting_can_be_chosen_and_the_defaults_are_the_simulators() {
        assert_eq!(settings(&[]), Settings::default());
        let chosen = settings(&["--reservation-ties", "arn", "--plan-ties", "arn", "--plan-partial-hours", "nothing"]);
        let expected = Settings { reservation_ties: Ties::ByArn, plan_ties: Ties::ByArn, plan_partial_hours: PartialHours::Nothing };
        assert_eq!(chosen, expected);
    }
}
