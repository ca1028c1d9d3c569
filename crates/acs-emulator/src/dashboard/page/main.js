// The page: what is chosen, what is drawn when, and the wires between the parts.

import { $, attribute, perFrame, say, text, toast } from './dom.js';
import { ask, follow } from './api.js';
import { Store } from './store.js';
import { Calls } from './calls.js';
import { CallView } from './call.js';
import { Detail } from './detail.js';
import { Parties, placing } from './parties.js';
import { Agents } from './agents.js';
import { panels } from './panels.js';
import { shortcuts, themes } from './keys.js';

/** What is chosen. It stands in the address, so that a reload comes back to it. */
class View {
  call = null;
  tab = 'diagram';
  words = [];
  entry = null;
  numbers = [];
  paths = null;
  /** Draws with the next frame. */
  changed = () => {};
  /** Draws at once: what was asked for is there before the next key is pressed. */
  now = () => {};

  /** Whether this emulator has a control route, by its description of itself. */
  can(path) {
    return this.paths?.has(path) ?? false;
  }

  read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    this.call = asked.get('call');
    this.tab = asked.get('tab') === 'entries' ? 'entries' : 'diagram';
  }

  write() {
    const asked = new URLSearchParams();
    if (this.call !== null) asked.set('call', this.call);
    if (this.tab !== 'diagram') asked.set('tab', this.tab);
    const hash = asked.size > 0 ? `#${asked}` : location.pathname;
    if (location.hash !== hash) history.replaceState(null, '', hash);
  }

  open(call) {
    this.call = call;
    this.write();
    this.now();
  }

  show(tab) {
    this.tab = tab;
    this.write();
    this.now();
  }
}

const nextTheme = themes();
const store = new Store();
const view = new View();
const detail = new Detail(view);
const calls = new Calls(store, view);
const callView = new CallView(store, view, detail);
const agents = new Agents(store, view);
const parties = new Parties(store, view, agents);
const knowParties = placing(store, view);
panels(view);
shortcuts({ view, calls, callView, detail, nextTheme });

function drawNow() {
  calls.draw();
  callView.draw();
  callView.drawing.mark(view.entry);
  parties.draw();
  text($('count-open'), store.open.toLocaleString('en'));
  text($('count-calls'), store.order.length.toLocaleString('en'));
  text($('count-entries'), store.entries.length.toLocaleString('en'));
  const lit = store.open;
  text(document.querySelector('title'), lit > 0 ? `(${lit}) Call Automation, emulated` : 'Call Automation, emulated');
}
const draw = perFrame(drawNow);
view.changed = draw;
view.now = drawNow;
store.addEventListener('change', draw);

// New calls are announced, but not the hundreds that the journal holds already, nor each of many at once.
let announced = 0;
store.addEventListener('change', ({ detail: entries }) => {
  if (entries.length === 0 || entries.length > 50 || Date.now() - announced < 1500) return;
  const rings = entries.find((entry) => entry.kind === 'signal' && entry.label === 'rings');
  if (!rings) return;
  announced = Date.now();
  say(`${store.calls.get(rings.call)?.title ?? 'A call'}: rings`);
});

let searching = 0;
$('search').addEventListener('input', () => {
  clearTimeout(searching);
  searching = setTimeout(() => {
    view.words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    draw();
  }, 120);
});

addEventListener('hashchange', () => {
  view.read();
  draw();
});

async function health() {
  try {
    if (view.paths === null) {
      const described = await ask('GET', '/emulator/openapi.json').catch(() => ({ paths: {} }));
      view.paths = new Set(Object.keys(described.paths ?? {}));
      draw();
    }
    const told = await ask('GET', '/emulator/health');
    view.numbers = told.phoneNumbers ?? [];
    text($('where'), new URL(told.endpoint).host);
    text($('count-pending'), String(told.pendingDeliveries ?? 0));
    if ($('place-to').value === '' && view.numbers.length > 0) $('place-to').value = view.numbers[0];
  } catch {
    // The feed says that nobody is there.
  }
  knowParties();
  agents.refresh();
}
setInterval(() => {
  if (!document.hidden) health();
}, 3000);
health();

view.read();
draw();
follow({
  hello: (_, anew) => {
    if (anew) store.clear();
  },
  entries: (list) => store.add(list),
  missed: ({ count, from }) => {
    store.missed += count;
    // What fell out before this page was opened is no news.
    if (from > 0) toast(`This page was too slow: ${count} entries are missing.`);
  },
  state: (word) => {
    attribute($('feed'), 'data-state', word);
    text($('feed'), word);
    if (word === 'live') health();
  },
});
