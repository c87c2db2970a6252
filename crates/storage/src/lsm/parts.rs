//! Parts of the change index's epochs: where a backup ended, another part begins.
//!
//! WHAT
//!   A history whose window begins at such a cut leaves out the parts before it, whatever changed in them.
//! INVARIANTS
//!   From a cut on, all commits of its epoch that this process makes go to the part it begins, or a later one.
//! CRASH
//!   Cuts are not stored. A new process begins with the first part again, knows no cut in what it finds, and looks at all parts
//!   of the window's first epoch.

use std::collections::VecDeque;

use parking_lot::RwLock;

use super::layout::{Epoch, Part};
use crate::Version;

/// Cuts that are remembered.
const MOST: usize = 1_000;

/// Where parts began: what readers ask.
#[derive(Default)]
pub(super) struct Cuts(RwLock<VecDeque<Cut>>);

struct Cut {
    at: Version,
    /// Takes what comes after `at`.
    part: Part,
}

impl Cuts {
    /// The first part with changes after a version.
    pub(super) fn first_part(&self, after: Version) -> Part {
        let epoch = Epoch::of(after.next());
        let cuts = self.0.read();
        let last = cuts.iter().rfind(|cut| cut.at <= after);
        let known = last.filter(|cut| cut.part.epoch == epoch);
        known.map_or(Part::first(epoch), |cut| cut.part)
    }

    fn add(&self, cut: Cut) {
        let mut cuts = self.0.write();
        if cuts.len() == MOST {
            cuts.pop_front();
        }
        cuts.push_back(cut);
    }
}

/// Which part is being written: the committer's.
pub(super) struct Writing {
    part: Part,
    /// Entries in it, by this process.
    keys: usize,
    least_keys: usize,
}

impl Writing {
    pub(super) fn after(version: Version, least_keys: usize) -> Writing {
        Writing {
            part: Part::first(Epoch::of(version)),
            keys: 0,
            least_keys,
        }
    }

    /// Where a commit's entries go.
    pub(super) fn part_for(&mut self, version: Version, keys: usize) -> Part {
        self.go_to(Epoch::of(version));
        self.keys += keys;
        self.part
    }

    /// Begins another part after a version that no later commit is at or below, if this one holds enough for that.
    pub(super) fn cut(&mut self, at: Version, cuts: &Cuts) {
        self.go_to(Epoch::of(at.next()));
        if self.keys >= self.least_keys
            && let Some(part) = self.part.next_of_epoch()
        {
            self.begin(part);
            cuts.add(Cut { at, part });
        }
    }

    fn go_to(&mut self, epoch: Epoch) {
        if self.part.epoch != epoch {
            self.begin(Part::first(epoch));
        }
    }

    fn begin(&mut self, part: Part) {
        (self.part, self.keys) = (part, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::EPOCH_MICROS;

    const EPOCH: Version = Version(7 * EPOCH_MICROS);

    fn at(micros: u64) -> Version {
        Version(EPOCH.0 + micros)
    }

    #[test]
    fn a_window_begins_with_the_part_that_its_cut_began() {
        let (cuts, mut writing) = (Cuts::default(), Writing::after(Version::ZERO, 3));
        let first = writing.part_for(at(10), 2);
        assert_eq!(first, Part::first(Epoch(7)));
        writing.cut(at(11), &cuts);
        assert_eq!(writing.part_for(at(12), 1), first, "too few for a part");
        writing.cut(at(20), &cuts);
        let second = writing.part_for(at(21), 3);
        assert!(second > first);
        writing.cut(at(30), &cuts);
        let third = writing.part_for(at(31), 1);
        assert!(third > second);
        for (after, part) in [
            (0, first),
            (11, first),
            (19, first),
            (20, second),
            (29, second),
            (30, third),
            (999, third),
        ] {
            assert_eq!(cuts.first_part(at(after)), part, "{after}");
        }
        let next = Part::first(Epoch(8));
        let end = at(EPOCH_MICROS - 1);
        assert_eq!(cuts.first_part(end), next, "nothing of this epoch follows");
        writing.cut(end, &cuts);
        assert_eq!(writing.part_for(end.next(), 1), next);
        assert_eq!(cuts.first_part(end), next);
    }

    #[test]
    fn the_last_part_of_an_epoch_takes_the_rest() {
        let (cuts, mut writing) = (Cuts::default(), Writing::after(EPOCH, 1));
        for micros in 0..300 {
            writing.part_for(at(micros), 1);
            writing.cut(at(micros), &cuts);
        }
        let last = writing.part_for(at(300), 1);
        assert_eq!(last.next_of_epoch(), None);
        assert_eq!(cuts.first_part(at(300)), last);
        assert_eq!(last.next(), Part::bulk(Epoch(8)));
    }
}
