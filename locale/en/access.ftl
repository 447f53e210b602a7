### Logging in, one-time links, and what is shown instead of a page there.

## Logging in

log-in = Log in
log-in-to-html = Log in to <bdi>{ $host }</bdi>
first-account = Nobody has an account here yet. On the server, this prints a link that makes the first one:
name = Name
password = Password
use-passkey = Use a passkey
lost-password = Lost your password?
new-link-html = An owner can make a new link for you under Settings, Accounts. Or on the server: <code>sudo nightkeep account link --for NAME</code>
# The same for a name that is not there and for a password that is wrong: nobody learns who has an account.
wrong = Name or password is wrong.
passkey-unknown = That passkey is not known here. Log in with your password, then add it to your account.
go-on = Go on

## The code of a phone

code = Code
your-code = Your code
code-now = The six digits your phone shows now
code-paper = Phone lost? One of your recovery codes does as well, each of them once.
code-wrong = The code is wrong, or was used before. Wait for the next one.

## A one-time link

new-password = A new password
password-for = A password for { $name }
new-password-html = On <bdi>{ $host }</bdi>. When you have chosen it, whatever was logged in before is logged out.
new-account = A new account
your-account = Your account
# $role is that of word.ftl.
new-account-html = On <bdi>{ $host }</bdi>, as { $role }. This link is good once.
of-names = Letters, digits and . _ - @
of-passwords = At least 10 characters. Four words at random are a good one.
once-more = The same once more
set-password = Set the password
make-account = Make the account
link-over = This link was used, or its time is over. Another one, on the server: sudo nightkeep account link
not-the-same = The two passwords are not the same.
no-name = A name has 1 to 64 letters, digits or . _ - @.
name-taken = That name is taken. Choose another.

## Instead of a page

not-for-you = Not for you
role-lacks = Your account may not do this. An owner can change that.
not-from-here = Not from here
foreign = Another site sent this, so nothing was done. If it was you: open this page by its own address. Behind a proxy, it has to pass on the Host it was asked.
nothing-done = Nothing was done
stale = The page was open for too long. Go back, load it again, and send it again.
wait = Wait a moment
wait-seconds = { $n ->
    [one] There were too many attempts. Try again in a second.
   *[other] There were too many attempts. Try again in { $n } seconds.
}
# $n is 2 or more.
wait-minutes = There were too many attempts. Try again in { $n } minutes.
busy = Too many log in at once. Try again in a few seconds.
not-now = Not now
no-store = The store cannot be used, so nobody can log in. On the server: nightkeep doctor
too-long = Too long
form-too-long = That is more than a form of this page sends.
not-there = Not there
not-like-this = Not like this
other-method = This page is opened or sent in another way.
to-start = To the start page
not-made = The page could not be made.
