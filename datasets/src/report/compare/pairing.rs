//! Which outcome of the candidate belongs to which of the base line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Changes, CompareError, TaskChange, detect, events, faces, plates, track};
use crate::report::Unit;
use crate::score::detection::PictureMatches;
use crate::score::events::ClipEvents;
use crate::score::faces::FaceMatches;
use crate::score::plates::PlateOutcome;
use crate::score::tracking::SequenceMatches;

/// One of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The base line.
    A,
    /// The candidate.
    B,
}

/// An outcome that only one document has, and that is in no difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Absence {
    /// Which document has it.
    pub only_in: Side,
    /// Id of the item.
    pub item: String,
    /// As `kind:strength`; none for the footage as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degradation: Option<String>,
    /// The task that the other document did not score it for.
    pub task: &'static str,
}

/// What `a` and `b` have in common, in the order of `a`'s jobs.
#[derive(Debug, Default)]
pub(super) struct Paired<'a> {
    pub(super) items: Vec<PairedItem<'a>>,
    pub(super) left_out: Vec<Absence>,
}

/// One item under one degradation, on both sides.
#[derive(Clone, Debug)]
pub(super) struct PairedItem<'a> {
    pub(super) item: &'a str,
    degradation: Option<&'a str>,
    a: Vec<&'a Unit>,
    b: Vec<&'a Unit>,
}

/// Outcomes of one task on both sides; what is drawn together stands at the same place.
#[derive(Debug)]
pub(super) struct Both<'a, T> {
    pub(super) a: Vec<&'a T>,
    pub(super) b: Vec<&'a T>,
}

impl<'a, T> Both<'a, T> {
    pub(super) fn side(&self, side: Side) -> &[&'a T] {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

impl<'a> Paired<'a> {
    /// Parts of an item are put together again: where it was cut is of no account.
    pub(super) fn new(a: Vec<&'a Unit>, b: Vec<&'a Unit>) -> Result<Self, CompareError> {
        let mut items: Vec<PairedItem<'a>> = Vec::new();
        let mut places: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        for (side, units) in [(Side::A, a), (Side::B, b)] {
            for unit in units {
                let (item, degradation) = (unit.item.as_str(), unit.degradation.as_deref());
                let place = *places.entry((item, degradation)).or_insert(items.len());
                if place == items.len() {
                    items.push(PairedItem { item, degradation, a: Vec::new(), b: Vec::new() });
                }
                match side {
                    Side::A => items[place].a.push(unit),
                    Side::B => items[place].b.push(unit),
                }
            }
        }
        let mut paired = Self::default();
        for item in items {
            item.check()?;
            paired.left_out.extend(item.absences());
            paired.items.push(item);
        }
        Ok(paired)
    }

    /// What moved in all items together.
    pub(super) fn changes(&self, seed: u64) -> Changes {
        changes(&self.items, seed)
    }
}

impl PairedItem<'_> {
    /// What moved in this item.
    pub(super) fn changes(&self, seed: u64) -> Changes {
        changes(std::slice::from_ref(self), seed)
    }

    /// Ids of the models that the outcomes are of.
    pub(super) fn models(&self) -> [Option<&str>; 2] {
        [&self.a, &self.b].map(|units| units.first().map(|unit| unit.model.as_str()))
    }

    /// Number of what is drawn, by task.
    fn sizes(units: &[&Unit]) -> [(&'static str, &'static str, usize); 5] {
        let sum = |of: &dyn Fn(&Unit) -> usize| units.iter().map(|unit| of(unit)).sum();
        [
            ("detect", "pictures", sum(&|unit| unit.detect.len())),
            (
                "track",
                "blocks of frames",
                sum(&|unit| unit.track.as_ref().map_or(0, |track| track.blocks.len())),
            ),
            ("plates", "plates", sum(&|unit| unit.plates.len())),
            ("faces", "comparisons of faces", sum(&|unit| unit.faces.as_ref().map_or(0, faces::comparisons))),
            ("events", "clips with events", sum(&|unit| usize::from(unit.events.is_some()))),
        ]
    }

    fn check(&self) -> Result<(), CompareError> {
        for ((_, what, a), (_, _, b)) in Self::sizes(&self.a).into_iter().zip(Self::sizes(&self.b)) {
            self.agree(what, a, b)?;
        }
        let truths = |units: &[&Unit]| -> usize {
            units.iter().filter_map(|unit| unit.events.as_ref()).map(|clip| clip.truths.len()).sum()
        };
        let both_have_events =
            [&self.a, &self.b].iter().all(|units| units.iter().any(|unit| unit.events.is_some()));
        if both_have_events {
            // A clip in which nothing happens is one too.
            let (a, b) = (truths(&self.a), truths(&self.b));
            if a != b {
                return Err(self.sizes_differ("true events", a, b));
            }
        }
        Ok(())
    }

    /// A task that one side was not asked for has nothing there.
    fn agree(&self, what: &'static str, a: usize, b: usize) -> Result<(), CompareError> {
        if a == b || a == 0 || b == 0 { Ok(()) } else { Err(self.sizes_differ(what, a, b)) }
    }

    fn sizes_differ(&self, what: &'static str, a: usize, b: usize) -> CompareError {
        let degradation = self.degradation.map(|degradation| format!(" under {degradation}"));
        CompareError::Sizes { item: format!("{}{}", self.item, degradation.unwrap_or_default()), what, a, b }
    }

    fn absences(&self) -> Vec<Absence> {
        let tasks = Self::sizes(&self.a).into_iter().zip(Self::sizes(&self.b));
        let only = tasks.filter_map(|((task, _, a), (_, _, b))| {
            let only_in = match (a, b) {
                (0, 0) => return None,
                (_, 0) => Side::A,
                (0, _) => Side::B,
                _ => return None,
            };
            let degradation = self.degradation.map(str::to_owned);
            Some(Absence { only_in, item: self.item.to_owned(), degradation, task })
        });
        only.collect()
    }
}

fn changes(items: &[PairedItem<'_>], seed: u64) -> Changes {
    let tasks: [(&'static str, Option<TaskChange>); 5] = [
        ("detect", detect::change(&both(items, pictures), seed)),
        ("track", track::change(&both(items, sequences), seed)),
        ("plates", plates::change(&both(items, outcomes), seed)),
        ("faces", faces::change(&both(items, sets), seed)),
        ("events", events::change(&both(items, clips), seed)),
    ];
    tasks.into_iter().filter_map(|(task, change)| Some((task, change?))).collect()
}

/// Outcomes that both sides have, item by item.
fn both<'a, T, I: Iterator<Item = &'a T>>(
    items: &[PairedItem<'a>],
    outcomes: impl Fn(&'a Unit) -> I,
) -> Both<'a, T> {
    let mut both = Both { a: Vec::new(), b: Vec::new() };
    for item in items {
        let of = |units: &[&'a Unit]| units.iter().flat_map(|unit| outcomes(unit)).collect::<Vec<_>>();
        let (a, b) = (of(&item.a), of(&item.b));
        if !a.is_empty() && !b.is_empty() {
            both.a.extend(a);
            both.b.extend(b);
        }
    }
    both
}

fn pictures(unit: &Unit) -> std::slice::Iter<'_, PictureMatches> {
    unit.detect.iter()
}

fn sequences(unit: &Unit) -> std::option::Iter<'_, SequenceMatches> {
    unit.track.iter()
}

fn outcomes(unit: &Unit) -> std::slice::Iter<'_, PlateOutcome> {
    unit.plates.iter()
}

fn sets(unit: &Unit) -> std::option::Iter<'_, FaceMatches> {
    unit.faces.iter()
}

fn clips(unit: &Unit) -> std::option::Iter<'_, ClipEvents> {
    unit.events.iter()
}
