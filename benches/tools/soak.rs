//! Runs a model many times and tells how much memory the process holds meanwhile, for the scenario `soak`.
//!
//! usage: soak MODEL INPUT WIDTHxHEIGHT PROVIDER RUNS
//!
//! MODEL is an ONNX file with one picture input called INPUT and an output called `output`; PROVIDER is required. Prints
//! a line of JSON: `runs`, and `rss_kb` after each hundredth of them.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use engine::{
    Batching, InputShape, Outputs, Proof, Provider, ProviderRequest, Request, Runtime, SessionHandle,
    SessionSpec, Wish,
};
use vision::{ElementType, SizePx, TensorLayout};

const USAGE: &str = "usage: soak MODEL INPUT WIDTHxHEIGHT PROVIDER RUNS";
const LIMIT: Duration = Duration::from_secs(60);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, input, size, provider, runs] = args.as_slice() else { return Err(USAGE.into()) };
    let (width, height) = size.split_once('x').ok_or(USAGE)?;
    let provider: Provider = provider.parse()?;
    let runs: u32 = runs.parse()?;
    let runtime = Runtime::load(&Runtime::find(None)?)?;
    let spec = SessionSpec {
        name: "soak".to_owned(),
        model: PathBuf::from(model),
        input: InputShape {
            name: input.clone(),
            size: SizePx::new(width.parse()?, height.parse()?),
            element: ElementType::F32,
            layout: TensorLayout::Nchw,
        },
        outputs: vec!["output".to_owned()],
        queue: 1,
        intra_op_threads: 1,
        provider: ProviderRequest::from(Wish::Require(provider)),
        batch: Batching::default(),
        proof: Proof::Finite,
    };
    let (session, thread) = SessionHandle::spawn(&runtime, spec)?;
    let mut rss_kb = Vec::new();
    for run in 1..=runs {
        session.run(Grey { level: (run % 256) as f32 }, LIMIT)?;
        if run.is_multiple_of((runs / 100).max(1)) {
            rss_kb.push(resident_kb()?);
        }
    }
    thread.stop();
    println!("{}", serde_json::json!({ "provider": provider.name(), "runs": runs, "rss_kb": rss_kb }));
    Ok(())
}

/// A plain picture, another in each run.
struct Grey {
    level: f32,
}

impl Request for Grey {
    type Element = f32;
    type Output = f32;

    fn fill(&mut self, input: &mut [f32]) {
        input.fill(self.level);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> f32 {
        outputs.get(0).map_or(f32::NAN, |output| output.data.iter().copied().sum())
    }
}

fn resident_kb() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().next().ok_or("no VmRSS")?.parse()?)
}
