/// One output of a model for one picture.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// Length of each dimension, outermost first; a batch axis of 1 may lead.
    pub shape: &'a [i64],
    /// The values, row-major.
    pub data: &'a [f32],
}

impl Tensor<'_> {
    /// The shape without the batch axis, or `None` when there is another number of axes, a batch of several pictures, or
    /// another number of values than the shape says.
    pub(crate) fn rows_and_columns(&self) -> Option<[usize; 2]> {
        let &([rows, columns] | [1, rows, columns]) = self.shape else { return None };
        let [rows, columns] = [usize::try_from(rows).ok()?, usize::try_from(columns).ok()?];
        (rows.checked_mul(columns) == Some(self.data.len())).then_some([rows, columns])
    }
}
