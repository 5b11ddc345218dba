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

/** A whole number that is not a seed lies between the least there is and what
 * the book takes, so that no run takes longer than the book's. */
function anyValue(field, draw) {
  const [min, max] = [Number(field.min), Number(field.max)];
  if (field.kind === 'choice') {
    return field.names[Math.floor(draw() * field.names.length)];
  }
  if (field.kind === 'real') {
    const steep = min > 0 && max / min >= 1000;
    return steep ? min * (max / min) ** draw() : min + (max - min) * draw();
  }
  const book = Math.min(max, Number(field.default));
  const most = field.key === 'seed' ? max : book;
  return min + Math.floor(draw() * (most - min + 1));
}

/** The links of `count` runs of the lab `id` with these parameters. */
export function randomLinks(id, fields, count) {
  const draw = numbers(6);
  return Array.from({ length: count }, () => {
    const settings = fields.map((f) => `;${f.key}=${anyValue(f, draw)}`);
    return `#v1;${id}${settings.join('')}`;
  });
}
