//! Two boards that answer to one address: both acknowledge and take what is sent to it.

use protocol::espnow::Interface;

use super::Lab;
use super::life::Life;
use crate::advice::Trap;
use crate::kernel::Time;
use crate::observe::BoardId;

impl Lab {
    /// An interface of this board has become active: tells the board if another one answers to the same address. An address alone
    /// disturbs nobody, as boards whose addresses are one apart and which use their stations get on well.
    pub(super) fn look_for_shared_address(&mut self, now: Time, board: BoardId, interface: Interface) {
        let address = interface.address(self.seats[board.index()].info.address);
        let other = Interface::ALL.into_iter().find_map(|theirs| {
            let row = *self.rows.get(&theirs.station_beside(address))?;
            let seat = &self.seats[row as usize];
            let answers = seat.life == Life::Up && seat.hardware.look().endpoint.is_active(theirs);
            (answers && row != board.0).then(|| (seat.info.name.to_string(), theirs))
        });
        if let Some((other, theirs)) = other {
            let trap = Trap::SharedAddress {
                address,
                interface,
                other,
                theirs,
            };
            self.advise(now, board, &trap);
        }
    }
}
