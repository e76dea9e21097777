use std::path::{Path, PathBuf};

use capture::{CameraSpec, CameraState, Frame, Recode, Source};
use vision::Picture;

use crate::support::{Watched, footage, made};

/// What came of a clip: the frames' times, and some of their pixels.
struct Played {
    times_ns: Vec<u64>,
    pictures: Vec<Picture>,
}

/// Every which frame's pixels are kept.
const KEPT: u64 = 15;

fn play(path: &Path, kbps: Option<u32>) -> Played {
    let recode = kbps.map(|kbps| Recode { kbps });
    let source = Source::File { path: path.to_owned(), started_unix_ns: 0, recode };
    let watched = Watched::open(CameraSpec::new("clip", source));
    let mut played = Played { times_ns: Vec::new(), pictures: Vec::new() };
    let mut keep = |frame: Frame| {
        played.times_ns.push(frame.clocks.received_ns);
        if frame.sequence % KEPT == KEPT - 1 {
            played.pictures.push(Picture::from_view(&frame.planes.view()));
        }
    };
    while let Some(frame) = watched.next_frame() {
        keep(frame);
    }
    assert_eq!(watched.wait_for(CameraState::Ended, 1), "footage played to its end");
    assert_eq!(watched.camera.status().counters.timestamps_repaired, 0);
    played
}

fn psnr_db(a: &Played, b: &Played) -> f64 {
    let samples = |played: &Played| -> Vec<u8> {
        played.pictures.iter().flat_map(|picture| picture.rgb()).copied().collect()
    };
    let (a, b) = (samples(a), samples(b));
    assert_eq!(a.len(), b.len());
    let squares: f64 = a.iter().zip(&b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * a.len() as f64 / squares).log10()
}

/// The clip's frames and times stay, and its pictures get worse with each lower bitrate.
fn worsens(clip: &Path, bitrates_kbps: &[u32]) -> Vec<f64> {
    let plain = play(clip, None);
    let mut quality_db = Vec::new();
    for &kbps in bitrates_kbps {
        let coded = play(clip, Some(kbps));
        assert_eq!(coded.times_ns, plain.times_ns, "{kbps} kbit/s");
        quality_db.push(psnr_db(&plain, &coded));
    }
    eprintln!("{}: {bitrates_kbps:?} kbit/s, {quality_db:.1?} dB", clip.display());
    assert!(quality_db[0].is_finite(), "nothing was coded");
    assert!(quality_db.windows(2).all(|pair| pair[1] + 0.5 < pair[0]), "{quality_db:.1?}");
    quality_db
}

#[test]
fn footage_over_a_thin_line_has_all_frames_and_worse_pictures() {
    let test = "footage_over_a_thin_line_has_all_frames_and_worse_pictures";
    let clips: Vec<PathBuf> =
        ["people_pets09_s2l1/pets09_s2l1_480x360.mp4", "vehicle_junction/junction_640x360.mp4"]
            .into_iter()
            .filter_map(|path| footage(test, path))
            .collect();
    for clip in clips {
        worsens(&clip, &[1000, 250, 60]);
    }
}

#[test]
fn the_same_line_gives_the_same_pictures() {
    let test = "the_same_line_gives_the_same_pictures";
    let Some(clip) = made(test, "I420", &["openh264enc", "h264parse"], false) else { return };
    let (first, second) = (play(&clip.path, Some(100)), play(&clip.path, Some(100)));
    assert_eq!(first.times_ns.len(), 40);
    assert!(first.times_ns == second.times_ns && first.pictures == second.pictures);
    let plain = play(&clip.path, None);
    assert!(plain.times_ns == first.times_ns && plain.pictures != first.pictures);
}

#[test]
fn colours_keep_their_standard_over_the_line() {
    let test = "colours_keep_their_standard_over_the_line";
    let Some(clip) = footage(test, "people_concourse/concourse_grey_1280x720.mp4") else { return };
    let [plain, coded] = [None, Some(Recode { kbps: 300 })].map(|recode| {
        let source = Source::File { path: clip.clone(), started_unix_ns: 0, recode };
        let frame = Watched::open(CameraSpec::new("clip", source)).frame();
        let view = frame.planes.view();
        (view.size(), view.matrix(), view.range())
    });
    assert_eq!(plain, coded);
}

#[test]
fn the_decoder_that_is_told_of_is_that_of_the_footage() {
    let test = "the_decoder_that_is_told_of_is_that_of_the_footage";
    let Some(clip) = made(test, "I420", &["x265enc", "h265parse"], false) else { return };
    let recode = Some(Recode { kbps: 300 });
    let source = Source::File { path: clip.path.clone(), started_unix_ns: 0, recode };
    let watched = Watched::open(CameraSpec::new("clip", source));
    watched.frame();
    assert_eq!(watched.camera.status().decoder.as_deref(), Some("avdec_h265"));
}
