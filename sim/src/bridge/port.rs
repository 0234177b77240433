//! The serial port, and why it can't be had.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serial2_tokio::SerialPort;

/// 115 200 baud, what Espressif's boards are set to.
pub const DEFAULT_BAUD: u32 = 115_200;

/// A serial port by its path and speed.
///
/// ```
/// use sim::bridge::PortSettings;
///
/// let usb: PortSettings = "/dev/ttyUSB0,921600".parse()?;
/// assert_eq!(usb.baud, 921_600);
/// # Ok::<(), sim::bridge::ParsePortError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSettings {
    /// Where it is: `/dev/ttyUSB0`.
    pub path: PathBuf,
    /// Bits a second. It means nothing where the chip itself is on the USB.
    pub baud: u32,
}

/// The text names no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePortError {
    /// There is no path.
    #[error("write the port, and its speed if it is not 115200 baud: /dev/ttyUSB0,921600")]
    NoPath,
    /// What follows the comma is no speed.
    #[error("{0:?} is no speed: write bits a second, as in /dev/ttyUSB0,921600")]
    Baud(String),
}

impl std::str::FromStr for PortSettings {
    type Err = ParsePortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, baud) = match text.rsplit_once(',') {
            None => (text, DEFAULT_BAUD),
            Some((path, baud)) => {
                let number = baud.trim().parse().ok().filter(|&baud| baud > 0);
                (path, number.ok_or_else(|| ParsePortError::Baud(baud.to_owned()))?)
            }
        };
        if path.is_empty() {
            return Err(ParsePortError::NoPath);
        }
        Ok(Self {
            path: path.into(),
            baud,
        })
    }
}

impl fmt::Display for PortSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())
    }
}

/// Why a port can't be opened, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It is not there.
    #[error("there is no {path}: is the board plugged in? {here}", path = path.display(), here = ports_here(.others))]
    NoSuchPort {
        /// The path.
        path: PathBuf,
        /// The ports that there are.
        others: Vec<PathBuf>,
    },
    /// It is somebody else's.
    #[error(
        "{path} may not be opened: add yourself to the group that owns it (sudo usermod -aG dialout $USER) and log in \
         again",
        path = path.display()
    )]
    NotAllowed {
        /// The path.
        path: PathBuf,
    },
    /// It is a file, a directory, or a device of another kind.
    #[error("{path} is no serial port", path = path.display())]
    NoPort {
        /// The path.
        path: PathBuf,
    },
    /// It does not go at this speed.
    #[error("{path} does not do {baud} baud: try 115200, or 921600", path = path.display())]
    Baud {
        /// The path.
        path: PathBuf,
        /// Bits a second.
        baud: u32,
    },
    /// Anything else.
    #[error("{path} can't be opened: {source}", path = path.display())]
    Open {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn ports_here(ports: &[PathBuf]) -> String {
    if ports.is_empty() {
        return "There is no serial port here at all.".to_owned();
    }
    let names: Vec<_> = ports.iter().map(|path| path.display().to_string()).collect();
    format!("There are {}.", names.join(", "))
}

/// Opens a port: raw, 8 data bits, no parity, no flow control. It may reset the board, whose DTR and RTS change with it.
pub(super) fn open(settings: &PortSettings) -> Result<SerialPort, PortError> {
    let PortSettings { path, baud } = settings;
    SerialPort::open(path, *baud).map_err(|source| explain(path, *baud, source))
}

fn explain(path: &Path, baud: u32, source: io::Error) -> PortError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => {
            let mut others = SerialPort::available_ports().unwrap_or_default();
            others.sort();
            PortError::NoSuchPort { path, others }
        }
        io::ErrorKind::PermissionDenied => PortError::NotAllowed { path },
        io::ErrorKind::IsADirectory => PortError::NoPort { path },
        // ENOTTY has no kind of its own; what is no terminal has no settings to read.
        _ if is_no_terminal(&source) => PortError::NoPort { path },
        // The driver did not take the settings, of which only the speed is not the same for all.
        io::ErrorKind::InvalidInput => PortError::Baud { path, baud },
        io::ErrorKind::Other if source.raw_os_error().is_none() => PortError::Baud { path, baud },
        _ => PortError::Open { path, source },
    }
}

#[cfg(unix)]
fn is_no_terminal(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOTTY.raw_os_error())
}

#[cfg(not(unix))]
fn is_no_terminal(_: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_path_and_may_have_a_speed() {
        for (text, path, baud) in [
            ("/dev/ttyUSB0", "/dev/ttyUSB0", DEFAULT_BAUD),
            ("/dev/ttyACM0,921600", "/dev/ttyACM0", 921_600),
            ("COM7, 9600", "COM7", 9600),
            ("a,b,300", "a,b", 300),
        ] {
            let settings: PortSettings = text.parse().expect(text);
            assert_eq!((settings.path.as_path(), settings.baud), (Path::new(path), baud));
        }
        for text in ["", ",", ",9600", "/dev/ttyUSB0,", "/dev/ttyUSB0,fast", "x,0", "x,-1"] {
            let error = text.parse::<PortSettings>().expect_err(text).to_string();
            assert!(error.contains("/dev/ttyUSB0,921600"), "{text:?}: {error}");
        }
    }

    #[test]
    fn every_way_to_have_no_port_is_told_with_its_remedy() {
        let path = Path::new("/dev/ttyUSB0");
        for (source, because) in [
            (io::ErrorKind::PermissionDenied.into(), "dialout"),
            (io::ErrorKind::NotFound.into(), "plugged in?"),
            (io::ErrorKind::InvalidInput.into(), "115200"),
            (io::Error::other("failed to apply some or all settings"), "115200"),
            (io::ErrorKind::IsADirectory.into(), "no serial port"),
            (io::Error::from_raw_os_error(16), "can't be opened"),
        ] {
            let error = explain(path, 7, source).to_string();
            assert!(error.contains(because) && error.contains("/dev/ttyUSB0"), "{error}");
            assert!(!error.contains('\n'));
        }
    }
}
