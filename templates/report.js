"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const roles = JSON.parse(byId("data").textContent).roles;
  const views = { overview: byId("view-overview"), role: byId("view-role"), coverage: byId("view-coverage"), about: byId("view-about") };
  const SVG = "http://www.w3.org/2000/svg";
  const number = (value) => value.toLocaleString("en-US");

  // Whatever comes from the data goes in as text or as an attribute's value, never as markup.
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }
  function draw(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }
  const code = (text) => make("code", {}, text);
  const more = (count) => `and ${number(count)} more`;

  // A list whose last item may be the number of those left out.
  function split(items) {
    const last = items[items.length - 1];
    return typeof last === "number" ? [items.slice(0, -1), last] : [items, 0];
  }
  function codes(items) {
    const [shown, left] = split(items);
    const lines = shown.map((text) => make("li", {}, code(text)));
    if (left) lines.push(make("li", { class: "quiet" }, more(left)));
    return make("ul", { class: "codes" }, lines);
  }
  function names(items) {
    const [shown, left] = split(items);
    const parts = shown.flatMap((text, at) => (at ? [", ", code(text)] : [code(text)]));
    return [...parts, left ? ` ${more(left)}` : ""];
  }
  // A column is a name, or a name and its class: number, date, wide.
  function table(title, columns, rows) {
    const [shown, left] = split(rows);
    const kinds = columns.map((column) => (Array.isArray(column) ? column : [column, "plain"]));
    const head = kinds.map(([name, kind]) => make("th", { scope: "col", class: kind }, name));
    const body = shown.map((row) => make("tr", {}, row.map((cell, at) => make("td", { class: kinds[at][1] }, cell))));
    if (left) body.push(make("tr", {}, make("td", { colspan: columns.length, class: "quiet" }, `${more(left)}; evidence.json has them all`)));
    const inner = make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, body));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, inner);
  }
  function card(title, ...children) {
    return make("section", { class: "card" }, make("h2", {}, title), ...children);
  }

  function tiles(role) {
    const facts = role.facts;
    const shown = [
      ["Grants in force", number(facts.granted)],
      ["Used", number(facts.seen)],
      ["Go", number(facts.removed)],
      ["Could not be judged", number(facts.unobservable)],
      ["Calls", number(facts.calls)],
      ["Denied", number(facts.denied)],
      ["Active days", `${number(facts.activeDays)} of ${number(role.window[2])}`],
      ["Last seen", facts.last || "never"],
    ];
    return make("dl", { class: "tiles small" }, shown.map(([label, value]) =>
      make("div", { class: "tile" }, make("dt", {}, label), make("dd", {}, make("strong", {}, value)))));
  }

  function checks(role) {
    if (!role.checks.length) return null;
    const items = role.checks.map(([name, holds, found]) =>
      make("li", { class: holds ? "holds" : "fails" }, make("strong", {}, `${name}: ${holds ? "yes" : "no"}. `), found.charAt(0).toUpperCase() + found.slice(1), "."));
    const list = make("ul", { class: "checks" }, items);
    const sure = role.confidence.length ? [make("h3", {}, "How sure this is"), make("ul", {}, role.confidence.map((text) => make("li", {}, text)))] : [];
    return card("The two checks", list, ...sure);
  }

  function patch([name, text, left]) {
    const lines = text.split("\n").map((line) => {
      const kind = line.startsWith("+++") || line.startsWith("---") || line.startsWith("diff ") ? "file"
        : line.startsWith("@@") ? "hunk" : line.startsWith("+") ? "added" : line.startsWith("-") ? "taken" : "same";
      return make("span", { class: kind }, `${line}\n`);
    });
    if (left) lines.push(make("span", { class: "hunk" }, `${more(left)} lines; the whole is beside the report`));
    return make("details", { open: "" }, make("summary", {}, code(name)),
      make("pre", { class: "diff", tabindex: "0", role: "region", "aria-label": `Change to ${name}` }, lines));
  }

  function timeline(role) {
    if (!role.days.length) return null;
    const [since, , length] = role.window;
    const start = Date.parse(`${since}T00:00:00Z`);
    const at = (day) => Math.round((Date.parse(`${day}T00:00:00Z`) - start) / 86400000);
    const most = Math.max(...role.days.map((day) => day[1]));
    const height = (calls) => (calls ? Math.max(1.5, (60 * Math.sqrt(calls)) / Math.sqrt(most)) : 0);
    const bars = role.days.flatMap(([day, calls, denied]) => {
      const x = (100 * at(day)) / length;
      const width = Math.max(0.1, (100 / length) * 0.8);
      const tall = height(calls);
      const part = calls ? (tall * denied) / calls : 0;
      const bar = draw("rect", { class: "seen", x, y: 60 - tall, width, height: tall }, draw("title", {}));
      bar.firstChild.append(`${day}: ${number(calls)} calls, ${number(denied)} denied`);
      return denied ? [bar, draw("rect", { class: "removed", x, y: 60 - part, width, height: part })] : [bar];
    });
    const label = `Calls a day from ${role.window[0]} to ${role.window[1]}: at most ${number(most)}, on ${role.days.length} days`;
    const plot = draw("svg", { viewBox: "0 0 100 60", preserveAspectRatio: "none", role: "img", "aria-label": label, class: "timeline" }, ...bars);
    const axis = make("p", { class: "axis" }, make("span", {}, role.window[0]), make("span", {}, `at most ${number(most)} calls a day (heights by square root)`), make("span", {}, role.window[1]));
    return card("When it was used", plot, axis);
  }

  function groups(title, rows, note) {
    if (!rows.length) return null;
    const cells = (row) => (typeof row === "number" ? row : [
      code(row[0]), number(row[2]), make("span", {}, names(row[3])), row[1], make("span", {}, row[4], row[5] ? make("span", { class: "selector" }, "It would show with ", code(row[5])) : null)]);
    return card(title, note ? make("p", { class: "quiet" }, note) : null, table(title, [["Service", "name"], ["Grants", "number"], ["Actions", "wide"], ["Policy", "name"], ["Why", "wide"]], rows.map(cells)));
  }

  function seen(role) {
    if (!role.seen.length) return null;
    const cells = (row) => (typeof row === "number" ? row : [
      code(row[0]), row[1], codes(row[2]), number(row[3]), row[4], row[5], row[6],
      make("span", {}, row[8], row[7].length ? make("span", { class: "selector" }, "Event ", code(row[7][0])) : null)]);
    return card("What stays because it was seen",
      table("What stays because it was seen", [["Action", "name"], "Verdict", ["On", "wide"], ["Calls", "number"], ["First", "date"], ["Last", "date"], ["Policy", "name"], ["Why", "wide"]], role.seen.map(cells)));
  }

  function learned(role) {
    const found = new Map();
    for (const row of role.seen) if (typeof row !== "number") for (const one of row[9]) found.set(one[0], one);
    if (!found.size) return null;
    const rows = [...found.values()].map(([pattern, values, also, example]) => [code(pattern), number(values), example ? code(example) : "", also]);
    return card("Patterns and what they stand for", table("Patterns", [["Pattern", "wide"], ["Values seen", "number"], ["For example", "wide"], ["Also matches", "wide"]], rows));
  }

  function services(role) {
    if (!role.services.length) return null;
    const longest = Math.max(...role.services.map(([, a, b, c]) => a + b + c));
    const rows = role.services.slice(0, 15).map(([name, used, kept, gone]) => {
      let left = 0;
      const parts = [["seen", used], ["unseen", kept], ["removed", gone]].map(([kind, value]) => {
        const width = (100 * value) / longest;
        const part = draw("rect", { class: kind, x: left, y: 0, width, height: 10 });
        left += width;
        return part;
      });
      return make("tr", {}, make("th", { scope: "row" }, name),
        make("td", { class: "plot" }, draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts)),
        make("td", { class: "number" }, number(used + kept + gone)), make("td", { class: "number quiet" }, `${number(used)} used`), make("td", { class: "number quiet" }, `${number(gone)} go`));
    });
    const rest = role.services.length - rows.length;
    return card("Grants by service", make("table", { class: "bars" }, make("tbody", {}, rows)), rest > 0 ? make("p", { class: "quiet" }, `${more(rest)} services`) : null);
  }

  function extra(section) {
    return card(section.title, section.note ? make("p", {}, section.note) : null, table(section.title, section.columns, section.rows));
  }

  function rolePage(index) {
    const role = roles[index];
    const parts = [
      make("p", { class: "path" }, make("a", { href: "#/" }, "Roles"), " / ", role.account),
      make("h1", { id: "role-title" }, role.name),
      make("p", { class: "lead" }, make("span", { class: `pill ${role.status}` }, role.status.replaceAll("-", " ")), " ", role.reason),
      role.arn ? make("p", { class: "quiet" }, code(role.arn)) : null,
      tiles(role),
      ...role.sections.filter((section) => section.alarming).map(extra),
      role.diffs.length ? card("What changes", role.diffs.map(patch)) : null,
      checks(role), services(role), timeline(role), seen(role), learned(role),
      groups(role.diffs.length ? "What goes" : "What was not seen", role.gone),
      groups("What could not be judged, and stays", role.unseen),
      groups("Too new to judge, and stays", role.new),
      ...role.sections.filter((section) => !section.alarming).map(extra),
      role.facts.workloads.length ? card("What runs under it", codes(role.facts.workloads)) : null,
      role.notes.length ? card("Notes", make("ul", {}, split(role.notes)[0].map((note) => make("li", {}, note)))) : null,
      make("nav", { class: "pager", "aria-label": "Other roles" },
        index > 0 ? make("a", { href: `#/role/${index - 1}`, rel: "prev" }, `← ${roles[index - 1].name}`) : make("span"),
        index + 1 < roles.length ? make("a", { href: `#/role/${index + 1}`, rel: "next" }, `${roles[index + 1].name} →`) : make("span")),
    ];
    views.role.setAttribute("aria-labelledby", "role-title");
    views.role.replaceChildren(...parts.filter(Boolean));
  }

  function show() {
    const [, name, at] = (location.hash || "#/").split("/");
    const index = Number(at);
    const isRole = name === "role" && Number.isInteger(index) && index >= 0 && index < roles.length;
    const chosen = isRole ? "role" : (name === "coverage" || name === "about") && views[name] ? name : "overview";
    if (isRole) rolePage(index);
    for (const [key, view] of Object.entries(views)) if (view) view.hidden = key !== chosen;
    for (const link of document.querySelectorAll("header nav a")) {
      const here = link.getAttribute("href") === (chosen === "overview" || chosen === "role" ? "#/" : `#/${chosen}`);
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    return chosen;
  }

  const rows = [...document.querySelectorAll("#roles tbody tr")];
  const search = byId("search");
  const chips = [...document.querySelectorAll(".chip")];
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.status));
    let count = 0;
    for (const row of rows) {
      const matches = words.every((word) => row.dataset.search.includes(word)) && (!wanted.size || wanted.has(row.dataset.status));
      row.hidden = !matches;
      count += matches;
    }
    byId("shown").textContent = count === rows.length ? `${number(count)} roles` : `${number(count)} of ${number(rows.length)} roles`;
  }
  function sortBy(header, at, isNumber) {
    const down = header.getAttribute("aria-sort") === (isNumber ? null : "ascending") || header.getAttribute("aria-sort") === "ascending";
    const value = (row) => (isNumber ? Number(row.cells[at].dataset.value) : row.cells[at].textContent.trim().toLowerCase());
    const keyed = rows.map((row) => [value(row), Number(row.dataset.index), row]);
    keyed.sort(([a, i], [b, j]) => ((a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1)) || i - j);
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    byId("roles").tBodies[0].append(...keyed.map(([, , row]) => row));
  }
  for (const [at, header] of [...document.querySelectorAll("#roles thead th")].entries()) {
    const button = make("button", { type: "button" }, header.textContent);
    button.addEventListener("click", () => sortBy(header, at, header.dataset.sort === "number"));
    header.replaceChildren(button);
  }
  search.addEventListener("input", filter);
  for (const chip of chips) chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
    filter();
  });
  byId("filters").hidden = false;
  filter();

  // "/" goes to the search, arrows walk through the list, Escape leads back to it.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search;
    if (event.key === "/" && !typing && !views.overview.hidden) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && typing) { search.value = ""; filter(); }
    if (event.key === "Escape" && !typing && !views.role.hidden) location.hash = "#/";
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !views.overview.hidden) {
      const links = rows.length ? [...document.querySelectorAll("#roles tbody tr:not([hidden]) a")] : [];
      const at = links.indexOf(document.activeElement);
      if (at < 0 && !(typing && event.key === "ArrowDown")) return;
      const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });

  const theme = byId("theme");
  const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const told = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.hidden = false;
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; told(); });
  told();

  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); byId("main").focus(); });
  addEventListener("hashchange", () => { show(); scrollTo(0, 0); byId("main").focus({ preventScroll: true }); });
  show();
})();
