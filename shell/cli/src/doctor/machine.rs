//! What this machine tells of storage: `/proc` and `/sys` read into the words of [`disk`](super::disk). It decides nothing.

use super::disk::{self, Device, Marked, Sealing};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Whether a folder lies on encrypted storage.
pub(super) fn sealing(folder: &Path) -> Sealing {
    let Ok(folder) = folder.canonicalize() else { return Sealing::CannotTell("it cannot be looked at".to_owned()) };
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mount = disk::mount_of(&mounts, &folder);
    let top = mount.as_ref().and_then(|mount| name(&format!("/sys/dev/block/{}", mount.device)));
    let mut devices = BTreeMap::new();
    if let Some(top) = &top {
        collect(top, &mut devices);
    }
    disk::sealing(mount.as_ref(), marked(&folder), top.as_deref(), &devices)
}

/// The last name of what a link leads to.
fn name(link: &str) -> Option<String> {
    Some(fs::canonicalize(link).ok()?.file_name()?.to_str()?.to_owned())
}

/// A device and all that it lies on.
fn collect(name: &str, devices: &mut BTreeMap<String, Device>) {
    if devices.contains_key(name) {
        return;
    }
    let folder = Path::new("/sys/class/block").join(name);
    if !folder.exists() {
        return;
    }
    let word = |file: &str| fs::read_to_string(folder.join(file)).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let slaves = fs::read_dir(folder.join("slaves")).into_iter().flatten().flatten();
    let mut below: Vec<String> = slaves.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    if folder.join("partition").exists() {
        // The folder of a part lies in that of its disk.
        let disk = folder.canonicalize().ok().and_then(|place| place.parent()?.file_name()?.to_str().map(str::to_owned));
        below.extend(disk);
    }
    below.sort();
    let device = Device {
        mapper: word("dm/uuid"),
        below: below.clone(),
        model: word("device/model"),
        is_file: folder.join("loop/backing_file").exists(),
    };
    devices.insert(name.to_owned(), device);
    below.iter().for_each(|name| collect(name, devices));
}

/// Whether the file system says that it encrypts the folder.
#[cfg(target_os = "linux")]
fn marked(folder: &Path) -> Marked {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let Ok(found) = statx(CWD, folder, AtFlags::empty(), StatxFlags::empty()) else { return Marked::Unsaid };
    if found.stx_attributes.contains(StatxAttributes::ENCRYPTED) {
        Marked::Sealed
    } else if found.stx_attributes_mask.contains(StatxAttributes::ENCRYPTED) {
        Marked::Open
    } else {
        Marked::Unsaid
    }
}

/// Elsewhere nobody says.
#[cfg(not(target_os = "linux"))]
fn marked(_: &Path) -> Marked {
    Marked::Unsaid
}
