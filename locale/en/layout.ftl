### What is around every page, and what is shown instead of one.

## The pages

tonight = Tonight
alerts = Alerts
monitors = Monitors
heartbeats = Heartbeats
server = Server
security = Security
incidents = Incidents
doctor = Doctor
settings = Settings
pages = Pages
more = More

## Around them

skip = To the content
firing = firing
theme = Light or dark
account = Your account: { $name }
status-page = Status page
keys = Keys
key-search = Search
key-list = This list
close = Close

## Instead of a page

failed = That did not work
to-tonight = To Tonight
try-again = Try again
on-server-html = On the server: <code>{ $command }</code>
no-page = there is no such page
start-from-tonight = start from Tonight
no-such = { $what ->
    [alert] there is no alert { $name }
    [bundle] there is no bundle { $name }
    [silence] there is no silence { $name }
    [ping] there is no ping { $name }
   *[other] there is no { $what } { $name }
}
back-page = the page that leads here
