### Security: who came in and who tried, who is banned, and who became root.

## A login

known = known
new-part = { $part ->
    [user] new user
    [key] new key
    [address] new address
   *[other] new { $part }
}
after-tries = { $n ->
    [one] after { $n } failed try
   *[other] after { $n } failed tries
}
trust-login = Trust this login
only-part = Only a part…
trust-part-html = { $part ->
    [user] The user <bdi>{ $name }</bdi>
    [key] The key <bdi>{ $name }</bdi>
    [address] The address <bdi>{ $name }</bdi>
   *[other] The { $part } <bdi>{ $name }</bdi>
}

## Logins

search = Search logins
search-in = User, address or key
only-new = Only new
no-logins-html = Nobody logged in by ssh since nightkeep watches. Before that: <code>nightkeep logins --since 30d</code>

## What is trusted

trust-means = A login of which user, key and address are all trusted raises no alarm. What was in this server's log when nightkeep first started was trusted then: look through it once.
users = Users
keys = Keys
addresses = Addresses
since-by-html = since { $when }, by <bdi>{ $who }</bdi>
sure = The next login with it raises an alarm. Trust it no more?
trust-no-more = Trust no more
trust-unsaid = the form does not say whether to trust it
no-login = there is no login { $login } within 30 days
trust-alone = trust its user, key or address alone, or see nightkeep logins
nothing-named = nothing was named that could be trusted

## Failed logins

came-in-html = <bdi>{ $user }</bdi> came in from <bdi>{ $address }</bdi> after { $n } failed tries.
not-you-html = { $when }. If that was not you: <a href="{ $link }">run triage</a>.
tries = { $tries ->
    [one] { $tries } failed try
   *[other] { $tries } failed tries
} from { $addresses ->
    [one] { $addresses } address
   *[other] { $addresses } addresses
} within { $span }.
read-back-html = Read back to { $when } so far, not to the beginning of these { $span }: each look reads further back, as far as there is room. All of it: <code>{ $command }</code>
nothing-read = Nothing was read yet.
counted-by = Counted by
by = { $by ->
    [address] By address
    [network] By network
    [user] By user
   *[other] By { $by }
}
part-of = { $by ->
    [address] Part of the address
    [network] Part of the network
    [user] Part of the user
   *[other] Part of the { $by }
}
failed-by = { $by ->
    [address] Failed logins by address
    [network] Failed logins by network
    [user] Failed logins by user
   *[other] Failed logins by { $by }
}
# The heads of the table, and the same on a phone, before the value.
counted = { $by ->
    [address] Address
    [network] Network
   *[user] User tried
}
tries-head = Tries
as-head = As
from-head = From
first-head = First
last-head = Last
tries-label = tries:
as-label = as:
from-label = from:
first-label = first:
last-label = last:
# $more of them are not listed.
names-html = { $more ->
    [0] { $names }
   *[other] { $names } and { $more } more
}
banned = banned now
got-in-html = got in as <bdi>{ $user }</bdi>, { $when }
first-of = The first { $n } of { $all }.
count = Count: one for each try that failed, however many lines of the log tell of it; a client that offers its keys one after another and then comes in is no failure.

## Bans

no-fail2ban-html = <b>fail2ban is not installed.</b> Nobody is banned who guesses passwords.
stopped-html = fail2ban was stopped { $ago }.
start-it-html = Nobody is banned while it does not run. <code>systemctl start fail2ban</code>
bans-of-month = { $n ->
    [one] { $n } ban within 30 days
   *[other] { $n } bans within 30 days
}
bans-by-day = Bans of each of the last 30 days, today at the right
now-head = Banned now
now-count = { $n }, by fail2ban's log
nobody = Nobody.
now-caption = Who is banned now
address-head = Address
jail-head = Jail
since-head = Since
until-head = Until
jail-label = jail:
since-label = since:
until-label = until:
unsaid = not said
let-go-html = To let somebody go: <code>sudo fail2ban-client unban ADDRESS</code>
more-banned-html = { $n ->
    [one] { $n } more is not listed: <code>sudo nightkeep bans</code>
   *[other] { $n } more are not listed: <code>sudo nightkeep bans</code>
}
jails = Jails
no-jails-html = The log says nothing of them: it was turned over since fail2ban started. <code>sudo fail2ban-client status</code>
bans-for = bans for { $length }
bans-for-good = bans for good
bans-for-unsaid = bans for a time that its log does not say
now-unit = now
past-head = Who was banned
nobody-seen = Nobody, as far as the watch saw.
by-jail-html = by <bdi>{ $jail }</bdi>
last-of = The last { $n } of { $all }.

## sudo and su

search-became = User or command
only-refused = Only refused
# How often $user did, and how often in vain.
how-often-html = { $refused ->
    [0] <bdi>{ $user }</bdi> { $done }×
   *[other] <bdi>{ $user }</bdi> { $done }×, { $refused } refused
}
nobody-within = Nobody within { $span }, as far as the journal goes back.
nobody-like-that = Nobody like that within { $span }, as far as the journal goes back.
not-known = It is not known.
refused-html = refused: <bdi>{ $why }</bdi>
wrong-password = wrong password
last-became = The last { $n } of { $all }: search for the others.
