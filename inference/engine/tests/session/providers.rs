use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use engine::{
    EngineError, Precision, Presence, Provider, ProviderRequest, Runtime, SessionHandle, SessionSpec, Wish,
    prepare, providers,
};

use crate::kit::{LONG, Plain, fixture, runtime, scale_and_shift, spawned};

fn asked(provider: ProviderRequest) -> SessionSpec {
    SessionSpec { provider, ..scale_and_shift() }
}

fn refused(runtime: &Runtime, provider: ProviderRequest) -> EngineError {
    SessionHandle::spawn(runtime, asked(provider)).expect_err("refused")
}

/// A provider that cannot be used on this machine, and why.
fn absent(runtime: &Runtime) -> (Provider, String) {
    let absent = providers(runtime).into_iter().find_map(|report| match report.presence {
        Presence::Present => None,
        Presence::Absent { reason } => Some((report.provider, reason)),
    });
    absent.expect("no machine has them all")
}

#[test]
fn the_three_answers_are_given_apart() {
    let Some(runtime) = runtime("the_three_answers_are_given_apart") else { return };
    let reports = providers(&runtime);
    assert_eq!(reports.iter().map(|report| report.provider).collect::<Vec<_>>(), Provider::ALL);
    for report in &reports {
        assert_eq!(report.compiled_in, report.provider.is_compiled_in(), "{}", report.provider);
        match &report.presence {
            Presence::Present => assert!(report.compiled_in && !report.devices.is_empty(), "{report:?}"),
            Presence::Absent { reason } => {
                assert!(!reason.is_empty() && report.devices.is_empty(), "{report:?}")
            }
        }
    }
    let cpu = &reports[0];
    assert!(cpu.compiled_in && cpu.is_present(), "{cpu:?}");
}

#[test]
fn an_absent_provider_that_is_required_ends_the_start_soon_and_clearly() {
    let test = "an_absent_provider_that_is_required_ends_the_start_soon_and_clearly";
    let Some(runtime) = runtime(test) else { return };
    let (provider, reason) = absent(&runtime);
    let begun = Instant::now();
    let error = refused(&runtime, Wish::Require(provider).into());
    assert!(begun.elapsed() < Duration::from_secs(10), "took {:?}", begun.elapsed());
    assert_eq!(
        error.to_string(),
        format!(
            "provider `{provider}` does not take the model `{}` of session `scale`: {reason}",
            fixture("scale_and_shift.onnx").display()
        )
    );
    let prepared = prepare(&runtime, &asked(Wish::Require(provider).into())).expect_err("refused");
    assert_eq!(prepared.to_string(), error.to_string());
}

#[test]
fn an_absent_provider_that_is_preferred_is_passed_over_and_published() {
    let test = "an_absent_provider_that_is_preferred_is_passed_over_and_published";
    let Some(runtime) = runtime(test) else { return };
    let (provider, reason) = absent(&runtime);
    let wish = Wish::Prefer(vec![provider]);
    let (session, _thread) = spawned(&runtime, asked(wish.clone().into()));
    let outcome = session.provider();
    assert_eq!((&outcome.requested, outcome.actual), (&wish, Provider::Cpu));
    let refused: Vec<_> = outcome.refused.iter().map(|refusal| (refusal.provider, &refusal.reason)).collect();
    assert_eq!(refused, [(provider, &reason)]);
    assert_eq!(session.run(Plain::new(1.0), LONG).expect("runs").output, [3.0; 48]);
}

#[test]
fn what_is_wrong_with_the_model_is_no_providers_fault() {
    let Some(runtime) = runtime("what_is_wrong_with_the_model_is_no_providers_fault") else { return };
    let (provider, _) = absent(&runtime);
    let spec = SessionSpec { model: "/nowhere/model.onnx".into(), ..asked(Wish::Require(provider).into()) };
    let error = SessionHandle::spawn(&runtime, spec).expect_err("refused");
    assert!(matches!(error, EngineError::ModelUnreadable { .. }), "{error:?}");
}

#[test]
fn an_option_that_no_wished_provider_knows_is_refused_by_name() {
    let Some(runtime) = runtime("an_option_that_no_wished_provider_knows_is_refused_by_name") else { return };
    let told = |wish: &str, option: &str| {
        let wish: Wish = wish.parse().expect("known names");
        let options = BTreeMap::from([(option.to_owned(), "GPU".to_owned())]);
        refused(&runtime, ProviderRequest { options, ..wish.into() }).to_string()
    };
    let cannot =
        |option: &str| format!("provider option `{option}` = `GPU` of session `scale` cannot be used:");
    assert_eq!(told("cpu", "device_type"), format!("{} `cpu` takes no options", cannot("device_type")));
    assert_eq!(told("openvino,cpu", "cache_dir"), format!("{} it follows from `cache`", cannot("cache_dir")));
    assert_eq!(
        told("openvino", "device"),
        format!(
            "{} expected one of device_type, disable_dynamic_shapes, enable_opencl_throttling, \
             enable_qdq_optimizer, layout, load_config, model_priority, num_streams",
            cannot("device")
        )
    );
    assert!(told("cuda", "device\0id").ends_with("expected text without NUL"));
}

#[test]
fn a_precision_that_cannot_be_is_refused_where_it_is_required() {
    let Some(runtime) = runtime("a_precision_that_cannot_be_is_refused_where_it_is_required") else { return };
    let told = |precision| {
        let error =
            refused(&runtime, ProviderRequest { precision, ..ProviderRequest::default() }).to_string();
        error.split_once("`scale`: ").expect("names the session").1.to_owned()
    };
    let fp16 = "it computes a model in the numbers of its file, expected precision fp32";
    assert_eq!(told(Precision::Fp16), fp16);
    assert_eq!(told(Precision::Int8), "the model is not quantised, expected precision fp32 or fp16");
    let preferred = ProviderRequest { precision: Precision::Fp16, ..Wish::Prefer(vec![]).into() };
    let (session, _thread) = spawned(&runtime, asked(preferred));
    assert_eq!(session.provider().precision, Precision::Fp32, "and what it really is, is published");
}
