//! What is looked up at the moment somebody reads it: stores, queues, the disk, jobs, backups, the certificate.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::api::App;
use crate::clock::Timestamp;
use crate::domain::{backup, checkup};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Database {
    database: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Held {
    entity: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobName {
    job: &'static str,
}

#[derive(Default)]
pub(super) struct Gauges {
    stored: Family<Database, Gauge>,
    logs: Family<Database, Gauge>,
    queued: Family<Database, Gauge>,
    stream_room: Gauge,
    disk_free: Gauge,
    disk_total: Gauge,
    disk_level: Gauge,
    storage: Family<Held, Gauge>,
    job_turns: Family<JobName, Counter>,
    job_failures: Family<JobName, Counter>,
    job_good: Family<JobName, Gauge>,
    job_ended: Family<JobName, Gauge>,
    backup_at: Gauge,
    backup_age: Gauge,
    certificate_until: Gauge,
    started: Gauge,
}

impl Gauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        let bytes = || Unit::Bytes;
        registry.register_with_unit("database_size", "A database on the disk, with its log", bytes(), self.stored.clone());
        registry.register_with_unit("database_log", "Its write-ahead log alone", bytes(), self.logs.clone());
        registry.register("database_write_queue", "Changes that wait for the writer of a database", self.queued.clone());
        registry.register_with_unit("stream_room", "Memory that is free for what runs send", bytes(), self.stream_room.clone());
        registry.register_with_unit("disk_free", "Room on the disk of the data", bytes(), self.disk_free.clone());
        registry.register_with_unit("disk_total", "The size of that disk", bytes(), self.disk_total.clone());
        let level = "0: all is taken, 1: room is low, 2: no artifacts, 3: no new runs, 4: read-only";
        registry.register("disk_level", level, self.disk_level.clone());
        let held = "What a team or person has stored, measured every ten minutes";
        registry.register_with_unit("storage", held, bytes(), self.storage.clone());
        registry.register("job_turns", "How often a job was done", self.job_turns.clone());
        registry.register("job_failures", "How often it failed", self.job_failures.clone());
        registry.register("job_good", "Whether its last turn went well", self.job_good.clone());
        registry.register_with_unit("job_ended_timestamp", "When that ended", Unit::Seconds, self.job_ended.clone());
        let made = "The moment of the last backup; 0 if there is none";
        registry.register_with_unit("backup_timestamp", made, Unit::Seconds, self.backup_at.clone());
        let age = "The age of the last backup; -1 if there is none";
        registry.register_with_unit("backup_age", age, Unit::Seconds, self.backup_age.clone());
        let until = "Until when the server's certificate is good; 0 without one";
        registry.register_with_unit("certificate_expiry_timestamp", until, Unit::Seconds, self.certificate_until.clone());
        registry.register_with_unit("start_timestamp", "When this server started", Unit::Seconds, self.started.clone());
    }

    /// Looks everything up. What cannot be found out keeps its last value.
    pub(super) fn refresh(&self, app: &App) {
        let set = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        for (database, db) in [("runstead", &app.db), ("history", &app.history)] {
            let label = Database { database };
            set(&self.stored.get_or_create(&label), db.bytes_on_disk());
            set(&self.logs.get_or_create(&label), db.bytes_of_log());
            set(&self.queued.get_or_create(&label), db.queued() as u64);
        }
        set(&self.stream_room, app.admission.free_bytes());
        if let Ok((space, level)) = app.disk.look() {
            set(&self.disk_free, space.free_bytes);
            set(&self.disk_total, space.total_bytes);
            self.disk_level.set(level as i64);
        }
        if let Some(storage) = app.storage() {
            // Who is gone has no row any more.
            self.storage.clear();
            for entity in &storage.entities {
                let usage = entity.usage;
                for (kind, bytes) in [("files", usage.run_files), ("artifacts", usage.artifacts), ("history", usage.history)] {
                    set(&self.storage.get_or_create(&Held { entity: entity.entity.clone(), kind }), bytes);
                }
            }
        }
        for job in app.jobs.all() {
            let (told, label) = (job.told(), JobName { job: job.name });
            self.job_turns.get_or_create(&label).inner().store(told.turns, std::sync::atomic::Ordering::Relaxed);
            self.job_failures.get_or_create(&label).inner().store(told.failures, std::sync::atomic::Ordering::Relaxed);
            self.job_good.get_or_create(&label).set(i64::from(told.last_error.is_none()));
            self.job_ended.get_or_create(&label).set(told.last_ended.map_or(0, seconds));
        }
        let now = app.clock.now();
        let last = backup::last(&app.subject.data).ok().flatten().and_then(|last| Timestamp::parse(&last.created_at));
        self.backup_at.set(last.map_or(0, seconds));
        self.backup_age.set(last.map_or(-1, |at| seconds(now) - seconds(at)));
        let certificate = app.subject.tls.as_ref().and_then(|(certificate, _)| checkup::expiry(certificate).ok());
        self.certificate_until.set(certificate.map_or(0, seconds));
        self.started.set(seconds(app.started));
    }
}

fn seconds(moment: Timestamp) -> i64 {
    moment.micros() / 1_000_000
}
