//! A tracker that has seen its largest scene allocates nothing and grows no more.
#![expect(clippy::expect_used, reason = "a test: a malformed box has to stop it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use track::{Observation, Tracker, TrackerSettings};
use vision::FrameBox;

/// The system's allocator, counting what this thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // Nobody counts in a thread that is being torn down.
    ALLOCATIONS.try_with(|count| count.set(count.get() + 1)).ok();
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one hands all on to the system's")]
// SAFETY: each call goes to `System` with the arguments it came with, and `System` keeps the trait's promises.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: `layout` is as the caller of this same function has to give it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `block` came from `System` with `layout`, and `size` is as the caller has to give it.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `System` with `layout`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PERIOD: usize = 200;

/// A scene of eight places in which people come, are missed now and then, are taken for something else, and go. It comes
/// again every [`PERIOD`] frames.
fn scene() -> Vec<Vec<Observation>> {
    let person = |place: usize, frame: usize| {
        let phase = (frame + 23 * place) % PERIOD;
        let here = phase < 120 && !(phase + place).is_multiple_of(9);
        let x = 80.0 * place as f32 + phase as f32 * 1.5;
        let bbox = FrameBox::new(x, 100.0, x + 40.0, 200.0).expect("valid");
        let (class, score) = if phase.is_multiple_of(5) { (1, 0.3) } else { (0, 0.9) };
        here.then_some(Observation { class, score, bbox })
    };
    (0..PERIOD).map(|frame| (0..8).filter_map(|place| person(place, frame)).collect()).collect()
}

fn settings() -> [TrackerSettings; 4] {
    let all = [
        TrackerSettings::default(),
        TrackerSettings::sort(),
        TrackerSettings::byte_track(),
        TrackerSettings { low_score: 0.1, ..TrackerSettings::oc_sort() },
    ];
    all.map(|settings| TrackerSettings { class_groups: vec![vec![0, 1]], ..settings })
}

/// Allocations of `frames` frames, after three periods to get used to the scene; and how many tracks there were.
fn allocations(settings: TrackerSettings, frames: usize, with_looks: bool) -> (u64, u64) {
    let scene = scene();
    let look = vec![1.0 / 16.0; 256];
    let looks = [with_looks.then_some(&look[..]); 8];
    let mut tracker = Tracker::new(settings);
    let (mut before, mut last_id) = (0, 0);
    for frame in 0..3 * PERIOD + frames {
        if frame == 3 * PERIOD {
            before = ALLOCATIONS.get();
        }
        let shown = &scene[frame % PERIOD];
        let at = Duration::from_millis(33) * frame as u32;
        let update = tracker.update_with_appearance(at, shown, &looks[..shown.len()]).expect("of length 1");
        last_id = update.active.last().map_or(last_id, |track| track.id.max(last_id));
    }
    (ALLOCATIONS.get() - before, last_id)
}

#[test]
fn ten_thousand_frames_allocate_nothing() {
    for settings in settings() {
        for with_looks in [false, true] {
            let (allocations, tracks) = allocations(settings.clone(), 10_000, with_looks);
            assert_eq!(allocations, 0, "{settings:?}, looks: {with_looks}");
            assert!(100 < tracks, "{tracks} tracks come and go");
        }
    }
}

/// What never allocates does not grow.
#[test]
fn a_million_frames_allocate_nothing() {
    for settings in [TrackerSettings::default(), TrackerSettings::oc_sort()] {
        assert_eq!(allocations(settings, 1_000_000, false).0, 0);
    }
}
