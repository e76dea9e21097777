//! From the rules of the settings to the rules of the scene.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use edge_config::{Anchor, Camera, Direction, Edge, Priority, Trigger};
use models::Card;
use proto::v1 as pb;
use scene::{Conditions, LineDirections, NOfM, Profiles, Rule, RuleTest, Scene, ZoneEdge};
use vision::NormPoint;

/// The scene of a camera whose model is `card`.
///
/// # Errors
/// When a rule names a class that the model does not know.
pub(crate) fn scene_of(camera: &Camera, card: &Card) -> anyhow::Result<Scene> {
    let rules =
        camera.rules.iter().map(|rule| rule_of(camera, rule, card)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Scene::new(rules)?)
}

/// Priority of each rule's passages.
pub(crate) fn priorities_of(camera: &Camera) -> HashMap<String, pb::Priority> {
    let priority = |priority| match priority {
        Priority::Urgent => pb::Priority::Urgent,
        Priority::Normal => pb::Priority::Normal,
    };
    camera.rules.iter().map(|rule| (rule.id.clone(), priority(rule.priority))).collect()
}

fn rule_of(camera: &Camera, rule: &edge_config::Rule, card: &Card) -> anyhow::Result<Rule> {
    let classes =
        rule.classes.iter().map(|class| class_index(card, class)).collect::<anyhow::Result<Vec<_>>>();
    Ok(Rule {
        id: rule.id.clone(),
        version: rule.version,
        test: test_of(camera, &rule.trigger)?,
        classes: classes.with_context(|| format!("rule `{}`", rule.id))?,
        anchor: match rule.anchor {
            Anchor::Foot => scene::Anchor::Foot,
            Anchor::Centre => scene::Anchor::Centre,
        },
        confirm: NOfM { n: rule.confirm.hits, m: rule.confirm.of },
        min_travel: rule.min_travel,
        min_score: rule.min_score,
        conditions: Conditions::default(),
        profiles: Profiles::default(),
    })
}

fn class_index(card: &Card, name: &str) -> anyhow::Result<u16> {
    let index = card.classes.iter().position(|class| class == name);
    match index.and_then(|index| u16::try_from(index).ok()) {
        Some(index) => Ok(index),
        None => bail!("class `{name}` is not one of model `{}`: {}", card.id, card.classes.join(", ")),
    }
}

fn test_of(camera: &Camera, trigger: &Trigger) -> anyhow::Result<RuleTest> {
    let point = |point: edge_config::Point| NormPoint { x: point.x, y: point.y };
    Ok(match trigger {
        Trigger::Line { line: id, direction } => {
            let line =
                camera.lines.iter().find(|line| line.id == *id).context("settings without their line")?;
            RuleTest::Line {
                line: scene::Line { id: line.id.clone(), from: point(line.from), to: point(line.to) },
                directions: match direction {
                    Direction::Forward => LineDirections::Forward,
                    Direction::Backward => LineDirections::Backward,
                    Direction::Both => LineDirections::Both,
                },
                hysteresis: scene::DEFAULT_HYSTERESIS,
            }
        }
        Trigger::Zone { zone: id, on, min_dwell } => {
            let zone =
                camera.zones.iter().find(|zone| zone.id == *id).context("settings without their zone")?;
            RuleTest::Zone {
                zone: scene::Zone {
                    id: zone.id.clone(),
                    polygon: zone.polygon.iter().copied().map(point).collect(),
                },
                on: match on {
                    Edge::Enter => ZoneEdge::Enter,
                    Edge::Exit => ZoneEdge::Exit,
                    Edge::Both => ZoneEdge::Both,
                },
                min_dwell: *min_dwell,
            }
        }
    })
}
