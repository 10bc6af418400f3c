//! A file sets a server up, as often as it is applied, or changes nothing at all.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const ADA: &str = "an-api-key-of-ada-that-another-server-issued";
const NIGHTLY: &str = "an-api-key-of-nightly-which-the-vault-has-made";

const WHOLE: &str = r#"
[administrator]
username = "ada"
email = "ada@example.org"
password_file = "FOLDER/password"
key_file = "FOLDER/ada"

[[person]]
username = "bob"
email = "bob@example.org"
name = "Bob"
role = "viewer"

[[person]]
username = "eve"
password_file = "FOLDER/password"

[[team]]
name = "vision"
admin = "ada"
members = { eve = "member" }

[[service_account]]
name = "nightly"
team = "vision"
purpose = "trains at night"
key_file = "FOLDER/nightly"

[[service_account]]
name = "weekly"
team = "vision"
"#;

struct World(TempDir);

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), format!("{text}\n")).expect("a file");
        put("password", "correct horse battery staple");
        put("ada", ADA);
        put("nightly", NIGHTLY);
        Self(folder)
    }

    fn runstead(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
        command.args(words).arg("--data.dir").arg(self.0.path().join("data")).env_clear();
        command.env("RUNSTEAD_ACCOUNTS__PASSWORD_MEMORY_KIB", "64").env("RUNSTEAD_ACCOUNTS__PASSWORD_PASSES", "1");
        command.output().expect("it runs")
    }

    fn apply(&self, text: &str) -> Result<Value, String> {
        let file = self.0.path().join("wanted.toml");
        std::fs::write(&file, text.replace("FOLDER", &self.0.path().display().to_string())).expect("a file");
        let done = self.runstead(&["bootstrap", &file.display().to_string(), "--json"]);
        match done.status.success() {
            true => Ok(serde_json::from_slice(&done.stdout).expect("JSON")),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    }

    fn listed(&self, words: &[&str]) -> Vec<Value> {
        let done = self.runstead(&[words, &["--json"]].concat());
        assert!(done.status.success(), "{done:?}");
        serde_json::from_slice(&done.stdout).expect("JSON")
    }
}

fn created(steps: &Value) -> Vec<&str> {
    let steps = steps.as_array().expect("steps").iter();
    steps.filter(|step| step["created"] == true).filter_map(|step| step["what"].as_str()).collect()
}

#[test]
fn what_a_file_names_is_made_once_however_often_it_is_applied() {
    let world = World::new();
    let first = world.apply(WHOLE).expect("it is made");
    assert_eq!(
        created(&first),
        [
            "administrator ada",
            "person bob",
            "person eve",
            "team vision",
            "seat of eve in vision",
            "service account nightly",
            "service account weekly"
        ]
    );
    let step = |what: &str| first.as_array().expect("steps").iter().find(|step| step["what"] == what).expect("the step");
    assert!(step("person bob")["link"].as_str().is_some_and(|link| link.contains("/recover?token=")), "{first:#}");
    assert!(step("service account weekly")["api_key"].as_str().is_some_and(|key| key.len() >= 40), "{first:#}");
    assert!(step("service account nightly")["api_key"].is_null() && step("person eve")["link"].is_null(), "{first:#}");
    assert!(!first.to_string().contains(ADA) && !first.to_string().contains(NIGHTLY));

    let roles = |found: Vec<Value>| -> Vec<String> {
        let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
        found.iter().map(|one| format!("{} {}", text(one, "username"), text(one, "role"))).collect()
    };
    let seats = world.listed(&["team", "members", "vision"]);
    assert_eq!(roles(seats), ["ada admin", "eve member", "nightly service", "weekly service"]);
    assert!(roles(world.listed(&["org", "members", "Runstead"])).contains(&"bob viewer".to_owned()));
    assert_eq!(world.listed(&["key", "list", "nightly"]).len(), 1, "the one that the file brought");

    let again = world.apply(WHOLE).expect("it is there");
    assert!(created(&again).is_empty(), "{again:#}");
    assert_eq!(world.listed(&["key", "list", "nightly"]).len() + world.listed(&["key", "list", "ada"]).len(), 2);
    let more = format!("{WHOLE}\n[[team]]\nname = \"speech\"\nadmin = \"eve\"\n");
    assert_eq!(created(&world.apply(&more).expect("it grows")), ["team speech"]);
}

#[test]
fn a_file_that_cannot_be_followed_changes_nothing_and_says_why() {
    let world = World::new();
    let nobody = world.apply("[[team]]\nname = \"vision\"\nadmin = \"ada\"\n").expect_err("nobody administers it");
    assert!(nobody.contains("[administrator]"), "{nobody}");
    let half = WHOLE.replace("admin = \"ada\"", "admin = \"nobody\"");
    let half = world.apply(&half).expect_err("the team has no admin");
    assert!(half.contains("nothing was made") && half.contains("nobody"), "{half}");
    world.apply(WHOLE).expect("what was refused before left nothing behind");
    for (from, to, word) in [
        ("[[team]]", "[[teams]]", "unknown field `teams`"),
        ("FOLDER/nightly", "/nowhere/key", "/nowhere/key cannot be read"),
        ("FOLDER/nightly", "FOLDER/ada", "somebody else's"),
        ("eve = \"member\"", "bob = \"owner\"", "there is no role owner"),
        ("username = \"ada\"", "username = \"bob\"", "no administrator"),
        ("FOLDER/password\"\nkey", "FOLDER/ada\"\nkey", ""),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        match world.apply(&text) {
            Err(said) => assert!(!word.is_empty() && said.contains(word), "{word}: {said}"),
            Ok(done) => assert!(word.is_empty() && created(&done).is_empty(), "a password that is there stays: {done:#}"),
        }
    }
}
