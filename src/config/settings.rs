//! Every setting there is: its key, kind, default and meaning. The sample file, the names in the environment, the flags and
//! the reference all follow from this table.

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May be empty.
    Text,
    /// A text that is not empty.
    Words,
    /// A whole number in this range.
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Addresses and networks, with commas between them.
    Networks,
    /// Names of hosts, with commas between them.
    Hosts,
    /// `http://` or `https://` with a host, and a path that the server is below; may be empty.
    Address,
    /// A collector of syslog; may be empty.
    Syslog,
    /// Names of hosts and networks that webhooks may be on, with commas between them.
    WebhookHosts,
    /// A mail address, maybe with a name before it; may be empty.
    Mailbox,
    /// A level of the log, or several by module.
    LogLevel,
    /// A text that is never shown. The setting that follows it in the table is its [`Kind::SecretFile`].
    Secret,
    /// A file whose first line is the secret, for who does not want it in the configuration or the environment.
    SecretFile,
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

const fn words(key: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { key, kind: Kind::Words, default, about }
}

const fn integer(key: &'static str, default: &'static str, least: i64, most: i64, about: &'static str) -> Setting {
    Setting { key, kind: Kind::Integer { least, most }, default, about }
}

/// The name of the setting that may hold a secret's file.
pub(super) fn file_of(secret: &str) -> String {
    format!("{secret}_file")
}

pub const SETTINGS: &[Setting] = &[
    words(
        "http.listen",
        "\"127.0.0.1:8080\"",
        "Address and port to listen on, or a socket for a proxy of this machine as in unix:/run/runstead/http.sock. Port 0 takes a free one.",
    ),
    Setting {
        key: "http.public_url",
        kind: Kind::Address,
        default: "\"\"",
        about: "Where people and clients reach this server, as in their browser; behind a proxy that has other things at its root, with the path that leads here, as in https://example.org/runs. Empty: http:// and the listening address.",
    },
    Setting {
        key: "http.also_known_as",
        kind: Kind::Hosts,
        default: "\"\"",
        about: "Other names that requests may be addressed to, with commas between them. If http.public_url is set, requests to names but its own, these and addresses are refused.",
    },
    integer("http.body_limit_bytes", "67108864", 1_048_576, 1_073_741_824, "The most bytes of one JSON request."),
    integer("http.workers", "2", 1, 256, "Threads that serve requests."),
    Setting {
        key: "http.trusted_proxies",
        kind: Kind::Networks,
        default: "\"\"",
        about: "Proxies before this server, as \"10.0.0.7, 192.168.0.0/16\": what they say in X-Forwarded-For is believed. Nobody else's is.",
    },
    text("tls.certificate", "\"\"", "A PEM file with the server's certificate, then those that lead to its CA. Empty: no TLS."),
    text("tls.key", "\"\"", "A PEM file with the private key of the certificate. Both are read again when they change."),
    Setting {
        key: "tls.self_signed",
        kind: Kind::Boolean,
        default: "false",
        about: "Whether the server makes a certificate for itself, for who has no authority yet. It lies in tls/ of the data directory; its fingerprint is in the log.",
    },
    text(
        "tls.acme_directory",
        "\"\"",
        "An authority that speaks ACME, as in https://ca.example.org/acme/acme/directory: the server gets its certificate there and renews it. Who sets it agrees to the authority's terms. It must reach this server on port 443 by each of its names. Empty: none.",
    ),
    text("tls.acme_contact", "\"\"", "The mail address that such an authority writes to when something is wrong. Empty: none."),
    text(
        "tls.authorities",
        "\"/etc/runstead/ca.d\"",
        "A folder with PEM files of authorities that this server trusts when it connects to others. It need not be there.",
    ),
    words("data.dir", "\"./runstead-data\"", "The folder that holds everything: databases and files."),
    Setting {
        key: "data.durable",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether what is acknowledged survives a power cut. Without it writing is faster and the last seconds may be lost.",
    },
    integer("data.readers", "4", 1, 64, "Connections that read a database at one time."),
    integer("data.snapshots", "2", 1, 100, "How many copies of the databases from before an upgrade are kept, to go back to."),
    integer(
        "disk.low_bytes",
        "0",
        0,
        i64::MAX,
        "With fewer free bytes on the data's disk the log warns. 0: 10 GiB, on a small disk a tenth of it.",
    ),
    integer(
        "disk.no_artifacts_bytes",
        "0",
        0,
        i64::MAX,
        "With fewer, artifacts are refused until there is room; clients come back. 0: 4 GiB, on a small disk a twentieth.",
    ),
    integer("disk.no_runs_bytes", "0", 0, i64::MAX, "With fewer, new runs are refused too. 0: 2 GiB, on a small disk 3 %."),
    integer(
        "disk.read_only_bytes",
        "0",
        0,
        i64::MAX,
        "With fewer, nothing is taken; reading and deleting go on. 0: 512 MiB, on a small disk 1 %.",
    ),
    Setting {
        key: "log.format",
        kind: Kind::Word(&["text", "json"]),
        default: "\"text\"",
        about: "How the log is written: text for people, json for collectors.",
    },
    Setting {
        key: "log.level",
        kind: Kind::LogLevel,
        default: "\"info\"",
        about: "What is logged: error, warn, info, debug, trace, or by module as in \"info,runstead::db=debug\".",
    },
    Setting {
        key: "log.requests",
        kind: Kind::Boolean,
        default: "false",
        about: "Whether every request leaves a line. Those that fail on the server's side and those that take longer than two seconds always do.",
    },
    words("server.name", "\"Runstead\"", "What this server calls itself; also the name of its first organization."),
    integer(
        "runs.heartbeat_timeout_seconds",
        "300",
        1,
        86_400,
        "How long a run may be silent before it counts as crashed. The client is heard of every 30 seconds.",
    ),
    integer("runs.trash_days", "7", 0, 3650, "How many days a deleted run can be restored. 0: it goes for good at once."),
    integer("limits.graphql_depth", "20", 8, 64, "How deep a GraphQL query may nest."),
    integer("limits.graphql_complexity", "2000", 200, 100_000, "How many fields a GraphQL query may select."),
    integer(
        "limits.stream_memory_bytes",
        "268435456",
        1_048_576,
        1_099_511_627_776,
        "How much of what runs send may be in memory until it is written. Beyond it clients are told to come back, new runs first.",
    ),
    integer(
        "limits.requests_per_minute",
        "0",
        0,
        1_000_000,
        "How many requests a minute one API key or session may make; more are told to come back (429). What runs that have begun stream and upload never counts. 0: any number.",
    ),
    integer(
        "limits.project_requests_per_minute",
        "0",
        0,
        1_000_000,
        "How many requests a minute all of them together may make of one project. What runs send never counts. 0: any number.",
    ),
    integer("accounts.password_memory_kib", "19456", 8, 1_048_576, "Memory that hashing a password takes (argon2id)."),
    integer("accounts.password_passes", "2", 1, 100, "Passes over that memory."),
    integer("accounts.session_idle_hours", "336", 1, 87_600, "How many hours a browser stays signed in without use."),
    integer("accounts.session_hours", "2160", 1, 87_600, "How many hours it stays signed in at most, however much it is used."),
    Setting {
        key: "metrics.token",
        kind: Kind::Secret,
        default: "\"\"",
        about: "What a collector sends as \"Authorization: Bearer …\" to read /metrics. Empty: only administrators of the server may.",
    },
    Setting {
        key: "metrics.token_file",
        kind: Kind::SecretFile,
        default: "\"\"",
        about: "Or a file with that token on its first line.",
    },
    text(
        "blobs.to",
        "\"\"",
        "Where files of runs, artifacts and sealed histories lie, as in s3://bucket/prefix. Empty: in the data directory. The databases stay there.",
    ),
    text(
        "s3.endpoint",
        "\"\"",
        "The address of the server that has the bucket, as in https://s3.example.org. Empty: Amazon's of the region.",
    ),
    text("s3.region", "\"us-east-1\"", "The bucket's region; most other servers take any."),
    text("s3.access_key_id", "\"\"", "Who may read, write, list and delete in the bucket."),
    Setting { key: "s3.secret_access_key", kind: Kind::Secret, default: "\"\"", about: "The secret of that key." },
    Setting {
        key: "s3.secret_access_key_file",
        kind: Kind::SecretFile,
        default: "\"\"",
        about: "Or a file with that secret on its first line.",
    },
    text(
        "backup.to",
        "\"\"",
        "A folder, best on another machine's disk, or a bucket as in s3://bucket/prefix, in which the server makes backups by itself. Empty: none.",
    ),
    integer("backup.hours", "24", 1, 168, "How many hours lie between two of them."),
    integer("backup.keep_daily", "7", 0, 3650, "Of how many last days the newest backup is kept."),
    integer("backup.keep_weekly", "4", 0, 520, "And of how many last weeks."),
    text(
        "backup.s3_endpoint",
        "\"\"",
        "The server that has the bucket of backups, if it is not the one under [s3]. Of these settings each that is empty is as there.",
    ),
    text("backup.s3_region", "\"\"", "The region of that bucket."),
    text("backup.s3_access_key_id", "\"\"", "Who may read, write, list and delete in that bucket."),
    Setting { key: "backup.s3_secret_access_key", kind: Kind::Secret, default: "\"\"", about: "The secret of that key." },
    Setting {
        key: "backup.s3_secret_access_key_file",
        kind: Kind::SecretFile,
        default: "\"\"",
        about: "Or a file with that secret on its first line.",
    },
    text(
        "exports.dir",
        "\"\"",
        "The folder in which bundles lie that people export, and those that come in. Empty: exports/ in the data directory; another disk keeps them from filling that of the data.",
    ),
    integer("exports.keep_days", "7", 1, 3650, "How many days a bundle can be downloaded; then it is removed."),
    text(
        "audit.file",
        "\"\"",
        "A file that every entry of the audit log is added to as a line of JSON, for collectors and to compare with one day; it may be moved away at any time. Empty: none.",
    ),
    Setting {
        key: "audit.syslog",
        kind: Kind::Syslog,
        default: "\"\"",
        about: "A collector that every entry of the audit log is sent to, as in tls://logs.example.org:6514, tcp://logs.example.org:601, udp://logs.example.org:514 or unix:/dev/log. Whose certificate is trusted tls.authorities says. Empty: none.",
    },
    integer(
        "audit.keep_days",
        "0",
        0,
        36_500,
        "How many days entries of the audit log are kept; those that were not told yet to the file and the collector stay longer. 0: for ever.",
    ),
    integer("notifications.keep_days", "90", 1, 3650, "How many days people find what they were told; then it is swept away."),
    text(
        "mail.server",
        "\"\"",
        "The name of the mail server by which alerts, invitations and notifications are sent. Empty: this server sends no mail.",
    ),
    integer("mail.port", "0", 0, 65_535, "Its port. 0: 587 with starttls, 465 with tls, 25 with none."),
    Setting {
        key: "mail.security",
        kind: Kind::Word(&["starttls", "tls", "none"]),
        default: "\"starttls\"",
        about: "How the way there is encrypted: starttls after a greeting in the clear, tls from the start, none for a relay on this machine. Whose certificate is trusted tls.authorities says.",
    },
    text("mail.username", "\"\"", "Who sends it, if the mail server asks. Empty: it does not."),
    Setting { key: "mail.password", kind: Kind::Secret, default: "\"\"", about: "The password of that user." },
    Setting {
        key: "mail.password_file",
        kind: Kind::SecretFile,
        default: "\"\"",
        about: "Or a file with that password on its first line.",
    },
    Setting {
        key: "mail.from",
        kind: Kind::Mailbox,
        default: "\"\"",
        about: "Whom mail is from, as in \"Runstead <runs@example.org>\".",
    },
    Setting {
        key: "mail.invitations",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether the link of an invitation to a mail address is mailed there. Else, and without a mail server, whoever invites hands it over.",
    },
    Setting {
        key: "alerts.webhook_hosts",
        kind: Kind::WebhookHosts,
        default: "\"\"",
        about: "Hosts that alerts may be posted to, as in \"hooks.example.org, *.chat.example.org, 10.0.0.0/8\". Networks are of addresses that stand in a webhook as such. Empty: webhooks are refused, and nothing leaves this server by them.",
    },
    text(
        "ldap.servers",
        "\"\"",
        "The directory people sign in with, as \"ldaps://a.example.org, ldaps://b.example.org\": asked in this order until one answers. Empty: none.",
    ),
    Setting {
        key: "ldap.enabled",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether people sign in with it and it is synced. Without it settings can be tried out first: \"runstead ldap test\" and \"ldap sync --dry-run\".",
    },
    Setting {
        key: "ldap.product",
        kind: Kind::Word(&["openldap", "active-directory", "freeipa", "lldap"]),
        default: "\"openldap\"",
        about: "Whose directory it is: chooses the filter and the attributes below that are empty.",
    },
    Setting {
        key: "ldap.start_tls",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether a server given as ldap:// is spoken to encrypted (StartTLS). Without it passwords can be read on the way.",
    },
    text("ldap.ca_file", "\"\"", "A PEM file with the certificates of the authority that signed the directory's own."),
    text(
        "ldap.client_certificate",
        "\"\"",
        "A PEM file with a certificate that shows the directory who asks (SASL EXTERNAL), instead of ldap.bind_dn and its password.",
    ),
    text("ldap.client_key", "\"\"", "A PEM file with the private key of that certificate."),
    text(
        "ldap.bind_dn",
        "\"\"",
        "Who looks for people in the directory: the whole name of an account that may read. Empty: nobody in particular.",
    ),
    Setting { key: "ldap.bind_password", kind: Kind::Secret, default: "\"\"", about: "Its password." },
    Setting {
        key: "ldap.bind_password_file",
        kind: Kind::SecretFile,
        default: "\"\"",
        about: "Or a file with that password on its first line.",
    },
    text("ldap.base_dn", "\"\"", "Below which entry people are, as \"ou=people,dc=example,dc=org\"."),
    text(
        "ldap.user_filter",
        "\"\"",
        "Who may sign in, with {login} for what they typed, as \"(&(objectClass=person)(uid={login}))\". Empty: as usual for the product.",
    ),
    text(
        "ldap.disabled_filter",
        "\"\"",
        "Which entries are disabled, as \"(employeeType=former)\": they do not get in. Empty: as usual for the product.",
    ),
    text(
        "ldap.attribute_id",
        "\"\"",
        "The attribute that never changes and tells people apart. Empty: as usual for the product.",
    ),
    text(
        "ldap.attribute_username",
        "\"\"",
        "The attribute with the user name of a new account. Empty: as usual for the product.",
    ),
    text("ldap.attribute_name", "\"\"", "The attribute with the name people read. Empty: as usual for the product."),
    text("ldap.attribute_email", "\"\"", "The attribute with the mail address. Empty: mail."),
    text(
        "ldap.attribute_groups",
        "\"\"",
        "The attribute of a person that lists their groups, by whole name or cn. Empty: memberOf. What groups list of members counts as well.",
    ),
    Setting {
        key: "ldap.create_accounts",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether people of the directory are given accounts: at their first sign-in, or by a sync if a rule gives them something.",
    },
    text("ldap.group_base_dn", "\"\"", "Below which entry groups are. Empty: below ldap.base_dn."),
    text("ldap.group_filter", "\"\"", "Which entries are groups. Empty: as usual for the product."),
    text(
        "ldap.sign_in_groups",
        "\"\"",
        "Groups whose members may sign in, by cn as in \"ml, research\" or by whole name with ; between them. Empty: as the rules say.",
    ),
    text(
        "ldap.rules_file",
        "\"\"",
        "A file that says what groups give: seats in teams, the role admin in the organization, the right to sign in. Empty: administrators say it on the page of the directory.",
    ),
    integer(
        "ldap.sync_minutes",
        "60",
        0,
        10_080,
        "How often accounts and seats are made as the directory says. 0: only by \"runstead ldap sync\" or the page of the directory.",
    ),
    integer(
        "ldap.removals_max_percent",
        "20",
        0,
        100,
        "A sync that would take something from more people than this, and from more than one, changes nothing and says so.",
    ),
    Setting {
        key: "ldap.keep_manual_members",
        kind: Kind::Boolean,
        default: "true",
        about: "Whether seats that were given by hand to people of the directory stay, in teams that a rule speaks of.",
    },
    integer(
        "ldap.timeout_seconds",
        "5",
        1,
        60,
        "How long a server may take to connect, and for each answer, before the next is asked.",
    ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_followed_by_the_file_that_may_hold_it() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            let file = (setting.kind == Kind::Secret).then(|| file_of(setting.key));
            let next = SETTINGS.get(index + 1).filter(|next| next.kind == Kind::SecretFile).map(|next| next.key.to_owned());
            assert_eq!(file, next, "{}", setting.key);
        }
    }
}
