//! `[inference] batch`, `batch-hold` and `sessions`: pictures of several callers in one run, and what the box says of it.

use proto::v1 as pb;

use crate::harness::{TestBox, local_box, model_store, output, people_camera};

const NOWHERE: &str = "rtsp://127.0.0.1:1/none";
const PICTURE: &[u8] = include_bytes!("../../../../models/golden/picture.png");

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_come_together_are_run_together_and_counted_apart() {
    let Some(store) = model_store() else { return };
    // Held for as long as may be, so that all four are there; a full batch goes at once.
    let inference = "[inference]\nbatch = 4\nbatch-hold = \"1s\"\nsessions = 2\n";
    let edge = TestBox::start(&(local_box(&store) + inference + &people_camera("trail", NOWHERE)));
    let client = edge.client().await;
    let detect = || {
        let mut client = client.clone();
        let asked = pb::DetectRequest { picture: PICTURE.to_vec(), model: String::new(), min_score: 0.3 };
        async move { client.detect(asked).await.expect("detects").into_inner().detections }
    };
    let (a, b, c, d) = tokio::join!(detect(), detect(), detect(), detect());
    assert!(a == b && b == c && c == d, "one picture, one answer");
    let status = client.clone().status(pb::StatusRequest {}).await.expect("answers").into_inner();
    let [model] = status.models.as_slice() else { panic!("one model: {:?}", status.models) };
    assert_eq!((model.runs, model.batches, model.max_batch, model.sessions), (4, 1, 4, 2), "{model:?}");
    let (_, metrics) = edge.get("/metrics");
    for line in ["cairn_inference_runs_total{", "cairn_inference_batches_total{"]
        .iter()
        .zip([4, 1])
        .map(|(name, count)| format!("{name}model=\"yolox-nano\",input=\"416x256\"}} {count}"))
    {
        assert!(metrics.contains(&line), "no {line} in {metrics}");
    }
}

#[test]
fn a_batch_for_a_model_that_takes_one_picture_is_warned_of() {
    let Some(store) = model_store() else { return };
    let folder = tempfile::tempdir().expect("temporary folder");
    let config = folder.path().join("edge.toml");
    let camera = people_camera("trail", NOWHERE).replacen("\nurl", "\nmodel = \"yolox-nano-416\"\nurl", 1);
    let check = |inference: &str| {
        std::fs::write(&config, local_box(&store) + inference + &camera).expect("written");
        let told = output(&["check", config.to_str().expect("a path of ours")]);
        (told.status.code(), String::from_utf8_lossy(&told.stderr).into_owned())
    };
    let (code, said) = check("[inference]\nbatch = 4\n");
    let expected = "inference.batch: model \"yolox-nano-416\" of camera \"trail\" takes one picture in a run, so its batches \
                    stay at 1";
    assert!(code == Some(0) && said.contains(expected), "{said}");
    let (code, said) = check("[inference]\nsessions = 17\n");
    let expected = "inference.sessions: got 17, expected a whole number from 1 to 16";
    assert!(code == Some(64) && said.contains(expected), "{said}");
}
