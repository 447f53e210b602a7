### Security: what its pages share, and the first of them. The others are in logins and audit.

## Its pages

parts = Parts of Security
summary = Summary
logins = Logins
trusted = Trusted
failed = Failed logins
bans = Bans
became = sudo and su
log = Audit log
hits = Acts and Sigma
rules = Audit rules

## On several of them

how-far = How far back
search = Search
older = Older
none = None.
none-such = None is like that.
session = session { $session }
key-html = key <bdi>{ $key }</bdi>
next-html = Next: <code>sudo { $command }</code>

## What cannot be seen

blind-html = <b>Cannot be seen: { $what }.</b> <bdi>{ $why }</bdi>
mend = What mends it, on the server:
# What $what may be: a list of these.
blind-logins = logins
blind-failed = failed logins
blind-bans = bans
blind-banned = who is banned now
blind-became = sudo and su
blind-rules = the audit rules
blind-loaded = what is loaded in the kernel
# What $why may be.
ssh-off = they are not watched: `enabled = false` under [ssh]
crashed = it could not be read to its end
capability = only who has the capability { $capability } may ask

## The line of the first page: what is new or odd

guessed = { $n ->
    [one] { $user } from { $address } came in after { $n } failed try.
   *[other] { $user } from { $address } came in after { $n } failed tries.
}
all-well = Nothing new and nothing odd.
nothing-seen = Nothing odd, as far as can be seen.
# $parts is a list of those below.
odd = { $parts }.
odd-sigma = { $n ->
    [one] { $n } critical Sigma hit
   *[other] { $n } critical Sigma hits
}
odd-rules = { $n ->
    [one] { $n } thing wrong with the audit rules
   *[other] { $n } things wrong with the audit rules
}
odd-logins = { $n ->
    [one] { $n } new login
   *[other] { $n } new logins
}
odd-acts = { $n ->
    [one] { $n } act to look at
   *[other] { $n } acts to look at
}
odd-refused = { $n } refused sudo or su
tries = { $tries ->
    [one] { $tries } failed try
   *[other] { $tries } failed tries
} from { $addresses ->
    [one] { $addresses } address
   *[other] { $addresses } addresses
} in 24 hours.
tries-banned = { $tries ->
    [one] { $tries } failed try
   *[other] { $tries } failed tries
} from { $addresses ->
    [one] { $addresses } address
   *[other] { $addresses } addresses
} in 24 hours, { $banned } banned now.

## Below it

no-logins = Nobody logged in by ssh since nightkeep watches.
in-day = { $n } in 24 h
in-day-so-far = { $n } in 24 h, as far as read
# The names that somebody tried; $more of them are not listed.
tried-as-html = { $more ->
    [0] as { $names }
   *[other] as { $names } and { $more } more
}
got-in-html = got in as <bdi>{ $user }</bdi>
tries-unit = tries
failed-unseen = They cannot be seen: above is why.
nobody-banned = Nobody is banned now.
banned-now-html = <b>{ $n }</b> banned now: { $addresses }
bans-unseen-html = It is not known who is banned. <a href="{ $link }">Why?</a>
nobody-became = Nobody within a week.
# $user became $target.
became-html = <b><bdi>{ $user }</bdi></b> as <bdi>{ $target }</bdi>
refused = (refused)
became-unseen = It cannot be seen: above is why.
no-hits-html = Nothing was heard. <a href="{ $link }">Is the audit as it should be?</a>
search-log = Search the audit log
