//! Whether two pictures of a page show the same, however their letters are rendered.

use vision::{Picture, SizePx};

/// Side of the squares that are compared: about a table's row of numbers and its neighbours, so that letters drawn in
/// another way change little, and letters that are not there much.
const TILE: usize = 16;

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

/// The largest mean difference of any tile, in steps of 255.
pub(crate) fn worst_tile(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(a.size(), b.size());
    let (width, _) = sides(a);
    let rows = a.rgb().chunks(3 * width).zip(b.rgb().chunks(3 * width));
    let mut worst = 0.0_f64;
    let mut sums = vec![(0_u32, 0_u32); width.div_ceil(TILE)];
    for (y, (a, b)) in rows.enumerate() {
        if y % TILE == 0 {
            sums.fill((0, 0));
        }
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            let (sum, count) = &mut sums[at / 3 / TILE];
            *sum += u32::from(a.abs_diff(*b));
            *count += 1;
        }
        if y % TILE == TILE - 1 {
            worst = sums.iter().map(|&(sum, count)| f64::from(sum) / f64::from(count)).fold(worst, f64::max);
        }
    }
    worst
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
