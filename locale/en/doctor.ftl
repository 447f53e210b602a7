### The doctor: what cannot be seen or done, and what mends it. What it found is its own text.

all-seen = Everything that is watched can be seen.
ill = { $n ->
    [one] { $n } thing cannot be seen or done.
   *[other] { $n } things cannot be seen or done.
}
looked = Looked at now, with the rights of the watch itself.
to-mend = What to mend
# A command follows.
mend = Mend:
config = config
config-right = { $file } is right
no-watch = the watch does not answer
well = What is well
again = Look again
