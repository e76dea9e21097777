use std::time::Duration;

use models::golden::Golden;
use models::{InputBatch, Task, builtin_cards, find, testkit};
use vision::{ColourMatrix, ColourRange, OwnedPlanes, PixelFormat};

use super::*;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// In a larger run kernels may share out a sum otherwise, which rounds otherwise; on the processors at hand they do not.
/// Scores, and sides as parts of the frame.
const ROUNDING: f32 = 1e-4;

#[test]
fn a_reader_is_no_detector() {
    let cards = builtin_cards().expect("built-in cards");
    let head = |id| head_of(find(&cards, id).expect("built in"));
    for card in cards.iter().filter(|card| card.task.detects()) {
        let head = head(&card.id).unwrap_or_else(|error| panic!("{}: {error}", card.id));
        assert_eq!(head.name(), card.head.name());
    }
    for (id, task) in [("plate-cct-xs-v1", "read-plate"), ("face-mobileface-v2", "embed-face")] {
        let told = head(id).expect_err("no detector").to_string();
        assert_eq!(told, format!("its task is `{task}`, expected a model that detects"));
    }
}

/// The detector of `card` with these settings; `None` means: return from the test.
fn detector(card: &Card, input: SizePx, settings: SessionSettings) -> Option<Detector> {
    let file = testkit::model(&card.id)?;
    let runtime = Runtime::find(None).and_then(|library| Runtime::load(&library)).expect("ONNX Runtime");
    Some(
        Detector::new(&runtime, Arc::new(card.clone()), &file, Some(input), settings, 4).expect("a detector"),
    )
}

fn together(max: usize) -> SessionSettings {
    // Long enough that a batch is always full when it goes.
    let batch = Batching { max, hold: Duration::from_secs(10) };
    SessionSettings { batch, sessions: 2, ..SessionSettings::plain(ProviderRequest::default()) }
}

/// Weaker than what cameras want to know of, so that there is something to compare in any picture.
const WEAK: f32 = 0.05;

/// What three cameras might see at once: the golden picture, the same in a mirror, and the same upside down.
fn three_frames(size: SizePx, rgb: &[u8]) -> [Arc<dyn Planes>; 3] {
    let stride = 3 * size.width as usize;
    let mirrored =
        rgb.chunks_exact(stride).flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten().copied());
    let turned = rgb.chunks_exact(stride).rev().flatten().copied();
    [rgb.to_vec(), mirrored.collect(), turned.collect()].map(|rgb| {
        let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Full);
        let planes = OwnedPlanes::new(size, PixelFormat::Rgb8, matrix, range, vec![(rgb, stride)]);
        Arc::new(planes.expect("fits")) as Arc<dyn Planes>
    })
}

#[test]
fn frames_of_several_cameras_in_one_run_give_what_each_gives_alone() {
    let cards = builtin_cards().expect("built-in cards");
    let takes_several = |card: &&Card| card.task == Task::Detect && card.input.batch == InputBatch::Any;
    let chosen: Vec<&Card> = cards.iter().filter(takes_several).collect();
    assert!(chosen.iter().any(|card| card.id == models::DEFAULT_MODEL), "the default model takes batches");
    for card in chosen {
        let golden = Golden::of(card).expect("written well").expect("built in");
        let case = golden.cases.first().expect("at least one");
        let size = case.size;
        let frames = three_frames(size, case.picture().expect("decodes").rgb());
        let plain = SessionSettings::plain(ProviderRequest::default());
        let Some(alone) = detector(card, size, plain) else { continue };
        let Some(batched) = detector(card, size, together(3)) else { continue };
        let look = |detector: &Detector, planes: &Arc<dyn Planes>| {
            let mut lens = detector.lens(&planes.view()).expect("loads");
            lens.look(Arc::clone(planes), WEAK, LONG.into()).expect("runs")
        };
        let at_once: Vec<Vec<Detection>> = std::thread::scope(|scope| {
            let cameras = frames.each_ref().map(|planes| scope.spawn(|| look(&batched, planes)));
            cameras.map(|camera| camera.join().expect("no panic")).into()
        });
        let status = batched.statuses().pop().expect("one session");
        assert_eq!((status.runs, status.batches), (3, 1), "{}", card.id);
        assert_eq!((status.max_batch, status.sessions), (3, 2), "{}", card.id);
        let one_by_one: Vec<Vec<Detection>> = frames.iter().map(|planes| look(&alone, planes)).collect();
        assert!(one_by_one.iter().any(|found| !found.is_empty()), "{}", card.id);
        for (at_once, alone) in at_once.iter().zip(&one_by_one) {
            assert_eq!(at_once.len(), alone.len(), "{}", card.id);
            for (a, b) in at_once.iter().zip(alone) {
                let sides = |found: &Detection| {
                    let (bbox, longest) = (found.bbox, size.width.max(size.height) as f32);
                    [bbox.x0(), bbox.y0(), bbox.x1(), bbox.y1()].map(|side| side / longest)
                };
                let near = sides(a).iter().zip(sides(b)).all(|(a, b)| (a - b).abs() <= ROUNDING);
                assert!(near && (a.score - b.score).abs() <= ROUNDING, "{}: {a:?} {b:?}", card.id);
                assert_eq!(a.class, b.class);
            }
        }
        batched.stop();
        alone.stop();
    }
}

#[test]
fn a_model_of_one_picture_stays_at_one_whatever_is_asked_for() {
    let cards = builtin_cards().expect("built-in cards");
    let card = find(&cards, "yolox-nano-416").expect("built in");
    let Some(detector) = detector(card, SizePx::new(416, 416), together(4)) else { return };
    detector.prove().expect("loads");
    let status = detector.statuses().pop().expect("one session");
    assert_eq!((status.max_batch, status.sessions), (1, 2));
}
