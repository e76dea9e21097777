/// One line per built-in card; `make.py` writes the files.
const BUILT_IN: &[(&str, &str)] = &[
    ("yolox-nano", include_str!("../../golden/yolox-nano.toml")),
    ("yolox-nano-416", include_str!("../../golden/yolox-nano-416.toml")),
    ("nanodet-plus-m-1.5x", include_str!("../../golden/nanodet-plus-m-1.5x.toml")),
    ("person-rtmdet-nano", include_str!("../../golden/person-rtmdet-nano.toml")),
    ("face-yunet", include_str!("../../golden/face-yunet.toml")),
    ("face-yunet-320", include_str!("../../golden/face-yunet-320.toml")),
    ("face-yunet-640", include_str!("../../golden/face-yunet-640.toml")),
    ("plate-hyperlpr-640", include_str!("../../golden/plate-hyperlpr-640.toml")),
    ("plate-hyperlpr-320", include_str!("../../golden/plate-hyperlpr-320.toml")),
    ("plate-cct-xs-v1", include_str!("../../golden/plate-cct-xs-v1.toml")),
    ("plate-omz-0001", include_str!("../../golden/plate-omz-0001.toml")),
    ("plate-omz-0007", include_str!("../../golden/plate-omz-0007.toml")),
    ("plate-lprnet-sirius", include_str!("../../golden/plate-lprnet-sirius.toml")),
    ("face-mobilefacenet", include_str!("../../golden/face-mobilefacenet.toml")),
    ("face-mobileface-v2", include_str!("../../golden/face-mobileface-v2.toml")),
    ("person-reid-omz-0248", include_str!("../../golden/person-reid-omz-0248.toml")),
    ("person-reid-omz-0287", include_str!("../../golden/person-reid-omz-0287.toml")),
];

/// The golden vectors of the built-in card `id`.
pub(crate) fn built_in(id: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}
