mod simulation;

use proptest::prelude::*;

use super::*;
use crate::grammar::Lines;

const APART: Duration = Duration::from_millis(100);

/// `text` read with one probability throughout.
fn read(text: &str, probability: f32) -> RawRead {
    let characters = text
        .chars()
        .map(|character| RawCharacter { character, probability, alternatives: Vec::new() })
        .collect();
    RawRead { characters, lines: None, colours: None }
}

/// Looks at 0, 1, 2 … seconds, all of one weight.
fn ballots(reads: &[RawRead]) -> Vec<Ballot<'_>> {
    let at = (0..).map(Duration::from_secs);
    at.zip(reads).map(|(at, read)| Ballot { at, weight: 0.5, read, complete: 1.0 }).collect()
}

fn voted(reads: &[RawRead]) -> Vote {
    vote(&ballots(reads), APART).expect("reads with characters")
}

#[test]
fn each_character_is_voted_on() {
    let reads = [read("30A12345", 0.8), read("30A12845", 0.7), read("38A12345", 0.9)];
    let vote = voted(&reads);
    assert_eq!((vote.read.text().as_str(), vote.agreeing), ("30A12345", 1));
    // 0.8 and 0.7 of three for `0`, 0.9 of three for `8`, the rest for what nobody named: 0.5, 0.3 and 0.2. Two looks of
    // half weight beside the first: to the power of 1.5.
    let power = |mean: f32| mean.powf(1.5) / (0.5f32.powf(1.5) + 0.3f32.powf(1.5) + 0.2f32.powf(1.5));
    let read = &vote.read.characters[1];
    assert!((read.probability - power(0.5)).abs() < 1e-5, "{}", read.probability);
    assert!(read.alternatives[0].0 == '8' && (read.alternatives[0].1 - power(0.3)).abs() < 1e-5);
    assert_eq!(vote.confidence, vote.read.characters[1].probability, "the weakest");
}

#[test]
fn a_character_that_one_look_lacks_or_adds_stays_or_goes_by_weight() {
    let reads = [read("30A12345", 0.9), read("30A1245", 0.9), read("30A12345", 0.95)];
    assert_eq!(voted(&reads).read.text(), "30A12345");
    let reads = [read("30A12345", 0.9), read("30A123415", 0.9), read("30A12345", 0.95)];
    let vote = voted(&reads);
    assert_eq!((vote.read.text().as_str(), vote.agreeing), ("30A12345", 2));
    assert_eq!(vote.columns.len(), 9, "the added one is a column, decided to be none");
    let without = voted(&[reads[0].clone(), reads[2].clone()]).confidence;
    assert!(vote.confidence < without - 0.1, "and its doubt counts: {} of {without}", vote.confidence);
}

#[test]
fn one_sure_wrong_look_does_not_overrule_the_others() {
    let reads = [read("80B99999", 1.0), read("30A12345", 0.8), read("30A12345", 0.81), read("30A12346", 0.8)];
    let vote = voted(&reads);
    assert_eq!((vote.read.text().as_str(), vote.agreeing), ("30A12345", 2));
    // A quarter of the weight saw another plate.
    assert!(vote.confidence < 0.61, "{}", vote.confidence);
}

#[test]
fn two_plates_never_make_a_third() {
    let reads =
        [read("30A12345", 0.99), read("30A12345", 0.98), read("51F98760", 0.99), read("51F98760", 0.98)];
    let vote = voted(&reads);
    assert!(["30A12345", "51F98760"].contains(&vote.read.text().as_str()), "{}", vote.read.text());
    assert!(vote.confidence < 0.5, "{}", vote.confidence);
}

#[test]
fn looks_of_one_moment_agree_once() {
    let reads = [read("30A12345", 0.8), read("30A12345", 0.81), read("30A12345", 0.82)];
    let agreeing = |at: [u64; 3]| {
        let ballots: Vec<Ballot<'_>> = at
            .iter()
            .zip(&reads)
            .map(|(&at, read)| Ballot { at: Duration::from_millis(at), weight: 0.5, read, complete: 1.0 })
            .collect();
        vote(&ballots, APART).expect("read").agreeing
    };
    assert_eq!([agreeing([0, 40, 80]), agreeing([0, 60, 120]), agreeing([200, 0, 100])], [1, 2, 3]);
}

#[test]
fn lines_are_those_of_most_of_the_weight() {
    let with = |lines, probability| RawRead { lines, ..read("30A12345", probability) };
    let (one, two) = (Some(Lines::One), Some(Lines::Two));
    let lines = |reads: &[RawRead]| voted(reads).read.lines;
    assert_eq!(lines(&[with(one, 0.8), with(two, 0.8), with(one, 0.9)]), one);
    assert_eq!(lines(&[with(one, 0.8), with(two, 0.8), with(None, 0.9)]), None);
}

#[test]
fn a_character_that_may_have_been_overlooked_is_a_doubt() {
    let read = read("30A1234", 0.95);
    let confidence = |complete| {
        let ballot = Ballot { at: Duration::ZERO, weight: 0.5, read: &read, complete };
        vote(&[ballot], APART).expect("read").confidence
    };
    assert_eq!(confidence(1.0), confidence(0.96));
    assert!((confidence(0.6) - 0.6).abs() < 1e-6);
}

#[test]
fn who_has_no_say_makes_no_vote() {
    let empty = read("", 1.0);
    assert_eq!(vote(&ballots(std::slice::from_ref(&empty)), APART), None);
    let read = read("30A12345", 0.9);
    for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(
            vote(&[Ballot { at: Duration::ZERO, weight, read: &read, complete: 1.0 }], APART),
            None,
            "{weight}"
        );
    }
}

/// Reads of one plate with errors, of other plates, and of nothing.
fn any_read() -> impl Strategy<Value = RawRead> {
    let character = ("[0-9A-C]", 0.0f32..=1.0, prop::collection::vec(("[0-9A-C]", 0.0f32..0.4), 0..3));
    let characters = prop::collection::vec(character, 0..10).prop_map(|characters| {
        let one = |text: String| text.chars().next().expect("one character");
        let raw = characters.into_iter().map(|(character, probability, others)| RawCharacter {
            character: one(character),
            probability,
            alternatives: others
                .into_iter()
                .map(|(other, share)| (one(other), share * probability))
                .collect(),
        });
        raw.collect()
    });
    let lines = prop::option::of(prop::sample::select(vec![Lines::One, Lines::Two]));
    (characters, lines).prop_map(|(characters, lines)| RawRead { characters, lines, colours: None })
}

fn any_looks() -> impl Strategy<Value = Vec<(RawRead, f32, u64)>> {
    prop::collection::vec((any_read(), 0.0f32..1.0, 0u64..2000), 0..8)
}

fn cast(looks: &[(RawRead, f32, u64)]) -> Vec<Ballot<'_>> {
    looks
        .iter()
        .map(|(read, weight, at)| Ballot {
            at: Duration::from_millis(*at),
            weight: *weight,
            read,
            complete: 1.0 - weight / 4.0,
        })
        .collect()
}

proptest! {
    #[test]
    fn the_order_of_looks_changes_nothing(looks in any_looks(), turn in 0usize..8) {
        let before = cast(&looks);
        let mut after = before.clone();
        after.reverse();
        after.rotate_left(turn.min(before.len()));
        prop_assert_eq!(vote(&before, APART), vote(&after, APART));
    }

    #[test]
    fn a_look_without_weight_changes_nothing(looks in any_looks(), idle in any_read(), at in 0u64..2000) {
        let before = cast(&looks);
        let mut after = before.clone();
        after.push(Ballot { at: Duration::from_millis(at), weight: 0.0, read: &idle, complete: 0.2 });
        prop_assert_eq!(vote(&before, APART), vote(&after, APART));
    }

    /// Least of all does it confirm anything.
    #[test]
    fn a_picture_that_comes_again_and_again_changes_nothing(
        looks in any_looks(), again in prop::collection::vec((0usize..8, 2000u64..9000), 1..5),
    ) {
        let before = cast(&looks);
        let mut after = before.clone();
        for (index, at) in again {
            if let Some(ballot) = before.get(index) {
                after.push(Ballot { at: Duration::from_millis(at), ..*ballot });
            }
        }
        prop_assert_eq!(vote(&before, APART), vote(&after, APART));
    }

    #[test]
    fn what_a_column_may_be_adds_up_to_one(looks in any_looks()) {
        if let Some(vote) = vote(&cast(&looks), APART) {
            for column in vote.columns.iter().chain([&vote.complete]) {
                let sum: f32 = column.candidates.iter().map(|&(_, probability)| probability).sum();
                prop_assert!((sum + column.absent + column.other - 1.0).abs() < 1e-4, "{:?}", column);
                let bounded = |probability: f32| (0.0..=1.0).contains(&probability);
                prop_assert!(column.candidates.iter().all(|&(_, probability)| bounded(probability)));
                prop_assert!(column.candidates.is_sorted_by(|a, b| b.1 <= a.1));
            }
        }
    }

    #[test]
    fn the_weakest_decides(looks in any_looks()) {
        if let Some(vote) = vote(&cast(&looks), APART) {
            let characters = vote.read.characters.iter().map(|character| character.probability);
            prop_assert!(characters.clone().all(|probability| vote.confidence <= probability));
            let columns = vote.columns.iter().map(Column::probability);
            let weakest = columns.fold(vote.complete.absent, f32::min);
            prop_assert_eq!(vote.confidence, weakest);
        }
    }

    /// A look that says the same as the vote, no less surely, never weakens it.
    #[test]
    fn a_sure_look_that_agrees_does_not_weaken(looks in any_looks(), weight in 0.01f32..1.0) {
        // One look at least reads as all do: the new one then stands beside it.
        if let Some(before) = vote(&cast(&looks), APART).filter(|before| 0 < before.agreeing) {
            let text = before.read.text();
            let sure = RawRead { lines: None, ..read(&text, 1.0) };
            let mut all = cast(&looks);
            all.push(Ballot { at: Duration::from_secs(60), weight, read: &sure, complete: 1.0 });
            let after = vote(&all, APART).expect("as before");
            // Where the base changes, columns may; those are not compared.
            if after.columns.len() == before.columns.len() && after.read.text() == text {
                prop_assert!(before.confidence <= after.confidence + 1e-5, "{} {}", before.confidence, after.confidence);
            }
        }
    }
}
