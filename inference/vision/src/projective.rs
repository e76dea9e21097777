/// A projective map of the plane: `(x, y)` goes to `(X / W, Y / W)` with `(X, Y, W) = matrix · (x, y, 1)`.
///
/// A similarity and an affine map have `(0, 0, 1)` in the last row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projective {
    /// Row by row.
    matrix: [[f64; 3]; 3],
}

impl Projective {
    /// `None` when a number is not finite.
    pub(crate) fn new(matrix: [[f64; 3]; 3]) -> Option<Self> {
        matrix.as_flattened().iter().all(|number| number.is_finite()).then_some(Self { matrix })
    }

    /// Where `(x, y)` goes; `None` for what lies on the horizon or behind it.
    pub fn apply(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let [row_x, row_y, row_w] = self.matrix.map(|[a, b, c]| a * x + b * y + c);
        (0.0 < row_w).then(|| (row_x / row_w, row_y / row_w))
    }

    #[cfg(test)]
    pub(crate) fn matrix(&self) -> &[[f64; 3]; 3] {
        &self.matrix
    }
}
