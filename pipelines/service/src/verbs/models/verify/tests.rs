use std::path::PathBuf;
use std::sync::Arc;

use engine::ProviderRequest;
use models::golden::GoldenSource;
use models::{Task, builtin_cards, find};
use vision::{ChannelOrder, ColourMatrix, ColourRange, OwnedPlanes, PixelFormat, Planes as _};

use super::*;
use crate::edge::{Detector, SessionSettings};
use crate::readers::PlateReader;

/// The built-in card `id`, its file and the runtime; `None` means: return from the test.
fn model(id: &str) -> Option<(Runtime, Card, PathBuf)> {
    let file = models::testkit::model(id)?;
    let library = Runtime::find(None).and_then(|library| Runtime::load(&library)).expect("ONNX Runtime");
    let cards = builtin_cards().expect("built-in cards");
    Some((library, find(&cards, id).expect("built in").clone(), file))
}

fn wrong(verdict: Verdict) -> String {
    match verdict {
        Verdict::Wrong(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_built_in_model_answers_as_it_should() {
    for card in builtin_cards().expect("built-in cards") {
        let Some((runtime, card, file)) = model(&card.id) else { continue };
        let Verdict::Right(proofs) = verdict(&runtime, &card, &file) else {
            panic!("{}: {:?}", card.id, verdict(&runtime, &card, &file))
        };
        for Agreement { size, output, deviation, tolerance } in proofs {
            // The same runtime on a processor like the one that made them: rounding alone, far below the tolerance.
            assert!(
                deviation <= tolerance / 4.0,
                "{} {size:?} {output}: {deviation} of {tolerance}",
                card.id
            );
        }
    }
}

#[test]
fn swapped_channels_go_red_for_every_built_in_model() {
    for card in builtin_cards().expect("built-in cards") {
        let Some((runtime, mut card, file)) = model(&card.id) else { continue };
        card.input.spec.order = match card.input.spec.order {
            ChannelOrder::Rgb => ChannelOrder::Bgr,
            ChannelOrder::Bgr => ChannelOrder::Rgb,
        };
        let reason = wrong(verdict(&runtime, &card, &file));
        assert!(
            reason.starts_with("golden input of ") && reason.contains(": output `"),
            "{}: {reason}",
            card.id
        );
    }
}

#[test]
fn another_normalisation_goes_red() {
    let Some((runtime, mut card, file)) = model("face-mobilefacenet") else { return };
    card.input.spec.mean = [127.5; 3];
    assert!(wrong(verdict(&runtime, &card, &file)).contains("expected"));
}

#[test]
fn a_card_that_promises_batches_for_a_file_that_has_none_goes_red() {
    // One says so itself; the other takes several pictures and answers for the first alone.
    for (id, told) in [
        ("yolox-nano-416", "has batches of up to 2, but the model"),
        ("nanodet-plus-m-1.5x", "for 2 pictures, expected 2 as its first length"),
    ] {
        let Some((runtime, mut card, file)) = model(id) else { continue };
        assert_eq!(card.input.batch, InputBatch::One, "{id}");
        card.input.batch = InputBatch::Any;
        let reason = wrong(verdict(&runtime, &card, &file));
        assert!(reason.contains("`batch` of its card is \"any\"") && reason.contains(told), "{reason}");
    }
}

#[test]
fn the_file_of_another_model_goes_red() {
    let (Some((runtime, card, _)), Some((_, _, other))) = (model("plate-omz-0007"), model("plate-omz-0001"))
    else {
        return;
    };
    let reason = wrong(verdict(&runtime, &card, &other));
    assert!(reason.contains("input"), "{reason}");
}

#[test]
fn a_card_without_vectors_says_so_and_a_broken_file_is_named() {
    let Some((runtime, mut card, file)) = model(models::DEFAULT_MODEL) else { return };
    card.golden = None;
    let none = verdict(&runtime, &card, &file);
    assert_eq!(
        (&none, none.line().as_str(), none.is_fine()),
        (&Verdict::NoVectors, "no golden vectors", true)
    );
    card.golden = Some(GoldenSource::File("/nowhere/own.golden.toml".into()));
    let reason = wrong(verdict(&runtime, &card, &file));
    assert!(reason.starts_with("could not read golden vectors `/nowhere/own.golden.toml`: "), "{reason}");
}

/// Whole path from the picture to boxes, against `make.py`'s reading of the same outputs.
#[test]
fn detectors_find_in_the_picture_what_the_reference_finds() {
    let provider = || ProviderRequest::from(Wish::Require(Provider::Cpu));
    let settings = || SessionSettings::plain(provider());
    let cards = builtin_cards().expect("built-in cards");
    for card in cards.iter().filter(|card| card.task == Task::Detect) {
        let golden = Golden::of(card).expect("written well").expect("built in");
        for case in golden.cases.iter().filter(|case| !case.results.boxes.is_empty()) {
            let Some((runtime, card, file)) = model(&card.id) else { continue };
            let rgb = case.picture().expect("decodes").rgb().to_vec();
            let stride = 3 * case.size.width as usize;
            let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Full);
            let planes = OwnedPlanes::new(case.size, PixelFormat::Rgb8, matrix, range, vec![(rgb, stride)])
                .expect("fits");
            let detector = Detector::new(&runtime, Arc::new(card), &file, Some(case.size), settings(), 1);
            let detector = detector.expect("a detector");
            let mut lens = detector.lens(&planes.view()).expect("loads");
            let found = lens.look(Arc::new(planes), case.results.min_score, LIMIT.into()).expect("runs");
            let named = |at: usize| detector.class_name(found[at].class);
            for expected in &case.results.boxes {
                let is_it = |at: &usize| {
                    let found = &found[*at];
                    let clip = |side: f32, end: u32| side.clamp(0.0, end as f32);
                    let [x0, y0, x1, y1] = expected.sides;
                    let sides = [
                        clip(x0, case.size.width),
                        clip(y0, case.size.height),
                        clip(x1, case.size.width),
                        clip(y1, case.size.height),
                    ];
                    let bbox = &found.bbox;
                    let off = [bbox.x0(), bbox.y0(), bbox.x1(), bbox.y1()];
                    named(*at) == expected.class
                        && (found.score - expected.score).abs() < 0.01
                        && off.iter().zip(sides).all(|(a, b)| (a - b).abs() < 0.5)
                };
                assert!((0..found.len()).any(|at| is_it(&at)), "{expected:?} is not in {found:?}");
            }
            // One more may stand just above the floor where the reference has it just below.
            let clear = found.iter().filter(|found| case.results.min_score + 0.02 < found.score).count();
            assert!(clear <= case.results.boxes.len(), "{found:?}");
        }
    }
}

#[test]
fn plate_readers_read_in_the_picture_what_the_reference_reads() {
    let cards = builtin_cards().expect("built-in cards");
    for card in cards.iter().filter(|card| card.task == Task::ReadPlate) {
        let golden = Golden::of(card).expect("written well").expect("built in");
        let Some((runtime, card, file)) = model(&card.id) else { continue };
        let (reader, _thread) =
            PlateReader::load(&runtime, Arc::new(card), &file, Wish::Require(Provider::Cpu).into())
                .expect("loads");
        for case in &golden.cases {
            let read = reader.read(&case.picture().expect("decodes")).expect("read");
            assert_eq!(Some(read.text.as_str()), case.results.text.as_deref());
        }
    }
}

/// Gives the whole first output.
struct Whole(Vec<f32>);

impl Request for Whole {
    type Element = f32;
    type Output = (Vec<i64>, Vec<f32>);

    fn fill(&mut self, input: &mut [f32]) {
        input.copy_from_slice(&self.0);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let output = outputs.get(0).expect("one output");
        (output.shape.to_vec(), output.data.to_vec())
    }
}

#[test]
fn the_derived_model_is_its_parent_bit_for_bit_and_runs_at_other_sizes() {
    let (Some((runtime, freed, freed_file)), Some((_, fixed, fixed_file))) =
        (model("yolox-nano"), model("yolox-nano-416"))
    else {
        return;
    };
    let run = |card: &Card, file: &Path, width: u32, height: u32| {
        let size = vision::SizePx::new(width, height);
        let case = Case { size, outputs: Vec::new(), results: Default::default() };
        let Values::F32(input) = case.input(card).expect("inside the picture") else { panic!("not f32") };
        let shape = InputShape {
            name: card.input.name.clone(),
            size,
            element: card.input.element,
            layout: card.input.layout,
        };
        let spec = SessionSpec {
            name: card.id.clone(),
            model: file.to_owned(),
            input: shape,
            outputs: card.outputs.clone(),
            queue: 1,
            intra_op_threads: 1,
            provider: Wish::Require(Provider::Cpu).into(),
            batch: Batching::default(),
            proof: Proof::Finite,
        };
        let (session, _thread) = SessionHandle::spawn(&runtime, spec).expect("loads");
        session.run(Whole(input), LIMIT).expect("runs").output
    };
    let bits =
        |(shape, data): (Vec<i64>, Vec<f32>)| (shape, data.into_iter().map(f32::to_bits).collect::<Vec<_>>());
    assert!(bits(run(&freed, &freed_file, 416, 416)) == bits(run(&fixed, &fixed_file, 416, 416)));
    for (width, height, rows) in [(416, 256, 2184), (640, 384, 5040), (64, 32, 42)] {
        let (shape, data) = run(&freed, &freed_file, width, height);
        assert_eq!(shape, [1, rows, 85]);
        assert!(data.iter().all(|value| value.is_finite()));
    }
}
