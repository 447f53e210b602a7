### The public status page and its feed, for visitors.

## How it is, in a sentence. $names is one or several services, $since and $until are times.

down = { $n ->
    [one] { $names } is down
   *[other] { $names } are down
}
down-since = { $n ->
    [one] { $names } is down since { $since }
   *[other] { $names } are down since { $since }
}
all-down = Everything is down
all-down-since = Everything is down since { $since }
degraded = { $n ->
    [one] { $names } is slow or works only in part
   *[other] { $names } are slow or work only in part
}
unknown = We cannot tell how it is right now
unknown-of = { $n ->
    [one] We cannot tell how { $names } is right now
   *[other] We cannot tell how { $names } are right now
}
worked-on = Planned work on { $names }
worked-on-until = Planned work on { $names } until { $until }
nothing = Nothing is shown here yet
well = All is well

## Several names

and-two = { $one } and { $other }
and-three = { $one }, { $two } and { $three }
and-more = { $one }, { $two } and { $n } more

## Incidents and planned work

known = What we know
found = Found
update = Update
over = Over
back = Back again
earlier = Earlier
work = Planned work
now = Now
soon = Soon
concerns-html = Concerns <bdi>{ $names }</bdi>.
span = { $from } to { $until }

## Services

services = Services
is-up = up
is-degraded = slow or partly down
is-down = down
is-worked-on = planned work
is-unknown = not known
since = since { $time }
answers-in = answers in
bad-days-html = { $n ->
    [one] { $n } day with trouble<span class="unseen"> of <bdi>{ $name }</bdi></span>
   *[other] { $n } days with trouble<span class="unseen"> of <bdi>{ $name }</bdi></span>
}
day = Day
up = Up
down-for = Down for
under-a-minute = under a minute

## The days as bars

bar = Each bar is a day, the last one today.
day-up = up
day-trouble = some trouble
day-down = down for long
day-no-data = no data
bars-up = The last { $n } days: up { $share } of the time
bars-no-data = The last { $n } days: no data
# Comes behind bars-up, for each kind of day that was not well.
bars-days = { $n ->
    [one] , { $kind } on { $n } day
   *[other] , { $kind } on { $n } days
}

## At the foot

as-of-html = As of { $time }. Times are those of { $zone }.
feed = Feed

## The feed

feed-of = Incidents and planned work
feed-found = We look into it.
feed-update = Update: { $title }
feed-over = Over: { $title }
feed-is-over = It is over.
feed-back = Back again: { $title }
feed-is-not-over = It is not over.
feed-work = Planned work: { $title }
feed-concerns = Concerns { $names }.
