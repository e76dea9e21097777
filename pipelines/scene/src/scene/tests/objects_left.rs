use super::stage::*;
use super::*;
use crate::ObjectLeft;

/// Still for four seconds, alone for three: nobody nearer than 0.3 frame heights.
fn left() -> Rule {
    let test = RuleTest::ObjectLeft(ObjectLeft {
        zone: yard(),
        min_still: ms(4000),
        still_within: heights_of(0.02),
        people: vec![PERSON],
        near: heights_of(0.3),
        min_alone: ms(3000),
    });
    Rule { classes: vec![BAG], ..foot_rule(test) }
}

fn bag() -> Actor {
    stands(BAG, 0.5, 0.5, 1000..=60_000)
}

/// Stands so many frame heights beside the bag's place.
fn beside(heights: f32, times: std::ops::RangeInclusive<u64>) -> Actor {
    stands(PERSON, 0.5 + heights * 9.0 / 16.0, 0.5, times)
}

#[test]
fn what_stands_still_with_nobody_near_is_left() {
    let judged = play(&left(), &[bag()], 7000);
    assert_eq!(times(&judged), [(5000, None), (7100, Some("stream ended"))]);
    assert_eq!((opened(&judged).direction, opened(&judged).occurred_at), (Direction::Within, ms(1000)));
    assert_eq!(rejected(&play(&left(), &[bag()], 4900)), ["still_s"]);
}

#[test]
fn it_is_left_from_when_its_owner_has_gone() {
    // Last seen beside it at 3 s.
    let judged = play(&left(), &[bag(), beside(0.1, 0..=3000)], 8000);
    assert_eq!((times(&judged)[0].0, opened(&judged).occurred_at), (6000, ms(3000)));
    assert_eq!(rejected(&play(&left(), &[bag(), beside(0.1, 0..=3000)], 5900)), ["alone_s"]);
    assert_eq!(rejected(&play(&left(), &[bag(), beside(0.29, 0..=9000)], 9000)), ["alone_s"]);
    assert_eq!(times(&play(&left(), &[bag(), beside(0.31, 0..=9000)], 9000))[0].0, 5000);
}

#[test]
fn who_hides_it_is_near() {
    let mut hidden = bag();
    hidden.way = Box::new(|at| match at {
        ..1000 => Step::Absent,
        3000..=4000 => Step::Hidden,
        _ => Step::At(0.5, 0.5),
    });
    let judged = play(&left(), &[hidden, beside(0.05, 3000..=4000)], 9000);
    assert_eq!((times(&judged)[0].0, opened(&judged).occurred_at), (7000, ms(4000)));
}

#[test]
fn what_moves_is_not_left() {
    let creeps = goes(BAG, (0.3, 0.5), (0.7, 0.5), 0..20_000);
    assert_eq!(rejected(&play(&left(), &[creeps], 20_000)), ["still_s"]);
    let jitter = |by: f32| actor(BAG, move |at| Step::At(0.5, if at % 200 == 0 { 0.5 } else { 0.5 + by }));
    assert_eq!(times(&play(&left(), &[jitter(0.019)], 7000))[0].0, 4000);
    // Never twice in a row away from where it rests: a box that jumps.
    assert_eq!(times(&play(&left(), &[jitter(0.1)], 7000))[0].0, 4000);
}

#[test]
fn who_passes_by_does_not_end_it_but_who_takes_it_does() {
    let taken = actor(BAG, |at| if at < 9000 { Step::At(0.5, 0.5) } else { Step::At(0.6, 0.5) });
    let judged = play(&left(), &[taken, beside(0.1, 6000..=7000)], 15_000);
    let expected = [(4000, None), (9100, Some("moved")), (13_100, None), (15_100, Some("stream ended"))];
    assert_eq!(times(&judged), expected);
}

#[test]
fn outside_the_zone_nothing_is_left() {
    let elsewhere = stands(BAG, 0.1, 0.5, 0..=9000);
    assert_eq!(rejected(&play(&left(), &[elsewhere], 9000))[0], "sightings_inside");
}
