//! SHOW BACKUP CONNECTION: what works at a place where backups are to be kept.

use cairn_blob::probe::Finding;
use cairn_catalog::ColumnType;

use super::{Columns, values::text};
use crate::Result;

pub(super) fn columns() -> Columns {
    Columns::new(&[
        ("check", text()),
        ("result", text()),
        ("needed_for", text()),
        ("mib_per_second", ColumnType::Float8),
        ("problem", text()),
    ])
}

pub(crate) fn push(finding: &Finding, rows: &mut Columns) -> Result<()> {
    let speed = finding.bytes_per_second;
    // To a tenth: more would be noise.
    let speed = speed.map(|bytes| (bytes / f64::from(1 << 20) * 10.0).round() / 10.0);
    rows.push(vec![
        finding.step.name().into(),
        finding.outcome.word().into(),
        finding.step.needed_for().into(),
        speed.into(),
        finding.outcome.problem().into(),
    ])
}
