// The rows of one listing: a page is fetched when it becomes visible, and dropped when it is far away.
import { microseconds } from '../times.js';
import { opening, PAGE } from './opening.js';

const KEPT = 12; // pages: the visible ones, and some on both sides
const AT_ONCE = 2; // requests
const OPENING = -1; // the flight that finds the number of rows; not a page's number
const GROWING = -2; // the flight that lets the server look for older rows

export class Rows {
  /** `listing`: {filters, sort, order}; `changed()` is called whenever something must be drawn. */
  constructor(source, listing, changed) {
    Object.assign(this, { source, listing, changed });
    this.pages = new Map(); // number → {rows, cursor}; those of an older cursor are shown until they are loaded again
    this.flights = new Map(); // number → AbortController
    this.wanted = [];
    this.total = 0;
    this.isAll = true; // else these are the newest of them
    this.reached = null; // µs: the server is still looking for older ones, and has come to this time
    this.grown = 0; // older rows that were found since it was opened, above the others
    this.cursor = undefined;
    this.opened = false;
    this.refreshing = false;
    this.next = null; // what is to be refreshed next: [cursor, fromEnd]
    this.error = null;
  }

  at(index) {
    return this.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  async open(fromEnd) {
    const { listing, cursor } = this;
    const control = this.begin(OPENING);
    try {
      const part = { ...opening(listing, fromEnd), cursor };
      const answer = await this.source.rows(listing.filters, { ...part, signal: control.signal });
      this.take(answer);
      if (fromEnd) this.keepLast(answer.rows.toReversed());
      else if (answer.rows.length === Math.min(PAGE, answer.total)) this.keep(0, answer.rows);
      this.opened = true;
    } catch (error) {
      this.fail(error, control);
    } finally {
      if (this.flights.get(OPENING) === control) this.flights.delete(OPENING);
      this.changed();
      if (this.reached !== null) this.grow();
    }
  }

  /** Asks for the older rows that the server has not found yet, until it has looked for all. */
  async grow() {
    const { listing, cursor } = this;
    const control = this.begin(GROWING);
    try {
      while (this.reached !== null && !this.error && this.cursor === cursor) {
        const part = { ...opening(listing, false), limit: 1, cursor, signal: control.signal };
        const answer = await this.source.rows(listing.filters, part);
        if (this.flights.get(GROWING) !== control) return; // It was refreshed in the meantime.
        this.receive(answer);
        this.changed();
        this.fetch();
      }
    } catch (error) {
      this.fail(error, control);
      this.changed();
    } finally {
      if (this.flights.get(GROWING) === control) this.flights.delete(GROWING);
    }
  }

  /** False for an answer that is older than another one. */
  receive(answer) {
    const isGrowing = this.reached !== null;
    const by = answer.total - this.total;
    if (isGrowing && by < 0) return false;
    this.take(answer);
    if (isGrowing && by > 0) this.move(by);
    return true;
  }

  /** The loaded rows have other places: they are shown until they are loaded again. */
  move(by) {
    const { sort, order } = this.listing;
    const shift = sort === 'time' && order === 'asc' ? by : 0;
    const loaded = [...this.pages].flatMap(([number, { rows }]) => rows.map((row, at) => [number * PAGE + at + shift, row]));
    this.pages.clear();
    for (const [index, row] of loaded) {
      const number = Math.floor(index / PAGE);
      if (!this.pages.has(number)) this.pages.set(number, { rows: [], cursor: undefined });
      this.pages.get(number).rows[index % PAGE] = row;
    }
    this.grown += shift;
  }

  keep(number, rows) {
    this.pages.set(number, { rows, cursor: this.cursor });
  }

  keepLast(rows) {
    const from = this.total - rows.length;
    for (let number = Math.ceil(from / PAGE); number * PAGE < this.total; number += 1) {
      this.keep(number, rows.slice(number * PAGE - from, (number + 1) * PAGE - from));
    }
  }

  take({ total, cursor, is_all: isAll = true, reached = null }) {
    this.total = total;
    this.isAll = isAll;
    this.reached = reached;
    this.cursor = cursor;
    this.error = null;
  }

  /** These rows, both included, are visible. */
  want(first, last) {
    if (!this.opened) return;
    const before = this.wanted;
    this.wanted = [];
    for (let number = Math.floor(first / PAGE); number * PAGE <= Math.min(last, this.total - 1); number += 1) {
      this.wanted.push(number);
    }
    // What failed at one place is tried again at the next one.
    if (this.error && this.wanted.some((number) => !before.includes(number))) this.error = null;
    for (const [number, control] of this.flights) {
      if (number >= 0 && !this.wanted.includes(number)) control.abort();
    }
    this.fetch();
  }

  fetch() {
    if (this.error) return;
    for (const number of this.wanted) {
      if (this.flights.size >= AT_ONCE + this.flights.has(GROWING)) return;
      if (this.pages.get(number)?.cursor === this.cursor || this.flights.has(number)) continue;
      this.load(number);
    }
  }

  async load(number) {
    const { filters, sort, order } = this.listing;
    const { cursor } = this;
    const control = this.begin(number);
    try {
      const rows = [];
      let answer;
      do { // Very large rows come a few at a time.
        const page = { sort, order, offset: number * PAGE + rows.length, limit: PAGE - rows.length, cursor };
        answer = await this.source.rows(filters, { ...page, signal: control.signal });
        if (this.cursor !== cursor) return; // It was refreshed in the meantime.
        const { grown } = this;
        if (!this.receive({ ...answer, cursor }) || (rows.length && this.grown !== grown)) return;
        rows.push(...answer.rows);
        this.keep(number, rows);
      } while (answer.rows.length && rows.length < Math.min(PAGE, answer.total - number * PAGE));
      this.forget();
    } catch (error) {
      this.fail(error, control);
    } finally {
      if (this.flights.get(number) === control) this.flights.delete(number);
      this.changed();
      this.fetch();
    }
  }

  begin(number) {
    const control = new AbortController();
    this.flights.set(number, control);
    return control;
  }

  /** The failure of a request that was aborted is not shown. */
  fail(error, control) {
    if (error.name !== 'AbortError' && !control.signal.aborted) this.error = error;
  }

  retry() {
    this.error = null;
    if (!this.opened) this.open(false);
    else if (this.reached !== null) this.grow();
    this.fetch();
    this.changed();
  }

  forget() {
    const middle = this.wanted[Math.floor(this.wanted.length / 2)] ?? 0;
    const nearest = [...this.pages.keys()].sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
    for (const number of nearest.slice(KEPT)) this.pages.delete(number);
  }

  /** The same listing as of `cursor`: the visible rows are requested again, and stay until they are loaded. */
  async refresh(cursor, fromEnd = false) {
    this.next = [cursor, fromEnd];
    if (this.refreshing) return; // The present answer is shown first: while much is new, there would be none.
    this.refreshing = true;
    while (this.next) {
      const [wanted, isAtEnd] = this.next;
      this.close();
      this.cursor = wanted;
      await this.open(isAtEnd);
    }
    this.refreshing = false;
    for (const number of this.pages.keys()) if (number * PAGE >= this.total) this.pages.delete(number);
    this.fetch();
  }

  /** Adds new rows to the end without a request; false if they may belong elsewhere. */
  append(rows, cursor) {
    const last = this.at(this.total - 1);
    const { sort, order } = this.listing;
    if (sort !== 'time' || order !== 'asc' || !last || !this.isAll || this.flights.size) return false;
    const sorted = rows.map((row) => microseconds(row.timestamp));
    const before = (index) => (index ? sorted[index - 1] : microseconds(last.timestamp));
    if (sorted.some((moment, index) => moment <= before(index))) return false;
    for (const page of this.pages.values()) if (page.cursor === this.cursor) page.cursor = cursor;
    this.cursor = cursor;
    for (const row of rows) {
      const number = Math.floor(this.total / PAGE);
      if (!this.pages.has(number)) this.keep(number, []);
      this.pages.get(number).rows.push(row);
      this.total += 1;
    }
    this.forget();
    this.changed();
    return true;
  }

  /** Where an event is in this listing; null if it is not in it. */
  async find(id) {
    for (const [number, { rows }] of this.pages) {
      const index = rows.findIndex((row) => row?.id === id);
      if (index >= 0) return number * PAGE + index;
    }
    const { filters, sort, order } = this.listing;
    return (await this.source.find(filters, { sort, order, cursor: this.cursor, id })).offset;
  }

  close() {
    this.next = null;
    for (const control of this.flights.values()) control.abort();
    this.flights.clear();
  }
}
