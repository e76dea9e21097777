//! Detectors against an independent Python path on the shared pictures: `reference.py` opens, scales, runs, decodes and
//! suppresses with OpenCV, ONNX Runtime and numpy, and counts AP with `pycocotools`; `scripts/setup.sh --tests` installs
//! them. Its thresholds and normalisation are the models' authors', not our cards'.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

mod compared;
mod ours;
mod reference;

mod average_precision;
mod boxes;
