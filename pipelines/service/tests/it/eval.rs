//! `cairn eval` and `cairn compare` on the shared footage: the same bytes however the work is shared out, other systems'
//! results scored as their own tools score them, and siblings that go on.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::harness::cairn;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/shared.toml");
const EMPTY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/empty.toml");

/// The mirror, where it holds the whole of the shared footage; `None` means: return from `test`.
fn mirror(test: &str) -> Option<PathBuf> {
    let mirror = models::testkit::mirror();
    let whole = [
        "footage/plates/labels.csv",
        "footage/people_pets09_s2l1/gt/gt.txt",
        "models/det-yolox-nano-416.onnx",
    ];
    // The default model is made of the mirror's file, and kept.
    if whole.iter().all(|file| mirror.join(file).exists())
        && models::testkit::model(models::DEFAULT_MODEL).is_some()
    {
        return Some(mirror);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs the shared footage");
    eprintln!("SKIPPED: {test}: needs the shared footage in a mirror");
    None
}

fn run(mirror: &Path, args: &[&str]) -> Output {
    cairn(args).env("CAIRN_MIRROR", mirror).output().expect("the binary runs")
}

/// Runs `eval` with a document, which is returned; its exit code must be `code`.
fn document(mirror: &Path, folder: &Path, name: &str, code: i32, args: &[&str]) -> String {
    let file = folder.join(name);
    let json = file.to_str().expect("a path of ours");
    let output = run(mirror, &[&["eval"], args, &["--json", json]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    std::fs::read_to_string(&file).expect("the document is there")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn number(document: &Value, key: &str) -> f64 {
    document.pointer(key).and_then(Value::as_f64).unwrap_or_else(|| panic!("{key} is no number"))
}

#[test]
fn threads_and_shards_do_not_change_a_byte() {
    let Some(mirror) = mirror("threads_and_shards_do_not_change_a_byte") else { return };
    let folder = tempfile::tempdir().expect("folder");
    // Of every kind of item a little, degraded too.
    let asked = [SHARED, "--limit", "70", "--degrade", "night", "--degrade", "frame-loss", "--reproducible"];
    let of =
        |name: &str, more: &[&str]| document(&mirror, folder.path(), name, 0, &[&asked[..], more].concat());
    let alone = of("alone.json", &["--threads", "1"]);
    assert!(alone == of("threads.json", &["--threads", "3"]), "three threads find something else than one");
    for index in 1..=3 {
        of(&format!("shard-{index}.json"), &["--shard", &format!("{index}/3"), "--threads", "2"]);
    }
    let shards: Vec<String> = (1..=3)
        .map(|index| folder.path().join(format!("shard-{index}.json")).display().to_string())
        .collect();
    let merge = ["--merge", &shards[2], &shards[0], &shards[1], "--reproducible"];
    assert!(
        alone == document(&mirror, folder.path(), "merged.json", 0, &merge),
        "shards merge to other bytes"
    );
    let outcomes =
        |text: &str| parsed(text).pointer("/by_degradation/night:0.5").cloned().expect("night was run");
    let other_seed = of("seed.json", &["--seed", "1"]);
    assert_ne!(
        outcomes(&alone)["track"]["motp"],
        outcomes(&other_seed)["track"]["motp"],
        "noise without a seed"
    );
}

/// Two minutes of each scene of `benches/scenarios/empty-scene`, which plays an hour.
#[test]
fn where_nothing_happens_nothing_is_told() {
    let Some(mirror) = mirror("where_nothing_happens_nothing_is_told") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let kinds = ["rain", "flicker", "ir-switch", "shake"].map(|kind| ["--degrade", kind]).concat();
    let asked = [&[EMPTY, "--task", "events", "--limit", "260"], &kinds[..]].concat();
    let told = parsed(&document(&mirror, folder.path(), "empty.json", 0, &asked));
    let units = told["units"].as_array().expect("units");
    assert_eq!(units.len(), 10, "two scenes as they are and in four kinds");
    for unit in units {
        let (item, events) = (&unit["item"], &unit["events"]);
        assert_eq!(unit["frames"], 260, "{item}");
        // Longer than the part that is repeated: times go on.
        assert!(20.0 < number(events, "/duration_s"), "{item}: {}", events["duration_s"]);
        assert_eq!(events["found"], serde_json::json!([]), "{item} {}", unit["degradation"]);
    }
    // The same scene with its first visitor in it: whoever would tell nothing at all is found out.
    let text = std::fs::read_to_string(EMPTY).expect("the dataset");
    let visited = text.replace("from = 1, to = 50, times = 720", "from = 1, to = 100, times = 2");
    assert_ne!(text, visited);
    let beside = |name: &str| Path::new(EMPTY).with_file_name(name);
    let config = beside("empty/edge.toml");
    std::fs::create_dir(folder.path().join("empty")).expect("folder");
    for file in ["edge.toml", "events.csv"] {
        std::fs::copy(config.with_file_name(file), folder.path().join("empty").join(file)).expect("copied");
    }
    let dataset = folder.path().join("visited.toml");
    std::fs::write(&dataset, visited).expect("dataset");
    let dataset = dataset.to_str().expect("a path of ours");
    let asked = [dataset, "--task", "events", "--item", "room", "--degrade", "none"];
    let visited = parsed(&document(&mirror, folder.path(), "visited.json", 0, &asked));
    let found = visited.pointer("/units/0/events/found").and_then(Value::as_array).expect("events");
    let at: Vec<f64> = found.iter().map(|event| number(event, "/at_s")).collect();
    assert!(at.iter().any(|&at| at < 10.0) && at.iter().any(|&at| 10.0 < at), "{at:?}");
}

#[test]
fn a_smaller_input_shows_less() {
    let Some(mirror) = mirror("a_smaller_input_shows_less") else { return };
    let folder = tempfile::tempdir().expect("folder");
    for (item, limit) in [("voc2007", "12"), ("people-pets09", "21")] {
        let asked = [SHARED, "--item", item, "--task", "detect", "--limit", limit, "--degrade", "none"];
        let asked = [&asked[..], &["--model", models::DEFAULT_MODEL]].concat();
        let of = |name: &str, more: &[&str]| {
            parsed(&document(&mirror, folder.path(), name, 0, &[&asked[..], more].concat()))
        };
        let (usual, small) = (of("usual.json", &[]), of("small.json", &["--input", "96x96"]));
        let recall = |document: &Value| number(document, "/tasks/detect/ar100");
        assert!(2.0 * recall(&small) < recall(&usual), "{item}: {} of {}", recall(&small), recall(&usual));
        assert_eq!(usual.pointer("/options/input"), None);
        assert_eq!(small.pointer("/options/input"), Some(&serde_json::json!([96, 96])));
    }
    for (model, input, expected) in [
        (
            models::DEFAULT_MODEL,
            "100x96",
            "--input: got 100x96, expected a size that model `yolox-nano` takes: ",
        ),
        (
            "yolox-nano-416",
            "320x320",
            "--input: got 320x320, expected a size that model `yolox-nano-416` takes: ",
        ),
        (models::DEFAULT_MODEL, "96", "such as 416x256"),
    ] {
        let refused =
            run(&mirror, &["eval", SHARED, "--item", "voc2007", "--model", model, "--input", input]);
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(64) && told.contains(expected), "{told}");
    }
}

#[test]
fn the_shared_footage_reaches_its_floors_and_every_true_event_is_found() {
    let Some(mirror) = mirror("the_shared_footage_reaches_its_floors_and_every_true_event_is_found") else {
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    let scored = parsed(&document(
        &mirror,
        folder.path(),
        "run.json",
        0,
        &[SHARED, "--task", "all", "--degrade=none"],
    ));
    let run_json = folder.path().join("run.json").display().to_string();
    let floors = Path::new(SHARED).with_file_name("floors.toml").display().to_string();
    let gates = run(&mirror, &["compare", &run_json, "--gates", &floors]);
    assert_eq!(gates.status.code(), Some(0), "{}", String::from_utf8_lossy(&gates.stdout));
    // Six visits, ten turning vehicles, four crossings of the lane: each once, and nothing else.
    assert_eq!(number(&scored, "/tasks/events/truths"), 20.0);
    assert_eq!(
        (number(&scored, "/tasks/events/right"), number(&scored, "/tasks/events/found")),
        (20.0, 20.0)
    );
    // The overhead lane counts with the model that sees it; the default model stands beside it.
    let lane =
        |model: &str| number(&scored, &format!("/by_item/vehicle-overhead-lane/{model}/events/recall"));
    assert_eq!((lane("nanodet-plus-m-1.5x"), lane("yolox-nano")), (1.0, 0.0));
}

#[test]
fn results_of_others_are_scored_as_their_own_tools_score_them() {
    let Some(mirror) = mirror("results_of_others_are_scored_as_their_own_tools_score_them") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let footage = mirror.join("footage");
    let results = |item: &str, file: &str| format!("{item}={}", footage.join(file).display());
    let coco = results("voc2007", "coco_eval/voc2007_images/dt_reference.json");
    let scored = parsed(&document(&mirror, folder.path(), "a.json", 0, &[SHARED, "--predictions", &coco]));
    // What pycocotools 2.0.11 says to the same two files.
    for (key, expected) in [("ap", 0.360_761_62), ("ap50", 0.582_991_68), ("ar100", 0.532_527_15)] {
        let value = number(&scored, &format!("/tasks/detect/{key}"));
        assert!((value - expected).abs() < 1e-7, "{key} is {value}, expected {expected}");
    }
    assert_eq!(scored["models"], Value::Array(Vec::new()), "no model took part");

    // A tracker's output, in the boxes of the clip as it is stored.
    let scaled = scaled_sort_output(&footage, folder.path());
    let track = format!("people-pets09={}", scaled.display());
    let scored = parsed(&document(&mirror, folder.path(), "b.json", 0, &[SHARED, "--predictions", &track]));
    let mota = number(&scored, "/tasks/track/mota");
    assert!((0.60..0.64).contains(&mota), "MOTA is {mota}, the kit says 0.619 in the original frame");
}

#[test]
fn events_of_others_are_scored_like_ours() {
    let Some(mirror) = mirror("events_of_others_are_scored_like_ours") else { return };
    let folder = tempfile::tempdir().expect("folder");
    // Another system's list, of two clips: it says `car` where the truth knows vehicles, one crossing is missing (frame
    // 323) and one is made up (frame 100).
    let list = folder.path().join("theirs.csv");
    let found = [100, 182, 228, 235, 286, 327, 420, 471, 541, 607];
    let rows: String = found
        .iter()
        .map(|frame| format!("vehicle-junction,car,f{frame},f{},,forward,\n", frame + 3))
        .chain(["people-one-by-one,person,f61,f66,,enter,\n".to_owned()])
        .collect();
    std::fs::write(&list, format!("clip,kind,start,end,rule,direction,tolerance\n{rows}")).expect("written");
    let theirs = format!("vehicle-junction={}", list.display());
    let of = |name: &str, more: &[&str]| {
        parsed(&document(
            &mirror,
            folder.path(),
            name,
            0,
            &[&[SHARED, "--predictions", &theirs], more].concat(),
        ))
    };
    let whole = of("whole.json", &[]);
    assert_eq!(
        (number(&whole, "/tasks/events/precision"), number(&whole, "/tasks/events/recall")),
        (0.9, 0.9)
    );
    assert!((number(&whole, "/tasks/events/time_to_event_s/p50") - 3.0 / 29.97).abs() < 1e-9);
    // The first 200 frames hold one true crossing.
    let limited = of("limited.json", &["--limit", "200"]);
    assert_eq!(
        (number(&limited, "/tasks/events/truths"), number(&limited, "/tasks/events/found")),
        (1.0, 2.0)
    );
}

/// SORT's output for the sequence is in the pixels of its first publication, 768x576; the clip has 480x360.
fn scaled_sort_output(footage: &Path, folder: &Path) -> PathBuf {
    let text =
        std::fs::read_to_string(footage.join("people_pets09_s2l1/ref/sort_output.txt")).expect("output");
    let lines = text.lines().map(|line| {
        let fields = line.split(',').enumerate().map(|(index, field)| match (index, field.parse::<f64>()) {
            (2..=5, Ok(pixels)) => format!("{:.3}", pixels * 0.625),
            _ => field.to_owned(),
        });
        fields.collect::<Vec<String>>().join(",")
    });
    let file = folder.join("sort.txt");
    std::fs::write(&file, lines.collect::<Vec<String>>().join("\n")).expect("written");
    file
}

#[test]
fn an_item_without_its_clip_fails_alone() {
    let Some(mirror) = mirror("an_item_without_its_clip_fails_alone") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let text = std::fs::read_to_string(SHARED).expect("dataset");
    // One clip's hash is wrong, so its file is not the one that the dataset means.
    let hash = "55c180396b485194";
    assert!(text.contains(hash), "the junction's clip is in the dataset");
    let dataset = folder.path().join("dataset.toml");
    std::fs::write(&dataset, text.replace(hash, "0000000000000000")).expect("written");
    let shared = Path::new(SHARED).with_file_name("shared");
    std::fs::create_dir(folder.path().join("shared")).expect("folder");
    for file in ["edge.toml", "events.csv"] {
        std::fs::copy(shared.join(file), folder.path().join("shared").join(file)).expect("copied");
    }
    let args = [
        dataset.to_str().expect("a path of ours"),
        "--item=vehicle-junction",
        "--item=vn-crops",
        "--degrade=none",
    ];
    let scored = parsed(&document(&mirror, folder.path(), "run.json", 1, &args));
    assert_eq!(scored.pointer("/failed/0/item"), Some(&Value::from("vehicle-junction")));
    let reason = scored.pointer("/failed/0/reason").and_then(Value::as_str).expect("named");
    assert!(reason.contains("junction_640x360.mp4"), "{reason}");
    assert!(0.0 < number(&scored, "/tasks/plates/n"), "the sibling was scored");
    assert!(scored.pointer("/tasks/events").is_none(), "half an item is not scored as a whole one");
}

#[test]
fn a_request_that_makes_no_sense_is_bad_usage_and_says_why() {
    let Some(mirror) = mirror("a_request_that_makes_no_sense_is_bad_usage_and_says_why") else { return };
    for (args, expected) in [
        (
            &["--item", "vehicle-juncton"][..],
            "--item: no item `vehicle-juncton`, nearest is `vehicle-junction`",
        ),
        (&["--model", "yolox-nano-417"], "nearest is `yolox-nano-416`"),
        (&["--degrade", "snow"], "snow"),
        (&["--predictions", "voc=x.json"], "--predictions: no item `voc`, nearest is"),
        (&["--task", "plates", "--model", "yolox-nano-416"], "nothing to do"),
        (&["--predictions", "voc2007=/nowhere/dt.json"], "could not read `/nowhere/dt.json`"),
        (&["--predictions", "voc2007=a/dt.json", "--predictions", "voc2007=b/dt.json"], "have the same name"),
        // Told before anything is run, not after.
        (&["--html", "/nowhere/run.html"], "`/nowhere/run.html` cannot be written"),
        (&["--shard", "0/3"], "expected I/N"),
        (&["--provider", "tpu"], "expected one of cpu, xnnpack, openvino, cuda, tensorrt"),
    ] {
        let output = run(&mirror, &[&["eval", SHARED], args].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}

#[test]
fn a_box_too_slow_for_its_camera_misses_frames_only_at_the_cameras_pace() {
    let Some(mirror) = mirror("a_box_too_slow_for_its_camera_misses_frames_only_at_the_cameras_pace") else {
        return;
    };
    let folder = tempfile::tempdir().expect("folder");
    // 30 frames a second, each a picture four times as large as the model was made for.
    let edge = std::fs::read_to_string(Path::new(SHARED).with_file_name("shared").join("edge.toml"))
        .expect("config");
    let slow = "id = \"junction\"\nmodel = \"nanodet-plus-m-1.5x\"\ninput-size = [1088, 1088]\n";
    let config = folder.path().join("edge.toml");
    std::fs::write(&config, edge.replace("id = \"junction\"\n", slow)).expect("written");
    let config = format!("--config={}", config.display());
    let asked = [SHARED, "--item=vehicle-junction", "--task=events", "--degrade=none", "--limit=60", &config];
    let of = |name: &str, speed: &str| {
        parsed(&document(&mirror, folder.path(), name, 0, &[&asked[..], &["--speed", speed]].concat()))
    };
    let (lockstep, real) = (of("lockstep.json", "lockstep"), of("real.json", "real"));
    assert_eq!(lockstep.pointer("/units/0/superseded"), None);
    assert!(0.0 < number(&real, "/units/0/superseded"));
    assert_eq!(number(&real, "/units/0/frames"), 60.0);
    // Two seconds of footage take two seconds.
    assert!(1.9 <= number(&real, "/speed/wall_s"), "played too fast");
}

#[test]
fn a_worse_run_is_told_from_a_lucky_one_and_a_gate_stops_it() {
    let Some(mirror) = mirror("a_worse_run_is_told_from_a_lucky_one_and_a_gate_stops_it") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let asked = [SHARED, "--item=voc2007", "--degrade=none"];
    let file = |name: &str| folder.path().join(name).display().to_string();
    document(&mirror, folder.path(), "nano.json", 0, &asked);
    document(
        &mirror,
        folder.path(),
        "plus.json",
        0,
        &[&asked[..], &["--model", "nanodet-plus-m-1.5x"]].concat(),
    );
    let gates = folder.path().join("gates.toml");
    std::fs::write(&gates, "[[gate]]\nscore = \"tasks.detect.ap\"\nmax-drop = 0.02\n").expect("written");
    let compare = |a: &str, b: &str| {
        run(
            &mirror,
            &[
                "compare",
                &file(a),
                &file(b),
                "--gates",
                &gates.display().to_string(),
                "--json",
                &file("c.json"),
            ],
        )
    };
    let better = compare("nano.json", "plus.json");
    assert_eq!(better.status.code(), Some(0), "{}", String::from_utf8_lossy(&better.stderr));
    let worse = compare("plus.json", "nano.json");
    assert_eq!(worse.status.code(), Some(2), "{}", String::from_utf8_lossy(&worse.stdout));
    let report = parsed(&std::fs::read_to_string(file("c.json")).expect("written"));
    assert_eq!(report["schema"], "cairn.compare/1");
}

#[test]
fn each_missed_event_names_the_clause_that_lost_it() {
    let Some(mirror) = mirror("each_missed_event_names_the_clause_that_lost_it") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let usual = std::fs::read_to_string(Path::new(SHARED).with_file_name("shared").join("edge.toml"))
        .expect("the cameras of the shared footage");
    // Nobody moves by two frame heights.
    let tight = folder.path().join("tight.toml");
    std::fs::write(&tight, usual.replacen("min-travel = 0.0", "min-travel = 2.0", 1)).expect("written");
    let tight = tight.display().to_string();
    let asked =
        [SHARED, "--item", "people-one-by-one", "--task", "events", "--degrade", "none", "--limit", "480"];
    let asked = [&asked[..], &["--config", &tight]].concat();
    let json = folder.path().join("tight.json").display().to_string();
    let output = run(&mirror, &[&["eval"], &asked[..], &["--json", &json]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let scored = parsed(&std::fs::read_to_string(&json).expect("the document is there"));

    let events = scored.pointer("/units/0/events/missed").and_then(Value::as_array).expect("missed events");
    let missed = scored.pointer("/units/0/trails/missed").and_then(Value::as_array).expect("and why");
    assert_eq!((events.len(), missed.len()), (2, 2), "two of six come in this time: {scored}");
    for (event, why) in events.iter().zip(missed) {
        assert_eq!(why.get("truth"), Some(event));
        assert_eq!(why["reason"], "clause", "{why}");
        assert_eq!(
            (&why["rule"], &why["lost"][0]["name"]),
            (&"person-in-view".into(), &"travel".into()),
            "{why}"
        );
        assert_eq!(number(why, "/lost/0/bound"), 2.0);
    }
    assert!(said.contains("missed events, and why"), "{said}");
    assert_eq!(said.matches("rule `person-in-view` at ").count(), 2, "{said}");
}
