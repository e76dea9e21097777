//! Objects that rest are known again, whatever becomes of their tracks.

use super::stage::{BAG, heights_of, yard};
use super::*;
use crate::{Merge, ObjectLeft, Stationary};

const MEMORY: Stationary =
    Stationary { after: Duration::from_secs(60), forget_after: Duration::from_secs(3600) };

fn remembering(rule: Rule) -> Scene {
    scene(rule).with_memory(MEMORY).with_merge(Merge { window: ms(3000), class_groups: Vec::new() })
}

/// Shows one object once a second from `from` to below `to`, in seconds; its track begins with it and ends after it.
fn show(scene: &mut Scene, id: u64, class: u16, (x, y): (f32, f32), from: u64, to: u64) -> Vec<Passage> {
    let mut told = Vec::new();
    let mut track = first_sight(id, ms(1000 * from), class, box_at(x, y));
    for second in from..to {
        if from < second {
            track = next_sight(&track, ms(1000 * second), box_at(x, y));
        }
        told.extend(scene.judge(FrameInfo::new(ms(1000 * second), FRAME), &[track], &[]).passages);
    }
    told.extend(scene.judge(FrameInfo::new(ms(1000 * to), FRAME), &[], &[]).passages);
    told
}

fn opened(told: &[Passage]) -> usize {
    told.iter().filter(|passage| passage.state == PassageState::Opened).count()
}

#[test]
fn what_has_rested_for_a_minute_opens_nothing_under_a_new_track() {
    for (rested, again) in [(61, 0), (60, 1)] {
        let mut scene = remembering(zone_rule(ZoneEdge::Enter));
        assert_eq!(opened(&show(&mut scene, 1, PERSON, (100.0, 50.0), 0, rested)), 1);
        // Ten minutes later, long after the merge window.
        let told = show(&mut scene, 2, PERSON, (101.0, 51.0), 700, 800);
        assert_eq!(opened(&told), again, "rested for {rested} s");
    }
}

#[test]
fn another_place_class_or_size_is_another_object_and_so_is_a_second_one() {
    let mut scene = remembering(zone_rule(ZoneEdge::Enter));
    show(&mut scene, 1, PERSON, (100.0, 50.0), 0, 70);
    assert_eq!(opened(&show(&mut scene, 2, PERSON, (100.0, 60.0), 100, 101)), 1);
    assert_eq!(opened(&show(&mut scene, 3, DOG, (100.0, 50.0), 200, 201)), 1);
    let (at, at_place) = (ms(300_000), box_at(100.0, 50.0));
    let both = [first_sight(4, at, PERSON, at_place), first_sight(5, at, PERSON, at_place)];
    let told = scene.judge(FrameInfo::new(at, FRAME), &both, &[]).passages;
    let opened = told.iter().filter(|passage| passage.state == PassageState::Opened);
    assert_eq!(opened.map(|p| p.subject).collect::<Vec<_>>(), [Subject::Track(5)]);
}

#[test]
fn one_that_is_known_again_and_moves_is_judged_from_there_and_remembered_no_more() {
    let mut scene = remembering(zone_rule(ZoneEdge::Enter));
    show(&mut scene, 1, PERSON, (100.0, 50.0), 0, 70);
    let mut track = first_sight(2, ms(700_000), PERSON, box_at(100.0, 50.0));
    let mut told = Vec::new();
    for (second, x) in [(700, 100.0), (701, 110.0), (702, 100.0), (703, 112.0), (704, 120.0), (705, 121.0)] {
        track = Track {
            observations: track.observations,
            ..next_sight(&track, ms(1000 * second), box_at(x, 50.0))
        };
        told.extend(scene.judge(FrameInfo::new(ms(1000 * second), FRAME), &[track], &[]).passages);
    }
    let times: Vec<_> = told.iter().map(|p| (p.subject.number(), p.state, p.at.as_secs())).collect();
    let expected = [(1, PassageState::Closed, 70), (2, PassageState::Opened, 704)];
    assert_eq!(times, expected, "one box that jumps is no move");
    scene.judge(FrameInfo::new(ms(706_000), FRAME), &[], &[]);
    assert_eq!(opened(&show(&mut scene, 3, PERSON, (100.0, 50.0), 1000, 1010)), 1);
}

#[test]
fn it_is_forgotten_in_time_and_survives_being_written_down() {
    for (away, again) in [(3600, 0), (3601, 1)] {
        let mut before = remembering(zone_rule(ZoneEdge::Enter));
        show(&mut before, 1, PERSON, (100.0, 50.0), 0, 70);
        before.interrupt(ms(70_000), "restarted");
        let text = serde_json::to_string(&before.snapshot()).expect("JSON");
        let mut after = remembering(zone_rule(ZoneEdge::Enter));
        after.restore(serde_json::from_str(&text).expect("JSON")).expect("the same rules");
        assert_eq!(opened(&show(&mut after, 2, PERSON, (100.0, 50.0), 69 + away, 80 + away)), again);
    }
}

#[test]
fn what_was_left_is_told_once_also_when_its_track_breaks_before() {
    let left = |min_still| ObjectLeft {
        zone: yard(),
        min_still: Duration::from_secs(min_still),
        still_within: heights_of(0.1),
        people: vec![PERSON],
        near: heights_of(0.1),
        min_alone: Duration::ZERO,
    };
    for (min_still, counts) in [(65, [1, 0]), (90, [0, 1])] {
        let mut scene = remembering(rule(RuleTest::ObjectLeft(left(min_still))));
        let first = opened(&show(&mut scene, 1, BAG, (100.0, 50.0), 0, 80));
        let second = opened(&show(&mut scene, 2, BAG, (100.0, 50.0), 100, 300));
        assert_eq!([first, second], counts, "told after {min_still} s");
    }
}

#[test]
fn what_was_told_of_one_that_is_known_again_is_closed_when_it_moves() {
    let left = ObjectLeft {
        zone: yard(),
        min_still: Duration::from_secs(90),
        still_within: heights_of(0.1),
        people: vec![PERSON],
        near: heights_of(0.1),
        min_alone: Duration::ZERO,
    };
    let mut scene = remembering(rule(RuleTest::ObjectLeft(left)));
    show(&mut scene, 1, BAG, (100.0, 50.0), 0, 80);
    let mut track = first_sight(2, ms(100_000), BAG, box_at(100.0, 50.0));
    let mut told = Vec::new();
    for second in 100..220 {
        let x = if second < 200 { 100.0 } else { 130.0 };
        track = next_sight(&track, ms(1000 * second), box_at(x, 50.0));
        told.extend(scene.judge(FrameInfo::new(ms(1000 * second), FRAME), &[track], &[]).passages);
    }
    told.retain(|passage| passage.state != PassageState::Updated);
    let times: Vec<_> = told.iter().map(|p| (p.state, p.at.as_secs(), p.close_reason)).collect();
    let closed = (PassageState::Closed, 201, Some("moved"));
    assert_eq!(times, [(PassageState::Opened, 190, None), closed]);
}
