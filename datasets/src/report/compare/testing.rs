//! Hand-made documents.

use crate::report::{DatasetId, Document, Options, Pace, SCHEMA, Unit};
use crate::score::detection::{ClassMatches, FoundMatch, PictureMatches};

/// A run of `units`, in their order.
pub(in crate::report) fn document(units: impl IntoIterator<Item = Unit>) -> Document {
    let mut units: Vec<Unit> = units.into_iter().collect();
    for (job, unit) in (0..).zip(&mut units) {
        unit.job = job;
    }
    Document {
        schema: SCHEMA.to_owned(),
        cairn: serde_json::json!({ "version": "0" }),
        machine: None,
        dataset: DatasetId { id: "made".to_owned(), sha256: "0000".to_owned(), seed: 7 },
        config_sha256: None,
        models: Vec::new(),
        options: Options {
            tasks: vec!["all".to_owned()],
            model: None,
            limit: None,
            pace: Pace::Lockstep,
            degradations: Vec::new(),
            shard: None,
        },
        jobs: units.len() as u32,
        speed: None,
        failed: Default::default(),
        units,
    }
}

/// A counting unit without any outcome.
pub(in crate::report) fn unit(item: &str, model: &str) -> Unit {
    Unit {
        job: 0,
        item: item.to_owned(),
        model: model.to_owned(),
        counts: true,
        degradation: None,
        degraded_too: false,
        tags: Vec::new(),
        frames: 1,
        superseded: 0,
        detect: Vec::new(),
        track: None,
        events: None,
        plates: Vec::new(),
        faces: None,
    }
}

/// A picture with ten people, of whom the first `right` are found at every IoU, and as many that are not there.
pub(in crate::report) fn matches(right: u32) -> PictureMatches {
    let found = |i: u32, right: u64| FoundMatch { score: 0.9 - 0.05 * f64::from(i), right, ignored: 0 };
    let everywhere = (1 << 10) - 1;
    let found = (0..10).map(|i| found(i, if i < right { everywhere } else { 0 })).collect();
    let class = ClassMatches { class: "person".to_owned(), truths: [10, 0, 0, 0], found, sizes: Vec::new() };
    PictureMatches { classes: vec![class] }
}
