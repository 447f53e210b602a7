### What the list of changes says that somebody did, behind their name: "ann: logged out".
### It is written down as it is said then. $role is that of word.ftl.

## Logging in

logged-in-password = logged in with a password
logged-in-code = logged in with a password and a code
logged-in-passkey = logged in with a passkey
logged-in-link = logged in with a link
logged-out = logged out
used-recovery = used up a recovery code
# Stands for a name that nobody has.
somebody = somebody
failed-password = could not log in: wrong name or password
failed-code = could not log in: wrong code
failed-passkey-unknown = could not log in: unknown passkey
failed-passkey-other = could not log in: passkey of somebody else
failed-passkey = could not log in: passkey refused ({ $why })
failed-account = could not log in: wrong password on the account page

## By a link

link-password = set a new password by a link, as { $role }
link-password-reset = set a new password by a link; passkeys and codes were taken away, as { $role }
link-account = made this account by a link, as { $role }

## One's own account

chose-password = chose another password
codes-on = is asked for codes from now on
codes-off = takes no codes any more
added-passkey = added the passkey { $name }
removed-passkey = took a passkey away
ended-session = ended a session
ended-others = ended all other sessions

## All accounts

set-role = made { $name } { $role }
removed-account = removed the account { $name }
made-link-new = made a link for a new { $role }
made-link = made a link for { $name }, { $role }
