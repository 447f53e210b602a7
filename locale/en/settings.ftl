### Settings: who and what is let in, the status page, and the config.

## All of them

account = Your account
account-about = password, second factor, passkeys, where you are logged in
accounts = Accounts
accounts-about = who is let in, and what they may do
tokens = Tokens
tokens-about = for programs: the API, Prometheus, Healthchecks clients
channels = Channels
channels-none = none: nobody is told
channels-about = { $n }, each with a test
peers = Peers
peers-about = other servers that tell when this one is silent
status-page-about = what visitors see
status-page-none = there is none yet
config = Config
config-about-html = every value and where it comes from: <bdi>{ $file }</bdi>
doctor-about = what cannot be seen, and what mends it
changes = Changes
changes-about = who did what, and when
watched = { $monitors ->
    [one] { $monitors } monitor
   *[other] { $monitors } monitors
} and { $heartbeats ->
    [one] { $heartbeats } heartbeat
   *[other] { $heartbeats } heartbeats
} are watched.
api = The API for programs:

## The config

config-where-html = It is in <code><bdi>{ $file }</bdi></code> and only changed there: <code>sudoedit { $file }</code>, then <code>nightkeep config check</code> and <code>sudo systemctl reload nightkeep</code>. Monitors, heartbeats and tokens that were made here or by the API are kept in the store. Secrets are not shown.
config-wrong = As it stands in the file now it is wrong; what was read before is in force
config-hint = A key or a section
config-search = Search the config
search = Search
config-others-html = Of <a href="{ $monitors }">monitors</a> and <a href="{ $heartbeats }">heartbeats</a> each has its own page, with where it is written.
# The keys that stand in no section.
everything = Everything
keys = { $n ->
    [one] { $n } key
   *[other] { $n } keys
}
key = Key
value = Value
# Where a value comes from.
origin = From
usual = default

## The status page

status-page-at-html = <b><bdi>{ $title }</bdi></b> is at <a href="{ $url }">{ $url }</a>, for everybody, without a login.
status-page-where-html = What is on it is said under <code>[status-page]</code> in <code><bdi>{ $file }</bdi></code>, and only changed there: <code>show = { $services }</code>
status-page-trouble-html = To tell visitors of trouble, publish an <a href="{ $incidents }">incident</a>. Planned work is a <code>[[maintenance]]</code> with <code>public</code>.
on-it = On it
nothing-fits-html = Nothing that is watched fits <code>show</code>.
badge = badge
beside-html = Beside it: <a href="{ $url }/status.json">JSON</a>, <a href="{ $url }/feed.xml">feed</a>.
no-status-page = There is none. Whatever you name in the config is shown to everybody, and nothing else:
write-status-page-html = In <code><bdi>{ $file }</bdi></code>, then <code>sudo systemctl reload nightkeep</code>.

## Tokens

let-in-html = <bdi>{ $name }</bdi> is let in
only-now = This is its token. It is shown only now:
try-html = Try it: <code>{ $command }</code>
no-tokens = No program is let in.
# What a program may do: may see everything.
may = may { $what }
may-read = see everything
may-write = see and change everything
may-heartbeats-read = see heartbeats, without their addresses
may-heartbeats-write = see and change heartbeats
may-metrics = read the metrics (Prometheus)
# Asked before a token is taken back.
take-back-confirm = Let { $name } in no more?
# The button of each token; its name follows for who cannot see the row.
take-back = Take back
new-token = New token
token-name = Name
token-name-hint = Which program it is for
# Followed by a choice of what it may do: see everything.
token-may = It may
token-may-hint = Give it no more than it needs
make-token = Make token
choose-scope = choose what it is for
no-random = no random numbers: { $error }
