use std::str::FromStr;
use std::time::Duration;

/// The parts that can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Broker,
    Ledger,
    Box,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Broker, Self::Ledger, Self::Box];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Ledger => "ledger",
            Self::Box => "box",
        }
    }
}

/// A planned kill (SIGKILL) and the time until the part is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) part: Part,
    pub(crate) start: Duration,
    pub(crate) length: Duration,
}

impl FromStr for Outage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || {
            format!(
                "got `{text}`, expected PART@START+SECONDS such as broker@15+20, with PART one of broker, ledger, box"
            )
        };
        let (part, times) = text.split_once('@').ok_or_else(expected)?;
        let (start, length) = times.split_once('+').ok_or_else(expected)?;
        let seconds = |text: &str| text.parse::<u64>().map(Duration::from_secs).map_err(|_| expected());
        let part = Part::ALL.into_iter().find(|known| known.name() == part).ok_or_else(expected)?;
        Ok(Self { part, start: seconds(start)?, length: seconds(length)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_a_part_a_start_and_a_length() {
        let outage: Outage = "ledger@5+20".parse().expect("valid");
        assert_eq!(
            outage,
            Outage { part: Part::Ledger, start: Duration::from_secs(5), length: Duration::from_secs(20) }
        );
        for bad in ["ledger", "ledger@5", "camera@1+2", "box@x+2", "box@1+-2"] {
            assert!(bad.parse::<Outage>().is_err(), "{bad}");
        }
    }
}
