//! What the configuration means for those who connect.

use super::{Subject, Verdict, Wish};

fn listens_here_only(subject: &Subject) -> bool {
    let host = subject.listen.rsplit_once(':').map_or(subject.listen.as_str(), |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    subject.listen.starts_with("unix:")
        || host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of a URL, without its port.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?']).next()?;
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

pub(super) fn durable(subject: &Subject, _: Wish) -> Verdict {
    if subject.durable {
        return Verdict::good("what is acknowledged is on the disk");
    }
    Verdict::warning(
        "data.durable is off: a power cut may take the last seconds of what was acknowledged",
        "set data.durable = true",
    )
}

pub(super) fn exposure(subject: &Subject, _: Wish) -> Verdict {
    if subject.tls.is_some() {
        return Verdict::good("the server speaks TLS");
    }
    if listens_here_only(subject) {
        return Verdict::good("only this machine can connect; a proxy may stand before");
    }
    if subject.trusts_proxies {
        return Verdict::good("a proxy stands before the server; let nobody else reach its port");
    }
    Verdict::bad(
        format!("{} is open to the network without TLS: passwords and keys can be read on the way", subject.listen),
        "set tls.certificate and tls.key, or listen on 127.0.0.1 behind a proxy with TLS",
    )
}

pub(super) fn public_url(subject: &Subject, _: Wish) -> Verdict {
    let Some(url) = &subject.public_url else {
        if listens_here_only(subject) {
            return Verdict::warning(
                "http.public_url is empty: links lead to this machine itself",
                "set it to the address that people and clients use, as in https://runs.example.org",
            );
        }
        return Verdict::bad(
            "http.public_url is empty: links that the server gives out lead to the address it listens on",
            "set it to the address that people and clients use",
        );
    };
    let Some(host) = host_of(url).filter(|host| !host.is_empty()) else {
        return Verdict::bad(format!("http.public_url = {url} is no address"), "write it as in https://runs.example.org");
    };
    if is_local(host) && !listens_here_only(subject) {
        return Verdict::bad(
            format!("{url} leads everybody to their own machine"),
            "set http.public_url to a name that others know",
        );
    }
    if url.starts_with("http://") && !is_local(host) {
        return Verdict::warning(
            format!("{url} is not encrypted: passwords and keys can be read on the way"),
            "use TLS, here or at a proxy, and https://",
        );
    }
    if subject.tls.is_some() && url.starts_with("http://") {
        return Verdict::bad(format!("the server speaks TLS, and {url} does not"), "write https:// in http.public_url");
    }
    Verdict::good(url.clone())
}

pub(super) fn names(subject: &Subject, _: Wish) -> Verdict {
    let own = subject.public_url.as_deref().and_then(host_of);
    match (own, subject.also_known_as.as_slice()) {
        (None, []) => Verdict::skipped("requests to every name are answered: http.public_url is empty"),
        (None, _) => Verdict::warning(
            "requests to every name are answered: http.also_known_as says which others are this server's, and http.public_url is empty",
            "set http.public_url",
        ),
        (Some(own), others) => {
            let all = std::iter::once(own).chain(others.iter().map(String::as_str)).collect::<Vec<_>>().join(", ");
            Verdict::good(format!("requests to {all}, localhost and addresses are answered, and to no other name"))
        }
    }
}

pub(super) fn proxies(subject: &Subject, _: Wish) -> Verdict {
    match (&subject.tls, subject.trusts_proxies, listens_here_only(subject)) {
        (_, true, _) => Verdict::good("X-Forwarded-For is believed of the proxies in http.trusted_proxies, and of nobody else"),
        (None, false, true) if subject.public_url.as_deref().is_some_and(|url| url.starts_with("https://")) => {
            Verdict::warning(
                "a proxy stands before the server and is not trusted: all callers seem to come from it, in limits and in the audit log",
                "set http.trusted_proxies to the proxy's address, as in \"127.0.0.1\"",
            )
        }
        _ => Verdict::good("no proxy is trusted: the other end of a connection is the caller"),
    }
}

pub(super) fn client_lines(subject: &Subject) -> Verdict {
    let url = subject.public_url.clone().unwrap_or_else(|| format!("http://{}", subject.listen));
    let mut lines = format!("export WANDB_BASE_URL={url}; export WANDB_API_KEY=…   # a key from {url}/authorize");
    if !subject.own_roots.is_empty() || subject.tls.is_some() {
        lines.push_str("; with an own CA also: export SSL_CERT_FILE=/path/to/ca.pem REQUESTS_CA_BUNDLE=/path/to/ca.pem");
    }
    Verdict::good(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_in_every_form_of_url() {
        for (url, host) in [
            ("https://runs.example", "runs.example"),
            ("https://runs.example:8443/x", "runs.example"),
            ("http://[::1]:80/", "::1"),
            ("http://127.0.0.1?x", "127.0.0.1"),
        ] {
            assert_eq!(host_of(url), Some(host));
        }
        assert_eq!(host_of("runs.example"), None);
    }
}
