//! The camera shakes, and the tracks do not.

use super::*;

/// Five people who walk over a picture that holds still, 80 frames.
fn walk(frame: u16) -> Vec<Observation> {
    let lane = |i: u16| {
        let speed = f32::from(i) * 1.5 - 3.0;
        seen(PERSON, 0.9, 60.0 + 110.0 * f32::from(i) + speed * f32::from(frame), 60.0 * f32::from(i))
    };
    // One is missed every seventh frame.
    (0..5).filter(|i| !(frame + i * 3).is_multiple_of(7)).map(lane).collect()
}

/// How far the camera is from its rest position in this frame: up to 40 px, 3 degrees, and a little zoom.
fn pose(frame: u16, zooms: bool) -> CameraMotion {
    let phase = f64::from(frame);
    // Not smooth: from one frame to the next up to twice the amplitude.
    let (angle, zoom) =
        (0.05 * (phase * 2.1).sin(), if zooms { 1.0 + 0.05 * (phase * 1.3).sin() } else { 1.0 });
    let shift = [40.0 * (phase * 2.7).sin(), 40.0 * (phase * 1.9).cos()];
    CameraMotion::new([zoom * angle.cos(), zoom * angle.sin()], shift).expect("small")
}

/// From the picture at one pose to that at another.
fn between(from: &CameraMotion, to: &CameraMotion) -> CameraMotion {
    // The map is complex: z ↦ f·z + s, so the way from one pose to the other is f₂/f₁ and s₂ − f₂/f₁·s₁.
    let (origin, unit) = (from.place([0.0; 2]), from.velocity([1.0, 0.0]));
    let [a, b] = to.velocity([unit[0], -unit[1]]).map(|part| part / from.zoom().powi(2));
    let unshifted = CameraMotion::new([a, b], [0.0; 2]).expect("small").place(origin);
    let target = to.place([0.0; 2]);
    CameraMotion::new([a, b], [target[0] - unshifted[0], target[1] - unshifted[1]]).expect("small")
}

/// Settings and whether their motion model is the same at any scale: SORT's noises are in pixels.
fn all() -> [(TrackerSettings, bool); 4] {
    [
        (TrackerSettings::default(), true),
        (TrackerSettings { max_lost: ms(500), ..TrackerSettings::sort() }, false),
        (TrackerSettings::byte_track(), true),
        (TrackerSettings::oc_sort(), false),
    ]
}

#[test]
fn in_a_shaken_picture_the_tracks_are_those_of_a_still_one() {
    for (settings, zooms) in all() {
        let (mut still, mut shaken) = (Tracker::new(settings.clone()), Tracker::new(settings.clone()));
        for frame in 0..80 {
            let at = ms(33 * u64::from(frame));
            let now = pose(frame, zooms);
            if frame != 0 {
                shaken.camera_moved(&between(&pose(frame - 1, zooms), &now));
            }
            let observations = walk(frame);
            let seen_shaken: Vec<_> =
                observations.iter().map(|o| Observation { bbox: now.bbox(&o.bbox), ..*o }).collect();
            let still = still.update(at, &observations).active;
            let shaken = shaken.update(at, &seen_shaken).active;
            assert_eq!(still.len(), shaken.len(), "{settings:?}, frame {frame}");
            for (still, shaken) in still.iter().zip(shaken) {
                let expected = now.bbox(&still.bbox);
                let same = (still.id, still.state, still.observations);
                assert_eq!((shaken.id, shaken.state, shaken.observations), same, "frame {frame}");
                assert!(0.98 < expected.iou(&shaken.bbox), "{expected:?} {shaken:?}, frame {frame}");
            }
        }
        assert_eq!(still.finish().len(), 5, "five people, five tracks: {settings:?}");
    }
}

#[test]
fn without_being_told_the_same_shake_breaks_the_tracks() {
    for (settings, zooms) in all() {
        let mut tracker = Tracker::new(settings.clone());
        for frame in 0..80 {
            let now = pose(frame, zooms);
            let shaken: Vec<_> =
                walk(frame).iter().map(|o| Observation { bbox: now.bbox(&o.bbox), ..*o }).collect();
            tracker.update(ms(33 * u64::from(frame)), &shaken);
        }
        assert!(10 < tracker.next_id, "{} tracks with {settings:?}", tracker.next_id - 1);
    }
}
