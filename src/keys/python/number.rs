//! Numbers as Python has them: ints of any size, given by their digits, and floats.

use crate::text::sink::Sink;
use std::cmp::Ordering;

/// The order of two integers, given by their digits.
pub fn signed_order(one: &str, other: &str) -> Ordering {
    let by_size = |one: &str, other: &str| one.len().cmp(&other.len()).then_with(|| one.cmp(other));
    match (one.strip_prefix('-'), other.strip_prefix('-')) {
        (None, None) => by_size(one, other),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => by_size(other, one),
    }
}

/// The order of an integer, given by its digits, and a number that is no integer.
pub fn compare_digits(digits: &str, other: f64) -> Option<Ordering> {
    if other.is_nan() {
        None
    } else if other.is_infinite() {
        0.0.partial_cmp(&other)
    } else {
        Some(signed_order(digits, &integer_digits(other.floor())).then(Ordering::Less))
    }
}

/// All the digits of a number that is an integer, as Python's ints have them.
pub fn integer_digits(value: f64) -> String {
    // Below 2^53 a double holds every integer exactly, so the cast is exact too.
    if value.abs() < 9_007_199_254_740_992.0 {
        return (value as i64).to_string();
    }
    const BASE: u64 = 1_000_000_000;
    let bits = value.to_bits();
    let mut mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let mut exponent = (bits >> 52 & 0x7ff) as u32 - 1075;
    // The lowest nine digits first.
    let mut limbs = Vec::new();
    while mantissa > 0 {
        limbs.push(mantissa % BASE);
        mantissa /= BASE;
    }
    while exponent > 0 {
        let shift = exponent.min(29);
        exponent -= shift;
        let mut carry = 0;
        for limb in &mut limbs {
            let shifted = (*limb << shift) + carry;
            *limb = shifted % BASE;
            carry = shifted / BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (index, limb) in limbs.iter().rev().enumerate() {
        text += &if index == 0 {
            limb.to_string()
        } else {
            format!("{limb:09}")
        };
    }
    text
}

/// Appends the `repr` of a float: the digits that JavaScript gives, in Python's notation. The notations differ only for
/// numbers below 0.0001. (They also differ from 1e16 on, but such numbers are integers here.)
pub fn float(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        return out.put(b"nan");
    }
    if value.is_infinite() {
        return out.put(if value > 0.0 { b"inf" } else { b"-inf" });
    }
    let mut buffer = ryu_js::Buffer::new();
    let text = buffer.format(value);
    if value.abs() >= 0.0001 {
        return out.put(text.as_bytes());
    }
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    let end = text.bytes().position(|byte| byte == b'e').unwrap_or(text.len());
    let (mantissa, exponent) = text.as_bytes().split_at(end);
    let digits = || mantissa.iter().filter(|byte| byte.is_ascii_digit());
    let zeros = digits().take_while(|&&digit| digit == b'0').count();
    let exponent = match exponent {
        [b'e', b'-', power @ ..] => power
            .iter()
            .fold(0, |value, &digit| value * 10 + usize::from(digit - b'0')),
        _ => zeros,
    };
    out.put(sign.as_bytes());
    for (index, &digit) in digits().skip(zeros).enumerate() {
        if index == 1 {
            out.push(b'.');
        }
        out.push(digit);
    }
    out.put(format!("e-{exponent:02}").as_bytes());
}
