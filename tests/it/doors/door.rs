//! A door: what is asked there, and what is done before.

use serde_json::Value;

use crate::house::Ask;

pub(super) struct Door {
    /// `METHOD /path` or `Type.field`.
    pub(super) name: String,
    /// The field of the answer, for doors of GraphQL.
    pub(super) field: Option<&'static str>,
    pub(super) ask: Ask,
    /// Who does what first, so that there is something for the door to change.
    pub(super) before: Option<(&'static str, Ask)>,
}

impl Door {
    /// This door, after somebody of that role did something.
    pub(super) fn after(self, role: &'static str, ask: Ask) -> Self {
        Self { before: Some((role, ask)), ..self }
    }

    pub(super) fn only_reads(&self) -> bool {
        self.ask.method.is_safe() || self.name.starts_with("Query.")
    }
}

pub(super) fn route(name: &str, ask: Ask) -> Door {
    Door { name: name.to_owned(), field: None, ask, before: None }
}

/// A row for a field of GraphQL: its arguments and what of it is asked for.
pub(super) fn field(kind: &str, name: &'static str, arguments: &str, selection: &str) -> Door {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let query = format!("{} {{ {name}{arguments} {selection} }}", kind.to_lowercase());
    Door { name: format!("{kind}.{name}"), field: Some(name), ask: Ask::graphql(&query, &Value::Null), before: None }
}
