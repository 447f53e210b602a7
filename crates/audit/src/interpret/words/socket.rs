//! What is asked of sockets and said of packets: the words of `linux/socket.h`, `asm-generic/socket.h`,
//! `linux/in.h`, `linux/tcp.h`, `linux/netfilter.h` and their kin.

use super::Words;

/// Families of addresses, in lower case without `AF_`.
pub(in crate::interpret) static FAMILY: Words = Words {
    known: &[
        (
            1,
            "local inet ax25 ipx appletalk netrom bridge atmpvc x25 inet6 rose decnet netbeui \
         security key netlink packet ash econet atmsvc rds sna irda pppox wanpipe llc",
        ),
        (
            29,
            "can tipc bluetooth iucv rxrpc isdn phonet ieee802154 caif alg nfc vsock kcm \
         qipcrtr smc xdp",
        ),
    ],
    since_4: &[(45, "mctp")],
};

/// Types of sockets.
pub(in crate::interpret) static TYPE: Words = Words {
    known: &[
        (1, "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP"),
        (10, "SOCK_PACKET"),
    ],
    since_4: &[],
};

/// Bits of `recv(2)` and `send(2)`.
pub(in crate::interpret) static MESSAGE: Words = Words {
    known: &[
        (
            0,
            "MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_PROXY MSG_TRUNC MSG_DONTWAIT MSG_EOR \
         MSG_WAITALL MSG_FIN MSG_SYN MSG_CONFIRM MSG_RST MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE \
         MSG_WAITFORONE MSG_SENDPAGE_NOTLAST MSG_BATCH",
        ),
        (29, "MSG_FASTOPEN MSG_CMSG_CLOEXEC MSG_CMSG_COMPAT"),
    ],
    since_4: &[],
};

/// Levels of `setsockopt(2)` that are no protocol of `protocols(5)`.
pub(in crate::interpret) static LEVEL: Words = Words {
    known: &[
        (0, "SOL_IP SOL_SOCKET"),
        (6, "SOL_TCP"),
        (17, "SOL_UDP"),
        (41, "SOL_IPV6"),
        (58, "SOL_ICMPV6"),
        (132, "SOL_SCTP"),
        (136, "SOL_UDPLITE"),
        (255, "SOL_RAW SOL_IPX SOL_AX25 SOL_ATALK SOL_NETROM SOL_ROSE SOL_DECNET"),
        (
            263,
            "SOL_PACKET SOL_ATM SOL_AAL SOL_IRDA SOL_NETBEUI SOL_LLC SOL_DCCP SOL_NETLINK \
         SOL_TIPC SOL_RXRPC SOL_PPPOL2TP SOL_BLUETOOTH SOL_PNPIPE SOL_RDS SOL_IUCV SOL_CAIF \
         SOL_ALG SOL_NFC SOL_KCM SOL_TLS SOL_XDP",
        ),
    ],
    since_4: &[(284, "SOL_MPTCP SOL_MCTP SOL_SMC SOL_VSOCK")],
};

/// Options of sockets of any family.
pub(in crate::interpret) static SOCKET: Words = Words {
    known: &[
        (
            1,
            "SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF \
         SO_RCVBUF SO_KEEPALIVE SO_OOBINLINE SO_NO_CHECK SO_PRIORITY SO_LINGER SO_BSDCOMPAT \
         SO_REUSEPORT SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO \
         SO_SECURITY_AUTHENTICATION SO_SECURITY_ENCRYPTION_TRANSPORT \
         SO_SECURITY_ENCRYPTION_NETWORK SO_BINDTODEVICE SO_ATTACH_FILTER SO_DETACH_FILTER \
         SO_PEERNAME SO_TIMESTAMP SO_ACCEPTCONN SO_PEERSEC SO_SNDBUFFORCE SO_RCVBUFFORCE \
         SO_PASSSEC SO_TIMESTAMPNS SO_MARK SO_TIMESTAMPING SO_PROTOCOL SO_DOMAIN SO_RXQ_OVFL \
         SO_WIFI_STATUS SO_PEEK_OFF SO_NOFCS SO_LOCK_FILTER SO_SELECT_ERR_QUEUE SO_BUSY_POLL \
         SO_MAX_PACING_RATE SO_BPF_EXTENSIONS SO_INCOMING_CPU SO_ATTACH_BPF \
         SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF SO_CNX_ADVICE \
         SCM_TIMESTAMPING_OPT_STATS SO_MEMINFO SO_INCOMING_NAPI_ID SO_COOKIE \
         SCM_TIMESTAMPING_PKTINFO SO_PEERGROUPS SO_ZEROCOPY SO_TXTIME SO_BINDTOIFINDEX \
         SO_TIMESTAMP_NEW SO_TIMESTAMPNS_NEW SO_TIMESTAMPING_NEW SO_RCVTIMEO_NEW SO_SNDTIMEO_NEW \
         SO_DETACH_REUSEPORT_BPF",
        ),
        (116, "SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_PASSCRED SO_PEERCRED"),
    ],
    since_4: &[(
        69,
        "SO_PREFER_BUSY_POLL SO_BUSY_POLL_BUDGET SO_NETNS_COOKIE SO_BUF_LOCK SO_RESERVE_MEM \
         SO_TXREHASH SO_RCVMARK SO_PASSPIDFD SO_PEERPIDFD",
    )],
};

/// Options of IPv4.
pub(in crate::interpret) static IP: Words = Words {
    known: &[
        (
            1,
            "IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_ROUTER_ALERT IP_RECVOPTS IP_RETOPTS \
         IP_PKTINFO IP_PKTOPTIONS IP_MTU_DISCOVER IP_RECVERR IP_RECVTTL IP_RECVTOS IP_MTU \
         IP_FREEBIND IP_IPSEC_POLICY IP_XFRM_POLICY IP_PASSSEC IP_TRANSPARENT IP_ORIGDSTADDR \
         IP_MINTTL IP_NODEFRAG IP_CHECKSUM IP_BIND_ADDRESS_NO_PORT IP_RECVFRAGSIZE",
        ),
        (
            32,
            "IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP \
         IP_DROP_MEMBERSHIP IP_UNBLOCK_SOURCE IP_BLOCK_SOURCE IP_ADD_SOURCE_MEMBERSHIP \
         IP_DROP_SOURCE_MEMBERSHIP IP_MSFILTER MCAST_JOIN_GROUP MCAST_BLOCK_SOURCE \
         MCAST_UNBLOCK_SOURCE MCAST_LEAVE_GROUP MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_SOURCE_GROUP \
         MCAST_MSFILTER IP_MULTICAST_ALL IP_UNICAST_IF",
        ),
        (64, "IPT_SO_SET_REPLACE IPT_SO_SET_ADD_COUNTERS IPT_SO_GET_REVISION_TARGET"),
    ],
    since_4: &[(51, "IP_LOCAL_PORT_RANGE IP_PROTOCOL")],
};

/// Options of IPv6.
pub(in crate::interpret) static IPV6: Words = Words {
    known: &[
        (
            1,
            "IPV6_ADDRFORM IPV6_2292PKTINFO IPV6_2292HOPOPTS IPV6_2292DSTOPTS IPV6_2292RTHDR \
         IPV6_2292PKTOPTIONS IPV6_CHECKSUM IPV6_2292HOPLIMIT IPV6_NEXTHOP IPV6_AUTHHDR \
         IPV6_FLOWINFO",
        ),
        (
            16,
            "IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS IPV6_MULTICAST_LOOP \
         IPV6_ADD_MEMBERSHIP IPV6_DROP_MEMBERSHIP IPV6_ROUTER_ALERT IPV6_MTU_DISCOVER IPV6_MTU \
         IPV6_RECVERR IPV6_V6ONLY IPV6_JOIN_ANYCAST IPV6_LEAVE_ANYCAST IPV6_MULTICAST_ALL \
         IPV6_ROUTER_ALERT_ISOLATE",
        ),
        (
            32,
            "IPV6_FLOWLABEL_MGR IPV6_FLOWINFO_SEND IPV6_IPSEC_POLICY IPV6_XFRM_POLICY \
         IPV6_HDRINCL",
        ),
        (
            42,
            "MCAST_JOIN_GROUP MCAST_BLOCK_SOURCE MCAST_UNBLOCK_SOURCE MCAST_LEAVE_GROUP \
         MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_MSFILTER IPV6_RECVPKTINFO \
         IPV6_PKTINFO IPV6_RECVHOPLIMIT IPV6_HOPLIMIT IPV6_RECVHOPOPTS IPV6_HOPOPTS \
         IPV6_RTHDRDSTOPTS IPV6_RECVRTHDR IPV6_RTHDR IPV6_RECVDSTOPTS IPV6_DSTOPTS \
         IPV6_RECVPATHMTU IPV6_PATHMTU IPV6_DONTFRAG IPV6_USE_MIN_MTU IP6T_SO_SET_REPLACE \
         IP6T_SO_SET_ADD_COUNTERS IPV6_RECVTCLASS IPV6_TCLASS IP6T_SO_GET_REVISION_MATCH \
         IP6T_SO_GET_REVISION_TARGET IPV6_AUTOFLOWLABEL",
        ),
        (
            72,
            "IPV6_ADDR_PREFERENCES IPV6_MINHOPCOUNT IPV6_ORIGDSTADDR IPV6_TRANSPARENT \
         IPV6_UNICAST_IF IPV6_RECVFRAGSIZE IPV6_FREEBIND",
        ),
        (80, "IP6T_SO_ORIGINAL_DST"),
    ],
    since_4: &[(31, "IPV6_RECVERR_RFC4884")],
};

/// Options of TCP.
pub(in crate::interpret) static TCP: Words = Words {
    known: &[(
        1,
        "TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT \
         TCP_LINGER2 TCP_DEFER_ACCEPT TCP_WINDOW_CLAMP TCP_INFO TCP_QUICKACK TCP_CONGESTION \
         TCP_MD5SIG TCP_COOKIE_TRANSACTIONS TCP_THIN_LINEAR_TIMEOUTS TCP_THIN_DUPACK \
         TCP_USER_TIMEOUT TCP_REPAIR TCP_REPAIR_QUEUE TCP_QUEUE_SEQ TCP_REPAIR_OPTIONS \
         TCP_FASTOPEN TCP_TIMESTAMP TCP_NOTSENT_LOWAT TCP_CC_INFO TCP_SAVE_SYN TCP_SAVED_SYN \
         TCP_REPAIR_WINDOW TCP_FASTOPEN_CONNECT TCP_ULP TCP_MD5SIG_EXT TCP_FASTOPEN_KEY \
         TCP_FASTOPEN_NO_COOKIE TCP_ZEROCOPY_RECEIVE TCP_INQ TCP_TX_DELAY",
    )],
    since_4: &[(38, "TCP_AO_ADD_KEY TCP_AO_DEL_KEY TCP_AO_INFO TCP_AO_GET_KEYS TCP_AO_REPAIR")],
};

/// Options of UDP.
pub(in crate::interpret) static UDP: Words =
    Words { known: &[(1, "UDP_CORK"), (100, "UDP_ENCAP")], since_4: &[] };

/// Options of packet sockets.
pub(in crate::interpret) static PACKET: Words = Words {
    known: &[
        (1, "PACKET_ADD_MEMBERSHIP PACKET_DROP_MEMBERSHIP PACKET_RECV_OUTPUT"),
        (
            5,
            "PACKET_RX_RING PACKET_STATISTICS PACKET_COPY_THRESH PACKET_AUXDATA PACKET_ORIGDEV \
         PACKET_VERSION PACKET_HDRLEN PACKET_RESERVE PACKET_TX_RING PACKET_LOSS PACKET_VNET_HDR \
         PACKET_TX_TIMESTAMP PACKET_TIMESTAMP PACKET_FANOUT PACKET_TX_HAS_OFF \
         PACKET_QDISC_BYPASS PACKET_ROLLOVER_STATS PACKET_FANOUT_DATA PACKET_IGNORE_OUTGOING",
        ),
    ],
    since_4: &[(24, "PACKET_VNET_HDR_SZ")],
};

/// Calls within `socketcall(2)`.
pub(in crate::interpret) static SOCKETCALL: Words = Words {
    known: &[(
        1,
        "socket bind connect listen accept getsockname getpeername socketpair send recv \
         sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg \
         sendmmsg",
    )],
    since_4: &[],
};

/// Calls within `ipc(2)`.
pub(in crate::interpret) static IPC: Words = Words {
    known: &[
        (1, "semop semget semctl semtimedop"),
        (11, "msgsnd msgrcv msgget msgctl"),
        (21, "shmat shmdt shmget shmctl"),
    ],
    since_4: &[(25, "dipc")],
};

/// Families of netfilter.
pub(in crate::interpret) static NETFILTER: Words = Words {
    known: &[
        (0, "unspecified inet ipv4 arp"),
        (5, "netdev"),
        (7, "bridge"),
        (10, "ipv6"),
        (12, "decnet"),
    ],
    since_4: &[],
};

/// Hooks of netfilter.
pub(in crate::interpret) static HOOK: Words =
    Words { known: &[(0, "PREROUTING INPUT FORWARD OUTPUT POSTROUTING BROUTING")], since_4: &[] };

/// What netfilter does with a packet.
pub(in crate::interpret) static VERDICT: Words =
    Words { known: &[(0, "ACCEPT DROP REJECT")], since_4: &[] };

/// Types of ICMP.
pub(in crate::interpret) static ICMP: Words = Words {
    known: &[
        (0, "echo-reply"),
        (3, "destination-unreachable source-quench redirect"),
        (8, "echo"),
        (
            11,
            "time-exceeded parameter-problem timestamp-request timestamp-reply info-request \
         info-reply address-mask-request address-mask-reply",
        ),
    ],
    since_4: &[],
};
