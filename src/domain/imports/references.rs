//! References from one version to a file of another, which name it by the number that its server knows it by: here it has another.
//!
//! The client writes them as `wandb-artifact://4172…/path`, the hexadecimal digits of `Artifact:` and the number. The digest of a version
//! does not depend on them. A reference to what did not come along leads nowhere, rather than to whatever has that number here.

use crate::error::Result;

const SCHEME: &str = "wandb-artifact://";
const KIND: &str = "Artifact:";

/// Whether there may be such references in a text.
pub(super) fn are_in(text: &[u8]) -> bool {
    text.windows(SCHEME.len()).any(|window| window == SCHEME.as_bytes())
}

/// The text with the numbers that `here` says.
pub(super) fn rewritten(text: &str, here: impl Fn(i64) -> Result<Option<i64>>) -> Result<String> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SCHEME) {
        let (before, found) = rest.split_at(at + SCHEME.len());
        done.push_str(before);
        let end = found.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(found.len());
        match number(&found[..end]) {
            Some(origin) => done.push_str(&hex::encode(format!("{KIND}{}", here(origin)?.unwrap_or(0)))),
            None => done.push_str(&found[..end]),
        }
        rest = &found[end..];
    }
    done.push_str(rest);
    Ok(done)
}

fn number(digits: &str) -> Option<i64> {
    String::from_utf8(hex::decode(digits).ok()?).ok()?.strip_prefix(KIND)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_here_and_all_else_stays() {
        let of = |number: i64| format!("wandb-artifact://{}/a/b.json", hex::encode(format!("Artifact:{number}")));
        let here = |origin: i64| Ok((origin == 12).then_some(3400));
        let text =
            format!("{{\"ref\":\"{}\",\"x\":\"{}\",\"y\":\"s3://bucket/a\",\"z\":\"wandb-artifact://me/x\"}}", of(12), of(13));
        let expected = text.replace(&of(12), &of(3400)).replace(&of(13), &of(0));
        assert_eq!(rewritten(&text, here).expect("a text"), expected);
        assert!(are_in(text.as_bytes()) && !are_in(b"wandb-artifact"));
    }
}
