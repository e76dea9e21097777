//! Who continues whom: the pairing of rows and columns with the largest total weight.
//!
//! Shortest augmenting paths with dual variables (Jonker and Volgenant, "A shortest augmenting path algorithm for
//! dense and sparse linear assignment problems", 1987) in the rectangular form of Crouse, "On implementing 2D
//! rectangular assignment algorithms", 2016. Time is O(rows² · columns) with rows the shorter side.
//!
//! Not from a crate: those there are give their answer in fresh memory on each call, and want ordered weights with no more
//! rows than columns (`pathfinding`) or square matrices (`lapjv`).

/// Solver that keeps its memory between calls, so that it allocates nothing once it has seen its largest problem.
///
/// Of several best answers it gives the one that Crouse's form gives when columns are scanned from the last to the first
/// and a free column is preferred: the same as `scipy.optimize.linear_sum_assignment`, to which scores are compared.
#[derive(Clone, Debug, Default)]
pub struct Assignment {
    /// Costs with the shorter side as rows, row-major.
    costs: Vec<f64>,
    row_dual: Vec<f64>,
    column_dual: Vec<f64>,
    column_of_row: Vec<Option<usize>>,
    row_of_column: Vec<Option<usize>>,
    search: Search,
    pairs: Vec<(usize, usize)>,
}

/// State of the search for one shortest augmenting path.
#[derive(Clone, Debug, Default)]
struct Search {
    /// Length of the shortest path found to each column.
    length: Vec<f64>,
    /// Row before each column on that path.
    row_before: Vec<usize>,
    open_columns: Vec<usize>,
    closed_columns: Vec<usize>,
    closed_rows: Vec<usize>,
}

impl Assignment {
    /// Pairs `(row, column)` in order of rows, each row and column at most once, with the largest sum of weights.
    ///
    /// `weights` is `[rows, columns]` row-major, finite; a pair of weight 0 or less is never made.
    pub fn solve<W: Copy + Into<f64>>(
        &mut self,
        rows: usize,
        columns: usize,
        weights: &[W],
    ) -> &[(usize, usize)] {
        debug_assert_eq!(weights.len(), rows * columns);
        // A forbidden pair costs as much as none, so a complete pairing of least cost holds the best partial one.
        self.pair_all(rows, columns, |index| -weights[index].into().max(0.0));
        self.pairs.retain(|&(row, column)| 0.0 < weights[row * columns + column].into());
        &self.pairs
    }

    /// Pairs `(row, column)` in order of rows with the least sum of costs, as many as the shorter side is long.
    ///
    /// `costs` is `[rows, columns]` row-major, finite.
    pub fn least_cost(&mut self, rows: usize, columns: usize, costs: &[f64]) -> &[(usize, usize)] {
        debug_assert_eq!(costs.len(), rows * columns);
        self.pair_all(rows, columns, |index| costs[index]);
        &self.pairs
    }

    /// Pairs the whole shorter side; `cost` takes an index into the caller's `[rows, columns]`.
    fn pair_all(&mut self, rows: usize, columns: usize, cost: impl Fn(usize) -> f64) {
        self.pairs.clear();
        if rows == 0 || columns == 0 {
            return;
        }
        let swapped = columns < rows;
        let (short, long) = if swapped { (columns, rows) } else { (rows, columns) };
        self.costs.clear();
        for a in 0..short {
            self.costs
                .extend((0..long).map(|b| cost(if swapped { b * columns + a } else { a * columns + b })));
        }
        self.pair_rows(short, long);
        let paired = self.column_of_row.iter().enumerate().filter_map(|(a, b)| Some((a, (*b)?)));
        self.pairs.extend(paired.map(|(a, b)| if swapped { (b, a) } else { (a, b) }));
        if swapped {
            self.pairs.sort_unstable();
        }
    }

    fn pair_rows(&mut self, rows: usize, columns: usize) {
        refill(&mut self.row_dual, rows, 0.0);
        refill(&mut self.column_dual, columns, 0.0);
        refill(&mut self.column_of_row, rows, None);
        refill(&mut self.row_of_column, columns, None);
        for row in 0..rows {
            let (free_column, length) = self.find_path(row, columns);
            self.update_duals(row, length);
            self.augment(row, free_column);
        }
    }

    /// The free column nearest to `first_row` by reduced costs, and the length of the way to it.
    fn find_path(&mut self, first_row: usize, columns: usize) -> (usize, f64) {
        let search = &mut self.search;
        refill(&mut search.length, columns, f64::INFINITY);
        refill(&mut search.row_before, columns, first_row);
        search.open_columns.clear();
        // From the last to the first: a constant matrix then pairs each row with the column of its number.
        search.open_columns.extend((0..columns).rev());
        search.closed_columns.clear();
        search.closed_rows.clear();
        let (mut row, mut reached) = (first_row, 0.0);
        loop {
            search.closed_rows.push(row);
            let (mut nearest, mut shortest) = (0, f64::INFINITY);
            for (position, &column) in search.open_columns.iter().enumerate() {
                // In this order of operations: rounding decides between pairings that are equally good.
                let length = reached + self.costs[row * columns + column]
                    - self.row_dual[row]
                    - self.column_dual[column];
                if length < search.length[column] {
                    search.length[column] = length;
                    search.row_before[column] = row;
                }
                let length = search.length[column];
                if length < shortest || (length == shortest && self.row_of_column[column].is_none()) {
                    (nearest, shortest) = (position, length);
                }
            }
            // Rows are never more than columns, so an open column remains until a free one is found.
            let column = search.open_columns.swap_remove(nearest);
            reached = search.length[column];
            match self.row_of_column[column] {
                None => return (column, reached),
                Some(next) => {
                    search.closed_columns.push(column);
                    row = next;
                }
            }
        }
    }

    fn update_duals(&mut self, first_row: usize, reached: f64) {
        self.row_dual[first_row] += reached;
        for &column in &self.search.closed_columns {
            let slack = reached - self.search.length[column];
            self.column_dual[column] -= slack;
            if let Some(row) = self.row_of_column[column] {
                self.row_dual[row] += slack;
            }
        }
    }

    fn augment(&mut self, first_row: usize, free_column: usize) {
        let mut column = free_column;
        loop {
            let row = self.search.row_before[column];
            self.row_of_column[column] = Some(row);
            let previous = self.column_of_row[row].replace(column);
            match previous {
                Some(freed) if row != first_row => column = freed,
                _ => return,
            }
        }
    }
}

fn refill<T: Clone>(items: &mut Vec<T>, count: usize, value: T) {
    items.clear();
    items.resize(count, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Largest sum by trying every pairing.
    fn best_by_trying(rows: usize, columns: usize, weights: &[f32], row: usize, taken: u32) -> f64 {
        if row == rows {
            return 0.0;
        }
        let free = (0..columns).filter(|column| taken & (1 << column) == 0);
        let paired = free.map(|column| {
            let weight = f64::from(weights[row * columns + column].max(0.0));
            weight + best_by_trying(rows, columns, weights, row + 1, taken | (1 << column))
        });
        let alone = best_by_trying(rows, columns, weights, row + 1, taken);
        paired.fold(alone, f64::max)
    }

    fn any_problem() -> impl Strategy<Value = (usize, usize, Vec<f32>)> {
        (0usize..6, 0usize..6).prop_flat_map(|(rows, columns)| {
            // Few values make ties, zeros make forbidden pairs.
            let weight = prop_oneof![Just(0.0f32), Just(0.5), -0.5f32..1.0];
            proptest::collection::vec(weight, rows * columns).prop_map(move |w| (rows, columns, w))
        })
    }

    proptest! {
        #[test]
        fn the_total_is_that_of_the_best_of_all_pairings((rows, columns, weights) in any_problem()) {
            let mut solver = Assignment::default();
            // A used solver has to answer like a fresh one.
            solver.solve(2, 1, &[0.3f32, 0.9]);
            let pairs = solver.solve(rows, columns, &weights).to_vec();
            let total: f64 = pairs.iter().map(|&(r, c)| f64::from(weights[r * columns + c])).sum();
            prop_assert!((total - best_by_trying(rows, columns, &weights, 0, 0)).abs() < 1e-6);
            for (i, &(row, column)) in pairs.iter().enumerate() {
                prop_assert!(0.0 < weights[row * columns + column]);
                prop_assert!(pairs[i + 1..].iter().all(|&(r, c)| row < r && column != c));
            }
        }
    }

    #[test]
    fn equal_pairings_keep_the_order_of_both_sides() {
        for (rows, columns) in [(1, 1), (3, 3), (2, 5), (5, 2)] {
            let in_order: Vec<_> = (0..rows.min(columns)).map(|i| (i, i)).collect();
            assert_eq!(Assignment::default().solve(rows, columns, &vec![0.5; rows * columns]), in_order);
        }
    }

    #[test]
    fn the_least_cost_pairs_the_whole_shorter_side() {
        let costs = [4.0, 1.0, 3.0, 2.0, 0.0, 5.0];
        let mut solver = Assignment::default();
        assert_eq!(solver.least_cost(2, 3, &costs), [(0, 1), (1, 0)]);
        assert_eq!(solver.least_cost(3, 2, &costs), [(0, 1), (2, 0)]);
        assert_eq!(solver.least_cost(0, 3, &[]), []);
    }

    #[test]
    fn the_greedy_choice_is_not_taken() {
        let weights = [0.9, 0.8, 0.85, 0.1];
        assert_eq!(Assignment::default().solve(2, 2, &weights), [(0, 1), (1, 0)]);
    }
}
