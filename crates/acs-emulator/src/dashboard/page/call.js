// The middle: what happened in a call, or in all of them, as a diagram or entry by entry.

import { $, attribute, clockTime, h, shortName, text } from './dom.js';
import { drawing } from './api.js';
import { Drawing } from './diagram.js';
import { List } from './list.js';
import { matches } from './store.js';

const FORMS = ['html', 'svg', 'mmd', 'json'];

export class CallView {
  constructor(store, view, detail) {
    this.store = store;
    this.view = view;
    this.drawing = new Drawing($('view-diagram'), (number) => detail.open(number));
    this.entries = new List($('entry-list'), {
      label: 'Entries of the journal, the oldest first',
      height: 28,
      key: (entry) => entry.number,
      row: () =>
        h(
          'div',
          { class: 'entry-row' },
          h('span', { class: 'at' }),
          h('span', { class: 'tag' }),
          h('span', { class: 'who' }),
          h('span', { class: 'label' }),
        ),
      fill: fillEntry,
      choose: (entry) => detail.open(entry.number),
    });
    this.filtered = { words: '', call: undefined, seen: 0, list: [] };
    const tabs = [$('tab-diagram'), $('tab-entries')];
    for (const tab of tabs) {
      tab.addEventListener('click', () => view.show(tab.id === 'tab-diagram' ? 'diagram' : 'entries'));
      tab.addEventListener('keydown', (event) => {
        if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
        const other = tabs[1 - tabs.indexOf(tab)];
        if (other.disabled) return;
        other.focus();
        other.click();
      });
    }
  }

  /** Draws what is chosen now. */
  draw() {
    const call = this.store.calls.get(this.view.call);
    const tab = call ? this.view.tab : 'entries';
    text($('call-title'), call ? call.title : this.view.call ? 'This call is not in the journal' : 'Everything');
    text($('call-state'), call ? call.state : '');
    attribute($('call-state'), 'data-state', call?.state);
    $('exports').hidden = !call;
    $('tab-diagram').disabled = !call;
    for (const [name, button, panel] of [
      ['diagram', $('tab-diagram'), $('view-diagram')],
      ['entries', $('tab-entries'), $('view-entries')],
    ]) {
      attribute(button, 'aria-selected', tab === name);
      attribute(button, 'tabindex', tab === name ? 0 : -1);
      panel.hidden = tab !== name;
    }
    this.links(call);
    if (call) this.head(call);
    else $('call-ids').replaceChildren(h('span', {}, 'the whole journal'));
    if (tab === 'diagram') this.drawing.show(call);
    else this.list(call);
  }

  head(call) {
    for (const form of FORMS) {
      attribute($(`export-${form}`), 'href', drawing(call.id, form, '?download=true'));
    }
    const wanted = [call.id, ...call.connections].slice(0, 4);
    const ids = $('call-ids');
    if (ids.dataset.of === wanted.join()) return;
    ids.dataset.of = wanted.join();
    ids.replaceChildren(
      ...wanted.map((id, index) => {
        const what = index === 0 ? 'server call id' : 'call connection id';
        return h('span', { title: `${what} ${id}` }, index === 0 ? `call ${id}` : `leg ${id}`);
      }),
    );
  }

  /** The calls that transfers tie to the one that is shown. */
  links(call) {
    const tied = call ? [call.transferOf && ['transferred from', call.transferOf], ...call.transfers.map((id) => ['transfer to', id])] : [];
    const links = tied.filter(Boolean).map(([words, id]) => [words, id, this.store.calls.get(id)?.title ?? 'a call']);
    const host = $('call-links');
    host.hidden = links.length === 0;
    if (host.dataset.of === links.join()) return;
    host.dataset.of = links.join();
    const link = ([words, id, title]) =>
      h('span', {}, `${words} `, h('button', { type: 'button', class: 'link', title: id, onclick: () => this.view.open(id) }, title));
    host.replaceChildren(...links.map(link));
  }

  list(call) {
    $('call-ids').dataset.of = call ? $('call-ids').dataset.of : '';
    const source = call ? call.entries : this.store.entries;
    const { words } = this.view;
    let list = source;
    if (words.length > 0) {
      // Only what is new is searched again, unless something else is searched.
      const known = this.filtered;
      const same = known.words === words.join(' ') && known.source === source && known.seen <= source.length;
      list = same ? known.list : [];
      for (let index = same ? known.seen : 0; index < source.length; index += 1) {
        if (matches(source[index], words)) list.push(source[index]);
      }
      this.filtered = { words: words.join(' '), source, seen: source.length, list };
    }
    this.entries.show(list, { follow: true });
    this.entries.select(this.view.entry);
  }
}

function fillEntry(row, entry) {
  const [at, tag, who, label] = row.children;
  text(at, clockTime(entry.time));
  text(tag, entry.kind);
  attribute(tag, 'data-kind', entry.kind);
  const from = shortName(entry.from);
  text(who, entry.from === entry.to ? from : `${from} → ${shortName(entry.to)}`);
  text(label, entry.label);
  attribute(label, 'data-kind', entry.kind);
  label.className = entry.failed ? 'label failed' : 'label';
  attribute(row, 'aria-label', `${clockTime(entry.time)} ${entry.kind}, ${who.textContent}: ${entry.label}`);
}
