//! A bad `[[camera]]` block disables that camera alone, where the operator starts a box in the field.

use std::path::Path;

use edge_config::{Checked, Problems, Strictness, Surroundings, parse};

const GOOD_BOX: &str = r#"[box]
id = "box-7"
site = "north-bank"
data-dir = "data"
[delivery]
local-only = true
"#;

const CAMERAS: &str = r#"[[camera]]
id = "first"
url = "rtsp://10.0.0.11/main"
[[camera]]
id = "second"
ulr = "rtsp://10.0.0.12/main"
[[camera.rule]]
id = "crossing"
version = 0
line = "path"
classes = ["person"]
[[camera]]
id = "third"
url = "rtsp://10.0.0.13/main"
[[camera]]
id = "first"
url = "rtsp://10.0.0.14/main"
[[camera]]
url = "rtsp://10.0.0.15/main"
[[camera]]
id = "sixth"
url = "rtsp://10.0.0.16/main"
colour = "green"
"#;

fn check(text: &str, strictness: Strictness) -> Result<Checked, Problems> {
    parse("edge.toml", text, Path::new("/etc/cairn"), strictness, Surroundings::default())
}

fn lines(problems: &Problems) -> Vec<usize> {
    problems.iter().map(|problem| problem.line).collect()
}

#[test]
fn a_lenient_start_leaves_out_the_bad_cameras_alone() {
    let Checked { config, disabled, .. } =
        check(&format!("{GOOD_BOX}{CAMERAS}"), Strictness::Lenient).unwrap();
    let running: Vec<&str> = config.cameras.iter().map(|camera| camera.id.as_str()).collect();
    assert_eq!(running, ["first", "third"]);
    let out: Vec<(&str, Vec<usize>)> =
        disabled.iter().map(|camera| (camera.id.as_str(), lines(&camera.problems))).collect();
    let expected = [
        ("second", vec![10, 12, 15, 16]),
        ("camera[3]", vec![22]),
        ("camera[4]", vec![24]),
        ("sixth", vec![29]),
    ];
    assert_eq!(out, expected);
}

#[test]
fn a_strict_check_refuses_the_file_with_all_problems_in_order() {
    let problems = check(&format!("{GOOD_BOX}{CAMERAS}"), Strictness::Strict).unwrap_err();
    assert_eq!(lines(&problems), [10, 12, 15, 16, 22, 24, 29]);
}

#[test]
fn a_problem_outside_the_cameras_refuses_the_file_either_way() {
    let text = format!("{}{CAMERAS}", GOOD_BOX.replace("\"box-7\"", "\"Box 7\""));
    let strict = check(&text, Strictness::Strict).unwrap_err();
    let lenient = check(&text, Strictness::Lenient).unwrap_err();
    assert_eq!(lines(&strict), [2, 10, 12, 15, 16, 22, 24, 29]);
    assert_eq!(strict, lenient);
}

#[test]
fn an_unknown_section_is_outside_the_cameras() {
    let text = format!("{GOOD_BOX}{CAMERAS}[listn]\n");
    assert_eq!(lines(&check(&text, Strictness::Lenient).unwrap_err()).last(), Some(&30));
}

#[test]
fn a_good_file_is_the_same_under_both() {
    let text = format!("{GOOD_BOX}[[camera]]\nid = \"only\"\nurl = \"file:clip.mp4\"\n");
    let strict = check(&text, Strictness::Strict).unwrap();
    assert_eq!(strict, check(&text, Strictness::Lenient).unwrap());
    assert_eq!((strict.config.cameras.len(), strict.disabled.len()), (1, 0));
}
