//! Tracks that end and objects that come back under another one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use track::Track;

use super::Scene;
use crate::watch::End;
use crate::watched::{Earlier, Watched};
use crate::{FrameInfo, Judged, Rule};

/// An object whose track has ended and that may come back under another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parted {
    pub(super) watched: Watched,
    /// Id of the track.
    pub(super) id: u64,
    at: Duration,
    until: Duration,
}

/// A track that nobody sees, whose object goes on under another one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Lent {
    subject: u64,
    /// What had been seen of the object before this track.
    earlier: Option<Earlier>,
}

/// Objects that may come back at the same time; one more, and the one that has waited longest is over.
const MOST_PARTED: usize = 128;

impl Parted {
    pub(super) fn end(&mut self, rules: &[Rule], judged: &mut Judged) {
        self.watched.end(rules, End { at: self.at, reason: "track ended" }, judged);
    }
}

impl Scene {
    /// Ends the tracks that are `over`; their objects wait for another one, as long as the merge window is.
    pub(super) fn part_with(&mut self, at: Duration, over: impl Fn(u64) -> bool, judged: &mut Judged) {
        self.lent.retain(|&id, _| !over(id));
        let gone: Vec<u64> = self.objects.keys().copied().filter(|&id| over(id)).collect();
        for id in gone {
            let Some(mut watched) = self.objects.remove(&id) else { continue };
            let subject = watched.subject;
            // A track that it was taken over from still lives: it was not its object's end.
            let lender = self.lent.iter().rev().find(|(_, lent)| lent.subject == subject).map(|(&id, _)| id);
            if let Some(lender) = lender
                && let Some(Lent { earlier, .. }) = self.lent.remove(&lender)
            {
                watched.part_from(id, earlier);
                self.objects.insert(lender, watched);
                continue;
            }
            let earliest = watched.until.filter(|_| !watched.track.confirmed);
            let until = earliest.unwrap_or_else(|| at.saturating_add(self.merge.window));
            let is_known = watched.track.confirmed || watched.earlier.is_some();
            if !is_known || watched.trail.leaves() || self.merge.window.is_zero() || until < at {
                watched.end(&self.rules, End { at, reason: "track ended" }, judged);
                continue;
            }
            if self.parted.len() == MOST_PARTED {
                self.parted.remove(0).end(&self.rules, judged);
            }
            self.parted.push(Parted { watched, id, at, until });
        }
    }

    /// Those that have not come back in time are gone.
    pub(super) fn give_up(&mut self, now: Duration, judged: &mut Judged) {
        let rules = &self.rules;
        self.parted.retain_mut(|parted| {
            // A clock set back: times of before mean nothing.
            let waits = parted.at <= now && now <= parted.until;
            if !waits {
                parted.end(rules, judged);
            }
            waits
        });
    }

    /// A track that is seen again has its object back: the tracker knows better than we.
    pub(super) fn give_back(&mut self, active: &[Track]) {
        if self.lent.is_empty() {
            return;
        }
        let mut seen: Vec<u64> = active.iter().filter(|track| track.seen_now).map(|track| track.id).collect();
        seen.sort_unstable();
        for id in seen {
            let Some(Lent { subject, earlier }) = self.lent.remove(&id) else { continue };
            let living =
                self.objects.iter().find(|(_, watched)| watched.subject == subject).map(|(&id, _)| id);
            let parted = self.parted.iter().position(|parted| parted.watched.subject == subject);
            let found = match (living, parted) {
                (Some(other), _) => self.objects.remove(&other).map(|watched| (other, watched)),
                (None, Some(index)) => {
                    let parted = self.parted.remove(index);
                    Some((parted.id, parted.watched))
                }
                (None, None) => None,
            };
            if let Some((other, mut watched)) = found {
                watched.part_from(other, earlier);
                self.objects.insert(id, watched);
            }
        }
    }

    /// New tracks take over from those that nobody sees any more: the likeliest pair first.
    pub(super) fn join(&mut self, frame: FrameInfo, active: &[Track]) {
        if self.merge.window.is_zero() {
            return;
        }
        let is_new = |track: &&Track| {
            track.seen_now && !self.objects.contains_key(&track.id) && !self.lent.contains_key(&track.id)
        };
        let new: Vec<&Track> = active.iter().filter(is_new).collect();
        if new.is_empty() {
            return;
        }
        let unseen = active.iter().filter(|track| !track.seen_now);
        let lost = unseen.filter_map(|track| Some((track.id, self.objects.get(&track.id)?)));
        let parted = self.parted.iter().map(|parted| (parted.id, &parted.watched));
        let mut pairs = Vec::new();
        for (id, watched) in lost.chain(parted) {
            for track in &new {
                if let Some(strangeness) = watched.strangeness(&self.merge, track, frame.size) {
                    pairs.push((strangeness, id, track.id));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, old, new) in pairs {
            if !self.objects.contains_key(&new) {
                self.hand_over(old, new, frame.at);
            }
        }
    }

    /// The object of the track `old` goes on under the track `new`, unless it already does under another.
    fn hand_over(&mut self, old: u64, new: u64, now: Duration) {
        let parted = self.parted.iter().position(|parted| parted.id == old);
        let (mut watched, until) = match parted {
            Some(index) => {
                let Parted { watched, until, .. } = self.parted.remove(index);
                (watched, until)
            }
            None => {
                let Some(watched) = self.objects.remove(&old) else { return };
                self.lent.insert(old, Lent { subject: watched.subject, earlier: watched.earlier });
                (watched, now.saturating_add(self.merge.window))
            }
        };
        watched.go_on_under(new, until);
        self.objects.insert(new, watched);
    }
}
