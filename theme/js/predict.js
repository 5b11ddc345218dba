'use strict';

// A prediction that a reader has made stays made, in this browser alone, and
// opens its verdict, which says first what was predicted. Without this script
// the choice can be made all the same, and the verdict is opened by hand.
(() => {
    const verdicts = document.querySelectorAll('main .verdict');
    const predictions = document.querySelectorAll('main .prediction');

    // A reader may have told the browser to keep nothing.
    const kept = name => {
        try {
            return localStorage.getItem(name);
        } catch {
            return null;
        }
    };
    const keep = (name, value) => {
        try {
            localStorage.setItem(name, value);
        } catch {
            // Then it is made for as long as the page is open.
        }
    };

    const judge = (verdict, choice) => {
        let said = verdict.querySelector('.said');
        if (!said) {
            said = document.createElement('p');
            said.className = 'said';
            verdict.querySelector('summary').after(said);
        }
        const words = choice.nextElementSibling.cloneNode(true);
        said.replaceChildren('You said: “', ...words.childNodes, '”');
        verdict.open = true;
    };

    predictions.forEach((prediction, i) => {
        const choices = [...prediction.querySelectorAll('input')];
        const { name } = choices[0];
        const before = kept(name);
        for (const choice of choices) {
            choice.addEventListener('change', () => {
                keep(name, choice.value);
                judge(verdicts[i], choice);
            });
            if (choice.value !== before) continue;
            choice.checked = true;
            judge(verdicts[i], choice);
        }
    });
})();
