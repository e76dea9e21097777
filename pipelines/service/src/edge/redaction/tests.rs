use std::path::{Path, PathBuf};

use vision::sharpness;

use super::*;

const SIZE: SizePx = SizePx::new(320, 240);

fn frame() -> Picture {
    let grey = |i: u64| if (i % 320 / 3 + i / 320 / 3).is_multiple_of(2) { [210; 3] } else { [40; 3] };
    Picture::new(SIZE, (0..SIZE.area_px()).flat_map(grey).collect()).expect("fits")
}

fn bbox(x0: f32, y0: f32, x1: f32, y1: f32) -> FrameBox {
    FrameBox::new(x0, y0, x1, y1).expect("valid")
}

fn square(x0: f32, y0: f32, x1: f32, y1: f32) -> Vec<NormPoint> {
    [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(|(x, y)| NormPoint { x, y }).to_vec()
}

fn hiding() -> Redaction {
    let zones = vec![square(0.75, 0.0, 1.0, 0.25)];
    Redaction { zones, person: Some(0), blurs_people: true, ..Redaction::default() }
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let at = 3 * (y * picture.size().width + x) as usize;
    [picture.rgb()[at], picture.rgb()[at + 1], picture.rgb()[at + 2]]
}

#[test]
fn a_crop_a_part_and_the_whole_hide_the_same_places() {
    let (frame, redaction) = (frame(), hiding());
    let (subject, bystander) = (bbox(200.0, 20.0, 260.0, 140.0), bbox(100.0, 20.0, 160.0, 140.0));
    let area = bbox(90.0, 10.0, 300.0, 150.0);
    let exposed = Exposure::whole(frame.view());
    let whole = redaction.picture(&exposed, None, Some(&subject), &[bystander]);
    let crop = redaction.picture(&exposed, Some(&area), Some(&subject), &[bystander]);
    let (planes, rect) = frame.view().part(&area);
    let part = Exposure { view: planes.view(), rect, frame: SIZE };
    let part = redaction.picture(&part, None, Some(&subject), &[bystander]);
    assert_eq!((whole.masked, whole.blurred), (1, 1));
    assert_eq!((crop.masked, crop.blurred), (1, 1));
    assert_eq!(crop, part);
    assert_eq!(crop.picture, Picture::crop(&whole.picture.view(), &area));
    assert_eq!(pixel(&whole.picture, 280, 30), FILL);
    let (was, is) = (sharpness(&frame.view(), &bystander), sharpness(&whole.picture.view(), &bystander));
    assert!(is < 0.05 * was, "{is} of {was}");
    let free = bbox(200.0, 61.0, 260.0, 140.0);
    assert_eq!(Picture::crop(&whole.picture.view(), &free), Picture::crop(&frame.view(), &free));
}

#[test]
fn a_second_look_at_the_subject_is_no_bystander() {
    let (frame, redaction) = (frame(), hiding());
    let subject = bbox(20.0, 100.0, 60.0, 200.0);
    let exposed = Exposure::whole(frame.view());
    let shown = redaction.picture(&exposed, None, Some(&subject), &[bbox(18.0, 96.0, 62.0, 204.0)]);
    assert_eq!(shown.blurred, 0);
    let looks = [(0, subject), (0, bbox(18.0, 96.0, 62.0, 204.0)), (1, bbox(0.0, 0.0, 9.0, 9.0))];
    assert_eq!(redaction.people(looks.into_iter()), [subject]);
}

#[test]
fn a_picture_without_a_subject_shows_nobody_where_the_camera_says_so() {
    let (frame, mut redaction) = (frame(), hiding());
    let people = [bbox(20.0, 100.0, 60.0, 200.0), bbox(100.0, 100.0, 140.0, 200.0)];
    assert_eq!(redaction.overview(&frame, &people).blurred, 2);
    redaction.blurs_people = false;
    let shown = redaction.overview(&frame, &people);
    assert_eq!((shown.masked, shown.blurred), (1, 0));
}

#[test]
fn the_model_sees_all_but_what_it_is_not_to_see() {
    let (frame, mut redaction) = (frame(), hiding());
    assert!(redaction.seen_by_model(&frame.view()).is_none(), "no copy without need");
    redaction.blind = redaction.zones.clone();
    let seen = redaction.seen_by_model(&frame.view()).expect("a copy");
    let seen = Picture::from_view(&seen.view());
    assert_eq!(pixel(&seen, 280, 30), [0; 3]);
    assert_eq!(pixel(&seen, 100, 100), pixel(&frame, 100, 100));
}

#[test]
fn no_other_file_of_the_service_makes_a_picture_of_a_frame() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // A crop of a still that a dataset names: no camera, no frame.
    let allowed =
        ["edge/redaction.rs", "edge/redaction/tests.rs", "edge/best_look/tests.rs", "eval/stills.rs"];
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
            let makes = text.contains("Picture::crop(") || text.contains("Picture::from_view(");
            if makes && !allowed.contains(&name.as_str()) {
                found.push(name);
            }
        }
    }
    assert_eq!(found, Vec::<String>::new(), "pictures leave a frame through `edge::Redaction` alone");
}
