//! Pictures of passages: privacy zones are filled in all of them, bystanders are blurred and the subject is not, and a
//! better look than the deciding one is added when there was one. On recorded footage, twice to the same bytes.

use std::path::PathBuf;

use proto::v1 as pb;
use vision::{FrameBox, Picture, Planes as _, SizePx, sharpness};

use crate::footage::Run;
use crate::harness::{model_store, people_clip};

/// Everybody who is in the picture, as soon as the tracker believes in them.
const ANYBODY: &str = "[[camera.zone]]\nid = \"all\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n\
    [[camera.rule]]\nid = \"anybody\"\nversion = 1\nzone = \"all\"\nclasses = [\"person\"]\n\
    min-travel = 0.0\nmin-score = 0.3\n";

const PRIVACY: &str =
    "[[camera.privacy]]\nid = \"corner\"\npolygon = [[0.7, 0.0], [1.0, 0.0], [1.0, 0.3], [0.7, 0.3]]\n";

/// Several people at a time; of the shared footage, which has no card of its own.
fn crowd_clip() -> Option<PathBuf> {
    let clip = datasets::testkit::mirror().join("people_pets09_s2l1/pets09_s2l1_480x360.mp4");
    if clip.is_file() {
        return Some(clip);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "needs `{}`", clip.display());
    eprintln!("SKIPPED: needs `{}`", clip.display());
    None
}

fn of_role(event: &pb::Event, role: pb::EvidenceRole) -> Vec<&pb::Evidence> {
    event.evidence.iter().filter(|evidence| evidence.role() == role).collect()
}

fn object(evidence: &pb::Evidence, size: SizePx) -> FrameBox {
    let pb::Box2 { x0, y0, x1, y1 } = evidence.object.expect("an object");
    let (width, height) = (size.width as f32, size.height as f32);
    FrameBox::new(x0 * width, y0 * height, x1 * width, y1 * height).expect("a box")
}

#[test]
fn bystanders_are_blurred_the_subject_is_not_and_privacy_zones_are_filled() {
    let (Some(store), Some(clip)) = (model_store(), crowd_clip()) else { return };
    let hidden = format!("{PRIVACY}{ANYBODY}")
        .replace("[[camera.privacy]]", "[camera.evidence]\nblur-bystanders = true\n[[camera.privacy]]");
    let (plain, hidden) = (Run::of(&store, "", &clip, ANYBODY), Run::of(&store, "", &clip, &hidden));
    let (before, after) =
        (plain.in_state(pb::PassageState::Opened), hidden.in_state(pb::PassageState::Opened));
    assert_eq!(before.len(), after.len(), "what is hidden in pictures changes no event");

    let mut pairs = 0;
    for ((passage, seen), (_, shown)) in before.iter().zip(&after) {
        let (seen, shown) =
            (of_role(seen, pb::EvidenceRole::Snapshot)[0], of_role(shown, pb::EvidenceRole::Snapshot)[0]);
        assert_eq!((seen.masked, seen.blurred, shown.masked), (0, 0, 1));
        let (was, is) = (plain.picture(seen), hidden.picture(shown));
        let size = is.size();
        let (width, height) = (size.width as f32, size.height as f32);
        // Eight pixels of a JPEG block stay off the border.
        let corner = FrameBox::new(0.7 * width + 8.0, 0.0, width, 0.3 * height - 8.0).expect("a box");
        let filled = Picture::crop(&is.view(), &corner);
        assert!(filled.rgb().iter().all(|&value| value < 8), "privacy zone shows something");

        let subject = object(seen, size);
        // Others who were seen for long enough in the same frame.
        for (other, their) in &before {
            let their = of_role(their, pb::EvidenceRole::Snapshot)[0];
            let bystander = object(their, size);
            let apart = bystander.grown(0.1).iou(&subject.grown(0.1)) == 0.0;
            let free = bystander.iou(&corner.grown(0.2)) == 0.0 && subject.iou(&corner.grown(0.2)) == 0.0;
            if their.clocks != seen.clocks || other.passage_id == passage.passage_id || !apart || !free {
                continue;
            }
            pairs += 1;
            assert!(0 < shown.blurred);
            let of = |picture: &Picture, area: &FrameBox| sharpness(&picture.view(), area);
            let (theirs_was, theirs_is) = (of(&was, &bystander), of(&is, &bystander));
            assert!(theirs_is < 0.35 * theirs_was, "bystander {theirs_is} of {theirs_was}");
            let inner = subject.grown(-0.1);
            let (ours_was, ours_is) = (of(&was, &inner), of(&is, &inner));
            assert!((ours_is / ours_was - 1.0).abs() < 0.05, "subject {ours_is} of {ours_was}");
        }
    }
    assert!(4 <= pairs, "only {pairs} pairs of people in one frame");
}

#[test]
fn a_look_from_nearer_is_added_and_the_deciding_one_stays() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let camera = format!("{PRIVACY}{ANYBODY}");
    let (run, again) = (Run::of(&store, "", &clip, &camera), Run::of(&store, "", &clip, &camera));
    assert!(run.events == again.events, "the same clip gives the same pictures");

    let closed = run.in_state(pb::PassageState::Closed);
    let opened = run.in_state(pb::PassageState::Opened);
    assert!(5 <= closed.len(), "{} passages", closed.len());
    let mut with_best = 0;
    for (passage, event) in &closed {
        let (_, opening) = opened
            .iter()
            .find(|(opening, _)| opening.passage_id == passage.passage_id)
            .expect("opened before it was closed");
        // No revision takes a picture back.
        assert_eq!(event.evidence[..opening.evidence.len()], opening.evidence[..]);
        let [deciding] = of_role(event, pb::EvidenceRole::DecidingCrop)[..] else {
            panic!("one deciding crop")
        };
        let crops = of_role(event, pb::EvidenceRole::BestCrop);
        assert!(crops.len() <= 2);
        let mut have = deciding;
        for best in crops {
            with_best += 1;
            assert!(1.25 * have.look_score() < best.look_score(), "{have:?} {best:?}");
            // By the picture itself, without what the box knew.
            let worth = |evidence: &pb::Evidence| {
                let picture = run.picture(evidence);
                let sharp = sharpness(&picture.view(), &FrameBox::whole(picture.size()));
                (picture.size().area_px() as f32).sqrt() * sharp / (sharp + 20.0)
            };
            assert!(worth(deciding) < worth(best), "{deciding:?} {best:?}");
            assert_ne!(best.clocks, deciding.clocks, "a look at another time");
            have = best;
        }
    }
    assert!(3 <= with_best, "{with_best} better looks in {} passages", closed.len());
}
