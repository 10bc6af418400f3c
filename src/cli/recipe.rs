//! `runstead config proxy`: the recipe for a proxy, with the names and addresses of this server in it.

use clap::{Arg, ArgMatches, Command};
use serde_json::json;

use crate::config::Config;
use crate::server::listener;

/// What stands in the recipes for the name, and for where the server listens.
const NAME: &str = "runstead.example.org";
const UPSTREAM: &str = "127.0.0.1:8080";

/// A proxy there is a recipe for.
struct Recipe {
    proxy: &'static str,
    text: &'static str,
    /// What leads to a server at the root of its name, with what leads to one below `BASE`.
    below: (&'static str, &'static str),
    /// How it names a socket; `None` if it knows none.
    socket: Option<(&'static str, &'static str)>,
    /// What has the port of TLS in it.
    ports: &'static [&'static str],
}

const RECIPES: [Recipe; 4] = [
    Recipe {
        proxy: "nginx",
        text: include_str!("../../packaging/proxies/nginx.conf"),
        below: ("location / {", "location BASE/ {"),
        socket: Some((UPSTREAM, "unix:SOCKET")),
        ports: &["listen 443", "listen [::]:443"],
    },
    Recipe {
        proxy: "apache",
        text: include_str!("../../packaging/proxies/apache.conf"),
        below: ("ProxyPass / http://127.0.0.1:8080/", "ProxyPass BASE/ http://127.0.0.1:8080BASE/"),
        socket: Some(("http://127.0.0.1:8080", "unix:SOCKET|http://localhost")),
        ports: &["*:443"],
    },
    Recipe {
        proxy: "caddy",
        text: include_str!("../../packaging/proxies/Caddyfile"),
        below: ("reverse_proxy 127.0.0.1:8080", "reverse_proxy BASE/* 127.0.0.1:8080"),
        socket: Some((UPSTREAM, "unix/SOCKET")),
        ports: &[],
    },
    Recipe {
        proxy: "traefik",
        text: include_str!("../../packaging/proxies/traefik.yaml"),
        below: ("Host(`runstead.example.org`)", "Host(`runstead.example.org`) && PathPrefix(`BASE`)"),
        socket: None,
        ports: &[],
    },
];

pub(super) fn command() -> Command {
    let names = RECIPES.iter().map(|recipe| recipe.proxy).collect::<Vec<_>>();
    super::with_settings(
        Command::new("proxy")
            .about("Print what a proxy before this server has to be told, with its names, addresses and limits"),
    )
    .arg(Arg::new("proxy").value_name("PROXY").required(true).value_parser(names).help("Which proxy"))
}

pub(super) fn print(matches: &ArgMatches) -> Result<(), String> {
    let (config, _) = super::load(matches)?;
    let asked = matches.get_one::<String>("proxy").map_or("", String::as_str);
    let recipe = RECIPES.iter().find(|recipe| recipe.proxy == asked).ok_or("there is no recipe for that proxy")?;
    let text = recipe.of(&config)?;
    match matches.get_flag("json") {
        true => super::print(&format!("{}\n", json!({ "proxy": asked, "recipe": text }))),
        false => super::print(&text),
    }
}

impl Recipe {
    /// For the server that is configured.
    fn of(&self, config: &Config) -> Result<String, String> {
        if config.tls.is_some() {
            return Err(
                "the server speaks TLS itself: without tls.certificate, tls.self_signed and tls.acme_directory a proxy does it"
                    .to_owned(),
            );
        }
        let url = config.http.public_url.as_deref().and_then(|url| url.strip_prefix("https://"));
        let url = url.ok_or("set http.public_url to the address that people use, beginning with https://")?;
        let (authority, base) = url.split_once('/').map_or((url, String::new()), |(host, path)| (host, format!("/{path}")));
        let (host, port) = authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let mut text = self.text.to_owned();
        if !base.is_empty() {
            text = text.replace(self.below.0, &self.below.1.replace("BASE", &base));
        }
        if let Some(port) = port {
            for place in self.ports {
                text = text.replace(place, &place.replace("443", port));
            }
        }
        text = match listener::socket_of(&config.http.listen) {
            Some(socket) => {
                let (from, to) =
                    self.socket.ok_or_else(|| format!("{} cannot reach a socket: let http.listen name a port", self.proxy))?;
                text.replace(from, &to.replace("SOCKET", &socket.display().to_string()))
            }
            // Where all addresses are listened at, the proxy takes this machine's own.
            None => text.replace(UPSTREAM, &config.http.listen.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:")),
        };
        let limit = format!("{} MiB for what streams", config.http.body_limit_bytes >> 20);
        text = text.replace("64 MiB for what streams", &limit);
        // Caddy has the port beside the name.
        let name = if self.proxy == "caddy" { authority } else { host };
        Ok(text.replace(NAME, name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config;

    fn configured(flags: &[(&str, &str)]) -> Config {
        let flags: Vec<_> = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        config::load(None, &BTreeMap::new(), &flags).unwrap().0
    }

    #[test]
    fn a_usual_server_is_told_the_recipe_as_it_is() {
        let usual = configured(&[("http.public_url", "https://runstead.example.org")]);
        for recipe in &RECIPES {
            assert_eq!(recipe.of(&usual).unwrap(), recipe.text, "{}", recipe.proxy);
        }
    }

    #[test]
    fn names_ports_paths_and_limits_are_those_of_the_server() {
        let own = [
            ("http.public_url", "https://runs.example:8443/ml/runs"),
            ("http.listen", "0.0.0.0:9000"),
            ("http.body_limit_bytes", "134217728"),
        ];
        let expected: [&[&str]; 4] = [
            &["server_name runs.example;", "listen 8443 ssl", "server 127.0.0.1:9000;", "location /ml/runs/ {", "128 MiB"],
            &["ServerName runs.example\n", "*:8443", "ProxyPass /ml/runs/ http://127.0.0.1:9000/ml/runs/ nocanon"],
            &["runs.example:8443 {", "reverse_proxy /ml/runs/* 127.0.0.1:9000 {"],
            &["Host(`runs.example`) && PathPrefix(`/ml/runs`)", "url: http://127.0.0.1:9000"],
        ];
        for (recipe, parts) in RECIPES.iter().zip(expected) {
            let text = recipe.of(&configured(&own)).unwrap();
            for part in parts {
                assert!(text.contains(part), "{} lacks {part}:\n{text}", recipe.proxy);
            }
            assert!(!text.contains(NAME) && !text.contains(UPSTREAM), "{text}");
        }
    }

    #[test]
    fn a_socket_is_named_as_the_proxy_names_it_and_what_cannot_be_is_said() {
        let socket =
            configured(&[("http.public_url", "https://runs.example"), ("http.listen", "unix:/run/runstead/http.sock")]);
        let told = |recipe: &Recipe| recipe.of(&socket);
        assert!(told(&RECIPES[0]).unwrap().contains("server unix:/run/runstead/http.sock;"));
        assert!(told(&RECIPES[1]).unwrap().contains("ProxyPass / unix:/run/runstead/http.sock|http://localhost/ nocanon"));
        assert!(told(&RECIPES[2]).unwrap().contains("reverse_proxy unix//run/runstead/http.sock {"));
        assert!(told(&RECIPES[3]).unwrap_err().contains("cannot reach a socket"));
        assert!(RECIPES[0].of(&configured(&[])).unwrap_err().contains("http.public_url"));
        let encrypted = [("http.public_url", "https://runs.example"), ("tls.self_signed", "true")];
        assert!(RECIPES[0].of(&configured(&encrypted)).unwrap_err().contains("speaks TLS itself"));
    }
}
