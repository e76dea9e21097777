//! Sequences summed up.

use serde::Serialize;

use super::THRESHOLDS;
use super::matches::{Block, SequenceMatches};

/// Tracking scores over some sequences; rates are fractions, counts are of boxes where nothing else is said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackingScores {
    /// CLEAR-MOT accuracy: 1 at best, below 0 when errors outnumber true boxes.
    pub mota: f64,
    /// CLEAR-MOT precision: mean IoU of what was found.
    pub motp: f64,
    /// Mean of 1 - IoU over the correspondence of `motmetrics`; none when nothing was found.
    pub motp_distance: Option<f64>,
    /// Share of true boxes that were found.
    pub recall: f64,
    /// Share of found boxes that are right.
    pub precision: f64,
    /// Harmonic mean of `idp` and `idr`.
    pub idf1: f64,
    /// Share of found boxes whose track belongs to the object.
    pub idp: f64,
    /// Share of true boxes found by the track that belongs to the object.
    pub idr: f64,
    /// Mean of `hota_at`.
    pub hota: f64,
    /// Detection: mean of `deta_at`.
    pub deta: f64,
    /// Association: mean of `assa_at`.
    pub assa: f64,
    /// Localisation: mean of `loca_at`.
    pub loca: f64,
    /// Detection recall, mean over thresholds.
    pub detre: f64,
    /// Detection precision, mean over thresholds.
    pub detpr: f64,
    /// Association recall, mean over thresholds.
    pub assre: f64,
    /// Association precision, mean over thresholds.
    pub asspr: f64,
    /// Geometric mean of detection and association at each of [`super::thresholds`].
    pub hota_at: [f64; THRESHOLDS],
    /// Found of all that is true or found.
    pub deta_at: [f64; THRESHOLDS],
    /// Mean over matches of how far the two identities agree over the sequence.
    pub assa_at: [f64; THRESHOLDS],
    /// Mean IoU over matches.
    pub loca_at: [f64; THRESHOLDS],
    /// True boxes that were found.
    pub tp: u64,
    /// Found boxes without a true one.
    pub fp: u64,
    /// True boxes that were not found.
    #[serde(rename = "fn")]
    pub fn_: u64,
    /// Identity switches.
    pub ids: u64,
    /// Fragmentations.
    pub fm: u64,
    /// True objects that are mostly tracked.
    pub mt: u64,
    /// True objects that are partly tracked.
    pub pt: u64,
    /// True objects that are mostly lost.
    pub ml: u64,
    /// Tracks that went over to another object, as `motmetrics` counts.
    pub transfers: u64,
    /// Objects that went over to a new track, as `motmetrics` counts.
    pub ascends: u64,
    /// Tracks that went over to a new object, as `motmetrics` counts.
    pub migrates: u64,
    /// True boxes found by the track that belongs to the object.
    pub idtp: u64,
    /// Found boxes of which that cannot be said.
    pub idfp: u64,
    /// True boxes of which that cannot be said.
    pub idfn: u64,
    /// Length of all sequences.
    pub frames: u64,
    /// True boxes.
    pub objects: u64,
    /// Found boxes.
    pub predictions: u64,
    /// True objects.
    pub true_identities: u64,
    /// Found tracks.
    pub found_identities: u64,
}

/// Those of [`TrackingScores`] that follow from blocks of frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BlockScores {
    /// As in [`TrackingScores`].
    pub mota: f64,
    /// As in [`TrackingScores`].
    pub motp: f64,
    /// As in [`TrackingScores`].
    pub idf1: f64,
    /// As in [`TrackingScores`].
    pub hota: f64,
    /// As in [`TrackingScores`].
    pub deta: f64,
    /// As in [`TrackingScores`].
    pub assa: f64,
}

/// Scores over all `sequences` together, combined as `trackeval` combines them: every box weighs the same.
///
/// This is also what it prints for one sequence alone, whose MOTA without any true box it would else call 0.
pub fn score(sequences: &[&SequenceMatches]) -> TrackingScores {
    let mut sums = Sums::default();
    sequences.iter().flat_map(|sequence| &sequence.blocks).for_each(|block| sums.add(block, 1));
    let (fp, fn_) = (sums.predictions - sums.tp, sums.objects - sums.tp);
    let (deta_at, assa_at) = (sums.deta_at(), sums.assa_at());
    let hota_at = hota_at(&deta_at, &assa_at);
    let loca_at = sums.loca_at();
    let over_matches = |of: fn(&SequenceMatches) -> &[f64; THRESHOLDS]| {
        mean(&per_threshold(|at| {
            let sum: f64 = sequences.iter().map(|sequence| of(sequence)[at]).sum();
            sum / at_least_one(sums.hota_tp[at])
        }))
    };
    let total = |of: fn(&SequenceMatches) -> u32| sequences.iter().map(|s| u64::from(of(s))).sum::<u64>();
    let corresponding = total(|s| s.correspondence.matches);
    let distance: f64 = sequences.iter().map(|s| s.correspondence.distance).sum();
    TrackingScores {
        mota: sums.mota(),
        motp: sums.motp(),
        motp_distance: (0 < corresponding).then(|| distance / corresponding as f64),
        recall: share(sums.tp, sums.objects),
        precision: share(sums.tp, sums.predictions),
        idf1: sums.idf1(),
        idp: share(sums.idtp, sums.predictions),
        idr: share(sums.idtp, sums.objects),
        hota: mean(&hota_at),
        deta: mean(&deta_at),
        assa: mean(&assa_at),
        loca: mean(&loca_at),
        detre: mean(&per_threshold(|at| share(sums.hota_tp[at], sums.objects))),
        detpr: mean(&per_threshold(|at| share(sums.hota_tp[at], sums.predictions))),
        assre: over_matches(|s| &s.association_recall),
        asspr: over_matches(|s| &s.association_precision),
        hota_at,
        deta_at,
        assa_at,
        loca_at,
        tp: sums.tp,
        fp,
        fn_,
        ids: sums.ids,
        fm: total(|s| s.coverage.fragmentations),
        mt: total(|s| s.coverage.mostly_tracked),
        pt: total(|s| s.coverage.partly_tracked),
        ml: total(|s| s.coverage.mostly_lost),
        transfers: total(|s| s.correspondence.transfers),
        ascends: total(|s| s.correspondence.ascends),
        migrates: total(|s| s.correspondence.migrates),
        idtp: sums.idtp,
        idfp: sums.predictions - sums.idtp,
        idfn: sums.objects - sums.idtp,
        frames: total(|s| s.frames),
        objects: sums.objects,
        predictions: sums.predictions,
        true_identities: total(|s| s.true_identities),
        found_identities: total(|s| s.found_identities),
    }
}

/// Scores when each block counts as often as its weight says; all ones give those of [`score`].
///
/// For a bootstrap over time: weights are how often each block was drawn. It is conditional on the association found,
/// because A(c) and the track of each object stay those of the whole sequence.
///
/// # Panics
/// When there is not one weight per block, over all sequences in order.
pub fn score_blocks(sequences: &[&SequenceMatches], weights: &[u32]) -> BlockScores {
    let blocks = || sequences.iter().flat_map(|sequence| &sequence.blocks);
    assert_eq!(blocks().count(), weights.len(), "one weight per block");
    let mut sums = Sums::default();
    blocks().zip(weights).for_each(|(block, &weight)| sums.add(block, weight));
    let (deta_at, assa_at) = (sums.deta_at(), sums.assa_at());
    BlockScores {
        mota: sums.mota(),
        motp: sums.motp(),
        idf1: sums.idf1(),
        hota: mean(&hota_at(&deta_at, &assa_at)),
        deta: mean(&deta_at),
        assa: mean(&assa_at),
    }
}

/// Weighted sums of blocks; fields as in [`Block`].
#[derive(Default)]
struct Sums {
    objects: u64,
    predictions: u64,
    tp: u64,
    ids: u64,
    iou: f64,
    idtp: u64,
    hota_tp: [u64; THRESHOLDS],
    association: [f64; THRESHOLDS],
    hota_iou: [f64; THRESHOLDS],
}

impl Sums {
    fn add(&mut self, block: &Block, weight: u32) {
        if weight == 0 {
            return;
        }
        let (times, weight) = (u64::from(weight), f64::from(weight));
        self.objects += times * u64::from(block.objects);
        self.predictions += times * u64::from(block.predictions);
        self.tp += times * u64::from(block.tp);
        self.ids += times * u64::from(block.ids);
        self.iou += weight * block.iou;
        self.idtp += times * u64::from(block.idtp);
        for at in 0..THRESHOLDS {
            self.hota_tp[at] += times * u64::from(block.hota_tp[at]);
            self.association[at] += weight * block.association[at];
            self.hota_iou[at] += weight * block.hota_iou[at];
        }
    }

    fn mota(&self) -> f64 {
        let fp = self.predictions - self.tp;
        (self.tp as f64 - fp as f64 - self.ids as f64) / at_least_one(self.objects)
    }

    fn motp(&self) -> f64 {
        self.iou / at_least_one(self.tp)
    }

    fn idf1(&self) -> f64 {
        self.idtp as f64 / (0.5 * (self.objects + self.predictions) as f64).max(1.0)
    }

    fn deta_at(&self) -> [f64; THRESHOLDS] {
        per_threshold(|at| share(self.hota_tp[at], self.objects + self.predictions - self.hota_tp[at]))
    }

    fn assa_at(&self) -> [f64; THRESHOLDS] {
        per_threshold(|at| self.association[at] / at_least_one(self.hota_tp[at]))
    }

    fn loca_at(&self) -> [f64; THRESHOLDS] {
        per_threshold(|at| match self.hota_tp[at] {
            0 => 1.0,
            matches => self.hota_iou[at] / matches as f64,
        })
    }
}

fn hota_at(deta: &[f64; THRESHOLDS], assa: &[f64; THRESHOLDS]) -> [f64; THRESHOLDS] {
    per_threshold(|at| (deta[at] * assa[at]).sqrt())
}

fn per_threshold(value: impl FnMut(usize) -> f64) -> [f64; THRESHOLDS] {
    std::array::from_fn(value)
}

fn mean(values: &[f64; THRESHOLDS]) -> f64 {
    values.iter().sum::<f64>() / THRESHOLDS as f64
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / at_least_one(whole)
}

fn at_least_one(count: u64) -> f64 {
    count.max(1) as f64
}
