//! From what AWS's recommendations and consoles call platforms and engines to the operations that bills and price lists have.
//!
//! Words that no list has give none: an operation is never guessed.

use super::databases::ENGINES;
use super::ec2::PLATFORMS;
use super::usage_type::lines;

/// Platforms that recommendations name more shortly than the list. Source: Cost Explorer API, `PLATFORM`.
const SHORT: [(&str, &str); 3] = [("Linux", "Linux/UNIX"), ("RHEL", "Red Hat Enterprise Linux"), ("SUSE", "SUSE Linux")];

/// The operation of the reservations sold for a platform: `RunInstances:0002` for `Windows`. None for what no list has, or no reservations are
/// sold for.
#[must_use]
pub fn operation_of_platform(platform: &str) -> Option<&'static str> {
    let named = platform.trim().trim_end_matches("(Amazon VPC)").trim_end();
    let listed = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(named)).map_or(named, |(_, listed)| listed);
    let mut platforms = lines(PLATFORMS).filter_map(|line| line.split_once(',')?.1.split_once(','));
    platforms.find(|(_, name)| name.eq_ignore_ascii_case(listed)).map(|(sold_as, _)| sold_as).filter(|sold_as| *sold_as != "none")
}

/// The operation of a database engine, by engine, edition and licence as price lists write them: `CreateDBInstance:0005` for Oracle,
/// Enterprise, `Bring your own license`. None for what no list has.
#[must_use]
pub fn operation_of_engine(engine: &str, edition: &str, license_model: &str) -> Option<String> {
    let edition = || edition_of(&letters(edition));
    let byol = letters(license_model) == "bringyourownlicense";
    let included = letters(license_model) == "licenseincluded";
    let wanted = match letters(engine).as_str() {
        "oracle" if byol => format!("Oracle {} BYOL", edition()?),
        "oracle" if included => format!("Oracle {} licence included", edition()?),
        "sqlserver" if byol => format!("SQL Server {} BYOL", edition()?),
        "sqlserver" if included => format!("SQL Server {}", edition()?),
        "db2" if byol => format!("Db2 {} BYOL", edition()?),
        _ => engine.trim().to_owned(),
    };
    let mut engines =
        lines(ENGINES).filter_map(|line| line.split_once(',')).map(|(code, rest)| (code, rest.split(',').next().unwrap_or("")));
    engines.find(|(_, name)| letters(name) == letters(&wanted)).map(|(code, _)| format!("CreateDBInstance:{code}"))
}

fn edition_of(edition: &str) -> Option<&'static str> {
    match edition {
        "enterprise" => Some("EE"),
        "standard" => Some("SE"),
        "standardone" => Some("SE1"),
        "standardtwo" => Some("SE2"),
        "advanced" => Some("AE"),
        "web" => Some("Web"),
        "express" => Some("Express"),
        _ => None,
    }
}

/// A name without what writers differ in: `Aurora PostgreSQL` and `aurora-postgresql` are one.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{operation_of_engine, operation_of_platform};

    #[test]
    fn platforms_are_known_by_their_names() {
        let told = |platform: &str| format!("{platform}: {}", operation_of_platform(platform).unwrap_or("not known"));
        let platforms =
            ["Linux/UNIX", "linux", "Linux/UNIX (Amazon VPC)", "Windows", "Red Hat BYOL Linux", "RHEL", "Ubuntu Pro", "Plan 9", ""];
        insta::assert_snapshot!(platforms.map(told).join("\n"), @"
        Linux/UNIX: RunInstances
        linux: RunInstances
        Linux/UNIX (Amazon VPC): RunInstances
        Windows: RunInstances:0002
        Red Hat BYOL Linux: RunInstances
        RHEL: RunInstances:0010
        Ubuntu Pro: not known
        Plan 9: not known
        : not known
        ");
    }

    #[test]
    fn engines_are_known_by_edition_and_licence() {
        let told = |(engine, edition, licence): (&str, &str, &str)| {
            format!("{engine} {edition} {licence}: {}", operation_of_engine(engine, edition, licence).as_deref().unwrap_or("not known"))
        };
        let engines = [
            ("MySQL", "", "No license required"),
            ("aurora-postgresql", "", ""),
            ("Aurora", "", ""),
            ("Oracle", "Standard Two", "Bring your own license"),
            ("Oracle", "Enterprise", "License included"),
            ("Oracle", "Enterprise", ""),
            ("SQL Server", "Web", "License included"),
            ("SQL Server", "Premium", "License included"),
            ("", "", ""),
        ];
        insta::assert_snapshot!(engines.map(told).join("\n"), @"
        MySQL  No license required: CreateDBInstance:0002
        aurora-postgresql  : CreateDBInstance:0021
        Aurora  : not known
        Oracle Standard Two Bring your own license: CreateDBInstance:0019
        Oracle Enterprise License included: not known
        Oracle Enterprise : not known
        SQL Server Web License included: CreateDBInstance:0011
        SQL Server Premium License included: not known
          : not known
        ");
    }
}
