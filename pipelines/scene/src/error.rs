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
    /// A rule asks for metres, and nobody said where the ground is.
    #[error("rule `{rule}`: `{name}` is in metres, expected a ground plane for this camera")]
    NoGroundPlane {
        /// Id of the rule.
        rule: String,
        /// Name of the setting.
        name: &'static str,
    },
    /// A point that a rule wants on the ground lies on the horizon or above it.
    #[error(
        "rule `{rule}`: point ({x}, {y}) of `{name}` is not below the horizon, expected a point on the ground"
    )]
    NotOnGround {
        /// Id of the rule.
        rule: String,
        /// Name of the setting.
        name: &'static str,
        /// Fraction of the width.
        x: f32,
        /// Fraction of the height.
        y: f32,
    },
    /// A list of classes that a rule cannot do without is empty.
    #[error("rule `{rule}`: `{name}` is empty, expected at least one class")]
    NoClasses {
        /// Id of the rule.
        rule: String,
        /// Name of the setting.
        name: &'static str,
    },
    /// A schedule that is never in force.
    #[error("rule `{rule}`: its schedule has no period, expected at least one")]
    EmptySchedule {
        /// Id of the rule.
        rule: String,
    },
    /// A part of a day that is none.
    #[error(
        "rule `{rule}`: period {number} of its schedule is from minute {from} to {to}, expected two different minutes \
         of a day, from at most 1439 and to at most 1440"
    )]
    Period {
        /// Id of the rule.
        rule: String,
        /// Position in the list, from 1.
        number: usize,
        /// First minute since midnight.
        from: u16,
        /// First minute after it.
        to: u16,
    },
    /// A point of a ground plane is not a finite number.
    #[error("ground plane: {side} point {number} is not finite, expected finite numbers")]
    GroundPoint {
        /// `image` or `ground`.
        side: &'static str,
        /// Position in the list, from 1.
        number: usize,
    },
    /// Three points of a ground plane are on one line, or so nearly that it gives no metres.
    #[error(
        "ground plane: {side} points {}, {} and {} lie on one line, expected the corners of a quadrangle",
        points[0], points[1], points[2]
    )]
    GroundLine {
        /// `image` or `ground`.
        side: &'static str,
        /// Positions in the list, from 1.
        points: [usize; 3],
    },
    /// The horizon runs between two points of a ground plane.
    #[error(
        "ground plane: points {first} and {second} lie on different sides of the horizon, expected image and ground \
         points in one order"
    )]
    GroundOrder {
        /// Position in the list, from 1.
        first: usize,
        /// Position in the list, from 1.
        second: usize,
    },
    /// A lane counts nothing.
    #[error("lane `{lane}` has no class, expected at least one")]
    LaneWithoutClass {
        /// Id of the lane.
        lane: String,
    },
    /// An end of a lane is on the horizon or above it.
    #[error(
        "lane `{lane}`: `from` or `to` is not below the horizon of the ground plane, expected both on the ground"
    )]
    LaneOffGround {
        /// Id of the lane.
        lane: String,
    },
    /// A value of a camera's pose is out of its range.
    #[error("camera pose: `{name}` is {actual}, expected {expected}")]
    Pose {
        /// Name of the value.
        name: &'static str,
        /// The value given.
        actual: f64,
        /// The range in words.
        expected: &'static str,
    },
}

/// Why a scene does not go on from a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// It was written in another layout.
    #[error("state has layout {actual}, expected {expected}")]
    Layout {
        /// What the state says.
        actual: u32,
        /// What this version writes.
        expected: u32,
    },
    /// It is of a rule that there is no more.
    #[error("state is of rule `{rule}`, which there is no more")]
    RuleGone {
        /// Id of the rule.
        rule: String,
    },
    /// It knows nothing of a rule.
    #[error("state knows nothing of rule `{rule}`, which is new")]
    RuleNew {
        /// Id of the rule.
        rule: String,
    },
    /// The rules are in another order.
    #[error("state has rule `{rule}` in another place, expected the rules in one order")]
    RuleOrder {
        /// Id of the rule.
        rule: String,
    },
    /// A rule has another version.
    #[error("state is of version {actual} of rule `{rule}`, expected {expected}")]
    RuleVersion {
        /// Id of the rule.
        rule: String,
        /// What the state says.
        actual: u32,
        /// The rule's version.
        expected: u32,
    },
    /// A rule has the same version and other settings.
    #[error("state is of other settings of rule `{rule}`")]
    RuleSettings {
        /// Id of the rule.
        rule: String,
    },
    /// The ground plane is another.
    #[error("state is of another ground plane")]
    Ground,
    /// It does not watch for what the rules ask.
    #[error("state does not watch for what the rules ask, expected one watch for each rule")]
    Watches,
}
