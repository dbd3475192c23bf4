// An event or a story as text, as JSON, and as Markdown for a bug report.
import { titleOf } from './services.js';
import { clip, seen } from './text.js';
import { count, duration, microseconds, offset } from './times.js';

const OURS = ['seq', 'kind', 'failure']; // what the page adds to an event
const LONGEST = 2000; // characters of a text in a report
const MOST = 100; // events of a story in a report

/** The fields that `--format json` has. */
const asStored = (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !OURS.includes(name)));

export function eventJson(row) {
  return JSON.stringify(asStored(row), null, 2);
}

export function storyJson(rows) {
  return JSON.stringify(rows.map(asStored), null, 2);
}

/** [title, text] of everything that tells an event from others. */
function facts(row, { context, version, browser }) {
  return [
    ['Service', titleOf(row.service)], ['Event', row.event_name], ['Time', row.timestamp], ['Instance ID', row.instance_id],
    ['Origin', row.origin], ['Scope', row.scope], ['Storage key', row.storage_key === row.origin ? '' : row.storage_key],
    ['Browser context', context(row.browser_context)], ['Source', row.source], ['Event ID', row.id],
    ['Browser, as attached now', browser], ['cdp-bgservices', version],
  ].filter(([, text]) => text);
}

const place = ({ source_url: url, line, column }) => (url ? ` (${[url, line || null, line ? column : null]
  .filter((part) => part !== null && part !== undefined).join(':')})` : '');
const thrownBy = (row) => (row.details?.threw ?? []).map((error) => `${error.message}${place(error)}`);

/** Lines for a terminal or a chat. */
export function eventText(row, about) {
  return [
    ...facts(row, about).map(([title, text]) => `${title}: ${clip(text, LONGEST)}`),
    ...(row.failure ? [`Failed: ${clip(row.failure, LONGEST)}`] : []),
    ...thrownBy(row).map((text) => `The worker threw: ${clip(text, LONGEST)}`),
    ...Object.entries(row.metadata).sort().map(([key, value]) => `${clip(key)}: ${clip(value, LONGEST)}`),
  ].join('\n');
}

/** A report in Markdown: what failed and why, where, the metadata, and the story so far. */
export function eventMarkdown(row, story, about) {
  const failed = row.failure ? ` failed: ${code(row.failure, 200)}` : '';
  return [
    `### ${titleIn(row)}${failed}`, '',
    ...facts(row, about).map(([title, text]) => `- ${title}: ${code(text)}`),
    ...(row.failure ? [`- Reason: ${code(row.failure)}`] : []),
    ...thrownBy(row).map((text) => `- The worker threw: ${code(text)}`),
    '', 'Metadata', '', ...fenced(JSON.stringify(shortened(row.metadata), null, 2), 'json'),
    ...(story.length > 1 ? ['', `Story: ${spelled(story)}`, '', ...fenced(storyLines(story, row), 'text')] : []), '',
  ].join('\n');
}

export function storyMarkdown(row, story, about) {
  const failures = story.filter(({ kind }) => kind === 'failed');
  return [
    `### Story of ${titleIn(row)}`, '', `${spelled(story)}, ${failures.length} failed`, '',
    ...facts(row, about).filter(([title]) => !['Event', 'Time', 'Event ID'].includes(title)).map(([title, text]) => `- ${title}: ${code(text)}`),
    ...failures.slice(0, MOST).flatMap((step) => [
      `- Failed at ${code(step.timestamp)}: ${code(step.failure)}`, ...thrownBy(step).map((text) => `- The worker threw: ${code(text)}`),
    ]),
    '', ...fenced(storyLines(story, row), 'text'), '',
  ].join('\n');
}

const shortened = (metadata) => Object.fromEntries(Object.entries(metadata)
  .map(([key, value]) => [key, value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value]));
const titleIn = (row) => code(`${titleOf(row.service)}: ${row.event_name}${row.instance_id && `, ${row.instance_id}`}`, 200);
const lengthOf = (story) => microseconds(story.at(-1).timestamp) - microseconds(story[0].timestamp);
const spelled = (story) => `${count(story.length, 'event')} in ${duration(lengthOf(story))}`;

function storyLines(story, row) {
  const began = microseconds(story[0].timestamp);
  const lines = story.slice(0, MOST).map((step) => [
    step.id === row.id ? '>' : ' ', step.timestamp, offset(microseconds(step.timestamp) - began), clip(step.event_name),
    step.failure && step.failure !== step.event_name && `(${clip(step.failure)})`,
  ].filter(Boolean).join('  '));
  return [...lines, ...(story.length > MOST ? [`and ${count(story.length - MOST, 'more event')}`] : [])].join('\n');
}

const longestRun = (text) => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** Monospaced and in one line. Nothing in it acts: the fence is longer than any in the text. */
function code(text, longest = LONGEST) {
  const line = clip(String(text), longest);
  const fence = '`'.repeat(longestRun(line) + 1);
  return `${fence} ${line} ${fence}`;
}

function fenced(text, language) {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return [`${fence}${language}`, seen(text), fence];
}
