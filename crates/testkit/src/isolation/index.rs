//! Whose each value is, and which reads make no sense by themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Anomaly, Attempt, Op, Outcome};

/// What a transaction saw of an object, without its own writes.
pub(super) struct Seen {
    pub reader: usize,
    pub values: Vec<i64>,
}

#[derive(Default)]
pub(super) struct Index {
    /// The writer of each value, by object. Transactions without effect are not among them.
    pub lists: BTreeMap<i64, Object>,
    pub sets: BTreeMap<i64, Object>,
    /// Whether each transaction counts.
    pub counts: Vec<bool>,
}

#[derive(Default)]
pub(super) struct Object {
    pub writers: BTreeMap<i64, usize>,
    pub seen: Vec<Seen>,
}

impl Index {
    pub fn of(history: &[Attempt], anomalies: &mut Vec<Anomaly>) -> Index {
        let (lists, sets) = written(history);
        let mut index = Index {
            counts: counting(history, &lists, &sets),
            ..Index::default()
        };
        for (kind, objects) in [(&lists, &mut index.lists), (&sets, &mut index.sets)] {
            for ((object, value), writer) in kind {
                if index.counts[*writer] {
                    objects
                        .entry(*object)
                        .or_default()
                        .writers
                        .insert(*value, *writer);
                }
            }
        }
        for (reader, attempt) in history.iter().enumerate() {
            // What a transaction saw that did not commit was shown to its client all the same.
            let mut own: HashMap<(bool, i64), Vec<i64>> = HashMap::new();
            for op in &attempt.ops {
                let (is_list, object, seen) = match op {
                    Op::Append { list, value } => {
                        own.entry((true, *list)).or_default().push(*value);
                        continue;
                    }
                    Op::Insert { set, value } => {
                        own.entry((false, *set)).or_default().push(*value);
                        continue;
                    }
                    Op::Read { list, seen } => (true, *list, seen),
                    Op::Scan { set, seen } => (false, *set, seen),
                };
                let own = own.get(&(is_list, object)).map_or(&[][..], Vec::as_slice);
                let known = if is_list { &lists } else { &sets };
                let check = Check {
                    history,
                    reader,
                    known,
                };
                let values = check.values(is_list, object, seen, own, anomalies);
                if index.counts[reader] {
                    let objects = if is_list {
                        &mut index.lists
                    } else {
                        &mut index.sets
                    };
                    let seen = Seen { reader, values };
                    objects.entry(object).or_default().seen.push(seen);
                }
            }
        }
        index
    }
}

type Written = HashMap<(i64, i64), usize>;

/// The writer of each value of each list, and of each set.
fn written(history: &[Attempt]) -> (Written, Written) {
    let (mut lists, mut sets) = (Written::new(), Written::new());
    for (writer, attempt) in history.iter().enumerate() {
        for op in &attempt.ops {
            match op {
                Op::Append { list, value } => lists.insert((*list, *value), writer),
                Op::Insert { set, value } => sets.insert((*set, *value), writer),
                _ => None,
            };
        }
    }
    (lists, sets)
}

/// Which transactions took place: an unknown one if somebody else saw what it wrote.
fn counting(history: &[Attempt], lists: &Written, sets: &Written) -> Vec<bool> {
    let mut observed: HashSet<usize> = HashSet::new();
    for (reader, attempt) in history.iter().enumerate() {
        for op in &attempt.ops {
            let (known, object, seen) = match op {
                Op::Read { list, seen } => (lists, *list, seen),
                Op::Scan { set, seen } => (sets, *set, seen),
                _ => continue,
            };
            let writers = seen.iter().filter_map(|value| known.get(&(object, *value)));
            observed.extend(writers.filter(|writer| **writer != reader).copied());
        }
    }
    let counts = |(place, attempt): (usize, &Attempt)| match attempt.outcome {
        Outcome::Committed => true,
        Outcome::Aborted => false,
        Outcome::Unknown => observed.contains(&place),
    };
    history.iter().enumerate().map(counts).collect()
}

struct Check<'a> {
    history: &'a [Attempt],
    reader: usize,
    known: &'a Written,
}

impl Check<'_> {
    /// What others had written, after a look at each value.
    fn values(
        &self,
        is_list: bool,
        object: i64,
        seen: &[i64],
        own: &[i64],
        anomalies: &mut Vec<Anomaly>,
    ) -> Vec<i64> {
        let reader = self.reader;
        let mut distinct = HashSet::new();
        for value in seen {
            if !distinct.insert(*value) {
                anomalies.push(Anomaly::Twice {
                    reader,
                    value: *value,
                });
            }
            match self.known.get(&(object, *value)) {
                None => anomalies.push(Anomaly::Unwritten {
                    reader,
                    value: *value,
                }),
                Some(writer)
                    if *writer != reader && self.history[*writer].outcome == Outcome::Aborted =>
                {
                    anomalies.push(Anomaly::Dirty {
                        reader,
                        writer: *writer,
                        value: *value,
                    });
                }
                Some(_) => {}
            }
        }
        // The own values of a list are its last ones.
        let end = seen.len().saturating_sub(own.len());
        if is_list && seen[end..] != *own {
            anomalies.extend(own.first().map(|value| Anomaly::Forgotten {
                reader,
                value: *value,
            }));
        }
        let missing = own.iter().find(|value| !distinct.contains(*value));
        if !is_list && let Some(value) = missing {
            anomalies.push(Anomaly::Forgotten {
                reader,
                value: *value,
            });
        }
        seen.iter()
            .copied()
            .filter(|value| !own.contains(value))
            .collect()
    }
}
