//! Claim: every error has a number, a name, a class and a sentence of its own, and every way of
//! asking for them agrees. That they never change is checked against `tests/golden/errors.txt`.

use sealwire::*;

use std::collections::HashSet;

#[test]
fn every_error_has_a_number_a_name_a_class_and_a_sentence_of_its_own() {
    let mut seen = HashSet::new();
    let mut last = 0;
    for &error in Error::ALL {
        assert!(error.number() > last, "by rising number, and none is 0");
        last = error.number();
        assert_eq!(error as u16, error.number());
        assert_eq!(Error::from_number(error.number()), Some(error));
        assert!(seen.insert(error.name()) && seen.insert(error.sentence()));
        assert!(error.name().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
        assert!(error.sentence().ends_with('.'));
        assert_eq!(error.to_string(), format!("{}: {}", error.name(), error.sentence()));
        let area = error.number() / 100;
        assert!((1..=11).contains(&area));
        let misused =
            [Error::AccessState, Error::InvalidRole, Error::DuplicateIssuer, Error::ManagerMissing];
        let is_callers = area == 8 || misused.contains(&error);
        assert_eq!(
            is_callers && error.class() != Class::Unavailable,
            error.class() == Class::Misuse
        );
    }
    let known = Error::ALL.iter().map(|error| error.number()).collect::<HashSet<_>>();
    for number in 0..=u16::MAX {
        assert_eq!(Error::from_number(number).is_some(), known.contains(&number));
    }
}

#[test]
fn classes_have_names() {
    let classes = [
        Class::Malformed,
        Class::Stale,
        Class::Unauthenticated,
        Class::Forbidden,
        Class::Unavailable,
        Class::Misuse,
    ];
    let names = classes.map(Class::name);
    assert_eq!(
        names,
        ["malformed", "stale", "unauthenticated", "forbidden", "unavailable", "misuse"]
    );
}
