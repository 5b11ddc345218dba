// Runs of the labs at random settings, the same ones each time.

/** Numbers from 0 up to 1 (mulberry32). */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How much more work than the book's run a random one may be. */
const DEAREST = 2;

/** Any value that the field can have. Each end of a range comes up, and in a
 * range of many powers, each power does. */
function anyValue(field, draw) {
  if (field.kind === 'choice') {
    return field.names[Math.floor(draw() * field.names.length)];
  }
  if (field.kind === 'points') return points(draw);
  const [min, max] = [Number(field.min), Number(field.max)];
  const end = draw();
  if (end < 0.1) return end < 0.05 ? min : max;
  const part = draw();
  const steep = min > 0 && max / min >= 8;
  const value = steep ? min * (max / min) ** part : min + (max - min) * part;
  return field.kind === 'whole' ? Math.round(value) : value;
}

/** A few points of two classes. */
function points(draw) {
  const some = Array.from({ length: 4 + Math.floor(12 * draw()) }, (_, i) =>
    [4 * draw() - 2, 4 * draw() - 2].map((x) => x.toFixed(3)).concat(i % 2));
  return some.join('_');
}

/** Whole numbers that are no seeds say how much there is of something, and
 * their product how much work that is, roughly: as a part of the book's. */
function work(fields, values) {
  return fields.reduce((all, { key, kind, default: book }, i) => {
    const counts = kind === 'whole' && key !== 'seed';
    return counts ? (all * values[i]) / Math.max(1, Number(book)) : all;
  }, 1);
}

/** The links of `count` runs of the lab `id` with these parameters. */
export function randomLinks(id, fields, count) {
  const draw = numbers(6);
  const values = () => {
    const any = fields.map((field) => anyValue(field, draw));
    return work(fields, any) <= DEAREST ? any : values();
  };
  return Array.from({ length: count }, () => {
    const settings = values().map((value, i) => `;${fields[i].key}=${value}`);
    return `#v1;${id}${settings.join('')}`;
  });
}
