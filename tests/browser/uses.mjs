// What a reader does with a lab, and what the lab should do then: the checks of
// labs.mjs, and for each of them how to break the labs' script.

import { AXE, THEMES, setTheme, tooWide } from './visit.mjs';

/** What every lab should do; each function gives what is wrong. */
const EVERY = {
  'load nothing before it is touched': async ({ page, open, asked }) => {
    await open();
    await page.waitForTimeout(300);
    const early = asked.filter((url) => /\.wasm|\.gz/.test(url));
    return early.map((url) => `asked for ${url}`);
  },

  'load its program once, and run it to the native digest': async (lab) => {
    const { open, touch, run, asked, shown, native, start } = lab;
    await open();
    await touch();
    await run();
    await run();
    const count = asked.filter((url) => url.includes('.wasm')).length;
    const once = count === 1 ? [] : [`loaded the program ${count} times`];
    return [...once, ...different(await shown(), native(start))];
  },

  'replay a link': async ({ open, finished, shown, native, other }) => {
    await open(other);
    await finished();
    return different(await shown(), native(other));
  },

  'say what is wrong with a link, and never as markup': async (lab) => {
    const found = [];
    for (const bad of [
      `#v2;${lab.id}`,
      `#v1;${lab.id};nonsense=1`,
      `#v1;${lab.id};<img src=x onerror=alert(1)>=1`,
      `#v1;${lab.id};${'seed=1;'.repeat(3000)}`,
    ]) {
      await lab.open(bad);
      const text = await lab.refused();
      const shown = await lab.root.locator('.lab-status *').count();
      if (!/cannot be replayed/.test(text)) found.push(`${bad}: "${text}"`);
      if (shown) found.push(`${bad.slice(0, 60)}: became markup`);
    }
    return found;
  },

  'say what is wrong with a setting': async (lab) => {
    const { open, touch, root, page, refused } = lab;
    await open();
    await touch();
    const input = root.locator('input[type=number]').first();
    await input.fill('-1');
    await root.locator('.lab-run').click();
    const text = await refused();
    const key = await input.getAttribute('name');
    const focused = await page.evaluate(() => document.activeElement.name);
    const found = [];
    if (!text.includes(`${key}: expected`)) found.push(`it says "${text}"`);
    if (focused !== key) found.push(`the focus is on ${focused}`);
    return found;
  },

  'be used by keyboard alone': async (lab) => {
    const { page, open, root, finished, shown, native, start } = lab;
    await open();
    await root.locator('.lab-open').focus();
    await page.keyboard.press('Enter');
    await root.locator('.lab-form').waitFor();
    const focus = () =>
      page.evaluate(() => {
        const { name, className, textContent } = document.activeElement;
        return name || className || textContent;
      });
    if ((await focus()) !== 'lab-run') return [`the focus is on "${await focus()}"`];
    // Every control can be reached, in the order of the page.
    const all = await root.locator('.lab-form').evaluate((form) =>
      [...form.querySelectorAll('button, input, select, textarea')]
        .filter((e) => e.checkVisibility())
        .map((e) => e.name || e.className || e.textContent),
    );
    const reached = [];
    for (const _ of all) {
      reached.push(await focus());
      await page.keyboard.press('Tab');
    }
    const missed = all.filter((name) => !reached.includes(name));
    if (missed.length) return [`Tab does not reach ${missed.join(', ')}`];
    await root.locator('.lab-run').focus();
    await page.keyboard.press('Enter');
    await finished();
    const lost = (await focus()) === 'lab-run' ? [] : [`the focus went to "${await focus()}"`];
    return [...lost, ...different(await shown(), native(start))];
  },

  'keep the arrow keys to itself': async ({ page, open, touch, root }) => {
    await open();
    await touch();
    // What the document hears, mdBook hears, and turns the page.
    await page.evaluate(() => {
      window.heard = 0;
      document.addEventListener('keydown', () => (window.heard += 1));
    });
    const heard = async () => {
      await page.keyboard.press('ArrowRight');
      return page.evaluate(() => window.heard > 0);
    };
    const places = ['input', '.lab-run', 'input[type=range]']
      .map((selector) => [selector, root.locator(selector).first()]);
    // A listing is no control, but it scrolls.
    places.push(['a listing', page.locator('pre').first()]);
    for (const [name, place] of places) {
      if ((await place.count()) === 0) continue;
      await place.evaluate((e) => (e.matches('pre') && (e.tabIndex = 0), e.focus()));
      if (await heard()) return [`${name}: the page turns`];
    }
    await page.evaluate(() => document.activeElement.blur());
    await page.waitForLoadState();
    const before = page.url();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL((url) => url.href !== before);
    return [];
  },

  'give the book’s figure back': async (lab) => {
    const { open, touch, root, run, status } = lab;
    await open();
    const figure = () => root.locator('figure').evaluate((f) => f.innerHTML);
    const before = await figure();
    await touch();
    await run();
    const during = await figure();
    await root.locator('button[type=reset]').click();
    await lab.says('again');
    const found = [];
    if (during === before) found.push('a run changed nothing');
    if ((await figure()) !== before) found.push('the figure is another');
    if (await root.locator('.lab-result').count()) found.push('a result stays');
    if (!(await status())) found.push('nothing is said');
    return found;
  },

  'break no rule of axe in any state': async (lab) => {
    const { page, open, touch, run, root, refused, live } = lab;
    await open();
    await page.evaluate(AXE);
    const found = [];
    const look = async (name, themes = ['light', 'navy']) => {
      for (const theme of themes) {
        await setTheme(page, theme);
        const broken = await page.evaluate(async () => {
          const lab = document.querySelector('.lab');
          const { violations } = await axe.run(lab);
          return violations.flatMap(({ id, nodes }) =>
            nodes.map((n) => `${id}: ${n.target}: ${n.any[0]?.message ?? ''}`),
          );
        });
        found.push(...broken.map((what) => `${name}, ${theme}: ${what}`));
      }
    };
    await look('untouched');
    await touch();
    await look('open');
    if (live) await throughStates(lab, look, THEMES);
    await run();
    await look('finished', THEMES);
    if (lab.diverging) {
      await root.locator('[name=lr]').fill('100');
      await run();
      await look('diverged');
    }
    await root.locator('input[type=number]').first().fill('-1');
    await root.locator('.lab-run').click();
    await refused();
    await look('refused', THEMES);
    return found;
  },

  'fit a screen of 320 px': async (lab) => {
    const { page, open, touch, run, root, live } = lab;
    await page.setViewportSize({ width: 320, height: 640 });
    await open();
    const found = [];
    const look = async (name) => {
      const wide = [...(await tooWide(page)), ...(await sticking(root))];
      found.push(...wide.map((what) => `${name}: ${what}`));
    };
    await touch();
    await look('open');
    if (live) await throughStates(lab, look);
    await run();
    await look('finished');
    await root.locator('input[type=number]').first().fill('-1');
    await root.locator('.lab-run').click();
    await lab.refused();
    await look('refused');
    const small = await root.locator('button, input[type=number], select, textarea')
      .evaluateAll((all) => all.filter((e) => e.checkVisibility() && e.offsetHeight < 43).length);
    if (small) found.push(`${small} controls are too low for a finger`);
    return found;
  },
};

/** What a lab should do whose run cannot be watched. */
const PLAIN = {
  'stop, and start again': async ({ open, touch, root, state, status, run }) => {
    await open();
    await touch();
    const button = root.locator('.lab-run');
    // Both in one task, or a quick run would be over.
    await button.evaluate((b) => (b.click(), b.click()));
    await state('ready');
    const text = await status();
    await run();
    return /^Stopped/.test(text) ? [] : [`it says "${text}"`];
  },
};

/** What a lab should do whose run can be watched. */
const LIVE = {
  'pause, take a step, go on, and stop with a result': async (lab) => {
    const { page, open, touch, root, pace, state, status, shown, native, start } = lab;
    const found = [];
    await open();
    await touch();
    await lab.slowly();
    const [run, step] = [root.locator('.lab-run'), root.locator('.lab-step')];
    await run.click();
    await lab.stands();
    if ((await run.textContent()) !== 'Pause') found.push('no Pause while it runs');
    await run.click();
    await lab.says('^Paused');
    const paused = await status();
    await page.waitForTimeout(400);
    if ((await status()) !== paused) found.push('it goes on while it is paused');
    await step.click();
    await lab.changed(status, paused);
    const [before, after] = [paused, await status()].map(firstNumber);
    const single = lab.counts ? after === before + 1 : after > before;
    if (!single) found.push(`a step led from ${before} to ${after}`);
    await run.click();
    await state('running');
    await lab.changed(() => root.locator('.lab-standing').textContent(), paused);
    await root.locator('.lab-stop').click();
    await lab.ended();
    const text = await status();
    if (!/^Stopped/.test(text)) found.push(`it says "${text}"`);
    if (/no result/.test(text)) return found;
    const result = await shown();
    const whole = native(start);
    if (result.digest === whole.digest) found.push('it is the whole run');
    return [...found, ...different(result, native(result.link))];
  },

  'take the first step as well': async (lab) => {
    const { open, touch, root, status, state, finished, shown, native } = lab;
    await open();
    await touch();
    await lab.seeds(3);
    await root.locator('.lab-step').click();
    await lab.says('^Paused');
    const found = firstNumber(await status()) > 0 ? [] : [`it says "${await status()}"`];
    await root.locator('.lab-run').click();
    await finished();
    await state('ready');
    const result = await shown();
    return [...found, ...different(result, native(result.link))];
  },

  'be paused, stepped and stopped by keyboard': async (lab) => {
    const { page, open, touch, root, pace, state } = lab;
    await open();
    await touch();
    await lab.slowly();
    const press = async (name, key) => {
      await root.locator(`.lab-${name}`).focus();
      await page.keyboard.press(key);
    };
    await press('run', 'Enter');
    await lab.stands();
    await page.keyboard.press(' ');
    await state('paused');
    await press('step', 'Enter');
    await page.keyboard.press(' ');
    await press('stop', 'Enter');
    await lab.ended();
    const kept = await page.evaluate(() => document.activeElement.className);
    return kept === 'lab-stop' ? [] : [`the focus went to "${kept}"`];
  },

};

/** What a lab should do besides, whose steps are so quick that they are a
 * film. */
const FILM = {
  'say where it stands, and not too often': async (lab) => {
    const { page, open, touch, root, run, pace } = lab;
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await open();
    await touch();
    await pace(60);
    await root.evaluate((lab) => {
      window.said = [];
      const status = lab.querySelector('.lab-status');
      const note = () => said.push(status.textContent);
      new MutationObserver(note).observe(status, { childList: true });
    });
    await run();
    const said = await root.evaluate(() => window.said);
    // Emptied by the test, and then: start, three quarters, end.
    const found = said.length <= 6 ? [] : [`it speaks ${said.length} times: ${said}`];
    if (!said.some((text) => /^Running/.test(text))) found.push('no start is said');
    return found;
  },

  'draw at most once a second for whoever wants no motion': async (lab) => {
    const { page, open, touch, root, pace } = lab;
    await open();
    await touch();
    await pace(10);
    await root.evaluate((lab) => {
      window.drawn = [];
      const picture = lab.querySelector('.figure-picture');
      const note = () => drawn.push(performance.now());
      new MutationObserver(note).observe(picture, { childList: true });
    });
    await root.locator('.lab-run').click();
    await page.waitForTimeout(2500);
    const drawn = await page.evaluate(() => window.drawn);
    await root.locator('.lab-stop').click();
    await lab.ended();
    // A timer of the page may be a little early, never a tenth of a second.
    const quick = drawn.filter((at, i) => i > 0 && at - drawn[i - 1] < 900);
    if (drawn.length < 2) return [`${drawn.length} frames in 2.5 s`];
    return quick.length ? [`a frame less than a second after the one before`] : [];
  },

  'draw the layout that is seen': async (lab) => {
    const { page, open, touch, root, pace, state } = lab;
    await open();
    await touch();
    await lab.slowly();
    await root.locator('.lab-run').click();
    await lab.stands();
    await root.locator('.lab-run').click();
    await state('paused');
    const drawing = () => root.locator('.fig-narrow').evaluate((e) => e.outerHTML);
    const before = await drawing();
    await page.setViewportSize({ width: 360, height: 740 });
    await lab.changed(drawing, before);
    return [];
  },

  'go on where nobody looks, without drawing': async (lab) => {
    const { page, open, touch, root, finished, shown, native, start } = lab;
    await open();
    await touch();
    // As a browser does with a page in the background.
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      window.requestAnimationFrame = () => 1;
      document.dispatchEvent(new Event('visibilitychange'));
      window.drawn = 0;
      const picture = document.querySelector('.lab .figure-picture');
      new MutationObserver(() => (drawn += 1)).observe(picture, { childList: true });
    });
    await root.locator('.lab-run').click();
    await finished();
    const drawn = await page.evaluate(() => window.drawn);
    const found = drawn === 1 ? [] : [`it drew ${drawn} times, not once at the end`];
    return [...found, ...different(await shown(), native(start))];
  },

  'keep the last frame where a run breaks off, and say why': async (lab) => {
    const { open, touch, root, refused, change } = lab;
    // The fifth look at the run fails.
    await change([
      'const standing = await this.#program.answer(`advance ${count}`);',
      `this.count = (this.count ?? 0) + 1;
       const standing = this.count === 5 ? { error: 'out of chalk' }
         : await this.#program.answer(\`advance \${count}\`);`,
    ]);
    await open();
    const drawings = () =>
      root.locator('.fig').evaluateAll((all) => all.map((e) => e.outerHTML));
    const before = await drawings();
    await touch();
    await root.locator('.lab-run').click();
    const text = await refused();
    const found = [];
    if (!/no result. out of chalk/.test(text)) found.push(`it says "${text}"`);
    const after = await drawings();
    const old = after.filter((drawing) => before.includes(drawing));
    if (old.length || after.length !== 2) found.push('a drawing is the book’s');
    if (await root.locator('.lab-result').count()) found.push('there is a result');
    return found;
  },

  'leave nothing behind': async (lab) => {
    const { page, open, touch, root, pace, state, run, other, finished, shown, native } = lab;
    const found = [];
    const workers = async (count, when) => {
      // A worker is gone a moment after it was ended.
      for (let i = 0; i < 40 && page.workers().length !== count; i += 1) {
        await page.waitForTimeout(50);
      }
      const left = page.workers().length;
      if (left !== count) found.push(`${when}: ${left} workers, not ${count}`);
    };
    const address = (await open(), page.url());
    // Opened twice: the second attempt ends the first.
    await root.locator('.lab-open').evaluate((b) => (b.click(), b.click()));
    await root.locator('.lab-form').waitFor();
    await workers(1, 'opened twice');
    const forms = await root.locator('.lab-form').count();
    if (forms !== 1) found.push(`opened twice: ${forms} forms`);
    await lab.slowly();
    const figure = () => root.locator('figure').evaluate((f) => f.innerHTML);
    const before = await figure();
    await root.locator('.lab-run').click();
    await lab.stands();
    await root.locator('button[type=reset]').click();
    await lab.says('again');
    await workers(0, 'reset while it runs');
    if ((await figure()) !== before) found.push('reset: half a run stays');
    await lab.slowly();
    await root.locator('.lab-run').click();
    await lab.stands();
    await pace(0);
    await page.evaluate((link) => (location.hash = link), other);
    await finished();
    await workers(1, 'another link while it runs');
    found.push(...different(await shown(), native(other)));
    // Each result has two files, and lets go of those of the one before.
    await run();
    const files = await page.evaluate(() => window.urls.size);
    if (files !== 2) found.push(`${files} files are kept, not 2`);
    await lab.slowly();
    await root.locator('.lab-run').click();
    await lab.stands();
    // What a browser does with a page that it keeps. This one keeps none that
    // is looked at from outside.
    await page.evaluate(() =>
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })),
    );
    await workers(0, 'hidden');
    await state('ready');
    await lab.says('ended when you left');
    if ((await figure()) !== before) found.push('hidden: half a run stays');
    await root.locator('.lab-run').click();
    await lab.stands();
    await page.goto(`${address.replace(/[^/]*$/, '')}index.html`);
    await workers(0, 'the page is left');
    // The address has the link of the last run but one.
    await page.goBack();
    await finished();
    await pace(0);
    await run();
    await workers(1, 'run again');
    return found;
  },
};

/** What a lab should do that takes a reader's own points. */
const POINTS = {
  'take points from a text, a file and a drop': async (lab) => {
    const { page, open, touch, root, run, refused, shown, native } = lab;
    await open();
    await touch();
    const found = [];
    const table = root.locator('textarea');
    if (await table.isVisible()) found.push('it asks for points of no use');
    await root.locator('[name=data]').selectOption('own');
    for (const [text, says] of [
      ['0,0,0\n1,x,1', /points: line 2, column 2/],
      ['0,0,0\n\n1,“1”,1', /points: line 3, column 2: expected a number/],
      ['0,0,0\n1,1,2', /points: .*label 0 or 1/],
      ['', /points: there are none/],
    ]) {
      await root.locator('.lab-status').evaluate((s) => (s.className = 'lab-status'));
      await table.fill(text);
      await root.locator('.lab-run').click();
      const said = await refused();
      if (!says.test(said)) found.push(`${JSON.stringify(text)}: "${said}"`);
      const name = await page.evaluate(() => document.activeElement.name);
      if (name !== 'points') found.push(`the focus is on ${name}`);
    }
    const rows = ['x;y;label', '0;0;0', '1;1;0', '0;1;1', '1; 0; 1', ''];
    const file = { name: 'own.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n')) };
    await root.locator('[type=file]').setInputFiles(file);
    await lab.says('own.csv');
    await run();
    const result = await shown();
    if (!result.link.includes('points=0,0,0_1,1,0_0,1,1_1,0,1')) {
      found.push(`the link is ${result.link}`);
    }
    found.push(...different(result, native(result.link)));
    await table.evaluate((table) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['0,0,1\n2,2,0'], 'dropped.csv'));
      table.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
    });
    await lab.says('dropped.csv');
    if ((await table.inputValue()) !== '0,0,1\n2,2,0') found.push('a drop is lost');
    await open(result.link);
    await lab.finished();
    return [...found, ...different(await shown(), result)];
  },

  'lend a file once, when it is needed': async ({ open, asked, finished, shown, native, id }) => {
    const link = `#v1;${id};data=digits;epochs=2`;
    await open(link);
    await finished();
    const count = asked.filter((url) => /\.csv\.gz/.test(url)).length;
    const found = count === 1 ? [] : [`loaded the file ${count} times`];
    return [...found, ...different(await shown(), native(link))];
  },
};

export const CHECKS = { ...EVERY, ...PLAIN, ...LIVE, ...FILM, ...POINTS };

/** The checks that a lab has to pass. */
export function checksFor({ step, points }) {
  const own = { '': PLAIN, seed: LIVE }[step] ?? { ...LIVE, ...FILM };
  return Object.keys({ ...EVERY, ...own, ...(points ? POINTS : {}) });
}

/** Looks at a run that is watched, paused and stopped. */
async function throughStates({ root, slowly, stands, state, ended, pace }, look, themes) {
  await slowly();
  await root.locator('.lab-run').click();
  await stands();
  await look('running', themes);
  await root.locator('.lab-run').click();
  await state('paused');
  await look('paused', themes);
  await root.locator('.lab-stop').click();
  await ended();
  await look('stopped');
  await pace(0);
}

/** For each check, by its first words: how to break the script, and what the
 * check must then find. */
export const BROKEN = {
  'load nothing': ['\n    follow();', '\n    labs.forEach((lab) => lab.open());', /^asked for .*wasm/],
  'load its program': ['digest),', 'digest.replace(/./, "x")),', /^digest: shows x/],
  replay: ['this.#set(about.fields);', 'this.#set(start.fields);', /^digest: shows/],
  'say what is wrong with a link': [
    'this.#status.textContent = text;',
    'this.#status.innerHTML = `<b>${text}</b>`;',
    /became markup/,
  ],
  'say what is wrong with a setting': ['if (wrong) control.focus();', '', /^the focus is on/],
  'be used by keyboard': ['if (focus) run.focus();', '', /^the focus is on/],
  'keep the arrow': ['event.stopPropagation();', '', /the page turns/],
  'give the book': ['childNodes } = this.#original', 'childNodes } = this.#figure', /the figure is another/],
  'break no rule': ["'label', { for: id }", "'span', {}", /^open, light: (label|select-name)/],
  fit: ["'fieldset',\n                    {}", "'fieldset',\n                    { style: 'width: 400px' }", /sticks out/],
  'stop, and': ["this.#say('Stopped. The", "this.#say('The", /^it says "The figure/],
  'pause, take': [
    "this.#wish({ going: false, ...this.#freed });\n            } else",
    "this.#freed;\n            } else",
    /^it never says .Paused/,
  ],
  'take the first': ['going: false, steps: 1 });\n            } else', 'going: false, steps: 0 });\n            } else', /^it says "Paused/],
  'be paused': ["part('stop')?.setAttribute('aria-disabled', !this.#underWay);", "part('stop') && (part('stop').disabled = !this.#underWay);", /^the focus went to/],
  'say where': ['this.#said = percent - (percent % 25);', '', /^it speaks \d+ times/],
  'draw at most': ['if (!STILL.matches) free();', 'free();', /less than a second/],
  'draw the layout': ['if (layout !== this.#wishes.layout) this.#stale = true;', '', /^nothing takes the place/],
  'go on where': ['requestAnimationFrame(() => this.#paint());', 'this.#paint();', /^it drew \d+ times/],
  'keep the last': ["for (const layout of ['wide', 'narrow'])", 'for (const layout of [])', /^a drawing is the book/],
  'leave nothing': ["addEventListener('pagehide', () => this.#left());", '', /^it never is ready/],
  'take points': ["replace(/\\s*[;,\\t]\\s*/g, ',')", 'trim()', /^it says .*points: line 1/],
  'lend a file': ['const file = await (await', 'await unpacked(this.#lent);\n                const file = await (await', /loaded the file 2 times/],
};

/** What of a lab is wider than its column: mdBook would let the whole column
 * scroll. What scrolls in a box of its own does no harm. */
function sticking(root) {
  return root.evaluate((lab) => {
    const { right } = lab.getBoundingClientRect();
    const parts = [...lab.querySelectorAll('.lab-panel *')].filter(
      (part) => part.parentElement.closest('.figure-table') === null,
    );
    const wide = parts.filter((p) => p.getBoundingClientRect().right > right + 1);
    return wide.map((p) => `sticks out: ${p.cloneNode().outerHTML.slice(0, 80)}`);
  });
}

function different(shown, answer) {
  if (answer.error) return [`natively there is no result: ${answer.error}`];
  const parts = ['digest', 'link', 'finding'];
  const unequal = parts.filter((part) => shown[part] !== answer[part]);
  return unequal.map(
    (part) => `${part}: shows ${shown[part]}, natively ${answer[part]}`,
  );
}

const firstNumber = (text) => Number(text.match(/\d+(\.\d+)?/)?.[0]);

/** The lab of a page, as a reader has it. Who waits in vain says for what. */
export function use(page, address, lab, ask, asked, change) {
  const { name, id, start, step, all, fields } = lab;
  const root = page.locator(`.lab[data-lab="${id}"]`);
  const text = (selector) => root.locator(selector).textContent();
  const until = (what, place) =>
    place.waitFor().catch(() => {
      throw new Error(`it never ${what}`);
    });
  const says = (pattern) =>
    until(`says ${pattern}`, root.locator(`.lab-status:text-matches("${pattern}")`));
  const finished = async () => {
    const end = '.lab-status:is(:text-matches("^Finished"), .lab-refused)';
    await until('finishes', root.locator(end));
    const said = await text('.lab-status');
    if (!said.startsWith('Finished')) throw new Error(`it says "${said}"`);
  };
  const pace = (steps) => root.locator('.lab-pace').selectOption(String(steps));
  const seeds = async (count) => {
    if (step === 'seed') await root.locator('[name=seeds]').fill(String(count));
  };
  // Another value of the first parameter that can have one.
  const field = fields.find(({ kind }) => kind === 'whole' || kind === 'real');
  const next = Number(field.value) + 1;
  const value = next <= Number(field.max) ? next : Number(field.min);
  return {
    ...lab, page, root, asked, finished, says, change,
    // Whether a step is counted in what a run says of itself.
    counts: step !== 'look',
    diverging: fields.some(({ key, max }) => key === 'lr' && Number(max) >= 100),
    other: `${start};${field.key}=${value}`.replace(
      new RegExp(`;${field.key}=[^;]*(?=.*;${field.key}=)`), ''),
    native: (link) => ask(`run ${link}`),
    status: () => text('.lab-status'),
    open: async (link = '') => {
      asked.length = 0;
      // From elsewhere: a new fragment alone would not load the page.
      await page.goto('about:blank');
      await page.goto(address + name + link, { waitUntil: 'load' });
    },
    touch: async () => {
      await root.locator('.lab-open').click();
      await until('opens', root.locator('.lab-form'));
    },
    run: async () => {
      await root.locator('.lab-status').evaluate((s) => {
        s.textContent = '';
        s.classList.remove('lab-refused');
      });
      await root.locator('.lab-run').click();
      await finished();
    },
    refused: async () => {
      await until('refuses', root.locator('.lab-refused'));
      return text('.lab-status');
    },
    pace,
    seeds,
    /** As slowly that it can be paused. */
    slowly: async () => {
      await seeds(12);
      await pace(all < 100 ? 1 : 10);
    },
    state: (state) => until(`is ${state}`, root.locator(`[data-state=${state}]`)),
    /** Until it runs and has shown where. */
    stands: () => until('says where it stands', root.locator('.lab-standing:not(:empty)')),
    /** Until the run is over, in whichever way. */
    ended: () => says('^(Finished|Stopped|There is no)'),
    changed: async (get, before) => {
      for (let i = 0; i < 80; i += 1) {
        if ((await get()) !== before) return;
        await page.waitForTimeout(50);
      }
      throw new Error(`nothing takes the place of ${before.slice(0, 60)}`);
    },
    shown: async () => ({
      digest: await text('.lab-digest'),
      link: await root.locator('.lab-link').getAttribute('href'),
      finding: await text('.figure-finding'),
    }),
  };
}
