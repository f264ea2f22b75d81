//! Measuring several things in turn, so that whatever changes meanwhile meets all of them alike.

use streams::Stream;

/// Measures each of `count` things once in every round, in an order that is drawn anew for each: `[thing][round]`. None if a
/// measurement says that it was stopped.
///
/// # Errors
/// Those of a measurement.
pub(crate) fn in_turn<E>(
    what: &str,
    count: usize,
    rounds: usize,
    mut measure: impl FnMut(usize) -> Result<Option<f64>, E>,
) -> Result<Option<Vec<Vec<f64>>>, E> {
    let order = Stream::new(0, what, "timing/order", 0);
    let mut measured = vec![Vec::with_capacity(rounds); count];
    for round in 0..rounds {
        for thing in order.permutation(round as u64, count) {
            match measure(thing as usize)? {
                Some(value) => measured[thing as usize].push(value),
                None => return Ok(None),
            }
        }
    }
    Ok(Some(measured))
}

/// The smallest, the median and the largest of some numbers; none of none.
pub(crate) fn spread(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some([*values.first()?, (low + high) / 2.0, *values.last()?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    /// The things measured, round by round, by a clock that goes on by one with each.
    fn rounds(what: &str) -> (Vec<Vec<usize>>, Vec<Vec<f64>>) {
        let mut seen = Vec::new();
        let measure = |thing| {
            seen.push(thing);
            Ok::<_, Infallible>(Some(seen.len() as f64))
        };
        let measured = in_turn(what, 4, 6, measure).unwrap().unwrap();
        (seen.chunks(4).map(<[usize]>::to_vec).collect(), measured)
    }

    #[test]
    fn every_round_has_everything_once_in_an_order_of_its_own() {
        let (orders, measured) = rounds("a task");
        assert_eq!(orders.len(), 6);
        for (round, order) in orders.iter().enumerate() {
            assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 4, "{order:?}");
            // What was measured in a round lies where it belongs.
            for (place, thing) in order.iter().enumerate() {
                assert_eq!(measured[*thing][round], (4 * round + place + 1) as f64);
            }
        }
        assert!(orders.iter().collect::<BTreeSet<_>>().len() > 1);
        assert_eq!(rounds("a task").0, orders);
        assert_ne!(rounds("another task").0, orders);
    }

    #[test]
    fn a_stop_and_an_error_end_it() {
        let mut left = 5;
        let stopped = in_turn("t", 2, 9, |_| {
            left -= 1;
            Ok::<_, Infallible>((left > 0).then_some(1.0))
        });
        assert_eq!((stopped, left), (Ok(None), 0));
        assert_eq!(in_turn("t", 2, 9, |_| Err::<Option<f64>, _>("broken")), Err("broken"));
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(spread(vec![5.0, 1.0, 4.0]), Some([1.0, 4.0, 5.0]));
        assert_eq!(spread(vec![5.0, 1.0, 4.0, 2.0]), Some([1.0, 3.0, 5.0]));
        assert_eq!(spread(vec![7.0]), Some([7.0; 3]));
        assert_eq!(spread(Vec::new()), None);
    }
}
