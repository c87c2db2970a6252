//! What must come before what.

use super::{
    Anomaly, Attempt, Because,
    index::{Index, Object, Seen},
};

/// Nodes are the transactions, then one per ending, in the order of time: an ending comes after its transaction, after the ending before
/// it, and before what began later. So time costs as many edges as there are transactions.
pub(super) struct Graph {
    pub transactions: usize,
    pub after: Vec<Vec<(usize, Because)>>,
}

impl Graph {
    pub fn of(history: &[Attempt], index: &Index, anomalies: &mut Vec<Anomaly>) -> Graph {
        let mut graph = Graph {
            transactions: history.len(),
            after: vec![Vec::new(); history.len()],
        };
        for (list, object) in &index.lists {
            graph.add_list(*list, object, anomalies);
        }
        for object in index.sets.values() {
            graph.add_set(object);
        }
        graph.add_time(history, &index.counts);
        graph
    }

    fn edge(&mut self, from: usize, to: usize, because: Because) {
        if from != to {
            self.after[from].push((to, because));
        }
    }

    fn add_list(&mut self, list: i64, object: &Object, anomalies: &mut Vec<Anomaly>) {
        let longest = object.seen.iter().max_by_key(|seen| seen.values.len());
        let Some(longest) = longest else {
            return;
        };
        let order = &longest.values;
        let writer = |place: usize| order.get(place).and_then(|value| object.writers.get(value));
        for place in 1..order.len() {
            if let (Some(before), Some(after)) = (writer(place - 1), writer(place)) {
                self.edge(*before, *after, Because::WriteWrite);
            }
        }
        // Values that the longest sight lacks were all written behind it.
        let unseen: Vec<usize> = object
            .writers
            .iter()
            .filter(|(value, _)| !order.contains(value))
            .map(|(_, writer)| *writer)
            .collect();
        if let Some(last) = writer(order.len().wrapping_sub(1)) {
            for later in &unseen {
                self.edge(*last, *later, Because::WriteWrite);
            }
        }
        for Seen { reader, values } in &object.seen {
            if !order.starts_with(values) {
                let readers = (*reader, longest.reader);
                anomalies.push(Anomaly::Order { list, readers });
                continue;
            }
            if let Some(last) = writer(values.len().wrapping_sub(1)) {
                self.edge(*last, *reader, Because::WriteRead);
            }
            match writer(values.len()) {
                Some(next) => self.edge(*reader, *next, Because::ReadWrite),
                None => {
                    for later in &unseen {
                        self.edge(*reader, *later, Because::ReadWrite);
                    }
                }
            }
        }
    }

    fn add_set(&mut self, object: &Object) {
        for Seen { reader, values } in &object.seen {
            for (value, writer) in &object.writers {
                match values.contains(value) {
                    true => self.edge(*writer, *reader, Because::WriteRead),
                    false => self.edge(*reader, *writer, Because::Phantom),
                }
            }
        }
    }

    fn add_time(&mut self, history: &[Attempt], counts: &[bool]) {
        let counting = |place: &usize| counts[*place];
        let mut ended: Vec<usize> = (0..history.len()).filter(counting).collect();
        ended.sort_by_key(|place| history[*place].ended);
        let first = self.after.len();
        self.after.resize(first + ended.len(), Vec::new());
        for (place, transaction) in ended.iter().enumerate() {
            self.edge(*transaction, first + place, Because::Time);
            if place > 0 {
                self.edge(first + place - 1, first + place, Because::Time);
            }
        }
        for transaction in (0..history.len()).filter(counting) {
            let began = history[transaction].began;
            let earlier = ended.partition_point(|place| history[*place].ended < began);
            if earlier > 0 {
                self.edge(first + earlier - 1, transaction, Because::Time);
            }
        }
    }
}
