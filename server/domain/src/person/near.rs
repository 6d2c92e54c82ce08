//! IDs that are easily typed for another.

use crate::ids::UserId;

/// The IDs that differ in two neighbouring digits that were swapped, or in one digit; the swapped ones first.
pub fn near(user: &UserId) -> Vec<UserId> {
    let digits = user.as_str().as_bytes();
    let swapped = (1..digits.len()).filter(|at| digits[at - 1] != digits[*at]).map(|at| {
        let mut near = digits.to_vec();
        near.swap(at - 1, at);
        near
    });
    let changed = (0..digits.len()).flat_map(|at| {
        let others = (b'0'..=b'9').filter(move |digit| *digit != digits[at]);
        others.map(move |digit| {
            let mut near = digits.to_vec();
            near[at] = digit;
            near
        })
    });
    swapped.chain(changed).filter_map(|near| String::from_utf8(near).ok()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ids_have_one_digit_changed_or_two_neighbours_swapped() {
        let user: UserId = "0123456788".parse().unwrap();
        let near = near(&user);
        assert_eq!(near.len(), 8 + 90, "the two eights are not swapped");
        assert_eq!(near[0].as_str(), "1023456788");
        assert!(near.contains(&"0123456789".parse().unwrap()) && !near.contains(&user));
    }
}
