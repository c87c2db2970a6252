//! Restores at instants that a chain tells, and at some that it does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::backups::{Layer, Target};
use crate::model::Model;
use crate::oracle::{DatabaseId, Default, Id, Kind, State};
use crate::server::Refusal;

/// A restore that is about to be made.
pub struct Asked {
    pub text: String,
    pub at: u64,
    pub inside: bool,
    /// How many layers are named.
    pub layers: usize,
    pub wanted: BTreeSet<Id>,
    /// Each source database's name after it.
    pub into: BTreeMap<DatabaseId, String>,
    pub skips: Skips,
    /// Whether it must be refused.
    pub refusable: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Skips {
    pub foreign_keys: bool,
    pub sequences: bool,
    pub views: bool,
}

/// A set without what its members need.
#[derive(Debug)]
struct Lacks {
    foreign_keys: bool,
    sequences: bool,
    views: bool,
}

impl Model {
    pub async fn restore(&mut self) {
        if let Some(asked) = self.plan_restore() {
            self.run_restore(asked).await;
        }
    }

    pub async fn run_restore(&mut self, asked: Asked) {
        self.stay();
        match self.server.ask(&asked.text).await {
            Ok(_) if asked.refusable => self.fail(&format!("{}\nwas not refused", asked.text)),
            Ok(_) => self.restored(&asked).await,
            Err(refusal) => self.not_restored(&asked, &refusal),
        }
    }

    /// Compares, counts and removes.
    pub async fn restored(&mut self, asked: &Asked) {
        let states: Vec<State> = self.past.at(asked.at).into_iter().cloned().collect();
        let mut complaints = Vec::new();
        for state in &states {
            match self.compare(asked, state).await {
                Ok(()) => {
                    complaints.clear();
                    break;
                }
                Err(complaint) => complaints.push(complaint),
            }
        }
        if !complaints.is_empty() {
            self.fail(&format!(
                "{}\ninside: {}, {}",
                asked.text,
                asked.inside,
                complaints.join("\nor ")
            ));
        }
        for database in asked.into.values().collect::<BTreeSet<_>>() {
            let mut texts = vec![format!("DROP DATABASE {database} CASCADE")];
            if database == "inspect" {
                texts.push("CREATE DATABASE inspect".into());
                texts.push("GRANT SELECT ON DATABASE inspect TO amy".into());
            }
            for text in texts {
                if let Err(refusal) = self.server.ask(&text).await {
                    self.refused(&text, &refusal);
                }
            }
        }
        self.count_restore(asked);
    }

    fn count_restore(&mut self, asked: &Asked) {
        self.tally.count("restore compared");
        self.tally.count(if asked.inside {
            "restore inside a window"
        } else {
            "restore at a layer's end"
        });
        self.tally.count(match asked.layers {
            1 => "restore of a full backup alone",
            2..=4 => "restore of 2 to 4 layers",
            _ => "restore of 5 layers or more",
        });
        for (option, is_set) in [
            ("into_db", asked.into.values().any(|name| name == "inspect")),
            (
                "new_db_name",
                asked.into.values().any(|name| name != "inspect"),
            ),
            ("skip_missing_foreign_keys", asked.skips.foreign_keys),
            ("skip_missing_sequences", asked.skips.sequences),
            ("skip_missing_views", asked.skips.views),
        ] {
            if is_set {
                self.tally.count(&format!("restore with {option}"));
            }
        }
    }

    pub fn not_restored(&mut self, asked: &Asked, refusal: &Refusal) {
        if asked.refusable && !refusal.code.is_empty() && !refusal.code.starts_with("XX") {
            return self.tally.count("restore that must be refused");
        }
        self.refused(&asked.text, refusal)
    }

    pub fn plan_restore(&mut self) -> Option<Asked> {
        let chain = self.chance.below(self.chains.len());
        let count = match self.chains.get(chain)?.layers.len() {
            layers if self.chance.one_in(2) => layers,
            layers => 1 + self.chance.below(layers),
        };
        let layers = &self.chains[chain].layers[..count];
        let is_wide = |layer: &Layer| layer.history && layer.low < layer.end;
        let wide: Vec<usize> = (0..count)
            .filter(|place| is_wide(&layers[*place]))
            .collect();
        let inside = !self.chance.one_in(4) && !wide.is_empty();
        let covering = match inside {
            true => self.chance.of(&wide)?,
            false => self.chance.below(count),
        };
        let layer = &self.chains[chain].layers[covering];
        let (low, end, history) = (layer.low, layer.end, layer.history);
        let mut members = layer.members.clone();
        let mut at = end;
        if inside {
            at = self
                .past
                .between(low.max(self.past.beginning()), end - 1, &mut self.chance);
        }
        // Sometimes an instant that nobody can tell.
        let untold = !inside && !history && low < end && self.chance.one_in(10);
        if untold {
            at = self.past.between(low, end - 1, &mut self.chance);
        }
        let state = match self.past.at(at).as_slice() {
            [state] => State::clone(state),
            // Either of two, if their names do not tell.
            [before, after] if names(before) == names(after) => State::clone(after),
            _ => return None,
        };
        members.retain(|id| state.objects.contains_key(id));
        let as_of = match !inside && !untold && covering + 1 == count && self.chance.one_in(2) {
            true => String::new(),
            false => format!(" AS OF SYSTEM TIME {}", self.spelled(at)),
        };
        let (targets, wanted, into) = self.wanted(chain, &members, &state)?;
        let lacks = lacks(&state, &wanted);
        let generous = !self.chance.one_in(3);
        let skips = Skips {
            foreign_keys: lacks.foreign_keys && generous || self.chance.one_in(6),
            sequences: lacks.sequences && generous || self.chance.one_in(6),
            views: lacks.views && generous || self.chance.one_in(6),
        };
        let refusable = untold
            || lacks.foreign_keys && !skips.foreign_keys
            || lacks.sequences && !skips.sequences
            || lacks.views && !skips.views;
        let is_database = targets.starts_with("DATABASE");
        let name = into.values().next()?;
        let mut options = vec![match is_database {
            true => format!("new_db_name = '{name}'"),
            false => format!("into_db = '{name}'"),
        }];
        options.extend(
            skips
                .foreign_keys
                .then(|| "skip_missing_foreign_keys".into()),
        );
        options.extend(skips.sequences.then(|| "skip_missing_sequences".into()));
        options.extend(skips.views.then(|| "skip_missing_views".into()));
        let from = self.chains[chain].locations(count);
        let text = format!(
            "RESTORE {targets} FROM {from}{as_of} WITH {}",
            options.join(", ")
        );
        let mut remaining = wanted;
        if skips.views {
            drop_views(&state, &mut remaining);
        }
        if remaining.is_empty() && !is_database {
            return None;
        }
        Some(Asked {
            text,
            at,
            inside,
            layers: count,
            wanted: remaining,
            into,
            skips,
            refusable,
        })
    }

    /// Targets, what they match, and where that goes.
    fn wanted(
        &mut self,
        chain: usize,
        members: &BTreeSet<Id>,
        state: &State,
    ) -> Option<(String, BTreeSet<Id>, BTreeMap<DatabaseId, String>)> {
        let inspect = "inspect".to_owned();
        let everything: BTreeMap<DatabaseId, String> = state
            .databases
            .keys()
            .map(|id| (*id, inspect.clone()))
            .collect();
        let (wanted, targets): (BTreeSet<Id>, String) = match self.chains[chain].target.clone() {
            Target::List => {
                let there = members
                    .iter()
                    .copied()
                    .filter(|id| state.objects.contains_key(id));
                let wanted = self.chance.some_of(&there.collect::<Vec<_>>());
                (wanted.iter().copied().collect(), list(state, &wanted))
            }
            Target::Databases(databases) => {
                let database = self.chance.of(&databases)?;
                let all = state.members(database);
                match self.chance.below(5) {
                    0 if databases.len() > 1 => {
                        let names = databases
                            .iter()
                            .map(|id| format!("{}.*", state.databases[id]));
                        let all = databases.iter().flat_map(|id| state.members(*id));
                        (all.collect(), names.collect::<Vec<_>>().join(", "))
                    }
                    1 => (
                        all.into_iter().collect(),
                        format!("{}.*", state.databases[&database]),
                    ),
                    2 => {
                        let wanted = self.chance.some_of(&all);
                        (wanted.iter().copied().collect(), list(state, &wanted))
                    }
                    _ => {
                        let into = BTreeMap::from([(database, format!("r{}", self.fresh()))]);
                        let targets = format!("DATABASE {}", state.databases[&database]);
                        return Some((targets, all.into_iter().collect(), into));
                    }
                }
            }
        };
        let names: BTreeSet<&str> = wanted
            .iter()
            .map(|id| state.object(*id).name.as_str())
            .collect();
        // Names that meet in one database are refused, and so is nothing at all.
        (names.len() == wanted.len() && !wanted.is_empty()).then_some((targets, wanted, everything))
    }
}

fn list(state: &State, ids: &[Id]) -> String {
    let names: Vec<String> = ids.iter().map(|id| state.full_name(*id)).collect();
    format!("TABLE {}", names.join(", "))
}

fn names(state: &State) -> Vec<(Id, String, BTreeSet<Id>)> {
    let ids = state.objects.keys();
    ids.map(|id| (*id, state.full_name(*id), state.needs(*id)))
        .collect()
}

fn lacks(state: &State, wanted: &BTreeSet<Id>) -> Lacks {
    let mut lacks = Lacks {
        foreign_keys: false,
        sequences: false,
        views: false,
    };
    for id in wanted {
        match &state.object(*id).kind {
            Kind::Table(table) => {
                lacks.foreign_keys |= table
                    .foreign_keys
                    .iter()
                    .any(|key| !wanted.contains(&key.parent));
                lacks.sequences |= table
                    .columns
                    .iter()
                    .any(|column| matches!(column.default, Some(Default::Next(of)) if !wanted.contains(&of)));
            }
            Kind::View(_) => {
                lacks.views |= state
                    .needs(*id)
                    .iter()
                    .any(|needed| !wanted.contains(needed))
            }
            Kind::Sequence(_) => {}
        }
    }
    lacks
}

/// Takes out views that need what is not there, and views that need those.
fn drop_views(state: &State, wanted: &mut BTreeSet<Id>) {
    loop {
        let is_broken = |id: &&Id| {
            matches!(state.object(**id).kind, Kind::View(_))
                && state
                    .needs(**id)
                    .iter()
                    .any(|needed| !wanted.contains(needed))
        };
        let Some(id) = wanted.iter().find(is_broken).copied() else {
            return;
        };
        wanted.remove(&id);
    }
}
