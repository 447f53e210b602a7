### For owners: all accounts, and what was changed. $role is that of word.ftl.

## All accounts

accounts = Accounts
you-html = <bdi>{ $name }</bdi> (you)
code = { $role }, password and code
code-passkey = { $role }, password and code, passkey
passkey = { $role }, password, passkey
password-only = { $role }, password only
here-last = Here last { $seen }
not-here = Not logged in
last-owner = The last owner: stays one until somebody else is.
role = Role
change = Change
remove = Remove
removed-then = { $name } is logged out at once and cannot come back without a new link.
remove-name = Remove { $name }
none = Nobody has an account here.
is-last-owner = That is the last owner. Make somebody else an owner first.
gone = That account is not there any more.
no-role = There is no such role.

## To make a link

a-link = A link
about-link = For somebody new, or for somebody who lost their password. It is good once, for a day.
for-whom = For whom
about-name = Empty: whoever opens it chooses a name. A name that has an account: they choose a new password, and keep their role.
take-away = Take away their passkeys and codes as well
make-link = Make the link
about-roles = An owner may do everything, also make accounts. An editor acknowledges, silences, and changes monitors, heartbeats and incidents. A viewer looks.

## The link that was made

the-link = The link
for-new = For a new { $role }. Good once, until { $until }. It is shown only now:
for-name = For { $name }, { $role }. Good once, until { $until }. It is shown only now:
hand-on = Whoever has it gets the account: send it where nobody else reads.
to-accounts = To the accounts

## What was changed

changes = Changes
changed = What was changed
about-changes = Over the web, by people and by programs with a token, and who was let in on the command line. Kept for two years.
no-changes = Nothing yet.
change-from-html = from <bdi>{ $from }</bdi>
older = Older ones
