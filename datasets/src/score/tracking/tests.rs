use std::num::NonZeroU32;

use super::*;

fn at(frame: u32, id: u64, left: f64) -> TrackBox {
    TrackBox { frame, id, bbox: BoxPx { left, top: 0.0, width: 10.0, height: 20.0 }, ignored: false }
}

fn ignored(frame: u32, left: f64) -> TrackBox {
    TrackBox { ignored: true, ..at(frame, 0, left) }
}

fn in_blocks_of(block_frames: u32) -> Settings {
    Settings { block_frames: NonZeroU32::new(block_frames).unwrap(), ..Settings::default() }
}

fn scores(frames: u32, truth: &[TrackBox], found: &[TrackBox]) -> TrackingScores {
    score(&[&match_sequence(frames, truth, found, in_blocks_of(2)).unwrap()])
}

#[test]
fn what_is_found_under_one_id_has_the_best_scores() {
    let truth: Vec<_> = (1..=5).map(|frame| at(frame, 7, f64::from(frame))).collect();
    let found: Vec<_> = truth.iter().map(|item| TrackBox { id: 3, ..*item }).collect();
    let best = scores(5, &truth, &found);
    for value in [best.mota, best.motp, best.idf1, best.hota, best.deta, best.assa, best.loca] {
        assert_eq!(value, 1.0);
    }
    assert_eq!((best.fp, best.fn_, best.ids, best.fm, best.mt, best.ml), (0, 0, 0, 0, 1, 0));
}

#[test]
fn a_new_id_after_a_break_is_one_switch_and_one_fragmentation() {
    let truth: Vec<_> = (1..=5).map(|frame| at(frame, 7, 0.0)).collect();
    let far = at(3, 9, 100.0);
    let found = [at(1, 1, 0.0), at(2, 1, 0.0), far, at(4, 2, 0.0), at(5, 2, 0.0)];
    let broken = scores(5, &truth, &found);
    assert_eq!((broken.tp, broken.fp, broken.fn_, broken.ids, broken.fm, broken.pt), (4, 1, 1, 1, 1, 1));
    assert_eq!((broken.idtp, broken.idfp, broken.idfn), (2, 3, 3));
    assert_eq!(broken.mota, 2.0 / 5.0);
    assert_eq!(broken.ascends, 1);
}

#[test]
fn a_found_box_on_an_ignored_object_does_not_count() {
    let truth = [at(1, 7, 0.0), ignored(1, 100.0), ignored(1, 200.0)];
    let found = [at(1, 1, 0.0), at(1, 2, 101.0), at(1, 3, 300.0)];
    let scores = scores(1, &truth, &found);
    assert_eq!((scores.objects, scores.predictions, scores.tp, scores.fp), (1, 2, 1, 1));
    assert_eq!((scores.true_identities, scores.found_identities), (1, 2));
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let refused = |frames, truth: &[TrackBox], found: &[TrackBox]| {
        match_sequence(frames, truth, found, Settings::default()).unwrap_err().to_string()
    };
    let good = at(1, 1, 0.0);
    assert_eq!(refused(2, &[at(3, 4, 0.0)], &[good]), "true box of id 4 is in frame 3, expected 1 to 2");
    assert_eq!(refused(2, &[good], &[at(0, 4, 0.0)]), "found box of id 4 is in frame 0, expected 1 to 2");
    assert_eq!(
        refused(2, &[good], &[good, at(2, 1, 0.0), at(1, 1, 50.0)]),
        "found id 1 is twice in frame 1, expected once at most"
    );
    for left in [f64::NAN, f64::INFINITY] {
        assert!(refused(2, &[at(1, 4, left)], &[good]).starts_with("true box of id 4 in frame 1 is BoxPx"));
    }
    let mut negative = good;
    negative.bbox.width = -1.0;
    assert!(refused(2, &[negative], &[]).ends_with("expected finite values and no negative side"));
    for iou in [0.0, 1.5, f64::NAN] {
        assert!(match_sequence(1, &[], &[], Settings { iou, ..Settings::default() }).is_err());
    }
}

#[test]
fn blocks_of_weight_one_score_as_the_whole_and_weights_are_copies() {
    let truth: Vec<_> = (1..=7).flat_map(|f| [at(f, 1, f64::from(f)), at(f, 2, 40.0)]).collect();
    let found: Vec<_> =
        (1..=7).flat_map(|f| [at(f, 1 + u64::from(f / 4), f64::from(f + f % 3)), at(f, 9, 43.0)]).collect();
    let matches = match_sequence(7, &truth, &found, in_blocks_of(3)).unwrap();
    let other = match_sequence(2, &truth[..4], &found[2..4], in_blocks_of(3)).unwrap();
    assert_eq!((matches.blocks.len(), other.blocks.len()), (3, 1));
    let both = [&matches, &other];
    let whole = score(&both);
    let expected = BlockScores {
        mota: whole.mota,
        motp: whole.motp,
        idf1: whole.idf1,
        hota: whole.hota,
        deta: whole.deta,
        assa: whole.assa,
    };
    assert_eq!(score_blocks(&both, &[1; 4]), expected);
    assert!(score_blocks(&both, &[0, 2, 1, 1]) != expected);
    let twice = score_blocks(&[&matches, &matches], &[1; 6]);
    assert!((score_blocks(&[&matches], &[2; 3]).hota - twice.hota).abs() < 1e-12);
    assert_eq!(score_blocks(&both, &[0; 4]).mota, 0.0);
}

#[test]
fn a_block_holds_what_happened_in_its_frames() {
    let truth: Vec<_> = (1..=4).map(|frame| at(frame, 7, 0.0)).collect();
    let matches = match_sequence(4, &truth, &truth[2..], in_blocks_of(2)).unwrap();
    let second = score_blocks(&[&matches], &[0, 1]);
    // Two boxes of four are found: association is that of the whole sequence.
    let hota = 0.5_f64.sqrt();
    let expected = BlockScores { mota: 1.0, motp: 1.0, idf1: 1.0, deta: 1.0, assa: 0.5, hota };
    assert!((second.hota - hota).abs() < 1e-12);
    assert_eq!(BlockScores { hota, ..second }, expected);
    let first = score_blocks(&[&matches], &[1, 0]);
    assert_eq!((first.mota, first.idf1, first.deta, first.assa), (0.0, 0.0, 0.0, 0.0));
}

#[test]
fn matches_can_be_stored() {
    let truth: Vec<_> = (1..=7).map(|f| at(f, 1, f64::from(f))).collect();
    let found: Vec<_> = (1..=7).map(|f| at(f, 1, f64::from(f) + 1.5)).collect();
    let matches = match_sequence(7, &truth, &found, in_blocks_of(7)).unwrap();
    let text = serde_json::to_string(&matches).unwrap();
    assert!(text.len() < 2_000, "{text}");
    let read: SequenceMatches = serde_json::from_str(&text).unwrap();
    assert_eq!(read, matches);
}
