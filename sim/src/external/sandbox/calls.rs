//! System calls that no board's program needs, and that reach beyond it.

use std::fs;

use super::filter::{Condition, Refusals};

/// Later calls than this one (`mseal`, Linux 6.10) are not looked through yet. Beyond all of them are those of x86-64's ABI with
/// pointers of 32 bits, which do the same under other numbers.
const NEWEST: i64 = libc::SYS_mseal;

/// Refused altogether.
const REFUSED: &[i64] = &[
    // Whoever has a socket has D-Bus, terminal multiplexers and containers' daemons. What is inherited is closed, and the line to the
    // lab is connected: it is read and written.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // A message can name its receiver, and hand descriptors over.
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    // The line's buffers are the lab's memory, too.
    libc::SYS_setsockopt,
    // These make calls that no filter sees.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Files' mode, owner, times and attributes; locks, which others would wait for.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_flock,
    libc::SYS_mknodat,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_sync,
    libc::SYS_syncfs,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_setrlimit,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    // Memory that is no process's, and stays.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semctl,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // What a user has but some of, for all processes together.
    libc::SYS_inotify_init1,
    libc::SYS_timer_create,
    // The system.
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_personality,
    libc::SYS_pivot_root,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// Older names of some of these, which newer processors don't have.
#[cfg(target_arch = "x86_64")]
const REFUSED_OLD: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_inotify_init,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_OLD: &[i64] = &[];

/// What may be asked of a file or device: is it a terminal, how large, how much is there; and what is said about the descriptor alone.
/// Others change files' attributes, or type into terminals.
const ASKED: [u32; 7] = [
    request(libc::TCGETS),
    // glibc's from 2.42 on, as processors that have no other layout of it number it.
    0x802c_542a,
    request(libc::TIOCGWINSZ),
    request(libc::FIONREAD),
    request(libc::FIONBIO),
    request(libc::FIOCLEX),
    request(libc::FIONCLEX),
];

/// C libraries differ in the type of these numbers, which have 32 bits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::unnecessary_cast)]
const fn request(number: libc::Ioctl) -> u32 {
    number as u32
}

/// `fcntl`: what is said about the descriptor alone. Others have signals sent, take leases and locks, or leave hints in a file.
const FILE_CONTROL: [i32; 7] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETPIPE_SZ,
];

/// The processor whose numbers these are, as the kernel names it in a filter.
const PROCESSOR: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else if cfg!(target_arch = "riscv64") {
    Some(0xc000_00f3)
} else {
    None
};

/// Filters the calls of this thread and of what it becomes. Returns whether this system and processor can.
pub(super) fn filter() -> Result<bool, seccompiler::Error> {
    let Some(processor) = PROCESSOR else {
        return Ok(false);
    };
    // The kernel says what it can do; where this file is not, it can't filter.
    let actions = fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    if !actions.split_whitespace().any(|action| action == "errno") {
        return Ok(false);
    }
    let refusals = Refusals {
        processor,
        newest: NEWEST,
        // Its flags are where no filter sees them, and C libraries do without what is not there.
        missing: libc::SYS_clone3,
        calls: REFUSED.iter().chain(REFUSED_OLD).copied().collect(),
        conditions: conditions(std::process::id()),
    };
    seccompiler::apply_filter(&refusals.program())?;
    Ok(true)
}

/// What is refused to the process with this number under some conditions.
fn conditions(own: u32) -> Vec<(i64, Vec<Condition>)> {
    let all = |values: &[i32]| values.iter().map(|value| value.unsigned_abs()).collect();
    let mut conditions = vec![
        (libc::SYS_ioctl, vec![Condition::NotAmong(1, ASKED.to_vec())]),
        (libc::SYS_fcntl, vec![Condition::NotAmong(1, all(&FILE_CONTROL))]),
        // A thread is no process.
        (
            libc::SYS_clone,
            vec![Condition::Without(0, libc::CLONE_THREAD.unsigned_abs())],
        ),
        // Limits may be asked for, its own.
        (
            libc::SYS_prlimit64,
            vec![Condition::NotAmong(0, vec![0, own]), Condition::Given(2)],
        ),
        // It ends with the lab.
        (
            libc::SYS_prctl,
            vec![Condition::Among(0, all(&[libc::PR_SET_PDEATHSIG]))],
        ),
    ];
    // Signals to itself, as abort sends one.
    let signals = [
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_tgkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
    ];
    conditions.extend(signals.map(|call| (call, vec![Condition::NotAmong(0, vec![own])])));
    conditions
}
