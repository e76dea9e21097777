use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::profile::Asked;
use crate::{Clause, Rule};

/// Whether a rule is in force at a moment: by the light's profile and by its schedule.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Force {
    enabled: Option<Clause>,
    schedule: Option<Clause>,
}

impl Force {
    pub(crate) fn at(rule: &Rule, asked: Asked, moment: Moment<'_>) -> Self {
        let in_schedule = rule.conditions.schedule.as_ref().map(|schedule| match moment.frame.local {
            Some(now) => Clause::yes("schedule", schedule.holds(now)),
            None => Clause::yes("local_time_known", false),
        });
        Self { enabled: (!asked.enabled).then(|| Clause::yes("enabled", false)), schedule: in_schedule }
    }

    /// Its clauses: none where the rule is always in force.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = Clause> {
        self.enabled.into_iter().chain(self.schedule)
    }
}

/// Whether the picture is fit for a decision: no clause where the rule does not ask.
pub(crate) fn settled(rule: &Rule, moment: Moment<'_>) -> Option<Clause> {
    rule.conditions.settled.then(|| Clause::yes("settled", moment.frame.is_settled))
}
