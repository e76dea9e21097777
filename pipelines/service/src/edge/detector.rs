//! A model card, its session and its head, put together: frames in, detections out.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use detect::{Candidate, Detection, Head};
use engine::{
    Answer, EngineError, InputShape, Outputs, Provider, Request, Runtime, SessionHandle, SessionSpec, Ticket,
};
use models::{Card, Fit};
use proto::v1 as pb;
use tokio::sync::Semaphore;
use vision::{ElementType, FrameView, Letterbox, PadSide, Planes, SizePx, TensorLayout, TensorWriter};

use super::figures::Durations;

/// Why a frame has no detections.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetectError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("model `{model}` has stopped")]
    Stopped { model: String },
    #[error("model `{model}` gave no output `{output}`")]
    MissingOutput { model: String, output: String },
    #[error(transparent)]
    Head(#[from] detect::DetectError),
    #[error("a frame of {0} cannot be put into the model's input")]
    Geometry(SizePx),
}

/// One loaded detection model. Cheap to clone; every clone uses the same session thread.
#[derive(Clone)]
pub(crate) struct Detector {
    card: Arc<Card>,
    head: Arc<Head>,
    input: SizePx,
    pad: PadSide,
    session: SessionHandle,
    /// Places in the queue for requests from outside.
    outside: Arc<Semaphore>,
    outside_capacity: usize,
    figures: Arc<DetectorFigures>,
}

struct DetectorFigures {
    waited: Durations,
    ran: Durations,
}

/// How the sessions of a box are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionSettings {
    pub(crate) queue: usize,
    pub(crate) intra_op_threads: usize,
}

impl Detector {
    /// Loads the model of `card` from `file`, at `input` or the card's own size, on a thread of its own, which has
    /// proved itself on a canary when this returns.
    ///
    /// Each of `cameras` has a place of its own in the session's queue, so that none of them is ever refused; requests
    /// from outside share the configured rest.
    pub(crate) fn load(
        runtime: &Runtime,
        card: Arc<Card>,
        file: &Path,
        input: Option<SizePx>,
        settings: SessionSettings,
        cameras: usize,
    ) -> anyhow::Result<(Self, engine::SessionThread)> {
        let input = input.unwrap_or_else(|| card.input.size.preferred());
        anyhow::ensure!(
            card.input.size.takes(input),
            "input size {input} is not one that the model takes: {:?}",
            card.input.size
        );
        let head = head_of(&card)?;
        let (element, layout) = (ElementType::F32, TensorLayout::Nchw);
        let Fit::Letterbox(pad) = card.input.fit else { bail!("expected an input with a letterbox") };
        anyhow::ensure!(
            (card.input.element, card.input.layout) == (element, layout),
            "expected an input of f32 in the order NCHW"
        );
        let spec = SessionSpec {
            name: card.id.clone(),
            model: file.to_owned(),
            input: InputShape { name: card.input.name.clone(), size: input, element, layout },
            outputs: card.outputs.clone(),
            queue: settings.queue + cameras,
            intra_op_threads: settings.intra_op_threads,
            provider: Provider::Cpu,
        };
        let (session, thread) = SessionHandle::spawn(runtime, spec)?;
        let detector = Self {
            head: Arc::new(head),
            input,
            pad,
            session,
            outside: Arc::new(Semaphore::new(settings.queue)),
            outside_capacity: settings.queue,
            figures: Arc::new(DetectorFigures { waited: Durations::new(), ran: Durations::new() }),
            card,
        };
        Ok((detector, thread))
    }

    /// Size of the model's input.
    pub(crate) fn input(&self) -> SizePx {
        self.input
    }

    pub(crate) fn card(&self) -> &Card {
        &self.card
    }

    /// Name of one of the model's classes.
    pub(crate) fn class_name(&self, class: u16) -> &str {
        self.card.classes.get(usize::from(class)).map_or("unknown", String::as_str)
    }

    /// The model as events name it.
    pub(crate) fn model_use(&self) -> pb::ModelUse {
        pb::ModelUse { card_id: self.card.id.clone(), sha256: self.card.artifact.sha256.to_string() }
    }

    /// What is known of the model and its session now.
    pub(crate) fn status(&self) -> pb::ModelStatus {
        pb::ModelStatus {
            card_id: self.card.id.clone(),
            sha256: self.card.artifact.sha256.to_string(),
            requested_provider: self.session.requested_provider().to_string(),
            actual_provider: self.session.actual_provider().to_string(),
            wait_ms: Some(self.figures.waited.quantiles().into()),
            run_ms: Some(self.figures.ran.quantiles().into()),
            runs: self.session.stats().runs,
        }
    }

    /// Detections of one frame, in frame pixels, waiting for the session at most `limit`.
    ///
    /// `writer` keeps a camera's tables between its frames; it is made anew when the frame's size changes.
    pub(crate) fn detect(
        &self,
        planes: Arc<dyn Planes>,
        writer: &mut Option<TensorWriter>,
        min_score: f32,
        limit: Duration,
    ) -> Result<Vec<Detection>, DetectError> {
        let request = self.request(planes, writer.take(), min_score)?;
        let answer = self.session.run(request, limit)?;
        let (detections, used) = self.finish(answer)?;
        *writer = Some(used);
        Ok(detections)
    }

    /// As [`Detector::detect`] for async callers: the answer comes over a channel.
    pub(crate) async fn detect_async(
        &self,
        planes: Arc<dyn Planes>,
        min_score: f32,
        limit: Duration,
    ) -> Result<Vec<Detection>, DetectError> {
        let busy =
            |_| EngineError::Overloaded { session: self.card.id.clone(), capacity: self.outside_capacity };
        let _place = self.outside.try_acquire().map_err(busy)?;
        let request = self.request(planes, None, min_score)?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        // A caller that has gone away is no error: nobody is left to be told.
        let ticket = self.session.submit(request, limit, move |result| {
            reply.send(result).ok();
        })?;
        // A dropped call costs the session nothing more.
        let _hang_up = HangUp(ticket);
        let stopped = |_| DetectError::Stopped { model: self.card.id.clone() };
        let answer = answer.await.map_err(stopped)??;
        Ok(self.finish(answer)?.0)
    }

    fn request(
        &self,
        planes: Arc<dyn Planes>,
        writer: Option<TensorWriter>,
        min_score: f32,
    ) -> Result<DetectRequest, DetectError> {
        let writer = match writer.filter(|writer| writer.fits(&planes.view())) {
            Some(writer) => writer,
            None => self.writer(&planes.view())?,
        };
        Ok(DetectRequest {
            planes,
            writer: Some(writer),
            head: Arc::clone(&self.head),
            card: Arc::clone(&self.card),
            input: self.input,
            min_score,
        })
    }

    fn writer(&self, view: &FrameView<'_>) -> Result<TensorWriter, DetectError> {
        let letterbox =
            Letterbox::fit(view.size(), self.input, self.pad).ok_or(DetectError::Geometry(view.size()))?;
        Ok(TensorWriter::new(letterbox, self.card.input.spec, view.format()))
    }

    fn finish(
        &self,
        answer: Answer<Result<(Vec<Detection>, TensorWriter), DetectError>>,
    ) -> Result<(Vec<Detection>, TensorWriter), DetectError> {
        self.figures.waited.record(answer.waited);
        self.figures.ran.record(answer.ran);
        answer.output
    }
}

/// Hangs up when the call is over, however it ends; after the answer that changes nothing.
struct HangUp(Ticket);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

/// One frame on its way through a session.
struct DetectRequest {
    planes: Arc<dyn Planes>,
    /// Taken by [`Request::read`], which hands it back with the detections.
    writer: Option<TensorWriter>,
    head: Arc<Head>,
    card: Arc<Card>,
    input: SizePx,
    min_score: f32,
}

impl Request for DetectRequest {
    type Element = f32;
    type Output = Result<(Vec<Detection>, TensorWriter), DetectError>;

    fn fill(&mut self, input: &mut [f32]) {
        if let Some(writer) = &mut self.writer {
            writer.write(&self.planes.view(), input);
        }
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let missing = || DetectError::MissingOutput {
            model: self.card.id.clone(),
            output: self.card.outputs.first().cloned().unwrap_or_default(),
        };
        let output = self.card.outputs.first().and_then(|name| outputs.named(name)).ok_or_else(missing)?;
        let writer =
            self.writer.take().ok_or_else(|| DetectError::Stopped { model: self.card.id.clone() })?;
        let mut candidates: Vec<Candidate> = Vec::new();
        let classes = self.card.classes.len();
        self.head.decode(output.data, self.input, classes, self.min_score, &mut candidates)?;
        detect::nms(&mut candidates, self.card.nms_iou);
        let detections = detect::to_frame(&candidates, &writer.letterbox().frame_from_input());
        Ok((detections, writer))
    }
}

fn head_of(card: &Card) -> anyhow::Result<Head> {
    match &card.head {
        models::Head::Yolox { strides } => Ok(Head::Yolox { strides: strides.clone() }),
        models::Head::NanodetPlus { strides, bins } => {
            Ok(Head::NanodetPlus { strides: strides.clone(), bins: *bins as usize })
        }
        models::Head::Slots { .. } | models::Head::Ctc { .. } | models::Head::Embedding { .. } => {
            bail!("its task is `{}`, expected a model that detects", card.task)
        }
    }
}

impl From<super::Quantiles> for pb::Quantiles {
    fn from(q: super::Quantiles) -> Self {
        Self { count: q.count, p50: q.p50, p95: q.p95, p99: q.p99, max: q.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_no_detector() {
        let cards = models::builtin_cards().expect("built-in cards");
        let head = |id| head_of(models::find(&cards, id).expect("built in"));
        assert!(head("yolox-nano-416").is_ok() && head("nanodet-plus-m-1.5x").is_ok());
        for (id, task) in [("plate-cct-xs-v1", "read-plate"), ("face-mobileface-v2", "embed-face")] {
            let told = head(id).expect_err("no detector").to_string();
            assert_eq!(told, format!("its task is `{task}`, expected a model that detects"));
        }
    }
}
