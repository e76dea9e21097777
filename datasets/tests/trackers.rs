//! Published trackers, as settings of ours, against their published figures on public detections.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use datasets::BoxPx;
use datasets::score::tracking::{Settings, TrackBox, TrackingScores, match_sequence, score};
use track::{Association, Observation, TrackState, Tracker, TrackerSettings};
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

/// The table of the datasets' tests: what each setting makes of a recording.
fn line(name: &str, scores: &TrackingScores) -> String {
    let TrackingScores { hota, deta, assa, mota, idf1, fp, fn_, ids, .. } = scores;
    format!(
        "{name:10} HOTA {hota:.4} DetA {deta:.4} AssA {assa:.4} MOTA {mota:.4} IDF1 {idf1:.4} FP {fp} FN {fn_} IDs {ids}"
    )
}

/// The same boxes in the same frames, to the hundredth of a pixel that the file keeps, under the same ids but for their
/// numbers.
fn assert_same_tracks(ours: &[TrackBox], theirs: &[TrackBox]) {
    let mut theirs_of_ours = BTreeMap::new();
    let mut ours_of_theirs = BTreeMap::new();
    assert_eq!(ours.len(), theirs.len(), "rows");
    for row in ours {
        let same = theirs.iter().find(|other| other.frame == row.frame && is_same(&other.bbox, &row.bbox));
        let same = same.unwrap_or_else(|| panic!("the reference has no {row:?}"));
        assert_eq!(*theirs_of_ours.entry(row.id).or_insert(same.id), same.id, "{row:?}");
        assert_eq!(*ours_of_theirs.entry(same.id).or_insert(row.id), row.id, "{row:?}");
    }
}

fn is_same(a: &BoxPx, b: &BoxPx) -> bool {
    let sides = |bbox: &BoxPx| [bbox.left, bbox.top, bbox.width, bbox.height];
    sides(a).into_iter().zip(sides(b)).all(|(a, b)| (a - b).abs() < 0.0051)
}

fn in_hundredths(boxes: &[TrackBox]) -> Vec<TrackBox> {
    let round = |side: f64| (side * 100.0).round() / 100.0;
    let rounded = |row: &TrackBox| {
        let BoxPx { left, top, width, height } = row.bbox;
        let [left, top, width, height] = [left, top, width, height].map(round);
        TrackBox { bbox: BoxPx { left, top, width, height }, ..*row }
    };
    boxes.iter().map(rounded).collect()
}

#[test]
fn sort_makes_of_public_detections_what_the_original_made() {
    let test = "sort_makes_of_public_detections_what_the_original_made";
    let Some(recording) = tud_campus(test) else { return };
    let reported = follow(&recording, TrackerSettings::sort());
    let TrackingScores { fp, fn_, ids, mota, .. } = scores(&recording, &reported);
    assert_eq!((fp, fn_, ids), (15, 113, 6));
    assert_eq!((mota * 1000.0).round(), 627.0);
    assert_same_tracks(&reported, &recording.sort);
}

#[test]
fn sort_follows_the_original_through_a_long_recording() {
    let test = "sort_follows_the_original_through_a_long_recording";
    let Some(recording) = pets(test) else { return };
    let reported = follow(&recording, TrackerSettings::sort());
    assert_same_tracks(&reported, &recording.sort);
    // The reference's scores are those of its file; unrounded, one box more reaches an overlap of a half.
    let TrackingScores { fp, fn_, ids, .. } = scores(&recording, &in_hundredths(&reported));
    assert_eq!((fp, fn_, ids), (485, 1119, 103));
}

#[test]
fn oc_sort_gains_three_points_of_hota_over_sort() {
    let test = "oc_sort_gains_three_points_of_hota_over_sort";
    for recording in [tud_campus(test), pets(test)].into_iter().flatten() {
        let of = |settings| scores(&recording, &follow(&recording, settings));
        let (sort, oc_sort) = (of(TrackerSettings::sort()), of(TrackerSettings::oc_sort()));
        // Part of the gain comes from waiting longer for who is unseen.
        let patient = of(TrackerSettings { association: Association::Sort, ..TrackerSettings::oc_sort() });
        println!("{}\n{}", line("sort", &sort), line("oc_sort", &oc_sort));
        println!("{}", line("patient", &patient));
        println!("{}", line("byte_track", &of(TrackerSettings::byte_track())));
        println!("{}", line("default", &of(TrackerSettings::default())));
        assert!(sort.hota + 0.03 <= oc_sort.hota, "{} after {}", oc_sort.hota, sort.hota);
        assert!(oc_sort.ids < sort.ids, "{} after {}", oc_sort.ids, sort.ids);
        // Seventy frames are too few to tell the two associations apart.
        if 500 < recording.frames {
            assert!(patient.hota < oc_sort.hota && oc_sort.ids < patient.ids, "{patient:?} {oc_sort:?}");
        }
    }
}
