use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// What was done to a picture, in the order in which an index lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Ink that characters have lost at most, as a share.
    Worn,
    /// What is before a plate: share of its width or height.
    Hidden,
    /// Dust film and splashes on the plate.
    Dirt,
    /// Scratches in the plate.
    Scratches,
    /// The edge of a shadow across the plate.
    Shadow,
    /// A bright spot on the plate.
    Glare,
    /// Grey picture of a camera with an infrared lamp; the strength is the contrast left on the plate.
    Infrared,
    /// Exponent of the tone curve.
    Gamma,
    /// Factor on the light.
    Exposure,
    /// Most that a colour's light departs from that of a true white, as a share.
    Tint,
    /// Overshoot at edges that a camera's sharpening leaves, as a share of the step.
    Sharpening,
    /// Radius of the disc out of focus, pixels.
    Defocus,
    /// Length of the camera's or plate's way during the exposure, pixels.
    MotionBlur,
    /// Rain between camera and plate, strength as in [`crate::degrade`].
    Rain,
    /// Fog between camera and plate, strength as in [`crate::degrade`].
    Fog,
    /// Standard deviation of the sensor's noise, 8-bit levels.
    Noise,
    /// Quality of the JPEG coding.
    Jpeg,
}

impl Effect {
    /// The name in an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worn => "worn",
            Self::Hidden => "hidden",
            Self::Dirt => "dirt",
            Self::Scratches => "scratches",
            Self::Shadow => "shadow",
            Self::Glare => "glare",
            Self::Infrared => "infrared",
            Self::Gamma => "gamma",
            Self::Exposure => "exposure",
            Self::Tint => "tint",
            Self::Sharpening => "sharpening",
            Self::Defocus => "defocus_px",
            Self::MotionBlur => "motion_blur_px",
            Self::Rain => "rain",
            Self::Fog => "fog",
            Self::Noise => "noise",
            Self::Jpeg => "jpeg",
        }
    }
}

/// Effects with their strengths, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects(Vec<(Effect, f64)>);

impl Effects {
    pub(super) fn note(&mut self, effect: Effect, strength: f64) {
        // Three decimals say enough, and a line of an index stays readable.
        self.0.push((effect, (strength * 1000.0).round() / 1000.0));
    }

    /// Strength of `effect`, when it was used.
    pub fn strength(&self, effect: Effect) -> Option<f64> {
        self.0.iter().find(|(noted, _)| *noted == effect).map(|(_, strength)| *strength)
    }
}

impl Serialize for Effects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (effect, strength) in &self.0 {
            map.serialize_entry(effect.name(), strength)?;
        }
        map.end()
    }
}
