//! What a frame costs its sender and its receiver, by octets of payload.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use protocol::MacAddress;
use protocol::espnow::{Config, Endpoint, Key, Peer};
use protocol::frame::{ActionFrame, Header, Mpdu, PacketNumber, Payload, TemporalKey, Version, fcs};
use protocol::time::Instant;

const LENGTHS: [usize; 3] = [64, 250, 1470];
const DATA: [u8; 1470] = [0x5a; 1470];
const LAMP: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 1]);
const DESK: MacAddress = MacAddress([0x24, 0x0a, 0xc4, 0, 0, 2]);
const PMK: Key = Key::new([1; 16]);
const LMK: Key = Key::new([2; 16]);

fn frame(length: usize) -> ActionFrame<'static> {
    ActionFrame {
        header: Header::new(LAMP, DESK),
        random: [1, 2, 3, 4],
        payload: Payload::new(Version::V2, &DATA[..length]).expect("a legal length"),
    }
}

fn formats(criterion: &mut Criterion) {
    let key = TemporalKey::derive(&PMK, &LMK);
    let mut buffer = [0; ActionFrame::MAX_LEN];
    let mut scratch = [0; ActionFrame::MAX_LEN];
    let mut group = criterion.benchmark_group("frame");
    for octets in LENGTHS {
        group.throughput(Throughput::Bytes(octets as u64));
        let frame = frame(octets);
        group.bench_function(BenchmarkId::new("emit", octets), |bencher| {
            bencher.iter(|| black_box(&frame).emit(black_box(&mut buffer)));
        });
        let length = frame.emit(&mut buffer).expect("room for any frame");
        group.bench_function(BenchmarkId::new("parse", octets), |bencher| {
            bencher.iter(|| Mpdu::parse(black_box(&buffer[..length])).is_ok());
        });
        group.bench_function(BenchmarkId::new("fcs", octets), |bencher| {
            bencher.iter(|| fcs(black_box(&buffer[..length])));
        });
        group.bench_function(BenchmarkId::new("seal", octets), |bencher| {
            bencher.iter(|| black_box(&frame).emit_sealed(&key, PacketNumber::FIRST, black_box(&mut buffer)));
        });
        let length = frame
            .emit_sealed(&key, PacketNumber::FIRST, &mut buffer)
            .expect("room for any frame");
        let Ok(Mpdu::Sealed(sealed)) = Mpdu::parse(&buffer[..length]) else {
            panic!("a sealed frame")
        };
        assert!(sealed.open(&key, &mut scratch).is_ok(), "the key is right");
        group.bench_function(BenchmarkId::new("open", octets), |bencher| {
            bencher.iter(|| black_box(&sealed).open(&key, black_box(&mut scratch)).is_ok());
        });
    }
    group.finish();
}

fn endpoint(address: MacAddress, peer: Peer) -> Endpoint {
    let mut endpoint = Endpoint::new(Config::new(address));
    endpoint.init();
    endpoint.set_pmk(PMK).expect("it is initialised");
    endpoint.add_peer(peer).expect("its first peer");
    endpoint
}

/// From `send` at one end to `receive` at the other, without MAC and air.
fn rounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("endpoint");
    for (name, key) in [("plain", None), ("sealed", Some(LMK))] {
        for octets in LENGTHS {
            let peer = |address| Peer {
                lmk: key.clone(),
                ..Peer::new(address)
            };
            let mut desk = endpoint(DESK, peer(LAMP));
            let mut lamp = endpoint(LAMP, peer(DESK));
            let mut air = [0; ActionFrame::MAX_LEN];
            let mut message = [0; DATA.len()];
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new(name, octets), |bencher| {
                bencher.iter(|| {
                    let data = black_box(&DATA[..octets]);
                    let outgoing = desk.send(LAMP, data, [1, 2, 3, 4], &mut air).expect("a peer");
                    let mpdu = Mpdu::parse(&air[..outgoing.length]).expect("an endpoint's frame");
                    lamp.handle_frame(&mpdu, -40, Instant::START).expect("it is the lamp's");
                    desk.handle_sent(true);
                    lamp.receive(black_box(&mut message))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, formats, rounds);
criterion_main!(benches);
