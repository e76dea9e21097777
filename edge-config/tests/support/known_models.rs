use std::path::Path;

use edge_config::{InputSizes, KnownModel, KnownProvider, ModelTask};

/// Some providers; `engine` has the whole list.
pub(crate) const KNOWN_PROVIDERS: [KnownProvider<'_>; 3] = [
    KnownProvider { name: "cpu", options: &[] },
    KnownProvider { name: "openvino", options: &["device_type", "num_streams"] },
    KnownProvider { name: "cuda", options: &["device_id"] },
];

/// As `models/cards`: a detector with one input size, one with many, and a reader.
pub(crate) fn known_models(_: Option<&Path>) -> Result<Vec<KnownModel>, String> {
    let classes: Vec<String> =
        include_str!("../../../models/classes/coco-80.txt").lines().map(str::to_owned).collect();
    let model = |id: &str, input| KnownModel {
        id: id.to_owned(),
        task: ModelTask::Detect,
        input,
        classes: classes.clone(),
    };
    let reader = KnownModel {
        id: "plate-cct-xs-v1".to_owned(),
        task: ModelTask::ReadPlate,
        input: InputSizes::Only(128, 64),
        classes: Vec::new(),
    };
    Ok(vec![
        model("yolox-nano-416", InputSizes::Only(416, 416)),
        model("yolox-nano-dyn", InputSizes::MultiplesOf(32)),
        reader,
    ])
}
