//! Names for runs that were given none: `adjective-noun-ordinal`.

const ADJECTIVES: [&str; 48] = [
    "amber", "ancient", "autumn", "bold", "brave", "bright", "calm", "clear", "cosmic", "crimson", "curious", "dawn", "deep",
    "eager", "early", "electric", "fair", "fresh", "gentle", "glad", "golden", "grand", "happy", "hearty", "honest", "jolly",
    "keen", "kind", "light", "lively", "lucky", "misty", "noble", "olive", "patient", "polar", "proud", "quiet", "rapid",
    "silver", "smooth", "snowy", "solar", "steady", "summer", "vivid", "warm", "wise",
];
const NOUNS: [&str; 48] = [
    "aurora", "badger", "bay", "breeze", "brook", "canyon", "cedar", "cloud", "comet", "coral", "creek", "dune", "eagle",
    "falcon", "fern", "field", "fjord", "forest", "galaxy", "garden", "glacier", "grove", "harbor", "haze", "heron", "hill",
    "island", "lake", "lantern", "leaf", "maple", "meadow", "moon", "mountain", "oak", "ocean", "orchard", "otter", "pine",
    "plain", "pond", "reef", "river", "sparrow", "star", "stone", "summit", "valley",
];

/// A name for the run with this ordinal. `seed` picks the words.
pub(super) fn invent(ordinal: i64, seed: [u8; 2]) -> String {
    let adjective = ADJECTIVES[usize::from(seed[0]) % ADJECTIVES.len()];
    let noun = NOUNS[usize::from(seed[1]) % NOUNS.len()];
    format!("{adjective}-{noun}-{ordinal}")
}
