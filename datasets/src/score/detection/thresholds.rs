//! The grid on which COCO evaluates.

/// Detections of one class in one picture that count, those of the highest scores.
pub(super) const MAX_FOUND: usize = 100;

/// Recalls at which precision is read off.
pub(super) const RECALLS: usize = 101;

/// The recall numbered `index`; the last is exactly 1.
pub(super) fn recall_at(index: usize) -> f64 {
    index as f64 * 0.01
}

/// Range of areas for which a score is computed: truths outside it are ignored, and so are unmatched detections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaRange {
    /// Up to 100,000² square pixels.
    All,
    /// Up to 32² square pixels.
    Small,
    /// From 32² to 96² square pixels.
    Medium,
    /// From 96² square pixels.
    Large,
}

impl AreaRange {
    /// In COCO's order; the position is the index in [`super::ClassMatches::truths`].
    pub const ALL: [Self; 4] = [Self::All, Self::Small, Self::Medium, Self::Large];

    /// Whether an object of `area` in square pixels belongs to it; both ends belong, so two ranges share their border.
    pub fn contains(self, area: f64) -> bool {
        let (least, most) = match self {
            Self::All => (0.0, 1e10),
            Self::Small => (0.0, 1024.0),
            Self::Medium => (1024.0, 9216.0),
            Self::Large => (9216.0, 1e10),
        };
        (least..=most).contains(&area)
    }
}

/// One of COCO's ten least overlaps of a match, from 0.5 to 0.95 in steps of 0.05.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IouThreshold(usize);

/// The ninth lies one unit in the last place below 0.9, as in the reference, so that a box at exactly that overlap
/// matches here and there.
const IOUS: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.899_999_999_999_999_9, 0.95];

impl IouThreshold {
    /// 0.5, the threshold of AP50.
    pub const AT_50: Self = Self(0);
    /// 0.75, the threshold of AP75.
    pub const AT_75: Self = Self(5);

    /// All ten, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..IOUS.len()).map(Self)
    }

    /// The least intersection over union of a match.
    pub fn iou(self) -> f64 {
        IOUS[self.0]
    }

    /// Bit in the masks of [`super::FoundMatch`].
    pub(super) fn bit(self, area: AreaRange) -> u64 {
        1 << (area as usize * IOUS.len() + self.0)
    }
}
