use super::Effect;
use super::math::pow;
use super::raster::{Raster, Samples};

/// Columns and rows that are left at strength 1, as a part of those there were.
const SCALE: f64 = 1.0 / 8.0;

/// Down by the mean over each small pixel's area, and up again by linear interpolation.
pub(super) struct Resolution {
    scale: f64,
}

impl Resolution {
    pub(super) fn new(strength: f64) -> Self {
        Self { scale: pow(SCALE, strength) }
    }
}

impl Effect for Resolution {
    fn apply(&mut self, _: u64, raster: &mut Raster) {
        for plane in &mut raster.planes {
            let smaller = |side: usize| ((side as f64 * self.scale).round() as usize).clamp(1, side);
            let down = (
                area_axis(plane.width, smaller(plane.width)),
                area_axis(plane.height, smaller(plane.height)),
            );
            let up = (linear_axis(down.0.len(), plane.width), linear_axis(down.1.len(), plane.height));
            resample(plane, &down.0, &down.1);
            resample(plane, &up.0, &up.1);
        }
    }
}

/// The source samples of one target sample: weights out of 256 from `first` on.
struct Span {
    first: usize,
    weights: Vec<u16>,
}

/// Each of `target` samples is the mean over its part of `source` samples.
fn area_axis(source: usize, target: usize) -> Vec<Span> {
    let span = |index: usize| {
        // In units of 1 / target of a source sample.
        let (start, end) = (index * source, (index + 1) * source);
        let (first, last) = (start / target, (end - 1) / target);
        let share = |sample: usize| end.min((sample + 1) * target) - start.max(sample * target);
        // Rounds the running sum, so that the weights make 256.
        let up_to = |done: usize| (done * 256 + source / 2) / source;
        let mut done = 0;
        let weights = (first..=last).map(|sample| {
            let before = up_to(done);
            done += share(sample);
            (up_to(done) - before) as u16
        });
        Span { first, weights: weights.collect() }
    };
    (0..target).map(span).collect()
}

/// Pixel centres lie at half-integers; borders are replicated.
fn linear_axis(source: usize, target: usize) -> Vec<Span> {
    let span = |index: usize| {
        // In units of 1 / 512 of a source sample, less half a sample.
        let place = ((2 * index + 1) * source * 256 / target).saturating_sub(256);
        let first = (place / 512).min(source - 1);
        if first + 1 < source {
            let second = (place % 512 / 2) as u16;
            Span { first, weights: vec![256 - second, second] }
        } else {
            Span { first, weights: vec![256] }
        }
    };
    (0..target).map(span).collect()
}

fn resample(plane: &mut Samples, columns: &[Span], rows: &[Span]) {
    let (row_len, channels) = (plane.row_len(), plane.channels);
    let mut sums = vec![0u16; row_len];
    let mut out = Vec::with_capacity(columns.len() * rows.len() * channels);
    for row in rows {
        sums.fill(128);
        for (&weight, source) in row.weights.iter().zip(plane.data.chunks_exact(row_len).skip(row.first)) {
            for (sum, &sample) in sums.iter_mut().zip(source) {
                *sum += u16::from(sample) * weight;
            }
        }
        for column in columns {
            for channel in 0..channels {
                let samples = sums[column.first * channels + channel..].iter().step_by(channels);
                let sum: u32 = samples
                    .zip(&column.weights)
                    .map(|(&sum, &weight)| u32::from(sum >> 8) * u32::from(weight))
                    .sum();
                out.push(((sum + 128) >> 8) as u8);
            }
        }
    }
    (plane.data, plane.width, plane.height) = (out, columns.len(), rows.len());
}

#[cfg(test)]
mod tests {
    use super::super::raster::Content;
    use super::*;

    #[test]
    fn weights_make_a_whole() {
        for (source, target) in [(768, 272), (7, 3), (5, 1), (5, 5), (1000, 999)] {
            for axis in [area_axis(source, target), linear_axis(target, source)] {
                assert!(axis.iter().all(|span| span.weights.iter().sum::<u16>() == 256), "{source} {target}");
            }
        }
    }

    #[test]
    fn down_takes_means_and_up_interpolates() {
        let mut ramp = Samples {
            data: vec![0, 10, 20, 30, 40, 50, 60, 70],
            width: 8,
            height: 1,
            channels: 1,
            content: Content::Light,
        };
        let one = [Span { first: 0, weights: vec![256] }];
        resample(&mut ramp, &area_axis(8, 4), &one);
        assert_eq!(ramp.data, [5, 25, 45, 65]);
        resample(&mut ramp, &linear_axis(4, 8), &one);
        assert_eq!(ramp.data, [5, 10, 20, 30, 40, 50, 60, 65]);
    }
}
