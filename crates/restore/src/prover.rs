//! What a table's revisions amount to at the ends of its layers.

use cairn_rows::{Fingerprint, Fingerprinter};
use cairn_storage::Revision;

use crate::error::Result;
use crate::history::Checkpoint;
use crate::proof::Proof;

/// Sums up the rows of each checkpoint, given all revisions: key up, version down.
pub struct Prover<'a> {
    /// Newest first.
    checkpoints: &'a [Checkpoint],
    /// One per shape, and per checkpoint which.
    fingerprinters: Vec<Fingerprinter>,
    shapes: Vec<usize>,
    pub proofs: Vec<Proof>,
    key: Option<Vec<u8>>,
    /// So many checkpoints have their row of the key.
    passed: usize,
}

impl<'a> Prover<'a> {
    pub fn new(checkpoints: &'a [Checkpoint]) -> Result<Self> {
        let (mut fingerprinters, mut shapes) = (Vec::new(), Vec::with_capacity(checkpoints.len()));
        let mut previous = None;
        for checkpoint in checkpoints {
            // What else of a descriptor changes does not matter to a fingerprint.
            let shape = (&checkpoint.shape.columns, &checkpoint.shape.primary.columns);
            if previous != Some(shape) {
                fingerprinters.push(Fingerprinter::new(&checkpoint.shape)?);
                previous = Some(shape);
            }
            shapes.push(fingerprinters.len().saturating_sub(1));
        }
        Ok(Prover {
            checkpoints,
            fingerprinters,
            shapes,
            proofs: vec![Proof::default(); checkpoints.len()],
            key: None,
            passed: 0,
        })
    }

    /// Takes the next revision; true for a key's first.
    ///
    /// # Errors
    /// Damage.
    pub fn look(&mut self, revision: &Revision<'_>) -> Result<bool> {
        let first = self.key.as_deref() != Some(revision.key);
        if first {
            let key = self.key.get_or_insert_default();
            key.clear();
            key.extend_from_slice(revision.key);
            self.passed = 0;
        }
        self.prove(revision)?;
        Ok(first)
    }

    fn prove(&mut self, revision: &Revision<'_>) -> Result<()> {
        let mut last: Option<(usize, Fingerprint)> = None;
        while let Some(checkpoint) = self.checkpoints.get(self.passed)
            && revision.version <= checkpoint.at
        {
            let place = self.passed;
            self.passed += 1;
            let (Some(value), Some(shape), Some(proof)) = (
                revision.value,
                self.shapes.get(place),
                self.proofs.get_mut(place),
            ) else {
                continue;
            };
            let fingerprint = match last {
                Some((of, fingerprint)) if of == *shape => fingerprint,
                _ => match self.fingerprinters.get(*shape) {
                    Some(fingerprinter) => fingerprinter.row(revision.key, value)?,
                    None => continue,
                },
            };
            last = Some((*shape, fingerprint));
            proof.rows += 1;
            proof.fingerprint.add(fingerprint);
        }
        Ok(())
    }
}
