//! By what light a camera sees: mean luma and mean saturation of a frame, with hysteresis in level and in time.

use std::time::Duration;

use vision::{ColourRange, FrameView, PixelFormat};

/// What a camera sees by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// A bright picture in colour.
    Day,
    /// A dark picture in colour.
    Night,
    /// A picture without colour: the camera's infrared lamp, or a camera that knows no colour.
    Infrared,
}

/// Bounds of a [`LightMeter`]. Levels count from 0 to 255 whatever code values the picture uses.
///
/// The defaults are rules of thumb: an infrared picture has no chroma but its coder's noise, and a street by night is
/// darker than a third of the range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LightSettings {
    /// Below this mean luma it becomes night, in levels.
    pub night_below: f32,
    /// Above this mean luma it becomes day, in levels; at least `night_below`.
    pub day_above: f32,
    /// Below this mean saturation it becomes infrared, in levels.
    pub infrared_below: f32,
    /// Above this mean saturation it is infrared no longer, in levels; at least `infrared_below`.
    pub colour_above: f32,
    /// For how long the picture has to look like another light before it counts as that: a lamp that sweeps over the
    /// picture is no day.
    pub hold: Duration,
    /// For how long after the start, a change, or a frame that looked like another light the picture counts as unsettled.
    pub settle: Duration,
}

impl Default for LightSettings {
    fn default() -> Self {
        Self {
            night_below: 50.0,
            day_above: 70.0,
            infrared_below: 2.0,
            colour_above: 4.0,
            hold: Duration::from_secs(1),
            settle: Duration::from_secs(3),
        }
    }
}

/// Tells by what light a camera sees. Fed with each frame, in order; looks at about a thousand places of it.
#[derive(Clone, Debug, Default)]
pub struct LightMeter {
    settings: LightSettings,
    state: Option<State>,
    luma: f32,
    saturation: f32,
}

#[derive(Clone, Copy, Debug)]
struct State {
    light: Light,
    /// Another light, and since when the picture looks like it.
    other: Option<(Light, Duration)>,
    /// Start, latest change or latest frame that looked like another light.
    unsettled_at: Duration,
    at: Duration,
}

impl LightMeter {
    /// A meter that has seen nothing.
    pub fn new(settings: LightSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Looks at the frame of time `at` and answers by what light it was taken.
    pub fn update(&mut self, at: Duration, view: &FrameView<'_>) -> Light {
        (self.luma, self.saturation) = measure(view);
        let seen = self.seen(self.state.map(|state| state.light));
        let fresh = State { light: seen, other: None, unsettled_at: at, at };
        let state = self.state.get_or_insert(fresh);
        if at < state.at {
            // A clock set back: times of before mean nothing.
            *state = State { light: state.light, ..fresh };
        }
        state.at = at;
        if seen == state.light {
            state.other = None;
            return state.light;
        }
        state.unsettled_at = at;
        let since = match state.other {
            Some((light, since)) if light == seen => since,
            _ => at,
        };
        state.other = Some((seen, since));
        if self.settings.hold <= at - since {
            (state.light, state.other) = (seen, None);
        }
        state.light
    }

    /// The light as of the latest frame; `None` before the first.
    pub fn light(&self) -> Option<Light> {
        self.state.map(|state| state.light)
    }

    /// Whether the picture has looked like one light for [`LightSettings::settle`].
    pub fn is_settled(&self) -> bool {
        self.state.is_some_and(|state| self.settings.settle <= state.at - state.unsettled_at)
    }

    /// Mean luma of the latest frame, in levels of 0 to 255.
    pub fn luma(&self) -> f32 {
        self.luma
    }

    /// Mean saturation of the latest frame: distance of U and V from grey, in levels of 0 to 255.
    pub fn saturation(&self) -> f32 {
        self.saturation
    }

    /// What the latest frame looks like for a camera that saw by `light` until now.
    fn seen(&self, light: Option<Light>) -> Light {
        let LightSettings { night_below, day_above, infrared_below, colour_above, .. } = self.settings;
        let colourless = if light == Some(Light::Infrared) { colour_above } else { infrared_below };
        let dark = if light == Some(Light::Night) { day_above } else { night_below };
        if self.saturation < colourless {
            Light::Infrared
        } else if self.luma < dark {
            Light::Night
        } else {
            Light::Day
        }
    }
}

/// Places looked at along each side.
const COLUMNS: usize = 40;
const ROWS: usize = 24;

/// Mean luma and mean distance of the chroma from grey, in levels of 0 to 255, over a raster of places.
fn measure(view: &FrameView<'_>) -> (f32, f32) {
    let (width, height) = (view.size().width as usize, view.size().height as usize);
    let (columns, rows) = (COLUMNS.min(width), ROWS.min(height));
    let (mut luma, mut saturation) = (0.0, 0.0);
    for row in 0..rows {
        // The middle of each of the raster's cells.
        let y = (2 * row + 1) * height / (2 * rows);
        for column in 0..columns {
            let x = (2 * column + 1) * width / (2 * columns);
            let (of_luma, of_saturation) = sample(view, x, y);
            luma += of_luma;
            saturation += of_saturation;
        }
    }
    let places = (columns * rows) as f32;
    (luma / places, saturation / places)
}

/// Luma and distance of the chroma from grey of one pixel.
fn sample(view: &FrameView<'_>, x: usize, y: usize) -> (f32, f32) {
    let at = |plane: usize, column: usize, row: usize| {
        let plane = view.plane(plane);
        f32::from(plane.data[row * plane.stride + column])
    };
    let (luma, u, v) = match view.format() {
        PixelFormat::I420 => (at(0, x, y), at(1, x / 2, y / 2), at(2, x / 2, y / 2)),
        PixelFormat::Nv12 => (at(0, x, y), at(1, x / 2 * 2, y / 2), at(1, x / 2 * 2 + 1, y / 2)),
        PixelFormat::Rgb8 => return sample_of_rgb([0, 1, 2].map(|channel| at(0, 3 * x + channel, y))),
    };
    let (black, luma_range, chroma_range) = match view.range() {
        ColourRange::Limited => (16.0, 219.0, 224.0),
        ColourRange::Full => (0.0, 255.0, 255.0),
    };
    let chroma = (u - 128.0).hypot(v - 128.0);
    (((luma - black) * 255.0 / luma_range).clamp(0.0, 255.0), chroma * 255.0 / chroma_range)
}

/// As [`sample`], by the full-range weights of ITU-R BT.601-7.
fn sample_of_rgb([red, green, blue]: [f32; 3]) -> (f32, f32) {
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    let (u, v) = ((blue - luma) * 0.5 / 0.886, (red - luma) * 0.5 / 0.701);
    (luma, u.hypot(v))
}

#[cfg(test)]
mod tests;
