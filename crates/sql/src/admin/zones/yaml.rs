//! The little of YAML that zone configurations are written in: mappings as blocks and in braces, scalars, lists in brackets.

use std::collections::BTreeSet;

/// The scalars and lists of a text, by their keys joined with points.
///
/// # Errors
/// What is wrong, for a person; anchors, tags, block lists and texts over several lines count as wrong.
pub(super) fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    match text.trim().starts_with('{') {
        true => flow(text.trim(), "", &mut pairs)?,
        false => block(text, &mut pairs)?,
    }
    let mut seen = BTreeSet::new();
    match pairs.iter().find(|(key, _)| !seen.insert(key)) {
        Some((key, _)) => Err(format!("key {key} is given twice")),
        None => Ok(pairs),
    }
}

fn block(text: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    // The mapping whose lines are read, and how far its key is indented.
    let mut parent: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = without_comment(line);
        let content = line.trim();
        if content.is_empty() || content == "---" {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        if parent.as_ref().is_some_and(|(outer, _)| indent <= *outer) {
            parent = None;
        }
        if parent.is_none() && indent > 0 {
            return Err(format!("line {number}: not expected to be indented"));
        }
        let (key, value) = pair(content).map_err(|problem| format!("line {number}: {problem}"))?;
        let name = match &parent {
            Some((_, outer)) => format!("{outer}.{key}"),
            None => key.to_owned(),
        };
        if value.is_empty() && parent.is_none() {
            parent = Some((indent, name));
        } else if value.is_empty() {
            return Err(format!("line {number}: {name} has no value"));
        } else {
            add(name, value, pairs)?;
        }
    }
    Ok(())
}

/// `{a: 1, b: {c: 2}}`
fn flow(text: &str, prefix: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .ok_or_else(|| format!("a brace is not closed in {text}"))?;
    for item in items(inner)? {
        let (key, value) = pair(item)?;
        let name = match prefix {
            "" => key.to_owned(),
            _ => format!("{prefix}.{key}"),
        };
        add(name, value, pairs)?;
    }
    Ok(())
}

fn add(name: String, value: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    if value.starts_with('{') {
        return flow(value, &name, pairs);
    }
    if value.starts_with('[') && !value.ends_with(']') {
        return Err(format!("a bracket is not closed in {value}"));
    }
    if value.starts_with(['&', '*', '!', '|', '>', '@', '`']) {
        return Err(format!("{name}: {value} is not understood"));
    }
    let bare = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    pairs.push((name, bare.unwrap_or(value).to_owned()));
    Ok(())
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    let (key, value) = text
        .split_once(':')
        .ok_or_else(|| format!("{text:?} is not of the form key: value"))?;
    let (key, value) = (key.trim(), value.trim());
    let named = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    match named {
        true => Ok((key, value)),
        false => Err(format!("{key:?} is no key")),
    }
}

/// Cuts at the commas that stand in no bracket.
fn items(text: &str) -> Result<Vec<&str>, String> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (place, character) in text.char_indices() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text.get(start..place).unwrap_or_default().trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(format!("a bracket is not closed in {text}"));
    }
    let last = text.get(start..).unwrap_or_default().trim();
    if !last.is_empty() {
        items.push(last);
    }
    Ok(items)
}

/// A `#` begins a comment at the start of a line and after a blank.
fn without_comment(line: &str) -> &str {
    let comment = line
        .char_indices()
        .find(|(place, c)| {
            let before = line.get(..*place).unwrap_or_default();
            *c == '#' && (before.is_empty() || before.ends_with(' '))
        })
        .map(|(place, _)| place);
    comment.and_then(|place| line.get(..place)).unwrap_or(line)
}

#[cfg(test)]
mod tests;
