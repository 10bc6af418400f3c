//! The way to the server as clients take it: by its public address, through whatever stands before it.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{Client, Response, StatusCode, header};
use serde_json::Value;

use super::probe::{PIECES, SIZE, SLOWLY, bytes_of};
use super::settings::host_of;
use super::{Check, Subject, Verdict, ended, signer};
use crate::clock::{Stopwatch, Timestamp};
use crate::domain::files::{self, Signer};
use crate::outbound;

const TIMEOUT: Duration = Duration::from_secs(30);
/// What a client may send at one time; parts of artifacts are larger still.
const BODY_BYTES: usize = 20 << 20;
/// A name that passes everything.
const PLAIN: &str = "plain";
/// A name as runs' files have them.
const NAME: &str = "media/a b+c/é%2F1.bin";
/// How far the clocks of a proxy and of this machine may differ.
const CLOCK_SECONDS: i64 = 120;

const NAMES: [&str; 9] = [
    "public.reach",
    "public.trust",
    "public.clock",
    "public.body",
    "public.path",
    "public.headers",
    "public.caller",
    "public.range",
    "public.stream",
];

/// One that does not answer leaves nothing to find out.
pub(super) async fn run(subject: &Subject) -> Vec<Check> {
    let mut checks = Vec::with_capacity(NAMES.len());
    let Some(url) = subject.public_url.clone() else {
        let skipped = || Verdict::skipped("http.public_url is empty");
        return NAMES.iter().map(|name| ended(name, skipped(), Duration::ZERO)).collect();
    };
    let watch = Stopwatch::start();
    let reached = Way::find(subject, &url).await;
    let (reach, trust, way) = match reached {
        Ok((way, trust)) => (Verdict::good(format!("{url} answers")), trust, Some(way)),
        Err(verdict) => (verdict, Verdict::skipped("the public address does not answer"), None),
    };
    checks.push(ended("public.reach", reach, watch.elapsed()));
    checks.push(ended("public.trust", trust, Duration::ZERO));
    let Some(way) = way else {
        let skipped = || Verdict::skipped("the public address does not answer");
        checks.extend(NAMES[2..].iter().map(|name| ended(name, skipped(), Duration::ZERO)));
        return checks;
    };
    checks.push(ended("public.clock", way.clock(subject), Duration::ZERO));
    let Some(signer) = &way.signer else {
        let skipped = || Verdict::skipped("the server's signing key cannot be read: see the checks of the databases");
        checks.extend(NAMES[3..].iter().map(|name| ended(name, skipped(), Duration::ZERO)));
        return checks;
    };
    let watch = Stopwatch::start();
    let told = way.put(signer, PLAIN, BODY_BYTES, subject.clock.now()).await;
    let elapsed = watch.elapsed();
    let told = match told {
        Ok(told) => {
            checks.push(ended("public.body", Verdict::good(format!("{BODY_BYTES} bytes arrive in one piece")), elapsed));
            Some(told)
        }
        Err(why) => {
            checks.push(ended("public.body", way.wrong(why, Advice::Body), elapsed));
            // What of a request arrives can be seen with few bytes too.
            way.put(signer, PLAIN, 10, subject.clock.now()).await.ok()
        }
    };
    let watch = Stopwatch::start();
    let verdict = way.path(signer, subject.clock.now()).await;
    checks.push(ended("public.path", verdict, watch.elapsed()));
    for (name, look) in
        [("public.headers", Way::headers as fn(&Way, &Subject, &Value) -> Verdict), ("public.caller", Way::caller)]
    {
        let verdict = told.as_ref().map_or_else(|| Verdict::skipped("nothing arrived"), |told| look(&way, subject, told));
        checks.push(ended(name, verdict, Duration::ZERO));
    }
    let watch = Stopwatch::start();
    let verdict = way.range(signer, subject.clock.now()).await;
    checks.push(ended("public.range", verdict, watch.elapsed()));
    let watch = Stopwatch::start();
    let verdict = way.stream(signer, subject.clock.now()).await;
    checks.push(ended("public.stream", verdict, watch.elapsed()));
    checks
}

/// What is to be changed at a proxy.
#[derive(Clone, Copy)]
enum Advice {
    Body,
    Path,
    Headers,
    Range,
    Stream,
}

/// By product: its name as it shows itself, and the lines for each [`Advice`].
const PRODUCTS: [(&str, [&str; 5]); 4] = [
    (
        "nginx",
        [
            "client_max_body_size 0; proxy_request_buffering off;",
            "proxy_pass http://UPSTREAM; (without a path or slash behind it) merge_slashes off;",
            "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; (and nothing that sets Authorization)",
            "remove proxy_set_header Range and slice; leave proxy_force_ranges off",
            "proxy_buffering off; proxy_http_version 1.1;",
        ],
    ),
    (
        "Apache",
        [
            "LimitRequestBody 0",
            "AllowEncodedSlashes NoDecode and ProxyPass / http://UPSTREAM/ nocanon",
            "ProxyPreserveHost On (X-Forwarded-For is added by itself)",
            "remove RequestHeader unset Range",
            "ProxyPass / http://UPSTREAM/ flushpackets=on, and no mod_deflate here",
        ],
    ),
    (
        "Traefik",
        [
            "remove the buffering middleware (maxRequestBodyBytes)",
            "allow encoded characters in the entry point (encodedCharacters)",
            "passHostHeader: true (X-Forwarded-For is added by itself)",
            "remove headers middlewares that change Range",
            "responseForwarding.flushInterval: 100ms, and no buffering middleware",
        ],
    ),
    (
        "Caddy",
        [
            "remove request_body max_size",
            "reverse_proxy UPSTREAM without rewrite or uri",
            "reverse_proxy UPSTREAM (Host and X-Forwarded-For are passed by itself)",
            "remove header_up -Range",
            "reverse_proxy UPSTREAM { flush_interval -1 }",
        ],
    ),
];

fn advice(about: Advice, shown: &str, upstream: &str) -> String {
    let known: Vec<_> = PRODUCTS.iter().filter(|(product, _)| shown.to_lowercase().contains(&product.to_lowercase())).collect();
    let told = if known.is_empty() { PRODUCTS.iter().collect() } else { known };
    let lines =
        told.iter().map(|(product, lines)| format!("{product}: {}", lines[about as usize].replace("UPSTREAM", upstream)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A public address that answers.
struct Way {
    client: Client,
    url: String,
    upstream: String,
    /// What names the product before the server, if it says so.
    shown: String,
    date: Option<String>,
    signer: Option<Signer>,
}

impl Way {
    async fn find(subject: &Subject, url: &str) -> Result<(Self, Verdict), Verdict> {
        let health = format!("{url}/healthz");
        let trusting = outbound::http_client(None, TIMEOUT)
            .map_err(|error| Verdict::bad(error.to_string(), "see outbound certificates"))?;
        let (client, answer, trust) = match trusting.get(&health).send().await {
            Ok(answer) => {
                let how = if url.starts_with("https://") {
                    "the certificate is trusted"
                } else {
                    "there is no certificate: the address is not encrypted"
                };
                (trusting, answer, Verdict::good(how))
            }
            Err(error) => {
                let why = chain(&error);
                // The certificate of the listener is known here, whoever signed it.
                let own = subject.tls.as_ref().filter(|_| url.starts_with("https://"));
                let own = own.and_then(|(certificate, _)| outbound::http_client_for(certificate, TIMEOUT).ok());
                let again = match &own {
                    Some(own) => own.get(&health).send().await.ok(),
                    None => None,
                };
                match (own, again) {
                    (Some(own), Some(answer)) => {
                        let verdict = Verdict::warning(
                            format!("the certificate at {url} is trusted by nobody who was not told to: {why}"),
                            "put your CA into the folder tls.authorities here, and give clients SSL_CERT_FILE and REQUESTS_CA_BUNDLE; \
                             if the CA is a public one, put its intermediate certificates into tls.certificate too",
                        );
                        (own, answer, verdict)
                    }
                    _ => {
                        return Err(Verdict::bad(
                            format!("{url} does not answer this machine: {why}"),
                            "see that the name resolves here, that the proxy runs and leads to this server, and that its certificate is trusted \
                             (tls.authorities); or change http.public_url",
                        ));
                    }
                }
            }
        };
        if answer.status() != StatusCode::OK {
            let advice = format!("let the proxy pass all addresses to http://{}", subject.listen);
            return Err(Verdict::bad(format!("{health} answers {}", answer.status()), advice));
        }
        let text =
            |name: header::HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let shown = [text(header::SERVER), text(header::VIA)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let date = text(header::DATE);
        let (url, upstream) = (url.to_owned(), subject.listen.clone());
        Ok((Self { client, url, upstream, shown, date, signer: signer(subject).ok() }, trust))
    }

    fn wrong(&self, why: String, about: Advice) -> Verdict {
        Verdict::bad(why, advice(about, &self.shown, &self.upstream))
    }

    fn clock(&self, subject: &Subject) -> Verdict {
        let there = self.date.as_deref().and_then(Timestamp::parse_http);
        let now = subject.clock.now();
        match there {
            None => Verdict::skipped("the answer has no date"),
            Some(there) if (there.micros() - now.micros()).abs() / 1_000_000 > CLOCK_SECONDS => Verdict::bad(
                format!("the clock here shows {now}, and that at {} shows {there}", self.url),
                "keep the clocks of both machines right with chrony or systemd-timesyncd",
            ),
            Some(_) => Verdict::good("the clocks here and there agree"),
        }
    }

    async fn put(&self, signer: &Signer, name: &str, bytes: usize, now: Timestamp) -> Result<Value, String> {
        let link = files::probe_url(signer, &self.url, name, now);
        let sent = self.client.put(link).bearer_auth("probe").body(vec![b'x'; bytes]).send().await;
        let answer = sent.map_err(|error| format!("a request with {bytes} bytes does not pass: {}", chain(&error)))?;
        let status = answer.status();
        match (status, answer.json::<Value>().await) {
            (StatusCode::OK, Ok(told)) if told["bytes"] == bytes => Ok(told),
            (StatusCode::FORBIDDEN, Ok(told)) if told["code"] == "FORBIDDEN" => {
                Err(format!("the address leads to another server, or its path is changed on the way: {}", told["message"]))
            }
            (status, _) => Err(format!("a request with {bytes} bytes is answered {status}")),
        }
    }

    async fn path(&self, signer: &Signer, now: Timestamp) -> Verdict {
        match self.put(signer, NAME, 10, now).await {
            Ok(_) => Verdict::good("names with blanks, letters of all kinds and escapes arrive as they are"),
            Err(why) => self.wrong(format!("a file called {NAME:?} cannot be sent: {why}"), Advice::Path),
        }
    }

    fn headers(&self, _: &Subject, told: &Value) -> Verdict {
        let host = told["host"].as_str().unwrap_or_default();
        let expected = host_of(&self.url).unwrap_or_default();
        if host_of(&format!("x://{host}")) != Some(expected) {
            return self.wrong(format!("requests to {expected} arrive with the Host {host}"), Advice::Headers);
        }
        if told["authorized"] != true {
            return self.wrong("the Authorization header does not arrive: no API key would".to_owned(), Advice::Headers);
        }
        Verdict::good("Host and Authorization arrive as they were sent")
    }

    fn caller(&self, subject: &Subject, told: &Value) -> Verdict {
        let (peer, caller) = (told["peer"].as_str().unwrap_or("?"), told["caller"].as_str().unwrap_or("?"));
        match (told["forwarded"].as_bool(), told["believed"].as_bool()) {
            (Some(true), Some(false)) => Verdict::warning(
                format!("a proxy at {peer} says who calls, and is not believed: all callers seem to be one"),
                format!("set http.trusted_proxies to {peer}"),
            ),
            (Some(true), _) => Verdict::good(format!("the proxy at {peer} is believed: this call came from {caller}")),
            _ if subject.trusts_proxies => {
                self.wrong(format!("http.trusted_proxies is set, and {peer} sends no X-Forwarded-For"), Advice::Headers)
            }
            _ => Verdict::good(format!("nothing stands between: this call came from {caller}")),
        }
    }

    async fn range(&self, signer: &Signer, now: Timestamp) -> Verdict {
        let link = files::probe_url(signer, &self.url, "range", now);
        let (first, last) = (SIZE / 2, SIZE / 2 + 999);
        let answer = self.client.get(link).header(header::RANGE, format!("bytes={first}-{last}")).send().await;
        let read = async |answer: Response| Ok((answer.status(), answer.bytes().await?));
        match match answer {
            Ok(answer) => read(answer).await,
            Err(error) => Err(error),
        } {
            Ok((StatusCode::PARTIAL_CONTENT, bytes)) if bytes == bytes_of(first..last + 1) => {
                Verdict::good("a part of a file comes as that part")
            }
            Ok((status, bytes)) => self
                .wrong(format!("1000 bytes of a file were asked for; {status} and {} bytes came", bytes.len()), Advice::Range),
            Err(error) => self.wrong(format!("a part of a file does not come: {}", chain(&error)), Advice::Range),
        }
    }

    async fn stream(&self, signer: &Signer, now: Timestamp) -> Verdict {
        let link = files::probe_url(signer, &self.url, SLOWLY, now);
        let watch = Stopwatch::start();
        let answer = match self.client.get(link).send().await {
            Ok(answer) => answer,
            Err(error) => return self.wrong(format!("a slow answer does not come: {}", chain(&error)), Advice::Stream),
        };
        let mut pieces = answer.bytes_stream();
        let mut first = None;
        while let Some(piece) = pieces.next().await {
            if let Err(error) = piece {
                return self.wrong(format!("a slow answer breaks off: {}", chain(&error)), Advice::Stream);
            }
            first.get_or_insert_with(|| watch.elapsed());
        }
        let (first, all) = (first.unwrap_or_default(), watch.elapsed());
        if first > all / 2 {
            return Verdict::warning(
                format!("an answer of {PIECES} pieces is held back until it is whole ({:.1} s)", all.as_secs_f64()),
                advice(Advice::Stream, &self.shown, &self.upstream),
            );
        }
        Verdict::good("a slow answer arrives piece by piece")
    }
}

/// An error with what caused it: the outermost says only that something failed.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_shows_itself_is_told_its_own_lines() {
        let own = advice(Advice::Body, "nginx/1.22.1", "127.0.0.1:8080");
        assert_eq!(own, "nginx: client_max_body_size 0; proxy_request_buffering off;");
        let any = advice(Advice::Path, "", "127.0.0.1:8080");
        assert!(
            PRODUCTS.iter().all(|(product, _)| any.contains(product)) && any.contains("http://127.0.0.1:8080/ nocanon"),
            "{any}"
        );
    }
}
