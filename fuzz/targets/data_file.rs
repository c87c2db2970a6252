#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: pass_over_parquet(),
    |bytes: &[u8]| cairn_fuzztargets::data_file(bytes)
);

/// libFuzzer stops at every panic, before anybody can catch it. What Parquet's reader says of a file that Cairn does not write is caught
/// in `cairn-archive`; panics of Cairn's own code are findings wherever they come up.
fn pass_over_parquet() {
    let stop = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let reading = std::thread::current().name() == Some("cairn-encoder");
        let ours = panic
            .location()
            .is_none_or(|place| place.file().contains("crates/"));
        if ours || !reading {
            stop(panic);
        }
    }));
}
