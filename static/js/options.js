// select/input[data-options="url"]: a searchable list (Tom Select) whose entries are read live.
//   GET url?q=typed text&<id of each field in data-depends>=<its value>
//   answers {"options": [{"value", "text", "note"}], "note": "11 tenants on this fabric", "error": "The APIC does not answer. …"}
// data-depends="id id": when one of those fields changes, the entries are read again; a value that is no longer offered stays,
// for the server to judge. An <input> also takes what is not in the list, so an APIC that cannot be reached stops nobody.
// `note` replaces the help below the field; `error` stands there as a warning. Without Tom Select the plain control stays.
const wanted = [...document.querySelectorAll("[data-options]")];

async function fetchOptions(control, query) {
  const url = new URL(control.dataset.options, location.href);
  url.searchParams.set("q", query);
  for (const id of (control.dataset.depends || "").split(" ").filter(Boolean)) {
    url.searchParams.set(id, document.getElementById(id)?.value ?? "");
  }
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  return answer.ok ? body : { options: [], error: [body.what, body.now].filter(Boolean).join(" ") };
}

function say(control, { note, error }) {
  const help = document.getElementById(`${control.id}-h`), problem = document.getElementById(`${control.id}-e`);
  if (!help || (problem && !problem.hidden)) return;
  if (error || note) { help.textContent = error || note; help.hidden = false; }
  help.classList.toggle("warn", Boolean(error));
}

function line(data, escape) {
  const note = data.note ? `<span class="sub">${escape(data.note)}</span>` : "";
  return `<div><span>${escape(data.text ?? data.value)}</span>${note}</div>`;
}

function enhance(control) {
  const free = control.tagName === "INPUT";
  const list = new TomSelect(control, {
    valueField: "value", labelField: "text", searchField: ["text", "note"], maxItems: 1, maxOptions: 500, create: free, createOnBlur: free,
    persist: false, preload: "focus", loadThrottle: 200, refreshThrottle: 0, openOnFocus: true, selectOnTab: true, closeAfterSelect: true,
    // Entries are few enough to come at once; typing then searches here. Only a list cut short by the server is asked again.
    shouldLoad: (query) => !list.complete || query === "",
    load(query, done) {
      fetchOptions(control, query).then((body) => {
        list.complete = !body.error && body.total === undefined;
        list.failed = body.error;
        say(control, body);
        done(body.options);
      }).catch(() => { list.failed = "Anchorage does not answer."; done(); });
    },
    render: {
      option: line,
      item: (data, escape) => `<div>${escape(data.text ?? data.value)}</div>`,
      option_create: (data, escape) => `<div class="create">Use <b>${escape(data.input)}</b></div>`,
      no_results: (data, escape) => `<div class="no-results">${escape(list.failed || "Nothing fits.")}</div>`,
      loading: () => '<div class="no-results">Reading</div>',
    },
  });
  list.control_input.setAttribute("autocomplete", "off");
  list.control_input.setAttribute("aria-describedby", control.getAttribute("aria-describedby") || "");
  if (control.dataset.help) list.control_input.dataset.help = control.dataset.help;
  list.on("change", () => control.dispatchEvent(new Event("input", { bubbles: true })));
  for (const id of (control.dataset.depends || "").split(" ").filter(Boolean)) {
    document.getElementById(id)?.addEventListener("change", () => reload(list));
  }
}

function reload(list) {
  const kept = list.getValue();
  list.complete = false;
  list.clearOptions();
  if (kept) { list.addOption({ value: kept, text: kept }); list.setValue(kept, true); }
  list.load("");
}

if (wanted.length) {
  import("../vendor/tom-select.base.min.js").then(() => wanted.forEach(enhance)).catch(() => { /* the plain controls stay */ });
}
