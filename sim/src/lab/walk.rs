//! Boards that are on their way.

use super::{Happening, Lab};
use crate::kernel::{Span, Time};
use crate::medium::propagation::Position;
use crate::observe::BoardId;

/// Between two looks at where a board is by now. At a walker's 1.5 m/s that is 15 cm, about a wavelength.
const STRIDE: Span = Span::from_micros(100_000);

/// A way from place to place at a constant speed. Who has come to its end stays there.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    points: Vec<Position>,
    speed_m_s: f64,
}

impl Walk {
    /// A way through these places; `None` if there are none, or the speed is not above zero and finite.
    #[must_use]
    pub fn new(points: Vec<Position>, speed_m_s: f64) -> Option<Self> {
        (!points.is_empty() && speed_m_s > 0.0 && speed_m_s.is_finite()).then_some(Self { points, speed_m_s })
    }

    /// Where one is, so long after its beginning.
    ///
    /// ```
    /// use sim::kernel::Span;
    /// use sim::lab::Walk;
    /// use sim::medium::propagation::Position;
    ///
    /// let corner = Position::on_ground(3.0, 0.0);
    /// let walk = Walk::new(vec![Position::default(), corner, Position::on_ground(3.0, 4.0)], 1.0).unwrap();
    /// assert_eq!(walk.position(Span::from_micros(5_000_000)), Position::on_ground(3.0, 2.0));
    /// assert_eq!(walk.position(Span::from_micros(60_000_000)), Position::on_ground(3.0, 4.0));
    /// ```
    #[must_use]
    pub fn position(&self, since: Span) -> Position {
        let mut left_m = since.as_nanos() as f64 / 1e9 * self.speed_m_s;
        for pair in self.points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length_m = from.distance_m(to);
            if left_m < length_m {
                let share = left_m / length_m;
                let between = |from: f64, to: f64| from + (to - from) * share;
                return Position {
                    x_m: between(from.x_m, to.x_m),
                    y_m: between(from.y_m, to.y_m),
                    z_m: between(from.z_m, to.z_m),
                };
            }
            left_m -= length_m;
        }
        self.points.last().copied().unwrap_or_default()
    }

    /// How long it takes.
    #[must_use]
    pub fn length(&self) -> Span {
        let metres: f64 = self.points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        Span::from_nanos((metres / self.speed_m_s * 1e9) as u64)
    }
}

/// A board that walks.
#[derive(Clone, Debug)]
pub(super) struct Walker {
    board: BoardId,
    begins: Time,
    walk: Walk,
}

impl Walker {
    pub(super) const fn new(board: BoardId, begins: Time, walk: Walk) -> Self {
        Self { board, begins, walk }
    }
}

impl Lab {
    pub(super) fn schedule_walkers(&mut self) {
        for (index, walker) in (0..).zip(&self.walkers) {
            self.queue.schedule(walker.begins, Happening::Stride(index));
        }
    }

    pub(super) fn stride(&mut self, now: Time, index: u32) {
        let Walker { board, begins, walk } = &self.walkers[index as usize];
        let (board, end) = (*board, *begins + walk.length());
        self.medium.move_to(board.0, walk.position(now - *begins));
        if now < end {
            // The last step is as long as the way.
            self.queue.schedule((now + STRIDE).min(end), Happening::Stride(index));
        }
    }
}
