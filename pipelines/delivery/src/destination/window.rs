//! Which events are on their way to one destination, and how far it has come without a gap.

use std::collections::BTreeSet;

use crate::journal::Cursor;

/// Handing out goes on while the oldest unconfirmed event is at most this many windows behind.
const SPAN: u64 = 8;

/// Confirmations may come in any order; `settled` moves only over what is settled without a gap.
#[derive(Debug)]
pub(crate) struct Window {
    /// Sequence that is handed out next, or lies before the next one that the journal holds.
    next: u64,
    in_flight: BTreeSet<u64>,
    /// Highest sequence ever handed out, also in earlier connections.
    highest: u64,
}

impl Window {
    pub(crate) fn resume(cursor: Cursor) -> Self {
        Self {
            next: cursor.settled + 1,
            in_flight: BTreeSet::new(),
            highest: cursor.sent.max(cursor.settled),
        }
    }

    /// Starts over behind the last settled event: whatever is in flight counts as lost.
    pub(crate) fn rewind(&mut self) {
        self.next = self.settled() + 1;
        self.in_flight.clear();
    }

    /// Whether one more may be on its way, with at most `limit` at a time.
    pub(crate) fn has_room(&self, limit: usize) -> bool {
        self.in_flight.len() < limit && self.next <= self.settled() + SPAN * limit as u64
    }

    /// Puts `sequence` on its way. Sequences come in ascending order; those left out are not in the journal. True when
    /// it was handed out before.
    pub(crate) fn hand_out(&mut self, sequence: u64) -> bool {
        let again = sequence <= self.highest;
        self.in_flight.insert(sequence);
        self.next = sequence + 1;
        self.highest = self.highest.max(sequence);
        again
    }

    /// False when `sequence` was not on its way.
    pub(crate) fn settle(&mut self, sequence: u64) -> bool {
        self.in_flight.remove(&sequence)
    }

    pub(crate) fn contains(&self, sequence: u64) -> bool {
        self.in_flight.contains(&sequence)
    }

    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// All events up to this one are settled.
    pub(crate) fn settled(&self) -> u64 {
        self.in_flight.first().map_or(self.next - 1, |oldest| oldest - 1)
    }

    pub(crate) fn highest(&self) -> u64 {
        self.highest
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Cursor, Window};

    #[test]
    fn the_cursor_waits_for_the_oldest_event_in_flight() {
        let mut window = Window::resume(Cursor { sent: 10, settled: 10 });
        for sequence in 11..=13 {
            assert!(!window.hand_out(sequence));
        }
        assert!(window.settle(13));
        assert!(window.settle(12));
        assert_eq!(window.settled(), 10);
        assert!(window.settle(11));
        assert_eq!(window.settled(), 13);
        assert!(!window.settle(11), "a second receipt for the same event counted");
    }

    #[test]
    fn a_rewound_window_hands_out_again_what_was_not_settled() {
        let mut window = Window::resume(Cursor::default());
        window.hand_out(1);
        window.hand_out(2);
        window.settle(1);
        window.rewind();
        assert_eq!((window.next(), window.settled(), window.in_flight()), (2, 1, 0));
        assert!(window.hand_out(2), "sent twice, but not counted as such");
        assert!(!window.hand_out(3));
    }

    #[test]
    fn one_unconfirmed_event_stops_the_window_in_the_end() {
        let mut window = Window::resume(Cursor::default());
        window.hand_out(1);
        let mut passed = 0;
        while window.has_room(2) {
            passed += 1;
            let sequence = window.next();
            window.hand_out(sequence);
            window.settle(sequence);
        }
        assert_eq!(passed, 15);
    }

    proptest! {
        #[test]
        fn settled_is_the_longest_run_without_a_gap(
            steps in prop::collection::vec((any::<bool>(), 0_usize..8, 1_u64..3), 0..200),
        ) {
            let mut window = Window::resume(Cursor::default());
            let (mut handed_out, mut settled) = (BTreeSet::new(), BTreeSet::new());
            for (hand_out, pick, step) in steps {
                if hand_out && window.has_room(6) {
                    // A step of two leaves out a sequence that the journal does not hold.
                    let sequence = window.next() - 1 + step;
                    window.hand_out(sequence);
                    handed_out.insert(sequence);
                } else if let Some(sequence) = handed_out.difference(&settled).nth(pick).copied() {
                    prop_assert!(window.settle(sequence));
                    settled.insert(sequence);
                }
                let open = handed_out.difference(&settled).next().copied();
                let expected = open.map_or(window.next() - 1, |oldest| oldest - 1);
                prop_assert_eq!(window.settled(), expected);
                prop_assert!(window.in_flight() <= 6);
            }
        }
    }
}
