### The charts: what they are called, what their lines are, and what is said of them.

## Titles

cpu = CPU
load = Load
pressure = Waiting for
memory = Memory
swap = Swap
disk = Disk { $mount }
inodes = Inodes
device = Device { $device }
network = Network { $interface }
temperature = Temperature
unit-cpu = CPU by service
unit-memory = Memory by service
latency = How long it takes

## Lines

programs = programs
kernel = kernel
waiting-for-disk = waiting for disk
stolen = taken by the hypervisor
average-1 = 1 min
average-5 = 5 min
average-15 = 15 min
# What programs wait for.
wait-cpu = CPU
wait-disk = disk
wait-memory = memory
total = total
used = used
read = read
written = written
received = received
sent = sent
answer = an answer

## Below a chart

nothing-measured = Nothing was measured in this time.
# $day is when the disk is full.
full = full on { $day } if it goes on so
numbers = Numbers
least = least
mean = mean
most = most
now = now

## In the picture

# Below, where it goes over a year and more: Nov 2026.
month-year = { $month } { $year }
# For those who do not see it.
line = { $name }: now { $now }, least { $least }, mean { $mean }, most { $most }
nothing = Nothing was measured.

## What happened meanwhile

alert = Alert
login = Login
deploy = Deploy
note = Note
reboot = Reboot
login-from = { $user } from { $address }
was-started = the machine was started
noted = { $text } ({ $who })

## What cannot be drawn

no-chart = there is no chart `{ $name }`; the server page shows those there are
no-time = `{ $text }` is no time; write seconds since 1970
no-length = from has to be before until, by a minute to two years
no-range = there is no range `{ $name }`; there are { $names }
