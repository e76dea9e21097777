use proptest::prelude::*;
use vision::{ColourMatrix, ColourRange, FrameBox, OwnedPlanes, Planes as _};

use super::*;

const SIZE: SizePx = SizePx::new(320, 240);

/// Light of an endless scene at a place: hills of many sizes, all of them smooth, so that a part of a pixel shows.
fn scene(x: f32, y: f32) -> f32 {
    let hills = 30.0 * (x / 9.0).sin() + 25.0 * (y / 7.0 + 1.0).sin() + 20.0 * ((x + 2.0 * y) / 31.0).cos();
    let walls = 18.0 * (4.0 * (x / 17.0).sin()).tanh() * (y / 23.0).sin();
    128.0 + hills + walls
}

/// What a camera sees that looks `(x, y)` pixels right and down of where it should, with `light` times the light and the
/// pixels of `hidden` grey.
fn frame((x, y): (f32, f32), light: f32, hidden: Option<FrameBox>) -> OwnedPlanes {
    let (w, h) = (SIZE.width as usize, SIZE.height as usize);
    let mut luma = Vec::with_capacity(w * h);
    for row in 0..h {
        for column in 0..w {
            let (px, py) = (column as f32, row as f32);
            let is_hidden = hidden.is_some_and(|area| {
                (area.x0()..area.x1()).contains(&px) && (area.y0()..area.y1()).contains(&py)
            });
            let value = if is_hidden { 90.0 } else { light * scene(px + x, py + y) };
            luma.push(value.clamp(0.0, 255.0) as u8);
        }
    }
    let chroma = vec![128u8; w * h / 4];
    let planes = vec![(luma, w), (chroma.clone(), w / 2), (chroma, w / 2)];
    OwnedPlanes::new(SIZE, PixelFormat::I420, ColourMatrix::Bt601, ColourRange::Limited, planes)
        .expect("fits")
}

/// How far a place of the picture has moved.
fn moved(motion: &CameraMotion) -> (f32, f32) {
    let bbox = FrameBox::new(100.0, 100.0, 110.0, 110.0).expect("a box");
    let now = motion.bbox(&bbox);
    (now.x0() - bbox.x0(), now.y0() - bbox.y0())
}

fn between(before: &OwnedPlanes, now: &OwnedPlanes) -> Option<(f32, f32)> {
    let mut shift = CameraShift::default();
    assert_eq!(shift.update(&before.view()), None, "nothing was before the first frame");
    shift.update(&now.view()).map(|motion| moved(&motion))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_camera_that_looks_elsewhere_is_found_out_to_a_third_of_a_pixel(x in -12.0f32..12.0, y in -12.0f32..12.0) {
        prop_assume!(1.6 < x.abs().max(y.abs()));
        let found = between(&frame((0.0, 0.0), 1.0, None), &frame((x, y), 1.0, None)).expect("a shift");
        // The picture moves the other way.
        prop_assert!((found.0 + x).abs() < 0.34 && (found.1 + y).abs() < 0.34, "{found:?}");
    }

    #[test]
    fn light_is_no_movement(light in 0.5f32..1.2) {
        prop_assert_eq!(between(&frame((0.0, 0.0), 1.0, None), &frame((0.0, 0.0), light, None)), None);
    }

    #[test]
    fn an_object_that_moves_is_no_camera(x in 0.0f32..200.0, y in 0.0f32..120.0, step in 2.0f32..12.0) {
        let object = |x: f32| FrameBox::new(x, y, x + 70.0, y + 90.0);
        let (before, now) = (frame((0.0, 0.0), 1.0, object(x)), frame((0.0, 0.0), 1.0, object(x + step)));
        prop_assert_eq!(between(&before, &now), None);
    }
}

#[test]
fn a_shake_behind_an_object_is_still_found() {
    let object = |x: f32| FrameBox::new(x, 60.0, x + 70.0, 150.0);
    let (before, now) = (frame((0.0, 0.0), 1.0, object(90.0)), frame((4.0, -3.0), 0.9, object(97.0)));
    let found = between(&before, &now).expect("a shift");
    assert!((found.0 + 4.0).abs() < 0.34 && (found.1 - 3.0).abs() < 0.34, "{found:?}");
}

#[test]
fn a_part_of_a_pixel_is_no_movement() {
    assert_eq!(between(&frame((0.0, 0.0), 1.0, None), &frame((0.8, -0.6), 1.0, None)), None);
}

#[test]
fn what_cannot_be_told_is_not_guessed() {
    let plain = frame((0.0, 0.0), 0.0, None);
    assert_eq!(between(&plain, &plain), None, "a dark frame");
    let (here, far) = (frame((0.0, 0.0), 1.0, None), frame((90.0, 70.0), 1.0, None));
    assert_eq!(between(&here, &far), None, "farther than is looked for");
}

#[test]
fn a_frame_of_another_size_begins_anew() {
    let mut shift = CameraShift::default();
    let small = SizePx::new(16, 16);
    let planes = vec![(vec![100u8; 256], 16), (vec![128u8; 64], 8), (vec![128u8; 64], 8)];
    let small = OwnedPlanes::new(small, PixelFormat::I420, ColourMatrix::Bt601, ColourRange::Limited, planes)
        .expect("fits");
    assert_eq!(shift.update(&frame((0.0, 0.0), 1.0, None).view()), None);
    assert_eq!(shift.update(&small.view()), None);
    assert_eq!(shift.update(&small.view()), None, "too small to tell");
}
