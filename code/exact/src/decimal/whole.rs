//! Whole numbers of any size.

use std::cmp::Ordering;

/// A whole number: its digits to the base 2³², the lowest first, and no zeros
/// above the highest.
#[derive(Clone)]
pub(super) struct Whole(Vec<u32>);

impl Whole {
    pub(super) fn new(value: u64) -> Self {
        Self(vec![value as u32, (value >> 32) as u32]).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.ends_with(&[0]) {
            self.0.pop();
        }
        self
    }

    /// Multiplied by a power of 2 or 10; by 1, where that is negative.
    pub(super) fn times(&self, base: u32, power: i32) -> Self {
        let mut product = self.clone();
        let mut left = u32::try_from(power).unwrap_or(0);
        while left > 0 {
            let now = left.min(9); // 10⁹ is below 2³²
            let (by, mut carry) = (u64::from(base.pow(now)), 0);
            for digit in &mut product.0 {
                carry += u64::from(*digit) * by;
                *digit = carry as u32;
                carry >>= 32;
            }
            product.0.push(carry as u32);
            product = product.trimmed();
            left -= now;
        }
        product
    }

    pub(super) fn plus(&self, more: &Self) -> Self {
        let mut sum = self.clone();
        sum.0.resize(self.0.len().max(more.0.len()) + 1, 0);
        let mut carry = 0;
        for (i, digit) in sum.0.iter_mut().enumerate() {
            carry += u64::from(*digit);
            carry += u64::from(more.0.get(i).copied().unwrap_or(0));
            *digit = carry as u32;
            carry >>= 32;
        }
        sum.trimmed()
    }

    /// Less a number that is not larger.
    pub(super) fn minus(&self, less: &Self) -> Self {
        let mut difference = self.clone();
        let mut borrow = 0;
        for (i, digit) in difference.0.iter_mut().enumerate() {
            let less = less.0.get(i).copied().unwrap_or(0);
            borrow += i64::from(*digit) - i64::from(less);
            *digit = borrow as u32;
            borrow >>= 32;
        }
        difference.trimmed()
    }

    /// How many bits it has; none, if it is 0.
    pub(super) fn bits(&self) -> i32 {
        let above = self.0.last().map_or(0, |top| top.leading_zeros());
        32 * self.0.len() as i32 - above as i32
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}
