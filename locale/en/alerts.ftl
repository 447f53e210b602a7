### Alerts, and what came of them.

## The card of an alert

since-html = since { $when }, for { $span }
cared-html = <b><bdi>{ $who }</bdi> takes care of it</b> since { $when }
held = held back by { $by }
next-html = Next: <code><bdi>{ $command }</bdi></code>

## The pages of them

now = Now
history = History
deliveries = Deliveries
quiet = Silences and maintenance

## Those of now

firing = Firing
nothing-fires = Nothing fires.
pending = Pending or unknown
over-lately = Over within the last day
rule-of-html = <bdi>{ $rule }</bdi> of <bdi>{ $subject }</bdi>
from-to-html = { $from } to { $until }
nobody-told = nobody was told

## Those that were

history-title = Alerts, history
history-hint = Rule, subject or words
history-search = Search the history
search = Search
history-empty = No alert has begun or ended yet.
history-none-fits = None of the alerts read for this page fits.
began = began ({ $severity })
over = is over
earlier = Earlier ones

## Channels, and what was sent over them

channels = Channels
no-channels-html = <b>Nobody is told.</b> There is no channel in the config: alerts are only shown here and by <code>nightkeep status</code>.
add-channel-html = On the server: <code>sudo nightkeep init</code> writes one, or add a <code>[channel.NAME]</code> to the config.
took-html = took a message { $when }
channel-unused = nothing was sent over it lately
channel-delivers = delivers
channel-sending = is being sent to
channel-fails = fails
# The button of each channel; its name follows for who cannot see the row.
test = Test
sent = Sent
nothing-sent = Nothing was sent yet.

## What became of a message

delivered = delivered
delivered-html = delivered { $when }
waits = waits
tried-again = is tried again
given-up = given up
failed-tries = { $n ->
    [one] { $n } failed try
   *[other] { $n } failed tries
}
failed-tries-why = { $n ->
    [one] { $n } failed try: { $error }
   *[other] { $n } failed tries: { $error }
}

## One alert

numbered = Alert { $id }
as-it-is = As it is
over-since-html = <b>It is over</b> since { $when }.
over-long = It was over more than a day ago.
rule = Rule
subject = Subject
on-server = On the server
snapshot = As it was then
snapshot-link = Processes, connections, sessions and log
# It came to this phase.
step = { $phase } ({ $severity })
not-told = not told
told = { $what ->
    [raised] told: it began
    [worse] told: it got worse
    [reminder] told: a reminder
    [acknowledged] told: somebody takes care of it
    [recovered] told: it is over
   *[other] told: { $what }
}
told-on = on { $channels }
told-nowhere = no channel is configured for it
told-nobody = Nobody was told.
in-history = the history has those of the last year
no-snapshot = nothing was kept of alert { $id }
snapshot-when = that is done when something critical or of security begins, at most once a minute; the last 50 are kept

## Silences

silences = Silences
no-silences = None: whatever burns is told.
holds-until-html = holds until { $until }
from-until-html = from { $from } until { $until }
by-html = by <bdi>{ $who }</bdi>
number = number { $id }
# The button of each silence; which one it is follows for who cannot see the row.
end = End
end-silence = silence { $id }
new-silence = New silence
from = From
until = Until
of-what = Of what
of-what-hint-html = Empty: of everything. <code>*</code> stands for anything: <code>monitor:*</code>
which-rules = Which rules
which-rules-hint = Empty: all
why = Why
set-silence = Set silence

## Maintenance

maintenance = Maintenance
maintenance-from = from the config
no-maintenance-html = No <code>[[maintenance]]</code> in the config. For work that comes again, or that visitors of the status page should know of, write one there.
open-now = now
public = on the status page
until-html = until { $until }
never-again = never again

## The calendar of both

calendar = The next weeks
all-day = all day
# $time is 22:14.
until-time = until { $time }
from-time = from { $time }
silence = silence { $id }: { $what }
# Of what a silence or maintenance is.
everything = everything
only = only { $severities }

## Of the forms

channel-took = { $name } took the test message. Look whether it arrived.
channel-refused = { $name } did not take it: { $error }
channel-tested = tested the channel { $name }
no-channel = there is no channel { $name }
no-severity = { $word } is no severity
no-time = `{ $text }` is no time
write-time = write it as 2026-11-29T22:00
no-length = `{ $text }` is no length of time
write-length = write 30m, 2h or 3d
too-long = that is too long
no-end = it is not said for how long
choose-end = choose a length, or an end
ends-early = it would end before it begins
choose-later = choose a later end
