/// Why a set of rules cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SceneError {
    /// Two rules have one id.
    #[error("rule id `{rule}` is used twice, expected ids of their own")]
    DuplicateRule {
        /// The id.
        rule: String,
    },
    /// A rule has no id.
    #[error("rule number {number} has an empty id")]
    EmptyId {
        /// Position in the list, from 1.
        number: usize,
    },
    /// A corner or end point is not a finite number.
    #[error("rule `{rule}`: point ({x}, {y}) of `{place}`, expected finite numbers")]
    Point {
        /// Id of the rule.
        rule: String,
        /// Id of the line or zone.
        place: String,
        /// Fraction of the width.
        x: f32,
        /// Fraction of the height.
        y: f32,
    },
    /// Both ends of a line are the same point.
    #[error("rule `{rule}`: line `{line}` has no length, expected two different points")]
    LineWithoutLength {
        /// Id of the rule.
        rule: String,
        /// Id of the line.
        line: String,
    },
    /// A zone has too few corners.
    #[error("rule `{rule}`: zone `{zone}` has {corners} corners, expected at least 3")]
    TooFewCorners {
        /// Id of the rule.
        rule: String,
        /// Id of the zone.
        zone: String,
        /// Corners given.
        corners: usize,
    },
    /// Two edges of a zone touch or cross.
    #[error(
        "rule `{rule}`: edges {first} and {second} of zone `{zone}` touch, expected an outline that never meets itself"
    )]
    CrossedOutline {
        /// Id of the rule.
        rule: String,
        /// Id of the zone.
        zone: String,
        /// Number of the first edge, from 1; edge 1 starts at the first corner.
        first: usize,
        /// Number of the second edge.
        second: usize,
    },
    /// A number of a rule is out of its range.
    #[error("rule `{rule}`: `{name}` is {actual}, expected {expected}")]
    OutOfRange {
        /// Id of the rule.
        rule: String,
        /// Name of the setting.
        name: &'static str,
        /// The value given.
        actual: f32,
        /// The range in words.
        expected: &'static str,
    },
    /// A confirmation that can never hold, or that looks further back than is remembered.
    #[error("rule `{rule}`: confirm is {n} of {m}, expected 1 <= n <= m <= {max}")]
    Confirm {
        /// Id of the rule.
        rule: String,
        /// Sightings wanted.
        n: u32,
        /// Frames looked at.
        m: u32,
        /// Most frames that can be looked at.
        max: u32,
    },
}
