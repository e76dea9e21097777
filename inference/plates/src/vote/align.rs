//! Where the characters of a read stand in another, by least edits (R. Wagner and M. Fischer, "The string-to-string
//! correction problem", Journal of the ACM 21, 1974).

use std::collections::BTreeMap;

use crate::grammar::RawCharacter;

/// A column of the vote: the character of the base with that number, or the so-maniest one inserted before it. Inserted
/// ones come first.
pub(super) type Place = (usize, Slot);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// Counted from 0.
    Inserted(usize),
    Own,
}

/// `1 - edits / length` of the longer of two reads: 1 for equal ones, 0 for those that share nothing.
pub(super) fn likeness(a: &[RawCharacter], b: &[RawCharacter]) -> f64 {
    let longer = a.len().max(b.len()).max(1);
    let table = edits(a, b);
    1.0 - table[a.len()][b.len()] as f64 / longer as f64
}

/// Whether at least half of two reads is the same.
pub(super) fn is_same_plate(a: &[RawCharacter], b: &[RawCharacter]) -> bool {
    0.5 <= likeness(a, b)
}

/// The index of each character of `read` by its column in `base`.
///
/// Among alignments of as few edits, the one that replaces rather than leaves out, and leaves out rather than inserts, from
/// the end backwards.
pub(super) fn places(base: &[RawCharacter], read: &[RawCharacter]) -> BTreeMap<Place, usize> {
    let table = edits(base, read);
    let (mut row, mut column) = (base.len(), read.len());
    let mut inserted: Vec<(usize, usize)> = Vec::new();
    let mut places = BTreeMap::new();
    while 0 < row || 0 < column {
        let here = table[row][column];
        let matches = |row: usize, column: usize| base[row].character == read[column].character;
        if 0 < row
            && 0 < column
            && table[row - 1][column - 1] + u32::from(!matches(row - 1, column - 1)) == here
        {
            (row, column) = (row - 1, column - 1);
            places.insert((row, Slot::Own), column);
        } else if 0 < row && table[row - 1][column] + 1 == here {
            row -= 1;
        } else {
            column -= 1;
            inserted.push((row, column));
        }
    }
    // They were found from the end: the first to be read comes last.
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    for (row, column) in inserted.into_iter().rev() {
        let number = before.entry(row).or_default();
        places.insert((row, Slot::Inserted(*number)), column);
        *number += 1;
    }
    places
}

/// Least edits between the first characters of both, by how many of each.
fn edits(a: &[RawCharacter], b: &[RawCharacter]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for (column, edits) in table[0].iter_mut().enumerate() {
        *edits = column as u32;
    }
    for row in 1..=a.len() {
        table[row][0] = row as u32;
        for column in 1..=b.len() {
            let replaced =
                table[row - 1][column - 1] + u32::from(a[row - 1].character != b[column - 1].character);
            table[row][column] = replaced.min(table[row - 1][column] + 1).min(table[row][column - 1] + 1);
        }
    }
    table
}
