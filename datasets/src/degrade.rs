//! Degradations: what night, weather, cheap lenses and thin lines do to footage, at a strength and from a seed.
//!
//! What comes out depends on the degradation, the seed, the item and the frame's number alone: not on the order of
//! calls, the machine or its mathematics library. Parameters are tabulated in `docs/degradations.md`.

use vision::{FrameView, OwnedPlanes, Picture, Planes, SizePx};

mod degradation;
mod key;
pub(crate) mod math;
mod raster;

mod convolve;
pub(crate) mod noise;

mod flicker;
mod fog;
mod frame_loss;
mod infrared;
mod infrared_switch;
mod low_bitrate;
mod motion_blur;
mod night;
mod rain;
mod resolution;
mod shake;

#[cfg(test)]
mod tests;

pub use degradation::{Degradation, DegradationError, Kind};

use frame_loss::FrameLoss;
use key::Key;
use raster::Raster;

/// One degradation of one clip or picture.
pub struct Degrader {
    degradation: Degradation,
    key: Key,
    /// Of the item; what the bitrate of a clip goes by.
    size: SizePx,
    /// The effect with the size that its tables are for; `None` where pixels stay as they are.
    effect: Option<(SizePx, Box<dyn Effect>)>,
    loss: Option<FrameLoss>,
}

/// What a degradation does to the pixels of one frame.
trait Effect: Send {
    /// Changes `raster`, which is frame `index` of its clip and has the size this was made for.
    fn apply(&mut self, index: u64, raster: &mut Raster);
}

impl Degrader {
    /// Prepares `degradation` for the item `unit`, whose frames have `size`. Other seeds and other items get other
    /// noise, streaks, directions and losses.
    pub fn new(degradation: Degradation, seed: u64, unit: &str, size: SizePx) -> Self {
        let key = Key::new(seed, unit, degradation.kind());
        let effect = effect(degradation, &key, size).map(|effect| (size, effect));
        let lossy = degradation.kind() == Kind::FrameLoss && !degradation.is_nothing();
        let loss = lossy.then(|| FrameLoss::new(degradation.strength(), key));
        Self { degradation, key, size, effect, loss }
    }

    /// Frame `index` of the item as this degradation leaves it, in the format and size of `view`.
    ///
    /// Frame loss and low bitrate leave it as it is: see [`Degrader::keeps`] and [`Degrader::bitrate_kbps`].
    pub fn frame(&mut self, index: u64, view: &FrameView<'_>) -> OwnedPlanes {
        match self.effect_for(view.size()) {
            None => view.to_owned_planes(),
            Some(effect) => {
                let mut raster = Raster::read(view);
                effect.apply(index, &mut raster);
                raster.into_planes()
            }
        }
    }

    /// Whether frame `index` arrives at all; always true but for frame loss.
    pub fn keeps(&self, index: u64) -> bool {
        self.loss.as_ref().is_none_or(|loss| loss.keeps(index))
    }

    /// A still picture of any size as this degradation leaves it, treated as frame 0. Lengths go by the picture's own
    /// height. Low bitrate is a JPEG round trip; frame loss leaves it as it is.
    ///
    /// # Panics
    /// For low bitrate, when a side is above 65,535 pixels.
    pub fn picture(&mut self, picture: &Picture) -> Picture {
        if self.degradation.kind() == Kind::LowBitrate && !self.degradation.is_nothing() {
            return low_bitrate::still(picture, self.degradation.strength());
        }
        match self.effect_for(picture.size()) {
            None => picture.clone(),
            Some(effect) => {
                let mut raster = Raster::read(&picture.view());
                effect.apply(0, &mut raster);
                raster.into_picture()
            }
        }
    }

    /// Bits per second, in thousands, at which a clip of the item's size is to be coded anew before it is played;
    /// `None` for every kind but low bitrate.
    pub fn bitrate_kbps(&self) -> Option<u32> {
        let codes = self.degradation.kind() == Kind::LowBitrate && !self.degradation.is_nothing();
        codes.then(|| low_bitrate::kbps(self.degradation.strength(), self.size))
    }

    /// The effect with tables for `size`; they are made anew when the size has changed.
    fn effect_for(&mut self, size: SizePx) -> Option<&mut dyn Effect> {
        let (made_for, held) = self.effect.as_mut()?;
        if *made_for != size
            && let Some(made) = effect(self.degradation, &self.key, size)
        {
            (*made_for, *held) = (size, made);
        }
        Some(held.as_mut())
    }
}

fn effect(degradation: Degradation, key: &Key, size: SizePx) -> Option<Box<dyn Effect>> {
    if degradation.is_nothing() {
        return None;
    }
    let strength = degradation.strength();
    Some(match degradation.kind() {
        Kind::Night => Box::new(night::Night::new(strength, *key)),
        Kind::Rain => Box::new(rain::Rain::new(strength, *key, size)),
        Kind::Fog => Box::new(fog::Fog::new(strength, key, size)),
        Kind::MotionBlur => Box::new(motion_blur::MotionBlur::new(strength, key, size)),
        Kind::Resolution => Box::new(resolution::Resolution::new(strength)),
        Kind::Shake => Box::new(shake::Shake::new(strength, key, size)),
        Kind::Infrared => Box::new(infrared::Infrared::new(strength, *key)),
        Kind::InfraredSwitch => Box::new(infrared_switch::InfraredSwitch::new(strength, *key)),
        Kind::Flicker => Box::new(flicker::Flicker::new(strength, *key)),
        Kind::LowBitrate | Kind::FrameLoss => return None,
    })
}
