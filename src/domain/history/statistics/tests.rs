//! Statistics of random lines: counted in any way, in parts, as bytes and back, they say the same.

use proptest::prelude::*;

use super::super::model::Stream;
use super::super::row::Row;
use super::*;

fn of_lines(lines: &[String]) -> Statistics {
    of_lines_from(0, lines)
}
fn of_lines_from(first_line: i64, lines: &[String]) -> Statistics {
    let mut counter = Counter::new(Stream::History);
    for (number, line) in (first_line..).zip(lines) {
        counter.line(number, line).unwrap();
    }
    counter.finish()
}
fn shown(statistics: &Statistics) -> String {
    // NaN is not equal to itself, so the texts are compared.
    format!("{statistics:?}")
}
fn value() -> impl Strategy<Value = String> {
    let known = ["NaN", "Infinity", "-Infinity", "null", "true", "\"x\"", "[1]", "-0.0", "12345678901234567890123"];
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| Json::Float(number).to_text()),
        prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        Just(r#"{"_type":"image-file"}"#.to_owned()),
    ]
}
fn lines() -> impl Strategy<Value = Vec<String>> {
    let row = (value(), prop::option::of(value())).prop_map(|(a, b)| {
        let b = b.map(|b| format!(r#","b":{{"c":{b}}}"#)).unwrap_or_default();
        format!(r#"{{"a":{a}{b}}}"#)
    });
    prop::collection::vec(row, 1..20)
}
/// Lines as nobody should send them, too: names twice, members in members, what is no JSON.
fn members() -> impl Strategy<Value = String> {
    let names = ["_step", "_timestamp", "loss", "a", "a.b", "\\u0061", "b c"];
    let odd = ["[]", "{}", r#"{"b":1}"#, r#"{"b":{"c":NaN}}"#, "\"\\n\"", "1e999", "-NaN", "01", "1.", "7", "-3", "2.0", ""];
    let cell = prop_oneof![4 => value(), 2 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned)];
    let member = (prop::sample::select(names.to_vec()), cell).prop_map(|(name, cell)| format!("\"{name}\":{cell}"));
    let regular = (value(), value()).prop_map(|(a, loss)| format!(r#"{{"a":{a}, "loss":{loss},"_step":5}}"#));
    let any_members = prop::collection::vec(member, 0..5).prop_map(|all| format!(" {{{}}}", all.join(",")));
    prop_oneof![3 => regular, 3 => any_members, 1 => Just("[1]".to_owned()), 1 => Just("{\"a\":1} x".to_owned())]
}

proptest! {
    #[test]
    fn bytes_say_what_was_counted(lines in lines()) {
        let counted = of_lines(&lines);
        let bytes = to_bytes(&counted).unwrap();
        prop_assert_eq!(shown(&from_bytes(&bytes).unwrap()), shown(&counted));
        for cut in 1..bytes.len() {
            // Whole keys may be missing at the end, but nothing is read that was not written.
            if let Ok(some) = from_bytes(&bytes[..cut]) {
                prop_assert!(some.len() < counted.len());
            }
        }
    }

    /// Lines that are read without making anything of them say what they do when each is parsed whole.
    #[test]
    fn plain_lines_are_counted_as_any(rows in prop::collection::vec(members(), 1..12), is_events in any::<bool>()) {
        let stream = if is_events { Stream::Events } else { Stream::History };
        let (mut lines, mut whole) = (Counter::new(stream), Counter::new(stream));
        for (number, line) in (3..).zip(&rows) {
            let found = lines.line(number, line);
            let row = Row::parse(line);
            prop_assert_eq!(found.as_ref().map_err(|error| error.to_string()).err(), row.as_ref().map_err(|error| error.to_string()).err());
            if let Ok(row) = row {
                let step = row.step(stream, number);
                prop_assert_eq!(found.unwrap(), step);
                whole.row(step, &row);
            }
        }
        prop_assert_eq!(shown(&lines.finish()), shown(&whole.finish()));
    }

    #[test]
    fn parts_join_to_what_the_whole_says(lines in lines(), cut in 0..20_usize) {
        let cut = cut.min(lines.len());
        let (before, after) = lines.split_at(cut);
        let mut joined = of_lines(before);
        join(&mut joined, of_lines_from(cut as i64, after));
        let mut whole = of_lines(&lines);
        // Only parts need it.
        whole.values_mut().chain(joined.values_mut()).for_each(|one| one.first = None);
        prop_assert_eq!(shown(&joined), shown(&whole));
    }
}

#[test]
fn many_keys_are_compressed_and_come_back() {
    let cells: Vec<String> = (0..1000).map(|key| format!(r#""metric/{key}":{key}"#)).collect();
    let counted = of_lines(&[format!("{{{}}}", cells.join(","))]);
    let bytes = to_bytes(&counted).unwrap();
    assert!(bytes[0] == bytes::COMPRESSED && bytes.len() < 12_000, "{} bytes", bytes.len());
    assert_eq!(from_bytes(&bytes).unwrap(), counted);
}
