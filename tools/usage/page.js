"use strict";
// What a reader can do with the page: choose colours, walk the chart, sort, filter. All its data are
// its own tables; every text reaches the page as text.
(() => {
  const root = document.documentElement;
  const usd = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const valueOf = (cell) => cell.dataset.v ?? cell.textContent.trim().toLowerCase();

  root.classList.add("enhanced");
  all(".script-only, .themes").forEach((part) => { part.hidden = false; });
  // Colours
  const themes = all("[data-theme-choice]");
  function useTheme(choice) {
    if (choice === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice;
    themes.forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.themeChoice === choice)));
    try { localStorage.setItem("theme", choice); } catch { /* a file may not be allowed to keep it */ }
  }
  themes.forEach((each) => each.addEventListener("click", () => useTheme(each.dataset.themeChoice)));
  try { useTheme(localStorage.getItem("theme") ?? "auto"); } catch { useTheme("auto"); }

  // Sorting: each header becomes a button. Rows without a value stay last, whatever the order.
  function sortBy(table, index) {
    const header = table.tHead.rows[0].cells[index];
    const number = header.classList.contains("n");
    const was = header.getAttribute("aria-sort");
    const descending = was ? was === "ascending" : number;
    all("[aria-sort]", table.tHead).forEach((each) => each.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[index]), row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      const order = number ? Number(a) - Number(b) : a.localeCompare(b);
      return descending ? -order : order;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }
  for (const table of all("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sortBy(table, index));
      header.replaceChildren(button);
    });
  }

  // Without calls there is nothing else
  if (!document.getElementById("plot")) return;
  document.getElementById("numbers").open = false;

  // Filtering the table that is shown
  const filter = document.getElementById("filter");
  const found = document.getElementById("found");
  const panels = all(".panel");
  function applyFilter() {
    const wanted = filter.value.trim().toLowerCase();
    for (const panel of panels.filter((each) => !each.hidden)) {
      const rows = [...panel.querySelector("tbody").rows];
      let cost = 0;
      let shown = 0;
      for (const row of rows) {
        row.hidden = !all("th", row).some((each) => each.textContent.toLowerCase().includes(wanted));
        if (row.hidden) continue;
        shown += 1;
        cost += Number(row.querySelector("td.cost")?.dataset.v ?? 0);
      }
      found.textContent = `${shown} of ${rows.length} rows, ${usd.format(cost)} USD`;
    }
  }
  filter.addEventListener("input", applyFilter);

  // Tabs: arrows move, as in every tab list
  const tabs = all("[role=tab]");
  function choose(tab) {
    tabs.forEach((each) => {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = !chosen;
    });
    applyFilter();
  }
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const target = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      const next = tabs[(target + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });
  if (tabs.length) choose(tabs[0]);

  // The chart is drawn from the table of its numbers
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [1200, 330, 56, 6, 10, 26];
  const plot = document.getElementById("plot");
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  const source = document.getElementById("chart-table");
  const names = [...source.tHead.rows[0].cells].slice(1).map((each) => each.textContent);
  const slots = [...source.tBodies[0].rows].map((row) => ({
    name: row.cells[0].textContent,
    costs: [...row.cells].slice(1).map((cell) => Number(cell.dataset.v)),
  }));
  const visible = names.map(() => true);
  const step = (WIDTH - LEFT - RIGHT) / slots.length;
  let chosen = -1;

  function element(name, attributes, parent) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent?.append(made);
    return made;
  }
  const totalOf = (slot) => slot.costs.reduce((sum, cost, at) => sum + (visible[at] ? cost : 0), 0);
  const slotName = (name) => {
    const [year, month, day, hour] = name.split(/[- :]/).map(Number);
    const options = hour !== undefined
      ? { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }
      : day ? { weekday: "short", day: "numeric", month: "short" } : { month: "short", year: "numeric" };
    const moment = new Date(Date.UTC(year, month - 1, day || 1, hour || 0));
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(moment);
  };

  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": "chart-title" });
  const grid = element("g", {}, svg);
  const mark = element("rect", { class: "chosen", y: TOP, width: step, height: HEIGHT - TOP - BOTTOM, visibility: "hidden" }, svg);
  const stacks = slots.map((slot, at) => {
    const stack = element("g", { class: "stack" }, svg);
    return slot.costs.map((_, series) => element("rect", {
      class: `s${Math.min(series, 8)}`, x: LEFT + at * step + step * 0.14, width: step * 0.72, y: HEIGHT - BOTTOM, height: 0,
    }, stack));
  });
  const every = Math.ceil(slots.length / 12);
  slots.forEach((slot, at) => {
    if (at % every) return;
    element("text", { x: LEFT + (at + 0.5) * step, y: HEIGHT - 8, "text-anchor": "middle" }, svg).textContent = slotName(slot.name);
  });
  plot.append(svg);

  function draw() {
    const most = Math.max(...slots.map(totalOf), 0.000001);
    const rough = most / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const tick = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
    const scale = (HEIGHT - TOP - BOTTOM) / (Math.ceil(most / tick) * tick);
    grid.replaceChildren();
    for (let value = 0; value <= Math.ceil(most / tick) * tick + tick / 2; value += tick) {
      const y = HEIGHT - BOTTOM - value * scale;
      element("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }, grid);
      element("text", { x: LEFT - 10, y: y + 4, "text-anchor": "end" }, grid).textContent =
        value.toLocaleString("en-US", { maximumFractionDigits: tick < 1 ? 4 : tick % 1 ? 1 : 0 });
    }
    slots.forEach((slot, at) => {
      let y = HEIGHT - BOTTOM;
      slot.costs.forEach((cost, series) => {
        const height = visible[series] ? cost * scale : 0;
        y -= height;
        stacks[at][series].setAttribute("y", y);
        stacks[at][series].setAttribute("height", height);
      });
    });
  }

  function line(kind, left, right) {
    const made = document.createElement("p");
    made.className = kind;
    for (const text of [left, right]) made.appendChild(document.createElement("span")).textContent = text;
    return made;
  }
  function point(at) {
    chosen = at;
    mark.setAttribute("visibility", at < 0 ? "hidden" : "visible");
    tip.hidden = at < 0;
    if (at < 0) return;
    mark.setAttribute("x", LEFT + at * step);
    const slot = slots[at];
    const ranked = slot.costs.map((cost, series) => [cost, names[series], series])
      .filter(([cost, , series]) => cost && visible[series]).sort(([a], [b]) => b - a);
    tip.replaceChildren(
      line("head", slotName(slot.name), usd.format(totalOf(slot))),
      ...ranked.map(([cost, name]) => line("", name, usd.format(cost))),
    );
    const box = svg.getBoundingClientRect();
    const figure = tip.parentElement.getBoundingClientRect();
    const middle = box.left - figure.left + ((LEFT + (at + 0.5) * step) / WIDTH) * box.width;
    const beside = middle + 24 + tip.offsetWidth > figure.width ? middle - 24 - tip.offsetWidth : middle + 24;
    tip.style.transform = `translate(${Math.max(0, beside)}px, ${box.top - figure.top + 8}px)`;
  }
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / step);
    point(at >= 0 && at < slots.length ? at : -1);
  });
  svg.addEventListener("pointerleave", () => point(-1));
  plot.addEventListener("blur", () => point(-1));
  plot.addEventListener("keydown", (event) => {
    const target = { ArrowRight: chosen + 1, ArrowLeft: chosen < 0 ? slots.length - 1 : chosen - 1, Home: 0, End: slots.length - 1, Escape: -1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    point(target === -1 ? -1 : Math.min(Math.max(target, 0), slots.length - 1));
    said.textContent = chosen < 0 ? "" : all("p", tip).map((each) => all("span", each).map((part) => part.textContent).join(": ")).join("; ");
  });
  all("[data-series]").forEach((button) => button.addEventListener("click", () => {
    const series = Number(button.dataset.series);
    visible[series] = !visible[series];
    button.setAttribute("aria-pressed", String(visible[series]));
    point(-1);
    draw();
  }));
  draw();
})();
