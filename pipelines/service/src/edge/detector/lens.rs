use std::sync::Arc;
use std::time::Duration;

use detect::Detection;
use engine::Wait;
use proto::v1 as pb;
use vision::{FrameRect, FrameView, Letterbox, PixelFormat, Planes, SizePx, TensorWriter};

use super::input_session::InputSession;
use super::request::DetectRequest;
use super::{DetectError, Detector};

/// A detector set on frames of one size and format, or on a region of them: the session of the right input size, and the tables of the way
/// there. Each camera has its own.
pub(crate) struct Lens {
    detector: Detector,
    session: InputSession,
    letterbox: Letterbox,
    format: PixelFormat,
    /// Tables and scratch rows; away while a frame is in the session, and lost with one that got no answer.
    writer: Option<TensorWriter>,
    /// Times in the queue that nobody has asked for yet, summed.
    waited: Duration,
}

impl Lens {
    pub(super) fn new(
        detector: Detector,
        session: InputSession,
        letterbox: Letterbox,
        format: PixelFormat,
    ) -> Self {
        Self { detector, session, letterbox, format, writer: None, waited: Duration::ZERO }
    }

    /// Whether this lens was made for frames like `view`.
    pub(crate) fn fits(&self, view: &FrameView<'_>) -> bool {
        (view.size(), view.format()) == (self.letterbox.frame(), self.format)
    }

    /// The same for `region` of the frames.
    ///
    /// # Errors
    /// [`DetectError::Geometry`] when it does not lie in them.
    pub(crate) fn on_region(&self, region: FrameRect) -> Result<Self, DetectError> {
        let (frame, input) = (self.letterbox.frame(), self.session.input);
        let letterbox =
            self.detector.letterbox(frame, region, input).ok_or(DetectError::Geometry(region.size()))?;
        Ok(Self::new(self.detector.clone(), self.session.clone(), letterbox, self.format))
    }

    /// Size of the model's input.
    pub(crate) fn input(&self) -> SizePx {
        self.session.input
    }

    /// Input pixels per frame pixel, along a column: how high an object is shown.
    pub(crate) fn scale(&self) -> f32 {
        self.letterbox.scale().1
    }

    /// How long this lens has waited in the session's queue since it was asked last.
    pub(crate) fn take_waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }

    /// What is known of its session now.
    pub(crate) fn status(&self) -> pb::ModelStatus {
        self.session.status(self.detector.card())
    }

    /// Detections of one frame, in frame pixels, waiting for the session as long as `wait` says.
    ///
    /// # Errors
    /// When the session gave no answer in time, or one that its head cannot read.
    pub(crate) fn look(
        &mut self,
        planes: Arc<dyn Planes>,
        min_score: f32,
        wait: Wait,
    ) -> Result<Vec<Detection>, DetectError> {
        let request = self.request(planes, min_score);
        let answer = self.session.handle.run(request, wait)?;
        self.waited += answer.waited;
        let (detections, writer) = self.session.note(answer)?;
        self.writer = Some(writer);
        Ok(detections)
    }

    /// As [`Lens::look`] for a caller from outside, who hangs up when the call is dropped.
    pub(super) async fn look_async(
        &mut self,
        planes: Arc<dyn Planes>,
        min_score: f32,
        wait: Wait,
    ) -> Result<Vec<Detection>, DetectError> {
        let request = self.request(planes, min_score);
        let answer = self.session.outside.run(request, wait).await?;
        Ok(self.session.note(answer)?.0)
    }

    fn request(&mut self, planes: Arc<dyn Planes>, min_score: f32) -> DetectRequest {
        let spec = self.detector.card().input.spec;
        let writer =
            self.writer.take().unwrap_or_else(|| TensorWriter::new(self.letterbox, spec, self.format));
        DetectRequest {
            planes,
            writer: Some(writer),
            head: self.detector.head(),
            card: self.detector.shared_card(),
            input: self.session.input,
            min_score,
        }
    }
}
