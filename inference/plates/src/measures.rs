use vision::{FramePoint, Picture};

use crate::rectify::extent;

/// Samples of a crop are compared with their neighbours; what is narrower or lower has none.
const LEAST_SIDE: usize = 8;

/// Side in pixels of the cells in which a crop is searched for glare: wider than a stroke and the gap beside it, so that no
/// cell of a legible text is without ink.
const CELL: usize = 16;

/// Luma from which a pixel shows nothing but light.
const WASHED_OUT: u8 = 248;

/// How legible a look at a plate is, whoever reads it; measured on its rectified crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Mean of the plate's upper and lower edge, in pixels of the frame.
    pub width_px: f32,
    /// Mean of its left and right edge, in pixels of the frame.
    pub height_px: f32,
    /// Length over which the steepest edges of the crop go from dark to light, in pixels of a crop of 160×64, along the
    /// axis on which they are longer: 1 to 3 where it is sharp, and no more than the width of a stroke of which something
    /// is left. As many as the crop has pixels where nothing is to be seen.
    pub edge_px: f32,
    /// The same in pixels of the frame: 1 to 2 where nothing is blurred, however small the plate.
    pub edge_frame_px: f32,
    /// Share of the crop's cells in which nothing but light is to be seen, 0 to 1.
    pub washed_out: f32,
    /// From the dark to the light of the crop (5th to 95th percentile of luma), in levels of 255.
    pub contrast: f32,
    /// Mean luma, in levels of 255.
    pub brightness: f32,
}

impl Measures {
    /// Of the plate with these `corners` (frame pixels) whose rectified `crop` that is, at any size.
    ///
    /// The length of an edge is its contrast over its slope (after P. Marziliano and others, "A no-reference perceptual
    /// blur metric", ICIP 2002, who follow each edge to its ends); the slope is the steepest of the crop's but for one in two
    /// hundred, after averaging three samples across the axis against noise.
    pub fn of(corners: &[FramePoint; 4], crop: &Picture) -> Self {
        let [width_px, height_px] = extent(corners);
        let grey = Grey::of(crop);
        let mut sorted = grey.luma.clone();
        sorted.sort_unstable();
        let percentile =
            |share: usize| f32::from(sorted.get(sorted.len() * share / 100).copied().unwrap_or(0));
        let contrast = percentile(95) - percentile(5);
        let [across, down] = grey.edges(contrast);
        let (columns, rows) = (grey.width as f32, grey.height as f32);
        // Of a crop of 160 × 64, whatever size this one has.
        let (across_px, down_px) = (across * 160.0 / columns, down * 64.0 / rows);
        Self {
            width_px,
            height_px,
            edge_px: across_px.max(down_px),
            edge_frame_px: (across * width_px / columns).max(down * height_px / rows),
            washed_out: grey.washed_out(),
            contrast,
            brightness: grey.luma.iter().map(|&value| f32::from(value)).sum::<f32>()
                / grey.luma.len().max(1) as f32,
        }
    }

    /// How much a look counts, from 0 to 1; never more for a narrower, a more blurred or a more glaring look.
    ///
    /// Half for a plate of 55 pixels, for edges as long as strokes are wide (5 pixels of the crop), and for a crop with
    /// three tenths of its cells washed out. An order, not measured rates: it decides between looks, not whether a read is
    /// right.
    pub fn weight(&self) -> f32 {
        let width = self.width_px.max(0.0);
        let by_width = width * width / (width * width + 55.0 * 55.0);
        let by_edge = 1.0 / (1.0 + (self.edge_px / 5.0).powi(2));
        let by_glare = (1.0 - self.washed_out.clamp(0.0, 1.0)).powi(2);
        let weight = by_width * by_edge * by_glare;
        if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether light has taken the text away: three tenths of the crop and more.
    pub fn glares(&self) -> bool {
        0.3 <= self.washed_out
    }

    /// Whether movement, or a lens out of focus, has: edges about as long as strokes are wide, and longer than the pixels
    /// of a small plate explain.
    pub fn is_blurred(&self) -> bool {
        4.0 <= self.edge_px && 2.5 <= self.edge_frame_px
    }
}

/// Luma of a crop, row after row.
struct Grey {
    luma: Vec<u8>,
    width: usize,
    height: usize,
}

impl Grey {
    fn of(crop: &Picture) -> Self {
        let (width, height) = (crop.size().width as usize, crop.size().height as usize);
        let luma = crop.rgb().as_chunks::<3>().0.iter();
        // BT.601, as for every RGB picture here; the weights add up to 256.
        let luma = luma.map(|&[r, g, b]| {
            ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b) + 128) >> 8) as u8
        });
        Self { luma: luma.collect(), width, height }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        f32::from(self.luma[y * self.width + x])
    }

    /// Length of the steepest edges along both axes, in pixels of this crop.
    fn edges(&self, contrast: f32) -> [f32; 2] {
        let (width, height) = (self.width, self.height);
        if width < LEAST_SIDE || height < LEAST_SIDE {
            return [width as f32, height as f32];
        }
        let mut steps = Vec::with_capacity(width * height);
        for y in 1..height - 1 {
            let mean = |x: usize| (self.at(x, y - 1) + self.at(x, y) + self.at(x, y + 1)) / 3.0;
            steps.extend((1..width).map(|x| (mean(x) - mean(x - 1)).abs()));
        }
        let across = steepest(&mut steps);
        steps.clear();
        for x in 1..width - 1 {
            let mean = |y: usize| (self.at(x - 1, y) + self.at(x, y) + self.at(x + 1, y)) / 3.0;
            steps.extend((1..height).map(|y| (mean(y) - mean(y - 1)).abs()));
        }
        let down = steepest(&mut steps);
        let length = |slope: f32, most: usize| {
            if slope <= 0.0 { most as f32 } else { (contrast / slope).clamp(1.0, most as f32) }
        };
        [length(across, width), length(down, height)]
    }

    /// Share of the whole cells whose darkest pixel is washed out.
    fn washed_out(&self) -> f32 {
        let (columns, rows) = (self.width / CELL, self.height / CELL);
        let cell = |index: usize| {
            let (left, top) = (index % columns * CELL, index / columns * CELL);
            (top..top + CELL)
                .all(|y| self.luma[y * self.width + left..][..CELL].iter().all(|&value| WASHED_OUT <= value))
        };
        let washed = (0..columns * rows).filter(|&index| cell(index)).count();
        washed as f32 / (columns * rows).max(1) as f32
    }
}

/// The largest but for one in two hundred.
fn steepest(steps: &mut [f32]) -> f32 {
    let place = steps.len() * 199 / 200;
    match steps.len() {
        0 => 0.0,
        _ => *steps.select_nth_unstable_by(place, f32::total_cmp).1,
    }
}

#[cfg(test)]
mod tests;
