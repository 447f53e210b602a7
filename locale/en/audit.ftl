### Security: what the kernel's audit recorded, and whether it is as it should be. The sentences of
### its events are said by the part that reads them.

## Acts and Sigma: what people did

search-hits = Who, what or which file
only-sigma = Only Sigma rules
no-sigma-html = No Sigma rules are asked. Name files or folders of them: <code>sigma = ["/etc/nightkeep/sigma"]</code> under <code>[audit]</code>.
# $command shows the $left rules that cannot be asked.
sigma-html = { $left ->
    [0] { $asked } Sigma rules are asked, of { $paths }.
   *[other] { $asked } Sigma rules are asked, { $left } cannot be: <code>{ $command }</code>, of { $paths }.
}
sigma-of-html = Sigma rules of { $paths }.
hits = What people did
no-hits-html = Nothing was heard. It needs the kernel's audit: <a href="{ $link }">is it as it should be?</a>
# What kind of act it is.
sigma-critical = Sigma rule, critical
sigma-rule = Sigma rule
accounts = accounts
keys = keys
schedules = schedules
module = kernel module
first-sudo = first sudo
your-key = key of yours

## The search in the log

key = Key
key-such-as = identity, or ssh*
user = User
user-such-as = Name or number
file = File
file-such-as = /etc/passwd, or a part
since = Since
since-such-as = 2h, yesterday, 2026-11-23
until = Until
until-such-as = now
more-conditions = More conditions
program = Program
program-such-as = /usr/bin/curl, or a part
kind = Kind of record
session = Session
process = Process
host = From host
success = Did it work?
either = either
yes = yes
no = no
all = All
let-read = To let the watch read it, where auditd keeps it for the group adm:
damaged = { $n ->
    [one] { $n } event is damaged, and whether it is asked for cannot be told: { $command }
   *[other] { $n } events are damaged, and whether it is asked for cannot be told: { $command }
}
events = Events
nothing-older = Nothing older.
failed = failed
searched-all = Searched to the beginning of what there is, { $when }.
searched-back = Searched back to { $when }.
left-out-html = { $n ->
    [one] { $n } change of the audit rules themselves left out: <a href="{ $link }">show them</a>.
   *[other] { $n } changes of the audit rules themselves left out: <a href="{ $link }">show them</a>.
}
command-line-html = On the command line: <code>nightkeep audit search</code>
search-further = Search further back

## An event

event = Audit event
no-event = there is no such event in the audit log any more
search-for-it = search for it: Security, Audit log
event-at = { $when }, event { $serial }
all-of-session = all of session { $session }
records = Records, with words for numbers
as-written = As they were written
beside-session = Ten minutes before and after, by session { $session }
beside-process = Ten minutes before and after, by process { $process }
nothing-else = Nothing else was recorded.
after = { $when }, after it
before = { $when }, before it

## The rules

rules-off-html = The audit rules are not watched: <code>enabled = false</code> under <code>[audit]</code>.
rules-well-html = The audit rules are as written down in <bdi>{ $file }</bdi>.
locked = They cannot be changed until the next boot.
unlocked-html = They can be changed by root: <code>-e 2</code> as the last rule locks them until the next boot.
no-rules-html = <b>No audit rules are written down here</b>, so none are held against the kernel.
have-some = To have some:

## What is wrong with them

off = The kernel records nothing: auditing is switched off.
missing = { $n ->
    [one] { $n } rule of { $file } is not loaded, such as: { $example }
   *[other] { $n } rules of { $file } are not loaded, such as: { $example }
}
strayed = { $path } was moved away and made anew: nobody watches it.
daemon-stopped = auditd is set to run and does not.
log-stands = Records come from the kernel and auditd's log does not grow.

## The kernel

kernel = The kernel
auditing = Auditing
# 2: on, and locked.
enabled = { $enabled ->
    [0] off
    [2] on, locked
   *[other] on
}
taker = Who takes the records
# $process is 0 if there is none.
taken-by = { $process ->
    [0] nobody
   *[other] process { $process }
}
lost = Lost since the boot
waiting = Waiting now
waiting-of = { $n } of { $room }
rules-loaded = Rules loaded
loaded = What is loaded
more-rules-html = And { $n } more: <code>sudo nightkeep audit rules show</code>

## What happened to them

happened = What happened to them
nothing-happened = No rule vanished and no record was lost, as far as the watch saw.
vanished = A rule vanished: { $rule }
vanished-by = A rule vanished by { $who }: { $rule }
put-back = { $vanished }; it was put back
records-wait = { $waiting } records wait, and { $room } can: more would be lost
records-lost = { $n ->
    [one] { $n } record was lost
   *[other] { $n } records were lost
}
