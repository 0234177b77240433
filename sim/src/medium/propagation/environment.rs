//! All that lies between two antennas, in one place.

use super::{Fading, LogDistance, PathLoss, Position, Shadowing, Wall, walls_loss_db};

/// A board's antenna.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Antenna {
    /// The board's index; a pair's shadowing hangs on it.
    pub board: u32,
    /// Where it is.
    pub position: Position,
    /// Its gain over an isotropic antenna, dBi. About 2 for a module's printed antenna, −3 and less in a tight case.
    pub gain_dbi: f64,
}

/// The surroundings of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// What distance costs.
    pub path_loss: PathLoss,
    /// How pairs differ for good.
    pub shadowing: Shadowing,
    /// How frames of a pair differ.
    pub fading: Fading,
    /// What stands in the way.
    pub walls: Vec<Wall>,
}

impl Default for Environment {
    /// Indoors, with nothing drawn: log-distance with the exponent 3 from 1 m on, no shadowing, no fading, no walls.
    fn default() -> Self {
        Self {
            path_loss: PathLoss::LogDistance(LogDistance::from_1_m(3.0)),
            shadowing: Shadowing::default(),
            fading: Fading::None,
            walls: Vec::new(),
        }
    }
}

impl Environment {
    /// Boards on one desk: everybody hears everybody equally well, 60 dB below what is sent.
    #[must_use]
    pub fn desk() -> Self {
        Self {
            path_loss: PathLoss::Fixed { loss_db: 60.0 },
            ..Self::default()
        }
    }

    /// Free space.
    #[must_use]
    pub fn open() -> Self {
        Self {
            path_loss: PathLoss::Friis,
            ..Self::default()
        }
    }

    /// The gain from one antenna's socket to the other's, dB, without fading: to be added to what is sent, in dBm.
    /// It is the same in both directions.
    ///
    /// ```
    /// use sim::medium::propagation::{Antenna, Environment, Position};
    ///
    /// let antenna = |board, x_m| Antenna { board, position: Position::on_ground(x_m, 0.0), gain_dbi: 0.0 };
    /// let gain = Environment::default().mean_gain_db(1, &antenna(0, 0.0), &antenna(1, 10.0), 2412);
    /// assert!((gain + 70.095).abs() < 0.001);
    /// ```
    #[must_use]
    pub fn mean_gain_db(&self, seed: u64, a: &Antenna, b: &Antenna, frequency_mhz: u16) -> f64 {
        let distance = a.position.distance_m(b.position);
        (a.gain_dbi + b.gain_dbi) - self.path_loss.loss_db(distance, frequency_mhz)
            + self.shadowing.gain_db(seed, a.board, b.board)
            - walls_loss_db(&self.walls, a.position, b.position)
    }

    /// The distance in metres beyond which no pair's [`mean_gain_db`](Self::mean_gain_db) reaches `min_gain_db`, when the
    /// two antennas have `gains_dbi` together. Not even with the luckiest shadowing; fading comes on top.
    #[must_use]
    pub fn range_m(&self, min_gain_db: f64, gains_dbi: f64, frequency_mhz: u16) -> f64 {
        let max_loss = gains_dbi + self.shadowing.most_gain_db() - min_gain_db;
        self.path_loss.range_m(max_loss, frequency_mhz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn antenna(board: u32, x_m: f64, y_m: f64) -> Antenna {
        Antenna {
            board,
            position: Position::on_ground(x_m, y_m),
            gain_dbi: 2.0,
        }
    }

    fn office() -> Environment {
        Environment {
            shadowing: Shadowing { sigma_db: 4.0 },
            walls: vec![Wall {
                from: [5.0, -100.0],
                to: [5.0, 100.0],
                loss_db: 10.0,
            }],
            ..Environment::default()
        }
    }

    #[test]
    fn all_parts_add_up() {
        let (a, b) = (antenna(0, 0.0, 0.0), antenna(1, 10.0, 0.0));
        let gain = office().mean_gain_db(9, &a, &b, 2412);
        let shadowing = Shadowing { sigma_db: 4.0 }.gain_db(9, 0, 1);
        assert!((gain - (4.0 - 70.0953 - 10.0 + shadowing)).abs() < 0.001, "{gain}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn gain_is_mutual_and_within_range(seed: u64, x in -50.0..50.0, y in -50.0..50.0) {
            let (a, b) = (antenna(3, 1.0, 2.0), antenna(4, x, y));
            let gain = office().mean_gain_db(seed, &a, &b, 2437);
            prop_assert_eq!(gain, office().mean_gain_db(seed, &b, &a, 2437));
            prop_assert!(a.position.distance_m(b.position) <= office().range_m(gain, 4.0, 2437));
        }
    }
}
