### What monitors and heartbeats have in common: their lists, their pages, their forms.

## A list: counted, searched, in order

add-first = Add the first one
# $status is a word for how $n of them are.
counter-html = <b>{ $n }</b> { $status }
search = Search
order = Order:
trouble-first = trouble first
by-name = name
tags = Tags
# $list names the list whose lines the browser counts.
shown-html = <span data-shown="{ $list }">{ $seen }</span> of { $all }
show-all = show all

## Several of a list

choose-several = Choose several
choose-all = All that are shown
chosen-html = <span data-chosen>0</span> chosen
choose-first = press Choose several, and choose some
do-what = it is not said what to do with them
# $first says why the first of these was not.
refused = { $n } not: { $first }

## What is done with one or several

pause = Pause
resume = Resume
edit = Edit
clone = Clone
delete-ask = Delete…
managed-html = It is managed by <code><bdi>{ $path } line { $line }</bdi></code>; change it there.
written-in = { $name } is written in { $path }, line { $line }
change-there = change it there; { $command } takes it
changed = { $name } changed.

## The page of one

status-since-html = <b>{ $status }</b> since { $when }, for { $span }
up = Up
when-down = When it is down
when = When
took = Took

## Is it to be deleted?

delete-one-html = Delete <bdi>{ $name }</bdi>?
delete-several = { $what ->
    [monitors] Delete { $n } monitors?
   *[heartbeats] Delete { $n } heartbeats?
}
stay = { $n ->
    [one] { $n } of those you chose is written in files, and stays.
   *[other] { $n } of those you chose are written in files, and stay.
}

## A form

edit-one = Edit { $name }
name = Name
faulty = It is not saved: something is not right yet.
more = More
save = Save
toml = As TOML
cancel = Cancel

## Its fields

with-commas = With commas between them.
one-a-line = One a line.
kept-secret = … stands for what is kept: leave it, or write another.
# What is chosen if nothing is.
usual = as usual
usual-any = any (as usual)
usual-value = { $value } (as usual)
yes = yes
no = no
