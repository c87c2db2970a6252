//! BACKUP, RESTORE and SHOW BACKUP: the statement's expressions evaluated, its user and place checked; the rest is the crates'
//! `backup` and `restore`.

use cairn_archive::Manifest;
use cairn_blob::Location;
use cairn_blob::probe::probe;
use cairn_jobs::JobId;
use cairn_syntax::{Backup, BackupForm, LocationExpr, OptionValue, Restore, Statement, WithOption};
use datafusion::scalar::ScalarValue;

use super::Session;
use crate::{
    Answer, Notice, Result, SqlError, SqlState,
    admin::settings::ClusterSettings,
    show::{self, Columns},
};

/// An option's name and whether it takes a value; `later`: known, but not done yet.
struct Known {
    name: &'static str,
    takes_value: bool,
    later: bool,
}

const fn now(name: &'static str, takes_value: bool) -> Known {
    Known {
        name,
        takes_value,
        later: false,
    }
}

const fn later(name: &'static str) -> Known {
    Known {
        name,
        takes_value: false,
        later: true,
    }
}

const BACKUP_OPTIONS: [Known; 10] = [
    now("revision_history", false),
    now("detached", false),
    later("encryption_passphrase"),
    later("kms"),
    later("incremental_location"),
    later("include_deprecated_interleaves"),
    later("execution locality"),
    later("include_all_virtual_clusters"),
    later("updates_cluster_monitoring_metrics"),
    later("strict storage locality"),
];

const RESTORE_OPTIONS: [Known; 24] = [
    now("into_db", true),
    now("new_db_name", true),
    now("skip_missing_foreign_keys", false),
    now("skip_missing_sequences", false),
    now("skip_missing_views", false),
    now("detached", false),
    later("encryption_passphrase"),
    later("kms"),
    later("incremental_location"),
    later("schema_only"),
    later("verify_backup_table_data"),
    later("skip_missing_sequence_owners"),
    later("skip_missing_udfs"),
    later("skip_localities_check"),
    later("debug_pause_on"),
    later("execution locality"),
    later("unsafe_restore_incompatible_version"),
    later("virtual_cluster"),
    later("virtual_cluster_name"),
    later("tenant_name"),
    later("remove_regions"),
    later("experimental deferred copy"),
    later("experimental copy"),
    later("grants"),
];

const SHOW_OPTIONS: [Known; 9] = [
    now("check_files", false),
    later("privileges"),
    later("as_json"),
    later("debug_ids"),
    later("incremental_location"),
    later("encryption_passphrase"),
    later("kms"),
    later("index"),
    later("skip size"),
];

impl Session {
    pub(super) async fn backup(
        &mut self,
        statement: &Statement,
        backup: &Backup,
        values: &[ScalarValue],
    ) -> Result<Answer> {
        let options = options(&backup.options, &BACKUP_OPTIONS, values)?;
        self.only_root("BACKUP")?;
        ClusterSettings::of(self.node.today().await?.as_ref()).feature("BACKUP")?;
        let detached = is_detached(&backup.options);
        self.may_begin_job("BACKUP", detached)?;
        let end = match &backup.as_of {
            Some(constant) => {
                let version = self.version_of(constant).await?;
                Some(self.node.engine().close(version).await?)
            }
            None => None,
        };
        let to = location(&backup.to, values)?;
        let incremental_from = locations(&backup.incremental_from, values)?;
        let request = cairn_backup::Request {
            targets: backup.targets.clone(),
            current_database: Some(self.database.clone()),
            to,
            end,
            incremental_from,
            revision_history: options.iter().any(|(name, _)| *name == "revision_history"),
            description: description(statement, values),
            user: self.user.clone(),
        };
        if let Some(open) = &mut self.open {
            let transaction = &open.transaction;
            let id = cairn_backup::create(self.node.backups(), &request, transaction).await?;
            open.created_jobs.push(id);
            return detached_answer(id, "BACKUP");
        }
        let prepared = cairn_backup::prepare(self.node.backups(), request).await?;
        let begun = {
            let _committing = self.progress.commit();
            prepared.begin().await
        };
        let started = begun?;
        let id = started.running.id;
        let _waiting = self.progress.wait_for(id);
        if detached {
            return detached_answer(id, "BACKUP");
        }
        let result = started.running.wait().await?;
        let caution = started.store.caution();
        self.note(caution.iter().map(|text| Notice::plain(text)).collect());
        Ok(Answer::Rows {
            stream: show::stream(show::job_result(id, &result)?),
            tag: "BACKUP",
        })
    }

    pub(super) async fn restore(
        &mut self,
        statement: &Statement,
        restore: &Restore,
        values: &[ScalarValue],
    ) -> Result<Answer> {
        let options = options(&restore.options, &RESTORE_OPTIONS, values)?;
        self.only_root("RESTORE")?;
        ClusterSettings::of(self.node.today().await?.as_ref()).feature("RESTORE")?;
        let detached = is_detached(&restore.options);
        self.may_begin_job("RESTORE", detached)?;
        let value_of = |wanted: &str| {
            options
                .iter()
                .find(|(name, _)| *name == wanted)
                .and_then(|(_, value)| value.clone())
        };
        let is_given = |wanted: &str| options.iter().any(|(name, _)| *name == wanted);
        let as_of = match &restore.as_of {
            Some(constant) => Some(self.version_of(constant).await?),
            None => None,
        };
        let request = cairn_restore::Request {
            targets: restore.targets.clone(),
            current_database: Some(self.database.clone()),
            from: locations(&restore.from, values)?,
            as_of,
            options: cairn_restore::Options {
                into_db: value_of("into_db"),
                new_db_name: value_of("new_db_name"),
                skip_missing_foreign_keys: is_given("skip_missing_foreign_keys"),
                skip_missing_sequences: is_given("skip_missing_sequences"),
                skip_missing_views: is_given("skip_missing_views"),
            },
            description: description(statement, values),
            user: self.user.clone(),
        };
        if let Some(open) = &mut self.open {
            let transaction = &open.transaction;
            let (id, left_out) =
                cairn_restore::create(self.node.restores(), &request, transaction).await?;
            open.created_jobs.push(id);
            self.note(left_out.iter().map(|view| of_left_out(view)).collect());
            return detached_answer(id, "RESTORE");
        }
        let prepared = cairn_restore::prepare(self.node.restores(), request).await?;
        let left_out = prepared.left_out().iter();
        let left_out = left_out.map(|view| of_left_out(view)).collect();
        let begun = {
            let _committing = self.progress.commit();
            prepared.begin().await
        };
        let running = begun?;
        let id = running.id;
        let _waiting = self.progress.wait_for(id);
        self.note(left_out);
        if detached {
            return detached_answer(id, "RESTORE");
        }
        let result = running.wait().await?;
        Ok(Answer::Rows {
            stream: show::stream(show::job_result(id, &result)?),
            tag: "RESTORE",
        })
    }

    pub(crate) async fn show_backup(
        &mut self,
        form: BackupForm,
        from: &[LocationExpr],
        given: &[WithOption],
        values: &[ScalarValue],
        rows: &mut Columns,
    ) -> Result<()> {
        options(given, &SHOW_OPTIONS, values)?;
        self.only_root("SHOW BACKUP")?;
        let settings = self.node.backups().storage().await?;
        let stores = locations(from, values)?
            .iter()
            .map(|location| location.open(&settings))
            .collect::<Result<Vec<_>, _>>()?;
        if show::checks_files(given) {
            let checked = cairn_restore::check(self.node.restores(), stores).await?;
            for (layer, proved) in checked.layers.iter().zip(&checked.proved) {
                show::backup::push(&layer.manifest, form, Some(proved), rows)?;
            }
            return Ok(());
        }
        for store in stores {
            let manifest = Manifest::read(store.as_ref()).await?;
            show::backup::push(&manifest, form, None, rows)?;
        }
        Ok(())
    }

    pub(crate) async fn show_backup_connection(
        &mut self,
        place: &LocationExpr,
        values: &[ScalarValue],
        rows: &mut Columns,
    ) -> Result<()> {
        self.only_root("SHOW BACKUP CONNECTION")?;
        let settings = self.node.backups().storage().await?.impatient();
        let store = location(place, values)?.open(&settings)?;
        for finding in probe(store.as_ref()).await {
            show::connection::push(&finding, rows)?;
        }
        Ok(())
    }

    /// Who waits for a job cannot do so inside a transaction: the job begins when that is committed.
    fn may_begin_job(&self, what: &str, detached: bool) -> Result<()> {
        match (self.outside_transaction(what), &self.open) {
            _ if detached => Ok(()),
            (Err(error), Some(open)) if !open.implicit => Err(error.hint(format!(
                "{what} … WITH detached may be: its job begins at COMMIT"
            ))),
            (outside, _) => outside,
        }
    }
}

/// Whether the statement answers before its job is done.
pub(super) fn is_detached(options: &[WithOption]) -> bool {
    options.iter().any(|option| option.key == "detached")
}

fn of_left_out(view: &str) -> Notice {
    Notice::plain(&format!(
        "view {view} is left out: it reads what is not restored"
    ))
}

fn detached_answer(id: JobId, tag: &'static str) -> Result<Answer> {
    Ok(Answer::Rows {
        stream: show::stream(show::job_begun(id)?),
        tag,
    })
}

/// The statement as SHOW JOBS shows it: normal form, parameters replaced by their values, secrets by `redacted`.
fn description(statement: &Statement, values: &[ScalarValue]) -> String {
    let mut filled = statement.clone();
    match &mut filled {
        Statement::Backup(backup) => {
            fill(
                [&mut backup.to]
                    .into_iter()
                    .chain(&mut backup.incremental_from),
                &mut backup.options,
                values,
            );
        }
        Statement::Restore(restore) => fill(&mut restore.from, &mut restore.options, values),
        _ => {}
    }
    filled.redacted(&cairn_blob::redact)
}

fn fill<'a>(
    locations: impl IntoIterator<Item = &'a mut LocationExpr>,
    options: &mut [WithOption],
    values: &[ScalarValue],
) {
    for location in locations {
        if let LocationExpr::Placeholder(number) = location
            && let Ok(text) = parameter(*number, values)
        {
            *location = LocationExpr::Text(text);
        }
    }
    for option in options {
        if let Some(OptionValue::Placeholder(number)) = option.value
            && let Ok(text) = parameter(number, values)
        {
            option.value = Some(OptionValue::Text(text));
        }
    }
}

fn locations(list: &[LocationExpr], values: &[ScalarValue]) -> Result<Vec<Location>> {
    list.iter()
        .map(|location| self::location(location, values))
        .collect()
}

fn location(location: &LocationExpr, values: &[ScalarValue]) -> Result<Location> {
    let text = match location {
        LocationExpr::Text(text) => text.clone(),
        LocationExpr::Placeholder(number) => parameter(*number, values)?,
        LocationExpr::List(_) => {
            return Err(SqlError::unsupported("a list of localities as a location"));
        }
    };
    Ok(Location::parse(&text)?)
}

/// The text that was given for `$n`.
fn parameter(number: usize, values: &[ScalarValue]) -> Result<String> {
    match number.checked_sub(1).and_then(|place| values.get(place)) {
        Some(ScalarValue::Utf8(Some(text))) => Ok(text.clone()),
        Some(ScalarValue::Utf8(None) | ScalarValue::Null) => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            format!("parameter ${number} must not be NULL"),
        )),
        Some(_) => Err(SqlError::new(
            SqlState::DatatypeMismatch,
            format!("parameter ${number} must be a text"),
        )),
        None => Err(SqlError::new(
            SqlState::UndefinedParameter,
            format!("there is no parameter ${number}"),
        )),
    }
}

/// The options given, checked against those there are.
fn options(
    given: &[WithOption],
    known: &'static [Known],
    values: &[ScalarValue],
) -> Result<Vec<(&'static str, Option<String>)>> {
    given
        .iter()
        .map(|option| {
            let wrong = |text: String| SqlError::new(SqlState::InvalidParameterValue, text);
            let key = &option.key;
            let Some(known) = known.iter().find(|known| known.name == key) else {
                return Err(wrong(format!("invalid option {key:?}")));
            };
            if known.later {
                return Err(SqlError::unsupported(format_args!("option {key:?}")));
            }
            match (&option.value, known.takes_value) {
                (None, false) => Ok((known.name, None)),
                (None, true) => Err(wrong(format!("option {key:?} requires a value"))),
                (Some(_), false) => Err(wrong(format!("option {key:?} does not take a value"))),
                (Some(OptionValue::Text(text)), true) => Ok((known.name, Some(text.clone()))),
                (Some(OptionValue::Placeholder(number)), true) => {
                    Ok((known.name, Some(parameter(*number, values)?)))
                }
                (Some(OptionValue::Other(_) | OptionValue::List(_)), true) => Err(SqlError::new(
                    SqlState::DatatypeMismatch,
                    format!("option {key:?} requires a value of type string"),
                )),
            }
        })
        .collect()
}
