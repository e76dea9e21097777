//! Scores against their reference implementations, which run in Python: `pycocotools`, `trackeval`, `motmetrics`,
//! `scikit-learn`, pinned in `requirements.txt` and installed by `scripts/setup.sh --oracles`.

mod oracle;

mod coco;
mod curves;
mod tracking;
