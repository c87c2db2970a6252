//! Nothing here: the tests are in `tests/e2e`, the server they start in `examples/cairn-under-test.rs`.
