### Words that several pages use.

# How a monitor or a heartbeat is.
status = { $status ->
    [up] up
    [degraded] degraded
    [down] down
    [maintenance] maintenance
    [paused] paused
    [unknown] unknown
    [pending] pending
    [new] new
    [started] started
    [late] late
   *[other] { $status }
}
severity = { $severity ->
    [info] info
    [warning] warning
    [critical] critical
   *[other] { $severity }
}
# How far an alert is.
phase = { $phase ->
    [pending] pending
    [firing] firing
    [ok] ok
    [resolved] resolved
    [unknown] unknown
   *[other] { $phase }
}
# What somebody may do.
role = { $role ->
    [viewer] viewer
    [editor] editor
    [owner] owner
   *[other] { $role }
}

## Of forms and buttons

acknowledge = Acknowledge
silence-for = Silence for…
silence-why = Why (may be empty)
show = Show
copy = Copy
delete = Delete
keep-one = Keep it
keep-them = Keep them

## Lists

never = never
and-more = { $n } more
