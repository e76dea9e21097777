//! What a rule waits for.

use anyhow::Context as _;
use edge_config::{Camera, Direction, Distance, Edge, Trigger};
use models::Card;
use scene::{Crowd, Landing, LineDirections, Loiter, ObjectLeft, RuleTest, WrongWay, Zone, ZoneEdge};

use super::{class_indices, point};

pub(super) fn test_of(camera: &Camera, trigger: &Trigger, card: &Card) -> anyhow::Result<RuleTest> {
    Ok(match trigger {
        Trigger::Line { line: id, direction, hysteresis } => {
            let line =
                camera.lines.iter().find(|line| line.id == *id).context("settings without their line")?;
            RuleTest::Line {
                line: scene::Line { id: line.id.clone(), from: point(line.from), to: point(line.to) },
                directions: match direction {
                    Direction::Forward => LineDirections::Forward,
                    Direction::Backward => LineDirections::Backward,
                    Direction::Both => LineDirections::Both,
                },
                hysteresis: *hysteresis,
            }
        }
        Trigger::Zone { zone, on, min_dwell } => RuleTest::Zone {
            zone: zone_of(camera, zone)?,
            on: match on {
                Edge::Enter => ZoneEdge::Enter,
                Edge::Exit => ZoneEdge::Exit,
                Edge::Both => ZoneEdge::Both,
            },
            min_dwell: *min_dwell,
        },
        Trigger::Loiter(loiter) => RuleTest::Loiter(Loiter {
            zone: zone_of(camera, &loiter.zone)?,
            min_time: loiter.min_time,
            window: loiter.window,
        }),
        Trigger::WrongWay(way) => RuleTest::WrongWay(WrongWay {
            zone: zone_of(camera, &way.zone)?,
            from: point(way.from),
            to: point(way.to),
            min_distance: distance(way.min_distance),
            max_angle_deg: way.max_angle_deg,
        }),
        Trigger::Crowd(crowd) => RuleTest::Crowd(Crowd {
            zone: zone_of(camera, &crowd.zone)?,
            min_objects: crowd.min_objects,
            min_time: crowd.min_time,
        }),
        Trigger::ObjectLeft(left) => RuleTest::ObjectLeft(ObjectLeft {
            zone: zone_of(camera, &left.zone)?,
            min_still: left.min_still,
            still_within: distance(left.still_within),
            people: class_indices(card, &left.people)?,
            near: distance(left.near),
            min_alone: left.min_alone,
        }),
        Trigger::Landing(landing) => RuleTest::Landing(Landing {
            land: zone_of(camera, &landing.land)?,
            water: landing.water.as_ref().map(|water| zone_of(camera, water)).transpose()?,
            boats: class_indices(card, &landing.boats)?,
            beside: distance(landing.beside),
        }),
    })
}

/// The zone `id` of `camera`.
pub(crate) fn zone_of(camera: &Camera, id: &str) -> anyhow::Result<Zone> {
    let zone = camera.zones.iter().find(|zone| zone.id == id).context("settings without their zone")?;
    Ok(Zone { id: zone.id.clone(), polygon: zone.polygon.iter().copied().map(point).collect() })
}

fn distance(distance: Distance) -> scene::Distance {
    match distance {
        Distance::Heights(heights) => scene::Distance::FrameHeights(heights),
        Distance::Metres(metres) => scene::Distance::Metres(metres),
    }
}
