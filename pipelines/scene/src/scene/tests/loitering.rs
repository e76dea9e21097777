use super::stage::*;
use super::*;
use crate::Loiter;

/// Five of twenty seconds in the yard.
fn loitering() -> Rule {
    foot_rule(RuleTest::Loiter(Loiter { zone: yard(), min_time: ms(5000), window: ms(20_000) }))
}

/// Inside from the first to the last of each of these times, outside else.
fn visits(stays: &'static [(u64, u64)]) -> Actor {
    actor(PERSON, move |at| match stays.iter().any(|&(first, last)| (first..=last).contains(&at)) {
        true => Step::At(0.5, 0.5),
        false => Step::At(0.1, 0.5),
    })
}

#[test]
fn one_long_stay_is_loitering_once_it_is_long_enough() {
    let judged = play(&loitering(), &[visits(&[(1000, 6000)])], 7000);
    assert_eq!(times(&judged), [(6000, None), (7100, Some("stream ended"))]);
    let passage = opened(&judged);
    assert_eq!((passage.direction, passage.place_id.as_str()), (Direction::Within, "yard"));
    assert_eq!((passage.occurred_at, passage.dwell), (ms(1000), ms(5000)));
    assert_eq!(rejected(&play(&loitering(), &[visits(&[(1000, 5900)])], 7000)), ["loiter_s"]);
}

#[test]
fn stays_add_up_over_re_entries_within_the_window() {
    let twice = play(&loitering(), &[visits(&[(1000, 3500), (6000, 8500)])], 9000);
    assert_eq!(times(&twice)[0], (8500, None));
    assert_eq!((opened(&twice).occurred_at, opened(&twice).dwell), (ms(1000), ms(5000)));
    assert_eq!(rejected(&play(&loitering(), &[visits(&[(1000, 3500), (6000, 8400)])], 9000)), ["loiter_s"]);
    // When the second stay is over, a tenth of a second of the first has left the window.
    let too_late = play(&loitering(), &[visits(&[(1000, 3500), (18_600, 21_100)])], 22_000);
    assert_eq!(rejected(&too_late), ["loiter_s"]);
    let in_time = play(&loitering(), &[visits(&[(1000, 3500), (18_500, 21_000)])], 22_000);
    assert_eq!(times(&in_time)[0], (21_000, None));
}

#[test]
fn it_is_one_passage_until_the_loiterer_has_stayed_away() {
    let back_and_forth = visits(&[(0, 6000), (8000, 9000), (12_000, 13_000), (40_000, 45_000)]);
    let judged = play(&loitering(), &[back_and_forth], 46_000);
    // Of the stays at 0, 8 and 12 s there are 2.5 s left at 25.5 s: half a second of the first and the others whole.
    let expected =
        [(5000, None), (25_600, Some("stayed away")), (45_000, None), (46_100, Some("stream ended"))];
    assert_eq!(times(&judged), expected);
    assert_eq!(judged.passages.last().map(|passage| passage.ordinal), Some(2));
}

#[test]
fn a_loiterer_is_told_of_while_it_lasts() {
    let judged = play(&loitering(), &[visits(&[(0, 16_000)])], 16_000);
    let updates = judged.passages.iter().filter(|passage| passage.state == PassageState::Updated);
    let updates: Vec<_> = updates.map(|passage| (passage.at, passage.dwell)).collect();
    assert_eq!(updates, [(ms(10_000), ms(10_000)), (ms(15_000), ms(15_000))]);
}

#[test]
fn many_short_stays_are_remembered_in_bounded_room() {
    let window = ms(600_000);
    let rule = foot_rule(RuleTest::Loiter(Loiter { zone: yard(), min_time: ms(30_000), window }));
    // 0.2 s of each second.
    let flits = actor(PERSON, |at| if at % 1000 <= 200 { Step::At(0.5, 0.5) } else { Step::At(0.1, 0.5) });
    let judged = play(&rule, &[flits], 160_000);
    assert_eq!(times(&judged)[0], (149_200, None));
}
