use std::fmt;
use std::str::FromStr;

/// What is done to pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Little light: dark, noisy, pale.
    Night,
    /// Streaks of rain and the veil of what rains farther off.
    Rain,
    /// Airlight that grows with distance.
    Fog,
    /// A camera that moves during the exposure.
    MotionBlur,
    /// A line too thin for the picture.
    LowBitrate,
    /// Frames that never arrive, in bursts.
    FrameLoss,
    /// Too few pixels.
    Resolution,
    /// A mast in the wind.
    Shake,
    /// The grey picture of a camera with an infrared lamp.
    Infrared,
    /// Over to that picture and back, again and again.
    InfraredSwitch,
    /// Lamps that beat, go out and come back; headlights.
    Flicker,
}

impl Kind {
    /// Every kind, in the order in which tables list them.
    pub const ALL: [Self; 11] = [
        Self::Night,
        Self::Rain,
        Self::Fog,
        Self::MotionBlur,
        Self::LowBitrate,
        Self::FrameLoss,
        Self::Resolution,
        Self::Shake,
        Self::Infrared,
        Self::InfraredSwitch,
        Self::Flicker,
    ];

    /// The name by which it is asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Night => "night",
            Self::Rain => "rain",
            Self::Fog => "fog",
            Self::MotionBlur => "motion-blur",
            Self::LowBitrate => "low-bitrate",
            Self::FrameLoss => "frame-loss",
            Self::Resolution => "resolution",
            Self::Shake => "shake",
            Self::Infrared => "ir",
            Self::InfraredSwitch => "ir-switch",
            Self::Flicker => "flicker",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = DegradationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| DegradationError::UnknownKind { value: text.to_owned() })
    }
}

/// A kind of degradation and how much of it; as text `night:0.3`, or `night` for [`Degradation::DEFAULT_STRENGTH`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degradation {
    kind: Kind,
    strength: f64,
}

impl Degradation {
    /// The strength of a degradation that is asked for by its name alone.
    pub const DEFAULT_STRENGTH: f64 = 0.5;

    /// `strength` runs from 0, nothing, to 1, the worst that is still a picture.
    ///
    /// # Errors
    /// [`DegradationError::Strength`] for a strength outside `[0, 1]`.
    pub fn new(kind: Kind, strength: f64) -> Result<Self, DegradationError> {
        if (0.0..=1.0).contains(&strength) {
            // Minus zero would be printed with its sign.
            Ok(Self { kind, strength: strength.abs() })
        } else {
            Err(DegradationError::Strength { kind, value: strength.to_string() })
        }
    }

    /// What is done.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// How much of it, in `[0, 1]`.
    pub const fn strength(self) -> f64 {
        self.strength
    }

    /// Whether it leaves everything as it is.
    pub fn is_nothing(self) -> bool {
        self.strength == 0.0
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.strength)
    }
}

impl FromStr for Degradation {
    type Err = DegradationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((kind, strength)) = text.split_once(':') else {
            return Self::new(text.parse()?, Self::DEFAULT_STRENGTH);
        };
        let kind = kind.parse()?;
        match strength.parse() {
            Ok(strength) => Self::new(kind, strength),
            Err(_) => Err(DegradationError::Strength { kind, value: strength.to_owned() }),
        }
    }
}

/// Why a degradation was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DegradationError {
    /// No degradation has this name.
    #[error("no degradation `{value}`, known are {}", known())]
    UnknownKind {
        /// The name as given.
        value: String,
    },
    /// The strength is no number, or not one that the scale has.
    #[error("degradation `{kind}` has the strength `{value}`, expected a number from 0 to 1")]
    Strength {
        /// What was to be done.
        kind: Kind,
        /// The strength as given.
        value: String,
    },
}

fn known() -> String {
    Kind::ALL.map(|kind| format!("`{kind}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_or_without_strength_is_read_and_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Degradation::new(kind, 0.5));
            for strength in [0.0, 0.3, 1.0] {
                let degradation = Degradation::new(kind, strength).expect("in range");
                assert_eq!(degradation.to_string().parse(), Ok(degradation));
            }
        }
        assert_eq!(Degradation::new(Kind::MotionBlur, 0.3).expect("in range").to_string(), "motion-blur:0.3");
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        let message = |text: &str| text.parse::<Degradation>().expect_err("refused").to_string();
        assert_eq!(
            message("nite:0.3"),
            "no degradation `nite`, known are `night`, `rain`, `fog`, `motion-blur`, `low-bitrate`, `frame-loss`, \
             `resolution`, `shake`, `ir`, `ir-switch`, `flicker`"
        );
        for strength in ["", "much", "1.01", "-0.1", "NaN", "inf"] {
            let message = message(&format!("rain:{strength}"));
            assert!(message.starts_with("degradation `rain` has the strength `"), "{message}");
            assert!(message.ends_with("`, expected a number from 0 to 1"), "{message}");
        }
    }
}
