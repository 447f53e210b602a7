//! What processes ask of the kernel about themselves and others: the words of `linux/prctl.h`,
//! `linux/ptrace.h`, `linux/bpf.h`, `linux/capability.h`, `asm/signal.h`, `linux/sched.h` and their kin.

use super::Words;

/// `prctl(2)` options.
pub(in crate::interpret) static PRCTL: Words = Words {
    known: &[
        (
            1,
            "PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_DUMPABLE PR_SET_DUMPABLE PR_GET_UNALIGN \
         PR_SET_UNALIGN PR_GET_KEEPCAPS PR_SET_KEEPCAPS PR_GET_FPEMU PR_SET_FPEMU PR_GET_FPEXC \
         PR_SET_FPEXC PR_GET_TIMING PR_SET_TIMING PR_SET_NAME PR_GET_NAME",
        ),
        (
            19,
            "PR_GET_ENDIAN PR_SET_ENDIAN PR_GET_SECCOMP PR_SET_SECCOMP PR_CAPBSET_READ \
         PR_CAPBSET_DROP PR_GET_TSC PR_SET_TSC PR_GET_SECUREBITS PR_SET_SECUREBITS \
         PR_SET_TIMERSLACK PR_GET_TIMERSLACK PR_TASK_PERF_EVENTS_DISABLE \
         PR_TASK_PERF_EVENTS_ENABLE PR_MCE_KILL PR_MCE_KILL_GET PR_SET_MM PR_SET_CHILD_SUBREAPER \
         PR_GET_CHILD_SUBREAPER PR_SET_NO_NEW_PRIVS PR_GET_NO_NEW_PRIVS PR_GET_TID_ADDRESS \
         PR_SET_THP_DISABLE PR_GET_THP_DISABLE PR_MPX_ENABLE_MANAGEMENT \
         PR_MPX_DISABLE_MANAGEMENT PR_SET_FP_MODE PR_GET_FP_MODE PR_CAP_AMBIENT",
        ),
        (
            50,
            "PR_SVE_SET_VL PR_SVE_GET_VL PR_GET_SPECULATION_CTRL PR_SET_SPECULATION_CTRL \
         PR_PAC_RESET_KEYS PR_SET_TAGGED_ADDR_CTRL PR_GET_TAGGED_ADDR_CTRL",
        ),
    ],
    since_4: &[(
        57,
        "PR_SET_IO_FLUSHER PR_GET_IO_FLUSHER PR_SET_SYSCALL_USER_DISPATCH \
         PR_PAC_SET_ENABLED_KEYS PR_PAC_GET_ENABLED_KEYS PR_SCHED_CORE PR_SME_SET_VL \
         PR_SME_GET_VL PR_SET_MDWE PR_GET_MDWE PR_SET_MEMORY_MERGE PR_GET_MEMORY_MERGE \
         PR_RISCV_V_SET_CONTROL PR_RISCV_V_GET_CONTROL",
    )],
};

/// `ptrace(2)` requests.
pub(in crate::interpret) static PTRACE: Words = Words {
    known: &[
        (
            0,
            "PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSER PTRACE_POKETEXT \
         PTRACE_POKEDATA PTRACE_POKEUSER PTRACE_CONT PTRACE_KILL PTRACE_SINGLESTEP",
        ),
        (
            0xc,
            "PTRACE_GETREGS PTRACE_SETREGS PTRACE_GETFPREGS PTRACE_SETFPREGS PTRACE_ATTACH \
         PTRACE_DETACH PTRACE_GETFPXREGS PTRACE_SETFPXREGS",
        ),
        (0x18, "PTRACE_SYSCALL PTRACE_GET_THREAD_AREA PTRACE_SET_THREAD_AREA"),
        (0x1e, "PTRACE_ARCH_PRCTL PTRACE_SYSEMU PTRACE_SYSEMU_SINGLESTEP PTRACE_SINGLEBLOCK"),
        (
            0x4200,
            "PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO PTRACE_SETSIGINFO \
         PTRACE_GETREGSET PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN \
         PTRACE_PEEKSIGINFO PTRACE_GETSIGMASK PTRACE_SETSIGMASK PTRACE_SECCOMP_GET_FILTER \
         PTRACE_SECCOMP_GET_METADATA PTRACE_GET_SYSCALL_INFO",
        ),
    ],
    since_4: &[(
        0x420f,
        "PTRACE_GET_RSEQ_CONFIGURATION PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG \
         PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG",
    )],
};

/// `bpf(2)` commands.
pub(in crate::interpret) static BPF: Words = Words {
    known: &[(
        0,
        "BPF_MAP_CREATE BPF_MAP_LOOKUP_ELEM BPF_MAP_UPDATE_ELEM BPF_MAP_DELETE_ELEM \
         BPF_MAP_GET_NEXT_KEY BPF_PROG_LOAD BPF_OBJ_PIN BPF_OBJ_GET BPF_PROG_ATTACH \
         BPF_PROG_DETACH BPF_PROG_TEST_RUN BPF_PROG_GET_NEXT_ID BPF_MAP_GET_NEXT_ID \
         BPF_PROG_GET_FD_BY_ID BPF_MAP_GET_FD_BY_ID BPF_OBJ_GET_INFO_BY_FD BPF_PROG_QUERY \
         BPF_RAW_TRACEPOINT_OPEN BPF_BTF_LOAD BPF_BTF_GET_FD_BY_ID BPF_TASK_FD_QUERY \
         BPF_MAP_LOOKUP_AND_DELETE_ELEM BPF_MAP_FREEZE BPF_BTF_GET_NEXT_ID",
    )],
    since_4: &[(
        24,
        "BPF_MAP_LOOKUP_BATCH BPF_MAP_LOOKUP_AND_DELETE_BATCH BPF_MAP_UPDATE_BATCH \
         BPF_MAP_DELETE_BATCH BPF_LINK_CREATE BPF_LINK_UPDATE BPF_LINK_GET_FD_BY_ID \
         BPF_LINK_GET_NEXT_ID BPF_ENABLE_STATS BPF_ITER_CREATE BPF_LINK_DETACH BPF_PROG_BIND_MAP",
    )],
};

/// `personality(2)`, by the lowest byte.
pub(in crate::interpret) static PERSONALITY: Words = Words {
    known: &[
        (0, "PER_LINUX"),
        (6, "PER_BSD"),
        (8, "PER_LINUX32"),
        (12, "PER_RISCOS"),
        (15, "PER_OSF4 PER_HPUX"),
    ],
    since_4: &[],
};

/// `capabilities(7)`, in lower case without `CAP_`.
pub(in crate::interpret) static CAPABILITY: Words = Words {
    known: &[(
        0,
        "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap \
         linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner \
         sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice \
         sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap \
         mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf \
         checkpoint_restore",
    )],
    since_4: &[],
};

/// `signal(7)`; 30 is written like this by auditd's tools.
pub(in crate::interpret) static SIGNAL: Words = Words {
    known: &[(
        0,
        "SIG0 SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 \
         SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP \
         SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO IGPWR SIGSYS",
    )],
    since_4: &[],
};

/// Bits of `clone(2)`.
pub(in crate::interpret) static CLONE: Words = Words {
    known: &[
        (8, "CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND"),
        (
            13,
            "CLONE_PTRACE CLONE_VFORK CLONE_PARENT CLONE_THREAD CLONE_NEWNS CLONE_SYSVSEM \
         CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID CLONE_DETACHED CLONE_UNTRACED \
         CLONE_CHILD_SETTID CLONE_STOPPED CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID \
         CLONE_NEWNET CLONE_IO",
        ),
    ],
    since_4: &[],
};

/// `getrlimit(2)`.
pub(in crate::interpret) static RLIMIT: Words = Words {
    known: &[(
        0,
        "RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS \
         RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS RLIMIT_SIGPENDING \
         RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME",
    )],
    since_4: &[],
};

/// `sched_setscheduler(2)`.
pub(in crate::interpret) static SCHED: Words = Words {
    known: &[(0, "SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH"), (5, "SCHED_IDLE SCHED_DEADLINE")],
    since_4: &[],
};

/// `clock_gettime(2)`.
pub(in crate::interpret) static CLOCK: Words = Words {
    known: &[(
        0,
        "CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID \
         CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE",
    )],
    since_4: &[],
};

/// Bits of `shmget(2)` beside its mode.
pub(in crate::interpret) static SHM: Words = Words {
    known: &[(
        0,
        "0001 0002 0004 0010 0020 0040 0100 0200 0400 IPC_CREAT IPC_EXCL SHM_HUGETLB \
         SHM_NORESERVE",
    )],
    since_4: &[],
};

/// `seccomp(2)` actions, by their upper 16 bits.
pub(in crate::interpret) static SECCOMP: Words = Words {
    known: &[
        (0, "kill-thread"),
        (3, "trap"),
        (5, "errno"),
        (0x7fc0, "user-notify"),
        (0x7ff0, "trace"),
        (0x7ffc, "log"),
        (0x7fff, "allow"),
    ],
    since_4: &[],
};
