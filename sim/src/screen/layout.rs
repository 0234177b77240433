//! Who gets how much room.
//!
//! ```text
//!    status
//!    boards      boxes in a grid, or one line a board and a box for the selected one
//!    lanes       a title and a lane a board
//!    exchanges   what is left, a third at least
//!    advice      at most three rows, none when all is read
//!    keys
//! ```

use ratatui::layout::{Rect, Size};

use super::advice;
use super::pixels;
use super::state::State;

/// Smaller terminals are refused.
pub(super) const SMALLEST: Size = Size::new(32, 8);

/// The narrowest box that a board is drawn in.
const BOX_WIDTH: u16 = 38;

/// The lowest box: counters and a line of console.
const BOX_HEIGHT: u16 = 6;

/// The lowest box with a matrix of 5×5: two lines of console.
const MATRIX_BOX_HEIGHT: u16 = 9;

/// From this width on, a list of boards has the selected board's box beside it.
const BESIDE_WIDTH: u16 = 120;

/// From this width on, console lines have their time.
const TIMED_WIDTH: u16 = 60;

/// From this width on, one line has all counters.
pub(super) const WIDE_TALLY: u16 = 64;

/// The time and a space.
pub(super) const TIME_WIDTH: u16 = 12;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) status: Rect,
    pub(super) boards: Boards,
    pub(super) lanes: Rect,
    pub(super) exchanges: Rect,
    pub(super) advice: Rect,
    pub(super) keys: Rect,
}

/// Where the boards are.
#[derive(Debug)]
pub(super) enum Boards {
    /// A box each.
    Grid(Vec<Rect>),
    /// A line each, and a box for the selected one.
    List { list: Rect, detail: Option<Rect> },
}

/// Cuts `rows` off the top of `area`.
fn take_top(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect { height: rows, ..*area };
    area.y += rows;
    area.height -= rows;
    top
}

/// Cuts `rows` off the bottom of `area`.
fn take_bottom(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    area.height -= rows;
    Rect {
        y: area.y + area.height,
        height: rows,
        ..*area
    }
}

/// Saturates: only a run of 65 536 boards or rows comes near.
fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl Layout {
    /// `None` if `area` is too small for anything.
    pub(super) fn of(state: &State, area: Rect) -> Option<Self> {
        if area.width < SMALLEST.width || area.height < SMALLEST.height {
            return None;
        }
        let mut rest = area;
        let status = take_top(&mut rest, 1);
        let keys = take_bottom(&mut rest, 1);

        let advice_rows = advice::bar_rows(state, area.width).min(rest.height / 6).max(1);
        let advice_rows = if state.unread_advice() == 0 { 0 } else { advice_rows };
        let advice = take_bottom(&mut rest, advice_rows);

        let lanes = match rest.height {
            0..9 => 0,
            height => 1 + rows(state.boards.len()).min((height / 8).max(2)) + u16::from(state.has_interference()),
        };
        let mut shared = rest;
        shared.height -= lanes;
        let boards = Boards::of(state, &mut shared);
        rest.y = shared.y;
        rest.height = shared.height + lanes;
        let lanes = take_top(&mut rest, lanes);
        Some(Self {
            status,
            boards,
            lanes,
            exchanges: rest,
            advice,
            keys,
        })
    }

    /// The text of the selected board's console.
    pub(super) fn console_size(&self, state: &State) -> Size {
        let area = match &self.boards {
            Boards::Grid(boxes) => boxes.get(state.selected).copied(),
            Boards::List { detail, .. } => *detail,
        };
        match (area, state.boards.get(state.selected)) {
            (Some(area), Some(board)) => Interior::of(area, board.pixels.len()).console_text().as_size(),
            _ => Size::ZERO,
        }
    }
}

impl Boards {
    /// Cuts the boards' room off the top of `rest`.
    fn of(state: &State, rest: &mut Rect) -> Self {
        let count = rows(state.boards.len());
        let budget = rest.height - (rest.height / 3).max(3).min(rest.height);
        let grid_rows = count.div_ceil((rest.width / BOX_WIDTH).max(1)).max(1);
        if count == 0 || grid_rows.saturating_mul(BOX_HEIGHT) > budget {
            return Self::list(count, budget, rest);
        }
        let columns = count.div_ceil(grid_rows);
        let has_matrix = state
            .boards
            .iter()
            .any(|board| pixels::matrix_side(board.pixels.len()).is_some());
        let wanted = if has_matrix { MATRIX_BOX_HEIGHT } else { BOX_HEIGHT };
        let height = (rest.height / 2 / grid_rows).max(wanted).min(budget / grid_rows);

        let area = take_top(rest, height * grid_rows);
        let boxes = (0..count).map(|index| {
            let (row, column) = (index / columns, index % columns);
            let (left, right) = (column * area.width / columns, (column + 1) * area.width / columns);
            Rect::new(area.x + left, area.y + row * height, right - left, height)
        });
        Self::Grid(boxes.collect())
    }

    fn list(count: u16, budget: u16, rest: &mut Rect) -> Self {
        if rest.width >= BESIDE_WIDTH && budget >= BOX_HEIGHT {
            let mut list = take_top(rest, count.saturating_add(1).clamp(BOX_HEIGHT, budget));
            let mut detail = list;
            list.width = list.width * 3 / 5;
            detail.x += list.width;
            detail.width -= list.width;
            return Self::List {
                list,
                detail: Some(detail),
            };
        }
        if budget < BOX_HEIGHT + 2 {
            let list = take_top(rest, count.min(budget));
            return Self::List { list, detail: None };
        }
        let list = take_top(rest, count.saturating_add(1).min(budget - BOX_HEIGHT));
        let detail = take_top(rest, MATRIX_BOX_HEIGHT.min(budget - list.height));
        Self::List {
            list,
            detail: Some(detail),
        }
    }
}

/// What is where in a board's box.
#[derive(Debug)]
pub(super) struct Interior {
    pub(super) pixels: Rect,
    /// Address and counters.
    pub(super) tally: Rect,
    pub(super) console: Rect,
}

impl Interior {
    /// The interior of the box at `area` of a board with so many pixels.
    pub(super) fn of(area: Rect, pixels: usize) -> Self {
        let mut rest = area.inner(ratatui::layout::Margin::new(1, 1));
        if let Some(side) = pixels::matrix_side(pixels)
            && rest.height > side
            && rest.width > 2 * side + 20
        {
            let taken = 2 * side + 1;
            let pixels = Rect {
                width: 2 * side,
                height: side,
                ..rest
            };
            let beside = Rect {
                x: rest.x + taken,
                width: rest.width - taken,
                ..rest
            };
            if beside.width >= WIDE_TALLY {
                rest = beside;
                let tally = take_top(&mut rest, 3);
                return Self {
                    pixels,
                    tally,
                    console: rest,
                };
            }
            take_top(&mut rest, side);
            let tally = Rect { height: side, ..beside };
            return Self {
                pixels,
                tally,
                console: rest,
            };
        }
        let mut strip = Rect { height: 0, ..rest };
        let beside = rows(pixels).saturating_mul(2).saturating_add(1);
        if pixels > 0 && beside > rest.width / 3 {
            let wanted = rows(pixels).div_ceil(rest.width.max(1)).min(rest.height / 4);
            strip = take_top(&mut rest, wanted.max(1));
        }
        let tally_rows = (rest.height / 2).clamp(2, 5);
        let mut tally = take_top(&mut rest, tally_rows);
        if pixels > 0 && beside <= tally.width && strip.height == 0 {
            strip = Rect {
                width: beside - 1,
                height: 1.min(tally.height),
                ..tally
            };
            tally.x += beside;
            tally.width -= beside;
        }
        Self {
            pixels: strip,
            tally,
            console: rest,
        }
    }

    /// Whether there is room for the lines' times.
    pub(super) fn timed(&self) -> bool {
        self.console.width >= TIMED_WIDTH
    }

    /// Where the console's text is, right of the times if there are any.
    pub(super) fn console_text(&self) -> Rect {
        let time = if self.timed() { TIME_WIDTH } else { 0 };
        Rect {
            x: self.console.x + time,
            width: self.console.width - time,
            ..self.console
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Time;
    use crate::screen::story::Story;
    use proptest::prelude::*;

    fn areas(layout: &Layout) -> Vec<Rect> {
        let mut areas = vec![
            layout.status,
            layout.lanes,
            layout.exchanges,
            layout.advice,
            layout.keys,
        ];
        match &layout.boards {
            Boards::Grid(boxes) => areas.extend(boxes),
            Boards::List { list, detail } => areas.extend([Some(*list), *detail].into_iter().flatten()),
        }
        areas
    }

    #[test]
    fn boxes_stand_in_a_full_grid() {
        let story = Story::new(6);
        let layout = Layout::of(&story.state, Rect::new(0, 0, 200, 60)).expect("large enough");
        let Boards::Grid(boxes) = layout.boards else {
            panic!("six boards have room for their boxes");
        };
        // Five would fit into a row, but then one would be left over.
        assert_eq!(boxes[3].x, boxes[0].x);
        assert_eq!(boxes[2].right(), 200);
    }

    #[test]
    fn consoles_beside_a_matrix_have_its_height_too() {
        let wide = Interior::of(Rect::new(0, 0, 100, 9), 25);
        assert_eq!((wide.console.x, wide.console.height), (12, 4));
        let narrow = Interior::of(Rect::new(0, 0, 40, 9), 25);
        assert_eq!((narrow.console.x, narrow.console.height), (1, 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_cell_belongs_to_one_area(
            boards in 0..60_u32,
            (width, height) in (32..250_u16, 8..80_u16),
            pixels in 0..300_usize,
            advice: bool,
        ) {
            let mut story = Story::new(boards);
            if advice {
                story.advice(Time::ZERO, &"a long piece of advice ".repeat(20));
            }
            let screen = Rect::new(0, 0, width, height);
            let layout = Layout::of(&story.state, screen).expect("large enough");
            let areas = areas(&layout);
            for (index, area) in areas.iter().enumerate() {
                prop_assert_eq!(area.intersection(screen), *area);
                prop_assert!(areas[..index].iter().all(|other| !other.intersects(*area)));
                let Interior { pixels, tally, console } = Interior::of(*area, pixels);
                for part in [pixels, tally, console] {
                    prop_assert!(part.is_empty() || part.intersection(*area) == part);
                }
                prop_assert!(!pixels.intersects(tally) && !tally.intersects(console) && !pixels.intersects(console));
            }
            prop_assert!(layout.exchanges.height >= 2);
        }
    }
}
