### The server: its charts, what happened meanwhile, and what runs now.

## How long back

how-long = How long back
# On a button.
hours-short = { $n }h
days-short = { $n }d
years-short = { $n }y
one-year = { $n ->
    [one] { $n } year
   *[other] { $n } years
}
zoom-back = Zoom back
from-to = From { $from } to { $until }

## The charts

nothing-measured = Nothing is measured yet. The first samples are there in a minute.
choose-services = Choose services for the charts
draw-these = Draw these

## What happened meanwhile

meanwhile = What happened meanwhile
nothing-happened = No alert, login, deployment or restart in this time.

## What runs now, on a page of its own

now = Now
runs-now = What runs now
at-html = At { $when }. <a href="{ $link }">The charts</a>

## What runs now

services = Services
no-services-html = The watch knows of no services. Is systemd watched? See the <a href="{ $link }">doctor</a>.
service = Service
state = State
restarts = Restarts
cpu = CPU
memory = Memory
processes = Processes
by-cpu = By CPU
by-memory = By memory
# The same, as a table is called for those who do not see it.
processes-by-cpu = Processes by cpu
processes-by-memory = Processes by memory
in-a-moment = In a moment: what is used is told between two looks.
process = Process
user = User
number = Number
