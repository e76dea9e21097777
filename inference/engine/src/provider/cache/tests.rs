use vision::{ElementType, SizePx, TensorLayout};

use super::*;
use crate::{Batching, InputShape, Proof, ProviderRequest};

fn spec(size: SizePx) -> SessionSpec {
    SessionSpec {
        name: "gate".into(),
        model: "/models/yolo x.onnx".into(),
        input: InputShape { name: "in".into(), size, element: ElementType::F32, layout: TensorLayout::Nchw },
        outputs: vec!["out".into()],
        queue: 1,
        intra_op_threads: 1,
        batch: Batching::default(),
        provider: ProviderRequest::default(),
        proof: Proof::Finite,
    }
}

fn place(folder: &Path, size: SizePx, surroundings: &str) -> Place {
    Place::at(folder, &spec(size), &[surroundings.to_owned()], &Options::new())
}

const WIDE: SizePx = SizePx::new(416, 256);
const SQUARE: SizePx = SizePx::new(416, 416);

#[test]
fn a_folder_names_its_model_and_its_session_and_hashes_the_rest() {
    let folder = Path::new("/cache/openvino");
    let name =
        |place: Place| place.path().strip_prefix(folder).expect("below").to_str().expect("text").to_owned();
    let plain = name(place(folder, WIDE, "driver 1"));
    assert!(plain.starts_with("yolo-x-") && plain.ends_with("-416x256-b1-fp32"), "{plain}");
    assert_eq!(plain.len(), "yolo-x--416x256-b1-fp32".len() + DIGITS);
    assert_eq!(plain, name(place(folder, WIDE, "driver 1")));
    assert_ne!(plain, name(place(folder, WIDE, "driver 2")));
    assert_ne!(plain, name(place(folder, SQUARE, "driver 1")));
    let options = Options::from([("device_type".to_owned(), "GPU".to_owned())]);
    assert_ne!(plain, name(Place::at(folder, &spec(WIDE), &["driver 1".to_owned()], &options)));
}

#[test]
fn a_build_is_found_only_once_it_is_kept() {
    let root = tempfile::tempdir().expect("temporary folder");
    let place = place(root.path(), WIDE, "driver 1");
    assert!(!place.is_ready());
    let building = place.begin().expect("room");
    fs::write(building.folder.join("engine"), "half").expect("written");
    assert!(!place.is_ready());
    drop(building);
    assert_eq!(root.path().read_dir().expect("there").count(), 0, "what is not kept is gone");
    let (first, second) = (place.begin().expect("room"), place.begin().expect("room"));
    assert_ne!(first.folder, second.folder);
    fs::write(first.folder.join("engine"), "first").expect("written");
    fs::write(second.folder.join("engine"), "second").expect("written");
    first.keep().expect("kept");
    second.keep().expect("another did the same work");
    assert!(place.is_ready());
    assert_eq!(fs::read_to_string(place.path().join("engine")).expect("there"), "first");
    assert_eq!(root.path().read_dir().expect("there").count(), 1);
}

#[test]
fn builds_for_other_surroundings_go_and_the_others_stay() {
    let root = tempfile::tempdir().expect("temporary folder");
    let before = [place(root.path(), WIDE, "driver 1"), place(root.path(), SQUARE, "driver 1")];
    for place in &before {
        place.begin().and_then(Building::keep).expect("kept");
    }
    let kept = ["yolo-x-large-0011223344556677-416x416-b1-fp32", "yolo-x", "notes.txt"];
    kept.iter().for_each(|name| fs::create_dir(root.path().join(name)).expect("made"));
    let name_of = |place: &Place| place.path().file_name().expect("named").to_str().expect("text").to_owned();
    // Process 0 is never one of ours, so that its build is an orphan; this process's may be under way.
    let orphan = root.path().join(format!("{}{BUILDING}0-0", name_of(&before[0])));
    let own = root.path().join(format!("{}{BUILDING}{}-9", name_of(&before[0]), std::process::id()));
    [&orphan, &own].into_iter().for_each(|folder| fs::create_dir(folder).expect("made"));

    let now = place(root.path(), WIDE, "driver 2");
    now.begin().and_then(Building::keep).expect("kept");
    assert!(before.iter().all(|place| !place.is_ready()) && now.is_ready());
    assert!(!orphan.exists() && own.exists());
    assert!(kept.iter().all(|name| root.path().join(name).exists()));
    let other_size = place(root.path(), SQUARE, "driver 2");
    other_size.begin().and_then(Building::keep).expect("kept");
    assert!(now.is_ready() && other_size.is_ready());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let root = tempfile::tempdir().expect("temporary folder");
    let file = root.path().join("file");
    fs::write(&file, "").expect("written");
    let error = place(&file, WIDE, "driver 1").begin().expect_err("a file is in the way");
    assert!(
        error.to_string().starts_with(&format!("could not keep what was built in `{}/", file.display())),
        "{error}"
    );
}
