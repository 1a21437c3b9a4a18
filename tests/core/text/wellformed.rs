use cacheref::text::wellformed;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_text_without_halves_and_their_spelling_is_itself(string in "[a-z\\\\éu0-9😀]{0,20}") {
        prop_assume!(!string.contains("\\ud"));
        prop_assert_eq!(wellformed::text(string.as_bytes()), &*string);
    }
}
