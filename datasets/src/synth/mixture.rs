use serde::{Deserialize, Serialize};

use super::chance::Chance;

/// How often an effect comes, and how strong it is then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Odds {
    /// Probability, 0 to 1.
    pub share: f64,
    /// Least and greatest strength, in the effect's unit; uniform between them.
    pub range: [f64; 2],
}

impl Odds {
    const fn new(share: f64, from: f64, to: f64) -> Self {
        Self { share, range: [from, to] }
    }

    /// The strength, where the effect comes.
    pub(super) fn drawn(&self, chance: &mut Chance) -> Option<f64> {
        let happens = chance.happens(self.share);
        happens.then(|| chance.between(self.range[0], self.range[1]))
    }
}

/// What may spoil a plate and its picture. What is not named does not come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mixture {
    /// Ink that characters have lost at most, as a share; each another part of it.
    pub worn: Odds,
    /// Something before a plate of a scene: share of its width or height.
    pub hidden: Odds,
    /// Film of dust and splashes, 0 to 1.
    pub dirt: Odds,
    /// Scratches, 0 to 1.
    pub scratches: Odds,
    /// A shadow's edge: share of the light that is lost behind it.
    pub shadow: Odds,
    /// A bright spot: share of white at its middle.
    pub glare: Odds,
    /// An infrared lamp: contrast that is left on the plate.
    pub infrared: Odds,
    /// Disc out of focus, radius in pixels of a plate 160 pixels wide; less of narrower ones, down to 0.4 of it.
    pub defocus: Odds,
    /// Straight way during the exposure, in the same pixels.
    pub motion_blur: Odds,
    /// Factor on the light.
    pub exposure: Odds,
    /// Exponent of the tone curve.
    pub gamma: Odds,
    /// Most that a channel's light departs from that of white, as a share.
    pub tint: Odds,
    /// Standard deviation of the sensor's noise, 8-bit levels; more of the small ones.
    pub noise: Odds,
    /// Overshoot of a camera's sharpening, as a share of the step.
    pub sharpening: Odds,
    /// Rain, strength as in [`crate::degrade`].
    pub rain: Odds,
    /// Fog, strength as in [`crate::degrade`].
    pub fog: Odds,
    /// JPEG coding, quality.
    pub jpeg: Odds,
}

impl Mixture {
    /// The mixture of `docs/synthetic-plates.md`, each probability scaled by `spoil`: 0 gives clean plates.
    pub fn documented(spoil: f64) -> Self {
        Self {
            worn: Odds::new(0.1, 0.2, 0.75),
            hidden: Odds::new(0.1, 0.05, 0.3),
            dirt: Odds::new(0.35, 0.1, 0.7),
            scratches: Odds::new(0.25, 0.1, 1.0),
            shadow: Odds::new(0.2, 0.15, 0.65),
            glare: Odds::new(0.12, 0.2, 0.8),
            infrared: Odds::new(0.15, 0.45, 1.0),
            defocus: Odds::new(0.35, 0.4, 2.2),
            motion_blur: Odds::new(0.3, 1.5, 7.0),
            exposure: Odds::new(0.8, 0.45, 1.35),
            gamma: Odds::new(0.8, 0.6, 1.6),
            tint: Odds::new(0.5, 0.02, 0.24),
            noise: Odds::new(0.7, 0.1, 14.0),
            sharpening: Odds::new(0.2, 0.2, 1.2),
            rain: Odds::new(0.04, 0.1, 0.6),
            fog: Odds::new(0.04, 0.1, 0.6),
            jpeg: Odds::new(0.6, 35.0, 96.0),
        }
        .scaled(spoil)
    }

    /// All probabilities times `by`.
    fn scaled(mut self, by: f64) -> Self {
        self.all_mut().into_iter().for_each(|odds| odds.share *= by);
        self
    }

    /// The first effect whose probability or range cannot be, with what is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let limits = [
            ("worn", 0.0, 0.95),
            ("hidden", 0.0, 1.0),
            ("dirt", 0.0, 1.0),
            ("scratches", 0.0, 1.0),
            ("shadow", 0.0, 1.0),
            ("glare", 0.0, 1.0),
            ("infrared", 0.0, 1.0),
            ("defocus", 0.0, 8.0),
            ("motion-blur", 0.0, 24.0),
            ("exposure", 0.02, 4.0),
            ("gamma", 0.2, 5.0),
            ("tint", 0.0, 0.9),
            ("noise", 0.0, 60.0),
            ("sharpening", 0.0, 3.0),
            ("rain", 0.0, 1.0),
            ("fog", 0.0, 1.0),
            ("jpeg", 1.0, 100.0),
        ];
        let mut copy = *self;
        copy.all_mut().into_iter().zip(limits).find_map(|(odds, (name, least, most))| {
            let Odds { share, range: [from, to] } = *odds;
            if !(0.0..=1.0).contains(&share) {
                return Some(format!("`{name}.share` is {share}, expected a number from 0 to 1"));
            }
            // An effect that is not named has the range 0 to 0.
            let good = share == 0.0 || (least <= from && from <= to && to <= most);
            (!good).then(|| {
                format!("`{name}.range` is {from} to {to}, expected two numbers from {least} to {most}")
            })
        })
    }

    fn all_mut(&mut self) -> [&mut Odds; 17] {
        [
            &mut self.worn,
            &mut self.hidden,
            &mut self.dirt,
            &mut self.scratches,
            &mut self.shadow,
            &mut self.glare,
            &mut self.infrared,
            &mut self.defocus,
            &mut self.motion_blur,
            &mut self.exposure,
            &mut self.gamma,
            &mut self.tint,
            &mut self.noise,
            &mut self.sharpening,
            &mut self.rain,
            &mut self.fog,
            &mut self.jpeg,
        ]
    }
}
