use bytes::BytesMut;

use super::{Malformed, read, write};

fn fields(unscaled: i128, scale: i8) -> Vec<i32> {
    let mut out = BytesMut::new();
    write(unscaled, scale, &mut out);
    out.chunks(2)
        .map(|field| i32::from(i16::from_be_bytes([field[0], field[1]])))
        .collect()
}

#[test]
fn groups_stand_around_the_point() {
    // groups, weight, sign, decimals, then the groups: as `SELECT numeric_send(…)` of PostgreSQL shows them
    assert_eq!(fields(0, 0), [0, 0, 0, 0]);
    assert_eq!(fields(0, 2), [0, 0, 0, 2]);
    assert_eq!(fields(1, 0), [1, 0, 0, 0, 1]);
    assert_eq!(fields(-12345, 0), [2, 1, 0x4000, 0, 1, 2345]);
    assert_eq!(fields(1_234_567, 2), [3, 1, 0, 2, 1, 2345, 6700]);
    assert_eq!(fields(1, 4), [1, -1, 0, 4, 1]);
    assert_eq!(fields(1, 5), [1, -2, 0, 5, 1000]);
    assert_eq!(fields(10_000, 0), [1, 1, 0, 0, 1]);
    assert_eq!(fields(12, -3), [2, 1, 0, 0, 1, 2000]);
}

#[test]
fn what_is_written_reads_back() {
    let cases = [
        (0, 0, "0000"),
        (-5, 1, "-0000.5"),
        (1_234_567, 2, "00012345.67"),
        (1, 10, "0000.0000000001"),
        (
            i128::pow(10, 38) - 1,
            0,
            "99999999999999999999999999999999999999",
        ),
        (
            1 - i128::pow(10, 38),
            38,
            "-0000.99999999999999999999999999999999999999",
        ),
    ];
    for (unscaled, scale, text) in cases {
        let mut out = BytesMut::new();
        write(unscaled, scale, &mut out);
        let found = read(&out).unwrap();
        assert_eq!(
            found.trim_start_matches(['0', '-']),
            text.trim_start_matches(['0', '-']),
            "{unscaled} {scale}"
        );
        assert_eq!(found.starts_with('-'), unscaled < 0);
    }
}

#[test]
fn broken_bytes_are_refused() {
    assert_eq!(read(&[]), Err(Malformed));
    assert_eq!(read(&[0, 1, 0, 0, 0, 0, 0, 0]), Err(Malformed));
    assert_eq!(read(&[0, 0, 0, 0, 0xC0, 0, 0, 0]), Ok("NaN".to_owned()));
    assert_eq!(read(&[0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10]), Err(Malformed));
}
