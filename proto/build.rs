//! Generates the types of `cairn.v1` and `inference` and the descriptors that gRPC reflection serves; needs no `protoc`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use prost::Message;

const CAIRN: [&str; 7] = [
    "cairn/v1/plate.proto",
    "cairn/v1/plate_reader.proto",
    "cairn/v1/event.proto",
    "cairn/v1/decision.proto",
    "cairn/v1/ledger.proto",
    "cairn/v1/feed.proto",
    "cairn/v1/box.proto",
];
const INFERENCE: [&str; 2] = ["inference/model_config.proto", "inference/open_inference.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in CAIRN.iter().chain(&INFERENCE) {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);

    let mut descriptors = protox::compile(CAIRN, ["."])?;
    fs::write(out.join("cairn.v1.descriptor"), descriptors.encode_to_vec())?;
    // The generated code of a service named `Box` cannot name Rust's own `Box`. It is generated as `BoxService`, and
    // the name on the wire is put back afterwards.
    let services = descriptors.file.iter_mut().flat_map(|file| &mut file.service);
    for service in services.filter(|service| service.name() == "Box") {
        service.name = Some("BoxService".to_owned());
    }
    tonic_prost_build::configure().compile_fds(descriptors)?;
    let generated = out.join("cairn.v1.rs");
    let code = fs::read_to_string(&generated)?.replace("cairn.v1.BoxService", "cairn.v1.Box");
    fs::write(generated, code)?;

    let descriptors = protox::compile(INFERENCE, ["."])?;
    fs::write(out.join("inference.descriptor"), descriptors.encode_to_vec())?;
    // Tensors stay where the message put them.
    tonic_prost_build::configure()
        .bytes(".inference.ModelInferRequest.raw_input_contents")
        .codec_path("crate::FrugalCodec")
        .compile_fds(descriptors)?;
    Ok(())
}
