use engine::{Batching, ProviderRequest, Runtime};
use models::Card;
use vision::{ColourMatrix, ColourRange, OwnedPlanes, PixelFormat};

use super::super::SessionSettings;
use super::*;

const FRAME: SizePx = SizePx::new(1920, 1080);
const INPUT: SizePx = SizePx::new(416, 256);
const SCALE: f32 = 416.0 / 1920.0;

fn small(smallest_px: f32) -> SmallObjects {
    SmallObjects { smallest_px, band: (0.4, 0.5), tiles: Tiles::All }
}

#[test]
fn objects_that_the_whole_frame_shows_need_no_tile() {
    assert_eq!(small(111.0).tiles(FRAME, INPUT, SCALE, 24.0), []);
}

#[test]
fn the_smaller_the_object_the_more_tiles() {
    let count = |smallest_px| small(smallest_px).tiles(FRAME, INPUT, SCALE, 24.0).len();
    assert_eq!([100.0, 48.0, 24.0].map(count), [2, 3, 6]);
}

#[test]
fn a_tile_shows_the_smallest_object_as_large_as_the_model_needs_it() {
    let tiles = small(48.0).tiles(FRAME, INPUT, SCALE, 24.0);
    assert_eq!((tiles[0].width, tiles[0].height), (832, 512));
}

#[test]
fn a_tile_is_due_where_something_moves_or_is_followed_and_every_now_and_then() {
    let size = SizePx::new(64, 32);
    let frame: Arc<dyn Planes> = Arc::new(vision::Picture::new(size, vec![90; 3 * 64 * 32]).expect("fits"));
    let (left, right) = (FrameRect::new(0, 0, 32, 32), FrameRect::new(32, 0, 32, 32));
    let mut motion = MotionGrid::default();
    motion.update(&frame.view(), 0..32);
    let due = |region, looked: Option<u64>, at: Option<u64>, followed: &[FrameBox], motion: &MotionGrid| {
        let at = at.map(Duration::from_millis);
        let frame = Sighted { planes: Arc::clone(&frame), at, followed };
        is_due(region, looked.map(Duration::from_millis), &frame, motion)
    };
    assert!(
        due(left, Some(1000), Some(1001), &[], &motion),
        "nobody knows what moved before the first frame"
    );
    motion.update(&frame.view(), 0..32);
    assert!(!due(left, Some(1000), Some(1499), &[], &motion), "all is still");
    assert!(due(left, Some(1000), Some(1500), &[], &motion), "looked at long ago");
    assert!(due(left, None, Some(1), &[], &motion) && due(left, Some(1), None, &[], &motion), "never before");
    let followed = [FrameBox::new(4.0, 4.0, 8.0, 12.0).expect("valid")];
    assert!(due(left, Some(1000), Some(1001), &followed, &motion), "something there is followed");
    assert!(!due(right, Some(1000), Some(1001), &followed, &motion), "elsewhere");
}

/// A frame of nothing, and looks at it of a camera that has to see 20 of its pixels through `id`, at its own input size
/// or at `input`, were it a model whose card says `smallest_px`; `None` means: return from the test.
fn looks(id: &str, input: Option<SizePx>, smallest_px: u32) -> Option<(Arc<dyn Planes>, Looks)> {
    let file = models::testkit::model(id)?;
    let cards = models::builtin_cards().expect("built in");
    let card = models::find(&cards, id).expect("built in").clone();
    let runtime = Runtime::find(None).and_then(|library| Runtime::load(&library)).expect("ONNX Runtime");
    let settings = SessionSettings {
        queue: 1,
        intra_op_threads: 1,
        batch: Batching::default(),
        sessions: 1,
        provider: ProviderRequest::default(),
    };
    let card = Arc::new(Card { smallest_px, ..card });
    let detector = Detector::new(&runtime, card, &file, input, settings, 1).expect("a detector");
    let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Full);
    let planes = vec![(vec![114; 3 * 480 * 270], 3 * 480)];
    let frame = OwnedPlanes::new(SizePx::new(480, 270), PixelFormat::Rgb8, matrix, range, planes);
    let frame = Arc::new(frame.expect("a frame"));
    let looks = Looks::new(&detector, &frame.view(), Some(small(20.0))).expect("looks");
    Some((frame, looks))
}

#[test]
fn the_card_says_how_high_a_tile_shows_the_smallest_object() {
    // The look at the whole shows 20 pixels as 17.3.
    for (smallest_px, tile_px) in [(17, None), (20, Some(416)), (26, Some(320)), (40, Some(208))] {
        let Some((_, looks)) = looks("yolox-nano-416", None, smallest_px) else { return };
        assert_eq!(looks.tiles.first().map(|tile| tile.region.width), tile_px, "{smallest_px}");
    }
}

#[test]
fn a_tile_without_an_answer_costs_nothing_of_the_look_at_the_whole() {
    // So large that one run takes longer than all looks at a frame may.
    let input = Some(SizePx::new(2048, 1216));
    let Some((planes, mut looks)) = looks("yolox-nano", input, 200) else { return };
    assert!(!looks.tiles.is_empty());
    let mut look = |at_ms, limit| {
        let at = Some(Duration::from_millis(at_ms));
        let sighted = Sighted { planes: Arc::clone(&planes), at, followed: &[] };
        let found = looks.look(&sighted, 0.3, Wait::at_most(limit)).expect("the whole is looked at");
        (found.tile_missed, looks.tiles.iter().filter(|tile| tile.looked.is_some()).count())
    };
    let (missed, looked) = look(0, Duration::from_millis(100));
    assert!(matches!(missed, Some(DetectError::Engine(_))), "{missed:?}");
    assert_eq!(looked, 0, "it is due again");
    let (missed, looked) = look(1, Duration::from_secs(60));
    assert!(missed.is_none(), "{missed:?}");
    assert!(0 < looked);
}
