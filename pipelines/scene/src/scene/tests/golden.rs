//! Line and zone rules that ask for nothing but their first settings: their passages to the last bit.

use super::*;

/// Numbers in `[0, 1)`, the same on every machine (Knuth's MMIX congruence).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

fn rules() -> Vec<Rule> {
    let named = |id: &str, confirm: (u32, u32), rule: Rule| Rule {
        id: id.into(),
        confirm: NOfM { n: confirm.0, m: confirm.1 },
        min_travel: 0.05,
        min_score: 0.3,
        ..rule
    };
    let long_stay = |rule: Rule| match rule.test {
        RuleTest::Zone { zone, on, .. } => {
            Rule { test: RuleTest::Zone { zone, on, min_dwell: ms(700) }, ..rule }
        }
        _ => rule,
    };
    vec![
        named("line", (2, 3), line_rule(LineDirections::Both)),
        Rule {
            classes: vec![PERSON],
            anchor: Anchor::Foot,
            ..named("down", (3, 5), line_rule(LineDirections::Forward))
        },
        named("zone", (2, 4), zone_rule(ZoneEdge::Both)),
        Rule { classes: vec![DOG], ..named("stay", (2, 3), long_stay(zone_rule(ZoneEdge::Enter))) },
    ]
}

fn told(passages: &[Passage]) -> String {
    let mut text = String::new();
    for p in passages {
        let decision: Vec<_> = p
            .decision
            .iter()
            .map(|c| format!("{} {:?}/{:?} {}", c.name, c.measured, c.bound, c.held))
            .collect();
        text += &format!(
            "{} {} v{} #{} {:?} r{} {:?} {:?} {:?} class {} {:?} {} dwell {:?} {:?} {:?} seen {} {:?} {:?} {:?} {:?} [{}] {:?}\n",
            p.subject.track_id().expect("a track"),
            p.rule_id,
            p.rule_version,
            p.ordinal,
            p.state,
            p.revision,
            p.occurred_at,
            p.opened_at,
            p.at,
            p.class,
            p.direction,
            p.place_id,
            p.dwell,
            p.bbox,
            p.first_bbox,
            p.observations,
            p.best_score,
            p.mean_score,
            p.duration,
            p.travel,
            decision.join(", "),
            p.close_reason,
        );
    }
    text
}

#[test]
fn line_and_zone_passages_are_what_they_were() {
    let mut draw = Draw(7);
    let mut scene = Scene::new(rules()).expect("valid").with_update_every(ms(400));
    let mut living: Vec<(Track, f32, f32)> = Vec::new();
    let (mut last_id, mut passages) = (0, Vec::new());
    for frame in 0..80u64 {
        let at = ms(100 * frame);
        let mut ended = Vec::new();
        living.retain_mut(|(track, x, y)| {
            *x = (*x + 40.0 * (draw.next() - 0.5)).clamp(-5.0, 205.0);
            *y = (*y + 30.0 * (draw.next() - 0.5)).clamp(-5.0, 105.0);
            let luck = draw.next();
            if luck < 0.02 {
                ended.push(*track);
                return false;
            }
            *track = match luck {
                luck if luck < 0.2 => Track { seen_now: false, ..*track },
                _ => {
                    let mut next = next_sight(track, at, box_at(*x, *y));
                    next.mean_score = 0.25 + 0.5 * draw.next();
                    next.last_observed.class = if draw.next() < 0.2 { DOG } else { track.class };
                    next.confirmed |= 3 <= next.observations;
                    next
                }
            };
            true
        });
        while living.len() < 3 {
            last_id += 1;
            let (x, y) = (200.0 * draw.next(), 100.0 * draw.next());
            let class = if draw.next() < 0.5 { PERSON } else { DOG };
            let track = Track { confirmed: false, ..first_sight(last_id, at, class, box_at(x, y)) };
            living.push((track, x, y));
        }
        let active: Vec<Track> = living.iter().map(|(track, ..)| *track).collect();
        passages.extend(scene.judge(FrameInfo::new(at, FRAME), &active, &ended).passages);
    }
    passages.extend(scene.finish(ms(8000)).passages);
    let told = told(&passages);
    assert!(told == include_str!("golden.txt"), "{told}");
}
