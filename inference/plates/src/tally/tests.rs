use proptest::prelude::*;

use super::*;
use crate::grammar;

const SHARP: Measures = Measures {
    width_px: 120.0,
    height_px: 30.0,
    edge_px: 2.0,
    edge_frame_px: 1.5,
    washed_out: 0.0,
    contrast: 150.0,
    brightness: 120.0,
};

const BLURRED: Measures = Measures { edge_px: 5.0, edge_frame_px: 4.0, ..SHARP };

const GLARING: Measures = Measures { washed_out: 0.5, ..SHARP };

/// A look at so many tenths of a second, read with one probability throughout.
fn look(tenths: u64, text: &str, probability: f32, measures: Measures) -> Look {
    let mut read = RawRead::from(text);
    read.characters.iter_mut().for_each(|character| character.probability = probability);
    // No two frames are the same to the last digit.
    let measures = Measures { width_px: measures.width_px + tenths as f32 / 100.0, ..measures };
    let corners = [(0.0, 0.0), (120.0, 0.0), (120.0, 30.0), (0.0, 30.0)].map(|(x, y)| FramePoint { x, y });
    Look { at: Duration::from_millis(100 * tenths), corners, measures, read, complete: 1.0 }
}

fn tally(looks: &[Look]) -> Tally {
    let mut tally = Tally::new(ReadSettings::default());
    for look in looks {
        assert!(tally.found(look.measures.width_px));
        tally.add(look.clone());
    }
    tally
}

fn status(looks: &[Look]) -> Status {
    tally(looks).outcome(grammar::all()).status
}

#[test]
fn two_looks_that_agree_confirm_and_one_alone_does_not() {
    let one = look(0, "30A12345", 0.95, SHARP);
    assert_eq!(status(std::slice::from_ref(&one)), Status::SingleLook);
    assert_eq!(status(&[one.clone(), look(5, "30A12345", 0.9, SHARP)]), Status::Confirmed);
    // A picture that is sent again is not looked at twice.
    assert_eq!(status(&[one.clone(), one.clone()]), Status::SingleLook);
    let frozen = Look { at: Duration::from_secs(9), ..one.clone() };
    assert_eq!(status(&[one, frozen]), Status::SingleLook);
}

#[test]
fn the_weakest_character_rejects() {
    let mut weak = look(0, "30A12345", 0.99, SHARP);
    weak.read.characters[4].probability = 0.4;
    let tally = tally(&[weak]);
    let outcome = tally.outcome(grammar::all());
    assert_eq!(outcome.status, Status::Rejected(Reason::LowConfidence));
    let vote = outcome.vote.expect("what was read is told all the same");
    assert_eq!(vote.read.text(), "30A12345");
    assert!((vote.confidence - 0.4).abs() < 1e-6, "{}", vote.confidence);
}

#[test]
fn lettering_is_no_plate_but_stays_as_read() {
    let looks = [look(0, "TOYOTA", 0.99, SHARP), look(5, "TOYOTA", 0.98, SHARP)];
    let badge = tally(&looks);
    let outcome = badge.outcome(grammar::all());
    assert_eq!(outcome.status, Status::Rejected(Reason::Grammar));
    assert_eq!(outcome.vote.expect("read").read.text(), "TOYOTA");
    let settings = ReadSettings { only_grammars: false, ..ReadSettings::default() };
    let mut anything = Tally::new(settings);
    looks.into_iter().for_each(|look| {
        anything.add(look);
    });
    assert_eq!(anything.outcome(grammar::all()).status, Status::Confirmed);
}

#[test]
fn the_reason_is_the_first_that_holds() {
    let unread = |looks: &[Look]| match status(looks) {
        Status::Rejected(reason) => reason,
        read => panic!("{read:?}"),
    };
    let doubtful = |tenths, measures| look(tenths, "30A12345", 0.3, measures);
    assert_eq!(unread(&[]), Reason::NoPlate);
    assert_eq!(unread(&[doubtful(0, GLARING), doubtful(1, GLARING)]), Reason::Glare);
    assert_eq!(unread(&[doubtful(0, GLARING), doubtful(1, BLURRED)]), Reason::MotionBlur);
    assert_eq!(
        unread(&[doubtful(0, GLARING), doubtful(1, BLURRED), doubtful(2, SHARP)]),
        Reason::LowConfidence
    );
    assert_eq!(unread(&[look(0, "", 0.9, SHARP)]), Reason::LowConfidence);
    assert_eq!(unread(&[look(0, "TOYOTA", 0.9, GLARING)]), Reason::Grammar);
    let mut far = Tally::new(ReadSettings::default());
    far.too_far();
    assert_eq!(far.outcome(grammar::all()).status, Status::Rejected(Reason::TooSmall));
    far.found_none();
    assert_eq!(far.outcome(grammar::all()).status, Status::Rejected(Reason::NoPlate), "it came nearer");
    let mut small = Tally::new(ReadSettings::default());
    small.found_none();
    assert_eq!(small.outcome(grammar::all()).status, Status::Rejected(Reason::NoPlate));
    assert!(!small.found(30.0));
    let outcome = small.outcome(grammar::all());
    assert_eq!(outcome.status, Status::Rejected(Reason::TooSmall));
    assert_eq!((outcome.searches, outcome.looks, outcome.widest_px), (2, 0, 30.0));
}

#[test]
fn looks_under_two_tracks_are_looks_at_one_vehicle() {
    let (one, other) = (look(0, "30A12345", 0.95, SHARP), look(5, "30A12345", 0.9, BLURRED));
    let mut merged = tally(std::slice::from_ref(&one));
    merged.merge(&tally(std::slice::from_ref(&other)));
    assert_eq!(merged, tally(&[one, other]));
    assert_eq!(merged.outcome(grammar::all()).status, Status::Confirmed);
}

#[test]
fn what_was_read_in_spite_of_blur_is_read() {
    let looks = [look(0, "30A12345", 0.95, BLURRED), look(5, "30A12345", 0.95, BLURRED)];
    assert_eq!(status(&looks), Status::Confirmed);
}

#[test]
fn the_best_look_read_what_the_vote_says() {
    let wide = Measures { width_px: 300.0, ..SHARP };
    let looks =
        [look(0, "38A12345", 0.9, wide), look(5, "30A12345", 0.9, SHARP), look(9, "30A12345", 0.9, SHARP)];
    let tally = tally(&looks);
    let outcome = tally.outcome(grammar::all());
    assert_eq!(outcome.vote.expect("read").read.text(), "30A12345");
    let best = outcome.best.expect("looks");
    assert_eq!(best.read.text(), "30A12345");
    assert_eq!(tally.kept()[0].read.text(), "38A12345", "which is not the heaviest");
}

proptest! {
    #[test]
    fn only_the_best_are_kept_whatever_their_order(
        widths in prop::collection::vec(40.0f32..300.0, 0..40), turn in 0usize..40,
    ) {
        let looks: Vec<Look> = (0..).zip(&widths)
            .map(|(tenths, &width_px)| look(tenths, "30A12345", 0.9, Measures { width_px, ..SHARP })).collect();
        let mut turned = looks.clone();
        turned.rotate_left(turn.min(looks.len()));
        let (before, after) = (tally(&looks), tally(&turned));
        prop_assert_eq!(before.kept(), after.kept());
        prop_assert!(before.kept().len() <= ReadSettings::default().keep);
        let lightest = before.kept().last().map_or(0.0, |look| look.measures.weight());
        let heavier = looks.iter().filter(|look| lightest < look.measures.weight()).count();
        prop_assert!(heavier <= ReadSettings::default().keep);
    }
}
