//! Which stored form of a file to send: the build writes `.br` and `.gz` beside it and drops large originals.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// What the build appends to the file's name.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    /// The value of `Content-Encoding`; `None` needs no header.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

type Stored = (Cow<'static, [u8]>, [u8; 32]);

/// The smallest stored form that `accept` (the `Accept-Encoding` header) allows, else the inflated one.
/// `None` when the file is stored in no form.
pub fn choose(accept: &str, stored: impl Fn(Encoding) -> Option<Stored>) -> Option<(Encoding, Cow<'static, [u8]>, [u8; 32])> {
    for encoding in [Encoding::Brotli, Encoding::Gzip] {
        if accepts(accept, encoding)
            && let Some((content, digest)) = stored(encoding)
        {
            return Some((encoding, content, digest));
        }
    }
    if let Some((content, digest)) = stored(Encoding::Identity) {
        return Some((Encoding::Identity, content, digest));
    }
    let (packed, digest) = stored(Encoding::Gzip)?;
    let mut content = Vec::new();
    GzDecoder::new(&*packed).read_to_end(&mut content).expect("the build wrote whole gzip files");
    Some((Encoding::Identity, Cow::Owned(content), digest))
}

fn accepts(accept: &str, encoding: Encoding) -> bool {
    accept.split(',').any(|choice| {
        let mut parts = choice.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| Some(name) == encoding.header());
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0)));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn only_packed(encoding: Encoding) -> Option<Stored> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"pages").unwrap();
        let packed = encoder.finish().unwrap();
        match encoding {
            Encoding::Identity => None,
            _ => Some((Cow::Owned(packed), [0; 32])),
        }
    }

    #[test]
    fn the_best_accepted_form_is_chosen() {
        let chosen = |accept| choose(accept, only_packed).map(|(encoding, ..)| encoding);
        assert_eq!(chosen("gzip, deflate, br"), Some(Encoding::Brotli));
        assert_eq!(chosen("gzip, br;q=0"), Some(Encoding::Gzip));
    }

    #[test]
    fn a_client_that_takes_no_packed_form_gets_the_plain_bytes() {
        let (encoding, content, _) = choose("", only_packed).unwrap();
        assert_eq!((encoding, &*content), (Encoding::Identity, &b"pages"[..]));
    }
}
