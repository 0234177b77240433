//! Values set from outside, and parameters.
//!
//! `[parameters]` names values; a value that is `"$name"` takes the parameter's (`"$$…"` is the text `$…`). An override whose
//! key is a parameter's name sets the parameter; any other key is the way to a value: `air.loss`, `board.0.count`, lists
//! counted from 0.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::Step;
use super::decode::{Problem, suggest};
use super::tree::{Entry, Node, Place, Value};

/// A value of a file that is to be another: `boards=500`, `air.loss=0.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    key: String,
    value: String,
}

impl Override {
    /// Sets the value of a parameter, or of what is at this place in the file. The value is written as in the file; a text
    /// needs no quotes.
    #[must_use]
    pub fn new(key: &str, value: &str) -> Self {
        Self {
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        }
    }
}

impl std::fmt::Display for Override {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// The text is no override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write KEY=VALUE")]
pub struct ParseOverrideError;

impl FromStr for Override {
    type Err = ParseOverrideError;

    fn from_str(text: &str) -> Result<Self, ParseOverrideError> {
        let (key, value) = text.split_once('=').ok_or(ParseOverrideError)?;
        Ok(Self::new(key, value))
    }
}

/// Sets what is overridden, puts parameters in, and takes their table away.
pub(super) fn apply(tree: &mut Node, overrides: &[Override]) -> Result<(), Problem> {
    let mut parameters = take_parameters(tree)?;
    // Looked for before values are set: what is set may stand in place of a parameter.
    let mut used = BTreeSet::new();
    look_for_parameters(tree, &mut used);
    for (number, Override { key, value }) in overrides.iter().enumerate() {
        let place = Place::Override(number);
        if overrides.iter().take(number).any(|other| other.key == *key) {
            let problem = Problem::new(format!("{key} is set twice: leave one of them out"));
            return Err(problem.in_place(&place));
        }
        let node = Node::parse_value(value, &place).unwrap_or_else(|| Node {
            value: Value::Text(value.clone()),
            place: place.clone(),
        });
        if let Some(parameter) = parameters.iter_mut().find(|parameter| parameter.key == *key) {
            parameter.node = node;
            continue;
        }
        let known: Vec<_> = parameters.iter().map(|parameter| parameter.key.as_str()).collect();
        set(tree, key, node, &known).map_err(|problem| problem.in_place(&place))?;
    }
    look_for_parameters(tree, &mut used);
    substitute(tree, &parameters)?;
    match parameters.iter().find(|parameter| !used.contains(&parameter.key)) {
        None => Ok(()),
        Some(Entry { key, place, .. }) => {
            let problem = Problem::new(format!(
                "nothing uses this parameter: write \"${key}\" where its value is meant"
            ));
            let problem = problem
                .inside(Step::Key(key.clone()))
                .inside(Step::Key("parameters".to_owned()));
            Err(problem.in_place(place))
        }
    }
}

/// The name of the parameter that a text stands for.
fn parameter(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| !name.starts_with('$'))
}

/// Notes which parameters are used.
fn look_for_parameters(node: &Node, used: &mut BTreeSet<String>) {
    match &node.value {
        Value::Text(text) => used.extend(parameter(text).map(str::to_owned)),
        Value::List(nodes) => nodes.iter().for_each(|node| look_for_parameters(node, used)),
        Value::Table(entries) => entries.iter().for_each(|entry| look_for_parameters(&entry.node, used)),
        _ => {}
    }
}

fn take_parameters(tree: &mut Node) -> Result<Vec<Entry>, Problem> {
    let Value::Table(entries) = &mut tree.value else {
        return Ok(Vec::new());
    };
    let Some(index) = entries.iter().position(|entry| entry.key == "parameters") else {
        return Ok(Vec::new());
    };
    let Entry { node, .. } = entries.remove(index);
    match node.value {
        Value::Table(parameters) => Ok(parameters),
        _ => Err(Problem::new("parameters: a table of values with names is needed").in_place(&node.place)),
    }
}

/// Puts a node where a key leads; tables on the way are made if there are none.
fn set(tree: &mut Node, key: &str, node: Node, parameters: &[&str]) -> Result<(), Problem> {
    let place = node.place.clone();
    let mut here = tree;
    let steps: Vec<_> = key.split('.').collect();
    for (depth, step) in steps.iter().enumerate() {
        let so_far = || steps[..depth].join(".");
        match &mut here.value {
            Value::Table(entries) => {
                let index = match entries.iter().position(|entry| entry.key == *step) {
                    Some(index) => index,
                    None if step.is_empty() => {
                        return Err(Problem::new(
                            "a key is the way to a value, as in board.0.count, or a parameter's name",
                        ));
                    }
                    None if depth == 0 && steps.len() == 1 && !super::super::TOP_LEVEL.contains(step) => {
                        let mut known = parameters.to_vec();
                        known.extend(super::super::TOP_LEVEL);
                        return Err(Problem::new(format!(
                            "no parameter and no key has this name; {}",
                            suggest(step, &known)
                        )));
                    }
                    None => {
                        entries.push(Entry {
                            key: (*step).to_owned(),
                            place: place.clone(),
                            node: Node {
                                value: Value::Table(Vec::new()),
                                place: place.clone(),
                            },
                        });
                        entries.len() - 1
                    }
                };
                here = &mut entries[index].node;
            }
            Value::List(nodes) => {
                let count = nodes.len();
                let index = step.parse::<usize>().ok().filter(|&index| index < count);
                let Some(index) = index else {
                    return Err(Problem::new(match count {
                        0 => format!("{} is empty", so_far()),
                        _ => format!("{} is a list, whose entries are 0 to {}", so_far(), count - 1),
                    }));
                };
                here = &mut nodes[index];
            }
            _ => return Err(Problem::new(format!("{} is one value and has no {step}", so_far()))),
        }
    }
    *here = node;
    Ok(())
}

fn substitute(node: &mut Node, parameters: &[Entry]) -> Result<(), Problem> {
    match &mut node.value {
        Value::Text(text) => {
            let Some(name) = parameter(text) else {
                if let Some(escaped) = text.strip_prefix('$') {
                    *text = escaped.to_owned();
                }
                return Ok(());
            };
            let Some(parameter) = parameters.iter().find(|parameter| parameter.key == name) else {
                let known: Vec<_> = parameters.iter().map(|parameter| parameter.key.as_str()).collect();
                let problem = Problem::new(format!("there is no parameter {name}; {}", suggest(name, &known)));
                return Err(problem.in_place(&node.place));
            };
            node.value = parameter.node.value.clone();
            // What was set from outside is to be mended there.
            if let Place::Override(_) = parameter.node.place {
                node.place = parameter.node.place.clone();
            }
            Ok(())
        }
        Value::List(nodes) => {
            for (index, node) in nodes.iter_mut().enumerate() {
                substitute(node, parameters).map_err(|problem| problem.inside(Step::Index(index)))?;
            }
            Ok(())
        }
        Value::Table(entries) => {
            for entry in entries {
                substitute(&mut entry.node, parameters)
                    .map_err(|problem| problem.inside(Step::Key(entry.key.clone())))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
