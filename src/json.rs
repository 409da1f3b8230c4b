//! Reports as JSON.

use serde::Serialize;

/// The report as JSON, with a final newline.
pub(crate) fn encode(report: &impl Serialize) -> String {
    // Only maps with keys that are not text, and types that refuse, cannot be written: no report has them.
    serde_json::to_string_pretty(report).map_or_else(|_| String::new(), |json| json + "\n")
}
