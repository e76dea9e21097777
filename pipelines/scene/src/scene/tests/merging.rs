//! Tracks that break, stays that are interrupted, looks that overturn, and states that are read back.

use super::stage::yard;
use super::*;
use crate::{Clause, Merge, StateError, Veto};

fn merging(rule: Rule, window: u64) -> Scene {
    scene(rule).with_merge(Merge { window: ms(window), class_groups: vec![vec![2, 7]] })
}

/// A frame every 100 ms with these tracks at these middles; the first sight of an id begins its track.
struct Film {
    scene: Scene,
    tracks: BTreeMap<u64, Track>,
    at: Duration,
    told: Vec<Passage>,
}

impl Film {
    fn of(scene: Scene) -> Self {
        Self { scene, tracks: BTreeMap::new(), at: Duration::ZERO, told: Vec::new() }
    }

    /// Shows `seen`; the other living tracks are lost, and end when they are among `over`.
    fn frame(&mut self, seen: &[(u64, f32, f32)], over: &[u64]) {
        self.at += ms(100);
        self.tracks.retain(|id, _| !over.contains(id));
        self.tracks.values_mut().for_each(|track| track.seen_now = false);
        for &(id, x, y) in seen {
            let bbox = box_at(x, y);
            let now = match self.tracks.get(&id) {
                Some(track) => next_sight(track, self.at, bbox),
                None => first_sight(id, self.at, PERSON, bbox),
            };
            self.tracks.insert(id, now);
        }
        let active: Vec<Track> = self.tracks.values().copied().collect();
        self.told.extend(self.scene.judge(FrameInfo::new(self.at, FRAME), &active, &[]).passages);
    }

    fn still(&mut self, frames: usize, over: &[u64]) {
        for _ in 0..frames {
            self.frame(&[], over);
        }
    }

    /// All but updates.
    fn end(mut self) -> Vec<Told> {
        self.told.extend(self.scene.finish(self.at).passages);
        let told = self.told.iter().filter(|passage| passage.state != PassageState::Updated);
        told.map(|p| (p.subject.number(), p.state, p.at.as_millis(), p.merged_tracks.clone(), p.close_reason))
            .collect()
    }
}

/// Subject, state, time in milliseconds, further tracks and reason.
type Told = (u64, PassageState, u128, Vec<u64>, Option<&'static str>);

use PassageState::{Closed, Opened, Retracted};

#[test]
fn a_crossing_under_two_tracks_is_one_passage() {
    // It walks down at 20 pixels a second, is hidden at the line for a second, and comes out under another id.
    let mut film = Film::of(merging(line_rule(LineDirections::Both), 3000));
    for y in [38.0, 40.0, 42.0, 44.0] {
        film.frame(&[(1, 100.0, y)], &[]);
    }
    film.still(10, &[1]);
    for y in [66.0, 68.0, 70.0] {
        film.frame(&[(2, 100.0, y)], &[]);
    }
    film.still(31, &[2]);
    let expected = [(1, Opened, 1500, vec![2], None), (1, Closed, 1800, vec![2], Some("track ended"))];
    assert_eq!(film.end(), expected, "the second track opens it in its first frame, and ends at 1.8 s");
}

#[test]
fn a_stay_under_two_tracks_is_one_passage_also_while_the_first_is_only_lost() {
    for over in [&[][..], &[1]] {
        let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 3000));
        (0..5).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
        film.still(5, over);
        (0..5).for_each(|_| film.frame(&[(2, 103.0, 52.0)], &[]));
        film.still(40, &[1, 2]);
        let expected = [(1, Opened, 100, vec![], None), (1, Closed, 1600, vec![2], Some("track ended"))];
        assert_eq!(film.end(), expected, "{over:?}");
    }
}

#[test]
fn without_a_window_each_track_is_an_object() {
    let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 0));
    film.frame(&[(1, 100.0, 50.0)], &[]);
    film.frame(&[(2, 100.0, 50.0)], &[1]);
    let opened = film.end().iter().filter(|told| told.1 == Opened).count();
    assert_eq!(opened, 2);
}

#[test]
fn one_that_comes_too_late_too_far_or_too_large_is_another() {
    let opened = |gap: usize, new: (f32, f32), class: u16, wide: f32| {
        let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 3000));
        (0..5).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
        film.still(gap, &[1]);
        let bbox = FrameBox::new(new.0 - 5.0, new.1 - 10.0, new.0 + wide, new.1 + 10.0).expect("valid");
        film.tracks.insert(2, first_sight(2, film.at + ms(100), class, bbox));
        film.at += ms(100);
        let active: Vec<Track> = film.tracks.values().copied().collect();
        film.told.extend(film.scene.judge(FrameInfo::new(film.at, FRAME), &active, &[]).passages);
        film.end().iter().filter(|told| told.1 == Opened).count()
    };
    assert_eq!(opened(10, (100.0, 50.0), PERSON, 5.0), 1);
    // It ends in the first of the empty frames, 100 ms after its last sight; the window counts from there.
    assert_eq!((opened(30, (100.0, 50.0), PERSON, 5.0), opened(31, (100.0, 50.0), PERSON, 5.0)), (1, 2));
    // One second unseen: 0.8 of a box 20 pixels high.
    assert_eq!((opened(9, (115.9, 50.0), PERSON, 5.0), opened(9, (116.1, 50.0), PERSON, 5.0)), (1, 2));
    assert_eq!(opened(10, (100.0, 50.0), DOG, 5.0), 2);
    assert_eq!((opened(10, (100.0, 50.0), PERSON, 19.0), opened(10, (100.0, 50.0), PERSON, 21.0)), (1, 2));
}

#[test]
fn who_walks_out_of_the_picture_is_gone_at_once() {
    let mut film = Film::of(merging(line_rule(LineDirections::Both), 3000));
    (0..20).for_each(|i| film.frame(&[(1, 100.0, 40.0 + 3.0 * i as f32)], &[]));
    film.frame(&[], &[1]);
    let times: Vec<u128> = film.told.iter().map(|p| p.at.as_millis()).collect();
    assert_eq!(times, [500, 2100]);
}

#[test]
fn a_lost_track_that_is_seen_again_has_its_object_back() {
    let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 3000));
    (0..5).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
    film.still(2, &[]);
    film.frame(&[(2, 104.0, 50.0)], &[]);
    // Both are there: they are two.
    (0..5).for_each(|_| film.frame(&[(1, 100.0, 50.0), (2, 104.0, 50.0)], &[]));
    let told = film.end();
    let expected = [
        (1, Opened, 100, vec![], None),
        (2, Opened, 900, vec![], None),
        (1, Closed, 1300, vec![], Some("stream ended")),
        (2, Closed, 1300, vec![], Some("stream ended")),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_track_that_was_never_confirmed_gains_no_time() {
    let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 1000));
    film.frame(&[(1, 100.0, 50.0)], &[]);
    film.still(5, &[1]);
    for id in 2..5 {
        // A false detection in the place, four times, half a second apart.
        film.at += ms(100);
        let noise = Track { confirmed: false, ..first_sight(id, film.at, PERSON, box_at(100.0, 50.0)) };
        film.told.extend(film.scene.judge(FrameInfo::new(film.at, FRAME), &[noise], &[]).passages);
        film.still(4, &[]);
    }
    let closed: Vec<u128> =
        film.told.iter().filter(|p| p.state == Closed).map(|p| p.at.as_millis()).collect();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(film.at <= ms(2200), "and long before the last of them has waited");
}

#[test]
fn who_comes_back_into_the_zone_in_time_is_in_the_same_passage() {
    for (away, expected) in [(20, 1), (31, 2)] {
        let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 3000));
        (0..10).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
        (0..away).for_each(|_| film.frame(&[(1, 20.0, 50.0)], &[]));
        (0..10).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
        (0..40).for_each(|_| film.frame(&[(1, 20.0, 50.0)], &[]));
        let told = std::mem::take(&mut film.told);
        let opened = told.iter().filter(|p| p.state == Opened).count();
        assert_eq!(opened, expected, "{away} frames away");
        let closed: Vec<_> = told.iter().filter(|p| p.state == Closed).collect();
        assert_eq!(closed.len(), expected);
        let last = closed[closed.len() - 1];
        assert_eq!(last.close_reason, Some("left the zone"));
        assert_eq!(last.at, ms(100 * (10 + away + 11)), "when it left, not when that was sure");
        // Both stays, each from its first to its last sight.
        let dwell = if expected == 1 { 1800 } else { 900 };
        assert_eq!(last.dwell, ms(dwell));
    }
}

#[test]
fn a_class_that_turns_retracts_the_passage_once_and_for_all() {
    let rule = Rule { classes: vec![PERSON], confirm: NOfM { n: 3, m: 5 }, ..zone_rule(ZoneEdge::Enter) };
    let mut scene = merging(rule, 3000);
    let mut told = Vec::new();
    let mut track = first_sight(1, ms(100), PERSON, box_at(100.0, 50.0));
    for frame in 2..30 {
        let at = ms(100 * frame);
        track = next_sight(&track, at, box_at(100.0, 50.0));
        // Two frames are no turn; from the fifteenth on it is a dog.
        track.class = if (8..10).contains(&frame) || 15 <= frame { DOG } else { PERSON };
        told.extend(scene.judge(FrameInfo::new(at, FRAME), &[track], &[]).passages);
    }
    told.extend(scene.finish(ms(3000)).passages);
    let states: Vec<_> =
        told.iter().map(|p| (p.state, p.at.as_millis(), p.revision, p.close_reason)).collect();
    assert_eq!(states, [(Opened, 400, 1, None), (Retracted, 1700, 2, Some("class changed"))]);
    let lost: Vec<_> = told[1].decision.iter().map(|clause| (clause.name, clause.held)).collect();
    assert_eq!(lost, [("class", false)]);
}

#[test]
fn looks_of_a_vetoed_class_retract_the_passage() {
    let mut rule = zone_rule(ZoneEdge::Enter);
    rule.conditions.veto = Some(Veto { classes: vec![DOG], max_overlap: 1.0, max_share: 0.5 });
    let mut scene = merging(rule, 0);
    let mut told = Vec::new();
    let mut track = first_sight(1, ms(0), PERSON, box_at(100.0, 50.0));
    for frame in 1..20 {
        let at = ms(100 * frame);
        track = next_sight(&track, at, box_at(100.0, 50.0));
        track.last_observed.class = if 4 < frame { DOG } else { PERSON };
        told.extend(scene.judge(FrameInfo::new(at, FRAME), &[track], &[]).passages);
    }
    // Four of eight are no more than half; five of nine are.
    let last = told.last().expect("told");
    assert_eq!((last.state, last.at, last.close_reason), (Retracted, ms(900), Some("veto")));
    let clause = last.decision[0];
    assert_eq!(
        (clause.name, clause.measured, clause.bound, clause.held),
        ("veto_share", 5.0 / 9.0, 0.5, false)
    );
}

#[test]
fn a_second_look_overturns_a_passage_while_it_is_open_and_while_it_may_come_back() {
    let clause = Clause::at_least("second_look", 0.1, 0.5);
    for ended in [false, true] {
        let mut film = Film::of(merging(zone_rule(ZoneEdge::Enter), 3000));
        (0..5).for_each(|_| film.frame(&[(1, 100.0, 50.0)], &[]));
        if ended {
            film.still(5, &[1]);
        }
        let subject = Subject::Track(1);
        assert_eq!(film.scene.overturn(subject, "rule", 2, clause, film.at), None, "another passage");
        let at = film.at;
        let passage = film.scene.overturn(subject, "rule", 1, clause, at).expect("open");
        assert_eq!((passage.state, passage.at, passage.revision), (Retracted, at, 2));
        assert_eq!((passage.close_reason, &passage.decision[..]), (Some("second look"), &[clause][..]));
        assert_eq!(film.scene.overturn(subject, "rule", 1, clause, at), None, "once");
        film.told.clear();
        film.still(40, &[1]);
        assert_eq!(film.end(), [], "nothing follows");
    }
}

#[test]
fn a_state_of_other_rules_is_refused_by_name() {
    let written = || merging(line_rule(LineDirections::Both), 0).snapshot();
    let read = |rule: Rule| scene(rule).restore(written()).expect_err("must be refused");
    let rule = || "rule".to_owned();
    let good = || line_rule(LineDirections::Both);
    assert!(scene(good()).restore(written()).is_ok());
    assert_eq!(read(Rule { id: "new".into(), ..good() }), StateError::RuleGone { rule: rule() });
    let newer = StateError::RuleVersion { rule: rule(), actual: 7, expected: 8 };
    assert_eq!(read(Rule { version: 8, ..good() }), newer);
    assert_eq!(read(Rule { min_travel: 0.1, ..good() }), StateError::RuleSettings { rule: rule() });
    let mut two = Scene::new(vec![good(), Rule { id: "more".into(), ..good() }]).expect("valid");
    assert_eq!(two.restore(written()).expect_err("refused"), StateError::RuleNew { rule: "more".into() });
    let mut zones = good();
    zones.test = RuleTest::Zone { zone: yard(), on: ZoneEdge::Enter, min_dwell: ms(0) };
    assert_eq!(read(zones), StateError::RuleSettings { rule: rule() });
    let mut grounded = Scene::on_ground(vec![good()], super::stage::ground()).expect("valid");
    assert_eq!(grounded.restore(written()).expect_err("refused"), StateError::Ground);
}
