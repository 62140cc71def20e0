//! Paths as texts: their folders, and what lies relative to them.

/// The folder of a path, without a trailing slash; empty at the root.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder itself and the folders around it, innermost first, the root as "".
pub(super) fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}

/// `folder/name`, or `name` at the root; `.` and `..` are taken out.
pub(super) fn join_path(folder: &str, relative: &str) -> String {
    let mut path = String::with_capacity(folder.len() + relative.len() + 1);
    path.push_str(folder.trim_matches('/'));
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => path.truncate(path.rfind('/').unwrap_or(0)),
            _ => push(&mut path, part),
        }
    }
    path
}

fn push(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}
