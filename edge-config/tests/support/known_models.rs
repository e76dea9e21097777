use std::path::Path;

use edge_config::{InputSizes, KnownModel, KnownProvider, ModelTask};

/// Some providers; `engine` has the whole list.
pub(crate) const KNOWN_PROVIDERS: [KnownProvider<'_>; 3] = [
    KnownProvider { name: "cpu", options: &[] },
    KnownProvider { name: "openvino", options: &["device_type", "num_streams"] },
    KnownProvider { name: "cuda", options: &["device_id"] },
];

/// As `models/cards`: a detector with one input size, one with many, one that has to be accepted,
/// one of people alone, a reader and a locator of plates, and one that embeds people.
pub(crate) fn known_models(_: Option<&Path>) -> Result<Vec<KnownModel>, String> {
    let classes: Vec<String> =
        include_str!("../../../models/classes/coco-80.txt").lines().map(str::to_owned).collect();
    let model = |id: &str, input| KnownModel {
        id: id.to_owned(),
        task: ModelTask::Detect,
        input,
        batches: id == "yolox-nano",
        classes: classes.clone(),
        reservation: None,
    };
    let reader = KnownModel {
        id: "plate-cct-xs-v1".to_owned(),
        task: ModelTask::ReadPlate,
        input: InputSizes::Only(128, 64),
        batches: true,
        classes: Vec::new(),
        reservation: None,
    };
    let locator = KnownModel {
        id: "plate-hyperlpr-320".to_owned(),
        task: ModelTask::DetectPlate,
        input: InputSizes::Only(320, 320),
        batches: false,
        classes: vec!["one-line".to_owned(), "two-line".to_owned()],
        reservation: None,
    };
    let embedder = KnownModel {
        id: "person-reid-omz-0248".to_owned(),
        task: ModelTask::EmbedPerson,
        input: InputSizes::Only(128, 256),
        batches: false,
        classes: Vec::new(),
        reservation: None,
    };
    let reserved = KnownModel {
        reservation: Some("model `nanodet-plus-m-1.5x` is not used unless it is accepted by name".to_owned()),
        ..model("nanodet-plus-m-1.5x", InputSizes::MultiplesOf(32))
    };
    Ok(vec![
        model("yolox-nano", InputSizes::MultiplesOf(32)),
        model("yolox-nano-416", InputSizes::Only(416, 416)),
        reserved,
        KnownModel {
            classes: vec!["person".to_owned()],
            ..model("person-rtmdet-nano", InputSizes::MultiplesOf(32))
        },
        reader,
        locator,
        embedder,
    ])
}
