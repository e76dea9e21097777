//! Our own path: card, session, letterbox, head, suppression and the way back to the frame, put together as the service
//! puts them together.

use std::path::{Path, PathBuf};
use std::time::Duration;

use detect::{Candidate, Detection, Head, Scores, Tensor};
use engine::{
    Batching, EngineError, InputShape, Outputs, Proof, Provider, ProviderRequest, Request, Runtime,
    SessionHandle, SessionSpec, Wish,
};
use models::{Card, Fit};
use vision::{Letterbox, Picture, PictureLimits, Planes as _, SizePx, TensorWriter};

const LONG: Duration = Duration::from_secs(60);

/// What the built-in model `id` finds in each of `pictures` at a score of at least `floor`; `None` means: return from
/// `test`.
pub(crate) fn found(test: &str, id: &str, pictures: &[PathBuf], floor: f32) -> Option<Vec<Vec<Detection>>> {
    let file = models::testkit::model(id)?;
    let runtime = runtime(test)?;
    let cards = models::builtin_cards().expect("built-in cards");
    let card = models::find(&cards, id).expect("built in").clone();
    let spec = SessionSpec {
        name: card.id.clone(),
        model: file,
        input: InputShape {
            name: card.input.name.clone(),
            size: card.input.size.preferred(),
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
    let (session, _thread) = SessionHandle::spawn(&runtime, spec).expect("the model loads");
    let look = |path: &PathBuf| {
        let request = Look::new(card.clone(), open(path), floor);
        session.run(request, LONG).expect("it runs").output
    };
    Some(pictures.iter().map(look).collect())
}

fn open(path: &Path) -> Picture {
    let limits = PictureLimits { size: SizePx::new(16_384, 16_384), pixels: 100_000_000 };
    let bytes = std::fs::read(path).expect("the picture is there");
    Picture::decode(&bytes, limits).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn runtime(test: &str) -> Option<Runtime> {
    match Runtime::find(None) {
        Ok(path) => Some(Runtime::load(&path).expect("the library loads")),
        Err(error @ EngineError::LibraryMissing { .. }) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test}: {error}");
            eprintln!("SKIPPED: {test}: needs ONNX Runtime: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// One picture on its way through a session.
struct Look {
    card: Card,
    picture: Picture,
    writer: TensorWriter,
    floor: f32,
}

impl Look {
    fn new(card: Card, picture: Picture, floor: f32) -> Self {
        let Fit::Letterbox(pad) = card.input.fit else { panic!("detectors have a letterbox") };
        let letterbox = Letterbox::fit(picture.size(), card.input.size.preferred(), pad).expect("not empty");
        let writer = TensorWriter::new(letterbox, card.input.spec, picture.view().format());
        Self { card, picture, writer, floor }
    }
}

impl Request for Look {
    type Element = f32;
    type Output = Vec<Detection>;

    fn fill(&mut self, input: &mut [f32]) {
        self.writer.write(&self.picture.view(), input);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Vec<Detection> {
        let tensor = |name| {
            let view = outputs.named(name).expect("the session reads it");
            Tensor { name, shape: view.shape, data: view.data }
        };
        let tensors: Vec<_> = self.card.outputs.iter().map(|name| tensor(name)).collect();
        let mut candidates: Vec<Candidate> = Vec::new();
        let (input, classes) = (self.writer.letterbox().input(), self.card.classes.len());
        head(&self.card)
            .decode(&tensors, input, classes, self.floor, &mut candidates)
            .expect("the outputs are the head's");
        detect::nms(&mut candidates, self.card.nms_iou);
        detect::to_frame(&candidates, &self.writer.letterbox().frame_from_input())
    }
}

fn head(card: &Card) -> Head {
    match &card.head {
        models::Head::Yolox { strides } => Head::Yolox { strides: strides.clone() },
        models::Head::NanodetPlus { strides, bins } => {
            Head::NanodetPlus { strides: strides.clone(), bins: *bins as usize }
        }
        models::Head::Rtmdet => Head::Rtmdet,
        models::Head::Yunet { strides } => Head::Yunet { strides: strides.clone() },
        models::Head::Yolov5Corners => Head::Yolov5Corners,
        models::Head::Yolov8 => Head::Yolov8,
        models::Head::Detr { scores: models::Scores::Logits } => Head::Detr { scores: Scores::Logits },
        models::Head::Detr { scores: models::Scores::Probabilities } => {
            Head::Detr { scores: Scores::Probabilities }
        }
        reader => panic!("{} is a reader's head", reader.name()),
    }
}
