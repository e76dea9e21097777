//! Pictures, plates and faces: each picture on its own.

use std::fs;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use ::faces::Embedding;
use anyhow::{Context as _, bail};
use datasets::dataset::{FaceSet, FilePin, PictureSet, PlateSample, PlateSet, TruthPicture};
use datasets::degrade::Degrader;
use datasets::report::REPLICATES;
use datasets::score::detection::{self, FoundBox, TruthBox};
use datasets::score::faces::{self, AllPairs, Pair, Resampling};
use datasets::score::plates::{self, PlateTruth, Reading};
use models::Card;
use vision::{
    ColourMatrix, ColourRange, OwnedPlanes, Picture, PictureLimits, PixelFormat, Planes as _, SizePx,
};

use super::Request;
use super::clip::{DETECTION_FLOOR, INFERENCE_LIMIT, box_px};
use super::exhibit::{self, frame_box};
use super::plan::{Job, Prepared};
use super::progress::Progress;
use super::sessions::Sessions;
use super::workers::{Done, Latency};
use crate::edge::Sight;

/// Pictures of a dataset are trusted further than those of a stranger.
const LIMITS: PictureLimits =
    PictureLimits { size: SizePx { width: 16_384, height: 16_384 }, pixels: 100_000_000 };

/// A job over pictures.
pub(crate) struct Stills<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) request: &'a Request,
    pub(crate) job: &'a Job<'a>,
    pub(crate) card: &'a Arc<Card>,
    pub(crate) progress: &'a Progress,
}

impl Stills<'_> {
    /// Objects in a `part` of the pictures of `set`.
    pub(crate) fn pictures(
        &self,
        set: &PictureSet,
        part: Range<usize>,
        sessions: &mut Sessions<'_>,
    ) -> anyhow::Result<Done> {
        let (first, pictures) = (part.start, &set.pictures[part]);
        let detector = sessions.detector(self.card, None)?;
        let camera = &self.prepared.bare_camera;
        let mut sight = Sight::new(camera, detector, INFERENCE_LIMIT, Some(DETECTION_FLOOR))?;
        let mut unit = self.job.unit(pictures.len() as u64);
        let (mut latency, mut exhibits) = (Latency::default(), Vec::new());
        for (place, truth) in (first..).zip(pictures) {
            let picture = self.open(&truth.file, place)?;
            let planes = Arc::new(planes_of(&picture)?);
            let begun = Instant::now();
            let detections = sight.look(planes).with_context(|| nth(place))?;
            latency.record(begun.elapsed());
            let found: Vec<FoundBox> = detections
                .iter()
                .map(|detection| {
                    let name =
                        self.card.classes.get(usize::from(detection.class)).map_or("unknown", String::as_str);
                    FoundBox {
                        class: self.prepared.dataset.class_for(self.job.item, name).to_owned(),
                        score: f64::from(detection.score),
                        bbox: box_px(&detection.bbox),
                    }
                })
                .collect();
            if self.wants_exhibits() {
                exhibits.extend(exhibit::missed_objects(&self.job.item.id, truth, &found, &picture));
            }
            unit.detect.push(detection::match_picture(&set.classes, &true_boxes(truth), &found));
            self.progress.frame();
        }
        Ok(Done { unit, exhibits, latency })
    }

    /// What is written on a `part` of the plates of `set`.
    pub(crate) fn plates(
        &self,
        set: &PlateSet,
        part: Range<usize>,
        sessions: &mut Sessions<'_>,
    ) -> anyhow::Result<Done> {
        let (first, plates) = (part.start, &set.plates[part]);
        let reader = sessions.plate_reader(self.card)?;
        let mut unit = self.job.unit(plates.len() as u64);
        let (mut latency, mut exhibits) = (Latency::default(), Vec::new());
        for (place, sample) in (first..).zip(plates) {
            let picture = self.open(&sample.file, place)?;
            let crop = match &sample.bbox {
                Some(area) => Picture::crop(&picture.view(), &frame_box(area)),
                None => picture,
            };
            let begun = Instant::now();
            let text = reader.read(&crop).with_context(|| nth(place))?;
            latency.record(begun.elapsed());
            let reading = if text.text.is_empty() {
                Reading::Rejected { reason: "empty".to_owned() }
            } else {
                Reading::Read { text: text.text, confidence: f64::from(text.confidence) }
            };
            let outcome = plates::match_plate(&true_plate(sample), &reading, None);
            if self.wants_exhibits() && !outcome.exact {
                exhibits.push(exhibit::wrong_plate(&self.job.item.id, sample, &reading, &crop));
            }
            unit.plates.push(outcome);
            self.progress.frame();
        }
        Ok(Done { unit, exhibits, latency })
    }

    /// How alike the faces of `set` are.
    pub(crate) fn faces(&self, set: &FaceSet, sessions: &mut Sessions<'_>) -> anyhow::Result<Done> {
        let embedder = sessions.embedder(self.card)?;
        let limit = self.request.limit.map_or(set.pairs.len(), |limit| set.pairs.len().min(limit as usize));
        let listed_pairs = &set.pairs[..limit];
        let all_pairs = set.all_pairs && self.request.limit.is_none();
        // With a limit, only the faces of the pairs that are left are looked at.
        let mut embeddings: Vec<Option<Embedding>> = vec![None; set.faces.len()];
        let mut wanted = vec![all_pairs; set.faces.len()];
        for pair in listed_pairs {
            wanted[pair.a] = true;
            wanted[pair.b] = true;
        }
        let mut unit = self.job.unit(wanted.iter().filter(|wanted| **wanted).count() as u64);
        let mut latency = Latency::default();
        for (index, face) in set.faces.iter().enumerate().filter(|(index, _)| wanted[*index]) {
            let picture = self.open(&face.file, index)?;
            let begun = Instant::now();
            let embedding = embedder.embed(&picture).with_context(|| nth(index))?;
            latency.record(begun.elapsed());
            embeddings[index] = Some(embedding);
            self.progress.frame();
        }
        let likeness = |a: usize, b: usize| match (&embeddings[a], &embeddings[b]) {
            (Some(a), Some(b)) => ::faces::cosine(a, b).map_or(f64::NAN, f64::from),
            // Every face that is compared was looked at above.
            _ => f64::NAN,
        };
        let listed: Vec<Pair> = listed_pairs
            .iter()
            .map(|pair| Pair {
                a: set.faces[pair.a].identity,
                b: set.faces[pair.b].identity,
                same: pair.same,
                score: likeness(pair.a, pair.b),
                fold: pair.fold,
            })
            .collect();
        let identities: Vec<u32> = set.faces.iter().map(|face| face.identity).collect();
        let all = all_pairs.then(|| AllPairs::compare(&identities, likeness));
        let resampling = Resampling { seed: self.prepared.seed, replicates: REPLICATES };
        unit.faces = Some(faces::match_faces(&listed, all.as_ref(), resampling));
        let exhibits = if self.wants_exhibits() {
            let face = |index: usize| self.open(&set.faces[index].file, index);
            exhibit::worst_pairs(&self.job.item.id, &listed, |pair| {
                Ok((face(listed_pairs[pair].a)?, face(listed_pairs[pair].b)?))
            })?
        } else {
            Vec::new()
        };
        Ok(Done { unit, exhibits, latency })
    }

    /// The picture numbered `place` of its set, where a frame is expected.
    ///
    /// # Errors
    /// When it cannot be used, without its name.
    pub(super) fn planes(&self, pin: &FilePin, place: usize) -> anyhow::Result<Arc<dyn vision::Planes>> {
        Ok(Arc::new(planes_of(&self.open(pin, place)?)?))
    }

    fn read(&self, pin: &FilePin) -> anyhow::Result<Picture> {
        let path = self.prepared.media.locate(pin)?;
        let bytes = fs::read(&path).with_context(|| format!("could not read `{}`", path.display()))?;
        Picture::decode(&bytes, LIMITS).with_context(|| format!("`{}`", path.display()))
    }

    fn wants_exhibits(&self) -> bool {
        self.request.exhibits && self.job.degradation.is_none() && self.job.counts
    }

    /// The picture numbered `place` of its set, spoiled as the job asks.
    ///
    /// # Errors
    /// Without the picture's name, which may be a person's or a plate's: that goes to the log alone.
    fn open(&self, pin: &FilePin, place: usize) -> anyhow::Result<Picture> {
        let picture = self.read(pin).inspect_err(|error| {
            tracing::error!(
                item = self.job.item.id,
                picture = pin.file,
                error = format!("{error:#}"),
                "unusable"
            );
        });
        let Ok(picture) = picture else { bail!("{} cannot be used, see the log", nth(place)) };
        Ok(match self.job.degradation {
            None => picture,
            Some(degradation) => {
                // Each picture of a set is a scene of its own.
                let unit = format!("{}/{}", self.job.item.id, pin.file);
                Degrader::new(degradation, self.prepared.seed, &unit, picture.size()).picture(&picture)
            }
        })
    }
}

/// A picture by its place in its set.
fn nth(place: usize) -> String {
    format!("picture {} of the set", place + 1)
}

pub(crate) fn true_boxes(truth: &TruthPicture) -> Vec<TruthBox> {
    let boxes = truth.boxes.iter();
    boxes
        .map(|truth| TruthBox {
            class: truth.class.clone(),
            bbox: truth.bbox,
            area: truth.area,
            crowd: truth.crowd,
        })
        .collect()
}

pub(crate) fn true_plate(sample: &PlateSample) -> PlateTruth {
    PlateTruth {
        text: sample.text.clone(),
        country: sample.country.clone(),
        lines: sample.lines,
        // Crops are given: nobody is asked to find the plate.
        bbox: None,
    }
}

/// The picture where a frame is expected.
fn planes_of(picture: &Picture) -> anyhow::Result<OwnedPlanes> {
    let stride = 3 * picture.size().width as usize;
    let planes = vec![(picture.rgb().to_vec(), stride)];
    Ok(OwnedPlanes::new(picture.size(), PixelFormat::Rgb8, ColourMatrix::Bt601, ColourRange::Full, planes)?)
}
