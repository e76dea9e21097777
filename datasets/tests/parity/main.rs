//! Scores against their reference implementations, which run in Python: `pycocotools`, `trackeval`, `motmetrics`,
//! `scikit-learn`, pinned in `requirements.txt` and installed by `scripts/setup.sh --tests`.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

mod oracle;

mod coco;
mod curves;
mod tracking;
