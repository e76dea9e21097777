use vision::SizePx;

/// One level's grid.
#[derive(Clone, Copy)]
pub(super) struct Level {
    /// Input pixels per cell.
    pub(super) stride: f32,
    columns: usize,
    lines: usize,
}

impl Level {
    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.columns.saturating_mul(self.lines)
    }

    /// Column and line of the cell that a level's row number `index` speaks for.
    pub(super) fn cell(&self, index: usize) -> (f32, f32) {
        ((index % self.columns) as f32, (index / self.columns) as f32)
    }
}

/// The grids of an input of size `input`; a stride of 0 has none.
pub(super) fn levels(strides: &[u32], input: SizePx) -> impl Iterator<Item = Level> {
    strides.iter().filter(|&&stride| 0 < stride).map(move |&stride| Level {
        stride: stride as f32,
        columns: input.width.div_ceil(stride) as usize,
        lines: input.height.div_ceil(stride) as usize,
    })
}

/// The rows of `row_len` values in `data`, each with its level and its number in that level.
pub(super) fn rows_of(
    data: &[f32],
    row_len: usize,
    levels: impl Iterator<Item = Level>,
) -> impl Iterator<Item = (Level, usize, &[f32])> {
    let places = levels.flat_map(|level| (0..level.cells()).map(move |index| (level, index)));
    places.zip(data.chunks_exact(row_len)).map(|((level, index), row)| (level, index, row))
}
