### Incidents: what triage found, and what was written down and done. Its answers, findings and steps are triage's own text.

## How far triage is

triage = Triage
# Links to the incident, behind triage's answer.
read-why = Read why, in incident { $id }
failed-html = It did not come to its end: <bdi>{ $why }</bdi>
running-html = <b>The server is being looked at.</b> Nothing is changed. You may leave this page.
waiting-html = <b>It was asked for</b> and begins in a moment. If it does not: <code>systemctl status nightkeep-triage.path</code>
broke-off = it broke off: { $command }
# A step, and how long it took or takes.
step = { $state ->
    [failed] failed, { $took }
    [done] done, { $took }
    [running] running, { $took }
   *[broke-off] broke off, { $took }
}
under-a-second = under 1 s
cannot-html = <b>Triage cannot be asked for here:</b> <bdi>{ $why }</bdi>.
needs-root = It needs root. What mends it:

## Asking for triage

question = What happened, how far did they get, do you patch or rebuild? It looks at files, processes, logs and logins as root, changes nothing, and takes some minutes.
look-back = Look back
called = What it is called
called-hint = empty: the one that is open
run-triage = Run triage
no-length = that is no length of time
write-length = write 24h, 7d or 30d
asked-already = it was asked for already, and nobody has begun
cannot-ask = it cannot be asked for: { $error }
asked = Triage was asked for. It takes some minutes; this page shows each step.
# In the list of changes.
changed-asked = asked for triage

## All incidents

all-incidents = All incidents
unreadable-html = <b>The watch may not read { $ids }:</b> root opened them before the log book was shared. What lets it:
unreadable-all = all of them
no-incidents = None.
no-incidents-readable = None that can be read.
not-triaged = not looked at by triage
log-changed = its log was changed
closed = closed
open = open
open-by-hand = Open an incident by hand
what-you-saw = What you saw
open-it = Open it
opened = Incident { $id } is open.
# In the list of changes.
changed-opened = opened incident { $id }

## One incident

numbered = Incident { $id }
closed-html = closed { $when }
open-for = open for { $span }
broken = The log of this incident was changed.
broken-from = At or before entry { $entry } it is not what was written. Do not rely on it.
altered-html = <bdi>{ $file }</bdi> is not as it was kept, and left out.
verdict = Verdict
looked-html = How sure: { $confidence }. Looked { $when }, for what happened since { $since }.
why = Why
by-html = by { $findings }
by-more-html = by { $findings } and { $n } more
otherwise-html = would change it: <bdi>{ $what }</bdi>
unseen-html = <b>{ $n } not seen</b>, and so not in it
now = Now
clock-wrong = clock wrong by { $seconds } s
more-on-timeline = And { $n } more on the timeline.
timeline = Timeline
events = { $n ->
    [one] { $n } event
   *[other] { $n } events
}
event-by-event = Event by event
only-story = Only what belongs to the story
not-looked-html = Triage has not looked at the server for it yet. <a href="{ $link }">Run triage</a>: what it finds is kept here while this one is open.

## What was found

findings = Findings
no-findings = None.
critical = Critical
to-look-at = To be looked at
to-know = Good to know
# How sure a finding is.
hint = a hint
likely = likely
sure = sure
innocent-html = <b>May be innocent:</b> <bdi>{ $what }</bdi>
attack = MITRE ATT&CK: { $techniques }
all-steps = All steps of the checklist
not-seen = not seen: { $what }

## The log book

log-book = Log book
logged-opened = Opened: { $title }
logged-triage = Triage says: { $answer }
logged-record = Wrote the record
logged-evidence = Evidence was taken: { $place }
# The text that was published follows in a line of its own.
logged-published = Told the public: { $title }
logged-update = Told the public: { $text }
logged-withdrawn = Took back what the public was told
logged-closed = Closed
logged-closed-why = Closed: { $text }
logged-reopened = Opened again
did-or-saw = What you did or saw
note-it = Note it

## Evidence

evidence = Evidence
no-evidence = None was taken. Onto another disk, on the server:
manifest-html = SHA-256 of its manifest: <code>{ $hash }</code>
download = Download
copy-off-html = Copy it off: <code>scp root@{ $host }:{ $place } .</code>
no-bundle = there is no such bundle
# In the list of changes.
changed-downloaded = downloaded evidence of incident { $id }

## What visitors of the status page are told

public-title-html = Visitors read of it as <b><bdi>{ $title }</bdi></b>.
published = published
update = update
update-closed = closed
update-reopened = opened again
so-now = What is so now
tell-visitors = Tell visitors
withdraw-all = Take all of it from the status page?
withdraw = Take it from the status page
not-public = Visitors are told nothing of it.
no-status-page-html = There is no status page yet: <code>[status-page]</code> in the config.
visitors-words = In a visitor's words
visitors-words-hint = The shop is down
visitors-text = What is so, and what you do about it
publish = Publish

## Its end

close = Close the incident
over-why = Why it is over
visitors-over = What visitors are told with it
close-it = Close it

## What was done, to be said

done = { $act ->
    [note] Incident { $id }: noted.
    [publish] Incident { $id }: told the public of.
    [update] Incident { $id }: told the public more of.
    [withdraw] Incident { $id }: took from the status page.
   *[close] Incident { $id }: closed.
}
# The same in the list of changes.
changed = { $act ->
    [note] noted incident { $id }
    [publish] told the public of incident { $id }
    [update] told the public more of incident { $id }
    [withdraw] took from the status page incident { $id }
   *[close] closed incident { $id }
}
# $field is the name of a field, as it is sent.
says-nothing = `{ $field }` says nothing

## The record

record = Record
record-about = Facts and timeline are filled in, judgement is left to you.
read-record = Read it
write-record = Read and write it
markdown = Markdown
to-print = To print
json = JSON
record-title = Record of { $id }
record-head-html = Record: <bdi>{ $title }</bdi>
stale = Somebody wrote the record meanwhile.
stale-how = Nothing was overwritten. Below is your text; put what they wrote into it, then save: your text becomes the newest.
stale-other = What they wrote
preview = Preview
preview-unsaved = Preview, not saved yet
record-how-html = In Markdown. What is marked <b>To be judged by a person</b> is yours.
save = Save
the-record = The record
as-markdown = As Markdown
as-print = As a page to print
as-json = All of it as JSON
saved = The record of { $id } is saved.
# In the list of changes.
changed-record = wrote the record of incident { $id }

## The timeline

strip = How much happened when; each bar leads to its time
bar = { $n ->
    [one] { $from } to { $until }: { $n } event
   *[other] { $from } to { $until }: { $n } events
}
bar-findings = { $n ->
    [one] { $from } to { $until }: { $n } event, some with findings
   *[other] { $from } to { $until }: { $n } events, some with findings
}
timeline-title = Timeline of { $id }
timeline-head-html = Timeline: <bdi>{ $title }</bdi>
not-kept-html = No events are kept here: triage has not looked yet, or an older version did. <code>nightkeep timeline</code> has them.
spans = Span
all-time = All
last-week = Last 7 days
last-day = Last day
last-hours = Last 6 hours
last-hour = Last hour
wider = Wider
from = From
until = Until
source = Source
all-sources = all
actor = Actor
actor-hint = User or address
nothing-fits = Nothing is like that.
story = story
first-of = The first { $shown } of { $all }.
further = Further
no-time = `{ $text }` is no time
write-time = write 2026-11-29T22:14
