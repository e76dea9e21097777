//! From the rules of the settings to the rules of the scene.

mod conditions;
mod trigger;

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context as _, bail};
use edge_config::{Anchor, Camera, Confirm, Point, Priority};
use models::Card;
use proto::v1 as pb;
use scene::{NOfM, Rule, Scene};
use vision::NormPoint;

use super::outlook;

pub(crate) use trigger::zone_of;

/// The scene of a camera whose model is `card`.
///
/// # Errors
/// When a rule names a class that the model does not know, or measures what the camera's ground cannot give.
pub(crate) fn scene_of(camera: &Camera, card: &Card) -> anyhow::Result<Scene> {
    let rules =
        camera.rules.iter().map(|rule| rule_of(camera, rule, card)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(match outlook::ground_plane(camera)? {
        Some(plane) => Scene::on_ground(rules, plane)?,
        None => Scene::new(rules)?,
    })
}

/// Priority of each rule's passages.
pub(crate) fn priorities_of(camera: &Camera) -> HashMap<String, pb::Priority> {
    let priority = |priority| match priority {
        Priority::Urgent => pb::Priority::Urgent,
        Priority::Normal => pb::Priority::Normal,
    };
    camera.rules.iter().map(|rule| (rule.id.clone(), priority(rule.priority))).collect()
}

/// Classes that any rule is about.
///
/// # Errors
/// When a rule names a class that the model does not know.
pub(crate) fn classes_of(camera: &Camera, card: &Card) -> anyhow::Result<BTreeSet<u16>> {
    let names = camera.rules.iter().flat_map(|rule| &rule.classes);
    names.map(|class| class_index(card, class)).collect()
}

/// Rules in whose pictures bystanders are blurred.
pub(crate) fn blurring(camera: &Camera) -> BTreeSet<String> {
    let blurs = |rule: &&edge_config::Rule| rule.blur_bystanders.unwrap_or(camera.blur_bystanders);
    camera.rules.iter().filter(blurs).map(|rule| rule.id.clone()).collect()
}

fn rule_of(camera: &Camera, rule: &edge_config::Rule, card: &Card) -> anyhow::Result<Rule> {
    let in_rule = || format!("rule `{}`", rule.id);
    Ok(Rule {
        id: rule.id.clone(),
        version: rule.version,
        test: trigger::test_of(camera, &rule.trigger, card).with_context(in_rule)?,
        classes: class_indices(card, &rule.classes).with_context(in_rule)?,
        anchor: anchor_of(rule.anchor),
        confirm: n_of_m(rule.confirm),
        min_travel: rule.min_travel,
        min_score: rule.min_score,
        conditions: conditions::conditions_of(&rule.conditions, card).with_context(in_rule)?,
        profiles: conditions::profiles_of(&rule.profiles),
    })
}

fn class_indices(card: &Card, names: &[String]) -> anyhow::Result<Vec<u16>> {
    names.iter().map(|name| class_index(card, name)).collect()
}

/// Index of a class of the model.
pub(crate) fn class_index(card: &Card, name: &str) -> anyhow::Result<u16> {
    let index = card.classes.iter().position(|class| class == name);
    match index.and_then(|index| u16::try_from(index).ok()) {
        Some(index) => Ok(index),
        None => bail!("class `{name}` is not one of model `{}`: {}", card.id, card.classes.join(", ")),
    }
}

fn n_of_m(confirm: Confirm) -> NOfM {
    NOfM { n: confirm.hits, m: confirm.of }
}

pub(crate) fn anchor_of(anchor: Anchor) -> scene::Anchor {
    match anchor {
        Anchor::Foot => scene::Anchor::Foot,
        Anchor::Centre => scene::Anchor::Centre,
    }
}

pub(crate) fn point(point: Point) -> NormPoint {
    NormPoint { x: point.x, y: point.y }
}

#[cfg(test)]
mod tests;
