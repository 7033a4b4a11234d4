//! `include/sealwire.h`: declarations and their comments from `ffi-c/src`, error numbers from the
//! core's table, the essay from `ffi-c/header/essay.txt` with the quick start in it.
//!
//! Decides the order of the header, its sections and that it is plain ASCII: compilers for small
//! devices trip over more.

use std::fmt::Write as _;
use std::fs;

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};
use sealwire::Error;

use crate::generated::{top, write_or_check};

/// The files of `ffi-c/src` with something for C, in the header's order, and what each is about.
const SECTIONS: [(&str, &str); 21] = [
    ("version", "Versions"),
    ("errors", "Statuses"),
    ("time", "Time"),
    ("id", "Module IDs"),
    ("entropy", "Randomness"),
    ("keys", "Making keys"),
    ("wipe", "Wiping"),
    ("context", "Contexts"),
    ("engine", "Engines"),
    ("agreement", "Key agreement"),
    ("signer", "Signers"),
    ("sealer", "Sealers"),
    ("seal", "Sealing"),
    ("policy", "Policies"),
    ("requirement", "Requirements"),
    ("validator", "Validators"),
    ("host", "The fastest P-256 of a server"),
    ("register", "Who is known"),
    ("result", "Results"),
    ("validate", "Validating"),
    ("check", "Checking and admitting apart"),
];
const LAST_SECTIONS: [(&str, &str); 20] = [
    ("access/message", "Access: messages"),
    ("access/credential", "Access: credentials"),
    ("access/session", "Sessions"),
    ("access/exchange", "Access: who asks"),
    ("access/held", "Sessions that a module holds"),
    ("access/clock", "Time from a grant"),
    ("access/granter", "Access: who grants"),
    ("access/registry", "Access: who may ask"),
    ("access/granting", "Access: challenge, grant, sending"),
    ("access/tokens", "Session tokens"),
    ("x509/given", "Certificates: chains, times, revocation"),
    ("x509/trust", "Certificates: whom to trust, and how far"),
    ("x509/checked", "Certificates: chains that were checked"),
    ("x509/list", "Certificates: revocation lists"),
    ("x509/request", "Certificates: requests"),
    ("x509/granting", "Certificates: access"),
    ("burst", "Bursts"),
    ("audit", "Audit"),
    ("stream", "Byte streams"),
    ("inspect", "Looking without believing"),
];

/// What no ASCII compiler reads, or reads otherwise, and what stands for it.
const PLAIN: [(&str, &str); 9] = [
    ("‖", "||"),
    ("…", "..."),
    ("×", "*"),
    ("µ", "u"),
    ("§", "section "),
    ("≤", "<="),
    ("–", "-"),
    // What a macro's value needs to be of the right type, or one operand.
    (" 2781058791\n", " 2781058791u\n"),
    (" -1\n", " (-1)\n"),
];

/// Writes or checks the header.
///
/// # Errors
/// What cbindgen says, or as [`write_or_check`].
pub(crate) fn run(options: &[&str]) -> Result<(), String> {
    let sections: Vec<_> = SECTIONS.iter().chain(&LAST_SECTIONS).copied().collect();
    let mut builder = Builder::new().with_config(config()?);
    for (file, _) in &sections {
        builder = builder.with_src(top().join(format!("ffi-c/src/{file}.rs")));
    }
    let mut text = Vec::new();
    builder.generate().map_err(|error| error.to_string())?.write(&mut text);
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    let text = plain(&with_sections(&text, &sections)?)?;
    write_or_check("include/sealwire.h", &text, options)
}

fn config() -> Result<Config, String> {
    let mut config = Config {
        language: Language::C,
        cpp_compat: true,
        style: Style::Both,
        include_guard: Some("SEALWIRE_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        header: Some(essay()?),
        after_includes: Some(macros()?),
        documentation_style: DocumentationStyle::Doxy,
        usize_is_size_t: true,
        line_length: 96,
        tab_width: 4,
        ..Config::default()
    };
    config.function.must_use = Some("SEALWIRE_NODISCARD".to_owned());
    Ok(config)
}

/// The comment at the top.
fn essay() -> Result<String, String> {
    let essay = read("ffi-c/header/essay.txt")?;
    let mut comment = String::from("/*\n");
    for line in essay.lines() {
        if let Some(file) = line.strip_prefix("@quick start ") {
            for line in quick_start(file)? {
                push_line(&mut comment, &line);
            }
        } else {
            push_line(&mut comment, line);
        }
    }
    comment.push_str(" */");
    Ok(comment)
}

fn push_line(comment: &mut String, line: &str) {
    let space = if line.is_empty() { "" } else { " " };
    // Writing to a string doesn't fail.
    let _ = writeln!(comment, " *{space}{line}");
}

/// The lines of an example between its two marks, so that what the essay shows is what is tested.
fn quick_start(file: &str) -> Result<Vec<String>, String> {
    let example = read(file)?;
    let shown: Vec<String> = example
        .lines()
        .skip_while(|line| !line.contains("[essay]"))
        .skip(1)
        .take_while(|line| !line.contains("[/essay]"))
        .map(|line| format!("   {line}").trim_end().to_owned())
        .collect();
    if shown.is_empty() || shown.iter().any(|line| line.contains("*/")) {
        return Err(format!("{file}: no marks, or a comment that would end the essay's"));
    }
    Ok(shown)
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(top().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// Error numbers, and what cbindgen can't see: macros.
fn macros() -> Result<String, String> {
    let mut text = read("ffi-c/header/macros.h")?;
    text.push_str("\n/* Errors. A paragraph on each: docs/refusals.md. */\n");
    for error in Error::ALL {
        let sentence = format!("{} ({})", error.sentence(), error.class().name());
        let _ = writeln!(text, "/** {} */", wrapped(&sentence));
        let _ = writeln!(text, "#define SEALWIRE_ERR_{} {}", error.name(), error.number());
    }
    Ok(text)
}

/// A comment's text in lines of at most 96 characters.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    let mut column = 4_usize;
    for word in text.split(' ') {
        column = column.saturating_add(word.len()).saturating_add(1);
        if column > 96 && !wrapped.is_empty() {
            wrapped.push_str("\n *  ");
            column = word.len().saturating_add(5);
        } else if !wrapped.is_empty() {
            wrapped.push(' ');
        }
        wrapped.push_str(word);
    }
    wrapped
}

/// The header with a heading before the first function of each section.
fn with_sections(header: &str, sections: &[(&str, &str)]) -> Result<String, String> {
    let mut lines: Vec<String> = header.lines().map(str::to_owned).collect();
    for (file, title) in sections {
        let source = read(&format!("ffi-c/src/{file}.rs"))?;
        let names = source.split("extern \"C\" fn ").filter_map(|rest| rest.split_once('('));
        let functions = names.map(|(name, _)| name).filter(|name| name.starts_with("sealwire_"));
        let declared = functions.map(|name| {
            lines
                .iter()
                .position(|line| declares(line, name))
                .ok_or_else(|| format!("{file}.rs: {name} is not in the header"))
        });
        let Some(first) = declared.collect::<Result<Vec<_>, _>>()?.into_iter().min() else {
            continue;
        };
        let before = lines.iter().take(first);
        let comment = before.rev().position(|line| line.starts_with("/**"));
        let back = comment.ok_or_else(|| format!("{file}.rs: no comment"))?.saturating_add(1);
        lines.insert(first.saturating_sub(back), format!("/* ---- {title} ---- */\n"));
    }
    Ok(lines.join("\n") + "\n")
}

/// Whether the line is the beginning of the declaration of `function`.
fn declares(line: &str, function: &str) -> bool {
    let (before, _) = line.split_once(&format!("{function}(")).unwrap_or_default();
    before.ends_with([' ', '*']) && !before.starts_with(' ')
}

fn plain(text: &str) -> Result<String, String> {
    let text = PLAIN.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    match text.lines().find(|line| !line.is_ascii()) {
        Some(line) => Err(format!("not ASCII, and not in the list of header.rs: {line}")),
        None => Ok(text),
    }
}
