//! A file that is generated: written, or compared with what would be written.

use std::path::Path;

/// Writes `text` to `file` (a path from the tree's top), or with `--check` compares.
///
/// # Errors
/// What went wrong, or that the file is out of date.
pub(crate) fn write_or_check(file: &str, text: &str, options: &[&str]) -> Result<(), String> {
    let path = top().join(file);
    match options {
        [] => std::fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("{file}: {error}")),
        ["--check"] => match std::fs::read_to_string(&path) {
            Ok(present) if present == text => Ok(()),
            Ok(present) => Err(difference(file, &present, text)),
            Err(error) => Err(format!("{file}: {error}")),
        },
        _ => Err(format!("unknown option: {}", options.join(" "))),
    }
}

/// The tree's top: two above this crate.
pub(crate) fn top() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

fn difference(file: &str, present: &str, wanted: &str) -> String {
    let line = present
        .lines()
        .zip(wanted.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| present.lines().count().min(wanted.lines().count()));
    let show = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    format!(
        "{file} is out of date from line {}:\n  is:     {}\n  should: {}",
        line.saturating_add(1),
        show(present),
        show(wanted)
    )
}
