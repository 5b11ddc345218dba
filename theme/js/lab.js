// The labs: the book's own experiments, run in the reader's page.
//
// One file, twice: in a page it makes the controls, in a worker it runs the
// WebAssembly program. It holds no arithmetic and no chart: what a parameter
// may be, what a run finds and how that is drawn comes from the program, whose
// requests and answers code/lab/src/lib.rs describes. Nothing is loaded before
// a reader touches a lab, or comes with a link to a run.

'use strict';

(() => {
    /** A file that is packed with gzip; a server may have unpacked it. */
    async function unpacked(address) {
        const response = await fetch(address);
        if (!response.ok) throw new Error(`status ${response.status}`);
        const file = await response.blob();
        const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
        if (first !== 0x1f || second !== 0x8b) return file;
        const unpacking = new DecompressionStream('gzip');
        return new Response(file.stream().pipeThrough(unpacking));
    }

    // ---- In the worker -----------------------------------------------------

    const UTF8 = new TextDecoder();

    /** What WASI asks of its host, as far as a program uses it: standard input
     * is the request, standard output the answer. */
    class Host {
        #request = new Uint8Array();
        #answer = [];
        #tell;

        constructor(tell) {
            this.#tell = tell;
        }

        get imports() {
            const calls = {
                fd_read: (_, ...rest) => this.#each(rest, (part) => {
                    const next = this.#request.subarray(0, part.length);
                    this.#request = this.#request.subarray(next.length);
                    part.set(next);
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

        set request(text) {
            this.#request = new TextEncoder().encode(text);
            this.#answer = [];
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

    /** The program of a lab, which keeps its run from one request to the
     * next. */
    class Program {
        #module;
        #lent;
        #said = [];
        #host;
        #exports;

        constructor({ module, lent }) {
            this.#module = module;
            this.#lent = lent;
        }

        /** What it answers. A file that it needs is lent to it first. */
        async answer(request) {
            const answer = this.#answer(request);
            if (!answer.needs) return answer;
            try {
                const file = await (await unpacked(this.#lent)).text();
                const taken = this.#answer(`lend ${answer.needs}\n${file}`);
                return taken.error ? taken : this.#answer(request);
            } catch (error) {
                const why = `could not be loaded (${error.message})`;
                const mend = 'try again when you are online';
                return { error: `${answer.needs} ${why}: ${mend}` };
            }
        }

        /** Takes a step of a run and draws it, for nobody: a browser compiles
         * what it runs for the first time, and whoever presses a button need
         * not wait for that. What needs a file does not get it here. */
        warm(requests) {
            requests.every((request) => !this.#answer(request).error);
        }

        #answer(request) {
            this.#said = [];
            try {
                this.#exports ?? this.#begin();
                this.#host.request = request;
                this.#exports.answer();
                return JSON.parse(this.#host.answer);
            } catch (error) {
                // Its memory may be as it was left in the middle of a step.
                this.#exports = undefined;
                const why = this.#said.join('').trim() || error.message;
                return { error: `the run broke off: ${why}` };
            }
        }

        #begin() {
            this.#host = new Host((line) => {
                const percent = line.match(/^progress (\d+)/);
                if (percent) postMessage({ percent: Number(percent[1]) });
                else this.#said.push(line);
            });
            const { imports } = this.#host;
            const { exports } = new WebAssembly.Instance(this.#module, imports);
            this.#host.memory = exports.memory;
            exports._initialize?.();
            this.#exports = exports;
        }
    }

    /** Milliseconds of training between two looks at what the page wants: two
     * of these and a drawing fit into a sixtieth of a second. */
    const SLICE = 6;

    /** Milliseconds from one drawing to the next: a screen shows sixty in a
     * second. */
    const SHOWN = 16;

    /** A run that the page watches. It goes on by itself, slice by slice, and
     * heeds in between what the page wishes:
     *
     *   going   whether to go on
     *   steps   how many single steps to take
     *   pace    steps in a second; 0 is as many as there can be
     *   layout  the drawing that is seen, `wide` or `narrow`
     *   free    how many frames may still be drawn, each as the run is by
     *           then. The page has room for two, one that is shown next and
     *           one after it: so nobody waits for the other.
     *   hidden  nobody looks
     *   stop    to end here, with a result
     */
    class Watched {
        #program;
        #wishes;
        #standing;
        #busy = true;
        /** How many steps fill a slice, and the milliseconds that one takes:
         * of late, at most. */
        #filling = 1;
        #takes = 0;
        /** When the next step is due. */
        #due = 0;
        /** Whether there is something that the page has not seen, and when
         * it may see it. */
        #stale = false;
        #shown = 0;
        #told;
        #timer;
        #hopping = false;
        #hop = new MessageChannel();

        constructor(program, link, wishes) {
            this.#program = program;
            this.#wishes = wishes;
            this.#told = wishes.going;
            this.#hop.port1.onmessage = () => this.#turn();
            this.#begin(link);
        }

        async #begin(link) {
            const standing = await this.#program.answer(`start ${link}`);
            if (standing.error) return this.#end(standing);
            this.#standing = standing;
            if (!standing.live) {
                // One step that is all of it: nobody can look in between.
                return this.#end(await this.#program.answer('advance 1'));
            }
            postMessage({ standing });
            this.#busy = false;
            return this.#turn();
        }

        heed({ steps = 0, free = 0, ...wishes }) {
            const { layout } = this.#wishes;
            Object.assign(this.#wishes, wishes);
            this.#wishes.steps += steps;
            this.#wishes.free += free;
            if (layout !== this.#wishes.layout) this.#stale = true;
            if ('going' in wishes) this.#told = wishes.going;
            if (!this.#hopping) this.#turn();
        }

        async #turn() {
            if (this.#busy) return;
            this.#busy = true;
            this.#hopping = false;
            clearTimeout(this.#timer);
            const { steps, going, stop } = this.#wishes;
            if (stop) return this.#end({});
            if (performance.now() >= this.#drawn) await this.#draw();
            if (steps > 0 || (going && performance.now() >= this.#due)) {
                const standing = await this.#advance();
                if (standing.error || standing.over) return this.#end(standing);
            }
            this.#busy = false;
            return this.#next();
        }

        async #advance() {
            const { steps, pace } = this.#wishes;
            const single = steps > 0 || pace > 0;
            const count = single ? 1 : this.#filling;
            const began = performance.now();
            const standing = await this.#program.answer(`advance ${count}`);
            const ended = performance.now();
            if (!single) {
                this.#takes = Math.max((ended - began) / count, 0.8 * this.#takes);
                const fit = Math.floor(SLICE / this.#takes);
                this.#filling = Math.max(1, Math.min(2 * count, fit));
            }
            if (steps > 0) this.#wishes.steps -= 1;
            this.#due = Math.max(ended, this.#due + (pace ? 1000 / pace : 0));
            if (!standing.error) this.#standing = standing;
            this.#stale = true;
            return standing;
        }

        /** When the next frame is to be drawn. */
        get #drawn() {
            return this.#stale && this.#wishes.free > 0 ? this.#shown : Infinity;
        }

        async #draw() {
            const { layout } = this.#wishes;
            // Whoever is late once is not late ever after.
            this.#shown = Math.max(this.#shown + SHOWN, performance.now());
            const frame = await this.#program.answer(`frame ${layout}`);
            this.#stale = false;
            const standing = this.#standing;
            // What cannot be drawn yet may be drawn after a step.
            if (frame.error) return postMessage({ standing });
            this.#wishes.free -= 1;
            return postMessage({ standing, frame: { ...frame, layout } });
        }

        /** Plans the next turn. Other messages get through before it. */
        #next() {
            const { steps, going, hidden } = this.#wishes;
            if (!going && steps === 0 && !this.#told) {
                this.#told = true;
                postMessage({ paused: true, standing: this.#standing });
            }
            const next = steps > 0 ? 0 : going ? this.#due : Infinity;
            const wait = Math.min(next, this.#drawn) - performance.now();
            if (wait === Infinity) return;
            const rest = hidden ? SLICE : 0;
            if (Math.max(wait, rest) > 0) {
                this.#timer = setTimeout(() => this.#turn(), Math.max(wait, rest));
            } else {
                this.#hopping = true;
                this.#hop.port2.postMessage(0);
            }
        }

        /** Tells the page what was found, or why nothing was. */
        async #end({ error }) {
            const found = error ? { error } : await this.#program.answer('finish');
            if (found.error && this.#standing?.live) {
                // The last that was to be seen, in whichever layout.
                for (const layout of ['wide', 'narrow']) {
                    const frame = await this.#program.answer(`frame ${layout}`);
                    Object.assign(found, { [layout]: frame.svg, finding: frame.finding });
                }
            }
            this.#hop.port1.close();
            postMessage({ found, standing: this.#standing });
        }
    }

    if (typeof document === 'undefined') {
        let [program, watched] = [];
        onmessage = async ({ data: { load, request, warm, link, wishes } }) => {
            if (load) program = new Program(load);
            if (warm) program.warm(warm);
            if (request) postMessage({ answer: await program.answer(request) });
            if (link) watched = new Watched(program, link, wishes);
            else if (wishes) watched.heed(wishes);
        };
        return;
    }

    // ---- In the page -------------------------------------------------------

    const SCRIPT = document.currentScript.src;

    /** The compiled programs, each loaded once, however many labs it has. */
    const PROGRAMS = {};

    async function program(address) {
        PROGRAMS[address] ??= (async () => {
            const file = await unpacked(address);
            return WebAssembly.compile(await file.arrayBuffer());
        })();
        try {
            return await PROGRAMS[address];
        } catch (error) {
            // Whoever tries again may have more luck.
            delete PROGRAMS[address];
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

    /** What a reader may want to see of a run, in steps a second; and what
     * there is to begin with, for most runs are over before the first frame. */
    const PACES = [240, 60, 10, 1];
    const PACE = 240;

    const STILL = matchMedia('(prefers-reduced-motion: reduce)');

    /** Controls and texts of different labs have different ids, also where a
     * page has the same lab twice. */
    let opened = 0;

    class Lab {
        #root;
        id;
        #figure;
        #original;
        #panel;
        #status;
        #form;
        /** What a step is, for a lab whose run can be watched. */
        #step;
        #module;
        #worker;
        /** Who waits for an answer of the worker. When it is ended, nobody
         * does any more. */
        #heard;
        /** The newest attempt to open the lab: an older one gives up. */
        #attempt = 0;
        #began;
        /** The frames that are shown next, and what will show them. */
        #frames = [];
        #painting;
        /** When the worker is told that a frame has been shown. */
        #freeing;
        #standing;
        #said = 0;
        #files = [];
        /** The link of the run that is shown. */
        shown;

        constructor(root) {
            this.#root = root;
            this.id = root.dataset.lab;
            this.#figure = root.querySelector('figure');
            this.#panel = root.querySelector('.lab-panel');
            this.#status = root.querySelector('.lab-status');
            const button = root.querySelector('.lab-open');
            button.addEventListener('click', () => this.open());
            addEventListener('pagehide', () => this.#left());
            document.addEventListener('visibilitychange', () => {
                if (this.#underWay) this.#wish({ hidden: document.hidden });
            });
        }

        /** Loads the lab and shows its controls; runs the link, if one is
         * given. */
        async open(link) {
            this.#attempt += 1;
            const attempt = this.#attempt;
            this.#halt();
            if (link) this.#root.scrollIntoView();
            this.#root.setAttribute('aria-busy', 'true');
            this.#say('Loading …');
            try {
                const { href } = new URL(this.#root.dataset.wasm, document.baseURI);
                const module = await program(href);
                if (attempt !== this.#attempt) return;
                this.#module = module;
                const start = await this.#ask(`describe ${this.#root.dataset.start}`);
                const about = link ? await this.#ask(`describe ${link}`) : start;
                if (about.error) {
                    this.#refuse(`This link cannot be replayed. ${about.error}`);
                } else {
                    this.#form ?? this.#showControls(start, !link);
                    this.#set(about.fields);
                    this.#say('Ready.');
                    if (this.#step && !link) this.#warm(start);
                }
                this.#root.removeAttribute('aria-busy');
                if (link && !about.error) this.#run();
            } catch (error) {
                if (attempt !== this.#attempt) return;
                this.#root.removeAttribute('aria-busy');
                this.#refuse(error.message);
            }
        }

        /** What is said is heard, too: not each step of a run. */
        #say(text) {
            this.#status.textContent = text;
            this.#status.classList.remove('lab-refused');
        }

        #refuse(text) {
            this.#say(text);
            this.#status.classList.add('lab-refused');
        }

        // ---- The worker ----

        #post(message) {
            if (!this.#worker) {
                this.#worker = new Worker(SCRIPT);
                this.#worker.onmessage = ({ data }) => this.#hear(data);
                this.#worker.onerror = (event) => {
                    event.preventDefault();
                    this.#halt();
                    this.#root.removeAttribute('aria-busy');
                    this.#refuse(`The lab broke off. ${event.message ?? ''}`);
                };
                const { href } = new URL(this.#root.dataset.lent, document.baseURI);
                this.#worker.postMessage({ load: { module: this.#module, lent: href } });
            }
            this.#worker.postMessage(message);
        }

        #ask(request) {
            return new Promise((heard) => {
                this.#heard = heard;
                this.#post({ request });
            });
        }

        #wish(wishes) {
            this.#post({ wishes });
        }

        #warm({ link }) {
            const warm = [`start ${link}`, 'advance 1', `frame ${this.#layout}`];
            this.#post({ warm });
        }

        #hear({ answer, percent, standing, frame, paused, found }) {
            if (answer) this.#heard(answer);
            if (percent) this.#progress(percent);
            if (standing) this.#standing = standing;
            if (frame) this.#next(frame);
            if (paused && this.#state === 'paused') {
                this.#say(`Paused. ${standing.says}`);
            }
            if (found) this.#end(found);
        }

        /** Ends whatever goes on at once, without a result. */
        #halt() {
            if (this.#worker) this.#worker.onmessage = null;
            this.#worker?.terminate();
            this.#worker = undefined;
            this.#rest();
            // Half a run is no figure.
            if (this.#underWay && !this.shown) this.#restore();
            if (this.#form) this.#state = 'ready';
        }

        /** No frame is waited for any more. */
        #rest() {
            cancelAnimationFrame(this.#painting);
            clearTimeout(this.#freeing);
            this.#painting = this.#freeing = undefined;
            this.#frames = [];
        }

        /** The page is left. The browser may keep it, and show it again. */
        #left() {
            this.#attempt += 1;
            const [loading, running] = [
                this.#root.getAttribute('aria-busy'),
                this.#underWay,
            ];
            this.#halt();
            this.#root.removeAttribute('aria-busy');
            if (running) this.#say('The run ended when you left the page.');
            else if (loading) this.#say('');
        }

        // ---- The controls ----

        #showControls({ fields, question, step }, focus) {
            opened += 1;
            this.#step = step;
            this.#panel.querySelector('.lab-open')?.parentElement.remove();
            const run = element('button', { type: 'submit', class: 'lab-run' }, 'Run');
            this.#form = element(
                'form',
                { class: 'lab-form', novalidate: true, autocomplete: 'off' },
                element(
                    'div',
                    { class: 'lab-buttons' },
                    run,
                    ...(step ? this.#watching() : []),
                    element('button', { type: 'reset' }, 'Reset'),
                    step ? this.#pace() : '',
                ),
                element(
                    'div',
                    { class: 'lab-course', hidden: true },
                    element('progress', {
                        max: 100,
                        value: 0,
                        'aria-label': 'Progress of the run',
                    }),
                    element('span', { class: 'lab-standing' }),
                ),
                this.#status,
                element(
                    'fieldset',
                    {},
                    element('legend', {}, question),
                    ...fields.map((field) => this.#control(field)),
                ),
            );
            this.#form.addEventListener('submit', (event) => {
                event.preventDefault();
                this.#pressed();
            });
            this.#form.addEventListener('reset', () => this.#reset());
            this.#form.addEventListener('input', () => this.#ownData());
            this.#form.addEventListener('change', ({ target }) => {
                if (target.name && this.#underWay) {
                    this.#say('This counts from the next run on.');
                }
            });
            this.#state = 'ready';
            this.#ownData();
            this.#panel.prepend(this.#form);
            new ResizeObserver(() => {
                if (this.#underWay) this.#wish({ layout: this.#layout });
            }).observe(this.#figure);
            if (focus) run.focus();
        }

        /** What a run that can be watched can do besides. */
        #watching() {
            const step = element('button', { type: 'button', class: 'lab-step' }, 'Step');
            step.addEventListener('click', () => this.#oneStep());
            const stop = element('button', { type: 'button', class: 'lab-stop' }, 'Stop');
            stop.addEventListener('click', () => this.#stop());
            return [step, stop];
        }

        #pace() {
            const paces = PACES.map((pace) => {
                const steps = pace === 1 ? this.#step : `${this.#step}s`;
                const made = { value: pace, selected: pace === PACE };
                return element('option', made, `${pace} ${steps} a second`);
            });
            const most = element('option', { value: 0 }, 'as fast as it goes');
            const select = element('select', { class: 'lab-pace' }, most, ...paces);
            select.addEventListener('change', () => {
                if (this.#underWay) this.#wish({ pace: Number(select.value) });
            });
            return element('label', {}, 'Speed', select);
        }

        /** Gives the controls the values of a link. */
        #set(fields) {
            for (const { key, value } of fields) {
                const control = this.#form.elements.namedItem(key);
                const table = control.matches('textarea');
                control.value = table ? value.replaceAll('_', '\n') : value;
                control.dispatchEvent(new Event('input', { bubbles: true }));
            }
        }

        #control(field) {
            const { key, label, unit, kind, min, max } = field;
            const id = `lab-${opened}-${key}`;
            const shared = { id, name: key, 'aria-describedby': `${id}-hint` };
            const made = (MADE[kind] ?? MADE.number)(shared, field);
            const parts = [made];
            if (kind === 'points') parts.push(...this.#fromFile(made));
            if (max - min <= 1e5) parts.push(slider(made, field));
            const limits = {
                choice: '',
                points: `, lines x,y,label, at most ${field.most}; they stay on your machine, and in the link`,
            }[kind] ?? `, ${min} to ${max}`;
            return element(
                'div',
                { class: 'lab-field' },
                element('label', { for: id }, unit ? `${label} (${unit})` : label),
                ...parts,
                element(
                    'small',
                    { id: `${id}-hint` },
                    element('code', {}, key),
                    limits,
                ),
            );
        }

        /** Asks for data of the reader's own where they are chosen. */
        #ownData() {
            const table = this.#form.querySelector('textarea');
            if (!table) return;
            table.disabled = this.#form.elements.namedItem('data').value !== 'own';
            table.closest('.lab-field').hidden = table.disabled;
        }

        /** A table of the reader's own can come from a file, chosen or dropped,
         * and is only asked for where the data are to be their own. */
        #fromFile(table) {
            const take = async (file) => {
                if (!file) return;
                if (file.size > 1e5) {
                    this.#refuse(`${file.name} is too long: a link has no room for it.`);
                    return;
                }
                table.value = await file.text();
                this.#say(`${file.name} has been read, and not sent anywhere.`);
            };
            table.addEventListener('drop', (event) => {
                const [file] = event.dataTransfer.files;
                if (!file) return;
                event.preventDefault();
                take(file);
            });
            const chosen = element('input', { type: 'file', accept: '.csv,.txt,text/csv,text/plain' });
            chosen.addEventListener('change', () => take(chosen.files[0]));
            return [element('label', { class: 'lab-file' }, 'or a CSV file', chosen)];
        }

        /** `ready`, `running`, `paused`, or `stopping` until there is a
         * result. */
        get #state() {
            return this.#form?.dataset.state;
        }

        set #state(state) {
            this.#form.dataset.state = state;
            const part = (name) => this.#form.querySelector(`.lab-${name}`);
            const name = {
                ready: 'Run',
                running: this.#step ? 'Pause' : 'Stop',
                paused: 'Go on',
            }[state];
            // The button stays and keeps the focus; its name changes.
            if (name) part('run').textContent = name;
            part('stop')?.setAttribute('aria-disabled', !this.#underWay);
            part('course').hidden = !this.#underWay;
            if (this.#underWay) return;
            part('standing').textContent = '';
            this.#bar.value = 0;
        }

        get #underWay() {
            return (this.#state ?? 'ready') !== 'ready';
        }

        get #bar() {
            return this.#form.querySelector('progress');
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

        // ---- A run ----

        /** What the button does whose name tells it. */
        #pressed() {
            if (this.#state === 'ready') {
                this.#run();
            } else if (!this.#step) {
                this.#halt();
                this.#say('Stopped. The figure is the one from before.');
            } else if (this.#state === 'running') {
                this.#state = 'paused';
                this.#wish({ going: false, ...this.#freed });
            } else if (this.#state === 'paused') {
                this.#state = 'running';
                this.#say('Running …');
                this.#wish({ going: true, ...this.#freed });
            }
        }

        #oneStep() {
            if (this.#state === 'ready') {
                this.#run({ going: false, steps: 1 });
            } else if (this.#state !== 'stopping') {
                this.#state = 'paused';
                this.#wish({ going: false, steps: 1, ...this.#freed });
            }
        }

        /** Ends the run here, with what it has found so far. */
        #stop() {
            if (!this.#underWay) return;
            this.#state = 'stopping';
            this.#wish({ stop: true });
        }

        /** Runs the experiment as the controls say. */
        #run(wishes = { going: true, steps: 0 }) {
            this.#mark();
            const settings = [...new FormData(this.#form)];
            const wrong = settings.map(([key, value]) => flaw(key, value)).find(Boolean);
            if (wrong) {
                this.#refuse(`There is no result. ${wrong}`);
                this.#mark(wrong);
                return;
            }
            const parts = settings.map(([key, value]) => `;${key}=${lines(value).join('_')}`);
            this.#state = wishes.going ? 'running' : 'paused';
            this.#said = 0;
            this.#say(wishes.going ? 'Running …' : '');
            this.#began = performance.now();
            this.#post({
                link: `#v1;${this.id}${parts.join('')}`,
                wishes: {
                    ...wishes,
                    pace: Number(this.#form.querySelector('.lab-pace')?.value ?? 0),
                    layout: this.#layout,
                    free: STILL.matches ? 1 : 2,
                    hidden: document.hidden,
                },
            });
        }

        #progress(percent, says = '') {
            this.#bar.value = percent;
            // Who listens hears a quarter at a time.
            if (this.#state !== 'running' || percent === 100) return;
            if (percent >= this.#said + 25) {
                this.#said = percent - (percent % 25);
                this.#say(`Running: ${percent} % done. ${says}`);
            }
        }

        get #picture() {
            return this.#figure.querySelector('.figure-picture');
        }

        /** The drawing that can be seen: figures.css chooses it. */
        get #layout() {
            const wide = this.#picture.querySelector('.fig-wide');
            return wide.getClientRects().length > 0 ? 'wide' : 'narrow';
        }

        /** Shows a frame when the screen is painted next, or after the one that
         * is shown then. */
        #next(frame) {
            this.#frames.push(frame);
            this.#later();
        }

        #later() {
            this.#painting ??= requestAnimationFrame(() => this.#paint());
        }

        #paint() {
            const { layout, svg, finding } = this.#frames.shift();
            this.#painting = undefined;
            if (this.#frames.length) this.#later();
            this.#remember();
            this.#forget();
            const old = this.#picture.querySelector(`.fig-${layout}`);
            old.replaceWith(drawing(svg));
            this.#figure.querySelector('.figure-finding').textContent = finding;
            const { says, done, all } = this.#standing;
            this.#form.querySelector('.lab-standing').textContent = says;
            this.#progress(Math.floor((100 * done) / all), says);
            // Who wants no motion gets a picture every second.
            const free = () => this.#wish(this.#freed);
            this.#freeing = setTimeout(free, 1000);
            if (!STILL.matches) free();
        }

        /** The wish for another frame, unless it has been made. Whoever wants
         * no motion and presses a button does not wait for what it does. */
        get #freed() {
            if (!this.#freeing) return {};
            clearTimeout(this.#freeing);
            this.#freeing = undefined;
            return { free: 1 };
        }

        #end(found) {
            const stopped = this.#state === 'stopping';
            this.#rest();
            this.#state = 'ready';
            if (found.wide && found.narrow) this.#show(found);
            if (found.error && stopped) {
                this.#say(`Stopped. There is no result: ${found.error}.`);
            } else if (found.error) {
                this.#refuse(`There is no result. ${found.error}`);
                this.#mark(found.error);
            } else if (stopped) {
                this.#say(`Stopped, and the run ends here. ${found.finding}`);
            } else {
                const seconds = (performance.now() - this.#began) / 1000;
                const took = this.#step ? '' : ` in ${seconds.toFixed(1)} s`;
                this.#say(`Finished${took}. ${found.finding}`);
            }
        }

        // ---- The figure ----

        /** Keeps the figure of the book, before another takes its place. */
        #remember() {
            this.#original ??= this.#figure.cloneNode(true);
            // What stands there belongs to the run of the book.
            this.#figure.querySelector('.figure-data').hidden = true;
        }

        #restore() {
            this.#forget();
            if (!this.#original) return;
            const { childNodes } = this.#original.cloneNode(true);
            this.#figure.replaceChildren(...childNodes);
        }

        /** Puts what a run has found in the place of what the book shows. */
        #show(found) {
            this.#remember();
            this.#forget();
            this.#picture.replaceChildren(drawing(found.wide), drawing(found.narrow));
            this.#figure.querySelector('.figure-finding').textContent =
                found.finding;
            if (found.error) return;
            this.shown = found.link;
            this.#panel.append(this.#result(found));
        }

        #result({ claims, facts, digest, link, wide, csv }) {
            const command = `cargo run -- replay "${link}"`;
            return element(
                'div',
                { class: 'lab-result' },
                ...(claims.length ? this.#claims(claims) : []),
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

        #claims(claims) {
            const items = claims.map(({ says, measured, holds }) =>
                element(
                    'li',
                    {},
                    element('strong', {}, holds ? 'Holds: ' : 'Does not hold: '),
                    `${says} (${measured})`,
                ),
            );
            return [
                element('p', {}, 'What the book says, and whether this run bears it out:'),
                element('ul', {}, ...items),
            ];
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
            const name = `${this.id}.${ending}`;
            const shown = ending.toUpperCase();
            return element('a', { download: name, href: address }, shown);
        }

        /** Lets go of the last result. */
        #forget() {
            this.shown = undefined;
            this.#panel.querySelector('.lab-result')?.remove();
            this.#files.forEach((address) => URL.revokeObjectURL(address));
            this.#files = [];
        }

        /** The book's figure, and the controls as the book has them. */
        #reset() {
            this.#halt();
            this.#mark();
            this.#restore();
            // The sliders follow once the form has its defaults.
            setTimeout(() => {
                for (const control of this.#form.elements) {
                    control.dispatchEvent(new Event('input', { bubbles: true }));
                }
                this.#say('The figure is the book’s again.');
            });
        }
    }

    /** A drawing as an element. It comes from the book's own chart code, which
     * escapes every text in it; all else that a program says is text. */
    function drawing(svg) {
        const made = document.createElement('template');
        made.innerHTML = svg;
        return made.content.firstChild;
    }

    /** Controls by the kind of their values. */
    const MADE = {
        choice: (shared, { names, value }) => {
            const option = (name) =>
                element('option', { selected: name === value }, name);
            return element('select', shared, ...names.map(option));
        },
        points: (shared) =>
            element('textarea', { ...shared, rows: 6, spellcheck: 'false' }),
        number: (shared, { kind, min, max, value }) =>
            element('input', {
                ...shared,
                type: 'number',
                inputmode: kind === 'whole' ? 'numeric' : 'decimal',
                min,
                max,
                step: kind === 'whole' ? 1 : 'any',
                value,
            }),
    };

    /** The lines of a table, with the commas that other programs write in
     * other ways. */
    function lines(text) {
        const columns = (line) => line.trim().replace(/\s*[;,\t]\s*/g, ',');
        return text.trim().split(/\r\n?|\n/).map(columns);
    }

    /** What no link can carry to the program, which finds all other flaws. */
    function flaw(key, text) {
        for (const [row, line] of lines(text).entries()) {
            const cells = line.split(',');
            const column = cells.findIndex((cell) => /[^\w.+-]/.test(cell));
            if (column < 0) continue;
            const at = `line ${row + 1}, column ${column + 1}`;
            const found = JSON.stringify(cells[column].slice(0, 24));
            return `${key}: ${at}: expected a number, found ${found}`;
        }
        return undefined;
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

    const labs = [...document.querySelectorAll('.lab')].map((root) => new Lab(root));

    /** Opens the lab that the address names, whatever else it says: what is
     * wrong with it is said there. */
    function follow() {
        const link = location.hash;
        if (!/^#v\d+(;|%3b)/i.test(link) || labs.length === 0) return;
        const id = link.split(/;|%3b/i)[1];
        const lab = labs.find((lab) => lab.id === id) ?? labs[0];
        if (lab.shown !== link) lab.open(link);
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
