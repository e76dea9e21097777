/// Corrections in one read at most; a read that needs more is rather another text.
pub const MOST_CORRECTIONS: usize = 2;

/// A digit and a letter that a reader takes for each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookAlike {
    /// The digit.
    pub digit: char,
    /// The letter.
    pub letter: char,
    /// Cost of taking one for the other, of a character read with probability 1.
    pub cost: f32,
}

const fn pair(digit: char, letter: char, cost: f32) -> LookAlike {
    LookAlike { digit, letter, cost }
}

/// The only corrections there are: the groups 0DOQ, 1I7T, 8B, 5S, 2Z, 6G and 4A, across the border between digits and
/// letters only.
///
/// Source: the groups that public plate readers for Viet Nam and China correct. The costs are an order, from outlines that
/// coincide but for a gap (1) to those that share a stroke (1.5); they are not rates measured on a reader.
pub const LOOK_ALIKES: [LookAlike; 12] = [
    pair('0', 'O', 1.0),
    pair('0', 'D', 1.0),
    pair('0', 'Q', 1.0),
    pair('1', 'I', 1.0),
    pair('1', 'T', 1.5),
    pair('7', 'T', 1.5),
    pair('7', 'I', 1.5),
    pair('8', 'B', 1.0),
    pair('5', 'S', 1.0),
    pair('2', 'Z', 1.0),
    pair('6', 'G', 1.0),
    pair('4', 'A', 1.5),
];

/// Cost of taking `read` for `meant`; `None` where nobody may.
pub(super) fn cost(read: char, meant: char) -> Option<f32> {
    LOOK_ALIKES
        .iter()
        .find(|pair| (pair.digit, pair.letter) == (read, meant) || (pair.digit, pair.letter) == (meant, read))
        .map(|pair| pair.cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_crosses_the_border_and_stands_once() {
        for (i, pair) in LOOK_ALIKES.iter().enumerate() {
            assert!(pair.digit.is_ascii_digit() && pair.letter.is_ascii_uppercase(), "{pair:?}");
            assert!(0.0 < pair.cost, "{pair:?}");
            let twice =
                LOOK_ALIKES[..i].iter().any(|other| (other.digit, other.letter) == (pair.digit, pair.letter));
            assert!(!twice, "{pair:?}");
            assert_eq!(cost(pair.digit, pair.letter), cost(pair.letter, pair.digit));
        }
        assert_eq!(cost('1', '7'), None);
        assert_eq!(cost('O', 'Q'), None);
        assert_eq!(cost('8', '8'), None);
    }
}
