use std::time::Duration;

use serde::{Deserialize, Serialize};

/// After this time an observation counts half as much as a new one.
const HALF_LIFE: Duration = Duration::from_secs(10);
/// No observation counts less than one of this score: a score of 0 is a look as well.
const LEAST_SCORE: f64 = 1e-3;
/// Classes kept apart; when one more comes, the lightest is forgotten.
const CLASSES: usize = 8;

/// What a track was taken for: for each class the sum of the scores it got, fading with time.
///
/// Holds a fixed number of classes, so that no track needs memory of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassMemory {
    classes: [Option<Weighed>; CLASSES],
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Weighed {
    class: u16,
    weight: f64,
}

impl ClassMemory {
    pub(crate) fn starting_with(class: u16, score: f32) -> Self {
        let mut memory = Self { classes: [None; CLASSES] };
        memory.observe(Duration::ZERO, class, score);
        memory
    }

    /// Takes in an observation, `since` the one before.
    pub(crate) fn observe(&mut self, since: Duration, class: u16, score: f32) {
        let fade = (-since.as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2();
        self.classes.iter_mut().flatten().for_each(|weighed| weighed.weight *= fade);
        let weight = f64::from(score).max(LEAST_SCORE);
        match self.classes.iter_mut().flatten().find(|weighed| weighed.class == class) {
            Some(weighed) => weighed.weight += weight,
            None => {
                let of = |slot: &Option<Weighed>| slot.map_or(-1.0, |weighed| weighed.weight);
                let lightest = self.classes.iter_mut().min_by(|a, b| of(a).total_cmp(&of(b)));
                if let Some(slot) = lightest {
                    *slot = Some(Weighed { class, weight });
                }
            }
        }
    }

    /// The class with the most weight, of equals the one with the lowest number, and its share of all weight in
    /// `(0, 1]`.
    pub(crate) fn most(&self) -> (u16, f32) {
        let known = || self.classes.iter().flatten();
        let total: f64 = known().map(|weighed| weighed.weight).sum();
        let most = known().max_by(|a, b| a.weight.total_cmp(&b.weight).then(b.class.cmp(&a.class)));
        // There is always one: a track starts with an observation.
        most.map_or((0, 1.0), |most| (most.class, (most.weight / total) as f32))
    }

    pub(crate) fn is_sound(&self) -> bool {
        let positive = |weighed: &Weighed| 0.0 < weighed.weight && weighed.weight.is_finite();
        self.classes.iter().flatten().next().is_some() && self.classes.iter().flatten().all(positive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(100);

    fn after(observations: &[(u16, f32)]) -> ClassMemory {
        let (first, rest) = observations.split_first().expect("at least one");
        let mut memory = ClassMemory::starting_with(first.0, first.1);
        rest.iter().for_each(|&(class, score)| memory.observe(STEP, class, score));
        memory
    }

    #[test]
    fn the_most_weight_names_the_class_and_not_the_latest_or_the_most_frequent_look() {
        assert_eq!(after(&[(7, 0.9), (7, 0.9), (3, 0.9)]).most().0, 7);
        let (class, share) = after(&[(7, 0.9), (3, 0.2), (3, 0.2), (3, 0.2)]).most();
        assert_eq!(class, 7);
        assert!((share - 0.6).abs() < 0.02, "{share}");
    }

    #[test]
    fn old_looks_fade() {
        let mut memory = after(&[(7, 0.9); 20]);
        memory.observe(10 * HALF_LIFE, 3, 0.9);
        assert_eq!(memory.most().0, 3);
    }

    #[test]
    fn looks_without_a_score_count_and_equals_are_settled_by_number() {
        assert_eq!(ClassMemory::starting_with(5, 0.0).most(), (5, 1.0));
        let mut memory = ClassMemory::starting_with(5, 0.5);
        memory.observe(Duration::ZERO, 4, 0.5);
        assert_eq!(memory.most(), (4, 0.5));
    }

    #[test]
    fn more_classes_than_are_kept_push_out_the_lightest() {
        let mut memory = after(&[(100, 0.9); 5]);
        (0..20).for_each(|class| memory.observe(STEP, class, 0.5));
        assert_eq!(memory.most().0, 100);
        assert!(memory.is_sound());
    }
}
