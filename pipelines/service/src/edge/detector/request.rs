use std::sync::Arc;

use detect::{Candidate, Detection, Head, Tensor};
use engine::{Outputs, Request};
use models::Card;
use vision::{Planes, SizePx, TensorWriter};

use super::DetectError;

/// One frame, or a region of it, on its way through a session.
pub(super) struct DetectRequest {
    pub(super) planes: Arc<dyn Planes>,
    /// Taken by [`Request::read`], which hands it back with the detections.
    pub(super) writer: Option<TensorWriter>,
    pub(super) head: Arc<Head>,
    pub(super) card: Arc<Card>,
    pub(super) input: SizePx,
    pub(super) min_score: f32,
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
        let tensor = |name| {
            let missing =
                || DetectError::MissingOutput { model: self.card.id.clone(), output: String::clone(name) };
            let view = outputs.named(name).ok_or_else(missing)?;
            Ok(Tensor { name, shape: view.shape, data: view.data })
        };
        let tensors = self.card.outputs.iter().map(tensor).collect::<Result<Vec<_>, DetectError>>()?;
        let writer =
            self.writer.take().ok_or_else(|| DetectError::Stopped { model: self.card.id.clone() })?;
        let mut candidates: Vec<Candidate> = Vec::new();
        let classes = self.card.classes.len();
        self.head.decode(&tensors, self.input, classes, self.min_score, &mut candidates)?;
        detect::nms(&mut candidates, self.card.nms_iou);
        let detections = detect::to_frame(&candidates, &writer.letterbox().frame_from_input());
        Ok((detections, writer))
    }
}
