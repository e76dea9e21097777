//! Outputs of detectors into detections: decode and suppression of every head. A crowded output of 3,549 × 85 is made here,
//! as are those of the families whose models nobody may hand out; the others are what the built-in models say of a
//! picture, where model, picture and ONNX Runtime are at hand.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use detect::{Head, Scores, Tensor, nms};
use engine::{
    Batching, InputShape, Outputs, Proof, Provider, ProviderRequest, Request, Runtime, SessionHandle,
    SessionSpec, Wish,
};
use models::Card;
use vision::{InputSpec, Letterbox, Picture, PictureLimits, Planes as _, SizePx, TensorWriter};

/// What a tracker reads (`LOW_SCORE` of the service).
const MIN_SCORE: f32 = 0.1;

/// One head with what it decodes.
struct Case {
    name: String,
    head: Head,
    input: SizePx,
    classes: usize,
    nms_iou: f32,
    outputs: Vec<(Vec<i64>, Vec<f32>)>,
}

fn heads(c: &mut Criterion) {
    let mut group = c.benchmark_group("yolox_head");
    bench(&mut group, &crowded_yolox());
    group.finish();
    let mut group = c.benchmark_group("head");
    bench(&mut group, &crowded_yolov8());
    bench(&mut group, &crowded_detr());
    let objects = "coco_eval/voc2007_images/images";
    for (id, folder) in [
        ("yolox-nano-416", objects),
        ("nanodet-plus-m-1.5x", objects),
        ("person-rtmdet-nano", objects),
        ("face-yunet-320", "faces/lfw_raw250_10ids/images"),
        ("plate-hyperlpr-640", "plates/vn_scenes"),
        ("plate-hyperlpr-320", "plates/vn_scenes"),
    ] {
        match real(id, folder) {
            Some(case) => bench(&mut group, &case),
            None => {
                eprintln!("left out: {id} needs its model, {folder} of the shared footage and ONNX Runtime")
            }
        }
    }
    group.finish();
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, case: &Case) {
    let tensor = |(shape, data)| Tensor { name: "output", shape, data };
    let outputs: Vec<Tensor<'_>> =
        case.outputs.iter().map(|(shape, data)| tensor((shape.as_slice(), data.as_slice()))).collect();
    group.bench_function(&case.name, |b| {
        let mut candidates = Vec::new();
        b.iter(|| {
            let outputs = black_box(&outputs);
            let decoded = case.head.decode(outputs, case.input, case.classes, MIN_SCORE, &mut candidates);
            assert!(decoded.is_ok(), "{decoded:?}");
            nms(&mut candidates, case.nms_iou);
            black_box(candidates.len())
        });
    });
}

/// What a busy picture gives: about one row in forty is an object, in clusters as around real ones; the others have the
/// low objectness of background.
fn crowded_yolox() -> Case {
    let (rows, row_len) = (3549, 85);
    let mut random = noise();
    let mut output = vec![0.0; rows * row_len];
    for (index, row) in output.chunks_exact_mut(row_len).enumerate() {
        let is_object = index / 4 % 40 == 0;
        for value in &mut row[..4] {
            *value = random();
        }
        row[4] = if is_object { 0.5 + 0.5 * random() } else { 0.02 * random() };
        for value in &mut row[5..] {
            *value = 0.1 * random();
        }
        row[5 + index / 4 % 3] = 0.5 + 0.5 * random();
    }
    Case {
        name: "decode_and_nms_3549x85".to_owned(),
        head: Head::Yolox { strides: vec![8, 16, 32] },
        input: SizePx::new(416, 416),
        classes: 80,
        nms_iou: 0.45,
        outputs: vec![(vec![1, rows as i64, row_len as i64], output)],
    }
}

/// The same of YOLOv8 at 640x640.
fn crowded_yolov8() -> Case {
    let (classes, columns) = (80, 8400);
    let mut random = noise();
    let mut output: Vec<f32> = (0..(4 + classes) * columns).map(|_| 0.05 * random()).collect();
    for column in 0..columns {
        let mut put = |row: usize, value: f32| output[row * columns + column] = value;
        let cluster = column / 4;
        put(0, (cluster * 37 % 600) as f32 + 8.0 * random());
        put(1, (cluster * 101 % 600) as f32 + 8.0 * random());
        put(2, 30.0 + 10.0 * random());
        put(3, 30.0 + 10.0 * random());
        if cluster % 40 == 0 {
            put(4 + cluster % 3, 0.5 + 0.5 * random());
        }
    }
    Case {
        name: "yolov8_crowded_84x8400".to_owned(),
        head: Head::Yolov8,
        input: SizePx::new(640, 640),
        classes,
        nms_iou: 0.7,
        outputs: vec![(vec![1, 84, 8400], output)],
    }
}

/// Three hundred queries, one in ten of them an object.
fn crowded_detr() -> Case {
    let (classes, queries) = (80, 300);
    let mut random = noise();
    let mut scores: Vec<f32> = (0..classes * queries).map(|_| -7.0 + 3.0 * random()).collect();
    for query in (0..queries).step_by(10) {
        scores[query * classes + query % 3] = 1.0 + random();
    }
    let boxes = (0..4 * queries).map(|_| 0.1 + 0.5 * random()).collect();
    Case {
        name: "detr_crowded_300x80".to_owned(),
        head: Head::Detr { scores: Scores::Logits },
        input: SizePx::new(640, 640),
        classes,
        nms_iou: 1.0,
        outputs: vec![(vec![1, 300, 80], scores), (vec![1, 300, 4], boxes)],
    }
}

/// Numbers in `[0, 1)`, the same on each run.
fn noise() -> impl FnMut() -> f32 {
    let mut state = 0x9e37_79b9_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    }
}

/// What the built-in model `id` says of the first picture of `folder`.
fn real(id: &str, folder: &str) -> Option<Case> {
    let cards = models::builtin_cards().ok()?;
    let card = models::find(&cards, id).ok()?;
    let file = models::testkit::model(id)?;
    let picture = first_picture(&models::testkit::mirror().join("footage").join(folder))?;
    let outputs = outputs_of(card, &file, picture)?;
    let head = match &card.head {
        models::Head::Yolox { strides } => Head::Yolox { strides: strides.clone() },
        models::Head::NanodetPlus { strides, bins } => {
            Head::NanodetPlus { strides: strides.clone(), bins: *bins as usize }
        }
        models::Head::Rtmdet => Head::Rtmdet,
        models::Head::Yunet { strides } => Head::Yunet { strides: strides.clone() },
        models::Head::Yolov5Corners => Head::Yolov5Corners,
        _ => return None,
    };
    let (input, classes) = (card.input.size.preferred(), card.classes.len());
    Some(Case { name: id.to_owned(), head, input, classes, nms_iou: card.nms_iou, outputs })
}

fn first_picture(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    let first = entries.into_iter().next()?;
    if first.is_dir() { first_picture(&first) } else { Some(first) }
}

fn outputs_of(card: &Card, file: &Path, picture: PathBuf) -> Option<Vec<(Vec<i64>, Vec<f32>)>> {
    let runtime = Runtime::load(&Runtime::find(None).ok()?).ok()?;
    let (size, models::Fit::Letterbox(pad)) = (card.input.size.preferred(), card.input.fit) else {
        return None;
    };
    let spec = SessionSpec {
        name: card.id.clone(),
        model: file.to_owned(),
        input: InputShape {
            name: card.input.name.clone(),
            size,
            element: card.input.element,
            layout: card.input.layout,
        },
        outputs: card.outputs.clone(),
        queue: 1,
        intra_op_threads: 1,
        provider: ProviderRequest::from(Wish::Require(Provider::Cpu)),
        batch: Batching::default(),
        proof: Proof::Finite,
    };
    let (session, _thread) = SessionHandle::spawn(&runtime, spec).ok()?;
    let limits = PictureLimits { size: SizePx::new(16_384, 16_384), pixels: 100_000_000 };
    let picture = Picture::decode(&std::fs::read(picture).ok()?, limits).ok()?;
    let letterbox = Letterbox::fit(picture.size(), size, pad)?;
    let look = Look { picture, letterbox, spec: card.input.spec, outputs: card.outputs.len() };
    Some(session.run(look, Duration::from_secs(60)).ok()?.output)
}

/// Hands the outputs out as they are.
struct Look {
    picture: Picture,
    letterbox: Letterbox,
    spec: InputSpec,
    outputs: usize,
}

impl Request for Look {
    type Element = f32;
    type Output = Vec<(Vec<i64>, Vec<f32>)>;

    fn fill(&mut self, input: &mut [f32]) {
        let view = self.picture.view();
        TensorWriter::new(self.letterbox, self.spec, view.format()).write(&view, input);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let outputs = (0..self.outputs).filter_map(|place| outputs.get(place));
        outputs.map(|output| (output.shape.to_vec(), output.data.to_vec())).collect()
    }
}

criterion_group!(benches, heads);
criterion_main!(benches);
