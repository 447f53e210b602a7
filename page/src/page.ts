// The script of every page. The page works without it; each module adds one thing to what the
// server wrote, by its data attributes.

import { bulk } from "./bulk";
import { confirm } from "./confirm";
import { copy } from "./copy";
import { dialogs } from "./dialog";
import { filter } from "./filter";
import { keys } from "./keys";
import { live } from "./live";
import { passkeys } from "./passkey";
import { preview } from "./preview";
import { theme } from "./theme";

for (const part of [theme, dialogs, keys, copy, filter, bulk, confirm, preview, passkeys, live]) part();
