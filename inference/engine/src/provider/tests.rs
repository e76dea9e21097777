use super::*;

#[test]
fn names_are_read_back() {
    for provider in Provider::ALL {
        assert_eq!(provider.name().parse::<Provider>().expect("its own name"), provider);
    }
    assert_eq!(
        "vulkan".parse::<Provider>().expect_err("unknown").to_string(),
        "no provider is called `vulkan`, expected one of cpu, xnnpack, openvino, cuda, tensorrt"
    );
    assert_eq!(
        "fp64".parse::<Precision>().expect_err("unknown").to_string(),
        "no precision is called `fp64`, expected one of fp32, fp16, int8"
    );
}

#[test]
fn one_name_requires_and_a_list_prefers_with_the_processor_last() {
    let wish = |text: &str| text.parse::<Wish>().expect("known names");
    assert_eq!(wish("cuda"), Wish::Require(Provider::Cuda));
    assert_eq!(wish("cuda").candidates(), [Provider::Cuda]);
    let preference = wish("tensorrt, cuda");
    assert_eq!(preference.candidates(), [Provider::TensorRt, Provider::Cuda, Provider::Cpu]);
    assert_eq!(preference.to_string(), "tensorrt,cuda,cpu");
    assert_eq!(wish(&preference.to_string()).candidates(), preference.candidates());
    assert_eq!(wish("cpu,cuda").candidates(), [Provider::Cpu]);
    assert_eq!(Wish::Prefer(vec![]).candidates(), [Provider::Cpu]);
    assert!("cuda,".parse::<Wish>().is_err());
}

#[test]
fn no_option_is_both_the_operators_and_the_engines() {
    for provider in Provider::ALL {
        let Facts { options, own_options, .. } = provider.facts();
        assert!(options.is_sorted() && own_options.is_sorted(), "{provider}");
        assert!(own_options.iter().all(|(name, _)| !options.contains(name)), "{provider}");
    }
}
