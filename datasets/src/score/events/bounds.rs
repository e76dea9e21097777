//! Which bound would have kept a false alarm from being told, and what that would have cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::trail::{ClauseValue, Relation};

/// An event that was told, with what was asked and measured when it was.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Id of its rule.
    pub rule: &'a str,
    /// Whether it was true.
    pub is_right: bool,
    /// What was asked and measured.
    pub clauses: &'a [ClauseValue],
}

/// What a tighter bound of one clause would have done to the events that were told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TighterBound {
    /// Id of the rule.
    pub rule: String,
    /// Name of the clause.
    pub clause: String,
    /// Which side of the bound is asked for.
    pub relation: Relation,
    /// The bound in force.
    pub present: f32,
    /// The bound has to lie beyond this: above it for `at_least`, below it for `at_most`.
    pub beyond: f32,
    /// False alarms that would not have been told then,
    pub prevented: u64,
    /// of so many of the rule.
    pub false_alarms: u64,
    /// True events that would not have been told either,
    pub lost: u64,
    /// of so many of the rule.
    pub right: u64,
}

/// For each clause, each bound that prevents more false alarms than the one before it, where the next costs more true
/// events: the choices that there are. By rule, then by clause, the loosest bound first; what would lose everything is left
/// out.
///
/// The measures are those of the moment at which an event was told. A measure that grows while an object is followed (dwell,
/// travel, sightings) may have reached the tighter bound later: for these both counts are upper limits.
pub fn tighter_bounds(told: &[Told<'_>]) -> Vec<TighterBound> {
    type Key<'a> = (&'a str, &'a str, Relation, u32);
    let mut clauses: BTreeMap<Key<'_>, Vec<(f32, bool)>> = BTreeMap::new();
    for event in told {
        for clause in event.clauses {
            let key = (event.rule, clause.name.as_str(), clause.relation, clause.bound.to_bits());
            clauses.entry(key).or_default().push((clause.measured, event.is_right));
        }
    }
    let mut rows = Vec::new();
    for ((rule, clause, relation, bound), mut measures) in clauses {
        // From the one that a tighter bound excludes first.
        measures.sort_by(|one, other| match relation {
            Relation::AtLeast => one.0.total_cmp(&other.0),
            Relation::AtMost => other.0.total_cmp(&one.0),
        });
        let right = measures.iter().filter(|(_, is_right)| *is_right).count() as u64;
        let false_alarms = measures.len() as u64 - right;
        let row = |beyond, prevented, lost| TighterBound {
            rule: rule.to_owned(),
            clause: clause.to_owned(),
            relation,
            present: f32::from_bits(bound),
            beyond,
            prevented,
            false_alarms,
            lost,
            right,
        };
        let mut of_clause: Vec<TighterBound> = Vec::new();
        let (mut prevented, mut lost) = (0, 0);
        for same in measures.chunk_by(|one, other| one.0 == other.0) {
            let new = same.iter().filter(|(_, is_right)| !is_right).count() as u64;
            prevented += new;
            lost += same.len() as u64 - new;
            if new == 0 || lost == right && 0 < right {
                continue;
            }
            // The same cost for more: the earlier one is no choice.
            of_clause.pop_if(|last| last.lost == lost);
            of_clause.push(row(same[0].0, prevented, lost));
        }
        rows.append(&mut of_clause);
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clause(relation: Relation, measured: f32, bound: f32) -> ClauseValue {
        ClauseValue { name: "travel".to_owned(), measured, relation, bound, held: true }
    }

    fn rows(relation: Relation, bound: f32, told: &[(f32, bool)]) -> Vec<(f32, u64, u64)> {
        let clauses: Vec<[ClauseValue; 1]> =
            told.iter().map(|(measured, _)| [clause(relation, *measured, bound)]).collect();
        let told: Vec<Told<'_>> = clauses
            .iter()
            .zip(told)
            .map(|(clauses, (_, is_right))| Told { rule: "gate", is_right: *is_right, clauses })
            .collect();
        tighter_bounds(&told).into_iter().map(|row| (row.beyond, row.prevented, row.lost)).collect()
    }

    #[test]
    fn the_choices_are_those_that_prevent_more_for_a_higher_price() {
        let told = [(0.2, false), (0.1, false), (0.3, true), (0.4, false), (0.5, true), (0.6, true)];
        assert_eq!(rows(Relation::AtLeast, 0.1, &told), [(0.2, 2, 0), (0.4, 3, 1)]);
        let told = [(9.0, false), (8.0, true), (7.0, false), (6.0, true), (5.0, true)];
        assert_eq!(rows(Relation::AtMost, 10.0, &told), [(9.0, 1, 0), (7.0, 2, 1)]);
    }

    #[test]
    fn what_would_lose_everything_is_no_choice() {
        assert_eq!(rows(Relation::AtLeast, 1.0, &[(1.0, false), (1.0, true)]), []);
        assert_eq!(rows(Relation::AtLeast, 0.1, &[(0.5, true), (0.6, false)]), []);
        assert_eq!(rows(Relation::AtLeast, 0.1, &[(0.5, true)]), [], "nothing to prevent");
        assert_eq!(rows(Relation::AtLeast, 0.1, &[(0.5, false)]), [(0.5, 1, 0)], "nothing to lose");
    }

    proptest! {
        #[test]
        fn each_row_counts_what_a_bound_beyond_it_would_do(
            told in prop::collection::vec((0_u8..20, any::<bool>()), 0..40),
            at_most in any::<bool>(),
        ) {
            let relation = if at_most { Relation::AtMost } else { Relation::AtLeast };
            let told: Vec<(f32, bool)> = told.into_iter().map(|(m, right)| (f32::from(m), right)).collect();
            let rows = rows(relation, if at_most { 20.0 } else { 0.0 }, &told);
            for &(beyond, prevented, lost) in &rows {
                let goes = |measured: f32| if at_most { beyond <= measured } else { measured <= beyond };
                let count = |right| told.iter().filter(|t| t.1 == right && goes(t.0)).count() as u64;
                prop_assert_eq!((prevented, lost), (count(false), count(true)));
            }
            for pair in rows.windows(2) {
                prop_assert!(pair[0].1 < pair[1].1 && pair[0].2 < pair[1].2, "{:?}", rows);
            }
        }
    }
}
