// Read-outs for charts, values beside range inputs, and a menu that closes. Pages are whole without it; it asks for nothing and keeps nothing.
"use strict";
(() => {
  const note = document.createElement("div");
  note.className = "read-out";
  note.setAttribute("role", "status");
  note.hidden = true;
  document.body.append(note);

  // What a mark says, taken from its title once, so that a browser's own read-out does not stand beside this one.
  const says = (mark) => {
    if (mark.dataset.says === undefined) {
      const title = mark.querySelector("title") || mark.parentNode.querySelector(":scope > title");
      mark.dataset.says = title ? title.textContent : "";
      if (title) title.remove();
    }
    return mark.dataset.says;
  };

  let shown = null;
  const hide = () => {
    if (shown) shown.classList.remove("on");
    shown = null;
    note.hidden = true;
  };
  const place = () => {
    const at = shown.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const left = Math.min(Math.max(8, at.left + at.width / 2 - note.offsetWidth / 2), wide - note.offsetWidth - 8);
    const above = at.top - note.offsetHeight - 8;
    note.style.setProperty("left", `${Math.max(8, left)}px`);
    note.style.setProperty("top", `${above > 4 ? above : at.bottom + 8}px`);
  };
  const show = (mark) => {
    if (shown === mark) return;
    hide();
    const text = says(mark);
    if (!text) return;
    shown = mark;
    mark.classList.add("on");
    note.textContent = text;
    note.hidden = false;
    place();
  };

  for (const chart of document.querySelectorAll("svg[data-marks]")) {
    const marks = [...chart.querySelectorAll(".mark")];
    if (!marks.length) continue;
    let at = -1;
    const go = (to) => {
      at = Math.min(Math.max(to, 0), marks.length - 1);
      marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
      show(marks[at]);
    };
    // The nearest mark in a direction, by where marks lie.
    const beside = (x, y) => {
      if (at < 0) return 0;
      const middle = (mark) => {
        const box = mark.getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];
      };
      const [fromX, fromY] = middle(marks[at]);
      let best = at, least = Infinity;
      marks.forEach((mark, number) => {
        const [toX, toY] = middle(mark);
        const along = (toX - fromX) * x + (toY - fromY) * y;
        const aside = Math.abs((toX - fromX) * y) + Math.abs((toY - fromY) * x);
        const far = along + 4 * aside;
        if (along > 1 && far < least) [best, least] = [number, far];
      });
      return best;
    };
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    chart.setAttribute("tabindex", "0");
    // A click beside the marks gives it the focus too, and is not to jump to the first of them.
    chart.addEventListener("focus", () => chart.matches(":focus-visible") && go(Math.max(at, 0)));
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (ways[event.key]) go(beside(...ways[event.key]));
      else if (event.key === "Home") go(0);
      else if (event.key === "End") go(marks.length - 1);
      else if (event.key === "Escape") return hide();
      else return;
      event.preventDefault();
    });
    chart.addEventListener("pointerdown", (event) => {
      const mark = event.target.closest(".mark");
      if (mark) at = marks.indexOf(mark);
    });
    chart.addEventListener("pointerover", (event) => {
      const mark = event.target.closest(".mark");
      if (mark) show(mark);
    });
    chart.addEventListener("pointerleave", hide);
  }
  addEventListener("scroll", () => shown && place(), { passive: true, capture: true });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());

  // The menu of further pages opens and closes by itself; it closes by Esc, and by what is pressed elsewhere, too.
  const menu = document.querySelector("details.more");
  if (menu) {
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      const isWithin = menu.contains(document.activeElement);
      menu.open = false;
      if (isWithin) menu.querySelector("summary").focus();
    });
    addEventListener("pointerdown", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }

  for (const output of document.querySelectorAll("output[for]")) {
    const input = document.getElementById(output.htmlFor[0]);
    if (!input || input.type !== "range") continue;
    // What stands there at first is exact, and is left.
    input.addEventListener("input", () => {
      const { unit = "", free = "" } = output.dataset;
      const told = Number(input.value).toLocaleString("en-US", { maximumFractionDigits: 2 }) + unit;
      output.value = free && Number(input.value) >= Number(input.max) ? free : told;
    });
  }
})();

// What is left of a time counts down, by the server's clock; the words are the page's, with seconds in the last hour.
(() => {
  const marks = [...document.querySelectorAll("[data-until]")];
  if (!marks.length) return;
  const ahead = Date.parse(marks[0].dataset.now) - Date.now();
  const tell = (mark) => {
    const seconds = Math.floor((Date.parse(mark.dataset.until) - Date.now() - ahead) / 1000);
    if (Number.isNaN(seconds)) return;
    const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
    if (seconds <= 0) mark.textContent = "the time is over";
    else if (days > 0) mark.textContent = `${days} d ${hours} h left`;
    else if (hours > 0) mark.textContent = `${hours} h ${minutes} min left`;
    else mark.textContent = `${minutes} min ${seconds % 60} s left`;
  };
  const all = () => marks.forEach(tell);
  all();
  setInterval(all, 1000);
})();

// What goes on is looked at again, but not under somebody who types or chooses. Without scripts the page does it in any case.
(() => {
  const again = document.querySelector("meta[name=look-again]");
  if (!again) return;
  const look = () => {
    if (document.activeElement?.matches("input, select, textarea, summary")) setTimeout(look, 1000);
    else location.reload();
  };
  setTimeout(look, Number(again.content) * 1000);
})();
