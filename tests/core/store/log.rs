use cacheref::store::log::{CAPACITY, Log};
use proptest::prelude::*;

#[test]
fn nothing_is_kept_while_no_run_is_in_flight() {
    let mut log = Log::new();
    log.append([1, 2]);
    assert!(log.is_empty());
    let position = log.begin();
    log.append([3]);
    assert_eq!(log.len(), 1);
    log.end(position);
    assert!(log.is_empty());
}

#[test]
fn a_run_hears_what_was_appended_after_it_began_and_nothing_before() {
    let mut log = Log::new();
    let first = log.begin();
    log.append([1]);
    let second = log.begin();
    assert!(log.concerns(first, [9, 1]));
    assert!(!log.concerns(second, [1]));
    log.append([2]);
    assert!(log.concerns(second, [2]));
    assert!(!log.concerns(second, [3]));
}

#[test]
fn a_run_from_before_what_the_log_has_forgotten_is_refused() {
    let mut log = Log::new();
    let position = log.begin();
    log.append([1]);
    for topic in 0..CAPACITY as u64 {
        log.append([topic + 2]);
    }
    assert_eq!(log.len(), CAPACITY);
    assert!(
        log.concerns(position, [0]),
        "the topic is not in the log, but the log is not complete"
    );
}

proptest! {
    #[test]
    fn it_says_what_a_list_of_everything_would_say(steps in prop::collection::vec((0..5_u8, 0..6_u64), 0..80)) {
        let mut log = Log::new();
        let mut appended: Vec<u64> = Vec::new();
        let mut runs: Vec<(u64, usize)> = Vec::new();
        for (step, number) in steps {
            match step {
                0 | 1 => {
                    log.append([number]);
                    appended.push(number);
                }
                2 | 3 => runs.push((log.begin(), appended.len())),
                _ if runs.is_empty() => {}
                _ => {
                    let (position, _) = runs.remove(number as usize % runs.len());
                    log.end(position);
                }
            }
            log.validate().unwrap();
            for &(position, since) in &runs {
                for topic in 0..6 {
                    prop_assert_eq!(log.concerns(position, [topic]), appended[since..].contains(&topic));
                }
            }
        }
    }
}
