//! Letters for groups that cannot be told apart.

/// More groups than this have no letters.
const MOST: usize = 26;

/// Letters for `n` competitors, so that any two have one in common if and only if they are not `apart`: a letter is a largest
/// set of competitors of which no two are (the compact letter display of Piepho, Journal of Computational and Graphical
/// Statistics 13, 2004). The first letters are those of the first competitors. `None` if there are more than 26 such sets.
pub fn letters(n: usize, apart: impl Fn(usize, usize) -> bool) -> Option<Vec<String>> {
    let alike = |i: usize, j: usize| i != j && !apart(i.min(j), i.max(j));
    let mut groups = Vec::new();
    if !grow(&alike, &mut Vec::new(), (0..n).collect(), Vec::new(), &mut groups) {
        return None;
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    let of = |i: usize| {
        let own = groups.iter().zip('a'..).filter(|(group, _)| group.contains(&i));
        own.map(|(_, letter)| letter).collect()
    };
    Some((0..n).map(of).collect())
}

/// All largest sets that hold `group`, some of `candidates` and none of `done`, which are alike to all of the group (Bron and
/// Kerbosch 1973, with the pivot that leaves fewest candidates to try). Whether there are few enough.
fn grow(
    alike: &impl Fn(usize, usize) -> bool,
    group: &mut Vec<usize>,
    mut candidates: Vec<usize>,
    mut done: Vec<usize>,
    groups: &mut Vec<Vec<usize>>,
) -> bool {
    if candidates.is_empty() && done.is_empty() && !group.is_empty() {
        groups.push(group.clone());
        return groups.len() <= MOST;
    }
    let neighbours = |of: usize| candidates.iter().filter(|c| alike(of, **c)).count();
    let Some(pivot) = candidates.iter().chain(&done).copied().max_by_key(|of| neighbours(*of)) else {
        return true;
    };
    let tried: Vec<usize> = candidates.iter().copied().filter(|c| !alike(pivot, *c)).collect();
    for next in tried {
        let with = |of: &[usize]| of.iter().copied().filter(|other| alike(next, *other)).collect();
        let (left, gone) = (with(&candidates), with(&done));
        group.push(next);
        if !grow(alike, group, left, gone, groups) {
            return false;
        }
        group.pop();
        candidates.retain(|c| *c != next);
        done.push(next);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_by_hand() {
        let of = |n: usize, pairs: &[(usize, usize)]| letters(n, |i, j| pairs.contains(&(i, j))).unwrap();
        assert_eq!(of(3, &[]), ["a", "a", "a"]);
        assert_eq!(of(3, &[(0, 1), (0, 2), (1, 2)]), ["a", "b", "c"]);
        // The middle one is like both, which are not alike.
        assert_eq!(of(3, &[(0, 2)]), ["a", "ab", "b"]);
        // Piepho's example of a set that no interval of the order is: 1 differs from 2 alone.
        assert_eq!(of(4, &[(1, 2)]), ["ab", "a", "b", "ab"]);
        assert_eq!(of(0, &[]), [""; 0]);
    }

    #[test]
    fn too_many_groups_have_no_letters() {
        // Ten pairs of which the two are apart: a group takes one of each, 2¹⁰ ways.
        assert_eq!(letters(20, |i, j| j == i + 1 && i % 2 == 0), None);
        assert!(letters(26, |_, _| true).is_some() && letters(27, |_, _| true).is_none());
    }

    proptest! {
        #[test]
        fn two_share_a_letter_if_and_only_if_they_are_not_apart(n in 1usize..8, bits in any::<u32>()) {
            let apart = |i: usize, j: usize| (bits >> ((i * (i + 5) + j) % 32)) & 1 == 1;
            if let Some(letters) = letters(n, apart) {
                for j in 0..n {
                    for i in 0..j {
                        let share = letters[i].chars().any(|letter| letters[j].contains(letter));
                        prop_assert_eq!(share, !apart(i, j));
                    }
                }
            }
        }
    }
}
