//! Counts and durations of a model, as load tools read them.

use proto::inference as pb;

use super::VERSION;
use crate::tensors::{Share, TensorModel};

pub(super) fn of(model: &TensorModel) -> pb::ModelStatistics {
    let tally = model.tally();
    let share = |share: &Share| {
        Some(pb::StatisticDuration {
            count: share.count,
            ns: u64::try_from(share.sum.as_nanos()).unwrap_or(u64::MAX),
        })
    };
    pb::ModelStatistics {
        name: model.name.clone(),
        version: VERSION.to_owned(),
        last_inference: tally.last_ms,
        inference_count: tally.compute_infer.count,
        execution_count: tally.execution_count(),
        inference_stats: Some(pb::InferStatistics {
            success: share(&tally.success),
            fail: share(&tally.fail),
            queue: share(&tally.queue),
            compute_input: share(&tally.compute_input),
            compute_infer: share(&tally.compute_infer),
            compute_output: share(&tally.compute_output),
        }),
    }
}
