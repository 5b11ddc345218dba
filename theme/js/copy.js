'use strict';

// What a reader copies is what a reader needs: of a console the commands alone,
// of code the whole program, of a formula its TeX, once.
(() => {
    // mdBook's button takes the visible text of the block: for as long as the
    // click lasts, a console shows what is typed, and code what is hidden.
    window.addEventListener('click', event => {
        const block = event.target.closest?.('.clip-button')?.closest('pre');
        if (!block) return;
        block.classList.add('as-copied');
        const again = () => block.classList.remove('as-copied');
        window.addEventListener('click', again, { once: true });
    }, true);

    const formulaAround = node => {
        const element = node.nodeType === Node.ELEMENT_NODE
            ? node : node.parentElement;
        return element?.closest('.katex-display') ?? element?.closest('.katex');
    };

    const asTeX = formula => {
        const tex = formula.querySelector('annotation')?.textContent.trim();
        if (tex === undefined) return;
        const display = formula.closest('.katex-display');
        const text = document.createElement(display ? 'pre' : 'span');
        text.textContent = display ? `$$\n${tex}\n$$` : `$${tex}$`;
        (display ?? formula).replaceWith(text);
    };

    document.addEventListener('copy', event => {
        const main = document.querySelector('main');
        const selection = window.getSelection();
        const typing = event.target.closest?.('input, textarea');
        if (typing || !main || !selection.rangeCount) return;
        const range = selection.getRangeAt(0).cloneRange();
        if (range.collapsed || !range.intersectsNode(main)) return;
        const first = formulaAround(range.startContainer);
        const last = formulaAround(range.endContainer);
        if (first) range.setStartBefore(first);
        if (last) range.setEndAfter(last);
        if (!main.contains(range.startContainer)) range.setStart(main, 0);
        if (!main.contains(range.endContainer)) {
            range.setEnd(main, main.childNodes.length);
        }
        const copy = document.createElement('div');
        copy.className = 'copied';
        copy.append(range.cloneContents());
        const formulas = copy.querySelectorAll('.katex');
        if (!formulas.length) return;
        formulas.forEach(asTeX);
        copy.querySelectorAll('.buttons, .prompt, details:not([open]) > :not(summary)')
            .forEach(unseen => unseen.remove());
        // Only what is laid out has lines.
        main.append(copy);
        const text = copy.innerText.replaceAll('\u2060', '');
        const html = copy.innerHTML.replaceAll('\u2060', '');
        copy.remove();
        event.clipboardData.setData('text/plain', text);
        event.clipboardData.setData('text/html', html);
        event.preventDefault();
    });

    // `?answers` in the address opens what is to be opened, to print it.
    if (new URLSearchParams(window.location.search).has('answers')) {
        document.documentElement.classList.add('answers');
        document.querySelectorAll('main details:not(.figure-data)')
            .forEach(details => { details.open = true; });
    }
})();
