use proptest::prelude::*;
use vision::SizePx;

use super::*;

const WIDTH: usize = 160;
const HEIGHT: usize = 64;

fn corners(width: f32, height: f32) -> [FramePoint; 4] {
    [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)].map(|(x, y)| FramePoint { x, y })
}

fn crop(luma: impl Fn(usize, usize) -> u8) -> Picture {
    let rgb = (0..WIDTH * HEIGHT).flat_map(|i| [luma(i % WIDTH, i / WIDTH); 3]).collect();
    Picture::new(SizePx::new(WIDTH as u32, HEIGHT as u32), rgb).expect("fits")
}

/// Ten letters H, dark on a light ground, with strokes of five pixels.
fn text(x: usize, y: usize) -> u8 {
    let is_ink = (8..56).contains(&y)
        && (x % 20 < 5 || (10..15).contains(&(x % 20)) || (x % 20 < 15 && (29..34).contains(&y)));
    if is_ink { 30 } else { 210 }
}

/// The mean of `length` samples along an axis.
fn moved(length: usize, along_x: bool) -> Picture {
    crop(|x, y| {
        let at = |step: usize| match along_x {
            true => text((x + step).min(WIDTH - 1), y),
            false => text(x, (y + step).min(HEIGHT - 1)),
        };
        ((0..length).map(|step| u32::from(at(step))).sum::<u32>() / length as u32) as u8
    })
}

fn of(crop: &Picture) -> Measures {
    Measures::of(&corners(160.0, 64.0), crop)
}

#[test]
fn a_sharp_plate_has_short_edges_and_a_moved_one_long_ones_on_either_axis() {
    let sharp = of(&crop(text));
    assert!(sharp.edge_px < 2.0 && !sharp.is_blurred() && !sharp.glares(), "{sharp:?}");
    for along_x in [true, false] {
        let lengths = [1, 2, 3, 4, 6].map(|length| of(&moved(length, along_x)).edge_px);
        assert!(lengths.is_sorted(), "along x: {along_x}, {lengths:?}");
        assert!(of(&moved(6, along_x)).is_blurred(), "along x: {along_x}, {lengths:?}");
    }
}

#[test]
fn the_pixels_of_a_small_plate_are_no_movement() {
    // A plate of 40 pixels: its edges are long in the crop, and short in the frame.
    let enlarged = moved(5, true);
    let small = Measures::of(&corners(40.0, 16.0), &enlarged);
    assert!(4.0 <= small.edge_px && !small.is_blurred(), "{small:?}");
    assert!(Measures::of(&corners(160.0, 64.0), &enlarged).is_blurred());
}

#[test]
fn light_over_the_text_is_glare_and_a_white_ground_is_not() {
    let white = of(&crop(|x, y| if text(x, y) < 100 { 30 } else { 255 }));
    assert!(!white.glares(), "{white:?}");
    let half = of(&crop(|x, y| if x < 80 { 255 } else { text(x, y) }));
    assert!(half.glares(), "{half:?}");
    assert_eq!(half.washed_out, 0.5);
}

#[test]
fn nothing_to_see_has_the_longest_edges_and_next_to_no_weight() {
    let flat = of(&crop(|_, _| 77));
    assert_eq!((flat.contrast, flat.edge_px, flat.brightness), (0.0, 160.0, 77.0));
    assert!(flat.weight() < 0.01, "{}", flat.weight());
    let tiny = Picture::new(SizePx::new(3, 2), vec![9; 18]).expect("fits");
    assert!(of(&tiny).weight() < 0.01);
}

proptest! {
    #[test]
    fn a_worse_look_never_counts_more(
        width in 0.0f32..400.0, edge in 1.0f32..160.0, washed in 0.0f32..1.0, worse in 0.0f32..1.0,
    ) {
        let look = Measures { width_px: width, edge_px: edge, washed_out: washed, ..of(&crop(text)) };
        let before = look.weight();
        prop_assert!((0.0..=1.0).contains(&before));
        for other in [
            Measures { width_px: width * (1.0 - worse), ..look },
            Measures { edge_px: edge * (1.0 + worse), ..look },
            Measures { washed_out: washed + (1.0 - washed) * worse, ..look },
        ] {
            prop_assert!(other.weight() <= before, "{other:?}");
        }
    }
}
