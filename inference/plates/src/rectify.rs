use vision::{FrameFromCrop, FramePoint, FrameView, Picture, SizePx, grown_corners};

/// Places of the frame that are averaged for one pixel of a crop, along each axis, at most.
const MOST_PLACES: u32 = 8;

/// The plate with these `corners` (frame pixels; top left, top right, bottom right, bottom left as it is read) as a crop
/// of `size` that it fills but for a `margin`, which is a share of its own size: 0 for none, 0.08 for 8 % more of what is
/// around.
///
/// Bilinear, from the full-resolution planes. Where the plate is about as large as the crop or smaller, one place of the
/// frame is sampled for a pixel, as for the crops that readers learn from; a larger plate is averaged, so that its strokes
/// do not alias. `None` where the corners are not those of a convex quadrangle, clockwise in the frame, or `size` has no
/// pixels.
pub fn rectify(
    view: &FrameView<'_>,
    corners: &[FramePoint; 4],
    size: SizePx,
    margin: f32,
) -> Option<Picture> {
    let corners = grown_corners(corners, 1.0 + margin);
    let [width, height] = extent(&corners);
    let places = |extent: f32, pixels: u32| {
        // `as u32` saturates, and makes 0 of what is no number.
        ((extent / pixels as f32).round() as u32).clamp(1, MOST_PLACES)
    };
    let (across, down) = (places(width, size.width), places(height, size.height));
    let fine = SizePx::new(size.width * across, size.height * down);
    let crop = Picture::warped(view, &FrameFromCrop::of_corners(&corners, fine)?, fine).ok()?;
    if (across, down) == (1, 1) { Some(crop) } else { averaged(&crop, across as usize, down as usize) }
}

/// Whether the quadrangle has the shape of a plate: from 1.0 (a motorcycle's, seen from the side) to 7.0 times as wide as
/// high (a long one, seen from above).
pub fn is_plate_shaped(corners: &[FramePoint; 4]) -> bool {
    let [width, height] = extent(corners);
    0.0 < height && (1.0..=7.0).contains(&(width / height))
}

/// Width and height of the quadrangle: means of its opposite sides, in frame pixels.
pub fn extent(corners: &[FramePoint; 4]) -> [f32; 2] {
    let [upper_left, upper_right, lower_right, lower_left] = corners;
    let length = |a: &FramePoint, b: &FramePoint| (a.x - b.x).hypot(a.y - b.y);
    [
        (length(upper_left, upper_right) + length(lower_left, lower_right)) / 2.0,
        (length(upper_left, lower_left) + length(upper_right, lower_right)) / 2.0,
    ]
}

/// Means of `across` × `down` pixels each.
fn averaged(fine: &Picture, across: usize, down: usize) -> Option<Picture> {
    let row_len = 3 * fine.size().width as usize;
    let (width, height) = (fine.size().width as usize / across, fine.size().height as usize / down);
    let count = (across * down) as u32;
    let mut rgb = Vec::with_capacity(3 * width * height);
    for rows in fine.rgb().chunks_exact(row_len * down) {
        for column in 0..width {
            let mut sum = [0u32; 3];
            for row in rows.chunks_exact(row_len) {
                for pixel in row[3 * column * across..][..3 * across].chunks_exact(3) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
                }
            }
            rgb.extend(sum.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    Picture::new(SizePx::new(width as u32, height as u32), rgb).ok()
}

#[cfg(test)]
mod tests {
    use vision::{ColourMatrix, ColourRange, OwnedPlanes, PixelFormat, Planes as _};

    use super::*;

    const CROP: SizePx = SizePx::new(160, 64);

    fn at(corners: [(f32, f32); 4]) -> [FramePoint; 4] {
        corners.map(|(x, y)| FramePoint { x, y })
    }

    /// Luma of an I420 frame, no colour.
    fn frame(size: SizePx, luma: impl Fn(u32, u32) -> u8) -> OwnedPlanes {
        let (width, height) = (size.width, size.height);
        let y = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| luma(x, y)).collect();
        let half = (width.div_ceil(2), height.div_ceil(2));
        let chroma = || (vec![128; (half.0 * half.1) as usize], half.0 as usize);
        let planes = vec![(y, width as usize), chroma(), chroma()];
        OwnedPlanes::new(size, PixelFormat::I420, ColourMatrix::Bt601, ColourRange::Full, planes)
            .expect("fits")
    }

    #[test]
    fn a_slanted_plate_comes_out_upright() {
        // Left half dark, right half light, divided by a slanted line.
        let frame = frame(SizePx::new(400, 200), |x, y| if x + y / 2 < 220 { 40 } else { 200 });
        // The middle of its upper edge is at (190, 60), of its lower one at (160, 120): both on the line.
        let corners = at([(110.0, 60.0), (270.0, 60.0), (240.0, 120.0), (80.0, 120.0)]);
        let crop = rectify(&frame.view(), &corners, CROP, 0.0).expect("convex");
        for row in 0..CROP.height as usize {
            let grey = |x: usize| crop.rgb()[3 * (row * CROP.width as usize + x)];
            assert!((38..=42).contains(&grey(72)) && (198..=202).contains(&grey(88)), "row {row}");
        }
    }

    #[test]
    fn a_plate_larger_than_the_crop_is_averaged() {
        // Stripes of a pixel each: one place for a pixel would show some of them, or none.
        let frame = frame(SizePx::new(1300, 540), |x, _| if x % 2 == 0 { 0 } else { 200 });
        let corners = at([(10.5, 10.0), (1290.5, 10.0), (1290.5, 522.0), (10.5, 522.0)]);
        let crop = rectify(&frame.view(), &corners, CROP, 0.0).expect("convex");
        assert!(crop.rgb().iter().all(|value| (99..=101).contains(value)), "not grey");
    }

    #[test]
    fn a_margin_takes_in_what_is_around() {
        let frame = frame(SizePx::new(300, 200), |x, _| if (70..230).contains(&x) { 200 } else { 0 });
        let corners = at([(70.0, 60.0), (230.0, 60.0), (230.0, 124.0), (70.0, 124.0)]);
        let left =
            |margin| rectify(&frame.view(), &corners, CROP, margin).expect("convex").rgb()[3 * 64 * 80 / 64];
        let row = |margin: f32| {
            let crop = rectify(&frame.view(), &corners, CROP, margin).expect("convex");
            crop.rgb()[..3 * 160].iter().step_by(3).filter(|&&value| value == 0).count()
        };
        assert_eq!(left(0.0), 200);
        assert_eq!(row(0.0), 0);
        // A tenth more in all: half of it on either side, of 160 crop pixels.
        assert!((12..=16).contains(&row(0.1)), "{}", row(0.1));
    }

    #[test]
    fn badges_and_lettering_do_not_have_the_shape_of_a_plate() {
        let shaped =
            |width, height| is_plate_shaped(&at([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]));
        assert!(shaped(520.0, 110.0) && shaped(190.0, 140.0) && shaped(280.0, 200.0));
        assert!(!shaped(50.0, 80.0) && !shaped(600.0, 60.0) && !shaped(30.0, 0.0));
    }

    #[test]
    fn corners_that_make_no_plate_make_no_crop() {
        let frame = frame(SizePx::new(64, 64), |_, _| 90);
        let folded = at([(0.0, 0.0), (30.0, 10.0), (30.0, 0.0), (0.0, 10.0)]);
        assert_eq!(rectify(&frame.view(), &folded, CROP, 0.0), None);
        let endless = at([(0.0, 0.0), (f32::INFINITY, 0.0), (30.0, 10.0), (0.0, 10.0)]);
        assert_eq!(rectify(&frame.view(), &endless, CROP, 0.0), None);
        let sound = at([(0.0, 0.0), (30.0, 0.0), (30.0, 10.0), (0.0, 10.0)]);
        assert_eq!(rectify(&frame.view(), &sound, SizePx::new(0, 64), 0.0), None);
        // Far outside the frame is black, and costs no more.
        let afar = at([(1e6, 1e6), (2e6, 1e6), (2e6, 2e6), (1e6, 2e6)]);
        let crop = rectify(&frame.view(), &afar, CROP, 0.0).expect("convex");
        assert!(crop.rgb().iter().all(|&value| value == 0));
    }
}
