//! Chains against an oracle that keeps every committed state.
//!
//! Random transactions, schema changes, collections, backups of every kind at random ends, and restores at random instants. What
//! comes back must be what the oracle has of that instant: tables, columns, rows, index entries; and each layer's fingerprints and
//! row counts must be those of the store at its end.
//!
//! `CAIRN_MODEL_SEED` and `CAIRN_MODEL_STEPS` choose a run; the seed is printed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use cairn_archive::Manifest;
use cairn_blob::{Location, Settings};
use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, Offline, StepState,
    TableDescriptor, create_successor, drop_table, put_table, read_table, rename_database,
    rename_table, replace_table,
};
use cairn_jobs::transact;
use cairn_restore::ErrorKind;
use cairn_rows::{Datum, Fingerprinter, TableCodec, primary_span};
use cairn_storage::{Error as StorageError, Read, Snapshot, TableId, Transaction, Version, floor};

use crate::tables::{column, part};
use crate::world::{SMALL_PIECE, World};

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(list.len());
        list.get(at)
    }
}

type Row = BTreeMap<ColumnId, Datum>;

#[derive(Clone)]
struct Table {
    descriptor: TableDescriptor,
    rows: BTreeMap<i64, Row>,
}

/// Everything as of one commit.
#[derive(Clone, Default)]
struct State {
    bank: String,
    tables: BTreeMap<TableId, Table>,
}

struct Layer {
    location: String,
    end: Version,
    history: bool,
}

struct Model {
    world: World,
    chance: Chance,
    bank: DatabaseId,
    shop: DatabaseId,
    now: State,
    past: Vec<(Version, State)>,
    chain: Vec<Layer>,
    /// Up to here versions were collected.
    floor: Version,
    number: usize,
    seen: BTreeMap<&'static str, usize>,
}

fn datum(ty: ColumnType, chance: &mut Chance) -> Datum {
    match (chance.below(6), ty) {
        (0, _) => Datum::Null,
        (_, ColumnType::Int8) => Datum::Int8(chance.below(50) as i64),
        (_, _) => Datum::String(format!("text {}", chance.below(20))),
    }
}

/// What a row has that was written before the column was there.
fn missing(column: &ColumnDescriptor) -> Datum {
    let text = column.missing_value.as_ref();
    text.map_or(Datum::Null, |text| {
        Datum::parse_text(&column.ty, text).unwrap()
    })
}

/// What a reader sees of a row.
fn visible(table: &TableDescriptor, key: i64, row: &Row) -> Vec<Datum> {
    let columns = table
        .columns
        .iter()
        .filter(|column| column.state.is_public());
    let datums = columns.map(|column| {
        if column.id == ColumnId(1) {
            return Datum::Int8(key);
        }
        row.get(&column.id)
            .cloned()
            .unwrap_or_else(|| missing(column))
    });
    datums.collect()
}

impl Model {
    async fn new(world: World, seed: u64) -> Model {
        let bank = world.database("bank").await.id;
        let shop = world.database("shop").await.id;
        let now = State {
            bank: "bank".into(),
            ..State::default()
        };
        let at = world.now().await.at().version();
        Model {
            world,
            chance: Chance(seed),
            bank,
            shop,
            past: vec![(at, now.clone())],
            now,
            chain: Vec::new(),
            floor: Version::ZERO,
            number: 0,
            seen: BTreeMap::new(),
        }
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn fresh(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    /// Commits, and notes the state after it.
    async fn commit(&mut self, body: impl AsyncFn(&Transaction)) {
        let body = &body;
        let committed = transact::<_, StorageError, _>(&self.world.engine, |txn| async move {
            body(&txn).await;
            Ok(())
        });
        let ((), version) = committed.await.unwrap();
        self.past.push((version, self.now.clone()));
    }

    fn state_at(&self, at: Version) -> &State {
        let passed = self.past.partition_point(|(version, _)| *version <= at);
        &self.past[passed - 1].1
    }

    fn some_table(&mut self) -> Option<TableId> {
        let ids: Vec<TableId> = self.now.tables.keys().copied().collect();
        self.chance.of(&ids).copied()
    }

    async fn step(&mut self) {
        match self.chance.below(40) {
            0..=13 => self.write().await,
            14..=17 => self.create().await,
            18 => self.drop().await,
            19..=20 => self.truncate().await,
            21 => self.rename().await,
            22 => self.relocate().await,
            23..=24 => self.add_column().await,
            25 => self.drop_column().await,
            26 => self.rename_column().await,
            27 => self.change_index().await,
            28 => self.begin_column().await,
            29 => self.publish_column().await,
            30 => self.rename_bank().await,
            31 => self.collect().await,
            32..=36 => self.backup().await,
            _ => self.restore().await,
        }
    }

    async fn write(&mut self) {
        let mut writes = Vec::new();
        for _ in 0..1 + self.chance.below(if self.chance.0.is_multiple_of(9) {
            60
        } else {
            8
        }) {
            let Some(id) = self.some_table() else { return };
            let key = self.chance.below(40) as i64;
            let delete = self.chance.one_in(4);
            let table = self.now.tables.get_mut(&id).unwrap();
            let descriptor = table.descriptor.clone();
            let row = (!delete).then(|| {
                let columns = descriptor.columns.iter().skip(1);
                let datums = columns.map(|column| (column.id, datum(column.ty, &mut self.chance)));
                datums.collect::<Row>()
            });
            match &row {
                Some(row) => drop(table.rows.insert(key, row.clone())),
                None => drop(table.rows.remove(&key)),
            }
            writes.push((descriptor, key, row));
        }
        let writes = &writes;
        self.commit(async |txn| {
            for (table, key, row) in writes {
                put(txn, table, *key, row.as_ref());
            }
        })
        .await;
        self.saw("write");
    }

    async fn create(&mut self) {
        if self.now.tables.len() > 6 {
            return;
        }
        let name = format!("t{}", self.chance.below(12));
        let database = if self.chance.one_in(5) {
            self.shop
        } else {
            self.bank
        };
        if self.named(database, &name) {
            return;
        }
        let mut columns = vec![
            column(1, "id", ColumnType::Int8),
            column(2, "a", ColumnType::Int8),
            column(3, "b", ColumnType::String { max: None }),
        ];
        columns.truncate(1 + self.chance.below(3));
        let direction = if self.chance.one_in(2) {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        let table = TableDescriptor::new(database, &name, columns, vec![part(1, direction)]);
        // The id is known before the commit only inside it, so the state is noted after.
        let created = self.world.table(&table).await;
        let at = self.world.now().await.at().version();
        let table = Table {
            descriptor: created.clone(),
            rows: BTreeMap::new(),
        };
        self.now.tables.insert(created.id, table);
        self.past.push((at, self.now.clone()));
        self.saw("create");
    }

    fn named(&self, database: DatabaseId, name: &str) -> bool {
        let mut tables = self.now.tables.values();
        tables.any(|table| table.descriptor.database == database && table.descriptor.name == name)
    }

    async fn drop(&mut self) {
        let Some(id) = self.some_table() else { return };
        self.now.tables.remove(&id);
        self.commit(async |txn| drop_table(txn, id).await.unwrap())
            .await;
        self.saw("drop");
    }

    /// A new id takes the name, empty or loaded with rows, in one commit or in two.
    async fn truncate(&mut self) {
        let Some(id) = self.some_table() else { return };
        let offline = Offline {
            reason: "truncating".into(),
            job: None,
        };
        let offline = &offline;
        let load = self.chance.one_in(2);
        let (successor, loaded) =
            transact::<_, StorageError, _>(&self.world.engine, |txn| async move {
                Ok(create_successor(&txn, id, offline.clone()).await.unwrap())
            })
            .await
            .unwrap();
        let mut rows = BTreeMap::new();
        if load {
            for key in 0..self.chance.below(20) as i64 {
                let columns = successor.columns.iter().skip(1);
                let row = columns.map(|column| (column.id, datum(column.ty, &mut self.chance)));
                rows.insert(key, row.collect::<Row>());
            }
            ingest(&self.world, &successor, &rows, loaded).await;
        }
        let mut descriptor = self.now.tables.remove(&id).unwrap().descriptor;
        descriptor.id = successor.id;
        self.now
            .tables
            .insert(successor.id, Table { descriptor, rows });
        let new = successor.id;
        self.commit(async |txn| replace_table(txn, id, new).await.unwrap())
            .await;
        self.saw("truncate");
    }

    async fn rename(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("t{}", self.chance.below(12));
        let database = self.now.tables[&id].descriptor.database;
        if self.named(database, &name) {
            return;
        }
        self.now.tables.get_mut(&id).unwrap().descriptor.name = name.clone();
        self.commit(async |txn| rename_table(txn, id, database, &name).await.unwrap())
            .await;
        self.saw("rename");
    }

    async fn relocate(&mut self) {
        let Some(id) = self.some_table() else { return };
        let descriptor = &self.now.tables[&id].descriptor;
        let name = descriptor.name.clone();
        let to = if descriptor.database == self.bank {
            self.shop
        } else {
            self.bank
        };
        if self.named(to, &name) {
            return;
        }
        self.now.tables.get_mut(&id).unwrap().descriptor.database = to;
        self.commit(async |txn| rename_table(txn, id, to, &name).await.unwrap())
            .await;
        self.saw("move");
    }

    /// Changes a table's definition.
    async fn redefine(&mut self, id: TableId, change: impl Fn(&mut TableDescriptor)) {
        change(&mut self.now.tables.get_mut(&id).unwrap().descriptor);
        let change = &change;
        self.commit(async |txn| {
            let mut table = read_table(txn, id).await.unwrap();
            change(&mut table);
            put_table(txn, &table).await.unwrap();
        })
        .await;
    }

    async fn add_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("c{}", self.chance.below(8));
        if self.now.tables[&id]
            .descriptor
            .column_named(&name)
            .is_some()
        {
            return;
        }
        let missing = (!self.chance.one_in(3)).then(|| self.chance.below(90).to_string());
        self.redefine(id, |table| {
            let new = ColumnDescriptor {
                missing_value: missing.clone(),
                ..ColumnDescriptor::new(table.next_column, &name, ColumnType::Int8)
            };
            table.next_column.0 += 1;
            table.columns.push(new);
        })
        .await;
        self.saw("add column");
    }

    async fn drop_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let columns = self.now.tables[&id].descriptor.columns.len();
        if columns < 2 {
            return;
        }
        let at = 1 + self.chance.below(columns - 1);
        self.redefine(id, |table| {
            let gone = table.columns.remove(at);
            table
                .indexes
                .retain(|index| index.columns.iter().all(|part| part.column != gone.id));
        })
        .await;
        self.saw("drop column");
    }

    async fn rename_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let table = &self.now.tables[&id].descriptor;
        let (at, name) = (
            self.chance.below(table.columns.len()),
            format!("c{}", self.chance.below(8)),
        );
        if at == 0 || table.column_named(&name).is_some() {
            return;
        }
        self.redefine(id, |table| table.columns[at].name = name.clone())
            .await;
        self.saw("rename column");
    }

    async fn change_index(&mut self) {
        let Some(id) = self.some_table() else { return };
        let table = &self.now.tables[&id].descriptor;
        let public: Vec<ColumnId> = table
            .columns
            .iter()
            .filter(|column| column.state.is_public())
            .map(|column| column.id)
            .collect();
        let Some(column) = self.chance.of(&public).copied() else {
            return;
        };
        let drop = !table.indexes.is_empty() && self.chance.one_in(2);
        let name = format!("index {}", self.fresh());
        self.redefine(id, |table| {
            if drop {
                table.indexes.remove(0);
            } else {
                let parts = vec![part(column.0, Direction::Descending)];
                table
                    .push_index(&name, false, parts, StepState::Public)
                    .unwrap();
            }
        })
        .await;
        self.saw("index");
    }

    /// A column that writers keep up and nobody reads.
    async fn begin_column(&mut self) {
        let Some(id) = self.some_table() else { return };
        let name = format!("w{}", self.fresh());
        self.redefine(id, |table| {
            let new = ColumnDescriptor {
                state: StepState::WriteOnly,
                ..ColumnDescriptor::new(table.next_column, &name, ColumnType::Int8)
            };
            table.next_column.0 += 1;
            table.columns.push(new);
        })
        .await;
        self.saw("begin column");
    }

    /// Fills such a column where it is absent, and shows it; or takes it away.
    async fn publish_column(&mut self) {
        let waiting = self.now.tables.iter().find_map(|(id, table)| {
            let column = table
                .descriptor
                .columns
                .iter()
                .find(|column| !column.state.is_public())?;
            Some((*id, column.id))
        });
        let Some((id, column)) = waiting else { return };
        if self.chance.one_in(3) {
            return self
                .redefine(id, |table| table.columns.retain(|other| other.id != column))
                .await;
        }
        let table = self.now.tables.get_mut(&id).unwrap();
        let descriptor = table.descriptor.clone();
        let mut filled = Vec::new();
        for (key, row) in &mut table.rows {
            if let Entry::Vacant(place) = row.entry(column) {
                place.insert(Datum::Int8(77));
                filled.push((*key, row.clone()));
            }
        }
        let (descriptor, filled) = (&descriptor, &filled);
        self.commit(async |txn| {
            for (key, row) in filled {
                put(txn, descriptor, *key, Some(row));
            }
        })
        .await;
        self.redefine(id, |table| {
            for other in &mut table.columns {
                if other.id == column {
                    other.state = StepState::Public;
                }
            }
        })
        .await;
        self.saw("publish column");
    }

    async fn rename_bank(&mut self) {
        let name = format!("bank{}", self.fresh());
        self.now.bank = name.clone();
        let bank = self.bank;
        self.commit(async |txn| rename_database(txn, bank, &name).await.unwrap())
            .await;
        self.saw("rename database");
    }

    /// What the node does in the background, but as late as the chain allows.
    async fn collect(&mut self) {
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
    fn between(&mut self, low: Version, high: Version) -> Version {
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

    async fn backup(&mut self) {
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

    fn settings(&self) -> Settings {
        self.world.backup.settings.clone()
    }

    async fn manifest(&self, location: &str) -> Manifest {
        let store = Location::parse(location)
            .unwrap()
            .open(&self.settings())
            .unwrap();
        Manifest::read(store.as_ref()).await.unwrap()
    }

    /// A layer knows of each table what reading it at the end would find.
    async fn check_fingerprints(&self, location: &str, end: Version) {
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

    async fn restore(&mut self) {
        if self.chain.is_empty() {
            return;
        }
        let count = 1 + self.chance.below(self.chain.len());
        let covering = 1 + self.chance.below(count);
        let layer = &self.chain[covering - 1];
        let (end, history) = (layer.end, layer.history);
        let low = match covering {
            1 => self.past[0].0,
            _ => self.chain[covering - 2].end.next(),
        };
        let inside = history && low < end && !self.chance.one_in(4);
        let at = if inside { self.between(low, end) } else { end };
        let as_of = if !inside && covering == count && self.chance.one_in(2) {
            None
        } else {
            Some(at)
        };
        let from: Vec<String> = self.chain[..count]
            .iter()
            .map(|layer| format!("'{}'", layer.location))
            .collect();
        let state = self.state_at(at).clone();
        let name = format!("r{}", self.fresh());
        let statement = format!(
            "RESTORE DATABASE {} FROM {} WITH new_db_name = '{name}'",
            state.bank,
            from.join(", ")
        );
        let outcome = match as_of {
            Some(at) => self.world.restore_at(&statement, at).await,
            None => self.world.restore(&statement).await,
        };
        let context = format!("{statement} at {as_of:?} of {covering}");
        match outcome {
            Ok(_) => {}
            // What was collected when a full backup was made cannot be told.
            Err(error)
                if covering == 1
                    && inside
                    && at < self.floor
                    && error.kind() == ErrorKind::Invalid =>
            {
                return self.saw("restore below the beginning");
            }
            Err(error) => panic!("{context}: {error}"),
        }
        self.compare(&name, &state, &context).await;
        self.world.drop_for_good(&name).await;
        self.saw(if inside {
            "restore inside a window"
        } else {
            "restore at an end"
        });
        if count > 4 {
            self.saw("restore of a long chain");
        }
    }

    async fn compare(&self, database: &str, state: &State, context: &str) {
        let view = self.world.view().await;
        let id = view.database(database).expect(context).id;
        let found: Vec<TableDescriptor> = view
            .tables_of(id)
            .into_iter()
            .map(|table| table.as_ref().clone())
            .collect();
        let expected = state
            .tables
            .values()
            .filter(|table| table.descriptor.database == self.bank);
        let mut expected: Vec<&Table> = expected.collect();
        expected.sort_by(|a, b| a.descriptor.name.cmp(&b.descriptor.name));
        let names = |tables: &[TableDescriptor]| {
            tables
                .iter()
                .map(|table| table.name.clone())
                .collect::<Vec<_>>()
        };
        let wanted: Vec<TableDescriptor> = expected
            .iter()
            .map(|table| table.descriptor.public_part())
            .collect();
        assert_eq!(names(&found), names(&wanted), "{context}");
        for ((found, wanted), table) in found.iter().zip(&wanted).zip(expected) {
            let context = format!("{context}: {}", wanted.name);
            assert_eq!(found.columns, wanted.columns, "{context}");
            assert_eq!(found.indexes, wanted.indexes, "{context}");
            let mut rows: Vec<Vec<Datum>> = table
                .rows
                .iter()
                .map(|(key, row)| visible(&table.descriptor, *key, row))
                .collect();
            let codec = TableCodec::new(found).unwrap();
            rows.sort_by_key(|row| codec.key(row).unwrap());
            assert_eq!(self.world.rows(found).await, rows, "{context}");
            let mut entries = Vec::new();
            for index in &found.indexes {
                for row in &rows {
                    let (key, value) = codec.index_entry(index, row).unwrap();
                    entries.push((index.id.0, key[8..].to_vec(), value.to_vec()));
                }
            }
            entries.sort();
            assert_eq!(self.world.entries(found).await, entries, "{context}");
        }
    }
}

fn put(txn: &Transaction, table: &TableDescriptor, key: i64, row: Option<&Row>) {
    let codec = TableCodec::new(table).unwrap();
    let datums: Vec<Datum> = table
        .columns
        .iter()
        .map(|column| match (column.id, row) {
            (ColumnId(1), _) => Datum::Int8(key),
            (_, None) => Datum::Null,
            (id, Some(row)) => row.get(&id).cloned().unwrap_or_else(|| missing(column)),
        })
        .collect();
    let (key, value) = codec.encode(&datums).unwrap();
    match row {
        Some(_) => txn.put(key, value).unwrap(),
        None => txn.delete(key).unwrap(),
    }
}

/// Rows written in bulk, as COPY does, with the version of the commit that made the table.
async fn ingest(
    world: &World,
    table: &TableDescriptor,
    rows: &BTreeMap<i64, Row>,
    version: Version,
) {
    let codec = TableCodec::new(table).unwrap();
    let mut sorted = BTreeMap::new();
    for (key, row) in rows {
        let mut datums = vec![Datum::Int8(*key)];
        datums.extend(
            table
                .columns
                .iter()
                .skip(1)
                .map(|column| row[&column.id].clone()),
        );
        let (key, value) = codec.encode(&datums).unwrap();
        sorted.insert(key, value);
    }
    let mut revisions = cairn_storage::Revisions::new();
    for (key, value) in &sorted {
        revisions.push(key, version, Some(value));
    }
    let stream = Box::pin(futures::stream::iter([Ok(revisions)]));
    world
        .engine
        .ingest(&primary_span(table), stream)
        .await
        .unwrap();
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

async fn run(world: World, seed: u64, steps: u64) {
    println!("CAIRN_MODEL_SEED={seed} CAIRN_MODEL_STEPS={steps}");
    let mut model = Model::new(world, seed).await;
    for _ in 0..steps {
        model.step().await;
    }
    println!("{:?}", model.seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_on_memory() {
    let seed = number("CAIRN_MODEL_SEED", 1);
    run(
        World::memory().await,
        seed,
        number("CAIRN_MODEL_STEPS", 600),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_on_lsm() {
    let seed = number("CAIRN_MODEL_SEED", 2);
    run(World::lsm().await, seed, number("CAIRN_MODEL_STEPS", 200)).await;
}
