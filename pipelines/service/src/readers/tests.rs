//! The public readers on recorded crops, beside an independent reading in Python (OpenCV 5.0.0 and ONNX Runtime 1.31.1,
//! the same colour order, normalisation and decoding written anew).
//!
//! Given the pixels of our own JPEG decoder, Python reads the same text from every crop with every model, and differs by
//! less than 1e-6 in confidence and cosine. libjpeg's pixels differ by 0.27 levels on average, which changes one to three
//! hopeless reads in a hundred, none of the counts below, and a cosine by 0.0013 on average.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use faces::Embedding;
use models::golden::Golden;
use vision::{FrameBox, PictureLimits, Planes as _};

use super::*;

/// How far a cosine may be from Python's.
const TOLERANCE: f32 = 1e-4;

/// The loaded model of a built-in card; `None` means: return from the test.
fn loaded<T>(
    id: &str,
    load: impl FnOnce(&Runtime, Arc<Card>, &Path, ProviderRequest) -> anyhow::Result<(T, SessionThread)>,
) -> Option<(T, SessionThread)> {
    let file = models::testkit::model(id)?;
    let cards = models::builtin_cards().expect("built-in cards");
    let card = models::find(&cards, id).expect("built in").clone();
    Some(load(&runtime()?, Arc::new(card), &file, ProviderRequest::default()).expect("model loads"))
}

fn runtime() -> Option<Runtime> {
    match Runtime::find(None) {
        Ok(library) => Some(Runtime::load(&library).expect("library loads")),
        Err(error) => {
            skip(&error.to_string());
            None
        }
    }
}

fn skip(needs: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("test").to_owned();
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs {needs}");
    eprintln!("SKIPPED: {test}: needs {needs}");
}

/// A folder of the mirror's footage.
fn footage(name: &str) -> Option<PathBuf> {
    let folder = models::testkit::mirror().join(models::home::FOOTAGE).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    skip(&format!("`{}`", folder.display()));
    None
}

fn picture(path: &Path) -> Picture {
    let bytes = std::fs::read(path).expect("picture");
    let limits = PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 };
    Picture::decode(&bytes, limits).expect("decodes")
}

/// The rows of a list without quoted fields, each by the names in its first line.
fn rows(path: &Path) -> Vec<impl Fn(&str) -> String> {
    let text = std::fs::read_to_string(path).expect("list");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().expect("names");
    let row = |fields: Vec<String>| {
        let names = names.clone();
        move |name: &str| fields[names.iter().position(|known| known == name).expect("column")].clone()
    };
    lines.map(row).collect()
}

/// Plates of a folder that were read exactly, of all that are to be scored.
#[derive(Debug, Default, PartialEq, Eq)]
struct Exact {
    vn_one_line: (usize, usize),
    vn_two_line: (usize, usize),
    cn: (usize, usize),
    /// Chinese plates whose letters and digits are right, whatever became of the province.
    cn_without_province: usize,
}

fn exact(id: &str) -> Option<Exact> {
    let folder = footage("plates")?;
    let (reader, _thread) = loaded(id, PlateReader::load)?;
    let mut exact = Exact::default();
    for row in rows(&folder.join("labels.csv")) {
        if row("kind") != "crop" || row("quality") != "ok" {
            continue;
        }
        let read = reader.read(&picture(&folder.join(row("file")))).expect("read");
        let latin = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
        let (right, of) = match (row("country").as_str(), row("lines").as_str()) {
            ("VN", "1") => &mut exact.vn_one_line,
            ("VN", "2") => &mut exact.vn_two_line,
            ("CN", "1") => &mut exact.cn,
            other => panic!("no such crops were known: {other:?}"),
        };
        *of += 1;
        *right += usize::from(read.text == row("text"));
        exact.cn_without_province +=
            usize::from(row("country") == "CN" && latin(&read.text) == latin(&row("text")));
    }
    Some(exact)
}

#[test]
fn cct_xs_reads_vietnamese_plates_of_one_and_two_lines() {
    let Some(exact) = exact("plate-cct-xs-v1") else { return };
    let expected =
        Exact { vn_one_line: (13, 14), vn_two_line: (24, 29), cn: (0, 56), cn_without_province: 25 };
    assert_eq!(exact, expected);
}

#[test]
fn omz_0001_reads_chinese_plates() {
    let Some(exact) = exact("plate-omz-0001") else { return };
    let expected =
        Exact { vn_one_line: (0, 14), vn_two_line: (0, 29), cn: (49, 56), cn_without_province: 53 };
    assert_eq!(exact, expected);
}

#[test]
fn omz_0007_reads_chinese_plates() {
    let Some(exact) = exact("plate-omz-0007") else { return };
    let expected =
        Exact { vn_one_line: (0, 14), vn_two_line: (0, 29), cn: (50, 56), cn_without_province: 52 };
    assert_eq!(exact, expected);
}

#[test]
fn lprnet_reads_chinese_plates() {
    let Some(exact) = exact("plate-lprnet-sirius") else { return };
    let expected =
        Exact { vn_one_line: (1, 14), vn_two_line: (0, 29), cn: (49, 56), cn_without_province: 50 };
    assert_eq!(exact, expected);
}

/// Cosines of the listed pairs with whether they show one person, in the order of the list.
fn cosines(id: &str) -> Option<Vec<(f32, bool)>> {
    let folder = footage("faces/lfw_aligned112_fold1")?;
    let (embedder, _thread) = loaded(id, FaceEmbedder::load)?;
    let mut embeddings: HashMap<String, Embedding> = HashMap::new();
    let mut embedding = |file: String| {
        let embed = || embedder.embed(&picture(&folder.join("images").join(&file))).expect("embedded");
        embeddings.entry(file.clone()).or_insert_with(embed).clone()
    };
    let mut pair = |row: &dyn Fn(&str) -> String| {
        let (a, b) = (embedding(row("file_a")), embedding(row("file_b")));
        (faces::cosine(&a, &b).expect("one model"), row("same") == "1")
    };
    Some(rows(&folder.join("pairs.csv")).iter().map(|row| pair(row)).collect())
}

/// Pairs that are told right at the best threshold.
fn right_at_best(pairs: &[(f32, bool)]) -> usize {
    let right =
        |threshold: f32| pairs.iter().filter(|&&(cosine, same)| (threshold <= cosine) == same).count();
    pairs.iter().map(|&(cosine, _)| right(cosine)).max().unwrap_or(0)
}

/// Python's cosines of the pairs at some places of the list, from the pixels of our decoder.
fn assert_as_in_python(pairs: &[(f32, bool)], expected: &[(usize, f32)]) {
    for &(place, cosine) in expected {
        assert!(
            (pairs[place].0 - cosine).abs() < TOLERANCE,
            "pair {place}: {}, expected {cosine}",
            pairs[place].0
        );
    }
}

#[test]
fn mobilefacenet_tells_faces_apart() {
    let Some(pairs) = cosines("face-mobilefacenet") else { return };
    assert_eq!((pairs.len(), right_at_best(&pairs)), (600, 595));
    assert_as_in_python(
        &pairs,
        &[(0, 0.713644), (1, 0.887607), (299, 0.785925), (300, 0.001927), (301, -0.083269), (599, 0.093845)],
    );
}

#[test]
fn mobileface_v2_tells_faces_apart() {
    let Some(pairs) = cosines("face-mobileface-v2") else { return };
    assert_eq!((pairs.len(), right_at_best(&pairs)), (600, 593));
    assert_as_in_python(
        &pairs,
        &[(0, 0.559635), (1, 0.851202), (299, 0.797479), (300, -0.016099), (301, -0.087732), (599, 0.143092)],
    );
}

#[test]
fn callers_on_many_threads_take_turns_and_get_their_own_answers() {
    let Some(folder) = footage("plates/vn_crops") else { return };
    let Some((reader, _thread)) = loaded("plate-cct-xs-v1", PlateReader::load) else { return };
    let crops =
        ["3CarLongPlate858.jpg", "ndata155.jpg", "ndata6.jpg"].map(|file| picture(&folder.join(file)));
    let alone = crops.each_ref().map(|crop| reader.read(crop).expect("read"));
    assert_ne!(alone[0].text, alone[1].text);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (reader, crops, alone) = (&reader, &crops, &alone);
            scope.spawn(move || {
                for round in 0..9 {
                    let crop = (thread + round) % crops.len();
                    assert_eq!(reader.read(&crops[crop]).expect("nobody is refused"), alone[crop]);
                }
            });
        }
    });
}

#[test]
fn a_card_for_another_task_is_refused() {
    let told = |id: &str, reads_plates: bool| {
        let file = models::testkit::model(id)?;
        let cards = models::builtin_cards().expect("built-in cards");
        let card = Arc::new(models::find(&cards, id).expect("built in").clone());
        let runtime = runtime()?;
        let refused = match reads_plates {
            true => PlateReader::load(&runtime, card, &file, ProviderRequest::default()).err(),
            false => FaceEmbedder::load(&runtime, card, &file, ProviderRequest::default()).err(),
        };
        Some(refused.expect("refused").to_string())
    };
    let Some(detector) = told(models::DEFAULT_MODEL, true) else { return };
    assert_eq!(detector, "model `yolox-nano` is for the task `detect`, expected `read-plate`");
    let Some(reader) = told("plate-cct-xs-v1", false) else { return };
    assert_eq!(reader, "model `plate-cct-xs-v1` is for the task `read-plate`, expected `embed-face`");
}

#[test]
fn a_face_that_is_not_aligned_is_refused() {
    let Some((embedder, _thread)) = loaded("face-mobileface-v2", FaceEmbedder::load) else { return };
    let unaligned = Picture::new(SizePx::new(2, 2), vec![0; 12]).expect("fits");
    let error = embedder.embed(&unaligned).expect_err("refused");
    assert_eq!(error.to_string(), "face is 2x2, expected it aligned to 112x112");
}

/// A loaded model that embeds people.
fn person_embedder(id: &str) -> Option<(PersonEmbedder, SessionThread)> {
    loaded(id, |runtime, card, file, provider| PersonEmbedder::load(runtime, card, file, provider, 2))
}

#[test]
fn a_person_is_embedded_as_python_embeds_the_same_pixels() {
    for id in ["person-reid-omz-0248", "person-reid-omz-0287"] {
        let Some((embedder, _thread)) = person_embedder(id) else { return };
        let cards = models::builtin_cards().expect("built-in cards");
        let card = models::find(&cards, id).expect("built in");
        let golden = Golden::of(card).expect("readable").expect("built in");
        let case = &golden.cases[0];
        let picture = case.picture().expect("built in");
        let whole = FrameBox::whole(picture.size());
        let vector = embedder.another_caller().embed(&picture.view(), &whole, LIMIT).expect("embedded");
        let norm: f64 = vector.iter().map(|&value| f64::from(value).powi(2)).sum();
        assert!((norm - 1.0).abs() < 1e-5, "{id}: {norm}");
        // Python's numbers are not of length 1: they differ from ours by one factor.
        let expected = &case.outputs[0];
        let largest = expected.samples.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let &(at, value) = largest.expect("some");
        let factor = value / vector[at];
        assert!(0.0 < factor, "{id}: {factor}");
        for &(at, wanted) in &expected.samples {
            let got = vector[at] * factor;
            assert!((got - wanted).abs() <= 2.0 * expected.tolerance, "{id}: {got} for {wanted}");
        }
    }
}

#[test]
fn a_person_of_whom_one_side_is_outside_the_frame_is_embedded_too() {
    let Some((embedder, _thread)) = person_embedder("person-reid-omz-0248") else { return };
    let grey = Picture::new(SizePx::new(40, 60), vec![90; 3 * 40 * 60]).expect("fits");
    let embed = |x0: f32, x1: f32| {
        let area = FrameBox::new(x0, -5.0, x1, 70.0).expect("valid");
        embedder.embed(&grey.view(), &area, LIMIT).expect("embedded")
    };
    assert_eq!(embed(-10.0, 40.0), embed(0.0, 40.0));
    assert_eq!(embed(0.0, 40.0).len(), 256);
}

#[test]
fn a_model_for_another_task_does_not_embed_people() {
    let Some(file) = models::testkit::model("face-mobileface-v2") else { return };
    let Some(runtime) = runtime() else { return };
    let cards = models::builtin_cards().expect("built-in cards");
    let card = Arc::new(models::find(&cards, "face-mobileface-v2").expect("built in").clone());
    let refused = PersonEmbedder::load(&runtime, card, &file, ProviderRequest::default(), 1).err();
    assert_eq!(
        refused.expect("refused").to_string(),
        "model `face-mobileface-v2` is for the task `embed-face`, expected `embed-person`"
    );
}
