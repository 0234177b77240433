//! Who is near: boards sorted into square cells.
//!
//! ```text
//!   ┌──┬──┬──┬──┐   A search looks at the cells that its circle's box touches, row by row from the south-west,
//!   │  │░░│░░│░░│   and tests each board in them. Cells hold indices and positions side by side, so a search
//!   ├──┼──┼──┼──┤   reads memory in order. With cells about as wide as the usual radius it tests some three
//!   │  │░░│◉░│░░│   boards for each that it finds.
//!   ├──┼──┼──┼──┤
//!   │  │░░│░░│░░│   The grid covers where boards were at first. Who leaves that area belongs to the cell at
//!   └──┴──┴──┴──┘   its edge; searches stay right, only slower. Height matters for distance, not for cells.
//! ```
//!
//! 36 octets a board and 24 a cell; there are at most twice as many cells as boards, or 64.

use super::Position;

#[derive(Clone, Copy, Debug)]
struct Entry {
    position: Position,
    index: u32,
}

/// Positions by place.
#[derive(Clone, Debug)]
pub struct Grid {
    west_m: f64,
    south_m: f64,
    cell_m: f64,
    columns: usize,
    rows: usize,
    /// Row by row; each in ascending order of indices.
    cells: Vec<Vec<Entry>>,
    /// The cell of each index.
    homes: Vec<u32>,
}

/// Fewer cells than this are never too many.
const FEW_CELLS: usize = 64;

impl Grid {
    /// A grid of these positions, whose indices are their places in the list.
    ///
    /// Cells are `cell_m` wide, or wider where there would be far more cells than boards, or where `cell_m` is not a width.
    #[must_use]
    pub fn new(cell_m: f64, positions: impl Iterator<Item = Position>) -> Self {
        let positions: Vec<Position> = positions.collect();
        let (west_m, width_m) = extent(positions.iter().map(|position| position.x_m));
        let (south_m, height_m) = extent(positions.iter().map(|position| position.y_m));
        let most = (2 * positions.len()).max(FEW_CELLS);
        let mut cell_m = if cell_m > 0.0 && cell_m.is_finite() {
            cell_m
        } else {
            f64::INFINITY
        };
        // Floats, as the numbers may be beyond any integer; an infinite cell ends it at one cell.
        let along = |length_m: f64, cell_m: f64| (length_m / cell_m).floor() + 1.0;
        while along(width_m, cell_m) * along(height_m, cell_m) > most as f64 {
            cell_m *= 2.0;
        }
        let columns = along(width_m, cell_m) as usize;
        let rows = along(height_m, cell_m) as usize;
        let mut grid = Self {
            west_m,
            south_m,
            cell_m,
            columns,
            rows,
            cells: vec![Vec::new(); columns * rows],
            homes: Vec::with_capacity(positions.len()),
        };
        for (index, position) in (0..).zip(positions) {
            let home = grid.home(position);
            grid.cells[home].push(Entry { position, index });
            grid.homes.push(home as u32);
        }
        grid
    }

    /// The indices of all boards whose distance from `position` is at most `radius_m`, the boundary and a board at
    /// `position` itself included. The order is that of the cells and within a cell ascending: always the same for the
    /// same positions, however they came about.
    pub fn near(&self, position: Position, radius_m: f64) -> impl Iterator<Item = u32> {
        // A radius that is negative or not a number finds nobody.
        let reach_m = radius_m.max(0.0);
        let columns = self.column(position.x_m - reach_m)..=self.column(position.x_m + reach_m);
        let rows = self.row(position.y_m - reach_m)..=self.row(position.y_m + reach_m);
        let is_near =
            move |other: Position| radius_m >= 0.0 && other.distance_squared_m2(position) <= radius_m * radius_m;
        rows.flat_map(move |row| {
            let first = row * self.columns;
            &self.cells[first + columns.start()..=first + columns.end()]
        })
        .flatten()
        .filter(move |entry| is_near(entry.position))
        .map(|entry| entry.index)
    }

    /// Moves a board. An index that is not in the grid is passed over.
    pub fn move_to(&mut self, index: u32, to: Position) {
        let new_home = self.home(to);
        let Some(home) = self.homes.get_mut(index as usize) else {
            return;
        };
        let old = &mut self.cells[*home as usize];
        let Ok(place) = old.binary_search_by_key(&index, |entry| entry.index) else {
            return;
        };
        if *home as usize == new_home {
            old[place].position = to;
            return;
        }
        old.remove(place);
        *home = new_home as u32;
        let new = &mut self.cells[new_home];
        let place = new.partition_point(|entry| entry.index < index);
        new.insert(place, Entry { position: to, index });
    }

    /// How many boards there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.homes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.homes.is_empty()
    }

    fn home(&self, position: Position) -> usize {
        self.row(position.y_m) * self.columns + self.column(position.x_m)
    }

    fn column(&self, x_m: f64) -> usize {
        // The conversion takes what is west of the grid for 0, and what is far east for the largest number.
        (((x_m - self.west_m) / self.cell_m) as usize).min(self.columns - 1)
    }

    fn row(&self, y_m: f64) -> usize {
        (((y_m - self.south_m) / self.cell_m) as usize).min(self.rows - 1)
    }
}

/// Where finite coordinates begin and over what length they reach.
fn extent(coordinates: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) = coordinates
        .filter(|metres| metres.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), metres| {
            (least.min(metres), most.max(metres))
        });
    if least > most {
        (0.0, 0.0)
    } else {
        (least, (most - least).min(f64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute_force(positions: &[Position], centre: Position, radius_m: f64) -> Vec<u32> {
        (0..)
            .zip(positions)
            .filter(|(_, position)| position.distance_squared_m2(centre) <= radius_m * radius_m)
            .map(|(index, _)| index)
            .collect()
    }

    fn sorted(found: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut found: Vec<u32> = found.collect();
        found.sort_unstable();
        found
    }

    fn positions() -> impl Strategy<Value = Position> {
        // Whole metres among them, so that boards lie on boundaries.
        let coordinate = || prop_oneof![-100.0..100.0, (-10..10).prop_map(f64::from)];
        (coordinate(), coordinate(), -5.0..5.0).prop_map(|(x_m, y_m, z_m)| Position { x_m, y_m, z_m })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn a_search_finds_what_is_there(
            mut boards in prop::collection::vec(positions(), 0..60),
            cell_m in prop_oneof![0.01..50.0, Just(0.0), Just(f64::NAN), Just(f64::INFINITY)],
            moves in prop::collection::vec((0_usize..60, positions(), 0.5..3.0), 0..20),
            centre in positions(),
            radius_m in prop_oneof![0.0..150.0, Just(f64::INFINITY)],
        ) {
            let mut grid = Grid::new(cell_m, boards.iter().copied());
            prop_assert_eq!(sorted(grid.near(centre, radius_m)), brute_force(&boards, centre, radius_m));
            for (index, to, further) in moves {
                // Some of them out of the grid's area.
                let to = Position { x_m: to.x_m * further, ..to };
                grid.move_to(index as u32, to);
                if let Some(board) = boards.get_mut(index) {
                    *board = to;
                }
            }
            prop_assert_eq!(grid.len(), boards.len());
            prop_assert_eq!(sorted(grid.near(centre, radius_m)), brute_force(&boards, centre, radius_m));
        }

        #[test]
        fn the_order_has_no_history(
            boards in prop::collection::vec(positions(), 1..40),
            wander in prop::collection::vec((0_usize..40, positions()), 0..20),
        ) {
            let fresh = Grid::new(20.0, boards.iter().copied());
            let mut worn = fresh.clone();
            for (index, to) in wander {
                worn.move_to(index as u32, to);
            }
            for (index, board) in (0..).zip(&boards) {
                worn.move_to(index, *board);
            }
            let all = |grid: &Grid| grid.near(boards[0], 80.0).collect::<Vec<_>>();
            prop_assert_eq!(all(&fresh), all(&worn));
        }
    }

    #[test]
    fn a_tiny_cell_does_not_cost_memory() {
        let far = Position::on_ground(1e9, 1e9);
        let grid = Grid::new(1e-6, [Position::default(), far].into_iter());
        assert!(grid.cells.len() <= FEW_CELLS);
        assert_eq!(grid.near(far, 1.0).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn places_that_are_none_are_never_near() {
        let nowhere = Position::on_ground(f64::NAN, 0.0);
        let far = Position::on_ground(500.0, 500.0);
        let grid = Grid::new(10.0, [nowhere, Position::default(), far].into_iter());
        assert_eq!(grid.near(Position::default(), 5.0).collect::<Vec<_>>(), [1]);
        assert_eq!(grid.near(nowhere, f64::INFINITY).count(), 0);
        assert_eq!(grid.near(far, -50.0).count(), 0);
        assert_eq!(grid.near(Position::default(), f64::NAN).count(), 0);
    }

    #[test]
    fn an_empty_grid_has_nobody() {
        let mut grid = Grid::new(10.0, core::iter::empty());
        grid.move_to(0, Position::default());
        assert!(grid.is_empty());
        assert_eq!(grid.near(Position::default(), f64::INFINITY).count(), 0);
    }
}
