use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Document, Failure, Shard, Speed};

/// Why shards do not make a run.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Nothing to merge.
    #[error("no shards, expected at least one document")]
    Nothing,
    /// A document is no shard.
    #[error("`{}`: options.shard: none, expected a document of `cairn eval --shard`", file.display())]
    NoShard {
        /// The file.
        file: PathBuf,
    },
    /// A shard of another run.
    #[error("`{}`: {key}: differs from `{}`: these are shards of different runs", file.display(), first.display())]
    OtherRun {
        /// The file.
        file: PathBuf,
        /// What differs.
        key: &'static str,
        /// The first file.
        first: PathBuf,
    },
    /// The same shard twice.
    #[error("`{}` and `{}` are the same shard, {index}/{of}", file.display(), other.display())]
    Twice {
        /// The later file.
        file: PathBuf,
        /// The earlier one.
        other: PathBuf,
        /// Which.
        index: u32,
        /// Of how many.
        of: u32,
    },
    /// Shards are missing.
    #[error("shards are missing: {missing} of {of}")]
    Missing {
        /// Their numbers.
        missing: String,
        /// Of how many.
        of: u32,
    },
    /// A shard has no unit for one of its jobs, and does not say why.
    #[error("job {job} is in no shard, expected jobs 0 to {last}")]
    Gap {
        /// The job.
        job: u32,
        /// The last job.
        last: u32,
    },
}

/// The undivided run that `shards` are the parts of, whatever their order.
///
/// # Errors
/// [`MergeError`], naming files.
pub fn merge(shards: Vec<(PathBuf, Document)>) -> Result<Document, MergeError> {
    let mut by_index: BTreeMap<u32, (PathBuf, Document)> = BTreeMap::new();
    let mut whole: Option<(PathBuf, Document, u32)> = None;
    for (file, document) in shards {
        let Some(Shard { index, of }) = document.options.shard else {
            return Err(MergeError::NoShard { file });
        };
        if let Some((first, like, count)) = &whole {
            if let Some(key) = difference(like, &document, *count, of) {
                return Err(MergeError::OtherRun { file, key, first: first.clone() });
            }
        } else {
            whole = Some((file.clone(), emptied(&document), of));
        }
        if let Some((other, _)) = by_index.get(&index) {
            return Err(MergeError::Twice { file, other: other.clone(), index, of });
        }
        by_index.insert(index, (file, document));
    }
    let Some((_, mut merged, of)) = whole else { return Err(MergeError::Nothing) };
    let missing: Vec<String> =
        (1..=of).filter(|index| !by_index.contains_key(index)).map(|index| index.to_string()).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing: missing.join(", "), of });
    }
    let mut speeds = Vec::new();
    for (_, document) in by_index.into_values() {
        // Of several machines, the first shard's is told.
        if speeds.is_empty() {
            merged.machine = document.machine;
        }
        merged.units.extend(document.units);
        merged.failed.extend(document.failed);
        merged.models.extend(document.models);
        speeds.push(document.speed);
    }
    merged.units.sort_by_key(|unit| unit.job);
    keep_first(&mut merged.failed);
    let failed = &merged.failed;
    merged.units.retain(|unit| !failed.iter().any(|failure| failure.takes_out(unit)));
    merged.models.sort();
    merged.models.dedup();
    merged.speed = speeds.into_iter().collect::<Option<Vec<Speed>>>().map(total);
    whole_run(&merged)?;
    Ok(merged)
}

/// The document without what differs between shards.
fn emptied(shard: &Document) -> Document {
    let mut document = shard.clone();
    document.options.shard = None;
    document.units.clear();
    document.failed.clear();
    document.models.clear();
    document.speed = None;
    document
}

fn difference(like: &Document, other: &Document, of: u32, other_of: u32) -> Option<&'static str> {
    let other = emptied(other);
    let checks = [
        ("cairn", like.cairn != other.cairn),
        ("dataset", like.dataset != other.dataset),
        ("config_sha256", like.config_sha256 != other.config_sha256),
        ("options", like.options != other.options),
        ("options.shard.of", of != other_of),
        ("jobs", like.jobs != other.jobs),
    ];
    checks.into_iter().find(|(_, differs)| *differs).map(|(key, _)| key)
}

/// The first failure of each condition of an item, in order of jobs.
pub fn keep_first(failed: &mut Vec<Failure>) {
    failed.sort_by(|a, b| (a.job, &a.item).cmp(&(b.job, &b.item)));
    let mut first: Vec<Failure> = Vec::new();
    for failure in failed.drain(..) {
        if !first.iter().any(|other| other.is_like(&failure)) {
            first.push(failure);
        }
    }
    *failed = first;
}

/// Every job has its unit, once. Where something failed, the jobs that went with it are not known, and may be missing.
fn whole_run(merged: &Document) -> Result<(), MergeError> {
    let last = merged.jobs.saturating_sub(1);
    if let Some(twice) = merged.units.windows(2).find(|pair| pair[0].job == pair[1].job) {
        return Err(MergeError::Gap { job: twice[0].job + 1, last });
    }
    if !merged.failed.is_empty() {
        return Ok(());
    }
    let mut jobs = merged.units.iter().map(|unit| unit.job);
    match (0..merged.jobs).find(|job| jobs.next() != Some(*job)) {
        Some(job) => Err(MergeError::Gap { job, last }),
        None => Ok(()),
    }
}

fn total(speeds: Vec<Speed>) -> Speed {
    let mut latency_ms: BTreeMap<String, BTreeMap<u32, u64>> = BTreeMap::new();
    let (mut frames, mut wall_s, mut cpu_s) = (0, 0.0, 0.0);
    for speed in speeds {
        frames += speed.frames;
        wall_s += speed.wall_s;
        cpu_s += speed.cpu_s;
        for (model, bins) in speed.latency_ms {
            let total = latency_ms.entry(model).or_default();
            for (edge, count) in bins {
                *total.entry(edge).or_default() += count;
            }
        }
    }
    Speed::new(frames, wall_s, cpu_s, latency_ms)
}

impl Speed {
    /// Rates follow from counts and times; without time they are 0.
    pub fn new(
        frames: u64,
        wall_s: f64,
        cpu_s: f64,
        latency_ms: BTreeMap<String, BTreeMap<u32, u64>>,
    ) -> Self {
        let per = |seconds: f64| if 0.0 < seconds { frames as f64 / seconds } else { 0.0 };
        Self {
            frames,
            wall_s,
            cpu_s,
            frames_per_second: per(wall_s),
            frames_per_cpu_second: per(cpu_s),
            latency_ms,
        }
    }
}
