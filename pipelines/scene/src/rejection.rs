use std::time::Duration;

use serde::{Deserialize, Serialize};
use vision::FrameBox;

use crate::{Clause, Passage, Rule, Subject};

/// A track that is over, or an episode at a place, without a passage under a rule to which it came near.
///
/// A track came near when what the rule looks for happened, or when it was confirmed and of a class of the rule; an
/// episode when there were enough objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// Whom or what it is about.
    pub subject: Subject,
    /// Id of the rule.
    pub rule_id: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// Time of its best moment: the first with the fewest clauses lost, of these the one nearest to its bounds; one at
    /// which what the rule looks for had happened is better than any other.
    pub at: Duration,
    /// First sight of the track; of an episode, its beginning.
    pub first_at: Duration,
    /// Latest sight of the track; of an episode, its end.
    pub last_at: Duration,
    /// Class at the end.
    pub class: u16,
    /// Best score of the track; of an episode, that of its objects counted last.
    pub best_score: f32,
    /// Box at its best moment, in frame pixels.
    pub bbox: FrameBox,
    /// What the rule asked and what it measured at that moment; at least one clause did not hold.
    pub decision: Vec<Clause>,
}

/// A living track under one rule, as far as it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Id of the track.
    pub track_id: u64,
    /// Id of the rule.
    pub rule_id: String,
    /// Version of the rule.
    pub rule_version: u32,
    /// Passages that the track has opened under the rule.
    pub opened: u32,
    /// Whether it has come near, as a [`Rejection`] has.
    pub came_near: bool,
    /// First sight of the track.
    pub first_at: Duration,
    /// Latest sight of the track.
    pub last_at: Duration,
    /// Class as known now.
    pub class: u16,
    /// Best score so far.
    pub best_score: f32,
    /// Time of its best moment so far, as in [`Rejection::at`].
    pub at: Duration,
    /// Box at that moment, in frame pixels.
    pub bbox: FrameBox,
    /// What the rule asked and what it measured at that moment; no longer kept up once a passage was opened.
    pub decision: Vec<Clause>,
}

/// What a frame led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Revisions due, by track id, then in the order of the rules; those about places last.
    pub passages: Vec<Passage>,
    /// What ended without a passage, in the same order.
    pub rejections: Vec<Rejection>,
}

/// The moment at which a subject came nearest to a passage.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BestMoment {
    best: Option<Nearness>,
    decision: Vec<Clause>,
}

/// What a rejection tells of its subject at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rejected {
    pub(crate) class: u16,
    pub(crate) best_score: f32,
    pub(crate) first_at: Duration,
    pub(crate) last_at: Duration,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Nearness {
    happened: bool,
    lost: usize,
    shortfall: f32,
    at: Duration,
    #[serde(with = "track::edges")]
    bbox: FrameBox,
}

impl BestMoment {
    /// Remembers the moment if it is nearer than any before.
    pub(crate) fn offer(&mut self, happened: bool, at: Duration, bbox: FrameBox, decision: &[Clause]) {
        let lost = decision.iter().filter(|clause| !clause.held).count();
        let shortfall = decision.iter().map(Clause::shortfall).sum();
        let this = Nearness { happened, lost, shortfall, at, bbox };
        if self.best.is_none_or(|best| this.is_nearer(&best)) {
            self.best = Some(this);
            self.decision.clear();
            self.decision.extend_from_slice(decision);
        }
    }

    /// Whether what the rule looks for has ever happened.
    pub(crate) fn happened(&self) -> bool {
        self.best.is_some_and(|best| best.happened)
    }

    /// Time, box and clauses of the moment; none when it was never looked at.
    pub(crate) fn moment(&self) -> Option<(Duration, FrameBox, &[Clause])> {
        self.best.map(|best| (best.at, best.bbox, self.decision.as_slice()))
    }

    /// The rejection of a subject that is known by `facts`; none when it was never looked at. Forgets the moment.
    pub(crate) fn reject(&mut self, rule: &Rule, subject: Subject, facts: Rejected) -> Option<Rejection> {
        let Nearness { at, bbox, .. } = self.best.take()?;
        let Rejected { class, best_score, first_at, last_at } = facts;
        Some(Rejection {
            subject,
            rule_id: rule.id.clone(),
            rule_version: rule.version,
            at,
            first_at,
            last_at,
            class,
            best_score,
            bbox,
            decision: std::mem::take(&mut self.decision),
        })
    }
}

impl Nearness {
    fn is_nearer(&self, other: &Self) -> bool {
        if self.happened != other.happened {
            return self.happened;
        }
        if self.lost != other.lost {
            return self.lost < other.lost;
        }
        // By more than rounding makes of the same place in frames of two sizes.
        self.shortfall + 1e-3 < other.shortfall
    }
}
