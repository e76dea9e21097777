use PassageState::{Closed, Opened, Updated};

use super::*;

/// Centres inside (`i`), outside (`o`) or unseen (`-`), one per frame.
fn stay(script: &str) -> Vec<Option<(f32, f32)>> {
    let centre = |c| match c {
        'i' => Some((100.0, 50.0)),
        'o' => Some((20.0, 50.0)),
        _ => None,
    };
    script.chars().map(centre).collect()
}

fn confirmed(on: ZoneEdge) -> Rule {
    Rule { confirm: NOfM { n: 3, m: 5 }, ..zone_rule(on) }
}

#[test]
fn a_stay_opens_after_n_of_m_grows_and_closes_on_leaving() {
    let mut scene = scene(confirmed(ZoneEdge::Enter)).with_update_every(ms(300));
    let passages = walk(&mut scene, &stay("ooiiiiiiiiiooooo"));
    let enter = Direction::Enter;
    let expected = [
        (enter, Opened, 1, 500),
        (enter, Updated, 2, 800),
        (enter, Updated, 3, 1100),
        (enter, Closed, 4, 1400),
    ];
    assert_eq!(outline(&passages), expected);
    assert_eq!(passages.iter().map(|p| p.dwell).collect::<Vec<_>>(), [200, 500, 800, 800].map(ms));
    assert_eq!((passages[0].occurred_at, passages[0].place_id.as_str()), (ms(300), "yard"));
    assert_eq!(passages[3].close_reason, Some("left the zone"));
}

#[test]
fn updates_are_five_seconds_apart_unless_set() {
    let passages = walk(&mut scene(zone_rule(ZoneEdge::Enter)), &stay(&"i".repeat(120)));
    let states: Vec<_> = passages.iter().map(|p| (p.state, p.at.as_millis())).collect();
    assert_eq!(states, [(Opened, 100), (Updated, 5100), (Updated, 10100), (Closed, 12100)]);
}

#[test]
fn a_clock_set_back_does_not_silence_an_open_stay() {
    let mut scene = scene(zone_rule(ZoneEdge::Enter));
    let track = first_sight(1, ms(3_600_000), PERSON, box_at(100.0, 50.0));
    let states: Vec<_> = [3_600_000, 0, 100, 5_000]
        .into_iter()
        .flat_map(|at| scene.judge(FrameInfo::new(ms(at), FRAME), &[track], &[]).passages)
        .map(|p| (p.state, p.at))
        .collect();
    assert_eq!(states, [(Opened, ms(3_600_000)), (Updated, ms(0)), (Updated, ms(5_000))]);
}

#[test]
fn too_few_sightings_inside_are_no_stay() {
    assert_eq!(walk(&mut scene(confirmed(ZoneEdge::Both)), &stay("oioooioooiiooo")), []);
}

#[test]
fn jitter_on_the_edge_and_gaps_are_one_stay() {
    let passages = walk(&mut scene(confirmed(ZoneEdge::Both)), &stay("iiioiiioiio-i--ioiiooo"));
    let opened: Vec<_> = passages.iter().filter(|p| p.state == Opened).map(|p| p.direction).collect();
    assert_eq!(opened, [Direction::Enter, Direction::Exit]);
}

#[test]
fn a_stay_begins_with_the_first_sighting_among_those_looked_at() {
    let passages = walk(&mut scene(confirmed(ZoneEdge::Enter)), &stay("iooiooiooiii"));
    // The sightings at 700, 1000 and 1100 ms are 3 of 5; those at 100 and 400 ms are too old to count.
    assert_eq!((passages[0].occurred_at, passages[0].opened_at), (ms(700), ms(1100)));
}

#[test]
fn leaving_opens_an_exit_that_closes_with_the_track_or_the_next_stay() {
    let passages = walk(&mut scene(confirmed(ZoneEdge::Exit)), &stay("iiiioooooiiioo"));
    let exit = Direction::Exit;
    assert_eq!(outline(&passages), [(exit, Opened, 1, 700), (exit, Closed, 2, 1200)]);
    assert_eq!((passages[0].occurred_at, passages[0].dwell), (ms(500), ms(300)));
    assert_eq!(passages[1].close_reason, Some("entered again"));
}

#[test]
fn each_change_needs_sightings_of_its_own() {
    let rule = Rule { confirm: NOfM { n: 2, m: 5 }, ..zone_rule(ZoneEdge::Both) };
    let directions = |script| {
        let passages = walk(&mut scene(rule.clone()), &stay(script));
        passages.iter().filter(|p| p.state == Opened).map(|p| p.direction).collect::<Vec<_>>()
    };
    assert_eq!(
        directions("ooiioiii"),
        [Direction::Enter],
        "the first two do not make the later one a leaving"
    );
    assert_eq!(directions("iiiooiooo"), [Direction::Enter, Direction::Exit], "nor the first ones a new stay");
}

#[test]
fn a_stay_ends_with_the_first_of_the_last_sightings_outside() {
    let passages = walk(&mut scene(confirmed(ZoneEdge::Exit)), &stay("iiioiiiiooo"));
    assert_eq!((passages[0].occurred_at, passages[0].dwell), (ms(900), ms(700)));
}

#[test]
fn one_who_has_left_is_not_updated() {
    let mut scene = scene(confirmed(ZoneEdge::Both)).with_update_every(ms(100));
    let passages = walk(&mut scene, &stay("iiiooooooo"));
    let after = passages.iter().filter(|p| p.direction == Direction::Exit).map(|p| p.state);
    assert_eq!(after.collect::<Vec<_>>(), [Opened, Closed]);
}

#[test]
fn one_who_was_never_inside_does_not_leave() {
    assert_eq!(walk(&mut scene(confirmed(ZoneEdge::Both)), &stay("oooooooo")), []);
}

#[test]
fn both_edges_are_two_passages() {
    let passages = walk(&mut scene(confirmed(ZoneEdge::Both)), &stay("iiiiooooo"));
    let (enter, exit) = (Direction::Enter, Direction::Exit);
    let expected =
        [(enter, Opened, 1, 300), (enter, Closed, 2, 700), (exit, Opened, 1, 700), (exit, Closed, 2, 1000)];
    assert_eq!(outline(&passages), expected);
}

#[test]
fn a_short_stay_is_no_passage_and_a_long_one_opens_when_it_is_long_enough() {
    let mut rule = confirmed(ZoneEdge::Both);
    let RuleTest::Zone { min_dwell, .. } = &mut rule.test else { panic!("a zone") };
    *min_dwell = ms(1000);
    assert_eq!(walk(&mut scene(rule.clone()), &stay("iiiiiiiiiioooooo")), []);
    let passages = walk(&mut scene(rule), &stay("iiiiiiiiiiiiiooo"));
    assert_eq!((passages[0].at, passages[0].dwell), (ms(1100), ms(1000)));
}

#[test]
fn feet_at_the_lower_border_are_in_a_zone_of_the_whole_picture() {
    let polygon = vec![point(0.0, 0.0), point(1.0, 0.0), point(1.0, 1.0), point(0.0, 1.0)];
    let zone = Zone { id: "all".into(), polygon };
    let mut rule = rule(RuleTest::Zone { zone, on: ZoneEdge::Enter, min_dwell: Duration::ZERO });
    rule.anchor = Anchor::Foot;
    // The estimate reaches 5 pixels over the border.
    assert_eq!(walk(&mut scene(rule), &heights(&[95.0])).len(), 2);
}
