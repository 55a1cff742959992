//! The commands that the documents show are commands that there are: each is given to the parser of the command line, and nothing is run.
//!
//! What a person fills in (`ORDER`, `tnr_…`, `$payer`) stands as it is: such a value may be of no use, and everything else has to be.

use crate::args::Arguments;
use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};
use std::iter::Peekable;
use std::str::Chars;

/// The documents that show commands.
const PAGES: [(&str, &str); 4] = [
    ("README.md", include_str!("../../../README.md")),
    ("docs/ledger.md", include_str!("../../../docs/ledger.md")),
    ("docs/operations.md", include_str!("../../../docs/operations.md")),
    ("docs/orders.md", include_str!("../../../docs/orders.md")),
];

/// What begins as a command does and is none: the first line of a ledger's bytes.
const FORMAT: &str = "tenor ledger 1";
/// What stands for words that were left out.
const LEFT_OUT: &str = "…";
/// What stands for the output of another command.
const OUTPUT: &str = "OUTPUT";

/// A command as a document shows it.
struct Shown {
    words: Vec<String>,
    /// Whether it stands within a sentence, where a name alone tells which command is meant.
    is_within_text: bool,
}

#[test]
fn every_command_in_the_documents_is_one() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (page, text) in PAGES {
        for shown in shown(text) {
            count += 1;
            wrong.extend(fault(&shown).map(|why| format!("{page}: {}: {why}", shown.words.join(" "))));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(count > 100, "{count}");
}

#[test]
fn what_is_no_command_is_found() {
    let told =
        |text: &str| shown(text).iter().map(|shown| fault(shown).unwrap_or_else(|| "well".to_owned())).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told("```sh\ntenor stop && tenor stop --reason x; tenor costs   # tenor cost\ntenor cost --buy service | tenor export --to x.csv\n```\n"), @"
    the following required arguments were not provided:
    well
    unrecognized subcommand 'costs'
    unexpected argument '--buy' found
    well
    ");
    let quoted = "```sh\nx=$(tenor --format csv \\\n  sandbox keys | cut -d, -f1)\ntenor export --to \"$(tenor sandbox times).csv\" # `tenor costs`\n```\n";
    insta::assert_snapshot!(told(quoted), @"
    well
    unrecognized subcommand 'times'
    well
    ");
    insta::assert_snapshot!(told("```sh\ntenor cost --granularity GRANULARITY\ntenor cost --granularity 'week ly'\n```\n"), @"
    well
    invalid value 'week ly' for '--granularity <GRANULARITY>'
    ");
    // A name alone is enough within a sentence, and so is an option's.
    assert_eq!(told("say `tenor user role`, `tenor serve --public-url` or `tenor order run ORDER`\n"), "well\nwell\nwell");
    assert!(told("say `tenor order run ORDER --lively`\n").contains("unexpected argument '--lively' found"));
}

/// All that a page shows, in its order.
fn shown(text: &str) -> Vec<Shown> {
    let (mut all, mut fence, mut block) = (Vec::new(), None, String::new());
    let mut take = |text: &str, is_within_text: bool| {
        let mut found = Vec::new();
        commands(&mut text.chars().peekable(), false, &mut found);
        all.extend(found.iter().filter_map(|words| of_tenor(words)).map(|words| Shown { words, is_within_text }));
    };
    for line in text.lines() {
        match (fence, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => fence = Some(language),
            (Some(language), Some(_)) => {
                if language == "sh" {
                    take(&block, false);
                }
                block.clear();
                fence = None;
            }
            (Some(_), None) => {
                block.push_str(line);
                block.push('\n');
            }
            // Every other piece between backticks is code.
            (None, None) => line
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|code| code.starts_with("tenor ") && *code != FORMAT)
                .for_each(|code| take(code, true)),
        }
    }
    all
}

/// The words of each command, as a shell takes them apart; one whose output another takes comes before it.
fn commands(text: &mut Peekable<Chars<'_>>, is_inner: bool, found: &mut Vec<Vec<String>>) {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (Vec::new(), None, None);
    while let Some(letter) = text.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None | Some('"'), '$') if text.peek() == Some(&'(') => {
                text.next();
                commands(text, true, found);
                word.get_or_insert_default().push_str(OUTPUT);
            }
            (Some(_), _) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ')') if is_inner => break,
            (None, '\\') if text.peek() == Some(&'\n') => {
                text.next();
            }
            (None, '#') if word.is_none() => while text.next_if(|letter| *letter != '\n').is_some() {},
            (None, '&' | '|' | ';' | '<' | '>' | '\n') => {
                words.extend(word.take());
                found.push(std::mem::take(&mut words));
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word.take());
    found.push(words);
}

/// The words of a command of ours, its name first; whoever runs it, and where, left out.
fn of_tenor(words: &[String]) -> Option<Vec<String>> {
    let mut rest = words;
    for before in [&["sudo", "-u", "tenor"][..], &["docker", "exec", "CONTAINER"][..]] {
        if rest.iter().take(before.len()).eq(before) {
            rest = &rest[before.len()..];
        }
    }
    let is_variable = |word: &&String| word.contains('=') && !word.starts_with('-');
    let rest = &rest[rest.iter().take_while(is_variable).count()..];
    let (name, arguments) = rest.split_first()?;
    let is_ours = ["tenor", "/tenor"].contains(&name.as_str());
    is_ours.then(|| std::iter::once("tenor".to_owned()).chain(arguments.iter().cloned()).collect())
}

/// Why it is no command; nothing where it is one.
fn fault(shown: &Shown) -> Option<String> {
    let is_cut = shown.words.iter().any(|word| word == LEFT_OUT);
    let words: Vec<&String> = shown.words.iter().filter(|word| *word != LEFT_OUT).collect();
    let of_any_value = any_value(Arguments::command());
    let names_alone = shown.is_within_text && names_a_command(&Arguments::command(), &words);
    let first = |error: &clap::Error| error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    if let Err(error) = of_any_value.try_get_matches_from(&words) {
        let is_option_named = shown.is_within_text && words.last().is_some_and(|word| word.starts_with("--"));
        return match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
            ErrorKind::MissingRequiredArgument if is_cut || names_alone || is_option_named => None,
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if is_cut || names_alone => None,
            ErrorKind::InvalidValue if is_option_named => None,
            _ => Some(first(&error)),
        };
    }
    let error = Arguments::command().try_get_matches_from(&words).err()?;
    let is_filled_in = match (error.kind(), error.get(ContextKind::InvalidValue)) {
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(ContextValue::String(value))) => is_filled_in(value),
        _ => false,
    };
    (!is_filled_in).then(|| first(&error))
}

/// Whether a person puts something else in its place.
fn is_filled_in(value: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    value.contains(LEFT_OUT) || value.contains('$') || value.chars().all(is_name)
}

/// Whether the words are the names of a command and those that it is under, and nothing else.
fn names_a_command(command: &Command, words: &[&String]) -> bool {
    let mut at = Some(command);
    for word in words.iter().skip(1) {
        at = at.and_then(|command| command.find_subcommand(word));
    }
    at.is_some()
}

/// The same commands and options, whatever their values.
fn any_value(command: Command) -> Command {
    let any = |argument: clap::Arg| {
        let takes_values = argument.get_action().takes_values();
        if takes_values { argument.value_parser(ValueParser::string()) } else { argument }
    };
    command.mut_args(any).mut_subcommands(any_value)
}
