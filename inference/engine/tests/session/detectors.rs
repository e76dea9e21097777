//! Real detectors on real pictures: colour order, letterbox, head and the way back to the frame are right together, or
//! the recall falls.

use std::path::Path;
use std::sync::Arc;

use detect::{Candidate, Detection, Head, Tensor, nms, to_frame};
use engine::{Outputs, Request, SessionHandle, SessionSpec};
use serde_json::Value;
use vision::{
    ChannelOrder, FrameBox, InputSpec, Letterbox, PadSide, Picture, PictureLimits, Planes, SizePx,
    TensorWriter,
};

use crate::kit::{LONG, mirror, planar, runtime, scale_and_shift, spawned};

const PICTURES: &str = "footage/coco_eval/voc2007_images";
const INPUT: SizePx = SizePx::new(416, 416);
const CLASSES: usize = 80;
/// What both families were trained on: B, G, R from 0 to 255 on a grey border.
const RAW_BGR: InputSpec =
    InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };
const MIN_SCORE: f32 = 0.3;

/// `(COCO category, class)` of the objects that count here.
const COUNTED: [(i64, u16); 2] = [(1, 0), (3, 2)];

#[test]
fn yolox_finds_persons_and_cars() {
    let head = Head::Yolox { strides: vec![8, 16, 32] };
    let test = "yolox_finds_persons_and_cars";
    let Some(outcome) = outcome_of(test, "det-yolox-nano-416.onnx", "images", head, 0.45) else { return };
    // Measured: 0.800, 0.637, 0.834.
    outcome.assert_at_least(&Outcome { recall: 0.75, score: 0.60, iou: 0.81 });
}

#[test]
fn nanodet_plus_finds_persons_and_cars() {
    let head = Head::NanodetPlus { strides: vec![8, 16, 32, 64], bins: 8 };
    let test = "nanodet_plus_finds_persons_and_cars";
    let model = "det-nanodet-plus-m15x-dyn.onnx";
    let Some(outcome) = outcome_of(test, model, "image", head, 0.6) else { return };
    // Measured: 0.875, 0.587, 0.850.
    outcome.assert_at_least(&Outcome { recall: 0.82, score: 0.55, iou: 0.83 });
}

/// How well a detector did. The recall alone would hide a colour order that is the wrong way round (which costs 0.07 of
/// the score) and a grid that is half a cell off (which costs 0.09 of the overlap).
#[derive(Debug)]
struct Outcome {
    /// The part of the objects that were found.
    recall: f32,
    /// Mean score over all objects, 0 for those that were missed.
    score: f32,
    /// Mean intersection over union of those that were found.
    iou: f32,
}

impl Outcome {
    fn assert_at_least(&self, bound: &Self) {
        let held = bound.recall <= self.recall && bound.score <= self.score && bound.iou <= self.iou;
        assert!(held, "{self:?}, expected at least {bound:?}");
    }
}

/// How well `model` finds the counted objects, at intersection over union 0.5.
fn outcome_of(test: &str, model: &str, input: &str, head: Head, iou: f32) -> Option<Outcome> {
    let model = mirror(test, &format!("models/{model}"))?;
    let folder = mirror(test, PICTURES)?;
    let runtime = runtime(test)?;
    let spec = SessionSpec {
        model,
        input: planar(input, INPUT),
        outputs: vec!["output".into()],
        ..scale_and_shift()
    };
    let (session, _thread) = spawned(&runtime, spec);
    let head = Arc::new(head);
    let mut objects = 0;
    let mut found: Vec<(Detection, f32)> = Vec::new();
    for (file, truths) in ground_truth(&folder) {
        let mut detections = detected(&session, &folder.join("images").join(file), &head, iou);
        for (class, truth) in truths {
            objects += 1;
            let hit = detections.iter().position(|d| d.class == class && 0.5 <= d.bbox.iou(&truth));
            // One detection is worth one object.
            found.extend(hit.map(|index| detections.remove(index)).map(|d| (d, d.bbox.iou(&truth))));
        }
    }
    assert_eq!(objects, 40, "counted objects in the ground truth");
    let (objects, hits) = (objects as f32, found.len() as f32);
    Some(Outcome {
        recall: hits / objects,
        score: found.iter().map(|(detection, _)| detection.score).sum::<f32>() / objects,
        iou: found.iter().map(|(_, iou)| iou).sum::<f32>() / hits,
    })
}

fn detected(session: &SessionHandle, file: &Path, head: &Arc<Head>, iou: f32) -> Vec<Detection> {
    let bytes = std::fs::read(file).expect("picture");
    let limits = PictureLimits { size: SizePx::new(1000, 1000), pixels: 1_000_000 };
    let picture = Picture::decode(&bytes, limits).expect("decodes");
    let letterbox = Letterbox::fit(picture.size(), INPUT, PadSide::BottomRight).expect("not empty");
    let writer = TensorWriter::new(letterbox, RAW_BGR, picture.view().format());
    let request = Detector { picture, writer, head: Arc::clone(head), iou };
    session.run(request, LONG).expect("runs").output
}

struct Detector {
    picture: Picture,
    writer: TensorWriter,
    head: Arc<Head>,
    iou: f32,
}

impl Request for Detector {
    type Element = f32;
    type Output = Vec<Detection>;

    fn fill(&mut self, input: &mut [f32]) {
        self.writer.write(&self.picture.view(), input);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Vec<Detection> {
        let rows = outputs.get(0).expect("has an output");
        let rows = Tensor { name: "output", shape: rows.shape, data: rows.data };
        let mut candidates: Vec<Candidate> = Vec::new();
        self.head.decode(&[rows], INPUT, CLASSES, MIN_SCORE, &mut candidates).expect("shape fits");
        nms(&mut candidates, self.iou);
        to_frame(&candidates, &self.writer.letterbox().frame_from_input())
    }
}

/// Per picture its file name and the class and box of each counted object that is no crowd and larger than 32² pixels.
fn ground_truth(folder: &Path) -> Vec<(String, Vec<(u16, FrameBox)>)> {
    let text = std::fs::read_to_string(folder.join("gt_coco.json")).expect("ground truth");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let list = |key: &str| json[key].as_array().expect("list");
    let truths_of = |image: &Value| {
        let of_image = list("annotations").iter().filter(|a| a["image_id"] == image["id"]);
        of_image.filter_map(counted).collect()
    };
    let name = |image: &Value| image["file_name"].as_str().expect("name").to_owned();
    list("images").iter().map(|image| (name(image), truths_of(image))).collect()
}

fn counted(annotation: &Value) -> Option<(u16, FrameBox)> {
    let category = annotation["category_id"].as_i64().expect("number");
    let &(_, class) = COUNTED.iter().find(|&&(known, _)| known == category)?;
    let edge = |index: usize| annotation["bbox"][index].as_f64().expect("number") as f32;
    let (x, y, width, height) = (edge(0), edge(1), edge(2), edge(3));
    let counts = annotation["iscrowd"] == 0 && 32.0 * 32.0 < width * height;
    counts.then(|| (class, FrameBox::new(x, y, x + width, y + height).expect("valid")))
}
