use super::parse_options;

#[test]
fn options_are_read_as_libpq_writes_them() {
    let pairs = |text: &str| -> Vec<String> {
        parse_options(text)
            .unwrap()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    };
    assert_eq!(pairs(""), Vec::<String>::new());
    assert_eq!(
        pairs("-c a=1  -cb=2 --search-path=x"),
        ["a=1", "b=2", "search_path=x"]
    );
    assert_eq!(
        pairs(r"-c application_name=a\ b\\c"),
        [r"application_name=a b\c"]
    );
    assert!(parse_options("-x").is_err());
    assert!(parse_options("-c").is_err());
}
