//! Drawn tracks: objects that go their ways by the clock, judged at two resolutions, which must agree.

use super::*;
use crate::{Distance, GroundPlane, GroundPoint, Judged, Rejection};

pub(super) const BAG: u16 = 24;
pub(super) const BOAT: u16 = 8;

/// Both of the shape 16:9.
const SIZES: [SizePx; 2] = [SizePx::new(1920, 1080), SizePx::new(640, 360)];

/// Where the foot is at a time in milliseconds, as fractions of the frame.
type Way = Box<dyn Fn(u64) -> Step>;

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Absent,
    /// Followed and not seen.
    Hidden,
    At(f32, f32),
}

/// One object. Its tracker confirms it at once.
pub(super) struct Actor {
    pub(super) class: u16,
    pub(super) way: Way,
    /// Width and height of its box in frame heights.
    pub(super) size: (f32, f32),
    pub(super) score: f32,
    /// Class of the observation at a time in milliseconds, where it is not that of the track.
    pub(super) looks_like: Option<fn(u64) -> u16>,
}

pub(super) fn actor(class: u16, way: impl Fn(u64) -> Step + 'static) -> Actor {
    Actor { class, way: Box::new(way), size: (0.05, 0.2), score: 0.8, looks_like: None }
}

/// Stands at one place from the first to the last of these times.
pub(super) fn stands(class: u16, x: f32, y: f32, times: std::ops::RangeInclusive<u64>) -> Actor {
    actor(class, move |at| if times.contains(&at) { Step::At(x, y) } else { Step::Absent })
}

/// Goes in a straight line from one place to another between two times, and stays there for as long as the play lasts.
pub(super) fn goes(class: u16, from: (f32, f32), to: (f32, f32), times: std::ops::Range<u64>) -> Actor {
    actor(class, move |at| {
        let share = at.saturating_sub(times.start) as f32 / (times.end - times.start) as f32;
        let share = share.min(1.0);
        Step::At(from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
    })
}

/// A rule that counts feet.
pub(super) fn foot_rule(test: RuleTest) -> Rule {
    Rule { anchor: Anchor::Foot, ..rule(test) }
}

/// From 0.25 to 0.75 and from 0.2 to 0.8.
pub(super) fn yard() -> Zone {
    zone("yard", (0.25, 0.2), (0.75, 0.8))
}

pub(super) fn zone(id: &str, (left, top): (f32, f32), (right, bottom): (f32, f32)) -> Zone {
    let polygon = vec![point(left, top), point(right, top), point(right, bottom), point(left, bottom)];
    Zone { id: id.into(), polygon }
}

/// Ground seen from straight above: 16 m along the picture's width, 9 m along its height; a frame height is 9 m.
pub(super) fn ground() -> GroundPlane {
    let image = [point(0.0, 1.0), point(1.0, 1.0), point(1.0, 0.0), point(0.0, 0.0)];
    let ground = [(0.0, 0.0), (16.0, 0.0), (16.0, 9.0), (0.0, 9.0)].map(|(x, y)| GroundPoint { x, y });
    GroundPlane::new(image, ground).expect("a rectangle")
}

pub(super) fn heights_of(distance: f32) -> Distance {
    Distance::FrameHeights(distance)
}

/// Plays for `until` ms at ten frames a second, then ends the stream; what came of it, the same at both resolutions.
pub(super) fn play(rule: &Rule, actors: &[Actor], until: u64) -> Judged {
    play_in(rule, actors, until, &|_, frame| frame)
}

/// As [`play`], with more known about the frames.
pub(super) fn play_in(
    rule: &Rule,
    actors: &[Actor],
    until: u64,
    told: &dyn Fn(u64, FrameInfo) -> FrameInfo,
) -> Judged {
    let [large, small] = SIZES.map(|size| play_at(size, rule, actors, until, told));
    assert_eq!(outlines(&large), outlines(&small), "{SIZES:?}");
    let decisions = |judged: &Judged| -> Vec<_> {
        let rejected = judged.rejections.iter().flat_map(|rejection| rejection.decision.clone());
        let passed = judged.passages.iter().flat_map(|passage| passage.decision.clone());
        rejected.chain(passed).collect()
    };
    for (one, other) in decisions(&large).iter().zip(&decisions(&small)) {
        let same = (one.name, one.held, one.relation) == (other.name, other.held, other.relation);
        let near = (one.measured - other.measured).abs() <= 0.01 * one.measured.abs().max(0.1);
        assert!(one.name.ends_with("_px") || (same && near), "{one} / {other}");
    }
    large
}

pub(super) fn play_at(
    size: SizePx,
    rule: &Rule,
    actors: &[Actor],
    until: u64,
    told: &dyn Fn(u64, FrameInfo) -> FrameInfo,
) -> Judged {
    let mut scene = Scene::on_ground(vec![rule.clone()], ground()).expect("valid");
    let mut living: Vec<Option<Track>> = vec![None; actors.len()];
    let mut judged = Judged::default();
    let mut add = |more: Judged| {
        judged.passages.extend(more.passages);
        judged.rejections.extend(more.rejections);
    };
    for at in (0..=until).step_by(100) {
        let mut ended = Vec::new();
        for (index, (actor, track)) in actors.iter().zip(&mut living).enumerate() {
            let bbox = |x: f32, y: f32| {
                let foot = point(x, y).in_frame(size);
                let (w, h) = (actor.size.0 * size.height as f32, actor.size.1 * size.height as f32);
                FrameBox::new(foot.x - w / 2.0, foot.y - h, foot.x + w / 2.0, foot.y).expect("valid")
            };
            *track = match ((actor.way)(at), *track) {
                (Step::Absent, track) => {
                    ended.extend(track);
                    None
                }
                (Step::Hidden, track) => track.map(|track| Track { seen_now: false, ..track }),
                (Step::At(x, y), Some(track)) => Some(next_sight(&track, ms(at), bbox(x, y))),
                (Step::At(x, y), None) => {
                    let track = first_sight(index as u64 + 1, ms(at), actor.class, bbox(x, y));
                    Some(Track { best_score: actor.score, mean_score: actor.score, ..track })
                }
            };
            if let (Some(track), Some(looks_like)) = (track, actor.looks_like) {
                track.last_observed.class = looks_like(at);
            }
        }
        let active: Vec<Track> = living.iter().flatten().copied().collect();
        add(scene.judge(told(at, FrameInfo::new(ms(at), size)), &active, &ended));
    }
    add(scene.finish(ms(until + 100)));
    judged
}

/// Subject, state and time in milliseconds of each revision but updates, then the clauses that lost each rejection.
type Outlines = (Vec<(Subject, PassageState, u128)>, Vec<(Subject, Vec<&'static str>)>);

fn outlines(judged: &Judged) -> Outlines {
    let passages = judged.passages.iter().filter(|passage| passage.state != PassageState::Updated);
    let rejected = |rejection: &Rejection| (rejection.subject, lost(rejection));
    (
        passages.map(|p| (p.subject, p.state, p.at.as_millis())).collect(),
        judged.rejections.iter().map(rejected).collect(),
    )
}

/// Times in milliseconds and reasons of opening and closing, in order.
pub(super) fn times(judged: &Judged) -> Vec<(u128, Option<&'static str>)> {
    let passages = judged.passages.iter().filter(|passage| passage.state != PassageState::Updated);
    passages.map(|p| (p.at.as_millis(), p.close_reason)).collect()
}

/// The one passage that opened.
pub(super) fn opened(judged: &Judged) -> &Passage {
    let mut opened = judged.passages.iter().filter(|passage| passage.state == PassageState::Opened);
    let (first, second) = (opened.next(), opened.next());
    assert!(second.is_none(), "{judged:#?}");
    first.unwrap_or_else(|| panic!("nothing opened: {:#?}", judged.rejections))
}

/// Names of the clauses that did not hold.
pub(super) fn lost(rejection: &Rejection) -> Vec<&'static str> {
    rejection.decision.iter().filter(|clause| !clause.held).map(|clause| clause.name).collect()
}

/// The clauses that lost the one rejection; nothing opened.
pub(super) fn rejected(judged: &Judged) -> Vec<&'static str> {
    assert!(judged.passages.is_empty(), "{:#?}", judged.passages);
    let [rejection] = &judged.rejections[..] else { panic!("one rejection, got {:#?}", judged.rejections) };
    lost(rejection)
}
