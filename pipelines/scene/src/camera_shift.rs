//! How far the picture as a whole has moved since the frame before, because the camera shakes.
//!
//! Gradients of integral projections are matched from frame to frame (A. J. Crawford et al., "Gradient based dominant
//! motion estimation with integral projections for real time video stabilisation", ICIP 2004): the mean of each column
//! in a band of rows tells the movement along x, that of each row in a band of columns the movement along y. Objects
//! that move cover a part of some bands; the bands vote.

use track::CameraMotion;
use vision::{FrameView, PixelFormat, SizePx};

/// Bands along each axis.
const BANDS: usize = 6;

/// Bands that have to agree.
const QUORUM: usize = 4;

/// How far bands may differ and still agree, in places of a profile.
const AGREE: f32 = 0.75;

/// Longest profile; longer sides are looked at in every second place, or every third, and so on.
const MAX_PLACES: usize = 960;

/// Lines of a band that are looked at, at most.
const LINES: usize = 24;

/// Farthest movement from one frame to the next that is looked for, as a part of the picture's height.
const REACH: f32 = 0.06;

/// Least correlation of two profiles that show the same scene.
const ALIKE: f32 = 0.8;

/// A correlation at rest from which nothing better is looked for farther off.
const SAME: f32 = 0.95;

/// Least spread of a profile's gradient, in levels: a wall without structure moves unseen.
const STRUCTURE: f32 = 0.4;

/// A camera that has moved less than this along both axes has not moved, as a part of the picture's height: the tracker
/// forgives so much, and a stream of vehicles in one direction looks like half a pixel.
const STILL: f32 = 0.005;

/// Tells a camera that shakes from one that stands still. Fed with each frame, in order; finds shifts, neither turns nor
/// zooms.
#[derive(Clone, Debug, Default)]
pub struct CameraShift {
    size: Option<SizePx>,
    before: [Vec<Profile>; 2],
    now: [Vec<Profile>; 2],
    sums: Vec<u32>,
}

/// The gradient along one band, less its mean and within its spread.
#[derive(Clone, Debug, Default, PartialEq)]
struct Profile {
    gradient: Vec<f32>,
    /// Standard deviation, in levels.
    spread: f32,
}

/// Which places of a frame's luma are looked at along one axis.
#[derive(Clone, Copy, Debug)]
struct Sampling {
    /// Frame pixels from one place of a profile to the next.
    step: usize,
    places: usize,
}

impl CameraShift {
    /// Looks at the next frame and answers how the picture has moved since the one before; `None` where it has not, or
    /// where that cannot be told: at the first frame, in the dark, over a scene change.
    pub fn update(&mut self, view: &FrameView<'_>) -> Option<CameraMotion> {
        let size = view.size();
        let is_first = self.size != Some(size);
        self.size = Some(size);
        std::mem::swap(&mut self.before, &mut self.now);
        let samplings = [size.width, size.height].map(|side| Sampling::of(side as usize));
        self.project_columns(view, samplings[0]);
        self.project_rows(view, samplings[1]);
        if is_first {
            return None;
        }
        let mut shift = [0.0f32; 2];
        let mut is_known = false;
        for (axis, shift) in shift.iter_mut().enumerate() {
            let step = samplings[axis].step as f32;
            let reach = (REACH * size.height as f32 / step).ceil() as usize;
            if let Some(places) = vote(&self.before[axis], &self.now[axis], reach) {
                (*shift, is_known) = (places * step, true);
            }
        }
        let still = STILL * size.height as f32;
        let is_still = shift.iter().all(|shift| shift.abs() < still);
        if !is_known || is_still {
            return None;
        }
        CameraMotion::new([1.0, 0.0], shift.map(f64::from))
    }

    /// Means of columns over bands of rows.
    fn project_columns(&mut self, view: &FrameView<'_>, sampling: Sampling) {
        let height = view.size().height as usize;
        let profiles = &mut self.now[0];
        profiles.resize_with(BANDS, Profile::default);
        for (band, profile) in profiles.iter_mut().enumerate() {
            let rows = band * height / BANDS..(band + 1) * height / BANDS;
            let stride = rows.len().div_ceil(LINES).max(1);
            self.sums.clear();
            self.sums.resize(sampling.places, 0);
            let mut lines = 0;
            for row in rows.step_by(stride) {
                let samples = Row::of(view, row);
                for (place, sum) in self.sums.iter_mut().enumerate() {
                    *sum += samples.at(place * sampling.step);
                }
                lines += 1;
            }
            profile.set(&self.sums, lines);
        }
    }

    /// Means of rows over bands of columns.
    fn project_rows(&mut self, view: &FrameView<'_>, sampling: Sampling) {
        let width = view.size().width as usize;
        let profiles = &mut self.now[1];
        profiles.resize_with(BANDS, Profile::default);
        self.sums.clear();
        self.sums.resize(BANDS * sampling.places, 0);
        let columns = |band: usize| band * width / BANDS..(band + 1) * width / BANDS;
        let stride = columns(0).len().div_ceil(LINES).max(1);
        for place in 0..sampling.places {
            let samples = Row::of(view, place * sampling.step);
            for band in 0..BANDS {
                let sum = columns(band).step_by(stride).map(|column| samples.at(column)).sum();
                self.sums[band * sampling.places + place] = sum;
            }
        }
        for (band, profile) in profiles.iter_mut().enumerate() {
            let lines = columns(band).step_by(stride).count() as u32;
            profile.set(&self.sums[band * sampling.places..][..sampling.places], lines);
        }
    }
}

impl Sampling {
    fn of(side: usize) -> Self {
        let step = side.div_ceil(MAX_PLACES).max(1);
        Self { step, places: side / step }
    }
}

/// One row of luma; of an RGB picture its green, which carries most of it.
struct Row<'a> {
    samples: &'a [u8],
    pixel: usize,
    first: usize,
}

impl<'a> Row<'a> {
    fn of(view: &FrameView<'a>, row: usize) -> Self {
        let plane = view.plane(0);
        let (pixel, first) = match view.format() {
            PixelFormat::I420 | PixelFormat::Nv12 => (1, 0),
            PixelFormat::Rgb8 => (3, 1),
        };
        Self { samples: &plane.data[row * plane.stride..], pixel, first }
    }

    fn at(&self, column: usize) -> u32 {
        u32::from(self.samples[column * self.pixel + self.first])
    }
}

impl Profile {
    /// Takes over the `sums` of so many `lines`.
    fn set(&mut self, sums: &[u32], lines: u32) {
        let scale = 0.5 / lines.max(1) as f32;
        self.gradient.clear();
        self.gradient.extend(sums.windows(3).map(|sums| (sums[2] as f32 - sums[0] as f32) * scale));
        let count = self.gradient.len().max(1) as f32;
        let mean = self.gradient.iter().sum::<f32>() / count;
        self.gradient.iter_mut().for_each(|value| *value -= mean);
        self.spread = (self.gradient.iter().map(|value| value * value).sum::<f32>() / count).sqrt();
        // One sharp edge, of an object perhaps, must not outweigh the whole of the scene.
        self.gradient.iter_mut().for_each(|value| *value = value.clamp(-self.spread, self.spread));
    }

    /// How many places farther `now` shows what this shows, at most `reach`; `None` where that cannot be told.
    fn shift_to(&self, now: &Self, reach: usize) -> Option<f32> {
        let length = self.gradient.len();
        if length != now.gradient.len()
            || length < 4 * reach.max(1)
            || self.spread.min(now.spread) < STRUCTURE
        {
            return None;
        }
        let alike = |shift: isize| {
            let overlap = length - shift.unsigned_abs();
            let (from, to) = (shift.min(0).unsigned_abs(), shift.max(0).unsigned_abs());
            correlation(&self.gradient[from..][..overlap], &now.gradient[to..][..overlap])
        };
        let reach = reach as isize;
        let at_rest = alike(0);
        let stands = SAME <= at_rest && alike(-1).max(alike(1)) <= at_rest;
        let (best, score) = if stands {
            (0, at_rest)
        } else {
            (-reach..=reach).map(|shift| (shift, alike(shift))).max_by(|a, b| a.1.total_cmp(&b.1))?
        };
        // At the end of the reach the truth may lie beyond it.
        if score < ALIKE || best.abs() == reach {
            return None;
        }
        let (left, right) = (alike(best - 1), alike(best + 1));
        let bend = left - 2.0 * score + right;
        let part = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        Some(best as f32 + part)
    }
}

fn correlation(one: &[f32], other: &[f32]) -> f32 {
    let (mut both, mut ones, mut others) = (0.0f32, 0.0f32, 0.0f32);
    for (one, other) in one.iter().zip(other) {
        both += one * other;
        ones += one * one;
        others += other * other;
    }
    let norm = (ones * others).sqrt();
    if 0.0 < norm { both / norm } else { 0.0 }
}

/// The shift that most bands agree upon, in places.
fn vote(before: &[Profile], now: &[Profile], reach: usize) -> Option<f32> {
    let mut shifts: Vec<f32> =
        before.iter().zip(now).filter_map(|(before, now)| before.shift_to(now, reach)).collect();
    shifts.sort_by(f32::total_cmp);
    let median = *shifts.get(shifts.len() / 2)?;
    shifts.retain(|shift| (shift - median).abs() <= AGREE);
    (QUORUM <= shifts.len()).then(|| shifts.iter().sum::<f32>() / shifts.len() as f32)
}

#[cfg(test)]
mod tests;
