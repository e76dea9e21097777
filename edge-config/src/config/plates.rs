/// `[camera.plates]`: the number plates of vehicles are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Plates {
    /// Id of the model card that reads plates.
    pub reader: String,
    /// Id of the model card that finds plates, with their corners.
    pub locator: String,
    /// Narrower plates are not read, in pixels of the frame, 16–1000.
    pub min_width_px: u32,
    /// The least probability of a read's weakest character, 0–1.
    pub min_confidence: f32,
    /// How often a plate is sought on one vehicle, per second, 0.2–30.
    pub max_rate_hz: f64,
    /// Vehicles on which a plate is sought in one frame, 1–16.
    pub per_frame: u32,
    /// How much of what is around a plate the reader gets to see, as a share of the plate's size, 0–0.5.
    pub margin: f32,
    /// Whether a text that is a plate of no known country is rejected.
    pub known_countries_only: bool,
}
