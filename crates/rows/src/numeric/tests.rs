//! Numbers without limits agree with 128-bit ones wherever those reach.

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Numeric {
    Numeric::parse(text).unwrap()
}

proptest! {
    #[test]
    fn arithmetic_agrees_with_integers(
        a in -10i128.pow(17)..10i128.pow(17), b in -10i128.pow(17)..10i128.pow(17), scales in (0i8..6, 0i8..6),
    ) {
        let (x, y) = (Numeric::from_scaled(a, scales.0), Numeric::from_scaled(b, scales.1));
        let scale = scales.0.max(scales.1);
        let (wide_a, wide_b) = (
            a * 10i128.pow((scale - scales.0) as u32), b * 10i128.pow((scale - scales.1) as u32),
        );
        prop_assert_eq!(x.cmp(&y), wide_a.cmp(&wide_b));
        prop_assert_eq!(x.add(&y).unwrap().to_string(), Numeric::from_scaled(wide_a + wide_b, scale).to_string());
        prop_assert_eq!(x.subtract(&y).unwrap(), Numeric::from_scaled(wide_a - wide_b, scale));
        prop_assert_eq!(x.multiply(&y).unwrap(), Numeric::from_scaled(a * b, scales.0 + scales.1));
        if b != 0 {
            prop_assert_eq!(x.remainder(&y).unwrap(), Numeric::from_scaled(wide_a % wide_b, scale));
            // Half a unit in the last place that is shown.
            let quotient = x.divide(&y).unwrap();
            let error = quotient.multiply(&y).unwrap().subtract(&x).unwrap();
            let twice = error.add(&error).unwrap();
            let unit = y.multiply(&number(&format!("1e-{}", quotient.scale()))).unwrap();
            let most = unit.clone().max(unit.negated());
            prop_assert!(twice <= most && twice.negated() <= most, "{x} / {y}");
        }
        prop_assert_eq!(x.to_scaled(scales.0), Some(a));
    }

    #[test]
    fn bytes_come_back(digits in "-?[0-9]{1,30}([.][0-9]{0,30})?(e-?[0-9]{1,2})?") {
        let number = number(&digits);
        prop_assert_eq!(Numeric::from_bytes(number.as_bytes()).unwrap().as_bytes().to_vec(), number.as_bytes().to_vec());
        prop_assert_eq!(Numeric::parse(&number.to_string()).unwrap().as_bytes().to_vec(), number.as_bytes().to_vec());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        if let Ok(number) = Numeric::from_bytes(&bytes) {
            prop_assert_eq!(Numeric::parse(&number.to_string()).unwrap().as_bytes().to_vec(), bytes);
        }
    }
}

/// As PostgreSQL 15 answers.
#[test]
fn quotients_have_postgresqls_digits() {
    for (a, b, quotient) in [
        ("1", "3", "0.33333333333333333333"),
        ("10", "3", "3.3333333333333333"),
        ("2", "1", "2.0000000000000000"),
        ("100", "7", "14.2857142857142857"),
        ("1", "7.5", "0.13333333333333333333"),
        ("0", "7", "0.00000000000000000000"),
        ("-1", "8", "-0.12500000000000000000"),
    ] {
        assert_eq!(
            number(a).divide(&number(b)).unwrap().to_string(),
            quotient,
            "{a} / {b}"
        );
    }
}

#[test]
fn specials() {
    let (nan, up, down, one) = (
        number("NaN"),
        number("inf"),
        number("-Infinity"),
        number("1"),
    );
    assert!(down < number("-1e131071") && number("1e131071") < up && up < nan);
    assert!(up.add(&down).unwrap().is_nan() && up.subtract(&up).unwrap().is_nan());
    assert_eq!(up.add(&one).unwrap(), up);
    assert_eq!(one.divide(&up).unwrap(), number("0"));
    assert_eq!(up.multiply(&number("-2")).unwrap(), down);
    assert_eq!(
        one.divide(&number("0.00")).unwrap_err(),
        NumericError::DivisionByZero
    );
    assert_eq!(number("1.50"), number("1.5"));
    assert_eq!(number("1.50").to_string(), "1.50");
    assert_eq!(number("-0.00").to_string(), "0.00");
    assert_eq!(number(" 1e-3 ").to_string(), "0.001");
    assert_eq!(number("9.995").rounded(2).to_string(), "10.00");
    assert_eq!(number("-0.005").rounded(2).to_string(), "-0.01");
    assert_eq!(number("0.004").rounded(2).to_string(), "0.00");
    for text in [
        "", ".", "1.2.3", "1e", "--1", "0x10", "1e131073", "1e-16384",
    ] {
        assert!(Numeric::parse(text).is_err(), "{text}");
    }
}

/// (10ⁿ - 1)² = 10²ⁿ - 2 · 10ⁿ + 1: every limb is full, whatever part of the first one is used.
#[test]
fn products_of_many_digits_are_exact() {
    for n in (1..40).chain([5_000]) {
        let nines = number(&"9".repeat(n));
        let expected = format!("{}8{}1", "9".repeat(n - 1), "0".repeat(n - 1));
        assert_eq!(nines.multiply(&nines).unwrap().to_string(), expected);
    }
    assert_eq!(
        number("12345678901")
            .multiply(&number("0"))
            .unwrap()
            .to_string(),
        "0"
    );
}
