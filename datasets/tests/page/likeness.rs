//! Whether two pictures of a page show the same, however their letters are rendered.

use vision::{Picture, SizePx};

/// Rows of a comparison that are looked at together: the least height of a figure.
const BAND: usize = 16;

/// `picture` with each `factor` x `factor` pixels made one; what is left over at right and bottom is dropped.
pub(crate) fn shrunk(picture: &Picture, factor: usize) -> Picture {
    let (width, height) = sides(picture);
    let (to_width, to_height) = (width / factor, height / factor);
    let mut rgb = Vec::with_capacity(3 * to_width * to_height);
    for y in 0..to_height {
        for x in 0..to_width {
            for channel in 0..3 {
                let rows = (y * factor..(y + 1) * factor).map(|row| 3 * row * width);
                let sum: u32 = rows
                    .flat_map(|row| {
                        (x * factor..(x + 1) * factor).map(move |column| row + 3 * column + channel)
                    })
                    .map(|at| u32::from(picture.rgb()[at]))
                    .sum();
                rgb.push((sum / (factor * factor) as u32) as u8);
            }
        }
    }
    Picture::new(SizePx::new(to_width as u32, to_height as u32), rgb).unwrap()
}

/// The largest mean difference, in steps of 255, of any band of rows.
pub(crate) fn worst_band(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(a.size(), b.size());
    let band = 3 * sides(a).0 * BAND;
    let difference = |(a, b): (&[u8], &[u8])| {
        let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.len() as f64
    };
    a.rgb().chunks(band).zip(b.rgb().chunks(band)).map(difference).fold(0.0, f64::max)
}

/// `picture` as if the rows from `top` on, `rows` of them, were not there; its end is repeated.
pub(crate) fn without_rows(picture: &Picture, top: usize, rows: usize) -> Picture {
    let row = 3 * sides(picture).0;
    let mut rgb = picture.rgb().to_vec();
    let end = rgb[rgb.len() - rows * row..].to_vec();
    rgb.drain(top * row..(top + rows) * row);
    rgb.extend(end);
    Picture::new(picture.size(), rgb).unwrap()
}

fn sides(picture: &Picture) -> (usize, usize) {
    (picture.size().width as usize, picture.size().height as usize)
}
