// Everything by keyboard: shortcuts, their list, and the theme.

import { $, attribute, h, say, text } from './dom.js';

const KEYS = [
  ['/', 'search'],
  ['j, k', 'the next call, the one before'],
  ['c', 'to the list of calls'],
  ['d', 'the diagram, and into it'],
  ['e', 'the entries'],
  ['p', 'to the participants'],
  ['n', 'place a new call'],
  ['o', 'only open calls, or all'],
  ['t', 'light, dark, or as the system has it'],
  ['↑ ↓ Home End', 'move in a list or in the diagram'],
  ['Enter', 'open what is under the cursor'],
  ['Esc', 'close the entry, clear the search'],
  ['?', 'this list'],
];

const THEMES = ['auto', 'light', 'dark'];

function stored(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
  return value ?? null;
}

export function themes() {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = stored('theme');
  if (!THEMES.includes(chosen)) chosen = 'auto';
  const apply = () => {
    const dark = chosen === 'dark' || (chosen === 'auto' && system.matches);
    attribute(document.documentElement, 'data-theme', dark ? 'dark' : 'light');
    text($('theme'), `Theme: ${chosen}`);
  };
  const next = () => {
    chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length];
    stored('theme', chosen);
    apply();
    say(`Theme: ${chosen}`);
  };
  system.addEventListener('change', apply);
  $('theme').addEventListener('click', next);
  apply();
  return next;
}

export function shortcuts({ view, calls, callView, detail, nextTheme }) {
  const help = $('help');
  $('help-keys').replaceChildren(
    ...KEYS.flatMap(([key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)]),
  );
  $('help-open').addEventListener('click', () => help.showModal());
  $('help-close').addEventListener('click', () => help.close());
  $('keys-on').checked = stored('keys') !== 'off';
  $('keys-on').addEventListener('change', () => stored('keys', $('keys-on').checked ? 'on' : 'off'));

  const actions = {
    '/': () => $('search').select(),
    j: () => calls.step(1),
    k: () => calls.step(-1),
    c: () => $('call-list').focus(),
    d: () => {
      view.show('diagram');
      callView.drawing.focus();
    },
    e: () => {
      view.show('entries');
      $('entry-list').focus();
    },
    p: () => ($('parties').querySelector('button:not([hidden])') ?? $('parties')).focus(),
    n: () => {
      $('place').closest('details').open = true;
      $('place-from').focus();
    },
    o: () => document.querySelector(`[data-filter="${calls.filter === 'open' ? 'all' : 'open'}"]`).click(),
    t: nextTheme,
    '?': () => help.showModal(),
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest('input, textarea, select');
    if (event.key === 'Escape' && !help.open) {
      if (typing && typing !== $('search')) typing.blur();
      else if (detail.isOpen && !typing) detail.close();
      else if ($('search').value !== '') {
        $('search').value = '';
        $('search').dispatchEvent(new Event('input'));
      } else typing?.blur();
      return;
    }
    if (typing || help.open || !$('keys-on').checked) return;
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (!action) return;
    event.preventDefault();
    action();
  });
}
