use crate::Detection;

/// Of detections that claim the same object under different classes of one group, keeps the best.
///
/// A detector that wavers between `car` and `truck` gives two boxes for one van, and per-class suppression lets both
/// pass; a tracker would then follow one vehicle twice. Each of `groups` lists classes that cannot stand in the same
/// place; two detections of one group whose intersection over union is above `iou` are taken for one object.
/// `detections` must be ordered by score, best first, as [`crate::nms`] leaves them, and stays so.
pub fn drop_rivals(detections: &mut Vec<Detection>, groups: &[Vec<u16>], iou: f32) {
    let group_of = |class: u16| groups.iter().position(|group| group.contains(&class));
    let mut kept = 0;
    for index in 0..detections.len() {
        let detection = detections[index];
        let group = group_of(detection.class);
        let is_rival = |better: &Detection| {
            better.class != detection.class
                && group.is_some()
                && group_of(better.class) == group
                && iou < better.bbox.iou(&detection.bbox)
        };
        if !detections[..kept].iter().any(is_rival) {
            detections[kept] = detection;
            kept += 1;
        }
    }
    detections.truncate(kept);
}

#[cfg(test)]
mod tests {
    use vision::FrameBox;

    use super::*;
    use crate::Points;

    const CAR: u16 = 2;
    const TRUCK: u16 = 7;
    const PERSON: u16 = 0;

    fn detection(class: u16, score: f32, x0: f32) -> Detection {
        let bbox = FrameBox::new(x0, 0.0, x0 + 10.0, 10.0).expect("valid");
        Detection { class, score, bbox, points: Points::None }
    }

    #[test]
    fn one_van_seen_as_car_and_truck_is_the_better_of_the_two() {
        let van = detection(TRUCK, 0.8, 0.0);
        let as_car = detection(CAR, 0.6, 1.0);
        let driver = detection(PERSON, 0.5, 0.5);
        let next_car = detection(CAR, 0.4, 30.0);
        let mut detections = vec![van, as_car, driver, next_car];
        drop_rivals(&mut detections, &[vec![CAR, TRUCK]], 0.5);
        assert_eq!(detections, [van, driver, next_car]);
    }

    #[test]
    fn classes_outside_every_group_have_no_rivals() {
        let pair = [detection(CAR, 0.8, 0.0), detection(TRUCK, 0.6, 0.0)];
        let mut detections = pair.to_vec();
        drop_rivals(&mut detections, &[], 0.5);
        assert_eq!(detections, pair);
    }
}
