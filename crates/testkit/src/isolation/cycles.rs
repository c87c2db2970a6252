//! Transactions that would have to come before themselves.

use std::collections::{HashMap, VecDeque};

use super::{Anomaly, Because, edges::Graph};

/// One cycle, of the shortest, through each knot.
pub(super) fn find(graph: &Graph, anomalies: &mut Vec<Anomaly>) {
    let knots = knots(graph);
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (node, knot) in knots.iter().enumerate().take(graph.transactions) {
        members.entry(*knot).or_default().push(node);
    }
    let mut tangled: Vec<Vec<usize>> = members.into_values().collect();
    tangled.retain(|members| members.len() > 1);
    tangled.sort();
    for members in tangled {
        let cycles = members
            .iter()
            .filter_map(|node| cycle(graph, &knots, *node));
        if let Some(shortest) = cycles.take(100).min_by_key(Vec::len) {
            anomalies.push(Anomaly::Cycle(shortest));
        }
    }
}

/// The strongly connected component of each node: Tarjan's algorithm, without recursion.
fn knots(graph: &Graph) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let nodes = graph.after.len();
    let (mut number, mut low, mut knot) =
        (vec![UNSEEN; nodes], vec![0; nodes], vec![UNSEEN; nodes]);
    let (mut stack, mut next, mut found) = (Vec::new(), 0, 0);
    for root in 0..nodes {
        if number[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, edge)) = path.last_mut() {
            let node = *node;
            if *edge == 0 {
                number[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
            }
            if let Some((to, _)) = graph.after[node].get(*edge) {
                *edge += 1;
                match (number[*to], knot[*to]) {
                    (UNSEEN, _) => path.push((*to, 0)),
                    (seen, UNSEEN) => low[node] = low[node].min(seen),
                    _ => {}
                }
                continue;
            }
            if low[node] == number[node] {
                while let Some(member) = stack.pop() {
                    knot[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
        }
    }
    knot
}

/// The shortest way from a transaction back to itself. Nodes of time are left out of what is told.
fn cycle(graph: &Graph, knots: &[usize], start: usize) -> Option<Vec<(usize, Because)>> {
    let mut came: HashMap<usize, (usize, Because)> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for (to, because) in &graph.after[node] {
            if knots[*to] != knots[start] || came.contains_key(to) {
                continue;
            }
            came.insert(*to, (node, *because));
            if *to == start {
                return Some(told(graph, &came, start));
            }
            queue.push_back(*to);
        }
    }
    None
}

fn told(
    graph: &Graph,
    came: &HashMap<usize, (usize, Because)>,
    start: usize,
) -> Vec<(usize, Because)> {
    let mut steps = Vec::new();
    let mut node = start;
    while let Some((from, because)) = came.get(&node) {
        if *from < graph.transactions {
            steps.push((*from, *because));
        }
        node = *from;
        if node == start {
            break;
        }
    }
    steps.reverse();
    steps
}
