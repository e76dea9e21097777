//! Broker, ledger and box are killed in turn: every event arrives at both receivers, in order, and repeats fall to their
//! key.

use crate::harness::{cairn, model_store, people_clip};

#[test]
fn nothing_is_lost_when_broker_ledger_and_box_are_killed() {
    // The demo takes these from the store that the helpers have filled.
    if model_store().is_none()
        || people_clip().is_none()
        || datasets::testkit::clip("vehicle-junction").is_none()
    {
        return;
    }
    let dir = tempfile::tempdir().expect("temporary folder");
    let json = dir.path().join("demo.json");
    let mut command = cairn(&["demo", "--seconds", "36"]);
    for outage in ["broker@7+6", "ledger@9+6", "box@22+1"] {
        command.args(["--outage", outage]);
    }
    let done = command
        .arg("--out")
        .arg(dir.path().join("out"))
        .arg("--json")
        .arg(&json)
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&done.stderr));

    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&json).expect("report")).expect("JSON");
    assert_eq!(report["schema"], "cairn.demo/1");
    let count = |key: &str| report["events"][key].as_u64().expect("count");
    assert!(0 < count("journalled"));
    assert_eq!(count("journalled"), count("published"), "{said}");
    assert_eq!(count("journalled"), count("receipted"), "{said}");
    let passages = report["passages"].as_array().expect("list");
    assert!(passages.iter().any(|passage| passage["class"] == "person"), "{said}");
    assert!(passages.iter().any(|passage| passage["camera"] != "people"), "{said}");
    for part in ["broker", "ledger", "box"] {
        assert!(said.contains(&format!("{part} is down")), "{said}");
    }
    for passage in passages {
        let snapshot = passage["snapshot"].as_str().expect("a picture");
        assert!(std::fs::metadata(snapshot).is_ok_and(|file| 0 < file.len()), "{snapshot}");
    }
}
