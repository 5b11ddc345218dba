'use strict';

// Reads the words of a question as words.rs reads those of the pages: mdBook's
// search would trim a Greek letter away. It comes with the index.
(() => {
    const { elasticlunr } = window;

    const greek = {
        alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', epsilon: 'ε',
        zeta: 'ζ', eta: 'η', theta: 'θ', iota: 'ι', kappa: 'κ', lambda: 'λ',
        mu: 'μ', nu: 'ν', xi: 'ξ', omicron: 'ο', pi: 'π', rho: 'ρ',
        sigma: 'σ', tau: 'τ', upsilon: 'υ', phi: 'φ', chi: 'χ', psi: 'ψ',
        omega: 'ω',
    };

    const term = word => {
        const bare = word.toLowerCase()
            .replace(/[′’]/g, "'").replace(/ϵ/g, 'ε')
            .replace(/^[^\p{Alphabetic}\p{N}]+|[^\p{Alphabetic}\p{N}]+$/gu, '');
        if (!bare) return undefined;
        if (Object.hasOwn(greek, bare)) return greek[bare];
        if (!/^[a-z]+$/.test(bare)) return bare;
        const common = elasticlunr.stopWordFilter(bare) === undefined;
        return common ? undefined : elasticlunr.stemmer(bare);
    };
    // `f(x) = x` is one word, as it is without its spaces.
    const words = elasticlunr.tokenizer;
    const joined = text => words(
        String(text).replace(/\s*([=<>≤≥≈≠→]|\s[+−×·⋅]\s)\s*/g, (_, sign) => sign.trim()));
    elasticlunr.tokenizer = Object.assign(joined, words);
    elasticlunr.Pipeline.registerFunction(term, 'term');
})();
