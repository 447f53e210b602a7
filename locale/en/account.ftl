### One's own account: sessions, passkeys, codes of a phone, the password.

your-account = Your account
# $role is that of word.ftl.
you-are-html = You are <b><bdi>{ $name }</bdi></b>, { $role }.
no-account = You have no account here: whoever let you in (the proxy, or this machine) says who you are.
all-accounts = All accounts
changes = What was changed

## Sessions

sessions = Where you are logged in
# $agent is what the browser calls itself, $browser that in two words.
session-html = <b title="{ $agent }">{ $browser }</b>, from <bdi>{ $remote }</bdi>
session-this-html = <b title="{ $agent }">{ $browser }</b> (this one), from <bdi>{ $remote }</bdi>
# As in "Firefox on Android".
browser-on = { $browser } on { $system }
a-program = A program
used-since = Used last { $seen }, since { $since }
log-out-there = Log out there
log-out-elsewhere = Log out everywhere else
log-out = Log out

## Passkeys

passkeys = Passkeys
about-passkeys = The lock of your phone or computer instead of a password. Nobody can find one out, and no false page gets it.
added-used = Added { $created }, used last { $used }
added-unused = Added { $created }, not used yet
remove = Remove
passkey-script = To add one your browser has to run the script of this page.
passkey-name = What you call it
passkey-example = Phone
# What one is called that was given no name.
passkey-nameless = Passkey
your-password = Your password
add-passkey = Add a passkey
passkey-https = Browsers have passkeys only by HTTPS and by a name: open this page as https://NAME.
passkey-not-made = The browser made no passkey. It needs a script for that, and HTTPS.
passkeys-full = You have { $n } passkeys. Take one away first.
passkey-not-taken = The passkey was not taken: { $why }. Load this page again, and try again.
passkey-known = That passkey is known already.
# What $why above may be.
passkey-unread = what the browser sent cannot be read
passkey-asked = it is not the answer to what was asked
passkey-elsewhere = it comes from a page of another address
passkey-unverified = its device did not verify its owner
passkey-kind = its key is of an unknown kind
passkey-signature = the signature is wrong
passkey-copy = it counts backwards: there may be a copy of it

## Codes

codes-of-phone = Codes of your phone
codes-asked = When you log in with your password you are asked for a code.
codes-left = { $n ->
    [one] { $n } recovery code is left.
   *[other] { $n } recovery codes are left.
}
end-codes = Ask for codes no more
about-codes = With a code beside your password, the password alone is of no use to a thief.
set-up-codes = Set up codes

## Setting up codes

codes = Codes
picture = Take a picture of this with an app for codes (Aegis, 2FAS, Google Authenticator, your password manager):
qr-code = QR code
by-hand-html = On this very phone: <a href="{ $address }">open the app</a>. Or type this into it:
code-now = The six digits it shows now
code-wrong = That code is wrong. Is the clock of the phone right? Type the one it shows now.
begin-codes = Ask me for codes from now on
not-now = Not now
recovery-codes = Recovery codes
write-down = Write these down
about-recovery = You are asked for codes from now on. When the phone is lost, each of these lets you in once instead. They are shown only now.
have-them = I have them

## The password

password = Password
password-old = The one you have
password-new = The new one
password-again = The new one once more
change-password = Change the password
not-the-same = The two new passwords are not the same.
password-short = A password has at least 10 characters. Four words at random are a good one.
password-long = A password has at most 1024 bytes.
password-name = That is little more than the name. Choose another password.
password-common = That password is one of the first that are tried. Choose another.
password-wrong = That is not your password, so nothing was changed.

## What is done

done-password = You have a new password. All other sessions were ended.
done-codes-off = You are asked for no codes any more.
done-passkey = You can log in with the new passkey now.
done-passkey-off = That passkey is good no more.
done-session = That session is ended.
done-others = All other sessions are ended.
