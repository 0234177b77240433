//! An expectation as a file has it, and the way to [`Expectation`] and back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Comparison, Condition, Counter, Expectation, ProgramEnd, When, Window};
use crate::scenario::scalar::{Colour, Period, Selector, Share, TextMatch};

/// An expectation as it is written: one thing to look for, and one time.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Expect")]
pub(super) struct Written {
    /// What it is called in reports, if not by its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Which boards are to show it. Without it, one of all is enough; counters are added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    board: Option<Selector>,
    /// Whether one of the boards is enough: `any = true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<bool>,
    /// A line on the console: a part of it, or `{ contains = … }`, `{ equals = … }`, `{ matches = … }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    console: Option<TextMatch>,
    /// A mark: the line `mark NAME` on the console, perhaps with more behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// What a NeoPixel shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pixel: Option<PixelRule>,
    /// A counter, and how it compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counter: Option<CounterRule>,
    /// The share of messages that arrived, of those that were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryRule>,
    /// From a program's handing a message to its driver to its arrival in the receiver's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency: Option<LatencyRule>,
    /// A trap that the run walks into: `group-address`, `queue-overrun`, `channel-mismatch`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// How a program ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program: Option<ProgramEnd>,
    /// At some moment until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Period>,
    /// At some moment in so long a time, which begins with the event `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within: Option<Period>,
    /// The name of the event that `within` counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// At no moment: `never = true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    never: Option<bool>,
    /// At all moments: `always = true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    always: Option<bool>,
    /// Where the time of `never` and `always` begins, if not with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Period>,
    /// Where it ends, if not with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Period>,
}

/// What a NeoPixel shows.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PixelRule {
    /// Which, counted from 0; all of them unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// What.
    colour: Colour,
}

/// A counter, and how it compares.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CounterRule {
    /// Which.
    name: Counter,
    /// It is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<f64>,
    /// It is this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    /// It is this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
}

/// The share of messages that arrived.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DeliveryRule {
    /// Of those that these boards sent; all unless set.
    #[serde(default = "Selector::all")]
    from: Selector,
    /// To these boards; all unless set.
    #[serde(default = "Selector::all")]
    to: Selector,
    /// It is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    equals: Option<Share>,
    /// It is this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<Share>,
    /// It is this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<Share>,
}

/// How long messages take.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LatencyRule {
    /// Those from these boards; all unless set.
    #[serde(default = "Selector::all")]
    from: Selector,
    /// To these boards; all unless set.
    #[serde(default = "Selector::all")]
    to: Selector,
    /// The time that so many in a hundred do not exceed: above 0, to 100.
    #[schemars(range(max = 100.0))]
    percentile: f64,
    /// It is this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<Period>,
    /// It is this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<Period>,
}

fn comparison<T>(equals: Option<T>, at_least: Option<T>, at_most: Option<T>) -> Result<Comparison<T>, String> {
    match (equals, at_least, at_most) {
        (Some(bound), None, None) => Ok(Comparison::Equals(bound)),
        (None, Some(bound), None) => Ok(Comparison::AtLeast(bound)),
        (None, None, Some(bound)) => Ok(Comparison::AtMost(bound)),
        _ => Err("give one of equals, at-least and at-most".to_owned()),
    }
}

impl TryFrom<Written> for Expectation {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let when = written.when()?;
        let Written {
            name,
            board: boards,
            any,
            console,
            mark,
            pixel,
            counter,
            delivery,
            latency,
            advice,
            program,
            ..
        } = written;
        let counter = counter.map(|rule| {
            comparison(rule.equals, rule.at_least, rule.at_most).map(|is| Condition::Counter { counter: rule.name, is })
        });
        let delivery = delivery.map(|rule| {
            comparison(rule.equals, rule.at_least, rule.at_most).map(|is| Condition::Delivery {
                from: rule.from,
                to: rule.to,
                is,
            })
        });
        let latency = latency.map(|rule| match comparison(None, rule.at_least, rule.at_most) {
            _ if !(rule.percentile > 0.0 && rule.percentile <= 100.0) => Err(format!(
                "a percentile is above 0 and at most 100, not {}",
                rule.percentile
            )),
            Err(_) => Err("give at-least or at-most, a time".to_owned()),
            Ok(is) => Ok(Condition::Latency {
                from: rule.from,
                to: rule.to,
                percentile: rule.percentile,
                is,
            }),
        });
        let conditions = [
            console.map(Condition::Console),
            mark.map(Condition::Mark),
            pixel.map(|PixelRule { index, colour }| Condition::Pixel { index, colour }),
            counter.transpose()?,
            delivery.transpose()?,
            latency.transpose()?,
            advice.map(Condition::Advice),
            program.map(Condition::Program),
        ];
        let mut conditions = conditions.into_iter().flatten();
        let condition = match (conditions.next(), conditions.next()) {
            (Some(condition), None) => condition,
            (None, _) => {
                return Err(
                    "nothing is expected: give console, mark, pixel, counter, delivery, latency, advice or program"
                        .to_owned(),
                );
            }
            (Some(_), Some(_)) => return Err("one thing is expected at a time; make two of it".to_owned()),
        };
        Ok(Self {
            name,
            boards,
            any: any.unwrap_or(false),
            condition,
            when,
        })
    }
}

impl Written {
    fn when(&self) -> Result<When, String> {
        let window = Window {
            from: self.from,
            until: self.until,
        };
        if self.never == Some(false) || self.always == Some(false) {
            return Err("never and always are true or left out".to_owned());
        }
        let given = [
            self.by.is_some(),
            self.within.is_some(),
            self.never.is_some(),
            self.always.is_some(),
        ];
        if given.into_iter().filter(|&given| given).count() > 1 {
            return Err("one of by, within, never and always is enough".to_owned());
        }
        if window != Window::default() && self.never.or(self.always).is_none() {
            return Err("from and until are for never and always; else give by, or within and after".to_owned());
        }
        if self.after.is_some() && self.within.is_none() {
            return Err("after needs within: how long after the event?".to_owned());
        }
        Ok(match (self.by, self.within, &self.after) {
            (Some(by), ..) => When::By(by),
            (None, Some(length), Some(after)) => When::Within {
                length,
                after: after.clone(),
            },
            // Of the run's start.
            (None, Some(length), None) => When::By(length),
            (None, None, _) if self.never.is_some() => When::Never(window),
            (None, None, _) if self.always.is_some() => When::Always(window),
            (None, None, _) => When::End,
        })
    }
}

impl From<Expectation> for Written {
    fn from(expectation: Expectation) -> Self {
        let mut written = Self {
            name: expectation.name,
            board: expectation.boards,
            any: expectation.any.then_some(true),
            ..Self::default()
        };
        fn split<T: Copy>(is: Comparison<T>) -> (Option<T>, Option<T>, Option<T>) {
            match is {
                Comparison::Equals(bound) => (Some(bound), None, None),
                Comparison::AtLeast(bound) => (None, Some(bound), None),
                Comparison::AtMost(bound) => (None, None, Some(bound)),
            }
        }
        match expectation.condition {
            Condition::Console(text) => written.console = Some(text),
            Condition::Mark(name) => written.mark = Some(name),
            Condition::Pixel { index, colour } => written.pixel = Some(PixelRule { index, colour }),
            Condition::Counter { counter: name, is } => {
                let (equals, at_least, at_most) = split(is);
                written.counter = Some(CounterRule {
                    name,
                    equals,
                    at_least,
                    at_most,
                });
            }
            Condition::Delivery { from, to, is } => {
                let (equals, at_least, at_most) = split(is);
                written.delivery = Some(DeliveryRule {
                    from,
                    to,
                    equals,
                    at_least,
                    at_most,
                });
            }
            Condition::Latency {
                from,
                to,
                percentile,
                is,
            } => {
                let (_, at_least, at_most) = split(is);
                written.latency = Some(LatencyRule {
                    from,
                    to,
                    percentile,
                    at_least,
                    at_most,
                });
            }
            Condition::Advice(trap) => written.advice = Some(trap),
            Condition::Program(end) => written.program = Some(end),
        }
        match expectation.when {
            When::By(by) => written.by = Some(by),
            When::Within { length, after } => (written.within, written.after) = (Some(length), Some(after)),
            When::Never(Window { from, until }) => {
                (written.never, written.from, written.until) = (Some(true), from, until);
            }
            When::Always(Window { from, until }) => {
                (written.always, written.from, written.until) = (Some(true), from, until);
            }
            When::End => {}
        }
        written
    }
}
