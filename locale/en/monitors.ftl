### Monitors: all of them, one of them, made and changed.

## All of them

add = Add a monitor
none-html = <b>Nothing is asked from outside yet.</b> A monitor asks a service again and again whether it answers as it should: a page, a port, a certificate, a DNS name, a database.
import-html = Those you have elsewhere: <code>nightkeep import uptime-kuma kuma.db</code>
search-for = Name, address, type
search-these = Search monitors
slowest = slowest
least-up = least up
none-such = No monitor is like that.
# Below how long an answer took.
answer = answer

## Several of them

# Before the lengths of time to choose from.
silence-for = Silence for
silence = Silence
none-chosen = no monitor was chosen
all-of-files = all of these are written in files
delete-there = delete them there
several-paused = { $n ->
    [one] { $n } monitor paused.
   *[other] { $n } monitors paused.
}
several-resumed = { $n ->
    [one] { $n } monitor resumed.
   *[other] { $n } monitors resumed.
}
several-deleted = { $n ->
    [one] { $n } monitor deleted.
   *[other] { $n } monitors deleted.
}
# $said is a sentence that says until when.
several-silenced = { $n ->
    [one] { $n } monitor silenced. { $said }
   *[other] { $n } monitors silenced. { $said }
}
lost-one = It is not asked any more, and an alert of it is over. What was measured stays in the store.
lost-several = They are not asked any more, and alerts of them are over. What was measured stays in the store.

## One of them

asked-ago-html = asked { $when }
test = Test now
may-be-deleted = it may have been deleted, or be called otherwise

## What came of asking it

asked-label = What came of asking it
dns = DNS
connect = connect
tls = TLS
first-byte = first byte
the-rest = the rest
all-of-it = all of it
who-answered = Who answered
certificate-ends = Certificate ends
way-out = Others answer this server
test-found-html = found <bdi>{ $found }</bdi>

## The last answers

last-answers = The last answers
not-asked-yet = It was not asked yet since the watch started.
answers-label = { $n ->
    [one] the last answer; the table below has it
   *[other] the last { $n } answers; the table below has each
}
# $found is a word for how it was then.
answer-title = { $when }: { $found }, { $took }
phases-label = what each answer's time was spent on
# $phases are such as the next message says, with commas between them.
phases-title = { $took }: { $phases }
phase-took = { $phase } { $took }
each-answer = Each of them
found = Found
what-was-found = What was found

## What has to hold, and how long answers take

has-to-hold = What has to hold
else-degraded = else it is degraded
how-long-back = How long back
zoom-back = Zoom back

## How it was, and how it is asked

one-year = 1 year
certificate = Certificate
certificate-left = { $n ->
    [one] { $n } day left
   *[other] { $n } days left
}
certificate-ended = ended
asked = Asked
asked-every = every { $span }
missed = { $n ->
    [one] once not, for the watch was busy
   *[other] { $n } times not, for the watch was busy
}
hangs-on = Hangs on
made-of = Made of

## As a file, and on the status page

for-file-html = For a file of <code>/etc/nightkeep/monitors.d/</code>: delete it here then, for the file hides it. Secrets are left out.
badges = Badges and the status page
badges-html = The status page has <code>…/status.svg</code>, <code>uptime-24h</code>, <code>uptime-30d</code>, <code>uptime-90d</code>, <code>uptime-1y</code>, <code>latency</code> and <code>certificate</code>, each also as <code>.json</code> and <code>.shields</code>.
not-public = It is not on the public status page, so it has no badges. In the config, with what else is to be shown:

## Made and changed

what-is-asked = What is asked?
of-your-own-html = A program of your own (<code>type = "command"</code>) is written in a file of <code>monitors.d</code> on the server: no program is run for whoever asks from afar.
form-file-html = For a file of <code>/etc/nightkeep/monitors.d/</code>. Secrets are left out: put each into a file of its own.
name-stays = It stays: alerts and measurements know it by that.
no-command = no program is run for the page
command-in-file = write this monitor in a file of monitors.d on the server
no-type = there is no such type of monitor
choose-type = choose one under Add a monitor
not-in-store = the store has no monitor { $name }
added = { $name } added.

## As it is written down who did what

noted-added = monitor { $name } added.
noted-changed = monitor { $name } changed.
