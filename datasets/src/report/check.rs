//! What a document that was read must hold before it is counted with: files may have been edited, cut or made up.

use std::fmt::Display;

use super::{Document, Unit};
use crate::score::events::ClipEvents;
use crate::score::tracking::SequenceMatches;

/// More shards than that, no batch engine starts.
const MOST_SHARDS: u32 = 1 << 16;

/// Four months of one camera.
const LONGEST_CLIP_S: f64 = 1e7;

/// More draws than that, no interval needs.
const MOST_REPLICATES: usize = 10_000;

/// A value that cannot be.
pub(super) struct Found {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) expected: &'static str,
}

/// The first value of `document` that no run writes.
pub(super) fn check(document: &Document) -> Result<(), Found> {
    if let Some(shard) = document.options.shard {
        holds(
            (1..=shard.of.min(MOST_SHARDS)).contains(&shard.index) && shard.of <= MOST_SHARDS,
            "options.shard",
            format_args!("{}/{}", shard.index, shard.of),
            "an index from 1 to at most 65,536",
        )?;
    }
    for (place, unit) in document.units.iter().enumerate() {
        let key = |rest: &str| format!("units[{place}].{rest}");
        holds(unit.job < document.jobs, &key("job"), unit.job, "less than `jobs`")?;
        check_unit(unit, &key)?;
    }
    Ok(())
}

fn check_unit(unit: &Unit, key: &dyn Fn(&str) -> String) -> Result<(), Found> {
    if let Some(events) = &unit.events {
        check_events(events, key)?;
    }
    if let Some(track) = &unit.track {
        check_track(track, key)?;
    }
    if let Some(faces) = &unit.faces {
        let draws = faces.bootstrap.replicates;
        holds(draws <= MOST_REPLICATES, &key("faces.bootstrap.replicates"), draws, "at most 10,000")?;
    }
    Ok(())
}

fn check_events(events: &ClipEvents, key: &dyn Fn(&str) -> String) -> Result<(), Found> {
    let seconds = events.duration_s;
    let fits = (0.0..=LONGEST_CLIP_S).contains(&seconds);
    holds(fits, &key("events.duration_s"), seconds, "seconds, from 0 to 10,000,000")?;
    let (truths, found) = (events.truths.len(), events.found.len());
    let matched = &events.matched;
    for (name, mut places, count) in [
        ("events.matched[].truth", matched.iter().map(|pair| pair.truth).collect::<Vec<usize>>(), truths),
        ("events.matched[].found", matched.iter().map(|pair| pair.found).collect(), found),
        ("events.missed", events.missed.clone(), truths),
        ("events.false_alarms", events.false_alarms.clone(), found),
    ] {
        if let Some(place) = places.iter().find(|place| count <= **place) {
            return holds(false, &key(name), place, "a place in its list");
        }
        places.sort_unstable();
        if let Some(twice) = places.windows(2).find(|pair| pair[0] == pair[1]) {
            return holds(false, &key(name), twice[0], "each place once");
        }
    }
    Ok(())
}

fn check_track(track: &SequenceMatches, key: &dyn Fn(&str) -> String) -> Result<(), Found> {
    let blocks = track.blocks.len() as u64;
    let expected = u64::from(track.frames).div_ceil(u64::from(track.block_frames.get()));
    holds(blocks == expected, &key("track.blocks"), blocks, "a block for every `block_frames` of `frames`")?;
    if track.blocks.iter().any(|block| !block.is_possible()) {
        return holds(
            false,
            &key("track.blocks"),
            "a block",
            "no more hits than there are objects and predictions",
        );
    }
    Ok(())
}

fn holds(held: bool, key: &str, value: impl Display, expected: &'static str) -> Result<(), Found> {
    if held { Ok(()) } else { Err(Found { key: key.to_owned(), value: value.to_string(), expected }) }
}
