//! Numbers as JSON spells them, read as the double that is nearest.
//!
//! Short, not quick: the usual ways to do without long arithmetic need tables of 10 KB, and nearly every number that is
//! an id is an integer that [`crate::literal`] takes as text. It knows nothing of ids.

use std::cmp::Ordering;

/// No two doubles have a middle of more significant digits than 767: behind these it only matters whether there are
/// others than zeros.
const MOST_DIGITS: usize = 800;
/// So many digits fit a `u64`.
const WORD_DIGITS: usize = 19;
/// So many digits, and powers of ten up to this one, are exact as doubles.
const EXACT_DIGITS: usize = 15;
const EXACT_POWER: i32 = 22;
/// Numbers of a decimal exponent beyond these are infinite, or zero.
const LARGEST: i32 = 310;
const SMALLEST: i32 = -330;

/// The double nearest to what `text` spells, infinite beyond the largest; `None` if JSON does not spell numbers so.
pub fn parse(text: &[u8]) -> Option<f64> {
    let magnitude = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = split_digits(magnitude);
    let has_leading_zero = whole.len() > 1 && whole.first() == Some(&b'0');
    if whole.is_empty() || has_leading_zero {
        return None;
    }
    let (fraction, rest) = match rest.strip_prefix(b".").map(split_digits) {
        Some(([], _)) => return None,
        Some(split) => split,
        None => (&[][..], rest),
    };
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => parse_exponent(exponent)?,
        _ => return None,
    };
    let value = Decimal::new(whole, fraction, exponent).nearest();
    Some(if magnitude.len() < text.len() { -value } else { value })
}

/// The digits at the start, and the rest.
fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn parse_exponent(text: &[u8]) -> Option<i32> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let append = |value: i32, digit: &u8| value.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
    let value = digits.iter().fold(0, append);
    Some(if is_negative { -value } else { value })
}

/// The integer that `digits` are, times ten to the power of `exponent`.
struct Decimal {
    /// Each from 0 to 9, the first one not 0.
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    fn new(whole: &[u8], fraction: &[u8], exponent: i32) -> Self {
        let all = || whole.iter().chain(fraction).map(|digit| digit - b'0');
        let zeros = all().take_while(|&digit| digit == 0).count();
        let mut digits: Vec<u8> = all().skip(zeros).take(MOST_DIGITS).collect();
        let left_out = whole.len() + fraction.len() - zeros - digits.len();
        let mut shift = left_out as i64 - fraction.len() as i64;
        if all().skip(zeros + digits.len()).any(|digit| digit != 0) {
            digits.push(1);
            shift -= 1;
        }
        let exponent = (i64::from(exponent) + shift).clamp(i64::from(i32::MIN / 2), i64::from(i32::MAX / 2));
        Decimal {
            digits,
            exponent: exponent as i32,
        }
    }

    fn nearest(&self) -> f64 {
        let magnitude = self.digits.len() as i32 + self.exponent;
        if self.digits.is_empty() || magnitude < SMALLEST {
            return 0.0;
        }
        if magnitude > LARGEST {
            return f64::INFINITY;
        }
        let approximate = self.approximate();
        let is_exact = match self.exponent {
            0 => self.digits.len() <= WORD_DIGITS,
            exponent => self.digits.len() <= EXACT_DIGITS && exponent.abs() <= EXACT_POWER,
        };
        if is_exact {
            approximate
        } else {
            self.correct(approximate)
        }
    }

    /// A double that is a few steps off at most. It is the nearest where it takes one operation on exact operands.
    fn approximate(&self) -> f64 {
        let first = self.digits.iter().take(WORD_DIGITS);
        let mut value = first.fold(0, |value: u64, &digit| value * 10 + u64::from(digit)) as f64;
        let mut left = self.exponent + self.digits.len().saturating_sub(WORD_DIGITS) as i32;
        while left != 0 {
            let step = left.clamp(-EXACT_POWER, EXACT_POWER);
            let power = (0..step.abs()).fold(1.0, |power, _| power * 10.0);
            value = if step < 0 { value / power } else { value * power };
            left -= step;
        }
        value
    }

    /// The nearest double; of two that are, the even one.
    fn correct(&self, approximate: f64) -> f64 {
        // The doubles above zero are in the order of their bits.
        let mut bits = approximate.min(f64::MAX).to_bits();
        while bits > 0 && self.compare_to_middle(bits - 1) != Ordering::Greater {
            bits -= 1;
        }
        while bits < f64::INFINITY.to_bits() {
            match self.compare_to_middle(bits) {
                Ordering::Less => break,
                Ordering::Equal => {
                    bits += bits & 1;
                    break;
                }
                Ordering::Greater => bits += 1,
            }
        }
        f64::from_bits(bits)
    }

    /// Compares it to what is in the middle between the double of these bits and the next one.
    fn compare_to_middle(&self, bits: u64) -> Ordering {
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) as i32 {
            0 => (fraction, -1075),
            biased => (fraction | 1 << 52, biased - 1076),
        };
        let middle = 2 * mantissa + 1;
        let mut own = Natural(Vec::new());
        for &digit in &self.digits {
            own.multiply_add(10, u32::from(digit));
        }
        let mut other = Natural(vec![middle as u32, (middle >> 32) as u32]);
        own.multiply_power(10, self.exponent);
        other.multiply_power(10, -self.exponent);
        own.multiply_power(2, -exponent);
        other.multiply_power(2, exponent);
        own.compare(&other)
    }
}

/// A natural number of any size: 32 bits in each limb, the lowest first.
struct Natural(Vec<u32>);

impl Natural {
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Multiplies by a power of `base`, if the exponent is positive.
    fn multiply_power(&mut self, base: u32, exponent: i32) {
        let mut left = exponent.max(0) as u32;
        while left > 0 {
            let step = left.min(u32::MAX.ilog(base));
            self.multiply_add(base.pow(step), 0);
            left -= step;
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let limb = |natural: &Self, at: usize| natural.0.get(at).copied().unwrap_or_default();
        let mut from_above = (0..self.0.len().max(other.0.len())).rev();
        let differ = from_above.find(|&at| limb(self, at) != limb(other, at));
        differ.map_or(Ordering::Equal, |at| limb(self, at).cmp(&limb(other, at)))
    }
}
