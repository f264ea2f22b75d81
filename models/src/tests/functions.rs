use crate::Function;

const ALL: [Function; 3] = [Function::InnaToy, Function::DoubleWell, Function::Quadratic];

#[test]
fn gradients_match_finite_differences_away_from_kinks() {
    let h = 1e-6;
    for function in ALL {
        for point in [[-1.0, 1.5], [0.3, -0.7], [1.9, 2.1]] {
            let gradient = function.gradient(point);
            for (axis, slope) in gradient.into_iter().enumerate() {
                let (mut above, mut below) = (point, point);
                above[axis] += h;
                below[axis] -= h;
                let difference = (function.value(above) - function.value(below)) / (2.0 * h);
                assert!((difference - slope).abs() < 1e-6 * (1.0 + slope.abs()), "{function:?} {point:?}");
            }
        }
    }
}

#[test]
fn minimisers_are_critical_and_minimal() {
    for function in ALL {
        let minimiser = function.minimiser();
        assert!(function.gradient(minimiser).iter().all(|g| g.abs() < 1e-12), "{function:?}");
        for step in [[1e-3, 0.0], [-1e-3, 0.0], [0.0, 1e-3], [0.0, -1e-3]] {
            let beside = [minimiser[0] + step[0], minimiser[1] + step[1]];
            assert!(function.value(beside) > function.value(minimiser));
        }
    }
}

/// By hand at the start of Figure 1: 100 (1.5 − 1)² + 2 = 27, and the subgradient's sign at a kink.
#[test]
fn values_by_hand() {
    assert_eq!(Function::InnaToy.value([-1.0, 1.5]), 27.0);
    assert_eq!(Function::InnaToy.gradient([-1.0, 1.5]), [99.0, 100.0]);
    assert_eq!(Function::InnaToy.gradient([0.0, 1.0]), [-1.0, 200.0]);
    assert_eq!(Function::DoubleWell.value([1.0, 2.0]), 1.0);
}
