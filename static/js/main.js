// Every behaviour of the pages. Each module watches for its data attributes and does nothing where there are none.
import "./shell.js"; //     data-theme-switch, data-copy, data-reveal, data-confirm, menus, tabs
import "./times.js"; //     <time datetime data-show>
import "./help.js"; //      data-help, data-topic
import "./proposals.js"; // .prop[data-for]
import "./rows.js"; //      table[data-rows]
import "./options.js"; //   select/input[data-options]
import "./autosave.js"; //  form[data-autosave]
import "./lists.js"; //     table[data-list]: search and state filter
import "./live.js"; //      [data-live]: a part of the page that is read again while something runs
