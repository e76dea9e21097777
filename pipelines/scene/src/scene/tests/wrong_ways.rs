use super::stage::*;
use super::*;
use crate::{Distance, WrongWay};

/// Up the picture is allowed.
fn one_way(min_distance: Distance) -> Rule {
    foot_rule(RuleTest::WrongWay(WrongWay {
        zone: yard(),
        from: point(0.5, 0.8),
        to: point(0.5, 0.2),
        min_distance,
        max_angle_deg: 30.0,
    }))
}

/// From (0.5, 0.3) by so many frame heights at an angle to straight down.
fn drives(distance: f32, angle_deg: f32) -> Actor {
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    goes(PERSON, (0.5, 0.3), (0.5 + distance * sin * 9.0 / 16.0, 0.3 + distance * cos), 1000..3000)
}

#[test]
fn it_is_the_wrong_way_from_its_distance_on() {
    let rule = one_way(heights_of(0.2));
    let judged = play(&rule, &[drives(0.201, 0.0)], 4000);
    assert_eq!(times(&judged), [(3000, None), (4100, Some("stream ended"))]);
    let passage = opened(&judged);
    assert_eq!((passage.direction, passage.occurred_at), (Direction::Backward, ms(1000)));
    assert_eq!(rejected(&play(&rule, &[drives(0.199, 0.0)], 4000)), ["against"]);
    assert_eq!(rejected(&play(&rule, &[drives(-0.1, 0.0)], 4000)), ["against", "angle_deg"]);
}

#[test]
fn it_is_the_wrong_way_within_its_angle() {
    let rule = one_way(heights_of(0.2));
    assert_eq!(opened(&play(&rule, &[drives(0.4, 29.5)], 4000)).subject, Subject::Track(1));
    assert_eq!(opened(&play(&rule, &[drives(0.4, -29.5)], 4000)).subject, Subject::Track(1));
    assert_eq!(rejected(&play(&rule, &[drives(0.4, 30.5)], 4000)), ["angle_deg"]);
}

#[test]
fn metres_are_measured_on_the_ground() {
    // 0.2 frame heights are 1.8 m.
    let opens = |metres: f32| {
        let judged = play(&one_way(Distance::Metres(metres)), &[drives(0.2, 0.0)], 4000);
        !judged.passages.is_empty()
    };
    assert!(opens(1.79) && !opens(1.81));
    let judged = play(&one_way(Distance::Metres(5.0)), &[drives(0.2, 0.0)], 4000);
    assert_eq!(rejected(&judged), ["against_m"]);
}

#[test]
fn who_turns_back_has_gone_wrong_from_where_it_turned() {
    let turns = actor(PERSON, |at| match at {
        0..=2000 => Step::At(0.5, 0.7 - 0.0002 * at as f32),
        _ => Step::At(0.5, 0.3 + 0.0001 * (at - 2000) as f32),
    });
    let judged = play(&one_way(heights_of(0.199)), &[turns], 5000);
    assert_eq!((opened(&judged).occurred_at, times(&judged)[0].0), (ms(2000), 4000));
}

#[test]
fn jitter_on_the_allowed_way_is_not_the_wrong_way() {
    let jitters = actor(PERSON, |at| {
        let jitter = if at % 200 == 0 { 0.02 } else { -0.02 };
        Step::At(0.5 + jitter, 0.75 - 0.0001 * at as f32 + jitter)
    });
    assert!(play(&one_way(heights_of(0.1)), &[jitters], 5000).passages.is_empty());
}

#[test]
fn it_ends_with_the_stay_and_outside_there_is_no_way() {
    let passes = goes(PERSON, (0.5, 0.25), (0.5, 0.95), 0..3500);
    let judged = play(&one_way(heights_of(0.2)), &[passes], 4500);
    assert_eq!(judged.passages.last().and_then(|passage| passage.close_reason), Some("left the zone"));
    assert_eq!(times(&judged).len(), 2, "{judged:#?}");
    let outside = goes(PERSON, (0.1, 0.25), (0.1, 0.95), 0..3500);
    let expected = ["sightings_inside", "against", "angle_deg"];
    assert_eq!(rejected(&play(&one_way(heights_of(0.2)), &[outside], 4500)), expected);
}
