//! Values in and out of SQL: `i64 f64 &str &[u8] bool Option`, our ids and moments. Columns are read by name.

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{
    AccountId, ApiKeyId, ArtifactId, ArtifactTypeId, CollectionId, CommentId, ContentId, DeliveryId, EntityId, ExportId,
    FileId, FiringId, ImportId, InvitationId, ManifestId, MembershipId, MoveId, NotificationId, ProjectId, ReportId,
    ReportLinkId, RuleId, RunId, ThreadId, WebhookId,
};

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// What may be a parameter.
pub trait ToValue {
    fn to_value(&self) -> Value;
}

/// What may be read from a column.
pub trait FromValue: Sized {
    /// The value, or what was found instead.
    fn from_value(value: ValueRef<'_>) -> Option<Self>;
}

/// A row of an answer.
pub struct Row<'a>(pub(super) &'a rusqlite::Row<'a>);

impl Row<'_> {
    /// The value of a column.
    ///
    /// # Errors
    /// Internal, naming the column: the statement and its reader disagree, or the row is corrupt.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        let value = self.0.get_ref(column).map_err(|error| Error::internal(format!("column {column}: {error}")))?;
        let kind = value.data_type();
        T::from_value(value).ok_or_else(|| Error::internal(format!("column {column} holds an unexpected {kind}")))
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

macro_rules! values {
    ($($kind:ty: $to:expr, $from:expr;)+) => {$(
        impl ToValue for $kind {
            fn to_value(&self) -> Value {
                let to: fn(&$kind) -> Value = $to;
                to(self)
            }
        }
        impl FromValue for $kind {
            fn from_value(value: ValueRef<'_>) -> Option<Self> {
                let from: fn(ValueRef<'_>) -> Option<$kind> = $from;
                from(value)
            }
        }
    )+};
}

values! {
    i64: |number| Value::Int(*number), |value| value.as_i64().ok();
    u32: |number| Value::Int(i64::from(*number)), |value| u32::try_from(value.as_i64().ok()?).ok();
    bool: |flag| Value::Int(i64::from(*flag)), |value| value.as_i64().ok().map(|number| number != 0);
    f64: |number| Value::Real(*number), |value| match value {
        ValueRef::Integer(number) => Some(number as f64),
        value => value.as_f64().ok(),
    };
    String: |text| Value::Text(text.clone()), |value| value.as_str().ok().map(str::to_owned);
    Vec<u8>: |bytes| Value::Bytes(bytes.clone()), |value| value.as_blob().ok().map(<[u8]>::to_vec);
    Timestamp: |at| Value::Int(at.micros()), |value| value.as_i64().ok().map(Timestamp::from_micros);
    AccountId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(AccountId::new);
    EntityId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(EntityId::new);
    ProjectId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ProjectId::new);
    RunId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(RunId::new);
    FileId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(FileId::new);
    ArtifactId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ArtifactId::new);
    ArtifactTypeId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ArtifactTypeId::new);
    CollectionId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(CollectionId::new);
    ContentId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ContentId::new);
    ManifestId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ManifestId::new);
    MembershipId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(MembershipId::new);
    ApiKeyId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ApiKeyId::new);
    InvitationId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(InvitationId::new);
    MoveId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(MoveId::new);
    ExportId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ExportId::new);
    RuleId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(RuleId::new);
    FiringId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(FiringId::new);
    DeliveryId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(DeliveryId::new);
    WebhookId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(WebhookId::new);
    ImportId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ImportId::new);
    ReportId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ReportId::new);
    ThreadId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ThreadId::new);
    CommentId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(CommentId::new);
    NotificationId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(NotificationId::new);
    ReportLinkId: |id| Value::Int(id.get()), |value| value.as_i64().ok().map(ReportLinkId::new);
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}
impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}
impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}
impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}
