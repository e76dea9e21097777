use super::stage::*;
use super::*;
use crate::Landing;

/// Land is the lower half, water the band above it down to 0.3; a track may begin 0.1 frame heights beside a boat.
fn riverbank() -> Landing {
    Landing {
        land: zone("bank", (0.0, 0.5), (1.0, 1.0)),
        water: Some(zone("river", (0.0, 0.1), (1.0, 0.3))),
        boats: vec![BOAT],
        beside: heights_of(0.1),
    }
}

fn landing(landing: Landing) -> Rule {
    Rule { classes: vec![PERSON], ..foot_rule(RuleTest::Landing(landing)) }
}

/// Its box reaches from 0.4 to 0.6 of the width and from 0.3 to 0.4 of the height.
fn boat() -> Actor {
    let mut boat = stands(BOAT, 0.5, 0.4, 0..=60_000);
    boat.size = (0.2 * 16.0 / 9.0, 0.1);
    boat
}

/// Appears there at 2 s and walks to (0.5, 0.8).
fn comes_from(x: f32, y: f32) -> Actor {
    let walk = goes(PERSON, (x, y), (0.5, 0.8), 2000..6000);
    actor(PERSON, move |at| if at < 2000 { Step::Absent } else { (walk.way)(at) })
}

#[test]
fn who_comes_from_a_boat_lands() {
    let judged = play(&landing(riverbank()), &[comes_from(0.5, 0.36), boat()], 7000);
    let passage = opened(&judged);
    assert_eq!((passage.subject, passage.direction), (Subject::Track(1), Direction::Enter));
    assert_eq!((passage.place_id.as_str(), passage.class), ("bank", PERSON));
    // 0.14 of 0.44 of the way.
    assert_eq!(times(&judged), [(3300, None), (7100, Some("stream ended"))]);
}

#[test]
fn beside_a_boat_is_no_farther_than_said() {
    let lands = |y: f32, beside| {
        let rule = landing(Landing { beside, ..riverbank() });
        play(&rule, &[comes_from(0.5, y), boat()], 7000)
    };
    assert_eq!(opened(&lands(0.495, heights_of(0.1))).subject, Subject::Track(1));
    assert_eq!(rejected(&lands(0.505, heights_of(0.1))), ["from_water"]);
    // 0.095 frame heights are 0.86 m.
    assert_eq!(opened(&lands(0.495, crate::Distance::Metres(0.87))).subject, Subject::Track(1));
    assert_eq!(rejected(&lands(0.495, crate::Distance::Metres(0.85))), ["from_water"]);
}

#[test]
fn who_comes_out_of_the_water_lands() {
    assert_eq!(
        opened(&play(&landing(riverbank()), &[comes_from(0.1, 0.29)], 7000)).subject,
        Subject::Track(1)
    );
    assert_eq!(rejected(&play(&landing(riverbank()), &[comes_from(0.1, 0.31)], 7000)), ["from_water"]);
    let no_water = Landing { water: None, ..riverbank() };
    assert_eq!(rejected(&play(&landing(no_water), &[comes_from(0.1, 0.29)], 7000)), ["from_water"]);
}

#[test]
fn who_was_on_land_and_goes_to_the_boat_and_back_has_not_landed() {
    let fetches = actor(PERSON, |at| match at {
        ..2000 => Step::At(0.9, 0.9),
        2000..4000 => Step::At(0.5, 0.38),
        _ => Step::At(0.5, 0.8),
    });
    assert_eq!(rejected(&play(&landing(riverbank()), &[fetches, boat()], 7000)), ["from_water"]);
}

#[test]
fn who_stays_in_the_boat_has_not_landed() {
    let sits = stands(PERSON, 0.5, 0.38, 0..=7000);
    assert_eq!(rejected(&play(&landing(riverbank()), &[sits, boat()], 7000)), ["sightings_inside"]);
}

#[test]
fn the_boats_own_track_may_begin_a_few_frames_later() {
    let rule = |n: u32, m: u32| Rule { confirm: NOfM { n, m }, ..landing(riverbank()) };
    let late_boat = || {
        let mut late = boat();
        late.way = Box::new(|at| if at < 2400 { Step::Absent } else { Step::At(0.5, 0.4) });
        late
    };
    let stays_a_while = || {
        actor(PERSON, |at| match at {
            ..2000 => Step::Absent,
            2000..3000 => Step::At(0.5, 0.38),
            _ => Step::At(0.5, 0.8),
        })
    };
    assert_eq!(opened(&play(&rule(3, 5), &[stays_a_while(), late_boat()], 7000)).subject, Subject::Track(1));
    assert_eq!(rejected(&play(&rule(3, 4), &[stays_a_while(), late_boat()], 7000)), ["from_water"]);
}
