// A page of a book that is being written: it follows each build, and says
// what is wrong when one fails. The server puts it into what it sends; it is
// no part of the book.

'use strict';

(() => {
    const build = document.currentScript.dataset.build;
    let closed = null;
    let notice = null;

    const STYLE = `
        :host { all: initial; position: fixed; inset: auto 0 0 0; z-index: 10000; }
        section {
            box-sizing: border-box; max-height: 60vh; overflow: auto;
            padding: 12px 16px; background: #fff8f6; color: #2b1512;
            border-top: 4px solid #b3261e; font: 16px/1.5 system-ui, sans-serif;
        }
        h2 { margin: 0 0 8px; font-size: 18px; }
        p { margin: 0 0 8px; }
        pre {
            margin: 0 0 12px; white-space: pre-wrap; overflow-wrap: anywhere;
            font: 14px/1.5 ui-monospace, monospace;
        }
        button {
            font: inherit; padding: 6px 16px; color: inherit; background: #fff;
            border: 2px solid #b3261e; border-radius: 4px; cursor: pointer;
        }
        :focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
        @media (prefers-color-scheme: dark) {
            section { background: #2b1512; color: #ffe9e5; border-color: #ff8a80; }
            button { background: #000; border-color: #ff8a80; }
            :focus-visible { outline-color: #a8c7fa; }
        }
        @media print { :host { display: none; } }
    `;

    function element(name, text = '') {
        const made = document.createElement(name);
        made.textContent = text;
        return made;
    }

    function hide() {
        notice?.remove();
        notice = null;
    }

    function show(problem) {
        hide();
        if (problem === closed) return;
        notice = element('div');
        const section = element('section');
        section.setAttribute('aria-label', 'What is wrong with the book');
        const button = element('button', 'Close (Esc)');
        button.type = 'button';
        button.addEventListener('click', () => {
            closed = problem;
            hide();
        });
        const message = element('div');
        const text = element('pre', problem);
        // A long text is to be scrolled without a mouse.
        section.tabIndex = 0;
        message.setAttribute('role', 'alert');
        section.append(message, button);
        const shadow = notice.attachShadow({ mode: 'open' });
        shadow.append(element('style', STYLE), section);
        document.body.append(notice);
        // A screen reader says what comes into an alert that is there already.
        requestAnimationFrame(() => message.append(
            element('h2', 'The book does not build'),
            element('p', 'You see the pages of the last build that held.'),
            text,
        ));
    }

    addEventListener('keydown', (event) => {
        if (event.key !== 'Escape' || !notice) return;
        notice.shadowRoot.querySelector('button').click();
    });

    // Not an event stream: a browser keeps at most six of those open, and then
    // loads no further page.
    function listen() {
        const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
        const socket = new WebSocket(`${scheme}://${location.host}/__live`);
        socket.addEventListener('message', ({ data }) => {
            const news = JSON.parse(data);
            if (news.build !== build) location.reload();
            else if (news.problem) show(news.problem);
            else {
                closed = null;
                hide();
            }
        });
        // The server was ended; it may come back.
        socket.addEventListener('close', () => setTimeout(listen, 1000));
    }

    listen();
})();
