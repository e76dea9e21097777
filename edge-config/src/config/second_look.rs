/// `second-look` of a rule: a stronger model looks at the object at full resolution before its passage is told.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondLook {
    /// Id of the model card that detects; it knows the rule's classes.
    pub model: String,
    /// Least score at which it has to find the object as one of the rule's classes, 0–1; its card's own bound where
    /// absent.
    pub min_score: Option<f32>,
}
