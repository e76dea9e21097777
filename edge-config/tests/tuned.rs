//! What `cairn bench --tune` measured, read back and held against a configuration.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use edge_config::{Checked, Machine, Problems, Strictness, Surroundings, parse};

const TUNED: &str = include_str!("good/tuned.toml");

fn here() -> Machine {
    Machine { cpu: "Example 9000".to_owned(), cores: 4, memory_mb: 8000, arch: "x86_64".to_owned() }
}

/// A box with `inference` and `cameras`, beside a file `tuned.toml` with `tuned` in it, on `machine`.
fn check(
    inference: &str,
    cameras: &str,
    tuned: &str,
    machine: Option<&Machine>,
) -> Result<Checked, Problems> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tuned.toml"), tuned).unwrap();
    let text = format!(
        "[box]\nid = \"b\"\nsite = \"s\"\ndata-dir = \"d\"\n[delivery]\nlocal-only = true\n[inference]\n{inference}\n{cameras}"
    );
    let surroundings = Surroundings { machine, ..Surroundings::default() };
    parse("edge.toml", &text, folder.path(), Strictness::Strict, surroundings)
}

/// `count` live cameras with `more` keys.
fn live(count: usize, more: &str) -> String {
    (0..count).map(|i| format!("[[camera]]\nid = \"c{i}\"\nurl = \"rtsp://h/{i}\"\n{more}\n")).collect()
}

fn warnings(cameras: &str, machine: Option<&Machine>) -> Vec<String> {
    let checked = check("tuned = \"tuned.toml\"", cameras, TUNED, machine).unwrap();
    checked.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_certificate_carries_is_no_cause_for_a_warning() {
    let here = here();
    assert_eq!(warnings(&live(4, "max-rate-hz = 10"), Some(&here)), Vec::<String>::new());
    // Half the rate, twice the cameras; without knowledge of the machine the file is believed.
    assert_eq!(warnings(&live(8, "max-rate-hz = 5"), None), Vec::<String>::new());
    // Footage waits and loses nothing.
    let footage = "[[camera]]\nid = \"f\"\nurl = \"file:a.mp4\"\n".to_owned();
    assert_eq!(warnings(&(live(4, "max-rate-hz = 10") + &footage), Some(&here)), Vec::<String>::new());
}

#[test]
fn more_cameras_than_certified_are_warned_of() {
    let said = |percent: u32| {
        format!(
            "edge.toml:8:9: inference.tuned: cameras ask for {percent} % of what this machine was measured to carry on \
             2026-11-22: 4 cameras of h264 1920x1080 at 25 Hz, 10 Hz looked at, with \"yolox-nano\" at 416x256"
        )
    };
    assert_eq!(warnings(&live(5, "max-rate-hz = 10"), Some(&here())), [said(125)]);
    // Without a rate every picture is looked at: 25 a second of each.
    assert_eq!(warnings(&live(4, ""), Some(&here())), [said(250)]);
    assert_eq!(warnings(&live(4, "input-size = [416, 256]"), Some(&here())), [said(250)]);
}

#[test]
fn a_machine_that_carries_no_camera_says_so() {
    let tuned = TUNED.replace("cameras = 4", "cameras = 0");
    let checked = check("tuned = \"tuned.toml\"", &live(1, ""), &tuned, Some(&here())).unwrap();
    let [warning] = checked.warnings.as_slice() else { panic!("{:?}", checked.warnings) };
    assert!(warning.message.starts_with("cameras ask for more of what"), "{warning}");
}

#[test]
fn a_model_or_an_input_size_without_a_certificate_is_warned_of() {
    let model = "model = \"nanodet-plus-m-1.5x\"";
    assert_eq!(
        warnings(&live(1, model), Some(&here())),
        [
            "edge.toml:8:9: inference.tuned: has no certificate for model \"nanodet-plus-m-1.5x\" on cpu, which camera \
          \"c0\" asks for; run `cairn bench --tune --model nanodet-plus-m-1.5x`"
        ]
    );
    let [warning] = &warnings(&live(1, "input-size = [640, 640]"), Some(&here()))[..] else { panic!("one") };
    assert!(warning.contains("\"yolox-nano\" at 640x640 on cpu, which camera \"c0\""), "{warning}");
}

#[test]
fn what_one_provider_carries_says_nothing_of_another() {
    let here = here();
    let on = |wish: &str, cameras: &str| {
        let inference = format!("tuned = \"tuned.toml\"\nprovider = {{ {wish} }}");
        let checked = check(&inference, cameras, TUNED, Some(&here)).unwrap();
        let warnings: Vec<String> = checked.warnings.iter().map(|warning| warning.message.clone()).collect();
        (warnings, checked.config.inference.threads_of("yolox-nano", None))
    };
    let camera = live(1, "max-rate-hz = 10");
    let (warnings, threads) = on("require = \"openvino\"", &camera);
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(
        warning.starts_with("has no certificate for model \"yolox-nano\" on openvino, which"),
        "{warning}"
    );
    assert_eq!(threads, 1, "three were best on the processor");
    assert_eq!(on("prefer = [\"openvino\"]", &camera), (vec![], 3), "it may end there");

    let both =
        TUNED.replace("provider = \"cpu\"", "provider = \"openvino\"").replace("cameras = 4", "cameras = 1");
    let both = format!("{TUNED}\n{}", &both[both.find("[[model]]").unwrap()..]);
    let inference = "tuned = \"tuned.toml\"\nprovider = { prefer = [\"openvino\", \"cpu\"] }";
    let checked = check(inference, &live(2, "max-rate-hz = 10"), &both, Some(&here)).unwrap();
    let [warning] = checked.warnings.as_slice() else { panic!("{:?}", checked.warnings) };
    assert!(warning.message.starts_with("cameras ask for 200 %"), "{warning}");
}

#[test]
fn looks_at_tiles_are_told_not_to_be_in_the_certificate() {
    let rule = "max-rate-hz = 10\n[[camera.zone]]\nid = \"z\"\npolygon = [[0, 0], [1, 0], [1, 1]]\n\
                [[camera.rule]]\nid = \"r\"\nversion = 1\nzone = \"z\"\non = \"enter\"\nclasses = [\"person\"]\n\
                smallest-px = 24";
    let [warning] = &warnings(&live(1, rule), Some(&here()))[..] else { panic!("one") };
    assert!(
        warning.ends_with(
            "counts one look at each frame, but camera \"c0\" looks again at tiles for `smallest-px = 24`"
        ),
        "{warning}"
    );
}

#[test]
fn another_machine_is_told_from_this_one() {
    let here = here();
    let others = [
        Machine { cpu: "Example 9001".to_owned(), ..here.clone() },
        Machine { cores: 8, ..here.clone() },
        Machine { memory_mb: 16_000, ..here.clone() },
        Machine { arch: "aarch64".to_owned(), ..here.clone() },
    ];
    for other in &others {
        assert_eq!(
            warnings(&live(9, ""), Some(other)),
            [
                "edge.toml:8:9: inference.tuned: measured on another machine (Example 9000, 4 cores, 8000 MB, x86_64), so \
              it says nothing about this one; run `cairn bench --tune` here"
            ],
            "{other}"
        );
    }
    // Another kernel leaves a little more.
    assert_eq!(warnings(&live(1, ""), Some(&Machine { memory_mb: 8300, ..here })), Vec::<String>::new());
}

#[test]
fn threads_are_the_operators_then_the_measured_ones_then_one() {
    let here = here();
    let threads = |inference: &str, machine: &Machine, model: &str, input| {
        check(inference, "", TUNED, Some(machine)).unwrap().config.inference.threads_of(model, input)
    };
    let tuned = "tuned = \"tuned.toml\"";
    assert_eq!(threads(tuned, &here, "yolox-nano", None), 3);
    assert_eq!(threads(tuned, &here, "yolox-nano", Some((416, 256))), 3);
    assert_eq!(threads(tuned, &here, "yolox-nano", Some((640, 640))), 1);
    assert_eq!(threads(tuned, &here, "another", None), 1);
    assert_eq!(threads("tuned = \"tuned.toml\"\nthreads = 2", &here, "yolox-nano", None), 2);
    assert_eq!(threads("", &here, "yolox-nano", None), 1);
    let elsewhere = Machine { cores: 8, ..here };
    assert_eq!(threads(tuned, &elsewhere, "yolox-nano", None), 1);
}

#[test]
fn batch_and_sessions_are_the_operators_then_the_measured_ones_then_one() {
    let here = here();
    let measured = TUNED.replace("batch = 1", "batch = 4").replace("sessions = 1", "sessions = 2");
    let both = |inference: &str| {
        let inference = check(inference, "", &measured, Some(&here)).unwrap().config.inference;
        (inference.batch_of("yolox-nano", None), inference.sessions_of("yolox-nano", Some((416, 256))))
    };
    let tuned = "tuned = \"tuned.toml\"\n";
    assert_eq!(both(tuned), (4, 2));
    assert_eq!(both(&format!("{tuned}batch = 2")), (2, 2));
    assert_eq!(both(&format!("{tuned}sessions = 3")), (4, 3));
    assert_eq!(both(""), (1, 1));
    // What was measured on the processor says nothing about another provider.
    assert_eq!(both(&format!("{tuned}provider = {{ require = \"cuda\" }}")), (1, 1));
    assert_eq!(both(&format!("{tuned}provider = {{ prefer = [\"cuda\", \"cpu\"] }}")), (4, 2));
}

#[test]
fn what_was_measured_in_the_precision_asked_for_counts_first() {
    let start = TUNED.find("[[model]]").unwrap();
    let one = &TUNED[start..TUNED.find("[[certificate]]").unwrap()];
    let on = |precision: &str, threads: u8| {
        one.replace("\"cpu\"", "\"openvino\"")
            .replace("fp32", precision)
            .replace("threads = 3", &format!("threads = {threads}"))
    };
    let tuned = format!("{TUNED}\n{}\n{}", on("fp32", 2), on("fp16", 4));
    let threads = |provider: &str| {
        let inference = format!("tuned = \"tuned.toml\"\nprovider = {{ {provider} }}");
        check(&inference, "", &tuned, Some(&here())).unwrap().config.inference.threads_of("yolox-nano", None)
    };
    assert_eq!(threads("require = \"openvino\""), 2);
    assert_eq!(threads("require = \"openvino\", precision = \"fp16\""), 4);
    assert_eq!(threads("prefer = [\"openvino\"], precision = \"int8\""), 2);
    assert_eq!(threads("require = \"cpu\", precision = \"int8\""), 3);
}

#[test]
fn a_file_that_is_named_and_cannot_be_used_is_a_problem() {
    let refused = |inference: &str, tuned: &str| check(inference, "", tuned, None).unwrap_err().to_string();
    let missing = refused("tuned = \"no-such.toml\"", TUNED);
    assert!(
        missing.contains("inference.tuned: could not read file") && missing.contains("no-such.toml"),
        "{missing}"
    );
    let broken = [
        ("cores = 4", "cores = 0", "machine.cores: got 0, expected a whole number of at least 1"),
        ("threads = 3", "threads = 65", "model[0].threads: got 65, expected a whole number from 1 to 64"),
        ("batch = 1", "batch = 64", "model[0].batch: got 64, expected a whole number from 1 to 32"),
        ("sessions = 1", "sessions = 17", "model[0].sessions: got 17, expected a whole number from 1 to 16"),
        ("codec", "codek", "certificate[0].codec: missing"),
        ("size = [1920, 1080]", "size = [1920]", "certificate[0].size: got a list of 1"),
        ("[machine]", "[machine", "not TOML"),
    ];
    for (from, to, expected) in broken {
        let said = refused("tuned = \"tuned.toml\"", &TUNED.replacen(from, to, 1));
        assert!(said.contains(expected) && said.contains("run `cairn bench --tune` again"), "{said}");
    }
}
