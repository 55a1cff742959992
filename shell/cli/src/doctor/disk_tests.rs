//! What a machine tells, as text, and what follows from it.

use super::{Device, Marked, Mount, Sealing, is_guest, mount_of, sealing};
use std::collections::BTreeMap;

const MOUNTS: &str = r"22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw
28 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
40 28 8:17 / /srv rw shared:2 master:1 - xfs /dev/sdb1 rw
41 40 8:33 / /srv/my\040home rw - ext4 /dev/sdc1 rw
42 28 0:50 / /tank rw - zfs tank/home rw
43 28 0:51 / /mem rw - tmpfs tmpfs rw
44 28 0:52 /@ /data rw - btrfs /dev/sdd rw
45 28 0:53 / /net rw - nfs4 host:/export rw
46 28 0:54 / /fuse rw - fuse.sshfs host: rw
47 40 8:49 / /srv rw - ext4 /dev/sde1 rw
a line of something else";

/// `NAME uuid=UUID on=A,B model=MODEL file guest` a line.
fn devices(text: &str) -> BTreeMap<String, Device> {
    let device = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap().to_owned();
        let mut device = Device::default();
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("uuid", uuid) => device.mapper = Some(uuid.to_owned()),
                ("on", names) => device.below = names.split(',').map(str::to_owned).collect(),
                ("model", model) => device.model = Some(model.replace('_', " ")),
                ("file", _) => device.is_file = true,
                ("guest", _) => device.is_guest = true,
                (word, _) => panic!("{word}"),
            }
        }
        (name, device)
    };
    text.lines().map(device).collect()
}

fn told(found: Sealing) -> String {
    match found {
        Sealing::Yes(why) => format!("yes: {why}"),
        Sealing::No(why) => format!("no: {why}"),
        Sealing::CannotTell(why) => format!("cannot tell: {why}"),
    }
}

fn at(number: u64) -> Option<Mount> {
    mount_of(MOUNTS, number)
}

#[test]
fn a_folder_lies_on_the_mount_that_its_file_system_names() {
    let told = |number| at(number).map_or_else(|| "none".to_owned(), |mount| format!("{} {}", mount.device, mount.kind));
    // The first of those at `/srv` and the one in it are hidden by the last.
    assert_eq!([28, 40, 41, 47, 4].map(told), ["253:1 ext4", "8:17 xfs", "8:33 ext4", "8:49 ext4", "none"]);
    assert_eq!(mount_of("", 28), None);
}

#[test]
fn a_guest_is_told_by_its_processor() {
    assert!(is_guest("processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n"));
    assert!(!is_guest("model name\t: hypervisor\nflags\t\t: fpu vme\nbugs\t\t: hypervisor\n") && !is_guest(""));
}

#[test]
fn what_encrypts_and_what_does_not_is_told_through_all_that_lies_between() {
    let devices = devices(
        "dm-0 uuid=CRYPT-LUKS2-0a1b-luks on=sda2\ndm-1 uuid=LVM-xyz on=dm-0\ndm-2 uuid=LVM-xyz on=sda3\ndm-3 uuid=LVM-xyz on=dm-0,sda3\n\
         dm-4 uuid=CRYPT-VERITY-1-x on=sda3\ndm-5 uuid=CRYPT-PLAIN-x on=sda3\nmd0 on=dm-0,dm-5\nmd1 on=dm-0,vda\ndm-6 uuid=LVM-xyz on=dm-6\n\
         sda2 on=sda\nsda3 on=sda\nsda model=Samsung_SSD\nvda\nnvme0n1 model=Amazon_Elastic_Block_Store\nloop0 file\ndm-7 uuid=LVM-xyz on=gone\n\
         dm-8 on=sda3\ndm-9 uuid=LVM-xyz\nmd2\nnbd0\nrbd0\ndrbd0\nsdb model=Samsung_SSD guest",
    );
    let mount = at(47);
    let told: Vec<String> = [
        "dm-1", "dm-2", "dm-3", "dm-4", "md0", "md1", "dm-6", "dm-7", "sda3", "vda", "nvme0n1", "loop0", "dm-8", "dm-9", "md2", "nbd0",
        "rbd0", "drbd0", "sdb",
    ]
    .map(|top| format!("{top} {}", told(sealing(mount.as_ref(), Marked::Open, Some(top), &devices))))
    .into();
    insta::assert_snapshot!(told.join("\n"), @"
    dm-1 yes: dm-0 is encrypted (dm-crypt)
    dm-2 no: nothing encrypts sda, unless the drive does by itself
    dm-3 no: nothing encrypts sda, unless the drive does by itself
    dm-4 no: nothing encrypts sda, unless the drive does by itself
    md0 yes: dm-0 is encrypted (dm-crypt)
    md1 cannot tell: vda is a virtual disk: this machine does not encrypt it, whoever runs the machine may
    dm-6 cannot tell: dm-6 lies on itself
    dm-7 cannot tell: the machine tells nothing of gone
    sda3 no: nothing encrypts sda, unless the drive does by itself
    vda cannot tell: vda is a virtual disk: this machine does not encrypt it, whoever runs the machine may
    nvme0n1 cannot tell: nvme0n1 is a virtual disk (Amazon Elastic Block Store): this machine does not encrypt it, whoever runs the machine may
    loop0 cannot tell: loop0 is a file on another disk
    dm-8 cannot tell: dm-8 does not say what it is
    dm-9 cannot tell: dm-9 does not say on what it lies
    md2 cannot tell: md2 does not say on what it lies
    nbd0 cannot tell: nbd0 lies on another machine
    rbd0 cannot tell: rbd0 lies on another machine
    drbd0 cannot tell: drbd0 lies on another machine
    sdb cannot tell: sdb is a virtual disk (Samsung SSD): this machine does not encrypt it, whoever runs the machine may
    ");
}

#[test]
fn what_a_file_system_does_by_itself_is_not_guessed() {
    let devices = devices("sda");
    let mut all = Vec::new();
    for (path, number) in [("/tank", 42), ("/mem", 43), ("/data", 44), ("/net", 45), ("/fuse/x", 46)] {
        all.push(format!("{path} {}", told(sealing(at(number).as_ref(), Marked::Unsaid, None, &devices))));
    }
    for (marked, name) in [(Marked::Sealed, "sealed"), (Marked::Open, "open"), (Marked::Unsaid, "unsaid")] {
        all.push(format!("ext4 {name} {}", told(sealing(at(47).as_ref(), marked, Some("sda"), &devices))));
    }
    all.push(format!("nowhere {}", told(sealing(None, Marked::Unsaid, None, &devices))));
    insta::assert_snapshot!(all.join("\n"), @"
    /tank cannot tell: ZFS encrypts by itself and does not say so here: zfs get encryption
    /mem cannot tell: it lies in memory, which may be written to a swap disk, and is gone with a restart
    /data cannot tell: btrfs does not say on which device it lies
    /net cannot tell: its disk is another machine's
    /fuse/x cannot tell: it is served by a program (fuse.sshfs)
    ext4 sealed yes: ext4 encrypts the folder
    ext4 open no: nothing encrypts sda, unless the drive does by itself
    ext4 unsaid cannot tell: its device is not encrypted, and whether ext4 encrypts the folder is not said
    nowhere cannot tell: the machine does not say what is mounted there
    ");
}
