//! Frames from all over a dataset, as its cameras would have them.

use std::sync::Arc;

use anyhow::Context as _;
use datasets::dataset::Clip;
use datasets::report::Pace;
use edge_config::Camera;
use models::artifact::Sha256;
use vision::{Planes, SizePx};

use super::plan::{Job, Prepared, Work};
use super::playback::{Playback, Playing};
use super::progress::Progress;
use super::stills::Stills;
use super::{Request, plan};

/// A frame or a picture of a dataset.
pub(crate) struct Sample {
    pub(crate) planes: Arc<dyn Planes>,
    /// What its camera wants the model's input to be; `None`: what the frame's aspect needs.
    pub(crate) input: Option<SizePx>,
}

/// Gives `count` frames and pictures of the items that `request` is about to `take`: as many of each item as of the others
/// where it has as many, spread evenly over it, the same ones for the same seed. Returns how many there were.
///
/// # Errors
/// [`super::BadRequest`] as [`super::evaluate`]; when a clip or a picture cannot be used, or `take` fails.
pub(crate) fn sample(
    request: &Request,
    count: usize,
    mut take: impl FnMut(Sample) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    capture::init().context("could not start GStreamer")?;
    let prepared = plan::prepare(request)?;
    let jobs = prepared.plan(request)?;
    let jobs: Vec<&Job<'_>> = jobs.iter().filter(|job| job.counts && job.degradation.is_none()).collect();
    let mut lengths = Vec::new();
    for job in &jobs {
        lengths.push(match &job.work {
            // A clip whose dataset does not say how long it is.
            Work::Clip { clip, camera, .. } if job.frames == 0 => {
                Sampling { prepared: &prepared, request, job }.length(clip, camera)?
            }
            _ => job.frames,
        });
    }
    let shares = shares(&items_of(&jobs), &lengths, count as u64);
    let mut taken = 0;
    for ((job, length), share) in jobs.iter().zip(lengths).zip(shares) {
        let places = places(prepared.seed, &format!("{}/{}", job.item.id, job.index), length, share);
        let sampling = Sampling { prepared: &prepared, request, job };
        taken += sampling.take(&places, &mut take).with_context(|| format!("item `{}`", job.item.id))?;
    }
    Ok(taken)
}

/// For each job the number of its item.
fn items_of(jobs: &[&Job<'_>]) -> Vec<usize> {
    let mut ids: Vec<&str> = Vec::new();
    let mut places = Vec::new();
    for job in jobs {
        let known = ids.iter().position(|id| *id == job.item.id);
        places.push(known.unwrap_or_else(|| {
            ids.push(&job.item.id);
            ids.len() - 1
        }));
    }
    places
}

/// How many frames each job gives: its item's equal share, and what others could not give.
fn shares(items: &[usize], lengths: &[u64], count: u64) -> Vec<u64> {
    let mut left = lengths.to_vec();
    let mut shares = vec![0; lengths.len()];
    for _ in 0..count {
        let of_item = |item: usize, values: &[u64]| -> u64 {
            items.iter().zip(values).filter(|(other, _)| **other == item).map(|(_, value)| value).sum()
        };
        // The item that has given least; of its parts, the one that has given the least part of what it has.
        let able = (0..lengths.len()).filter(|&job| 0 < left[job]);
        let Some(next) = able.min_by_key(|&job| {
            (of_item(items[job], &shares), items[job], shares[job] * 1_000_000 / lengths[job].max(1), job)
        }) else {
            break;
        };
        left[next] -= 1;
        shares[next] += 1;
    }
    shares
}

/// `share` different places of `length`, in order: one somewhere in each of as many equal stretches.
fn places(seed: u64, name: &str, length: u64, share: u64) -> Vec<u64> {
    let somewhere = |stretch: u64| {
        let digest = Sha256::of(format!("{seed}/{name}/{stretch}").as_bytes());
        let [first, second, ..] = *digest.as_bytes();
        u64::from(first) << 8 | u64::from(second)
    };
    let place = |stretch: u64| {
        let (from, to) = (stretch * length / share, (stretch + 1) * length / share);
        from + somewhere(stretch) * (to - from) / (1 << 16)
    };
    (0..share.min(length)).map(place).collect()
}

struct Sampling<'a> {
    prepared: &'a Prepared,
    request: &'a Request,
    job: &'a Job<'a>,
}

impl Sampling<'_> {
    fn take(
        &self,
        places: &[u64],
        take: &mut impl FnMut(Sample) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        match &self.job.work {
            Work::Clip { clip, camera, .. } => self.frames_of(clip, camera, places, take),
            Work::Pictures { set, part } => {
                let plan::Predictor::Model(card) = &self.job.predictor else { return Ok(0) };
                let progress = Progress::new(0);
                let stills = Stills {
                    prepared: self.prepared,
                    request: self.request,
                    job: self.job,
                    card,
                    progress: &progress,
                };
                for place in places {
                    let place = part.start + *place as usize;
                    let planes = stills.planes(&set.pictures[place].file, place)?;
                    take(Sample { planes, input: None })?;
                }
                Ok(places.len())
            }
            Work::Plates { .. } | Work::Faces { .. } => Ok(0),
        }
    }

    fn frames_of(
        &self,
        clip: &Clip,
        camera: &Camera,
        places: &[u64],
        take: &mut impl FnMut(Sample) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let own = camera.input_size.filter(|_| self.request.meant_for(&self.job.model_id()) == camera.model);
        let input = own.map(|(width, height)| SizePx::new(width, height));
        let playback = self.play(clip, camera)?;
        let mut taken = 0;
        while let Some(frame) = playback.next() {
            if places.binary_search(&u64::from(frame.number - 1)).is_ok() {
                take(Sample { planes: frame.planes, input })?;
                taken += 1;
            }
        }
        playback.finish()?;
        Ok(taken)
    }

    fn play(&self, clip: &Clip, camera: &Camera) -> anyhow::Result<Playback> {
        let file = self.prepared.media.locate(&clip.file)?;
        Playback::open(&Playing {
            file: &file,
            camera,
            degradation: None,
            seed: self.prepared.seed,
            item: &self.job.item.id,
            pace: Pace::Lockstep,
            repeat: clip.repeat,
            limit: self.request.limit,
        })
    }

    /// Frames of the clip.
    fn length(&self, clip: &Clip, camera: &Camera) -> anyhow::Result<u64> {
        let playback = self.play(clip, camera)?;
        while playback.next().is_some() {}
        Ok(u64::from(playback.finish()?.frames))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_gives_as_much_as_the_others_while_it_has_it() {
        // Two clips, and a set of pictures in two parts.
        assert_eq!(shares(&[0, 1, 2, 2], &[1000, 500, 64, 16], 60), [20, 20, 16, 4]);
        assert_eq!(shares(&[0, 1], &[1000, 5], 60), [55, 5], "what one lacks another gives");
        assert_eq!(shares(&[0, 1], &[3, 5], 60), [3, 5], "nothing is taken twice");
        assert!(shares(&[], &[], 60).is_empty());
    }

    #[test]
    fn places_are_spread_evenly_and_hang_on_the_seed() {
        let found = places(1, "a", 100, 10);
        assert_eq!(found.len(), 10);
        for (stretch, place) in (0..).zip(&found) {
            assert!((stretch * 10..stretch * 10 + 10).contains(place), "{found:?}");
        }
        assert_eq!(found, places(1, "a", 100, 10));
        assert_ne!(found, places(2, "a", 100, 10));
        assert_eq!(places(1, "a", 5, 5), [0, 1, 2, 3, 4]);
        assert!(places(1, "a", 0, 0).is_empty());
    }
}
