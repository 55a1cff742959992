//! What this machine tells of storage: `/proc` and `/sys` read into the words of [`disk`]. It decides nothing.

use super::disk::{self, Device, Marked, Sealing};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Whether a folder lies on encrypted storage.
pub(super) fn sealing(folder: &Path) -> Sealing {
    told(folder).unwrap_or_else(Sealing::CannotTell)
}

/// The same, or what could not be read, and why.
fn told(folder: &Path) -> Result<Sealing, String> {
    let (number, marked) = looked(folder).map_err(|error| format!("it cannot be looked at: {error}"))?;
    let text = |file: &str| fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"));
    let mounts = text("/proc/self/mountinfo")?;
    let mount = number.and_then(|number| disk::mount_of(&mounts, number));
    let top = mount.as_ref().and_then(|mount| name(&format!("/sys/dev/block/{}", mount.device)));
    let mut devices = BTreeMap::new();
    if let Some(top) = &top {
        // Where nobody says that it is none, it may be one.
        let is_guest = !text("/proc/cpuinfo").is_ok_and(|cpuinfo| !disk::is_guest(&cpuinfo));
        collect(top, is_guest, &mut devices);
    }
    Ok(disk::sealing(mount.as_ref(), marked, top.as_deref(), &devices))
}

/// The last name of what a link leads to.
fn name(link: &str) -> Option<String> {
    Some(fs::canonicalize(link).ok()?.file_name()?.to_str()?.to_owned())
}

/// A device and all that it lies on. Nothing is said of one that cannot be read.
fn collect(name: &str, is_guest: bool, devices: &mut BTreeMap<String, Device>) {
    if devices.contains_key(name) {
        return;
    }
    let folder = Path::new("/sys/class/block").join(name);
    let Ok(below) = below(&folder) else { return };
    let word = |file: &str| fs::read_to_string(folder.join(file)).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let device = Device {
        mapper: word("dm/uuid"),
        below: below.clone(),
        model: word("device/model"),
        is_file: folder.join("loop/backing_file").exists(),
        is_guest,
    };
    devices.insert(name.to_owned(), device);
    below.iter().for_each(|name| collect(name, is_guest, devices));
}

/// The names of what a device lies on.
fn below(folder: &Path) -> io::Result<Vec<String>> {
    let place = folder.canonicalize()?;
    let mut below = Vec::new();
    match fs::read_dir(folder.join("slaves")) {
        // A part has none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        entries => {
            for entry in entries? {
                below.push(entry?.file_name().to_string_lossy().into_owned());
            }
        }
    }
    if folder.join("partition").try_exists()? {
        // The folder of a part lies in that of its disk.
        let disk = place.parent().and_then(Path::file_name).ok_or(io::ErrorKind::NotFound)?;
        below.push(disk.to_string_lossy().into_owned());
    }
    below.sort();
    Ok(below)
}

/// The number of the mount that a folder lies on, if the system says that, and whether its file system says that it encrypts the folder.
#[cfg(target_os = "linux")]
fn looked(folder: &Path) -> io::Result<(Option<u64>, Marked)> {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let found = statx(CWD, folder, AtFlags::empty(), StatxFlags::MNT_ID)?;
    let number = (found.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(found.stx_mnt_id);
    let marked = if found.stx_attributes.contains(StatxAttributes::ENCRYPTED) {
        Marked::Sealed
    } else if found.stx_attributes_mask.contains(StatxAttributes::ENCRYPTED) {
        Marked::Open
    } else {
        Marked::Unsaid
    };
    Ok((number, marked))
}

/// Elsewhere nobody says.
#[cfg(not(target_os = "linux"))]
fn looked(folder: &Path) -> io::Result<(Option<u64>, Marked)> {
    fs::metadata(folder).map(|_| (None, Marked::Unsaid))
}
