use std::path::PathBuf;
use std::sync::Arc;

use engine::{Answer, Batching, Runtime, SessionHandle, SessionSpec, SessionThread};
use models::Card;
use proto::v1 as pb;
use vision::SizePx;

use super::SessionSettings;
use crate::edge::figures::Durations;
use crate::outside::Outside;
use crate::sessions;

/// What every session of a model is made from.
pub(super) struct SessionMaker {
    pub(super) runtime: Runtime,
    pub(super) card: Arc<Card>,
    pub(super) file: PathBuf,
    pub(super) settings: SessionSettings,
    /// Each has a place of its own in the queue, so that none of them is ever refused.
    pub(super) cameras: usize,
}

/// The model's session for one input size, or those side by side. Cheap to clone; every clone uses the same threads.
#[derive(Clone)]
pub(super) struct InputSession {
    pub(super) input: SizePx,
    pub(super) handle: SessionHandle,
    /// For requests that come from no camera.
    pub(super) outside: Outside,
    figures: Arc<Figures>,
}

struct Figures {
    waited: Durations,
    ran: Durations,
}

impl SessionMaker {
    /// The sessions at `input`, each on a thread of its own, which have proved themselves when this returns.
    pub(super) fn make(&self, input: SizePx) -> Result<(InputSession, SessionThread), engine::EngineError> {
        let SessionSettings { queue, intra_op_threads, batch, sessions, provider } = self.settings.clone();
        let places = queue + self.cameras;
        let spec = sessions::spec(&self.card, &self.file, input, places, intra_op_threads, provider)?;
        let batch = Batching { max: self.card.input.batch.most(batch.max), ..batch };
        let spec = SessionSpec { batch, ..spec };
        let (handle, thread) = sessions::open(&self.runtime, &self.card, spec, sessions)?;
        let figures = Arc::new(Figures { waited: Durations::new(), ran: Durations::new() });
        let outside = Outside::new(handle.another_caller(), queue);
        Ok((InputSession { input, handle, outside, figures }, thread))
    }
}

impl InputSession {
    /// The same session for somebody else, whose requests take turns with those of the others.
    pub(super) fn another_caller(&self) -> Self {
        Self { handle: self.handle.another_caller(), ..self.clone() }
    }

    /// Notes how long a request took, and gives what came of it.
    pub(super) fn note<T>(&self, answer: Answer<T>) -> T {
        self.figures.waited.record(answer.waited);
        self.figures.ran.record(answer.ran);
        answer.output
    }

    /// What is known of the session of `card` now.
    pub(super) fn status(&self, card: &Card) -> pb::ModelStatus {
        let provider = self.handle.provider();
        let stats = self.handle.stats();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let refusal = |refusal: &engine::Refusal| pb::ProviderRefusal {
            provider: refusal.provider.to_string(),
            reason: refusal.reason.clone(),
        };
        pb::ModelStatus {
            card_id: card.id.clone(),
            sha256: card.artifact.sha256.to_string(),
            requested_provider: provider.requested.to_string(),
            actual_provider: provider.actual.to_string(),
            refused_providers: provider.refused.iter().map(refusal).collect(),
            partial: provider.partial,
            precision: provider.precision.to_string(),
            wait_ms: Some(self.figures.waited.quantiles().into()),
            run_ms: Some(self.figures.ran.quantiles().into()),
            runs: stats.runs,
            batches: stats.batches,
            max_batch: count(self.handle.batching().max),
            sessions: count(self.handle.sessions()),
            input_width_px: self.input.width,
            input_height_px: self.input.height,
        }
    }
}
