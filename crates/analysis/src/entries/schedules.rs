//! Routes that a scheduler calls: nobody waits for the answer, and nobody decides how many call at once.

use std::collections::BTreeMap;

use super::EntryPoint;
use crate::models::Context;

/// Segments of a path that say who calls it.
const SCHEDULED: &[&str] = &["cron", "crons", "cronjobs", "cron-jobs"];

/// Takes routes for jobs that stand under `/cron/`, or that `vercel.json` lists.
pub(crate) fn tell_scheduled_from_asked(entries: &mut [EntryPoint], manifests: &BTreeMap<String, String>) {
    let listed: Vec<String> =
        manifests.iter().filter(|(path, _)| path.ends_with("vercel.json")).flat_map(|(_, text)| crons(text)).collect();
    for entry in entries.iter_mut().filter(|entry| entry.context == Context::Request) {
        let Some(route) = entry.label.find('/').map(|start| &entry.label[start..]) else { continue };
        let is_under = route.split('/').any(|segment| SCHEDULED.contains(&segment));
        // A router's routes are written without what it is mounted under.
        let is_listed = route.len() > 1 && listed.iter().any(|cron| cron.ends_with(route));
        if is_under || is_listed {
            entry.context = Context::Job;
        }
    }
}

/// The paths that a deployment has called on a schedule.
fn crons(text: &str) -> Vec<String> {
    let Ok(settings) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let crons = settings.get("crons").and_then(|crons| crons.as_array());
    let paths = crons.into_iter().flatten().filter_map(|cron| cron.get("path")?.as_str());
    paths.map(|path| path.split('?').next().unwrap_or(path).to_owned()).collect()
}
