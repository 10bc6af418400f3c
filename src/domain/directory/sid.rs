//! Security identifiers of Active Directory. A person there is in a primary group that neither lists them nor is listed by
//! them: their entry has the group's last number alone, and what stands before it is that of their own identifier.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// One identifier, as its bytes: a version, how many numbers follow, six bytes of an authority, and the numbers, each four
/// bytes, the least first. Written `S-1-5-21-1004336348-1177238915-682003330-513`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sid(Vec<u8>);

const HEAD: usize = 8;
const NUMBER: usize = 4;
const NUMBERS_MAX: usize = 15;

impl Sid {
    /// `None` if the bytes are no identifier.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let &[1, numbers, ..] = bytes else { return None };
        let numbers = usize::from(numbers);
        let fits = (1..=NUMBERS_MAX).contains(&numbers) && bytes.len() == HEAD + NUMBER * numbers;
        fits.then(|| Self(bytes.to_vec()))
    }

    /// That of the same domain with another last number.
    pub(super) fn sibling(&self, last: u32) -> Self {
        let mut bytes = self.0.clone();
        bytes.truncate(self.0.len() - NUMBER);
        bytes.extend(last.to_le_bytes());
        Self(bytes)
    }

    /// As it stands in a filter: each byte escaped.
    pub(super) fn in_filter(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").expect("a String takes any text");
            text
        })
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0[2..HEAD].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        write!(out, "S-{}-{authority}", self.0[0])?;
        let numbers = self.0[HEAD..].chunks_exact(NUMBER);
        numbers
            .map(|bytes| bytes.iter().rev().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)))
            .try_for_each(|number| write!(out, "-{number}"))
    }
}

impl From<Sid> for String {
    fn from(sid: Sid) -> Self {
        sid.to_string()
    }
}

impl TryFrom<String> for Sid {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = || {
            let (authority, numbers) = text.strip_prefix("S-1-")?.split_once('-')?;
            let numbers: Vec<u32> = numbers.split('-').map(|number| number.parse().ok()).collect::<Option<_>>()?;
            let authority: u64 = authority.parse().ok()?;
            let mut bytes = vec![1, u8::try_from(numbers.len()).ok()?];
            bytes.extend(&authority.to_be_bytes()[2..]);
            bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            Self::read(&bytes)
        };
        parsed().ok_or_else(|| format!("'{text}' is no security identifier"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `S-1-5-21-1-2-3-1104`.
    const ANN: [u8; 28] = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x50, 4, 0, 0];

    #[test]
    fn an_identifier_is_written_as_that_product_writes_it_and_read_back() {
        let ann = Sid::read(&ANN).unwrap();
        assert_eq!(ann.to_string(), "S-1-5-21-1-2-3-1104");
        assert_eq!(Sid::try_from(ann.to_string()).unwrap(), ann);
        let users = ann.sibling(513);
        assert_eq!(users.to_string(), "S-1-5-21-1-2-3-513");
        assert!(users.in_filter().starts_with("\\01\\05\\00") && users.in_filter().ends_with("\\01\\02\\00\\00"));
        assert_eq!(Sid::read(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]).unwrap().to_string(), "S-1-5-18");
    }

    #[test]
    fn other_bytes_and_texts_are_none() {
        assert!(Sid::read(&ANN[..27]).is_none() && Sid::read(&[]).is_none());
        assert!(Sid::read(&[2, 0, 0, 0, 0, 0, 0, 5]).is_none() && Sid::read(&[1, 0, 0, 0, 0, 0, 0, 5]).is_none());
        for text in ["", "S-1-5", "S-1-5-", "S-1-5-x", "S-1-5-4294967296", "S-1-99999999999999999999-1"] {
            assert!(Sid::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
