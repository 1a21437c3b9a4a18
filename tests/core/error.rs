use cacheref::error::{Code, Error};

#[test]
fn an_error_has_a_stable_code_and_says_its_sentence() {
    let error = Error::new(Code::Path, "unexpected `?` at column 3 of `$[?@.a]`");
    assert_eq!(error.code(), "ERR_CACHEREF_PATH");
    assert_eq!(error.to_string(), "unexpected `?` at column 3 of `$[?@.a]`");
}
