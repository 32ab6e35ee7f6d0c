#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patron_fuzz::targets::import(bytes));
