//! Plates of vehicles are read on their tracks: confirmed by several looks, told with every character's probability and with
//! the frame that was read; what is not read has a reason.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use delivery::testkit::Mosquitto;
use prost::Message as _;
use proto::v1 as pb;
use vision::{FrameBox, Picture, PictureLimits, Planes as _, SizePx};

use crate::footage::Run;
use crate::harness::{PATIENCE, TestBox, any_box, model_store};
use crate::{plate_lists, still_clip};

const LOCATOR: &str = "plate-hyperlpr-320";
const CHINESE: &str = "plate-lprnet-sirius";
const LATIN: &str = "plate-cct-xs-v1";

const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 };

/// Every vehicle in the picture, its plate read by `reader`.
fn any_vehicle(reader: &str) -> String {
    format!(
        "[camera.plates]\nlocator = \"{LOCATOR}\"\nreader = \"{reader}\"\n\
         [[camera.zone]]\nid = \"all\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n\
         [[camera.rule]]\nid = \"vehicle\"\nversion = 1\nzone = \"all\"\nanchor = \"centre\"\n\
         classes = [\"car\", \"truck\", \"bus\", \"motorcycle\"]\nconfirm = {{ hits = 3, of = 6 }}\n\
         min-travel = 0.0\nmin-score = 0.3\n"
    )
}

/// The store with the default detector, the locator and the reader.
fn store(reader: &str) -> Option<PathBuf> {
    models::testkit::model(LOCATOR)?;
    models::testkit::model(reader)?;
    model_store()
}

/// A file of the shared footage of plates, which has no card of its own.
fn footage(file: &str) -> Option<PathBuf> {
    let path = datasets::testkit::mirror().join("plates").join(file);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "needs `{}`", path.display());
    eprintln!("SKIPPED: needs `{}`", path.display());
    None
}

fn picture(path: &Path) -> Picture {
    Picture::decode(&std::fs::read(path).expect("readable"), LIMITS).expect("a picture")
}

/// Pixels by which a camera that drives past sees the picture move.
const WAY: u32 = 96;

/// `count` frames of a part of `picture` that moves over it by `step` pixels a frame.
fn frames(picture: &Picture, count: u32, step: u32) -> Vec<Picture> {
    let size = picture.size();
    let (width, height) = ((size.width - WAY) & !1, (size.height - WAY) & !1);
    let part = |frame: u32| {
        let shift = (frame * step).min(WAY) as f32;
        let area = FrameBox::new(shift, shift / 2.0, shift + width as f32, shift / 2.0 + height as f32);
        Picture::crop(&picture.view(), &area.expect("a box"))
            .resized(SizePx::new(width, height))
            .expect("fits")
    };
    (0..count).map(part).collect()
}

/// The plates of the vehicles that have gone, with their events.
fn read(run: &Run) -> Vec<(&pb::PlateRead, &pb::Event)> {
    let closed = run.in_state(pb::PassageState::Closed);
    let one = |(passage, event): (_, _)| {
        let passage: &pb::Passage = passage;
        assert_eq!(passage.plates.len(), 1, "a vehicle has one plate");
        (&passage.plates[0], event)
    };
    closed.into_iter().map(one).collect()
}

fn rates(run: &Run) -> &pb::PlateRates {
    let rates = run.events.iter().filter_map(|event| match &event.body {
        Some(pb::event::Body::PlateRates(rates)) => Some((rates, event.priority())),
        _ => None,
    });
    let [(rates, pb::Priority::Telemetry)] = rates.collect::<Vec<_>>()[..] else { panic!("one report") };
    assert_eq!(rates.partial, "stream ended");
    let unread: u32 = rates.unread.iter().map(|unread| unread.vehicles).sum();
    assert_eq!(rates.vehicles, rates.confirmed + rates.single_look + unread, "{rates:?}");
    rates
}

#[test]
fn a_plate_that_several_looks_agree_on_is_confirmed_with_the_frame_that_was_read() {
    let (Some(store), Some(file)) = (store(CHINESE), footage("cn_scenes/ccpd_demo_1.jpg")) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let clip = dir.path().join("moving.avi");
    still_clip::write(&clip, &frames(&picture(&file), 24, 4), 10);
    let run = Run::of(&store, "", &clip, &any_vehicle(CHINESE));
    let plates = read(&run);
    let confirmed: Vec<_> =
        plates.iter().filter(|(plate, _)| plate.status() == pb::PlateStatus::Confirmed).collect();
    let [(plate, event)] = confirmed[..] else { panic!("{plates:#?}") };
    // By ground truth.
    assert_eq!((plate.raw.as_str(), plate.reason()), ("皖AUJ299", pb::UnreadReason::Unspecified));
    assert_eq!(plate.characters.len(), 7);
    let weakest = plate.characters.iter().map(|read| read.probability).fold(1.0, f32::min);
    assert!(0.7 <= plate.confidence && plate.confidence <= weakest, "{plate:#?}");
    assert!(2 <= plate.agreeing && plate.agreeing <= plate.looks && plate.looks <= plate.searches);
    let best = &plate.matches[0];
    assert_eq!((best.country.as_str(), best.kind.as_str(), best.text.as_str()), ("CN", "car", "皖AUJ299"));
    assert!(best.corrections.is_empty());

    let models: Vec<&str> = event.models.iter().map(|model| model.card_id.as_str()).collect();
    assert_eq!(models, ["yolox-nano", LOCATOR, CHINESE], "who took part");
    let frame = event.evidence.iter().find(|evidence| evidence.sha256 == plate.evidence_sha256);
    let frame = frame.expect("the frame that was read is evidence");
    assert_eq!(frame.role(), pb::EvidenceRole::PlateFrame);
    let shown = run.picture(frame);
    assert_eq!((shown.size().width, shown.size().height), (frame.width_px, frame.height_px));
    let vehicle = frame.object.expect("where the vehicle is");
    assert_eq!(plate.corners.len(), 4);
    for corner in &plate.corners {
        assert!((vehicle.x0..=vehicle.x1).contains(&corner.x), "{plate:#?}");
        assert!((vehicle.y0..=vehicle.y1).contains(&corner.y), "{plate:#?}");
    }
    assert_eq!(rates(&run).confirmed, 1);

    let again = Run::of(&store, "", &clip, &any_vehicle(CHINESE));
    assert!(run.events == again.events, "the same clip gives the same reads");
}

#[test]
fn one_picture_over_and_over_is_a_single_look() {
    let (Some(store), Some(file)) = (store(CHINESE), footage("cn_scenes/ccpd_demo_1.jpg")) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let clip = dir.path().join("still.avi");
    still_clip::write(&clip, &frames(&picture(&file), 24, 0), 10);
    let run = Run::of(&store, "", &clip, &any_vehicle(CHINESE));
    let plates = read(&run);
    let right: Vec<_> = plates.iter().filter(|(plate, _)| plate.raw == "皖AUJ299").collect();
    let [(plate, _)] = right[..] else { panic!("{plates:#?}") };
    assert_eq!((plate.status(), plate.agreeing), (pb::PlateStatus::SingleLook, 1), "{plate:#?}");
    assert!(2 < plate.looks);
}

#[test]
fn a_plate_too_small_to_be_read_says_so() {
    let (Some(store), Some(file)) = (store(CHINESE), footage("cn_scenes/ccpd_demo_1.jpg")) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let clip = dir.path().join("moving.avi");
    still_clip::write(&clip, &frames(&picture(&file), 24, 4), 10);
    let far = any_vehicle(CHINESE).replace("[camera.plates]\n", "[camera.plates]\nmin-width-px = 1000\n");
    let run = Run::of(&store, "", &clip, &far);
    let plates = read(&run);
    assert!(!plates.is_empty());
    for (plate, _) in &plates {
        assert_eq!((plate.status(), plate.reason()), (pb::PlateStatus::Rejected, pb::UnreadReason::TooSmall));
        assert_eq!((plate.raw.as_str(), plate.searches), ("", 0), "no vehicle is wide enough");
    }
    let rates = rates(&run);
    assert_eq!((rates.confirmed, rates.single_look), (0, 0));
    assert_eq!(rates.unread[0].reason(), pb::UnreadReason::TooSmall);
}

#[test]
fn nothing_wrong_is_confirmed_on_the_recorded_car_park() {
    let (Some(store), Some(clip), Some(truth)) = (
        store(LATIN),
        footage("vn_parking_clip/vn_parking_clip.mp4"),
        footage("vn_parking_clip/gt_plates.csv"),
    ) else {
        return;
    };
    let truth = std::fs::read_to_string(truth).expect("ground truth");
    let texts: Vec<&str> = truth.lines().skip(1).filter_map(|line| line.split(',').nth(6)).collect();
    let run = Run::of(&store, "", &clip, &any_vehicle(LATIN));
    let plates = read(&run);
    assert!(!plates.is_empty());
    for (plate, _) in &plates {
        match plate.status() {
            pb::PlateStatus::Confirmed => {
                assert!(texts.contains(&plate.matches[0].text.as_str()), "{plate:#?}");
            }
            pb::PlateStatus::SingleLook => {}
            _ => assert_ne!(plate.reason(), pb::UnreadReason::Unspecified, "{plate:#?}"),
        }
    }
    rates(&run);
}

#[test]
fn a_read_goes_over_the_broker_and_is_counted_without_its_text() {
    let (Some(store), Some(file)) = (store(CHINESE), footage("cn_scenes/ccpd_demo_1.jpg")) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let clip = dir.path().join("moving.avi");
    still_clip::write(&clip, &frames(&picture(&file), 24, 4), 10);
    let broker = Mosquitto::start().expect("mosquitto");
    let mut subscriber = Subscriber::connect(broker.port(), "cairn/v1/test-box/events/#");
    let public = plate_lists::new_key(dir.path());
    let signed =
        plate_lists::sign(dir.path(), "stolen", "watch", 7, "plate,country,note\n皖A·UJ299,CN,case 12\n");
    assert!(signed.status.success());
    let config = any_box(&store)
        + &plate_lists::settings(dir.path(), &public, "stolen", "watch")
        + &format!(
            "[delivery.mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n[[camera]]\nid = \"c\"\nurl = \"file:{}\"\n{}",
            broker.port(),
            clip.display(),
            any_vehicle(CHINESE)
        );
    let edge = TestBox::start(&config);
    let mut read = None;
    loop {
        let (topic, payload) = subscriber.next();
        let event = pb::Event::decode(payload.as_slice()).expect("an event");
        match event.body {
            Some(pb::event::Body::Passage(passage)) if passage.state() == pb::PassageState::Closed => {
                read = passage
                    .plates
                    .into_iter()
                    .find(|plate| plate.status() == pb::PlateStatus::Confirmed)
                    .or(read);
            }
            // The last that the clip leads to.
            Some(pb::event::Body::PlateRates(rates)) => {
                assert_eq!(topic, "cairn/v1/test-box/events/plate_rates");
                assert_eq!(rates.confirmed, 1, "{rates:?}");
                break;
            }
            _ => {}
        }
    }
    let read = read.expect("a confirmed read");
    assert_eq!(read.raw, "皖AUJ299");
    let [entry] = read.lists.as_slice() else { panic!("{read:#?}") };
    let list = entry.list.as_ref().expect("of a list");
    assert_eq!((list.name.as_str(), list.kind(), list.version), ("stolen", pb::ListKind::Watch, 7));
    assert_eq!((entry.note.as_str(), entry.fuzzy), ("case 12", false));
    assert_eq!(read.lists_asked, std::slice::from_ref(list));
    let (code, metrics) = edge.get("/metrics");
    assert_eq!(code, 200);
    let line = "cairn_plates_total{camera=\"c\",status=\"confirmed\",reason=\"\"} 1";
    assert!(metrics.lines().any(|told| told == line || told == format!("{line}.0")), "{metrics}");
    assert!(!metrics.contains("AUJ299"), "no plate in a label");
}

/// A subscriber over MQTT 3.1.1 at QoS 0, as any tool would be.
struct Subscriber(TcpStream);

impl Subscriber {
    fn connect(port: u16, topic: &str) -> Self {
        let text = |text: &str| [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("broker");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let connect = [text("MQTT"), vec![4, 2, 0, 60], text("centre")].concat();
        stream.write_all(&[&[0x10, connect.len() as u8][..], &connect].concat()).expect("sent");
        let mut connack = [0; 4];
        stream.read_exact(&mut connack).expect("answered");
        let subscribe = [vec![0, 1], text(topic), vec![0]].concat();
        stream.write_all(&[&[0x82, subscribe.len() as u8][..], &subscribe].concat()).expect("sent");
        let mut suback = [0; 5];
        stream.read_exact(&mut suback).expect("answered");
        assert_eq!((connack, suback), ([0x20, 2, 0, 0], [0x90, 3, 0, 1, 0]));
        Self(stream)
    }

    /// The next message: its topic and payload.
    fn next(&mut self) -> (String, Vec<u8>) {
        let mut byte = || {
            let mut byte = [0];
            self.0.read_exact(&mut byte).expect("a message in time");
            usize::from(byte[0])
        };
        assert_eq!(byte() >> 4, 3, "a message");
        let (mut length, mut shift) = (0, 0);
        loop {
            let part = byte();
            length |= (part & 0x7f) << shift;
            shift += 7;
            if part < 0x80 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("whole");
        let topic_len = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let payload = body.split_off(2 + topic_len);
        (String::from_utf8(body.split_off(2)).expect("a topic"), payload)
    }
}
