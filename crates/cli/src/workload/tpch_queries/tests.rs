use super::{answer, query};

#[test]
fn every_query_is_one_select_without_holes() {
    for number in 1..=22 {
        let text = query(number, 1.0).unwrap();
        assert!(
            text.starts_with("select") || text.starts_with("with"),
            "{number}: {text}"
        );
        assert!(
            !text.contains(';') && !text.contains(':'),
            "{number}: {text}"
        );
        assert!(answer(number).unwrap().lines().count() > 1, "{number}");
    }
    assert!(query(0, 1.0).is_none() && query(23, 1.0).is_none());
}

#[test]
fn the_tenth_parameter_is_not_the_first() {
    assert!(
        query(16, 1.0)
            .unwrap()
            .contains("(49, 14, 23, 45, 19, 3, 36, 9)")
    );
}

#[test]
fn query_11_follows_the_scale() {
    assert!(query(11, 0.01).unwrap().contains("* 0.0100000000"));
}
