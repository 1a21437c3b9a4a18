use cacheref::error::Full;

#[test]
fn the_error_says_which_limit_was_reached() {
    assert!(Full.to_string().contains("2^28 items of a kind"));
}
