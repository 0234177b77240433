//! What a board runs, as often as it starts.

use std::rc::Rc;

use protocol::image::Description;

use crate::board::VirtualBoard;
use crate::kernel::TaskFuture;
use crate::observe::Ending;

/// An application that can begin again.
pub(super) trait App {
    fn start(self: Rc<Self>, board: VirtualBoard) -> TaskFuture;
}

impl<A: AsyncFn(VirtualBoard) -> Ending + 'static> App for A {
    fn start(self: Rc<Self>, board: VirtualBoard) -> TaskFuture {
        Box::pin(async move { self(board).await })
    }
}

/// Which images there is an application for.
pub(super) type Boots = Rc<dyn Fn(&Description) -> bool>;

/// A board's application, and what images it is the application of.
pub(super) struct Program {
    pub(super) app: Rc<dyn App>,
    /// `None`: all of them.
    pub(super) boots: Option<Boots>,
}
