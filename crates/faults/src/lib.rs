//! Mistakes that are made on purpose, so that it is seen that tests find them: of backup and restore, and panics.
//!
//! WHAT
//!   Each [`Fault`] is a mistake of a kind that other systems have shipped. The code asks [`is_planted`] at the place where the mistake
//!   would be, and the variable `CAIRN_PLANTED_FAULT` names one when a test's server starts.
//! INVARIANT
//!   Nothing of this is in a product. Without the feature `planted`, for which only the tests in `e2e` ask, and in every build with
//!   optimisation, `is_planted` is the constant `false`, and the compiler removes what it guards (docs/adr/0005-planted-faults.md).

/// Which mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An incremental leaves out deletions.
    TombstonesSkipped,
    /// A window ends just before its end.
    WindowEnd,
    /// The last batch of a table's rows is lost before it is counted.
    LastBatchLost,
    /// An incremental carries the descriptor of its beginning.
    OldDescriptor,
    /// A truncated table is taken for one that goes on.
    TruncateMissed,
    /// A derived fingerprint keeps the row that was overwritten.
    FingerprintOldRow,
    /// A restore leaves one layer out.
    LayerSkipped,
    /// A restored index lacks an entry.
    IndexEntryDropped,
    /// A sequence's value is left out.
    SequenceNotCarried,
    /// A history lacks the rows that were there when its window begins.
    PreWindowRowOmitted,
    /// A restored table lacks a foreign key.
    ForeignKeyDropped,
    /// A view of a restored database reads the database that it came from.
    ViewNotRewritten,
    /// BACKUP panics, and says what it had in hand, secrets included.
    BackupPanics,
    /// A statement that says `panic` panics, with its text among its words.
    StatementPanics,
}

impl Fault {
    /// Those of backup and restore that say nothing.
    pub const SILENT: [Fault; 12] = [
        Fault::TombstonesSkipped,
        Fault::WindowEnd,
        Fault::LastBatchLost,
        Fault::OldDescriptor,
        Fault::TruncateMissed,
        Fault::FingerprintOldRow,
        Fault::LayerSkipped,
        Fault::IndexEntryDropped,
        Fault::SequenceNotCarried,
        Fault::PreWindowRowOmitted,
        Fault::ForeignKeyDropped,
        Fault::ViewNotRewritten,
    ];
}

/// The variable that names a fault, as `Debug` prints it.
pub const VARIABLE: &str = "CAIRN_PLANTED_FAULT";

/// Whether this process makes a mistake on purpose.
#[cfg(all(feature = "planted", debug_assertions))]
#[must_use]
pub fn is_planted(fault: Fault) -> bool {
    use std::sync::OnceLock;
    static PLANTED: OnceLock<Option<Fault>> = OnceLock::new();
    let planted = PLANTED.get_or_init(|| {
        let name = std::env::var(VARIABLE).ok()?;
        let panics = [Fault::BackupPanics, Fault::StatementPanics];
        let mut all = Fault::SILENT.into_iter().chain(panics);
        all.find(|fault| format!("{fault:?}") == name)
    });
    *planted == Some(fault)
}

/// Whether this process makes a mistake on purpose: never.
#[cfg(not(all(feature = "planted", debug_assertions)))]
#[must_use]
pub const fn is_planted(_fault: Fault) -> bool {
    false
}
