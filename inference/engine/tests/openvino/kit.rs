//! The suite's kit, with another library and another wish.

#[path = "../session/kit.rs"]
#[allow(dead_code, unreachable_pub, reason = "the other suite uses the rest of it")]
mod base;

use std::path::Path;

use engine::{Provider, Runtime, SessionSpec, Wish};

pub(crate) use base::*;

pub(crate) fn runtime(test: &str) -> Option<Runtime> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let library = checkout.join(".cairn/onnxruntime-openvino/lib/libonnxruntime.so");
    if !library.exists() {
        // Nobody has to have it, not even a CI.
        eprintln!("SKIPPED: {test}: needs {}, run `scripts/setup.sh --openvino`", library.display());
        return None;
    }
    Some(Runtime::load(&library).expect("library loads"))
}

pub(crate) fn scale_and_shift() -> SessionSpec {
    SessionSpec { provider: Wish::Require(Provider::OpenVino).into(), ..base::scale_and_shift() }
}

/// It does not take all of this one's operators.
pub(crate) fn packed_bytes() -> SessionSpec {
    let wish = Wish::Prefer(vec![Provider::OpenVino]);
    SessionSpec { provider: wish.into(), ..base::packed_bytes() }
}
