use super::Point;

/// `[[camera.privacy]]`: a part of the picture that nobody is to see.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivacyZone {
    /// 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// As of a [`Zone`](crate::Zone).
    pub polygon: Vec<Point>,
    /// Whether the model looks there all the same: what moves there is followed, and no picture shows it.
    pub detect: bool,
}
