//! Quantities of the Kubernetes API (`500m`, `1.5Gi`, `2e3`), read and added up exactly.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};

use serde_json::Value;

/// An amount, in billionths: the finest that the API takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const ONE: i128 = 1_000_000_000;

/// What may stand behind the number, in billionths.
const SUFFIXES: [(&str, i128); 16] = [
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("", ONE),
    ("k", ONE * 1_000),
    ("M", ONE * 1_000_000),
    ("G", ONE * 1_000_000_000),
    ("T", ONE * 1_000_000_000_000),
    ("P", ONE * 1_000_000_000_000_000),
    ("E", ONE * 1_000_000_000_000_000_000),
    ("Ki", ONE << 10),
    ("Mi", ONE << 20),
    ("Gi", ONE << 30),
    ("Ti", ONE << 40),
    ("Pi", ONE << 50),
    ("Ei", ONE << 60),
];

impl Quantity {
    /// Nothing where a value is no quantity.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// Nothing where it is not written as one, or finer than billionths.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')));
        let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
        let unit = match SUFFIXES.iter().find(|(name, _)| *name == suffix) {
            Some((_, unit)) => *unit,
            None => return Self::with_exponent(number, suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
        };
        let (digits, decimals) = digits(number)?;
        let (whole, divisor) = (digits.checked_mul(unit)?, 10_i128.checked_pow(decimals)?);
        (whole % divisor == 0).then_some(Self(whole / divisor))
    }

    fn with_exponent(number: &str, exponent: i32) -> Option<Self> {
        let (digits, decimals) = digits(number)?;
        let exponent = exponent.checked_add(9)?.checked_sub(i32::try_from(decimals).ok()?)?;
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        match exponent {
            0.. => digits.checked_mul(power).map(Self),
            _ => (digits % power == 0).then_some(Self(digits / power)),
        }
    }
}

/// `1.50` as 150 and 2.
fn digits(number: &str) -> Option<(i128, u32)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{fraction}");
    let decimals = u32::try_from(fraction.len()).ok()?;
    fraction.chars().all(|c| c.is_ascii_digit()).then_some(())?;
    Some((all.parse().ok()?, decimals))
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul<u64> for Quantity {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(times)))
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// The shortest spelling that is exact: `1500m`, `1536Mi`, `2`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(suffix, unit): &(&'static str, i128)| {
            (self.0 % unit == 0).then(|| format!("{}{suffix}", self.0 / unit))
        };
        let shortest = SUFFIXES.iter().filter_map(fits).min_by_key(String::len);
        f.write_str(&shortest.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_the_api_reads_them() {
        let same = [
            ("1", "1000m"),
            ("0.5", "500m"),
            ("1Gi", "1024Mi"),
            ("1.5Gi", "1536Mi"),
            ("1e3", "1k"),
            ("1.5E3", "1500"),
            ("12e-1", "1.2"),
            ("0.1Ki", "102.4"),
            (".5", "500m"),
            ("5.", "5"),
            ("1E", "1000P"),
            ("100n", "0.1u"),
        ];
        for (one, other) in same {
            assert_eq!(Quantity::parse(one), Quantity::parse(other), "{one}");
            assert!(Quantity::parse(one).is_some(), "{one}");
        }
        for bad in ["", "m", "1 Gi", "1gi", "1KiB", "a", "1e", "--1", "0.1n", "1.2.3", "(hidden)"] {
            assert_eq!(Quantity::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn sums_are_exact_and_shortly_written() {
        let sum = |all: &[&str]| {
            all.iter().map(|text| Quantity::parse(text).unwrap()).sum::<Quantity>().to_string()
        };
        assert_eq!(sum(&["0.1", "0.2"]), "300m");
        assert_eq!(sum(&["1Gi", "512Mi"]), "1536Mi");
        assert_eq!(sum(&["500m", "1500m"]), "2");
        assert_eq!(sum(&["1Gi", "1G"]), "2073741824");
        assert_eq!(sum(&[]), "0");
    }
}
