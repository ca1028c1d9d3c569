// The list of calls, the newest first.

import { $, attribute, clockTime, duration, h, text } from './dom.js';
import { List } from './list.js';
import { concerns } from './store.js';

/** Stands at the top of the list: everything that happens, of all calls and of none. */
const EVERYTHING = { id: null };

export class Calls {
  constructor(store, view) {
    this.store = store;
    this.view = view;
    this.filter = 'all';
    this.list = new List($('call-list'), {
      label: 'Calls, the newest first',
      height: 54,
      key: (call) => call.id,
      row: () => {
        const row = h('div', { class: 'call-row' }, h('i', { class: 'lamp', 'aria-hidden': 'true' }));
        row.append(h('span', { class: 'who' }), h('span', { class: 'when' }), h('span', { class: 'what' }));
        return row;
      },
      fill: (row, call) => this.fill(row, call),
      choose: (call) => view.open(call.id),
    });
    for (const button of document.querySelectorAll('[data-filter]')) {
      button.addEventListener('click', () => {
        this.filter = button.dataset.filter;
        for (const other of document.querySelectorAll('[data-filter]')) {
          attribute(other, 'aria-pressed', other === button);
        }
        this.draw();
      });
    }
  }

  fill(row, call) {
    const [lamp, who, when, what] = row.children;
    if (call === EVERYTHING) {
      lamp.dataset.state = 'none';
      text(who, 'Everything');
      text(when, '');
      text(what, 'all calls, and what belongs to none');
      attribute(row, 'aria-label', 'Everything that happens');
      return;
    }
    const state = call.state;
    lamp.dataset.state = state;
    text(who, call.title);
    text(when, clockTime(call.started).slice(0, 8));
    const length = call.ended === null ? '' : ` ${duration(call.ended - call.started)}`;
    text(what, `${state}${length} · ${call.last}`);
    attribute(row, 'title', call.title);
    attribute(row, 'aria-label', `${call.title}, ${state}${length}, since ${clockTime(call.started).slice(0, 8)}`);
  }

  draw() {
    const { words } = this.view;
    const shown = [EVERYTHING];
    for (let index = this.store.order.length - 1; index >= 0; index -= 1) {
      const call = this.store.order[index];
      if (this.filter === 'open' && call.ended !== null) continue;
      if (this.filter === 'failed' && call.state !== 'failed' && call.failures === 0) continue;
      if (words.length > 0 && !concerns(call, words)) continue;
      shown.push(call);
    }
    this.list.show(shown);
    this.list.select(this.view.call);
    const none = this.store.order.length === 0;
    $('calls-empty').hidden = shown.length > 1;
    text(
      $('calls-empty'),
      none ? 'No call yet. Place one at the right, or let your application create one.' : 'No such call.',
    );
  }

  /** The call before or after the chosen one. */
  step(by) {
    const { items } = this.list;
    const at = items.findIndex((call) => call.id === this.view.call);
    const index = Math.min(Math.max(at + by, 0), items.length - 1);
    this.list.take(index);
  }
}
