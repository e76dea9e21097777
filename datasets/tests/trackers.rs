//! Published trackers, as settings of ours, against their published figures on public detections.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

use std::path::Path;
use std::time::Duration;

use datasets::BoxPx;
use datasets::score::tracking::{Settings, TrackBox, TrackingScores, match_sequence, score};
use track::{Observation, TrackState, Tracker, TrackerSettings};
use vision::FrameBox;

/// Detections, truth and what the original SORT made of the detections.
struct Recording {
    detections: Vec<Row>,
    truth: Vec<TrackBox>,
    sort: Vec<TrackBox>,
    frames: u32,
}

/// A row of a file in MOTChallenge's text form: frame, id, left, top, width, height, score.
type Row = [f64; 7];

fn tud_campus(test: &str) -> Option<Recording> {
    let folder = "mot_metrics/TUD-Campus";
    recording(test, folder, ["det.txt", "gt.txt", "sort_output.txt"], 71)
}

fn pets(test: &str) -> Option<Recording> {
    recording(test, "people_pets09_s2l1", ["det/det.txt", "gt/gt.txt", "ref/sort_output.txt"], 795)
}

/// `None`: there is no mirror, return from `test`.
fn recording(test: &str, folder: &str, files: [&str; 3], frames: u32) -> Option<Recording> {
    let folder = models::testkit::mirror().join("footage").join(folder);
    if !folder.exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs {folder:?}");
        eprintln!("SKIPPED: {test}: needs {folder:?}");
        return None;
    }
    let [detections, truth, sort] = files.map(|file| rows(&folder.join(file)));
    // Rows of the truth with a confidence of 0 are not scored.
    let truth: Vec<_> = truth.into_iter().filter(|row| row[6] != 0.0).collect();
    Some(Recording { detections, truth: boxes(&truth), sort: boxes(&sort), frames })
}

fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let row = |line: &str| {
        let mut numbers = line.split(',').map(|field| field.trim().parse().expect("a number"));
        std::array::from_fn(|_| numbers.next().expect("seven numbers"))
    };
    text.lines().map(row).collect()
}

fn boxes(rows: &[Row]) -> Vec<TrackBox> {
    let of = |&[frame, id, left, top, width, height, _]: &Row| TrackBox {
        frame: frame as u32,
        id: id as u64,
        bbox: BoxPx { left, top, width, height },
        ignored: false,
    };
    rows.iter().map(of).collect()
}

/// What a tracker with these settings reports: confirmed tracks in the frames in which they are seen.
fn follow(recording: &Recording, settings: TrackerSettings) -> Vec<TrackBox> {
    let mut tracker = Tracker::new(settings);
    let mut reported = Vec::new();
    for frame in 1..=recording.frames {
        let rows = recording.detections.iter().filter(|row| row[0] as u32 == frame);
        let observations: Vec<_> = rows.map(observation).collect();
        // Both sequences are counted in frames; 25 a second is right for TUD-Campus.
        let update = tracker.update(Duration::from_millis(40) * frame, &observations);
        let seen = update.active.iter().filter(|track| track.state == TrackState::Confirmed);
        reported.extend(seen.map(|track| TrackBox {
            frame,
            id: track.id,
            bbox: box_px(&track.bbox),
            ignored: false,
        }));
    }
    reported
}

fn observation(&[_, _, left, top, width, height, score]: &Row) -> Observation {
    let bbox = [left, top, left + width, top + height].map(|edge| edge as f32);
    let bbox = FrameBox::new(bbox[0], bbox[1], bbox[2], bbox[3]).expect("a box");
    Observation { class: 0, score: score as f32, bbox }
}

fn box_px(bbox: &FrameBox) -> BoxPx {
    let [left, top, width, height] = [bbox.x0(), bbox.y0(), bbox.width(), bbox.height()].map(f64::from);
    BoxPx { left, top, width, height }
}

fn scores(recording: &Recording, found: &[TrackBox]) -> TrackingScores {
    let matches = match_sequence(recording.frames, &recording.truth, found, Settings::default());
    score(&[&matches.expect("boxes that can be scored")])
}

fn line(scores: &TrackingScores) -> String {
    let TrackingScores { hota, deta, assa, mota, idf1, fp, fn_, ids, .. } = scores;
    format!("HOTA {hota:.4} DetA {deta:.4} AssA {assa:.4} MOTA {mota:.4} IDF1 {idf1:.4} FP {fp} FN {fn_} IDs {ids}")
}

#[test]
fn explore() {
    for recording in [tud_campus("x").unwrap(), pets("x").unwrap()] {
        println!("reference {}", line(&scores(&recording, &recording.sort)));
        let base = TrackerSettings::oc_sort;
        for (name, settings) in [
            ("sort", TrackerSettings::sort()),
            ("byte", TrackerSettings::byte_track()),
            ("oc", base()),
            ("oc all dets", TrackerSettings { high_score: 0.0, low_score: 0.0, new_track_score: 0.0, ..base() }),
            ("oc byte", TrackerSettings { low_score: 0.1, ..base() }),
            ("oc .5", TrackerSettings { high_score: 0.5, low_score: 0.1, new_track_score: 0.5, ..base() }),
            ("oc once", TrackerSettings { confirmation: track::Confirmation::Once, ..base() }),
            ("oc size", TrackerSettings { motion: track::MotionModel::Size, ..base() }),
            ("default", TrackerSettings::default()),
        ] {
            println!("{name:12} {}", line(&scores(&recording, &follow(&recording, settings))));
        }
    }
}
