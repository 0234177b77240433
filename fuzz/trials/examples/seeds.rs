//! Puts the protocol's vectors where the fuzzers begin: `cargo run -p trials --example seeds`, from the project's top.
//!
//! Decoders get the octets of every field that the vectors have. What is in a corpus already stays.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;

use protocol::MacAddress;
use protocol::frame::{ActionFrame, Header, Payload, Version};
use protocol::message::{FrameHead, Kind, Message};
use serde_json::Value;
use sim::demo::{Demo, Settings};
use sim::kernel::Time;
use sim::record::recording::{Conclusion, Description, Ended, RecordingWriter};
use sim::record::{PcapngWriter, radiotap};

const ADDRESS: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);

fn main() -> io::Result<()> {
    let vectors = [
        include_str!("../../../protocol/vectors/espnow.json"),
        include_str!("../../../protocol/vectors/messages.json"),
        include_str!("../../../protocol/vectors/provisioning.json"),
    ];
    let mut frames = Vec::new();
    for file in vectors {
        let file: Value = serde_json::from_str(file).expect("the file is JSON");
        for vector in file["vectors"].as_array().expect("a list of vectors") {
            let name = vector["name"].as_str().expect("vectors have names");
            for (field, value) in vector["out"].as_object().expect("fields") {
                let Some(octets) = value.as_str().and_then(|digits| hex::decode(digits).ok()) else {
                    continue;
                };
                keep(trial(name, field), &format!("{name}-{field}"), &octets)?;
                match field.as_str() {
                    "mpdu" => frames.push(octets),
                    "message" => keep("capture", name, hex::encode(in_a_frame(&octets)).as_bytes())?,
                    "payload" if trial(name, field) == "provisioning" => {
                        keep(
                            "capture",
                            name,
                            hex::encode(in_a_frame(&in_a_message(&octets))).as_bytes(),
                        )?;
                    }
                    _ => {}
                }
            }
        }
    }
    captures(&frames)?;
    keep("image", "small", &trials::small_image(1))?;
    keep(
        "line_messages",
        "send",
        b"\x01\x07\x00\x24\x0a\xc4\x00\x00\x01\xff\x00hello",
    )?;
    keep(
        "line_messages",
        "received",
        b"\x83\x24\x0a\xc4\x00\x00\x01\x24\x0a\xc4\x00\x00\x02\xd8\x00\x01\x02\x03\x04\x05\x06\x07hello",
    )?;
    for (name, words) in [
        (
            "run",
            "sim\nrun\n--demo\nhello\n--loss\n30%\n--burst\n0.2,50ms\n--interferer\nwifi:channel=6,duty=0.4,x=5\n--speed\nmax",
        ),
        (
            "bridge",
            "sim\nrun\n--bridge\n/dev/ttyUSB0,921600\n--bridge-channel\n6\n--for\n10s\n--seed\n7\n--set\nboards=3",
        ),
        (
            "decode",
            "sim\ndecode\n-\n--pmk\n00112233445566778899aabbccddeeff\n--lmk\n00112233445566778899aabbccddeeff\n--json",
        ),
        ("values", "24:0a:c4:00:00:01\nmcs7\n5.5M\nlr250k\n0.5\nmax"),
    ] {
        keep("words", name, words.as_bytes())?;
    }
    // Scripts of calls have no vectors.
    for trial in ["data", "endpoint", "line", "messenger"] {
        keep(trial, "nothing", &[0; 64])?;
    }
    recordings()?;
    for (name, text) in [
        ("hello", HELLO.to_owned()),
        ("name-with-escapes", HELLO.replace("hello\"", "a\\u001b[2Jb\\u202ec\"")),
        (
            "board-with-a-turned-name",
            HELLO.replace("\"receiver\"\napp", "\"a\\u202eb\"\napp"),
        ),
        (
            "too-many-boards",
            "version = 1\nduration = \"1s\"\n".to_owned()
                + &"[[board]]\nname = \"b{n}\"\ncount = 600000\napp = \"beacon\"\n".repeat(2),
        ),
        ("too-many-pixels", HELLO.replace("app =", "pixels = 65536\napp =")),
    ] {
        keep("scenario", name, text.as_bytes())?;
    }
    boards()?;
    services()
}

const HELLO: &str = r#"version = 1
name = "hello"
duration = "1s"
[[board]]
name = "sender"
app = "hello-sender"
arguments = { peer = "receiver" }
[[board]]
name = "receiver"
app = "hello-receiver"
[[expect]]
board = "receiver"
pixel = { index = 0, colour = "green" }
by = "500ms"
"#;

/// A run as it was recorded, and what somebody else could make of it.
fn recordings() -> io::Result<()> {
    let good = recorded(|_| {});
    keep("recording", "hello", &good)?;
    keep("screen", "hello", &good)?;
    type Claim = fn(&mut Description);
    let claims: [(&str, Claim); 6] = [
        ("pixels-without-end", |run| run.boards[0].pixels = usize::MAX),
        ("pixels-of-gigabytes", |run| run.boards[0].pixels = 1 << 33),
        ("name-with-escapes", |run| run.boards[0].name = "a\u{1b}[2J".into()),
        ("name-turned", |run| run.boards[0].name = "a\u{202e}b".into()),
        ("scenario-with-escapes", |run| {
            run.scenario = "a\u{1b}]0;b\u{7}\u{2066}".into();
        }),
        ("no-boards", |run| {
            run.boards.clear();
            run.places.clear();
        }),
    ];
    for (name, claim) in claims {
        let octets = recorded(claim);
        keep("recording", name, &octets)?;
        keep("screen", name, &octets)?;
    }
    // The smallest entries that there are, in a block that claims to be as long as none is written.
    let head = recorded(|_| {});
    let end = 20 + u32::from_le_bytes(head[8..12].try_into().expect("four")) as usize;
    let bomb = trials::of_blocks(&[&[0, 0, 12, 0].repeat(1 << 18)]);
    keep("recording", "small-entries", &[&head[..end], &bomb[8..]].concat())
}

fn recorded(claim: impl Fn(&mut Description)) -> Vec<u8> {
    let demo = Demo::named("hello-unicast").expect("it is shipped");
    let settings = Settings {
        until: Some(Time::from_micros(30_000)),
        ..Settings::default()
    };
    let mut lab = demo.builder(settings).expect("it needs nothing").build();
    let mut description = Description::of(&lab);
    claim(&mut description);
    let writer = RecordingWriter::new(Vec::new(), &description).expect("memory");
    let writer = Rc::new(RefCell::new(writer));
    lab.observe(Box::new(Rc::clone(&writer)));
    lab.run();
    let conclusion = Conclusion::of(&lab, Ended::Over);
    drop(lab);
    let writer = Rc::into_inner(writer).expect("the lab is gone").into_inner();
    writer.finish(&conclusion).expect("memory")
}

/// Requests of two boards' programs.
fn boards() -> io::Result<()> {
    let ask = |board: u8, code: u8, at: u64, fields: &[u8]| {
        let request = [&[code][..], &at.to_le_bytes(), fields].concat();
        [
            &[board, u8::try_from(request.len()).expect("it is short")][..],
            &request,
        ]
        .concat()
    };
    let both = |code: u8, at: u64, fields: &[u8]| [ask(0, code, at, fields), ask(1, code, at, fields)].concat();
    let start = [both(0x01, 0, &[1, 0]), both(0x01, 0, &[1, 0])].concat();
    let wait = |at: u64, until: u64| both(0x02, at, &[&until.to_le_bytes()[..], &[0, 0]].concat());
    keep(
        "board",
        "waits",
        &[start.clone(), wait(10, 1_000), wait(1_000, 2_000)].concat(),
    )?;
    // A time that has passed is now: whoever asks so again and again must not keep the lab.
    let polls = both(0x02, 0, &[0; 10]).repeat(200);
    keep("board", "asks-in-the-past", &[start.clone(), polls].concat())?;
    keep(
        "board",
        "asks-at-the-end-of-time",
        &[start.clone(), wait(u64::MAX, u64::MAX)].concat(),
    )?;
    let every_code: Vec<u8> = (0..=255).flat_map(|code| both(code, 100, &[])).collect();
    keep(
        "board",
        "every-code-without-fields",
        &[start.clone(), every_code].concat(),
    )?;
    let filled: Vec<u8> = (0..=255).flat_map(|code| ask(0, code, 100, &[1; 20])).collect();
    keep("board", "every-code-with-ones", &[start.clone(), filled].concat())?;
    // The one sleeps deeply until its button or its time wakes it, at once or later, and the other lightly; in the end for ever.
    let source = |number: u8, condition: u8, pins: u64| [&[number, condition][..], &pins.to_le_bytes()].concat();
    let sleep = |us: u64, sources: &[u8]| ask(0, 0x04, 0, &[&[1][..], &us.to_le_bytes(), sources].concat());
    let doze = |until: u64, sources: &[u8]| ask(1, 0x02, 0, &[&until.to_le_bytes()[..], &[0, 0], sources].concat());
    let (button, low) = (source(2, 0, 1), source(3, 2, 0b110));
    let sleeps = [
        sleep(300_000, &button),
        sleep(u64::MAX, &low),
        sleep(500_000, &[button.clone(), source(7, 1, 1)].concat()),
        sleep(u64::MAX, &button),
        doze(1_000, &button),
        doze(2_000, &low),
        doze(u64::MAX, &[button.clone(), low.clone()].concat()),
        // None of these can be read.
        doze(u64::MAX, &[low.clone(), button.clone()].concat()),
        doze(u64::MAX, &source(2, 0, 0)),
        doze(u64::MAX, &button[..5]),
        doze(u64::MAX, &button),
    ];
    keep("board", "sleeps-until-a-pin-wakes", &[start, sleeps.concat()].concat())
}

/// For each service a script in which it does what it is for, as `trials::service` reads it. Variants are numbered as they stand there.
fn services() -> io::Result<()> {
    let light = |script: Script| {
        script
            .command(1, 0, 6, &[0xff, 0x7f, 0x80, 0])
            .command(2, 0, 6, &[0xff, 0x7f, 0x80, 1])
    };
    for way in [0, 1, 2, 3] {
        let bound = light(Script::new(way).go_well(2)).command(0, 0, 5, &[0]).go_well(30);
        keep(
            "control",
            &format!("command-{way}"),
            &bound.command(0, 2, 5, &[0, 1, 0, 0, 0, 1, 0, 0, 0]).go_well(30).0,
        )?;
        let found = Script::new(way)
            .command(1, 0, 3, &[0xff, 0xff])
            .command(0, 0, 3, &[0xff, 0x7f]);
        keep(
            "provisioning",
            &format!("told-{way}"),
            &found.go_well(31).go_well(31).go_well(31).0,
        )?;
        let given = Script::new(way)
            .go_well(2)
            .command(0, 1, 5, &[way >> 1])
            .go_well(31)
            .go_well(31);
        keep("security", &format!("given-{way}"), &given.go_well(31).go_well(31).0)?;
        let clocks = Script::new(4 * way)
            .command(0, 0, 0, &[0])
            .go_well(20)
            .command(1, 0, 0, &[0])
            .go_well(20);
        keep("time", &format!("told-{way}"), &clocks.go_well(20).0)?;
    }
    for which in 0..12 {
        let given = Script::new(which & 1)
            .go_well(2)
            .command(0, 3, 4, &[1 + which % 2, which, 6])
            .go_well(31)
            .go_well(31);
        keep("debug", &format!("command-{which}"), &given.0)?;
    }
    for way in [0, 1, 17] {
        let upgraded = Script::new(way)
            .go_well(8)
            .command(0, 3, 7, &[])
            .go_well(31)
            .go_well(31)
            .go_well(31);
        keep("upgrade", &format!("both-{way}"), &upgraded.go_well(31).go_well(31).0)?;
    }
    let opened = Script::new(0)
        .command(0, 2, 6, &[])
        .command(0, 3, 6, &[0xb8, 0x0b])
        .go_well(31);
    keep("reliable", "delivered", &opened.command(0, 5, 6, &[]).go_well(8).0)?;
    // What is said and heard, before and after the flash is done, and after a restart.
    let turn = |board, happening: u64| Script(vec![board, 0]).variant(happening, 8).0;
    let done: Vec<u8> = [0, 1, 2, 0, 1, 2, 0, 1, 2]
        .into_iter()
        .flat_map(|board| [turn(board, 3), vec![0]].concat())
        .collect();
    let said = [turn(0, 0), vec![0, 0xff], vec![0; 6], vec![0; 2], turn(0, 7)].concat();
    let restarted = [turn(1, 5), vec![0]].concat();
    let heard = [turn(1, 1), vec![0], vec![0; 4]].concat();
    let script = [
        vec![0],
        done.clone(),
        said.clone(),
        done.clone(),
        heard,
        restarted,
        done,
        said,
    ];
    keep("guarded", "heard-before-and-after-a-restart", &script.concat())
}

/// Octets that are read as a script.
struct Script(Vec<u8>);

impl Script {
    fn new(way: u8) -> Self {
        Self(vec![0, 0, 0, way])
    }

    /// `arbitrary` reads a variant from four octets, as a part of 2³².
    fn variant(mut self, number: u64, of: u64) -> Self {
        let octets = u32::try_from((number << 32).div_ceil(of))
            .expect("it is one of them")
            .to_le_bytes();
        self.0.extend(octets);
        self
    }

    fn turn(mut self, board: u8, happening: u64) -> Self {
        self.0.extend([board, 0]);
        self.variant(happening, 9)
    }

    /// The board's application gives a command, which is this variant of so many, and what is in it. Of none, there are no variants.
    fn command(self, board: u8, number: u64, of: u64, octets: &[u8]) -> Self {
        let mut script = self.turn(board, 6);
        if of > 0 {
            script = script.variant(number, of);
        }
        script.0.extend(octets);
        script
    }

    fn go_well(self, rounds: u8) -> Self {
        let mut script = self.turn(0, 8);
        script.0.push(rounds);
        script
    }
}

/// A raw payload as it is on the air.
fn in_a_frame(payload: &[u8]) -> Vec<u8> {
    let frame = ActionFrame {
        header: Header::new(MacAddress::BROADCAST, ADDRESS),
        random: [1, 2, 3, 4],
        payload: Payload::new(Version::V2, payload).expect("vectors are short"),
    };
    let mut octets = vec![0; frame.buffer_len()];
    frame.emit(&mut octets).expect("there is room");
    octets
}

/// A payload of provisioning's as a raw payload.
fn in_a_message(payload: &[u8]) -> Vec<u8> {
    let message = Message {
        kind: Kind::Provisioning,
        head: FrameHead::BROADCAST,
        destination: MacAddress::BROADCAST,
        source: ADDRESS,
        payload,
    };
    let mut octets = vec![0; message.buffer_len()];
    message.emit(&mut octets).expect("there is room");
    octets
}

/// Whose octets a vector's are. Services read theirs as a payload first, and as a script then.
fn trial(name: &str, field: &str) -> &'static str {
    let is_of_a_service = matches!(field, "payload") || name.starts_with("security-handshake");
    let service = match name.split('-').next() {
        Some("control") => "control",
        Some("timesync") => "time",
        Some("ota") => "upgrade",
        Some("security") => "security",
        Some("beacon" | "device" | "wifi") => "provisioning",
        _ => "message",
    };
    match field {
        "mpdu" => "frame",
        _ if is_of_a_service => service,
        _ => "message",
    }
}

fn captures(frames: &[Vec<u8>]) -> io::Result<()> {
    let mut pcapng = PcapngWriter::new(Vec::new(), None)?;
    let mut pcap = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 105_u32] {
        pcap.extend(word.to_le_bytes());
    }
    let mut lines = String::from("# one frame a line\n");
    for (number, frame) in (0..).zip(frames.iter().filter(|frame| frame.len() < 300)) {
        pcapng.write_frame(Time::from_micros(number), &radiotap::Header::default(), frame)?;
        let length = u32::try_from(frame.len()).expect("frames are short");
        for word in [0, 0, length, length] {
            pcap.extend(word.to_le_bytes());
        }
        pcap.extend(frame);
        lines.push_str(&hex::encode(frame));
        lines.push('\n');
    }
    keep("capture", "pcapng", &pcapng.into_inner())?;
    keep("capture", "pcap", &pcap)?;
    if let Some(frame) = frames.first() {
        for (name, text) in pasted(frame) {
            keep("capture", name, text.as_bytes())?;
        }
    }
    keep("capture", "lines", lines.as_bytes())
}

fn keep(trial: &str, name: &str, octets: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(trial);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), octets)
}

/// A frame as tools and people write it.
fn pasted(frame: &[u8]) -> Vec<(&'static str, String)> {
    let octets = |octets: &[u8], size: usize| octets.chunks(size).map(hex::encode).collect::<Vec<_>>().join(" ");
    let dump = |line: &dyn Fn(usize, &[u8]) -> String| -> String {
        let lines = frame.chunks(16).enumerate();
        lines
            .map(|(line_number, octets)| line(16 * line_number, octets) + "\n")
            .collect()
    };
    let escaped: String = frame.iter().map(|octet| format!("\\x{octet:02x}")).collect();
    let list: String = frame.iter().map(|octet| format!("{octet:#04x}, ")).collect();
    vec![
        (
            "wireshark",
            dump(&|at, line| format!("{at:04x}   {}   ...", octets(line, 1))),
        ),
        (
            "tcpdump",
            "12:00:00 Action\n".to_owned() + &dump(&|at, line| format!("\t0x{at:04x}:  {}", octets(line, 2))),
        ),
        (
            "hexdump",
            dump(&|at, line| format!("{at:08x}  {}  |...|", octets(line, 1))) + "*\n00000100\n",
        ),
        ("od", dump(&|at, line| format!("{at:07o} {}", octets(line, 2)))),
        ("log", dump(&|_, line| format!("I (12) sniffer: {}", octets(line, 1)))),
        ("list", format!("uint8_t frame[{}] = {{\n{list}}};\n", frame.len())),
        ("literal", format!("frame = b'{escaped}'\n")),
    ]
}
