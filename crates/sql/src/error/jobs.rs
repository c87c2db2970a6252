//! From the errors of jobs, backups, restores, archives and storage locations to SQLSTATEs.

use super::{SqlError, SqlState};

impl From<cairn_jobs::Error> for SqlError {
    fn from(error: cairn_jobs::Error) -> Self {
        use cairn_jobs::{Error, ErrorKind};
        let state = match (error.kind(), &error) {
            (_, Error::Unknown(_)) => SqlState::UndefinedObject,
            (ErrorKind::Request, _) => SqlState::ObjectNotInPrerequisiteState,
            (ErrorKind::Unsupported, _) => SqlState::FeatureNotSupported,
            (ErrorKind::Canceled, _) => SqlState::QueryCanceled,
            (ErrorKind::Storage, Error::Storage(_)) => {
                let Error::Storage(source) = error else {
                    return SqlError::internal("no storage error");
                };
                return source.into();
            }
            (ErrorKind::Storage | ErrorKind::Bug, _) => SqlState::InternalError,
        };
        SqlError::new(state, with_causes(&error))
    }
}

impl From<cairn_blob::Error> for SqlError {
    fn from(error: cairn_blob::Error) -> Self {
        let answer = SqlError::new(store_state(error.kind()), with_causes(&error));
        match error {
            cairn_blob::Error::UnsupportedScheme { .. } => answer.hint(
                "a location is a URL that begins with nodelocal://, s3://, azure://, gs://, http:// or https://",
            ),
            _ => answer,
        }
    }
}

fn store_state(kind: cairn_blob::Kind) -> SqlState {
    use cairn_blob::Kind;
    match kind {
        Kind::Invalid => SqlState::InvalidParameterValue,
        Kind::Unsupported => SqlState::FeatureNotSupported,
        Kind::Refused | Kind::Denied => SqlState::InsufficientPrivilege,
        Kind::NotFound => SqlState::UndefinedFile,
        Kind::AlreadyExists => SqlState::DuplicateFile,
        Kind::Full => SqlState::DiskFull,
        Kind::Io => SqlState::IoError,
        Kind::Key => SqlState::ConfigFileError,
        Kind::Internal => SqlState::InternalError,
    }
}

impl From<cairn_archive::Error> for SqlError {
    fn from(error: cairn_archive::Error) -> Self {
        use cairn_archive::Kind;
        let state = match error.kind() {
            Kind::Store(kind) => store_state(kind),
            Kind::NotFound => SqlState::UndefinedFile,
            Kind::InUse => SqlState::DuplicateFile,
            Kind::Damaged => SqlState::DataCorrupted,
            Kind::Unsupported => SqlState::FeatureNotSupported,
            Kind::TooLarge => SqlState::ProgramLimitExceeded,
            Kind::LocalIo => SqlState::IoError,
            Kind::Internal => SqlState::InternalError,
        };
        let answer = SqlError::new(state, with_causes(&error));
        match error {
            cairn_archive::Error::NoBackup { .. } => {
                answer.hint("one that is under way, or was broken off, is none yet: SHOW JOBS")
            }
            _ => answer,
        }
    }
}

impl From<cairn_backup::Error> for SqlError {
    fn from(error: cairn_backup::Error) -> Self {
        use cairn_backup::{Error, ErrorKind};
        let state = match error.kind() {
            ErrorKind::UnknownDatabase => SqlState::InvalidCatalogName,
            ErrorKind::UnknownTable => SqlState::UndefinedTable,
            ErrorKind::Interleaved => SqlState::DependentObjectsStillExist,
            ErrorKind::Chain => SqlState::InvalidParameterValue,
            ErrorKind::Collected | ErrorKind::BaseCollected => {
                SqlState::ObjectNotInPrerequisiteState
            }
            ErrorKind::Damaged => SqlState::DataCorrupted,
            ErrorKind::Bug => SqlState::InternalError,
            _ => match error {
                Error::Base(unreadable) => {
                    let text = format!(
                        "failed to read backup from {:?}: {}",
                        unreadable.location, unreadable.source
                    );
                    return SqlError {
                        message: text,
                        ..unreadable.source.into()
                    };
                }
                Error::Archive(source) => return source.into(),
                Error::Blob(source) => return source.into(),
                Error::Catalog(source) => return source.into(),
                Error::Jobs(source) => return source.into(),
                Error::Rows(source) => return source.into(),
                Error::Storage(source) => return source.into(),
                _ => SqlState::InternalError,
            },
        };
        let hint = backup_hint(error.kind());
        let error = SqlError::new(state, with_causes(&error));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// What to do, where the message does not say it.
fn backup_hint(kind: cairn_backup::ErrorKind) -> Option<&'static str> {
    use cairn_backup::ErrorKind;
    match kind {
        ErrorKind::UnknownDatabase | ErrorKind::UnknownTable => Some(
            "a backup holds what there was at its end; SHOW TABLES FROM a database shows what there is now",
        ),
        ErrorKind::Interleaved => Some("name the whole hierarchy, or its database"),
        _ => None,
    }
}

impl From<cairn_restore::Error> for SqlError {
    fn from(error: cairn_restore::Error) -> Self {
        use cairn_restore::{Error, ErrorKind};
        let state = match error.kind() {
            ErrorKind::UnknownDatabase | ErrorKind::DatabaseMissing => SqlState::InvalidCatalogName,
            ErrorKind::UnknownTable => SqlState::UndefinedTable,
            ErrorKind::DatabaseExists => SqlState::DuplicateDatabase,
            ErrorKind::NameReserved => SqlState::ReservedName,
            ErrorKind::RelationExists => SqlState::DuplicateTable,
            ErrorKind::Offline => SqlState::ObjectInUse,
            ErrorKind::Denied => SqlState::InsufficientPrivilege,
            ErrorKind::Unsupported => SqlState::FeatureNotSupported,
            ErrorKind::Invalid => SqlState::InvalidParameterValue,
            ErrorKind::Dependencies => SqlState::DependentObjectsStillExist,
            ErrorKind::Damaged => SqlState::DataCorrupted,
            ErrorKind::LocalIo => SqlState::IoError,
            ErrorKind::Bug => SqlState::InternalError,
            _ => match error {
                Error::Manifest(source) => {
                    let text = format!("failed to read backup descriptor: {source}");
                    return SqlError {
                        message: text,
                        ..source.into()
                    };
                }
                Error::Archive(source) => return source.into(),
                Error::Blob(source) => return source.into(),
                Error::Catalog(source) => return source.into(),
                Error::Jobs(source) => return source.into(),
                Error::Rows(source) => return source.into(),
                Error::Storage(source) => return source.into(),
                _ => SqlState::InternalError,
            },
        };
        let hint = restore_hint(&error);
        let error = SqlError::new(state, with_causes(&error));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// What to do, where the message does not say it.
fn restore_hint(error: &cairn_restore::Error) -> Option<&'static str> {
    use cairn_restore::{Error, ErrorKind};
    match (error, error.kind()) {
        (Error::Mismatch { .. } | Error::Duplicate { .. } | Error::Unsound(_), _) => Some(
            "nothing of it can be relied on: use another copy of the backup, or an earlier one",
        ),
        (_, ErrorKind::UnknownDatabase | ErrorKind::UnknownTable) => {
            Some("SHOW BACKUP shows what a backup holds at its end")
        }
        (_, ErrorKind::DatabaseMissing) => {
            Some("create it first, or choose another with the into_db option")
        }
        (_, ErrorKind::DatabaseExists) => Some(
            "drop or rename it, or give the restored one another name with the new_db_name option",
        ),
        (_, ErrorKind::NameReserved) => {
            Some("give the restored one another name with the new_db_name option")
        }
        (_, ErrorKind::Offline) => Some(super::OFFLINE_HINT),
        (_, ErrorKind::RelationExists) => {
            Some("drop or rename it, or restore into another database with the into_db option")
        }
        (_, ErrorKind::Denied) => Some("choose another database with the into_db option"),
        (_, ErrorKind::Dependencies) => Some("name them all in one RESTORE"),
        _ => None,
    }
}

/// The message with those of its causes that it does not repeat.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}
