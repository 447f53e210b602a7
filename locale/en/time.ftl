### Times and lengths of time, on every page.

just-now = just now
ago = { $span } ago
ahead = in { $span }

## A length in one unit

one-second = { $n ->
    [one] { $n } second
   *[other] { $n } seconds
}
one-minute = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
one-hour = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
one-day = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

## A length in its two largest units

milliseconds = { $n } ms
seconds = { $n } s
minutes = { $minutes } min
hours = { $hours } h
hours-minutes = { $hours } h { $minutes } min
days = { $days } d
days-hours = { $days } d { $hours } h

## A point in time. $clock is 22:14, $zone is CET.

yesterday = yesterday { $clock }
weekday-clock = { $weekday } { $clock }
day-clock = { $day } { $month } { $clock }
day = { $day } { $month }
day-year = { $day } { $month } { $year }
day-year-clock = { $day } { $month } { $year } { $clock }
month-year = { $month } { $year }
weekday-day = { $weekday } { $day } { $month }
full = { $weekday } { $day } { $month } { $year } { $clock } { $zone }

# 1 is Monday.
weekday = { $n ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
month = { $n ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
month-in-full = { $n ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
weekday-in-full = { $n ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
