//! `PlateReader.Read`: real plates with what lists say of them, and pictures that were made to hurt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proto::v1 as pb;
use proto::v1::plate_reader_client::PlateReaderClient;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::harness::{TestBox, local_box};
use crate::made_pictures::{Png, compressed_text, jpeg, png, png_header};
use crate::plate_lists::{new_key, settings, sign};

/// What a request may cost beside what the box has at rest: a picture of 16 megapixels with 16 bits a channel as it comes,
/// decoded and converted, with room for the allocator.
const MOST_MEMORY: u64 = 400 << 20;

/// The store with the default locator and reader, or `None` where they cannot be had and the test is skipped.
fn store() -> Option<PathBuf> {
    let [locator, reader] = ["plate-hyperlpr-640", "plate-cct-xs-v1"].map(models::testkit::model);
    let (locator, _) = (locator?, reader?);
    Some(locator.parent().expect("a store's file is in its folder").to_owned())
}

fn reading_box(store: &Path, more: &str) -> TestBox {
    TestBox::start(&format!("{}[plate-reader]\n{more}", local_box(store)))
}

async fn client(edge: &TestBox) -> PlateReaderClient<Channel> {
    let client = PlateReaderClient::connect(edge.grpc_url()).await.expect("box listens");
    client.max_encoding_message_size(64 << 20)
}

fn picture(picture: Vec<u8>) -> pb::ReadRequest {
    pb::ReadRequest { picture, ..pb::ReadRequest::default() }
}

async fn read(
    client: &mut PlateReaderClient<Channel>,
    request: pb::ReadRequest,
) -> Result<pb::ReadResponse, Status> {
    client.read(request).await.map(tonic::Response::into_inner)
}

/// Files and texts of the rows of the shared list of plates that `wanted` takes; `None` where it cannot be had and the
/// test is skipped.
fn labelled(wanted: impl Fn(&str) -> bool) -> Option<BTreeMap<PathBuf, Vec<String>>> {
    let folder = datasets::testkit::mirror().join("plates");
    let Ok(rows) = std::fs::read_to_string(folder.join("labels.csv")) else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "needs {}", folder.display());
        eprintln!("SKIPPED: needs {}", folder.display());
        return None;
    };
    let mut labelled: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for row in rows.lines().filter(|row| wanted(row) && row.contains(",ok,")) {
        let fields: Vec<&str> = row.split(',').collect();
        labelled.entry(folder.join(fields[0])).or_default().push(fields[3].to_owned());
    }
    Some(labelled)
}

#[tokio::test(flavor = "multi_thread")]
async fn real_plates_are_read_and_held_against_the_lists() {
    let Some(store) = store() else { return };
    let Some(crops) = labelled(|row| row.starts_with("vn_crops/")) else { return };
    let Some(scenes) = labelled(|row| row.starts_with("vn_scenes/")) else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let public = new_key(dir.path());
    let all = crops.values().chain(scenes.values()).flatten();
    let table = all.fold("plate,country,note\n".to_owned(), |csv, text| csv + &format!("{text},VN,seen\n"));
    assert!(sign(dir.path(), "seen", "watch", 3, &table).status.success());
    let mut edge = reading_box(&store, &settings(dir.path(), &public, "seen", "watch"));
    let mut client = client(&edge).await;

    let mut exact = 0;
    for (file, texts) in &crops {
        let bytes = std::fs::read(file).expect("a picture");
        let request = pb::ReadRequest { content: pb::PictureContent::Plate.into(), ..picture(bytes) };
        let answer = read(&mut client, request).await.expect("reads");
        assert!(answer.locator.is_none() && answer.reader.is_some() && answer.left_out == 0);
        let [plate] = &answer.plates[..] else { panic!("{answer:?}") };
        assert_is_whole(plate);
        if plate.status() == pb::PlateStatus::SingleLook && plate.raw == texts[0] {
            exact += 1;
            let entry = &plate.lists[0];
            assert_eq!((entry.plate.as_str(), entry.fuzzy, entry.distance), (texts[0].as_str(), false, 0.0));
            assert!(plate.matches.iter().any(|found| found.country == "VN" && found.text == texts[0]));
        }
    }
    // The evaluator holds this reader to its own floor; here it is enough that most of the way works.
    assert!(crops.len() <= 2 * exact, "{exact} of {}", crops.len());

    let mut found = 0;
    for (file, texts) in &scenes {
        let answer =
            read(&mut client, picture(std::fs::read(file).expect("a picture"))).await.expect("reads");
        assert!(answer.locator.is_some() && answer.plates.len() <= 4);
        answer.plates.iter().for_each(assert_is_whole);
        found += answer.plates.iter().filter(|plate| texts.contains(&plate.raw)).count();
        let is_read = |plate: &pb::PlateRead| plate.status() == pb::PlateStatus::SingleLook;
        let unread = answer.reason() != pb::UnreadReason::Unspecified;
        assert_eq!(unread, !answer.plates.iter().any(is_read), "{answer:?}");
    }
    assert!(1 <= found, "none of {} scenes", scenes.len());
    assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
}

/// What holds of every plate that is told.
fn assert_is_whole(plate: &pb::PlateRead) {
    assert_eq!(plate.characters.len(), plate.raw.chars().count());
    let spelt: String = plate.characters.iter().map(|place| place.character.as_str()).collect();
    assert_eq!(spelt, plate.raw);
    let within = |probability: f32| (0.0..=1.0).contains(&probability);
    for place in &plate.characters {
        assert!(
            within(place.probability) && place.alternatives.iter().all(|other| within(other.probability))
        );
    }
    assert!(within(plate.confidence) && plate.corners.len() == 4 && plate.searches == 1);
    let is_rejected = plate.status() == pb::PlateStatus::Rejected;
    assert_eq!(plate.reason() != pb::UnreadReason::Unspecified, is_rejected, "{plate:?}");
    if !is_rejected {
        let asked: Vec<(&str, u64)> =
            plate.lists_asked.iter().map(|list| (list.name.as_str(), list.version)).collect();
        assert_eq!(asked, [("seen", 3)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_pictures_get_clear_answers_and_cost_bounded_memory() {
    let Some(store) = store() else { return };
    let mut edge = reading_box(&store, "");
    let mut client = client(&edge).await;
    let good = jpeg(3, 640, 480);
    read(&mut client, picture(good.clone())).await.expect("warm");
    let before = edge.process.peak_rss_bytes();

    let no_picture = "picture: not a readable JPEG or PNG picture";
    let too_large = |size: &str| {
        format!("picture: picture is {size}, expected at most 8192x8192 and 16777216 pixels in all")
    };
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let text = [(b"zTXt", compressed_text(1 << 30))];
    let profile = [(b"iCCP", compressed_text(1 << 30))];
    let refused = [
        ("no bytes", Vec::new(), Code::InvalidArgument, "picture: got no bytes".to_owned()),
        ("text", b"no picture".to_vec(), Code::InvalidArgument, no_picture.to_owned()),
        ("zeros", vec![0; 1 << 20], Code::InvalidArgument, no_picture.to_owned()),
        ("a GIF", b"GIF89a\x40\0\x40\0\0\0\0;".to_vec(), Code::InvalidArgument, no_picture.to_owned()),
        ("half a JPEG", half(good.clone()), Code::InvalidArgument, no_picture.to_owned()),
        ("half a PNG", half(png(Png::Rgb, 640, 480, &[])), Code::InvalidArgument, no_picture.to_owned()),
        ("a header alone", png_header(640, 480), Code::InvalidArgument, no_picture.to_owned()),
        ("no pixels", png_header(0, 480), Code::InvalidArgument, "picture: ".to_owned()),
        ("a gigabyte of text", png(Png::Rgb, 640, 480, &text), Code::InvalidArgument, no_picture.to_owned()),
        (
            "a gigabyte of colours",
            png(Png::Rgb, 640, 480, &profile),
            Code::InvalidArgument,
            no_picture.to_owned(),
        ),
        ("a huge PNG", png_header(60_000, 60_000), Code::ResourceExhausted, too_large("60000x60000")),
        ("a wide PNG", png_header(1_000_000, 1), Code::ResourceExhausted, too_large("1000000x1")),
        ("an endless row", png_header(u32::MAX >> 1, 1), Code::InvalidArgument, no_picture.to_owned()),
        ("a huge JPEG", jpeg_header(60_000, 60_000), Code::ResourceExhausted, too_large("60000x60000")),
        ("many pixels", png_header(8192, 8192), Code::ResourceExhausted, too_large("8192x8192")),
        (
            "a byte too many",
            vec![0xff; (16 << 20) + 1],
            Code::ResourceExhausted,
            "picture: got 16777217 bytes".to_owned(),
        ),
        ("too many bytes", vec![0xff; 20 << 20], Code::ResourceExhausted, String::new()),
    ];
    for (what, bytes, code, message) in refused {
        let status = read(&mut client, picture(bytes)).await.expect_err(what);
        assert_eq!(status.code(), code, "{what}: {status:?}");
        assert!(status.message().starts_with(&message), "{what}: {}", status.message());
    }

    let animated = [(b"acTL", [0, 0, 0, 2, 0, 0, 0, 0].to_vec())];
    let read_anyway = [
        ("one pixel", png(Png::Grey, 1, 1, &[]), pb::UnreadReason::TooSmall),
        ("a narrow one", jpeg(1, 8, 4000), pb::UnreadReason::TooSmall),
        ("a low one", jpeg(1, 4000, 8), pb::UnreadReason::NoPlate),
        ("grey", jpeg(1, 640, 480), pb::UnreadReason::NoPlate),
        ("black", png(Png::Grey, 640, 480, &[]), pb::UnreadReason::NoPlate),
        ("CMYK", jpeg(4, 640, 480), pb::UnreadReason::NoPlate),
        ("16 bits", png(Png::Rgba16, 640, 480, &[]), pb::UnreadReason::NoPlate),
        ("animated", png(Png::Rgb, 640, 480, &animated), pb::UnreadReason::NoPlate),
        ("garbage behind", [good.clone(), vec![0xa5; 1 << 20]].concat(), pb::UnreadReason::NoPlate),
        ("134 MB in 1", png(Png::Rgba16, 4096, 4096, &[]), pb::UnreadReason::NoPlate),
        ("16 megapixels", jpeg(3, 4096, 4096), pb::UnreadReason::NoPlate),
    ];
    for (what, bytes, reason) in read_anyway {
        let answer =
            read(&mut client, picture(bytes)).await.unwrap_or_else(|status| panic!("{what}: {status:?}"));
        assert_eq!(answer.reason(), reason, "{what}: {answer:?}");
    }
    let grown = edge.process.peak_rss_bytes().saturating_sub(before);
    eprintln!("peak grew by {} MiB", grown >> 20);
    assert!(grown < MOST_MEMORY, "{} MiB", grown >> 20);

    arguments(&mut client, &good).await;
    assert_eq!(edge.get("/readyz").0, 200);
    assert!(!edge.process.log().contains("panic"), "{}", edge.process.log());
    assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
}

/// As far as the size of its frame.
fn jpeg_header(width: u16, height: u16) -> Vec<u8> {
    let whole = jpeg(3, width, height);
    whole[..400].to_vec()
}

async fn arguments(client: &mut PlateReaderClient<Channel>, good: &[u8]) {
    let corner = |x, y| pb::PlateCorner { x, y };
    let square = [corner(0.2, 0.2), corner(0.8, 0.2), corner(0.8, 0.8), corner(0.2, 0.8)];
    let base = || picture(good.to_vec());
    let plate = pb::PictureContent::Plate.into();
    let crossed = vec![square[0], square[2], square[1], square[3]];
    let outside = vec![square[0], square[1], corner(f32::NAN, 0.5), square[3]];
    for (request, message) in [
        (pb::ReadRequest { content: 9, ..base() }, "content: got 9"),
        (pb::ReadRequest { max_plates: 17, ..base() }, "max_plates: got 17"),
        (pb::ReadRequest { min_confidence: Some(f32::NAN), ..base() }, "min_confidence: got NaN"),
        (pb::ReadRequest { corners: square[..3].to_vec(), ..base() }, "corners: got 3"),
        (pb::ReadRequest { corners: outside, ..base() }, "corners[2]: got (NaN, 0.5)"),
        (pb::ReadRequest { corners: square.to_vec(), content: plate, ..base() }, "corners: got some"),
        (pb::ReadRequest { corners: crossed, ..base() }, "corners: those of no plate"),
    ] {
        let status = read(client, request).await.expect_err(message);
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert!(status.message().starts_with(message), "{}", status.message());
    }
    let answer = read(client, pb::ReadRequest { corners: square.to_vec(), ..base() }).await.expect("reads");
    assert!(answer.locator.is_none());
    assert_eq!((answer.plates.len(), answer.plates[0].status()), (1, pb::PlateStatus::Rejected));
    assert_eq!(answer.plates[0].corners, square);
    let point = vec![square[0]; 4];
    let answer = read(client, pb::ReadRequest { corners: point, ..base() }).await.expect("reads");
    assert_eq!(answer.reason(), pb::UnreadReason::TooSmall, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_is_refused_and_who_waits_too_long_is_told() {
    let Some(store) = store() else { return };
    for (more, refusal) in [
        ("queue = 1\n", Code::ResourceExhausted),
        ("queue = 8\ndeadline = \"100ms\"\n", Code::DeadlineExceeded),
    ] {
        let mut edge = reading_box(&store, more);
        // Takes a tenth of a second and more.
        let slow = png(Png::Rgba16, 4096, 4096, &[]);
        let mut calls = JoinSet::new();
        for _ in 0..8 {
            let mut client = client(&edge).await;
            let request = picture(slow.clone());
            calls.spawn(async move { read(&mut client, request).await });
        }
        let answers = calls.join_all().await;
        let refused: Vec<&Status> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(!refused.is_empty(), "{answers:?}");
        for status in &refused {
            assert_eq!(status.code(), refusal, "{status:?}");
            let words = match refusal {
                Code::ResourceExhausted => "1 requests are being answered already",
                _ => "the deadline had passed before the picture could be ",
            };
            assert!(status.message().starts_with(words), "{}", status.message());
        }
        if refusal == Code::ResourceExhausted {
            assert!(refused.len() < answers.len(), "one had the place: {answers:?}");
            let counted = format!("cairn_requests_refused_total{{}} {}.0", refused.len());
            let metrics = edge.get("/metrics").1;
            assert!(metrics.lines().any(|line| line.starts_with(&counted)), "{counted}\n{metrics}");
        }
        assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_without_a_plate_reader_says_so() {
    let Some(store) = store() else { return };
    let edge = TestBox::start(&local_box(&store));
    let status = read(&mut client(&edge).await, picture(jpeg(3, 64, 64))).await.expect_err("no reader");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(status.message().contains("`[plate-reader]`"), "{}", status.message());

    let empty = tempfile::tempdir().expect("a folder");
    let edge = reading_box(empty.path(), "");
    let status = read(&mut client(&edge).await, picture(jpeg(3, 64, 64))).await.expect_err("no model");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(status.message().contains("cairn models pull plate-hyperlpr-640"), "{}", status.message());
    let (code, reasons) = edge.get("/readyz");
    assert_eq!(code, 503);
    assert!(reasons.contains("the plate reader did not load"), "{reasons}");
}
