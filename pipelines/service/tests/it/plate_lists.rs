//! Signed lists, from a table to a running box.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use proto::v1 as pb;

use crate::harness::{PATIENCE, TestBox, local_box, model_store, output};

/// Makes a key in `dir` and answers its public half.
pub(crate) fn new_key(dir: &Path) -> String {
    let made = output(&["lists", "key", "new", "--out", &path(dir, "lists.key")]);
    assert!(made.status.success(), "{}", said(&made));
    String::from_utf8(made.stdout).expect("text").trim().to_owned()
}

/// Signs `csv` as version `version` of the list `name` with the key in `dir`, into the file `dir/name.list`.
pub(crate) fn sign(dir: &Path, name: &str, kind: &str, version: u64, csv: &str) -> Output {
    let table = path(dir, "table.csv");
    fs::write(&table, csv).expect("written");
    let [key, out] = [path(dir, "lists.key"), path(dir, &format!("{name}.list"))];
    let version = version.to_string();
    let what =
        ["lists", "sign", &table, "--key", &key, "--name", name, "--kind", kind, "--version", &version];
    let when = ["--issued", "2026-11-22T10:00:00+07:00", "--expires-in", "3660"];
    output(&[&what[..], &when, &["--out", &out]].concat())
}

/// `[lists]` of a box that takes the list `name` from `dir`.
pub(crate) fn settings(dir: &Path, public: &str, name: &str, kind: &str) -> String {
    let file = path(dir, &format!("{name}.list"));
    format!(
        "[lists]\nkeys = [\"{public}\"]\n[[lists.list]]\nname = \"{name}\"\nkind = \"{kind}\"\npath = \"{file}\"\n"
    )
}

fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_table_becomes_a_file_that_only_its_key_vouches_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let public = new_key(dir.path());
    let mode = fs::metadata(dir.path().join("lists.key")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = output(&["lists", "key", "new", "--out", &path(dir.path(), "lists.key")]);
    assert_eq!(again.status.code(), Some(1), "a key is not overwritten: {}", said(&again));
    let shown = output(&["lists", "key", "show", &path(dir.path(), "lists.key")]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), public);

    let bad = sign(dir.path(), "stolen", "watch", 1, "plate,country\n30A-123.45,VN\n?,Viet Nam\n");
    assert_eq!(bad.status.code(), Some(1));
    assert!(said(&bad).contains("table.csv: line 3: `plate` has '?'"), "{}", said(&bad));
    assert!(said(&bad).contains("table.csv: line 3: `country` is `Viet Nam`"), "{}", said(&bad));
    assert!(!dir.path().join("stolen.list").exists());

    let good = sign(dir.path(), "stolen", "watch", 1, "plate,country\n3OA-123.45,VN\n");
    assert!(good.status.success(), "{}", said(&good));
    let doubt = "table.csv: warning: line 2: `3OA-123.45` fits no syntax of `VN`, is `30A12345` meant?";
    assert!(said(&good).contains(doubt), "{}", said(&good));

    let list = path(dir.path(), "stolen.list");
    let checked = output(&["lists", "check", &list, "--public-key", &public, "--json"]);
    assert!(checked.status.success(), "{}", said(&checked));
    let document: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!((&document["name"], &document["issued"]), (&"stolen".into(), &"2026-11-22T03:00:00Z".into()));
    assert_eq!((&document["version"], &document["entries"]), (&1.into(), &1.into()));
    let other = output(&["lists", "check", &list, "--public-key", &format!("ed25519:{}", "07".repeat(32))]);
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).contains("is not taken by a box: signed with key `"), "{}", said(&other));
    let text = fs::read_to_string(&list).expect("text");
    fs::write(&list, text.replace("3OA", "3OB")).expect("written");
    let forged = output(&["lists", "check", &list, "--public-key", &public]);
    assert!(said(&forged).contains("the table has SHA-256"), "{}", said(&forged));
    for wrong in [&["lists", "check", &list, "--public-key", "d75a"][..], &["lists", "sign", "table.csv"]] {
        assert_eq!(output(wrong).status.code(), Some(64), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_box_takes_a_new_version_and_keeps_it_before_a_bad_one() {
    let Some(store) = model_store() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let public = new_key(dir.path());
    let signed = |version, csv| {
        let made = sign(dir.path(), "stolen", "watch", version, csv);
        assert!(made.status.success(), "{}", said(&made));
    };
    signed(1, "plate\n30A12345\n");
    let mut edge = TestBox::start(&(local_box(&store) + &settings(dir.path(), &public, "stolen", "watch")));
    let list = status(&edge).await;
    assert_eq!((list.name.as_str(), list.version, list.entries, list.fault.as_str()), ("stolen", 1, 1, ""));
    assert_eq!((list.kind(), list.expired, list.refused), (pb::ListKind::Watch, false, 0));

    signed(2, "plate\n30A12345\n51F99999\n");
    let list = wait_for(&edge, "the new version", |list| list.version == 2).await;
    assert_eq!((list.entries, list.fault.as_str()), (2, ""));
    signed(1, "plate\n30A12345\n");
    let list = wait_for(&edge, "the refusal", |list| !list.fault.is_empty()).await;
    assert_eq!((list.version, list.fault.as_str()), (2, "version 1 is older than 2, which is in force"));
    let (_, metrics) = edge.get("/metrics");
    for line in [
        "cairn_list_version{list=\"stolen\"} 2",
        "cairn_list_entries{list=\"stolen\"} 2",
        "cairn_list_fault{list=\"stolen\"} 1",
        "cairn_list_files_refused_total{list=\"stolen\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found.starts_with(line)), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("30A12345"));
    assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
}

async fn status(edge: &TestBox) -> pb::ListStatus {
    let answer = edge.client().await.status(pb::StatusRequest {}).await.expect("answers").into_inner();
    answer.lists.into_iter().next().expect("the list")
}

async fn wait_for(edge: &TestBox, what: &str, condition: impl Fn(&pb::ListStatus) -> bool) -> pb::ListStatus {
    let begun = Instant::now();
    let mut period = tokio::time::interval(Duration::from_millis(100));
    loop {
        period.tick().await;
        let list = status(edge).await;
        if condition(&list) {
            return list;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come: {list:?}\n{}", edge.process.log());
    }
}
