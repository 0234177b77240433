//! Programs that are nothing but requests: for whoever wants to see what a board does with any.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use protocol::MacAddress;

use super::execute::Identity;
use super::line::Line;
use super::session::Session;
use crate::board::Profile;
use crate::kernel::Time;
use crate::lab::{Lab, LabBuilder};
use crate::observe::Ending;

/// A run ends then, virtual time.
const LIMIT: Time = Time::from_micros(5_000_000);

/// Requests wait in the line already; so much real time is never needed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The octets of a board's line in both directions: requests that a program has made before anything answers, and what was answered.
pub type Dialogue = (Vec<u8>, Rc<std::cell::RefCell<Vec<u8>>>);

/// A lab of boards whose programs say these octets on their lines, whatever they are answered, and are gone then. What they were answered
/// is put beside them. A line takes some 100 KiB.
///
/// # Errors
/// If the machine has no more sockets.
pub fn rehearse(dialogues: Vec<Dialogue>) -> std::io::Result<Lab> {
    let mut builder: LabBuilder = Lab::builder("rehearsal", 1).until(LIMIT);
    for (number, (said, answered)) in (1_u8..).zip(dialogues) {
        let (ours, mut theirs) = UnixStream::pair()?;
        theirs.write_all(&said)?;
        theirs.shutdown(std::net::Shutdown::Write)?;
        theirs.set_nonblocking(true)?;
        let (line, theirs) = (Rc::new(Line::new(ours, None)?), Rc::new(theirs));
        let name = format!("b{number}");
        let identity = Rc::new(Identity::new(&name, &Profile::ESP32_S3));
        let address = MacAddress([0x34, 0x85, 0x18, 0, 0, 4 * number]);
        builder = builder.board(&name, Profile::ESP32_S3, address, async move |mut board| {
            let mut session = Session::begin(&mut board, &identity);
            while let Ok(octets) = session.next_request(&line, PATIENCE).await {
                let ending = session.serve(&octets, &line).await;
                let mut answer = [0; 4_096];
                while let Ok(length @ 1..) = (&*theirs).read(&mut answer) {
                    answered.borrow_mut().extend(&answer[..length]);
                }
                if let Some(ending) = ending {
                    return ending;
                }
            }
            Ending::Finished
        });
    }
    Ok(builder.build())
}
