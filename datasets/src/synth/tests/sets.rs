use serde_json::Value;

use super::*;

#[test]
fn a_set_is_an_index_pictures_and_an_array() {
    let Some(faces) = faces() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let header = SetHeader {
        schema: "cairn.synthetic-plates/2",
        purpose: "reader",
        countries: vec!["VN"],
        first: 4,
        count: 3,
        seed: 7,
        spoil: Some(1.0),
        corner_error: Some(1.0),
        upright: Some(0.15),
        no_plate: 0.0,
        crops_only: false,
        faces: faces.ids(),
        tracks: None,
        crop: Some([CROP_WIDTH, CROP_HEIGHT]),
    };
    let out = folder.path().join("set");
    let mut set = SetWriter::create(&out, &header).expect("begun");
    let samples = [4, 5, 6].map(|index| sample(index, &faces, *SETTINGS));
    samples.iter().for_each(|sample| set.add_crop(sample).expect("added"));
    set.finish().expect("whole");

    let npy = std::fs::read(out.join("crops.npy")).expect("an array");
    assert_eq!(&npy[..8], b"\x93NUMPY\x01\x00");
    let length = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    assert_eq!(length % 64, 0);
    assert_eq!(npy[length..], samples.iter().flat_map(|sample| sample.crop.clone()).collect::<Vec<u8>>());
    let text = std::str::from_utf8(&npy[10..length]).expect("text");
    assert!(text.contains("'shape': (3, 64, 160, 3)"), "{text}");

    let data = |name: &str| {
        let npy = std::fs::read(out.join(name)).expect("an array");
        npy[10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]))..].to_vec()
    };
    for (classes, sample) in data("labels.npy").chunks_exact(READER_SLOTS).zip(&samples) {
        let class = |class: &u8| READER_CHARACTERS.chars().nth(usize::from(*class)).map(String::from);
        let read: String = classes.iter().map(|number| class(number).unwrap_or_default()).collect();
        assert_eq!(read, sample.label.lines.join("/"));
        assert!(
            classes.iter().skip_while(|class| **class != READER_EMPTY).all(|class| *class == READER_EMPTY)
        );
    }
    assert_eq!(
        data("colours.npy"),
        samples.iter().map(|sample| sample.label.colour_class()).collect::<Vec<u8>>()
    );

    let index = std::fs::read_to_string(out.join("index.jsonl")).expect("an index");
    for (line, sample) in index.lines().zip(&samples) {
        let line: Value = serde_json::from_str(line).expect("a line");
        assert_eq!(line["index"], sample.label.index);
        assert_eq!(line["lines"], serde_json::json!(sample.label.lines));
        let picture = std::fs::read(out.join(line["picture"].as_str().expect("a path"))).expect("a picture");
        assert_eq!(picture, sample.jpeg().expect("coded"));
    }
    assert_eq!(index.lines().count(), 3);

    let bare = folder.path().join("bare");
    let mut set = SetWriter::create(&bare, &SetHeader { crops_only: true, ..header.clone() }).expect("begun");
    samples.iter().for_each(|sample| set.add_crop(sample).expect("added"));
    set.finish().expect("whole");
    assert!(!bare.join("pictures").exists());
    assert!(std::fs::read(bare.join("crops.npy")).expect("an array") == npy);

    let error = SetWriter::create(&out, &header).err().expect("never over another set");
    assert!(matches!(error, SynthError::Io { .. }), "{error}");
    let short = SetWriter::create(&folder.path().join("short"), &header).expect("begun");
    assert!(matches!(short.finish(), Err(SynthError::Count { actual: 0, expected: 3 })));
}

#[test]
fn classes_of_a_reader_are_the_contracts() {
    assert_eq!(READER_CHARACTERS.chars().count(), usize::from(READER_EMPTY));
    let classes =
        |lines: &[&str]| reader_classes(&lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
    let told = classes(&["29B1", "23456"]).expect("a plate");
    assert_eq!(told, [2, 9, 11, 1, 74, 2, 3, 4, 5, 6, READER_EMPTY, READER_EMPTY]);
    assert_eq!(classes(&["京Z1234警"]).expect("a plate")[..7], [36, 35, 1, 2, 3, 4, 72]);
    assert_eq!(classes(&[]).expect("no plate"), [READER_EMPTY; READER_SLOTS]);
    assert_eq!(
        classes(&["日A"]).expect_err("no class").to_string(),
        "plate `日A` has `日`, which no class of a reader stands for"
    );
    assert!(matches!(classes(&["0123456", "012345"]), Err(SynthError::Slots { .. })));
}
