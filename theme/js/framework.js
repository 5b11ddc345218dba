'use strict';

// Who reads in one framework reads in it on every page: the choice is kept in
// this browser alone. Without this script the tabs work, and each page begins
// with the first.
(() => {
    const NAME = 'framework';
    const tabs = [...document.querySelectorAll('.framework-tabs input')];

    const choose = kept => {
        for (const tab of tabs) tab.checked = tab.value === kept || tab.checked;
    };
    // A reader may have told the browser to keep nothing.
    try {
        choose(localStorage.getItem(NAME));
    } catch {
        return;
    }
    for (const tab of tabs) {
        tab.addEventListener('change', () => {
            try {
                localStorage.setItem(NAME, tab.value);
            } catch {
                // Then it is chosen for this page.
            }
            choose(tab.value);
        });
    }
})();
