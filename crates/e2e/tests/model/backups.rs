//! Chains of backups, and what each layer promises.

use std::collections::BTreeSet;

use crate::model::{BANK, Model, SHOP};
use crate::oracle::{DatabaseId, Id, State};

/// A full backup and its incrementals.
pub struct Chain {
    pub target: Target,
    pub layers: Vec<Layer>,
}

#[derive(Debug, Clone)]
pub enum Target {
    /// Whole databases, by `DATABASE` or by `d.*`.
    Databases(Vec<DatabaseId>),
    /// A list; which ones is each layer's matter.
    List,
}

pub struct Layer {
    pub location: String,
    /// The lowest instant that restores ask of it.
    pub low: u64,
    pub end: u64,
    pub history: bool,
    /// What a list named.
    pub members: BTreeSet<Id>,
}

/// How many chains are kept at the same time, and how long they get.
const CHAINS: usize = 3;
const LAYERS: usize = 10;

/// A backup that is about to be made.
pub struct Planned {
    /// The chain that it continues.
    pub chain: Option<usize>,
    pub target: Target,
    pub text: String,
    pub layer: Layer,
    /// Without AS OF: the end is the server's to choose, when the statement runs.
    pub ends_now: bool,
    /// Below this, versions may be gone.
    pub needs: u64,
}

impl Chain {
    /// The lowest instant that restores ask of it.
    pub fn beginning(&self) -> Option<u64> {
        self.layers.first().map(|layer| layer.low)
    }

    pub fn locations(&self, count: usize) -> String {
        let locations = self
            .layers
            .iter()
            .take(count)
            .map(|layer| format!("'{}'", layer.location));
        locations.collect::<Vec<_>>().join(", ")
    }
}

impl Model {
    pub async fn backup(&mut self) {
        if let Some(planned) = self.plan_backup().await {
            self.run_backup(planned).await;
        }
    }

    pub async fn run_backup(&mut self, mut planned: Planned) {
        self.stay();
        if planned.chain.is_none() {
            // What was there when it was planned may have been collected since.
            planned.layer.low = planned.layer.low.max(self.floor).min(planned.layer.end);
        }
        match self.server.ask(&planned.text).await {
            Ok(answers) => {
                let row = &answers[0][0];
                assert_eq!(row[1].as_deref(), Some("succeeded"), "{}", planned.text);
                self.keep(planned).await;
            }
            Err(refusal)
                if planned.needs < self.floor && refusal.message.contains("GC threshold") =>
            {
                self.tally.count("BACKUP below the GC threshold");
                self.end_chain(planned.chain);
            }
            Err(refusal) => self.refused(&planned.text, &refusal),
        }
    }

    /// The next layer of a chain, or the first one of a new chain.
    pub async fn plan_backup(&mut self) -> Option<Planned> {
        let grows = self.chains.len() == CHAINS && !self.chance.one_in(8) || self.chance.one_in(2);
        let chain = match self.chains.is_empty() {
            false if grows => Some(self.chance.below(self.chains.len())),
            _ => None,
        };
        let chain = chain.filter(|chain| self.chains[*chain].layers.len() < LAYERS);
        let newest = self.server.now().await;
        let low = match chain {
            Some(chain) => self.chains[chain].layers.last()?.end + 1,
            None => self.floor.max(self.past.beginning()),
        };
        let as_of = (!self.chance.one_in(3) && low <= newest)
            .then(|| self.past.between(low, newest, &mut self.chance));
        let states = as_of.map(|at| self.past.at(at));
        let state = match states.as_deref() {
            None => self.now().clone(),
            Some([state]) => State::clone(state),
            // Names may be those before a statement that was under way, or those after it.
            Some(_) => return None,
        };
        let (target, members) = self.target(chain, &state)?;
        let names = self.target_names(&target, &members, &state);
        let history = !self.chance.one_in(3);
        let location = format!("nodelocal:///b{}", self.fresh());
        let mut text = format!("BACKUP {names} TO '{location}'");
        if let Some(at) = as_of {
            text += &format!(" AS OF SYSTEM TIME {}", self.spelled(at));
        }
        if let Some(chain) = chain {
            let chain = &self.chains[chain];
            text += &format!(" INCREMENTAL FROM {}", chain.locations(chain.layers.len()));
        }
        if history {
            text += " WITH revision_history";
        }
        let end = as_of.unwrap_or(newest);
        let low = match chain {
            Some(_) => low,
            None if history => low.min(end),
            None => end,
        };
        let needs = if chain.is_some() { low - 1 } else { end };
        let layer = Layer {
            location,
            low,
            end,
            history,
            members,
        };
        Some(Planned {
            chain,
            target,
            text,
            layer,
            ends_now: as_of.is_none(),
            needs,
        })
    }

    fn target(&mut self, chain: Option<usize>, state: &State) -> Option<(Target, BTreeSet<Id>)> {
        if let Some(chain) = chain {
            let chain = &self.chains[chain];
            let held = chain.layers.last()?.members.iter().copied();
            let members: BTreeSet<Id> = held.filter(|id| state.objects.contains_key(id)).collect();
            return match chain.target {
                Target::List if members.is_empty() => None,
                _ => Some((chain.target.clone(), members)),
            };
        }
        let target = match self.chance.below(6) {
            0 => Target::Databases(vec![BANK, SHOP]),
            1 => Target::Databases(vec![SHOP]),
            2 | 3 => Target::List,
            _ => Target::Databases(vec![BANK]),
        };
        let members = match target {
            Target::List => self
                .chance
                .some_of(&state.objects.keys().copied().collect::<Vec<_>>()),
            Target::Databases(_) => Vec::new(),
        };
        match target {
            Target::List if members.is_empty() => None,
            _ => Some((target, members.into_iter().collect())),
        }
    }

    fn target_names(&mut self, target: &Target, members: &BTreeSet<Id>, state: &State) -> String {
        match target {
            Target::List => {
                let names: Vec<String> = members.iter().map(|id| state.full_name(*id)).collect();
                format!("TABLE {}", names.join(", "))
            }
            Target::Databases(databases) => {
                let names: Vec<&str> = databases
                    .iter()
                    .map(|id| state.databases[id].as_str())
                    .collect();
                match self.chance.one_in(3) {
                    true => format!("{}.*", names.join(".*, ")),
                    false => format!("DATABASE {}", names.join(", ")),
                }
            }
        }
    }

    /// An instant, as a statement may write it.
    pub fn spelled(&mut self, at: u64) -> String {
        match self.chance.below(3) {
            0 => format!("'{}000'", at),
            1 => format!("{}000.0000000000", at),
            _ => format!("'{}000.0000000000'", at),
        }
    }

    /// A backup that is there belongs to its chain.
    pub async fn keep(&mut self, mut planned: Planned) {
        if planned.ends_now {
            let end = self.end_of(&planned).await;
            // Until then the state is the one that the statement met: the next commit comes later.
            self.past.extend(end);
            planned.layer.end = end;
            if planned.chain.is_none() && !planned.layer.history {
                planned.layer.low = end;
            }
        }
        let kind = match (planned.chain.is_some(), planned.layer.history) {
            (false, false) => "full",
            (false, true) => "full with history",
            (true, false) => "incremental",
            (true, true) => "incremental with history",
        };
        self.tally.count(kind);
        let targets = match &planned.target {
            Target::List => "of a list",
            Target::Databases(databases) if databases.len() == 1 => "of a database",
            Target::Databases(_) => "of two databases",
        };
        self.tally.count(&format!("backup {targets}"));
        match planned.chain {
            Some(chain) => self.chains[chain].layers.push(planned.layer),
            None => {
                if self.chains.len() >= CHAINS {
                    let old = self.chance.below(self.chains.len());
                    self.end_chain(Some(old));
                }
                self.chains.push(Chain {
                    target: planned.target,
                    layers: vec![planned.layer],
                });
            }
        }
    }

    /// The instant that a backup without AS OF took. Jobs that ended before it may still commit what they leave behind, so it is not
    /// known before.
    async fn end_of(&mut self, planned: &Planned) -> u64 {
        let text = format!(
            "SELECT DISTINCT extract(epoch FROM end_time) FROM [SHOW BACKUP '{}']",
            planned.layer.location
        );
        let rows = match self.server.rows(&text).await {
            Ok(rows) => rows,
            Err(refusal) => self.refused(&text, &refusal),
        };
        let seconds = rows[0][0].as_deref().expect("an end");
        let end = micros(seconds);
        let now = self.server.now().await;
        if !(planned.layer.end..=now).contains(&end) {
            self.fail(&format!(
                "{}\nended at {end}, not between {} and {now}",
                planned.text, planned.layer.end
            ));
        }
        end
    }

    pub fn end_chain(&mut self, chain: Option<usize>) {
        let Some(chain) = chain else { return };
        for layer in self.chains.remove(chain).layers {
            self.server.remove_backup(&layer.location);
        }
    }
}

/// Microseconds of seconds with a fraction.
fn micros(seconds: &str) -> u64 {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    format!("{whole}{fraction:0<6}")
        .parse()
        .expect("seconds and at most six digits")
}
