// The labs: the book's own experiments, run in the reader's page.
//
// One file, twice: in a page it makes the controls, in a worker it runs the
// WebAssembly program. It holds no arithmetic and no chart: what a parameter
// may be, what a run finds and how that is drawn comes from the program, whose
// requests and answers code/lab/src/lib.rs describes. Nothing is loaded before
// a reader touches a lab, or comes with a link to a run.

'use strict';

(() => {
    // ---- In the worker -----------------------------------------------------

    const UTF8 = new TextDecoder();

    /** What WASI asks of its host, as far as the program uses it: standard
     * input is the request, standard output the answer. */
    class Host {
        #request;
        #read = 0;
        #answer = [];
        #tell;

        constructor(request, tell) {
            this.#request = new TextEncoder().encode(request);
            this.#tell = tell;
        }

        get imports() {
            const calls = {
                fd_read: (_, ...rest) => this.#each(rest, (part) => {
                    const { length } = part;
                    const next = this.#request.subarray(this.#read).slice(0, length);
                    part.set(next);
                    this.#read += next.length;
                    return next.length;
                }),
                fd_write: (file, ...rest) => this.#each(rest, (part) => {
                    if (file === 1) this.#answer.push(part.slice());
                    else this.#tell(UTF8.decode(part.slice()));
                    return part.length;
                }),
                environ_sizes_get: (count, size) => {
                    this.#view.setUint32(count, 0, true);
                    this.#view.setUint32(size, 0, true);
                    return 0;
                },
                environ_get: () => 0,
                sched_yield: () => 0,
                proc_exit: (code) => {
                    throw new Error(`the program ended with code ${code}`);
                },
            };
            return { wasi_snapshot_preview1: calls };
        }

        get #view() {
            return new DataView(this.memory.buffer);
        }

        /** Hands each piece of memory of a list to `use`, which says how many
         * of its bytes it took, and stores the sum. */
        #each([list, length, sum], use) {
            let all = 0;
            for (let i = 0; i < length; i += 1) {
                const at = this.#view.getUint32(list + 8 * i, true);
                const size = this.#view.getUint32(list + 8 * i + 4, true);
                all += use(new Uint8Array(this.memory.buffer, at, size));
            }
            this.#view.setUint32(sum, all, true);
            return 0;
        }

        get answer() {
            const size = this.#answer.reduce((sum, part) => sum + part.length, 0);
            const bytes = new Uint8Array(size);
            let at = 0;
            for (const part of this.#answer) {
                bytes.set(part, at);
                at += part.length;
            }
            return UTF8.decode(bytes);
        }
    }

    /** Runs the program once, in memory of its own. */
    function answer(module, request) {
        const said = [];
        const host = new Host(request, (line) => {
            const percent = line.match(/^progress (\d+)/);
            if (percent) postMessage({ percent: Number(percent[1]) });
            else said.push(line);
        });
        try {
            const program = new WebAssembly.Instance(module, host.imports);
            host.memory = program.exports.memory;
            program.exports._start();
            return JSON.parse(host.answer);
        } catch (error) {
            return { error: `the run broke off: ${said.join('') || error}` };
        }
    }

    if (typeof document === 'undefined') {
        onmessage = ({ data: { module, request } }) => {
            postMessage({ answer: answer(module, request) });
        };
        return;
    }

    // ---- In the page -------------------------------------------------------

    const SCRIPT = document.currentScript.src;

    /** The compiled program, loaded once for all labs of a page. */
    const PROGRAM = {};

    async function program(address) {
        PROGRAM[address] ??= (async () => {
            const response = await fetch(address);
            if (!response.ok) throw new Error(`status ${response.status}`);
            return WebAssembly.compile(await response.arrayBuffer());
        })();
        try {
            return await PROGRAM[address];
        } catch (error) {
            // Whoever tries again may have more luck.
            delete PROGRAM[address];
            const file = location.protocol === 'file:';
            const mend = file
                ? 'Browsers load no program from a folder: see the book with `cargo run`.'
                : 'Try again when you are online.';
            throw new Error(`The lab could not be loaded (${error.message}). ${mend}`);
        }
    }

    /** An element with attributes and children; texts are never markup. */
    function element(name, attributes = {}, ...children) {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) {
            if (value === true) made.setAttribute(key, '');
            else if (value !== false) made.setAttribute(key, value);
        }
        made.append(...children);
        return made;
    }

    class Lab {
        #root;
        #id;
        #start;
        #figure;
        #original;
        #panel;
        #status;
        #worker;
        #end;
        #form;
        #said = 0;
        #files = [];
        /** The link of the run that is shown. */
        shown;

        constructor(root) {
            this.#root = root;
            this.#id = root.dataset.lab;
            this.#start = root.dataset.start;
            this.#figure = root.querySelector('figure');
            this.#panel = root.querySelector('.lab-panel');
            this.#status = root.querySelector('.lab-status');
            const button = root.querySelector('.lab-open');
            button.addEventListener('click', () => this.open());
            addEventListener('pagehide', () => this.#stopped());
        }

        /** Loads the lab and shows its controls; runs the link, if one is
         * given. */
        async open(link) {
            if (this.#root.getAttribute('aria-busy')) return;
            if (this.#form && this.#running) this.#stopped();
            if (link) this.#root.scrollIntoView();
            this.#root.setAttribute('aria-busy', 'true');
            this.#say('Loading …');
            try {
                const start = await this.#ask(`describe ${this.#start}`);
                const about = link ? await this.#ask(`describe ${link}`) : start;
                if (about.error) {
                    this.#refuse(`This link cannot be replayed. ${about.error}`);
                } else {
                    this.#form ?? this.#showControls(start, !link);
                    this.#set(about.fields);
                    this.#say('Ready.');
                }
                this.#root.removeAttribute('aria-busy');
                if (link && !about.error) await this.run();
            } catch (error) {
                this.#root.removeAttribute('aria-busy');
                this.#refuse(error.message);
            }
        }

        #say(text) {
            this.#status.textContent = text;
            this.#status.classList.remove('lab-refused');
        }

        #refuse(text) {
            this.#say(text);
            this.#status.classList.add('lab-refused');
        }

        /** The program's answer; null if the reader stops it before. */
        #ask(request) {
            const { href } = new URL(this.#root.dataset.wasm, document.baseURI);
            return new Promise((resolve, reject) => {
                let over = false;
                this.#end = () => {
                    over = true;
                    resolve(null);
                };
                const work = (module) => {
                    // The reader may have stopped it while it was loading.
                    if (over) return;
                    this.#worker ??= new Worker(SCRIPT);
                    this.#worker.onmessage = ({ data }) => {
                        if (data.answer) resolve(data.answer);
                        else this.#progress(data.percent);
                    };
                    this.#worker.onerror = (event) => {
                        event.preventDefault();
                        reject(new Error(`The lab broke off. ${event.message ?? ''}`));
                        this.#stopped();
                    };
                    this.#worker.postMessage({ module, request });
                };
                program(href).then(work).catch(reject);
            });
        }

        #progress(percent) {
            if (this.#bar) this.#bar.value = percent;
            // Who listens hears a quarter at a time.
            if (percent >= this.#said + 25 && percent < 100) {
                this.#said = percent;
                this.#say(`Running: ${percent} % done.`);
            }
        }

        get #bar() {
            return this.#panel.querySelector('progress');
        }

        /** Ends whatever runs. The next run has a new worker. */
        #stopped() {
            this.#worker?.terminate();
            this.#worker = undefined;
            this.#end?.();
        }

        #showControls({ fields, question }, focus) {
            this.#panel.querySelector('.lab-open')?.parentElement.remove();
            this.#form = element(
                'form',
                { class: 'lab-form', novalidate: true, autocomplete: 'off' },
                element(
                    'fieldset',
                    {},
                    element('legend', {}, question),
                    ...fields.map((field) => this.#control(field)),
                ),
                element(
                    'div',
                    { class: 'lab-buttons' },
                    element('button', { type: 'submit', class: 'lab-run' }, 'Run'),
                    element('button', { type: 'reset' }, 'Reset'),
                    element('progress', {
                        max: 100,
                        value: 0,
                        'aria-label': 'Progress of the run',
                        hidden: true,
                    }),
                ),
            );
            this.#form.addEventListener('submit', (event) => {
                event.preventDefault();
                if (this.#running) this.#stopped();
                else this.run();
            });
            this.#form.addEventListener('reset', () => this.#reset());
            this.#panel.prepend(this.#form);
            if (focus) this.#form.querySelector('input, select').focus();
        }

        /** Gives the controls the values of a link. */
        #set(fields) {
            for (const { key, value } of fields) {
                const control = this.#form.elements[key];
                control.value = value;
                control.dispatchEvent(new Event('input'));
            }
        }

        #control(field) {
            const { key, label, unit, kind, min, max } = field;
            const id = `lab-${this.#id}-${key}`;
            const limits = kind === 'choice' ? '' : `, ${min} to ${max}`;
            const shared = {
                id,
                name: key,
                'aria-describedby': `${id}-hint`,
            };
            const input =
                kind === 'choice'
                    ? element(
                          'select',
                          shared,
                          ...field.names.map((name) =>
                              element(
                                  'option',
                                  { selected: name === field.value },
                                  name,
                              ),
                          ),
                      )
                    : element('input', {
                          ...shared,
                          type: 'number',
                          inputmode: kind === 'whole' ? 'numeric' : 'decimal',
                          min,
                          max,
                          step: kind === 'whole' ? 1 : 'any',
                          value: field.value,
                      });
            const made = element(
                'div',
                { class: 'lab-field' },
                element('label', { for: id }, unit ? `${label} (${unit})` : label),
                input,
            );
            if (kind !== 'choice' && max - min <= 1e5) {
                made.append(slider(input, field));
            }
            made.append(
                element(
                    'small',
                    { id: `${id}-hint` },
                    element('code', {}, key),
                    limits,
                ),
            );
            return made;
        }

        get #running() {
            return this.#form.getAttribute('aria-busy') === 'true';
        }

        set #running(running) {
            this.#form.setAttribute('aria-busy', running);
            this.#form.querySelector('.lab-run').textContent = running
                ? 'Stop'
                : 'Run';
            this.#bar.hidden = !running;
            this.#bar.value = 0;
            this.#said = 0;
        }

        /** Runs the experiment as the controls say. */
        async run() {
            const settings = [...new FormData(this.#form)];
            const parts = settings.map(([key, value]) => `;${key}=${value}`);
            this.#mark();
            this.#running = true;
            this.#say('Running …');
            const began = performance.now();
            try {
                const found = await this.#ask(
                    `run #v1;${this.#id}${parts.join('')}`,
                );
                const seconds = (performance.now() - began) / 1000;
                if (found === null) {
                    this.#say('Stopped. The figure is the one from before.');
                } else if (found.error) {
                    this.#refuse(`There is no result. ${found.error}`);
                    this.#mark(found.error);
                } else {
                    this.#show(found);
                    this.#say(
                        `Finished in ${seconds.toFixed(1)} s. ${found.finding}`,
                    );
                }
            } catch (error) {
                this.#refuse(error.message);
            }
            this.#running = false;
        }

        /** Marks the control that an error begins with. */
        #mark(error = '') {
            for (const control of this.#form.elements) {
                if (!control.name) continue;
                const wrong = error.startsWith(`${control.name}:`);
                if (wrong) control.setAttribute('aria-invalid', 'true');
                else control.removeAttribute('aria-invalid');
                if (wrong) control.focus();
            }
        }

        /** Puts what a run has found in the place of what the book shows. */
        #show(found) {
            this.#original ??= this.#figure.cloneNode(true);
            this.shown = found.link;
            const picture = this.#figure.querySelector('.figure-picture');
            // The drawing comes from the book's own chart code, which escapes
            // every text in it; all else is text.
            picture.innerHTML = found.wide + found.narrow;
            this.#figure.querySelector('.figure-finding').textContent =
                found.finding;
            // What stands there belongs to the run of the book.
            this.#figure.querySelector('.figure-data').hidden = true;
            this.#forget();
            this.#panel.append(this.#result(found));
        }

        #result({ claims, facts, digest, link, wide, csv }) {
            const command = `cargo run -- replay '${link}'`;
            return element(
                'div',
                { class: 'lab-result' },
                element('p', {}, 'What the book says, and whether this run bears it out:'),
                element(
                    'ul',
                    {},
                    ...claims.map(({ says, measured, holds }) =>
                        element(
                            'li',
                            {},
                            element('strong', {}, holds ? 'Holds: ' : 'Does not hold: '),
                            `${says} (${measured})`,
                        ),
                    ),
                ),
                facts.length ? this.#facts(facts) : '',
                element(
                    'p',
                    {},
                    'Digest ',
                    element('code', { class: 'lab-digest' }, digest),
                    '. ',
                    element('a', { class: 'lab-link', href: link }, 'Link to this very run'),
                    '; on your machine, ',
                    element('code', {}, command),
                    ' finds the same digest. Download the figure as ',
                    this.#file('svg', 'image/svg+xml', wide),
                    ' and its data as ',
                    this.#file('csv', 'text/csv', csv),
                    '.',
                ),
            );
        }

        #facts(facts) {
            const rows = facts.map(({ name, text, exact }) =>
                element(
                    'tr',
                    {},
                    element('th', { scope: 'row' }, name),
                    element('td', {}, text),
                    element('td', {}, exact),
                ),
            );
            const head = ['fact', 'shown', 'exact'].map((name) =>
                element('th', { scope: 'col' }, name),
            );
            const table = element(
                'table',
                {},
                element('caption', {}, 'Facts of this run'),
                element('thead', {}, element('tr', {}, ...head)),
                element('tbody', {}, ...rows),
            );
            const about = {
                class: 'figure-table',
                tabindex: 0,
                role: 'region',
                'aria-label': 'Facts of this run',
            };
            return element('div', about, table);
        }

        #file(ending, type, text) {
            const address = URL.createObjectURL(new Blob([text], { type }));
            this.#files.push(address);
            const name = `${this.#id}.${ending}`;
            const shown = ending.toUpperCase();
            return element('a', { download: name, href: address }, shown);
        }

        /** Lets go of the last result. */
        #forget() {
            this.#panel.querySelector('.lab-result')?.remove();
            this.#files.forEach((address) => URL.revokeObjectURL(address));
            this.#files = [];
        }

        /** The book's figure, and the controls as the book has them. */
        #reset() {
            if (this.#running) this.#stopped();
            this.#mark();
            this.#forget();
            this.shown = undefined;
            if (this.#original) {
                this.#figure.replaceChildren(
                    ...this.#original.cloneNode(true).childNodes,
                );
            }
            // The sliders follow once the form has its defaults.
            setTimeout(() => {
                for (const control of this.#form.elements) {
                    control.dispatchEvent(new Event('input'));
                }
                this.#say('The figure is the book’s again.');
            });
        }
    }

    /** A slider for a number; in powers, where the range spans a thousand. */
    function slider(input, { label, kind, min, max }) {
        const [least, most] = [Number(min), Number(max)];
        const steep = least > 0 && most / least >= 1000;
        const [to, from] = steep ? [Math.log, Math.exp] : [Number, Number];
        const span = to(most) - to(least);
        const made = element('input', {
            type: 'range',
            min: 0,
            max: 1000,
            'aria-label': `${label}, slider`,
        });
        const follow = () => {
            const part = (to(Number(input.value)) - to(least)) / span;
            made.value = 1000 * part;
            made.setAttribute('aria-valuetext', input.value);
        };
        made.addEventListener('input', (event) => {
            if (!event.isTrusted) return;
            const value = from(to(least) + (span * made.value) / 1000);
            const near = kind === 'whole' ? Math.round(value) : Number(value.toPrecision(3));
            input.value = Math.min(most, Math.max(least, near));
            made.setAttribute('aria-valuetext', input.value);
        });
        input.addEventListener('input', follow);
        follow();
        return made;
    }

    const labs = new Map(
        [...document.querySelectorAll('.lab')].map((root) => [
            root.dataset.lab,
            new Lab(root),
        ]),
    );

    /** Opens the lab that the address names, whatever else it says: what is
     * wrong with it is said there. */
    function follow() {
        const link = location.hash;
        if (!/^#v\d+(;|%3b)/i.test(link) || labs.size === 0) return;
        const id = link.split(/;|%3b/i)[1];
        const lab = labs.get(id) ?? labs.values().next().value;
        if (lab.shown === link) return;
        lab.open(link);
    }
    addEventListener('hashchange', follow);
    follow();

    // mdBook turns the page at an arrow key. Where the keys do something else,
    // in a control or in what scrolls sideways, it must not hear of them.
    const OWN_ARROWS =
        'input, select, textarea, progress, .lab, pre, [tabindex="0"], .table-wrapper, .katex-display';
    addEventListener(
        'keydown',
        (event) => {
            const sideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
            if (sideways && event.target.closest?.(OWN_ARROWS)) {
                event.stopPropagation();
            }
        },
        true,
    );
})();
