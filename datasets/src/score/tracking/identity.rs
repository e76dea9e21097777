//! Identity: over the whole sequence each true object has one track at most, and each track one object.

use track::Assignment;

use super::matches::Blocks;
use super::sequence::{Pair, Sequence};

/// Counts boxes found by the track that belongs to their object.
pub(super) fn add(sequence: &Sequence, iou: f64, blocks: &mut Blocks) {
    let partners = partners(sequence);
    for (at, frame) in sequence.frames().enumerate() {
        let right = frame.overlaps.iter().filter(|overlap| {
            let pair = &sequence.pairs[overlap.pair];
            iou <= overlap.iou && partners[pair.truth as usize] == Some(pair.found)
        });
        blocks.of_frame(at).idtp += right.count() as u32;
    }
}

/// The track of each true object, for the most boxes found in all.
fn partners(sequence: &Sequence) -> Vec<Option<u32>> {
    let mut partners = vec![None; sequence.truth_boxes.len()];
    let (mut weights, mut assignment) = (Vec::new(), Assignment::default());
    for pairs in connected(sequence) {
        let rows = distinct(&pairs, |pair| pair.truth);
        let columns = distinct(&pairs, |pair| pair.found);
        weights.clear();
        weights.resize(rows.len() * columns.len(), 0.0);
        for pair in pairs {
            let row = rows.partition_point(|&truth| truth < pair.truth);
            let column = columns.partition_point(|&found| found < pair.found);
            weights[row * columns.len() + column] = f64::from(pair.hits);
        }
        for &(row, column) in assignment.solve(rows.len(), columns.len(), &weights) {
            partners[rows[row] as usize] = Some(columns[column]);
        }
    }
    partners
}

/// Pairs in groups that share no identity with each other, which can be solved apart: an hour of footage has thousands
/// of identities, of which few ever meet.
fn connected(sequence: &Sequence) -> Vec<Vec<&Pair>> {
    let objects = sequence.truth_boxes.len();
    let mut parents: Vec<usize> = (0..objects + sequence.found_boxes.len()).collect();
    let hit = || sequence.pairs.iter().filter(|pair| 0 < pair.hits);
    for pair in hit() {
        let (truth, found) =
            (root(&mut parents, pair.truth as usize), root(&mut parents, objects + pair.found as usize));
        parents[truth.max(found)] = truth.min(found);
    }
    // The smallest number of a group is its root, and true objects come first.
    let mut groups: Vec<Vec<&Pair>> = vec![Vec::new(); objects];
    for pair in hit() {
        groups[root(&mut parents, pair.truth as usize)].push(pair);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn root(parents: &mut [usize], mut node: usize) -> usize {
    while parents[node] != node {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    node
}

fn distinct(pairs: &[&Pair], identity: impl Fn(&Pair) -> u32) -> Vec<u32> {
    let mut identities: Vec<_> = pairs.iter().map(|pair| identity(pair)).collect();
    identities.sort_unstable();
    identities.dedup();
    identities
}
