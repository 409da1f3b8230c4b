//! What is known of single public roots, from `assets/root-policy.toml`.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, de};

use super::finding::Finding;
use crate::{digest::Sha256, error::Error};

/// Facts about public roots that a PEM file cannot carry: who is denied, distrusted after a date, or constrained.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    version: String,
    entries: BTreeMap<Sha256, Entry>,
}

impl Policy {
    /// The policy compiled into the program.
    pub(super) fn builtin() -> Result<Self, Error> {
        let file: File = toml::from_str(TEXT)
            .map_err(|error| Error::unable("the built-in root policy is damaged").because(error))?;
        Ok(Self {
            version: file.version,
            entries: file
                .root
                .into_iter()
                .map(|entry| (entry.sha256, entry))
                .collect(),
        })
    }

    /// The day on which the policy was last compared with its sources, as `2026-11-24`.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// What the policy says of a certificate as of a moment.
    pub(super) fn find(&self, sha256: Sha256, as_of: Timestamp) -> Vec<Finding> {
        self.entries
            .get(&sha256)
            .map_or_else(Vec::new, |entry| entry.find(as_of))
    }
}

/// The file, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    root: Vec<Entry>,
}

/// What is known of one root. The name and the sources in the file are for its readers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Entry {
    #[serde(deserialize_with = "parse")]
    sha256: Sha256,
    deny: Option<String>,
    #[serde(default, deserialize_with = "parse_some")]
    distrust_after: Option<Timestamp>,
    constraint: Option<String>,
}

impl Entry {
    fn find(&self, as_of: Timestamp) -> Vec<Finding> {
        let denied = self.deny.clone().map(Finding::Denied);
        let constrained = self.constraint.clone().map(Finding::Constrained);
        let distrusted = self.distrust_after.map(|after| {
            if as_of.duration_since(after) > LONGEST_VALIDITY {
                Finding::Distrusted(after)
            } else {
                Finding::DistrustAfter(after)
            }
        });
        [denied, constrained, distrusted]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn parse<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(de::Error::custom)
}

fn parse_some<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    parse(deserializer).map(Some)
}

/// No public server certificate is valid for longer (CA/Browser Forum Baseline Requirements 6.3.2, since 2020-09-01).
const LONGEST_VALIDITY: SignedDuration = SignedDuration::from_hours(398 * 24);

const TEXT: &str = include_str!("../../assets/root-policy.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_distrusted_when_the_last_of_its_certificates_has_run_out() {
        let izenpe: Sha256 = "2530cc8e98321502bad96f9b1fba1b099e2d299e0f4548bb914f363bc0d4531f"
            .parse()
            .unwrap();
        let policy = Policy::builtin().unwrap();
        let after = "2026-04-15T23:59:59Z".parse().unwrap();
        for (as_of, finding) in [
            ("2026-01-01T00:00:00Z", Finding::DistrustAfter(after)),
            ("2027-05-18T23:59:59Z", Finding::DistrustAfter(after)),
            ("2027-05-19T00:00:00Z", Finding::Distrusted(after)),
        ] {
            assert_eq!(
                policy.find(izenpe, as_of.parse().unwrap()),
                [finding],
                "{as_of}"
            );
        }
        assert_eq!(policy.find(Sha256::of(b""), after), []);
    }

    #[test]
    fn every_entry_says_one_thing_and_names_its_sources() {
        let policy = Policy::builtin().unwrap();
        let file: toml::Table = toml::from_str(TEXT).unwrap();
        let entries = file["root"].as_array().unwrap();
        assert_eq!(policy.entries.len(), entries.len());
        for (known, written) in policy.entries.values().zip(entries) {
            assert_eq!(known.find(Timestamp::MIN).len(), 1, "{known:?}");
            let fields: Vec<&str> = written
                .as_table()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert!(fields.contains(&"name"), "{written:?}");
            let sources = written["sources"].as_array().unwrap();
            assert!(!sources.is_empty(), "{written:?}");
            assert!(
                sources
                    .iter()
                    .all(|url| url.as_str().unwrap().starts_with("https://"))
            );
        }
        let day: jiff::civil::Date = policy.version().parse().unwrap();
        assert_eq!(day.to_string(), policy.version());
    }
}
