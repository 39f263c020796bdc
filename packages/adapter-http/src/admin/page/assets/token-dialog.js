import { h } from './dom.js';

/** Asks for the admin token. Resolves when one was given. */
export function askForToken(dialog, api) {
  return new Promise((resolve) => {
    const input = h('input', {
      type: 'password',
      name: 'token',
      required: true,
      autocomplete: 'off',
      'aria-label': 'Admin token',
    });
    const form = h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'token-title' }, 'Admin token'),
      h('p.muted', {}, 'This listener wants its token. It stays in this tab and travels in a header only.'),
      input,
      h('button', { type: 'submit' }, 'Show the page'),
    );
    form.addEventListener('submit', (event) => {
      // The policy of this page forbids to send forms anywhere.
      event.preventDefault();
      api.token = input.value.trim();
      dialog.close('given');
    });
    dialog.replaceChildren(form);
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => resolve(), { once: true });
    dialog.showModal();
  });
}
