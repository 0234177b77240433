//! System calls that no board's program needs, and that reach beyond it.

use std::collections::BTreeMap;
use std::fs;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

/// Later calls than this one (`mseal`, Linux 6.10) are not looked through yet. Beyond all of them are those of x86-64's ABI with
/// pointers of 32 bits, which do the same under other numbers.
const NEWEST: i64 = libc::SYS_mseal;

/// Refused altogether.
const REFUSED: &[i64] = &[
    // Whoever has a socket has D-Bus, terminal multiplexers and containers' daemons. What is inherited is closed, and the line to the
    // lab is connected.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
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
const ASKED: [u64; 7] = [
    libc::TCGETS,
    // glibc's from 2.42 on, as processors that have no other layout of it number it.
    0x802c_542a,
    libc::TIOCGWINSZ,
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
];

/// `fcntl`: signals to others when there is something to read, leases and locks.
const FILE_CONTROL: [i32; 11] = [
    libc::F_SETOWN,
    F_SETOWN_EX,
    F_SETSIG,
    libc::F_SETLEASE,
    libc::F_NOTIFY,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
    libc::F_ADD_SEALS,
    libc::F_SETPIPE_SZ,
];
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;

/// Why calls can't be filtered.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilterError {
    /// The filter can't be made.
    #[error("the filter of system calls can't be made: {0}")]
    Make(#[from] BackendError),
    /// The filter is refused.
    #[error("the filter of system calls is refused: {0}")]
    Apply(#[from] seccompiler::Error),
}

/// Filters the calls of this thread and of what it becomes. Returns whether this system and processor can.
pub(super) fn filter() -> Result<bool, FilterError> {
    let Ok(processor) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(false);
    };
    // The kernel says what it can do; where this file is not, it can't filter.
    let actions = fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    if !actions.split_whitespace().any(|action| action == "errno") {
        return Ok(false);
    }
    let own = u64::from(std::process::id());
    let refused = program(rules(own)?, libc::EPERM, processor)?;
    seccompiler::apply_filter(&unknown_calls())?;
    seccompiler::apply_filter(&refused)?;
    Ok(true)
}

fn program(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    error: i32,
    processor: TargetArch,
) -> Result<BpfProgram, BackendError> {
    let refusal = SeccompAction::Errno(error.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, processor)?.try_into()
}

/// What is refused to the process with this number.
fn rules(own: u64) -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let is = |argument, comparison, value| SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, value);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED
        .iter()
        .chain(REFUSED_OLD)
        .map(|&call| (call, Vec::new()))
        .collect();
    // A thread is no process.
    let thread = libc::CLONE_THREAD.unsigned_abs().into();
    let process = is(0, SeccompCmpOp::MaskedEq(thread), 0)?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![process])?]);
    // Signals to itself, as abort sends one.
    for call in [
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_tgkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
    ] {
        rules.insert(call, vec![SeccompRule::new(vec![is(0, SeccompCmpOp::Ne, own)?])?]);
    }
    // Limits may be asked for, its own.
    let others = vec![is(0, SeccompCmpOp::Ne, 0)?, is(0, SeccompCmpOp::Ne, own)?];
    let setting = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    rules.insert(
        libc::SYS_prlimit64,
        vec![SeccompRule::new(others)?, SeccompRule::new(vec![setting])?],
    );
    // It ends with the lab.
    let death = is(0, SeccompCmpOp::Eq, libc::PR_SET_PDEATHSIG.unsigned_abs().into())?;
    rules.insert(libc::SYS_prctl, vec![SeccompRule::new(vec![death])?]);
    let unasked: Result<Vec<_>, _> = ASKED.iter().map(|&what| is(1, SeccompCmpOp::Ne, what)).collect();
    rules.insert(libc::SYS_ioctl, vec![SeccompRule::new(unasked?)?]);
    let controls: Result<Vec<_>, _> = FILE_CONTROL
        .iter()
        .map(|&what| SeccompRule::new(vec![is(1, SeccompCmpOp::Eq, what.unsigned_abs().into())?]))
        .collect();
    rules.insert(libc::SYS_fcntl, controls?);
    Ok(rules)
}

/// There are no calls beyond the newest one that was looked through; nor is there `clone3`, whose flags no filter can see. C
/// libraries do without what is not there.
fn unknown_calls() -> BpfProgram {
    let code = |code: u32| u16::try_from(code).unwrap_or_default();
    let number = |call: i64| u32::try_from(call).unwrap_or_default();
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let missing = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs();
    vec![
        // The call's number comes first in what a filter sees.
        step(code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS), 0, 0, 0),
        step(code(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K), 2, 0, number(NEWEST)),
        step(
            code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K),
            1,
            0,
            number(libc::SYS_clone3),
        ),
        step(code(libc::BPF_RET | libc::BPF_K), 0, 0, libc::SECCOMP_RET_ALLOW),
        step(code(libc::BPF_RET | libc::BPF_K), 0, 0, missing),
    ]
}
