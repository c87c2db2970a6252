//! What is in a backup, for people.

use std::fmt;

use arrow::temporal_conversions::timestamp_us_to_datetime;

use crate::manifest::{BackupKind, Instant, Manifest};

/// Prints a manifest as `cairn backup ls` shows it: what kind, which instants, then one line per table.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a>(pub &'a Manifest);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest {
            backup,
            cluster,
            job,
            kind,
            revision_history,
            window,
            targets,
            created_by,
            ..
        } = self.0;
        let kind = match kind {
            BackupKind::Full => "full",
            BackupKind::Incremental => "incremental",
        };
        let history = if *revision_history {
            ", with revision history"
        } else {
            ""
        };
        writeln!(f, "backup   {backup} ({kind}{history}), by {created_by}")?;
        writeln!(f, "cluster  {cluster}, job {job}")?;
        if let Some(start) = window.start {
            writeln!(f, "after    {}", instant(start))?;
        }
        writeln!(f, "as of    {}", instant(window.end))?;
        writeln!(f, "targets  {}", targets.join(", "))?;
        writeln!(f)?;
        self.table(f)
    }
}

fn instant(instant: Instant) -> String {
    match timestamp_us_to_datetime(instant.unix_micros) {
        Some(time) => format!("{time} UTC (version {})", instant.version),
        None => format!("version {}", instant.version),
    }
}

impl Listing<'_> {
    /// The lines of the tables, columns aligned.
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "table",
            "rows",
            "bytes",
            "files",
            "file bytes",
            "fingerprint",
        ]
        .map(str::to_owned);
        let mut lines = vec![head];
        for table in &self.0.tables {
            let file_bytes = table
                .files
                .iter()
                .fold(0_u64, |sum, file| sum.saturating_add(file.file_bytes));
            lines.push([
                format!("{}.{}", self.0.database_name(table.database), table.name),
                self.0.counted_rows(table).to_string(),
                table.bytes.to_string(),
                table.files.len().to_string(),
                file_bytes.to_string(),
                table.fingerprint.clone().unwrap_or_default(),
            ]);
        }
        let mut widths = [0; 6];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        for [name, rows, bytes, files, file_bytes, fingerprint] in &lines {
            let [
                wide_name,
                wide_rows,
                wide_bytes,
                wide_files,
                wide_file_bytes,
                _,
            ] = widths;
            writeln!(
                f,
                "{name:wide_name$}  {rows:>wide_rows$}  {bytes:>wide_bytes$}  {files:>wide_files$}  \
                 {file_bytes:>wide_file_bytes$}  {fingerprint}"
            )?;
        }
        Ok(())
    }
}
