### The start page: is everything well?

## The line that answers it, and what is known beside it

all-well = All is well.
nothing-seen = Nothing burns, as far as can be seen.
troubles = { $n ->
    [one] { $n } trouble
   *[other] { $n } troubles
}
to-know = { $n ->
    [one] { $n } thing to know
   *[other] { $n } things to know
}
watched = nightkeep has watched for { $span }.
cared-for-all = Somebody takes care of it.
cared-for-none = Nobody has said yet that they take care of it.
cared-for = Somebody takes care of { $n }.
blind = { $beside } Not everything can be seen: below is what, and what mends it.

## What burns, and what may

burning = What burns
smouldering = Not sure yet
store-error-html = <b>Nothing can be remembered:</b> <bdi>{ $error }</bdi>
source-blind-html = <b>Cannot see { $source }:</b> <bdi>{ $why }</bdi>
smoulders = { $phase }, for { $span }

## Vital signs

unmeasured = Nothing was measured within the last ten minutes.
cpu = CPU
memory = Memory
disk = Disk { $path }
load = load { $load }
free = { $bytes } free

## Monitors and heartbeats

how-many-well = { $well } of { $all } well
no-monitors = Nothing is asked from outside yet.
add-monitor-html = <a href="{ $link }">Add a monitor</a>: a page, a port, a certificate, a DNS name.
all-monitors = All { $n } monitors
last-day = 24 h
last-month = 30 d
last-answers = { $n ->
    [one] the last answer
   *[other] the last { $n } answers
}
no-heartbeats = No job calls in yet.
add-heartbeat-html = <a href="{ $link }">Add a heartbeat</a> for a cron job; or on the server: <code>nightkeep cron adopt</code>
all-heartbeats = All { $n } heartbeats
last-ping = last ping

## Logins, bans and certificates

logins = Who logged in
no-logins = Nobody within the last week.
login-html = <b><bdi>{ $user }</bdi></b> from <bdi>{ $address }</bdi>
login-new = new: { $parts }
no-bans = fail2ban banned nobody within a day.
bans-html = { $n ->
    [one] <b>{ $n }</b> ban within a day:
   *[other] <b>{ $n }</b> bans within a day:
}
certificates = Certificates
no-certificates-html = None is watched. Name yours under <code>[certificates]</code> in the config.
days-left = { $n } d
ended = ended
