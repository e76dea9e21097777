use proptest::prelude::*;

use super::*;

const FRAME: SizePx = SizePx::new(1920, 1080);

fn point(x: f32, y: f32) -> NormPoint {
    NormPoint { x, y }
}

fn metres(x: f32, y: f32) -> GroundPoint {
    GroundPoint { x, y }
}

/// A camera 4 m above flat ground that looks down by `tilt` degrees, focal length 1.2 frame heights: where a point
/// `right` and `ahead` of its mast and `up` above the ground is in a frame of shape `frame`.
fn seen(right: f64, ahead: f64, up: f64, tilt: f64, frame: SizePx) -> NormPoint {
    let (sin, cos) = tilt.to_radians().sin_cos();
    let below = 4.0 - up;
    let depth = ahead * cos + below * sin;
    let down = below * cos - ahead * sin;
    let aspect = f64::from(frame.width) / f64::from(frame.height);
    NormPoint { x: (0.5 + 1.2 * right / depth / aspect) as f32, y: (0.5 + 1.2 * down / depth) as f32 }
}

/// The ground of that camera, from a rectangle of 6 by 20 m.
fn plane(tilt: f64, frame: SizePx) -> GroundPlane {
    let corners = [(-3.0, 8.0), (3.0, 8.0), (3.0, 28.0), (-3.0, 28.0)];
    let image = corners.map(|(right, ahead)| seen(right, ahead, 0.0, tilt, frame));
    GroundPlane::new(image, corners.map(|(x, y)| metres(x as f32, y as f32))).expect("a quadrangle")
}

proptest! {
    #[test]
    fn feet_are_where_they_stand(right in -8.0..8.0f64, ahead in 6.0..60.0f64, tilt in 2.0..35.0f64) {
        let found = plane(tilt, FRAME).metres_of(seen(right, ahead, 0.0, tilt, FRAME)).expect("on the ground");
        // A pixel in a thousand, seen at a slant, is more the farther away.
        let allowed = 2e-4 * (ahead * ahead) as f32;
        prop_assert!(found.distance(metres(right as f32, ahead as f32)) < allowed, "{found:?}");
    }

    #[test]
    fn an_upright_object_has_its_height_but_for_what_weak_perspective_leaves_out(
        right in -3.0..3.0f64,
        ahead in 15.0..50.0f64,
        tilt in 0.0..30.0f64,
    ) {
        let (foot, top) = (seen(right, ahead, 0.0, tilt, FRAME), seen(right, ahead, 1.8, tilt, FRAME));
        let (foot, top) = (foot.in_frame(FRAME), top.in_frame(FRAME));
        let bbox = FrameBox::new(foot.x - 10.0, top.y, foot.x + 10.0, foot.y).expect("valid");
        let size = plane(tilt, FRAME).size_of(&bbox, FRAME).expect("on the ground");
        // Depth of a point at the foot over depth of the top, as the camera's axes have them.
        let (sin, cos) = tilt.to_radians().sin_cos();
        let expected = (1.8 * ahead / (ahead * cos + (4.0 - 1.8) * sin)) as f32;
        prop_assert!((size.height / expected - 1.0).abs() < 0.01, "{} of {expected} m", size.height);
        prop_assert!((size.height / 1.8 - 1.0).abs() < 0.16, "{} m", size.height);
    }
}

#[test]
fn metres_do_not_depend_on_the_resolution() {
    let small = SizePx::new(640, 360);
    let plane = plane(15.0, FRAME);
    let foot = point(0.4, 0.8);
    let (large_px, small_px) = (plane.metres_per_pixel(foot, FRAME), plane.metres_per_pixel(foot, small));
    let ratio = small_px.expect("on the ground") / large_px.expect("on the ground");
    assert!((ratio - 3.0).abs() < 1e-2, "{ratio}");
    let box_of = |height: f32| FrameBox::new(0.0, height / 2.0, height / 4.0, height * 0.8).expect("valid");
    let (large, small) = (plane.size_of(&box_of(1080.0), FRAME), plane.size_of(&box_of(360.0), small));
    let (large, small) = (large.expect("on the ground"), small.expect("on the ground"));
    assert!((large.height / small.height - 1.0).abs() < 1e-2, "{large:?} {small:?}");
}

#[test]
fn there_are_no_metres_above_the_horizon() {
    // The horizon of a camera that looks down by 5 degrees is 1.2 tan 5° = 0.105 above the middle.
    let plane = plane(5.0, FRAME);
    assert!(plane.metres_of(point(0.5, 0.41)).is_some());
    assert_eq!(plane.metres_of(point(0.5, 0.39)), None);
    assert_eq!(plane.metres_of(point(0.1, 0.0)), None);
    assert_eq!(plane.metres_per_pixel(point(0.5, 0.2), FRAME), None);
    let bird = FrameBox::new(900.0, 100.0, 950.0, 150.0).expect("valid");
    assert_eq!(plane.size_of(&bird, FRAME), None);
    assert_eq!(plane.distance(point(0.5, 0.8), point(0.5, 0.2)), None);
}

#[test]
fn points_that_make_no_plane_are_refused_by_their_numbers() {
    let image = [point(0.2, 0.9), point(0.8, 0.9), point(0.6, 0.5), point(0.4, 0.5)];
    let ground = [metres(0.0, 0.0), metres(4.0, 0.0), metres(4.0, 10.0), metres(0.0, 10.0)];
    assert!(GroundPlane::new(image, ground).is_ok());
    let refused = |image, ground| GroundPlane::new(image, ground).expect_err("must be refused").to_string();
    let in_line = [image[0], image[1], image[2], point(0.5, 0.9)];
    assert_eq!(
        refused(in_line, ground),
        "ground plane: image points 1, 2 and 4 lie on one line, expected the corners of a quadrangle"
    );
    // Half a per cent of the width off the line.
    let nearly = [image[0], image[1], image[2], point(0.5, 0.897)];
    assert!(refused(nearly, ground).contains("image points 1, 2 and 4"));
    let doubled = [ground[0], ground[1], ground[1], ground[3]];
    assert_eq!(
        refused(image, doubled),
        "ground plane: ground points 1, 2 and 3 lie on one line, expected the corners of a quadrangle"
    );
    let swapped = [ground[0], ground[2], ground[1], ground[3]];
    assert_eq!(
        refused(image, swapped),
        "ground plane: points 1 and 2 lie on different sides of the horizon, expected image and ground points in one \
         order"
    );
    let unbounded = [image[0], point(f32::NAN, 0.5), image[2], image[3]];
    assert_eq!(
        refused(unbounded, ground),
        "ground plane: image point 2 is not finite, expected finite numbers"
    );
}
