//! A model card, its sessions and its head, put together: frames in, detections out.
//!
//! A session has one input size. Frames of another aspect need another one, because no pixel is spent on a border that
//! the model would have to look at: sessions are made when the first frame of their aspect comes, and stay.

mod error;
mod input_session;
mod lens;
mod request;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::bail;
use detect::{Detection, Head};
use engine::{Batching, Provider, ProviderRequest, Runtime, SessionHandle, SessionThread, Wait};
use models::{Card, Fit};
use proto::v1 as pb;
use vision::{ElementType, FrameRect, FrameView, Letterbox, Planes, SizePx, TensorLayout};

pub(crate) use self::error::DetectError;
use self::input_session::{InputSession, SessionMaker};
pub(crate) use self::lens::Lens;
use crate::outside::Outside;

/// What most cameras send: a model is tried at the input size for it before the first frame comes.
const USUAL_FRAME: SizePx = SizePx::new(1920, 1080);

/// The input size of `card` for what most cameras send.
pub(crate) fn usual_input(card: &Card) -> SizePx {
    input_for(card, USUAL_FRAME)
}

fn input_for(card: &Card, frame: SizePx) -> SizePx {
    match card.input.fit {
        Fit::Letterbox(_) => card.input.size.cut_to(frame),
        // Nothing is left empty.
        Fit::Stretch | Fit::Arcface => card.input.size.preferred(),
    }
}

/// One detection model. Cheap to clone; every clone uses the same sessions.
#[derive(Clone)]
pub(crate) struct Detector {
    model: Arc<Model>,
}

struct Model {
    card: Arc<Card>,
    head: Arc<Head>,
    fit: Fit,
    /// All frames go in at this size; `None`: each at the one that its aspect needs.
    input: Option<SizePx>,
    maker: SessionMaker,
    sessions: Mutex<Vec<Made>>,
    /// Held by whoever makes a session, which can take minutes: nobody who only wants to know of the others waits.
    making: Mutex<()>,
}

/// A size that was asked for, and what came of it: one that does not load is tried once. There may be several sessions
/// behind it, side by side.
struct Made {
    input: SizePx,
    session: Result<InputSession, String>,
    thread: Option<SessionThread>,
}

/// How the sessions of a box are made.
#[derive(Clone, Debug)]
pub(crate) struct SessionSettings {
    pub(crate) queue: usize,
    pub(crate) intra_op_threads: usize,
    /// A model that takes one picture at a time stays at one, whatever is said here.
    pub(crate) batch: Batching,
    /// Side by side, at least 1.
    pub(crate) sessions: usize,
    pub(crate) provider: ProviderRequest,
}

impl SessionSettings {
    /// One session on one thread that runs frame by frame: the same numbers on every machine.
    pub(crate) fn plain(provider: ProviderRequest) -> Self {
        Self { queue: 1, intra_op_threads: 1, batch: Batching::default(), sessions: 1, provider }
    }
}

impl Detector {
    /// The model of `card` in `file`, for frames brought to `input`, or each to the size that its aspect needs. Loads
    /// nothing yet.
    ///
    /// Each of `cameras` has a place of its own in the sessions' queues, so that none of them is ever refused; requests
    /// from outside share the configured rest.
    ///
    /// # Errors
    /// When the card is not a detector's, or the model does not take `input`.
    pub(crate) fn new(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        input: Option<SizePx>,
        settings: SessionSettings,
        cameras: usize,
    ) -> anyhow::Result<Self> {
        if let Some(input) = input {
            anyhow::ensure!(
                card.input.size.takes(input),
                "input size {input} is not one that the model takes: {}",
                card.input.size
            );
        }
        let head = head_of(&card)?;
        let fit = card.input.fit;
        anyhow::ensure!(fit != Fit::Arcface, "expected an input with a letterbox, or one that is stretched");
        anyhow::ensure!(
            (card.input.element, card.input.layout) == (ElementType::F32, TensorLayout::Nchw),
            "expected an input of f32 in the order NCHW"
        );
        let maker = SessionMaker {
            runtime: runtime.clone(),
            card: Arc::clone(&card),
            file: file.to_owned(),
            settings,
            cameras,
        };
        Ok(Self {
            model: Arc::new(Model {
                card,
                head: Arc::new(head),
                fit,
                input,
                maker,
                sessions: Mutex::default(),
                making: Mutex::default(),
            }),
        })
    }

    /// Loads the session that most cameras will need. It has proved itself when this returns.
    ///
    /// # Errors
    /// When the model does not load, does not fit its card, or gives a wrong answer.
    pub(crate) fn prove(&self) -> anyhow::Result<()> {
        let input = self.input_for(USUAL_FRAME);
        match self.session(input) {
            Ok(_) => Ok(()),
            // Who asks for the proof names the model.
            Err(DetectError::NotLoaded { reason, .. }) => bail!("at {input}: {reason}"),
            Err(error) => Err(error.into()),
        }
    }

    /// The input size for frames of `frame`.
    pub(crate) fn input_for(&self, frame: SizePx) -> SizePx {
        self.model.input.unwrap_or_else(|| input_for(&self.model.card, frame))
    }

    /// The session for `input` as it is, made now if it is the first of its size.
    ///
    /// # Errors
    /// [`DetectError::NotLoaded`].
    pub(crate) fn session_at(&self, input: SizePx) -> Result<SessionHandle, DetectError> {
        Ok(self.session(input)?.handle)
    }

    pub(crate) fn card(&self) -> &Card {
        &self.model.card
    }

    /// Height in input pixels from which objects are found about as well as larger ones.
    pub(crate) fn smallest_px(&self) -> f32 {
        self.model.card.smallest_px as f32
    }

    /// How `region` of frames of `frame` gets into an input of `input`.
    fn letterbox(&self, frame: SizePx, region: FrameRect, input: SizePx) -> Option<Letterbox> {
        match self.model.fit {
            Fit::Letterbox(pad) => Letterbox::fit_region(frame, region, input, pad),
            // A face's own template was refused when the detector was made.
            Fit::Stretch | Fit::Arcface => Letterbox::stretch(frame, region, input),
        }
    }

    fn shared_card(&self) -> Arc<Card> {
        Arc::clone(&self.model.card)
    }

    fn head(&self) -> Arc<Head> {
        Arc::clone(&self.model.head)
    }

    /// Name of one of the model's classes.
    pub(crate) fn class_name(&self, class: u16) -> &str {
        self.model.card.classes.get(usize::from(class)).map_or("unknown", String::as_str)
    }

    /// The model as events name it.
    pub(crate) fn model_use(&self) -> pb::ModelUse {
        let card = &self.model.card;
        pb::ModelUse { card_id: card.id.clone(), sha256: card.artifact.sha256.to_string() }
    }

    /// What really runs the model; `None` before its first session was made.
    pub(crate) fn actual_provider(&self) -> Option<Provider> {
        self.loaded().first().map(|session| session.handle.actual_provider())
    }

    /// What is known of each session now, in the order in which they were made.
    pub(crate) fn statuses(&self) -> Vec<pb::ModelStatus> {
        self.loaded().iter().map(|session| session.status(&self.model.card)).collect()
    }

    /// A lens for frames like `view`, whose session is made now if it is the first of its size.
    ///
    /// # Errors
    /// [`DetectError::NotLoaded`] or [`DetectError::Geometry`].
    pub(crate) fn lens(&self, view: &FrameView<'_>) -> Result<Lens, DetectError> {
        let session = self.session(self.input_for(view.size()))?;
        self.lens_on(session, view)
    }

    /// Detections of one picture from outside, in its pixels. It brings no session into being: of those there are, it
    /// takes the one that keeps most of its pixels.
    ///
    /// # Errors
    /// As [`Lens::look`], and when all places are taken.
    pub(crate) async fn detect_async(
        &self,
        planes: Arc<dyn Planes>,
        min_score: f32,
        wait: Wait,
    ) -> Result<Vec<Detection>, DetectError> {
        let model = || self.model.card.id.clone();
        let mut lens = {
            let view = planes.view();
            let kept = |session: &InputSession| {
                let letterbox = self.letterbox(view.size(), FrameRect::whole(view.size()), session.input);
                letterbox.map(|letterbox| letterbox.inner().area_px())
            };
            let session = self.loaded().into_iter().max_by_key(kept);
            self.lens_on(session.ok_or_else(|| DetectError::Stopped { model: model() })?, &view)?
        };
        lens.look_async(planes, min_score, wait).await
    }

    /// The way into each session for whoever brings tensors of his own.
    pub(crate) fn ways_in(&self) -> Vec<(Arc<Card>, SizePx, Outside)> {
        let way_in = |session: InputSession| (self.shared_card(), session.input, session.outside);
        self.loaded().into_iter().map(way_in).collect()
    }

    /// Stops every session: nothing more is taken in, what is queued is still served.
    pub(crate) fn stop(&self) {
        let threads: Vec<SessionThread> =
            self.made().iter_mut().filter_map(|made| made.thread.take()).collect();
        threads.into_iter().for_each(SessionThread::stop);
    }

    fn lens_on(&self, session: InputSession, view: &FrameView<'_>) -> Result<Lens, DetectError> {
        let size = view.size();
        let letterbox =
            self.letterbox(size, FrameRect::whole(size), session.input).ok_or(DetectError::Geometry(size))?;
        Ok(Lens::new(self.clone(), session.another_caller(), letterbox, view.format()))
    }

    /// The session for `input`. Whoever asks first makes it, and whoever asks meanwhile waits.
    fn session(&self, input: SizePx) -> Result<InputSession, DetectError> {
        let known = || {
            let made = self.made();
            made.iter().find(|made| made.input == input).map(|made| made.session.clone())
        };
        let session = known().unwrap_or_else(|| {
            let _making = self.model.making.lock().unwrap_or_else(PoisonError::into_inner);
            known().unwrap_or_else(|| self.make(input))
        });
        let model = || self.model.card.id.clone();
        session.map_err(|reason| DetectError::NotLoaded { model: model(), input, reason })
    }

    fn make(&self, input: SizePx) -> Result<InputSession, String> {
        let (session, thread) = match self.model.maker.make(input) {
            Ok((session, thread)) => (Ok(session), Some(thread)),
            Err(error) => (Err(format!("{:#}", anyhow::Error::new(error))), None),
        };
        self.made().push(Made { input, session: session.clone(), thread });
        session
    }

    fn loaded(&self) -> Vec<InputSession> {
        self.made().iter().filter_map(|made| made.session.clone().ok()).collect()
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<Made>> {
        self.model.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head_of(card: &Card) -> anyhow::Result<Head> {
    Ok(match &card.head {
        models::Head::Yolox { strides } => Head::Yolox { strides: strides.clone() },
        models::Head::NanodetPlus { strides, bins } => {
            Head::NanodetPlus { strides: strides.clone(), bins: *bins as usize }
        }
        models::Head::Rtmdet => Head::Rtmdet,
        models::Head::Yunet { strides } => Head::Yunet { strides: strides.clone() },
        models::Head::Yolov5Corners => Head::Yolov5Corners,
        models::Head::Yolov8 => Head::Yolov8,
        models::Head::Detr { scores } => Head::Detr {
            scores: match scores {
                models::Scores::Probabilities => detect::Scores::Probabilities,
                models::Scores::Logits => detect::Scores::Logits,
            },
        },
        models::Head::Slots { .. } | models::Head::Ctc { .. } | models::Head::Embedding { .. } => {
            bail!("its task is `{}`, expected a model that detects", card.task)
        }
    })
}

impl From<super::Quantiles> for pb::Quantiles {
    fn from(q: super::Quantiles) -> Self {
        Self { count: q.count, mean: q.mean, p50: q.p50, p95: q.p95, p99: q.p99, max: q.max }
    }
}

#[cfg(test)]
mod tests;
