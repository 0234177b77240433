//! Where an antenna is.

use serde::{Deserialize, Serialize};

/// A place, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// East.
    pub x_m: f64,
    /// North.
    pub y_m: f64,
    /// Up.
    pub z_m: f64,
}

impl Position {
    /// A place on the ground.
    #[must_use]
    pub const fn on_ground(x_m: f64, y_m: f64) -> Self {
        Self { x_m, y_m, z_m: 0.0 }
    }

    /// Metres to another place.
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        self.distance_squared_m2(other).sqrt()
    }

    /// The distance's square, for comparisons, in m².
    #[must_use]
    pub fn distance_squared_m2(self, other: Self) -> f64 {
        let (x, y, z) = (self.x_m - other.x_m, self.y_m - other.y_m, self.z_m - other.z_m);
        x * x + y * y + z * z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_pythagoras() {
        let a = Position {
            x_m: 1.0,
            y_m: 2.0,
            z_m: 3.0,
        };
        let b = Position {
            x_m: 3.0,
            y_m: 5.0,
            z_m: 9.0,
        };
        assert_eq!(a.distance_m(b), 7.0);
        assert_eq!(b.distance_m(a), 7.0);
        assert_eq!(a.distance_m(a), 0.0);
    }
}
