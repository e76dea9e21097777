use super::*;

fn close(ours: f64, expected: f64) {
    assert!((ours - expected).abs() < 1e-9 * expected.abs().max(1.0), "{ours} is not {expected}");
}

#[test]
fn wilson_of_ten_in_a_hundred() {
    // (0.1 + z²/200 ± z·sqrt(0.0009 + z²/40000)) / (1 + z²/100), z² = 3.841458820694124.
    let interval = wilson(10, 100).unwrap();
    close(interval.low, 0.055_229_137_060_675);
    close(interval.high, 0.174_365_661_509_137);
}

#[test]
fn wilson_ends_where_the_share_ends() {
    assert_eq!(wilson(0, 7).unwrap().low, 0.0);
    assert_eq!(wilson(7, 7).unwrap().high, 1.0);
    assert_eq!(wilson(0, 0), None);
    assert_eq!(wilson(8, 7), None);
}

#[test]
fn no_event_leaves_minus_ln_of_the_tail() {
    // P(no event | rate) = e^-rate = 0.025.
    let interval = poisson_rate(0, 2.0).unwrap();
    assert_eq!(interval.low, 0.0);
    close(interval.high, -(0.025_f64.ln()) / 2.0);
}

#[test]
fn one_event_is_bounded_by_its_own_distribution() {
    let interval = poisson_rate(1, 1.0).unwrap();
    close(interval.low, -(0.975_f64.ln()));
    // e^-x (1 + x) = 0.025 at the upper limit.
    close((-interval.high).exp() * (1.0 + interval.high), 0.025);
}

#[test]
fn a_rate_needs_an_exposure() {
    for exposure in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(poisson_rate(3, exposure), None);
    }
}

#[test]
fn the_rule_of_three() {
    assert_eq!(rule_of_three(300), Some(0.01));
    assert_eq!(rule_of_three(2), Some(1.0));
    assert_eq!(rule_of_three(0), None);
}

#[test]
fn a_draw_sums_to_its_units_and_repeats_with_its_seed() {
    let mut bootstrap = Bootstrap::new(7, 3);
    let first = bootstrap.weights(1000);
    assert_eq!(first.iter().sum::<u32>(), 1000);
    // About 1/e of the units are not drawn.
    let missing = first.iter().filter(|&&times| times == 0).count();
    assert!((330..410).contains(&missing), "{missing}");
    assert_ne!(first, bootstrap.weights(1000));
    assert_eq!(first, Bootstrap::new(7, 3).weights(1000));
    assert_ne!(first, Bootstrap::new(8, 3).weights(1000));
    assert!(bootstrap.weights(0).is_empty());
}

/// Stored intervals must come out again on any machine and with any release of the libraries.
#[test]
fn a_seed_means_these_draws() {
    assert_eq!(Bootstrap::new(1, 1).weights(8), [0, 1, 1, 1, 0, 1, 3, 1]);
}

#[test]
fn quantiles_lie_between_neighbours() {
    let values = [1.0, 2.0, 4.0, 8.0];
    assert_eq!(quantile(&values, 0.0), Some(1.0));
    assert_eq!(quantile(&values, 0.5), Some(3.0));
    assert_eq!(quantile(&values, 1.0), Some(8.0));
    assert_eq!(quantile(&values[..1], 0.3), Some(1.0));
    assert_eq!(quantile(&values, 1.1), None);
    assert_eq!(quantile(&values, f64::NAN), None);
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn replicates_without_a_value_are_dropped() {
    let mut values = [f64::NAN, 40.0, 0.0, -f64::NAN, 20.0, 10.0, 30.0];
    assert_eq!(percentile_interval(&mut values), Some(Interval { low: 1.0, high: 39.0 }));
    assert_eq!(percentile_interval(&mut [f64::NAN]), None);
    assert_eq!(percentile_interval(&mut []), None);
}
