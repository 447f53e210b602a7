### What happened to a monitor or a heartbeat, and whom it was told.

happened = What happened
none = No alert within 90 days.
became = it became
began = it began
over = it is over
unknown = nobody can tell
told = Whom it was told
told-nobody = Nobody was told anything of it.
