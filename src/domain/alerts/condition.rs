//! What a rule waits for, and whether values meet it. Pure: values in, a finding out.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::runs::{RunState, Severity};
use crate::error::{Error, Result};

/// The most values that one window of a condition has: they are kept for each run.
const POINTS_MAX: usize = 500;
/// The most characters of the name of a metric.
const METRIC_CHARS_MAX: usize = 512;

/// What a rule waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Condition {
    /// A metric is worse than a baseline by more than so many percent of it. A value that is no number counts as worse.
    Baseline {
        /// As it is logged; nested names are joined with dots.
        metric: String,
        better: Better,
        /// Of the baseline; 0 for any worse value.
        percent: f64,
        #[serde(default)]
        over: Over,
        /// The last values of the run that are taken together.
        #[serde(default = "one")]
        points: usize,
        /// The id of the run in this project whose summary has the baseline; or say a `value`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
    },
    /// A metric is above or below a value.
    Threshold {
        metric: String,
        is: Side,
        value: f64,
        #[serde(default)]
        over: Over,
        #[serde(default = "one")]
        points: usize,
    },
    /// The mean of the last values differs from the mean of those before.
    Change {
        metric: String,
        direction: Direction,
        /// At least how much, in the unit.
        amount: f64,
        unit: Unit,
        /// The last values.
        points: usize,
        /// The values before them.
        before: usize,
    },
    /// A run comes to one of these ends.
    State { states: Vec<End> },
    /// A run itself sends an alert, by `run.alert()`.
    Sent {
        /// The least severity.
        #[serde(default)]
        severity: Level,
    },
}

fn one() -> usize {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Lower,
    Higher,
}

/// What is made of several values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    #[default]
    Mean,
    Min,
    Max,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Above,
    Below,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Rise,
    Fall,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Percent,
    Absolute,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum End {
    Finished,
    Failed,
    Crashed,
    Killed,
    Preempted,
}

impl End {
    /// The end that a state is, if it is one.
    pub fn of(state: RunState) -> Option<Self> {
        match state {
            RunState::Finished => Some(Self::Finished),
            RunState::Failed => Some(Self::Failed),
            RunState::Crashed => Some(Self::Crashed),
            RunState::Killed => Some(Self::Killed),
            RunState::Preempted => Some(Self::Preempted),
            RunState::Pending | RunState::Running | RunState::Preempting => None,
        }
    }
}

/// How grave an alert is that a run sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Info,
    Warn,
    Error,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Warn => Self::Warn,
            Severity::Error => Self::Error,
        }
    }
}

/// That values meet a condition: what was made of them, and of what it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    pub value: f64,
    pub against: f64,
}

impl Condition {
    /// The kind, as rules are looked up by it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Baseline { .. } | Self::Threshold { .. } | Self::Change { .. } => "metric",
            Self::State { .. } => "state",
            Self::Sent { .. } => "sent",
        }
    }

    /// The metric that it looks at, if it looks at one.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Self::Baseline { metric, .. } | Self::Threshold { metric, .. } | Self::Change { metric, .. } => Some(metric),
            Self::State { .. } | Self::Sent { .. } => None,
        }
    }

    /// How many of the last values it needs.
    pub(super) fn needs(&self) -> usize {
        match *self {
            Self::Baseline { points, .. } | Self::Threshold { points, .. } => points,
            Self::Change { points, before, .. } => points + before,
            Self::State { .. } | Self::Sent { .. } => 0,
        }
    }

    /// The run whose summary has the baseline.
    pub(super) fn baseline_run(&self) -> Option<&str> {
        if let Self::Baseline { run, .. } = self { run.as_deref() } else { None }
    }

    /// Refuses what nobody can mean.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |why: &str| Err(Error::invalid(why));
        if self.metric().is_some_and(|metric| metric.trim().is_empty() || metric.chars().count() > METRIC_CHARS_MAX) {
            return wrong("say which metric, as it is logged");
        }
        let fits = |points: usize| (1..=POINTS_MAX).contains(&points);
        match self {
            Self::Baseline { points, .. } | Self::Threshold { points, .. } if !fits(*points) => {
                Err(Error::invalid(format!("points is a number from 1 to {POINTS_MAX}")))
            }
            Self::Change { points, before, .. } if !fits(*points) || !fits(*before) => {
                Err(Error::invalid(format!("points and before are numbers from 1 to {POINTS_MAX}")))
            }
            Self::Baseline { percent, .. } if !percent.is_finite() || *percent < 0.0 => wrong("percent is a number from 0 on"),
            Self::Baseline { run, value, .. } if run.is_some() == value.is_some() => {
                wrong("say either the run that is the baseline, or a value")
            }
            Self::Change { amount, .. } if !amount.is_finite() || *amount <= 0.0 => wrong("amount is a number above 0"),
            Self::State { states } if states.is_empty() => wrong("say at least one end that a run comes to"),
            _ => Ok(()),
        }
    }

    /// Whether the last values meet it; `baseline` is what its baseline is now. Fewer values than it needs never do.
    pub(super) fn judge(&self, recent: &VecDeque<f64>, baseline: Option<f64>) -> Option<Finding> {
        if recent.len() < self.needs() {
            return None;
        }
        let last = |count: usize| recent.iter().skip(recent.len() - count).copied();
        let found = |value: f64, against: f64, holds: bool| holds.then_some(Finding { value, against });
        match *self {
            Self::Baseline { better, percent, over, points, .. } => {
                let (value, against) = (over.of(last(points)), baseline?);
                let slack = against.abs() * percent / 100.0;
                let worse = match better {
                    Better::Lower => value > against + slack,
                    Better::Higher => value < against - slack,
                };
                found(value, against, worse || value.is_nan())
            }
            Self::Threshold { is, value: bound, over, points, .. } => {
                let value = over.of(last(points));
                found(value, bound, if is == Side::Above { value > bound } else { value < bound })
            }
            Self::Change { direction, amount, unit, points, before, .. } => {
                let (now, then) = (Over::Mean.of(last(points)), Over::Mean.of(last(points + before).take(before)));
                let change = match unit {
                    Unit::Absolute => now - then,
                    Unit::Percent => (now - then) / then.abs() * 100.0,
                };
                let holds = match direction {
                    Direction::Rise => change >= amount,
                    Direction::Fall => -change >= amount,
                    Direction::Any => change.abs() >= amount,
                };
                found(now, then, holds)
            }
            Self::State { .. } | Self::Sent { .. } => None,
        }
    }
}

impl Over {
    /// NaN if one of the values is no number.
    fn of(self, values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
        let count = values.len() as f64;
        if values.clone().any(f64::is_nan) {
            return f64::NAN;
        }
        match self {
            Self::Mean => values.sum::<f64>() / count,
            Self::Min => values.fold(f64::INFINITY, f64::min),
            Self::Max => values.fold(f64::NEG_INFINITY, f64::max),
            Self::Last => values.last().unwrap_or(f64::NAN),
        }
    }

    pub(super) fn in_words(self, points: usize) -> String {
        match self {
            _ if points == 1 => "the last value".to_owned(),
            Self::Mean => format!("the mean of the last {points} values"),
            Self::Min => format!("the least of the last {points} values"),
            Self::Max => format!("the greatest of the last {points} values"),
            Self::Last => "the last value".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn baseline(better: Better, percent: f64, points: usize) -> Condition {
        let value = Some(0.5);
        Condition::Baseline { metric: "loss".into(), better, percent, over: Over::Mean, points, run: None, value }
    }

    fn meets(condition: &Condition, values: &[f64]) -> bool {
        condition.judge(&values.iter().copied().collect(), Some(0.5)).is_some()
    }

    #[test]
    fn worse_by_some_percent_of_the_baseline_is_meant_by_its_direction() {
        let lower = baseline(Better::Lower, 10.0, 2);
        assert!(!meets(&lower, &[0.9]), "one value of two");
        assert!(!meets(&lower, &[0.54, 0.56]), "ten percent, and not more");
        assert!(meets(&lower, &[0.2, 0.55, 0.56]));
        assert!(meets(&lower, &[0.1, f64::NAN]), "what is no number is worse");
        let higher = baseline(Better::Higher, 10.0, 1);
        assert!(meets(&higher, &[0.44]) && !meets(&higher, &[0.46]) && !meets(&higher, &[0.9]));
        assert!(lower.judge(&[9.0, 9.0].into(), None).is_none(), "without a baseline nothing is worse");
    }

    #[test]
    fn a_change_compares_the_last_values_with_those_before() {
        let of =
            |direction, amount, unit| Condition::Change { metric: "acc".into(), direction, amount, unit, points: 2, before: 3 };
        let fall = of(Direction::Fall, 20.0, Unit::Percent);
        assert!(meets(&fall, &[9.9, 1.0, 1.0, 1.0, 0.7, 0.8]));
        assert!(!meets(&fall, &[1.0, 1.0, 1.0, 0.8, 0.9]), "it fell by 15 percent");
        assert!(!meets(&fall, &[1.0, 1.0, 1.0, 1.3, 1.3]), "it rose");
        assert!(meets(&of(Direction::Any, 0.25, Unit::Absolute), &[1.0, 1.0, 1.0, 1.3, 1.3]));
        assert!(!meets(&fall, &[1.0, 1.0, 0.1, 0.1]), "too few values");
    }

    #[test]
    fn what_nobody_can_mean_is_refused_in_words() {
        let read = |text: &str| serde_json::from_str::<Condition>(text).expect("a condition").check();
        let right = r#"{"kind":"baseline","metric":"loss","better":"lower","percent":5,"points":3,"run":"best"}"#;
        assert!(read(right).is_ok());
        for (text, word) in [
            (r#"{"kind":"baseline","metric":" ","better":"lower","percent":5,"run":"best"}"#, "metric"),
            (r#"{"kind":"baseline","metric":"loss","better":"lower","percent":5}"#, "either"),
            (r#"{"kind":"baseline","metric":"loss","better":"lower","percent":-5,"value":1}"#, "percent"),
            (r#"{"kind":"threshold","metric":"loss","is":"above","value":1,"points":0}"#, "points"),
            (r#"{"kind":"change","metric":"a","direction":"any","amount":0,"unit":"percent","points":1,"before":1}"#, "amount"),
            (r#"{"kind":"state","states":[]}"#, "end"),
        ] {
            assert!(read(text).unwrap_err().to_string().contains(word), "{text}");
        }
        assert!(
            serde_json::from_str::<Condition>(r#"{"kind":"sent","metric":"loss"}"#).is_err(),
            "a member that means nothing"
        );
    }

    proptest! {
        /// Whatever comes before the values that it needs changes nothing, and an order of them that means nothing neither.
        #[test]
        fn only_the_last_values_count(
            early in prop::collection::vec(-2.0..2.0_f64, 0..20),
            mut late in prop::collection::vec(-2.0..2.0_f64, 3..4),
        ) {
            let condition = baseline(Better::Lower, 10.0, 3);
            let all: Vec<f64> = early.iter().chain(&late).copied().collect();
            prop_assert_eq!(meets(&condition, &all), meets(&condition, &late));
            let worse = late.iter().sum::<f64>() / 3.0 > 0.55;
            prop_assert_eq!(meets(&condition, &all), worse);
            late.reverse();
            for (over, expected) in [(Over::Min, late.iter().all(|value| *value > 1.0)), (Over::Max, late.iter().any(|value| *value > 1.0))] {
                let condition = Condition::Threshold { metric: "m".into(), is: Side::Above, value: 1.0, over, points: 3 };
                prop_assert_eq!(meets(&condition, &all), expected);
            }
        }
    }
}
