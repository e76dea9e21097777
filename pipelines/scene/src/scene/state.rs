use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Scene;
use super::joining::{Lent, Parted};
use crate::crowd::CrowdWatch;
use crate::parking::Parking;
use crate::watched::Watched;
use crate::{GroundPlane, Rule, StateError};

/// Counts up whenever what is written down changes its meaning.
const LAYOUT: u32 = 1;

/// Everything a scene knows but its rules and its ground, as plain data for a checkpoint.
///
/// [`Scene::snapshot`] makes it, [`Scene::restore`] goes on from it bit for bit. Formats that keep every bit of a number
/// are fit to hold it; JSON is, when it is read back exactly.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SceneState {
    layout: u32,
    rules: Vec<Mark>,
    ground: u64,
    objects: BTreeMap<u64, Watched>,
    parted: Vec<Parted>,
    lent: BTreeMap<u64, Lent>,
    crowds: Vec<CrowdWatch>,
    parking: Parking,
}

/// What tells a rule from others, and from itself before it was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Mark {
    id: String,
    version: u32,
    settings: u64,
}

impl Scene {
    /// What is needed to go on after a restart.
    pub fn snapshot(&self) -> SceneState {
        SceneState {
            layout: LAYOUT,
            rules: self.rules.iter().map(Mark::of).collect(),
            ground: ground(self.plane.as_ref()),
            objects: self.objects.clone(),
            parted: self.parted.clone(),
            lent: self.lent.clone(),
            crowds: self.crowds.clone(),
            parking: self.parking.clone(),
        }
    }

    /// Whether it follows nothing: a state of now is worth no more than one of before.
    pub fn is_idle(&self) -> bool {
        self.objects.is_empty() && self.parted.is_empty() && self.crowds.iter().all(CrowdWatch::is_idle)
    }

    /// Goes on from `state` instead of what was seen so far: the same frames give the same passages.
    ///
    /// # Errors
    /// As [`Scene::check`]; nothing has changed then.
    pub fn restore(&mut self, state: SceneState) -> Result<(), StateError> {
        self.check(&state)?;
        let SceneState { objects, parted, lent, crowds, parking, .. } = state;
        (self.objects, self.parted, self.lent, self.crowds) = (objects, parted, lent, crowds);
        self.parking = parking;
        Ok(())
    }

    /// Whether this scene can go on from `state`.
    ///
    /// # Errors
    /// When the state is of other rules, of another ground, or none that this version writes; a [`StateError`] says which
    /// rule differs.
    pub fn check(&self, state: &SceneState) -> Result<(), StateError> {
        let SceneState { layout, rules, ground: of_ground, objects, parted, crowds, .. } = state;
        if *layout != LAYOUT {
            return Err(StateError::Layout { actual: *layout, expected: LAYOUT });
        }
        check_rules(rules, &self.rules)?;
        if *of_ground != ground(self.plane.as_ref()) {
            return Err(StateError::Ground);
        }
        let mut all = objects.values().chain(parted.iter().map(|parted| &parted.watched));
        if crowds.len() != self.rules.len() || !all.all(|watched| watched.fits(&self.rules)) {
            return Err(StateError::Watches);
        }
        Ok(())
    }
}

impl Mark {
    fn of(rule: &Rule) -> Self {
        Self { id: rule.id.clone(), version: rule.version, settings: digest(&format!("{rule:?}")) }
    }
}

fn check_rules(of_state: &[Mark], rules: &[Rule]) -> Result<(), StateError> {
    if let Some(gone) = of_state.iter().find(|mark| rules.iter().all(|rule| rule.id != mark.id)) {
        return Err(StateError::RuleGone { rule: gone.id.clone() });
    }
    for (index, rule) in rules.iter().enumerate() {
        let expected = Mark::of(rule);
        let rule = rule.id.clone();
        match of_state.iter().position(|mark| mark.id == expected.id) {
            None => return Err(StateError::RuleNew { rule }),
            Some(before) if before != index => return Err(StateError::RuleOrder { rule }),
            Some(_) => {}
        }
        let actual = &of_state[index];
        if actual.version != expected.version {
            let (actual, expected) = (actual.version, expected.version);
            return Err(StateError::RuleVersion { rule, actual, expected });
        }
        if actual.settings != expected.settings {
            return Err(StateError::RuleSettings { rule });
        }
    }
    Ok(())
}

fn ground(plane: Option<&GroundPlane>) -> u64 {
    digest(&format!("{plane:?}"))
}

/// FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): to notice a change, not to withstand anybody.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
