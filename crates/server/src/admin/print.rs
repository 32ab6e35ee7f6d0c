//! Answers for people: lists as aligned columns, one thing member by member. Machines get JSON as it came.

use serde_json::Value;

use super::table::{Shows, Verb};

/// Members that are secrets and shown this once.
const SHOWN_ONCE: [&str; 2] = ["client_secret", "password"];

/// The answer as indented JSON; nothing where there is none.
pub fn json(answer: &Value) -> String {
    match answer {
        Value::Null => String::new(),
        answer => format!("{answer:#}\n"),
    }
}

/// The answer in the form that the command's line of the table asks for.
pub fn for_people(verb: &Verb, answer: &Value) -> String {
    match verb.shows {
        Shows::List(member, columns) => list(answer[member].as_array().map_or(&[], Vec::as_slice), columns),
        Shows::One => one(answer),
        Shows::Nothing(done) => format!("{done}\n"),
    }
}

fn list(rows: &[Value], columns: &[&str]) -> String {
    if rows.is_empty() {
        return "There are none.\n".to_owned();
    }
    if columns.is_empty() {
        return rows.iter().map(|row| format!("{}\n", cell(row))).collect();
    }
    let head = columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect();
    let mut lines: Vec<Vec<String>> = vec![head];
    lines.extend(rows.iter().map(|row| columns.iter().map(|column| cell(&row[*column])).collect()));
    let width = |place: usize| lines.iter().map(|line| line[place].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let text = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(text).collect()
}

fn one(answer: &Value) -> String {
    let Some(members) = answer.as_object() else { return json(answer) };
    let width = members.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in members {
        text.push_str(&format!("{:<width$}  {}\n", name.replace('_', " "), cell(value)));
        if SHOWN_ONCE.contains(&name.as_str()) {
            text.push_str(&format!("{:<width$}  (shown this once: it is stored hashed)\n", ""));
        }
    }
    text
}

/// One value in a line. Control characters, which could play tricks with a terminal, are written out.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text
            .chars()
            .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
            .collect(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Array(all) if all.is_empty() => "-".to_owned(),
        Value::Array(all) => all.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_aligned_and_plays_no_tricks() {
        let rows = [json!({"id": 1, "name": "A\u{1b}[2J"}), json!({"id": 10, "name": null})];
        assert_eq!(list(&rows, &["id", "name"]), "ID  NAME\n1   A\\u{1b}[2J\n10  -\n");
        assert_eq!(list(&[], &["id"]), "There are none.\n");
    }

    #[test]
    fn one_thing_is_shown_member_by_member_and_a_secret_with_a_warning() {
        let text = one(&json!({"client_id": "c", "client_secret": "s", "roles": [1, 2]}));
        assert!(text.starts_with("client id      c\nclient secret  s\n"), "{text}");
        assert!(text.contains("shown this once") && text.ends_with("roles          1, 2\n"), "{text}");
    }
}
