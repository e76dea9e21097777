use std::error::Error;

use vision::ChannelOrder;

use super::*;
use crate::recipe::Recipe;
use crate::{builtin_cards, find};

const GOOD: &str = include_str!("../../cards/yolox-nano-416.toml");
const DERIVED: &str = include_str!("../../cards/yolox-nano.toml");
const SLOTS: &str = include_str!("../../cards/plate-cct-xs-v1.toml");
const CTC: &str = include_str!("../../cards/plate-lprnet-sirius.toml");
const PERSON: &str = include_str!("../../cards/person-rtmdet-nano.toml");
const YUNET: &str = include_str!("../../cards/face-yunet.toml");
const LOCATOR: &str = include_str!("../../cards/plate-hyperlpr-320.toml");
const FACE: &str = include_str!("../../cards/face-mobilefacenet.toml");

/// The card in `text`, which is not derived.
fn parse(file: &Path, text: &str) -> Result<Card, CardError> {
    Draft::parse(file, text)?.check(&|_| None)
}

/// The good card with `old` replaced, and what reading it says, causes included.
#[track_caller]
fn refusal(old: &str, new: &str) -> String {
    refusal_of(GOOD, old, new)
}

#[track_caller]
fn refusal_of(good: &str, old: &str, new: &str) -> String {
    assert!(good.contains(old), "the good card has no `{old}`");
    let err = parse(Path::new("cards/bad.toml"), &good.replacen(old, new, 1)).expect_err("bad card");
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        text = format!("{text}: {err}");
        cause = err.source();
    }
    text
}

#[track_caller]
fn refused(old: &str, new: &str, expected: &str) {
    assert_eq!(refusal(old, new), format!("card `cards/bad.toml`: {expected}"));
}

#[test]
fn a_card_reads_as_written() {
    let card = parse(Path::new("x.toml"), GOOD).expect("good card");
    assert_eq!(card.artifact.file, "det-yolox-nano-416.onnx");
    assert_eq!(card.artifact.bytes, 3_660_092);
    assert_eq!(card.input.size, InputSize::Fixed(SizePx::new(416, 416)));
    let spec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };
    assert_eq!((card.input.spec, card.input.fit), (spec, Fit::Letterbox(PadSide::BottomRight)));
    assert_eq!((card.input.element, card.input.layout), (ElementType::F32, TensorLayout::Nchw));
    assert_eq!((card.task, card.head.tasks()), (Task::Detect, &[Task::Detect][..]));
    assert_eq!(card.head, Head::Yolox { strides: vec![8, 16, 32] });
    assert_eq!(
        (card.classes.len(), card.classes[0].as_str(), card.classes[79].as_str()),
        (80, "person", "toothbrush")
    );
    assert!(card.licence.is_allowed());
}

#[test]
fn a_detector_knows_from_which_height_it_finds_objects() {
    let good = |text: &str| parse(Path::new("x.toml"), text).expect("good card").smallest_px;
    assert_eq!((good(&GOOD.replace("smallest-px = 24", "smallest-px = 33")), good(GOOD)), (33, 24));
    assert_eq!(good(&GOOD.replace("smallest-px = 24\n", "")), DEFAULT_SMALLEST_PX);
    assert_eq!((good(YUNET), good(SLOTS)), (DEFAULT_SMALLEST_PX, 0));
    for bad in ["3", "0", "-20", "1001", "99999999999"] {
        let told = format!("`smallest-px` is {bad}, expected a height from 4 to 1000 input pixels");
        refused("smallest-px = 24", &format!("smallest-px = {bad}"), &told);
    }
    for (bad, expected) in
        [("\"small\"", "invalid type: string \"small\""), ("20.5", "floating point `20.5`")]
    {
        let told = refusal("smallest-px = 24", &format!("smallest-px = {bad}"));
        assert!(told.contains("smallest-px = ") && told.contains(expected), "{told}");
    }
    assert_eq!(
        refusal_of(SLOTS, "task = \"read-plate\"", "task = \"read-plate\"\nsmallest-px = 24"),
        "card `cards/bad.toml`: `smallest-px` is 24, expected nothing, only a model that detects has it"
    );
}

#[test]
fn every_detector_of_cameras_was_measured() {
    let cards = builtin_cards().expect("built-in cards");
    for card in cards.iter().filter(|card| card.task == Task::Detect) {
        assert!((4..=DEFAULT_SMALLEST_PX).contains(&card.smallest_px), "{}: {}", card.id, card.smallest_px);
    }
    // The same weights.
    let of = |id| find(&cards, id).expect("built in").smallest_px;
    assert_eq!(of("yolox-nano"), of("yolox-nano-416"));
}

#[test]
fn readers_read_as_written() {
    let good = |text| parse(Path::new("x.toml"), text).expect("good card");
    let slots = good(SLOTS);
    assert_eq!(slots.task, Task::ReadPlate);
    assert_eq!((slots.input.element, slots.input.layout), (ElementType::U8, TensorLayout::Nhwc));
    assert_eq!((slots.input.fit, slots.input.spec.order), (Fit::Stretch, ChannelOrder::Rgb));
    assert_eq!((slots.min_score, slots.nms_iou, slots.classes.len()), (0.0, 1.0, 0));
    let Head::Slots { alphabet, empty: 36, scores: Scores::Probabilities } = &slots.head else {
        panic!("{:?}", slots.head)
    };
    assert_eq!(alphabet.len(), 36);

    let Head::Ctc { alphabet, blank: 67, axes: CtcAxes::ClassesSteps, scores: Scores::Logits } =
        good(CTC).head
    else {
        panic!("not CTC")
    };
    assert_eq!((alphabet.chars().count(), alphabet.chars().next()), (67, Some('京')));

    let face = good(FACE);
    assert_eq!((face.task, face.input.fit), (Task::EmbedFace, Fit::Arcface));
    assert_eq!(face.head, Head::Embedding { length: 128 });

    let person = good(&FACE.replace("embed-face", "embed-person").replace("\"arcface\"", "\"stretch\""));
    assert_eq!((person.task, person.input.fit), (Task::EmbedPerson, Fit::Stretch));
    assert_eq!(person.head, face.head, "one head, two tasks");
    assert!(!face.licence.is_allowed(), "what it was trained on was not licensed to anybody");
}

#[test]
fn detectors_of_every_family_read_as_written() {
    let good = |text: &str| parse(Path::new("x.toml"), text).expect("good card");
    let person = good(PERSON);
    assert_eq!((person.task, &person.head), (Task::Detect, &Head::Rtmdet));
    assert_eq!((person.nms_iou, &person.classes[..]), (1.0, &["person".to_owned()][..]));
    assert_eq!(good(&PERSON.replace("classes", "nms-iou = 0.6\nclasses")).nms_iou, 0.6, "who wants it may");

    let yunet = good(YUNET);
    assert_eq!((yunet.task, &yunet.head), (Task::DetectFace, &Head::Yunet { strides: vec![8, 16, 32] }));
    assert_eq!((yunet.outputs.len(), yunet.nms_iou), (12, 0.3));
    let locator = good(LOCATOR);
    assert_eq!((locator.task, &locator.head), (Task::DetectPlate, &Head::Yolov5Corners));
    assert_eq!(locator.input.fit, Fit::Letterbox(PadSide::Both));

    // What an evaluator may bring.
    let with =
        |old: &str, new: &str| GOOD.replace("kind = \"yolox\"\nstrides = [8, 16, 32]", new).replace(old, "");
    assert_eq!(good(&with("", "kind = \"yolov8\"")).head, Head::Yolov8);
    let detr = with("nms-iou = 0.45\n", "kind = \"detr\"\nscores = \"logits\"");
    let detr = good(&detr.replace("[\"output\"]", "[\"logits\", \"boxes\"]"));
    assert_eq!((detr.head, detr.nms_iou), (Head::Detr { scores: Scores::Logits }, 1.0));
}

#[test]
fn values_that_cannot_be_a_detectors_are_refused_with_their_key() {
    for (good, old, new, expected) in [
        (
            PERSON,
            "[\"person\"]",
            "[\"person\", \"car\"]",
            "`classes` is [\"person\", \"car\"], expected one name, for the head `rtmdet`",
        ),
        (
            PERSON,
            "[\"dets\"]",
            "[\"dets\", \"labels\"]",
            "`outputs` is [\"dets\", \"labels\"], expected as many names as the head `rtmdet` reads, 1",
        ),
        (
            YUNET,
            "detect-face",
            "detect-plate",
            "`head.kind` is \"yunet\", expected a head for the task `detect-plate`",
        ),
        (
            YUNET,
            "[8, 16, 32]",
            "[8, 0, 32]",
            "`head.strides` is [8, 0, 32], expected at least one, none of them 0",
        ),
        (LOCATOR, "nms-iou = 0.5\n", "", "`nms-iou` is missing, expected a number from 0 to 1"),
        (
            LOCATOR,
            "kind = \"yolov5-corners\"",
            "kind = \"yolox\"\nstrides = [8]",
            "`head.kind` is \"yolox\", expected a head for the task `detect-plate`",
        ),
    ] {
        assert_eq!(refusal_of(good, old, new), format!("card `cards/bad.toml`: {expected}"));
    }
    assert!(refusal_of(PERSON, "kind = \"rtmdet\"", "kind = \"rtmdet\"\nstrides = [8]").contains("strides"));
    assert!(refusal_of(GOOD, "kind = \"yolox\"", "kind = \"detr\"").contains("strides"));
}

#[test]
fn values_that_cannot_be_a_readers_are_refused_with_their_key() {
    for (good, old, new, expected) in [
        (SLOTS, "read-plate", "detect", "`head.kind` is \"slots\", expected a head for the task `detect`"),
        (
            SLOTS,
            "read-plate",
            "embed-face",
            "`head.kind` is \"slots\", expected a head for the task `embed-face`",
        ),
        (
            FACE,
            "embed-face",
            "read-plate",
            "`head.kind` is \"embedding\", expected a head for the task `read-plate`",
        ),
        (
            SLOTS,
            "outputs",
            "min-score = 0.5\noutputs",
            "`min-score` is 0.5, expected nothing, only a model that detects has it",
        ),
        (
            FACE,
            "outputs",
            "nms-iou = 0.5\noutputs",
            "`nms-iou` is 0.5, expected nothing, only a model that detects has it",
        ),
        (
            CTC,
            "outputs",
            "classes = \"coco-80\"\noutputs",
            "`classes` is \"coco-80\", expected nothing, only a model that detects has it",
        ),
        (
            SLOTS,
            "\"0123",
            "\"00123",
            "`head.alphabet` is \"00123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\", expected at least one character, none of them twice",
        ),
        (
            SLOTS,
            "empty = 36",
            "empty = 37",
            "`head.empty` is 37, expected at most 36, the number of characters",
        ),
        (
            CTC,
            "blank = 67",
            "blank = 68",
            "`head.blank` is 68, expected at most 67, the number of characters",
        ),
        (FACE, "length = 128", "length = 0", "`head.length` is 0, expected at least 1"),
        (
            SLOTS,
            "fit =",
            "mean = [0.0, 0.0, 0.0]\nfit =",
            "`input.mean` is [0.0, 0.0, 0.0], expected nothing, bytes are fed as they are",
        ),
        (
            SLOTS,
            "fit =",
            "scale = [1.0, 1.0, 1.0]\nfit =",
            "`input.scale` is [1.0, 1.0, 1.0], expected nothing, bytes are fed as they are",
        ),
        (
            SLOTS,
            "fit = \"stretch\"\n",
            "",
            "`input.fit` is missing, expected either `letterbox`, or `fit` with \"stretch\" or \"arcface\"",
        ),
        (
            SLOTS,
            "fit =",
            "letterbox = { pad = \"both\", fill = 0.0 }\nfit =",
            "`input.fit` is \"stretch\", expected either `letterbox`, or `fit` with \"stretch\" or \"arcface\"",
        ),
    ] {
        assert_eq!(refusal_of(good, old, new), format!("card `cards/bad.toml`: {expected}"));
    }
}

#[test]
fn an_unknown_key_is_named_with_its_file() {
    for (old, new) in [
        ("task =", "taks ="),
        ("note =", "notes ="),
        ("commit =", "comit ="),
        ("layout =", "layuot ="),
        ("fixed =", "fixd ="),
        ("fill =", "fil ="),
        ("strides =", "bins = 8\nstrides ="),
    ] {
        let text = refusal(old, new);
        let key = new.split(' ').next().expect("a key");
        assert!(text.starts_with("card `cards/bad.toml` is not written as a model card: "), "{text}");
        assert!(text.contains(&format!("unknown field `{key}`, expected ")), "{text}");
    }
}

#[test]
fn an_unknown_word_is_named_with_those_that_are_known() {
    for (old, new, expected) in [
        (
            "\"detect\"",
            "\"guess\"",
            "unknown variant `guess`, expected one of `detect`, `detect-face`, `detect-plate`, `read-plate`, `embed-face`, `embed-person`",
        ),
        ("\"nchw\"", "\"chw\"", "unknown variant `chw`, expected `nchw` or `nhwc`"),
        ("\"bgr\"", "\"grb\"", "unknown variant `grb`, expected `bgr` or `rgb`"),
        ("\"bottom-right\"", "\"left\"", "unknown variant `left`, expected `bottom-right` or `both`"),
        (
            "\"yolox\"",
            "\"yolo\"",
            "unknown variant `yolo`, expected one of `yolox`, `nanodet-plus`, `rtmdet`, `yunet`, `yolov5-corners`, `yolov8`, `detr`, `slots`, `ctc`, `embedding`",
        ),
    ] {
        let text = refusal(old, new);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_missing_key_is_named() {
    let text = refusal("bytes = 3660092\n", "");
    assert!(text.contains("missing field `bytes`"), "{text}");
    refused("min-score = 0.3\n", "", "`min-score` is missing, expected a number from 0 to 1");
    refused("mean = [0.0, 0.0, 0.0]\n", "", "`input.mean` is missing, expected three finite numbers");
}

#[test]
fn values_that_cannot_be_right_are_refused_with_their_key() {
    refused(
        "= \"yolox-nano-416\"",
        "= \"YOLOX nano\"",
        "`id` is \"YOLOX nano\", expected lower-case letters, digits, `.` and `-`",
    );
    refused(
        "695e",
        "695E",
        "`sha256` is \"695E750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14\", expected 64 lower-case hexadecimal digits",
    );
    refused("bytes = 3660092", "bytes = 0", "`bytes` is 0, expected the length of the file, at least 1");
    refused("code = \"Apache-2.0\"", "code = \" \"", "`licence.code` is \" \", expected some text");
    refused("[\"output\"]", "[]", "`outputs` is [], expected at least one name, none of them empty");
    refused("min-score = 0.3", "min-score = 30.0", "`min-score` is 30.0, expected a number from 0 to 1");
    refused("nms-iou = 0.45", "nms-iou = nan", "`nms-iou` is NaN, expected a number from 0 to 1");
    refused(
        "scale = [1.0",
        "scale = [0.0",
        "`input.scale` is [0.0, 1.0, 1.0], expected three finite numbers, none of them 0",
    );
    refused("mean = [0.0", "mean = [inf", "`input.mean` is [inf, 0.0, 0.0], expected three finite numbers");
    refused(
        "fill = 114.0",
        "fill = 256.0",
        "`input.letterbox.fill` is 256.0, expected a number from 0 to 255",
    );
    let beside = "expected a file beside the card whose name ends in `.golden.toml`";
    for bad in ["own.toml", "../own.golden.toml", "/own.golden.toml"] {
        refused(
            "outputs =",
            &format!("golden = \"{bad}\"\noutputs ="),
            &format!("`golden` is \"{bad}\", {beside}"),
        );
    }
    refused("[8, 16, 32]", "[8, 0]", "`head.strides` is [8, 0], expected at least one, none of them 0");
}

#[test]
fn a_model_takes_one_picture_in_a_run_unless_its_card_says_any() {
    let batch = |text: &str| parse(Path::new("x.toml"), text).expect("good card").input.batch;
    assert_eq!((batch(GOOD), batch(PERSON)), (InputBatch::One, InputBatch::Any));
    assert_eq!((InputBatch::One.most(4), InputBatch::Any.most(4)), (1, 4));
    let told = refusal("[input]\n", "[input]\nbatch = \"some\"\n");
    assert!(told.contains("unknown variant `some`, expected `one` or `any`"), "{told}");
}

#[test]
fn an_input_size_is_fixed_or_a_multiple() {
    let size = "{ fixed = [416, 416] }";
    refused(
        size,
        "{ fixed = [416, 0] }",
        "`input.size.fixed` is [416, 0], expected a width and a height of at least 1",
    );
    let odd = "{ multiple-of = 32, default = [416, 400] }";
    refused(size, odd, "`input.size.default` is [416, 400], expected multiples of 32, at least 32");
    let zero = "{ multiple-of = 0, default = [416, 416] }";
    refused(size, zero, "`input.size.multiple-of` is 0, expected at least 1 pixel");
    let both = refusal(size, "{ fixed = [416, 416], multiple-of = 32 }");
    assert!(both.ends_with("expected either `fixed`, or `multiple-of` and `default`"), "{both}");
}

#[test]
fn a_model_takes_its_own_sizes_alone() {
    let any = InputSize::MultipleOf { step: 32, default: SizePx::new(416, 416) };
    assert!(any.takes(SizePx::new(640, 384)));
    assert!(!any.takes(SizePx::new(640, 360)) && !any.takes(SizePx::new(0, 32)));
    let fixed = InputSize::Fixed(SizePx::new(416, 416));
    assert!(fixed.takes(SizePx::new(416, 416)) && !fixed.takes(SizePx::new(640, 640)));
}

#[test]
fn classes_are_a_known_list_or_written_out() {
    let expected = "expected \"coco-80\", or a list of names, at least one, none empty, none twice";
    let list = "\"coco-80\"";
    for bad in ["\"coco-91\"", "[]", "[\"\"]", "[\"car\", \"car\"]", "[1]", "80"] {
        refused(list, bad, &format!("`classes` is {bad}, {expected}"));
    }
    let own = GOOD.replace(list, "[\"motorcycle\", \"boat\"]");
    assert_eq!(parse(Path::new("x"), &own).expect("good").classes, ["motorcycle", "boat"]);
}

#[test]
fn a_distribution_has_at_least_two_bins() {
    refused("kind = \"yolox\"", "kind = \"nanodet-plus\"\nbins = 1", "`head.bins` is 1, expected at least 2");
}

#[test]
fn a_licence_that_is_not_allowed_shows() {
    let reserved = |id: &str| {
        let cards = builtin_cards().expect("built-in cards");
        !find(&cards, id).expect("known").licence.is_allowed()
    };
    assert!(reserved("nanodet-plus-m-1.5x") && !reserved("yolox-nano"));
}

#[test]
fn a_derived_file_names_its_parent_and_how() {
    let cards = builtin_cards().expect("built-in cards");
    let made = find(&cards, "yolox-nano").expect("known").artifact.derived.clone().expect("derived");
    assert_eq!((made.from.id.as_str(), made.recipe), ("yolox-nano-416", Recipe::FreeSize));

    let refused = |old: &str, new: &str| refusal_of(DERIVED, old, new);
    let of_none =
        "`derived.from` is \"yolox-nano-416\", expected the id of a model card whose own file is not derived";
    assert_eq!(refused("about = ", "about = "), format!("card `cards/bad.toml`: {of_none}"));
    assert_eq!(
        refused("\"free-size\"", "\"quantise\""),
        "card `cards/bad.toml`: `derived.recipe` is \"quantise\", expected `free-size`"
    );
}
