//! Everything in the catalog as of one version, looked up without waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cairn_storage::{Entries, Read, ScanLimit, Span, TableId, Version};

use crate::{Change, DatabaseDescriptor, DatabaseId, Error, Result, TableDescriptor, Zone, layout};

/// The catalog at one version. Names are found among public objects only; what is offline is listed by calls of
/// its own, what is being dropped by none. Of a table there is what is public: `written_table` has the rest.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub(crate) databases: BTreeMap<DatabaseId, Arc<DatabaseDescriptor>>,
    tables: BTreeMap<TableId, Arc<TableDescriptor>>,
    /// As writers see them, the tables of which readers do not see all.
    unfinished: BTreeMap<TableId, Arc<TableDescriptor>>,
    database_names: HashMap<String, DatabaseId>,
    table_names: HashMap<(DatabaseId, String), TableId>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) default_zone: Option<Zone>,
}

impl View {
    /// Reads the whole catalog. Through a transaction it sees that transaction's own changes, and conflicts with
    /// everybody else's.
    ///
    /// # Errors
    /// `Format` or `Damaged` for a descriptor that cannot be understood: then nothing may be done by name.
    pub async fn load(read: &dyn Read) -> Result<Self> {
        let mut view = Self::default();
        for_each(read, &layout::databases(), |_, value, _| {
            let database = DatabaseDescriptor::from_json(value)?;
            if database.state.is_public() {
                view.database_names
                    .insert(database.name.clone(), database.id);
            }
            view.databases.insert(database.id, Arc::new(database));
            Ok(())
        })
        .await?;
        let mut public_since = HashMap::new();
        for_each(read, &layout::public_sinces(), |key, _, version| {
            public_since.insert(layout::table_of(key)?, version);
            Ok(())
        })
        .await?;
        for_each(read, &layout::tables(), |_, value, _| {
            let mut table = TableDescriptor::from_json(value)?;
            if table.state.is_public() {
                table.public_since = public_since.get(&table.id).copied().flatten();
                view.table_names
                    .insert((table.database, table.name.clone()), table.id);
            }
            view.insert(table);
            Ok(())
        })
        .await?;
        view.load_cluster(read).await?;
        Ok(view)
    }

    /// A catalog of these objects alone, found by id: of two with one name either may be found by it.
    pub fn of(databases: Vec<DatabaseDescriptor>, tables: Vec<TableDescriptor>) -> Self {
        let mut view = Self::default();
        for database in databases {
            view.database_names
                .insert(database.name.clone(), database.id);
            view.databases.insert(database.id, Arc::new(database));
        }
        for table in tables {
            view.table_names
                .insert((table.database, table.name.clone()), table.id);
            view.insert(table);
        }
        view
    }

    /// What is the same for all databases.
    async fn load_cluster(&mut self, read: &dyn Read) -> Result<()> {
        for_each(read, &layout::settings(), |key, value, _| {
            let value = String::from_utf8_lossy(value).into_owned();
            self.settings.insert(layout::setting_of(key)?, value);
            Ok(())
        })
        .await?;
        for_each(read, &layout::zones(), |_, value, _| {
            let zone = serde_json::from_slice(value);
            self.default_zone = Some(zone.map_err(|source| Error::damaged("zone", source))?);
            Ok(())
        })
        .await
    }

    fn insert(&mut self, mut table: TableDescriptor) {
        if let Some(published) = table.published() {
            let written = std::mem::replace(&mut table, published);
            self.unfinished.insert(table.id, Arc::new(written));
        }
        self.tables.insert(table.id, Arc::new(table));
    }

    /// The catalog after a change, the commit of that version.
    #[must_use]
    pub fn after(&self, version: Version, change: &Change) -> Self {
        let mut view = self.clone();
        for (id, database) in &change.databases {
            if let Some(old) = view.databases.remove(id)
                && view.database_names.get(&old.name) == Some(id)
            {
                view.database_names.remove(&old.name);
            }
            view.databases
                .extend(database.clone().map(|database| (*id, database)));
        }
        for (id, table) in &change.tables {
            let old = view.tables.remove(id);
            view.unfinished.remove(id);
            let public_since = match &old {
                Some(old) if old.state.is_public() => old.public_since,
                _ => Some(version),
            };
            if let Some(old) = old
                && view.table_names.get(&(old.database, old.name.clone())) == Some(id)
            {
                view.table_names.remove(&(old.database, old.name.clone()));
            }
            let Some(table) = table else { continue };
            let mut table = TableDescriptor::clone(table);
            table.public_since = public_since.filter(|_| table.state.is_public());
            view.insert(table);
        }
        // Names last: within one change they may go from one object to another.
        for (id, _) in &change.databases {
            if let Some(database) = view
                .databases
                .get(id)
                .filter(|found| found.state.is_public())
            {
                view.database_names.insert(database.name.clone(), *id);
            }
        }
        for (id, _) in &change.tables {
            if let Some(table) = view.tables.get(id).filter(|found| found.state.is_public()) {
                view.table_names
                    .insert((table.database, table.name.clone()), *id);
            }
        }
        view
    }

    /// The public databases, by id.
    pub fn databases(&self) -> impl Iterator<Item = &Arc<DatabaseDescriptor>> {
        self.databases
            .values()
            .filter(|database| database.state.is_public())
    }

    pub fn database(&self, name: &str) -> Option<&Arc<DatabaseDescriptor>> {
        self.databases.get(self.database_names.get(name)?)
    }

    pub fn database_by_id(&self, id: DatabaseId) -> Option<&Arc<DatabaseDescriptor>> {
        self.databases
            .get(&id)
            .filter(|database| database.state.is_public())
    }

    /// The public table of that name.
    pub fn table(&self, database: DatabaseId, name: &str) -> Option<&Arc<TableDescriptor>> {
        self.tables
            .get(self.table_names.get(&(database, name.to_owned()))?)
    }

    /// A table in any state, dropped ones included until their rows are gone.
    pub fn any_table(&self, id: TableId) -> Option<&Arc<TableDescriptor>> {
        self.tables.get(&id)
    }

    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<TableDescriptor>> {
        self.tables.get(&id).filter(|table| table.state.is_public())
    }

    /// A public table with what a schema change has not finished: what writers keep up.
    pub fn written_table(&self, id: TableId) -> Option<&Arc<TableDescriptor>> {
        let table = self.table_by_id(id)?;
        Some(self.unfinished.get(&id).unwrap_or(table))
    }

    /// The public tables of a database, by name.
    pub fn tables_of(&self, database: DatabaseId) -> Vec<&Arc<TableDescriptor>> {
        let mut tables: Vec<_> = self
            .tables()
            .filter(|table| table.database == database)
            .collect();
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        tables
    }

    /// The public tables of all databases, by id.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<TableDescriptor>> {
        self.tables.values().filter(|table| table.state.is_public())
    }

    /// The offline tables, for the job that fills them and for what cleans up after it.
    pub fn offline_tables(&self) -> impl Iterator<Item = &Arc<TableDescriptor>> {
        self.tables
            .values()
            .filter(|table| table.state.offline().is_some())
    }

    /// The offline databases.
    pub fn offline_databases(&self) -> impl Iterator<Item = &Arc<DatabaseDescriptor>> {
        self.databases
            .values()
            .filter(|database| database.state.offline().is_some())
    }

    /// The offline database that has taken this name, if any.
    pub fn offline_database(&self, name: &str) -> Option<&Arc<DatabaseDescriptor>> {
        self.offline_databases()
            .find(|database| database.name == name)
    }

    /// The offline table that has taken this name, if any: so that the error can say why the name is not free.
    pub fn offline_table(&self, database: DatabaseId, name: &str) -> Option<&Arc<TableDescriptor>> {
        self.offline_tables()
            .find(|table| table.database == database && table.name == name)
    }
}

/// Calls `visit` with key, value and version (None: written by the reading transaction itself) of each record.
pub(crate) async fn for_each(
    read: &(dyn Read + '_),
    span: &Span,
    mut visit: impl FnMut(&[u8], &[u8], Option<Version>) -> Result<()> + Send,
) -> Result<()> {
    let mut rest = Some(span.clone());
    while let Some(span) = rest {
        let chunk = read.scan(&span, ScanLimit::default()).await?;
        let entries: &Entries = &chunk.items;
        for entry in entries.iter() {
            let committed = (entry.version != Version::PENDING).then_some(entry.version);
            visit(entry.key, entry.value, committed)?;
        }
        rest = chunk.resume.map(|start| span.from(start));
    }
    Ok(())
}
