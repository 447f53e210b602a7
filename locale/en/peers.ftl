### Peers: other servers that keep an eye on this one, and this one on them.

about = A peer is another server with nightkeep. This one looks whether it answers, and it calls here every five minutes: when one of the two goes silent, the other tells.
none = None yet: nobody tells when this server itself is gone.
answers = answers
calls = calls here
no-monitor = is not asked
no-heartbeat = does not call

## What it needs to call

on-it-html = On <bdi>{ $name }</bdi>, as root: it calls only while its watch answers.
there = Then add this server there in the same way: { $url }

# $url is an address of this machine alone.
unreachable-html = No other server reaches <code>{ $url }</code>. Say in the config what this page is called outside: <code>url</code> under <code>[web]</code>.

## A new one

new = New peer
name = Name
name-hint = What you call that server
address = Its page
address-hint = Where its nightkeep is, as this server reaches it
add = Add peer
added = { $name } is asked from now on. Now have it call here: the lines are below.

## As it is written down who did what

noted-added = peer { $name } added
