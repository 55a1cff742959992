//! Whether a folder lies on encrypted storage, as far as the machine tells: yes, no, or that nobody can tell, and why. Never a guess.
//!
//! Only what the machine itself encrypts shows: dm-crypt (LUKS) under whatever lies on it, and folders that their file system encrypts. What a
//! drive, a hypervisor or a cloud encrypts below does not.

use std::collections::{BTreeMap, BTreeSet};

/// File systems on a disk that may encrypt single folders by themselves (fscrypt).
const SEALS_FOLDERS: [&str; 2] = ["ext4", "f2fs"];

/// What is known of encryption, with the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sealing {
    /// It is encrypted.
    Yes(String),
    /// This machine does not encrypt it.
    No(String),
    /// The machine does not say.
    CannotTell(String),
}

/// Whether a file system says of a folder that it encrypts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    /// It does.
    Sealed,
    /// It says that it does not.
    Open,
    /// It does not say.
    Unsaid,
}

/// What is mounted where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Major and minor number, `8:1`; those of no block device begin with `0:`.
    pub(super) device: String,
    /// Which file system.
    kind: String,
}

/// A block device, as `/sys` tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Device {
    /// What the device mapper calls it, if it is one of its devices: `CRYPT-LUKS2-…`, `LVM-…`.
    pub(super) mapper: Option<String>,
    /// What it lies on: the devices that it is mapped to, or the disk that it is a part of.
    pub(super) below: Vec<String>,
    /// What the hardware calls itself.
    pub(super) model: Option<String>,
    /// Whether it is a file, by way of a loop.
    pub(super) is_file: bool,
    /// Whether the machine is another one's guest, or may be one: what its disks lie on, the other one knows.
    pub(super) is_guest: bool,
}

/// The mount of that number, in a text like `/proc/self/mountinfo`. Which one a folder lies on, its file system says: by their places alone, one
/// that is hidden by a later one would pass for it.
pub(super) fn mount_of(mountinfo: &str, number: u64) -> Option<Mount> {
    mountinfo.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut words = before.split(' ');
        let (own, device) = (words.next()?.parse::<u64>().ok()?, words.nth(1)?);
        (own == number).then_some(Mount { device: device.to_owned(), kind: after.split(' ').next()?.to_owned() })
    })
}

/// Whether a text like `/proc/cpuinfo` says that the machine is another one's guest.
pub(super) fn is_guest(cpuinfo: &str) -> bool {
    cpuinfo.lines().filter(|line| line.starts_with("flags")).any(|line| line.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// Whether what lies on a mount is encrypted. `top` is the mount's own device by name, one of `devices`.
pub(super) fn sealing(mount: Option<&Mount>, marked: Marked, top: Option<&str>, devices: &BTreeMap<String, Device>) -> Sealing {
    let Some(mount) = mount else { return Sealing::CannotTell("the machine does not say what is mounted there".to_owned()) };
    let kind = mount.kind.as_str();
    if marked == Marked::Sealed {
        return Sealing::Yes(format!("{kind} encrypts the folder"));
    }
    if let Some(why) = opaque(kind) {
        return Sealing::CannotTell(why);
    }
    let Some(top) = top.filter(|_| !mount.device.starts_with("0:")) else {
        return Sealing::CannotTell(format!("{kind} does not say on which device it lies"));
    };
    match below(top, devices, &mut BTreeSet::new()) {
        Sealing::No(_) if marked == Marked::Unsaid && SEALS_FOLDERS.contains(&kind) => {
            Sealing::CannotTell(format!("its device is not encrypted, and whether {kind} encrypts the folder is not said"))
        }
        found => found,
    }
}

/// Why nothing can be told of a file system, where that is so.
fn opaque(kind: &str) -> Option<String> {
    Some(match kind {
        "zfs" => "ZFS encrypts by itself and does not say so here: zfs get encryption".to_owned(),
        "ecryptfs" => "eCryptfs encrypts file by file, and lets files be that are not".to_owned(),
        "tmpfs" | "ramfs" => "it lies in memory, which may be written to a swap disk, and is gone with a restart".to_owned(),
        "overlay" | "aufs" => {
            "it lies over other folders, as a container's files do: look on the machine that runs the container".to_owned()
        }
        "9p" | "virtiofs" | "vboxsf" => "it is a folder of the machine that runs this one".to_owned(),
        "nfs" | "nfs4" | "cifs" | "smb3" | "ceph" | "afs" | "lustre" => "its disk is another machine's".to_owned(),
        _ if kind.starts_with("fuse") => format!("it is served by a program ({kind})"),
        _ => return None,
    })
}

/// Whether a device is encrypted: itself, or everything that it lies on.
fn below(name: &str, devices: &BTreeMap<String, Device>, above: &mut BTreeSet<String>) -> Sealing {
    let Some(device) = devices.get(name) else { return Sealing::CannotTell(format!("the machine tells nothing of {name}")) };
    if device.mapper.as_deref().is_some_and(encrypts) {
        return Sealing::Yes(format!("{name} is encrypted (dm-crypt)"));
    }
    if device.is_file {
        return Sealing::CannotTell(format!("{name} is a file on another disk"));
    }
    if name.starts_with("dm-") && device.mapper.is_none() {
        return Sealing::CannotTell(format!("{name} does not say what it is"));
    }
    if device.below.is_empty() {
        return bottom(name, device);
    }
    if !above.insert(name.to_owned()) {
        return Sealing::CannotTell(format!("{name} lies on itself"));
    }
    let found: Vec<_> = device.below.iter().map(|name| below(name, devices, above)).collect();
    above.remove(name);
    // One open part opens the whole; one of which nothing is known leaves it in doubt.
    let open = found.iter().find(|part| matches!(part, Sealing::No(_)));
    let doubtful = found.iter().find(|part| matches!(part, Sealing::CannotTell(_)));
    open.or(doubtful).or(found.first()).expect("it lies on something").clone()
}

/// Not all that cryptsetup makes encrypts: verity and integrity only check.
fn encrypts(mapper: &str) -> bool {
    mapper.strip_prefix("CRYPT-").is_some_and(|kind| !["VERITY", "INTEGRITY", "SUBDEV"].iter().any(|other| kind.starts_with(other)))
}

/// A disk that lies on nothing: of a virtual one only its host knows more.
fn bottom(name: &str, device: &Device) -> Sealing {
    let begins = |with: &[&str]| with.iter().any(|prefix| name.starts_with(prefix));
    if device.mapper.is_some() || begins(&["dm-", "md"]) {
        return Sealing::CannotTell(format!("{name} does not say on what it lies"));
    }
    if begins(&["nbd", "rbd", "drbd"]) {
        return Sealing::CannotTell(format!("{name} lies on another machine"));
    }
    let model = device.model.as_deref().unwrap_or_default();
    let is_virtual = device.is_guest
        || begins(&["vd", "xvd"])
        || ["Amazon", "Virtual", "VIRTUAL", "QEMU", "PersistentDisk", "VBOX"].iter().any(|maker| model.contains(maker));
    if is_virtual {
        let what = if model.is_empty() { "a virtual disk".to_owned() } else { format!("a virtual disk ({model})") };
        return Sealing::CannotTell(format!("{name} is {what}: this machine does not encrypt it, whoever runs the machine may"));
    }
    Sealing::No(format!("nothing encrypts {name}, unless the drive does by itself"))
}

#[cfg(test)]
#[path = "disk_tests.rs"]
mod tests;
