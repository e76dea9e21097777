use std::path::Path;

use edge_config::{InputSizes, KnownModel};

/// As `models/cards`: one model with one input size, one with many.
pub(crate) fn known_models(_: Option<&Path>) -> Result<Vec<KnownModel>, String> {
    let classes: Vec<String> =
        include_str!("../../../models/classes/coco-80.txt").lines().map(str::to_owned).collect();
    let model = |id: &str, input| KnownModel { id: id.to_owned(), input, classes: classes.clone() };
    Ok(vec![
        model("yolox-nano-416", InputSizes::Only(416, 416)),
        model("yolox-nano-dyn", InputSizes::MultiplesOf(32)),
    ])
}
