// What the page asks of the emulator: its control routes, and the feed.

/** Asks, and gives the JSON of the answer. An error says what the emulator said. */
export async function ask(method, path, body) {
  const init = { method, headers: { 'x-acs-emulator': '1' }, cache: 'no-store' };
  if (body !== undefined) {
    init.headers['content-type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init);
  const text = await answer.text();
  let json = null;
  try {
    json = text === '' ? null : JSON.parse(text);
  } catch {
    json = null;
  }
  if (!answer.ok) {
    const said = json?.error?.message ?? json?.message;
    const error = new Error(said ?? `the emulator answered ${answer.status}`);
    error.status = answer.status;
    throw error;
  }
  return json;
}

export const party = (rawId, what) => `/emulator/parties/${encodeURIComponent(rawId)}/${what}`;
export const drawing = (call, form, query = '') =>
  `/emulator/calls/${encodeURIComponent(call)}/diagram.${form}${query}`;

/** Makes a party do something now. */
export const act = (rawId, action) => ask('POST', party(rawId, 'act'), action);

/**
 * Follows the journal. `on` has `hello(what)`, `entries(list)`, `missed(what)` and `state(word)`.
 * The browser comes back by itself and goes on behind the last entry; when another emulator answers, the
 * page begins anew.
 */
export function follow(on) {
  let source = null;
  let instance = null;
  const open = () => {
    source?.close();
    source = new EventSource('/emulator/feed?brief=true');
    source.addEventListener('hello', (event) => {
      const hello = JSON.parse(event.data);
      if (instance !== null && instance !== hello.instance) {
        // Another journal: its numbers mean other things, so the place in the old one is worth nothing.
        instance = null;
        on.hello(hello, true);
        open();
        return;
      }
      const first = instance === null;
      instance = hello.instance;
      on.hello(hello, first);
      on.state('live');
    });
    source.addEventListener('entries', (event) => on.entries(JSON.parse(event.data)));
    source.addEventListener('missed', (event) => on.missed(JSON.parse(event.data)));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        on.state('lost');
        setTimeout(open, 2000);
      } else {
        on.state('reconnecting');
      }
    };
  };
  open();
}
