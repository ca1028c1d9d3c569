//! Nothing secret and nothing personal is in the recordings of this repository.

use acs_tests::recording;

#[test]
fn no_recording_holds_anything_that_looks_like_a_secret_or_a_real_id() {
    let texts = recording::texts(&recording::folder()).unwrap();
    assert!(!texts.is_empty(), "there are no recordings");
    let findings: Vec<String> = texts
        .iter()
        .flat_map(|(name, text)| {
            recording::findings(text)
                .into_iter()
                .map(move |finding| format!("{name}.json holds {finding}"))
        })
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
