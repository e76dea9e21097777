use proptest::prelude::*;

use super::*;

const FRAME: SizePx = SizePx::new(1920, 1080);
const MIDDLE: NormPoint = NormPoint { x: 0.5, y: 0.5 };

fn pose() -> CameraPose {
    CameraPose {
        position: Wgs84 { latitude_deg: 21.97, longitude_deg: 106.71 },
        height_m: 6.0,
        heading_deg: 0.0,
        tilt_deg: 45.0,
        field_of_view_deg: 90.0,
        uncertainty: PoseUncertainty::default(),
    }
}

/// Earth-centred coordinates, by the textbook: another way from degrees to metres than the one under test.
fn earth_centred(place: Wgs84) -> [f64; 3] {
    let (sin_lat, cos_lat) = place.latitude_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = place.longitude_deg.to_radians().sin_cos();
    let across = EQUATOR_M / (1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat).sqrt();
    [across * cos_lat * cos_lon, across * cos_lat * sin_lon, across * (1.0 - ECCENTRICITY_SQUARED) * sin_lat]
}

fn metres_between(a: Wgs84, b: Wgs84) -> f64 {
    let (a, b) = (earth_centred(a), earth_centred(b));
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[test]
fn the_middle_of_a_camera_that_looks_down_at_45_degrees_is_as_far_as_it_is_high() {
    let pose = pose();
    let located = pose.locate(MIDDLE, FRAME).expect("below the horizon");
    assert!((located.distance_m - 6.0).abs() < 1e-9, "{located:?}");
    assert!((metres_between(pose.position, located.position) - 6.0).abs() < 1e-3);
    assert!(pose.position.latitude_deg < located.position.latitude_deg, "to the north");
    assert!((located.position.longitude_deg - pose.position.longitude_deg).abs() < 1e-12);
}

#[test]
fn heading_turns_clockwise_and_right_is_right() {
    let east = CameraPose { heading_deg: 90.0, ..pose() };
    let ahead = east.locate(MIDDLE, FRAME).expect("below the horizon").position;
    assert!(east.position.longitude_deg < ahead.longitude_deg, "heading 90 is east");
    let right = east.locate(NormPoint { x: 1.0, y: 0.5 }, FRAME).expect("below the horizon").position;
    assert!(right.latitude_deg < ahead.latitude_deg, "right of east is south");
}

#[test]
fn the_edge_of_the_picture_is_half_the_field_of_view_away() {
    // Straight down from 10 m with 90° from edge to edge: the right edge is 10 m to the right.
    let down = CameraPose { height_m: 10.0, tilt_deg: 90.0, ..pose() };
    let right = down.locate(NormPoint { x: 1.0, y: 0.5 }, FRAME).expect("below the horizon");
    assert!((right.distance_m - 10.0).abs() < 1e-9, "{right:?}");
    assert!(down.position.longitude_deg < right.position.longitude_deg, "the top of the picture is north");
    let top = down.locate(NormPoint { x: 0.5, y: 0.0 }, FRAME).expect("below the horizon");
    assert!((top.distance_m - 10.0 * 1080.0 / 1920.0).abs() < 1e-9, "{top:?}");
}

#[test]
fn nothing_is_located_at_the_horizon_or_above() {
    let level = CameraPose { tilt_deg: 0.0, ..pose() };
    assert_eq!(level.locate(NormPoint { x: 0.5, y: 0.4 }, FRAME), None);
    assert_eq!(level.locate(MIDDLE, FRAME), None);
    // Below it, but by less than a standard deviation of the tilt.
    assert_eq!(level.locate(NormPoint { x: 0.5, y: 0.505 }, FRAME), None);
    assert!(level.locate(NormPoint { x: 0.5, y: 0.7 }, FRAME).is_some());
}

#[test]
fn far_away_is_less_certain_and_a_better_survey_more() {
    let pose = CameraPose { tilt_deg: 15.0, ..pose() };
    let uncertainty = |pose: &CameraPose, y| {
        pose.locate(NormPoint { x: 0.5, y }, FRAME).expect("below the horizon").uncertainty_m
    };
    assert!(uncertainty(&pose, 0.9) < uncertainty(&pose, 0.5));
    let none = PoseUncertainty {
        position_m: 0.0,
        height_m: 0.0,
        heading_deg: 0.0,
        tilt_deg: 0.0,
        field_of_view_deg: 0.0,
        point: 0.0,
    };
    assert_eq!(uncertainty(&CameraPose { uncertainty: none, ..pose }, 0.5), 0.0);
    // Only the position is unknown, by 2 m along each axis.
    let only_position = PoseUncertainty { position_m: 2.0, ..none };
    let radius = uncertainty(&CameraPose { uncertainty: only_position, ..pose }, 0.5);
    assert!((radius - 2.0 * SIGMAS_OF_95_PERCENT).abs() < 1e-9, "{radius}");
    // Only the heading is, by 1°: an arc at the distance of the point.
    let only_heading = PoseUncertainty { heading_deg: 1.0, ..none };
    let turned = CameraPose { uncertainty: only_heading, ..pose };
    let distance = turned.locate(MIDDLE, FRAME).expect("below the horizon").distance_m;
    let arc = SIGMAS_OF_95_PERCENT * distance * 1f64.to_radians();
    assert!((uncertainty(&turned, 0.5) - arc).abs() < 1e-3 * arc);
}

#[test]
fn what_is_no_pose_is_refused_by_name() {
    assert_eq!(pose().check(), Ok(()));
    let upside_down = CameraPose { field_of_view_deg: 180.0, ..pose() };
    assert_eq!(
        upside_down.check().unwrap_err().to_string(),
        "camera pose: `field_of_view_deg` is 180, expected 1 to below 180"
    );
    let nowhere = Wgs84 { latitude_deg: f64::NAN, longitude_deg: 0.0 };
    assert!(CameraPose { position: nowhere, ..pose() }.check().is_err());
    let uncertainty = PoseUncertainty { tilt_deg: -1.0, ..PoseUncertainty::default() };
    assert!(CameraPose { uncertainty, ..pose() }.check().is_err());
}

proptest! {
    #[test]
    fn a_place_is_as_far_from_the_camera_as_it_says(
        latitude_deg in -80.0..80.0,
        longitude_deg in -180.0..180.0,
        heading_deg in 0.0..360.0,
        tilt_deg in 10.0..90.0,
        x in 0f32..1.0,
        y in 0.5f32..1.0,
    ) {
        let position = Wgs84 { latitude_deg, longitude_deg };
        let pose = CameraPose { position, heading_deg, tilt_deg, ..pose() };
        let located = pose.locate(NormPoint { x, y }, FRAME).expect("below the horizon");
        let measured = metres_between(position, located.position);
        prop_assert!((measured - located.distance_m).abs() < 0.01, "{measured} {located:?}");
        prop_assert!(located.position.longitude_deg.abs() <= 180.0);
        prop_assert!(pose.uncertainty.position_m < located.uncertainty_m);
    }
}
