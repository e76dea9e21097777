use crate::Detection;

/// Of two boxes of one class from different looks that overlap more than this, one goes.
const IOU: f32 = 0.5;

/// The same for the share of the smaller box: a look at coarse scale draws a small object's box too wide.
const COVERED: f32 = 0.7;

/// The detections of several looks at one frame, each already suppressed in itself, as one list, best first: of boxes
/// that say the same object the best scored stays. The order of the looks matters among equal scores alone.
pub fn merge_looks(looks: &[Vec<Detection>]) -> Vec<Detection> {
    let mut all: Vec<(usize, Detection)> = looks
        .iter()
        .enumerate()
        .flat_map(|(look, detections)| detections.iter().map(move |detection| (look, *detection)))
        .collect();
    // Stable: equal scores stay in the order of the looks.
    all.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    let mut kept: Vec<(usize, Detection)> = Vec::new();
    for (look, detection) in all {
        let said = |(other, better): &(usize, Detection)| *other != look && same_object(better, &detection);
        if !kept.iter().any(said) {
            kept.push((look, detection));
        }
    }
    kept.into_iter().map(|(_, detection)| detection).collect()
}

fn same_object(a: &Detection, b: &Detection) -> bool {
    if a.class != b.class {
        return false;
    }
    let iou = a.bbox.iou(&b.bbox);
    let smaller = a.bbox.area().min(b.bbox.area());
    // From the ratio and the areas, because the overlap itself is not told: i = r (a + b) / (1 + r).
    let shared = iou * (a.bbox.area() + b.bbox.area()) / (1.0 + iou);
    IOU < iou || COVERED * smaller < shared
}

#[cfg(test)]
mod tests {
    use vision::FrameBox;

    use super::*;
    use crate::Points;

    fn at(class: u16, score: f32, x0: f32, y0: f32, side: f32) -> Detection {
        let bbox = FrameBox::new(x0, y0, x0 + side, y0 + side).expect("valid");
        Detection { class, score, bbox, points: Points::None }
    }

    #[test]
    fn an_object_seen_twice_is_said_once_by_the_surer_look() {
        let whole = vec![at(0, 0.4, 10.0, 10.0, 30.0), at(0, 0.9, 200.0, 50.0, 60.0)];
        let tile = vec![at(0, 0.8, 12.0, 12.0, 20.0)];
        let merged = merge_looks(&[whole.clone(), tile.clone()]);
        assert_eq!(merged, [whole[1], tile[0]]);
    }

    #[test]
    fn neighbours_of_one_look_and_other_classes_stay() {
        // A child before a grown-up: one look told them apart already.
        let whole = vec![at(0, 0.9, 0.0, 0.0, 40.0), at(0, 0.8, 5.0, 5.0, 20.0)];
        let tile = vec![at(1, 0.7, 5.0, 5.0, 20.0)];
        let merged = merge_looks(&[whole.clone(), tile.clone()]);
        assert_eq!(merged, [whole[0], whole[1], tile[0]]);
    }

    #[test]
    fn what_only_a_tile_saw_is_added() {
        let tile = vec![at(0, 0.5, 300.0, 300.0, 12.0)];
        assert_eq!(merge_looks(&[Vec::new(), tile.clone(), Vec::new()]), tile);
    }
}
