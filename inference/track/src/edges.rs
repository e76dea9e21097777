//! A box in a checkpoint, `[x0, y0, x1, y1]` in frame pixels: for `#[serde(with = "track::edges")]`.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
use vision::FrameBox;

/// Writes the edges.
///
/// # Errors
/// What the serializer says.
pub fn serialize<S: Serializer>(bbox: &FrameBox, serializer: S) -> Result<S::Ok, S::Error> {
    [bbox.x0(), bbox.y0(), bbox.x1(), bbox.y1()].serialize(serializer)
}

/// Reads the edges.
///
/// # Errors
/// For edges that are swapped or no finite numbers.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FrameBox, D::Error> {
    let edges = <[f32; 4]>::deserialize(deserializer)?;
    let [x0, y0, x1, y1] = edges;
    FrameBox::new(x0, y0, x1, y1).ok_or_else(|| {
        D::Error::custom(format_args!(
            "box {edges:?} has swapped or infinite edges, expected x0 <= x1 and y0 <= y1"
        ))
    })
}
