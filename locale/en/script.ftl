### What the page's scripts say. No plurals here: they put in what stands in braces as it is.

live = live
not-live = not live since { $time }
copied = Copied
not-copied = Not copied; select it and copy it by hand
cancel = Cancel
yes = Yes
chosen = { $n } chosen
shown = { $shown } of { $all }

## Light or dark

theme-auto = Light or dark as the device has it
theme-light = Always light
theme-dark = Always dark

## Passkeys

passkey-cancelled = No passkey was used: it was cancelled, or it took too long.
passkey-known = This device has a passkey for this account already.
passkey-refused = The browser takes no passkeys at this address.
passkey-failed = The browser could not do it. Try again, or use your password.

## Charts

chart-keys = { $title }. Arrows move, plus and minus zoom, Escape goes back.
value-between = { $name } { $value } ({ $least } to { $most })
ahead = if it goes on so
