use vision::InputBox;

use super::push;
use crate::Candidate;

/// Values of a row.
pub(super) const ROW_LEN: i64 = 5;

/// Rows of `x0, y0, x1, y1, score`, suppressed already (MMDeploy's `dets`). Rows that only fill the output up score 0 and
/// have no area.
pub(super) fn decode(data: &[f32], min_score: f32, out: &mut Vec<Candidate>) {
    let (rows, _) = data.as_chunks::<{ ROW_LEN as usize }>();
    for &[x0, y0, x1, y1, score] in rows {
        if min_score <= score {
            push(out, 0, score, InputBox { x0, y0, x1, y1 });
        }
    }
}
