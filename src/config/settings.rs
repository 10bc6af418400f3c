//! Every setting there is: its key, kind, default and meaning. The sample file, the names in the environment, the flags and
//! the reference all follow from this table.

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A whole number in this range.
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `section.key`, as in the file.
    pub key: &'static str,
    pub kind: Kind,
    /// As it would stand in the file.
    pub default: &'static str,
    pub about: &'static str,
}

impl Setting {
    /// `RUNSTEAD_SECTION__KEY`.
    pub fn variable(&self) -> String {
        format!("RUNSTEAD_{}", self.key.to_uppercase().replace('.', "__"))
    }
    /// `--section.key` with dashes.
    pub fn flag(&self) -> String {
        self.key.replace('_', "-")
    }
}

const fn text(key: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { key, kind: Kind::Text, default, about }
}

const fn integer(key: &'static str, default: &'static str, least: i64, most: i64, about: &'static str) -> Setting {
    Setting { key, kind: Kind::Integer { least, most }, default, about }
}

pub const SETTINGS: &[Setting] = &[
    text("http.listen", "\"127.0.0.1:8080\"", "Address and port to listen on. Port 0 takes a free one."),
    text(
        "http.public_url",
        "\"\"",
        "Where people and clients reach this server, as in their browser. Empty: http:// and the listening address.",
    ),
    integer("http.body_limit_bytes", "67108864", 1_048_576, 1_073_741_824, "The most bytes of one JSON request."),
    integer("http.workers", "2", 1, 256, "Threads that serve requests."),
    text("data.dir", "\"./runstead-data\"", "The folder that holds everything: databases and files."),
    Setting {
        key: "data.durable",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether what is acknowledged survives a power cut. Without it writing is faster and the last seconds may be lost.",
    },
    integer("data.readers", "4", 1, 64, "Connections that read a database at one time."),
    Setting {
        key: "log.format",
        kind: Kind::Word(&["text", "json"]),
        default: "\"text\"",
        about: "How the log is written: text for people, json for collectors.",
    },
    text(
        "log.level",
        "\"info\"",
        "What is logged: error, warn, info, debug, trace, or by module as in \"info,runstead::db=debug\".",
    ),
    text("server.name", "\"Runstead\"", "What this server calls itself; also the name of its first organization."),
    integer(
        "runs.heartbeat_timeout_seconds",
        "300",
        1,
        86_400,
        "How long a run may be silent before it counts as crashed. The client is heard of every 30 seconds.",
    ),
    integer("limits.graphql_depth", "20", 8, 64, "How deep a GraphQL query may nest."),
    integer("limits.graphql_complexity", "2000", 200, 100_000, "How many fields a GraphQL query may select."),
    integer("accounts.password_memory_kib", "19456", 8, 1_048_576, "Memory that hashing a password takes (argon2id)."),
    integer("accounts.password_passes", "2", 1, 100, "Passes over that memory."),
];

pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The known key that looks most like this one.
pub fn nearest(key: &str) -> Option<&'static str> {
    let scored = SETTINGS.iter().map(|setting| (strsim::jaro_winkler(setting.key, key), setting.key));
    scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, key)| key)
}

/// The sample file: every setting with its meaning and default.
pub fn sample() -> String {
    let mut out = String::from(
        "# Every setting of Runstead with its default. A value is taken from the flags, else the environment, else this file.\n\
         # The environment's names are RUNSTEAD_SECTION__KEY, as in RUNSTEAD_HTTP__LISTEN; flags are --section.key, as in --http.listen.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (own, key) = setting.key.split_once('.').expect("keys have a section");
        if own != section {
            out.push_str(&format!("\n[{own}]\n"));
            section = own;
        }
        out.push_str(&format!("# {}\n{key} = {}\n", setting.about, setting.default));
    }
    out
}
