use proptest::prelude::*;

use super::*;
use crate::{ColourMatrix, Planes as _, sharpness};

const RED: [u8; 3] = [255, 0, 0];

fn checks(size: SizePx) -> Picture {
    let grey = |i: u64| {
        let (x, y) = (i % u64::from(size.width), i / u64::from(size.width));
        if (x / 2 + y / 2).is_multiple_of(2) { [220, 200, 180] } else { [20, 40, 60] }
    };
    Picture::new(size, (0..size.area_px()).flat_map(grey).collect()).expect("fits")
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let at = 3 * (y as usize * picture.size().width as usize + x as usize);
    [picture.rgb()[at], picture.rgb()[at + 1], picture.rgb()[at + 2]]
}

fn point(x: f32, y: f32) -> FramePoint {
    FramePoint { x, y }
}

#[test]
fn every_pixel_that_touches_the_polygon_is_filled_and_no_other() {
    let mut picture = checks(SizePx::new(40, 30));
    let before = picture.clone();
    // From within a pixel to within another one.
    let corners = [point(10.5, 5.5), point(20.5, 5.5), point(20.5, 12.5), point(10.5, 12.5)];
    assert!(picture.fill_polygon(&corners, RED));
    for y in 0..30 {
        for x in 0..40 {
            let inside = (10..=20).contains(&x) && (5..=12).contains(&y);
            let expected = if inside { RED } else { pixel(&before, x, y) };
            assert_eq!(pixel(&picture, x, y), expected, "{x} {y}");
        }
    }
}

#[test]
fn a_polygon_outside_the_picture_touches_nothing() {
    let mut picture = checks(SizePx::new(40, 30));
    let before = picture.clone();
    let beyond = [point(50.0, 2.0), point(60.0, 2.0), point(60.0, 20.0)];
    assert!(!picture.fill_polygon(&beyond, RED));
    assert_eq!(picture, before);
    let around = [point(-50.0, -50.0), point(90.0, -50.0), point(90.0, 90.0), point(-50.0, 90.0)];
    assert!(picture.fill_polygon(&around, RED));
    assert!(picture.rgb().chunks_exact(3).all(|pixel| pixel == RED));
}

#[test]
fn planes_are_black_where_the_polygon_is_in_every_format() {
    let corners = [point(4.2, 3.0), point(12.7, 5.0), point(8.0, 11.3)];
    let size = SizePx::new(17, 13);
    let mut painted = Picture::new(size, vec![200; 3 * 17 * 13]).expect("fits");
    painted.fill_polygon(&corners, [0; 3]);
    let (light, grey) = (|bytes: usize| vec![180u8; bytes], |bytes: usize| vec![128u8; bytes]);
    for (format, planes) in [
        (PixelFormat::I420, vec![(light(17 * 13), 17), (grey(9 * 7), 9), (grey(9 * 7), 9)]),
        (PixelFormat::Nv12, vec![(light(17 * 13), 17), (grey(18 * 7), 18)]),
        (PixelFormat::Rgb8, vec![(light(51 * 13), 51)]),
    ] {
        let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Limited);
        let mut frame = OwnedPlanes::new(size, format, matrix, range, planes).expect("fits");
        frame.black_out(&corners);
        let seen = Picture::from_view(&frame.view());
        for y in 0..size.height {
            for x in 0..size.width {
                let hidden = pixel(&painted, x, y) == [0; 3];
                assert_eq!(pixel(&seen, x, y) == [0; 3], hidden, "{format:?} {x} {y}");
            }
        }
    }
}

#[test]
fn what_is_blurred_has_no_detail_and_what_is_kept_has_all() {
    let size = SizePx::new(120, 160);
    let mut picture = checks(size);
    let before = picture.clone();
    let person = FrameBox::new(20.0, 20.0, 70.0, 140.0).expect("valid");
    let subject = FrameBox::new(60.0, 30.0, 110.0, 150.0).expect("valid");
    assert!(picture.blur(&person, Some(&subject)));
    let alone = FrameBox::new(22.0, 22.0, 58.0, 138.0).expect("valid");
    let (was, is) = (sharpness(&before.view(), &alone), sharpness(&picture.view(), &alone));
    assert!(is < 0.03 * was, "{is} of {was}");
    assert_eq!(Picture::crop(&picture.view(), &subject), Picture::crop(&before.view(), &subject));
    let (outside, inside) = (pixel(&picture, 19, 19), pixel(&picture, 21, 21));
    assert_eq!(outside, pixel(&before, 19, 19));
    assert_ne!(inside, pixel(&before, 21, 21));
}

#[test]
fn an_area_that_is_kept_whole_or_outside_is_not_blurred() {
    let mut picture = checks(SizePx::new(60, 60));
    let before = picture.clone();
    let area = FrameBox::new(10.0, 10.0, 30.0, 40.0).expect("valid");
    assert!(!picture.blur(&area, Some(&area.grown(0.5))));
    assert!(!picture.blur(&FrameBox::new(70.0, 0.0, 90.0, 20.0).expect("valid"), None));
    assert_eq!(picture, before);
}

proptest! {
    #[test]
    fn a_blurred_area_tells_no_more_than_its_means(
        x in -30.0f32..60.0, y in -30.0f32..60.0, width in 1.0f32..90.0, height in 1.0f32..90.0,
    ) {
        let area = FrameBox::new(x, y, x + width, y + height).expect("valid");
        let size = SizePx::new(64, 48);
        let mut picture = checks(size);
        // The pixels of each square in the reverse order: another picture with the same means.
        let mut reversed = picture.clone();
        let rect = FrameRect::covering(&area, size).expect("a picture has pixels");
        let cell = (width.max(height).ceil() as u32).div_ceil(8).max(8);
        for top in (rect.y..rect.y + rect.height).step_by(cell as usize) {
            for left in (rect.x..rect.x + rect.width).step_by(cell as usize) {
                let places: Vec<usize> = (top..(top + cell).min(rect.y + rect.height))
                    .flat_map(|y| (left..(left + cell).min(rect.x + rect.width)).map(move |x| (x, y)))
                    .map(|(x, y)| 3 * (y * size.width + x) as usize)
                    .collect();
                for (&from, &to) in places.iter().zip(places.iter().rev()) {
                    reversed.rgb[to..to + 3].copy_from_slice(&picture.rgb[from..from + 3]);
                }
            }
        }
        let blurred = picture.blur(&area, None);
        prop_assert_eq!(reversed.blur(&area, None), blurred);
        if blurred {
            prop_assert_eq!(picture, reversed);
        }
    }
}
