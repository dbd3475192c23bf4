// How many of the events in the page there were when, by service and bucket of time.

const MOST_BUCKETS = 1000;

/** {begin, end, width, counts, failed}; `end` is not included. */
export function counted(rows, at, indexes, begin, end, buckets) {
  const number = Math.min(Math.max(buckets, 1), MOST_BUCKETS);
  const width = Math.max(1, Math.ceil((end - begin) / number));
  const counts = {};
  const failed = Array(number).fill(0);
  for (const index of indexes) {
    const bucket = Math.floor((at[index] - begin) / width);
    if (bucket < 0 || bucket >= number) continue;
    const { service, failure } = rows[index];
    counts[service] ??= Array(number).fill(0);
    counts[service][bucket] += 1;
    if (failure) failed[bucket] += 1;
  }
  return { begin, end, width, counts, failed };
}

/** The same with the failures by service. */
export function strips(rows, at, indexes, begin, end, buckets) {
  const all = counted(rows, at, indexes, begin, end, buckets);
  const { counts: failed } = counted(rows, at, indexes.filter((index) => rows[index].failure), begin, end, buckets);
  return { ...all, failed };
}
