// What the labs' script offers in the place of a link that cannot be run. Each
// offer must be a link that the program takes, and change what is wrong alone.

import { causesOf } from './causes.mjs';
import { answers } from './native.mjs';
import { numbers } from './settings.mjs';

/** Links to a lab, most of them wrong in one part or several. */
function badLinks(id, fields, count) {
  const draw = numbers(9);
  const one = (all) => all[Math.floor(draw() * all.length)];
  const keys = [...fields.map(({ key }) => key), 'sed', 'Seed', 'nonsense', '', 'a=b'];
  const value = () => one([
    () => String(Math.round(1e6 * (draw() - 0.5))),
    () => String(100 * (draw() - 0.5)),
    () => `${Math.floor(9 * draw())},${Math.floor(99 * draw())}`,
    () => `${10 ** Math.floor(40 * draw())}`,
    () => one(['ReLU', 'identiy', 'linear', 'own', 'digit', 'nan', 'inf', '1e999', '0x10', '', ' 7', '7).', '７', '<b>', '%', '%c3%a9', '0,0,0_1,1,1_0,1,1', '0,0,7', '1e', '.', '--3']),
  ])();
  const part = () => (draw() < 0.1 ? one(['', 'seed', '<i>=1', 'x;y']) : `${one(keys)}=${value()}`);
  const version = () => (draw() < 0.9 ? 'v1' : one(['v2', 'v', 'V1']));
  const name = () => (draw() < 0.8 ? id : one([`${id}s`, id.toUpperCase(), '', 'nothing-like-it']));
  return Array.from({ length: count }, () => {
    const parts = Array.from({ length: Math.floor(5 * draw()) }, part);
    return ['#' + version(), name(), ...parts].join(';');
  });
}

/** What was meant, where it can be told. */
const MEANT = [
  ['lr=-3', [['lr=3', 'with lr = 3'], ['', 'with lr = 0.1']]],
  ['lr=1e9', [['lr=100', 'with lr = 100'], ['', 'with lr = 0.1']]],
  ['lr=nan', [['', 'with lr = 0.1']]],
  ['epochs=5000;seed=3', [
    ['epochs=2000;seed=3', 'with epochs = 2000'], ['seed=3', 'with epochs = 200'],
  ]],
  ['epochs=2.6', [['epochs=3', 'with epochs = 3'], ['', 'with epochs = 200']]],
  ['activation=ReLu', [
    ['activation=relu', 'with activation = relu'], ['', 'with activation = identity'],
  ]],
  ['nonsense=1;seed=2', [['seed=2', 'without “nonsense=1”']]],
  ['seed=7;seed=8', [['seed=7', 'without “seed=8”']]],
  ['lr=9999;epochs=9999', [
    ['lr=100;epochs=2000', 'with lr = 100, epochs = 2000'],
    ['', 'with the settings of the book'],
  ]],
  ['data=own;points=0,0,7', [['', 'without points']]],
];

/** What is wrong with the mends that `script` offers. */
export async function wrongMends(script, door, labs) {
  const { mends } = causesOf(script);
  const found = [];
  for (const { id, fields } of labs) {
    const links = badLinks(id, fields, 300);
    const judged = await answers(door, links.map((link) => `describe ${link}`));
    const offers = [];
    for (const [i, link] of links.entries()) {
      const { error, link: read } = judged[i];
      // The door to all labs may take it for a run of another.
      if (!error || (read && !read.startsWith(`#v1;${id}`))) continue;
      const ways = mends(link, { id, fields }, error);
      if (ways.length === 0) found.push(`${link}: no mend`);
      if (new Set(ways.map(({ link }) => link)).size < ways.length) found.push(`${link}: twice the same`);
      if (ways.some(({ says }) => !says)) found.push(`${link}: a mend without words`);
      offers.push(...ways.map((way) => [link, way.link]));
    }
    const taken = await answers(door, offers.map(([, offer]) => `describe ${offer}`));
    for (const [i, { error }] of taken.entries()) {
      if (error) found.push(`${offers[i][0]}: its mend ${offers[i][1]}: ${error}`);
    }
    if (offers.length < 200) found.push(`${id}: only ${offers.length} mends were tried`);
    if (id !== 'bench') continue;
    for (const [settings, expected] of MEANT) {
      const link = `#v1;bench;${settings}`;
      const [{ error }] = await answers(door, [`describe ${link}`]);
      const offered = mends(link, { id, fields }, error).map(({ link, says }) =>
        [link.replace(/^#v1;bench;?/, ''), says]);
      const same = JSON.stringify(offered) === JSON.stringify(expected);
      if (!same) found.push(`${link}: it offers ${JSON.stringify(offered)}`);
    }
  }
  return found;
}
