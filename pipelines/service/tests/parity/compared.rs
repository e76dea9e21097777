//! Detections of two paths, matched.

use std::fmt;

use detect::Detection;
use vision::FrameBox;

use crate::reference::TheirBox;

/// Two detections of one class that overlap more than this may be one.
const SAME_IOU: f32 = 0.9;

/// How two paths differ over a set of pictures.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Detections that both paths have.
    pub(crate) matched: usize,
    /// Detections that score enough in one path and have no match in the other.
    pub(crate) alone: usize,
    /// Of each pair: how far apart the scores are.
    scores: Vec<f32>,
    /// Of each pair: how far apart the edges are at most, in parts of the longer side of the box.
    edges: Vec<f32>,
    /// The same of the points.
    points: Vec<f32>,
}

impl Difference {
    /// Of what both found in each picture. A detection below `sure` may be missing on the other side.
    pub(crate) fn of(ours: &[Vec<Detection>], theirs: &[Vec<TheirBox>], sure: f32) -> Self {
        assert_eq!(ours.len(), theirs.len(), "as many pictures");
        let mut difference = Self::default();
        for (ours, theirs) in ours.iter().zip(theirs) {
            difference.add(ours, theirs, sure);
        }
        difference
    }

    /// The largest difference of two scores.
    pub(crate) fn scores(&self) -> f32 {
        quantile(&self.scores, 1.0)
    }

    /// How far edges are apart at most, in parts of the longer side of the box, in all pairs but one in a hundred: where two
    /// boxes of one object score the same, each path may keep the other one.
    pub(crate) fn edges(&self) -> f32 {
        quantile(&self.edges, 0.99)
    }

    /// The same of points.
    pub(crate) fn points(&self) -> f32 {
        quantile(&self.points, 0.99)
    }

    fn add(&mut self, ours: &[Detection], theirs: &[TheirBox], sure: f32) {
        let mut free: Vec<&TheirBox> = theirs.iter().collect();
        for our in ours {
            let likeness = |their: &TheirBox| match their.class == our.class {
                // Where boxes are crowded, overlap alone may pair neighbours.
                true => bbox(their).iou(&our.bbox) - (their.score - our.score).abs(),
                false => 0.0,
            };
            let nearest = (0..free.len()).max_by(|&a, &b| likeness(free[a]).total_cmp(&likeness(free[b])));
            match nearest.filter(|&index| SAME_IOU < likeness(free[index])) {
                Some(index) => self.pair(our, free.swap_remove(index)),
                None => self.alone += usize::from(sure <= our.score),
            }
        }
        self.alone += free.iter().filter(|their| sure <= their.score).count();
    }

    fn pair(&mut self, our: &Detection, their: &TheirBox) {
        self.matched += 1;
        let side = our.bbox.width().max(our.bbox.height());
        let edges = [our.bbox.x0(), our.bbox.y0(), our.bbox.x1(), our.bbox.y1()];
        let edges = edges.iter().zip(their.edges).map(|(ours, theirs)| (ours - theirs).abs() / side);
        self.scores.push((our.score - their.score).abs());
        self.edges.push(edges.fold(0.0, f32::max));
        let points = our.points.as_slice();
        assert_eq!(points.len(), their.points.len(), "as many points");
        let apart =
            points.iter().zip(&their.points).map(|(ours, [x, y])| (ours.x - x).hypot(ours.y - y) / side);
        self.points.push(apart.fold(0.0, f32::max));
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { matched, alone, .. } = self;
        write!(f, "{matched} pairs, {alone} alone; ")?;
        for (what, values) in [("scores", &self.scores), ("edges", &self.edges), ("points", &self.points)] {
            let [median, most, all] = [0.5, 0.99, 1.0].map(|part| quantile(values, part));
            write!(f, "{what} differ by {median:.5}, most by no more than {most:.5}, all {all:.5}; ")?;
        }
        Ok(())
    }
}

/// What a `part` of `values` does not exceed.
fn quantile(values: &[f32], part: f64) -> f32 {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    let place = (values.len() as f64 * part) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

fn bbox(their: &TheirBox) -> FrameBox {
    let [x0, y0, x1, y1] = their.edges;
    FrameBox::new(x0, y0, x1, y1).expect("a box")
}
