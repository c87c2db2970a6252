//! Backups of every kind at random ends, and collection between them.

use cairn_archive::Manifest;
use cairn_blob::{Location, Settings};
use cairn_rows::{Fingerprinter, primary_span};
use cairn_storage::{Read, Snapshot, TableId, Version, floor};

use super::Model;
use super::state::Layer;
use crate::world::SMALL_PIECE;

impl Model {
    /// What the node does in the background, but as late as the chain allows.
    pub async fn collect(&mut self) {
        let latest = match self.chain.last() {
            Some(layer) => layer.end,
            None => self.world.now().await.at().version(),
        };
        let to = self.between(self.floor, latest.max(self.floor));
        let engine = &self.world.engine;
        let read = self.world.now().await;
        let dropped = cairn_catalog::removals(&read).await.unwrap();
        let view = self.world.view().await;
        let tables = view.tables().map(|table| table.id);
        for table in tables.chain(dropped.iter().map(|removal| removal.table)) {
            let raised = floor::raise(engine, table, to).await.unwrap();
            engine.collect(table, raised).await.unwrap();
        }
        let raised = floor::raise(engine, cairn_catalog::CATALOG, to)
            .await
            .unwrap();
        engine
            .collect(cairn_catalog::CATALOG, raised)
            .await
            .unwrap();
        for removal in dropped.iter().filter(|removal| removal.dropped_at <= to) {
            for prefix in &removal.prefixes {
                engine.remove(*prefix).await.unwrap();
            }
            self.world
                .commit(async |txn| cairn_catalog::finish_removal(txn, removal).await.unwrap())
                .await;
        }
        self.floor = self.floor.max(to);
        self.saw("collect");
    }

    /// An instant: often that of a commit, or just beside it.
    pub fn between(&mut self, low: Version, high: Version) -> Version {
        let commits: Vec<Version> = self.past.iter().map(|(version, _)| *version).collect();
        let commits: Vec<Version> = commits
            .into_iter()
            .filter(|at| low <= *at && *at <= high)
            .collect();
        let at = match (self.chance.below(4), self.chance.of(&commits)) {
            (0, Some(commit)) => *commit,
            (1, Some(commit)) => Version(commit.0 - 1),
            (2, Some(commit)) => commit.next(),
            _ => Version(low.0 + self.chance.next() % (high.0 - low.0 + 1)),
        };
        at.clamp(low, high)
    }

    pub async fn backup(&mut self) {
        let history = self.chance.one_in(2);
        let now = self.world.now().await.at().version();
        let full = self.chain.is_empty() || self.chain.len() > 40 || self.chance.one_in(9);
        let low = match self.chain.last() {
            Some(layer) if !full => layer.end,
            _ => self.floor.max(self.past[0].0),
        };
        let end = if self.chance.one_in(2) {
            now
        } else {
            self.between(low, now)
        };
        let location = format!("nodelocal:///backup{}", self.fresh());
        let from: Vec<String> = self
            .chain
            .iter()
            .map(|layer| format!("'{}'", layer.location))
            .collect();
        let bank = self.state_at(end).bank.clone();
        let targets = if self.chance.one_in(3) {
            format!("{bank}.*")
        } else {
            format!("DATABASE {bank}")
        };
        let mut statement = format!("BACKUP {targets} TO '{location}'");
        if full {
            self.chain.clear();
        } else {
            statement += &format!(" INCREMENTAL FROM {}", from.join(", "));
        }
        if history {
            statement += " WITH revision_history";
        }
        let request = cairn_backup::Request {
            end: Some(self.world.engine.close(end).await.unwrap()),
            ..self.world.backup_request(&statement)
        };
        let store = request.to.open(&self.settings()).unwrap();
        let running = cairn_backup::start_at(&self.world.backup, request, store, SMALL_PIECE).await;
        running
            .unwrap()
            .wait()
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        self.check_fingerprints(&location, end).await;
        self.chain.push(Layer {
            location,
            end,
            history,
        });
        self.saw(match (full, history) {
            (true, false) => "full",
            (true, true) => "full with history",
            (false, false) => "incremental",
            (false, true) => "incremental with history",
        });
    }

    pub fn settings(&self) -> Settings {
        self.world.backup.settings.clone()
    }

    pub async fn manifest(&self, location: &str) -> Manifest {
        let store = Location::parse(location)
            .unwrap()
            .open(&self.settings())
            .unwrap();
        Manifest::read(store.as_ref()).await.unwrap()
    }

    /// A layer knows of each table what reading it at the end would find.
    pub async fn check_fingerprints(&self, location: &str, end: Version) {
        let manifest = self.manifest(location).await;
        let state = self.state_at(end);
        let at = self.world.engine.close(end).await.unwrap();
        let read = Snapshot::new(self.world.engine.clone(), at);
        let mut there = 0;
        for archived in manifest
            .tables
            .iter()
            .filter(|table| manifest.has_at_end(table))
        {
            let Some(table) = state.tables.get(&TableId(archived.id)) else {
                continue;
            };
            there += 1;
            let rows = read
                .scan_all(&primary_span(&table.descriptor))
                .await
                .unwrap();
            let fingerprinter = Fingerprinter::new(&table.descriptor.public_part()).unwrap();
            let pairs = rows
                .iter()
                .map(|(key, found)| (key.as_ref(), found.value.as_ref()));
            let found = fingerprinter.rows(pairs).unwrap().to_string();
            let name = &archived.name;
            assert_eq!(
                archived.rows_at_end,
                Some(table.rows.len() as u64),
                "{location} {name}"
            );
            assert_eq!(archived.fingerprint, Some(found), "{location} {name}");
        }
        let expected = state
            .tables
            .values()
            .filter(|table| table.descriptor.database == self.bank);
        assert_eq!(there, expected.count(), "{location}");
    }
}
