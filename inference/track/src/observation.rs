use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::edges;

/// One detection of one frame, as the tracker takes it in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Observation {
    /// Index of the class in the detector's list.
    pub class: u16,
    /// Score in `[0, 1]`.
    pub score: f32,
    /// Where the object stands, in frame pixels.
    #[serde(with = "edges")]
    pub bbox: FrameBox,
}

impl Observation {
    /// Whether the score is a number and the box covers a finite, positive area; nothing else can overlap and be
    /// followed.
    pub(crate) fn can_be_followed(&self) -> bool {
        let area = self.bbox.area();
        0.0 < area && area.is_finite() && self.score.is_finite()
    }

    /// A total order that depends on the content alone, best score first.
    pub(crate) fn rank(&self, other: &Self) -> Ordering {
        let edges = |o: &Self| [o.bbox.x0(), o.bbox.y0(), o.bbox.x1(), o.bbox.y1()];
        other.score.total_cmp(&self.score).then(self.class.cmp(&other.class)).then_with(|| {
            let pairs = edges(self).into_iter().zip(edges(other));
            pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        })
    }
}
