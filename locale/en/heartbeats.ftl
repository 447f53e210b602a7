### Heartbeats: all of them, one of them, made and changed.

## All of them

add = Add a heartbeat
none-html = <b>Nothing calls in yet.</b> A heartbeat waits for a job to call: a backup, a cron job, a timer. One that does not call in time, or says that it failed, is told.
adopt-html = Or let the server do it for every cron job it has: <code>sudo nightkeep cron adopt</code>
search-for = Name, tag
search-these = Search heartbeats
next-first = next first
none-such = No heartbeat is like that.
runs-now = runs now
late-by = up to { $span } late
# How long its last run took.
list-took = took { $span }
# Below when it has to call again.
next = next

# When it has to call, in a line of a list.
line-every = every { $span }
line-at = at { $times } ({ $zone })

## Several of them

none-chosen = no heartbeat was chosen
several-paused = { $n ->
    [one] { $n } heartbeat paused.
   *[other] { $n } heartbeats paused.
}
several-resumed = { $n ->
    [one] { $n } heartbeat resumed.
   *[other] { $n } heartbeats resumed.
}
several-deleted = { $n ->
    [one] { $n } heartbeat deleted.
   *[other] { $n } heartbeats deleted.
}
lost = Its address is gone for good: a job that still calls it hears that there is no such check. Its log goes with it.
gone = { $name } is gone.

## How one of them is

status-new-html = <b>{ $status }</b>: it has not called yet
run-goes-on = a run goes on
last-ping-html = last ping { $when }
last-ping-took-html = last ping { $when }, it took { $took }
no-ping = no ping yet
next-ping-html = next { $when }
down-after-html = down if nothing comes until { $when }

## Why it is down, or was. $said is what the job said of it.

missed = no call in time
unfinished = it began and did not end in time
early = it ended too soon
failed = it failed
failed-exit = it failed with exit code { $exit }
failed-said = it said that it failed
why-said = { $why }: { $said }

## Where it calls

new-address = New address
new-address-sure = Give it a new address? The old one is gone at once, and a job that calls it is not heard.
has-new-address = { $name } has a new address. Its job has to call it there.
where-it-calls = Where it calls
own-secret = or, by its own secret
by-mail = or by mail to
behind-address-html = Whoever knows an address can call it. Behind it: <code>/start</code> as it begins, <code>/fail</code> or <code>/</code> and an exit code as it ends, <code>/log</code> for a note.
shell = Shell
shell-about = Tells when it begins, when it ends, its exit code and its output.
wrap-about = On this server: does all of that, and what could not be told is told later.
crontab-about = Only tells that it ended well.
systemd-about = In the service: systemctl edit JOB.service

## When it has to call

when-to-call = When it has to call
never-again = Never again.
schedule-every = Every { $span }
schedule-at = At { $times } by the clocks of { $zone }
# The same time by the owner's clock.
here = here { $when }
late-by-most = May be late by
run-most = A run may take
run-least = A run takes at least
down-after = Down after
down-after-failures = { $n ->
    [one] { $n } failed or missed call
   *[other] { $n } failed or missed calls
}
told-on = Told on
counts = Counts
only-post = only POST
failure-words = Failure words
success-words = Success words
start-words = Start words
paused = Paused
paused-until-resumed = stays so until you resume it

## How it was

how-it-was = How it was
month = Month
times = Times
down-for = Down for
each-change = Each change
change-html = { $when }: { $from } → <b>{ $to }</b>

## Its pings

sent-last = What it sent last
with-ping = with ping { $n }
pings = Pings
pings-so-far = { $n } so far
kind = Kind
kind-all = all
kind-of = { $kind ->
    [success] success
    [fail] fail
    [start] start
    [log] log
    [ign] ignored
   *[other] { $kind }
}
not-called = It has not called yet.
none-of-kind = None like that among the last ones.
number = No.
from = From
sent = Sent
exit = exit { $code }
bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
}
ping-of = Ping { $n } of { $name }
ping-sent = What ping { $n } sent
ping-unknown = nothing is known that was sent with ping { $n }
pings-kept = the last 100 pings are kept, and the last failures

## Made and changed

way = { $way ->
    [every] after a time
    [cron] by cron
    [calendar] by OnCalendar
   *[other] { $way }
}
show-times = Show the next times
# $schedule is such as "Every 1 h".
never-again-html = <b><bdi>{ $schedule }</bdi></b>: never again.
next-due-html = <b><bdi>{ $schedule }</bdi></b>. If it called now, the next calls would be due:
added = { $name } added. Have its job call the address below.
for-file-html = For the config, or a file of <code>/etc/nightkeep/monitors.d/</code>: this heartbeat is the file's from then on, with its address and its past.
form-file-html = For the config, or a file of <code>/etc/nightkeep/monitors.d/</code>. A heartbeat of that name here is the file's from then on, with its address and its past.

## As it is written down who did what

noted-address = gave the heartbeat { $name } a new address
noted-gone = heartbeat { $name } is gone.
noted-added = heartbeat { $name } added
noted-changed = heartbeat { $name } changed
