// Keys that work everywhere on the page: Esc, and letters, which go to the search field.

import { isAsking } from "./dialog.js";
import { cancel } from "./now.js";

export function listenToKeys(find, { showGuests, clear, hasText, hint }) {
  document.addEventListener("keydown", async (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isAsking()) return;
    if (event.key === "Escape") {
      event.preventDefault();
      // First what is typed, then what is under way or over.
      if (document.activeElement === find && hasText()) return clear();
      const hindered = await cancel();
      if (!hindered) clear();
      else hint({ put_back: "cancel.put_back", agent_gone: "big.away" }[hindered] ?? "cancel.too_late");
      find.focus();
      return;
    }
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key.length === 1 && event.key !== " " && !typing) {
      showGuests();
      find.focus();
    }
  });
}
