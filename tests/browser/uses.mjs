// What a reader does with a lab, and what the lab should do then: the checks of
// labs.mjs, and for each of them how to break the labs' script.

import { FRAME_WITHOUT_FORMS, TROUBLES } from './troubles.mjs';
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
      found.push(...(await unmended(lab, bad)));
      if (shown) found.push(`${bad.slice(0, 60)}: became markup`);
    }
    return found;
  },

  'show where the reader looks why a link cannot run': async (lab) => {
    const { page, open, refused, root, id, native, finished, shown } = lab;
    const found = [];
    for (const [width, height] of [[1280, 900], [1366, 768], [360, 780]]) {
      await page.setViewportSize({ width, height });
      await open(`#v1;${id};nonsense=1`);
      const text = await refused();
      const hidden = await unseen(page, root.locator('.lab-notice'));
      found.push(...hidden.map((what) => `${width} px: ${what}`));
      if (!text.includes('book’s, not that of your link')) found.push(`${width} px: "${text}"`);
      const grey = await root.locator('.figure-picture').evaluate((e) => getComputedStyle(e).filter);
      if (grey === 'none') found.push(`${width} px: the figure is as if nothing were wrong`);
      found.push(...(await tooWide(page)));
    }
    const mend = root.locator('.lab-mends a').first();
    const link = new URL(await mend.getAttribute('href'), page.url()).hash;
    await mend.click();
    await finished();
    if (await root.evaluate((e) => e.matches('.lab-foreign'))) found.push('the figure stays grey');
    return [...found, ...different(await shown(), native(link))];
  },

  'lead to the page of another lab, and take its run along': async (lab) => {
    const { page, start, asked } = lab;
    const found = [];
    const away = start.includes('tent') ? 'cliff' : 'tent';
    const link = `#v1;${away};${away === 'tent' ? 'layers=5' : 'seeds=2'}`;
    for (const from of [lab.name, 'glossary.html']) {
      await lab.visit(from, link);
      const notice = page.locator('.lab-elsewhere');
      await notice.waitFor();
      const hidden = await unseen(page, notice);
      found.push(...hidden.map((what) => `${from}: ${what}`));
      const loads = asked.filter((url) => url.includes('.wasm'));
      if (loads.length) found.push(`${from}: it loads ${loads}`);
      await notice.locator('a').click();
      await page.locator(`[data-lab=${away}] .lab-digest`).waitFor();
      if (!page.url().endsWith(link)) found.push(`${from}: it leads to ${page.url()}`);
    }
    await lab.visit('glossary.html', '#v1;clif');
    const ways = await page.locator('.lab-elsewhere a').count();
    if (ways < 8) found.push(`of a lab that is none it offers ${ways} others`);
    return found;
  },

  'keep the address that of what is seen': async (lab) => {
    const { page, open, finished, run, root, native, shown, other, touch, status } = lab;
    const found = [];
    const address = () => new URL(page.url()).hash;
    await open();
    const figure = () => root.locator('figure').evaluate((f) => f.innerHTML);
    const before = await figure();
    await page.evaluate((link) => {
      const a = document.createElement('a');
      Object.assign(a, { href: link, id: 'followed', textContent: 'a run' });
      document.querySelector('main').prepend(a);
    }, other);
    const follow = () => page.locator('#followed').click();
    await follow();
    await finished();
    const first = await shown();
    if (address() !== first.link) found.push(`after a link the address is ${address()}`);
    const [key, value] = other.split(';').at(-1).split('=');
    const field = root.locator(`[name=${key}]`);
    const book = lab.fields.find((field) => field.key === key);
    await field.fill(book.value);
    await field.blur();
    if (address().includes(`${key}=${value}`)) found.push(`a control changes, the address does not`);
    await run();
    const second = await shown();
    if (address() !== second.link) found.push(`after a run the address is ${address()}`);
    found.push(...different(second, native(address())));
    await follow();
    await lab.changed(address, second.link);
    await finished();
    found.push(...different(await shown(), first));
    // Once more, where the address is that of the link already.
    await root.locator('.lab-status').evaluate((s) => (s.textContent = ''));
    await follow();
    await finished();
    found.push(...different(await shown(), first));
    await page.goBack();
    await page.goBack();
    await lab.says('again');
    if (address() !== '') found.push(`back, the address is ${address()}`);
    if ((await figure()) !== before) found.push('back, the figure is not the book’s');
    return found;
  },

  'take a comma for the decimal point, and Enter for Run': async (lab) => {
    const { page, open, touch, root, finished, shown, native, id } = lab;
    const real = lab.fields.find(({ kind, value }) => kind === 'real' && Number(value) > 0);
    // A little less than the book's, which contradicts no other parameter.
    const less = real && String(Number((0.9 * real.value).toPrecision(3)));
    const whole = lab.fields.find(({ kind }) => kind === 'whole');
    await open();
    await touch();
    const found = [];
    if (whole) {
      const field = root.locator(`[name=${whole.key}]`);
      await field.focus();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowDown');
      const stepped = await field.inputValue();
      const expected = String(Math.min(Number(whole.value) + 1, Number(whole.max)));
      if (stepped !== expected) found.push(`arrows lead to ${stepped}`);
      await field.fill(whole.value);
    }
    const field = root.locator(`[name=${(real ?? whole).key}]`);
    await field.fill(real ? less.replace('.', ',') : whole.value);
    await field.press('Enter');
    await finished();
    const link = `#v1;${id}${real ? `;${real.key}=${less}` : ''}`;
    return [...found, ...different(await shown(), native(link))];
  },

  'say what is wrong with a setting': async (lab) => {
    const { open, touch, root, page, refused } = lab;
    await open();
    await touch();
    const input = root.locator('input[inputmode]').first();
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
    // Axe reads the whole page, even for a part of it: nothing but the lab is
    // left there.
    const alone = async (link) => {
      await open(link);
      await root.evaluate((lab) => lab.closest('main').replaceChildren(lab));
      await page.evaluate(AXE);
    };
    await alone();
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
    await root.locator('input[inputmode]').first().fill('-1');
    await root.locator('.lab-run').click();
    await refused();
    await look('refused', THEMES);
    await alone(`#v1;${lab.id};nonsense=1`);
    await refused();
    await look('a refused link', THEMES);
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
    await root.locator('input[inputmode]').first().fill('-1');
    await root.locator('.lab-run').click();
    await lab.refused();
    await look('refused');
    const small = await root.locator('button, input[inputmode], select, textarea')
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
      const status = lab.querySelector('.lab-spoken');
      const note = () => said.push(status.textContent);
      new MutationObserver(note).observe(status, { childList: true });
    });
    await run();
    const said = await root.evaluate(() => window.said);
    // Emptied by the test, and then: start, three quarters, end.
    const found = said.length <= 6 ? [] : [`it speaks ${said.length} times: ${said}`];
    if (!said.some((text) => /^Running/.test(text))) found.push('no start is said');
    // One line is seen, and it has one epoch.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await lab.slowly();
    await root.locator('.lab-run').click();
    await lab.stands();
    if (await root.locator('.lab-status').textContent()) found.push('it is seen in two lines');
    const spoken = await root.locator('.lab-spoken').boundingBox();
    if (spoken.width > 1 || spoken.height > 1) found.push('what is spoken is seen');
    await root.locator('.lab-stop').click();
    await lab.ended();
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
    if (!/no result. Out of chalk/.test(text)) found.push(`it says "${text}"`);
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

/** What a lab should do besides with somebody else's link, which may ask for
 * anything. `labs.mjs` says how long is long. */
const ASKING = {
  'ask before a long run of a link, and not of the book’s': async (lab) => {
    const { page, open, root, other, start, finished, state, shown, native } = lab;
    const found = [];
    const notice = root.locator('.lab-notice');
    await open(start);
    await finished();
    await open(other);
    await lab.says('^This run takes about [0-9]+');
    found.push(...(await unseen(page, notice)));
    await notice.getByText('Leave it').click();
    await state('ready');
    if (await root.locator('.lab-digest').count()) found.push('it has run');
    await open(other);
    await notice.getByText('Run it').click();
    await finished();
    return [...found, ...different(await shown(), native(other))];
  },

  'say how much time is left, and calmly': async (lab) => {
    const { open, touch, root, page } = lab;
    await open();
    await touch();
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await lab.slowly();
    await root.evaluate((lab) => {
      window.left = [];
      const place = lab.querySelector('.lab-left');
      const note = () => left.push([performance.now(), place.textContent]);
      new MutationObserver(note).observe(place, { childList: true });
    });
    await root.locator('.lab-run').click();
    await root.locator('.lab-left:text-matches("^About [0-9]+ (seconds|minutes) left")').waitFor();
    await page.waitForTimeout(2500);
    const told = await page.evaluate(() => window.left);
    await root.locator('.lab-stop').click();
    await lab.ended();
    const quick = told.filter(([at], i) => i > 0 && at - told[i - 1][0] < 900);
    return quick.length ? ['it changes more than once a second'] : [];
  },
};

/** What is tried with one lab: the script is the same for all. */
const ONCE = {
  'name what is in the way, and its own mend': async (lab) => {
    const { page, causes, address, name, id, start } = lab;
    const found = [];
    for (const [cause, brought] of TROUBLES) {
      const fresh = await page.context().newPage();
      fresh.setDefaultTimeout(20_000);
      const link = `${address}${name}#v1;${id};seed=1`;
      await fresh.goto((await brought(fresh, link)) ?? link, { waitUntil: 'load' });
      const frame = fresh.frames().at(-1);
      const root = frame.locator('.lab');
      const text = await root.locator('.lab-refused').textContent().catch(() => 'nothing');
      const [, mend] = causes[cause];
      if (!text.includes(mend)) found.push(`${cause}: it says "${text}"`);
      if (!text.includes(`cargo run -- replay "#v1;${id};seed=1"`)) found.push(`${cause}: without a command`);
      const hidden = await unseen(fresh, root.locator('.lab-notice'));
      found.push(...hidden.map((what) => `${cause}: ${what}`));
      if (!(await root.locator('figure .fig').count())) found.push(`${cause}: the figure is gone`);
      if (cause === 'frame' && !(await root.locator(`.lab-mends a[href="${link}"]`).count())) {
        found.push('in a frame it does not say where the page is');
      }
      await fresh.close();
    }
    return found;
  },

  'run in a frame without forms, and without storage': async (lab) => {
    const { page, address, name, start, native, id } = lab;
    await page.addInitScript(() => {
      const denied = () => {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      };
      Object.defineProperty(globalThis, 'localStorage', { get: denied });
      Object.defineProperty(globalThis, 'sessionStorage', { get: denied });
      // What mdBook does then is not this check's.
      addEventListener('error', (event) => event.preventDefault());
    });
    const outside = await FRAME_WITHOUT_FORMS(page, address + name);
    await page.goto(outside);
    const root = page.frames().at(-1).locator('.lab');
    await root.locator('.lab-open').click();
    await root.locator('.lab-run').click();
    const digest = await root.locator('.lab-digest').textContent();
    const found = digest === native(start).digest ? [] : ['another digest'];
    const field = root.locator('[name=seed]');
    await field.fill('3');
    await field.press('Enter');
    await root.locator(`.lab-link[href="#v1;${id};seed=3"]`).waitFor();
    return found;
  },

  'say that it is still loading, and let go of it': async (lab) => {
    const { page, open, root, status } = lab;
    await page.route(/\.wasm\.gz/, () => {});
    await open();
    await root.locator('.lab-open').click();
    await lab.says('^Still loading');
    await root.locator('.lab-cancel').click();
    await lab.refused();
    const text = await status();
    const found = /You have cancelled it/.test(text) ? [] : [`it says "${text}"`];
    await page.unroute(/\.wasm\.gz/);
    await lab.touch();
    await lab.run();
    return found;
  },
};

/** What a run that takes minutes and much memory should do. */
const HEAVY = {
  'ask before minutes of work': async (lab) => {
    const { open, root, says, status } = lab;
    await open(`#v1;${lab.id};seeds=100;width=128;inputs=4096`);
    await says('^This run takes about [0-9]+ (minutes|hours) on this machine');
    await root.locator('.lab-notice').getByText('Leave it').click();
    await open(`#v1;${lab.id};seeds=1;inputs=2`);
    await lab.finished();
    return [];
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
      ['0,0,0\n1,x,1', /Line 2, column 2/],
      ['0,0,0\n\n1,“1”,1', /Line 3, column 2: `“1”` is not a number/],
      ['x_1,x_2,label\n0,0,0\n1,1,1\n2,2,2', /Line 4, column 3 \(`label`\): `2` is a third/],
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
    const drop = (selector, text) => page.evaluate(([selector, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'dropped.csv'));
      const event = new DragEvent('drop', { dataTransfer, cancelable: true });
      // Whether the browser would open the file, and leave the page.
      return document.querySelector(selector).dispatchEvent(event);
    }, [selector, text]);
    for (const [where, text] of [['.lab textarea', '0,0,1\n2,2,0'], ['main h1', '3,0,1\n2,2,0']]) {
      if (await drop(where, text)) found.push(`a drop on ${where} leaves the page`);
      await lab.says('dropped.csv');
      if ((await table.inputValue()) !== text) found.push(`a drop on ${where} is lost`);
      await root.locator('.lab-status').evaluate((s) => (s.textContent = ''));
    }
    const many = Array.from({ length: 300 }, (_, i) => `${i};0,${i};n,o;${i % 2 ? 'yes' : 'no'}`);
    await drop('.lab', ['a b;größe;x;"y"', ...many].join('\n'));
    await refused();
    await root.locator('.lab-read select').nth(1).selectOption('größe');
    await root.locator('.lab-read button', { hasText: 'columns' }).click();
    await root.locator('.lab-read button', { hasText: 'Draw 200 of the 300' }).click();
    await lab.says('dropped.csv has been read');
    const notes = await root.locator('.lab-read').textContent();
    for (const part of ['200 of the 300 rows', 'seed 0', '`no` is the label 0', '`größe`']) {
      if (!notes.includes(part)) found.push(`the notes do not say ${part}: ${notes}`);
    }
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

export const CHECKS = {
  ...EVERY, ...PLAIN, ...LIVE, ...FILM, ...ASKING, ...ONCE, ...HEAVY, ...POINTS,
};

/** The checks that a lab has to pass. */
export function checksFor({ id, step, points }) {
  const own = { '': PLAIN, seed: LIVE }[step] ?? { ...LIVE, ...FILM };
  return Object.keys({
    ...EVERY,
    ...own,
    ...(step ? ASKING : {}),
    ...(id === 'cliff' ? ONCE : {}),
    ...(id === 'collapse' ? HEAVY : {}),
    ...(points ? POINTS : {}),
  });
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
    'this.#status.textContent = text;\n            this.#status.classList',
    'this.#status.innerHTML = `<b>${text}</b>`;\n            this.#status.classList',
    /became markup/,
  ],
  'show where': ['this.#root.prepend(this.#notice);', '', /^1280 px: it is from/],
  'lead to the page': ['if (known) elsewhere(id, link);', 'if (known) return;', /locator.waitFor: Timeout/],
  'keep the address': ["history.replaceState(history.state, '', pathname + search + link);", '', /address|never says again/],
  'take a comma': ["type: 'text',\n                inputmode", "type: 'number', step: 'any',\n                inputmode", /^it says|digest|locator.fill/],
  'ask before a long': ['const asks = Boolean(this.#linked) && !fromBook(this.#linked);', 'const asks = false;', /never says/],
  'say how much': ['if (now < this.#timed + 1000) return;', '', /more than once a second/],
  'name what': ["return got > 0 ? 'cut' : 'unreachable';", "return 'offline';", /^unreachable: it says/],
  'run in a frame': ["{ type: 'button', class: 'lab-run' }, 'Run');\n            run.addEventListener('click', () => this.#pressed());", "{ type: 'submit', class: 'lab-run' }, 'Run');", /locator.textContent: Timeout/],
  'say that it is still': ["cancel.addEventListener('click', () => loading.stop());", '', /never refuses/],
  'ask before minutes': ['const seconds = whole / 1000;', 'const seconds = 0;', /never says/],
  'say what is wrong with a setting': ['if (!this.#linked) control.focus();', '', /^the focus is on/],
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
  'take points': ['event.preventDefault();\n                if (files.length)', 'if (files.length)', /^a drop on .* leaves the page/],
  'lend a file': ['const { bytes } = await loaded(this.#lent);', 'await loaded(this.#lent);\n                const { bytes } = await loaded(this.#lent);', /loaded the file 2 times/],
};

/** What of an element is not on the screen, below mdBook's bar. */
async function unseen(page, place) {
  // A page is looked at once its letters are there, and it has been drawn.
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  });
  const { top, bottom, left, right, bar, width, height } = await place.evaluate((e) => {
    const { top, bottom, left, right } = e.getBoundingClientRect();
    const bar = document.querySelector('#mdbook-menu-bar')?.getBoundingClientRect().bottom ?? 0;
    return { top, bottom, left, right, bar, width: innerWidth, height: innerHeight };
  });
  const seen = top >= bar && bottom <= height && left >= 0 && right <= width;
  return seen ? [] : [`it is from ${top} to ${bottom} px, below a bar of ${bar}, of ${height}`];
}

/** What is wrong with the links that a refused one is mended by. */
async function unmended({ root, native }, bad) {
  const links = await root.locator('.lab-mends a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  if (links.length === 0) return [`${bad.slice(0, 40)}: no mend is offered`];
  const wrong = links.filter((link) => native(link).error);
  return wrong.map((link) => `${bad.slice(0, 40)}: its mend is ${link}`);
}

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
export function use(page, address, lab, ask, asked, change, causes) {
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
  const visit = async (name, link) => {
    asked.length = 0;
    // From elsewhere: a new fragment alone would not load the page.
    await page.goto('about:blank');
    await page.goto(address + name + link, { waitUntil: 'load' });
  };
  // Another value of the first parameter that can have one.
  const field = fields.find(({ kind }) => kind === 'whole' || kind === 'real');
  const next = Number(field.value) + 1;
  const value = next <= Number(field.max) ? next : Number(field.min);
  return {
    ...lab, page, root, asked, finished, says, change, causes, address,
    // Whether a step is counted in what a run says of itself.
    counts: step !== 'look',
    diverging: fields.some(({ key, max }) => key === 'lr' && Number(max) >= 100),
    other: `${start};${field.key}=${value}`.replace(
      new RegExp(`;${field.key}=[^;]*(?=.*;${field.key}=)`), ''),
    native: (link) => ask(`run ${link}`),
    status: () => text('.lab-status'),
    visit,
    open: (link = '') => visit(name, link),
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
    /** As slowly that it can be paused, and looked at for long before. */
    slowly: async () => {
      await seeds(fields.find(({ key }) => key === 'seeds')?.max);
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
