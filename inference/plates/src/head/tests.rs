use proptest::prelude::*;

use super::*;

/// `AB`, then the empty symbol.
fn alphabet() -> Alphabet {
    Alphabet::new("AB", 2).expect("good")
}

fn slots(scores: Scores) -> Head {
    Head::Slots { alphabet: alphabet(), scores }
}

fn ctc(scores: Scores, axes: CtcAxes) -> Head {
    Head::Ctc { alphabet: alphabet(), scores, axes }
}

const A: [f32; 3] = [0.7, 0.2, 0.1];
const SURE_A: [f32; 3] = [0.9, 0.1, 0.0];
const B: [f32; 3] = [0.1, 0.6, 0.3];
const NONE: [f32; 3] = [0.0, 0.2, 0.8];

#[test]
fn slots_do_not_collapse_and_leave_empty_ones_out() {
    let data = [A, A, NONE, B, NONE].concat();
    let read = slots(Scores::Probabilities).decode(&[1, 5, 3], &data).expect("fits");
    assert_eq!((read.text.as_str(), read.confidence), ("AAB", 0.6));
    assert_eq!(read.characters, [('A', 0.7), ('A', 0.7), ('B', 0.6)]);
}

#[test]
fn ctc_collapses_what_lasts_and_keeps_what_a_blank_separates() {
    let data = [A, SURE_A, NONE, A, B, B, NONE, NONE].concat();
    let read = ctc(Scores::Probabilities, CtcAxes::StepsClasses).decode(&[8, 1, 3], &data).expect("fits");
    assert_eq!(read.characters, [('A', 0.9), ('A', 0.7), ('B', 0.6)]);
    assert_eq!((read.text.as_str(), read.confidence), ("AAB", 0.6));
}

#[test]
fn either_order_of_the_axes_gives_the_same_text() {
    let rows = [A, NONE, B, A];
    let turned: Vec<f32> = (0..3).flat_map(|class| rows.map(|row| row[class])).collect();
    let steps = ctc(Scores::Probabilities, CtcAxes::StepsClasses).decode(&[1, 4, 3], &rows.concat());
    let classes = ctc(Scores::Probabilities, CtcAxes::ClassesSteps).decode(&[1, 3, 4], &turned);
    assert_eq!(steps.as_ref().map(|read| read.text.as_str()), Ok("ABA"));
    assert_eq!(steps, classes);
}

#[test]
fn logits_become_probabilities() {
    let data = [0.0, 2f32.ln(), -f32::MAX, 1e30, 0.0, -1e30];
    let read = slots(Scores::Logits).decode(&[2, 3], &data).expect("fits");
    assert_eq!(read.text, "BA");
    let [(_, two_thirds), (_, one)] = read.characters[..] else { panic!("{read:?}") };
    assert!((two_thirds - 2.0 / 3.0).abs() < 1e-6 && one == 1.0, "{read:?}");
}

#[test]
fn a_plate_without_characters_has_no_confidence() {
    let read = slots(Scores::Probabilities).decode(&[2, 3], &[NONE, NONE].concat()).expect("fits");
    assert_eq!(read, PlateText { text: String::new(), characters: Vec::new(), confidence: 0.0 });
}

#[test]
fn what_is_not_finite_or_no_probability_is_refused_with_its_place() {
    let told = |head: &Head, value| {
        let mut data = [A, B].concat();
        data[4] = value;
        head.decode(&[2, 3], &data).expect_err("refused").to_string()
    };
    let logits = ctc(Scores::Logits, CtcAxes::StepsClasses);
    assert_eq!(told(&logits, f32::NAN), "output has NaN at place 4, expected finite values");
    assert_eq!(told(&logits, f32::NEG_INFINITY), "output has -inf at place 4, expected finite values");
    let probabilities = slots(Scores::Probabilities);
    assert_eq!(told(&probabilities, f32::INFINITY), "output has inf at place 4, expected finite values");
    assert_eq!(told(&probabilities, 7.5), "output has 7.5 at place 4, expected a probability from 0 to 1");
    assert_eq!(told(&probabilities, -0.5), "output has -0.5 at place 4, expected a probability from 0 to 1");
}

#[test]
fn an_output_of_another_shape_is_refused_with_both_sides() {
    let data = [A, B].concat();
    let told = |head: Head, shape: &[i64]| head.decode(shape, &data).expect_err("refused").to_string();
    assert_eq!(
        told(slots(Scores::Logits), &[3, 2]),
        "output has shape [3, 2] and 6 values, expected [slots, 3 classes], batch of one"
    );
    assert_eq!(
        told(ctc(Scores::Logits, CtcAxes::ClassesSteps), &[1, 2, 3]),
        "output has shape [1, 2, 3] and 6 values, expected [3 classes, steps], batch of one"
    );
    for shape in [&[2, 2, 3][..], &[4, 3], &[-2, 3], &[6], &[]] {
        let error = slots(Scores::Logits).decode(shape, &data).expect_err("refused");
        assert!(matches!(error, PlateError::OutputShape { .. }), "{shape:?}");
    }
}

fn hostile_value() -> impl Strategy<Value = f32> {
    prop_oneof![8 => -0.1f32..1.1, 2 => -80f32..80.0, 1 => proptest::num::f32::ANY]
}

fn head() -> impl Strategy<Value = Head> {
    let scores = prop_oneof![Just(Scores::Probabilities), Just(Scores::Logits)];
    let axes = prop_oneof![Just(CtcAxes::StepsClasses), Just(CtcAxes::ClassesSteps)];
    (0usize..=3, scores, proptest::option::of(axes)).prop_map(|(empty, scores, axes)| {
        let alphabet = Alphabet::new("ABC", empty).expect("good");
        match axes {
            Some(axes) => Head::Ctc { alphabet, scores, axes },
            None => Head::Slots { alphabet, scores },
        }
    })
}

proptest! {
    #[test]
    fn whatever_a_tensor_holds_the_text_is_of_the_alphabet_and_the_probabilities_are_ones(
        head in head(),
        data in proptest::collection::vec(hostile_value(), 4 * 6),
    ) {
        let classes_first = matches!(head, Head::Ctc { axes: CtcAxes::ClassesSteps, .. });
        let shape = if classes_first { [1, 4, 6] } else { [1, 6, 4] };
        match head.decode(&shape, &data) {
            Ok(read) => {
                prop_assert!(data.iter().all(|value| value.is_finite()));
                prop_assert!(read.text.chars().count() <= 6 && read.text.chars().all(|c| "ABC".contains(c)));
                prop_assert_eq!(read.text.chars().count(), read.characters.len());
                for &(_, probability) in &read.characters {
                    prop_assert!((0.0..=1.0).contains(&probability), "{}", probability);
                    prop_assert!(read.confidence <= probability);
                }
                prop_assert!((0.0..=1.0).contains(&read.confidence));
            }
            Err(PlateError::NotFinite { place, .. }) => prop_assert!(!data[place].is_finite()),
            Err(PlateError::NotAProbability { place, .. }) => prop_assert!(!(0.0..=1.0).contains(&data[place])),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn one_hot_steps_spell_their_symbols(symbols in proptest::collection::vec(0usize..3, 2..12)) {
        let data: Vec<f32> = symbols.iter().flat_map(|&symbol| {
            (0..3).map(move |class| if class == symbol { 1.0 } else { 0.0 })
        }).collect();
        let shape = [symbols.len() as i64, 3];
        let spelt = |symbols: &[usize]| -> String {
            symbols.iter().filter(|&&symbol| symbol != 2).map(|&symbol| ['A', 'B'][symbol]).collect()
        };
        let in_slots = slots(Scores::Probabilities).decode(&shape, &data).expect("fits");
        prop_assert_eq!(in_slots.text, spelt(&symbols));
        let mut collapsed = symbols.clone();
        collapsed.dedup();
        let in_steps = ctc(Scores::Probabilities, CtcAxes::StepsClasses).decode(&shape, &data).expect("fits");
        prop_assert_eq!(in_steps.text, spelt(&collapsed));
    }
}

#[test]
fn a_read_has_what_else_a_character_may_be() {
    let data = [A, NONE, B].concat();
    let Reading { read, complete } = slots(Scores::Probabilities).read(&[3, 3], &data).expect("fits");
    assert_eq!((read.text().as_str(), complete), ("AB", 0.8));
    assert_eq!((read.characters[0].probability, read.characters[1].probability), (0.7, 0.6));
    assert_eq!(read.characters[0].alternatives, [('B', 0.2)]);
    assert_eq!(read.characters[1].alternatives, [('A', 0.1)]);
    assert_eq!(read.lines, None, "the alphabet has no line break");
}

#[test]
fn the_line_break_is_no_character_and_tells_the_lines() {
    let alphabet = Alphabet::new("AB/", 3).expect("good");
    let head = Head::Slots { alphabet, scores: Scores::Probabilities };
    let slot =
        |class: usize| -> [f32; 4] { std::array::from_fn(|other| if other == class { 0.97 } else { 0.01 }) };
    let read = |classes: [usize; 4]| {
        let Reading { read, .. } = head.read(&[4, 4], &classes.map(slot).concat()).expect("fits");
        (read.text(), read.lines)
    };
    assert_eq!(read([0, 2, 1, 3]), ("AB".to_owned(), Some(crate::grammar::Lines::Two)));
    assert_eq!(read([0, 1, 3, 3]), ("AB".to_owned(), Some(crate::grammar::Lines::One)));
    assert_eq!(read([3, 3, 3, 3]), (String::new(), None));
    let one = head.read(&[2, 4], &[slot(0), slot(3)].concat()).expect("fits");
    assert_eq!(one.read.characters[0].alternatives, [('B', 0.01)], "no line break among them");
}

proptest! {
    #[test]
    fn a_read_is_what_is_decoded(values in prop::collection::vec(-9.0f32..9.0, 24), is_ctc in any::<bool>()) {
        let head = if is_ctc { ctc(Scores::Logits, CtcAxes::ClassesSteps) } else { slots(Scores::Logits) };
        let shape = if is_ctc { [1, 3, 8] } else { [1, 8, 3] };
        let decoded = head.decode(&shape, &values).expect("fits");
        let Reading { read, complete } = head.read(&shape, &values).expect("fits");
        prop_assert!((0.0..=1.0).contains(&complete));
        prop_assert_eq!(decoded.text, read.text());
        for ((_, decoded), read) in decoded.characters.iter().zip(&read.characters) {
            prop_assert!((decoded - read.probability).abs() < 1e-6);
            let sum = read.probability + read.alternatives.iter().map(|&(_, probability)| probability).sum::<f32>();
            prop_assert!(sum <= 1.0 + 1e-5, "{}", sum);
        }
    }
}
