use crate::{Light, NOfM};

/// What a rule asks in one light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Whether the rule is in force.
    pub enabled: bool,
    /// Instead of the rule's own `confirm`.
    pub confirm: Option<NOfM>,
    /// Instead of the rule's own `min_travel`, in frame heights.
    pub min_travel: Option<f32>,
    /// Instead of the rule's own `min_score`, in `[0, 1]`.
    pub min_score: Option<f32>,
}

impl Default for Profile {
    /// The rule as it is.
    fn default() -> Self {
        Self { enabled: true, confirm: None, min_travel: None, min_score: None }
    }
}

/// What a rule asks in each light; by default the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Profiles {
    /// In [`Light::Day`].
    pub day: Profile,
    /// In [`Light::Night`].
    pub night: Profile,
    /// In [`Light::Infrared`].
    pub infrared: Profile,
}

impl Profiles {
    /// What is asked in `light`.
    pub fn of(&self, light: Light) -> &Profile {
        match light {
            Light::Day => &self.day,
            Light::Night => &self.night,
            Light::Infrared => &self.infrared,
        }
    }

    /// Each profile with its name, for checks.
    pub(crate) fn all(&self) -> [&Profile; 3] {
        [&self.day, &self.night, &self.infrared]
    }
}

/// A rule's numbers in the light at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) enabled: bool,
    pub(crate) confirm: NOfM,
    pub(crate) min_travel: f32,
    pub(crate) min_score: f32,
}
