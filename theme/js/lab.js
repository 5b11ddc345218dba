// The labs: the book's own experiments, run in the reader's page.
//
// One file, twice: in a page it makes the controls, in a worker it runs the
// WebAssembly program. It holds no arithmetic and no chart: what a parameter
// may be, what a run finds and how that is drawn comes from the program, whose
// requests and answers code/lab/src/lib.rs describes. Nothing is loaded before
// a reader touches a lab, or comes with a link to a run.

'use strict';

(() => {
    // ---- What may be in the way --------------------------------------------

    /** What of a browser and a page decides whether a lab can run: that it is
     * there, that it is allowed, and whether there is a network. */
    function surroundings() {
        const wasm = typeof WebAssembly === 'object';
        // A module that knows of a vector, as a function's result.
        const vector = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123];
        return {
            folder: location.protocol === 'file:',
            // A frame that may not be of the book's own origin.
            foreign: globalThis.origin === 'null',
            offline: navigator.onLine === false,
            wasm,
            vectors: wasm && WebAssembly.validate(new Uint8Array(vector)),
            unpacking: typeof DecompressionStream === 'function',
            // A worker needs no other one.
            workers: typeof document === 'undefined' || typeof Worker === 'function',
        };
    }

    /** What is wrong, for each cause, and what mends it. No two have the same
     * mend: whoever is told one is not told to do another thing. */
    const CAUSES = {
        folder: [
            () => 'Browsers load no program from a folder.',
            'See the book with `cargo run`, which serves these pages on your machine.',
        ],
        frame: [
            () => 'This page is shown within another, in a frame that lets it load nothing.',
            'Open it in a tab of its own.',
        ],
        wasm: [
            () => 'This browser runs no WebAssembly: it is too old, or a protection has switched it off, as Tor Browser’s “Safer” and Lockdown Mode do.',
            'Allow it for this site, or take another browser.',
        ],
        vectors: [
            () => 'This browser’s WebAssembly is older than the program.',
            'Update the browser: Chrome 91, Firefox 89 and Safari 16.4 are new enough.',
        ],
        unpacking: [
            () => 'This browser cannot unpack the program: it has no DecompressionStream.',
            'Update the browser: Chrome 80, Firefox 113 and Safari 16.4 have one.',
        ],
        workers: [
            () => 'This browser has no workers, or an extension has taken them away.',
            'Switch the extension off for this site.',
        ],
        wasmPolicy: [
            () => 'The policy of this site forbids WebAssembly.',
            'Whoever serves the book allows it with script-src \'self\' \'wasm-unsafe-eval\' in the Content-Security-Policy.',
        ],
        filePolicy: [
            () => 'The policy of this site forbids the page to load files.',
            'Whoever serves the book allows it with connect-src \'self\' in the Content-Security-Policy.',
        ],
        workerPolicy: [
            () => 'The policy of this site forbids workers.',
            'Whoever serves the book allows them with worker-src \'self\' in the Content-Security-Policy.',
        ],
        workerDenied: [
            ({ why }) => `The browser refuses to start a worker (${why}).`,
            'A privacy setting may do that: make an exception for this site.',
        ],
        workerLost: [
            () => 'The worker could not load the lab’s script, which the page has loaded.',
            'Reload the page: both then have the same one.',
        ],
        offline: [
            () => 'Your machine is offline.',
            'Connect it, and try again.',
        ],
        unreachable: [
            ({ why }) => `The server does not answer, or something on the way lets nothing through (${why}).`,
            'Try again without a content blocker, or later.',
        ],
        missing: [
            ({ status }) => `The server does not have the file (status ${status}).`,
            'The book may have changed since you opened this page: reload it.',
        ],
        denied: [
            ({ status }) => `The server does not let you have the file (status ${status}).`,
            'Log in to the site, and try again.',
        ],
        busy: [
            ({ status }) => `The server is in trouble (status ${status}).`,
            'Try again in a few minutes.',
        ],
        refused: [
            ({ status }) => `The server does not send the file (status ${status}).`,
            'Tell whoever serves the book.',
        ],
        login: [
            () => 'A web page came in the place of the file, as from a network that wants a login.',
            'Open some other site, log in where you are asked to, and try again.',
        ],
        cut: [
            ({ got }) => `The file is not whole: ${kilobytes(got)} came.`,
            'Try again: it is loaded anew.',
        ],
        wrong: [
            ({ head }) => `What came is another file: it begins with “${lettered(head).replace(/[^ -~]/g, '·')}”.`,
            'Reload the page without what the browser has kept: Ctrl or ⌘, Shift and R.',
        ],
        cancelled: [
            () => 'You have cancelled it.',
            'The same button begins anew.',
        ],
        memory: [
            () => 'There was not enough memory.',
            'Close other tabs, or ask for less: fewer inputs, units or points.',
        ],
        fault: [
            ({ why }) => `The program broke off: ${why}.`,
            'That is a mistake of the book’s: the command line finds its place in the code.',
        ],
    };

    /** The cause of a failure `during` the loading, unpacking, compiling,
     * starting or running of a program. Before that, there is one only if the
     * browser lacks something. */
    function causeOf(facts) {
        const { during, name, why = '', status, policy, here } = facts;
        const { got = 0, head = [], bytes = 0 } = facts;
        for (const part of ['wasm', 'unpacking', 'workers']) {
            if (!here[part]) return part;
        }
        if (!during) return undefined;
        if (name === 'RangeError' || /memory|allocat/i.test(why) || bytes > 1e9) {
            return 'memory';
        }
        const packed = head[0] === 0x1f && head[1] === 0x8b;
        switch (during) {
            case 'loading':
                if ([404, 410].includes(status)) return 'missing';
                if ([401, 403, 407, 451, 511].includes(status)) return 'denied';
                if (status === 429 || status >= 500) return 'busy';
                if (status) return 'refused';
                if (name === 'AbortError') return 'cancelled';
                if (here.folder) return 'folder';
                if (here.foreign) return 'frame';
                if (policy === 'connect-src') return 'filePolicy';
                if (here.offline) return 'offline';
                return got > 0 ? 'cut' : 'unreachable';
            case 'unpacking':
                if (/^[\ufeff\s]*</.test(lettered(head))) return 'login';
                return packed || head.length === 0 ? 'cut' : 'wrong';
            case 'compiling':
                if (FORBIDDEN.test(why)) return 'wasmPolicy';
                if (!here.vectors) return 'vectors';
                return lettered(head).startsWith('\0asm') ? 'cut' : 'wrong';
            case 'starting':
                if (here.foreign) return 'frame';
                if (policy === 'worker-src') return 'workerPolicy';
                return why ? 'workerDenied' : 'workerLost';
            default:
                return FORBIDDEN.test(why) ? 'wasmPolicy' : 'fault';
        }
    }

    const FORBIDDEN = /content security policy|\bCSP\b|unsafe-eval/i;

    const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;

    const lettered = (bytes) => String.fromCharCode(...bytes.slice(0, 16));

    /** Something that went wrong, with its cause and its mend. */
    class Trouble extends Error {
        constructor(facts) {
            const cause = causeOf(facts);
            const [what, mend] = CAUSES[cause];
            const why = facts.why || 'nothing more is known';
            super(`${what({ ...facts, why })} ${mend}`);
            this.cause = cause;
        }
    }

    /** What a policy of the site has forbidden last. */
    let policy;
    globalThis.addEventListener?.('securitypolicyviolation', (event) => {
        policy = event.effectiveDirective;
    });

    /** The trouble that an error is. */
    async function troubled(facts, { name, message: why }) {
        // A policy says what it has forbidden after the error.
        await new Promise((later) => setTimeout(later));
        return new Trouble({ ...facts, name, why, policy, here: surroundings() });
    }

    /** The bytes of a file, which is packed with gzip unless a server has
     * unpacked it, and what is known of it where it turns out to be another.
     * `heard` is told how many have come. */
    async function loaded(address, signal, heard) {
        const facts = { during: 'loading', got: 0 };
        policy = undefined;
        try {
            const response = await fetch(address, { signal });
            if (!response.ok) {
                facts.status = response.status;
                throw new Error(`status ${facts.status}`);
            }
            const parts = [];
            const reader = response.body.getReader();
            for (let part; !(part = await reader.read()).done; ) {
                parts.push(part.value);
                facts.got += part.value.length;
                heard?.(facts.got);
            }
            const file = new Blob(parts);
            facts.head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
            facts.during = 'unpacking';
            const [first, second] = facts.head;
            const packed = first === 0x1f && second === 0x8b;
            const login = causeOf({ ...facts, here: surroundings() }) === 'login';
            if (login || !facts.got) throw new TypeError('another file');
            const stream = packed
                ? file.stream().pipeThrough(new DecompressionStream('gzip'))
                : file.stream();
            const bytes = await new Response(stream).arrayBuffer();
            return { bytes, facts };
        } catch (error) {
            throw await troubled(facts, error);
        }
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

        /** A text, or bytes. */
        set request(request) {
            const text = typeof request === 'string';
            this.#request = text ? new TextEncoder().encode(request) : request;
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
            const answer = await this.#answer(request);
            if (!answer.needs) return answer;
            try {
                const { bytes } = await loaded(this.#lent);
                const file = UTF8.decode(bytes);
                const taken = await this.#answer(`lend ${answer.needs}\n${file}`);
                return taken.error ? taken : this.#answer(request);
            } catch (error) {
                const what = `${answer.needs} could not be loaded`;
                return { error: `${what}. ${error.message}` };
            }
        }

        /** How much memory it has taken. */
        get bytes() {
            return this.#host.memory.buffer.byteLength;
        }

        /** Takes a step of a run and draws it, for nobody: a browser compiles
         * what it runs for the first time, and whoever presses a button need
         * not wait for that. What needs a file does not get it here. */
        async warm(requests) {
            for (const request of requests) {
                if ((await this.#answer(request)).error) return;
            }
        }

        async #answer(request) {
            this.#said = [];
            try {
                this.#exports ?? this.#begin();
                this.#host.request = request;
                this.#exports.answer();
                return JSON.parse(this.#host.answer);
            } catch (error) {
                // Its memory may be as it was left in the middle of a step.
                this.#exports = undefined;
                const said = this.#said.join('').trim();
                const message = said || error.message;
                const facts = { during: 'running', bytes: this.#host?.memory?.buffer.byteLength };
                const trouble = await troubled(facts, { name: error.name, message });
                return { error: trouble.message };
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

    /** Milliseconds of work after which it can be told how long a run takes. */
    const TOLD = 250;

    /** Seconds, and bytes of memory, that a run of somebody else's link may take
     * unasked. */
    const LONG = 10;
    const LARGE = 2e8;

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
     *   asks    to ask before it goes on, if it takes long
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
        /** Milliseconds of work so far; and of the first look, with the share
         * that it did: what runs for the first time is still to be compiled. */
        #worked = 0;
        #first;
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
                this.#weigh();
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
            this.#worked += ended - began;
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

        /** Seconds until the end, if all goes on as it did: for the work, or at
         * this pace. */
        get #left() {
            const { share, done, all } = this.#standing;
            const { pace } = this.#wishes;
            const work = ((1 - share) * this.#worked) / share / 1000;
            return Math.max(work, pace ? (all - done) / pace : 0);
        }

        /** Asks before a run goes on that takes much, as soon as it can be told:
         * nobody knows of a link what it asks for. */
        #weigh() {
            if (!this.#wishes.asks) return;
            const { share } = this.#standing;
            this.#first ??= { worked: this.#worked, share };
            const worked = this.#worked - this.#first.worked;
            if (worked < TOLD && this.#worked < 1000 * LONG) return;
            this.#wishes.asks = false;
            // The first look may be all that is known.
            const whole = worked < TOLD
                ? this.#worked / share
                : worked / (share - this.#first.share);
            const seconds = whole / 1000;
            const { bytes } = this.#program;
            if (seconds < LONG && bytes < LARGE) return;
            this.#wishes.going = false;
            this.#told = true;
            postMessage({ asks: { seconds, bytes } });
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
            const standing = { ...this.#standing, left: this.#left };
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

    /** The compiled programs, each loaded once, however many labs it has: what
     * there will be, who hears how much of it has come, and what ends that. */
    const PROGRAMS = {};

    function program(address) {
        const begun = () => {
            const stop = new AbortController();
            const loading = { heard: undefined, stop: () => stop.abort() };
            const heard = (bytes) => loading.heard?.(bytes);
            loading.module = compiled(address, stop.signal, heard);
            // Whoever tries again may have more luck.
            loading.module.catch(() => delete PROGRAMS[address]);
            return loading;
        };
        return (PROGRAMS[address] ??= begun());
    }

    async function compiled(address, signal, heard) {
        const here = surroundings();
        if (causeOf({ here })) throw new Trouble({ here });
        const { bytes, facts } = await loaded(address, signal, heard);
        try {
            return await WebAssembly.compile(bytes);
        } catch (error) {
            throw await troubled({ ...facts, during: 'compiling' }, error);
        }
    }

    /** The page of each lab. */
    const PAGES = {
        'batch-and-epoch': 'epochs',
        cliff: 'descent',
        collapse: 'collapse',
        staircase: 'linear-nets-learn-strangely',
        'gradient-by-depth': 'products-of-slopes',
        'little-bend': 'the-kink',
        tent: 'what-depth-buys',
        bench: 'bench',
    };

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
        start;
        #figure;
        #original;
        #panel;
        /** What is said where it can be seen, what can be done about it, and
         * both together; and what is said to who listens. */
        #status;
        #mends;
        #notice;
        #spoken;
        #form;
        #fields;
        /** What a step is, for a lab whose run can be watched. */
        #step;
        #module;
        #worker;
        /** Who waits for an answer of the worker. When it is ended, nobody
         * does any more. */
        #heard;
        /** The newest attempt to open the lab: an older one gives up. */
        #attempt = 0;
        /** The link that has been followed, until the controls are used. */
        #linked;
        #loading;
        #slow;
        #began;
        /** The frames that are shown next, and what will show them. */
        #frames = [];
        #painting;
        /** When the worker is told that a frame has been shown. */
        #freeing;
        #standing;
        #said = 0;
        /** When the time that is left was shown last. */
        #timed = 0;
        #files = [];
        /** Whether the figure is that of a run, and not the book's. */
        #own = false;
        /** The reader's own points, as the program has made them of a table. */
        #taken = '';
        #taking = false;

        constructor(root) {
            this.#root = root;
            this.id = root.dataset.lab;
            this.start = root.dataset.start;
            this.#figure = root.querySelector('figure');
            this.#panel = root.querySelector('.lab-panel');
            this.#status = root.querySelector('.lab-status');
            this.#notice = root.querySelector('.lab-notice');
            this.#spoken = root.querySelector('.lab-spoken');
            this.#mends = element('p', { class: 'lab-mends' });
            this.#notice.append(this.#mends);
            root.classList.add('lab-ready');
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
            this.#linked = link;
            if (link) this.#root.scrollIntoView();
            this.#root.setAttribute('aria-busy', 'true');
            this.#say('Loading …');
            try {
                const { href } = new URL(this.#root.dataset.wasm, document.baseURI);
                this.#waitFor(program(href));
                const module = await this.#loading.module;
                if (attempt !== this.#attempt) return;
                this.#arrived();
                this.#module = module;
                const start = await this.#ask(`describe ${this.start}`);
                const about = link ? await this.#ask(`describe ${link}`) : start;
                this.#form ?? this.#showControls(start, !link);
                if (about.error) {
                    this.#restore();
                    const ways = mends(link, { id: this.id, fields: start.fields }, about.error);
                    this.#refuse(`This link cannot be replayed. ${sentence(about.error)}`, ways);
                } else {
                    this.#set(about.fields);
                    this.#say('Ready.');
                    if (this.#step && !link) this.#warm(start);
                }
                this.#root.removeAttribute('aria-busy');
                if (link && !about.error) this.#run();
            } catch (error) {
                if (attempt === this.#attempt) this.#fail('The lab could not be loaded.', error);
            }
        }

        /** The address names no run any more. */
        back() {
            this.#attempt += 1;
            if (this.#form) this.#form.reset();
            else this.#say('');
        }

        /** Says how much has come of what takes long, and lets the reader end
         * that. */
        #waitFor(loading) {
            this.#arrived();
            this.#loading = loading;
            let got = 0;
            loading.heard = (bytes) => (got = bytes);
            const cancel = element('button', { type: 'button', class: 'lab-cancel' }, 'Cancel');
            cancel.addEventListener('click', () => loading.stop());
            const tell = () => {
                const text = `Still loading: ${kilobytes(got)} so far.`;
                if (cancel.isConnected) this.#status.textContent = text;
                else this.#tell(text, [cancel]);
            };
            this.#slow = setInterval(tell, 1500);
        }

        #arrived() {
            clearInterval(this.#slow);
            if (this.#loading) this.#loading.heard = undefined;
        }

        /** Says what is in the way of the lab itself, and where else it runs. */
        #fail(what, { cause, message }) {
            this.#arrived();
            this.#halt();
            this.#root.removeAttribute('aria-busy');
            const link = this.#linked ?? this.start;
            const shown = link.length < 200 ? link : 'LINK';
            const replay = `On your machine, \`cargo run -- replay "${shown}"\` runs it.`;
            this.#refuse(`${what} ${message} ${replay}`);
            const again = element('button', { type: 'button' }, 'Try again');
            again.addEventListener('click', () => this.open(this.#linked));
            const { href } = location;
            const alone = element('a', { href, target: '_blank', rel: 'noopener' }, href);
            if (cause === 'frame') this.#mends.append(alone);
            else if (this.#linked) this.#mends.append(again);
        }

        /** What is said is heard, too: not each step of a run. */
        #say(text, spoken = text) {
            this.#status.textContent = text;
            this.#status.classList.remove('lab-refused');
            this.#mends.replaceChildren();
            this.#root.classList.remove('lab-foreign');
            this.#spoken.textContent = spoken;
            if (this.#notice.parentElement !== this.#root) return;
            if (this.#form) this.#form.querySelector('.lab-course').after(this.#notice);
            else this.#panel.append(this.#notice);
        }

        /** Says something, with what can be done about it: where whoever follows
         * a link looks, which is above the figure. */
        #tell(text, mends) {
            this.#say(text);
            this.#mends.append(...mends);
            if (!this.#linked) return;
            this.#root.prepend(this.#notice);
            this.#root.scrollIntoView();
        }

        /** Says why there is no result. The figure of the book is then not that
         * of the link. */
        #refuse(text, mends = []) {
            const foreign = this.#linked && !this.#own;
            const end = /[.?!]$/.test(text) ? '' : '.';
            const figure = foreign ? `${end} The figure is the book’s, not that of your link.` : '';
            const links = mends.map(({ link, says }) =>
                element('a', { href: link }, `Open it ${says}`),
            );
            this.#tell(text + figure, links);
            this.#status.classList.add('lab-refused');
            this.#root.classList.toggle('lab-foreign', Boolean(foreign));
        }

        /** Asks before a run that takes long. */
        #weighed({ seconds, bytes }) {
            this.#state = 'paused';
            const memory = bytes < LARGE ? '' : ` and ${Math.round(bytes / 1e6)} MB of memory`;
            const run = element('button', { type: 'button' }, 'Run it');
            // The question goes, and the focus would go with it.
            const focus = () =>
                this.#form.querySelector('.lab-run').focus({ preventScroll: true });
            run.addEventListener('click', () => {
                this.#pressed();
                focus();
            });
            const leave = element('button', { type: 'button' }, 'Leave it');
            leave.addEventListener('click', () => {
                this.#halt();
                this.#tell('Ready. The controls are as the link says, the figure is the book’s.', []);
                focus();
            });
            const takes = `This run takes about ${duration(seconds)}${memory} on this machine.`;
            this.#tell(takes, [run, leave]);
        }

        // ---- The worker ----

        #post(message) {
            if (!this.#worker) {
                try {
                    this.#worker = new Worker(SCRIPT);
                } catch (error) {
                    this.#broke('starting', error);
                    return;
                }
                this.#worker.onmessage = ({ data }) => this.#hear(data);
                this.#worker.onerror = (event) => {
                    event.preventDefault();
                    this.#broke(event.message ? 'running' : 'starting', event);
                };
                const { href } = new URL(this.#root.dataset.lent, document.baseURI);
                this.#worker.postMessage({ load: { module: this.#module, lent: href } });
            }
            this.#worker.postMessage(message);
        }

        /** The worker is none, or no more. */
        async #broke(during, error) {
            this.#attempt += 1;
            const attempt = this.#attempt;
            const trouble = await troubled({ during }, error);
            if (attempt === this.#attempt) this.#fail('The lab broke off.', trouble);
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

        #hear({ answer, percent, standing, frame, paused, asks, found }) {
            if (answer) this.#heard(answer);
            if (percent) this.#progress(percent);
            if (standing) this.#standing = standing;
            if (frame) this.#next(frame);
            if (paused && this.#state === 'paused') {
                this.#say(`Paused. ${standing.says}`);
            }
            if (asks) this.#weighed(asks);
            if (found) this.#end(found);
        }

        /** Ends whatever goes on at once, without a result. */
        #halt() {
            if (this.#worker) this.#worker.onmessage = null;
            this.#worker?.terminate();
            this.#worker = undefined;
            this.#taking = false;
            this.#rest();
            // Half a run is no figure.
            if (this.#underWay && !this.#panel.querySelector('.lab-result')) this.#restore();
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
            this.#loading?.stop();
            this.#arrived();
            this.#halt();
            this.#root.removeAttribute('aria-busy');
            if (running) this.#say('The run ended when you left the page.');
            else if (loading) this.#say('');
        }

        // ---- The controls ----

        #showControls({ fields, question, step }, focus) {
            opened += 1;
            this.#step = step;
            this.#fields = fields;
            this.#panel.querySelector('.lab-open')?.parentElement.remove();
            // A frame that allows no forms never submits one.
            const run = element('button', { type: 'button', class: 'lab-run' }, 'Run');
            run.addEventListener('click', () => this.#pressed());
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
                    element('span', { class: 'lab-left' }),
                ),
                this.#notice,
                element(
                    'fieldset',
                    {},
                    element('legend', {}, question),
                    ...fields.map((field) => this.#control(field)),
                ),
            );
            this.#form.addEventListener('submit', (event) => event.preventDefault());
            this.#form.addEventListener('keydown', (event) => this.#key(event));
            this.#form.addEventListener('reset', () => this.#reset());
            this.#form.addEventListener('input', ({ target }) => {
                if (target.name === 'data') this.#chooseData(target.value);
            });
            this.#form.addEventListener('change', ({ target }) => {
                if (!target.closest('.lab-field')) return;
                if (this.#underWay) this.#say('This counts from the next run on.');
                else this.#note(this.#link);
            });
            this.#state = 'ready';
            this.#ownData();
            this.#panel.prepend(this.#form);
            new ResizeObserver(() => {
                if (this.#underWay) this.#wish({ layout: this.#layout });
            }).observe(this.#figure);
            if (focus) run.focus();
        }

        /** Enter runs it from a field, and arrows change a number. */
        #key(event) {
            const { target, key } = event;
            if (!target.matches('[inputmode]')) return;
            if (key === 'Enter' && this.#state === 'ready') this.#run();
            const up = { ArrowUp: 1, ArrowDown: -1 }[key];
            if (up) {
                const field = this.#fields.find((field) => field.key === target.name);
                target.value = stepped(target.value, up, field);
                for (const type of ['input', 'change']) {
                    target.dispatchEvent(new Event(type, { bubbles: true }));
                }
            }
            if (up || key === 'Enter') event.preventDefault();
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
                if (table) this.#taken = control.value;
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
                points: `, lines x,y,label, at most ${field.most}, or a table as it is; they stay on your machine, and in the link`,
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

        /** Takes other data. Columns of a reader's own may be of any size, so
         * that they are scaled unless that is switched off again. */
        #chooseData(name) {
            const scale = this.#form.elements.namedItem('scale');
            this.#form.elements.namedItem('data').value = name;
            if (scale) scale.value = name === 'own' ? 'columns' : 'none';
            this.#ownData();
        }

        /** Asks for data of the reader's own where they are chosen. */
        #ownData() {
            const table = this.#form.querySelector('textarea');
            if (!table) return;
            table.disabled = this.#form.elements.namedItem('data').value !== 'own';
            table.closest('.lab-field').hidden = table.disabled;
        }

        /** A table of the reader's own can come from a file, chosen or dropped:
         * wherever, for beside the control a browser would leave the page. */
        #fromFile(table) {
            const take = (file) => file && this.#take(file, file.name);
            const drop = (event) => {
                const { files, types } = event.dataTransfer;
                if (!types.includes('Files')) return;
                event.preventDefault();
                if (files.length) this.#chooseData('own');
                take(files[0]);
            };
            document.addEventListener('dragover', drop, true);
            document.addEventListener('drop', drop, true);
            const chosen = element('input', { type: 'file', accept: '.csv,.tsv,.txt,.data,text/*' });
            // The same file may have been edited.
            chosen.addEventListener('click', () => (chosen.value = ''));
            chosen.addEventListener('change', () => take(chosen.files[0]));
            table.addEventListener('input', () => this.#read());
            return [
                element('label', { class: 'lab-file' }, 'or a CSV file', chosen),
                element('div', { class: 'lab-read' }),
            ];
        }

        /** Shows what has become of a table, and what else could. */
        #read(...parts) {
            this.#form.querySelector('.lab-read')?.replaceChildren(...parts);
        }

        /** Has a table read by the program, which says what it did or what is
         * wrong; gives whether there are points now. */
        async #take(table, name = '', taking = '') {
            if (this.#taking) return false;
            this.#taking = true;
            const seed = this.#form.elements.namedItem('seed').value;
            const answer = await new Blob([
                `read ${taking};seed=${seed}\n`,
                // The program refuses a file that is half as long.
                table.slice(0, 1 << 23),
            ]).arrayBuffer().then(
                (request) => this.#ask(new Uint8Array(request)),
                ({ message }) => ({ error: `the browser cannot read it (${message}): choose it again` }),
            );
            this.#taking = false;
            const { error, points, notes, offers = [], choice = [], suggested } = answer;
            const control = this.#form.querySelector('textarea');
            const again = (says, what) => {
                const button = element('button', { type: 'button' }, says);
                button.addEventListener('click', () => this.#take(table, name, what()));
                return button;
            };
            const ways = offers.map(({ says, taking }) => again(says, () => taking));
            if (choice.length) {
                const columns = suggested.map((at) => {
                    const option = (name, i) =>
                        element('option', { value: i + 1, selected: i + 1 === at }, name);
                    return element('select', {}, ...choice.map(option));
                });
                const labels = ['x', 'y', 'label'].map((axis, i) =>
                    element('label', {}, axis, columns[i]));
                const chosen = () => columns.map(({ value }) => value).join(',');
                ways.push(...labels, again('Take these columns', () => `columns=${chosen()}`));
            }
            this.#mark();
            if (error) {
                const said = name ? `${name}: ${error}.` : sentence(error);
                this.#refuse(`The table has not been taken. ${said}`);
                this.#mark(`points: ${said}`);
                this.#read(...ways);
                return false;
            }
            control.value = this.#taken = points.replaceAll('_', '\n');
            const items = notes.map((note) => element('li', {}, note));
            this.#read(element('ul', {}, ...items), ...ways);
            this.#say(`${name || 'The table'} has been read, and not sent anywhere. ${notes[0]}.`);
            return true;
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
            part('standing').textContent = part('left').textContent = '';
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
            this.#form.querySelector('.lab-flaw')?.remove();
            for (const control of this.#form.elements) {
                if (!control.name) continue;
                const wrong = error.startsWith(`${control.name}:`);
                if (wrong) control.setAttribute('aria-invalid', 'true');
                else control.removeAttribute('aria-invalid');
                if (!wrong) continue;
                const why = error.slice(control.name.length + 2);
                control.after(element('small', { class: 'lab-flaw' }, why));
                // Whoever follows a link reads what is above the figure.
                if (!this.#linked) control.focus();
            }
        }

        // ---- A run ----

        /** What the button does whose name tells it. */
        #pressed() {
            if (this.#state === 'ready') {
                this.#linked = undefined;
                this.#run();
            } else if (!this.#step) {
                this.#halt();
                this.#say('Stopped. The figure is the one from before.');
            } else if (this.#state === 'running') {
                this.#state = 'paused';
                this.#wish({ going: false, ...this.#freed });
            } else if (this.#state === 'paused') {
                this.#state = 'running';
                this.#say('', 'Running …');
                this.#wish({ going: true, ...this.#freed });
            }
        }

        #oneStep() {
            if (this.#state === 'ready') {
                this.#linked = undefined;
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

        /** The link of the run that the controls ask for, with what is not as
         * in the book; none if they hold what no link can carry. */
        get #link() {
            const settings = [...new FormData(this.#form)];
            if (settings.some(([key, value]) => flaw(key, value))) return undefined;
            // What stands there is no points before it has been read.
            const table = this.#form.querySelector('textarea:enabled');
            if (table?.value.trim() && table.value !== this.#taken) return undefined;
            const parts = settings.map(([key, value]) => [key, value.trim().split(/\s+/).join('_')]);
            const book = (key) => this.#fields.find((field) => field.key === key).default;
            const changed = parts.filter(([key, value]) => value !== book(key));
            return `#v1;${this.id}${changed.map(([key, value]) => `;${key}=${value}`).join('')}`;
        }

        /** Keeps the address that of what is seen, for whoever copies it. */
        #note(link) {
            if (link === undefined) return;
            const { pathname, search } = location;
            try {
                history.replaceState(history.state, '', pathname + search + link);
            } catch {
                // A browser that forbids it, or too much of it, forbids no run.
            }
        }

        /** Runs the experiment as the controls say. */
        async #run(wishes = { going: true, steps: 0 }) {
            this.#mark();
            const table = this.#form.querySelector('textarea:enabled');
            if (table?.value.trim() && table.value !== this.#taken) {
                if (!(await this.#take(new Blob([table.value])))) return;
            }
            const link = this.#link;
            if (!link) {
                const settings = [...new FormData(this.#form)];
                const wrong = settings.map(([key, value]) => flaw(key, value)).find(Boolean);
                this.#refuse(`There is no result. ${sentence(wrong)}`);
                this.#mark(wrong);
                return;
            }
            // What the book links to, it has weighed.
            const asks = Boolean(this.#linked) && !fromBook(this.#linked);
            if (!this.#linked) this.#note(link);
            this.#state = wishes.going ? 'running' : 'paused';
            this.#said = 0;
            this.#say('', wishes.going ? 'Running …' : '');
            this.#began = performance.now();
            this.#post({
                link,
                wishes: {
                    ...wishes,
                    asks,
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
                this.#spoken.textContent = `Running: ${percent} % done. ${says}`;
            }
        }

        /** The time that is left, where that is worth a word; a word a second is
         * enough. */
        #time(seconds) {
            const now = performance.now();
            if (now < this.#timed + 1000) return;
            this.#timed = now;
            const left = this.#form.querySelector('.lab-left');
            if (seconds >= 5) left.textContent = `About ${duration(seconds)} left.`;
            else if (left.textContent) left.textContent = 'A few seconds left.';
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
            if (this.#state === 'running') this.#time(this.#standing.left);
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
                this.#refuse(`There is no result. ${sentence(found.error)}`);
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
            this.#own = true;
            // What stands there belongs to the run of the book; its place stays,
            // so that nothing below it moves.
            const data = this.#figure.querySelector('.figure-data');
            if (data.open) data.hidden = true;
            else data.style.visibility = 'hidden';
        }

        #restore() {
            this.#forget();
            this.#own = false;
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
            this.#note(found.link);
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
            const items = claims.map(({ says, measured, verdict }) =>
                element(
                    'li',
                    {},
                    element('strong', {}, `${verdict[0].toUpperCase()}${verdict.slice(1)}: `),
                    `${says} (${measured})`,
                ),
            );
            return [
                element('p', {}, 'What the book says of its own settings, and what this run has found:'),
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
            this.#panel.querySelector('.lab-result')?.remove();
            this.#files.forEach((address) => URL.revokeObjectURL(address));
            this.#files = [];
        }

        /** The book's figure, and the controls as the book has them. */
        #reset() {
            this.#halt();
            this.#linked = undefined;
            this.#mark();
            this.#restore();
            this.#note('');
            this.#taken = '';
            this.#read();
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
        number: (shared, { kind, value }) =>
            element('input', {
                ...shared,
                // A field for numbers would lose the comma of 0,05.
                type: 'text',
                inputmode: kind === 'whole' ? 'numeric' : 'decimal',
                value,
            }),
    };

    /** What a reader types for a number, as one. */
    function numeric(text) {
        return text.trim() === '' ? NaN : Number(text.trim().replace(',', '.'));
    }

    /** The name that is nearest to another, if it is near enough to be meant. */
    function nearest(name, names) {
        const far = (a, b) => {
            // Letters that are put in, left out or changed, by lengths.
            let above = [...b, ''].map((_, j) => j);
            for (let i = 1; i <= a.length; i += 1) {
                const row = [i];
                for (let j = 1; j <= b.length; j += 1) {
                    const other = a[i - 1] === b[j - 1] ? 0 : 1;
                    row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + other));
                }
                above = row;
            }
            return above[b.length];
        };
        const meant = name.toLowerCase().slice(0, 40);
        const least = Math.min(...names.map((known) => far(meant, known)));
        const found = names.find((known) => far(meant, known) === least);
        return least <= 1 + meant.length / 3 ? found : undefined;
    }

    /** A value as a link has it, if the parameter can have it. */
    function accepted(text, { kind, names, min, max }) {
        if (kind === 'choice') return names.find((name) => name === text);
        // As links have them; the program finds what else is wrong.
        if (kind === 'points') return /^([-+.\de]+,[-+.\de]+,[01](_|$)){2,}$/i.test(text) ? text : undefined;
        const shape = kind === 'whole' ? /^\d+$/ : /^[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?$/i;
        const value = numeric(text);
        const fits = shape.test(text) && value >= Number(min) && value <= Number(max);
        return fits ? text.replace(',', '.') : undefined;
    }

    /** The value that is nearest to a text: what is left of it without what
     * stands around it, the nearer end of the range, or a name like it. */
    function nearby(text, field) {
        const { kind, names, min, max } = field;
        if (kind === 'choice') return nearest(text, names);
        const bare = accepted(text.replace(/^\W+|\W+$/g, ''), field);
        const value = kind === 'whole' ? Math.round(numeric(text)) : numeric(text);
        if (bare || kind === 'points' || Number.isNaN(value)) return bare || undefined;
        return value < Number(min) ? min : value > Number(max) ? max : String(value);
    }

    /** What a link may have been meant as that the program refuses: what is near
     * to each part that is wrong, or the book's value for it. The program is the
     * judge of these links, too; `error` is what it said. */
    function mends(link, { id, fields }, error) {
        const found = [true, false].map((near) => mended(link, id, fields, error, near));
        const [one, other] = found;
        return one.link === other.link ? [one] : found;
    }

    function mended(link, id, fields, error, near) {
        let text = link;
        try {
            text = decodeURIComponent(link);
        } catch {
            // What is no text is none of the settings.
        }
        const [version, lab = '', ...parts] = text.split(';');
        const known = version.toLowerCase() === '#v1' && nearest(lab, [id]) && link.length < 10000;
        const changes = known && lab !== id ? [`as ${id}`] : [];
        const settings = new Map();
        for (const part of known ? parts.filter(Boolean) : []) {
            const [key, value = ''] = part.split(/=(.*)/s);
            const meant = near ? nearest(key, fields.map((field) => field.key)) : key;
            const field = fields.find((field) => field.key === meant);
            if (!field || settings.has(meant)) {
                changes.push(`without “${part.slice(0, 24)}”`);
                continue;
            }
            const wrong = error.startsWith(`${meant}:`) && field.kind === 'points';
            const kept = wrong ? undefined : accepted(value, field);
            const put = kept ?? (near && !wrong ? nearby(value, field) : undefined) ?? field.default;
            if (put !== value || meant !== key) {
                changes.push(put === '' ? `without ${meant}` : `with ${meant} = ${put}`);
            }
            settings.set(meant, put);
        }
        // No data can be a reader's own where the points are not.
        if (!settings.get('points') && settings.get('data') === 'own') settings.delete('data');
        const book = (key) => fields.find((field) => field.key === key).default;
        const changed = [...settings].filter(([key, value]) => value !== book(key));
        const says = changed.length > 0 || changes.length === 1
            ? changes.join(', ').replaceAll(', with ', ', ')
            : 'with the settings of the book';
        const made = changed.map(([key, value]) => `;${key}=${value}`);
        return { link: `#v1;${id}${made.join('')}`, says: says || 'without the rest' };
    }

    /** The next number up or down: of whole ones, or in its second digit. */
    function stepped(text, up, { kind, min, max }) {
        const value = numeric(text);
        const power = Math.floor(Math.log10(Math.abs(value) || 1));
        const step = kind === 'whole' ? 1 : 10 ** (power - 1);
        const next = Number((value + up * step).toPrecision(12));
        return String(Math.min(Number(max), Math.max(Number(min), next || 0)));
    }

    /** A time in words, no more exact than an estimate is. */
    function duration(seconds) {
        if (seconds >= 5400) return `${Math.round(seconds / 3600)} hours`;
        if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
        const grain = seconds < 20 ? 5 : 10;
        return `${Math.max(5, grain * Math.round(seconds / grain))} seconds`;
    }

    /** Whether a link of the book's own text leads to this run. */
    function fromBook(link) {
        const links = [...document.querySelectorAll('main a[href*="#v1;"]')];
        const own = links.filter((a) => !a.closest('.lab'));
        return own.some((a) => a.hash === link) || labs.some((lab) => lab.start === link);
    }

    /** An error as a sentence of its own; one that begins with the name of a
     * parameter stays as it is. */
    function sentence(text) {
        const named = /^[a-z_0-9]+:/.test(text);
        const first = named ? text[0] : text[0].toUpperCase();
        return first + text.slice(1) + (/[.?!]$/.test(text) ? '' : '.');
    }

    /** What no link can carry to the program, which finds all other flaws. */
    function flaw(key, text) {
        const [found] = text.match(/[^\w\s.,+\-\u2212'’]/u) ?? [];
        if (found === undefined) return undefined;
        return `${key}: expected a number, found ${JSON.stringify(text.slice(0, 24))}`;
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
            const part = (to(numeric(input.value)) - to(least)) / span;
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

    /** The run that an address names, however a program has passed it on. */
    function runOf(hash) {
        if (/^#v\d+(;|%3b)/i.test(hash)) return hash;
        let text = hash;
        for (let i = 0; i < 2; i += 1) {
            try {
                text = decodeURIComponent(text);
            } catch {
                break;
            }
        }
        const named = text.startsWith('#v') && document.getElementById(text.slice(1));
        return /^#v\d+(\W|$)/.test(text) && !named ? text : undefined;
    }

    /** Opens the lab that the address names, whatever else it says: what is
     * wrong with it is said there. */
    function follow() {
        document.querySelector('.lab-elsewhere')?.remove();
        const link = runOf(location.hash);
        if (!link && !location.hash) labs.forEach((lab) => lab.back());
        if (!link) return;
        const id = link.split(/;|%3b/i)[1] ?? '';
        const known = Object.hasOwn(PAGES, id);
        const here = labs.find((lab) => lab.id === id) ?? (known ? undefined : labs[0]);
        if (here) here.open(link);
        else if (known) elsewhere(id, link);
        else nowhere(id);
    }

    /** A way to the page of a lab, with the title that the page has. */
    function way(id, link, says) {
        const file = `${PAGES[id]}.html`;
        const { href } = new URL(`../../${file}`, SCRIPT);
        const listed = document.querySelector(`nav a[href$="${file}"]`);
        // Without the number of the chapter.
        const title = listed?.lastChild.textContent.trim() || PAGES[id];
        return element('a', { href: href + link }, `${says} in “${title}”`);
    }

    /** Says something of the address at the top of the page. */
    function atTop(says, ...ways) {
        const notice = element(
            'div',
            { class: 'lab-notice lab-elsewhere', role: 'alert' },
            element('p', { class: 'lab-status lab-refused' }, says),
            element('p', { class: 'lab-mends' }, ...ways),
        );
        document.querySelector('main').prepend(notice);
        notice.scrollIntoView();
    }

    /** The lab of the address is on another page, or could not be compiled. */
    function elsewhere(id, link) {
        if (document.querySelector(`.lab-missing[data-lab="${id}"]`)) {
            atTop(
                `The address names a run of \`${id}\`, for which this copy of the book has no program: below the figure it says why.`,
            );
        } else {
            const says = `The address names a run of \`${id}\`, which is not on this page.`;
            atTop(says, way(id, link, 'Open it'));
        }
    }

    /** No page has the lab of the address. */
    function nowhere(id) {
        const says = `The address names a run of \`${id.slice(0, 40)}\`, and no page has such a lab. There are these.`;
        atTop(says, ...Object.keys(PAGES).map((id) => way(id, `#v1;${id}`, id)));
    }

    addEventListener('hashchange', follow);
    // A link to where the address is already changes nothing, and may be followed
    // again all the same.
    addEventListener('click', (event) => {
        const { href, hash } = event.target.closest?.('a[href*="#"]') ?? {};
        const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
        if (href === location.href && plain && runOf(hash)) {
            event.preventDefault();
            follow();
        }
    });
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
