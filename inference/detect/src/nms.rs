use std::cmp::Ordering;

use crate::Candidate;

/// Greedy non-maximum suppression, per class and in place: of two candidates of one class whose intersection over
/// union is above `iou`, only the better one stays. At an `iou` of 1 all stay: for models that leave one box per object
/// themselves.
///
/// The survivors are ordered by score, best first. The order of the input does not matter: equal scores are told apart
/// by class, box edges and points. Suppressing twice changes nothing.
pub fn nms(candidates: &mut Vec<Candidate>, iou: f32) {
    candidates.sort_unstable_by(best_first);
    // No overlap is above 1 but by rounding.
    if 1.0 <= iou {
        return;
    }
    let mut kept = 0;
    for index in 0..candidates.len() {
        let candidate = candidates[index];
        let covered = candidates[..kept]
            .iter()
            .any(|better| better.class == candidate.class && iou < better.bbox.iou(&candidate.bbox));
        if !covered {
            candidates[kept] = candidate;
            kept += 1;
        }
    }
    candidates.truncate(kept);
}

/// A total order of one head's candidates: only those that are the same in every bit compare equal.
pub(crate) fn best_first(a: &Candidate, b: &Candidate) -> Ordering {
    b.score.total_cmp(&a.score).then(a.class.cmp(&b.class)).then_with(|| {
        let mut pairs = places(a).zip(places(b));
        pairs
            .find_map(|(a, b)| Some(a.total_cmp(&b)).filter(|order| order.is_ne()))
            .unwrap_or(Ordering::Equal)
    })
}

/// All coordinates.
fn places(c: &Candidate) -> impl Iterator<Item = f32> {
    let edges = [c.bbox.x0, c.bbox.y0, c.bbox.x1, c.bbox.y1];
    edges.into_iter().chain(c.points.as_slice().iter().flat_map(|point| [point.x, point.y]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vision::{InputBox, InputPoint};

    use super::*;
    use crate::Points;

    fn candidate(class: u16, score: f32, x0: f32, width: f32) -> Candidate {
        let bbox = InputBox { x0, y0: 0.0, x1: x0 + width, y1: 10.0 };
        Candidate { class, score, bbox, points: Points::None }
    }

    #[test]
    fn the_better_of_two_overlapping_boxes_stays_and_other_classes_do_not_matter() {
        let better = candidate(0, 0.9, 0.0, 10.0);
        let worse = candidate(0, 0.8, 1.0, 10.0);
        let other_class = candidate(1, 0.7, 0.5, 10.0);
        let apart = candidate(0, 0.6, 20.0, 10.0);
        let mut candidates = vec![apart, worse, other_class, better];
        nms(&mut candidates, 0.5);
        assert_eq!(candidates, [better, other_class, apart]);
    }

    #[test]
    fn an_overlap_equal_to_the_bound_is_allowed() {
        // Intersection 5, union 15.
        let pair = [candidate(0, 0.9, 0.0, 10.0), candidate(0, 0.8, 5.0, 10.0)];
        let mut at_bound = pair.to_vec();
        nms(&mut at_bound, 1.0 / 3.0);
        assert_eq!(at_bound.len(), 2);
        let mut below = pair.to_vec();
        nms(&mut below, 0.333);
        assert_eq!(below, pair[..1]);
    }

    #[test]
    fn a_bound_of_one_only_orders() {
        let mut twice =
            vec![candidate(0, 0.8, 0.0, 10.0), candidate(0, 0.9, 0.0, 10.0), candidate(0, 0.9, 0.0, 10.0)];
        nms(&mut twice, 1.0);
        assert_eq!(twice.iter().map(|c| c.score).collect::<Vec<_>>(), [0.9, 0.9, 0.8]);
    }

    #[test]
    fn boxes_alike_are_told_apart_by_their_points() {
        let with = |x| {
            let points = Points::Corners([InputPoint { x, y: 1.0 }; 4]);
            Candidate { points, ..candidate(0, 0.9, 0.0, 10.0) }
        };
        let (mut one_way, mut other_way) = (vec![with(1.0), with(2.0)], vec![with(2.0), with(1.0)]);
        nms(&mut one_way, 0.5);
        nms(&mut other_way, 0.5);
        assert_eq!((&one_way, one_way[0]), (&other_way, with(1.0)));
    }

    #[test]
    fn a_suppressed_candidate_suppresses_nothing() {
        let first = candidate(0, 0.9, 0.0, 10.0);
        let middle = candidate(0, 0.8, 4.0, 10.0);
        let last = candidate(0, 0.7, 8.0, 10.0);
        let mut chain = vec![first, middle, last];
        nms(&mut chain, 0.3);
        assert_eq!(chain, [first, last]);
    }

    /// Coarse values, so that equal scores and equal boxes are common.
    fn any_candidate() -> impl Strategy<Value = Candidate> {
        (0u16..3, 1u8..=5, 0i8..8, 0i8..8, 1i8..6, 1i8..6).prop_map(|(class, score, x, y, w, h)| Candidate {
            class,
            score: f32::from(score) / 5.0,
            bbox: InputBox { x0: f32::from(x), y0: f32::from(y), x1: f32::from(x + w), y1: f32::from(y + h) },
            points: Points::None,
        })
    }

    fn suppressed(mut candidates: Vec<Candidate>, iou: f32) -> Vec<Candidate> {
        nms(&mut candidates, iou);
        candidates
    }

    proptest! {
        #[test]
        fn the_order_of_the_input_does_not_matter(
            (original, shuffled) in prop::collection::vec(any_candidate(), 0..40)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
            iou in 0.0f32..1.0,
        ) {
            prop_assert_eq!(suppressed(original, iou), suppressed(shuffled, iou));
        }

        #[test]
        fn twice_is_once(list in prop::collection::vec(any_candidate(), 0..40), iou in 0.0f32..1.0) {
            let once = suppressed(list, iou);
            prop_assert_eq!(suppressed(once.clone(), iou), once);
        }

        #[test]
        fn what_stays_keeps_its_distance_and_what_goes_is_covered(
            list in prop::collection::vec(any_candidate(), 0..40), iou in 0.0f32..1.0,
        ) {
            let kept = suppressed(list.clone(), iou);
            let covers = |a: &Candidate, b: &Candidate| a.class == b.class && iou < a.bbox.iou(&b.bbox);
            for (index, candidate) in kept.iter().enumerate() {
                prop_assert!(!kept[..index].iter().any(|better| covers(better, candidate)));
            }
            for candidate in &list {
                let by_better = |k: &Candidate| candidate.score <= k.score && covers(k, candidate);
                prop_assert!(kept.contains(candidate) || kept.iter().any(by_better));
            }
        }
    }
}
