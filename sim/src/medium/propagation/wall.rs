//! Walls seen from above, and what a signal loses in them.
//!
//! A straight line between two antennas loses in each wall that it crosses what the wall costs, whatever the angle
//! (Motley and Keenan, 1988). Usual figures at 2.4 GHz: plasterboard 3 dB, brick 6 to 10 dB, concrete 10 to 20 dB. Walls are
//! endless upwards and downwards. Left out: diffraction around ends, openings, thickness.
//!
//! A path that touches counts by one rule: what lies exactly on a line counts as left of it. So a path through the point
//! where two walls meet end to end crosses one of them, not two and not none; a path along a wall does not cross it; and
//! the answer is the same in both directions.

use super::Position;

/// A straight wall, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall {
    /// One end: east, north.
    pub from: [f64; 2],
    /// The other.
    pub to: [f64; 2],
    /// What it takes off a signal, dB.
    pub loss_db: f64,
}

/// Whether `point` is left of the line through `from` and `to`, or on it.
fn is_left([from, to]: [[f64; 2]; 2], point: [f64; 2]) -> bool {
    (to[0] - from[0]) * (point[1] - from[1]) - (to[1] - from[1]) * (point[0] - from[0]) >= 0.0
}

/// A segment with its ends in an order of their own, so that its direction does not matter.
fn ordered(a: [f64; 2], b: [f64; 2]) -> [[f64; 2]; 2] {
    let order = a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]));
    if order.is_gt() { [b, a] } else { [a, b] }
}

impl Wall {
    /// Whether the straight line between two places crosses it.
    #[must_use]
    pub fn is_between(&self, a: Position, b: Position) -> bool {
        let path = ordered([a.x_m, a.y_m], [b.x_m, b.y_m]);
        let wall = ordered(self.from, self.to);
        is_left(path, wall[0]) != is_left(path, wall[1]) && is_left(wall, path[0]) != is_left(wall, path[1])
    }
}

/// What the walls between two places cost together, dB.
#[must_use]
pub fn walls_loss_db(walls: &[Wall], a: Position, b: Position) -> f64 {
    walls
        .iter()
        .filter(|wall| wall.is_between(a, b))
        .map(|wall| wall.loss_db)
        // Not `sum`, whose zero is negative.
        .fold(0.0, |sum, loss| sum + loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wall(from: [f64; 2], to: [f64; 2]) -> Wall {
        Wall { from, to, loss_db: 6.0 }
    }

    fn at(x: f64, y: f64) -> Position {
        Position::on_ground(x, y)
    }

    #[test]
    fn each_wall_between_counts() {
        let walls = [1.0, 2.0, 3.0].map(|x| wall([x, -1.0], [x, 1.0]));
        assert_eq!(walls_loss_db(&walls, at(0.0, 0.0), at(4.0, 0.0)), 18.0);
        assert_eq!(walls_loss_db(&walls, at(0.0, 0.0), at(2.5, 0.0)), 12.0);
        assert_eq!(walls_loss_db(&walls, at(1.5, 0.0), at(1.9, 0.9)), 0.0);
        assert_eq!(walls_loss_db(&walls, at(0.0, 1.5), at(4.0, 1.5)), 0.0);
        assert_eq!(walls_loss_db(&[], at(0.0, 0.0), at(4.0, 0.0)), 0.0);
    }

    #[test]
    fn a_joint_has_no_gap_and_counts_once() {
        let walls = [wall([1.0, -1.0], [1.0, 0.0]), wall([1.0, 0.0], [1.0, 1.0])];
        assert_eq!(walls_loss_db(&walls, at(0.0, 0.0), at(2.0, 0.0)), 6.0);
        assert_eq!(walls_loss_db(&walls, at(0.0, -0.5), at(2.0, 0.5)), 6.0);
    }

    #[test]
    fn a_path_along_a_wall_does_not_cross_it() {
        let wall = wall([0.0, 0.0], [10.0, 0.0]);
        assert!(!wall.is_between(at(-5.0, 0.0), at(15.0, 0.0)));
        assert!(!wall.is_between(at(2.0, 0.0), at(3.0, 0.0)));
    }

    #[test]
    fn a_board_on_a_wall_is_on_one_side_of_it() {
        let wall = wall([0.0, 0.0], [10.0, 0.0]);
        let mounted = at(5.0, 0.0);
        assert_ne!(
            wall.is_between(mounted, at(5.0, 1.0)),
            wall.is_between(mounted, at(5.0, -1.0))
        );
    }

    #[test]
    fn a_path_or_wall_without_length_crosses_nothing() {
        let point = at(1.0, 0.0);
        assert!(!wall([1.0, -1.0], [1.0, 1.0]).is_between(point, point));
        assert!(!wall([1.0, 0.0], [1.0, 0.0]).is_between(at(0.0, 0.0), at(2.0, 0.0)));
    }

    /// Whole metres, so that touching is common.
    fn places() -> impl Strategy<Value = [f64; 2]> {
        (-3..=3, -3..=3).prop_map(|(x, y): (i32, i32)| [x.into(), y.into()])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn direction_does_not_matter(from in places(), to in places(), a in places(), b in places()) {
            let [a, b] = [a, b].map(|[x, y]| at(x, y));
            let crossed = wall(from, to).is_between(a, b);
            prop_assert_eq!(wall(from, to).is_between(b, a), crossed);
            prop_assert_eq!(wall(to, from).is_between(a, b), crossed);
        }

        #[test]
        fn nobody_leaves_a_closed_room_for_free(outside in places()) {
            let corners = [[-2.5, -2.5], [2.5, -2.5], [2.5, 2.5], [-2.5, 2.5]];
            let walls: Vec<Wall> = (0..4).map(|index| wall(corners[index], corners[(index + 1) % 4])).collect();
            let is_inside = outside.iter().all(|metres| metres.abs() < 2.5);
            let loss = walls_loss_db(&walls, at(0.0, 0.0), at(outside[0], outside[1]));
            prop_assert_eq!(loss, if is_inside { 0.0 } else { 6.0 });
        }
    }
}
