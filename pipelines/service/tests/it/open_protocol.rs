//! The Open Inference Protocol: answers bit by bit as the session gives them, and a reason for each refusal.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use engine::{
    Batching, InputElement, InputShape, Outputs, Proof, Provider, ProviderRequest, Request, Runtime,
    SessionHandle, SessionSpec, Wish,
};
use pb::grpc_inference_service_client::GrpcInferenceServiceClient;
use pb::infer_parameter::ParameterChoice;
use pb::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use proto::inference as pb;
use tonic::Code;
use tonic::transport::Channel;

use crate::harness::{Process, TestBox, cairn, local_box, model_store, output, people_camera, people_clip};

const MODEL: &str = "yolox-nano-416";
const SIDE: usize = 416;
const ITEM: usize = 3 * SIDE * SIDE;
const SHAPE: [i64; 4] = [1, 3, SIDE as i64, SIDE as i64];
const ROWS: i64 = 3549;
/// Places of the server under test, and so its largest batch.
const PLACES: usize = 3;

type Client = GrpcInferenceServiceClient<Channel>;

pub(crate) fn serve(store: &Path, log: &Path, models: &[&str]) -> Process {
    let mut command = cairn(&["serve", "--listen", "127.0.0.1:0", "--json", "--queue", &PLACES.to_string()]);
    command.args(models).arg("--store").arg(store);
    Process::start(command, log.join("serve.log"))
}

async fn client(process: &Process) -> Client {
    let url = format!("http://{}", process.first_line["grpc"].as_str().expect("address"));
    let client = GrpcInferenceServiceClient::connect(url).await.expect("it listens");
    client.max_decoding_message_size(64 << 20)
}

/// Pixels of picture `seed`, no two pictures alike.
fn item(seed: usize) -> Vec<f32> {
    (0..ITEM).map(|at| ((at * (seed + 7) / 5 + at / SIDE * 31) % 256) as f32).collect()
}

pub(crate) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn input(shape: &[i64]) -> InferInputTensor {
    InferInputTensor {
        name: "images".to_owned(),
        datatype: "FP32".to_owned(),
        shape: shape.to_vec(),
        ..Default::default()
    }
}

fn raw(shape: &[i64], values: &[f32]) -> pb::ModelInferRequest {
    pb::ModelInferRequest {
        model_name: MODEL.to_owned(),
        id: "of the test".to_owned(),
        inputs: vec![input(shape)],
        raw_input_contents: vec![bytes(values).into()],
        ..Default::default()
    }
}

/// The output of the model for `item`, by a session of this process.
pub(crate) fn in_process(store: &Path, item: Vec<f32>) -> Vec<f32> {
    answer_of(MODEL, store, item)
}

/// The first output of the built-in model `id` for `item`, by a session of this process.
fn answer_of<E: InputElement>(id: &str, store: &Path, item: Vec<E>) -> Vec<f32> {
    struct Once<E>(Vec<E>);

    impl<E: InputElement> Request for Once<E> {
        type Element = E;
        type Output = Vec<f32>;

        fn fill(&mut self, input: &mut [E]) {
            input.copy_from_slice(&self.0);
        }

        fn read(&mut self, outputs: &Outputs<'_>) -> Vec<f32> {
            outputs.get(0).expect("an output").data.to_vec()
        }
    }

    let runtime = Runtime::load(&Runtime::find(None).expect("installed")).expect("loads");
    let cards = models::builtin_cards().expect("built-in cards");
    let card = models::find(&cards, id).expect("built in");
    let spec = SessionSpec {
        name: card.id.clone(),
        model: store.join(&card.artifact.file),
        input: InputShape {
            name: card.input.name.clone(),
            size: card.input.size.preferred(),
            element: card.input.element,
            layout: card.input.layout,
        },
        outputs: card.outputs.clone(),
        queue: 1,
        intra_op_threads: 1,
        provider: ProviderRequest::from(Wish::Require(Provider::Cpu)),
        batch: Batching::default(),
        proof: Proof::Finite,
    };
    let (session, _thread) = SessionHandle::spawn(&runtime, spec).expect("the model loads");
    session.run(Once(item), Duration::from_secs(60)).expect("answers").output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_model_answers_bit_by_bit_as_its_session() {
    let Some(store) = model_store() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let mut process = serve(&store, dir.path(), &[MODEL]);
    let mut client = client(&process).await;
    describes_itself(&mut client).await;

    let first = client.model_infer(raw(&SHAPE, &item(0))).await.expect("answers").into_inner();
    assert_eq!((first.model_name.as_str(), first.id.as_str()), (MODEL, "of the test"));
    assert_eq!((first.outputs[0].name.as_str(), first.outputs[0].datatype.as_str()), ("output", "FP32"));
    assert_eq!(first.outputs[0].shape, [1, ROWS, 85]);
    assert!(first.raw_output_contents[0] == bytes(&in_process(&store, item(0))), "another output");

    let mut typed = raw(&SHAPE, &[]);
    typed.raw_input_contents.clear();
    typed.inputs[0].contents = Some(pb::InferTensorContents { fp32_contents: item(0), ..Default::default() });
    let answer = client.model_infer(typed).await.expect("answers").into_inner();
    assert!(answer.raw_output_contents == first.raw_output_contents, "values one by one are the same values");

    let second = client.model_infer(raw(&SHAPE, &item(1))).await.expect("answers").into_inner();
    assert!(second.raw_output_contents != first.raw_output_contents, "another picture, another output");
    let both = raw(&[2, SHAPE[1], SHAPE[2], SHAPE[3]], &[item(0), item(1)].concat());
    let batch = client.model_infer(both).await.expect("answers").into_inner();
    assert_eq!(batch.outputs[0].shape, [2, ROWS, 85]);
    let singles = [first.raw_output_contents, second.raw_output_contents].concat().concat();
    assert!(batch.raw_output_contents == [singles], "a batch is its items");

    statistics(&mut client, 4, 5).await;
    streams(&mut client).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_share_a_run_are_one_execution() {
    let Some(file) = models::testkit::model(models::DEFAULT_MODEL) else { return };
    let store = file.parent().expect("a store's file is in its folder");
    let dir = tempfile::tempdir().expect("temporary folder");
    let process = serve(store, dir.path(), &[models::DEFAULT_MODEL, "--batch", "4", "--sessions", "1"]);
    let mut client = client(&process).await;
    let request = |items: &[f32]| pb::ModelInferRequest {
        model_name: models::DEFAULT_MODEL.to_owned(),
        ..raw(&[(items.len() / item(0).len()) as i64, SHAPE[1], SHAPE[2], SHAPE[3]], items)
    };
    let alone = client.model_infer(request(&item(0))).await.expect("answers").into_inner();
    let three = [item(0), item(1), item(0)].concat();
    let batch = client.model_infer(request(&three)).await.expect("answers").into_inner();
    let first = &batch.raw_output_contents[0][..alone.raw_output_contents[0].len()];
    assert!(first == &alone.raw_output_contents[0][..], "an item gives in a batch what it gives alone");
    let asked = pb::ModelStatisticsRequest::default();
    let stats = client.model_statistics(asked).await.expect("answers").into_inner().model_stats;
    // The session may have begun with the first alone, but the others waited while it ran.
    let executions = stats[0].execution_count;
    assert!((2..=3).contains(&executions) && stats[0].inference_count == 4, "{stats:?}");
}

async fn describes_itself(client: &mut Client) {
    assert!(client.server_live(pb::ServerLiveRequest {}).await.expect("answers").into_inner().live);
    assert!(client.server_ready(pb::ServerReadyRequest {}).await.expect("answers").into_inner().ready);
    for (name, version, ready) in
        [(MODEL, "", true), (MODEL, "1", true), (MODEL, "2", false), ("x", "", false)]
    {
        let asked = pb::ModelReadyRequest { name: name.to_owned(), version: version.to_owned() };
        let answer = client.model_ready(asked).await.expect("answers").into_inner();
        assert_eq!(answer.ready, ready, "{name} {version}");
    }
    let server = client.server_metadata(pb::ServerMetadataRequest {}).await.expect("answers").into_inner();
    assert_eq!((server.name.as_str(), server.extensions.len()), ("cairn", 2));

    let asked = pb::ModelMetadataRequest { name: MODEL.to_owned(), version: String::new() };
    let model = client.model_metadata(asked).await.expect("answers").into_inner();
    assert_eq!((model.versions, model.platform), (vec!["1".to_owned()], "onnxruntime_onnx".to_owned()));
    let tensors = [&model.inputs[0], &model.outputs[0]].map(|t| (t.name.as_str(), t.shape.as_slice()));
    assert_eq!(tensors, [("images", &[-1, 3, 416, 416][..]), ("output", &[-1, ROWS, 85][..])]);

    let asked = pb::ModelConfigRequest { name: MODEL.to_owned(), version: String::new() };
    let config = client.model_config(asked).await.expect("answers").into_inner().config.expect("config");
    assert_eq!(config.max_batch_size, PLACES as i32);
    assert_eq!((config.input[0].dims.as_slice(), config.output[0].dims.len()), (&SHAPE[1..], 2));

    let asked = pb::RepositoryIndexRequest::default();
    let index = client.repository_index(asked).await.expect("answers").into_inner().models;
    assert_eq!((index.len(), index[0].name.as_str(), index[0].state.as_str()), (1, MODEL, "READY"));
}

async fn statistics(client: &mut Client, requests: u64, items: u64) {
    let all = client.model_statistics(pb::ModelStatisticsRequest::default()).await.expect("answers");
    let all = all.into_inner().model_stats;
    let [of_model] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((of_model.inference_count, of_model.execution_count), (items, items));
    let stats = of_model.inference_stats.expect("statistics");
    let share = |share: Option<pb::StatisticDuration>| share.map(|share| (share.count, share.ns));
    let (success, ns) = share(stats.success).expect("success");
    assert_eq!(success, requests);
    let (ran, infer_ns) = share(stats.compute_infer).expect("compute");
    assert_eq!(ran, items);
    assert!(1_000_000 * items < infer_ns, "no such model runs in a millisecond: {infer_ns} ns");
    // Items of a batch overlap in the queue, and nothing else does.
    let (copied, _) = share(stats.compute_input).expect("compute");
    assert_eq!(copied, items);
    assert!(infer_ns < ns, "{stats:?}");
    assert_eq!(share(stats.fail), Some((0, 0)));
    assert!(1_700_000_000_000 < of_model.last_inference, "milliseconds since 1970");
}

async fn streams(client: &mut Client) {
    let wrong = pb::ModelInferRequest { id: "wrong".to_owned(), ..raw(&SHAPE, &[1.0]) };
    let requests = [raw(&SHAPE, &item(0)), wrong, raw(&SHAPE, &item(1))];
    let mut answers =
        client.model_stream_infer(tokio_stream::iter(requests)).await.expect("answers").into_inner();
    let mut told = Vec::new();
    while let Some(answer) = answers.message().await.expect("open") {
        let response = answer.infer_response.expect("with the id");
        told.push((response.id, response.raw_output_contents.len(), answer.error_message));
    }
    let error = "InvalidArgument: input `images`: got 4 bytes of values, expected 2076672";
    let expected = [("of the test", 1, ""), ("wrong", 0, error), ("of the test", 1, "")];
    assert_eq!(told, expected.map(|(id, outputs, error)| (id.to_owned(), outputs, error.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_that_does_not_fit_is_refused_with_its_reason() {
    let Some(store) = model_store() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let process = serve(&store, dir.path(), &[MODEL]);
    let mut client = client(&process).await;
    let good = || raw(&SHAPE, &item(0));
    let with_input = |change: fn(&mut InferInputTensor)| {
        let mut request = good();
        change(&mut request.inputs[0]);
        request
    };
    let with_parameter = |name: &str, choice| {
        let parameter = pb::InferParameter { parameter_choice: Some(choice) };
        pb::ModelInferRequest { parameters: HashMap::from([(name.to_owned(), parameter)]), ..good() }
    };
    let asking = |names: &[&str]| pb::ModelInferRequest {
        outputs: names
            .iter()
            .map(|&name| InferRequestedOutputTensor { name: name.to_owned(), ..Default::default() })
            .collect(),
        ..good()
    };
    let in_memory =
        || pb::InferParameter { parameter_choice: Some(ParameterChoice::StringParam("region".to_owned())) };
    let shape = "expected [N, 3, 416, 416] with N from 1 to 3";
    let cases = [
        (
            pb::ModelInferRequest { model_name: "other".to_owned(), ..good() },
            Code::NotFound,
            "model `other` is not served; served are [yolox-nano-416]".to_owned(),
        ),
        (
            pb::ModelInferRequest { model_version: "2".to_owned(), ..good() },
            Code::NotFound,
            "version `2` of model `yolox-nano-416` is not served, expected `1` or none".to_owned(),
        ),
        (
            pb::ModelInferRequest { inputs: Vec::new(), ..good() },
            Code::InvalidArgument,
            "inputs: got [], expected `images` alone".to_owned(),
        ),
        (
            with_input(|input| input.name = "image".to_owned()),
            Code::InvalidArgument,
            "inputs: got `image`, expected `images`".to_owned(),
        ),
        (
            with_input(|input| input.datatype = "UINT8".to_owned()),
            Code::InvalidArgument,
            "input `images`: got datatype `UINT8`, expected `FP32`".to_owned(),
        ),
        (
            with_input(|input| input.shape = vec![1, 3, 416, 640]),
            Code::InvalidArgument,
            format!("input `images`: got shape [1, 3, 416, 640], {shape}"),
        ),
        (
            with_input(|input| input.shape = vec![3, 416, 416]),
            Code::InvalidArgument,
            format!("input `images`: got shape [3, 416, 416], {shape}"),
        ),
        (
            with_input(|input| input.shape[0] = 0),
            Code::InvalidArgument,
            format!("input `images`: got shape [0, 3, 416, 416], {shape}"),
        ),
        (
            with_input(|input| input.shape[0] = 4),
            Code::InvalidArgument,
            format!("input `images`: got shape [4, 3, 416, 416], {shape}"),
        ),
        (
            with_input(|input| input.shape[0] = 2),
            Code::InvalidArgument,
            "input `images`: got 2076672 bytes of values, expected 4153344".to_owned(),
        ),
        (
            pb::ModelInferRequest { raw_input_contents: Vec::new(), ..good() },
            Code::InvalidArgument,
            "raw_input_contents: got 0 tensors for 1 input, expected 1".to_owned(),
        ),
        (
            with_input(|input| {
                let contents = pb::InferTensorContents { fp32_contents: vec![1.0], ..Default::default() };
                input.contents = Some(contents);
            }),
            Code::InvalidArgument,
            "input `images`: got values in both `contents` and `raw_input_contents`, expected one of them"
                .to_owned(),
        ),
        (
            asking(&["nothing"]),
            Code::InvalidArgument,
            "outputs: got `nothing`, expected some of [`output`]".to_owned(),
        ),
        (
            asking(&["output", "output"]),
            Code::InvalidArgument,
            "outputs: got `output` twice, expected it once".to_owned(),
        ),
        (
            with_parameter("sequence_id", ParameterChoice::Int64Param(7)),
            Code::Unimplemented,
            "parameters: `sequence_id` is not offered: no model here keeps a state between requests".to_owned(),
        ),
        (
            with_parameter("timeout", ParameterChoice::Int64Param(-1)),
            Code::InvalidArgument,
            "parameters: `timeout` is Some(Int64Param(-1)), expected whole microseconds from 0".to_owned(),
        ),
        (
            {
                let mut request = with_input(|_| {});
                request.inputs[0].parameters = HashMap::from([("shared_memory_region".to_owned(), in_memory())]);
                request
            },
            Code::Unimplemented,
            "input `images`: `shared_memory_region` is not offered: no memory is shared with clients; send tensors \
             in the message"
                .to_owned(),
        ),
    ];
    let refusals = cases.len() as u64;
    for (request, code, message) in cases {
        let refused = client.model_infer(request).await.expect_err(&message);
        assert_eq!((refused.code(), refused.message()), (code, message.as_str()));
    }

    let late = client.model_infer(with_parameter("timeout", ParameterChoice::Int64Param(1))).await;
    let late = late.expect_err("too late");
    let message = "model `yolox-nano-416` did not answer within 1µs";
    assert_eq!((late.code(), late.message()), (Code::DeadlineExceeded, message));
    let mut unreadable = tonic::Request::new(good());
    unreadable.metadata_mut().insert("grpc-timeout", "soon".parse().expect("ASCII"));
    let refused = client.model_infer(unreadable).await.expect_err("no time");
    assert!(refused.message().starts_with("grpc-timeout: got \"soon\""), "{refused:?}");
    // Few bytes on the wire, a hundred times as many in memory: refused before they are read.
    let parts = pb::ModelInferRequest { inputs: vec![InferInputTensor::default(); 40_000], ..good() };
    let parts = client.model_infer(parts).await.expect_err("too many parts");
    assert_eq!(parts.code(), Code::ResourceExhausted, "{parts:?}");
    assert!(parts.message().contains("bytes beside the values of its tensors"), "{parts:?}");
    // A connection that other calls use outlives a name that does not fit into a header.
    let long = pb::ModelMetadataRequest { name: "long".repeat(10_000), version: String::new() };
    let long = client.model_metadata(long).await.expect_err("unknown");
    assert_eq!((long.code(), &long.message()[..14]), (Code::NotFound, "model `longlon"), "{long:?}");
    let large = raw(&SHAPE, &vec![0.0; PLACES * ITEM + (64 << 10)]);
    assert_eq!(client.model_infer(large).await.expect_err("too large").code(), Code::ResourceExhausted);

    let refused = client.system_shared_memory_register(pb::SystemSharedMemoryRegisterRequest {}).await;
    let refused = refused.expect_err("not offered");
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().starts_with("SystemSharedMemoryRegister is not offered: "), "{refused:?}");

    let patient = with_parameter("timeout", ParameterChoice::Uint64Param(60_000_000));
    client.model_infer(patient).await.expect("the server goes on");
    client.model_infer(asking(&["output"])).await.expect("the server goes on");
    let asked = pb::ModelStatisticsRequest { name: MODEL.to_owned(), version: String::new() };
    let stats = client.model_statistics(asked).await.expect("answers").into_inner().model_stats;
    let stats = stats[0].inference_stats.expect("statistics");
    let counts = [stats.success, stats.fail].map(|share| share.expect("share").count);
    // Those that name no model are nobody's; the late one is the model's.
    assert_eq!(counts, [2, refusals - 2 + 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_in_rows_of_pixels_are_taken_where_the_model_wants_them() {
    let Some(file) = models::testkit::model("plate-cct-xs-v1") else { return };
    let store = file.parent().expect("a store's file is in its folder");
    let dir = tempfile::tempdir().expect("temporary folder");
    let process = serve(store, dir.path(), &["plate-cct-xs-v1"]);
    let mut client = client(&process).await;
    let pixels: Vec<u8> = (0..64 * 128 * 3).map(|at| (at * 7 % 256) as u8).collect();
    let request = |pixels: &[u32]| pb::ModelInferRequest {
        model_name: "plate-cct-xs-v1".to_owned(),
        inputs: vec![InferInputTensor {
            name: "input".to_owned(),
            datatype: "UINT8".to_owned(),
            shape: vec![1, 64, 128, 3],
            contents: Some(pb::InferTensorContents { uint_contents: pixels.to_vec(), ..Default::default() }),
            ..Default::default()
        }],
        ..Default::default()
    };
    let mut typed: Vec<u32> = pixels.iter().copied().map(u32::from).collect();
    let mut by_bytes = request(&[]);
    by_bytes.raw_input_contents = vec![pixels.clone().into()];
    let raw = client.model_infer(by_bytes).await.expect("answers").into_inner();
    let expected = bytes(&answer_of("plate-cct-xs-v1", store, pixels));
    assert!(raw.raw_output_contents[0] == expected, "another output");
    let one_by_one = client.model_infer(request(&typed)).await.expect("answers").into_inner();
    assert_eq!(raw, one_by_one);
    typed[5] = 256;
    let refused = client.model_infer(request(&typed)).await.expect_err("no byte");
    let message = "input `input`: got the value 256 in `uint_contents`, expected at most 255";
    assert_eq!((refused.code(), refused.message()), (Code::InvalidArgument, message));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_has_as_many_rows_as_its_picture_has_objects() {
    const ID: &str = "person-rtmdet-nano";
    let Some(file) = models::testkit::model(ID) else { return };
    let store = file.parent().expect("a store's file is in its folder");
    let dir = tempfile::tempdir().expect("temporary folder");
    let process = serve(store, dir.path(), &[ID, "--accept", ID]);
    let mut client = client(&process).await;
    let asked = pb::ModelMetadataRequest { name: ID.to_owned(), version: String::new() };
    let metadata = client.model_metadata(asked).await.expect("answers").into_inner();
    let (input, output) = (&metadata.inputs[0], &metadata.outputs[0]);
    assert_eq!((input.shape.as_slice(), output.shape.as_slice()), (&SHAPE[..], &[1, -1, 5][..]));
    let mut rows = Vec::new();
    for item in [vec![0.0; ITEM], item(0)] {
        let mut request = raw(&SHAPE, &item);
        request.model_name = ID.to_owned();
        request.inputs[0].name = input.name.clone();
        let answer = client.model_infer(request).await.expect("answers").into_inner();
        assert!(answer.raw_output_contents[0] == bytes(&answer_of(ID, store, item)), "another output");
        rows.push(answer.outputs[0].shape[1]);
        assert_eq!(answer.outputs[0].shape, [1, rows[rows.len() - 1], 5]);
        assert_eq!(answer.raw_output_contents[0].len() as i64, 4 * 5 * rows[rows.len() - 1]);
    }
    assert_ne!(rows[0], rows[1], "two pictures with as many objects show nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_lends_its_models_only_when_it_is_told_to() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let config = local_box(&store) + &people_camera("people", &format!("file:{}", clip.display()));
    let infer = async |config: &str| {
        let edge = TestBox::start(config);
        let mut client = client(&edge.process).await;
        // The camera's model at the size for 16:9, whatever the camera sends.
        let request = pb::ModelInferRequest {
            model_name: models::DEFAULT_MODEL.to_owned(),
            ..raw(&[1, 3, 256, 416], &item(0)[..3 * 256 * 416])
        };
        let answer = client.model_infer(request).await;
        let ready = client.server_ready(pb::ServerReadyRequest {}).await;
        (
            answer.map(|answer| answer.into_inner().outputs[0].shape.clone()),
            ready.map(|r| r.into_inner().ready),
        )
    };
    let (answer, ready) = infer(&config).await;
    let codes = (answer.map_err(|status| status.code()), ready.map_err(|status| status.code()));
    assert_eq!(codes, (Err(Code::Unimplemented), Err(Code::Unimplemented)));

    let (answer, ready) = infer(&format!("[inference]\nopen-protocol = true\n{config}")).await;
    assert_eq!((answer.expect("lent"), ready.expect("lent")), (vec![1, 2184, 85], true));
}

#[test]
fn what_cannot_be_served_is_told_before_anything_is_loaded() {
    for (args, message) in [
        (&["serve", "nothing"][..], "nothing"),
        (&["serve", MODEL, "--listen", "0.0.0.0:0"], "expected a loopback address"),
        (&["serve", MODEL, "--input", "416x"], "such as 416x256"),
        (&["serve", MODEL, "--input", "400x400"], "--input: got 400x400, expected a size that model"),
        // Where this were not refused, the missing folder would be: no server is left running.
        (&["serve", MODEL, MODEL, "--store", "/nonexistent"], "is given twice"),
        (&["serve"], "MODEL"),
    ] {
        let done = output(args);
        let told = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(64), "{args:?}: {told}");
        assert!(told.contains(message), "{args:?}: {told}");
    }
}
