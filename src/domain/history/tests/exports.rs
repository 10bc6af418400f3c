//! What is given out as files.

use std::fs::File;

use super::super::export::{Exports, export, exports};
use super::super::segment::Segment;
use super::*;

impl Store {
    pub(super) fn exports(&self, keys: &[&str]) -> Exports {
        let (segments, keys) = (self.segments.clone(), lines(keys));
        self.read(move |db| exports(db, &segments, RUN, &keys))
    }
    /// The rows of its files, if it has some.
    pub(super) fn exported(&self) -> Option<Vec<String>> {
        let Exports::Files(files) = self.exports(&[]) else { return None };
        let segments = self.segments.clone();
        self.read(move |db| {
            let mut rows = Vec::new();
            for file in files {
                let segment = segments.open(&store::segment_key(db, file)?)?;
                for group in 0..segment.groups() {
                    rows.extend(segment.lines(group, |_| true, None)?);
                }
            }
            Ok(Some(rows))
        })
    }
    /// All rows as the one file has them.
    fn whole(&self) -> Vec<String> {
        let (segments, path) = (self.segments.clone(), self.folder.path().join("whole.parquet"));
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path).unwrap();
        self.read(move |db| export(db, &segments, RUN, &file));
        let segment = Segment::open(File::open(path).unwrap()).unwrap();
        (0..segment.groups()).flat_map(|group| segment.lines(group, |_| true, None).unwrap()).collect()
    }
}

#[test]
fn files_are_listed_as_long_as_they_say_what_the_rows_do() {
    let store = Store::new();
    let sent = numbered_rows(15);
    store.append(Stream::History, "", 0, &sent[..10]);
    assert_eq!(store.exported(), None);
    store.seal(RUN);
    assert_eq!(store.exported(), Some(sent[..10].to_vec()));
    store.append(Stream::History, "", 10, &sent[10..]);
    let Exports::Rows(live) = store.exports(&["loss"]) else { panic!("its last rows lie in no file") };
    assert_eq!((live.len(), live[14].len()), (15, 2));
    store.seal(RUN);
    assert_eq!(store.exported(), Some(sent));
    // A file that is only in part the run's is none of its.
    store.truncate(5);
    assert_eq!(store.exported(), None);
}

#[test]
fn rows_that_columns_do_not_say_have_no_files() {
    let sealed = |writers: &[&str], rows: &[&str]| {
        let store = Store::new();
        writers.iter().for_each(|writer| store.append(Stream::History, writer, 0, &lines(rows)));
        store.seal(RUN);
        store.exported()
    };
    assert!(sealed(&[""], &[r#"{"_step":1,"a":1}"#, r#"{"_step":1,"a":0.5}"#]).is_some());
    for row in [r#"{"_step":1,"a":{"b":1}}"#, r#"{"_step":1,"a":null}"#, r#"{"_step":1,"a":[1]}"#, r#"{"a":1}"#] {
        assert_eq!(sealed(&[""], &[row, row]), None, "{row}");
    }
    assert_eq!(sealed(&[""], &[r#"{"_step":1,"a":1}"#, r#"{"_step":2}"#]), None, "a key is missing");
    assert_eq!(sealed(&[""], &[r#"{"_step":2}"#, r#"{"_step":1}"#]), None, "a step falls");
    assert_eq!(sealed(&["one", "two"], &[r#"{"_step":1}"#]), None, "two writers");
}

#[test]
fn one_file_has_every_row_by_step() {
    let store = Store::new();
    assert_eq!(store.whole(), lines(&[]));
    store.append(Stream::History, "", 0, &numbered_rows(11));
    store.seal(RUN);
    // Beside what is sealed: a row that steps back, one that nests, one of another type.
    let late = [r#"{"_step":3,"late":true}"#, r#"{"_step":20,"n":{"a":[1,null]}}"#, r#"{"_step":21,"loss":"high"}"#];
    store.append(Stream::History, "", 11, &lines(&late));
    assert_eq!(all_plain(&store.whole()), all_plain(&store.rows(RowRange::default())));
}
