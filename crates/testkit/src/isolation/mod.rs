//! A judge of isolation: given what clients did and saw, was there one order of all transactions that explains it?
//!
//! It follows the idea of Elle (Kingsbury and Alvaro, 2020). Values are unique, so what a transaction saw tells whose writes it saw.
//!
//! HOW A HISTORY IS JUDGED
//!   1. Two kinds of objects: lists that grow at their end, which show the order of their writes, and sets that grow, which are read by a
//!      condition, so that a row which appears meanwhile (a phantom) shows.
//!   2. `index` finds each value's writer; values of nobody, of a transaction that was rolled back, twice in a list, or a transaction that
//!      does not see its own writes, are anomalies already.
//!   3. `edges` draws what must come before what: a write before the write behind it (ww), a write before who saw it (wr), who did not see
//!      a write before it (rw), and what ended before what began (time).
//!   4. `cycles` finds transactions that would have to come before themselves: write skew, lost updates, phantoms, fractured and stale
//!      reads all end there.
//!
//! LEFT OUT
//!   Why it happened. The anomaly names the transactions and the edges between them; the seed of the workload brings them back.

#![expect(
    clippy::indexing_slicing,
    reason = "transactions are numbers into vectors that have one place for each"
)]

mod cycles;
mod edges;
mod index;
#[cfg(test)]
mod tests;

use std::fmt;

/// One thing that a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Put a value at the end of a list.
    Append { list: i64, value: i64 },
    /// Saw a list.
    Read { list: i64, seen: Vec<i64> },
    /// Put a value into a set.
    Insert { set: i64, value: i64 },
    /// Saw a set, by a condition that selects its rows.
    Scan { set: i64, seen: Vec<i64> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Committed,
    /// Certainly without effect.
    Aborted,
    /// The client was not told: it counts as committed if anybody saw its writes.
    Unknown,
}

/// A transaction as its client saw it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When the client sent its first statement, and when it heard of its end, on one clock.
    pub began: u64,
    pub ended: u64,
    pub ops: Vec<Op>,
    pub outcome: Outcome,
}

/// Why one transaction comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// The other wrote behind it.
    WriteWrite,
    /// The other saw what it wrote.
    WriteRead,
    /// It did not see what the other wrote to a list.
    ReadWrite,
    /// It did not see what the other put into a set.
    Phantom,
    /// It had ended when the other began.
    Time,
}

/// What no order of the transactions explains. Numbers are places in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anomaly {
    /// Saw a value that a transaction wrote which was rolled back.
    Dirty {
        reader: usize,
        writer: usize,
        value: i64,
    },
    /// Saw a value that nobody wrote there.
    Unwritten { reader: usize, value: i64 },
    /// Saw a value twice.
    Twice { reader: usize, value: i64 },
    /// Did not see what it had written itself.
    Forgotten { reader: usize, value: i64 },
    /// Two transactions saw a list in orders that cannot both be.
    Order { list: i64, readers: (usize, usize) },
    /// Each comes before the next, and the last before the first.
    Cycle(Vec<(usize, Because)>),
}

/// All that is wrong with a history; of each knot of transactions, one cycle.
pub fn judge(history: &[Attempt]) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    let index = index::Index::of(history, &mut anomalies);
    let graph = edges::Graph::of(history, &index, &mut anomalies);
    cycles::find(&graph, &mut anomalies);
    anomalies
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Anomaly::Dirty {
                reader,
                writer,
                value,
            } => {
                write!(
                    f,
                    "T{reader} saw {value} of T{writer}, which was rolled back"
                )
            }
            Anomaly::Unwritten { reader, value } => {
                write!(f, "T{reader} saw {value}, which nobody wrote there")
            }
            Anomaly::Twice { reader, value } => write!(f, "T{reader} saw {value} twice"),
            Anomaly::Forgotten { reader, value } => {
                write!(f, "T{reader} did not see its own {value}")
            }
            Anomaly::Order { list, readers } => write!(
                f,
                "T{} and T{} saw list {list} in orders that cannot both be",
                readers.0, readers.1
            ),
            Anomaly::Cycle(steps) => {
                for (transaction, because) in steps {
                    let arrow = match because {
                        Because::WriteWrite => "ww",
                        Because::WriteRead => "wr",
                        Because::ReadWrite => "rw",
                        Because::Phantom => "rw by a condition",
                        Because::Time => "time",
                    };
                    write!(f, "T{transaction} -{arrow}-> ")?;
                }
                match steps.first() {
                    Some((first, _)) => write!(f, "T{first}"),
                    None => Ok(()),
                }
            }
        }
    }
}
