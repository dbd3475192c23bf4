// What the numbers count together under one tag: origins, browser contexts and sources, where there are several.
import { html, useEffect, useState } from '../vendor/preact.js';
import { count } from '../times.js';

const NAMES = { origin: 'origin', context: 'browser context', source: 'source' };

/** Nothing until `ready`, and nothing where each is one. */
export function Together({ source, filters, ready }) {
  const [several, setSeveral] = useState([]);
  const key = JSON.stringify(filters);
  useEffect(() => {
    let wanted = ready;
    setSeveral([]);
    if (ready) numbersOf(source, filters).then((found) => wanted && setSeveral(found), () => {}); // The banner says why.
    return () => (wanted = false);
  }, [key, ready]);
  if (!several.length) return null;
  return html`<p class="quiet together">Each row counts the runs of ${listed(several)} together. Filter by one to see it alone.</p>`;
}

async function numbersOf(source, filters) {
  const found = await Promise.all(Object.keys(NAMES).filter((name) => filters[name].length !== 1).map(async (name) => {
    const answer = await source.facets(filters, name);
    return [name, filters[name].length || answer[name].length + (answer.left_out?.[name] ?? 0)];
  }));
  return found.filter(([, number]) => number > 1).map(([name, number]) => count(number, NAMES[name]));
}

const listed = (texts) => (texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`);
