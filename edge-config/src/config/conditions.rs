use super::Confirm;

/// What a rule asks of the object and the moment besides its trigger; by default nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Least height of the object.
    pub min_height: Option<MinHeight>,
    /// Least speed over the ground in metres per second, 0–100; only beside a [`Ground`](super::Ground).
    pub min_speed: Option<f32>,
    /// Most speed over the ground in metres per second, `min_speed`–100; only beside a [`Ground`](super::Ground).
    pub max_speed: Option<f32>,
    /// Classes that make an object what the rule is not about.
    pub veto: Option<Veto>,
    /// When the rule is in force; always where empty.
    pub schedule: Vec<Period>,
    /// Whether the light must have been the same for a while.
    pub settled: bool,
    /// Least share of the object's sightings that look like one of the rule's classes, 0–1.
    pub min_class_share: f32,
}

/// Least height of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MinHeight {
    /// Of its box, in pixels of the picture, 1–4096.
    Pixels(f32),
    /// Of the upright object, in metres, 0–100; only beside a [`Ground`](super::Ground).
    Metres(f32),
}

/// `veto`
#[derive(Clone, Debug, PartialEq)]
pub struct Veto {
    /// Classes; at least one, none twice, none of the rule's own.
    pub classes: Vec<String>,
    /// Most share of the object's box that the box of a track of these classes may cover, 0–1.
    pub max_overlap: f32,
    /// Most share of the object's own sightings that may look like these classes, 0–1.
    pub max_share: f32,
}

/// Part of a day, on some days of the week, in local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Days on which it begins, none twice; all of them where empty.
    pub days: Vec<Weekday>,
    /// First minute since midnight, 0–1439.
    pub from_min: u16,
    /// First minute after it, 0–1440 and another one than `from_min`; below it, a minute of the next day.
    pub to_min: u16,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// `day`, `night` and `infrared`: what a rule asks in each light; by default the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Profiles {
    /// A bright picture in colour.
    pub day: Profile,
    /// A dark picture in colour.
    pub night: Profile,
    /// A picture without colour.
    pub infrared: Profile,
}

/// What a rule asks in one light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Whether the rule is in force.
    pub enabled: bool,
    /// Instead of the rule's own.
    pub confirm: Option<Confirm>,
    /// Instead of the rule's own, in picture heights, 0–2.
    pub min_travel: Option<f32>,
    /// Instead of the rule's own, 0–1.
    pub min_score: Option<f32>,
}

impl Default for Profile {
    fn default() -> Self {
        Self { enabled: true, confirm: None, min_travel: None, min_score: None }
    }
}
