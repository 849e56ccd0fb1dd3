#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| towline::fuzz::run("pipeline_file", data));
