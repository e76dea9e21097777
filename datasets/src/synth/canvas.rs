/// Red, green and blue, 0 to 1 each, as displayed (not linear in light).
pub(super) type Rgb = [f32; 3];

/// A picture under work.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `[height, width]`, row-major.
    pub(super) pixels: Vec<Rgb>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, colour: Rgb) -> Self {
        Self { width, height, pixels: vec![colour; width * height] }
    }

    /// From packed 8-bit samples, `3 * width * height` of them.
    pub(super) fn from_rgb8(width: usize, height: usize, rgb: &[u8]) -> Self {
        let pixels =
            rgb.chunks_exact(3).map(|rgb| [rgb[0], rgb[1], rgb[2]].map(|value| f32::from(value) / 255.0));
        Self { width, height, pixels: pixels.collect() }
    }

    /// Packed 8-bit samples.
    pub(super) fn to_rgb8(&self) -> Vec<u8> {
        self.pixels.iter().flatten().map(|value| (value * 255.0).round() as u8).collect()
    }

    /// Mixes `share` of `colour` into a pixel; nothing outside the canvas.
    pub(super) fn blend(&mut self, x: i64, y: i64, colour: Rgb, share: f32) {
        if 0 <= x && 0 <= y && (x as usize) < self.width && (y as usize) < self.height {
            mix(&mut self.pixels[y as usize * self.width + x as usize], colour, share);
        }
    }

    /// The colour at a continuous position (pixel centres at halves), bilinear; beyond the edge the edge's colour.
    pub(super) fn at(&self, x: f64, y: f64) -> Rgb {
        let x = (x - 0.5).clamp(0.0, (self.width - 1) as f64);
        let y = (y - 0.5).clamp(0.0, (self.height - 1) as f64);
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (u, v) = ((x - left as f64) as f32, (y - top as f64) as f32);
        let [a, b] = [left, right].map(|x| self.pixels[top * self.width + x]);
        let [c, d] = [left, right].map(|x| self.pixels[bottom * self.width + x]);
        std::array::from_fn(|i| {
            let upper = a[i] + (b[i] - a[i]) * u;
            let lower = c[i] + (d[i] - c[i]) * u;
            upper + (lower - upper) * v
        })
    }

    /// Fills an axis-aligned rectangle with soft edges, corners rounded by `radius`; all in pixels.
    pub(super) fn rectangle(&mut self, area: Area, radius: f64, colour: Rgb, share: f32) {
        let Area { left, top, right, bottom } = area;
        let (middle, half) =
            (((left + right) / 2.0, (top + bottom) / 2.0), ((right - left) / 2.0, (bottom - top) / 2.0));
        let radius = radius.min(half.0).min(half.1).max(0.0);
        for y in (top.floor() as i64 - 1).max(0)..=(bottom.ceil() as i64).min(self.height as i64 - 1) {
            for x in (left.floor() as i64 - 1).max(0)..=(right.ceil() as i64).min(self.width as i64 - 1) {
                let dx = (x as f64 + 0.5 - middle.0).abs() - (half.0 - radius);
                let dy = (y as f64 + 0.5 - middle.1).abs() - (half.1 - radius);
                let outside = (dx.max(0.0) * dx.max(0.0) + dy.max(0.0) * dy.max(0.0)).sqrt();
                let distance = outside + dx.max(dy).min(0.0) - radius;
                let cover = (0.5 - distance).clamp(0.0, 1.0) as f32;
                if 0.0 < cover {
                    self.blend(x, y, colour, share * cover);
                }
            }
        }
    }

    /// Draws the rim of a rectangle, `thick` pixels inwards from `area`, its corners rounded by `radius`.
    pub(super) fn ring(&mut self, area: Area, radius: f64, thick: f64, colour: Rgb) {
        let Area { left, top, right, bottom } = area;
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        let half = ((right - left) / 2.0, (bottom - top) / 2.0);
        let radius = radius.min(half.0).min(half.1).max(0.0);
        let reach = radius.max(thick) + 1.0;
        for y in 0..self.height {
            let dy = (y as f64 + 0.5 - middle.1).abs();
            // Between the corners only both ends of a row have something of the rim.
            let ends = if dy < half.1 - reach { (left + reach).max(0.0) as usize } else { self.width };
            let end = ends.min(self.width);
            let begin = ((right - reach).max(0.0) as usize).clamp(end, self.width);
            for x in (0..end).chain(begin..self.width) {
                let dx = (x as f64 + 0.5 - middle.0).abs() - (half.0 - radius);
                let dy = dy - (half.1 - radius);
                let outside = (dx.max(0.0) * dx.max(0.0) + dy.max(0.0) * dy.max(0.0)).sqrt();
                let distance = outside + dx.max(dy).min(0.0) - radius;
                let cover = (0.5 - distance).clamp(0.0, 1.0) - (0.5 - distance - thick).clamp(0.0, 1.0);
                if 0.0 < cover {
                    self.blend(x as i64, y as i64, colour, cover as f32);
                }
            }
        }
    }

    /// Fills a disc; centre and radius in pixels.
    pub(super) fn disc(&mut self, x: f64, y: f64, radius: f64, colour: Rgb, share: f32) {
        self.rectangle(
            Area { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius },
            radius,
            colour,
            share,
        );
    }

    /// A line with soft sides; ends, half width in pixels.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), half: f64, colour: Rgb, share: f32) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let squared = (dx * dx + dy * dy).max(1e-9);
        let reach = half + 1.0;
        let rows =
            (from.1.min(to.1) - reach).floor().max(0.0) as i64..=(from.1.max(to.1) + reach).ceil() as i64;
        for y in rows.start().to_owned()..=(*rows.end()).min(self.height as i64 - 1) {
            for x in (from.0.min(to.0) - reach).floor().max(0.0) as i64
                ..=((from.0.max(to.0) + reach).ceil() as i64).min(self.width as i64 - 1)
            {
                let (px, py) = (x as f64 + 0.5 - from.0, y as f64 + 0.5 - from.1);
                let along = ((px * dx + py * dy) / squared).clamp(0.0, 1.0);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let cover =
                    (half + 0.5 - (ex * ex + ey * ey).sqrt()).clamp(0.0, (2.0 * half).min(1.0)) as f32;
                if 0.0 < cover {
                    self.blend(x, y, colour, share * cover);
                }
            }
        }
    }
}

/// An axis-aligned rectangle; edges continuous, y down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Moves `pixel` towards `colour` by `share` of the way.
pub(super) fn mix(pixel: &mut Rgb, colour: Rgb, share: f32) {
    for (value, goal) in pixel.iter_mut().zip(colour) {
        *value += (goal - *value) * share;
    }
}

/// Brightness of a colour with the weights of ITU-R BT.601.
pub(super) fn luma([red, green, blue]: Rgb) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}
