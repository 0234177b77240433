#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| trials::line_messages(octets));
