use std::time::Duration;

/// `[plate-reader]`: pictures that callers send are read for them.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateReader {
    /// Id of the model card that reads plates.
    pub reader: String,
    /// Id of the model card that finds plates, with their corners.
    pub locator: String,
    /// Narrower plates are not read, in pixels of the picture, 16–1000.
    pub min_width_px: u32,
    /// The least probability of a read's weakest character, 0–1.
    pub min_confidence: f32,
    /// How much of what is around a plate the reader gets to see, as a share of the plate's size, 0–0.5.
    pub margin: f32,
    /// Whether a text that is a plate of no known country is rejected.
    pub known_countries_only: bool,
    /// Requests at once, 1–8; one more is refused at once.
    pub queue: usize,
    /// How long a request may take, 100 ms to 60 s.
    pub deadline: Duration,
}
