import type { Panel } from '../app.ts';
import { type State, type Store, TABS, type Tab } from '../state.ts';
import { element, make } from './dom.ts';

const TITLES: Readonly<Record<Tab, string>> = {
  near: 'Near',
  change: 'Change',
  morph: 'Morph',
  mix: 'Mix',
  sample: 'Sample',
  model: 'Model',
};

/** The tabs below the picture: arrows go from one to the next. */
export function startTabs(store: Store, makers: Readonly<Record<Tab, () => Panel>>) {
  const list = document.querySelector('.tabs') as HTMLElement;
  const panels = new Map<Tab, Panel>();
  const tabs = TABS.map((tab) =>
    make(
      'button',
      {
        ...{ type: 'button', role: 'tab', id: `tab-${tab}` },
        'aria-controls': `panel-${tab}`,
        onclick: () => store.set({ tab }, true),
      },
      TITLES[tab],
    ),
  );
  list.replaceChildren(...tabs);
  list.addEventListener('keydown', (event) => {
    const at = TABS.indexOf(store.get().tab);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[
      event.key
    ];
    const tab = next === undefined ? undefined : TABS.at(next % TABS.length);
    if (!tab) return;
    event.preventDefault();
    store.set({ tab }, true);
    element(`tab-${tab}`).focus();
  });

  return {
    show(changed?: ReadonlySet<keyof State>): void {
      const { tab } = store.get();
      for (const [i, button] of tabs.entries()) {
        const selected = TABS[i] === tab;
        button.setAttribute('aria-selected', String(selected));
        button.tabIndex = selected ? 0 : -1;
      }
      let panel = panels.get(tab);
      if (!panel) {
        panel = makers[tab]();
        Object.assign(panel.root, { id: `panel-${tab}`, role: 'tabpanel' });
        panel.root.setAttribute('aria-labelledby', `tab-${tab}`);
        panels.set(tab, panel);
        element('panels').append(panel.root);
      }
      for (const [name, { root }] of panels) root.hidden = name !== tab;
      panel.show(changed?.has('tab') ? undefined : changed);
    },
  };
}
