//! `bundle roots`: which root certificates a bundle would hold, and what is to be known of each.
//!
//! The steps are those of the main job as far as certificates go, so that what is listed is what would be written.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde::Serialize;

use crate::{
    cli::RootsRequest,
    digest::Sha256,
    error::Error,
    json,
    lock::{Lock, day_of},
    notice::{Level, Notice},
    report::{Detail, DroppedReport},
    roots::{PRUNED, Root},
    run::{Environment, check_roots, roots_origin},
    source::{CaSource, Certificates},
    text::escape,
};

/// Lists the roots that a bundle would hold. Nothing is written.
///
/// They come from the lock's source if there is a lock and no other source is asked for, else from the newest there is.
///
/// # Errors
///
/// Those of getting and checking certificates; a selector that matches nothing.
pub fn list_roots(request: &RootsRequest, environment: &Environment) -> Result<RootList, Error> {
    let mut notices = Vec::new();
    let (certificates, as_of) = get_certificates(request, environment, &mut notices)?;
    let mut choice = request.roots.clone();
    choice.ca.extend(request.selectors.iter().cloned());
    let roots = check_roots(&certificates, choice.choice(), &choice.extra_ca, as_of)?;
    // Who lists a part has asked for no more.
    let told = roots.notices.iter().filter(|notice| notice.code != PRUNED);
    notices.extend(told.cloned());
    notices.extend(roots.expiring(environment.now));
    notices.extend(roots.unborn(as_of));
    notices.sort();
    Ok(RootList {
        version: 1,
        origin: roots_origin(&certificates),
        as_of: as_of.to_string(),
        policy: roots.policy.clone(),
        count: roots.kept.len(),
        kept: roots.kept.iter().map(RootEntry::of).collect(),
        dropped: roots.dropped.iter().map(DroppedReport::of).collect(),
        notices,
        pem: roots.to_pem(),
    })
}

/// Gets certificates, and the day as of which they are judged.
fn get_certificates(
    request: &RootsRequest,
    environment: &Environment,
    notices: &mut Vec<Notice>,
) -> Result<(Certificates, Date), Error> {
    let fetcher = environment.fetcher(request.tls_ca.as_deref(), request.offline);
    let today = day_of(environment.now);
    let asked = request.ca_source.as_ref();
    let lock = Lock::read(&request.lock)?
        .filter(|lock| asked.is_none_or(|asked| asked.made(&lock.ca.pin)));
    if let Some(lock) = lock {
        notices.extend(lock.age_notice(&request.lock, today));
        let certificates = fetcher.pinned_certificates(&lock.ca.pin, notices)?;
        Ok((certificates, lock.ca.as_of))
    } else {
        let source = asked.cloned().unwrap_or_else(CaSource::curl);
        let certificates = fetcher.newest_certificates_or_builtin(&source, notices)?;
        Ok((certificates, today))
    }
}

/// Root certificates, and what is to be known of them. The README documents its JSON.
#[derive(Clone, Debug, Serialize)]
pub struct RootList {
    version: u8,
    origin: String,
    as_of: String,
    policy: String,
    count: usize,
    kept: Vec<RootEntry>,
    dropped: Vec<DroppedReport>,
    notices: Vec<Notice>,
    #[serde(skip)]
    pem: String,
}

#[derive(Clone, Debug, Serialize)]
struct RootEntry {
    name: String,
    owner: Option<String>,
    key: String,
    not_before: String,
    not_after: String,
    sha256: Sha256,
    extra: bool,
    findings: Vec<FindingEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct FindingEntry {
    /// Null for what many good roots have.
    level: Option<Level>,
    code: &'static str,
    message: String,
}

impl RootList {
    /// The notices, warnings first.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The list as JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::encode(self)
    }

    /// The roots as a bundle would hold them.
    #[must_use]
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// The list for people: the roots of each owner, by name, then what was left out.
    #[must_use]
    pub fn to_text(&self, detail: Detail) -> String {
        let mut text = format!(
            "{} root{} from {}, as of {}, policy of {}\n",
            self.count,
            if self.count == 1 { "" } else { "s" },
            escape(&self.origin),
            self.as_of,
            self.policy
        );
        let mut entries: Vec<&RootEntry> = self.kept.iter().collect();
        entries.sort_by_cached_key(|entry| (entry.owner_order(), entry.name.to_lowercase()));
        let width = entries.iter().map(|entry| entry.key.len()).max();
        for owned in entries.chunk_by(|a, b| a.owner == b.owner) {
            let owner = owned[0].owner.as_deref().unwrap_or(NO_OWNER);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", escape(owner));
            for entry in owned {
                entry.write(&mut text, width.unwrap_or_default(), detail);
            }
        }
        for dropped in &self.dropped {
            let _ = writeln!(text, "left out: {dropped}");
        }
        text
    }
}

impl RootEntry {
    fn of(root: &Root) -> Self {
        Self {
            name: root.name().to_owned(),
            owner: root.owner().map(str::to_owned),
            key: root.key().to_string(),
            not_before: day_of(root.not_before()).to_string(),
            not_after: day_of(root.not_after()).to_string(),
            sha256: root.sha256(),
            extra: root.is_extra(),
            findings: root
                .findings()
                .iter()
                .map(|finding| FindingEntry {
                    level: root.level(finding),
                    code: finding.code(),
                    message: finding.to_string(),
                })
                .collect(),
        }
    }

    /// Those without an owner come last.
    fn owner_order(&self) -> (bool, String) {
        let owner = self.owner.as_ref();
        (
            owner.is_none(),
            owner.map(|owner| owner.to_lowercase()).unwrap_or_default(),
        )
    }

    fn write(&self, text: &mut String, key_width: usize, detail: Detail) {
        let Self {
            name,
            key,
            not_before,
            not_after,
            sha256,
            ..
        } = self;
        let fingerprint = match detail {
            Detail::Normal => sha256.short(),
            Detail::Verbose => sha256.to_string(),
        };
        let extra = if self.extra { " (added)" } else { "" };
        let _ = writeln!(
            text,
            "  {fingerprint}  {key:key_width$}  {not_before} {not_after}  {}{extra}",
            escape(name)
        );
        for finding in &self.findings {
            if finding.level.is_some() || detail == Detail::Verbose {
                let _ = writeln!(text, "    {}", finding.message);
            }
        }
    }
}

const NO_OWNER: &str = "(no organization)";
