use super::*;

const FRAME: SizePx = SizePx { width: 640, height: 360 };

fn camera(keys: &str) -> Camera {
    let text = format!(
        "[box]\nid = \"b\"\nsite = \"s\"\ndata-dir = \"d\"\n[delivery]\nlocal-only = true\n\
         [[camera]]\nid = \"c\"\nurl = \"file:c\"\n{keys}\n"
    );
    let surroundings = edge_config::Surroundings::default();
    let strictness = edge_config::Strictness::Strict;
    let checked = edge_config::parse("edge.toml", &text, std::path::Path::new(""), strictness, surroundings);
    checked.expect("good settings").config.cameras.pop().expect("one camera")
}

/// Looks north from 4 m, 20 degrees down.
fn mast() -> CameraPose {
    let keys = "position = { latitude = 21.0, longitude = 105.0, heading-deg = 0 }\n\
                pose = { height-m = 4, tilt-deg = 20, field-of-view-deg = 60 }";
    camera_pose(&camera(keys)).expect("in range").expect("given")
}

fn bbox(x0: f32, y0: f32, x1: f32, y1: f32) -> FrameBox {
    FrameBox::new(x0, y0, x1, y1).expect("in order")
}

#[test]
fn what_the_operator_leaves_out_is_what_the_parts_have_by_default() {
    let plain = camera("");
    assert_eq!(light_settings(&plain), LightSettings::default());
    let own = TrackerSettings { high_score: 0.3, new_track_score: 0.3, ..TrackerSettings::default() };
    assert_eq!(tracker_settings(&plain, 0.3, Vec::new()), own);
    assert_eq!(mast().uncertainty, PoseUncertainty::default());
    assert!(camera_pose(&plain).expect("none is no fault").is_none());
    assert!(ground_plane(&plain).expect("none is no fault").is_none());
}

#[test]
fn a_weaker_camera_keeps_its_own_floor() {
    let settings = tracker_settings(&camera(""), 0.05, Vec::new());
    assert_eq!((settings.high_score, settings.low_score), (0.05, 0.05));
}

#[test]
fn each_kind_of_tracker_runs_on_the_frames_own_times() {
    use track::{Association, Confirmation};

    let of = |kind: &str, more: &str| {
        let keys = format!("tracker = {{ kind = \"{kind}\"{more} }}");
        tracker_settings(&camera(&keys), 0.4, vec![vec![1, 2]])
    };
    let sort = of("sort", "");
    assert_eq!((sort.association, sort.confirmation), (Association::Sort, Confirmation::EachStreak));
    assert_eq!((sort.clock, sort.low_score, sort.max_lost), (Clock::Times, 0.4, ONE_MISSED_FRAME));
    let byte = of("byte-track", "");
    assert_eq!((byte.clock, byte.low_score, byte.min_hits), (Clock::Times, 0.1, 2));
    assert!((byte.new_track_score - 0.5).abs() < 1e-6);
    let oc_sort = of("oc-sort", ", max-lost = \"3s\", min-hits = 5, min-iou = 0.25");
    assert_eq!(oc_sort.association, Association::OcSort);
    let lost = Duration::from_secs(3);
    assert_eq!((oc_sort.max_lost, oc_sort.max_lost_tentative, oc_sort.min_hits), (lost, lost, 5));
    assert_eq!((oc_sort.min_iou, oc_sort.class_groups), (0.25, vec![vec![1, 2]]));
    let cairn = of("cairn", ", max-lost = \"100ms\"");
    let lost = Duration::from_millis(100);
    assert_eq!((cairn.max_lost, cairn.max_lost_tentative), (lost, lost));
}

#[test]
fn a_foot_below_the_horizon_is_on_the_map() {
    // On the optical axis, which meets the ground 4 m / tan 20° ahead.
    let place = location(&mast(), &bbox(300.0, 100.0, 340.0, 180.0), FRAME).expect("on the ground");
    let north_m = (place.latitude_deg - 21.0) * 110_703.0;
    assert!((north_m - 10.99).abs() < 0.05, "{north_m} m");
    assert!((place.longitude_deg - 105.0).abs() < 1e-9);
    // 2.4477 standard deviations of 5 m and of what the angles add.
    assert!((12.2..15.0).contains(&place.uncertainty_m), "{} m", place.uncertainty_m);
}

#[test]
fn a_foot_in_the_sky_or_out_of_the_picture_is_nowhere() {
    // The horizon of a camera that looks 5 degrees down lies about an eighth of the picture above its middle.
    let flat = CameraPose { tilt_deg: 5.0, ..mast() };
    for bottom in [10.0, 100.0, 130.0, 134.0] {
        assert_eq!(location(&flat, &bbox(300.0, 1.0, 340.0, bottom), FRAME), None, "{bottom}");
    }
    assert!(location(&flat, &bbox(300.0, 1.0, 340.0, 180.0), FRAME).is_some());
    for bottom in [359.5, 360.0, 420.0] {
        assert_eq!(location(&mast(), &bbox(300.0, 100.0, 340.0, bottom), FRAME), None, "{bottom}");
    }
    assert!(location(&mast(), &bbox(300.0, 100.0, 340.0, 358.0), FRAME).is_some());
}

#[test]
fn the_ground_plane_is_the_settings_own() {
    let keys = "[camera.ground]\nimage = [[0.2, 0.9], [0.8, 0.9], [0.6, 0.4333], [0.4, 0.4333]]\n\
                metres = [[0, 0], [4, 0], [4, 10], [0, 10]]";
    let plane = ground_plane(&camera(keys)).expect("a quadrangle").expect("given");
    let corner = plane.metres_of(vision::NormPoint { x: 0.6, y: 0.4333 }).expect("on the ground");
    assert!((corner.x - 4.0).abs() < 1e-3 && (corner.y - 10.0).abs() < 1e-3, "{corner:?}");
}
