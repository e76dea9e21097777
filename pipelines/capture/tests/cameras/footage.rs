use std::hash::{DefaultHasher, Hasher};
use std::path::Path;
use std::time::Duration;

use capture::{CameraSpec, CameraState, Frame, Source, Taken};
use vision::{Picture, PixelFormat, SizePx};

use crate::support::{LONG, Watched, footage, made, one_by_one};

const STARTED: i64 = 1_700_000_000_000_000_000;

fn played(path: &Path) -> CameraSpec {
    CameraSpec::new("clip", Source::File { path: path.to_owned(), started_unix_ns: STARTED, recode: None })
}

fn hash(frame: &Frame) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(Picture::from_view(&frame.planes.view()).rgb());
    hasher.finish()
}

/// Plays the clip to its end: the frames' count, clocks in order, and the pixels of some frames.
fn play(path: &Path) -> (usize, Vec<u64>, Vec<u64>) {
    let watched = Watched::open(played(path));
    let (mut times, mut hashes) = (Vec::new(), Vec::new());
    loop {
        let frame = match watched.camera.slot().take(LONG) {
            Taken::Frame(frame) => frame,
            Taken::Closed => break,
            Taken::TimedOut => panic!("neither frame nor end: {:?}", watched.camera.status()),
        };
        assert_eq!(frame.sequence, times.len() as u64, "a frame was lost");
        let clocks = frame.clocks;
        assert!(clocks.recorded && clocks.sensor_unix_ns.is_none());
        assert_eq!(clocks.wall_unix_ns, STARTED + clocks.received_ns as i64);
        times.push(clocks.received_ns);
        if frame.sequence % 400 == 3 {
            hashes.push(hash(&frame));
        }
    }
    assert_eq!(watched.wait_for(CameraState::Ended, 1), "footage played to its end");
    assert_eq!(watched.states(), [CameraState::Connecting, CameraState::Streaming, CameraState::Ended]);
    let counters = watched.camera.status().counters;
    assert_eq!((counters.superseded, counters.timestamps_repaired), (0, 0));
    (times.len(), times, hashes)
}

#[test]
fn footage_gives_every_frame_in_order_and_twice_the_same() {
    let Some(clip) = one_by_one("footage_gives_every_frame_in_order_and_twice_the_same") else { return };
    let (frames, times, hashes) = play(&clip);
    assert_eq!((frames, times[0]), (1394, 0));
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    assert!((times[1393] as f64 - 139.3e9).abs() < 0.2e9, "{}", times[1393]);
    assert_eq!(hashes.len(), 4);
    assert!(hashes.windows(2).all(|pair| pair[0] != pair[1]), "frames that should differ are equal");
    assert_eq!(play(&clip), (frames, times, hashes));
}

#[test]
fn frames_keep_their_size_decoder_and_colours() {
    let Some(clip) = one_by_one("frames_keep_their_size_decoder_and_colours") else { return };
    let watched = Watched::open(played(&clip));
    let frame = watched.frame();
    let status = watched.camera.status();
    assert_eq!(
        (frame.planes.view().size(), status.size),
        (SizePx::new(768, 432), Some(SizePx::new(768, 432)))
    );
    assert_eq!(frame.planes.view().matrix(), vision::ColourMatrix::Bt601);
    assert!(status.decoder.is_some_and(|decoder| decoder.contains("h264")), "{:?}", watched.camera.status());
    // Held beyond its pipeline, the picture stays what it was.
    let before = hash(&frame);
    watched.stop(Duration::from_secs(2));
    assert_eq!(hash(&frame), before);
}

#[test]
fn footage_above_the_rate_is_thinned_evenly() {
    let Some(clip) = one_by_one("footage_above_the_rate_is_thinned_evenly") else { return };
    let watched = Watched::open(CameraSpec { max_rate_hz: Some(5.0), ..played(&clip) });
    let mut sequences = Vec::new();
    for _ in 0..50 {
        sequences.push(watched.frame().sequence);
    }
    assert!(sequences.iter().copied().eq((0..50).map(|i| 2 * i)), "{sequences:?}");
    let over_rate = watched.camera.status().counters.over_rate;
    assert!((49..=51).contains(&over_rate), "{over_rate}");
}

#[test]
fn footage_in_another_pixel_format_is_converted() {
    let test = "footage_in_another_pixel_format_is_converted";
    let Some(clip) = made(test, "Y444", &["x265enc", "h265parse"], false) else { return };
    let watched = Watched::open(played(&clip.path));
    let frames = watched.all_frames();
    let view = frames[0].planes.view();
    assert_eq!((view.size(), frames.len()), (SizePx::new(320, 240), 40));
    assert!(matches!(view.format(), PixelFormat::I420 | PixelFormat::Nv12));
}

#[test]
fn footage_of_720_rows_has_the_colours_of_high_definition() {
    let test = "footage_of_720_rows_has_the_colours_of_high_definition";
    let Some(clip) = footage(test, "people_concourse/concourse_grey_1280x720.mp4") else { return };
    let watched = Watched::open(played(&clip));
    let view_of = watched.frame();
    let view = view_of.planes.view();
    assert_eq!((view.size(), view.matrix()), (SizePx::new(1280, 720), vision::ColourMatrix::Bt709));
}

#[test]
fn footage_that_waits_for_its_consumer_stops_at_once() {
    let Some(clip) = one_by_one("footage_that_waits_for_its_consumer_stops_at_once") else { return };
    let watched = Watched::open(played(&clip));
    assert_eq!(watched.frame().sequence, 0);
    // The second frame is in the slot, and the third waits at it; with one processor, the first is waited for.
    let alone = std::thread::available_parallelism().is_ok_and(|processors| processors.get() == 1);
    while watched.camera.status().counters.frames_in < if alone { 1 } else { 3 } {
        std::thread::yield_now();
    }
    let slot = std::sync::Arc::clone(watched.camera.slot());
    watched.stop(Duration::from_secs(1));
    // What the slot held when it was closed can still be taken.
    let mut left = std::iter::from_fn(|| match slot.take(LONG) {
        Taken::Frame(frame) => Some(frame.sequence),
        Taken::Closed => None,
        Taken::TimedOut => panic!("not closed"),
    });
    let expected = if alone { vec![] } else { vec![1] };
    assert!(left.by_ref().eq(expected));
}

#[test]
fn a_clip_with_sound_gives_its_pictures() {
    let test = "a_clip_with_sound_gives_its_pictures";
    let Some(clip) = made(test, "I420", &["openh264enc", "h264parse"], true) else { return };
    let (frames, times, _) = play(&clip.path);
    assert_eq!((frames, times[0]), (40, 0));
    assert!(
        times.windows(2).all(|pair| (39_000_000..41_000_000).contains(&(pair[1] - pair[0]))),
        "{times:?}"
    );
}

#[test]
fn a_clip_in_h265_gives_its_pictures() {
    let test = "a_clip_in_h265_gives_its_pictures";
    let Some(clip) = made(test, "I420", &["x265enc", "h265parse"], false) else { return };
    assert_eq!(play(&clip.path).0, 40);
}

#[test]
fn footage_that_cannot_be_played_ends_with_its_reason() {
    let folder = tempfile::tempdir().expect("folder");
    let text = folder.path().join("notes.mp4");
    std::fs::write(&text, "not a clip at all, but long enough to be looked at\n".repeat(200))
        .expect("written");
    let missing = folder.path().join("missing.mp4");
    let test = "footage_that_cannot_be_played_ends_with_its_reason";
    let mut cases =
        vec![(missing, CameraState::NoRoute, "No such file"), (text, CameraState::Undecodable, "text file")];
    let sound = made(test, "", &[], true);
    cases.extend(sound.as_ref().map(|clip| (clip.path.clone(), CameraState::NoMedia, "no video")));
    for (path, state, words) in cases {
        let watched = Watched::open(played(&path));
        assert!(watched.all_frames().is_empty());
        let reason = watched.wait_for(state, 1);
        assert!(!reason.is_empty() && reason.contains(words), "{}: {reason}", path.display());
        watched.stop(Duration::from_secs(2));
    }
}
