use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::truth::events::Direction;
use crate::truth::{coco, events, mot, pairs, plates as plate_list, sums as sum_list};
use crate::{BoxPx, testkit};

/// The shared footage, or `None` where it cannot be had and the test is skipped.
fn footage(test: &str) -> Option<PathBuf> {
    let mirror = testkit::mirror();
    if mirror.is_dir() {
        return Some(mirror);
    }
    let needs = format!("{test}: needs `{}`", mirror.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{needs}");
    eprintln!("SKIPPED: {needs}");
    None
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("shared.toml")
}

fn content<'a>(dataset: &'a Dataset, id: &str) -> &'a Content {
    let item = dataset.items.iter().find(|item| item.id == id).expect("item");
    match &item.content {
        Ok(content) => content,
        Err(error) => panic!("`{id}`: {error}"),
    }
}

fn clip<'a>(dataset: &'a Dataset, id: &str) -> &'a Clip {
    let Content::Clip(clip) = content(dataset, id) else { panic!("`{id}` is no clip") };
    clip
}

#[test]
fn the_shared_dataset_holds_what_its_sources_say() {
    let Some(mirror) = footage("the_shared_dataset_holds_what_its_sources_say") else { return };
    let media = Media::new([shared().parent().expect("folder").to_owned(), mirror]);
    let dataset = Dataset::read(&shared(), &media).expect("the shared dataset");
    let kinds: Vec<(&str, ItemKind)> =
        dataset.items.iter().map(|item| (item.id.as_str(), item.kind)).collect();
    use ItemKind::{Clip, Faces, Pictures, Plates};
    let expected = [
        ("people-one-by-one", Clip),
        ("people-pets09", Clip),
        ("vehicle-junction", Clip),
        ("vehicle-overhead-lane", Clip),
        ("voc2007", Pictures),
        ("vn-crops", Plates),
        ("cn-crops", Plates),
        ("lfw-fold1", Faces),
    ];
    assert_eq!(kinds, expected);

    let boxes = |id: &str| clip(&dataset, id).boxes.as_ref().map(|boxes| boxes.boxes.len());
    let events = |id: &str| clip(&dataset, id).events.as_ref().map(Vec::len);
    assert_eq!((boxes("people-one-by-one"), events("people-one-by-one")), (Some(1081), Some(6)));
    assert_eq!((boxes("people-pets09"), events("people-pets09")), (Some(4650), None));
    assert_eq!((boxes("vehicle-junction"), events("vehicle-junction")), (None, Some(10)));
    assert_eq!((boxes("vehicle-overhead-lane"), events("vehicle-overhead-lane")), (Some(186), Some(4)));

    let lane = clip(&dataset, "vehicle-overhead-lane").events.as_ref().expect("events");
    let up_and_down: Vec<(f64, Option<Direction>)> =
        lane.iter().map(|event| (event.start_s, event.direction)).collect();
    let (up, down) = (Some(Direction::Backward), Some(Direction::Forward));
    assert_eq!(
        up_and_down,
        [(79.0 / 12.5, up), (207.0 / 12.5, down), (212.0 / 12.5, up), (333.0 / 12.5, down)]
    );
    assert!(lane.iter().all(|event| event.tolerance_s == 4.0 / 12.5 && event.kind == "vehicle"));

    let Content::Pictures(voc) = content(&dataset, "voc2007") else { panic!("no pictures") };
    let boxes: usize = voc.pictures.iter().map(|picture| picture.boxes.len()).sum();
    assert_eq!((voc.pictures.len(), boxes, voc.classes.len()), (39, 119, 20));
    for (id, count) in [("vn-crops", 43), ("cn-crops", 56)] {
        let Content::Plates(set) = content(&dataset, id) else { panic!("no plates") };
        assert_eq!(set.plates.len(), count);
    }
    let Content::Faces(lfw) = content(&dataset, "lfw-fold1") else { panic!("no faces") };
    let same = lfw.pairs.iter().filter(|pair| pair.same).count();
    assert_eq!((lfw.faces.len(), lfw.pairs.len(), same, lfw.all_pairs), (807, 600, 300, true));
    for item in &dataset.items {
        let first = content(&dataset, &item.id).media()[0];
        media.locate(first).expect("every item's media are in the mirror");
    }
}

#[test]
fn every_degradation_of_the_shared_dataset_is_known() {
    let text = fs::read_to_string(shared()).expect("readable");
    let written: toml::Table = text.parse().expect("TOML");
    let names = written["degradations"].as_array().expect("a list");
    assert!(!names.is_empty());
    for name in names {
        let name = name.as_str().expect("text");
        name.parse::<crate::degrade::Degradation>().unwrap_or_else(|error| panic!("`{name}`: {error}"));
    }
}

#[test]
fn the_readers_take_real_files_of_their_formats() {
    let Some(mirror) = footage("the_readers_take_real_files_of_their_formats") else { return };
    let text = |file: &str| fs::read_to_string(mirror.join(file)).expect("in the mirror");
    let at = Path::new("real");
    let campus = |file: &str| text(&format!("mot_metrics/TUD-Campus/{file}"));
    assert_eq!(mot::read(at, &campus("gt.txt"), Some(71)).expect("truth").len(), 359);
    for (file, rows) in [("cem_result.txt", 222), ("det.txt", 321)] {
        assert_eq!(mot::read_results(at, &campus(file)).expect("results").len(), rows);
    }
    let truth = coco::read(at, &text("coco_eval/val2014_100/instances_val2014_100.json")).expect("truth");
    let crowds = truth.annotations.iter().filter(|annotation| annotation.crowd).count();
    assert_eq!((truth.images.len(), truth.annotations.len(), crowds), (100, 839, 9));
    let results = text("coco_eval/val2014_100/fakebbox100_results.json");
    assert_eq!(coco::read_results(at, &results, &truth).expect("results").len(), 734);
    let plates = plate_list::read(at, &text("plates/labels.csv")).expect("plates");
    assert_eq!(plates.iter().filter(|plate| plate.quality == plate_list::NEGATIVE).count(), 3);
    let raw = pairs::read(at, &text("faces/lfw_raw250_10ids/pairs.csv")).expect("pairs");
    assert_eq!((raw.len(), raw.iter().filter(|pair| pair.same).count()), (4950, 450));
}

#[test]
fn results_made_elsewhere_are_read_and_refused_by_line() {
    let at = Path::new("results");
    let said = |problems: crate::truth::Problems| problems.to_string();
    let reads =
        plate_list::read_results(at, "confidence,file,text\n0.5,a.jpg,30A1\n1,b.jpg,\n").expect("reads");
    assert_eq!((reads[0].text.as_str(), reads[1].text.as_str(), reads[1].confidence), ("30A1", "", 1.0));
    let refused =
        plate_list::read_results(at, "file,text,confidence\na.jpg,30A1,1.5\n").expect_err("refused");
    assert_eq!(said(refused), "results:2: `confidence` is \"1.5\", expected a number from 0 to 1");
    let scores = pairs::read_results(at, "file_a,file_b,score\na.jpg,b.jpg,-0.25\n").expect("scores");
    assert_eq!(scores[0].score, -0.25);
    let refused = pairs::read_results(at, "file_a,file_b,score\na.jpg,b.jpg,nan\n").expect_err("refused");
    assert_eq!(said(refused), "results:2: `score` is \"nan\", expected a number");
    let refused = mot::read_results(at, "1,-1,0,0,5,5\n").expect_err("refused");
    assert_eq!(
        said(refused),
        "results:1: 6 fields, expected at least 7: frame,id,left,top,width,height,conf"
    );
    let truth = coco::CocoTruth {
        categories: vec![coco::CocoCategory { id: 7, name: "person".to_owned() }],
        ..coco::CocoTruth::default()
    };
    let result = r#"[{"image_id": 1, "category_id": 7, "bbox": [0, 0, 5, 5], "score": 0.5}]"#;
    let refused = coco::read_results(at, result, &truth).expect_err("no such picture");
    assert_eq!(said(refused), "results:1: `[0].image_id` is 1, expected an id in images of the truth");
}

const ZEROES: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A folder with a dataset file of one clip that has `keys`, and files beside it.
fn folder(keys: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut text = "schema = \"cairn.dataset/1\"\nid = \"mine\"\nabout = \"one clip\"\nseed = 7\n\
                    config = \"edge.toml\"\n[groups]\nvehicle = [\"car\", \"bus\"]\n[[clip]]\nid = \"one\"\n\
                    file = \"clip.mp4\"\nlicence = \"none\"\nattribution = \"ours\"\n"
        .to_owned();
    text += &format!("sha256 = \"{}\"\n{keys}", Sha256::of(b"video"));
    for (name, content) in files {
        text = text.replace(&format!("HASH({name})"), &Sha256::of(content.as_bytes()).to_string());
        fs::write(folder.path().join(name), content).expect("file");
    }
    fs::write(folder.path().join("dataset.toml"), text).expect("dataset file");
    folder
}

fn read(folder: &tempfile::TempDir) -> Dataset {
    let media = Media::new([folder.path().to_owned()]);
    Dataset::read(&folder.path().join("dataset.toml"), &media).expect("a dataset")
}

#[test]
fn classes_of_a_chosen_group_are_called_by_its_name() {
    let keys = "groups = [\"vehicle\"]\ncamera = \"gate\"\n\
                boxes = { file = \"gt.txt\", sha256 = \"HASH(gt.txt)\", class = \"car\", every = 3 }\n\
                events = { file = \"e.csv\", sha256 = \"HASH(e.csv)\" }\n";
    let listed = "kind,clip,end,start,tolerance,direction\nbus,one,2.5,2,0.25,enter\nperson,one,1,0.5,,\n";
    let dataset =
        read(&folder(keys, &[("gt.txt", "1,4,10,20,30,40,0\n4,4,11,20,30,40,1\n"), ("e.csv", listed)]));
    let item = &dataset.items[0];
    assert_eq!(item.tasks, BTreeSet::from([Task::Detect, Task::Track, Task::Events]));
    assert_eq!((dataset.class_for(item, "bus"), dataset.class_for(item, "dog")), ("vehicle", "dog"));
    let clip = clip(&dataset, "one");
    let boxes = clip.boxes.as_ref().expect("boxes");
    assert_eq!(
        (boxes.class.as_str(), boxes.boxes[0].ignored, boxes.boxes[1].ignored),
        ("vehicle", true, false)
    );
    assert_eq!(boxes.boxes[0].bbox, BoxPx { left: 10.0, top: 20.0, width: 30.0, height: 40.0 });
    assert_eq!([1, 2, 3, 4].map(|frame| boxes.is_sample(frame)), [true, false, false, true]);
    let events = clip.events.as_ref().expect("events");
    assert_eq!((events[0].kind.as_str(), events[0].direction), ("person", None), "by start");
    assert_eq!((events[1].kind.as_str(), events[1].direction), ("vehicle", Some(Direction::Enter)));
    assert_eq!((events[1].start_s, events[1].end_s, events[1].tolerance_s), (2.0, 2.5, 0.25));
}

#[test]
fn boxes_without_ids_are_not_tracked() {
    let keys = "boxes = { file = \"gt.txt\", sha256 = \"HASH(gt.txt)\", class = \"car\" }\n";
    let dataset = read(&folder(keys, &[("gt.txt", "1,-1,10,20,30,40,1\n")]));
    assert_eq!(dataset.items[0].tasks, BTreeSet::from([Task::Detect]));
}

#[test]
fn a_part_that_is_played_again_and_again_is_as_long_as_all_of_it() {
    let dataset = read(&folder("repeat = { from = 3, to = 12, times = 60 }\n", &[]));
    let clip = clip(&dataset, "one");
    assert_eq!(clip.repeat, Some(Repeat { from: 3, to: 12, times: 60 }));
    assert_eq!(clip.frames, Some(600));
}

#[test]
fn media_are_the_first_right_file_in_the_roots() {
    let roots = [(); 3].map(|()| tempfile::tempdir().expect("temporary folder"));
    let media = Media::new(roots.iter().map(|root| root.path().to_owned()));
    let pin = FilePin { file: "clip.mp4".to_owned(), sha256: Sha256::of(b"video") };
    let error = media.locate(&pin).expect_err("nowhere");
    assert!(matches!(&error, MediaError::Missing { roots, .. } if roots.len() == 3), "{error}");
    fs::write(roots[1].path().join("clip.mp4"), "other").expect("file");
    let error = media.locate(&pin).expect_err("another content");
    let said = format!("its SHA-256 is {}, expected {}", Sha256::of(b"other"), pin.sha256);
    assert!(error.to_string().ends_with(&said), "{error}");
    fs::write(roots[2].path().join("clip.mp4"), "video").expect("file");
    assert_eq!(media.locate(&pin).expect("the right one"), roots[2].path().join("clip.mp4"));
}

#[test]
fn a_missing_clip_fails_nobody_and_missing_ground_truth_its_item() {
    let keys = format!("boxes = {{ file = \"gone.txt\", sha256 = \"{ZEROES}\", class = \"car\" }}\n");
    let without_clip = folder("", &[]);
    let dataset = read(&without_clip);
    let needed = content(&dataset, "one").media()[0];
    assert!(Media::new([without_clip.path().to_owned()]).locate(needed).is_err());
    let dataset = read(&folder(&keys, &[]));
    let error = dataset.items[0].content.as_ref().expect_err("no ground truth");
    assert!(error.problems.is_empty() && error.media.len() == 1, "{error}");
    assert_eq!(dataset.items[0].tasks, BTreeSet::from([Task::Detect, Task::Track]), "what was asked for");
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[-f0-9.,\"{}\\[\\]:a-d \n\r]{0,80}") {
        let at = Path::new("any");
        let header = |columns: &str| format!("{columns}\n{text}");
        mot::read(at, &text, Some(3)).ok();
        sum_list::read(at, &text).ok();
        coco::read(at, &format!("{{\"images\":[{text}],\"annotations\":[{text}],\"categories\":[]}}")).ok();
        plate_list::read(at, &header("file,country,text,lines")).ok();
        pairs::read(at, &header("file_a,file_b,same")).ok();
        if let Ok(rows) = events::read(at, &header("clip,kind,start,end")) {
            for row in rows {
                row.in_seconds(Some(10.0), Some(3)).ok();
            }
        }
    }
}
